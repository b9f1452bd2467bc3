/* pair.relay: sessions that a relay turns into others, as it shares connections
 * or changes what it forwards (correlate/relate.h).
 *
 * Each side's sessions have packets, losses and shares of time of their own;
 * this finding says which belong together, and how much longer the front side
 * waits.  One finding per pair of points, with the first requests as evidence.
 *
 * Cost: one pass over relations; only example sessions are loaded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/words.h"

#define EXAMPLES 3 /* front sessions given as examples */
#define OTHERS 4   /* other sessions named for each */

struct example {
	int64_t session;
	char who[WORDS];
};

struct pace { /* of a relation's exchanges */
	int64_t added;
	uint64_t n;
};

struct related_hop { /* by the points on both sides */
	int pos[2];
	bool form;     /* judged by the form of conversations alone */
	int64_t front; /* the last one */
	uint64_t fronts, rows, exchanges, asked, weak, others;
	int64_t least, most; /* added */
	struct VEC(struct pace) pace;
	struct draft *draft;
};

struct related {
	struct VEC(struct related_hop) hop;
	struct VEC(struct example) example; /* by session, once sorted */
};

static int by_session(const void *a, const void *b)
{
	const struct example *x = a, *y = b;

	return x->session < y->session ? -1 : x->session > y->session;
}

static int by_added(const void *a, const void *b)
{
	const struct pace *x = a, *y = b;

	return x->added < y->added ? -1 : x->added > y->added;
}

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static struct related_hop *hop_of(struct related *r, struct derive *d,
				  const struct relay_row *row)
{
	int a = row->end[0].point_pos, b = row->end[1].point_pos;
	struct related_hop *h;

	for (size_t i = 0; i < r->hop.n; i++)
		if (r->hop.at[i].pos[0] == a && r->hop.at[i].pos[1] == b &&
		    r->hop.at[i].form == row->form)
			return &r->hop.at[i];
	h = VEC_PUSH(&r->hop);
	*h = (struct related_hop){
		.pos = { a, b },
		.form = row->form,
		.least = INT64_MAX,
		.most = INT64_MIN,
		.draft = draft_new(d, "pair.relay", SEV_LOW,
				   row->form ? 40 : 60),
	};
	draft_hop(h->draft, derive_model(d), a < b ? a : b, a < b ? b : a);
	return h;
}

static void add_evidence(struct draft *f, const struct model *m,
			 const struct relay_row *row)
{
	for (int k = 0; k < 2; k++) {
		const struct relay_end *e = &row->end[k];
		const struct point_row *p = &m->points[e->point_pos - 1];

		long long id = k ? row->back : row->front;
		char note[64];

		if (row->form)
			snprintf(note, sizeof note,
				 k ? "probably the same turn, in session %lld"
				   : "a turn of session %lld",
				 id);
		else
			snprintf(note, sizeof note,
				 k ? "the same request, as session %lld sends "
				     "it on"
				   : "a request of session %lld",
				 id);
		draft_evidence(f, p->id, e->part >> 32, e->frame, e->time_ns,
			       "%s", note);
	}
}

/* Rows are ordered by front: those of a front session are adjacent. */
static void add_row(struct related *r, struct derive *d,
		    const struct relay_row *row)
{
	struct related_hop *h = hop_of(r, d, row);
	bool new_front = row->front != h->front;

	h->rows++;
	h->exchanges += row->exchanges;
	h->weak += !row->sure;
	h->least = row->added_min < h->least ? row->added_min : h->least;
	h->most = row->added_max > h->most ? row->added_max : h->most;
	*VEC_PUSH(&h->pace) = (struct pace){ row->added_median,
					     row->exchanges };
	h->others = new_front ? 1 : h->others + 1;
	if (new_front) {
		h->front = row->front;
		h->fronts++;
		h->asked += row->end[0].exchanges;
		draft_session(h->draft, row->front);
	}
	if (h->fronts > EXAMPLES || h->others > OTHERS)
		return;
	*VEC_PUSH(&r->example) = (struct example){ .session = row->front };
	*VEC_PUSH(&r->example) = (struct example){ .session = row->back };
	if (new_front)
		add_evidence(h->draft, derive_model(d), row);
}

static bool is_place(const struct model *m, int pos)
{
	return pos >= 1 && (size_t)pos <= m->n_points;
}

