/* The flow table's parts: what flow.c, flow_ahead.c, flow_age.c, flow_anew.c and
 * flow_add.h share.
 *
 * A living part is eight cache lines, ordered by how often they are needed: two
 * by every packet, then three for each direction; of the opposite direction a
 * packet needs only the first (capture/live.h).
 */
#pragma once

#include <netinet/in.h>
#include <string.h>

#include "base/htab.h"
#include "base/mem.h"
#include "capture/flow.h"
#include "capture/live.h"
#include "capture/talk.h"

#define FLOW_SECOND 1000000000LL
#define FLOW_IDLE_NS (120 * FLOW_SECOND)
#define FLOW_FORGET_NS (600 * FLOW_SECOND)
#define FLOW_CLOCK_STEP_NS (10 * FLOW_SECOND) /* more needs two packets */
/* A part moves to the end of its list at most once in this share of the time
 * that it may be idle. */
#define FLOW_SLACK 16
#define FLOW_SEQ_FAR (1u << 30)
#define FLOW_NONE UINT32_MAX

/* The key of both directions: its ends are ordered, so that either direction
 * finds it.  No padding: it is hashed and compared as words.  It is also stored
 * as words, since a load that spans several recent stores has to wait for all
 * of them. */
struct pair_key {
	struct net_addr addr[2];
	union {
		struct {
			uint16_t port[2];
			uint32_t lane, tunnel, proto;
		};
		uint64_t word[2];
	};
};
_Static_assert(sizeof(struct pair_key) == 48, "no padding");

static inline uint64_t pair_key_differ(const struct pair_key *a,
				       const struct pair_key *b, size_t word)
{
	uint64_t x, y;

	memcpy(&x, (const char *)a + word * sizeof x, sizeof x);
	memcpy(&y, (const char *)b + word * sizeof y, sizeof y);
	return x ^ y;
}

static inline bool pair_key_is(const struct pair_key *a,
			       const struct pair_key *b)
{
	return !(pair_key_differ(a, b, 0) | pair_key_differ(a, b, 1) |
		 pair_key_differ(a, b, 2) | pair_key_differ(a, b, 3) |
		 pair_key_differ(a, b, 4) | pair_key_differ(a, b, 5));
}

enum list { LIST_SHORT, LIST_LONG, LISTS };

struct live {
	_Alignas(FETCH_LINE) struct pair_key key;
	uint32_t number;      /* 0: not alive */
	uint32_t incarnation; /* of its key */
	uint32_t turn_sum;    /* of the turn that goes on, unless turns_over */
	bool list : 1;        /* enum list */
	bool low_end : 1;     /* which end of the part key's end 0 is */
	bool turn_dir : 1;    /* who speaks, if turns is not 0 */
	bool first_turn_dir : 1;
	bool answers_first : 1; /* as in a part */
	bool turns_over : 1;    /* there was a turn after the last one kept */
	uint8_t turns;
	/* what listening knows: see struct talk_ref */
	uint8_t looked, datagrams;

	int64_t last_ns;
	int64_t touched_ns; /* time stamp of its last packet */
	int64_t moved_ns;   /* when it last moved in its list */
	uint64_t first_frame, last_frame;
	uint32_t *turn_bytes;  /* of turns that are over: pool block, or NULL */
	struct talk *talk;     /* or NULL */
	uint32_t newer, older; /* neighbours in its list */

	struct side side[2];
};
_Static_assert(sizeof(struct live) == 8 * FETCH_LINE, "nothing straddles");

#define FLOW_PAGE (MEM_HUGE / sizeof(struct live))

struct lru {
	uint32_t oldest, newest;
};

/* Keys of ended parts, so that the next part continues their numbering, and what comes
 * late is not taken for the next one's. */
struct ghosts {
	struct ghost {
		uint64_t hash;
		uint32_t incarnation; /* of the next part */
		uint32_t next[2];     /* TCP: numbers behind what the key's ends
				       * have sent */
	} * ring;
	uint32_t n, at;
	struct htab table;
};

/* What flow_expect() found out for a coming packet. */
struct ahead {
	struct pair_key key;
	uint64_t hash;
	const struct live *part; /* a guess, as earlier packets may end it; or
				  * NULL */
	uint32_t live;           /* its index */
	bool from_low;
	bool again; /* the key is that of the packet before */
};

