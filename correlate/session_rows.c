/* Sessions and their flows as rows: numbers, evidence, rivals.
 *
 * Verdicts: `paired` has two flows or more.  `ambiguous` has the flow itself
 * only, and in rivals the flows that would fit as well: no fate is ever
 * computed on a guess.  A paired session may have rivals, too, at a point that
 * it does not have.
 *
 * Rows are packed on all cores, a shelf at a time; some shelves are held back
 * so that they are written in order.
 *
 * Cost: O(flows + links).
 */
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/search.h"
#include "correlate/radix.h"
#include "correlate/session_int.h"
#include "store/shelf_rows.h"

#define RIVALS_MAX 16
#define NO_RIVAL 1e9
#define KEPT 32 /* shelves */

struct packed_rows { /* of a shelf */
	struct shelf_rows *rows;
	struct buf phrases; /* of one session */
	struct VEC(int64_t) relayed;
};

struct packing {
	struct writer *w;
	struct packed_rows out[KEPT];
	size_t first, n_rows;      /* the first row held; number of all */
	struct order_tally *tally; /* by worker */
};

static void packing_begin(struct packing *x)
{
	for (size_t k = 0; k < KEPT; k++) {
		x->out[k].rows = shelf_rows_new();
		if (store_is_temporary(x->w->c->store))
			shelf_rows_plain(x->out[k].rows);
	}
}

/* Packs rows with @pack, a shelf each, and writes them. */
static void packing_run(struct packing *x,
			void (*pack)(void *ctx, unsigned worker, size_t i))
{
	struct store *s = x->w->c->store;

	for (x->first = 0; x->first < x->n_rows;
	     x->first += KEPT * SHELF_ROWS) {
		size_t left = x->n_rows - x->first;
		size_t n = (left + SHELF_ROWS - 1) / SHELF_ROWS;

		n = n < KEPT ? n : KEPT;
		parallel_run(n, pack, x);
		for (size_t k = 0; k < n; k++) {
			struct packed_rows *p = &x->out[k];

			shelf_rows_put(p->rows, s);
			for (size_t i = 0; i < p->relayed.n; i++)
				store_relay_put(
					s, &(struct relay_row){
						   .front = p->relayed.at[i],
						   .back = p->relayed.at[i] });
			p->relayed.n = 0;
		}
	}
}

static void packing_end(struct packing *x)
{
	for (size_t k = 0; k < KEPT; k++) {
		shelf_rows_free(x->out[k].rows);
		buf_release(&x->out[k].phrases);
		VEC_FREE(&x->out[k].relayed);
	}
}

/* The rows of shelf @i of those kept. */
static size_t shelf_first(const struct packing *x, size_t i)
{
	return x->first + i * SHELF_ROWS;
}

static size_t shelf_last(const struct packing *x, size_t i)
{
	size_t from = shelf_first(x, i);

	return x->n_rows - from < SHELF_ROWS ? x->n_rows : from + SHELF_ROWS;
}

/* --- flows --- */

static struct flow_end end_of(const struct flow_dir *d)
{
	return (struct flow_end){ .mss = d->mss,
				  .wscale = d->wscale,
				  .ts = d->flags & DIR_TS,
				  .syn = (d->flags & (DIR_SYN | DIR_SYN_CUT)) ==
					 DIR_SYN };
}

static void pack_flow(const struct writer *w, int64_t id, size_t point,
		      const struct flow *f, struct shelf_rows *out)
{
	const struct point *pt = &w->c->point[point];
	struct flow_part one = { .part = f->part, .swap = f->swapped };
	const struct addr_table *t = &w->c->addrs;
	struct flow_row row = {
		.id = id,
		.point = pt->id,
		.proto = f->proto,
		.tunnel = f->tunnel,
		.role = f->role,
		.client = { t->addr.at[f->addr[0]], f->port[0] },
		.server = { t->addr.at[f->addr[1]], f->port[1] },
		.first_ns = f->first_ns,
		.last_ns = f->last_ns,
		.as_part = f->n_parts == 1 && !f->swapped,
		.n_parts = f->n_parts,
		.parts = f->n_parts > 1 ? pt->parts.at + f->part : &one,
	};

	for (int d = 0; d < 2; d++) {
		row.packets[d] = f->dir[d].packets;
		row.bytes[d] = f->dir[d].bytes;
		row.end[d] = end_of(&f->dir[d]);
	}
	store_flow_pack(w->c->store, &row, shelf_rows_of(out, SHELF_FLOW));
}

