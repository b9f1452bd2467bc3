/* See the header.
 *
 * A table has an entry for each address that somebody asks for, by who asks, and one for
 * each address that somebody has: its last sign of life.  A question continues the
 * questions before it if there was none since, and REST_NS have not passed; else these
 * end.  So nothing needs to be done for an answer but to note its frame.
 *
 * A question within AGAIN_NS of the last one is the same one: a second sight of it, or
 * sent twice.
 *
 * Memory: NEIGHBOURS_MOST entries; then all of them are told, and forgotten.  A scan asks
 * for each address once or twice, which makes no message: only an answer, or
 * VAIN_LEAST questions without one do.  Nor does who asks once, so that a storm of
 * made-up addresses leaves room for others.
 */
#include "capture/neighbours.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/htab.h"
#include "base/mem.h"
#include "base/time.h"

#define NEIGHBOURS_MOST 8192
#define REST_NS 60000000000LL
#define AGAIN_NS 100000000LL
#define VAIN_LEAST 3 /* questions without an answer that make a message */

struct key { /* hashed as bytes: no padding */
	struct net_addr about;
	struct net_addr from; /* who asks; of claims: zero */
	uint32_t vlan, lane;
};

struct run {
	uint64_t n, first_frame, last_frame;
	int64_t first_ns, last_ns;
};

struct entry {
	struct key key;
	struct run run;      /* of questions that still wait, or of claims */
	struct run answered; /* questions */
	uint64_t told;       /* frame of the last answer to who asks */
	uint8_t mac[6];      /* has_mac: of who asks, or claims */
	bool has_mac, v6, announced;
	bool worth; /* more than one question shows that it has its address */
};

struct neighbours {
	struct htab table;
	struct entry *at; /* NEIGHBOURS_MOST; owned */
	uint32_t n;
	neighbours_out *out;
	void *ctx;
	uint64_t told, left;
};

struct neighbours *neighbours_new(neighbours_out *out, void *ctx)
{
	struct neighbours *n = mem_zalloc(1, sizeof *n);

	n->at = mem_zalloc(NEIGHBOURS_MOST, sizeof *n->at);
	n->out = out;
	n->ctx = ctx;
	return n;
}

void neighbours_free(struct neighbours *n)
{
	if (!n)
		return;
	htab_release(&n->table);
	free(n->at);
	free(n);
}

/* --- the table --- */

static struct entry *find(const struct neighbours *n, const struct key *k)
{
	uint64_t hash = XXH3_64bits(k, sizeof *k);
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&n->table, hash, &pos)) != HTAB_NONE)
		if (!memcmp(&n->at[i].key, k, sizeof *k))
			return &n->at[i];
	return NULL;
}

static struct entry *add(struct neighbours *n, const struct key *k)
{
	struct entry *e = &n->at[n->n];

	htab_put(&n->table, XXH3_64bits(k, sizeof *k), n->n++);
	*e = (struct entry){ .key = *k };
	return e;
}

static struct key key_of(const struct net_addr *about,
			 const struct neighbour *x, uint8_t lane)
{
	return (struct key){ .about = *about, .vlan = x->vlan, .lane = lane };
}

/* --- telling --- */

static void tell(struct neighbours *n, const struct entry *e,
		 const struct run *r, bool asks, int64_t status)
{
	struct message m = { .len = r->n,
			     .first_frame = r->first_frame,
			     .last_frame = r->last_frame,
			     .first_ns = r->first_ns,
			     .last_ns = r->last_ns,
			     .msg_id = e->key.vlan ? (int64_t)e->key.vlan : -1,
			     .status = status,
			     .proto = e->v6 ? MESSAGE_NDP : MESSAGE_ARP,
			     .kind = asks ? MESSAGE_REQUEST
					  : MESSAGE_RESPONSE };
	char about[NET_END_TEXT], from[NET_END_TEXT], name[MESSAGE_NAME];
	const uint8_t *b = e->mac;
	int at;

	if (n->told == NEIGHBOUR_MESSAGES) {
		n->left++;
		return;
	}
	n->told++;
	net_addr_text(&e->key.about, about);
	at = asks ? snprintf(name, sizeof name, "who-has %s %s", about,
			     net_addr_text(&e->key.from, from))
		  : snprintf(name, sizeof name, "is-at %s", about);
	if (e->has_mac)
		snprintf(name + at, sizeof name - (size_t)at,
			 " %02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2],
			 b[3], b[4], b[5]);
	m.name = name;
	n->out(n->ctx, &m, (uint8_t)e->key.lane);
}

static void run_add(struct run *r, uint64_t n, uint64_t frame, int64_t time_ns)
{
	if (!r->n) {
		r->first_frame = frame;
		r->first_ns = time_ns;
	}
	r->n += n;
	r->last_frame = frame;
	r->last_ns = time_ns;
}

/* How questions end.  A sign of life that is no answer may be a broadcast, or an answer
 * to another host, which shows nothing of whether the capture has answers to this one. */
