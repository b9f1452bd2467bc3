/* The order of points against the packets' TTLs.
 *
 * A router takes one from the TTL, so along a session's c2s direction it never
 * grows.  For each two neighbouring points the sessions that both saw are
 * counted by what their TTLs say; with three points or more a stretch that
 * mostly says otherwise than the session's own direction means that the points
 * were given in another order than the packets meet them.  With two points the
 * same would only mean that sessions are opened from the far end: that is said
 * where it is true of every session.
 *
 * (pf's "reassemble tcp" raises TTLs: hence a majority, and a notice only.)
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "correlate/sets.h"

struct step {
	uint64_t with, against;
};

static void count_session(struct pair_case *c, const uint32_t *flow, size_t n,
			  int end, struct step *step)
{
	for (size_t i = 0; i + 1 < n; i++) {
		size_t p, q;
		const struct flow *a = case_flow(c, flow[i], &p);
		const struct flow *b = case_flow(c, flow[i + 1], &q);
		int drop;

		if (q != p + 1 || !a->dir[0].packets || !b->dir[0].packets)
			continue;
		drop = a->dir[0].ttl - b->dir[0].ttl;
		if (end == 1)
			drop = -drop;
		if (drop > 0)
			step[p].with++;
		else if (drop < 0)
			step[p].against++;
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

static void check_step(struct pair_case *c, size_t i, const struct step *s)
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

void order_check(struct pair_case *c, const struct groups *members,
		 const int8_t *end)
{
	struct step step[PAIR_POINTS] = { 0 };
	uint64_t ends[2] = { 0 };

	for (uint32_t f = 0; f < c->n_flows; f++) {
		uint32_t root = sets_root(c, f, NULL);
		uint32_t from = members->start[root];
		size_t n = members->start[root + 1] - from;

		if (root != f || n < 2)
			continue;
		count_session(c, members->item + from, n, end[root], step);
		if (end[root] >= 0)
			ends[end[root]]++;
	}
	for (size_t i = 0; c->n > 2 && i + 1 < c->n; i++)
		check_step(c, i, &step[i]);
	check_ends(c, ends);
}
