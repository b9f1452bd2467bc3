/* What the files of pairing share: flows as compact signatures, and points.
 *
 * reads:  part            writes: flow session session_flow (by pair.c alone)
 *
 * A flow here is 256 bytes and 16 more for each content sample, since
 * two million of them must fit.  dir 0 and ends[0] are the client's as this
 * point alone sees it (role.c); another point may see it the other way round,
 * so comparing takes an orientation (`swap`: the other's directions are
 * exchanged) wherever no SYN settles it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/htab.h"
#include "base/mem.h"
#include "base/time.h"
#include "store/store.h"

#define PAIR_POINTS 64  /* as many bits as a session's mask has */
#define FLOW_SAMPLES 48 /* kept of a flow and direction, all parts */
#define TURN_HASHES 3   /* over 2, 4 and 8 turns */
#define NO_TIME UINT32_MAX

enum dir_flag {
	DIR_SYN = 1,
	DIR_FIN = 2,
	DIR_RST = 4,
	DIR_TS = 8,
	DIR_SYN_TS = 16, /* the SYN had a time stamp */
	DIR_DATA = 32,
	DIR_ACCEPTS = 64,  /* its SYN was a SYN,ACK */
	DIR_SYN_CUT = 128, /* of the SYN's options some were cut off */
};

struct sample {
	uint32_t digest, len;
	uint32_t seq;   /* raw, TCP */
	uint32_t at_us; /* after the flow's first packet; or NO_TIME */
};

struct flow_dir {
	uint64_t head, packets, bytes;
	uint64_t seq_first, seq_next; /* in the flow's 64-bit space */
	int64_t first_ns;             /* of the SYN, where seen; else of the
				       * first; valid where packets > 0 */
	uint32_t ack_max;             /* raw; 0 where there was none */
	uint32_t syn_tsval, ts_first, ts_last;
	uint16_t mss, window, order, ip_id; /* of the SYN */
	uint8_t opts;
	int8_t wscale;
	uint8_t head_len, flags, n_samples, syn_count;
	uint8_t ttl, ttl_low; /* largest and smallest */
};

/* In how many flows of the point each value of a flow is, as point_seen() has it,
 * so that weighing it misses no cache; valid where the value is. */
struct flow_seen {
	uint8_t tuple, turns[TURN_HASHES];
	struct seen_dir {
		uint8_t addr, port, end, isn, ip_id, tsval, head;
		uint8_t print[2]; /* without and with the MSS */
	} dir[2];
};

struct flow {
	struct flow_dir dir[2];
	int64_t first_ns, last_ns;
	int64_t part;     /* n_parts 1: its id; else index of the first in
			       * point.parts */
	uint32_t n_parts; /* 0: expected, see expect.c */
	uint32_t addr[2]; /* index in pair_case.addr */
	uint32_t tunnel;
	uint32_t samples; /* index in point.sample: dir 0's, then dir 1's */
	uint32_t turn_hash[TURN_HASHES]; /* 0: not so many turns */
	uint32_t preface; /* index + 1 in point.preface; 0: none */
	uint16_t port[2];
	uint8_t proto, role;   /* enum role */
	uint8_t first_payload; /* dir that spoke first, or whom the
				* first datagram answers; 2: nobody */
	bool swapped;          /* dir 0 is the part's dir 1 (one part) */
	bool local;            /* an end is net_addr_is_local_group() */
	uint8_t trust;         /* in its role: more is better (role.c) */
	struct flow_seen seen; /* once keys are counted */
};

/* What preceded the streams (struct part_before), or a balancer named behind
 * packets. */
struct flow_preface {
	uint32_t addr
		[2]; /* index in pair_case.addr; of the ends that it names */
	uint16_t port[2];
	uint16_t len[2]; /* by direction of the flow; 0: nothing before it */
	uint8_t proto;
	bool opening; /* a client's request to a proxy, and its answer */
	bool named;
};

struct point {
	int64_t id;
	int pos;
	int64_t resolution_ns;
	int64_t first_ns, last_ns; /* of the capture */
	struct flow *flow;         /* owned; by first_ns, then part */
	size_t n;
	struct VEC(struct sample) sample;
	struct VEC(struct flow_part) parts; /* of flows with several */
	struct VEC(struct flow_preface) preface;
	struct htab tuples; /* where any point names flows: by key_tuple() */
	struct htab twins;  /* where there are relays: by key_twins(),
			     * key_first_turns() */
	uint8_t *seen;      /* how many flows have a key, by hash */
	uint64_t seen_mask;
	double rarity[256]; /* bits of a value that so many flows have */
	uint32_t base;      /* number of flow 0 over all points */
};

/* Addresses of all points, each once: equal addresses have equal numbers. */
struct addr_table {
	struct VEC(struct net_addr) addr;
	struct htab by_hash;
};

uint32_t addr_number(struct addr_table *t, const struct net_addr *a);

static inline void flow_preface_swap(struct flow_preface *x)
{
	uint16_t len = x->len[0];

	x->len[0] = x->len[1];
	x->len[1] = len;
}

/* Bytes before the stream of direction @d. */
static inline uint32_t flow_preface_len(const struct point *p,
					const struct flow *f, int d)
{
	const struct flow_preface *x = f->preface
					       ? &p->preface.at[f->preface - 1]
					       : NULL;

	return x ? x->len[d] : 0;
}

/* Did its client ask a proxy to open the connection that carries the stream on? */
static inline bool flow_asks_proxy(const struct point *p, const struct flow *f)
{
	return f->preface && p->preface.at[f->preface - 1].opening;
}

static inline bool flow_is_tcp(const struct flow *f)
{
	return f->proto == 6;
}

static inline uint64_t key_mix(uint64_t h, uint64_t v)
{
	h ^= v;
	h *= 0x9e3779b97f4a7c15ull;
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9ull;
	return h ^ h >> 32;
}

/* --- point.c: a point's parts as flows --- */
/* Loads and stitches all parts of @p->id; fills flow, sample, parts.
 * Return: 0, or -1 where the point has more flows than 32 bits number. */
int point_load(struct store *s, struct point *p, struct addr_table *addrs,
	       const struct file_row *files, size_t n_files, struct err *err);
void point_release(struct point *p);

/* --- role.c: who is the client --- */
/* Decides role of all flows and turns them so that dir 0 is c2s. */
void point_roles(struct point *p);
/* Exchanges ends and directions. */
void flow_swap(struct point *p, struct flow *f);
