/* Outages: a span in which nothing that was sent on a hop and way got through.
 *
 * If more than half of the losses lie in one span, so does the one in the
 * middle, by time.  Of all sessions of the way the last packet before it that
 * got through and the first one after it are looked for, by the near point's
 * clock; whatever was sent between the two did not get through, as far as is
 * known.  First the sessions that lost something are examined, which settles
 * it where losses are scattered; then all others.
 *
 * Required are LOSSES over SPAN_NS, a share of SHARE_LEAST of all losses of the
 * way and of all packets sent in the span, and that chance makes such a run in
 * one of a hundred cases at most: of n independent packets of which a share of
 * p is lost, n * p^k runs of k begin.  A packet that the far point alone has
 * from within the span, or a capture that did not run, refutes it.
 *
 * Not told: what lasts from the first packet or to the last one (that is no
 * outage but a block, and stop.* has it), points with a stepped clock, and
 * cases too large to examine (SESSIONS_MOST, STEPS_MOST).
 *
 * Cost: the entries of the sessions that lived between the marks; runs of
 * delivered ones are one step.
 */
#include "report/derive/outage.h"

#include <math.h>
#include <stdlib.h>

#include "base/search.h"
#include "base/time.h"
#include "store/recs.h"

#define MOST 100000 /* losses and packets kept */
#define LOSSES 5
#define SPAN_NS 200000000ll /* less is a burst or one timeout */
#define SHARE_LEAST 0.75
#define BY_CHANCE 0.01
#define SESSIONS_MOST 100000
#define STEPS_MOST 4000000

struct search {
	struct outage *o;
	const struct model *m;
	int from, to; /* path positions */
	int64_t at_ns;
	uint64_t steps;
};

/* One session's part of the way. */
struct stretch {
	struct fate_cursor *c;
	int64_t session;
	int dir, from, to; /* as in struct fate_row */
	bool ambiguous;
	struct recs *near, *far;
	uint64_t cut;                    /* the first near record after at_ns */
	struct fate_entry before, after; /* that got through */
	bool has_before, has_after;
	size_t first; /* of o->sent */
};

void outage_add(struct outage_seen *s, int64_t session, const struct fact *k)
{
	if (s->at.n >= MOST || !k->has_near)
		return;
	*VEC_PUSH(&s->at) = (struct outage_loss){ .session = session,
						  .t_ns = k->near.time_ns };
}

void outage_passed(struct outage *o, int64_t at_ns, const struct outage_mark *x)
{
	if (x->t_ns <= at_ns) {
		if (!o->before.known || x->t_ns > o->before.t_ns)
			o->before = *x;
	} else if (!o->after.known || x->t_ns < o->after.t_ns) {
		o->after = *x;
	}
}

static int by_session(const void *pa, const void *pb)
{
	const struct outage_packet *a = pa, *b = pb;

	return (a->session > b->session) - (a->session < b->session);
}

void outage_settle(struct outage *o)
{
	size_t n = 0;

	o->first_ns = INT64_MAX;
	o->last_ns = INT64_MIN;
	o->lost = o->absent = o->outside = o->sessions = 0;
	for (size_t i = 0; i < o->sent.n; i++) {
		struct outage_packet x = o->sent.at[i];

		if ((o->before.known && x.t_ns <= o->before.t_ns) ||
		    (o->after.known && x.t_ns >= o->after.t_ns))
			continue;
		o->sent.at[n++] = x;
		o->outside += x.fate == FATE_OUTSIDE;
		if (x.fate != FATE_LOST)
			continue;
		o->lost++;
		o->absent += x.basis == BASIS_ABSENCE;
		o->first_ns = x.t_ns < o->first_ns ? x.t_ns : o->first_ns;
		o->last_ns = x.t_ns > o->last_ns ? x.t_ns : o->last_ns;
	}
	o->sent.n = n;
	if (n)
		qsort(o->sent.at, n, sizeof *o->sent.at, by_session);
	for (size_t i = 0; i < n; i++)
		o->sessions += !i || o->sent.at[i].session !=
					     o->sent.at[i - 1].session;
}

/* Did a packet that the near point lacks arrive meanwhile? */
static bool arrived_meanwhile(const struct outage *o)
{
	bool known = o->before.has_far && o->after.has_far;

	for (size_t i = 0; i < o->strays.n; i++)
		if (!known || (o->strays.at[i] > o->before.far_ns &&
			       o->strays.at[i] < o->after.far_ns))
			return true;
	return false;
}

