/* The longest pause within an answer: how long, after how much, between which frames.
 *
 * reads:  struct exchange, block     writes: struct draft
 */
#pragma once

#include "report/rules.h"
#include "store/exchange.h"

struct answer_pause {
	size_t flow;            /* index into the session's flows */
	uint64_t before, after; /* records of direction s2c around it */
	int64_t ns;             /* 0: there is none */
	uint64_t told, bytes;   /* of the answer: until then, in all */
};

/* The longest pause within the answer of @x, at the point nearest to the server that
 * has it. */
struct answer_pause delay_pause(const struct model *m,
				const struct session_view *v,
				const struct exchange *x);
/* Forgets it if what is told, a silence of @most_ns (0: of none), cannot be it: a silence
 * that ended with the answer's first piece, whose pauses are others. */
void delay_pause_fit(struct answer_pause *p, int64_t most_ns);
/* A paragraph on it.  @of_ns: the finding's pauses, all together. */
void delay_pause_say(struct draft *f, const struct answer_pause *p,
		     int64_t of_ns);
void delay_pause_frames(struct draft *f, const struct model *m,
			const struct session_view *v,
			const struct answer_pause *p);
