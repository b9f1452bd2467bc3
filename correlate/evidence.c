/* Evidence: sums by point and by hop.  See the header.
 *
 * Absent packets are counted by bin until all sessions have been swept: whether
 * the capture had everything else then is known only at the end.  If several are
 * absent in a row, with nothing heard between, either all of them were lost or the
 * capture was deaf for a moment.  Either happened once, so they are not independent
 * trials.  But the more there are, the less likely it is that the capture was deaf
 * just while nothing came by of which there is proof.
 *
 * Cost: O(1) an absence, 24 bytes a bin, hop and worker; one pass over the bins of
 * each hop for an answer.
 */
#include "correlate/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "correlate/astray.h"

#define LOSES 3 /* lost on a hop, for it to be one that loses */
/* absent in a row: as evidence, the first and a part of the rest */
#define ROW_PART 4

void evidence_init(struct evidence *e, size_t n_points, const struct watch *w)
{
	size_t hops = n_points * n_points;

	e->n_points = n_points;
	e->trust = mem_zalloc(n_points + 1, sizeof *e->trust);
	e->bins = mem_zalloc(n_points + 1, sizeof *e->bins);
	e->absence = mem_zalloc(hops + 1, sizeof *e->absence);
	e->gone = mem_zalloc(hops + 1, sizeof *e->gone);
	e->beyond = mem_zalloc(2 * n_points + 1, sizeof *e->beyond);
	for (size_t p = 0; p < n_points; p++)
		bins_init(&e->bins[p], &w[p]);
}

static struct gone_bin *gone_bins(struct gone *g, const struct bins *b)
{
	if (!g->at)
		g->at = mem_zalloc(b->n, sizeof *g->at);
	return g->at;
}

void evidence_absent(struct evidence *e, size_t from, size_t to, int64_t t_ns,
		     unsigned how)
{
	struct gone *g = &e->gone[from * e->n_points + to];
	const struct bins *b = &e->bins[to];
	bool confirmed = how & ABSENT_CONFIRMED, gap = how & ABSENT_IN_GAP;
	struct gone_bin *at;

	g->absent++;
	g->confirmed += confirmed;
	if (!b->n)
		return;
	at = &gone_bins(g, b)[bin_at(b, t_ns)];
	at->absent += !gap;
	at->confirmed += confirmed && !gap;
	at->in_gap += gap;
	if (how & ABSENT_AT_END) {
		at->ends |= bin_slot(b, t_ns);
		return;
	}
	at->in_slots++;
	at->slots |= bin_slot(b, t_ns);
}

/* @b: the far point's. */
static void gone_add(struct gone *into, const struct gone *from,
		     const struct bins *b)
{
	struct gone_bin *at;

	into->absent += from->absent;
	into->confirmed += from->confirmed;
	if (!from->at)
		return;
	at = gone_bins(into, b);
	for (size_t i = 0; i < b->n; i++) {
		at[i].absent += from->at[i].absent;
		at[i].confirmed += from->at[i].confirmed;
		at[i].in_gap += from->at[i].in_gap;
		at[i].in_slots += from->at[i].in_slots;
		at[i].slots |= from->at[i].slots;
		at[i].ends |= from->at[i].ends;
	}
}

