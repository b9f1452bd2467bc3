/* The order of points against the packets' TTLs.
 *
 * A router takes one off the TTL, so along a session's c2s direction it never
 * grows.  For any two neighbouring points the sessions that both saw are
 * counted by what their TTLs say; not across a relay, whose packets begin with a
 * TTL of their own.  With three points or more, a stretch that mostly contradicts
 * the sessions' own direction means that the points were not given in the order
 * in which packets meet them.  With two points it would only mean that sessions
 * are opened from the far end: that is reported if it is true of every session.
 *
 * (pf's "reassemble tcp" raises TTLs: hence a majority, and a notice only.)
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "correlate/sets.h"

void order_count(const struct pair_case *c, const struct groups *members,
		 uint32_t root, const struct session_row *row,
		 struct order_tally *tally)
{
	const uint32_t *flow = members->item + members->start[root];
	size_t n = groups_count(members, root);
	int end = row->client_end;

	if (n > 1 && end >= 0)
		tally->ends[end]++;
	for (size_t i = 0; i + 1 < n; i++) {
		size_t p, q;
		const struct flow *a = case_flow(c, flow[i], &p);
		const struct flow *b = case_flow(c, flow[i + 1], &q);
		int drop;

		if (row->flows[i + 1].relayed || q != p + 1 ||
		    !a->dir[0].packets || !b->dir[0].packets)
			continue;
		drop = a->dir[0].ttl - b->dir[0].ttl;
		if (end == 1)
			drop = -drop;
		if (drop > 0)
			tally->step[p].with++;
		else if (drop < 0)
			tally->step[p].against++;
	}
}

static char *point_name(struct pair_case *c, size_t i)
{
	size_t n;
	struct point_row *p = store_points(c->store, &n);
	char *name = mem_strdup(i < n ? p[i].name : "?");

	point_rows_free(p, n);
	return name;
}

static void say(struct pair_case *c, char *text, uint64_t count)
{
	struct quality_row q = { .what = (char[]){ "order" },
				 .text = text,
				 .count = count };
	size_t n;
	struct quality_row *old = store_qualities(c->store, &n);
	bool said = false;

	for (size_t i = 0; i < n; i++) /* pairing may be repeated */
		said |= !old[i].file && old[i].text &&
			!strcmp(old[i].text, text);
	quality_rows_free(old, n);
	if (!said)
		store_quality_put(c->store, &q);
}

static void check_step(struct pair_case *c, size_t i,
		       const struct order_step *s)
{
	char *a, *b, *t;

	if (s->against <= s->with)
		return;
	a = point_name(c, i);
	b = point_name(c, i + 1);
	t = mem_printf("hop counts of %llu sessions say that packets meet %s "
		       "before %s, not after: give the points in the order of "
		       "the path",
		       (unsigned long long)s->against, b, a);
	say(c, t, s->against);
	free(a);
	free(b);
	free(t);
}

static void check_ends(struct pair_case *c, const uint64_t ends[2])
{
	char *a, *b, *t;

	if (!ends[1] || ends[0])
		return;
	a = point_name(c, 0);
	b = point_name(c, c->n - 1);
	t = mem_printf("every session was opened from the side of %s: points "
		       "are expected client-most first, so %s may belong last",
		       b, a);
	say(c, t, ends[1]);
	free(a);
	free(b);
	free(t);
}

void order_add(struct order_tally *to, const struct order_tally *from)
{
	for (size_t p = 0; p < PAIR_POINTS; p++) {
		to->step[p].with += from->step[p].with;
		to->step[p].against += from->step[p].against;
	}
	for (int e = 0; e < 2; e++)
		to->ends[e] += from->ends[e];
}

void order_check(struct pair_case *c, const struct order_tally *tally)
{
	for (size_t i = 0; c->n > 2 && i + 1 < c->n; i++)
		check_step(c, i, &tally->step[i]);
	check_ends(c, tally->ends);
}