struct flowtab {
	struct htab table;
	struct live **page; /* FLOW_PAGE parts each */
	size_t n_pages, cap_pages;
	uint32_t used, n_live;
	uint32_t free; /* chained by `newer` */
	struct lru list[LISTS];
	struct ghosts ghosts;
	struct pool pool;
	uint32_t parts;
	struct talks *talks;     /* not owned; or NULL */
	int64_t now_ns, last_ns; /* the file's clock, the last time stamp */
	bool ticking;
	/* while the clock is within these, and each list's oldest part is the
	 * same, none can be too old: they need not be looked at */
	bool quiet;
	int64_t quiet_from_ns, quiet_to_ns;
	struct ahead ahead[FLOW_AHEAD];
	struct part out; /* what @done is given */
	void (*done)(void *ctx, const struct part *p, uint32_t lane);
	void *ctx;
};

static inline struct live *live_at(const struct flowtab *t, uint32_t i)
{
	return &t->page[i / FLOW_PAGE][i % FLOW_PAGE];
}

/* The part's direction of a packet from or to the key's end 0; without a branch,
 * which nobody could predict. */
static inline unsigned flow_dir(const struct live *f, bool from_low)
{
	return (unsigned)f->low_end ^ (unsigned)!from_low;
}

/* Whether payload of that direction begins a turn. */
static inline bool flow_turns(const struct live *f, unsigned dir)
{
	return !f->turns || f->turn_dir != dir;
}

/* How many turns are in turn_bytes. */
static inline unsigned flow_turns_past(const struct live *f)
{
	return f->turns && !f->turns_over ? f->turns - 1u : f->turns;
}

static inline int64_t flow_apart(int64_t a, int64_t b)
{
	uint64_t d = a > b ? (uint64_t)a - (uint64_t)b
			   : (uint64_t)b - (uint64_t)a;

	return d > INT64_MAX ? INT64_MAX : (int64_t)d;
}

static inline bool flow_closed(const struct live *f)
{
	return (f->side[0].fin && f->side[1].fin) || f->side[0].rst ||
	       f->side[1].rst;
}

/* A later fragment of a TCP segment has no header with a number. */
static inline bool flow_has_sequence(const struct packet *p)
{
	return p->key.proto == IPPROTO_TCP &&
	       !(p->rec.marks & REC_FRAG && p->rec.frag_off);
}

/* A segment of TCP that acknowledges, and neither begins nor ends anything. */
static inline bool flow_is_plain(const struct packet *p)
{
	const unsigned odd = REC_SYN | REC_FIN | REC_RST;

	return p->key.proto == IPPROTO_TCP && !(p->rec.marks & REC_FRAG) &&
	       (p->rec.tcp_flags & (odd | REC_ACK)) == REC_ACK;
}

/* Whether no part can be too old by now. */
static inline bool flow_quiet(const struct flowtab *t)
{
	return t->quiet && t->now_ns >= t->quiet_from_ns &&
	       t->now_ns <= t->quiet_to_ns;
}

/* How long a part of the list may be idle. */
static inline int64_t list_idle(enum list list)
{
	return list == LIST_SHORT ? FLOW_IDLE_NS : FLOW_FORGET_NS;
}

/* Whether list_touch() will move the part at time stamp @ns. */
static inline bool list_moves(const struct live *f, enum list list, int64_t ns)
{
	return f->list != list ||
	       flow_apart(ns, f->moved_ns) > list_idle(list) / FLOW_SLACK;
}

/* Whether it has been idle for too long by the file's clock. */
static inline bool flow_is_idle(const struct flowtab *t, const struct live *f)
{
	return f->touched_ns <= t->now_ns &&
	       flow_apart(t->now_ns, f->touched_ns) >
		       list_idle((enum list)f->list);
}

/* A quick answer for most packets: it comes soon after the one before and may
 * not begin anything; false: ask flow_is_idle() and flow_begins_anew(). */
static inline bool flow_goes_on(const struct flowtab *t, const struct live *f,
				const struct record *r)
{
	return (uint64_t)t->now_ns - (uint64_t)f->touched_ns <= FLOW_IDLE_NS &&
	       (uint64_t)r->time_ns - (uint64_t)f->last_ns <= FLOW_IDLE_NS &&
	       !(r->tcp_flags & REC_SYN);
}

