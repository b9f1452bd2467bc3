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

void point_index_twins(struct point *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct flow *f = &p->flow[i];
		uint64_t key[2] = { key_twins(f), key_first_turns(f) };

		for (int k = 0; k < 2 && flow_is_tcp(f); k++)
			if (key[k])
				htab_put(&p->twins, key[k], (uint32_t)i);
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
