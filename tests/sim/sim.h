/* The path simulator: what all its files share.
 *
 *   left host - seg 0 - point 0 - seg 1 - point 1 ... - seg n - right host
 *
 * A segment delays, loses, doubles and reorders, each way by its own figures,
 * and may hold a box (NAT, sequence rewriting, clamps, RSTs).  `way` 0 is out
 * (left to right), 1 back.  Zone 0 is what the left host sees, zone i+1 what
 * point i and the left side of segment i+1 see: addresses are a table per
 * session and zone.  Times are true nanoseconds from the start of the run;
 * only a tap knows of clocks.  Everything follows from the seed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/net.h"
#include "tests/sim/rng.h"

#define SIM_POINTS 5
#define SIM_SEGS (SIM_POINTS + 1)
#define SIM_ZONES (SIM_POINTS + 2)
#define US 1000ll
#define MS 1000000ll
#define SEC 1000000000ll
#define NEVER INT64_MAX

enum kind { K_DATA, K_ACK, K_SYN, K_FIN, K_RST, K_DATAGRAM, KINDS_N };

enum tcpf { F_FIN = 1, F_SYN = 2, F_RST = 4, F_PSH = 8, F_ACK = 16 };
enum opt { O_MSS = 1, O_WS = 2, O_SACKOK = 4, O_TS = 8 };

/* --- configuration, made by scenario.c --- */

struct way_cfg {               /* one segment, one way */
	int64_t delay, jitter; /* base; mean of the exponential part */
	uint32_t loss_ppm;     /* any packet */
	uint32_t ack_loss_ppm, syn_loss_ppm, fin_loss_ppm, rst_loss_ppm;
	uint32_t burst_ppm; /* a burst of loss begins at a packet */
	int64_t burst_ns;   /* and lasts so long */
	/* a bundle of links, by a hash over ports; its first one loses more */
	uint32_t members, member_ppm;
	uint32_t over_len; /* IP packets larger vanish; 0: none */
	uint32_t dup_ppm, reorder_ppm;
	int64_t reorder_ns; /* extra delay of what is overtaken */
	uint64_t rate;      /* bits a second; 0: no limit */
	int64_t queue_ns;   /* longest queue before tail drop */
	uint32_t ce_ppm;    /* marks what allows it: congestion experienced */
	/* another route in [moved,back): delay and routers more or fewer */
	int64_t moved, back, moved_by;
	int moved_hops;
	/* state */
	int64_t last, busy, burst_end;
};

enum ipid_mode { ID_COUNTER, ID_ZERO, ID_CONST, ID_RANDOM };

/* What a box makes of the ECN bits. */
enum ecn_mode { ECN_KEPT, ECN_CLEARED, ECN_ANOTHER, ECN_MADE_UP };

struct box_cfg {
	bool present;
	bool snat_left, snat_right; /* hides the host on that side */
	bool keep_port;             /* of a client that is hidden */
	bool reseq[2];              /* by the way that the bytes go */
	bool sack_kept;             /* reseq without translating SACK edges */
	bool rewrite_ts, strip_ts, strip_sack, strip_ws;
	uint16_t clamp_mss;
	bool rewrite_id;
	uint8_t tos; /* set where not 0 */
	enum ecn_mode ecn;
	uint8_t hops;          /* TTL taken away */
	int rst_pct, hole_pct; /* of TCP sessions: RST both ends; drop all */
};

enum file_kind { FILE_PCAPNG, FILE_PCAP_US, FILE_PCAP_NS, FILE_KINDS };

struct clock_cfg {
	int64_t offset; /* point's clock minus true time, at 0 */
	int64_t drift_ppb;
	int64_t step_at, step_by; /* true time; 0: none */
	int64_t tick;             /* resolution, ns */
};

