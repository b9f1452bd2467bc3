/* Pairing: the driver.
 *
 * The way of the data, a file each:
 *
 *   stitch.c   parts of a point -> flows          (each point)
 *   role.c     who is the client                  (each point)
 *   keys.c     what may be compared, how common   (each point)
 *   match.c    two points: candidates -> links    (each two points)
 *     coarse.c   their clocks, by vote
 *     score.c    evidence in bits; habits.c what sure pairs teach
 *     assign.c   exact assignment and margins
 *   sets.c     links -> sessions over all points
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
 * Memory: about 230 bytes a flow, 16 a sample, 64 a link.
 */
#include "correlate/pair.h"

#include <stdlib.h>

#include "correlate/keys.h"
#include "correlate/sets.h"

static int load_points(struct pair_case *c, struct err *err)
{
	size_t n_rows, n_files;
	struct point_row *rows = store_points(c->store, &n_rows);
	struct file_row *files = store_files(c->store, &n_files);
	int ret = 0;

	if (n_rows > PAIR_POINTS)
		ret = err_set(err, ERR_INPUT,
			      "the case has %zu points, pairing takes at most "
			      "%d: merge fewer captures",
			      n_rows, PAIR_POINTS);
	c->point = mem_zalloc(n_rows + 1, sizeof *c->point);
	c->offset = mem_zalloc(n_rows + 1, sizeof *c->offset);
	for (size_t i = 0; !ret && i < n_rows; i++) {
		struct point *p = &c->point[c->n++];

		p->id = rows[i].id;
		p->pos = rows[i].pos;
		p->base = c->n_flows;
		ret = point_load(c->store, p, &c->addrs, files, n_files, err);
		if (!ret && p->n > UINT32_MAX - 1 - c->n_flows)
			ret = err_set(err, ERR_INPUT,
				      "the case has more flows than pairing "
				      "can number: index fewer files");
		if (ret)
			break;
		c->n_flows += (uint32_t)p->n;
		point_roles(p);
		if (n_rows > 1)
			point_count_keys(p);
	}
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

static void match_all(struct pair_case *c)
{
	for (size_t apart = 1; apart < c->n; apart++)
		for (size_t i = 0; i + apart < c->n; i++)
			match_points(c, i, i + apart);
	for (size_t i = 0; i < c->n; i++) { /* done with: 64 bytes a flow */
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
	free(c->maps);
	free(c->parent);
	free(c->turned);
	free(c->points_of);
	VEC_FREE(&c->addrs.addr);
	htab_release(&c->addrs.by_hash);
	VEC_FREE(&c->link);
	VEC_FREE(&c->rival);
}

int pair_run(struct store *s, const struct pair_options *o, struct err *err)
{
	struct pair_case c = { .store = s };
	int ret = load_points(&c, err);

	if (!ret) {
		take_maps(&c, o);
		sets_init(&c);
		match_all(&c);
		store_begin(s);
		store_derived_clear(s);
		sessions_write(&c);
		ret = store_commit(s, err);
	}
	case_release(&c);
	return ret;
}
