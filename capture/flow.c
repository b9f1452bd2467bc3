/* The flow table.
 *
 * What: finds the part that a packet belongs to, or begins one; unwraps its
 * sequence numbers; keeps the facts that a part's signature is made of (side.c,
 * sample.c); and hands a part out when it ended.
 *
 * When another part of the same key begins (begins_anew()):
 *   TCP        a SYN that does not belong (syn_belongs());
 *              FLOW_IDLE_NS of silence and then a sequence or acknowledgement
 *              number more than SEQ_JUMP away;
 *              FLOW_FORGET_NS of silence, whatever the numbers (FLOW_IDLE_NS
 *              after FIN both ways or RST): correlate/ stitches parts whose
 *              numbers continue;
 *   others     FLOW_IDLE_NS of silence.
 * A part that begins while fewer than GHOSTS others ended since the last one
 * of its key counts on from that one's incarnation.
 *
 * Sequence numbers: a direction's place (side.ref) is the last accepted number
 * of its space, by its own packets or, as one direction may be missing from a
 * capture, by acknowledgements ahead of them.  RST and steps of over 2^30
 * never move it; a SYN and the first own packet always do.
 *
 * Forgetting: living parts stand in two lists in order of last use, one for
 * each time allowed, and the oldest go first, when the file's clock (tick())
 * has passed them by that time.  This clock follows time stamps only when two
 * packets in a row agree, so that a single wild stamp ends nothing.  Above
 * LIVE_MAX parts the oldest go anyhow.  All this depends on the file alone.
 *
 * Cost: one hash (XXH3) and one table probe a packet, then the part's own
 * memory.  With many flows each of these is a miss of all caches, one waiting
 * for the other; so flowtab_expect() takes a batch of packets one step at a
 * time, and their misses overlap.  A living part takes 592 bytes and, as a rule, 300 to 600 of pool
 * blocks (samples, turns, first bytes); LIVE_MAX bounds the sum.
 *
 * References: RFC 9293 3.4, 3.5, 3.10 (sequence numbers, SYN in odd states);
 * RFC 1982 (serial arithmetic).
 */
#include "capture/flow.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/htab.h"
#include "base/mem.h"
#include "base/seq.h"
#include "capture/live.h"

#define SECOND 1000000000LL
#define FLOW_IDLE_NS (120 * SECOND)
#define FLOW_FORGET_NS (600 * SECOND)
#define CLOCK_STEP_NS (10 * SECOND) /* more than this needs two witnesses */
#define SEQ_JUMP (1u << 24)
#define SEQ_FAR (1u << 30)
#define SYN_NEAR (1u << 16) /* data that may ride on a SYN or right after */
#define LIVE_MAX (256u * 1024)
#define GHOSTS (1024u * 1024)
#define NONE UINT32_MAX

#define SAMPLE_MIN_TCP 8
#define SAMPLE_MIN_DATAGRAM 4

/* Both directions' key: ends in order, so that either way finds it.  No
 * padding: hashed and compared as bytes. */
struct pair_key {
	struct net_addr addr[2];
	uint16_t port[2];
	uint32_t lane, tunnel, proto;
};
_Static_assert(sizeof(struct pair_key) == 48, "no padding");

enum list { LIST_SHORT, LIST_LONG, LISTS };

struct live {
	struct pair_key key;
	uint64_t hash;
	uint32_t newer, older; /* neighbours in its list */
	int64_t touched_ns;    /* time stamp of its last packet */
	int64_t first_ns, last_ns;
	uint64_t first_frame, last_frame;
	uint32_t number, incarnation;
	uint8_t list;
	uint8_t low_end; /* which end of the part key's end 0 is */
	int8_t turn_dir; /* who speaks; -1: nobody did */
	uint8_t first_turn_dir;
	uint8_t turns;
	bool turns_over;      /* a turn after the last kept one */
	bool turn_wide;       /* turn_bytes is a block for all */
	uint32_t *turn_bytes; /* pool block */
	struct side side[2];
};

struct lru {
	uint32_t oldest, newest;
};

#define PAGE (MEM_HUGE / sizeof(struct live))