struct point_cfg {
	char name[16];
	/* 1, 2: the left and right port of a router, whose frames are in one
	 * file, that of the left one; the next point is the right one. */
	int port;
	int on_host; /* -1 left host, 1 right host, 0 neither */
	bool tso, gro, offload_sum;
	struct clock_cfg clock;
	uint32_t snap;     /* 0: none */
	uint32_t drop_ppm; /* random capture drops */
	struct {
		int64_t from, to;
	} gap[8];
	int gaps;
	bool tell_drops;     /* interface statistics in the file */
	int64_t start, stop; /* capture runs in [start,stop) */
	int only_way;        /* -1 both */
	enum file_kind kind;
	bool gzip, vlan, raw_ip;
	int trailer; /* F5's, on the relay: 1 old, 2 new format; 0: none */
};

/* --- a packet on the wire --- */

struct session;

struct pkt {
	struct session *s;
	uint32_t truth; /* index of its truth_pkt */
	uint8_t way, proto, ttl, tos, flags, opts, n_sack;
	bool df;
	uint8_t icmp_type;
	int8_t wscale;
	uint16_t ip_id, win, mss;
	uint32_t seq, ack, tsval, tsecr;
	uint32_t sack[4][2];
	struct net_end src, dst;
	const uint8_t *pay; /* lives as long as the session */
	uint32_t len;
	uint32_t super_len;  /* first of a TSO group: bytes of all; else
				     * 0 where super_more follows another */
	bool super_part;     /* second and later of a TSO group */
	uint8_t super_flags; /* of the whole group */
	int seg;             /* segment it is in or about to enter */
	struct pkt *next;    /* GRO queue */
};

/* --- sessions --- */

enum app_what { APP_WRITE, APP_CLOSE, APP_RESET };

struct app_item { /* one endpoint's script, item after item */
	enum app_what what;
	uint32_t need; /* once so many bytes were received */
	int64_t think; /* and after so long */
	uint32_t bytes;
};

struct tcp;

enum session_what { S_TCP, S_DNS, S_RTP, S_ECHO, S_PROBE };

struct web_ask {
	uint32_t ask_at, asks, head; /* of content[0]; head: without body */
	uint32_t tell_at, tells;     /* of content[1] */
	uint32_t at[2], n[2];        /* as it is sent on: of plain */
	uint32_t over; /* id of the session that it was sent on over */
};

#define WEB_ROOM 262144u
#define WEB_HEAD 256
#define WEB_LINE 40 /* what the relay adds to a request */

struct seal {             /* what the client's side does with what it says */
	bool tls, frames; /* neither: nothing */
	bool new;         /* TLS 1.3 */
	bool split;       /* heads and bodies apart */
	bool close;       /* says that it ends */
	bool eager;       /* asks before it has the server's settings */
	uint32_t record, tag;
};

struct web {
	bool shares;
	bool binary; /* what is behind the relay is no HTTP */
	struct seal seal;
	int paths, most_asks;
	struct VEC(struct session *) back;
};

struct session {
	uint32_t id;
	enum session_what what;
	uint8_t proto;
	bool v6, client_right;
	struct net_end left[SIM_ZONES], right[SIM_ZONES];
	uint32_t dseq[SIM_SEGS][2], dts[SIM_SEGS][2];
	int64_t start;
	int64_t hole_at, rst_at; /* of the box below; NEVER */
	int box_seg;
	bool rst_done;
	uint32_t box_next[2]; /* highest sequence end the box saw */
	uint32_t box_ack[2];
	bool refused, silent; /* server: RST; nothing at all */
	uint8_t *content[2];  /* by session direction; owned */
	uint32_t total[2];
	struct app_item *script[2]; /* by end: 0 client, 1 server; owned */
	size_t n_script[2];
	int twin;           /* sessions of one number have equal bytes */
	int64_t thought[2]; /* truly, by end */
	int trips; /* of its script, opening and end too; 0: not known */
	struct tcp *tcp[2];
	/* TCP facts of the ends */
	uint32_t iss[2];
	uint16_t mss[2];
	int8_t wscale[2];
	bool ts[2], sackok[2];
	uint32_t ts_base[2];
	int64_t ts_tick[2];
	uint16_t id_next[2], id_const[2];
	enum ipid_mode id_mode[2];
	uint8_t ttl[2];
	bool tso[2];
	int64_t keepalive, pause_len;
	uint32_t pause_at;       /* receiver of the other end stops there */
	bool fin_with_data, ecn; /* data allow marks */
	int syn_tries;
	/* datagrams */
	int count; /* requests or frames */
	int64_t every;
	uint32_t dgram_len;
	uint8_t *dgram; /* count payloads of dgram_len, then the
				     * answers; owned */
	int answer_pct;
	struct session *reply_as; /* answers leave from its addresses */
	/* One side of a relay in segment relay_seg, which ends at it: */
	struct session *other; /* the connection on the other side; NULL */
	int relay_seg;
	bool relay_right; /* this one is right of it */
	bool spoofed;     /* by a relay that keeps both hosts' ends */
	/* bytes of content that are on this side alone: what the relay put
	 * before what the client sent, at the server's; or what the client
	 * and the relay said before, at the client's */
	uint32_t header[2];
	bool asked; /* the relay is about to open it, as it was asked to */
	int done;   /* highest answered */
	/* HTTP over a relay (web.c): the client's connections and its own */
	struct web *web; /* NULL: none; the sim's */
	bool web_back;   /* one of its own */
	struct VEC(struct web_ask) asks;
	size_t n_due, n_asked, n_told; /* of asks */
	uint8_t *plain[2];             /* owned; NULL: contents are */
	uint32_t hello[4];             /* flights before all requests */
	struct session *serves, *own;  /* a back one: whom; for whom alone */
	uint32_t told;                 /* a back one: of content[1], so far */
};

