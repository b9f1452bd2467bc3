/* The guesses that sessions were swept with, and which of them were wrong.
 *
 * Sessions swept with one guess are an epoch of their worker.  Once everything
 * is known (fate_guess_judge()), each guess that a session's fates depend on is
 * checked (correlate/guesses.h): if one is wrong the session must be swept
 * again. The figures of the others count.  Those of an epoch are summed up as
 * it goes, since guesses are mostly right; if some are wrong, the figures of
 * the right sessions are read back.
 *
 * Cost: O(1) a guess; a row read for each right session of an epoch of which
 * another is wrong.
 */
#include "correlate/fate_int.h"

#include <stdlib.h>
#include <string.h>

static size_t answers(const struct job *j)
{
	return j->env.n_points * j->env.n_points;
}

/* --- while sessions are swept --- */

static void guess(struct job *j, struct worker *w)
{
	uint8_t *loss = mem_zalloc(answers(j) + 1, 1);
	uint8_t *gaps = mem_zalloc(answers(j) + 1, 1);
	struct evidence e;

	evidence_init(&e, j->env.n_points, j->watch);
	evidence_add(&e, &w->say);
	evidence_drops(&e, j->watch);
	evidence_settle(&e);
	evidence_answer(&e, loss, gaps);
	evidence_release(&e);
	free(gaps);
	if (w->epoch.n &&
	    !memcmp(loss, w->epoch.at[w->epoch.n - 1].loss, answers(j)))
		free(loss);
	else
		*VEC_PUSH(&w->epoch) = (struct epoch){ .loss = loss };
	w->look = 2 * w->swept;
}

struct epoch *fate_guess(struct job *j, struct worker *w)
{
	if (!w->epoch.n || w->swept >= w->look)
		guess(j, w);
	return &w->epoch.at[w->epoch.n - 1];
}

/* --- once all is known --- */

static void find_answers(struct job *j)
{
	struct evidence *e = &j->all;

	evidence_init(e, j->env.n_points, j->watch);
	for (unsigned k = 0; k < j->width; k++)
		evidence_add(e, &j->worker[k].say);
	evidence_drops(e, j->watch);
	evidence_settle(e);
	j->loss = mem_zalloc(answers(j) + 1, 1);
	j->gaps = mem_zalloc(answers(j) + 1, 1);
	evidence_answer(e, j->loss, j->gaps);
	j->env.bins = e->bins;
	for (size_t p = 0; p < j->env.n_points; p++)
		j->deaf |= bins_ever_deaf(&e->bins[p]);
}

/* Were all answers guessed right?  The guess assumed that at every absence the
 * capture had all others, and that none was mute, nor any bin bare. */
static bool answers_right(const struct job *j, const struct epoch *e)
{
	for (size_t h = 0; h < answers(j); h++) {
		unsigned guess = e->loss[h], is = j->loss[h];

		if (guess != is)
			return false;
		if (j->all.bins[h % j->env.n_points].muted ||
		    j->all.bins[h % j->env.n_points].bared)
			return false;
		is &= ANSWER_ALL;
		if (j->gaps[h] && is / ANSWER_HEARD != is % ANSWER_HEARD)
			return false;
	}
	return true;
}

struct stay { /* a session that remains as it is */
	int64_t session;
	bool backwards;
};

struct judged {
	struct VEC(int64_t) again; /* sessions */
	struct VEC(struct stay) stay;
};

/* Sorts the sessions of @e out. */
static void judge(const struct job *j, struct epoch *e, struct judged *out)
{
	const struct guesses *g = &e->guesses;
	const struct guess_known known = { .e = &j->all,
					   .is = j->loss,
					   .loss = e->loss,
					   .all = answers_right(j, e),
					   .all_silent = !j->deaf };
	size_t stayed = out->stay.n, had = out->again.n, end;

	for (size_t i = 0; i < g->all.n; i = end) {
		const struct guessed *x = &g->all.at[i];
		bool right = true;

		for (end = i;
		     end < g->all.n && g->all.at[end].session == x->session;
		     end++)
			right = right && guess_right(&known, &g->all.at[end]);
		if (right)
			*VEC_PUSH(&out->stay) = (struct stay){ x->session,
							       x->backwards };
		else
			*VEC_PUSH(&out->again) = x->session;
	}
	e->right = out->again.n == had;
	if (e->right) /* their sum is available */
		out->stay.n = stayed;
}

static int by_id(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

static int by_session(const void *pa, const void *pb)
{
	const struct stay *a = pa, *b = pb;

	return by_id(&a->session, &b->session);
}

/* Adds the stored figures of @session to @total.  Return: false if they cannot
 * be read. */
static bool add_written(struct store *s, const struct stay *stay,
			struct buf *data, struct figures *total)
{
	struct figures fig;
	struct cursor in;

	if (!store_stat_read(s, stay->session, data))
		return false;
	in = cursor_of(data->at, data->n);
	if (figures_unpack(&fig, &in))
		return false;
	fate_count(total, stay->backwards, &fig);
	figures_release(&fig);
	return true;
}

static void count_stays(struct job *j, struct judged *in)
{
	struct worker *w = &j->worker[0];
	struct buf data = { 0 };

	if (in->stay.n)
		qsort(in->stay.at, in->stay.n, sizeof *in->stay.at, by_session);
	for (size_t i = 0; i < in->stay.n; i++)
		if (!add_written(j->s, &in->stay.at[i], &data, &w->total)) {
			fate_unread(j, w);
			break;
		}
	buf_release(&data);
}

int64_t *fate_guess_judge(struct job *j, size_t *n)
{
	struct judged all = { 0 };

	find_answers(j);
	for (unsigned k = 0; k < j->width; k++)
		for (size_t i = 0; i < j->worker[k].epoch.n; i++)
			judge(j, &j->worker[k].epoch.at[i], &all);
	count_stays(j, &all);
	if (all.again.n)
		qsort(all.again.at, all.again.n, sizeof *all.again.at, by_id);
	VEC_FREE(&all.stay);
	*n = all.again.n;
	return all.again.at;
}

void fate_guesses_release(struct worker *w)
{
	for (size_t i = 0; i < w->epoch.n; i++) {
		struct epoch *e = &w->epoch.at[i];

		free(e->loss);
		guesses_release(&e->guesses);
		figures_release(&e->total);
	}
	VEC_FREE(&w->epoch);
}
