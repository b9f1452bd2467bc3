/* The points' clocks.
 *
 * offset(t) of a point is its clock minus the first point's at the instant when
 * its own clock shows t.  A packet that passes the first point at a and this
 * one at b, going out, is not early: offset(b) <= b - a.  One that comes back,
 * stamped b here and a there, gives offset(b) >= b - a.  No clock is trusted,
 * however large its offset: packets are matched by content alone.
 *
 *   clock_sample_cloud()  these bounds for a pair of points, from a bounded
 *                         sample of packets matched beyond doubt
 *   clock_fit()           stretches between steps (clock_steps.c), suspects out
 *                         (clock_peel.c), each a strip of lines (hull.c) with
 *                         hard bounds of offset and drift (clock_fit.c)
 *   clock_compose()       bounds by way of other points (clock_net.c)
 *   clock_override_parse()what the user knows
 *   clock_to_first()      for later stages (clock_time.c)
 *
 * The width of the bounds is the least round trip between the points in the
 * sample, which is unavoidable: how it splits into two ways cannot be known
 * from captures (Paxson, SIGMETRICS 1998; Cristian 1989 has the same bound for
 * one exchange).  Packets one way only leave the clock one-way, none leave it
 * unknown.
 *
 * Cost: every pair of up to PAIRS_ALL points; for more, neighbours and pairs
 * with the first.  A pair costs a bounded number of records, whatever the case.
 */
#include "correlate/clock.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "correlate/clock_int.h"

#define PAIRS_ALL 5
#define ROUNDS 3
#define CONFLICT 1000000 /* ns by which the user's statement may be off */

struct net {
	struct store *s;
	const struct clock_options *o;
	struct point_row *point;
	struct file_row *file;
	size_t n, n_files;
	struct clock_span *span;
	struct clock_override *override;
	struct clock_row *pair; /* n * n: [k * n + m] is k against m */
	struct clock_row *row;  /* n: against the first */
};

/* --- points and files --- */

static void find_spans(struct net *w)
{
	for (size_t i = 0; i < w->n; i++) {
		struct clock_row *c = &w->row[i];
		struct clock_span *p = &w->span[i];

		*p = (struct clock_span){ INT64_MAX, INT64_MIN };
		c->point = w->point[i].id;
		c->status = CLOCK_NONE;
		for (size_t k = 0; k < w->n_files; k++) {
			const struct file_row *f = &w->file[k];

			if (f->point != c->point || !f->complete)
				continue;
			if (f->resolution_ns > c->resolution_ns)
				c->resolution_ns = f->resolution_ns;
			if (!f->packets)
				continue;
			if (f->first_ns < p->first_ns)
				p->first_ns = f->first_ns;
			if (f->last_ns > p->last_ns)
				p->last_ns = f->last_ns;
		}
		if (p->first_ns > p->last_ns)
			*p = (struct clock_span){ 0, 0 };
	}
}

static int find_point(const struct net *w, const char *name, size_t *out)
{
	for (*out = 0; *out < w->n; ++*out)
		if (strcmp(w->point[*out].name, name) == 0)
			return 0;
	return -1;
}

static int read_overrides(struct net *w, struct err *err)
{
	for (size_t i = 0; i < w->n; i++) {
		const char *name = w->point[i].name;
		struct clock_override *o = &w->override[i];
		size_t k;

		if (clock_override_parse(w->point[i].clock, name, o, err))
			return -1;
		if (o->kind == OVERRIDE_SAME &&
		    (find_point(w, o->same, &k) || k == i))
			return err_set(err, ERR_USAGE,
				       "--clock %s=%s: no other point is named"
				       " that; name one of this case",
				       name, w->point[i].clock);
		if (o->kind == OVERRIDE_BOUNDS && i == 0 && o->low_ns > 0)
			return err_set(err, ERR_USAGE,
				       "--clock %s=%s: clocks are measured"
				       " against the first point's; give the"
				       " other points' offsets",
				       name, w->point[i].clock);
	}
	return 0;
}

/* --- pairs --- */

static struct clock_row *pair_of(const struct net *w, size_t k, size_t m)
{
	return &w->pair[k * w->n + m];
}

static void fit_pair(struct net *w, struct clock_sample *sample, size_t near,
		     size_t far)
{
	struct cloud c = { 0 };
	struct clock_row *r = pair_of(w, far, near);

	clock_sample_cloud(sample, near, far, &c);
	clock_fit(&c, &w->span[near], &w->span[far], w->o->max_transit_ns, r);
	clock_invert(r, pair_of(w, near, far));
	free(c.at);
}

static void fit_pairs(struct net *w)
{
	struct clock_sample *sample = clock_sample_open(w->s, w->point, w->n,
							w->file, w->n_files);

	for (size_t i = 0; i < w->n; i++)
		for (size_t k = i + 1; k < w->n; k++) {
			if (w->n <= PAIRS_ALL || k == i + 1 || i == 0)
				fit_pair(w, sample, i, k);
			else
				pair_of(w, k, i)->status =
					pair_of(w, i, k)->status = CLOCK_NONE;
		}
	clock_sample_close(sample);
}