static void *begin(struct derive *d)
{
	struct related *r = mem_zalloc(1, sizeof *r);
	const struct model *m = derive_model(d);

	for (size_t i = 0; i < m->n_relays; i++) {
		const struct relay_row *row = &m->relays[i];

		if (row->front != row->back &&
		    is_place(m, row->end[0].point_pos) &&
		    is_place(m, row->end[1].point_pos))
			add_row(r, d, row);
	}
	if (r->example.n)
		qsort(r->example.at, r->example.n, sizeof *r->example.at,
		      by_session);
	return r;
}

/* Names the examples. */
static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct related *r = state;

	(void)d;
	(void)facts;
	for (size_t i = 0; i < r->example.n; i++)
		if (r->example.at[i].session == v->row.id)
			words_session(v, session_first_flow(v),
				      r->example.at[i].who);
}

static const char *name_of(const struct related *r, int64_t session)
{
	struct example key = { .session = session };
	const struct example *e = r->example.n ? bsearch(&key, r->example.at,
							 r->example.n,
							 sizeof *r->example.at,
							 by_session)
					       : NULL;

	return e && *e->who ? e->who : "another session";
}

/* "Session 3, ... continues as session 5, ... (3 requests); session 7, ...
 * (5)." */
static void say_example(const struct related *r, const struct model *m,
			const struct related_hop *h, int64_t front)
{
	const struct relay_row *row;
	struct text t = { 0 };
	char n[TEXT_UNIT];
	size_t k = 0;

	for (; (row = model_relation(m, front, k)) && row->front == front; k++)
		if (k < OTHERS)
			text_add(&t, "%s session %lld, %s (%s%s%s)",
				 k ? ";" : "", (long long)row->back,
				 name_of(r, row->back),
				 text_count(row->exchanges, n),
				 k         ? ""
				 : h->form ? " turn"
					   : " request",
				 k ? "" : plural(row->exchanges));
	if (k > OTHERS)
		text_add(&t, "; and %zu more", k - OTHERS);
	draft_text(h->draft, "Session %lld, %s, %s%s.", (long long)front,
		   name_of(r, front),
		   h->form ? "probably continues as" : "continues as",
		   t.n ? t.at : "");
	text_release(&t);
}

static bool is_of(const struct related_hop *h, const struct relay_row *row)
{
	return row->front != row->back && row->form == h->form &&
	       row->end[0].point_pos == h->pos[0] &&
	       row->end[1].point_pos == h->pos[1];
}

static void say_examples(const struct related *r, const struct model *m,
			 const struct related_hop *h)
{
	int64_t front = 0;
	int said = 0;

	for (size_t i = 0; i < m->n_relays && said < EXAMPLES; i++) {
		const struct relay_row *row = &m->relays[i];

		if (row->front == front || !is_of(h, row))
			continue;
		front = row->front;
		say_example(r, m, h, front);
		said++;
	}
}

/* The median over the exchanges, estimated from the medians of their
 * relations. */
static int64_t middle(struct related_hop *h)
{
	uint64_t before = 0;

	qsort(h->pace.at, h->pace.n, sizeof *h->pace.at, by_added);
	for (size_t i = 0; i < h->pace.n; i++) {
		before += h->pace.at[i].n;
		if (2 * before >= h->exchanges)
			return h->pace.at[i].added;
	}
	return h->most;
}

/* Adds the sessions on the other side, each once. Return: how many. */
static uint64_t add_backs(const struct model *m, const struct related_hop *h)
{
	int64_t *id = mem_resize(NULL, m->n_relays + 1, sizeof *id);
	size_t n = 0;
	uint64_t backs = 0;

	for (size_t i = 0; i < m->n_relays; i++)
		if (is_of(h, &m->relays[i]))
			id[n++] = m->relays[i].back;
	qsort(id, n, sizeof *id, by_id);
	for (size_t i = 0; i < n; i++)
		if (!i || id[i] != id[i - 1]) {
			draft_session(h->draft, id[i]);
			backs++;
		}
	free(id);
	return backs;
}

static void say_times(const struct related_hop *h, const char *a, const char *b,
		      int64_t median)
{
	char x[TEXT_UNIT], y[TEXT_UNIT], z[TEXT_UNIT];

	draft_text(
		h->draft,
		"%srom request to answer it takes %s longer at %s than at %s "
		"(median; %s to %s): that is what the relay and the paths to "
		"it add.  No clocks had to be compared for this.",
		h->form ? "If they do, f" : "F", text_duration(median, x), a, b,
		text_duration(h->least, y), text_duration(h->most, z));
}

