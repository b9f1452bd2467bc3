/* Where the time went, as text: bars and the slowest exchanges (tables of groups
 * are text_by.c).
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/exchanges.h"
#include "report/render/text.h"
#include "report/thinks.h"

#define BAR 40    /* at most, */
#define BAR_AT 42 /* behind so much */
#define SLOWEST 5
#define TABLE 10
#define FELT_NS 20000000 /* a round trip for which each side blames the other */
#define BARS 3           /* sessions that get a bar of their own */

static const char *part_words(enum time_part p, enum far_side far)
{
	static const char *const server[] = { "server", "far side",
					      "server, far side" };

	static const char *const word[TIME_PARTS] = {
		"client",
		"path",
		NULL,
		"transfer",
		"recovery from loss",
		"window",
		"Nagle, delayed ACK",
		"congestion window",
		"queue",
		"not known",
	};

	return p == TIME_SERVER ? server[far] : word[p];
}

static enum far_side far_side_of(const struct session_view *v)
{
	return session_far_only(v) ? FAR_SIDE : FAR_SERVER;
}

static double bar_of(const struct page *p)
{
	int room = (p->columns ? p->columns : PAGE_COLUMNS) - BAR_AT;

	return room < 0 ? 0 : room < BAR ? room : BAR;
}

/* A bar's line for each part that is not 0, as wide as its share. */
static void put_parts(const struct page *p, const int64_t part[TIME_PARTS],
		      enum far_side far)
{
	int64_t total = 0;

	for (int i = 0; i < TIME_PARTS; i++)
		total += part[i];
	for (int i = 0; i < TIME_PARTS; i++) {
		char ns[TEXT_UNIT], bar[BAR + 1];
		double share = total > 0 ? (double)part[i] / (double)total : 0;
		size_t n = (size_t)(share * bar_of(p) + 0.5);

		if (!part[i])
			continue;
		memset(bar, '#', n);
		bar[n] = '\0';
		fprintf(p->out, "    %-18s %9s %5.1f %%%s%s\n",
			part_words((enum time_part)i, far),
			text_duration(part[i], ns), 100 * share, n ? "  " : "",
			bar);
	}
}

/* How much of it was out; a queue was in the same round trips. */
static void ways_words(struct text *t, const struct budget_hop *h)
{
	char queue[TEXT_UNIT], out[TEXT_UNIT], slack[TEXT_UNIT];
	bool queued = h->queue_ns > 0;

	text_add(t,
		 queued ? ", and %s in a queue (%s of both out, +- %s)"
			: "%s (%s of it out, +- %s)",
		 queued ? text_duration(h->queue_ns, queue) : "",
		 text_duration(h->out_ns, out),
		 text_duration(h->slack_ns, slack));
}

static void path_words(struct text *t, const struct session_view *v)
{
	const struct budget *b = &v->budget;
	char ns[TEXT_UNIT];
	bool unknown = false;

	if (!b->part[TIME_PATH])
		return;
	if (b->before_ns)
		text_add(t, "%sbefore %s %s", t->n ? "; " : "",
			 v->flow[b->near].point->name,
			 text_duration(b->before_ns, ns));
	for (size_t i = 0; i < b->n_hops; i++) {
		const struct budget_hop *h = &b->hop[i];
		bool span = budget_span(b, i);

		if (span && !h->path_ns)
			continue;
		text_add(t,
			 span ? "%ssomewhere from %s to %s %s"
			      : "%s%s to %s %s",
			 t->n ? "; " : "", v->flow[h->from].point->name,
			 v->flow[h->to].point->name,
			 text_duration(h->path_ns, ns));
		if (budget_hop_ways(h) && h->path_ns > 0 &&
		    h->slack_ns < h->out_ns / 4)
			ways_words(t, h);
		else if (h->path_ns > 0)
			unknown = true;
	}
	if (b->beyond_ns)
		text_add(t, "%sbeyond %s %s", t->n ? "; " : "",
			 v->flow[b->far].point->name,
			 text_duration(b->beyond_ns, ns));
	if (unknown)
		text_puts(t,
			  " (both ways together: the clocks cannot split it)");
}

/* What each side alone would say about it.  The client waits once for each
 * answer and for the connection's opening, if that was seen. */