static void pack_flows(void *ctx, unsigned worker, size_t i)
{
	struct packing *x = ctx;
	const struct writer *w = x->w;
	struct shelf_rows *out = x->out[i].rows;

	(void)worker;
	for (size_t f = shelf_first(x, i); f < shelf_last(x, i); f++) {
		const struct flow *flow;
		size_t p;

		if (f < w->c->n_flows) {
			flow = case_flow(w->c, (uint32_t)f, &p);
		} else {
			flow = &w->expected.at[f - w->c->n_flows].flow;
			p = w->expected.at[f - w->c->n_flows].point;
		}
		pack_flow(w, (int64_t)f + 1, p, flow, out);
	}
	shelf_rows_pack(out);
}

void writer_put_flows(struct writer *w)
{
	struct packing x = { .w = w };

	x.n_rows = w->c->n_flows + w->expected.n;
	store_flows_begin(w->c->store, x.n_rows);
	packing_begin(&x);
	packing_run(&x, pack_flows);
	packing_end(&x);
}

/* Place of what is expected of the session of @root; SIZE_MAX: nothing. */
static size_t expected_of(const struct writer *w, uint32_t root)
{
	size_t at;

	SEARCH(at, w->expected.n, i, w->expected.at[i].root < root);
	return at < w->expected.n && w->expected.at[at].root == root ? at
								     : SIZE_MAX;
}

/* --- sessions --- */

/* Does the session of @root already have the point of @other? */
static bool has_point_of(const struct writer *w, uint32_t root, uint32_t other)
{
	size_t p;

	case_flow(w->c, other, &p);
	return w->c->points_of[root] >> p & 1;
}

static void add_rivals(const struct writer *w, uint32_t root,
		       struct session_row *row)
{
	size_t n = groups_count(&w->members, root);

	for (size_t k = 0; k < n; k++) {
		uint32_t f = groups_item(&w->members, root, k);
		size_t i = rivals_of(w->c, f);

		for (; i < w->c->rival.n && w->c->rival.at[i].flow == f &&
		       row->n_rivals < RIVALS_MAX;
		     i++) {
			const struct rival *v = &w->c->rival.at[i];

			if (has_point_of(w, root, v->other))
				continue;
			if (!row->n_rivals) {
				row->rivals = mem_resize(NULL, RIVALS_MAX,
							 sizeof *row->rivals);
				if (n == 1) {
					row->bits = (double)v->bits;
					row->margin = (double)v->margin;
				}
			}
			row->rivals[row->n_rivals++] = (int64_t)v->other + 1;
		}
	}
}

static enum pair_kind kind_of(const struct link *l)
{
	if (l->relayed)
		return PAIR_RELAYED;
	for (int d = 0; d < 2; d++)
		if (l->delta_known[d] && l->delta[d])
			return PAIR_RESEQUENCED;
	return PAIR_SAME;
}

static void evidence(const struct writer *w, uint32_t root,
		     struct session_row *row)
{
	uint32_t from = w->links.start[root], to = w->links.start[root + 1];

	row->margin = NO_RIVAL;
	for (uint32_t i = from; i < to; i++) {
		const struct link *l = &w->c->link.at[w->links.item[i]];

		if (i == from || (double)l->bits < row->bits)
			row->bits = (double)l->bits;
		if ((double)l->margin < row->margin)
			row->margin = (double)l->margin;
		if (kind_of(l) > row->kind)
			row->kind = kind_of(l);
	}
}

/* Inserts the expected flow at its place on the path, which may be the first or
 * the last. */
static void add_expected(const struct writer *w, uint32_t root,
			 struct session_row *row)
{
	size_t i = expected_of(w, root);
	struct session_flow f;