static void say_against(const struct related_hop *h, const char *b)
{
	const char *what = h->form ? "turns" : "requests";
	char x[TEXT_UNIT], y[TEXT_UNIT];
	struct text t = { 0 };

	text_puts(&t,
		  h->form ? "Confidence is low: no byte is the same on both "
			    "sides.  The match rests on when and how much each "
			    "side sends, and on how rarely other sessions of "
			    "these captures would fit as well."
			  : "Requests are told apart by method, path, "
			    "lengths and times alone.");
	if (h->asked > h->exchanges)
		text_add(&t,
			 "  Of %s %s of these sessions %s have none at "
			 "%s that alone fits, and nothing is said of them.",
			 text_count(h->asked, x), what,
			 text_count(h->asked - h->exchanges, y), b);
	if (h->weak && !h->form)
		text_add(&t,
			 "  %s of %s pairs of sessions rest on little more "
			 "than is needed (confidence medium).",
			 text_count(h->weak, x), text_count(h->rows, y));
	draft_against(h->draft, "%s", t.at);
	text_release(&t);
}

static void say_hop(const struct related_hop *h, const char *a, const char *b,
		    uint64_t backs)
{
	bool shared = h->rows > h->fronts || h->rows > backs;
	char x[TEXT_UNIT], y[TEXT_UNIT];

	text_count(h->fronts, x);
	text_count(backs, y);
	if (h->form) {
		draft_title(
			h->draft,
			"%s session%s at %s probably continue%s as %s at %s: "
			"a relay that ends TLS or frames anew",
			x, plural(h->fronts), a, h->fronts == 1 ? "s" : "", y,
			b);
		draft_text(
			h->draft,
			"%s turns (a request and its answer) at %s agree with "
			"turns at %s in their order, times and lengths.  This "
			"is for orientation only: no loss, clock or other "
			"pairing rests on it.",
			text_count(h->exchanges, x), a, b);
		return;
	}
	draft_title(
		h->draft,
		"%s session%s at %s continue%s as %s at %s: a relay that %s", x,
		plural(h->fronts), a, h->fronts == 1 ? "s" : "", y, b,
		shared ? "shares connections" : "changes what it passes on");
	draft_text(
		h->draft,
		"%s requests (HTTP) that %s saw were sent on at %s.  Packets, "
		"losses and round trips are each side's own; between %s and "
		"%s nothing but requests is compared.",
		text_count(h->exchanges, x), a, b, a, b);
}

static void write_hop(const struct related *r, struct derive *d,
		      struct related_hop *h)
{
	const struct model *m = derive_model(d);
	const char *a = model_point_name(m, h->pos[0]);
	const char *b = model_point_name(m, h->pos[1]);
	uint64_t backs = add_backs(m, h);
	int64_t median = middle(h);
	json_t *added = json_object();

	say_hop(h, a, b, backs);
	say_times(h, a, b, median);
	say_examples(r, m, h);
	say_against(h, b);
	draft_place(h->draft,
		    "the proxy or balancer between %s and %s, for what it adds",
		    a, b);
	draft_next(
		h->draft,
		"compare the proxy's own log with this, if it has the time to "
		"its server's answer; a capture on the proxy itself, of both "
		"sides, tells its share from the network's");
	draft_frame_filters(h->draft);
	json_object_set_new(h->draft->measure, "by",
			    json_string(h->form ? "form" : "http"));
	json_object_set_new(h->draft->measure, "sessions",
			    json_integer((json_int_t)h->fronts));
	json_object_set_new(h->draft->measure, "back_sessions",
			    json_integer((json_int_t)backs));
	json_object_set_new(h->draft->measure, "exchanges",
			    json_integer((json_int_t)h->exchanges));
	json_object_set_new(added, "min", json_integer(h->least));
	json_object_set_new(added, "median", json_integer(median));
	json_object_set_new(added, "max", json_integer(h->most));
	json_object_set_new(h->draft->measure, "added_ns", added);
}

static void finish(void *state, struct derive *d)
{
	struct related *r = state;

	for (size_t i = 0; i < r->hop.n; i++) {
		write_hop(r, d, &r->hop.at[i]);
		VEC_FREE(&r->hop.at[i].pace);
	}
	VEC_FREE(&r->hop);
	VEC_FREE(&r->example);
	free(r);
}

const struct rule_group rules_related = { "related", begin, session, finish };
