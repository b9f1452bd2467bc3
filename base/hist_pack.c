/* Packing of histograms, for the case file.
 *
 * Form: n, then (n > 0) min, max, sum, the number of non-empty buckets, and for each
 * its distance from the one before (the first: from -HIST_INDEX_MAX) and its count;
 * min, max and sum zigzag, all as varints.  Few values are packed as buckets, too.
 *
 * Unpacking believes nothing: buckets must rise, begin with min's, end with max's
 * and add up to n.
 */
#include "base/hist_int.h"

static void pack_bucket(int32_t index, uint64_t n, int32_t *last,
			struct buf *out)
{
	buf_varint(out, (uint64_t)(index - *last));
	buf_varint(out, n);
	*last = index;
}

static void pack_buckets(const struct hist *h, struct buf *out)
{
	uint32_t used = 0;
	int32_t last = -HIST_INDEX_MAX;

	for (uint32_t i = 0; i < h->room; i++)
		used += h->bucket[i] != 0;
	buf_varint(out, used);
	for (uint32_t i = 0; i < h->room; i++)
		if (h->bucket[i])
			pack_bucket(h->first + (int32_t)i, h->bucket[i], &last,
				    out);
}

static void pack_few(const struct hist *h, struct buf *out)
{
	int16_t few[HIST_FEW];
	uint32_t used = 1;
	int32_t last = -HIST_INDEX_MAX;

	hist_sort_few(h, few);
	for (uint64_t i = 1; i < h->n; i++)
		used += few[i] != few[i - 1];
	buf_varint(out, used);
	for (uint64_t i = 0, to; i < h->n; i = to) {
		for (to = i + 1; to < h->n && few[to] == few[i];)
			to++;
		pack_bucket(few[i], to - i, &last, out);
	}
}

void hist_pack(const struct hist *h, struct buf *out)
{
	buf_varint(out, h->n);
	if (!h->n)
		return;
	buf_zigzag(out, h->min);
	buf_zigzag(out, h->max);
	buf_zigzag(out, h->sum);
	if (hist_is_few(h))
		pack_few(h, out);
	else
		pack_buckets(h, out);
}

/* Return: false where they exceed the number of values that @h has, of few. */
static bool unpack_bucket(struct hist *h, int32_t index, uint32_t c,
			  uint64_t sum)
{
	if (!hist_is_few(h)) {
		hist_count(h, index, c);
		return true;
	}
	if (c > h->n - sum)
		return false;
	for (uint32_t i = 0; i < c; i++)
		h->few[sum + i] = (int16_t)index;
	return true;
}

/* Reads the buckets of @h, whose min and max are known.  They must rise,
 * begin with min's, end with max's and add up to n. */
static bool unpack_buckets(struct hist *h, struct cursor *in)
{
	int32_t lo = hist_index(h->min), hi = hist_index(h->max);
	uint64_t used = cursor_varint(in), sum = 0;
	int64_t index = -HIST_INDEX_MAX;
	bool saturated = false;

	if (!used || used > (uint64_t)(hi - lo) + 1)
		return false;
	if (!hist_is_few(h))
		hist_cover(h, lo, hi);
	for (uint64_t i = 0; i < used; i++) {
		uint64_t step = cursor_varint(in), c = cursor_varint(in);

		if (in->bad || step > 2 * HIST_INDEX_MAX || (i && !step) ||
		    !c || c > UINT32_MAX)
			return false;
		index += (int64_t)step;
		if (index > hi || (!i && index != lo) ||
		    !unpack_bucket(h, (int32_t)index, (uint32_t)c, sum))
			return false;
		sum += c;
		saturated |= c == UINT32_MAX;
	}
	return index == hi && (sum == h->n || (saturated && sum < h->n));
}

int hist_unpack(struct hist *h, struct cursor *in)
{
	*h = (struct hist){ .n = cursor_varint(in) };
	if (!h->n && !in->bad)
		return 0;
	h->min = cursor_zigzag(in);
	h->max = cursor_zigzag(in);
	h->sum = cursor_zigzag(in);
	if (!in->bad && h->min <= h->max && unpack_buckets(h, in))
		return 0;
	hist_release(h);
	return -1;
}
