/* What the files of scoring share: two flows, laid one on the other.
 *
 * reads:  struct flow       writes: struct score
 */
#pragma once

#include "correlate/score.h"

#define DIFFERENT_CONTENT 40.0 /* bits against */
#define MAP_BITS 20.0          /* of an end that --map joins */
#define ENDS_CAP 36.0          /* of all else that ends say */

struct pairing { /* two flows and how to lay one on the other */
	const struct score_model *m;
	const struct flow *l, *r;
	int swap;
	struct score *s;
	bool anchored;  /* times of surely the same packet were compared */
	bool differs;   /* datagrams that should be the same are not */
	bool unshifted; /* what only one of them shows before its streams is
			 * before the other's, too: contents say so */
	double off, width;
	double common;  /* bits of content that others have, too, so far */
	double kernels; /* possible bits of SYNs that say the same */
	double ends; /* possible bits of ends, but for those that --map joins */
	/* Of content that both have: how much later after the flow's first
	 * packet it is on the left, us; least above most: none was compared. */
	int64_t lag_least, lag_most;
};

static inline const struct flow_dir *left(const struct pairing *p, int d)
{
	return &p->l->dir[d];
}

static inline const struct flow_dir *right(const struct pairing *p, int d)
{
	return &p->r->dir[d ^ p->swap];
}

static inline bool both_syn(const struct pairing *p, int d)
{
	return left(p, d)->flags & right(p, d)->flags & DIR_SYN;
}

static inline bool both_ts(const struct pairing *p, int d)
{
	return left(p, d)->flags & right(p, d)->flags & DIR_SYN_TS;
}

static inline void score_add(struct pairing *p, enum evidence e, double bits,
			     double possible)
{
	p->s->part[e] += (float)bits;
	p->s->bits += bits;
	p->s->possible += possible;
}

static inline void score_set_delta(struct pairing *p, int d, uint32_t delta)
{
	p->s->delta[d] = delta;
	p->s->delta_known[d] = true;
}

static inline const struct seen_dir *left_seen(const struct pairing *p, int d)
{
	return &p->l->seen.dir[d];
}

static inline const struct seen_dir *right_seen(const struct pairing *p, int d)
{
	return &p->r->seen.dir[d ^ p->swap];
}

/* What all pairs together have shown, which is noted to have been asked. */
static inline struct habits_sum score_rests(const struct pairing *p,
					    enum rests what)
{
	p->s->rests |= (uint8_t)what;
	return habits_sum(&p->m->habits);
}

/* How rare two values are that so many flows have on either side, in bits: log2
 * of flows to flows that have it, where others do; @cap where it is unique. */
double score_weigh(const struct pairing *p, unsigned l, unsigned r, double cap);
/* The same of values that no flow has counted (struct flow_seen). */
double score_weight(const struct pairing *p, uint64_t lkey, uint64_t rkey,
		    double cap);
void score_add_weighed(struct pairing *p, enum evidence e, unsigned l,
		       unsigned r, double cap);
/* Takes the times of the same packet, where nearer to the clock than before. */
void score_compare_times(struct pairing *p, int d, int64_t tl, int64_t tr);
void score_time(struct pairing *p);

/* --- score_content.c --- */
void score_head(struct pairing *p);
/* Of one direction's first bytes; adds the bits of such that are the same. */
enum head { HEAD_UNKNOWN, HEAD_SAME, HEAD_OTHER };
enum head score_head_of(struct pairing *p, int d);
void score_samples(struct pairing *p);
void score_turns(struct pairing *p);
/* Do first bytes or samples of either direction of one equal any of the other?
 * More may than score_head() and score_samples() heed. */
bool score_share_content(const struct score_model *m, const struct flow *l,
			 const struct flow *r);
/* Samples of a flow's own direction @d. */
const struct sample *score_samples_of(const struct point *pt,
				      const struct flow *f, int d);

/* --- score_ends.c --- */
void score_ends(struct pairing *p);
/* What score_ends() may add at most, whatever is learnt. */
double score_ends_most(const struct pairing *p);

/* --- score_twins.c --- */
/* Does another flow of @at have the same contents as @f, as far as both are known? */
bool score_has_twin(const struct point *at, const struct flow *f);

/* --- score_own.c --- */
/* Is a direction there with numbers?  One that has only RSTs may have none. */
static inline bool score_has_numbers(const struct flow_dir *x)
{
	return x->packets && x->seq_first;
}

/* Do two flows of TCP, each answered, lack all that only one connection has? */
bool score_lacks_own(const struct pairing *p);

/* --- score_named.c --- */
/* How many bytes more are before the stream on the right. */
uint32_t score_shift(const struct pairing *p, int d);
/* Does one flow name the other?  In bits. */
double score_named_bits(const struct pairing *p);
void score_named(struct pairing *p);
/* Does one flow name another flow of the other's point? */
bool score_names_another(const struct pairing *p);

/* --- score_places.c --- */
struct places { /* content of a direction at the same place of both streams */
	unsigned n;
	unsigned later;    /* of them not at the stream's beginning */
	int64_t low, high; /* of F; low above high: no times */
	double bits, possible;
};

/* What a header before one stream adds to a difference of numbers, where it is
 * that of the SYNs. */
uint32_t places_syn_shift(const struct pairing *p, int d);
struct places places_find(const struct pairing *p, int d);
/* Do both have the same rare first bytes? */
bool places_heads_agree(const struct pairing *p, int d);
bool places_shift(const struct pairing *p, int d);
/* Were no SYNs compared, and do both streams end, but at other places? */
bool places_miss_end(const struct pairing *p);
bool places_end_twice(const struct pairing *p);
bool places_add_bytes(const struct pairing *p);
bool places_share_none(const struct pairing *p, const struct places o[2]);
bool places_little(const struct pairing *p, const struct places o[2]);

/* --- score_relay_times.c --- */
/* Which side's opening came before the other's, so that the client is there:
 * 0 left, 1 right; -1: a single connection could do all that. */
int relay_caused_by(const struct pairing *p, const struct places o[2]);
/* Bits for two connections by when they were opened. */
double relay_opening_bits(const struct pairing *p, const struct places o[2],
			  bool other_stamps);
/* The client's side, where causes do not show it; -1: nothing does. */
int relay_client_side(const struct pairing *p, const struct places o[2]);

/* --- score_relay_signs.c --- */
/* Does a direction have other numbers on the right? */
bool relay_moved(const struct pairing *p, int d);
/* The client's side, as a header before one stream shows: 0 left, 1 right, -1:
 * both have one, or none. */
int relay_header_front(const struct pairing *p);
/* Bits for two connections, and against one whose numbers were rewritten.
 * *front: the client's side, where times show it; else -1. */
double relay_bits(const struct pairing *p, const struct places o[2],
		  int *front);
/* The same by other pairs: of the same servers' ends, or of these points. */
double relay_custom_bits(const struct pairing *p);

/* --- score_relay.c --- */
/* Are they two connections of a relay?  Then the score is about that: whether
 * the one is relayed into the other. */
bool score_relay(struct pairing *p);