/* Keys whose part ended, so that the next one counts on. */
struct ghosts {
	struct ghost {
		uint64_t hash;
		uint32_t incarnation; /* of the next part */
	} * ring;
	uint32_t n, at;
	struct htab table;
};

/* What flowtab_expect() worked out for a packet to come. */
struct ahead {
	struct pair_key key;
	uint64_t hash;
	uint32_t live; /* a guess, as earlier packets may end it; or NONE */
	bool from_low;
};

struct flowtab {
	struct htab table;
	struct live **page; /* PAGE parts each */
	size_t n_pages, cap_pages;
	uint32_t used, n_live;
	uint32_t free; /* chained by `newer` */
	struct lru list[LISTS];
	struct ghosts ghosts;
	struct pool pool;
	uint32_t parts;
	int64_t now_ns, last_ns;
	bool ticking;
	struct ahead ahead[FLOW_AHEAD];
	size_t ahead_n, ahead_at; /* those before ahead_at were added */
	struct part out;          /* what @done sees */
	void (*done)(void *ctx, const struct part *p, uint32_t lane);
	void *ctx;
};

static struct live *live_at(const struct flowtab *t, uint32_t i)
{
	return &t->page[i / PAGE][i % PAGE];
}

/* ---- lists by last use ---- */

static void list_remove(struct flowtab *t, uint32_t i)
{
	struct live *f = live_at(t, i);
	struct lru *l = &t->list[f->list];

	if (f->older == NONE)
		l->oldest = f->newer;
	else
		live_at(t, f->older)->newer = f->newer;
	if (f->newer == NONE)
		l->newest = f->older;
	else
		live_at(t, f->newer)->older = f->older;
}

/* @ns: when it was used, by its own packet's time stamp. */
static void list_append(struct flowtab *t, uint32_t i, enum list list,
			int64_t ns)
{
	struct live *f = live_at(t, i);
	struct lru *l = &t->list[list];

	f->list = (uint8_t)list;
	f->touched_ns = ns;
	f->newer = NONE;
	f->older = l->newest;
	if (l->newest == NONE)
		l->oldest = i;
	else
		live_at(t, l->newest)->newer = i;
	l->newest = i;
}

static bool is_closed(const struct live *f)
{
	return (f->side[0].fin && f->side[1].fin) || f->side[0].rst ||
	       f->side[1].rst;
}

static void list_touch(struct flowtab *t, uint32_t i)
{
	const struct live *f = live_at(t, i);
	enum list list = f->key.proto == IPPROTO_TCP && !is_closed(f)
				 ? LIST_LONG
				 : LIST_SHORT;

	if (f->newer == NONE && f->list == list) {
		live_at(t, i)->touched_ns = t->last_ns;
		return;
	}
	list_remove(t, i);
	list_append(t, i, list, t->last_ns);
}

static int64_t list_idle(enum list list)
{
	return list == LIST_SHORT ? FLOW_IDLE_NS : FLOW_FORGET_NS;
}

/* ---- incarnations of keys that are gone ---- */

static uint32_t ghost_take(struct ghosts *g, uint64_t hash)
{
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&g->table, hash, &pos);

	return i == HTAB_NONE ? 0 : g->ring[i].incarnation;
}

static void ghost_put(struct ghosts *g, uint64_t hash, uint32_t incarnation)
{
	size_t pos = SIZE_MAX, cap = g->n;
	uint32_t i = htab_find(&g->table, hash, &pos);

	if (i != HTAB_NONE) {
		g->ring[i].incarnation = incarnation;
		return;
	}
	if (g->at == g->n && g->n < GHOSTS) {
		g->ring = mem_grow(g->ring, &cap, cap + 1, sizeof *g->ring);
		g->n = (uint32_t)(cap < GHOSTS ? cap : GHOSTS);
	} else if (g->at == g->n) {
		g->at = 0;
	}
	if (g->table.n == GHOSTS)
		htab_remove(&g->table, g->ring[g->at].hash, g->at);
	g->ring[g->at] = (struct ghost){ hash, incarnation };
	htab_put(&g->table, hash, g->at++);
}

/* ---- beginning and ending ---- */

