/* capture.gap, capture.window, capture.oneway, capture.duplicate: limits of the
 * captures.
 *
 * None of them is the user's problem; they say how far the rest can be
 * trusted, so they are of low severity or information.
 *   gap:    packets proven to have passed a point that its capture lacks, or
 *           that its drop counters admit
 *   window: transmissions that fall outside a capture's running time, and
 *           sessions that only others have, as they do so as a whole: low if
 *           they are a tenth of all, as what is complained of may be in them
 *   oneway: a point that has only one direction of the sessions it sees, where
 *           loss of the other one does not explain it
 *   duplicate: a capture that holds packets twice, or both sides of a router;
 *           the second sights were left out while indexing (capture/twins.h)
 * If the points were given in a wrong order, that may be why one seems to lack
 * packets: then nothing is reported (report/path_order.h).  Counts are from the
 * case's figures; a point's misses are those of the hops that end at it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "correlate/clock.h"
#include "report/derive/loss.h"
#include "report/path_order.h"

#define GAP_SHOWN 6
#define MANY_OF 10 /* sessions, of which one is beyond */

struct point_limits {
	uint64_t missed, passed, outside; /* transmissions */
	uint64_t oneway, sessions;        /* of sessions passed to the rules */
	struct VEC(struct kept_loss) gap; /* the first GAP_SHOWN missed */
	bool ran;                         /* `at` is known */
	int64_t own[2];  /* its first and last packet, by its own clock, */
	int64_t at[2];   /* and by the first point's: at least, at most */
	uint64_t beyond; /* sessions only elsewhere, all before or all after */
};

struct capture_rules {
	struct point_limits *at; /* by pos - 1 */
};

/* The least and the most that @t_ns may be by the first point's clock.  Return:
 * false if that is not known. */
static bool on_first(const struct model *m, int64_t point, int64_t t_ns,
		     int64_t *low, int64_t *high)
{
	const struct clock_row *c = model_clock(m, point);
	int64_t mid;

	return c &&
	       (c->status == CLOCK_REFERENCE || c->status == CLOCK_FITTED) &&
	       clock_to_first(c, t_ns, &mid, low, high);
}

static void find_span(const struct model *m, struct point_limits *l,
		      int64_t point)
{
	int64_t least, most;

	l->own[0] = INT64_MAX;
	l->own[1] = INT64_MIN;
	for (size_t i = 0; i < m->n_files; i++) {
		const struct file_row *f = &m->files[i];

		if (f->point != point || !f->packets)
			continue;
		l->own[0] = f->first_ns < l->own[0] ? f->first_ns : l->own[0];
		l->own[1] = f->last_ns > l->own[1] ? f->last_ns : l->own[1];
	}
	l->ran = l->own[0] <= l->own[1] &&
		 on_first(m, point, l->own[0], &l->at[0], &most) &&
		 on_first(m, point, l->own[1], &least, &l->at[1]);
}

static void *begin(struct derive *d)
{
	const struct model *m = derive_model(d);
	struct capture_rules *s = mem_zalloc(1, sizeof *s);

	s->at = mem_zalloc(m->n_points, sizeof *s->at);
	for (size_t i = 0; i < m->n_points; i++)
		find_span(m, &s->at[i], m->points[i].id);
	return s;
}

/* A session that only one point has: was it while the others did not run? */
static void add_beyond(struct capture_rules *s, const struct model *m,
		       const struct flow_row *f)
{
	int64_t first, last, least, most;

	if (!on_first(m, f->point, f->first_ns, &first, &most) ||
	    !on_first(m, f->point, f->last_ns, &least, &last))
		return;
	for (size_t i = 0; i < m->n_points; i++) {
		struct point_limits *l = &s->at[i];

		l->beyond += m->points[i].id != f->point && l->ran &&
			     (last < l->at[0] || first > l->at[1]);
	}
}

/* May packets of @dir have been lost? */
static bool may_be_lost(const struct session_view *v, int dir)
{
	for (size_t i = 0; i < v->figures.n; i++) {
		const uint64_t *n = v->figures.hop[i].way[dir].tx.n;

		if (n[FATE_LOST] + n[FATE_UNDECIDED] > 0)
			return true;
	}
	return false;
}

/* A reset and nothing else may be of a device between. */
static bool has_way(const struct flow_view *f, int dir)
{
	const struct part_dir *x = &f->dir[dir];

	return f->row.packets[dir] && !(x->rst && !x->syn && !x->bytes);
}