void evidence_add(struct evidence *into, const struct evidence *from)
{
	size_t hops = from->n_points * from->n_points;

	for (size_t p = 0; p < from->n_points; p++) {
		into->trust[p].passed += from->trust[p].passed;
		into->trust[p].missed += from->trust[p].missed;
		bins_add(&into->bins[p], &from->bins[p]);
	}
	for (size_t k = 0; k < 2 * from->n_points; k++) {
		into->beyond[k].lost += from->beyond[k].lost;
		into->beyond[k].lost_syn += from->beyond[k].lost_syn;
	}
	for (size_t h = 0; h < hops; h++) {
		struct absences *a = &into->absence[h];
		const struct absences *b = &from->absence[h];

		a->decided += b->decided;
		a->lost += b->lost;
		a->lost_syn += b->lost_syn;
		a->open += b->open;
		gone_add(&into->gone[h], &from->gone[h],
			 &from->bins[h % from->n_points]);
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

void evidence_settle(struct evidence *e)
{
	for (size_t h = 0; h < e->n_points * e->n_points; h++) {
		const struct gone *g = &e->gone[h];
		struct bins *b = &e->bins[h % e->n_points];

		for (size_t i = 0; g->at && i < b->n; i++) {
			b->at[i].absent += g->at[i].absent + g->at[i].in_gap;
			b->at[i].in_slots += g->at[i].in_slots;
			b->at[i].gone |= g->at[i].slots;
			b->at[i].ends |= g->at[i].ends;
		}
	}
	for (size_t p = 0; p < e->n_points; p++)
		bins_doubt(&e->bins[p]);
}

void evidence_release(struct evidence *e)
{
	for (size_t p = 0; p < e->n_points; p++)
		bins_release(&e->bins[p]);
	for (size_t h = 0; h < e->n_points * e->n_points; h++)
		free(e->gone[h].at);
	free(e->trust);
	free(e->bins);
	free(e->absence);
	free(e->gone);
	free(e->beyond);
	*e = (struct evidence){ 0 };
}

/* Does the hop lose more than now and then? */
static bool loses(const struct absences *a)
{
	return a->lost >= LOSES && a->lost * 1000 >= a->decided;
}

/* Absent from bin @i in a row, with nothing heard between. */
static uint64_t in_row(const struct gone *g, const struct bins *b, size_t i)
{
	return g->at[i].in_gap + (b->at[i].silent ? g->at[i].absent : 0);
}

/* Adds those of the rows: bins of them side by side count as one. */
static void add_rows(struct absences *a, const struct gone *g,
		     const struct bins *b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		uint64_t more = in_row(g, b, i);

		if (n && !more) {
			a->absent += 1 + (n - 1) / ROW_PART;
			n = 0;
		}
		/* of_kind() has counted those of bins that are not silent */
		a->confirmed += more && !n && b->at[i].silent &&
				g->at[i].confirmed;
		n += more;
	}
	a->absent += n ? 1 + (n - 1) / ROW_PART : 0;
}

/* Absences of one kind on hop (@from, @to). */
static struct absences of_kind(const struct evidence *e, size_t from, size_t to,
			       bool heard)
{
	size_t h = from * e->n_points + to;
	const struct gone *g = &e->gone[h];
	struct absences a = e->absence[h];

	a.heard = heard;
	a.other_way = loses(&e->absence[to * e->n_points + from]);
	if (!g->at) {
		a.absent = heard ? 0 : g->absent;
		a.confirmed = heard ? 0 : g->confirmed;
		return a;
	}
	for (size_t i = 0; i < e->bins[to].n; i++) {
		if (!g->at[i].absent)
			continue;
		if (heard ? !bins_heard_in(&e->bins[to], i)
			  : e->bins[to].at[i].silent)
			continue;
		a.absent += g->at[i].absent;
		a.confirmed += g->at[i].confirmed;
	}
	if (!heard)
		add_rows(&a, g, &e->bins[to]);
	return a;
}

static void answer(const struct evidence *e, size_t from, size_t to,
		   uint8_t *loss, uint8_t *gaps)
{
	/* all absences count against a capture as a whole; those amid others
	 * against its single misses */
	struct absences all = of_kind(e, from, to, false);
	struct absences heard = of_kind(e, from, to, true);
	struct trust single = e->trust[to];
	uint64_t dropped = e->trust[to].missed, proven = 0;

	for (size_t i = 0; i < e->bins[to].n; i++)
		proven += e->bins[to].at[i].missed;
	/* what the host counted itself may have been single ones */
	single.missed = bins_single(&e->bins[to]) +
			(dropped > proven ? dropped - proven : 0);
	*gaps = e->gone[from * e->n_points + to].absent > heard.absent;
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
	struct astray *astray = astray_find(e);

	for (size_t from = 0; from < e->n_points; from++)
		for (size_t to = 0; to < e->n_points; to++) {
			size_t h = from * e->n_points + to;

			loss[h] = ANSWER_ALL;
			gaps[h] = 0;
			if (e->gone[h].absent)
				answer(e, from, to, &loss[h], &gaps[h]);
			for (int syn = 0; syn < 2; syn++)
				if (astray_may(astray, e, from, to, syn))
					loss[h] |= (uint8_t)answer_astray(syn);
		}
	astray_free(astray);
}