static uint32_t live_new(struct flowtab *t)
{
	uint32_t i = t->free;

	if (i != NONE) {
		t->free = live_at(t, i)->newer;
	} else {
		i = t->used++;
		if (i / PAGE == t->n_pages) {
			t->page = mem_grow(t->page, &t->cap_pages,
					   t->n_pages + 1, sizeof *t->page);
			t->page[t->n_pages++] = mem_alloc_huge();
		}
	}
	t->n_live++;
	memset(live_at(t, i), 0, sizeof(struct live));
	return i;
}

static void hand_out(struct flowtab *t, struct live *f)
{
	struct part *p = &t->out;

	memset(p, 0, sizeof *p);
	p->number = f->number;
	p->proto = (uint8_t)f->key.proto;
	p->tunnel = f->key.tunnel;
	p->incarnation = f->incarnation;
	for (unsigned k = 0; k < 2; k++) {
		struct net_end *e = &p->ends[k ? !f->low_end : f->low_end];

		e->addr = f->key.addr[k];
		e->port = f->key.port[k];
	}
	p->first_ns = f->first_ns;
	p->last_ns = f->last_ns;
	p->first_frame = f->first_frame;
	p->last_frame = f->last_frame;
	p->first_turn_dir = f->first_turn_dir;
	p->turns = f->turns;
	if (f->turns)
		memcpy(p->turn_bytes, f->turn_bytes,
		       f->turns * sizeof *f->turn_bytes);
	for (int d = 0; d < 2; d++)
		side_out(&f->side[d], f->side[0].syn && f->side[1].syn,
			 &p->dir[d], &t->pool);
	t->done(t->ctx, p, f->key.lane);
}

static void part_end(struct flowtab *t, uint32_t i)
{
	struct live *f = live_at(t, i);

	hand_out(t, f);
	htab_remove(&t->table, f->hash, i);
	ghost_put(&t->ghosts, f->hash, f->incarnation + 1);
	list_remove(t, i);
	pool_give(&t->pool, f->turn_wide, f->turn_bytes);
	for (int d = 0; d < 2; d++)
		side_release(&f->side[d], &t->pool);
	f->newer = t->free;
	t->free = i;
	t->n_live--;
}

/* The answer of an exchange is captured first: its receiver began. */
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
	f->hash = hash;
	f->number = ++t->parts;
	f->incarnation = ghost_take(&t->ghosts, hash);
	f->first_ns = f->last_ns = p->rec.time_ns;
	f->first_frame = p->rec.frame;
	f->turn_dir = -1;
	f->low_end = from_low == is_answer(p);
	htab_put(&t->table, hash, i);
	list_append(t, i, key->proto == IPPROTO_TCP ? LIST_LONG : LIST_SHORT,
		    t->last_ns);
	return i;
}

/* ---- the file's clock ---- */

static int64_t apart(int64_t a, int64_t b)
{
	uint64_t d = a > b ? (uint64_t)a - (uint64_t)b
			   : (uint64_t)b - (uint64_t)a;

	return d > INT64_MAX ? INT64_MAX : (int64_t)d;
}

static void tick(struct flowtab *t, int64_t ns)
{
	if (!t->ticking) {
		t->now_ns = t->last_ns = ns;
		t->ticking = true;
	}
	if (apart(ns, t->now_ns) <= CLOCK_STEP_NS) {
		if (ns > t->now_ns)
			t->now_ns = ns;
	} else if (apart(ns, t->last_ns) <= CLOCK_STEP_NS) {
		t->now_ns = ns;
	}
	t->last_ns = ns;
}

/* Ends what is idle.  Stamps in the future (wild ones, or all after a step
 * back of the clock) are set anew, one a packet, which heals the list. */
static void forget_idle(struct flowtab *t, enum list list)
{
	uint32_t i;

	while ((i = t->list[list].oldest) != NONE) {
		struct live *f = live_at(t, i);

		if (f->touched_ns > t->now_ns) {
			if (apart(f->touched_ns, t->now_ns) > CLOCK_STEP_NS) {
				list_remove(t, i);
				list_append(t, i, list, t->now_ns);
			}
			return;
		}
		if (apart(t->now_ns, f->touched_ns) <= list_idle(list))
			return;
		part_end(t, i);
	}
}

