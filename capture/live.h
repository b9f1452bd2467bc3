/* One direction of a living part: what is kept between packets.
 *
 * reads:  struct packet     writes: struct part (at the end)
 *
 * Private to capture/flow*.c, side.c and sample.c.  struct side is struct
 * part_dir without its arrays: samples, first bytes and the SYN's facts are
 * allocated from a pool of a few sizes when needed.
 */
#pragma once

#include "base/fetch.h"
#include "base/mem.h"
#include "capture/decode.h"
#include "capture/part.h"
#include "capture/preface.h"

#define POOL_CLASSES 4
#define HEAD_BYTES 64
#define SIDE_FEW_ANY 6
#define SIDE_FEW_TURN 4

struct pool {
	struct VEC(unsigned char *) page; /* MEM_HUGE each; owned */
	size_t used;                      /* of the last one */
	struct pool_free {
		struct pool_free *next;
	} * free[POOL_CLASSES];
};

/* Bytes of a block: as many samples as a side begins with, and doubles; as it has
 * where SYNs tell the flow; and as it may have at most. */
static inline size_t pool_size(unsigned class)
{
	static const uint16_t samples[POOL_CLASSES] = { 2, 4, SIDE_FEW_ANY,
							PART_SAMPLES };

	return samples[class] * sizeof(struct part_sample);
}

void *pool_take(struct pool *p, unsigned class);             /* not zeroed */
void pool_give(struct pool *p, unsigned class, void *block); /* NULL: fine */
void pool_release(struct pool *p);

/* Bottom-k sample: the k smallest of a mixed digest, ascending. */
struct bottom {
	struct part_sample *at; /* pool block of class `class`, or NULL */
	uint8_t n, class;
	uint16_t turns;   /* a bit for each that begins a turn: see side.turn */
	uint32_t largest; /* mixed, once full: rejects most candidates */
};
_Static_assert(PART_SAMPLES <= 16, "bits");

/* Finalizer of MurmurHash3: all bits of the digest decide the order. */
static inline uint32_t sample_mixed(uint32_t h)
{
	h ^= h >> 16;
	h *= 0x85ebca6bu;
	h ^= h >> 13;
	h *= 0xc2b2ae35u;
	return h ^ h >> 16;
}

/* Whether a record of mixed digest @mixed may belong in the sample: it is small
 * enough, or there is room. */
static inline bool bottom_wants(const struct bottom *b, unsigned max,
				uint32_t mixed)
{
	return b->n < max || mixed < b->largest;
}

enum head_state { HEAD_NONE, HEAD_OPEN, HEAD_CLOSED };

/* Facts of the first SYN. */
struct side_syn {
	uint64_t frame;
	int64_t ns;
	uint32_t tsval, count;
	uint16_t window, opt_order, ip_id;
	int8_t wscale;
	uint8_t opts;
	bool cut;
};

struct side {
	/* needed by packets of either direction */
	_Alignas(FETCH_LINE) uint64_t
		ref; /* last accepted place in this direction's sequence space,
		      * by its own packets or by acknowledgements */
	uint64_t seq_first, seq_next, ack_max;
	uint64_t packets, bytes;
	bool placed;   /* ref is set */
	bool accepted; /* by an own packet: seq_first, seq_next are set */
	bool syn, fin, rst, ts, ipid_zero, ipid_const;
	uint16_t mss, ip_id_first;
	uint8_t ttl_min, ttl_max;
	uint8_t head_state, head_len;

	/* needed by its own packets */
	uint64_t data_packets;
	int64_t first_ns, last_ns, tsval_last_ns;
	uint32_t tsval_first, tsval_last, max_pay, big;
	uint32_t isn; /* with syn */
	uint32_t csum_good, csum_bad, csum_offload;

	/* needed by those with payload, and by the first ones */
	struct bottom any;
	struct bottom turn; /* without a block: those of `any` with a bit */
	union {
		uint8_t *head_at; /* while open: pool block of first bytes */
		uint64_t head;    /* after that: their digest */
	};
	struct side_syn *syn_at; /* with syn: pool block */
	int64_t tsval_first_ns;
	struct preface *preface; /* before the stream, or only named by
				  * trailers: pool block; or NULL */
};
_Static_assert(sizeof(struct side) == 3 * FETCH_LINE, "nothing straddles");

/* A segment with SYN: what it says, of the first one. */
void side_syn(struct side *s, const struct packet *p, struct pool *pool);
/* The stream's first segment: is there a header before the stream? */
void side_preface(struct side *s, const struct packet *p, struct pool *pool);
/* The stream begins only @len bytes after the SYN: nothing of it was seen yet. */
void side_begin_stream(struct side *s, uint16_t len, struct pool *pool);
/* Looks for another connection in a packet's trailer. */
void side_trailer(struct side *s, const struct packet *p, struct pool *pool);
void side_head_more(struct side *s, const struct packet *p, uint64_t at,
		    struct pool *pool);
void side_head_end(struct side *s, struct pool *pool); /* which is open */
/* Collects first bytes of the stream, behind a header before it; @at is the
 * payload's place among all bytes sent. */
static inline void side_head(struct side *s, const struct packet *p,
			     uint64_t at, struct pool *pool)
{
	if (s->head_state != HEAD_CLOSED)
		side_head_more(s, p, at, pool);
}

static inline void side_head_close(struct side *s, struct pool *pool)
{
	if (s->head_state == HEAD_OPEN)
		side_head_end(s, pool);
}

/* Samples of each kind that are kept of a direction: few where SYNs both ways
 * tell the flow. */
static inline unsigned side_any_max(bool few)
{
	return few ? SIDE_FEW_ANY : PART_SAMPLES;
}

static inline unsigned side_turn_max(bool few)
{
	return few ? SIDE_FEW_TURN : PART_SAMPLES;
}

void side_sample_more(struct side *s, bool few, const struct record *r,
		      uint32_t mixed, bool turn, struct pool *pool);
/* Samples the packet's content; @mixed: its digest; @turn: it begins a turn.
 * @few may become true from one call to the next, as the smaller sample is the
 * larger one's beginning. */
static inline void side_sample(struct side *s, bool few, const struct record *r,
			       uint32_t mixed, bool turn, struct pool *pool)
{
	const struct bottom *b = &s->any;

	if (turn || b->n != side_any_max(few) || !b->largest ||
	    mixed < b->largest)
		side_sample_more(s, few, r, mixed, turn, pool);
}

/* The samples of turns, as they are told. */
void side_turns_out(const struct side *s, bool few, struct part_samples *out);
void bottom_out(const struct bottom *b, unsigned max, struct part_samples *out);
void bottom_release(struct bottom *b, struct pool *pool);

void side_out(struct side *s, bool few, struct part_dir *out,
	      struct pool *pool);
void side_release(struct side *s, struct pool *pool);