bool outage_holds(const struct outage *o, uint64_t lost, uint64_t entered)
{
	double k = (double)o->lost;
	double p = entered ? (double)lost / (double)entered : 1;

	return o->before.known && o->after.known && o->lost >= LOSSES &&
	       time_sub(o->last_ns, o->first_ns) >= SPAN_NS && !o->outside &&
	       k >= SHARE_LEAST * (double)lost &&
	       k >= SHARE_LEAST * (double)o->sent.n &&
	       (double)entered * pow(p, k) <= BY_CHANCE &&
	       !arrived_meanwhile(o);
}

/* --- looking --- */
/* The first record of the view that is later than @t_ns. */
static uint64_t first_after(struct recs *v, int64_t t_ns)
{
	uint64_t at;

	SEARCH(at, recs_count(v), i, recs_get(v, i)->time_ns <= t_ns);
	return at;
}

/* @e with its near record moved back to @near. */
static struct fate_entry moved(struct fate_entry e, uint64_t near)
{
	if (e.far != FATE_NO_RECORD)
		e.far -= e.near - near;
	e.near = near;
	return e;
}

/* Takes the packets from near record @first to that of @e, which got through. */
static void take_passed(struct stretch *p, struct outage *o, uint64_t first,
			const struct fate_entry *e)
{
	if (first < p->cut) {
		uint64_t last = e->near < p->cut ? e->near : p->cut - 1;

		if (!p->has_before || last >= p->before.near) {
			p->before = moved(*e, last);
			p->has_before = true;
			o->sent.n = p->first;
		}
	}
	if (e->near >= p->cut) {
		uint64_t next = first > p->cut ? first : p->cut;

		if (!p->has_after || next < p->after.near) {
			p->after = moved(*e, next);
			p->has_after = true;
		}
	}
}

/* Return: false if that is too much. */
static bool take(struct search *s, struct stretch *p, struct fate_row *r)
{
	struct outage *o = s->o;
	uint64_t first = r->e.near;

	if (first == FATE_NO_RECORD) {
		if (r->e.far == FATE_NO_RECORD)
			return true;
		*VEC_PUSH(&o->strays) = recs_get(p->far, r->e.far)->time_ns;
		return o->strays.n < MOST;
	}
	if (r->e.fate == FATE_DELIVERED)
		fate_cursor_alike(p->c, r);
	if (r->e.fate == FATE_DELIVERED || r->e.fate == FATE_UNSEEN) {
		take_passed(p, o, first, &r->e);
		return true;
	}
	if (p->has_after)
		return true;
	*VEC_PUSH(&o->sent) = (struct outage_packet){
		.session = p->session,
		.near = first,
		.fate = p->ambiguous ? FATE_UNDECIDED : (enum fate)r->e.fate,
		.basis = (enum fate_basis)r->e.basis,
	};
	return o->sent.n < MOST;
}

static void pass(struct search *s, struct stretch *p,
		 const struct fate_entry *e)
{
	struct outage_mark x = { .known = true, .session = p->session };
	const struct record *r;

	if (e->near >= recs_count(p->near))
		return;
	r = recs_get(p->near, e->near);
	x.t_ns = r->time_ns;
	x.frame = r->frame;
	x.file = recs_file(p->near, e->near);
	if (e->far != FATE_NO_RECORD && e->far < recs_count(p->far)) {
		x.has_far = true;
		x.far_ns = recs_get(p->far, e->far)->time_ns;
	}
	outage_passed(s->o, s->at_ns, &x);
}

static bool valid(const struct stretch *p, const struct fate_entry *e)
{
	return (e->near == FATE_NO_RECORD || e->near < recs_count(p->near)) &&
	       (e->far == FATE_NO_RECORD || e->far < recs_count(p->far));
}

static bool entries(struct search *s, struct stretch *p)
{
	struct fate_row r;
	bool ok = true;

	while (ok && fate_cursor_step(p->c, &r)) {
		if (++s->steps > STEPS_MOST)
			return false;
		if (r.from != p->from || r.to != p->to)
			continue;
		if (!p->near) {
			p->near = fate_cursor_recs(p->c, r.from, r.dir);
			p->far = fate_cursor_recs(p->c, r.to, r.dir);
			p->cut = first_after(p->near, s->at_ns);
		}
		ok = valid(p, &r.e) && take(s, p, &r);
	}
	/* most that was taken is dropped by what got through later */
	for (size_t i = p->first; ok && i < s->o->sent.n; i++) {
		struct outage_packet *x = &s->o->sent.at[i];

		x->t_ns = recs_get(p->near, x->near)->time_ns;
	}
	if (ok && p->has_before)
		pass(s, p, &p->before);
	if (ok && p->has_after)
		pass(s, p, &p->after);
	return ok;
}

