/* Content samples and the pool that holds them.
 *
 * What: the PART_SAMPLES head digests of a direction whose mixed value is
 * smallest (bottom-k sketch; Broder 1997).  The choice depends on content only,
 * so another point picks the same segments whatever was renumbered between, and
 * if one set misses some segments a known share still agrees.
 *
 * Invariants: digests within a sample are distinct, the first segment with a
 * digest is the one kept (a retransmission has the same number; a repeated
 * content does not, and says so to whoever compares numbers).
 *
 * Cost: a comparison for most segments once the sample is full; memory is a
 * pool block of 2, 4, 8 or 16 samples.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/live.h"

_Static_assert(PART_SAMPLES * sizeof(struct part_sample) <=
		       (48u << (POOL_CLASSES - 1)),
	       "the largest pool block holds all samples");

void *pool_take(struct pool *p, unsigned class)
{
	struct pool_free *b = p->free[class];
	size_t size = pool_size(class);

	if (b) {
		p->free[class] = b->next;
		return b;
	}
	if (!p->page.n || MEM_HUGE - p->used < size) {
		*VEC_PUSH(&p->page) = mem_alloc_huge();
		p->used = 0;
	}
	p->used += size;
	return p->page.at[p->page.n - 1] + p->used - size;
}

void pool_give(struct pool *p, unsigned class, void *block)
{
	struct pool_free *b = block;

	if (!b)
		return;
	b->next = p->free[class];
	p->free[class] = b;
}

void pool_release(struct pool *p)
{
	for (size_t i = 0; i < p->page.n; i++)
		free(p->page.at[i]);
	VEC_FREE(&p->page);
	*p = (struct pool){ 0 };
}

static unsigned bottom_room(const struct bottom *b)
{
	return b->at ? 2u << b->class : 0;
}

static void bottom_grow(struct bottom *b, struct pool *pool)
{
	unsigned class = b->at ? b->class + 1u : 0;
	struct part_sample *at = pool_take(pool, class);

	if (b->at) {
		memcpy(at, b->at, b->n * sizeof *at);
		pool_give(pool, b->class, b->at);
	}
	b->at = at;
	b->class = (uint8_t) class;
}

void bottom_insert(struct bottom *b, unsigned max, const struct record *r,
		   uint32_t mixed, struct pool *pool)
{
	unsigned i;

	if (b->n > max || (b->n == max && !b->largest)) {
		b->n = (uint8_t)max;
		b->largest = sample_mixed(b->at[max - 1].digest);
	}
	if (!bottom_wants(b, max, mixed))
		return;
	i = b->n;
	while (i && sample_mixed(b->at[i - 1].digest) > mixed)
		i--;
	if (i && b->at[i - 1].digest == r->head_digest)
		return;
	if (b->n == max)
		b->n--; /* drops the largest */
	else if (b->n == bottom_room(b))
		bottom_grow(b, pool);
	for (unsigned k = b->n; k > i; k--) /* a few: no memmove() */
		b->at[k] = b->at[k - 1];
	b->at[i] = (struct part_sample){ .digest = r->head_digest,
					 .len = r->pay_len,
					 .seq = r->seq64,
					 .time_ns = r->time_ns };
	if (++b->n == max)
		b->largest = sample_mixed(b->at[max - 1].digest);
}

void bottom_out(const struct bottom *b, unsigned max, struct part_samples *out)
{
	out->n = (uint8_t)(b->n < max ? b->n : max);
	if (out->n)
		memcpy(out->at, b->at, out->n * sizeof *b->at);
}

void bottom_release(struct bottom *b, struct pool *pool)
{
	pool_give(pool, b->class, b->at);
	*b = (struct bottom){ 0 };
}