/* Has flow @i nothing of a direction that another flow has? */
static bool is_oneway(const struct session_view *v, size_t i)
{
	for (int dir = 0; dir < 2; dir++) {
		if (v->flow[i].row.packets[dir] || may_be_lost(v, dir))
			continue;
		for (size_t k = 0; k < v->row.n_flows; k++)
			if (has_way(&v->flow[k], dir))
				return true;
	}
	return false;
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct capture_rules *s = state;

	if (v->row.verdict == PAIR_ALONE)
		add_beyond(s, derive_model(d), &v->flow[0].row);
	if (v->row.verdict != PAIR_PAIRED)
		return;
	for (size_t i = 0; facts && i < facts->unseen.n; i++) {
		const struct fact *k = &facts->unseen.at[i];
		int to = v->row.flows[k->to].point_pos;

		if (s->at[to - 1].gap.n < GAP_SHOWN)
			*VEC_PUSH(&s->at[to - 1].gap) = loss_kept(v, k);
	}
	for (size_t i = 0; i < v->row.n_flows; i++) {
		const struct flow_row *f = &v->flow[i].row;
		struct point_limits *p = &s->at[v->row.flows[i].point_pos - 1];

		if (f->packets[0] + f->packets[1] == 0)
			continue;
		p->sessions++;
		p->oneway += is_oneway(v, i);
	}
}

static void add_way(struct point_limits *to, const struct hop_way *w)
{
	to->missed += w->tx.n[FATE_UNSEEN];
	to->passed += w->tx.n[FATE_DELIVERED] + w->tx.n[FATE_UNSEEN];
	to->outside += w->tx.n[FATE_OUTSIDE];
}

static void write_gap(struct derive *d, const struct point_row *p,
		      const struct point_limits *l)
{
	const struct model *m = derive_model(d);
	uint64_t dropped = 0;
	char share[WORDS], n[TEXT_UNIT];
	struct draft *f;

	for (size_t i = 0; i < m->n_files; i++)
		if (m->files[i].point == p->id)
			dropped += m->files[i].dropped;
	if ((l->missed == 0 && dropped == 0) || path_order_in_doubt(m, p->pos))
		return;
	f = draft_new(d, "capture.gap", SEV_LOW, 10);
	draft_title(f, "The capture at %s lacks packets that did pass",
		    p->name);
	if (l->missed)
		draft_text(f,
			   "%s that provably came by %s not in it, and %s "
			   "counted as unseen, never as lost.",
			   words_share(l->missed, l->passed, "packet", share),
			   l->missed == 1 ? "is" : "are",
			   l->missed == 1 ? "is" : "are");
	if (dropped)
		draft_text(f, "Its own counters admit %s dropped packets.",
			   text_count(dropped, n));
	for (size_t i = 0; i < l->gap.n; i++) {
		const struct kept_loss *x = &l->gap.at[i];
		char where[WORDS];

		snprintf(where, sizeof where, "%s%s", p->name,
			 x->fact.e.reason == WHY_LATER_POINT
				 ? ", but at a point behind it"
				 : "");
		loss_frame(f, x, true, where);
		loss_proof(f, x);
	}
	draft_frame_filters(f);
	draft_place(f, "the capturing host at %s", p->name);
	draft_next(f, "capture there with a larger buffer (-B), a smaller snap "
		      "length or a filter");
	json_object_set_new(f->measure, "missed",
			    json_integer((json_int_t)l->missed));
	json_object_set_new(f->measure, "dropped",
			    json_integer((json_int_t)dropped));
}

static void write_window(struct derive *d, const struct point_row *p,
			 const struct point_limits *l)
{
	uint64_t all = (uint64_t)derive_model(d)->n_sessions;
	bool many = l->beyond > 0 && l->beyond * MANY_OF >= all;
	char n[TEXT_UNIT], share[WORDS], from[TEXT_UNIT], to[TEXT_UNIT];
	struct draft *f;

	if (!l->outside && !l->beyond)
		return;
	f = draft_new(d, "capture.window", many ? SEV_LOW : SEV_INFO, 4);
	draft_title(f, "The capture at %s does not cover the whole time%s%s",
		    p->name,
		    !many            ? ""
		    : l->beyond == 1 ? ": outside it is "
				     : ": outside it are ",
		    many ? words_share(l->beyond, all, "session", share) : "");
	if (l->outside)
		draft_text(f,
			   "%s packet%s of other points fall%s before, after "
			   "or between its files: nothing is said of the way "
			   "to %s.",
			   text_count(l->outside, n), plural(l->outside),
			   l->outside == 1 ? "s" : "", p->name);
	if (l->beyond)
		draft_text(f,
			   "%s session%s that only other points have ended "
			   "before its first packet, or began after its last: "
			   "nothing is said of what became of %s on the way to "
			   "%s.  It has packets from %s to %s by its own "
			   "clock.",
			   text_count(l->beyond, n), plural(l->beyond),
			   l->beyond == 1 ? "it" : "them", p->name,
			   words_time(l->own[0], from),
			   words_time(l->own[1], to));
	if (l->beyond)
		draft_against(f, "a capture that ran all the time, but whose "
				 "filter or place keeps these sessions out, "
				 "looks the same");
	if (many)
		draft_next(f, "if what is complained of may be among these, "
			      "capture again: start all captures before it and "
			      "stop them after it");
	json_object_set_new(f->measure, "sessions",
			    json_integer((json_int_t)l->beyond));
	json_object_set_new(f->measure, "outside",
			    json_integer((json_int_t)l->outside));
}