static void forget_oldest(struct flowtab *t)
{
	uint32_t a = t->list[LIST_SHORT].oldest;
	uint32_t b = t->list[LIST_LONG].oldest;

	if (b == NONE || (a != NONE && live_at(t, a)->touched_ns <=
					       live_at(t, b)->touched_ns))
		part_end(t, a);
	else
		part_end(t, b);
}

/* ---- incarnations ---- */

static bool within(uint32_t a, uint32_t b, uint32_t distance)
{
	return a - b <= distance || b - a <= distance;
}

/* A SYN,ACK belongs to what it acknowledges. */
static bool syn_ack_belongs(const struct side *s, const struct side *far,
			    const struct record *r)
{
	uint32_t ack = (uint32_t)r->ack64;

	if (s->data_packets || s->fin)
		return false;
	if (far->syn) /* even after a refusal: the SYN was repeated */
		return ack - far->isn - 1 <= SYN_NEAR;
	if (s->rst)
		return false;
	return !far->accepted || within(ack, (uint32_t)far->ref, SYN_NEAR);
}

/* Whether a SYN is of this part: a repeated one, one captured after what
 * followed it, the answer to the other side's, or both sides' at once. */
static bool syn_belongs(const struct live *f, const struct side *s,
			const struct side *far, const struct record *r)
{
	uint32_t isn = (uint32_t)r->seq64;

	if (s->syn && s->isn == isn)
		return true;
	if (!s->syn && s->accepted && (uint32_t)s->seq_first - isn == 1)
		return true;
	if (r->tcp_flags & REC_ACK)
		return syn_ack_belongs(s, far, r);
	if (s->packets || is_closed(f) || far->data_packets)
		return false;
	return !s->placed || (uint32_t)s->ref - isn <= SYN_NEAR;
}

static bool jumped(const struct side *s, const struct side *far,
		   const struct record *r)
{
	if (r->tcp_flags & REC_RST)
		return false;
	if (s->placed &&
	    !within((uint32_t)r->seq64, (uint32_t)s->ref, SEQ_JUMP))
		return true;
	return r->tcp_flags & REC_ACK && far->placed &&
	       !within((uint32_t)r->ack64, (uint32_t)far->ref, SEQ_JUMP);
}

/* A TCP segment's continuation fragment has no header to go by. */
static bool has_sequence(const struct packet *p)
{
	return p->key.proto == IPPROTO_TCP &&
	       !(p->rec.marks & REC_FRAG && p->rec.frag_off);
}

static bool begins_anew(const struct live *f, unsigned dir,
			const struct packet *p)
{
	const struct record *r = &p->rec;
	const struct side *s = &f->side[dir], *far = &f->side[!dir];
	int64_t silence = r->time_ns > f->last_ns
				  ? apart(r->time_ns, f->last_ns)
				  : 0;

	if (silence > list_idle((enum list)f->list))
		return true;
	if (!has_sequence(p))
		return false;
	if (r->tcp_flags & REC_SYN)
		return !syn_belongs(f, s, far, r);
	return silence > FLOW_IDLE_NS && jumped(s, far, r);
}

/* ---- sequence numbers ---- */

static uint64_t unwrapped(const struct side *s, uint32_t raw)
{
	return s->placed ? seq_unwrap(s->ref, raw) : seq_first(raw);
}

/* Moves the direction's place to the packet's own, unwrapped number. */
static void place_seq(struct side *s, const struct record *r)
{
	bool first = !s->accepted || r->tcp_flags & REC_SYN;
	uint64_t end;

	if (r->tcp_flags & REC_RST)
		return;
	if (!first && !within((uint32_t)r->seq64, (uint32_t)s->ref, SEQ_FAR))
		return;
	s->ref = r->seq64;
	s->placed = true;
	end = r->seq64 + rec_seq_len(r);
	if (!s->accepted || r->seq64 < s->seq_first)
		s->seq_first = r->seq64;
	if (!s->accepted || end > s->seq_next)
		s->seq_next = end;
	s->accepted = true;
}

/* Unwraps the acknowledgement in the other direction's space; where that
 * direction is not captured, acknowledgements carry its place on. */
