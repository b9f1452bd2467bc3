/* Steady time: see the header.
 *
 * A step in a point's row is that of its own clock or of the first point's,
 * which the row refers to: steady_whose.c tells.
 *
 * If a step of the first clock is not in the row of a point that captured then,
 * or if stamps overlap and places are not known, the step stays in the row:
 * times are not changed without proof.
 *
 * steady_build(): the eras of the first point, those of the others, and each
 * row with its pieces shifted: by the shift of the point's era minus that of
 * the first one's.  Bounds move along, so they stay valid whatever size a step
 * was taken for.
 *
 * Cost: O(points^2 * pieces^2); O(eras) a shift.
 */
#include "correlate/steady.h"

#include <stdlib.h>

#include "correlate/place.h"
#include "correlate/steady_int.h"

/* --- steps of the first clock --- */

/* The first point's era before a step that @s can be; era.n: none. */
static size_t era_before(const struct steady *first, const struct step *s)
{
	size_t e;

	for (e = 0; e + 1 < first->era.n; e++) {
		const struct era *a = &first->era.at[e], *b = a + 1;
		struct step t = { .by = clock_sub(b->shift_ns, a->shift_ns),
				  .first_from = a->to_ns,
				  .first_to = b->from_ns,
				  .first_low = a->place[1],
				  .first_high = b->place[0] };

		if (step_is_same(&t, s))
			return e;
	}
	return first->era.n;
}

/* Divides the first point's time at @s, which is later than all earlier steps;
 * the caller sets the outer ends of the eras. */
static void cut_first(struct steady *out, const struct step *s)
{
	struct era *a = &out->era.at[out->era.n - 1];
	struct era b = { .place = { s->first_high, a->place[1] },
			 .from_ns = s->first_to,
			 .to_ns = a->to_ns,
			 .shift_ns = clock_add(a->shift_ns, s->by) };

	a->place[1] = s->first_low;
	a->to_ns = s->first_from;
	*VEC_PUSH(&out->era) = b;
}

/* Adds what is known of a step by another row. */
static void narrow_first(struct era *a, const struct step *s)
{
	struct era *b = a + 1;

	if (s->first_low > a->place[1] && s->first_low < b->place[0]) {
		a->place[1] = s->first_low;
		a->to_ns = s->first_from;
	}
	if (s->first_high < b->place[0] && s->first_high > a->place[1]) {
		b->place[0] = s->first_high;
		b->from_ns = s->first_to;
	}
}

/* The whole of what the rows have of the first point. */
static struct era first_whole(const struct clock_row *const *clock, size_t n)
{
	struct era e = { .from_ns = INT64_MAX, .to_ns = INT64_MIN };

	for (size_t k = 1; k < n; k++) {
		const struct clock_piece *p, *q;
		int64_t from, to;

		if (!is_bounded(clock[k]) || !clock[k]->n)
			continue;
		p = &clock[k]->piece[0];
		q = &clock[k]->piece[clock[k]->n - 1];
		from = clock_sub(p->from_ns, offset_at(p, p->from_ns));
		to = clock_sub(q->to_ns, offset_at(q, q->to_ns));
		e.from_ns = from < e.from_ns ? from : e.from_ns;
		e.to_ns = to > e.to_ns ? to : e.to_ns;
		place_widen(e.place, p->first_place[0]);
		place_widen(e.place, q->first_place[1]);
	}
	return e;
}

static int by_place(const void *pa, const void *pb)
{
	const struct step *a = pa, *b = pb;

	return (a->first_low > b->first_low) - (a->first_low < b->first_low);
}

static void first_eras(const struct clock_row *const *clock, size_t n,
		       struct steady *out)
{
	struct VEC(struct step) v = { 0 };

	for (size_t k = 1; k < n; k++)
		for (size_t i = 0; is_bounded(clock[k]) && i + 1 < clock[k]->n;
		     i++) {
			const struct clock_piece *p = &clock[k]->piece[i];
			struct step s = step_after(p);

			if (step_is_firsts(clock, n, p, &s))
				*VEC_PUSH(&v) = s;
		}
	*VEC_PUSH(&out->era) = first_whole(clock, n);
	if (v.n)
		qsort(v.at, v.n, sizeof *v.at, by_place);
	for (size_t i = 0; i < v.n; i++) {
		size_t e = era_before(out, &v.at[i]);

		if (e < out->era.n)
			narrow_first(&out->era.at[e], &v.at[i]);
		else if (v.at[i].first_low >=
			 out->era.at[out->era.n - 1].place[0])
			cut_first(out, &v.at[i]);
	}
	VEC_FREE(&v);
}

/* --- steps of the point's own clock --- */

/* Steps of the first clock that are not in its eras stay in the row. */
static bool is_own(const struct clock_piece *p, const struct step *s)
{
	bool placed = p->place[1] && p[1].place[0];

	return !p[1].joined && step_whose(p, s) != WHOSE_FIRST &&
	       (placed || s->gap > 0);
}

static int64_t move_bound(int64_t v, int64_t by)
{
	return v == INT64_MIN || v == INT64_MAX ? v : clock_add(v, by);
}

