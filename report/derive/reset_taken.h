/* reset.path: what something else than the server got, and reset.
 *
 * reads:  sessions, facts of resets     writes: a draft for each hop
 */
#pragma once

#include "report/derive/alike.h"
#include "report/derive/reset_stray.h"

struct taken;
struct taken_resets {
	struct alikes groups;
	struct taken *at; /* each of them, up to STRAYS_LOOKED; owned */
	size_t n, cap;
};

/* Tells of a reset at the client's side of a hop whose far point has neither it nor
 * what it answers.  Return: whether there is one. */
bool taken_add(struct taken_resets *s, struct derive *d,
	       const struct session_view *v, const struct session_facts *facts);
/* Titles; frees what @s holds.  @strays: of resets that the far point has in another
 * session. */
void taken_finish(struct taken_resets *s, struct derive *d,
		  const struct strays *strays);
