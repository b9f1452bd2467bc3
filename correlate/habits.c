/* What sure pairs teach: which server end stands for which, which client
 * address for which, whether ports, sequence numbers and time stamps are kept.
 *
 * A pair of values is one table entry by the hash of both: in the table of
 * those seen once, of which there are many, or of those that are a habit, which
 * is small enough to be consulted for each score.  What was learnt adds bits of
 * evidence to pairs that need them and never vetoes: a mapping may have
 * exceptions.
 *
 * What a pair teaches is a struct lesson, made while its flows are at hand, on
 * all cores; applying it, in order, touches no flow.
 *
 * A score uses whether two values are a HABIT, and rarely one of the overall
 * sums; it notes what it used (score.rests).  So of flows scored before, only
 * those need to be scored again whose values have become a habit since
 * (habits_fresh()), or that used what has changed.
 */
#include <stdlib.h>

#include "correlate/keys.h"
#include "correlate/score.h"

#define REWRITE_CUSTOM 4

static uint64_t both(uint64_t left, uint64_t right)
{
	return key_mix(key_mix(0x6d6170, left), right);
}

static bool has(const struct htab *t, uint64_t key)
{
	size_t pos = SIZE_MAX;

	return htab_find(t, key, &pos) != HTAB_NONE;
}

static void note(struct habits *h, uint64_t key)
{
	if (has(&h->habit, key))
		return;
	if (!has(&h->once, key)) {
		htab_put(&h->once, key, 0);
		return;
	}
	htab_put(&h->habit, key, 0);
	htab_put(&h->fresh, key, 0);
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

bool habits_has(const struct habits *h, uint64_t left, uint64_t right)
{
	return has(&h->habit, both(left, right));
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

/* Do both points have the SYNs of both ways, without a number in common? */
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

struct lesson habits_lesson(const struct flow *l, const struct flow *r,
			    bool swap, bool relayed)
{
	int k = swap;
	struct lesson x = {
		.server = { key_end(l, 1), key_end(r, 1 ^ k) },
		.addrs = both(key_addr(l, 0), key_addr(r, 0 ^ k)),
		.moved = !relayed && is_renumbered(l, r, k),
		.port_same = l->port[0] == r->port[0 ^ k],
	};

	x.ends = both(x.server[0], x.server[1]);
	for (int d = 0; d < 2; d++) {
		const struct flow_dir *a = &l->dir[d], *b = &r->dir[d ^ k];

		if (!(a->flags & b->flags & DIR_SYN))
			continue;
		x.isn_pairs++;
		if ((uint32_t)a->seq_first == (uint32_t)b->seq_first)
			x.isn_same++;
		if (!(a->flags & b->flags & DIR_SYN_TS))
			continue;
		x.ts_pairs++;
		if (a->syn_tsval == b->syn_tsval)
			x.ts_same++;
	}
	return x;
}

void habits_fetch(const struct habits *h, const struct lesson *x)
{
	htab_fetch(&h->once, x->ends);
	htab_fetch(&h->habit, x->ends);
	htab_fetch(&h->once, x->addrs);
	htab_fetch(&h->habit, x->addrs);
}

void habits_heed(struct habits *h, const struct lesson *x)
{
	h->here.moved += x->moved;
	note(h, x->ends);
	note_server(h, x->server[0], x->server[1]);
	note(h, x->addrs);
	h->port_pairs++;
	h->port_same += x->port_same;
	h->isn_pairs += x->isn_pairs;
	h->isn_same += x->isn_same;
	h->ts_pairs += x->ts_pairs;
	h->ts_same += x->ts_same;
}

void habits_learn(struct score_model *m, const struct flow *l,
		  const struct flow *r, bool swap, bool relayed)
{
	struct lesson x = habits_lesson(l, r, swap, relayed);

	habits_heed(&m->habits, &x);
}

/* Do nearly all of sufficiently many pairs do so? */
static bool nearly_all(size_t pairs, size_t same)
{
	return pairs >= 8 && same * 20 > pairs * 19;
}

static int custom_of(const struct habits *h)
{
	struct custom points = custom_both(h->here, h->known);

	if (points.relays >= RELAY_CUSTOM && points.relays / 4 >= points.moved)
		return 1;
	/* others may have been counted twice */
	return points.moved / 2 >= REWRITE_CUSTOM &&
			       points.moved / 8 >= points.relays
		       ? -1
		       : 0;
}

struct habits_sum habits_sum(const struct habits *h)
{
	return (struct habits_sum){
		.keep_isn = nearly_all(h->isn_pairs, h->isn_same),
		.keep_ts = nearly_all(h->ts_pairs, h->ts_same),
		.change_ports = h->port_pairs >= 8 &&
				h->port_same * 20 < h->port_pairs,
		.custom = custom_of(h),
	};
}

unsigned habits_changed(const struct habits_sum *was,
			const struct habits_sum *is)
{
	return (was->keep_isn != is->keep_isn ? RESTS_ISN : 0u) |
	       (was->keep_ts != is->keep_ts ? RESTS_TS : 0u) |
	       (was->change_ports != is->change_ports ? RESTS_PORTS : 0u) |
	       (was->custom != is->custom ? RESTS_CUSTOM : 0u);
}

void habits_watch(struct habits *h)
{
	htab_release(&h->fresh);
}

static bool is_fresh(const struct habits *h, uint64_t left, uint64_t right)
{
	return has(&h->fresh, both(left, right));
}

bool habits_fresh(const struct habits *h, const struct flow *l,
		  const struct flow *r)
{
	uint64_t end, addr;

	if (!h->fresh.n)
		return false;
	end = key_end(l, 1);
	addr = key_addr(l, 0);
	for (int e = 0; e < 2; e++)
		if (is_fresh(h, end, key_end(r, e)) ||
		    is_fresh(h, addr, key_addr(r, e)))
			return true;
	return false;
}

void habits_release(struct habits *h)
{
	htab_release(&h->once);
	htab_release(&h->habit);
	htab_release(&h->fresh);
	htab_release(&h->servers);
	VEC_FREE(&h->server);
	htab_release(&h->relays);
	VEC_FREE(&h->relay);
}