/* --- what the user says --- */
/* The analyser takes a pair for its inverse and a row for another's. */
// NOLINTBEGIN(clang-analyzer-unix.Malloc)

static int conflict(const struct net *w, size_t i, const struct clock_row *c,
		    struct err *err)
{
	char low[TEXT_UNIT], high[TEXT_UNIT];
	const struct clock_piece *p = &c->piece[0];

	return err_set(err, ERR_USAGE,
		       "--clock %s=%s: the packets say otherwise (offset from"
		       " %s to %s); leave it out or correct it",
		       w->point[i].name, w->point[i].clock,
		       text_duration(p->offset_low_ns, low),
		       text_duration(p->offset_high_ns, high));
}

static bool contradicts(struct clock_row *said, const struct clock_row *fit)
{
	struct clock_row trial = { .status = CLOCK_NONE };
	bool ok;

	clock_narrow(&trial, said, 0);
	ok = clock_narrow(&trial, fit, CONFLICT);
	free(trial.piece);
	return !ok;
}

/* Puts @said in the place of the pair's fit where it is no wider.  @i and @k
 * differ, so the pair and its inverse are two. */
static int say(struct net *w, size_t i, size_t k, struct clock_row *said,
	       bool exact, struct err *err)
{
	struct clock_row *r = pair_of(w, i, k);

	if (r->status != CLOCK_NONE && contradicts(said, r)) {
		free(said->piece);
		return conflict(w, i, r, err);
	}
	if (exact || r->status == CLOCK_NONE) {
		free(r->piece);
		*r = *said;
	} else {
		clock_narrow(r, said, CONFLICT);
		free(said->piece);
	}
	free(pair_of(w, k, i)->piece);
	clock_invert(r, pair_of(w, k, i));
	return 0;
}

static int apply_overrides(struct net *w, struct err *err)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct clock_override *o = &w->override[i];
		struct clock_row said;
		size_t k = 0;

		if (o->kind == OVERRIDE_NONE ||
		    (o->kind == OVERRIDE_BOUNDS && i == 0))
			continue;
		if (o->kind == OVERRIDE_SAME)
			find_point(w, o->same, &k);
		if (k == i) /* its own clock tells nothing */
			continue;
		clock_constant(&w->span[i], o->low_ns, o->high_ns, &said);
		if (say(w, i, k, &said, o->low_ns == o->high_ns, err))
			return -1;
	}
	return 0;
}

// NOLINTEND(clang-analyzer-unix.Malloc)

/* --- against the first --- */

static void narrow_by_way_of(struct net *w, size_t k, size_t m)
{
	struct clock_row c;

	clock_compose(pair_of(w, k, m), &w->row[m], &c);
	clock_narrow(&w->row[k], &c, 0);
	free(c.piece);
}

static void set_reference(struct net *w)
{
	struct clock_row c;

	clock_constant(&w->span[0], 0, 0, &c);
	c.point = w->row[0].point;
	c.resolution_ns = w->row[0].resolution_ns;
	c.status = CLOCK_REFERENCE;
	w->row[0] = c;
}

static void join_pairs(struct net *w)
{
	set_reference(w);
	for (size_t k = 1; k < w->n; k++)
		clock_narrow(&w->row[k], pair_of(w, k, 0), 0);
	for (int round = 0; round < ROUNDS; round++)
		for (size_t k = 1; k < w->n; k++)
			for (size_t m = 1; m < w->n; m++)
				if (m != k)
					narrow_by_way_of(w, k, m);
}

static void net_release(struct net *w)
{
	for (size_t i = 0; w->pair && i < w->n * w->n; i++)
		free(w->pair[i].piece);
	for (size_t i = 0; w->row && i < w->n; i++)
		free(w->row[i].piece);
	free(w->pair);
	free(w->row);
	free(w->span);
	free(w->override);
	point_rows_free(w->point, w->n);
	file_rows_free(w->file, w->n_files);
}

static int run(struct net *w, struct err *err)
{
	find_spans(w);
	if (read_overrides(w, err))
		return -1;
	store_begin(w->s); /* reading, too, is cheaper in one transaction */
	fit_pairs(w);
	if (apply_overrides(w, err)) {
		store_commit(w->s, NULL); /* of nothing */
		return -1;
	}
	join_pairs(w);
	for (size_t i = 0; i < w->n; i++)
		store_clock_put(w->s, &w->row[i]);
	return store_commit(w->s, err);
}

int clock_run(struct store *s, const struct clock_options *o, struct err *err)
{
	static const struct clock_options defaults;
	struct net w = { .s = s, .o = o ? o : &defaults };
	int rc = 0;

	w.point = store_points(s, &w.n);
	w.file = store_files(s, &w.n_files);
	w.span = mem_zalloc(w.n + 1, sizeof *w.span);
	w.override = mem_zalloc(w.n + 1, sizeof *w.override);
	w.row = mem_zalloc(w.n + 1, sizeof *w.row);
	w.pair = mem_zalloc(w.n * w.n + 1, sizeof *w.pair);
	if (w.n)
		rc = run(&w, err);
	net_release(&w);
	return rc;
}
