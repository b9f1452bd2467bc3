/* The flow table.
 *
 * What: finds the part that a packet belongs to, or begins one (flow_anew.c
 * says when); lets it count the packet (flow_add.h); and hands a part out when
 * it has ended, at the latest when it has been idle for long (flow_age.c).  A
 * part gets the incarnation number after that of the last part of its key,
 * provided that fewer than a million others have ended since.
 *
 * Beyond LIVE_MAX living parts the oldest are ended.  All this depends on the
 * file alone.
 *
 * Cost: one hash (XXH3) and one table probe a packet, less for a packet of the
 * same flow as the one before (flow_ahead.c), then the part's own memory.  What
 * a packet needs of its part is in five or six cache lines (flow_int.h).  A
 * living part takes 512 bytes and, as a rule, 200 to 500 of pool blocks
 * (samples, turns, first bytes); LIVE_MAX bounds the sum.  A part whose protocol
 * is known has a talk as well (capture/talk.h).
 */
#include "capture/flow.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "capture/flow_add.h"
#include "capture/flow_int.h"

#define LIVE_MAX (256u * 1024)

/* ---- beginning and ending ---- */

static uint32_t live_new(struct flowtab *t)
{
	uint32_t i = t->free;

	if (i != FLOW_NONE) {
		t->free = live_at(t, i)->newer;
	} else {
		i = t->used++;
		if (i / FLOW_PAGE == t->n_pages) {
			t->page = mem_grow(t->page, &t->cap_pages,
					   t->n_pages + 1, sizeof *t->page);
			t->page[t->n_pages++] = mem_alloc_huge();
		}
	}
	t->n_live++;
	memset(live_at(t, i), 0, sizeof(struct live));
	return i;
}

static void out_before(struct part_before *out, unsigned d,
		       const struct preface *x)
{
	if (!x)
		return;
	out->len[d] = x->len;
	out->opening |= x->opening;
	if (x->named && !out->named) {
		out->named = true;
		memcpy(out->ends, x->ends, sizeof x->ends);
	}
}

/* Unused samples and turns, most of the structure, are not cleared. */
static void part_clear(struct part *p)
{
	memset(p, 0, offsetof(struct part, dir));
	for (int d = 0; d < 2; d++) {
		memset(&p->dir[d], 0, offsetof(struct part_dir, any));
		p->dir[d].any.n = p->dir[d].turn.n = 0;
	}
	p->before = (struct part_before){ 0 };
}

/* Each packet counts in a direction; both at once cannot be empty. */
static int64_t first_ns(const struct live *f)
{
	const struct side *a = &f->side[0], *b = &f->side[1];

	if (!a->packets || (b->packets && b->first_ns < a->first_ns))
		return b->first_ns;
	return a->first_ns;
}

static void hand_out(struct flowtab *t, struct live *f)
{
	struct part *p = &t->out;

	part_clear(p);
	p->number = f->number;
	p->proto = (uint8_t)f->key.proto;
	p->tunnel = f->key.tunnel;
	p->incarnation = f->incarnation;
	for (unsigned k = 0; k < 2; k++) {
		struct net_end *e = &p->ends[k ? !f->low_end : f->low_end];

		e->addr = f->key.addr[k];
		e->port = f->key.port[k];
	}
	p->first_ns = first_ns(f);
	p->last_ns = f->last_ns;
	p->first_frame = f->first_frame;
	p->last_frame = f->last_frame;
	p->first_turn_dir = f->first_turn_dir;
	p->answers_first = f->answers_first;
	p->turns = f->turns;
	if (f->turn_bytes)
		memcpy(p->turn_bytes, f->turn_bytes,
		       flow_turns_past(f) * sizeof *f->turn_bytes);
	if (f->turns && !f->turns_over)
		p->turn_bytes[f->turns - 1] = f->turn_sum;
	for (int d = 0; d < 2; d++)
		side_out(&f->side[d], f->side[0].syn && f->side[1].syn,
			 &p->dir[d], &t->pool);
	for (unsigned d = 0; d < 2; d++)
		out_before(&p->before, d, f->side[d].preface);
	t->done(t->ctx, p, f->key.lane);
}

static void part_end(struct flowtab *t, uint32_t i)
{
	struct live *f = live_at(t, i);

	uint64_t hash = flow_hash(&f->key);

	hand_out(t, f);
	htab_remove(&t->table, hash, i);
	ghost_put(&t->ghosts, hash, f);
	list_remove(t, i);
	pool_give(&t->pool, turns_class(f), f->turn_bytes);
	f->number = 0;
	flow_hear_end(t, f);
	for (int d = 0; d < 2; d++)
		side_release(&f->side[d], &t->pool);
	f->newer = t->free;
	t->free = i;
	t->n_live--;
}