/* Did the flow live between the marks, as far as they are known? */
static bool lived(const struct search *s, int64_t flow)
{
	struct flow_row f = { 0 };
	bool yes = store_flow_get(s->m->store, flow, &f) &&
		   (!s->o->before.known || f.last_ns > s->o->before.t_ns) &&
		   (!s->o->after.known || f.first_ns < s->o->after.t_ns);

	flow_row_release(&f);
	return yes;
}

/* Is it settled already that there is none? */
static bool too_short(const struct outage *o)
{
	return o->before.known && o->after.known &&
	       time_sub(o->after.t_ns, o->before.t_ns) < SPAN_NS;
}

/* Return: false if that can't be examined, or there is no outage. */
static bool examine(struct search *s, int64_t session)
{
	struct session_row row = { 0 };
	struct stretch p = { .session = session, .from = -1, .to = -1 };
	bool ok = true;

	if (!store_session_get(s->m->store, session, &row))
		return false;
	for (int i = 0; i < (int)row.n_flows; i++) {
		if (row.flows[i].point_pos == s->from)
			p.from = i;
		else if (row.flows[i].point_pos == s->to)
			p.to = i;
	}
	p.ambiguous = row.verdict == PAIR_AMBIGUOUS;
	p.first = s->o->sent.n;
	if (p.from >= 0 && p.to >= 0 && lived(s, row.flows[p.from].flow)) {
		p.c = fate_cursor_open(s->m->store, session);
		ok = entries(s, &p);
		fate_cursor_close(p.c);
	}
	session_row_release(&row);
	return ok && !too_short(s->o);
}

static int by_time(const void *pa, const void *pb)
{
	const struct outage_loss *a = pa, *b = pb;

	return (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
}

static int by_id(const void *pa, const void *pb)
{
	const struct outage_loss *a = pa, *b = pb;

	return (a->session > b->session) - (a->session < b->session);
}

/* The lossy sessions first; with @all the others.  @seen is sorted by session. */
static bool examine_those(struct search *s, const struct outage_seen *seen,
			  bool all)
{
	size_t k = 0;

	for (size_t i = 0; !all && i < seen->at.n; i++)
		if ((!i ||
		     seen->at.at[i].session != seen->at.at[i - 1].session) &&
		    !examine(s, seen->at.at[i].session))
			return false;
	for (int64_t id = 1; all && id <= s->m->n_sessions; id++) {
		while (k < seen->at.n && seen->at.at[k].session < id)
			k++;
		if ((k == seen->at.n || seen->at.at[k].session != id) &&
		    !examine(s, id))
			return false;
	}
	return true;
}

/* Was the clock of the point at @pos set meanwhile?  Then its stamps give no
 * order. */
static bool stepped(const struct model *m, int pos)
{
	return m->timings && (size_t)pos <= m->timings->n &&
	       m->timings->point[pos - 1].steady.era.n > 0;
}

bool outage_find(struct outage *o, struct outage_seen *seen,
		 const struct model *m, int from, int to, uint64_t lost,
		 uint64_t entered)
{
	struct search s = { .o = o, .m = m, .from = from, .to = to };
	bool holds = true;

	*o = (struct outage){ 0 };
	if (!m->store || stepped(m, from) || stepped(m, to) || lost < LOSSES ||
	    !seen->at.n || m->n_sessions > SESSIONS_MOST)
		return false;
	qsort(seen->at.at, seen->at.n, sizeof *seen->at.at, by_time);
	if (time_sub(seen->at.at[seen->at.n - 1].t_ns, seen->at.at[0].t_ns) <
	    SPAN_NS)
		return false;
	s.at_ns = seen->at.at[seen->at.n / 2].t_ns;
	qsort(seen->at.at, seen->at.n, sizeof *seen->at.at, by_id);
	/* The lossy ones alone may not tell what got through before or after. */
	for (int all = 0; holds && all < 2; all++) {
		holds = examine_those(&s, seen, all);
		outage_settle(o);
		if (all || (o->before.known && o->after.known))
			holds = holds && outage_holds(o, lost, entered);
	}
	return holds;
}

void outage_release(struct outage *o)
{
	VEC_FREE(&o->sent);
	VEC_FREE(&o->strays);
}