/* --- truth --- */

enum pass { PASS_NO, PASS_SEEN, PASS_DROPPED, PASS_WINDOW, PASS_ONEWAY };

struct truth_pkt {
	uint32_t root;   /* what the host (or box) sent */
	uint32_t parent; /* UINT32_MAX: none; else copied from it */
	uint32_t sess;
	uint8_t way, kind, proto, flags, n_sack, opts;
	bool injected;    /* a box made it */
	int16_t born_seg; /* segment where it came to be; a host's: the
				     * first of its way */
	int16_t lost_seg; /* -1: not lost */
	uint16_t ip_id;
	uint16_t win;
	uint32_t seq, ack, len, tsval; /* as the host sent it */
	uint32_t sack[4][2];
	uint64_t pay_hash;
	int64_t sent;
	struct {
		uint8_t pass;
		int64_t t;      /* true time */
		uint32_t frame; /* 0: not captured */
		uint32_t seq;   /* raw, as this point sees it */
		uint8_t tos, ttl;
	} at[SIM_POINTS];
};

struct frame_pkt {
	uint32_t frame, pkt;
};

struct tap;

struct sim {
	uint64_t seed;
	const char *family;
	struct rng rng; /* of the run; scenario has its own */
	int n_points, n_segs;
	struct point_cfg point[SIM_POINTS];
	struct way_cfg way[SIM_SEGS][2];
	struct box_cfg box[SIM_SEGS];
	bool lossy;      /* anything may be lost on a hop */
	int64_t base_ns; /* 1970 time of true time 0 */
	int64_t end;
	struct session **sess; /* owned */
	size_t n_sess, cap_sess;
	struct web *web; /* owned; NULL: none */
	struct tap *tap[SIM_POINTS];
	struct VEC(struct truth_pkt) truth;
	struct VEC(struct frame_pkt) frames[SIM_POINTS]; /* by frame */
	/* events */
	struct event *heap;
	size_t n_heap, cap_heap;
	int64_t now;
	uint64_t event_seq;
	const char *dir; /* where captures are written */
	/* GRO queues of points, by way */
	struct gro {
		struct pkt *head, *tail;
		uint64_t gen;
	} gro[SIM_POINTS][2];
	uint64_t packets;
};

/* engine.c */
typedef void event_fn(struct sim *s, void *ctx, uint64_t arg);
void sim_at(struct sim *s, int64_t when, event_fn *fn, void *ctx, uint64_t arg);
void sim_run(struct sim *s); /* until no event is left or s->end */
void sim_release(struct sim *s);

/* path.c */
struct pkt *pkt_new(struct session *s, int from_client);
void path_send(struct sim *s, struct pkt *p); /* takes it over */

/* tcp.c */
void tcp_start(struct sim *s, struct session *e);
void tcp_input(struct sim *s, const struct pkt *p);
void tcp_free(struct session *e);

