/* The frames between which a sender waits: its longest stall that a
 * retransmission ended, and the longest time that a closed window kept it.
 *
 * Both are looked for where budgets measure them: at the point nearest to the
 * sender that has both directions, with the same lanes (lane.h).  A stall lasts
 * from the last progress (something new sent, acknowledged or sent again) to the
 * retransmission.  It counts once something new is acknowledged after it; sessions
 * that never go on have a finding of their own.  The same packets at other points
 * are found by the fates, as the path may translate sequence numbers.
 *
 * What is sent again has come by the point before, or it has not: that tells on which
 * side of it the first one was lost, if it was.  A hole that is filled at once is no loss,
 * but packets out of order.
 *
 * Cost: O(records of the session), of which RECORDS_MOST are looked at.
 */
#include <netinet/in.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "report/derive/tap.h"
#include "report/derive/words.h"

#define RECORDS_MOST 4000000 /* of one session at one point */
#define REACT_NS 2000000     /* how late a host may be */
#define HOLE_NS 3000000      /* what fills it sooner was not sent again */

struct mark { /* a record of the point that is looked at */
	int dir;
	uint32_t i;
	int64_t t_ns; /* steady, never falling */
};

struct pause {
	struct mark from, to;
	int64_t ns; /* its length; 0: there is none */
};

struct watch { /* by the sender's direction */
	struct tap tap;
	bool one;            /* the session was seen at one point only */
	struct mark last[2]; /* its newest progress */
	struct mark closed[2], opened[2];
	struct pause pending[2]; /* its longest stall since the last progress
				 * that was acknowledged */
	struct pause stall[2], zero[2];
	uint64_t copies[2], fills[2]; /* sent again: seen before, or not */
};

static void keep_longer(struct pause *w, const struct pause *x)
{
	if (x->ns > w->ns)
		*w = *x;
}

/* With one capture, stalls of the opening are a finding of their own (causes.c):
 * any other stall is shown rather than these. */
static void stalls(struct watch *w, const struct mark *copy, bool syn)
{
	const struct mark *last = &w->last[copy->dir];
	struct pause x = { *last, *copy, copy->t_ns - last->t_ns };

	if (syn && w->one && x.ns > 1)
		x.ns = 1;
	keep_longer(&w->pending[copy->dir], &x);
}

/* @ack acknowledges something new of direction @d. */
static void gets_on(struct watch *w, int d, const struct mark *ack)
{
	keep_longer(&w->stall[d], &w->pending[d]);
	w->pending[d].ns = 0;
	w->last[d] = *ack;
}

/* New data of direction @d, sent at @t_ns, may have waited for a window. */
static void goes_on(struct watch *w, int d, int64_t t_ns)
{
	const struct lane *l = &w->tap.lane[d];
	int64_t until = lane_closed_until(l, l->gap_from, t_ns, 0,
					  w->tap.slack_ns);

	keep_longer(&w->zero[d], &(struct pause){ w->closed[d], w->opened[d],
						  until - l->gap_from });
}

/* Was that direction's data up to @end, from @from on, here before? */
static bool was_here(const struct lane *l, uint64_t from, uint64_t end)
{
	for (unsigned i = 0; i < l->n_islands; i++)
		if (from >= l->island[i].from && end <= l->island[i].end)
			return true;
	return (int64_t)(end - l->cover) <= 0;
}

static void take(struct watch *w, const struct record *r, int d, uint32_t i)
{
	struct lane *own = &w->tap.lane[d], *back = &w->tap.lane[!d];
	struct mark now = { d, i, w->tap.t_ns };
	uint64_t una = back->una;
	bool zero = back->zero;
	bool here = was_here(own, r->seq64, r->seq64 + rec_seq_len(r));
	int64_t hole_ns = now.t_ns - own->t_hole;
	unsigned did = lane_take(own, back, r, now.t_ns, w->tap.slack_ns);

	if (did & LANE_AGAIN && r->pay_len) {
		w->copies[d] += here;
		w->fills[d] += !here && hole_ns >= HOLE_NS;
	}
	if (did & LANE_AGAIN)
		stalls(w, &now, r->tcp_flags & REC_SYN);
	if (did & LANE_NEW)
		goes_on(w, d, now.t_ns);
	if (did & (LANE_NEW | LANE_AGAIN))
		w->last[d] = now;
	if (back->una > una)
		gets_on(w, !d, &now);
	if (!zero && back->zero)
		w->closed[!d] = now;
	if (zero && !back->zero)
		w->opened[!d] = now;
}

/* --- the records of one point --- */
struct at_point {
	const struct model *m;
	int pos;
};

