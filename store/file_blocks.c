/* Which blocks of a file may hold a part.
 *
 * The block rows of a file are few (one for up to 4,096 records), so they are
 * read once, as a static interval tree over the numbers of parts [part_min,
 * part_max]: sorted by part_min, each node of the implicit balanced tree (the
 * middle of its stretch) holding the greatest part_max below it. Finding the k
 * blocks that may hold a part costs O(log n + k), and O(k) if they are the same
 * as for the last part.
 */
#include "store/file_blocks.h"

#include <stdlib.h>

#include "base/mem.h"

struct span {              /* a block row in the tree */
	uint32_t min, max; /* part_min, part_max */
	uint32_t below;    /* greatest max in this subtree */
	uint32_t row;
};

static int span_cmp(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->min != y->min)
		return x->min < y->min ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Sets `below` in the subtree of [lo, hi).  Return: its greatest max. */
static uint32_t span_grow(struct span *t, size_t lo, size_t hi)
{
	size_t mid = lo + (hi - lo) / 2;
	uint32_t left, right;

	if (lo == hi)
		return 0;
	left = span_grow(t, lo, mid);
	right = span_grow(t, mid + 1, hi);
	t[mid].below = t[mid].max;
	if (left > t[mid].below)
		t[mid].below = left;
	if (right > t[mid].below)
		t[mid].below = right;
	return t[mid].below;
}

static void bound(struct file_blocks *f, uint32_t from, uint32_t to)
{
	f->from = from > f->from ? from : f->from;
	f->to = to < f->to ? to : f->to;
}

/* Adds to the hits the rows of [lo, hi) whose interval has @part, and narrows
 * the range of parts for which they are the same. */
static void span_search(struct file_blocks *f, size_t lo, size_t hi,
			uint32_t part)
{
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct span *t = &f->span[mid];

		if (t->below < part) {
			bound(f, t->below + 1, UINT32_MAX);
			return;
		}
		span_search(f, lo, mid, part);
		if (t->min > part) {
			bound(f, 0, t->min - 1);
			return;
		}
		if (t->max >= part) {
			bound(f, t->min, t->max);
			f->hits = mem_grow(f->hits, &f->cap_hits, f->n_hits + 1,
					   sizeof *f->hits);
			f->hits[f->n_hits++] = t->row;
		} else {
			bound(f, t->max + 1, UINT32_MAX);
		}
		lo = mid + 1;
	}
}

void file_blocks_load(struct store *s, struct file_blocks *f)
{
	f->row = store_blocks(s, f->file, &f->n);
	f->span = mem_resize(NULL, f->n + 1, sizeof *f->span);
	for (size_t i = 0; i < f->n; i++)
		f->span[i] = (struct span){ f->row[i].part_min,
					    f->row[i].part_max, 0,
					    (uint32_t)i };
	qsort(f->span, f->n, sizeof *f->span, span_cmp);
	span_grow(f->span, 0, f->n);
	f->from = 1;
}

static int hit_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void file_blocks_find(struct file_blocks *f, uint32_t part)
{
	if (f->from <= part && part <= f->to)
		return;
	f->n_hits = 0;
	f->from = 0;
	f->to = UINT32_MAX;
	span_search(f, 0, f->n, part);
	if (f->n_hits > 1)
		qsort(f->hits, f->n_hits, sizeof *f->hits, hit_cmp);
}

void file_blocks_release(struct file_blocks *f)
{
	free(f->row);
	free(f->span);
	free(f->hits);
}
