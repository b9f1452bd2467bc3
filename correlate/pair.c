/* Pairing: the driver.
 *
 * The way of the data, a file each:
 *
 *   point.c    parts of a point -> flows          (each point)
 *     flow_take.c, flow_samples.c  one part
 *     stitch.c, flow_join.c        parts that carry on
 *   role.c     who is the client                  (each point)
 *   keys.c     what may be compared               (each point)
 *     key_counts.c   how common it is; key_lookup.c whose it is
 *   match.c    two points: candidates -> links    (each two points)
 *     keys_join.c    flows that share a key
 *     coarse.c   their clocks, by vote
 *     score.c    evidence in bits; habits.c what sure pairs teach
 *     pairs.c    candidates in order, each once
 *     assign.c   exact assignment and margins; assign_groups.c what of it is
 *                independent
 *   sets.c     links -> sessions over all points
 *   relate.c   sessions of the two sides of a relay that shares connections or
 *              changes what it passes on; last, by their form alone
 *   session.c  rows; expect.c finds where one should have been seen;
 *              order.c checks the order of points
 *
 * Points are compared neighbours first, then over one point, over two, and so
 * on; flows whose sessions already have the other point take no part.  So the
 * nearest evidence decides, a session that skips a point is still found, and
 * later rounds cost little.
 *
 * Invariants: a flow is in exactly one session; a session has at most one flow
 * of a point; nothing ambiguous is joined.
 *
 * Memory: 256 bytes for each flow, 16 for a sample, 64 for a link.
 */
#include "correlate/pair.h"

#include <stdlib.h>

#include "base/parallel.h"
#include "correlate/key_counts.h"
#include "correlate/key_lookup.h"
#include "correlate/relate.h"
#include "correlate/sets.h"

/* All cores load points, each with its own connection and its own numbering of
 * addresses; the numberings are merged afterwards. */
struct loading {
	struct pair_case *c;
	struct file_row *files;
	size_t n_files;
	struct addr_table *addrs; /* by point */
	struct err *err;          /* by point */
	uint32_t **number;        /* by point: case_numbers() */
};

static void load_point(void *ctx, unsigned worker, size_t i)
{
	struct loading *l = ctx;
	struct point *p = &l->c->point[i];
	struct store *s = store_reader(l->c->store, &l->err[i]);

	(void)worker;
	if (!s)
		return;
	if (!point_load(s, p, &l->addrs[i], l->files, l->n_files, &l->err[i]))
		point_roles(p);
	if (store_failed(s))
		err_set(&l->err[i], ERR_CASE,
			"%s: what was indexed cannot be read back; index the "
			"captures into a new case",
			store_path(l->c->store));
	store_close(s);
}

/* By number of @t: that of the case. */
static uint32_t *case_numbers(struct pair_case *c, const struct addr_table *t)
{
	uint32_t *number = mem_resize(NULL, t->addr.n + 1, sizeof *number);

	for (size_t i = 0; i < t->addr.n; i++)
		number[i] = addr_number(&c->addrs, &t->addr.at[i]);
	return number;
}

static void renumber(struct point *p, const uint32_t *number)
{
	for (size_t i = 0; i < p->n; i++)
		for (int e = 0; e < 2; e++)
			p->flow[i].addr[e] = number[p->flow[i].addr[e]];
	for (size_t i = 0; i < p->preface.n; i++)
		for (int e = 0; e < 2 && p->preface.at[i].named; e++)
			p->preface.at[i].addr[e] =
				number[p->preface.at[i].addr[e]];
}

/* Addresses get the case's numbers, which keys hold. */
static void finish_point(void *ctx, unsigned worker, size_t i)
{
	struct loading *l = ctx;
	struct point *p = &l->c->point[i];

	(void)worker;
	renumber(p, l->number[i]);
	if (l->c->n > 1)
		point_count_keys(p);
}

/* Return: 0, or -1 with the first error. */
static int take_point(struct loading *l, size_t i, struct err *err)
{
	struct pair_case *c = l->c;
	struct point *p = &c->point[i];

	if (l->err[i].code)
		return err_set(err, l->err[i].code, "%s", l->err[i].text);
	if (p->n > UINT32_MAX - 1 - c->n_flows)
		return err_set(err, ERR_INPUT,
			       "the case has more flows than pairing can "
			       "number: index fewer files");
	p->base = c->n_flows;
	c->n_flows += (uint32_t)p->n;
	l->number[i] = case_numbers(c, &l->addrs[i]);
	return 0;
}

/* What one point names, others may have. */
static void index_named(struct pair_case *c)
{
	bool any = false;

	for (size_t i = 0; i < c->n; i++)
		any = any || point_names(&c->point[i]);
	if (any)
		c->named = mem_zalloc((size_t)c->n_flows + 1, sizeof *c->named);
	for (size_t i = 0; any && i < c->n; i++) {
		point_index_tuples(&c->point[i]);
		point_note_names(&c->point[i], c->named);
	}
}