/* ---- flow_age.c ---- */

void list_append(struct flowtab *t, uint32_t i, enum list list, int64_t ns);
void list_remove(struct flowtab *t, uint32_t i);

/* The part, whose index is @i, has a packet with time stamp t->last_ns. */
static inline void list_touch(struct flowtab *t, struct live *f, uint32_t i)
{
	enum list list = f->key.proto == IPPROTO_TCP && !flow_closed(f)
				 ? LIST_LONG
				 : LIST_SHORT;

	if (!list_moves(f, list, t->last_ns)) {
		f->touched_ns = t->last_ns;
		return;
	}
	list_remove(t, i);
	list_append(t, i, list, t->last_ns);
}

/* A quick answer to list_moves() for most packets that are plain: those change
 * nothing about which list it is. */
static inline bool list_stays(const struct live *f, int64_t ns)
{
	return (uint64_t)ns - (uint64_t)f->moved_ns <=
	       FLOW_IDLE_NS / FLOW_SLACK;
}

/* The file's clock follows time stamps only when two packets in a row agree. */
static inline void flow_tick(struct flowtab *t, int64_t ns)
{
	if (!t->ticking) {
		t->now_ns = t->last_ns = ns;
		t->ticking = true;
	}
	if ((uint64_t)ns - (uint64_t)t->now_ns <= FLOW_CLOCK_STEP_NS ||
	    (flow_apart(ns, t->now_ns) > FLOW_CLOCK_STEP_NS &&
	     flow_apart(ns, t->last_ns) <= FLOW_CLOCK_STEP_NS))
		t->now_ns = ns;
	t->last_ns = ns;
}

/* Return: a part to be ended for its age, or FLOW_NONE. */
uint32_t flow_aged(struct flowtab *t);
uint32_t flow_oldest(const struct flowtab *t); /* the table must not be empty */
/* Fetches what is needed to end the next ones. */
void flow_oldest_fetch(const struct flowtab *t);
/* The incarnation number for a new part of the key. */
uint32_t ghost_take(const struct ghosts *g, uint64_t hash);
/* The ghost of the last ended part of the key; NULL: none. */
const struct ghost *ghost_find(const struct ghosts *g, uint64_t hash);
/* Notes that @f ends. */
void ghost_put(struct ghosts *g, uint64_t hash, const struct live *f);
void ghosts_release(struct ghosts *g);

/* ---- flow_ahead.c ---- */

uint64_t flow_hash(const struct pair_key *key);
/* Return: whether the packet goes from the key's end 0. */
bool flow_pair_key(const struct flow_key *k, struct pair_key *out);
/* Fills in t->ahead for the next @n packets, which come with no others between,
 * FLOW_AHEAD at most.  What it fetches affects speed only, never results. */
void flow_expect(struct flowtab *t, const struct packet *p, size_t n);

/* ---- flow_anew.c ---- */

/* Whether the packet, of direction @dir, begins a new part of its key. */
bool flow_begins_anew(const struct live *f, unsigned dir,
		      const struct packet *p);
/* Whether a reset is of the part before @f. */
bool flow_is_late(const struct flowtab *t, const struct ahead *a,
		  const struct live *f, const struct packet *p);

/* ---- flow.c ---- */

/* Fetches what handing a part out needs besides the part itself. */
void flow_fetch_end(const struct live *f);

/* ---- flow_hear.c ---- */

/* Whether the part's payload is parsed, or may be. */
static inline bool flow_hears(const struct flowtab *t, const struct live *f)
{
	return t->talks && f->looked != TALK_DEAF;
}

/* Gives the payload to the part's talk, if it has one or may get one;
 * flow_hears(). */
void flow_hear(struct flowtab *t, struct live *f, unsigned dir,
	       const struct packet *p);
void flow_hear_end(struct flowtab *t, struct live *f);

/* ---- flow_opening.c ---- */

/* @p, of direction @dir, has shown that streams begin at @stream, seq64 by direction,
 * behind what was said to a proxy. */
void flow_begin_streams(struct flowtab *t, struct live *f, unsigned dir,
			const struct packet *p, const uint64_t stream[2]);
