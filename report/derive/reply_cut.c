/* reply.cut: answers that the server cuts short by its own close or reset.
 *
 * timeline_owed.c decides which these are; here they get words and frames.  One
 * capture does not tell who made that close or reset, and the words do not either.  No
 * time is lost by them, so they are no delay: the client has half an answer at once.
 * That is a fault in any case, and high where one in ten or more of the server's
 * answers is so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "report/derive/words.h"
#include "report/exchanges.h"

#define EXAMPLES 4
#define MANY 10 /* one in so many answers */

/* How many requests that server had. */
static uint64_t requests_of(const struct model *m, const struct group *g)
{
	size_t n;
	const struct group *of = model_groups(m, GROUP_SERVER, &n);

	for (size_t i = 0; i < n; i++)
		if (*g->key && strcmp(of[i].key, g->key) == 0)
			return of[i].exchanges;
	return g->exchanges;
}

/* The last exchange of the session that has an answer. */
static bool last_answered(const struct model *m, int64_t session,
			  struct exchange *out)
{
	struct exchange_cursor *c = store_exchanges(m->store, session);
	struct exchange x;
	uint32_t last = UINT32_MAX;

	for (uint32_t i = 0; exchange_cursor_next(c, &x); i++)
		if (!x.opening && x.near[3] != EXCHANGE_NONE)
			last = i;
	exchange_cursor_free(c);
	return last != UINT32_MAX && exchange_load(m, session, last, out);
}

static void frame(struct draft *f, const struct session_view *v, size_t flow,
		  struct exchange_frame at, const char *what)
{
	if (at.known)
		draft_evidence(f, v->flow[flow].row.point, at.file, at.frame,
			       at.time_ns, "%s", what);
}

/* The first FIN or reset that comes from the server's side, at the point. */
static void end_frame(struct draft *f, struct derive *d,
		      const struct flow_view *w, const char *closed,
		      const char *reset)
{
	struct record fin, rst;
	int64_t fin_file, rst_file;
	bool closes = derive_record(d, &w->row, 1, REC_FIN, &fin, &fin_file);
	bool resets = derive_record(d, &w->row, 1, REC_RST, &rst, &rst_file);

	if (closes && (!resets || fin.time_ns <= rst.time_ns))
		draft_evidence(f, w->row.point, fin_file, fin.frame,
			       fin.time_ns, "%s", closed);
	else if (resets)
		draft_evidence(f, w->row.point, rst_file, rst.frame,
			       rst.time_ns, "%s", reset);
}

static void example(struct draft *f, struct derive *d,
		    const struct session_view *v, bool far)
{
	const struct model *m = derive_model(d);
	const struct budget *b = &v->budget;
	char words[EXCHANGE_WORDS], line[EXCHANGE_WORDS + 64], n[TEXT_UNIT];
	struct exchange_views w;
	struct exchange x;

	if (b->near >= v->row.n_flows || b->far >= v->row.n_flows ||
	    !last_answered(m, v->row.id, &x))
		return;
	exchange_views_open(&w, m, v);
	frame(f, v, b->near, exchange_frame(&w, &x, false, 0),
	      exchange_words(v, &x, words));
	snprintf(line, sizeof line, "the last byte that came, of %s",
		 text_count(x.bytes[1], n));
	frame(f, v, b->near, exchange_frame(&w, &x, false, 3), line);
	exchange_views_close(&w);
	if (far)
		end_frame(f, d, &v->flow[b->near],
			  "a FIN from the server's side",
			  "a reset from the server's side");
	else
		end_frame(f, d, &v->flow[b->near], "the server closes",
			  "the server resets");
	if (b->near != b->far)
		end_frame(f, d, &v->flow[b->far],
			  "the server closes: it leaves",
			  "the server resets: it leaves");
	free(x.name);
}

