/* reset.path: resets that something on the way made in a host's name.
 *
 * reads:  sessions, facts of resets     writes: a draft for each hop
 */
#pragma once

#include "report/derive/alike.h"
#include "report/derive/reset_origin.h"
#include "report/derive/reset_stray.h"

struct made_resets {
	struct alikes between; /* two points */
	struct alikes beyond;  /* the point nearest to the server */
	struct alikes unseen;  /* points that may not see the server's side */
	struct alikes
		taken; /* what it answers is not at the far point either */
	struct VEC(uint32_t) taken_seqs; /* the numbers of these resets */
};

/* @k: one whose fate is injected. */
void made_between(struct made_resets *s, struct derive *d,
		  const struct session_view *v, const struct fact *k);
/* @k: the first of the server's at the point nearest to it; @idle: nothing was
 * waiting for the server.  Return: whether it was made on the way. */
bool made_beyond(struct made_resets *s, struct derive *d,
		 const struct session_view *v, const struct fact *k, bool idle);
/* @k: the server's first, where all points nearer to it have nothing that it sends in
 * this session, and have in others.  Only if nothing came before it. */
void made_unseen(struct made_resets *s, struct derive *d,
		 const struct session_view *v, const struct fact *k);
/* Tells of a reset at the client's side of a hop whose far point has neither it nor
 * what it answers.  Return: whether there is one. */
bool made_taken(struct made_resets *s, struct derive *d,
		const struct session_view *v,
		const struct session_facts *facts);
/* Titles; frees what @s holds.  @strays: of resets that the far point has in another
 * session. */
void made_finish(struct made_resets *s, const struct model *m,
		 const struct strays *strays);