	if (i == SIZE_MAX || row->n_flows == 0)
		return;
	/* expected_of() gave a place in it, so it is not empty */
	f = (struct session_flow){
		.flow = (int64_t)w->c->n_flows + 1 + (int64_t)i,
		// NOLINTNEXTLINE(clang-analyzer-core.NullDereference)
		.point_pos = w->c->point[w->expected.at[i].point].pos,
	};
	if (f.point_pos < row->flows[0].point_pos) {
		memmove(row->flows + 1, row->flows,
			row->n_flows * sizeof *row->flows);
		row->flows[0] = f;
	} else {
		row->flows[row->n_flows] = f;
	}
	row->n_flows++;
	row->client_end = w->expected.at[i].client_end;
}

static void pack_session(struct packing *x, uint32_t root, int64_t id,
			 struct packed_rows *out, struct order_tally *tally)
{
	const struct writer *w = x->w;
	struct offsets o[PAIR_POINTS] NOT_ZEROED;
	struct session_flow flows[PAIR_POINTS + 1] NOT_ZEROED;
	size_t n = groups_count(&w->members, root);
	const struct flow *first = case_flow(
		w->c, groups_item(&w->members, root, 0), NULL);
	struct session_row row = {
		.id = id,
		.proto = first->proto,
		.verdict = n > 1 ? PAIR_PAIRED : PAIR_ALONE,
		.role = first->role,
		.client_end = w->ends.end[root],
		.n_flows = n,
		.flows = flows,
	};

	session_offsets(w, root, o);
	for (size_t i = 0; i < n; i++) {
		size_t p;

		case_flow(w->c, groups_item(&w->members, root, i), &p);
		flows[i] = (struct session_flow){
			.flow = (int64_t)groups_item(&w->members, root, i) + 1,
			.point_pos = w->c->point[p].pos,
			.relayed = i && o[i].side != o[i - 1].side,
		};
		for (int d = 0; d < 2; d++) {
			flows[i].seq_delta[d] = o[i].seq[d];
			flows[i].ts_delta[d] = o[i].ts[d];
			flows[i].delta_known[d] = o[i].seq_known[d] &&
						  flow_is_tcp(first);
			flows[i].ts_known[d] = o[i].ts_known[d] &&
					       flow_is_tcp(first);
		}
	}
	order_count(w->c, &w->members, root, &row, tally);
	add_expected(w, root, &row);
	evidence(w, root, &row);
	out->phrases.n = 0;
	lines_pack(&w->lines, w->c, &w->links, root, &out->phrases);
	add_rivals(w, root, &row);
	if (n == 1 && row.n_rivals)
		row.verdict = PAIR_AMBIGUOUS;
	store_session_pack(&row, &out->phrases,
			   shelf_rows_of(out->rows, SHELF_SESSION));
	if (row.kind == PAIR_RELAYED)
		*VEC_PUSH(&out->relayed) = id;
	free(row.rivals);
}

static void pack_sessions(void *ctx, unsigned worker, size_t k)
{
	struct packing *x = ctx;
	struct writer *w = x->w;
	size_t from = shelf_first(x, k), to = shelf_last(x, k);

	for (size_t i = from; i < to; i++) {
		uint32_t root = w->order[i].value;

		if ((i - from) % WRITER_FETCH == 0)
			writer_fetch(w, i, i + WRITER_FETCH);
		ends_borrow(&w->ends, root, false);
		pack_session(x, root, (int64_t)i + 1, &x->out[k],
			     &x->tally[worker]);
	}
	shelf_rows_pack(x->out[k].rows);
}

void writer_put_sessions(struct writer *w, struct order_tally *tally)
{
	struct packing x = { .w = w, .n_rows = w->n };
	unsigned width = parallel_width();

	lines_find(&w->lines, w->c, &w->links, w->order, w->n);
	x.tally = mem_zalloc(width, sizeof *x.tally);
	packing_begin(&x);
	packing_run(&x, pack_sessions);
	packing_end(&x);
	for (unsigned i = 0; i < width; i++)
		order_add(tally, &x.tally[i]);
	free(x.tally);
}
