/* Waits of clients: see the header.
 *
 * A person, or a timer, pauses between bursts of requests that a program makes:
 * two humps, with a wide gap.  Its ends are known to the accuracy of a
 * histogram, so sums are taken over the exchanges once more.  O(exchanges), read
 * twice.
 */
#include "report/thinks.h"

#include "store/exchange.h"

#define LEAST 10          /* requests */
#define LATE_NS 500000000 /* a pause that somebody notices */
#define SOON_NS 1000000   /* what is below is all soon */
#define APART 4           /* times as long as the others */

typedef void on_think(struct thinks *t, int64_t ns, int64_t from_ns);

static void each(struct thinks *t, const struct model *m, const int64_t *id,
		 size_t n, on_think *fn, int64_t from_ns)
{
	for (size_t i = 0; i < n; i++) {
		struct exchange_cursor *c = store_exchanges(m->store, id[i]);
		struct exchange x;

		while (exchange_cursor_next(c, &x))
			if (!x.opening)
				fn(t, x.think_ns, from_ns);
		exchange_cursor_free(c);
	}
}

static void count(struct thinks *t, int64_t ns, int64_t from_ns)
{
	(void)from_ns;
	hist_add(&t->all, ns);
}

static void sum_slow(struct thinks *t, int64_t ns, int64_t from_ns)
{
	if (ns < from_ns)
		return;
	if (!t->slow++ || ns < t->least_ns)
		t->least_ns = ns;
	t->slow_ns += ns;
}

void thinks_load(struct thinks *t, const struct model *m, const int64_t *id,
		 size_t n)
{
	struct hist_gap gap;

	*t = (struct thinks){ 0 };
	if (!m->store)
		return;
	each(t, m, id, n, count, 0);
	if (t->all.n < LEAST || !hist_gap(&t->all, SOON_NS, &gap) ||
	    gap.above * 4 > t->all.n || gap.over_ns < LATE_NS ||
	    gap.over_ns / APART < gap.under_ns)
		return;
	each(t, m, id, n, sum_slow,
	     gap.under_ns + (gap.over_ns - gap.under_ns) / 2);
	t->most_ns = t->all.max;
	t->few = t->slow && t->slow_ns / 2 >= t->all.sum / 4;
	t->others_ns = hist_quantile(
		&t->all, 0.5 * (double)(t->all.n - t->slow) / (double)t->all.n);
}

void thinks_release(struct thinks *t)
{
	hist_release(&t->all);
}
