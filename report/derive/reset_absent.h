/* reset.path: resets of which the point nearer to the server has nothing.
 *
 * reads:  sessions, facts of resets     writes: a draft for each hop
 */
#pragma once

#include "report/derive/alike.h"
#include "report/derive/reset_origin.h"
#include "report/derive/reset_stray.h"

struct absent_resets {
	struct alikes refused; /* points that may not see the server's side */
	struct alikes
		taken; /* what it answers is not at the far point either */
	struct VEC(uint32_t) taken_seqs; /* the numbers of these resets */
};

/* @k: the server's first, where all points nearer to it have nothing that it sends in
 * this session, and have in others.  Only if nothing came before it. */
void absent_refused(struct absent_resets *s, struct derive *d,
		    const struct session_view *v, const struct fact *k);
/* Tells of a reset at the client's side of a hop whose far point has neither it nor
 * what it answers.  Return: whether there is one. */
bool absent_taken(struct absent_resets *s, struct derive *d,
		  const struct session_view *v,
		  const struct session_facts *facts);
/* Titles; frees what @s holds.  @strays: of resets that the far point has in another
 * session. */
void absent_finish(struct absent_resets *s, const struct model *m,
		   const struct strays *strays);
