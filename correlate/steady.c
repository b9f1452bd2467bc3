/* Steady time: see the header.
 *
 * A step in a point's row is its own clock's or the first point's, whose
 * readings the row is against.  Only one of them shows a time twice, where the
 * clock was set back by more than the pause between the packets beside it:
 *   the first point's stamps overlap: its clock was set back (is_firsts());
 *   else it is taken for the point's own.  If the first clock was set forward,
 *   every other point then gets the same step of its own, which serves as
 *   well: no reading is double, and all agree with one another.
 * A step of the first clock shows in every row.  Where one lacks it
 * (all_show()), or where stamps overlap and places are not known, the step
 * stays in the row as it was.
 *
 * steady_build(): the eras of the first point, those of the others, and each
 * row with its pieces moved along: by the shift of the point's era minus that
 * of the first one's.  Bounds move with it, so they stay what they were,
 * whatever the size of a step was taken for.
 *
 * Cost: O(points * pieces); O(eras) a shift.
 */
#include "correlate/steady.h"

#include <stdlib.h>

#include "correlate/clock_int.h"

/* A step between two pieces of a row. */
struct step {
	int64_t by;        /* of the offset */
	int64_t gap;       /* between the pieces on the point's clock */
	int64_t first_gap; /* and on the first one's; < 0: they overlap */
	int64_t first_from, first_to; /* the stamps beside it there */
};

static int64_t offset_at(const struct clock_piece *p, int64_t t)
{
	return clock_piece_at(p, t).mid;
}

static struct step step_after(const struct clock_piece *p)
{
	const struct clock_piece *q = p + 1;
	struct step s;

	s.by = clock_sub(offset_at(q, q->from_ns), offset_at(p, q->from_ns));
	s.gap = clock_sub(q->from_ns, p->to_ns);
	s.first_from = clock_sub(p->to_ns, offset_at(p, p->to_ns));
	s.first_to = clock_sub(q->from_ns, offset_at(q, q->from_ns));
	s.first_gap = clock_sub(s.first_to, s.first_from);
	return s;
}

static bool is_bounded(const struct clock_row *c)
{
	return c && (c->status == CLOCK_FITTED || c->status == CLOCK_ONE_WAY);
}

/* --- steps of the first clock --- */

/* Was the first point's clock set back there? */
static bool is_firsts(const struct clock_piece *p, const struct step *s)
{
	return !p[1].joined && s->by > 0 && s->first_gap < -s->by / 4;
}

/* The step of @c that is the one of the first clock with stamps [from, to]
 * (to < from) beside it.  Return: the piece before it, or c->n. */
static size_t same_step(const struct clock_row *c, const struct step *s)
{
	for (size_t i = 0; i + 1 < c->n; i++) {
		struct step t = step_after(&c->piece[i]);

		if (is_firsts(&c->piece[i], &t) && t.by > s->by - s->by / 4 &&
		    t.by / 5 < s->by / 4 && t.first_to <= s->first_from &&
		    s->first_to <= t.first_from)
			return i;
	}
	return c->n;
}

static bool all_show(const struct clock_row *const *clock, size_t n,
		     const struct step *s)
{
	for (size_t k = 1; k < n; k++)
		if (is_bounded(clock[k]) &&
		    same_step(clock[k], s) == clock[k]->n)
			return false;
	return true;
}

/* Is the step after piece @i of @c one that the first point's eras have? */
static bool in_eras(const struct steady *first, const struct clock_row *c,
		    size_t i)
{
	for (size_t e = 0; e + 1 < first->era.n; e++) {
		const struct era *a = &first->era.at[e], *b = a + 1;
		struct step s = { .by = clock_sub(b->shift_ns, a->shift_ns),
				  .first_from = a->to_ns,
				  .first_to = b->from_ns };

		if (same_step(c, &s) == i)
			return true;
	}
	return false;
}

static void first_begin(struct steady *s, const struct clock_piece *p)
{
	*VEC_PUSH(&s->era) = (struct era){
		.from_ns = clock_sub(p->from_ns, offset_at(p, p->from_ns)),
		.to_ns = clock_sub(p->to_ns, offset_at(p, p->to_ns)),
		.place = { p->first_place[0], p->first_place[1] },
	};
}

/* The first row that has steps of the first clock says where these are. */
static void first_eras(const struct clock_row *const *clock, size_t n,
		       struct steady *out)
{
	const struct clock_row *c = NULL;

	for (size_t k = 1; k < n && !c; k++)
		if (is_bounded(clock[k]))
			c = clock[k];
	for (size_t i = 0; c && i < c->n; i++) {
		const struct clock_piece *p = &c->piece[i];
		struct step s = { 0 };
		bool cut = false;

		if (i) {
			s = step_after(p - 1);
			cut = is_firsts(p - 1, &s) && p->first_place[0] &&
			      p[-1].first_place[1] && all_show(clock, n, &s);
		}
		if (!i || cut) {
			first_begin(out, p);
			if (i)
				out->era.at[out->era.n - 1]
					.shift_ns = clock_add(
					out->era.at[out->era.n - 2].shift_ns,
					s.by);
			continue;
		}
		out->era.at[out->era.n - 1].to_ns = clock_sub(
			p->to_ns, offset_at(p, p->to_ns));
		out->era.at[out->era.n - 1].place[1] = p->first_place[1];
	}
}

/* --- steps of the point's own clock --- */

static bool is_own(const struct clock_piece *p, const struct step *s)
{
	bool placed = p->place[1] && p[1].place[0];

	return !p[1].joined && !is_firsts(p, s) && (placed || s->gap > 0);
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

			cut = is_own(p - 1, &s);
			if (cut)
				own = clock_sub(own, s.by);
			if (in_eras(first, c, i - 1))
				of_first = clock_add(of_first, s.by);
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
			out[k].era.n = 0; /* nobody set it */
}

void steady_release(struct steady *s)
{
	VEC_FREE(&s->era);
	free(s->row.piece);
	*s = (struct steady){ .known = false };
}

/* --- shifts --- */

/* Is a packet behind the step between the eras @a and @a + 1?  By its place;
 * between the packets known by its stamp: the nearer side's. */
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
