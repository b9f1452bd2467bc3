/* Guesses of absences; see the header.
 *
 * Memory: 16 bytes each, at most SESSION_MOST per session and one or two more;
 * beyond ALL_MOST only those.
 */
#include "correlate/guesses.h"

#include <stdlib.h>

#define SESSION_MOST 64
#define ALL_MOST (1u << 20)

static bool is_noted(const struct guesses *g, const struct guessed *x,
		     size_t from)
{
	for (size_t i = from; i < g->all.n; i++) {
		const struct guessed *y = &g->all.at[i];

		if (y->hop == x->hop && y->bin == x->bin && y->of == x->of)
			return true;
	}
	return false;
}

static void note(struct guesses *g, struct guessed x)
{
	size_t n = g->all.n, from = n > g->from ? n - 1 : n;

	if (n - g->from >= SESSION_MOST || n >= ALL_MOST) {
		/* both of these kinds come last, in any order */
		from = n - g->from > 2 ? n - 2 : g->from;
		x = (struct guessed){ .of = x.of >= GUESS_MANY ? x.of
					    : x.of == GUESS_SILENT
						    ? GUESS_MANY_SILENT
						    : GUESS_MANY };
	}
	if (!is_noted(g, &x, from))
		*VEC_PUSH(&g->all) = x;
}

void guesses_note(struct guesses *g, uint32_t hop, size_t bin, enum guess_of of)
{
	note(g, (struct guessed){
			.hop = hop, .bin = (uint16_t)bin, .of = (uint8_t)of });
}

void guesses_join(struct guesses *g, struct guesses *more)
{
	for (size_t i = more->from; i < more->all.n; i++)
		note(g, more->all.at[i]);
	guesses_drop(more);
}

bool guesses_refuse(struct guesses *g)
{
	bool any = g->all.n > g->from;

	if (any)
		*VEC_PUSH(&g->all) = (struct guessed){ .of = GUESS_NEVER };
	return any;
}

bool guesses_end(struct guesses *g, int64_t session, bool backwards)
{
	bool any = g->all.n > g->from;

	for (size_t i = g->from; i < g->all.n; i++) {
		g->all.at[i].session = session;
		g->all.at[i].backwards = backwards;
	}
	g->from = g->all.n;
	return any;
}

void guesses_drop(struct guesses *g)
{
	g->all.n = g->from;
}

void guesses_release(struct guesses *g)
{
	VEC_FREE(&g->all);
	g->from = 0;
}

bool guess_right(const struct guess_known *k, const struct guessed *x)
{
	const struct bins *b = &k->e->bins[x->hop % k->e->n_points];
	bool confirmed = x->of == GUESS_CONFIRMED, guessed, is;
	bool gap = x->of == GUESS_GAP;

	if (x->of == GUESS_NEVER)
		return false;
	if (x->of == GUESS_MANY)
		return k->all;
	if (x->of == GUESS_MANY_SILENT)
		return k->all_silent;
	if (x->of == GUESS_SILENT)
		return !bins_deaf_in(b, x->bin);
	if (x->of == GUESS_PLACE || x->of == GUESS_PLACE_SYN)
		return !(b->muted && b->at[x->bin].mute) &&
		       !((k->loss[x->hop] ^ k->is[x->hop]) &
			 answer_astray(x->of == GUESS_PLACE_SYN));
	/* it was taken for heard, but in a gap */
	guessed = k->loss[x->hop] & answer_bit(!gap, confirmed);
	is = k->is[x->hop] &
	     answer_bit(!gap && bins_heard_in(b, x->bin), confirmed);
	if (!confirmed && b->bared && b->at[x->bin].bare)
		return !guessed && !is; /* what it is depends on its kind */
	if (!confirmed && b->muted && b->at[x->bin].mute)
		return !guessed && !is; /* ... or on its slot */
	return guessed == is;
}
