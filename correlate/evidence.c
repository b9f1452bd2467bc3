/* Evidence: sums by point and by hop.  See the header.
 *
 * What is absent is kept one by one until all sessions were swept: whether the
 * capture had what else passed then is known only in the end.
 */
#include "correlate/evidence.h"

#include <stdlib.h>
#include <string.h>

#define LOSES 3 /* lost on a hop, for it to be one that loses */

void evidence_init(struct evidence *e, size_t n_points, const struct watch *w)
{
	size_t hops = n_points * n_points;

	e->n_points = n_points;
	e->trust = mem_zalloc(n_points + 1, sizeof *e->trust);
	e->bins = mem_zalloc(n_points + 1, sizeof *e->bins);
	e->absence = mem_zalloc(hops + 1, sizeof *e->absence);
	e->gone = mem_zalloc(hops + 1, sizeof *e->gone);
	for (size_t p = 0; p < n_points; p++)
		bins_init(&e->bins[p], &w[p]);
}

void evidence_add(struct evidence *into, const struct evidence *from)
{
	for (size_t p = 0; p < from->n_points; p++) {
		into->trust[p].passed += from->trust[p].passed;
		into->trust[p].missed += from->trust[p].missed;
		bins_add(&into->bins[p], &from->bins[p]);
	}
	for (size_t h = 0; h < from->n_points * from->n_points; h++) {
		struct absences *a = &into->absence[h];
		const struct absences *b = &from->absence[h];

		a->decided += b->decided;
		a->lost += b->lost;
		a->open += b->open;
		for (size_t i = 0; i < from->gone[h].n; i++)
			*VEC_PUSH(&into->gone[h]) = from->gone[h].at[i];
	}
}

void evidence_drops(struct evidence *e, const struct watch *w)
{
	for (size_t p = 0; p < e->n_points; p++) {
		if (!w[p].dropped)
			continue;
		e->trust[p].missed += w[p].dropped;
		e->trust[p].passed += w[p].packets;
	}
}

void evidence_release(struct evidence *e)
{
	for (size_t p = 0; p < e->n_points; p++)
		bins_release(&e->bins[p]);
	for (size_t h = 0; h < e->n_points * e->n_points; h++)
		VEC_FREE(&e->gone[h]);
	free(e->trust);
	free(e->bins);
	free(e->absence);
	free(e->gone);
	*e = (struct evidence){ 0 };
}

/* Does the hop lose more than now and then? */
static bool loses(const struct absences *a)
{
	return a->lost >= LOSES && a->lost * 1000 >= a->decided;
}

/* Absences of one kind on hop (@from, @to). */
static struct absences of_kind(const struct evidence *e, size_t from, size_t to,
			       bool heard)
{
	size_t h = from * e->n_points + to;
	struct absences a = e->absence[h];

	a.heard = heard;
	a.other_way = loses(&e->absence[to * e->n_points + from]);
	for (size_t i = 0; i < e->gone[h].n; i++) {
		const struct gone *g = &e->gone[h].at[i];

		if (heard && !bins_heard(&e->bins[to], g->t_ns))
			continue;
		a.absent++;
		a.confirmed += g->confirmed;
	}
	return a;
}

static void answer(const struct evidence *e, size_t from, size_t to,
		   uint8_t *loss, uint8_t *gaps)
{
	/* all that is absent counts against a capture as a whole; what it
	 * lacked amid others, against its single misses */
	struct absences all = of_kind(e, from, to, false);
	struct absences heard = of_kind(e, from, to, true);
	struct trust single = e->trust[to];
	uint64_t dropped = e->trust[to].missed, proven = 0;

	for (size_t i = 0; i < e->bins[to].n; i++)
		proven += e->bins[to].at[i].missed;
	/* what the host counted itself may have been single ones */
	single.missed = bins_single(&e->bins[to]) +
			(dropped > proven ? dropped - proven : 0);
	*gaps = all.absent > heard.absent;
	*loss = 0;
	for (int c = 0; c < 2; c++) {
		if (!all.absent || absence_is_loss(&e->trust[to], &all, c))
			*loss |= (uint8_t)answer_bit(false, c);
		if (!heard.absent || absence_is_loss(&single, &heard, c))
			*loss |= (uint8_t)answer_bit(true, c);
	}
}

void evidence_answer(const struct evidence *e, uint8_t *loss, uint8_t *gaps)
{
	for (size_t from = 0; from < e->n_points; from++)
		for (size_t to = 0; to < e->n_points; to++) {
			size_t h = from * e->n_points + to;

			loss[h] = ANSWER_ALL;
			gaps[h] = 0;
			if (e->gone[h].n)
				answer(e, from, to, &loss[h], &gaps[h]);
		}
}
