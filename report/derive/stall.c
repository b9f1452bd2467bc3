/* delay.queue: moments in which nothing gets through to anybody, and nothing is lost.
 *
 * stall_find.c finds them, from requests and answers alone.  Here any packet that came
 * meanwhile from the far point refutes one, of whatever session passes both, either way:
 * then something got through.  (Of an upload whose burst fills a queue these are the
 * acknowledgements.)  Looked at is the middle half: what belongs to answers before the
 * gap, and what comes ahead of those after it, has the rest.
 *
 * Waits in which a loss is repaired are none of these: many sessions that lose something
 * at one moment go on together, too, as their time-outs are alike.
 *
 * Only where two points or more saw both directions: with one capture a server that
 * stands still looks the same.
 *
 * Not told: what lasts to the end of the captures, what few requests fall into, and
 * points with a stepped clock.
 *
 * Cost: nothing if no time was spent in queues; else 10 us for each of SESSIONS_MOST
 * sessions, their exchanges, WAITS_MOST at most, two records of each that took long,
 * and for each moment a search in the records of each session under way.
 */
#include "report/derive/stall.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "report/derive/delay.h"
#include "report/derive/words.h"

#define WAITS_MOST 500000
#define SESSIONS_MOST 2000
#define STALLS_MOST 200
#define HIGH_NS 1000000000
#define MEDIUM_NS 300000000
#define MEDIUM_SUM_NS 1000000000

struct seen { /* a session at one of several points that it passes */
	int64_t session, from_ns, until_ns; /* by that point's clock */
	int pos;
};

struct stall_state {
	struct stall_waits waits;
	struct VEC(struct seen) seen;
};

static void *begin(struct derive *d)
{
	(void)d;
	return NULL;
}

static int64_t time_at(struct recs *recs, uint64_t i, int64_t otherwise)
{
	return i < recs_count(recs) ? recs_get(recs, i)->time_ns : otherwise;
}

/* Adds an exchange.  Of one that is soon over it does not matter when its answer
 * begins; @recs: the near flow's directions. */
static void add_wait(struct stall_state *st, const struct session_view *v,
		     struct recs *const recs[2], const struct exchange *x,
		     uint32_t n)
{
	const struct budget *b = &v->budget;
	int64_t total = exchange_total(x), end = b->start_ns + x->at_ns + total;
	struct stall_wait w = {
		.from_ns = end - total,
		.until_ns = end,
		.session = v->row.id,
		.n = n,
		.hop = (uint16_t)(v->flow[b->near].point->pos << 8 |
				  v->flow[b->far].point->pos),
		.long_path = total >= STALL_NS / 2 &&
			     x->part[TIME_QUEUE] > total / 2,
	};

	if (total >= STALL_NS / 2) {
		w.from_ns = time_at(recs[0], x->near[1], w.from_ns);
		w.until_ns = time_at(recs[1], x->near[2], w.until_ns);
	}
	*VEC_PUSH(&st->waits) = w;
}

static void add_session(struct stall_state *st, const struct model *m,
			const struct session_view *v)
{
	const struct budget *b = &v->budget;
	struct recs *recs[2];
	struct exchange_cursor *c;
	struct exchange x;

	if (!b->known || b->near == b->far || b->streams)
		return;
	for (int dir = 0; dir < 2; dir++)
		recs[dir] = recs_open(m->store, &v->flow[b->near].row, dir);
	c = store_exchanges(m->store, v->row.id);
	for (uint32_t n = 0;
	     st->waits.n < WAITS_MOST && exchange_cursor_next(c, &x); n++)
		if (!x.opening && x.near[2] != EXCHANGE_NONE)
			add_wait(st, v, recs, &x, n);
	exchange_cursor_free(c);
	for (int dir = 0; dir < 2; dir++)
		recs_close(recs[dir]);
}

/* Notes when a session that passes several points is under way. */
static void add_seen(struct stall_state *st, const struct session_view *v)
{
	for (size_t i = 0; v->row.n_flows > 1 && i < v->row.n_flows; i++)
		if (session_has_packets(v, i))
			*VEC_PUSH(&st->seen) = (struct seen){
				.session = v->row.id,
				.from_ns = v->flow[i].row.first_ns,
				.until_ns = v->flow[i].row.last_ns,
				.pos = v->flow[i].point->pos,
			};
}