/* An answer that is captured first: its receiver began the exchange. */
static bool is_answer(const struct packet *p)
{
	const unsigned both = REC_SYN | REC_ACK;

	return p->key.reply || (p->key.proto == IPPROTO_TCP &&
				(p->rec.tcp_flags & both) == both);
}

static uint32_t part_begin(struct flowtab *t, const struct pair_key *key,
			   uint64_t hash, const struct packet *p, bool from_low)
{
	uint32_t i = live_new(t);
	struct live *f = live_at(t, i);

	f->key = *key;
	f->number = ++t->parts;
	f->incarnation = ghost_take(&t->ghosts, hash);
	f->last_ns = p->rec.time_ns;
	f->first_frame = p->rec.frame;
	f->low_end = from_low == is_answer(p);
	htab_put(&t->table, hash, i);
	list_append(t, i, key->proto == IPPROTO_TCP ? LIST_LONG : LIST_SHORT,
		    t->last_ns);
	return i;
}

/* ---- the table ---- */

static uint32_t find(const struct flowtab *t, const struct pair_key *key,
		     uint64_t hash)
{
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&t->table, hash, &pos)) != HTAB_NONE)
		if (pair_key_is(&live_at(t, i)->key, key))
			return i;
	return FLOW_NONE;
}

/* The same with the guess of flow_ahead.c; a key has at most one living
 * part. */
static uint32_t find_ahead(const struct flowtab *t, const struct ahead *a)
{
	const struct live *f = a->part;

	if (f && f->number && pair_key_is(&f->key, &a->key))
		return a->live;
	return find(t, &a->key, a->hash);
}

/* Return: the living part that the packet belongs to, or FLOW_NONE.  Ends a
 * part that a new incarnation follows. */
static uint32_t part_of(struct flowtab *t, const struct ahead *a,
			const struct packet *p)
{
	uint32_t i = find_ahead(t, a);
	const struct live *f;

	if (i == FLOW_NONE)
		return FLOW_NONE;
	f = live_at(t, i);
	if (flow_goes_on(t, f, &p->rec))
		return i;
	if (!flow_is_idle(t, f) &&
	    !flow_begins_anew(f, flow_dir(f, a->from_low), p))
		return i;
	part_end(t, i);
	return FLOW_NONE;
}

/* The part before @next has ended: what comes late of it is a part of its own, and
 * correlate/ stitches the two. */
static __attribute__((noinline)) void add_late(struct flowtab *t,
					       const struct ahead *a,
					       const struct live *next,
					       struct packet *p)
{
	uint32_t i = part_begin(t, &a->key, a->hash, p, a->from_low);
	struct live *f = live_at(t, i);

	f->incarnation--;
	f->low_end = next->low_end;
	(void)flow_add(t, f, flow_dir(f, a->from_low), p);
	part_end(t, i);
}

static ALWAYS_INLINE void add(struct flowtab *t, const struct ahead *a,
			      struct packet *p)
{
	struct live *f;
	unsigned dir;
	uint32_t i;
	bool plain;

	flow_tick(t, p->rec.time_ns);
	while (!flow_quiet(t) && (i = flow_aged(t)) != FLOW_NONE)
		part_end(t, i);
	i = part_of(t, a, p);
	if (i == FLOW_NONE) {
		if (t->n_live >= LIVE_MAX) {
			part_end(t, flow_oldest(t));
			flow_oldest_fetch(t);
		}
		i = part_begin(t, &a->key, a->hash, p, a->from_low);
	}
	f = live_at(t, i);
	if (p->rec.tcp_flags & REC_RST && flow_is_late(t, a, f, p)) {
		add_late(t, a, f, p);
		return;
	}
	dir = flow_dir(f, a->from_low);
	plain = flow_add(t, f, dir, p);
	if (flow_hears(t, f) && (p->rec.pay_len || p->rec.tcp_flags & REC_RST))
		flow_hear(t, f, dir, p);
	if (plain && list_stays(f, t->last_ns))
		f->touched_ns = t->last_ns;
	else
		list_touch(t, f, i);
}

void flowtab_add(struct flowtab *t, struct packet *p, size_t n)
{
	flow_expect(t, p, n);
	for (size_t i = 0; i < n; i++)
		add(t, &t->ahead[i], &p[i]);
}

