/* reset.path: resets that something on the way made in a host's name.
 *
 * reads:  sessions, facts of resets     writes: a draft for each hop
 */
#pragma once

#include "report/derive/alike.h"
#include "report/derive/reset_origin.h"

struct made_resets {
	struct alikes between;  /* two points */
	struct alikes beyond;   /* the point nearest to the server */
	struct alikes too_soon; /* there, by the time that they took */
	struct alikes soon;     /* the same, not sure */
};

/* @k: one whose fate is injected. */
void made_between(struct made_resets *s, struct derive *d,
		  const struct session_view *v, const struct fact *k);
/* @k: the first of the server's at the point nearest to it; @idle: nothing was
 * waiting for the server.  Return: whether it was made on the way. */
bool made_beyond(struct made_resets *s, struct derive *d,
		 const struct session_view *v, const struct fact *k, bool idle);
/* Titles; frees what @s holds. */
void made_finish(struct made_resets *s, const struct model *m);