/* Can there be one at all? */
static bool anybody_waits(const struct model *m)
{
	size_t n;
	const struct group *g = model_groups(m, GROUP_CASE, &n);

	for (size_t i = 0; i < m->n_clocks; i++)
		if (m->clocks[i].n > 1)
			return false;
	return n && m->store &&
	       g->part[TIME_QUEUE] >= STALL_SESSIONS * (int64_t)STALL_NS / 2 &&
	       g->total.max >= STALL_NS / 2;
}

/* Some of all sessions, evenly, if there are many. */
static void look_at_sessions(struct stall_state *st, const struct model *m)
{
	int64_t step = 1 + (m->n_sessions - 1) / SESSIONS_MOST;

	for (int64_t id = 1; id <= m->n_sessions && st->waits.n < WAITS_MOST;
	     id += step) {
		struct session_view v;

		if (!session_view_load(&v, m, id))
			continue;
		add_session(st, m, &v);
		add_seen(st, &v);
		session_view_release(&v);
	}
}

static int near_pos(const struct stall_waits *w, const struct stall *s)
{
	return w->at[s->first].hop >> 8;
}

static int far_pos(const struct stall_waits *w, const struct stall *s)
{
	return w->at[s->first].hop & 0xff;
}

/* Has the flow a packet of @dir after @from_ns, up to @until_ns? */
static bool has_packet(struct store *store, const struct flow_row *f, int dir,
		       int64_t from_ns, int64_t until_ns)
{
	struct recs *recs = recs_open(store, f, dir);
	uint64_t low = 0, high = recs_count(recs);
	bool has;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (recs_get(recs, mid)->time_ns > from_ns)
			high = mid;
		else
			low = mid + 1;
	}
	has = low < recs_count(recs) &&
	      recs_get(recs, low)->time_ns <= until_ns;
	recs_close(recs);
	return has;
}

/* The direction of what comes to the point at @pos from that at @far. */
static int coming(const struct session_view *v, int pos, int far)
{
	const struct budget *b = &v->budget;
	bool by_budget = b->known && b->near != b->far;
	bool rises = by_budget ? v->flow[b->near].point->pos <
					 v->flow[b->far].point->pos
			       : v->row.client_end != 1;

	return rises == (pos < far);
}

/* Did packets of session @id come to the near point from the far one in the middle of the
 * stall? */
static bool passes(const struct model *m, int64_t id, int pos, int far,
		   const struct stall *s)
{
	int64_t quarter = (s->until_ns - s->from_ns) / 4;
	const struct flow_row *at = NULL;
	struct session_view v;
	bool both = false, came;

	if (!session_view_load(&v, m, id))
		return false;
	for (size_t i = 0; i < v.row.n_flows; i++) {
		if (v.flow[i].point->pos == pos)
			at = &v.flow[i].row;
		both |= v.flow[i].point->pos == far &&
			session_has_packets(&v, i);
	}
	came = at && both &&
	       has_packet(m->store, at, coming(&v, pos, far),
			  s->from_ns + quarter, s->until_ns - quarter);
	session_view_release(&v);
	return came;
}

static bool refuted(const struct stall_state *st, const struct model *m,
		    const struct stall *s)
{
	int pos = near_pos(&st->waits, s), far = far_pos(&st->waits, s);

	for (size_t i = 0; i < st->seen.n; i++) {
		const struct seen *x = &st->seen.at[i];

		if (x->pos == pos && x->from_ns < s->until_ns &&
		    x->until_ns > s->from_ns &&
		    passes(m, x->session, pos, far, s))
			return true;
	}
	return false;
}

struct told { /* stalls of one hop */
	const struct stall *longest;
	size_t n;
	int64_t all_ns, waited_ns;
	uint64_t waiting;
};

/* The longest one's waits, as the evidence of a group. */
static void frames(struct draft *f, const struct model *m,
		   const struct stall_waits *w, const struct stall *s)
{
	struct group g = { 0 };

	for (size_t i = s->first; i < s->first + s->n; i++) {
		const struct stall_wait *x = &w->at[i];

		group_top_add(&g, &(struct group_top){ x->until_ns - x->from_ns,
						       x->session, x->n });
	}
	for (size_t i = 0; i < g.n_top; i++)
		draft_session(f, g.top[i].session);
	delay_evidence(f, m, &g);
}

