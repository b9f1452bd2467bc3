/* What sure pairs teach: which server end stands for which, which client
 * address for which, whether ports, sequence numbers and time stamps are kept.
 *
 * A pair of values is one table entry by the hash of both.  Learnt things add
 * bits to pairs that need them and never veto: a mapping may have exceptions.
 */
#include <stdlib.h>

#include "correlate/keys.h"
#include "correlate/score.h"

static uint64_t both(uint64_t left, uint64_t right)
{
	return key_mix(key_mix(0x6d6170, left), right);
}

static void note(struct habits *h, uint64_t left, uint64_t right)
{
	uint64_t key = both(left, right);
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&h->pairs, key, &pos);

	if (i != HTAB_NONE) {
		h->count.at[i]++;
		return;
	}
	htab_put(&h->pairs, key, (uint32_t)h->count.n);
	*VEC_PUSH(&h->count) = 1;
}

/* Boyer and Moore's majority vote: one right end is kept for a left one. */
static void note_server(struct habits *h, uint64_t left, uint64_t right)
{
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&h->servers, left, &pos);
	struct server_map *m;

	if (i == HTAB_NONE) {
		htab_put(&h->servers, left, (uint32_t)h->server.n);
		*VEC_PUSH(&h->server) = (struct server_map){ right, 1 };
		return;
	}
	m = &h->server.at[i];
	if (m->right == right)
		m->votes++;
	else if (m->votes)
		m->votes--;
	else
		*m = (struct server_map){ right, 1 };
}

uint64_t habits_server(void *ctx, uint64_t left)
{
	const struct habits *h = ctx;
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&h->servers, left, &pos);

	return i == HTAB_NONE ? left : h->server.at[i].right;
}

uint32_t habits_seen(const struct habits *h, uint64_t left, uint64_t right)
{
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&h->pairs, both(left, right), &pos);

	return i == HTAB_NONE ? 0 : h->count.at[i];
}

void habits_learn_relay(struct habits *h, uint64_t left, uint64_t right)
{
	uint64_t key = both(left, right);
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&h->relays, key, &pos);

	h->here.relays++;
	if (i != HTAB_NONE) {
		h->relay.at[i]++;
		return;
	}
	htab_put(&h->relays, key, (uint32_t)h->relay.n);
	*VEC_PUSH(&h->relay) = 1;
}

uint32_t habits_relayed(const struct habits *h, uint64_t left, uint64_t right)
{
	size_t pos = SIZE_MAX;
	uint32_t i = h->relay.n ? htab_find(&h->relays, both(left, right), &pos)
				: HTAB_NONE;

	return i == HTAB_NONE ? 0 : h->relay.at[i];
}

/* Have both points the SYNs of both ways, and none the same number? */
static bool is_renumbered(const struct flow *l, const struct flow *r, int k)
{
	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = &l->dir[d], *y = &r->dir[d ^ k];

		if (!(x->flags & y->flags & DIR_SYN) ||
		    (uint32_t)x->seq_first == (uint32_t)y->seq_first)
			return false;
	}
	return true;
}

void habits_learn(struct score_model *m, const struct flow *l,
		  const struct flow *r, bool swap, bool relayed)
{
	struct habits *h = &m->habits;
	int k = swap;

	if (!relayed && is_renumbered(l, r, k))
		h->here.moved++;
	note(h, key_end(l, 1), key_end(r, 1 ^ k));
	note_server(h, key_end(l, 1), key_end(r, 1 ^ k));
	note(h, key_addr(l, 0), key_addr(r, 0 ^ k));
	h->port_pairs++;
	h->port_same += l->port[0] == r->port[0 ^ k];
	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = &l->dir[d], *y = &r->dir[d ^ k];

		if (!(x->flags & y->flags & DIR_SYN))
			continue;
		h->isn_pairs++;
		h->isn_same += (uint32_t)x->seq_first == (uint32_t)y->seq_first;
		if (!(x->flags & y->flags & DIR_SYN_TS))
			continue;
		h->ts_pairs++;
		h->ts_same += x->syn_tsval == y->syn_tsval;
	}
}

void habits_release(struct habits *h)
{
	htab_release(&h->pairs);
	htab_release(&h->servers);
	VEC_FREE(&h->server);
	VEC_FREE(&h->count);
	htab_release(&h->relays);
	VEC_FREE(&h->relay);
}
