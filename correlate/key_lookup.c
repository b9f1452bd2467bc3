/* Exact look-ups by key: which flow has these ends, or the same content.
 *
 * Unlike the counts these are hash tables, filled only where they are needed:
 * by ends where some header or trailer names a flow, by content where there
 * are relays.
 */
#include "correlate/key_lookup.h"

#include "correlate/keys.h"

void point_index_tuples(struct point *p)
{
	for (size_t i = 0; i < p->n; i++)
		htab_put(&p->tuples, key_tuple(&p->flow[i]), (uint32_t)i);
}

bool point_has_other(const struct point *p, const struct flow *f, uint64_t name)
{
	size_t pos = SIZE_MAX;

	return name && name != key_tuple(f) &&
	       htab_find(&p->tuples, name, &pos) != HTAB_NONE;
}

/* Not more than @most of a key: a million sessions may have first turns of the same
 * lengths, and equal keys stand side by side. */
static void put_few(struct htab *t, uint64_t key, uint32_t value, int most)
{
	size_t pos = SIZE_MAX;

	for (int n = 0; n < most; n++)
		if (htab_find(t, key, &pos) == HTAB_NONE) {
			htab_put(t, key, value);
			return;
		}
}

void point_index_twins(struct point *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct flow *f = &p->flow[i];
		uint64_t twins = key_twins(f), turns = key_first_turns(f);

		if (!flow_is_tcp(f))
			continue;
		if (twins)
			put_few(&p->twins, twins, (uint32_t)i, 2);
		if (turns)
			put_few(&p->twins, turns, (uint32_t)i, KEY_BUCKET);
	}
}

void point_note_names(const struct point *p, uint64_t *named)
{
	for (size_t i = 0; i < p->n; i++) {
		uint32_t k = p->flow[i].preface;

		if (k && p->preface.at[k - 1].named)
			named[p->base + i] = key_named_tuple(
				&p->preface.at[k - 1]);
	}
}

bool point_names(const struct point *p)
{
	for (size_t i = 0; i < p->preface.n; i++)
		if (p->preface.at[i].named)
			return true;
	return false;
}