static void place_ack(struct side *far, struct record *r)
{
	if (!(r->tcp_flags & REC_ACK)) {
		r->ack64 = 0;
		return;
	}
	r->ack64 = unwrapped(far, (uint32_t)r->ack64);
	if (r->tcp_flags & REC_RST)
		return;
	if (!far->placed ||
	    (r->ack64 > far->ref && r->ack64 - far->ref <= SEQ_FAR)) {
		far->ref = r->ack64;
		far->placed = true;
	}
}

/* ---- turns and samples ---- */

#define TURNS_SMALL 12 /* in a block of 48 bytes */
_Static_assert(PART_TURNS * sizeof(uint32_t) <= 96, "fits the wide block");

static uint32_t *turn_push(struct flowtab *t, struct live *f)
{
	uint32_t *wide;

	if (!f->turn_bytes) {
		f->turn_bytes = pool_take(&t->pool, 0);
	} else if (f->turns == TURNS_SMALL && !f->turn_wide) {
		wide = pool_take(&t->pool, 1);
		memcpy(wide, f->turn_bytes, TURNS_SMALL * sizeof *wide);
		pool_give(&t->pool, 0, f->turn_bytes);
		f->turn_bytes = wide;
		f->turn_wide = true;
	}
	f->turn_bytes[f->turns] = 0;
	return &f->turn_bytes[f->turns++];
}

/* Adds @new_bytes to the turn.  Return: whether they begin one. */
static bool turn_add(struct flowtab *t, struct live *f, unsigned dir,
		     uint64_t new_bytes)
{
	bool begins = f->turn_dir != (int8_t)dir;
	uint32_t *sum;

	if (begins) {
		if (f->turn_dir >= 0)
			side_head_close(&f->side[!dir], &t->pool);
		else
			f->first_turn_dir = (uint8_t)dir;
		f->turn_dir = (int8_t)dir;
		if (f->turns == PART_TURNS)
			f->turns_over = true;
		else
			turn_push(t, f);
	}
	if (f->turns_over)
		return begins;
	sum = &f->turn_bytes[f->turns - 1];
	*sum = new_bytes > UINT32_MAX - *sum ? UINT32_MAX
					     : *sum + (uint32_t)new_bytes;
	return begins;
}

/* How far TCP payload moves the stream's end.  A hole that a capture left
 * counts as what was in it, so that totals agree between points. */
static uint64_t advance(const struct side *s, const struct record *r)
{
	uint64_t end = r->seq64 + rec_seq_len(r);

	if (!r->pay_len || r->tcp_flags & REC_RST)
		return 0;
	if (!s->accepted)
		return r->pay_len;
	if (end - s->seq_next > SEQ_FAR) /* behind, or nowhere near */
		return 0;
	end -= r->tcp_flags & REC_FIN ? 1 : 0;
	return end > s->seq_next ? end - s->seq_next : 0;
}

static void sample(struct flowtab *t, struct side *s, const struct packet *p,
		   bool turn)
{
	const struct record *r = &p->rec;
	uint32_t min = p->key.proto == IPPROTO_TCP ? SAMPLE_MIN_TCP
						   : SAMPLE_MIN_DATAGRAM;

	if (!(r->marks & REC_HEAD) || r->pay_len < min)
		return;
	bottom_add(&s->any, r, &t->pool);
	if (turn)
		bottom_add(&s->turn, r, &t->pool);
}

static void add_stream(struct flowtab *t, struct live *f, unsigned dir,
		       struct packet *p)
{
	struct side *s = &f->side[dir], *far = &f->side[!dir];
	struct record *r = &p->rec;
	bool known = s->accepted || r->tcp_flags & REC_SYN, turn = false;
	uint64_t next, data, new_bytes;

	r->seq64 = unwrapped(s, (uint32_t)r->seq64);
	/* before the place moves: what is new? */
	next = s->seq_next;
	new_bytes = advance(s, r);
	place_seq(s, r);
	place_ack(far, r);
	side_add(s, far, p);
	if (!r->pay_len)
		return;
	data = r->seq64 + (r->tcp_flags & REC_SYN ? 1 : 0);
	if (new_bytes)
		turn = turn_add(t, f, dir, new_bytes) && known &&
		       (data == next || r->tcp_flags & REC_SYN);
	if (s->syn && (uint32_t)data - s->isn - 1 < SEQ_FAR)
		side_head(s, p, (uint32_t)data - s->isn - 1, &t->pool);
	sample(t, s, p, turn);
}

