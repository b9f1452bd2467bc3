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
 * Those of turns are mostly among those of all segments, in the same order: until one
 * is not, they are bits beside these and need no memory.
 *
 * Cost: a comparison for most segments once the sample is full; memory is a
 * pool block of 2, 4, 6 or 16 samples.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/live.h"

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

static size_t bottom_room(const struct bottom *b)
{
	return b->at ? pool_size(b->class) / sizeof *b->at : 0;
}

/* Makes room for one more. */
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

/* The lowest @max of a set of bits. */
static uint16_t lowest(unsigned bits, unsigned max)
{
	unsigned rest = bits;

	if (!(bits >> max)) /* as mostly: there are not that many */
		return (uint16_t)bits;
	while (rest && max--)
		rest &= rest - 1;
	return (uint16_t)(bits ^ rest);
}

/* Makes room for a bit before bit @i. */
static uint16_t bits_open(unsigned bits, unsigned i)
{
	unsigned below = bits & ((1u << i) - 1);

	return (uint16_t)(below | (bits ^ below) << 1);
}

/* Where a sample of mixed digest @mixed would stand. */
static unsigned bottom_place(const struct bottom *b, uint32_t mixed)
{
	unsigned i = b->n;

	while (i && sample_mixed(b->at[i - 1].digest) > mixed)
		i--;
	return i;
}

/* Return: whether it was inserted; @place is where it, or one of the same
 * content, stands then. */
static bool bottom_insert(struct bottom *b, unsigned max,
			  const struct record *r, uint32_t mixed,
			  struct pool *pool, unsigned *place)
{
	unsigned i;

	*place = max;
	if (b->n > max || (b->n == max && !b->largest)) {
		b->n = (uint8_t)max;
		b->largest = sample_mixed(b->at[max - 1].digest);
	}
	if (b->n == max && mixed > b->largest)
		return false;
	i = bottom_place(b, mixed);
	if (i && b->at[i - 1].digest == r->head_digest) {
		*place = i - 1;
		return false;
	}
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
	b->turns = bits_open(b->turns, i);
	if (++b->n == max)
		b->largest = sample_mixed(b->at[max - 1].digest);
	*place = i;
	return true;
}

/* ---- samples of turns ---- */

/* Gives those of turns a block of their own. */
static void turns_part(struct side *s, struct pool *pool)
{
	struct bottom *b = &s->turn;

	for (unsigned bits = s->any.turns; bits; bits &= bits - 1) {
		if (!b->at || b->n == bottom_room(b))
			bottom_grow(b, pool);
		b->at[b->n++] = s->any.at[__builtin_ctz(bits)];
	}
	s->any.turns = 0;
}

/* Whether a sample of all that is one of turns, too, may have to go for one of
 * mixed digest @mixed. */
static bool turns_leave(const struct bottom *any, unsigned max, uint32_t mixed)
{
	if (any->n < max || !(any->turns >> (max - 1)))
		return false;
	return any->n > max || !any->largest || mixed < any->largest;
}

/* A turn begins with what was @added to the samples of all at @place, or stands
 * there, or is not among them.  Return: whether those of turns need no block of
 * their own for it. */
static bool turns_among(struct bottom *any, unsigned max, uint32_t mixed,
			bool added, unsigned place)
{
	unsigned bits = any->turns;

	if (added) {
		any->turns = lowest(bits | 1u << place, max);
		return true;
	}
	if (place < any->n && bits >> place & 1)
		return true;
	return (unsigned)__builtin_popcount(bits) == max &&
	       !(bits >> bottom_place(any, mixed));
}

void side_sample_more(struct side *s, bool few, const struct record *r,
		      uint32_t mixed, bool turn, struct pool *pool)
{
	unsigned max = side_any_max(few), turn_max = side_turn_max(few), place;
	bool added;

	s->any.turns = lowest(s->any.turns, turn_max);
	if (turns_leave(&s->any, max, mixed))
		turns_part(s, pool);
	added = bottom_insert(&s->any, max, r, mixed, pool, &place);
	if (!turn)
		return;
	if (!s->turn.at) {
		if (turns_among(&s->any, turn_max, mixed, added, place))
			return;
		turns_part(s, pool);
	}
	bottom_insert(&s->turn, turn_max, r, mixed, pool, &place);
}

void side_turns_out(const struct side *s, bool few, struct part_samples *out)
{
	unsigned max = side_turn_max(few);

	if (s->turn.at) {
		bottom_out(&s->turn, max, out);
		return;
	}
	out->n = 0;
	for (unsigned bits = lowest(s->any.turns, max); bits; bits &= bits - 1)
		out->at[out->n++] = s->any.at[__builtin_ctz(bits)];
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