static void write_oneway(struct derive *d, const struct point_row *p,
			 const struct point_limits *l)
{
	struct draft *f;
	char share[WORDS];

	if (l->oneway == 0)
		return;
	f = draft_new(d, "capture.oneway", SEV_INFO, 6);
	words_share(l->oneway, l->sessions, "session", share);
	draft_title(f, "%s sees only one direction of some sessions", p->name);
	draft_text(
		f,
		"Of the sessions looked at, %s %s one direction only at %s, "
		"and both elsewhere: the other direction takes another path, "
		"or the capture leaves it out.",
		share, l->oneway == 1 ? "has" : "have", p->name);
	json_object_set_new(f->measure, "sessions",
			    json_integer((json_int_t)l->oneway));
}

static void write_duplicate(struct derive *d, const struct quality_row *q)
{
	const struct model *m = derive_model(d);
	const struct file_row *file = model_file(m, q->file);
	bool routed = !strcmp(q->what, "routed-packets");
	bool looped = !strcmp(q->what, "routing-loop");
	const struct point_row *p;
	struct draft *f;
	char n[TEXT_UNIT];

	if (!file || (!routed && !looped && strcmp(q->what, "doubled-packets")))
		return;
	p = model_point(m, file->point);
	text_count(q->count, n);
	f = draft_new(d, "capture.duplicate", looped ? SEV_HIGH : SEV_INFO,
		      looped ? 70 : 16);
	if (looped)
		draft_title(f, "Packets go round in a routing loop at %s",
			    p->name);
	else
		draft_title(f, "%s holds packets twice%s", p->name,
			    routed ? ", on both sides of a router" : "");
	draft_text(f, "%s packet%s %s %s.", n, plural(q->count),
		   q->count == 1 ? "was" : "were",
		   looped   ? "seen again and again, each time with a lower "
			      "TTL: routers send them to one another until the "
			      "TTL runs out"
		   : routed ? "seen again with a lower TTL, as where a mirror "
			      "port shows what enters and what leaves a "
			      "router.  The second sights were left out: they "
			      "are no retransmissions"
			    : "recorded once more, as mirror ports that "
			      "copy both sides, captures on all interfaces, "
			      "those that show a tunnel and what is in it, and "
			      "Windows' pktmon (without --component-id) have "
			      "them.  One of each was used: the others are "
			      "neither retransmissions nor doubled by the "
			      "network");
	if (looped)
		draft_next(f, "compare the routes of the routers there for the "
			      "destination: two of them point at each other");
	else if (routed)
		draft_next(f, "to compare both sides, give each a file of its "
			      "own: split by MAC address (tshark -Y "
			      "'eth.src == ...' -w)");
	draft_evidence(f, p->id, file->id, q->first_frame, q->from_ns,
		       "the first that is there again");
	draft_filter(f, p->id, file->id, "frame.number == %llu",
		     (unsigned long long)q->first_frame);
	json_object_set_new(f->measure, "packets",
			    json_integer((json_int_t)q->count));
}

static void finish(void *state, struct derive *d)
{
	struct capture_rules *s = state;
	const struct model *m = derive_model(d);

	for (size_t i = 0; i < m->figures.n; i++) {
		const struct hop_figures *h = &m->figures.hop[i];

		add_way(&s->at[h->to_pos - 1], &h->way[0]);
		add_way(&s->at[h->from_pos - 1], &h->way[1]);
	}
	for (size_t i = 0; i < m->n_points; i++) {
		write_gap(d, &m->points[i], &s->at[i]);
		write_window(d, &m->points[i], &s->at[i]);
		write_oneway(d, &m->points[i], &s->at[i]);
		VEC_FREE(&s->at[i].gap);
	}
	for (size_t i = 0; i < m->n_qualities; i++)
		write_duplicate(d, &m->qualities[i]);
	free(s->at);
	free(s);
}

const struct rule_group rules_capture = { "capture", begin, session, finish };
