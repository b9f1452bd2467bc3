/* What the files of relating share: two points, the clients' side in front.
 *
 * reads:  struct asks       writes: ask.mate
 */
#pragma once

#include "correlate/relate.h"
#include "correlate/strip.h"

struct side {
	size_t point;
	const struct point *p;
	struct asks asks;
	uint32_t *n_asks;          /* by flow; owned */
	int64_t first_ns, last_ns; /* of asks */
};

/* What the lengths of the two sides' answers differ by, by how long the back one
 * is: what seals or frames adds to them by their length. */
#define LENGTH_BINS 33
struct length_law {
	bool known;
	int64_t low, high;
};

struct relating {
	struct side front, back;
	bool form; /* turns, not messages: nothing but their form is known */
	struct length_law law[LENGTH_BINS];
	struct strip strip;
	uint32_t *start; /* by front exchange: its first candidate; owned */
	struct VEC(uint32_t) cand;
	uint32_t *uses;  /* by back exchange: whose candidate it is; owned */
	bool told_known; /* what answers' lengths differ by */
	int64_t told;
	/* by flow of the front, of the back: the only one that it matched with,
	 * and how often; owned */
	uint32_t *with[2], *times[2];
};

static inline size_t relate_cands(const struct relating *r, size_t f)
{
	return r->start[f + 1] - r->start[f];
}

static inline struct ask *front_ask(const struct relating *r, size_t i)
{
	return &r->front.asks.at[i];
}

static inline struct ask *back_ask(const struct relating *r, size_t i)
{
	return &r->back.asks.at[i];
}

/* --- relate_match.c --- */
/* Exchanges to their mates; strip, front and back are known. */
void relate_match(struct relating *r);
void relate_match_release(struct relating *r);
/* How many others than @b would be taken for what @f was relayed into, by
 * chance. */
double relate_chance(const struct relating *r, const struct ask *f,
		     const struct ask *b);

/* --- relate_lengths.c --- */
/* Of what matched so far. */
void relate_learn(struct relating *r);
/* Are the lengths of these not what they should be? */
bool relate_odd(const struct relating *r, const struct ask *f,
		const struct ask *b);
/* Is it known what they should be, and are they that? */
bool relate_even(const struct relating *r, const struct ask *f,
		 const struct ask *b);

/* --- relate_weigh.c --- */
/* Matches that are sure enough to @out; the others' front exchanges lose their
 * mates. */
void relate_weigh(struct relating *r, struct relations *out);
