/* delay.path of connections that are opened for a request or two each.
 *
 * On a long path opening one costs as much as a request: a round trip of TCP, and one
 * or two of TLS.  No session shows that by itself, so a client's are added up; LEAST
 * of them are a habit.  That is no fault of the path, and where they are opened ahead
 * of need, by a poller, or for many users behind one address, nobody waits for them:
 * packets do not tell, so severity is low.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "capture/message.h"
#include "report/derive/delay.h"
#include "report/derive/words.h"
#include "report/exchanges.h"

#define LEAST 10
#define EXAMPLES 3
#define LOOK 4 /* exchanges that may be the handshake's */

/* The first request's frame. */
static void asks(struct draft *f, const struct model *m,
		 const struct session_view *v)
{
	char words[EXCHANGE_WORDS];
	struct exchange_views w;
	struct exchange x;

	exchange_views_open(&w, m, v);
	for (uint32_t i = 0; i < LOOK; i++) {
		struct exchange_frame at;
		bool tls;

		if (!exchange_load(m, v->row.id, i, &x))
			break;
		tls = x.proto == MESSAGE_TLS + 1u && x.name &&
		      strncmp(x.name, "Client", 6) == 0;
		at = exchange_frame(&w, &x, false, 0);
		exchange_words(v, &x, words);
		free(x.name);
		if (x.opening || tls || !at.known)
			continue;
		draft_evidence(f, v->flow[v->budget.near].row.point, at.file,
			       at.frame, at.time_ns, "its first request: %s",
			       words);
		break;
	}
	exchange_views_close(&w);
}

static void evidence(struct draft *f, struct derive *d, const struct group *g)
{
	const struct model *m = derive_model(d);

	for (size_t i = 0; m->store && i < g->n_top && i < EXAMPLES; i++) {
		struct session_view v;
		struct record syn;
		int64_t file;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		if (v.budget.near < v.row.n_flows &&
		    derive_record(d, &v.flow[v.budget.near].row, 0, REC_SYN,
				  &syn, &file)) {
			if (i == 0)
				draft_session_filters(f, &v);
			draft_evidence(f, v.flow[v.budget.near].row.point, file,
				       syn.frame, syn.time_ns,
				       "a connection is opened");
			asks(f, m, &v);
		}
		session_view_release(&v);
	}
}

static void say(struct draft *f, const struct group *g)
{
	char n[TEXT_UNIT], of[TEXT_UNIT], trips[TEXT_UNIT], a[TEXT_UNIT];

	draft_text(f,
		   "%s connections carried %s request%s.  To open them took %s "
		   "round trips of %s (median)%s, before a first request "
		   "could be sent.",
		   text_count(g->sessions, n), text_count(g->exchanges, of),
		   plural(g->exchanges), text_count(g->errors, trips),
		   text_duration(hist_quantile(&g->hold, 0.5), a),
		   g->errors > g->sessions ? ": one each for TCP, the others "
					     "for TLS"
					   : "");
}

static void delay_set_up(struct derive *d, const struct group *g,
			 const struct delay_many *many)
{
	struct draft *f = delay_draft(d, "delay.path", SEV_LOW, g);
	char a[TEXT_UNIT], all[TEXT_UNIT], number[TEXT_UNIT];

	text_duration(g->explained_ns, a);
	text_duration(group_total(g), all);
	if (many || !*g->key)
		draft_title(f,
			    "%s clients open a connection for every request or "
			    "two: handshakes take %s of %s",
			    many ? delay_number(many, "More", number) : "Some",
			    a, all);
	else
		draft_title(f,
			    "The client %s opens a connection for every "
			    "request or two: handshakes take %s of %s",
			    g->key, a, all);
	if (many)
		delay_say_many(f, many);
	say(f, g);
	delay_gain(f, g, "On connections that are open already");
	draft_against(f, "connections that are opened ahead of need, or many "
			 "at a time, or by many users behind one address, keep "
			 "nobody waiting so long");
	draft_place(f, "the program on the client, which does not use its "
		       "connections again, or a server or proxy that closes "
		       "them after each answer");
	draft_next(f, "see who closes first, and whether answers say "
		      "\"Connection: close\"; keep connections open (a pool, "
		      "keep-alive, HTTP/2), and have TLS 1.3 or resumed "
		      "sessions save a round trip");
	json_object_set_new(f->measure, "handshake_round_trips",
			    json_integer((json_int_t)g->errors));
	json_object_set_new(f->measure, "round_trip_ns",
			    json_integer(hist_quantile(&g->hold, 0.5)));
	evidence(f, d, g);
}

static bool never(const struct derive *d, const struct group *g)
{
	(void)d;
	(void)g;
	return false;
}

void delay_set_ups(struct derive *d, const struct group *g, size_t n)
{
	struct group *habit = mem_zalloc(n + 1, sizeof *habit);
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (g[i].sessions >= LEAST)
			habit[k++] = g[i]; /* what it owns stays its own */
	delay_ends(d, habit, k, delay_set_up, never);
	free(habit);
}