static void add_datagram(struct flowtab *t, struct live *f, unsigned dir,
			 struct packet *p)
{
	struct side *s = &f->side[dir];
	struct record *r = &p->rec;
	bool turn = false;

	r->seq64 = s->packets + 1;
	r->ack64 = 0;
	if (!s->packets)
		s->seq_first = 1;
	s->seq_next = r->seq64 + 1;
	if (!s->packets && !(r->marks & REC_FRAG)) {
		side_head(s, p, 0, &t->pool);
		side_head_close(s, &t->pool);
	}
	side_add(s, &f->side[!dir], p);
	if (!r->pay_len)
		return;
	turn = turn_add(t, f, dir, r->pay_len);
	sample(t, s, p, turn);
}

/* A fragment without a TCP header: it has no number of its own and stands
 * where its direction is. */
static void add_fragment(struct live *f, unsigned dir, struct packet *p)
{
	struct side *s = &f->side[dir];

	p->rec.seq64 = s->ref;
	p->rec.ack64 = 0;
	side_add(s, &f->side[!dir], p);
}

/* ---- the table ---- */

/* Return: whether the packet goes from the key's end 0. */
static bool key_of(const struct flow_key *k, struct pair_key *out)
{
	int c = memcmp(&k->src, &k->dst, sizeof k->src);
	bool from_low;

	if (!c)
		c = (int)k->sport - (int)k->dport;
	/* an end talking to itself: only the protocol tells directions */
	from_low = c < 0 || (!c && !k->reply);
	out->addr[0] = c <= 0 ? k->src : k->dst;
	out->addr[1] = c <= 0 ? k->dst : k->src;
	out->port[0] = c <= 0 ? k->sport : k->dport;
	out->port[1] = c <= 0 ? k->dport : k->sport;
	out->lane = k->lane;
	out->tunnel = k->tunnel;
	out->proto = k->proto;
	return from_low;
}

static uint32_t find(const struct flowtab *t, const struct pair_key *key,
		     uint64_t hash)
{
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&t->table, hash, &pos)) != HTAB_NONE)
		if (!memcmp(&live_at(t, i)->key, key, sizeof *key))
			return i;
	return NONE;
}

static unsigned dir_of(const struct live *f, bool from_low)
{
	return from_low ? f->low_end : !f->low_end;
}

static void part_add(struct flowtab *t, uint32_t i, unsigned dir,
		     struct packet *p)
{
	struct live *f = live_at(t, i);
	struct record *r = &p->rec;

	r->part = f->number;
	r->dir = (uint8_t)dir;
	if (r->time_ns < f->first_ns)
		f->first_ns = r->time_ns;
	if (r->time_ns > f->last_ns)
		f->last_ns = r->time_ns;
	f->last_frame = r->frame;
	if (p->key.proto != IPPROTO_TCP)
		add_datagram(t, f, dir, p);
	else if (has_sequence(p))
		add_stream(t, f, dir, p);
	else
		add_fragment(f, dir, p);
}

static void ahead_of(const struct packet *p, struct ahead *a)
{
	a->from_low = key_of(&p->key, &a->key);
	a->hash = XXH3_64bits(&a->key, sizeof a->key);
}

void flowtab_add(struct flowtab *t, struct packet *p)
{
	struct ahead own;
	const struct ahead *a = &own;
	uint32_t i;

	if (t->ahead_at < t->ahead_n)
		a = &t->ahead[t->ahead_at++];
	else
		ahead_of(p, &own);
	tick(t, p->rec.time_ns);
	forget_idle(t, LIST_SHORT);
	forget_idle(t, LIST_LONG);
	i = find(t, &a->key, a->hash);
	if (i != NONE &&
	    begins_anew(live_at(t, i), dir_of(live_at(t, i), a->from_low), p)) {
		part_end(t, i);
		i = NONE;
	}
	if (i == NONE) {
		if (t->n_live >= LIVE_MAX)
			forget_oldest(t);
		i = part_begin(t, &a->key, a->hash, p, a->from_low);
	}
	part_add(t, i, dir_of(live_at(t, i), a->from_low), p);
	list_touch(t, i);
}

