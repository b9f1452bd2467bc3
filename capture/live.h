/* A part while it lives: what capture/flow.c keeps between packets.
 *
 * reads:  struct packet     writes: struct part (at the end)
 *
 * Private to capture/flow.c, side.c and sample.c.  struct side is struct
 * part_dir without its arrays: samples and first bytes are allocated when
 * there are some, from a pool of few sizes.
 */
#pragma once

#include "base/arena.h"
#include "capture/decode.h"
#include "capture/part.h"

#define POOL_CLASSES 4 /* blocks of 48, 96, 192 and 384 bytes */
#define HEAD_BYTES 64

struct pool {
	struct arena arena;
	struct pool_free {
		struct pool_free *next;
	} * free[POOL_CLASSES];
};

static inline size_t pool_size(unsigned class)
{
	return (size_t)48 << class;
}

void *pool_take(struct pool *p, unsigned class);             /* not zeroed */
void pool_give(struct pool *p, unsigned class, void *block); /* NULL: fine */
void pool_release(struct pool *p);

/* Bottom-k sample: the k smallest of a mixed digest, ascending. */
struct bottom {
	struct part_sample *at; /* pool block of class `class`, or NULL */
	uint8_t n, class;
	uint32_t largest; /* mixed, once full: most go no further */
};

/* Whether the record is below what the sample has, or there is room. */
bool bottom_wants(const struct bottom *b, const struct record *r);
void bottom_add(struct bottom *b, const struct record *r, struct pool *pool);
/* At most the @max smallest: of two samples of different size the smaller one
 * still can be found in the larger. */
void bottom_out(const struct bottom *b, uint8_t max, struct part_samples *out);
void bottom_release(struct bottom *b, struct pool *pool);

enum head_state { HEAD_NONE, HEAD_OPEN, HEAD_CLOSED };

struct side {
	/* hot */
	uint64_t ref; /* last accepted place in this direction's sequence
			   * space, by its own packets or by acknowledgements */
	uint64_t packets, bytes, data_packets;
	uint64_t seq_first, seq_next, ack_max;
	int64_t first_ns, last_ns, tsval_first_ns, tsval_last_ns;
	uint32_t tsval_first, tsval_last, max_pay, big;
	uint32_t csum[REC_CSUM_OFFLOAD + 1];
	uint16_t ip_id_first;
	uint8_t ttl_min, ttl_max;
	bool placed;   /* ref is set */
	bool accepted; /* by an own packet: seq_first, seq_next are set */
	bool syn, fin, rst, ts, ipid_zero, ipid_const;
	/* of the first SYN */
	int8_t wscale;
	uint8_t syn_opts;
	uint16_t mss, syn_window, opt_order, syn_ip_id;
	uint32_t isn, syn_tsval, syn_count;
	uint64_t syn_frame;
	int64_t syn_ns;
	/* first bytes: while open in a pool block, then their digest */
	uint8_t head_state, head_len;
	uint8_t *head_at;
	uint64_t head;
	struct bottom any, turn;
};

/* Counts the packet into the direction's facts; @far is the other one. */
void side_add(struct side *s, const struct side *far, const struct packet *p);
/* Collects first bytes of the stream; @at is the payload's place in it. */
void side_head(struct side *s, const struct packet *p, uint64_t at,
	       struct pool *pool);
void side_head_close(struct side *s, struct pool *pool);
/* @few: SYNs tell the flow, so that few samples will do. */
void side_out(struct side *s, bool few, struct part_dir *out,
	      struct pool *pool);
void side_release(struct side *s, struct pool *pool);
