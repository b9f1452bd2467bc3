/* A session's figures per hop, while its fates are decided.
 *
 * reads:  fates and records     writes: struct figures
 */
#pragma once

#include "correlate/hop.h"
#include "correlate/stamps.h"

#define LENS 48

struct lens { /* how often data of each IP length arrived and was lost */
	uint32_t n;
	struct lens_of {
		uint32_t ip_len;
		uint64_t delivered, lost;
	} at[LENS]; /* with more lengths, joined with the nearest */
};

/* What is counted for one fate. */
struct fated {
	uint8_t fate, kind, marks, change;
	uint32_t bytes, segments, ip_len;
	bool astray; /* undecided, but lost here or behind */
	bool whole;  /* counts as a transmission; false: a further range of one
		     * already counted */
};

void hopfig_count(struct hop_way *w, struct lens *l, const struct fated *f);
/* Counts a data packet of IP length @ip_len as arrived or lost. */
void hopfig_length(struct lens *l, uint32_t ip_len, bool lost);
static inline void hopfig_delivered(struct lens *l, uint32_t ip_len)
{
	if (l->n && l->at[0].ip_len == ip_len)
		l->at[0].delivered++; /* it stays in front */
	else
		hopfig_length(l, ip_len, false);
}
/* Do they agree in all that hopfig_compare() looks at, but numbers? */
static inline bool records_alike(const struct record *x, const struct record *y)
{
	return !((x->pay_len ^ y->pay_len) | (x->head_digest ^ y->head_digest) |
		 (x->full_digest ^ y->full_digest) |
		 (uint32_t)(x->pay_sum ^ y->pay_sum) |
		 (uint32_t)(x->tcp_flags ^ y->tcp_flags) |
		 (uint32_t)(x->window ^ y->window) |
		 (uint32_t)(x->opts ^ y->opts) | (uint32_t)(x->tos ^ y->tos) |
		 (uint32_t)(x->csum == REC_CSUM_BAD) |
		 (uint32_t)(y->csum == REC_CSUM_BAD));
}
/* Is it certain that hopfig_compare() would find nothing? */
static inline bool hopfig_unchanged(const struct hop *h, const struct record *x,
				    const struct record *y)
{
	return records_alike(x, y) && h->edit.n < 2 &&
	       (!x->n_sack || !h->ack_delta);
}
/* How many segments of at most @seg bytes a payload of @len takes. */
static inline uint32_t segments_of(uint32_t len, uint32_t seg)
{
	return len > seg ? (len + seg - 1) / seg : 1;
}
/* Header differences of a packet found one to one.  Return: enum fate_change
 * bits; differences common to every packet (TOS, window) are counted, too. */
uint8_t hopfig_compare(struct hop_way *w, const struct hop *h,
		       const struct record *x, const struct record *y);
/* Counts the routers that @x passed on its way to @y; a packet whose TTL rose
 * passed a device that sets its own, and tells nothing. */
void hopfig_ttl(struct hop_way *w, const struct record *x,
		const struct record *y);
/* To be called after the last count. */
void hopfig_lengths(struct hop_way *w, const struct lens *l);

/* The hop of two points in path order, added where it is new. */
struct hop_figures *hopfig_of(struct figures *f, int from_pos, int to_pos);
void hopfig_sort(struct figures *f);

struct trip { /* its stamps: outbound at A and B, back at B and A */
	bool is;
	int64_t a1, b1, b2, a2;
};

#define HOPFIG_TURN_NS 1000000000ll /* longer at B, drift would show */

/* Adds the round trip @x, of stamps of A and B. */
void hopfig_trip(struct hist *rtt, const struct trip *x, struct stamps *a,
		 struct stamps *b);
/* Round trips of the stretch between two points, without clocks: @there goes
 * from A to B, @back from B to A.  *@first: the first of them. */
void hopfig_rtt(struct hist *rtt, const struct hop *there,
		const struct hop *back, struct stamps *a, struct stamps *b,
		struct trip *first);
