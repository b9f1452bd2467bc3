/* Sessions as rows: orientation, differences of numbers, rivals.
 *
 * What: members of a session are turned so that dir 0 is the same everywhere,
 * as the member with the best reason says; only then are flows written.
 * Differences of sequence numbers against the first member follow the links.
 *
 * Verdicts: `paired` has two flows or more.  `ambiguous` has the flow itself
 * only, and in rivals the flows that could as well be meant: no fate is ever
 * computed on a guess.  A paired session may have rivals too, at a point that
 * it does not have.
 *
 * Cost: O(flows + links), a radix sort by time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "correlate/halves.h"
#include "correlate/keys.h"
#include "correlate/radix.h"
#include "correlate/relate.h"
#include "correlate/session_ends.h"
#include "correlate/sets.h"

#define RIVALS_MAX 16
#define NO_RIVAL 1e9

struct writer {
	struct pair_case *c;
	struct groups members, links;
	uint8_t *flipped; /* by flow: turned against what match.c saw */
	struct ends ends;
	struct expected_list expected; /* by root */
};

/* --- grouping --- */

static void groups_init(struct groups *g, uint32_t n_groups, size_t n_items)
{
	g->start = mem_zalloc((size_t)n_groups + 2, sizeof *g->start);
	g->item = mem_resize(NULL, n_items + 1, sizeof *g->item);
}

static void groups_fill(struct groups *g, uint32_t n_groups,
			const uint32_t *group, size_t n_items)
{
	for (size_t i = 0; i < n_items; i++)
		g->start[group[i] + 2]++;
	for (uint32_t k = 1; k < n_groups; k++)
		g->start[k + 1] += g->start[k];
	for (size_t i = 0; i < n_items; i++)
		g->item[g->start[group[i] + 1]++] = (uint32_t)i;
}

static void groups_free(struct groups *g)
{
	free(g->start);
	free(g->item);
}

static void group_all(struct writer *w)
{
	struct pair_case *c = w->c;
	size_t n = c->n_flows > c->link.n ? c->n_flows : c->link.n;
	uint32_t *root = mem_resize(NULL, n + 1, sizeof *root);

	for (uint32_t f = 0; f < c->n_flows; f++)
		root[f] = sets_root(c, f, NULL);
	groups_init(&w->members, c->n_flows, c->n_flows);
	groups_fill(&w->members, c->n_flows, root, c->n_flows);
	for (size_t i = 0; i < c->link.n; i++)
		root[i] = sets_root(c, c->link.at[i].a, NULL);
	groups_init(&w->links, c->n_flows, c->link.n);
	groups_fill(&w->links, c->n_flows, root, c->link.n);
	free(root);
}

static struct flow *flow_at(struct writer *w, uint32_t f, size_t *point)
{
	size_t p;
	const struct flow *x = case_flow(w->c, f, &p);

	if (point)
		*point = p;
	return &w->c->point[p].flow[x - w->c->point[p].flow];
}

/* --- orientation --- */

static void orient(struct writer *w, uint32_t root)
{
	uint32_t best = groups_item(&w->members, root, 0);
	enum role role = ROLE_UNKNOWN;
	bool base, turned;

	for (size_t i = 0; i < groups_count(&w->members, root); i++) {
		uint32_t f = groups_item(&w->members, root, i);
		const struct flow *x = flow_at(w, f, NULL);

		if ((enum role)x->role < role) {
			role = x->role;
			best = f;
		}
	}
	sets_root(w->c, best, &base);
	for (size_t i = 0; i < groups_count(&w->members, root); i++) {
		uint32_t f = groups_item(&w->members, root, i);
		size_t p;
		struct flow *x = flow_at(w, f, &p);

		sets_root(w->c, f, &turned);
		x->role = (uint8_t)role;
		if (turned == base)
			continue;
		flow_swap(&w->c->point[p], x);
		w->flipped[f] = 1;
	}
}

/* --- flows --- */

static void put_flow(struct writer *w, int64_t id, size_t point,
		     const struct flow *f)
{
	struct point *pt = &w->c->point[point];
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
	}
	store_flow_put(w->c->store, &row);
}

static void put_flows(struct writer *w)
{
	int64_t id = 0;

	for (size_t p = 0; p < w->c->n; p++)
		for (size_t k = 0; k < w->c->point[p].n; k++)
			put_flow(w, ++id, p, &w->c->point[p].flow[k]);
	for (size_t i = 0; i < w->expected.n; i++)
		put_flow(w, ++id, w->expected.at[i].point,
			 &w->expected.at[i].flow);
}

/* Place of what is expected of the session of @root; SIZE_MAX: nothing. */
static size_t expected_of(const struct writer *w, uint32_t root)
{
	size_t lo = 0, hi = w->expected.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (w->expected.at[mid].root < root)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->expected.n && w->expected.at[lo].root == root ? lo
								     : SIZE_MAX;
}

/* --- deltas --- */

