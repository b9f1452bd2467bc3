/* What the files of mkcap share: a case as it was read. */
#pragma once

#include "base/net.h"
#include "capture/pcapng_writer.h"

#define MAX_POINTS 8
#define MAX_SESSIONS 4096
#define MAX_FRAME 65536
#define MAX_FILL 1000000 /* frames that one line fills up to */
#define NS_PER_S 1000000000LL

#define QUOTE 28 /* bytes of a packet that an ICMP error brings back */

struct view { /* a session as one point sees it; dir 0 is C>S */
	struct net_end end[2];
	uint32_t isn[2];
	int ttl[2];
	int offload; /* direction whose checksums are left to the card; -1 */
	uint64_t seen[2]; /* relative: all in order up to here */
	uint32_t spi[2];
	uint8_t last[2][QUOTE]; /* the last packet, from its IP header on */
};

struct session {
	char name[32];
	uint8_t proto;   /* IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ESP */
	uint32_t number; /* from 0 */
	uint16_t next_id[2];
	struct view view[MAX_POINTS];
};

struct point {
	char name[32];
	int64_t zero_ns, last_ns, tick_ns;
	uint64_t frames;
	struct pcapng_writer *out;
	uint32_t iface;
};

struct what { /* one packet */
	int dir;
	unsigned flags;
	bool has_range, ack_given, seq_given, len0, pad, zero_csum, csum_given;
	bool no_push; /* of payload */
	uint64_t from, to, ack, seq, sack[4][2];
	unsigned n_sack;
	int mss, ws, win, id, ttl, frag, tos;
	uint32_t cap; /* bytes captured; 0: all */
	bool sackok, ts;
	uint32_t tsval, tsecr;
	uint16_t csum;
	char text[256];
	uint8_t hex[512], tail[64];
	size_t n_hex, n_tail;
	bool has_hex;
	bool icmp; /* an error about the last packet of the other way */
	unsigned icmp_type, icmp_code, icmp_mtu;
	struct net_end icmp_from;
};

struct neighbour_words { /* ARP's, or of neighbour discovery */
	bool asks;
	struct net_end about, other; /* who asks, or is answered */
	uint32_t mac;                /* its last two bytes */
	uint32_t vlan;
	bool has_about, has_other, to_all;
};
#define NEIGHBOUR_FRAME 128

/* Stops with the line's number. */
_Noreturn void mkcap_fail(const char *what, const char *word);
/* The words of a line (mkcap_words.c); one that is not understood stops. */
int mkcap_number(const char *p);
int64_t mkcap_seconds(const char *p); /* "104.968750" exactly, in nanoseconds */
void mkcap_two_numbers(const char *p, uint32_t out[2]);
/* Does @word begin with @key?  Then *value is the rest. */
bool mkcap_takes(const char *word, const char *key, const char **value);
/* Adds to @w what @word says of a packet. */
void mkcap_what(struct what *w, const char *word);
/* mkcap_neighbour.c: adds a word; the frame.  Return: its length. */
void mkcap_neighbour_word(struct neighbour_words *x, const char *word);
size_t mkcap_neighbour(const struct neighbour_words *x, uint8_t *f);
/* The frame of a packet at point @pi, and what the point has seen then.
 * Return: its length. */
size_t mkcap_frame(struct session *s, size_t pi, const struct what *w,
		   uint16_t id, uint8_t *f);
