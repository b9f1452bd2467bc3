/* Which flows of a point carry on from one another.
 *
 * At first each part is a flow of its own.  Flows of one key (both ends,
 * protocol, tunnel) that carry on from one another are joined in order of time:
 * a session that runs over several files of a ring, or that the indexer forgot
 * while it was idle, is one flow again; a reused port is another one.
 *
 * When a later one carries on (continues()):
 *   TCP     no SYN contradicts (another initial number, or a SYN in a direction
 *           that was seen before without one), and in each direction that both
 *           have seen, the numbers meet: the later ones begin within
 *           ROTATION_JUMP of the earlier ones' end, or within what the flow may
 *           have sent in the meantime, at most FAR_JUMP.  Acknowledgements
 *           stand in for a direction that was not captured.
 *   others  the pause is at most DATAGRAM_IDLE_NS.
 *
 * Cost: one radix sort by key; each flow is compared with the last two open
 * ones of its key: O(n).
 */
#include <stdlib.h>

#include "base/seq.h"
#include "correlate/radix.h"
#include "correlate/stitch_int.h"

#define ROTATION_JUMP (1 << 24)
#define FAR_JUMP (1 << 28)
#define DATAGRAM_IDLE_NS 120000000000LL
#define LINE_RATE 1250000000.0 /* bytes a second: 10 Gbit/s */

static bool ends_ordered(const struct flow *f)
{
	if (f->addr[0] != f->addr[1])
		return f->addr[0] < f->addr[1];
	return f->port[0] <= f->port[1];
}

static uint64_t flow_key(const struct flow *f)
{
	int lo = ends_ordered(f) ? 0 : 1;
	uint64_t h = key_mix(f->proto, f->tunnel);

	h = key_mix(h, (uint64_t)f->addr[lo] << 32 | f->addr[!lo]);
	return key_mix(h, (uint64_t)f->port[lo] << 16 | f->port[!lo]);
}

static bool same_key(const struct flow *a, const struct flow *b)
{
	int s = ends_ordered(a) != ends_ordered(b);

	return a->proto == b->proto && a->tunnel == b->tunnel &&
	       a->addr[0] == b->addr[s] && a->addr[1] == b->addr[!s] &&
	       a->port[0] == b->port[s] && a->port[1] == b->port[!s];
}

static uint64_t allowed_jump(const struct flow *a, const struct flow *b)
{
	double pause = (double)b->first_ns - (double)a->last_ns;
	double bytes;

	if (pause < 0 || pause > 60e9)
		return ROTATION_JUMP;
	bytes = pause * 1e-9 * LINE_RATE + ROTATION_JUMP;
	return bytes > FAR_JUMP ? FAR_JUMP : (uint64_t)bytes;
}

static bool near(uint32_t x, uint32_t y, uint64_t jump)
{
	int32_t d = seq_diff(x, y);

	return (uint64_t)(d < 0 ? -(int64_t)d : d) <= jump;
}

/* Does @y, without a SYN, begin before @x's SYN?  Then it is of the connection
 * before. */
static bool begins_before(const struct flow_dir *x, const struct flow_dir *y)
{
	return (x->flags & DIR_SYN) && y->packets &&
	       x->seq_next - x->seq_first < ROTATION_JUMP &&
	       seq_diff((uint32_t)y->seq_first, (uint32_t)x->seq_first) < 0;
}

/* Do @b's directions (its d ^ swap) carry on @a's numbers? */
static bool dir_continues(const struct flow *a, const struct flow *b, int d,
			  int swap, uint64_t jump)
{
	const struct flow_dir *x = &a->dir[d], *y = &b->dir[d ^ swap];
	const struct flow_dir *back = &a->dir[!d], *on = &b->dir[!d ^ swap];

	if (y->flags & DIR_SYN) {
		if (x->flags & DIR_SYN)
			return (uint32_t)x->seq_first == (uint32_t)y->seq_first;
		return !x->packets &&
		       (!back->ack_max ||
			near((uint32_t)y->seq_first, back->ack_max, 1 << 16));
	}
	if (begins_before(x, y))
		return false;
	if (x->packets && y->packets)
		return near((uint32_t)y->seq_first, (uint32_t)x->seq_next,
			    jump);
	if (x->packets && on->ack_max)
		return near(on->ack_max, (uint32_t)x->seq_next, jump);
	if (y->packets && back->ack_max)
		return near((uint32_t)y->seq_first, back->ack_max, jump);
	return true;
}

