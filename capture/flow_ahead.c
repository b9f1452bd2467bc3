/* Prefetching for the packets to come: their keys and their living parts.
 *
 * What: a lookup and the part behind it miss all caches where there are many
 * flows, and the second miss waits for the first.  So a batch of packets is
 * taken one step at a time, and their misses overlap: keys and hashes; places
 * in the table; the parts; the directions; the samples.
 *
 * Packets come in bursts: one with the key of the packet before shares its hash
 * and part.
 *
 * Invariant: what is found is a guess, since packets in between may end the
 * part or begin one; flow.c checks.
 */
#include "capture/flow_int.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/fetch.h"

uint64_t flow_hash(const struct pair_key *key)
{
	return XXH3_64bits(key, sizeof *key);
}

static uint64_t be64_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return be64toh(v);
}

/* Orders as memcmp() does. */
static int addr_order(const struct net_addr *a, const struct net_addr *b)
{
	uint64_t x = be64_at(a->b), y = be64_at(b->b);

	if (x == y) {
		x = be64_at(a->b + 8);
		y = be64_at(b->b + 8);
	}
	return (x > y) - (x < y);
}

/* Two fields of @bits each, joined to the word that they form in memory. */
static uint64_t joined(uint64_t first, uint64_t second, unsigned bits)
{
#if __BYTE_ORDER == __LITTLE_ENDIAN
	return first | second << bits;
#else
	return first << bits | second;
#endif
}

_Static_assert(offsetof(struct flow_key, dst) ==
		       offsetof(struct flow_key, src) + sizeof(struct net_addr),
	       "either may be taken by its place");

/* Orders the ends without a branch, as a packet's direction cannot be
 * predicted. */
bool flow_pair_key(const struct flow_key *k, struct pair_key *out)
{
	const char *src = (const char *)k + offsetof(struct flow_key, src);
	const char *dst = (const char *)k + offsetof(struct flow_key, dst);
	int c = addr_order(&k->src, &k->dst);
	uint64_t ports = joined(k->sport, k->dport, 16);
	size_t from;

	if (!c)
		c = (int)k->sport - (int)k->dport;
	from = c > 0 ? sizeof(struct net_addr) : 0;
	memcpy(&out->addr[0], src + from, sizeof out->addr[0]);
	memcpy(&out->addr[1], dst - from, sizeof out->addr[1]);
	ports |= ports << 32; /* turned */
	ports = (uint32_t)(ports >> from);
	out->word[0] = joined(ports, k->lane, 32);
	out->word[1] = joined(k->tunnel, k->proto, 32);
	if (c)
		return c < 0;
	/* both ends the same: only the protocol tells the direction */
	return !k->reply;
}
_Static_assert(sizeof(struct net_addr) == 16, "bytes to turn by, and bits");

/* ---- one step after the other ---- */

/* Fetches what any packet needs of its part. */
static void fetch_part(const struct live *f)
{
	fetch_line(f);
	fetch_line((const char *)f + FETCH_LINE);
	fetch_line(&f->side[0]);
	fetch_line(&f->side[1]);
}

/* Fetches what it needs of its direction, and of its neighbours in the list. */
static void fetch_side(const struct flowtab *t, const struct ahead *a,
		       const struct record *r)
{
	const struct live *f = a->part;
	unsigned dir = flow_dir(f, a->from_low);
	const char *s = (const char *)&f->side[dir];

	fetch_line(s + FETCH_LINE);
	if (r->pay_len) {
		fetch_line(s + 2 * FETCH_LINE);
		if (f->turn_bytes && flow_turns(f, dir))
			fetch_line(&f->turn_bytes[f->turns - 1]);
	}
	if (f->newer == FLOW_NONE || list_stays(f, r->time_ns) ||
	    !list_moves(f, (enum list)f->list, r->time_ns))
		return;
	fetch_line(&live_at(t, f->newer)->older);
	if (f->older != FLOW_NONE)
		fetch_line(&live_at(t, f->older)->newer);
}

/* @turn: the packet may begin one, which is sampled then, too. */
static void fetch_bottom(const struct bottom *b, unsigned max, uint32_t mixed,
			 bool turn)
{
	if (b->n && (turn || bottom_wants(b, max, mixed)))
		fetch_more(b->at, b->n * sizeof *b->at);
}

/* The same of its samples and its talk. */
static void fetch_samples(const struct ahead *a, const struct record *r)
{
	const struct live *f = a->part;
	unsigned dir = flow_dir(f, a->from_low);
	const struct side *s = &f->side[dir];
	bool few = f->side[0].syn && f->side[1].syn;
	uint32_t mixed = sample_mixed(r->head_digest);
	bool turn = flow_turns(f, dir);

	fetch_bottom(&s->any, side_any_max(few), mixed, turn);
	if (turn)
		fetch_bottom(&s->turn, side_turn_max(few), mixed, turn);
	if (f->talk)
		talk_fetch(f->talk, dir);
}

/* Step 1: the key. */
static void expect_key(struct flowtab *t, const struct packet *p,
		       const struct ahead *before, struct ahead *a)
{
	a->from_low = flow_pair_key(&p->key, &a->key);
	a->again = before && pair_key_is(&a->key, &before->key);
	if (a->again) {
		a->hash = before->hash;
		return;
	}
	a->hash = flow_hash(&a->key);
	htab_fetch(&t->table, a->hash);
}

/* Step 2: the part. */
static void expect_part(struct flowtab *t, const struct ahead *before,
			struct ahead *a)
{
	if (a->again) {
		a->live = before->live;
		a->part = before->part;
		return;
	}
	a->live = htab_first(&t->table, a->hash);
	a->part = NULL;
	if (a->live == FLOW_NONE) { /* it will begin */
		htab_fetch(&t->ghosts.table, a->hash);
		return;
	}
	a->part = live_at(t, a->live);
	fetch_part(a->part);
}

/* Whether the packet before already fetched what this one needs. */
static inline bool is_alike(const struct ahead *a, const struct packet *p,
			    size_t k)
{
	return a[k].again && a[k].from_low == a[k - 1].from_low &&
	       (!p[k].rec.pay_len || p[k - 1].rec.pay_len);
}

void flow_expect(struct flowtab *t, const struct packet *p, size_t n)
{
	struct ahead *a = t->ahead;

	for (size_t k = 0; k < n; k++)
		expect_key(t, &p[k], k ? &a[k - 1] : NULL, &a[k]);
	for (size_t k = 0; k < n; k++)
		expect_part(t, k ? &a[k - 1] : NULL, &a[k]);
	for (size_t k = 0; k < n; k++)
		if (a[k].part && !is_alike(a, p, k))
			fetch_side(t, &a[k], &p[k].rec);
	for (size_t k = 0; k < n; k++)
		if (a[k].part && p[k].rec.pay_len && !is_alike(a, p, k))
			fetch_samples(&a[k], &p[k].rec);
}
