/* Flows of one point that nothing tells apart.
 *
 * Two connections of the same contents, each over a relay: what agrees between their
 * sides says how each was cut, not which belongs to which.
 *
 * Where captures have gaps or are cut, less is known of one flow than of the other:
 * then they are twins as far as both are known (are_alike()).  It takes equal lengths
 * of the first turns, and equal contents somewhere.
 *
 * Cost: one look-up, and KEY_BUCKET flows with the same first turns at most.
 */
#include "correlate/key_lookup.h"
#include "correlate/keys.h"
#include "correlate/score_int.h"

/* Return: 1 where the first bytes are the same, -1 where they differ; 0: not known. */
static int same_head(const struct flow_dir *x, const struct flow_dir *y)
{
	if (!x->head_len || x->head_len != y->head_len)
		return 0;
	return x->head == y->head ? 1 : -1;
}

/* Are their digests of as many bytes? */
static bool comparable(const struct sample *x, const struct sample *y)
{
	return x->len == y->len ||
	       (x->len >= REC_HEAD_BYTES && y->len >= REC_HEAD_BYTES);
}

/* The same of segments at the same places. */
static int same_samples(const struct point *at, const struct flow *f,
			const struct flow *g, int d)
{
	const struct sample *x = score_samples_of(at, f, d);
	const struct sample *y = score_samples_of(at, g, d);
	uint32_t by = (uint32_t)g->dir[d].seq_first -
		      (uint32_t)f->dir[d].seq_first;
	int same = 0;

	for (unsigned i = 0; i < f->dir[d].n_samples; i++)
		for (unsigned k = 0; k < g->dir[d].n_samples; k++) {
			if (y[k].seq - x[i].seq != by ||
			    !comparable(&x[i], &y[k]))
				continue;
			if (x[i].digest != y[k].digest)
				return -1;
			same = 1;
		}
	return same;
}

static bool same_total(const struct flow_dir *x, const struct flow_dir *y)
{
	return !(x->flags & y->flags & DIR_FIN) ||
	       ((x->flags ^ y->flags) & DIR_SYN) ||
	       x->seq_next - x->seq_first == y->seq_next - y->seq_first;
}

static bool are_alike(const struct point *at, const struct flow *f,
		      const struct flow *g)
{
	bool shared = false;

	for (int k = 0; k < TURN_HASHES; k++)
		if (f->turn_hash[k] && g->turn_hash[k] &&
		    f->turn_hash[k] != g->turn_hash[k])
			return false;
	for (int d = 0; d < 2; d++) {
		int head = same_head(&f->dir[d], &g->dir[d]);
		int samples = same_samples(at, f, g, d);

		if (head < 0 || samples < 0 ||
		    !same_total(&f->dir[d], &g->dir[d]))
			return false;
		shared = shared || head > 0 || samples > 0;
	}
	return shared;
}

bool score_has_twin(const struct point *at, const struct flow *f)
{
	uint64_t key = key_twins(f);
	size_t pos = SIZE_MAX;

	if (key && htab_find(&at->twins, key, &pos) != HTAB_NONE &&
	    htab_find(&at->twins, key, &pos) != HTAB_NONE)
		return true;
	key = key_first_turns(f);
	pos = SIZE_MAX;
	for (int left = KEY_BUCKET; key && left > 0; left--) {
		uint32_t i = htab_find(&at->twins, key, &pos);

		if (i == HTAB_NONE)
			break;
		if (&at->flow[i] != f && are_alike(at, f, &at->flow[i]))
			return true;
	}
	return false;
}
