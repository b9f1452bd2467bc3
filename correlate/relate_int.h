/* Shared by the files of relating: two points, the clients' side first.
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

/* By how much the lengths of the two sides' answers differ, by the length of
 * the back one: encryption and framing add to them by length. */
#define LENGTH_BINS 33
struct length_law {
	bool known;
	int64_t low, high;
};

struct relating {
	struct side front, back;
	bool form; /* turns, not messages: only their form is known */
	struct length_law law[LENGTH_BINS];
	struct strip strip;
	uint32_t *start; /* by front exchange: its first candidate; owned */
	struct VEC(uint32_t) cand;
	uint32_t *uses;  /* by back exchange: how often it is a candidate;
			  * owned */
	bool told_known; /* the difference in answers' lengths is known */
	int64_t told;
	/* by flow of the front and of the back: the only flow that it matched
	 * with, and how often; owned */
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
/* Finds the exchanges' mates; strip, front and back are known. */
void relate_match(struct relating *r);
void relate_match_release(struct relating *r);
/* How many exchanges other than @b would match @f by chance. */
double relate_chance(const struct relating *r, const struct ask *f,
		     const struct ask *b);

/* --- relate_lengths.c --- */
/* Learns lengths from the matches so far. */
void relate_learn(struct relating *r);
/* Do the lengths of these contradict what was learnt? */
bool relate_odd(const struct relating *r, const struct ask *f,
		const struct ask *b);
/* Is it known what the lengths should be, and do they agree? */
bool relate_even(const struct relating *r, const struct ask *f,
		 const struct ask *b);

/* --- relate_weigh.c --- */
/* Puts matches that are certain enough into @out; front exchanges of the others
 * lose their mates. */
void relate_weigh(struct relating *r, struct relations *out);
