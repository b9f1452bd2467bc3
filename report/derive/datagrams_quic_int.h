/* Shared by the files of QUIC: datagrams_quic.c walks, datagrams_quic_far.c knows
 * what the other taps saw.
 *
 * reads, writes: struct quic
 */
#pragma once

#include "report/derive/timeline.h"

#define QUIC_SMALL 100

struct newest {                       /* large datagram of a direction */
	uint32_t far;                 /* its number at far; RECORD_NONE */
	int64_t at_ns[TIMELINE_HOPS]; /* at each tap, or TRIP_UNKNOWN */
};

struct quic {
	struct timeline *t;
	struct newest ask, tell;
	struct {
		uint32_t at, missed;
	} search[TIMELINE_HOPS][2]; /* next record to look at */
	uint32_t shortest;          /* datagram of the client's so far */
	uint32_t longest[2];        /* datagram so far */
	int64_t heard_ns;           /* near's newest datagram of the server's */
	bool heard;
	struct { /* small datagram of the client's, since the newest piece,
		    * that acknowledges nothing */
		bool is;
		struct record r;
		uint32_t rec;
		int64_t ns;
	} lone;
	/* since the newest piece of the server's: when that left far, and was
	 * anything lost before a probe of the path */
	int64_t told_ns;
	bool gap;
	bool owed; /* no answer to the newest request was there yet */
};

static inline bool quic_small(const struct record *r)
{
	return r->pay_len <= QUIC_SMALL;
}

/* Far's record number @i of @dir. */
static inline const struct record *quic_at_far(const struct quic *q, int dir,
					       uint32_t i)
{
	return strand_at(q->t->tap[q->t->n_taps - 1].strand[dir], i);
}

/* Near's record @r, at @now, at all taps. */
void quic_find(struct quic *q, int dir, const struct record *r, int64_t now,
	       struct newest *out);
/* Does far see its record @a of @dir before its record @b of the other one? */
bool quic_before(const struct quic *q, int dir, uint32_t a, uint32_t b);
/* Far's first large datagram of the server's that near has not had, behind the newest
 * request, up to @tell, which is one. */
uint32_t quic_first_told(const struct quic *q, uint32_t tell);
/* Is far's @tell the next large one behind near's newest? */
bool quic_follows(const struct quic *q, uint32_t tell);
