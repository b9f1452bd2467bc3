/* Hash table for the per-packet path: open addressing with linear probing.
 *
 * Invariants: the size is a power of two, at most 5/8 full; no free slot lies
 * between a value's home (hash & mask) and its slot.  Removal keeps the second
 * one by moving later values of the run back (Knuth 6.4, algorithm R), so that
 * no tombstones gather.  The hash must be well mixed: XXH3 of the key.  Cost:
 * O(1) expected for find, put and remove; 16 bytes a slot; find usually touches
 * one cache line, anywhere in memory, so large tables are on huge pages.
 */
#include "base/htab.h"

#include <stdlib.h>

#include "base/mem.h"

#define SLOTS_MIN 64

uint32_t htab_find(const struct htab *t, uint64_t hash, size_t *pos)
{
	size_t i;

	if (!t->slot)
		return HTAB_NONE;
	i = (*pos == SIZE_MAX ? hash : *pos + 1) & t->mask;
	for (; t->slot[i].value != HTAB_NONE; i = (i + 1) & t->mask) {
		if (t->slot[i].hash != hash)
			continue;
		*pos = i;
		return t->slot[i].value;
	}
	return HTAB_NONE;
}

static void place(struct htab *t, uint64_t hash, uint32_t value)
{
	size_t i = hash & t->mask;

	while (t->slot[i].value != HTAB_NONE)
		i = (i + 1) & t->mask;
	t->slot[i] = (struct htab_slot){ hash, value };
}

static void grow(struct htab *t)
{
	struct htab old = *t;
	size_t slots = t->slot ? (t->mask + 1) * 2 : SLOTS_MIN;

	t->slot = mem_alloc_large(slots * sizeof *t->slot);
	t->mask = slots - 1;
	for (size_t i = 0; i < slots; i++)
		t->slot[i].value = HTAB_NONE;
	for (size_t i = 0; old.slot && i <= old.mask; i++)
		if (old.slot[i].value != HTAB_NONE)
			place(t, old.slot[i].hash, old.slot[i].value);
	free(old.slot);
}

void htab_put(struct htab *t, uint64_t hash, uint32_t value)
{
	if (!t->slot || t->n >= (t->mask + 1) / 8 * 5)
		grow(t);
	place(t, hash, value);
	t->n++;
}

/* Frees slot @hole and closes the gap that it leaves in its run. */
static void close_gap(struct htab *t, size_t hole)
{
	for (size_t i = (hole + 1) & t->mask; t->slot[i].value != HTAB_NONE;
	     i = (i + 1) & t->mask) {
		size_t home = t->slot[i].hash & t->mask;

		/* It may move back unless its home lies after the hole. */
		if (((i - home) & t->mask) < ((i - hole) & t->mask))
			continue;
		t->slot[hole] = t->slot[i];
		hole = i;
	}
	t->slot[hole].value = HTAB_NONE;
}

void htab_remove(struct htab *t, uint64_t hash, uint32_t value)
{
	if (!t->slot)
		return;
	for (size_t i = hash & t->mask; t->slot[i].value != HTAB_NONE;
	     i = (i + 1) & t->mask) {
		if (t->slot[i].hash != hash || t->slot[i].value != value)
			continue;
		close_gap(t, i);
		t->n--;
		return;
	}
}

void htab_release(struct htab *t)
{
	free(t->slot);
	*t = (struct htab){ 0 };
}
