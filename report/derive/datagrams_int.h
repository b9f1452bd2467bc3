/* Shared by the files of datagrams: datagrams.c walks, datagrams_again.c knows what is
 * sent again, datagrams_far.c the far point's order, datagrams_pings.c which answer has a ping's number,
 * datagrams_find.c what other points have of a datagram.
 *
 * reads, writes: struct dgram_walk
 */
#pragma once

#include "report/derive/echo.h"
#include "report/derive/timeline.h"

#define DATAGRAMS_LOOK 64
#define DATAGRAMS_ASIDE 32
#define DATAGRAMS_RECENT 8

struct aside { /* a turn whose answer is still under way when the next one
	        * begins */
	struct exchange x;
	int64_t mark[TIME_PARTS];
	uint32_t far;    /* its newest request at far */
	int64_t at_ns;   /* that request's time at near */
	uint16_t number; /* of a ping */
};

struct dgram_walk {
	struct timeline *t;
	uint32_t at[TIMELINE_HOPS][2]; /* by tap: next record to look at */
	/* by tap: how much later, clocks and all, it had what near had, by a turn that
	 * fits; and how far what was found last is off that */
	int64_t lag[TIMELINE_HOPS][2], off[TIMELINE_HOPS][2];
	uint32_t skipped;  /* far's first answer that the search passed over */
	struct record ask; /* the newest request */
	uint32_t ask_far;  /* at far; RECORD_NONE */
	struct record
		recent[DATAGRAMS_RECENT]; /* requests up to the newest, in a
						 * ring */
	uint32_t n_recent;                /* so many there ever were */
	bool one_way; /* nobody answers, and nobody has to */
	bool silent;  /* nobody ever answers */
	bool polls;   /* no request is another one sent again */
	bool calls;   /* both sides ask, and messages say what each is */
	/* of these: the server has promised an answer; the newest that it said */
	bool promised;
	struct record told_last;
	/* when each tap saw the newest request and the newest answer; or
	 * TRIP_UNKNOWN */
	int64_t asked[TIMELINE_HOPS], told[TIMELINE_HOPS];
	uint32_t n_told;      /* near's answers so far */
	uint32_t asks, tells; /* of the turn: requests that are no copies, and
			       * what came since */
	uint32_t before;      /* far's requests before its newest answer */
	/* of pings: the newest request's number, and the newest answer's */
	uint16_t ask_number, told_number;
	struct aside *aside; /* DATAGRAMS_ASIDE, allocated with the first;
			      * owned */
	size_t n_aside;
};

/* What far's own order says of an answer. */
struct reply {
	uint32_t ask;       /* the request at far; RECORD_NONE: not known */
	bool first;         /* no other answer came between */
	int64_t own_ns;     /* from the request to the answer */
	int64_t again_ns;   /* of that, from its first copy, which near lacks */
	struct aside *turn; /* NULL: the open one */
	bool stray;         /* a ping's that no turn waits for */
	bool repeated;      /* near had the same answer to it before */
};

static inline const struct tap *far_of(const struct dgram_walk *w)
{
	return &w->t->tap[w->t->n_taps - 1];
}

/* Far's record number @i of @dir. */
static inline const struct record *far_at(const struct dgram_walk *w, int dir,
					  uint32_t i)
{
	return strand_at(far_of(w)->strand[dir], i);
}

static inline bool datagrams_same(const struct record *a,
				  const struct record *b)
{
	return a->pay_len == b->pay_len && a->head_digest == b->head_digest &&
	       a->frag_off == b->frag_off &&
	       a->window == b->window; /* a ping's number; else 0 */
}

bool datagrams_copy(const struct record *a, const struct record *b);
/* Is @r a copy of a recent request, and has the protocol's oldest open one no answer?
 * *@before gets that one's number at far, or RECORD_NONE. */
bool datagrams_amid(const struct dgram_walk *w, const struct record *r,
		    uint32_t *before);
/* @left passed before near's @rec, of which datagrams_amid() tells. */
void datagrams_waited(struct dgram_walk *w, uint32_t before, uint32_t rec,
		      int64_t left);
