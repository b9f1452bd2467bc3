/* Hash table, fast enough for each packet: open addressing, linear probing, 64-bit
 * hash given by the caller, 32-bit value (an index into the caller's array).
 * The caller compares keys: htab_find() walks candidates of equal hash.
 * uthash takes three times its time and memory.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HTAB_NONE UINT32_MAX

struct htab_slot {
	uint64_t hash;
	uint32_t value; /* HTAB_NONE: free */
};

struct htab {
	struct htab_slot *slot; /* owned; mask + 1 of them */
	size_t mask, n;
};

/* First (or, after @from, next) value stored under @hash; HTAB_NONE if none.
 * @pos is the walk's state: set it to SIZE_MAX to begin. */
uint32_t htab_find(const struct htab *t, uint64_t hash, size_t *pos);
/* The same for the first one, which is mostly the only one and where it should be. */
static inline uint32_t htab_first(const struct htab *t, uint64_t hash)
{
	size_t pos = SIZE_MAX;
	const struct htab_slot *s;

	if (!t->slot)
		return HTAB_NONE;
	s = &t->slot[hash & t->mask];
	if (s->value == HTAB_NONE || s->hash == hash)
		return s->value;
	return htab_find(t, hash, &pos);
}
/* Prefetches what the first htab_find() of @hash will look at. */
static inline void htab_fetch(const struct htab *t, uint64_t hash)
{
	if (t->slot)
		__builtin_prefetch(&t->slot[hash & t->mask]);
}
void htab_put(struct htab *t, uint64_t hash, uint32_t value);
/* Removes the pair, if it is there. */
void htab_remove(struct htab *t, uint64_t hash, uint32_t value);
void htab_release(struct htab *t);