enum ended { GIVEN_UP, SHOWN, ANSWERED };

static void end_questions(struct neighbours *n, struct entry *e, enum ended how)
{
	static const int64_t status[] = {
		[GIVEN_UP] = MESSAGE_NEIGHBOUR_VAIN,
		[SHOWN] = MESSAGE_NEIGHBOUR_SHOWN,
		[ANSWERED] = MESSAGE_NEIGHBOUR_LATE,
	};
	struct run *r = &e->run;

	if (r->n >= VAIN_LEAST + (how ? 1 : 0))
		tell(n, e, r, true, status[how]);
	else if (how == ANSWERED)
		run_add(&e->answered, r->n, r->last_frame, r->last_ns);
	r->n = 0;
}

static bool is_question(const struct entry *e)
{
	static const struct net_addr none;

	return net_addr_cmp(&e->key.from, &none) != 0;
}

/* Has the address shown itself since the last question? */
static enum ended is_answered(const struct neighbours *n, const struct entry *e)
{
	struct key k = e->key;
	const struct entry *has;

	k.from = (struct net_addr){ .b = { 0 } };
	has = find(n, &k);
	if (!has || !has->run.n || has->run.last_frame <= e->run.last_frame)
		return GIVEN_UP;
	return e->told > e->run.last_frame ? ANSWERED : SHOWN;
}

static void tell_all(struct neighbours *n)
{
	for (uint32_t i = 0; i < n->n; i++) {
		struct entry *e = &n->at[i];

		if (!is_question(e)) {
			if (e->has_mac && e->worth)
				tell(n, e, &e->run, false,
				     e->announced ? MESSAGE_NEIGHBOUR_UNASKED
						  : 0);
			continue;
		}
		if (e->run.n)
			end_questions(n, e, is_answered(n, e));
		if (e->answered.n)
			tell(n, e, &e->answered, true, 0);
	}
	htab_release(&n->table);
	n->table = (struct htab){ .slot = NULL };
	n->n = 0;
}

/* --- seeing --- */

static void claims(struct neighbours *n, const struct net_addr *about,
		   const struct neighbour *x, uint8_t lane, uint64_t frame,
		   int64_t time_ns)
{
	struct key k = key_of(about, x, lane);
	struct entry *e = find(n, &k);

	if (!e)
		e = add(n, &k);
	e->worth |= e->run.n || x->kind != NEIGHBOUR_ASKS;
	if (x->has_mac && e->has_mac && memcmp(e->mac, x->mac, 6) != 0) {
		tell(n, e, &e->run, false,
		     e->announced ? MESSAGE_NEIGHBOUR_UNASKED : 0);
		e->run.n = 0;
		e->announced = false;
	}
	if (x->has_mac) {
		memcpy(e->mac, x->mac, sizeof e->mac);
		e->has_mac = true;
	}
	e->v6 = x->v6;
	e->announced |= x->kind == NEIGHBOUR_ANNOUNCES;
	run_add(&e->run, 1, frame, time_ns);
}

static void answers(const struct neighbours *n, const struct neighbour *x,
		    uint8_t lane, uint64_t frame)
{
	struct key k = key_of(&x->about, x, lane);
	struct entry *e;

	k.from = x->to;
	e = find(n, &k);
	if (e && is_question(e))
		e->told = frame;
}

static void asks(struct neighbours *n, const struct neighbour *x, uint8_t lane,
		 uint64_t frame, int64_t time_ns)
{
	struct key k = key_of(&x->about, x, lane);
	enum ended how;
	struct entry *e;
	struct run *r;

	k.from = x->from;
	e = find(n, &k);
	if (!e)
		e = add(n, &k);
	r = &e->run;
	how = r->n ? is_answered(n, e) : GIVEN_UP;
	if (how || (r->n && time_sub(time_ns, r->last_ns) > REST_NS))
		end_questions(n, e, how);
	e->v6 = x->v6;
	e->has_mac |= x->has_mac;
	if (x->has_mac)
		memcpy(e->mac, x->mac, sizeof e->mac);
	if (!r->n || time_sub(time_ns, r->last_ns) >= AGAIN_NS)
		run_add(r, 1, frame, time_ns);
}

void neighbours_see(struct neighbours *n, const struct neighbour *x,
		    uint8_t lane, uint64_t frame, int64_t time_ns)
{
	if (n->n + 2 > NEIGHBOURS_MOST)
		tell_all(n);
	/* who asks shows itself, too: first, so that it is no answer to that */
	claims(n, &x->from, x, lane, frame, time_ns);
	if (x->kind == NEIGHBOUR_TELLS)
		answers(n, x, lane, frame);
	if (x->kind == NEIGHBOUR_ASKS)
		asks(n, x, lane, frame, time_ns);
}

uint64_t neighbours_finish(struct neighbours *n)
{
	tell_all(n);
	return n->left;
}