static int load_points(struct pair_case *c, struct err *err)
{
	size_t n_rows, n_files;
	struct point_row *rows = store_points(c->store, &n_rows);
	struct file_row *files = store_files(c->store, &n_files);
	struct loading l = { .c = c, .files = files, .n_files = n_files };
	int ret = 0;

	if (n_rows > PAIR_POINTS)
		ret = err_set(err, ERR_INPUT,
			      "the case has %zu points, pairing takes at most "
			      "%d: give fewer; of a file with many interfaces "
			      "take one (FILE#IFACE), or all as one point "
			      "(--one-point)",
			      n_rows, PAIR_POINTS);
	c->point = mem_zalloc(n_rows + 1, sizeof *c->point);
	c->offset = mem_zalloc(n_rows + 1, sizeof *c->offset);
	c->same = mem_zalloc(n_rows + 1, sizeof *c->same);
	for (size_t i = 0; i < n_rows; i++)
		c->same[i] = i;
	l.addrs = mem_zalloc(n_rows + 1, sizeof *l.addrs);
	l.err = mem_zalloc(n_rows + 1, sizeof *l.err);
	l.number = mem_zalloc(n_rows + 1, sizeof *l.number);
	for (size_t i = 0; !ret && i < n_rows; i++) {
		c->point[i].id = rows[i].id;
		c->point[i].pos = rows[i].pos;
		c->n++;
	}
	parallel_run(c->n, load_point, &l);
	for (size_t i = 0; !ret && i < c->n; i++)
		ret = take_point(&l, i, err);
	if (!ret) {
		parallel_run(c->n, finish_point, &l);
		if (c->n > 1)
			index_named(c);
	}
	for (size_t i = 0; i < c->n; i++) {
		free(l.number[i]);
		VEC_FREE(&l.addrs[i].addr);
		htab_release(&l.addrs[i].by_hash);
	}
	free(l.addrs);
	free(l.err);
	free(l.number);
	point_rows_free(rows, n_rows);
	file_rows_free(files, n_files);
	return ret;
}

static void take_maps(struct pair_case *c, const struct pair_options *o)
{
	c->n_maps = o ? o->n_maps : 0;
	c->maps = mem_zalloc(c->n_maps + 1, sizeof *c->maps);
	for (size_t i = 0; i < c->n_maps; i++) {
		c->maps[i][0] = addr_number(&c->addrs, &o->maps[i].near);
		c->maps[i][1] = addr_number(&c->addrs, &o->maps[i].far);
	}
}

static void match_pass(struct pair_case *c, enum match_pass pass)
{
	for (size_t apart = 1; apart < c->n; apart++)
		for (size_t i = 0; i + apart < c->n; i++)
			match_points(c, i, i + apart, pass);
}

static void match_all(struct pair_case *c)
{
	for (int pass = c->n > 2 ? MATCH_SURE : MATCH_ANY; pass <= MATCH_ANY;
	     pass++)
		match_pass(c, (enum match_pass)pass);
	relate_points(c, c->relations);
	for (size_t i = 0; c->relays && i < c->n; i++)
		point_index_twins(&c->point[i]);
	if (c->relays)
		match_pass(c, MATCH_RELAYED);
	relate_forms(c, c->relations);
	for (size_t i = 0; i < c->n; i++) { /* 64 bytes for each flow */
		free(c->point[i].seen);
		c->point[i].seen = NULL;
	}
}

static void case_release(struct pair_case *c)
{
	for (size_t i = 0; i < c->n; i++)
		point_release(&c->point[i]);
	free(c->point);
	free(c->offset);
	free(c->same);
	free(c->maps);
	free(c->parent);
	free(c->turned);
	free(c->next);
	free(c->points_of);
	free(c->related);
	htab_release(&c->changed);
	free(c->named);
	VEC_FREE(&c->addrs.addr);
	htab_release(&c->addrs.by_hash);
	VEC_FREE(&c->link);
	VEC_FREE(&c->rival);
}

int pair_run(struct store *s, const struct pair_options *o, struct err *err)
{
	struct relations relations = { 0 };
	struct pair_case c = { .store = s, .relations = &relations };
	int ret = load_points(&c, err);

	if (!ret) {
		take_maps(&c, o);
		sets_init(&c);
		match_all(&c);
		store_begin(s);
		store_derived_clear(s);
		sessions_write(&c, o ? o->halves : NULL);
		ret = store_commit(s, err);
	}
	VEC_FREE(&relations);
	case_release(&c);
	return ret;
}
