/* A strand: the records of one direction of a session at one point.
 *
 * reads:  struct record     writes: nothing
 *
 * The records come through a function, so that the sweep works on the case file
 * (store/recs.h) as well as on a plain array.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/seq.h"
#include "capture/record.h"
#include "store/match.h"
#include "store/recs.h"

struct quote;

struct strand {
	const struct record *(*get)(void *ctx, uint32_t i);
	void *ctx;
	const struct record *flat; /* the first n_flat, faster than get() */
	uint32_t n_flat;           /* 0: none */
	/* what get() has at hand, faster than that; NULL: not known */
	const struct recs_now *now;
	uint32_t n;
	int pos;       /* path position of the point */
	int flow;      /* index into session.flows */
	uint8_t dir;   /* session direction: 0 c2s, 1 s2c */
	uint32_t hint; /* where strand_find() looked last */
	/* no DSACK is in records [plain_from, plain_to), the latest of which is
	 * of plain_ns (correlate/proof.c) */
	uint32_t plain_from, plain_to;
	int64_t plain_ns;
	struct quote *quote; /* errors about its packets (quotes.h) */
	uint32_t n_quotes;
	/* the stamp alone, if that is faster; NULL: use get() */
	int64_t (*time)(void *ctx, uint32_t i);
	/* get() shall keep record @i from now on; NULL: it has all */
	void (*keep)(void *ctx, uint32_t i);
};

static inline const struct record *strand_at(const struct strand *s, uint32_t i)
{
	if (i < s->n_flat)
		return &s->flat[i];
	if (s->now && i - s->now->first < s->now->n)
		return s->now->at + (i - s->now->first);
	return s->get(s->ctx, i);
}

/* Records [i, i + *n), at least one, that are contiguous in memory. */
static inline const struct record *strand_row(const struct strand *s,
					      uint32_t i, uint32_t *n)
{
	const struct record *r = strand_at(s, i);

	if (i < s->n_flat)
		*n = s->n_flat - i;
	else if (s->now && i - s->now->first < s->now->n)
		*n = (uint32_t)(s->now->n - (i - s->now->first));
	else
		*n = 1;
	return r;
}

static inline int64_t strand_time(const struct strand *s, uint32_t i)
{
	return i >= s->n_flat && s->time ? s->time(s->ctx, i)
					 : strand_at(s, i)->time_ns;
}

/* Announces that record @i will be read again, and few around it; to be called
 * in ascending order. */
static inline void strand_keep(const struct strand *s, uint32_t i)
{
	if (i >= s->n_flat && s->keep)
		s->keep(s->ctx, i);
}

/* First record stamped @t_ns or later (n: none).  Assumes ascending stamps; if
 * they are not, the answer is approximate. */
uint32_t strand_find(struct strand *s, int64_t t_ns);

/* get() of a strand over an array: ctx is a struct record *. */
const struct record *strand_of_array(void *ctx, uint32_t i);

/* Kinds in their order of precedence; @tcp false: a datagram. */
enum fate_kind record_kind(const struct record *r, bool tcp);
/* The same, without a call for most. */
static inline enum fate_kind strand_kind(const struct record *r, bool tcp)
{
	if (!tcp || (r->tcp_flags & (REC_SYN | REC_FIN | REC_RST)))
		return record_kind(r, tcp);
	return r->pay_len ? KIND_DATA : KIND_ACK;
}