/* relay.c */
/* Ends the path of @e's packets of @way in @seg? */
bool relay_ends(const struct session *e, int way, int seg);
/* Where packets of @way of a relay's own begin; -1: at a host. */
int relay_begins(const struct session *e, int way);
/* Does the relay lie between points @p and @q? */
bool relay_between(const struct session *e, int p, int q);
/* The connection on the other side, as the relay knows it: its far end and the
 * relay's own.  Return: false where there is none, or not yet. */
bool relay_peer(const struct session *e, struct net_end peer[2]);
void relay_opened(struct sim *s, struct tcp *c);
void relay_pass(struct sim *s, struct tcp *c);
void relay_reset(struct sim *s, struct tcp *c);

/* web.c */
bool web_is_back(const struct session *e);
void web_pass(struct sim *s, struct tcp *c);
void web_opened(struct sim *s, struct tcp *c);
/* What a client's session asks: contents and script. */
void web_script(struct rng *r, struct session *e, struct web *w);
/* @o becomes one of the relay's own; @own: for that session alone. */
void web_back(struct session *o, struct web *w, struct session *own);

/* seal.c: all return how many bytes they wrote */
static inline bool seal_is(const struct seal *s)
{
	return s->tls || s->frames;
}
/* Flight @k of the handshake: 0, 2 the client's, 1, 3 the server's. */
uint32_t seal_flight(const struct seal *s, struct rng *r, int k, uint8_t *out);
uint32_t seal_settings(const struct seal *s, struct rng *r, bool client,
		       uint8_t *out);
uint32_t seal_ack(const struct seal *s, struct rng *r, uint8_t *out);
uint32_t seal_close(const struct seal *s, struct rng *r, uint8_t *out);
/* A request or an answer of so many bytes; @first of the connection. */
uint32_t seal_put(const struct seal *s, struct rng *r, uint32_t head,
		  uint32_t body, bool first, uint8_t *out);

/* apps.c */
void app_fill(struct rng *r, uint8_t *out, uint32_t n, int style);
void app_start(struct sim *s, struct session *e);
void dgram_input(struct sim *s, const struct pkt *p);

/* wire.c */
#define TRAILER_MAX 128
#define WIRE_MAX (65535 + 64 + TRAILER_MAX)
/* Writes the frame of @p with @len payload bytes.  Return: its length. */
uint32_t wire_frame(const struct pkt *p, const uint8_t *pay, uint32_t len,
		    bool vlan, bool raw_ip, bool offload, uint8_t *out);
uint32_t wire_ip_len(const struct pkt *p); /* header and payload */
/* F5's trailer of @format, which names the peer connection: its far end and the
 * device's own; NULL: there is none.  Return: its length. */
uint32_t wire_trailer(const struct net_end peer[2], uint8_t proto, int format,
		      uint8_t out[TRAILER_MAX]);

/* tap.c */
void tap_open(struct sim *s, int point);
/* @n packets seen as one frame of @len bytes of payload. */
void tap_see(struct sim *s, int point, struct pkt *const *p, int n,
	     const uint8_t *pay, uint32_t len, bool offload);
void tap_close(struct sim *s, int point);
char *tap_path(const struct sim *s, int point);               /* caller frees */
int64_t tap_clock(const struct sim *s, int point, int64_t t); /* untruncated */

/* truth.c */
uint32_t truth_add(struct sim *s, const struct pkt *p, uint32_t parent,
		   int born_seg, bool injected);
void truth_dump(const struct sim *s, FILE *f);
const char *kind_name(int kind);

/* scenario.c */
int sim_n_families(void);
const char *sim_family(int i);
/* @family NULL: by the seed.  Return: 0, or -1 where there is no such. */
int scenario_make(struct sim *s, uint64_t seed, const char *family);

/* Way that packets of @dir (0 c2s) go. */
static inline int session_way(const struct session *e, int dir)
{
	return dir ^ e->client_right;
}
/* Session end (0 client) at which packets of @way start. */
static inline int session_from(const struct session *e, int way)
{
	return way ^ e->client_right;
}