/* ---- fetching ahead ---- */

#define LINE 64 /* bytes of cache */

static void fetch(const void *p, size_t size)
{
	const char *at = p, *end = at + size;

	for (at -= (uintptr_t)at % LINE; at < end; at += LINE)
		__builtin_prefetch(at);
}

static void fetch_bottom(const struct bottom *b, const struct record *r)
{
	if (b->n && bottom_wants(b, r))
		fetch(b->at, b->n * sizeof *b->at);
}

/* What the part points at: samples, and neighbours in its list. */
static void fetch_around(const struct flowtab *t, const struct ahead *a,
			 const struct record *r)
{
	const struct live *f = live_at(t, a->live);
	const struct side *s = &f->side[dir_of(f, a->from_low)];

	if (r->pay_len) {
		fetch_bottom(&s->any, r);
		fetch_bottom(&s->turn, r);
	}
	if (f->turn_bytes)
		__builtin_prefetch(&f->turn_bytes[f->turns]);
	if (f->newer == NONE) /* it will stay where it is */
		return;
	__builtin_prefetch(&live_at(t, f->newer)->older);
	if (f->older != NONE)
		__builtin_prefetch(&live_at(t, f->older)->newer);
}

void flowtab_expect(struct flowtab *t, const struct packet *p, size_t n)
{
	t->ahead_n = n;
	t->ahead_at = 0;
	for (size_t k = 0; k < n; k++) {
		ahead_of(&p[k], &t->ahead[k]);
		if (t->table.slot)
			__builtin_prefetch(&t->table.slot[t->ahead[k].hash &
							  t->table.mask]);
	}
	for (size_t k = 0; k < n; k++) {
		size_t pos = SIZE_MAX;
		uint32_t i = htab_find(&t->table, t->ahead[k].hash, &pos);

		t->ahead[k].live = i == HTAB_NONE ? NONE : i;
		if (i != HTAB_NONE)
			fetch(live_at(t, i), sizeof(struct live));
	}
	for (size_t k = 0; k < n; k++)
		if (t->ahead[k].live != NONE)
			fetch_around(t, &t->ahead[k], &p[k].rec);
}

uint32_t flowtab_quoted(struct flowtab *t, const struct icmp_quote *q,
			uint8_t *dir, uint64_t *seq64)
{
	struct pair_key key;
	bool from_low = key_of(&q->key, &key);
	uint32_t i = find(t, &key, XXH3_64bits(&key, sizeof key));
	const struct live *f;

	*dir = 0;
	*seq64 = q->seq;
	if (i == NONE)
		return 0;
	f = live_at(t, i);
	*dir = (uint8_t)dir_of(f, from_low);
	if (key.proto != IPPROTO_TCP)
		*seq64 = 0;
	else
		*seq64 = unwrapped(&f->side[*dir], q->seq);
	return f->number;
}

struct flowtab *flowtab_new(void (*done)(void *ctx, const struct part *p,
					 uint32_t lane),
			    void *ctx)
{
	struct flowtab *t = mem_zalloc(1, sizeof *t);

	t->done = done;
	t->ctx = ctx;
	t->free = NONE;
	for (int l = 0; l < LISTS; l++)
		t->list[l] = (struct lru){ NONE, NONE };
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

/* In order of number: rows that go in by rising ids stay dense. */
void flowtab_finish(struct flowtab *t)
{
	struct ending *all = mem_zalloc(t->n_live, sizeof *all);
	size_t n = 0;

	for (int l = 0; l < LISTS; l++)
		for (uint32_t i = t->list[l].oldest; i != NONE;
		     i = live_at(t, i)->newer)
			all[n++] = (struct ending){ live_at(t, i)->number, i };
	qsort(all, n, sizeof *all, by_number);
	for (size_t i = 0; i < n; i++)
		part_end(t, all[i].live);
	free(all);
}

void flowtab_free(struct flowtab *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_pages; i++)
		free(t->page[i]);
	free(t->page);
	free(t->ghosts.ring);
	htab_release(&t->ghosts.table);
	htab_release(&t->table);
	pool_release(&t->pool);
	free(t);
}