/* At the end: what was waited for and never came. */
void datagrams_never(struct dgram_walk *w);
/* @ns of *@left passed before a copy of what was lost. */
void datagrams_again(struct timeline *t, int64_t ns, int64_t *left);
/* All of @left did. */
void datagrams_retried(struct timeline *t, int64_t left);
/* @r is the newest request now. */
void datagrams_asked(struct dgram_walk *w, const struct record *r);
/* Had the request before this one, @before at far, arrived damaged, so that
 * nobody could answer?  @r: the copy at near, w->ask_far at far. */
bool datagrams_spoilt(const struct dgram_walk *w, uint32_t before,
		      const struct record *r);
/* The newest request is a copy, near's @rec, of one that is far's @before
 * (RECORD_NONE: far lacks it).  Had that arrived, and was not answered when the copy
 * came there? */
bool datagrams_had_arrived(const struct dgram_walk *w, uint32_t before,
			   uint32_t rec);
/* Does far answer its request @a before request @b arrives? */
bool datagrams_answered_between(const struct dgram_walk *w, uint32_t a,
				uint32_t b);
/* Puts aside the open turn; @far and @at_ns belong to its newest request. */
void datagrams_put_aside(struct dgram_walk *w, uint32_t far, int64_t at_ns);
/* Near's record @rec, @r, number @far at far, answers the turn @a. */
void datagrams_answer_aside(struct dgram_walk *w, struct aside *a,
			    const struct record *r, uint32_t rec, uint32_t far);
/* Drops the first @n turns put aside. */
void datagrams_let_go(struct dgram_walk *w, size_t n);
/* Attributes the excess of the round trip @way over its least, from *@left. */
void datagrams_queue(struct timeline *t, const int64_t *trip, int64_t way,
		     int64_t *left);
/* Only near knows of the answer for which it waited @left: a single point counts
 * everything beyond it for the server. */
void datagrams_unknown(struct timeline *t, int64_t left);
/* What far says of its answer @tell. */
struct reply datagrams_reply(struct dgram_walk *w, uint32_t tell);
/* For an answer of near's that far lacks: what far sent after the newest
 * request, before another one came. */
struct reply datagrams_reply_unseen(const struct dgram_walk *w);

/* Counts far's requests before its answer @y, in w->before. */
void datagrams_count_before(struct dgram_walk *w, const struct record *y);

/* --- datagrams_pings.c --- */
/* The open turn waits for its answer: is @r, at near at @now, another ping? */
bool datagrams_next_ping(const struct dgram_walk *w, const struct record *r,
			 int64_t now);
/* Near's answer @r to a ping is far's @tell (RECORD_NONE: far lacks it). */
struct reply datagrams_ping_reply(struct dgram_walk *w, const struct record *r,
				  uint32_t tell);

/* Attributes the @left before an answer that no turn waits for, as one that comes
 * twice: a ping that does wait goes on waiting. */
void datagrams_stray(struct timeline *t, int64_t left);

/* --- datagrams_calls.c --- */
/* Are both sides of protocol @proto known to ask? */
bool datagrams_are_calls(unsigned proto);
/* Takes @r of @dir at near @now, and the time before it, if that is neither a request of
 * the client's nor an answer that it waits for.  Return: whether it did; if not, the
 * others do. */
bool datagrams_call(struct dgram_walk *w, const struct record *r, int dir,
		    int64_t now);
/* Before the first. */
void datagrams_find_begin(struct dgram_walk *w);
/* The open turn, as it was found, fits far's own order. */
void datagrams_found(struct dgram_walk *w);
/* Finds @r of @dir, seen at near @now, at all taps.  @t_ns gets the times,
 * TRIP_UNKNOWN if not found.  Return: its number at far, or RECORD_NONE. */
uint32_t datagrams_find_all(struct dgram_walk *w, int dir,
			    const struct record *r, int64_t now,
			    int64_t t_ns[TIMELINE_HOPS]);

/* --- datagrams_streams.c --- */
/* Do both sides, as @t saw them, send at a pace of their own, so that what comes is
 * no answer? */
bool datagrams_two_streams(const struct tap *t);
/* Do both sides send evenly and about as much, each faster than an answer from the
 * other could come, as @near and @far saw all of it?  Then neither waits. */
bool datagrams_in_step(const struct tap *near, const struct tap *far);
