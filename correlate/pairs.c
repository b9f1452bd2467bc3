/* Candidates in order, each once.
 *
 * What: they are found by the values that both flows have, in no useful order.
 * One pass puts them into RANGES ranges of left flows; each range is then
 * sorted on one core, by left flow with a counter for each, which fit into the
 * cache, and the few of each left flow by right flow.
 *
 * Cost: O(candidates), 8 bytes for each besides the list.
 */
#include "correlate/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parallel.h"

#define RANGES 256
#define SHORT 64 /* candidates of a left flow */

struct ranges {
	uint64_t *from; /* range i is at start[i] to before start[i + 1] */
	uint64_t *to;   /* the same, in order */
	unsigned shift; /* of a left flow's number: that of its range */
	size_t start[RANGES + 1];
	size_t n[RANGES]; /* that are left of each */
};

static uint32_t left_of(uint64_t pair)
{
	return (uint32_t)(pair >> 32);
}

static int by_pair(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void sort_few(uint64_t *p, size_t n)
{
	if (n > SHORT) {
		qsort(p, n, sizeof *p, by_pair);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint64_t x = p[i];
		size_t j = i;

		for (; j && p[j - 1] > x; j--)
			p[j] = p[j - 1];
		p[j] = x;
	}
}

/* Removes repeats from @n ascending ones.  Return: how many are left. */
static size_t drop_equal(uint64_t *p, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++)
		if (!out || p[out - 1] != p[i])
			p[out++] = p[i];
	return out;
}

static void sort_range(void *ctx, unsigned worker, size_t i)
{
	struct ranges *x = ctx;
	const uint64_t *from = x->from + x->start[i];
	uint64_t *to = x->to + x->start[i];
	size_t n = x->start[i + 1] - x->start[i];
	size_t flows = (size_t)1 << x->shift, mask = flows - 1;
	size_t *at; /* by left flow: where its next one goes */

	(void)worker;
	if (!n)
		return;
	at = mem_zalloc(flows + 1, sizeof *at);
	for (size_t k = 0; k < n; k++)
		at[(left_of(from[k]) & mask) + 1]++;
	for (size_t k = 1; k < flows; k++)
		at[k] += at[k - 1];
	for (size_t k = 0; k < n; k++)
		to[at[left_of(from[k]) & mask]++] = from[k];
	for (size_t k = 0, begin = 0; k < flows; begin = at[k++])
		sort_few(to + begin, at[k] - begin);
	x->n[i] = drop_equal(to, n);
	free(at);
}

/* Puts @n pairs of @p into their ranges in @x->from. */
static void fill_ranges(struct ranges *x, const uint64_t *p, size_t n)
{
	size_t at[RANGES];

	for (size_t i = 0; i < n; i++)
		x->start[(left_of(p[i]) >> x->shift) + 1]++;
	for (size_t k = 0; k < RANGES; k++) {
		x->start[k + 1] += x->start[k];
		at[k] = x->start[k];
	}
	for (size_t i = 0; i < n; i++)
		x->from[at[left_of(p[i]) >> x->shift]++] = p[i];
}

static size_t sort_all(uint64_t *p, size_t n, size_t n_left)
{
	struct ranges x = { .to = p };
	size_t out = 0;

	while ((n_left - 1) >> x.shift >= RANGES)
		x.shift++;
	x.from = mem_resize(NULL, n, sizeof *x.from);
	fill_ranges(&x, p, n);
	parallel_run(RANGES, sort_range, &x);
	for (size_t k = 0; k < RANGES; k++) {
		memmove(p + out, p + x.start[k], x.n[k] * sizeof *p);
		out += x.n[k];
	}
	free(x.from);
	return out;
}

void pairs_unique(struct pair_list *list, size_t n_left)
{
	uint64_t *p = list->pair.at;
	size_t n = list->pair.n;
	bool sorted = true;

	for (size_t i = 1; i < n && sorted; i++)
		sorted = p[i - 1] <= p[i];
	list->pair.n = sorted ? drop_equal(p, n) : sort_all(p, n, n_left);
}
