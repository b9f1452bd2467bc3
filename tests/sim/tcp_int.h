/* Inside the TCP endpoints: tcp.c (opening, the application), tcp_send.c
 * (packets, timers, what goes out), tcp_recv.c (ACKs and data coming in).
 */
#pragma once

#include "tests/sim/sim.h"

#define RTO_MIN (200 * MS)
#define DELACK (40 * MS)
#define OOO_MAX 32 /* ranges out of order that a receiver keeps */
#define TSO_SEGS 12
#define MAX_CWND_SEGS 64
#define RCV_BUF 262144u

enum tcp_state { T_CLOSED, T_SYN_SENT, T_SYN_RCVD, T_OPEN, T_DEAD };

struct seg {
	uint32_t off, len; /* len counts a FIN */
	int64_t sent;
	int times;
	bool sacked, lost, fin;
};

struct range {
	uint32_t from, to;
};

struct tcp {
	struct session *s;
	int end; /* 0 client, 1 server */
	enum tcp_state state;
	bool ts, sack, ws;
	uint32_t iss, irs, mss;
	/* sending */
	uint32_t una, nxt, wrote, cwnd, ssthresh, wnd, recover;
	bool want_fin, fin_sent, recovery;
	int dupacks, backoff, tries;
	int64_t srtt, rttvar, last_sent, last_rcvd;
	struct VEC(struct seg) seg;
	uint64_t rto_gen, ack_gen, ka_gen, persist_gen;
	bool tlp_done, persist_on;
	/* receiving */
	uint32_t rcv_nxt, pause_from, last_adv, last_acked;
	struct range ooo[OOO_MAX];
	int n_ooo, last_ooo, unacked;
	struct range dsack;
	bool paused, was_paused, fin_rcvd, ack_timer;
	uint32_t fin_at; /* 0: none seen */
	uint32_t ts_recent;
	/* application */
	size_t item;
	bool item_armed;
	int64_t armed_at;
};

/* tcp_send.c */
void tcp_send_ack(struct sim *s, struct tcp *c);
void tcp_send_syn(struct sim *s, struct tcp *c, uint8_t flags);
void tcp_send_rst(struct sim *s, struct tcp *c);
void tcp_die(struct tcp *c);
void tcp_arm_rto(struct sim *s, struct tcp *c);
uint32_t tcp_pipe(const struct tcp *c); /* bytes thought to be under way */
event_fn tcp_on_delack, tcp_on_keepalive;
void tcp_output(struct sim *s, struct tcp *c);

/* tcp_recv.c */
void tcp_take_ack(struct sim *s, struct tcp *c, const struct pkt *p);
void tcp_take_data(struct sim *s, struct tcp *c, const struct pkt *p);

/* tcp.c: the next item of the end's script, if its time has come */
void tcp_app_step(struct sim *s, struct tcp *c);