static void make_steady(void *ctx, int64_t file, struct record *r)
{
	const struct at_point *p = ctx;

	r->time_ns = model_steady_ns(p->m, p->pos, file, r->frame, r->time_ns);
}

static const struct record *get(void *ctx, uint32_t i)
{
	return recs_get(ctx, i);
}

static void watch_flow(struct watch *w, const struct model *m,
		       const struct session_view *v, size_t flow)
{
	const struct flow_row *row = &v->flow[flow].row;
	struct at_point p = { m, v->row.flows[flow].point_pos };
	const struct clock_row *c = model_clock(m, row->point);
	struct strand s[2] = { 0 };
	const struct record *r;
	uint32_t i, n = 0;
	int d;

	memset(w, 0, sizeof *w);
	w->one = v->budget.near == v->budget.far;
	tap_reset(&w->tap, (int)flow);
	w->tap.slack_ns = REACT_NS + (c ? c->resolution_ns : 1);
	for (d = 0; d < 2; d++) {
		struct recs *recs = recs_open(m->store, row, d);
		uint64_t all = recs_count(recs);

		recs_change(recs, make_steady, &p);
		s[d] = (struct strand){ .get = get,
					.ctx = recs,
					.n = all < RECORDS_MOST
						     ? (uint32_t)all
						     : RECORDS_MOST };
		w->tap.strand[d] = &s[d];
	}
	while (n++ < RECORDS_MOST && (r = tap_next(&w->tap, &d, &i)))
		take(w, r, d, i);
	tap_release(&w->tap);
	recs_close(s[0].ctx);
	recs_close(s[1].ctx);
}

/* --- where else they are --- */
/* The transmission that record @k of flow @flow is one of. */
static bool number_of(const struct model *m, const struct session_view *v,
		      int flow, const struct mark *k, uint64_t *tx)
{
	struct fate_cursor *c = fate_cursor_open(m->store, v->row.id);
	bool found = false;
	struct fate_row r;

	while (!found && fate_cursor_step(c, &r)) {
		found = r.dir == k->dir &&
			((r.from == flow && r.e.near == k->i) ||
			 (r.to == flow && r.e.far == k->i));
		*tx = r.e.tx;
	}
	fate_cursor_close(c);
	return found;
}

/* Shows transmission @tx of direction @dir at all flows but those of @shown. */
static void show_elsewhere(struct draft *f, const struct model *m,
			   const struct session_view *v, int dir, uint64_t tx,
			   uint64_t shown)
{
	struct fate_cursor *c = fate_cursor_open(m->store, v->row.id);
	struct fate_row r;

	while (fate_cursor_step(c, &r)) {
		if (r.dir != dir || r.e.tx != tx)
			continue;
		if (r.e.near != FATE_NO_RECORD && !(shown >> r.from & 1))
			delay_frame(f, m, v, (size_t)r.from, dir, r.e.near,
				    "it leaves");
		if (r.e.far != FATE_NO_RECORD && !(shown >> r.to & 1))
			delay_frame(f, m, v, (size_t)r.to, dir, r.e.far,
				    "it arrives");
		shown |= 1ull << r.from | 1ull << r.to;
	}
	fate_cursor_close(c);
}

static void show(struct draft *f, const struct model *m,
		 const struct session_view *v, size_t flow,
		 const struct mark *k, const char *note)
{
	uint64_t tx;

	delay_frame(f, m, v, flow, k->dir, k->i, note);
	if (v->row.n_flows > 1 && flow < 64 &&
	    number_of(m, v, (int)flow, k, &tx))
		show_elsewhere(f, m, v, k->dir, tx, 1ull << flow);
}

/* --- by rule --- */
/* A session as the budgets saw it; its filters are the finding's. */
static bool load(struct session_view *v, struct draft *f, const struct model *m,
		 const struct group *g)
{
	if (!m->store || !g->n_top ||
	    !session_view_load(v, m, g->top[0].session))
		return false;
	if (v->row.proto == IPPROTO_TCP && v->budget.known &&
	    v->budget.near < v->row.n_flows && v->budget.far < v->row.n_flows) {
		if (!f->session_filters)
			draft_session_filters(f, v);
		return true;
	}
	session_view_release(v);
	return false;
}