static void words(struct draft *f, const struct told *t, const char *from,
		  const char *to)
{
	const struct stall *s = t->longest;
	char a[TEXT_UNIT], b[TEXT_UNIT], n[TEXT_UNIT], k[TEXT_UNIT];

	text_duration(s->until_ns - s->from_ns, a);
	if (t->n == 1)
		draft_title(f,
			    "The path between %s and %s stands still for %s: "
			    "%s sessions wait, and all go on at once",
			    from, to, a, text_count(s->sessions, n));
	else
		draft_title(f,
			    "The path between %s and %s stands still %s times, "
			    "for up to %s: sessions wait together, and all go "
			    "on at once",
			    from, to, text_count(t->n, n), a);
	draft_text(f,
		   "From %s to %s, by %s's clock, no answer comes; %s requests "
		   "of %s sessions wait then, and are answered right after.  "
		   "They had waited on the way, neither for the server nor for "
		   "the client.",
		   words_time(s->from_ns, k), words_time(s->until_ns, b), from,
		   text_count(s->waiting, a), text_count(s->sessions, n));
	if (t->n > 1)
		draft_text(
			f,
			"That is the longest; all together take %s, in which "
			"%s requests wait %s.",
			text_duration(t->all_ns, a), text_count(t->waiting, n),
			text_duration(t->waited_ns, b));
	draft_text(f, "One session's own trouble does not hold up the others: "
		      "something that all share held what it had, and let it "
		      "go at once.");
}

static void tell(struct derive *d, const struct stall_waits *w,
		 const struct told *t)
{
	const struct model *m = derive_model(d);
	const struct stall *s = t->longest;
	int64_t longest = s->until_ns - s->from_ns;
	const char *from = model_point_name(m, near_pos(w, s));
	const char *to = model_point_name(m, far_pos(w, s));
	struct draft *f = draft_new(d, "delay.queue",
				    longest >= HIGH_NS ? SEV_HIGH
				    : longest >= MEDIUM_NS ||
						    t->all_ns >= MEDIUM_SUM_NS
					    ? SEV_MEDIUM
					    : SEV_LOW,
				    delay_weight(t->waited_ns) + 10);

	words(f, t, from, to);
	draft_hop(f, m, near_pos(w, s), far_pos(w, s));
	draft_place(f,
		    "what these sessions share between %s and %s: a radio link "
		    "(roaming, interference), a switch or router that fails "
		    "over, a port that is told to pause, a firewall, tunnel or "
		    "virtual machine that gets no processor",
		    from, to);
	draft_against(f, "a host beside a capture that stands still as a whole "
			 "looks the same, if the capture goes on");
	draft_next(
		f,
		"look at what the devices between %s and %s logged at these "
		"moments; %s",
		from, to,
		abs(far_pos(w, s) - near_pos(w, s)) > 1
			? "'tracepair show' of one of the sessions tells on "
			  "which side of the captures between them it is"
			: "a capture between them tells on which side it is");
	json_object_set_new(f->measure, "stalls",
			    json_integer((json_int_t)t->n));
	json_object_set_new(f->measure, "longest_ns", json_integer(longest));
	json_object_set_new(f->measure, "stalled_ns", json_integer(t->all_ns));
	json_object_set_new(f->measure, "waited_ns",
			    json_integer(t->waited_ns));
	json_object_set_new(f->measure, "sessions",
			    json_integer((json_int_t)s->sessions));
	frames(f, m, w, s);
}

static void add(struct told *t, const struct stall *s)
{
	int64_t ns = s->until_ns - s->from_ns;

	if (!t->longest || ns > t->longest->until_ns - t->longest->from_ns)
		t->longest = s;
	t->n++;
	time_part_add(&t->all_ns, ns);
	time_part_add(&t->waited_ns, s->waited_ns);
	t->waiting += s->waiting;
}

static void finish(void *state, struct derive *d)
{
	struct stall_state all = { 0 }, *st = &all;
	struct stalls found = { 0 };

	(void)state;
	if (!anybody_waits(derive_model(d)))
		return;
	look_at_sessions(st, derive_model(d));
	stalls_find(&found, &st->waits);
	for (size_t i = 0; i < found.n && i < STALLS_MOST;) {
		struct told t = { 0 };
		uint16_t hop = st->waits.at[found.at[i].first].hop;

		for (; i < found.n && i < STALLS_MOST &&
		       st->waits.at[found.at[i].first].hop == hop;
		     i++)
			if (!refuted(st, derive_model(d), &found.at[i]))
				add(&t, &found.at[i]);
		if (t.n)
			tell(d, &st->waits, &t);
	}
	VEC_FREE(&found);
	VEC_FREE(&st->waits);
	VEC_FREE(&st->seen);
}

const struct rule_group rules_stall = { "stall", begin, NULL, finish };