static void examples(struct draft *f, struct derive *d, const struct group *g)
{
	const struct model *m = derive_model(d);

	for (size_t i = 0; m->store && i < g->n_top; i++) {
		struct session_view v;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		draft_session(f, v.row.id);
		if (i == 0)
			draft_session_filters(f, &v);
		if (i < EXAMPLES)
			example(f, d, &v, g->kind == CAUSE_CUT_FAR);
		session_view_release(&v);
	}
}

/* Of the ways to say it: all closed, all reset, or some of each. */
static const char *how(const struct group *g, const char *closed,
		       const char *reset, const char *both)
{
	if (!g->errors)
		return closed;
	return g->errors == g->sessions ? reset : both;
}

static void title_far(struct draft *f, const struct group *g, const char *n,
		      uint64_t of)
{
	char all[TEXT_UNIT];

	draft_title(f,
		    "%s of %s answer%s of %s %s cut short: the connection is "
		    "%s in the middle",
		    n, text_count(of, all), plural(of),
		    *g->key ? g->key : "servers that are not listed",
		    g->sessions == 1 ? "is" : "are",
		    how(g, "closed", "reset", "closed or reset"));
}

static void title(struct draft *f, const struct group *g, const char *n,
		  uint64_t of)
{
	char all[TEXT_UNIT];

	text_count(of, all);
	if (*g->key)
		draft_title(f,
			    "The server %s cuts %s of %s answer%s short: it %s "
			    "the connection in the middle",
			    g->key, n, all, plural(of),
			    how(g, "closes", "resets", "closes or resets"));
	else
		draft_title(f,
			    "Servers that are not listed cut %s of %s answer%s "
			    "short: they %s the connection in the middle",
			    n, all, plural(of),
			    how(g, "close", "reset", "close or reset"));
}

static void tell_resets(struct draft *f, const struct group *g)
{
	char n[TEXT_UNIT];
	const char *which = g->sessions == 1 ? "It" : "All";

	if (!g->errors)
		return;
	text_count(g->errors, n);
	draft_text(f,
		   "%s%s ended by a reset, which also throws away what the "
		   "client's host had not passed to the program yet.",
		   g->errors == g->sessions ? which : n,
		   g->errors == g->sessions ? "" : " of them");
}

void reply_cut(struct derive *d, const struct group *g)
{
	uint64_t of = requests_of(derive_model(d), g);
	bool far = g->kind == CAUSE_CUT_FAR, many = g->sessions * MANY >= of;
	struct draft *f = draft_new(d, "reply.cut",
				    many ? SEV_HIGH : SEV_MEDIUM, 70);
	char n[TEXT_UNIT];

	text_count(g->sessions, n);
	(far ? title_far : title)(f, g, n, of);
	draft_text(f,
		   "Of %s answer%s only a part came, less than its protocol "
		   "announces (a length, a last chunk).  %s",
		   n, plural(g->sessions),
		   far ? "Right after it a FIN or a reset came from the "
			 "server's side, and the client had sent none.  The "
			 "capture lacks nothing before that."
		       : "Right after it the server ended the connection, and "
			 "the client had not.  Nothing of it was lost: it is "
			 "all that was sent.");
	tell_resets(f, g);
	draft_against(f, "a server that announces more than it has looks the "
			 "same: then it is always the same answers");
	draft_place(f, "the program on the server: it ended or gave up while "
		       "it answered (a crash, a time limit, a proxy whose own "
		       "server broke off)");
	if (far)
		draft_place(f, "a device on the way that closes in the "
			       "server's name: one capture cannot tell");
	draft_next(f, "the server's log at that moment (a worker that died, "
		      "\"upstream prematurely closed\", a time-out); if it "
		      "is a proxy, a capture between it and what it asks");
	if (far)
		draft_next(f, "capture at the server at the same time: it "
			      "shows whether it closes there");
	json_object_set_new(f->measure, "cut",
			    json_integer((json_int_t)g->sessions));
	json_object_set_new(f->measure, "requests",
			    json_integer((json_int_t)of));
	json_object_set_new(f->measure, "resets",
			    json_integer((json_int_t)g->errors));
	examples(f, d, g);
}