struct offsets { /* of a member against the session's first */
	uint32_t seq[2], ts[2];
	bool seq_known[2], ts_known[2], reached;
	unsigned side; /* of relays: how many are between */
};

static size_t place_of(const struct writer *w, uint32_t root, uint32_t flow)
{
	size_t i = 0;

	while (groups_item(&w->members, root, i) != flow)
		i++;
	return i;
}

static void follow(struct offsets *to, const struct offsets *from,
		   const struct link *l, bool flip, bool back)
{
	for (int d = 0; d < 2; d++) {
		int k = d ^ flip;
		uint32_t s = l->delta[k], t = l->ts_delta[k];

		to->seq[d] = from->seq[d] + (back ? 0u - s : s);
		to->ts[d] = from->ts[d] + (back ? 0u - t : t);
		to->seq_known[d] = from->seq_known[d] && l->delta_known[k];
		to->ts_known[d] = from->ts_known[d] && l->ts_known[k];
	}
	to->side = from->side ^ l->relayed;
	to->reached = true;
}

/* Bytes before the stream of direction @d at member @i: as it says, or others on
 * its side of a relay; those may have captured more of it. */
static uint32_t preface_of(struct writer *w, uint32_t root,
			   const struct offsets *o, size_t i, int d)
{
	size_t n = groups_count(&w->members, root), from = i, p;
	uint32_t len = 0;

	while (from > 0 && o[from - 1].side == o[i].side)
		from--;
	for (size_t k = from; k < n && o[k].side == o[i].side && !len; k++) {
		const struct flow *f = flow_at(
			w, groups_item(&w->members, root, k), &p);

		len = flow_preface_len(&w->c->point[p], f, d);
	}
	return len;
}

/* Initial numbers of both speak for themselves, whatever lies between. */
static void direct_offsets(struct writer *w, uint32_t root, struct offsets *o)
{
	const struct flow *a = flow_at(w, groups_item(&w->members, root, 0),
				       NULL);

	for (size_t i = 1; i < groups_count(&w->members, root); i++) {
		const struct flow *b = flow_at(
			w, groups_item(&w->members, root, i), NULL);

		for (int d = 0; d < 2; d++) {
			if (!(a->dir[d].flags & b->dir[d].flags & DIR_SYN))
				continue;
			o[i].seq[d] = (uint32_t)b->dir[d].seq_first -
				      (uint32_t)a->dir[d].seq_first;
			o[i].seq_known[d] = true;
			if (w->c->relays)
				o[i].seq[d] += preface_of(w, root, o, i, d) -
					       preface_of(w, root, o, 0, d);
		}
	}
}

static void find_offsets(struct writer *w, uint32_t root, struct offsets *o)
{
	uint32_t from = w->links.start[root], to = w->links.start[root + 1];
	bool moved = true;

	memset(o, 0, groups_count(&w->members, root) * sizeof *o);
	o[0] = (struct offsets){ .seq_known = { true, true },
				 .ts_known = { true, true },
				 .reached = true };
	while (moved) {
		moved = false;
		for (uint32_t i = from; i < to; i++) {
			const struct link *l = &w->c->link.at[w->links.item[i]];
			struct offsets *a = &o[place_of(w, root, l->a)];
			struct offsets *b = &o[place_of(w, root, l->b)];
			bool flip = w->flipped[l->a];

			if (a->reached == b->reached)
				continue;
			if (a->reached)
				follow(b, a, l, flip, false);
			else
				follow(a, b, l, flip, true);
			moved = true;
		}
	}
	direct_offsets(w, root, o);
}

/* --- sessions --- */

static int by_flow(const void *a, const void *b)
{
	const struct rival *x = a, *y = b;

	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	if (x->bits != y->bits)
		return x->bits > y->bits ? -1 : 1;
	return x->other < y->other ? -1 : x->other > y->other;
}

/* Does the session of @root already have the point of @other? */
static bool has_point_of(struct writer *w, uint32_t root, uint32_t other)
{
	size_t p;

	case_flow(w->c, other, &p);
	return w->c->points_of[root] >> p & 1;
}

static void add_rivals(struct writer *w, uint32_t root, struct session_row *row)
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