static void move_piece(struct clock_piece *p, int64_t own, int64_t first)
{
	int64_t by = clock_sub(own, first);

	p->from_ns = clock_add(p->from_ns, own);
	p->to_ns = clock_add(p->to_ns, own);
	p->at_ns = clock_add(p->at_ns, own);
	p->offset_ns = clock_add(p->offset_ns, by);
	p->offset_low_ns = move_bound(p->offset_low_ns, by);
	p->offset_high_ns = move_bound(p->offset_high_ns, by);
	for (unsigned i = 0; i < p->n_knots && i < CLOCK_KNOTS; i++) {
		p->knot_low_ns[i] = move_bound(p->knot_low_ns[i], by);
		p->knot_high_ns[i] = move_bound(p->knot_high_ns[i], by);
	}
}

static void own_eras(const struct clock_row *c, const struct steady *first,
		     struct steady *out)
{
	int64_t own = 0, of_first = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct clock_piece *p = &c->piece[i];
		bool cut = false;

		if (i) {
			struct step s = step_after(p - 1);
			size_t e = p->joined ? first->era.n
					     : era_before(first, &s);

			if (e < first->era.n)
				of_first = first->era.at[e + 1].shift_ns;
			else
				cut = is_own(p - 1, &s);
			if (cut)
				own = clock_sub(own, s.by);
		} else if (p->first_place[0]) {
			of_first = steady_shift(
				first, p->first_place[0],
				clock_sub(p->from_ns,
					  offset_at(p, p->from_ns)));
		}
		if (!i || cut) {
			*VEC_PUSH(&out->era) = (struct era){
				.place = { p->place[0], p->place[1] },
				.from_ns = p->from_ns,
				.to_ns = p->to_ns,
				.shift_ns = own,
			};
		} else {
			struct era *e = &out->era.at[out->era.n - 1];

			e->to_ns = p->to_ns;
			e->place[1] = p->place[1];
		}
		move_piece(&out->row.piece[i], own, of_first);
	}
}

enum steady_whose steady_whose(const struct steady *first,
			       const struct clock_row *c, size_t i)
{
	struct step s = step_after(&c->piece[i]);

	if (era_before(first, &s) < first->era.n)
		return STEADY_FIRST;
	return step_whose(&c->piece[i], &s) == WHOSE_OPEN ? STEADY_EITHER
							  : STEADY_OWN;
}

void steady_build(const struct clock_row *const *clock, size_t n,
		  struct steady *out)
{
	for (size_t k = 0; k < n; k++) {
		struct steady *s = &out[k];

		*s = (struct steady){ .known = clock[k] != NULL };
		if (!clock[k])
			continue;
		s->row = *clock[k];
		s->row.piece = mem_zalloc(s->row.n + 1, sizeof *s->row.piece);
		for (size_t i = 0; i < s->row.n; i++)
			s->row.piece[i] = clock[k]->piece[i];
	}
	if (!n)
		return;
	first_eras(clock, n, &out[0]);
	for (size_t k = 1; k < n; k++)
		if (is_bounded(clock[k]))
			own_eras(clock[k], &out[0], &out[k]);
	for (size_t k = 0; k < n; k++)
		if (out[k].era.n == 1)
			out[k].era.n = 0; /* never stepped */
}

void steady_release(struct steady *s)
{
	VEC_FREE(&s->era);
	free(s->row.piece);
	*s = (struct steady){ .known = false };
}

/* --- shifts --- */

/* Is a packet after the step between the eras @a and @a + 1?  Decided by its
 * place; between the known packets by its stamp: the nearer side. */
static bool is_behind(const struct era *a, uint64_t place, int64_t t_ns)
{
	const struct era *b = a + 1;
	int64_t middle = a->to_ns / 2 + b->from_ns / 2;

	if (place && a->place[1] && b->place[0]) {
		if (place <= a->place[1])
			return false;
		if (place >= b->place[0])
			return true;
	}
	return b->from_ns > a->to_ns ? t_ns > middle : t_ns < middle;
}

static size_t era_of(const struct steady *s, uint64_t place, int64_t t_ns)
{
	size_t e = 0;

	while (e + 1 < s->era.n && is_behind(&s->era.at[e], place, t_ns))
		e++;
	return e;
}

int64_t steady_shift(const struct steady *s, uint64_t place, int64_t t_ns)
{
	return s->era.n ? s->era.at[era_of(s, place, t_ns)].shift_ns : 0;
}

/* The least stamp of a file is that of its first packet unless a later era has
 * shown times as early; then what is known of the first era is all, and
 * likewise for the last one. */
void steady_extent(const struct steady *s, uint64_t first, uint64_t last,
		   int64_t *from, int64_t *to)
{
	size_t a, b;
	int64_t low = *from, high = *to;

	if (!s->era.n)
		return;
	a = era_of(s, first, *from);
	b = era_of(s, last, *to);
	for (size_t e = a + 1; e <= b; e++)
		if (s->era.at[e].from_ns < s->era.at[a].from_ns)
			low = s->era.at[a].from_ns;
	for (size_t e = a; e < b; e++)
		if (s->era.at[e].to_ns > s->era.at[b].to_ns)
			high = s->era.at[b].to_ns;
	*from = clock_add(low, s->era.at[a].shift_ns);
	*to = clock_add(high, s->era.at[b].shift_ns);
}
