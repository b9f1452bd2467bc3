/* What the receiver's acknowledgements say about bytes that a point misses.
 *
 * reads:  struct strand (the other direction)     writes: nothing
 */
#pragma once

#include "correlate/strand.h"

enum proof_verdict {
	PROOF_NONE,    /* they say nothing */
	PROOF_ACKED,   /* acknowledged while no other copy could have arrived */
	PROOF_SACKED,  /* the same, selectively */
	PROOF_AGAIN,   /* reported as received twice (RFC 2883) */
	PROOF_HOLE,    /* later bytes arrived and these had not */
	PROOF_SILENCE, /* nothing acknowledged it until a later copy came */
	PROOF_BEFORE,  /* the receiver had the bytes already: an ACK that covers
			* them says nothing about this copy */
};

struct proof {
	enum proof_verdict verdict;
	uint32_t record; /* of the strand; LINK_NONE: none */
};

/* The acknowledgements that pass one point. */
struct proof_view {
	struct strand *acks;
	uint32_t shift;     /* ack numbers there = near raw numbers + shift */
	int64_t from_ns;    /* when this copy passed there, or was sent, at the
			   * earliest, on that point's clock */
	int64_t settled_ns; /* from when on an answer to it would be seen */
	int64_t until_ns;   /* before this no other copy can show there;
			   * INT64_MAX: there is none */
	int64_t again_ns;   /* the same of the copy after that */
	bool beyond;  /* the point is at the far end or behind it: a reset that
		      * acknowledges comes from there, too, not from a device
		      * on the way */
	bool opens;   /* a SYN: it is behind no hole */
	bool had;     /* an earlier copy is known to have arrived */
	bool doubled; /* the network made two of the next copy: a duplicate
		       * that the receiver reports may be those */
};

/* @s, @e: the range of near raw numbers, e behind its last. */
struct proof proof_look(const struct proof_view *v, uint32_t s, uint32_t e);
