/* What the files of the datagrams share: datagrams.c walks, datagrams_far.c knows
 * far's order.
 *
 * reads, writes: struct dgram_walk
 */
#pragma once

#include "report/derive/timeline.h"

#define DATAGRAMS_LOOK 64
#define DATAGRAMS_ASIDE 32

struct aside { /* a turn whose answer is under way as the next one begins */
	struct exchange x;
	int64_t mark[TIME_PARTS];
	uint32_t far;  /* its newest request there */
	int64_t at_ns; /* near's, of that */
};

struct dgram_walk {
	struct timeline *t;
	uint32_t at[TIMELINE_HOPS][2]; /* by tap: next to look at */
	struct record ask;             /* the newest request */
	uint32_t ask_far;              /* at far; RECORD_NONE */
	bool one_way;                  /* nobody answers, or has to */
	bool silent;                   /* nobody ever answers */
	/* when that was at each tap, and the newest answer; or TRIP_UNKNOWN */
	int64_t asked[TIMELINE_HOPS], told[TIMELINE_HOPS];
	uint32_t before;     /* far's requests before its newest answer */
	struct aside *aside; /* DATAGRAMS_ASIDE, made with the first; owned */
	size_t n_aside;
};

/* An answer by far's own order. */
struct reply {
	uint32_t ask;       /* the request there; RECORD_NONE: not known */
	bool first;         /* nothing was answered between */
	int64_t own_ns;     /* from one to the other */
	struct aside *turn; /* NULL: the one that is open */
};

static inline const struct tap *far_of(const struct dgram_walk *w)
{
	return &w->t->tap[w->t->n_taps - 1];
}

/* Far's record of @dir, number @i. */
static inline const struct record *far_at(const struct dgram_walk *w, int dir,
					  uint32_t i)
{
	return strand_at(far_of(w)->strand[dir], i);
}

/* Does far answer its request @a before request @b comes? */
bool datagrams_answered_between(const struct dgram_walk *w, uint32_t a,
				uint32_t b);
/* Puts aside the turn that is open; @far and @at_ns are of its newest request. */
void datagrams_put_aside(struct dgram_walk *w, uint32_t far, int64_t at_ns);
/* Near's record @rec, @r, is told to the turn @a; number @far there. */
void datagrams_answer_aside(struct dgram_walk *w, struct aside *a,
			    const struct record *r, uint32_t rec, uint32_t far);
/* The first @n that are aside are done with. */
void datagrams_let_go(struct dgram_walk *w, size_t n);
/* What far says of its answer @tell. */
struct reply datagrams_reply(struct dgram_walk *w, uint32_t tell);
/* Near's answer is not at far: what left there behind the newest request, before
 * another one came. */
struct reply datagrams_reply_unseen(const struct dgram_walk *w);