static bool continues(const struct flow *a, const struct flow *b, int swap)
{
	uint64_t jump = allowed_jump(a, b);

	if (!flow_is_tcp(a))
		return b->first_ns <= a->last_ns ||
		       (uint64_t)b->first_ns - (uint64_t)a->last_ns <=
			       DATAGRAM_IDLE_NS;
	return dir_continues(a, b, 0, swap, jump) &&
	       dir_continues(a, b, 1, swap, jump);
}

static int by_time(const void *a, const void *b, void *flows)
{
	const struct flow *f = flows;
	const struct flow *x = &f[((const struct radix *)a)->value];
	const struct flow *y = &f[((const struct radix *)b)->value];

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return x->part < y->part ? -1 : x->part > y->part;
}

static int swap_of(const struct flow *o, const struct flow *f)
{
	return o->addr[0] != f->addr[0] || o->port[0] != f->port[0];
}

/* How far a lone reset @f is from the numbers of @o's direction; most of all if
 * that has none. */
static uint32_t reset_apart(const struct flow *o, const struct flow *f)
{
	int d = f->dir[1].packets > 0;
	const struct flow_dir *x = &o->dir[d ^ swap_of(o, f)];
	int32_t apart = seq_diff((uint32_t)f->dir[d].seq_first,
				 (uint32_t)x->seq_next);

	if (!x->packets)
		return UINT32_MAX;
	return (uint32_t)(apart < 0 ? -(int64_t)apart : apart);
}

static bool is_lone_reset(const struct flow *f)
{
	return flow_is_tcp(f) && f->dir[0].packets + f->dir[1].packets == 1 &&
	       (f->dir[0].flags | f->dir[1].flags) & DIR_RST;
}

/* Which of the flows that are open @f continues, the newest first; NULL: none.  A
 * reset that came late (capture/flow_anew.c) has its number only to tell by, and the
 * next connection may have nothing of that side yet. */
static struct flow *continued(struct point *p, const uint32_t open[2],
			      const struct flow *f)
{
	struct flow *found = NULL;

	for (int k = 0; k < 2 && open[k] != UINT32_MAX; k++) {
		struct flow *o = &p->flow[open[k]];

		if (!same_key(o, f) || !continues(o, f, swap_of(o, f)))
			continue;
		if (!found || reset_apart(o, f) < reset_apart(found, f))
			found = o;
		if (!is_lone_reset(f))
			break;
	}
	return found;
}

/* Joins what belongs together among @n parts whose key hash is equal. */
static void stitch_group(struct point *p, struct radix *r, size_t n)
{
	uint32_t open[2] = { UINT32_MAX, UINT32_MAX };

	qsort_r(r, n, sizeof *r, by_time, p->flow);
	for (size_t i = 0; i < n; i++) {
		struct flow *f = &p->flow[r[i].value];
		struct flow *o = continued(p, open, f);

		if (o) {
			flow_join(p, o, f, swap_of(o, f));
			continue;
		}
		open[1] = open[0];
		open[0] = r[i].value;
	}
}

static void stitch(struct point *p)
{
	struct radix *r = mem_resize(NULL, p->n + 1, sizeof *r);

	for (size_t i = 0; i < p->n; i++)
		r[i] = (struct radix){ flow_key(&p->flow[i]), (uint32_t)i };
	radix_sort(r, p->n);
	for (size_t i = 0, j; i < p->n; i = j) {
		for (j = i + 1; j < p->n && r[j].hash == r[i].hash; j++)
			;
		if (j - i > 1)
			stitch_group(p, r + i, j - i);
	}
	free(r);
}

static int64_t first_part(const struct point *p, const struct flow *f)
{
	return f->n_parts > 1 ? p->parts.at[f->part].part : f->part;
}

static int by_start(const void *a, const void *b, void *point)
{
	const struct flow *x = a, *y = b;
	int64_t px, py;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	px = first_part(point, x);
	py = first_part(point, y);
	return px < py ? -1 : px > py;
}

/* Drops what was joined into others, and puts flows in the order of ids. */
static void settle_order(struct point *p)
{
	size_t n = 0;
	bool sorted = true;

	for (size_t i = 0; i < p->n; i++)
		if (p->flow[i].n_parts)
			p->flow[n++] = p->flow[i];
	p->n = n;
	for (size_t i = 1; i < n && sorted; i++)
		sorted = by_start(&p->flow[i - 1], &p->flow[i], p) <= 0;
	if (!sorted)
		qsort_r(p->flow, n, sizeof *p->flow, by_start, p);
}

void point_stitch(struct point *p)
{
	stitch(p);
	settle_order(p);
}
