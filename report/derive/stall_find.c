/* Moments in which no answer comes to anybody: see the header.
 *
 * Something that all share (a radio link, a switch that fails over, a firewall or host
 * that is busy) holds back whatever it has, and lets it go at once.  Each session alone
 * shows a request that takes long; together they show that their waits end
 * at one moment and that nothing came before it for as long as they lasted.
 *
 * Steps: answers are sorted by the time at which they begin.  Between two that
 * follow one another there is a gap.  It counts if
 *
 *  - requests of SESSIONS sessions were open in its first half, and of all that were
 *    nine of ten are answered soon after it: within SOON_NS, or a quarter of it;
 *  - these waited in a queue, by the attribution of their time (not for a server, nor
 *    for copies of what was lost);
 *  - it is no accident: by the answers around it, in AROUND times its length before and
 *    behind, EXPECTED would have come within it.  If these come independently of one
 *    another none does with a chance of exp(-EXPECTED).
 *
 * What is not a request and an answer (downloads under way) is not seen here; the
 * rule looks for it (stall.c).
 *
 * Cost: sorting; then each wait is looked at as often as gaps lie near it.
 */
#include "report/derive/stall.h"

#include <stdlib.h>

#define SOON_NS 60000000
#define AROUND 4
#define EXPECTED 10
#define LOOK 4096 /* waits looked at on either side of a gap */

static int by_end(const void *pa, const void *pb)
{
	const struct stall_wait *a = pa, *b = pb;

	if (a->hop != b->hop)
		return a->hop < b->hop ? -1 : 1;
	if (a->until_ns != b->until_ns)
		return a->until_ns < b->until_ns ? -1 : 1;
	if (a->session != b->session)
		return a->session < b->session ? -1 : 1;
	return a->n < b->n ? -1 : a->n > b->n;
}

/* How many answers come within @span before index @i, or from @i on, of the same hop? */
static uint64_t answers_near(const struct stall_waits *w, size_t i,
			     int64_t span, bool before)
{
	const struct stall_wait *at = &w->at[before ? i - 1 : i];
	uint64_t n = 0;

	while (n < LOOK) {
		const struct stall_wait *k;

		if (before ? n >= i : i + n >= w->n)
			break;
		k = &w->at[before ? i - 1 - n : i + n];
		if (k->hop != at->hop ||
		    (before ? at->until_ns - k->until_ns
			    : k->until_ns - at->until_ns) > span)
			break;
		n++;
	}
	return n;
}

/* Would answers have been expected in the gap before index @i? */
static bool is_quiet(const struct stall_waits *w, size_t i, int64_t gap)
{
	int64_t span = AROUND * gap;

	return answers_near(w, i, span, true) >= EXPECTED * AROUND &&
	       answers_near(w, i, span, false) >= EXPECTED * AROUND;
}

static int by_number(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return a < b ? -1 : a > b;
}

static uint64_t count_sessions(int64_t *id, size_t n)
{
	uint64_t found = 0;

	if (n)
		qsort(id, n, sizeof *id, by_number);
	for (size_t i = 0; i < n; i++)
		found += !i || id[i] != id[i - 1];
	return found;
}

/* Fills @s with what waits through the gap before index @i.  Return: is it a moment in
 * which the path stood still? */
static bool stands_still(struct stall *s, const struct stall_waits *w, size_t i)
{
	int64_t gap = w->at[i].until_ns - w->at[i - 1].until_ns;
	int64_t soon = gap / 4 < SOON_NS ? SOON_NS : gap / 4;
	int64_t half = w->at[i - 1].until_ns + gap / 2;
	uint64_t open = 0, queued = 0;
	int64_t id[LOOK];

	*s = (struct stall){ .from_ns = w->at[i - 1].until_ns,
			     .until_ns = w->at[i].until_ns,
			     .first = i };
	for (size_t k = i; k < w->n && k - i < LOOK; k++) {
		const struct stall_wait *x = &w->at[k];

		if (x->hop != w->at[i].hop)
			break;
		if (x->until_ns - s->until_ns <= soon)
			s->n = k - i + 1;
		if (x->from_ns > half)
			continue;
		open++;
		if (x->until_ns - s->until_ns > soon)
			continue;
		id[s->waiting++] = x->session;
		queued += x->long_path;
		s->waited_ns += s->until_ns - (x->from_ns > s->from_ns
						       ? x->from_ns
						       : s->from_ns);
	}
	s->sessions = count_sessions(id, (size_t)s->waiting);
	return s->sessions >= STALL_SESSIONS && s->waiting * 10 >= open * 9 &&
	       queued * 10 >= s->waiting * 9;
}

void stalls_find(struct stalls *out, struct stall_waits *w)
{
	if (w->n)
		qsort(w->at, w->n, sizeof *w->at, by_end);
	for (size_t i = 1; i < w->n; i++) {
		int64_t gap = w->at[i].until_ns - w->at[i - 1].until_ns;
		struct stall s;

		if (w->at[i].hop == w->at[i - 1].hop && gap >= STALL_NS &&
		    is_quiet(w, i, gap) && stands_still(&s, w, i))
			*VEC_PUSH(out) = s;
	}
}
