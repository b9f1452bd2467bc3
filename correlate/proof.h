/* What the receiver's acknowledgements prove about bytes that a point lacks.
 *
 * reads:  struct strand (the other direction)     writes: nothing
 */
#pragma once

#include "correlate/strand.h"

enum proof_verdict {
	PROOF_NONE,    /* they prove nothing */
	PROOF_ACKED,   /* acknowledged while no other copy could have arrived */
	PROOF_SACKED,  /* the same, selectively */
	PROOF_AGAIN,   /* reported as received twice (RFC 2883) */
	PROOF_HOLE,    /* later bytes arrived and these had not */
	PROOF_SILENCE, /* nothing was acknowledged until a later copy came */
	PROOF_BEFORE,  /* the receiver had the bytes already: an ACK that covers
		        * them proves nothing about this copy */
};

struct proof {
	enum proof_verdict verdict;
	uint32_t record; /* of the strand; LINK_NONE: none */
};

/* The acknowledgements that pass one point. */
struct proof_view {
	struct strand *acks;
	uint32_t shift;     /* ack numbers there = near raw numbers + shift */
	int64_t from_ns;    /* earliest time that this copy passed there, or was
			     * sent, by that point's clock */
	int64_t settled_ns; /* from when on an answer to it would be visible */
	int64_t until_ns;   /* before this no other copy can have an effect
			   * there; INT64_MAX: there is none */
	int64_t again_ns;   /* the same for the copy after that */
	bool beyond;  /* the point is at or after the far end: an acknowledging
		       * reset also comes from there, not from a device on the
		       * way */
	bool opens;   /* a SYN: there is no hole before it */
	bool had;     /* an earlier copy is known to have arrived */
	bool doubled; /* the network duplicated the next copy: a duplicate that
		       * the receiver reports may be that */
};

/* @s, @e: the range of near raw numbers, e behind its last. */
struct proof proof_look(const struct proof_view *v, uint32_t s, uint32_t e);