static char *link_text(const struct link *l)
{
	struct score s = { 0 };

	for (int e = 0; e < EV_KINDS; e++)
		s.part[e] = (float)l->part[e];
	for (int d = 0; d < 2; d++)
		s.isn_equal[d] = l->isn_equal[d];
	return score_text(&s);
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

static void evidence(struct writer *w, uint32_t root, struct session_row *row)
{
	uint32_t from = w->links.start[root], to = w->links.start[root + 1];
	struct text t = { 0 };

	row->margin = NO_RIVAL;
	for (uint32_t i = from; i < to; i++) {
		const struct link *l = &w->c->link.at[w->links.item[i]];
		char *line = link_text(l);
		size_t a, b;

		case_flow(w->c, l->a, &a);
		case_flow(w->c, l->b, &b);
		if (to - from > 1)
			text_add(&t, "%spoint %d to point %d:\n%s",
				 t.n ? "\n" : "", w->c->point[a].pos,
				 w->c->point[b].pos, line);
		else
			text_puts(&t, line);
		free(line);
		if (i == from || (double)l->bits < row->bits)
			row->bits = (double)l->bits;
		if ((double)l->margin < row->margin)
			row->margin = (double)l->margin;
		if (kind_of(l) > row->kind)
			row->kind = kind_of(l);
	}
	row->evidence = t.at ? t.at : mem_strdup("");
}

/* Puts what is expected in its place on the path, before or behind all. */
static void add_expected(struct writer *w, uint32_t root,
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

static void put_session(struct writer *w, uint32_t root, int64_t id)
{
	struct offsets o[PAIR_POINTS] NOT_ZEROED;
	struct session_flow flows[PAIR_POINTS + 1] NOT_ZEROED;
	size_t n = groups_count(&w->members, root);
	const struct flow *first = flow_at(w, groups_item(&w->members, root, 0),
					   NULL);
	struct session_row row = {
		.id = id,
		.proto = first->proto,
		.verdict = n > 1 ? PAIR_PAIRED : PAIR_ALONE,
		.role = first->role,
		.client_end = w->ends.end[root],
		.n_flows = n,
		.flows = flows,
	};

	find_offsets(w, root, o);
	for (size_t i = 0; i < n; i++) {
		size_t p;

		flow_at(w, groups_item(&w->members, root, i), &p);
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
	add_expected(w, root, &row);
	evidence(w, root, &row);
	add_rivals(w, root, &row);
	if (n == 1 && row.n_rivals)
		row.verdict = PAIR_AMBIGUOUS;
	store_session_put(w->c->store, &row);
	if (row.kind == PAIR_RELAYED)
		store_relay_put(w->c->store,
				&(struct relay_row){ .front = id, .back = id });
	free(row.evidence);
	free(row.rivals);
}

/* Roots in the order of their sessions' first packets. */
static struct radix *session_order(struct writer *w, size_t *n)
{
	struct radix *r = mem_resize(NULL, (size_t)w->c->n_flows + 1,
				     sizeof *r);

	*n = 0;
	for (uint32_t f = 0; f < w->c->n_flows; f++) {
		uint32_t root = sets_root(w->c, f, NULL);
		int64_t best = INT64_MAX;

		if (groups_item(&w->members, root, 0) != f)
			continue;
		for (size_t i = 0; i < groups_count(&w->members, root); i++) {
			size_t p;
			int64_t t = flow_at(w,
					    groups_item(&w->members, root, i),
					    &p)
					    ->first_ns;

			t = time_sub(t, w->c->offset[p]);
			best = t < best ? t : best;
		}
		r[(*n)++] = (struct radix){ (uint64_t)best ^ 1ull << 63, root };
	}
	radix_sort(r, *n);
	return r;
}

/* What is told of sessions by their numbers. */
static void put_related(struct writer *w, const struct radix *order, size_t n,
			struct halves *halves)
{
	int64_t *session_of;

	if (!halves && !w->c->relations->n)
		return;
	session_of = mem_zalloc((size_t)w->c->n_flows + 1, sizeof *session_of);
	for (size_t i = 0; i < n; i++)
		session_of[order[i].value] = (int64_t)i + 1;
	if (halves)
		halves_find(w->c, session_of, halves);
	relate_put(w->c, w->c->relations, session_of);
	free(session_of);
}

void sessions_write(struct pair_case *c, struct halves *halves)
{
	struct writer w = { .c = c };
	struct radix *order;
	size_t n;

	w.flipped = mem_zalloc((size_t)c->n_flows + 1, 1);
	group_all(&w);
	ends_init(&w.ends, c, &w.members, &w.links, w.flipped);
	if (c->rival.n)
		qsort(c->rival.at, c->rival.n, sizeof *c->rival.at, by_flow);
	order = session_order(&w, &n);
	for (size_t i = 0; i < n; i++)
		if (groups_count(&w.members, order[i].value) > 1) {
			orient(&w, order[i].value);
			ends_decide(&w.ends, order[i].value);
		}
	for (size_t i = 0; i < n; i++)
		if (groups_count(&w.members, order[i].value) > 1)
			ends_borrow(&w.ends, order[i].value, true);
	expect_flows(c, &w.members, w.ends.end, &w.expected);
	put_flows(&w);
	for (size_t i = 0; i < n; i++) {
		ends_borrow(&w.ends, order[i].value, false);
		put_session(&w, order[i].value, (int64_t)i + 1);
	}
	order_check(c, &w.members, w.ends.end);
	put_related(&w, order, n, halves);
	free(order);
	free(w.flipped);
	groups_free(&w.members);
	groups_free(&w.links);
	ends_release(&w.ends);
	VEC_FREE(&w.expected);
}