void delay_stall_frames(struct draft *f, const struct model *m,
			const struct group *g)
{
	struct session_view v;
	struct pause longest = { .ns = 0 };
	size_t flow = 0;
	char note[96], took[TEXT_UNIT];

	if (!load(&v, f, m, g))
		return;
	for (int d = 0; d < 2; d++) {
		size_t at = d ? v.budget.far : v.budget.near;
		struct watch w;

		watch_flow(&w, m, &v, at);
		if (w.stall[d].ns <= longest.ns)
			continue;
		longest = w.stall[d];
		flow = at;
	}
	if (longest.ns) {
		show(f, m, &v, flow, &longest.from,
		     longest.from.dir == longest.to.dir
			     ? "the last that is sent before the longest stall"
			     : "the last acknowledgement before the longest "
			       "stall");
		snprintf(note, sizeof note, "sent again %s later",
			 text_duration(longest.to.t_ns - longest.from.t_ns,
				       took));
		show(f, m, &v, flow, &longest.to, note);
	}
	session_view_release(&v);
}

/* One direction of @w, as the point @at has it. */
static void tell_side(struct draft *f, const struct watch *w, int d,
		      const char *at)
{
	static const char *const host[] = { "client", "server" };
	char n[TEXT_UNIT];

	if (w->copies[d]) {
		draft_text(f,
			   "%s packet%s that the %s sends again had come by "
			   "%s before: what was lost of that was lost between "
			   "%s and the %s, or is acknowledged too late.",
			   text_count(w->copies[d], n), plural(w->copies[d]),
			   host[d], at, at, host[!d]);
		draft_place(f, "the way from %s to the %s", at, host[!d]);
	}
	if (w->fills[d]) {
		draft_text(f,
			   "%s packet%s that the %s sends again %s a hole at "
			   "%s: the first %s lost between the %s and %s, or "
			   "missed by the capture.",
			   text_count(w->fills[d], n), plural(w->fills[d]),
			   host[d], w->fills[d] == 1 ? "fills" : "fill", at,
			   w->fills[d] == 1 ? "was" : "ones were", host[d], at);
		draft_place(f, "the way from the %s to %s", host[d], at);
	}
}

/* What the heaviest session of the one point sends again.  Return: false if that is
 * nothing, or there are more points. */
static bool sent_again(struct watch *w, struct draft *f, const struct model *m,
		       const struct group *g)
{
	struct session_view v;

	if (m->n_points > 1 || !load(&v, f, m, g))
		return false;
	watch_flow(w, m, &v, v.budget.near);
	session_view_release(&v);
	return w->copies[0] + w->copies[1] + w->fills[0] + w->fills[1] > 0;
}

bool delay_lost_before(struct draft *f, const struct model *m,
		       const struct group *g)
{
	struct watch w;

	return sent_again(&w, f, m, g) && w.copies[0] + w.copies[1] == 0;
}

bool delay_lost_side(struct draft *f, const struct model *m,
		     const struct group *g)
{
	struct watch w;

	if (!sent_again(&w, f, m, g))
		return false;
	if (g->sessions > 1)
		draft_text(f, "Of the session with most of this time:");
	for (int d = 0; d < 2; d++)
		tell_side(f, &w, d, m->points[0].name);
	return true;
}

void delay_damaged_frame(struct draft *f, const struct model *m,
			 const struct group *g)
{
	struct session_view v;
	struct watch w = { .tap = { .n_spoilt = 0 } };

	if (!load(&v, f, m, g))
		return;
	for (int k = 0; k < 2 && !w.tap.n_spoilt; k++) {
		size_t at = k ? v.budget.far : v.budget.near;

		watch_flow(&w, m, &v, at);
		if (w.tap.n_spoilt)
			delay_frame(f, m, &v, at, w.tap.first_dir,
				    w.tap.first_spoilt,
				    "its checksum is wrong, and it comes again "
				    "with a right one");
	}
	session_view_release(&v);
}

bool delay_zero_frames(struct draft *f, const struct model *m,
		       const struct group *g, bool by_client, bool by_server)
{
	struct session_view v;
	struct pause longest = { .ns = 0 };
	size_t flow = 0;
	char note[96], took[TEXT_UNIT];

	if (!load(&v, f, m, g))
		return false;
	for (int d = 0; d < 2; d++) {
		size_t at = d ? v.budget.far : v.budget.near;
		struct watch w;

		if (!(d ? by_client : by_server))
			continue;
		watch_flow(&w, m, &v, at);
		if (w.zero[d].ns <= longest.ns)
			continue;
		longest = w.zero[d];
		flow = at;
	}
	if (longest.ns) {
		show(f, m, &v, flow, &longest.from, "the window is zero");
		snprintf(note, sizeof note,
			 "the update that opens it, %s later",
			 text_duration(longest.to.t_ns - longest.from.t_ns,
				       took));
		show(f, m, &v, flow, &longest.to, note);
	}
	session_view_release(&v);
	return longest.ns > 0;
}