static void put_blames(const struct page *p, const struct session_view *v)
{
	const struct budget *b = &v->budget;
	char a[TEXT_UNIT], c[TEXT_UNIT], *line;
	int64_t n = (int64_t)b->exchanges, trips;

	if (b->near == b->far || n < 1 || b->base_ns < FELT_NS ||
	    b->part[TIME_PATH] < budget_total(b) / 4)
		return;
	trips = n + v->flow[b->near].dir[0].syn;
	if (trips < 2)
		return; /* the server saw no wait */
	line = mem_printf(
		"Seen alone, each side blames the other: at %s the server "
		"seems to take %s for each answer, at %s the client %s before "
		"each request.  The path is in both figures.",
		v->flow[b->near].point->name,
		text_duration(
			(b->part[TIME_SERVER] + b->part[TIME_PATH]) / trips, a),
		v->flow[b->far].point->name,
		text_duration((b->part[TIME_CLIENT] + b->part[TIME_PATH]) /
				      trips,
			      c));
	page_wrap(p, 4, "    ", line);
	free(line);
}

/* The sides from which sessions' times were measured, if only one side was. */
struct sides {
	size_t n;
	struct side {
		const struct point_row *point;
		bool relayed;
	} at[BARS];
};

static void sides_add(struct sides *l, const struct session_view *v)
{
	const struct budget *b = &v->budget;
	struct side one;

	if (!b->known || b->near != b->far || !b->exchanges ||
	    session_one_way(v))
		return;
	one = (struct side){ v->flow[b->near].point,
			     v->row.kind == PAIR_RELAYED };
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].point == one.point &&
		    l->at[i].relayed == one.relayed)
			return;
	if (l->n < BARS)
		l->at[l->n++] = one;
}

static void put_side(const struct page *p, const struct side *s)
{
	char *line = mem_printf(
		s->relayed
			? "A device on the path ends the connection, so time "
			  "is measured at %s alone: what exceeds the shortest "
			  "round trip there counts as the far side's."
			: "Where only %s sees both directions, what exceeds "
			  "the shortest round trip to the other end counts as "
			  "the far host's.  A capture at that end would tell "
			  "host from path.",
		s->point->name);

	page_wrap(p, 2, "  ", line);
	free(line);
}

/* What the client's own time was, so that it is not taken for a fault. */
static void put_client(const struct page *p, const struct model *m,
		       const struct session_view *v)
{
	char few[TEXT_UNIT], of[TEXT_UNIT], ns[TEXT_UNIT], rest[TEXT_UNIT];
	int64_t client = v->budget.part[TIME_CLIENT];
	char *line = NULL;
	struct thinks t;

	if (client < budget_total(&v->budget) / 2)
		return;
	if (session_one_way(v)) {
		page_wrap(p, 12, "    client: ",
			  "the pace at which it sends; nothing comes back, so "
			  "it waits for nobody");
		return;
	}
	if (v->budget.streams && v->row.proto != IPPROTO_TCP) {
		page_wrap(p, 12, "    client: ",
			  "the pace at which both sides send; neither is known "
			  "to wait for the other");
		return;
	}
	thinks_load(&t, m, &v->row.id, 1);
	if (t.few)
		line = mem_printf(
			"%s of %s requests come%s after a pause, %s%s; "
			"the client waits %s (median) before each of "
			"the others",
			text_count(t.slow, few), text_count(t.all.n, of),
			t.slow == 1 ? "s" : "", text_duration(t.slow_ns, ns),
			t.slow == 1 ? "" : " together",
			text_duration(t.others_ns, rest));
	if (line)
		page_wrap(p, 12, "    client: ", line);
	free(line);
	thinks_release(&t);
}

static void put_session_time(const struct page *p, const struct model *m,
			     const struct session_view *v)
{
	struct text t = { 0 };
	char ns[TEXT_UNIT], n[TEXT_UNIT], head[96];

	if (!budget_total(&v->budget))
		return;
	snprintf(head, sizeof head, "  session %lld, %s in %s exchange%s",
		 (long long)v->row.id,
		 text_duration(budget_total(&v->budget), ns),
		 v->budget.exchanges ? text_count(v->budget.exchanges, n)
				     : "no",
		 v->budget.exchanges == 1 ? "" : "s");
	fprintf(p->out, "%s\n", head);
	put_parts(p, v->budget.part, far_side_of(v));
	path_words(&t, v);
	if (t.n)
		page_wrap(p, 10, "    path: ", t.at);
	text_release(&t);
	put_client(p, m, v);
	put_blames(p, v);
}

