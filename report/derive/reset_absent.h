/* reset.path: refused connections of which the point nearer to the server has
 * nothing that answers.
 *
 * reads:  sessions, facts of resets     writes: a draft for each hop
 */
#pragma once

#include "report/derive/alike.h"

struct leaving { /* refused connections whose resets a point sees leave */
	int pos;
	uint64_t n;
};

struct absent_resets {
	struct alikes refused; /* points that may not see the server's side */
	struct VEC(struct leaving) leave; /* points that see others leave */
};

/* @k: the server's first, where all points nearer to it have nothing that it sends in
 * this session, and have in others.  Only if nothing came before it. */
void absent_refused(struct absent_resets *s, struct derive *d,
		    const struct session_view *v, const struct fact *k);
/* The server's point, at @pos, has another refused connection's reset. */
void absent_leaves(struct absent_resets *s, int pos);
/* Titles; frees what @s holds. */
void absent_finish(struct absent_resets *s, const struct model *m);