/* ---- asking, beginning, ending ---- */

uint32_t flowtab_quoted(struct flowtab *t, const struct icmp_quote *q,
			uint8_t *dir, uint64_t *seq64)
{
	struct pair_key key;
	bool from_low = flow_pair_key(&q->key, &key);
	uint32_t i = find(t, &key, flow_hash(&key));
	const struct live *f;

	*dir = 0;
	*seq64 = q->seq;
	if (i == FLOW_NONE || flow_is_idle(t, live_at(t, i)))
		return 0;
	f = live_at(t, i);
	*dir = (uint8_t)flow_dir(f, from_low);
	if (key.proto != IPPROTO_TCP)
		*seq64 = 0;
	else
		*seq64 = unwrapped(&f->side[*dir], q->seq);
	return f->number;
}

void flowtab_listen(struct flowtab *t, struct talks *talks)
{
	t->talks = talks;
}

struct flowtab *flowtab_new(void (*done)(void *ctx, const struct part *p,
					 uint32_t lane),
			    void *ctx)
{
	struct flowtab *t = mem_zalloc(1, sizeof *t);

	t->done = done;
	t->ctx = ctx;
	t->free = FLOW_NONE;
	for (int l = 0; l < LISTS; l++)
		t->list[l] = (struct lru){ .oldest = FLOW_NONE,
					   .newest = FLOW_NONE };
	return t;
}

struct ending {
	uint32_t number, live;
};

static int by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct ending *)a)->number;
	uint32_t y = ((const struct ending *)b)->number;

	return x < y ? -1 : x > y;
}

#define END_AHEAD 8 /* parts */

void flow_fetch_end(const struct live *f)
{
	if (f->turn_bytes)
		fetch_line(f->turn_bytes);
	if (f->talk)
		talk_fetch_end(f->talk);
	for (int d = 0; d < 2; d++) {
		const struct side *s = &f->side[d];

		if (s->syn)
			fetch_line(s->syn_at);
		if (s->any.n)
			fetch_more(s->any.at, s->any.n * sizeof *s->any.at);
		if (s->turn.n)
			fetch_more(s->turn.at, s->turn.n * sizeof *s->turn.at);
	}
}

/* Fetches part @i, which will be handed out; and, a few parts later, what it
 * leads to. */
static void fetch_end(const struct flowtab *t, uint32_t i)
{
	fetch_more(live_at(t, i), sizeof(struct live));
}

/* Part @i has been handed out: a page of which none is @left to be serves
 * others. */
static void finish_page(struct flowtab *t, uint32_t i, uint32_t *left)
{
	size_t k = i / FLOW_PAGE;

	if (--left[k])
		return;
	mem_pass_huge(t->page[k]);
	t->page[k] = NULL;
}

/* In order of number: rows inserted by rising id stay dense.  Nothing follows,
 * so the table itself is left as it is, but for its pages: what is handed out
 * needs room, too, and this is when a file takes the most. */
void flowtab_finish(struct flowtab *t)
{
	struct ending *all = mem_zalloc(t->n_live, sizeof *all);
	uint32_t *left = mem_zalloc(t->n_pages, sizeof *left);
	bool sorted = true;
	size_t n = 0;

	for (uint32_t i = 0; i < t->used; i++) {
		uint32_t number = live_at(t, i)->number;

		if (!number)
			continue;
		sorted &= !n || all[n - 1].number < number;
		all[n++] = (struct ending){ number, i };
		left[i / FLOW_PAGE]++;
	}
	if (!sorted) /* freed places were reused */
		qsort(all, n, sizeof *all, by_number);
	for (size_t i = 0; i < n; i++) {
		if (i + END_AHEAD < n)
			fetch_end(t, all[i + END_AHEAD].live);
		if (i + END_AHEAD / 2 < n)
			flow_fetch_end(live_at(t, all[i + END_AHEAD / 2].live));
		hand_out(t, live_at(t, all[i].live));
		flow_hear_end(t, live_at(t, all[i].live));
		finish_page(t, all[i].live, left);
	}
	free(left);
	free(all);
}

void flowtab_free(struct flowtab *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; i < t->used; i++)
		if (t->page[i / FLOW_PAGE])
			flow_hear_end(t, live_at(t, i));
	for (size_t i = 0; i < t->n_pages; i++)
		free(t->page[i]);
	free(t->page);
	ghosts_release(&t->ghosts);
	htab_release(&t->table);
	pool_release(&t->pool);
	free(t);
}