/* --- slowest exchanges --- */
static void put_exchange(const struct page *p, const struct model *m,
			 const struct session_view *v, const struct exchange *x)
{
	struct text t = { 0 };
	char ns[TEXT_UNIT], what[EXCHANGE_WORDS], head[TEXT_UNIT + 8];
	struct exchange_views w;
	struct exchange_frame at;
	/* what the client spent itself does not make it slow */
	int64_t total = exchange_total(x) - x->part[TIME_CLIENT];
	enum time_part most = TIME_PATH;

	for (int i = 0; i < TIME_PARTS; i++)
		if (i != TIME_CLIENT && x->part[i] > x->part[most])
			most = (enum time_part)i;
	exchange_views_open(&w, m, v);
	at = exchange_frame(&w, x, false, 0);
	exchange_views_close(&w);
	snprintf(head, sizeof head, "    %9s  ", text_duration(total, ns));
	text_add(&t, "session %lld", (long long)v->row.id);
	if (at.known)
		text_add(&t, ", %s frame %llu",
			 v->flow[v->budget.near].point->name,
			 (unsigned long long)at.frame);
	text_add(&t, ": %s", exchange_words(v, x, what));
	if (total > 0)
		text_add(&t, "; %.0f %% %s",
			 100.0 * (double)x->part[most] / (double)total,
			 part_words(most, far_side_of(v)));
	page_wrap(p, 15, head, t.at);
	text_release(&t);
}

static void put_slowest(const struct page *p, const struct model *m,
			const struct group *g)
{
	if (g->n_top && g->exchanges > 1)
		fprintf(p->out,
			"  slowest exchanges, without the client's own time\n");
	for (size_t i = 0; i < g->n_top && i < SLOWEST && g->exchanges > 1;
	     i++) {
		struct session_view v;
		struct exchange x;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		if (exchange_load(m, v.row.id, g->top[i].n, &x))
			put_exchange(p, m, &v, &x);
		free(x.name);
		session_view_release(&v);
	}
}

/* --- the section --- */
static void put_one(const struct page *p, const struct model *m,
		    const struct session_view *v, struct sides *sides)
{
	put_session_time(p, m, v);
	sides_add(sides, v);
}

static void put_sessions(const struct page *p, const struct model *m,
			 const struct group *g)
{
	struct sides sides = { 0 };
	int64_t shown[BARS];
	size_t n = 0;

	for (size_t i = 0; i < g->n_top && n < BARS; i++) {
		struct session_view v;
		bool again = false;

		for (size_t k = 0; k < n; k++)
			again |= shown[k] == g->top[i].session;
		if (again || !session_view_load(&v, m, g->top[i].session))
			continue;
		shown[n++] = v.row.id;
		put_one(p, m, &v, &sides);
		session_view_release(&v);
	}
	/* no request was answered */
	for (int64_t id = 1; id <= m->n_sessions && id <= BARS && !n; id++) {
		struct session_view v;

		if (!session_view_load(&v, m, id))
			continue;
		n += budget_total(&v.budget) > 0;
		put_one(p, m, &v, &sides);
		session_view_release(&v);
	}
	for (size_t i = 0; i < sides.n; i++)
		put_side(p, &sides.at[i]);
}

void text_time_section(const struct page *p, const struct model *m)
{
	size_t n, servers, commands;
	const struct group *g = model_groups(m, GROUP_CASE, &n);
	char ns[TEXT_UNIT], count[TEXT_UNIT];

	if (!n || !group_total(g))
		return;
	page_head(p, "Where the time went");
	if (g->sessions > 1) {
		fprintf(p->out, "  %s sessions, %s together\n",
			text_count(g->sessions, count),
			text_duration(group_total(g), ns));
		put_parts(p, g->part, text_far_side(m));
	}
	put_sessions(p, m, g);
	put_slowest(p, m, g);
	model_groups(m, GROUP_SERVER, &servers);
	model_groups(m, GROUP_COMMAND, &commands);
	if (servers > 1)
		text_by(p, m, GROUP_SERVER, TABLE);
	if (commands > 1)
		text_by(p, m, GROUP_COMMAND, TABLE);
}
