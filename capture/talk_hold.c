/* Segments that arrived ahead of a hole.
 *
 * Invariants: ascending, not overlapping (what came first stays); at most
 * HOLD_SEGMENTS and HOLD_BYTES here, HOLD_ALL in all talks of a file.  What
 * will be skipped anyway is held without its bytes, and neighbours of that kind
 * are merged, so that a hole in a long body costs little.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "capture/talk_int.h"

/* The first one that begins after @off. */
static size_t place_of(const struct hold *h, uint64_t off)
{
	size_t i = h->n;

	while (i && h->at[i - 1].off > off)
		i--;
	return i;
}

static void trim_front(struct hold_segment *s, uint64_t n)
{
	uint32_t cap = n < s->cap ? (uint32_t)n : s->cap;

	s->off += n;
	s->len -= n;
	if (s->bytes)
		s->bytes += cap;
	s->cap -= cap;
}

/* Puts a segment that fits before place @i.  Return: false: no room. */
static bool insert(struct hold *h, size_t i, const struct hold_segment *s,
		   uint64_t wanted, size_t *all)
{
	struct hold_segment *before = i ? &h->at[i - 1] : NULL;
	bool keep = s->cap && s->off + s->len > wanted;

	if (!keep && before && !before->bytes &&
	    before->off + before->len == s->off &&
	    before->off + before->len <= wanted) {
		before->len += s->len;
		if (s->frame > before->frame) {
			before->frame = s->frame;
			before->ns = s->ns;
		}
		return true;
	}
	if (h->n == HOLD_SEGMENTS)
		return false;
	if (keep &&
	    (h->bytes + s->cap > HOLD_BYTES || *all + s->cap > HOLD_ALL))
		return false;
	h->at = mem_grow(h->at, &h->cap, h->n + 1, sizeof *h->at);
	memmove(&h->at[i + 1], &h->at[i], (h->n - i) * sizeof *h->at);
	h->n++;
	h->at[i] = *s;
	h->at[i].bytes = NULL;
	if (!keep) {
		h->at[i].cap = 0;
		return true;
	}
	h->at[i].bytes = mem_alloc(s->cap);
	memcpy(h->at[i].bytes, s->bytes, s->cap);
	h->bytes += s->cap;
	*all += s->cap;
	return true;
}

bool hold_add(struct hold *h, const struct hold_segment *s, uint64_t wanted,
	      size_t *all)
{
	struct hold_segment rest = *s;

	while (rest.len) {
		size_t i = place_of(h, rest.off);
		struct hold_segment piece;

		if (i && h->at[i - 1].off + h->at[i - 1].len > rest.off) {
			uint64_t known = h->at[i - 1].off + h->at[i - 1].len -
					 rest.off;

			if (known >= rest.len)
				return true;
			trim_front(&rest, known);
		}
		piece = rest;
		if (i < h->n && rest.off + rest.len > h->at[i].off) {
			piece.len = h->at[i].off - rest.off;
			if (piece.cap > piece.len)
				piece.cap = (uint32_t)piece.len;
		}
		if (piece.len && !insert(h, i, &piece, wanted, all))
			return false;
		trim_front(&rest, piece.len);
	}
	return true;
}

struct hold_segment hold_take(struct hold *h, size_t *all)
{
	struct hold_segment first = h->at[0];

	h->n--;
	memmove(&h->at[0], &h->at[1], h->n * sizeof *h->at);
	h->bytes -= first.cap;
	*all -= first.cap;
	return first;
}

void hold_release(struct hold *h, size_t *all)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->at[i].bytes);
	*all -= h->bytes;
	free(h->at);
	*h = (struct hold){ 0 };
}
