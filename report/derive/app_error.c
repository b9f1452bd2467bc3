/* app.error: the network is fine, and the server says no.
 *
 * Errors of known protocols are counted by status while exchanges are made
 * (GROUP_STATUS); each status becomes a finding with its first requests and
 * answers as evidence.  Statuses of normal operation (more processing required,
 * not modified, pre-authentication) are not errors: message_status_is_error().
 *
 * Which servers said so is counted, too (GROUP_STATUS_OF), as far as these are among
 * the GROUPS_KEPT.  One of them is named in the title, if all errors are its own.
 *
 * They are reported, not judged: only the owner knows whether access should
 * have been denied.  So severity is medium, and low if there are few among many
 * successful exchanges.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "capture/message.h"
#include "report/derive/delay.h"
#include "report/derive/words.h"
#include "report/exchanges.h"

#define EXAMPLES 4
#define SERVERS 5 /* that are named */
#define RARE 1000 /* successful exchanges for each that failed */

static void *begin(struct derive *d)
{
	(void)d;
	return NULL;
}

static void frame(struct draft *f, const struct session_view *v, size_t flow,
		  struct exchange_frame at, const char *what)
{
	if (at.known)
		draft_evidence(f, v->flow[flow].row.point, at.file, at.frame,
			       at.time_ns, "%s", what);
}

static void example(struct draft *f, const struct model *m,
		    const struct session_view *v, const struct exchange *x)
{
	char words[EXCHANGE_WORDS], line[EXCHANGE_WORDS + 64], ns[TEXT_UNIT];
	const struct budget *b = &v->budget;
	struct exchange_views w;

	if (b->near >= v->row.n_flows || b->far >= v->row.n_flows)
		return;
	exchange_views_open(&w, m, v);
	snprintf(line, sizeof line, "%s", exchange_words(v, x, words));
	frame(f, v, b->near, exchange_frame(&w, x, false, 0), line);
	snprintf(line, sizeof line, "the answer, after %s",
		 text_duration(exchange_total(x), ns));
	frame(f, v, b->near, exchange_frame(&w, x, false, 2), line);
	if (b->near != b->far)
		frame(f, v, b->far, exchange_frame(&w, x, true, 1),
		      "the answer leaves the server's side");
	exchange_views_close(&w);
}

static void examples(struct draft *f, const struct model *m,
		     const struct group *g)
{
	for (size_t i = 0; m->store && i < g->n_top; i++) {
		struct session_view v;
		struct exchange x;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		draft_session(f, v.row.id);
		if (i == 0)
			draft_session_filters(f, &v);
		if (i < EXAMPLES &&
		    exchange_load(m, v.row.id, g->top[i].n, &x)) {
			example(f, m, &v, &x);
			free(x.name);
		}
		session_view_release(&v);
	}
}

static void say_around(struct draft *f, const struct model *m)
{
	const struct evidence_row *e = f->row.n_evidence ? f->row.evidence
							 : NULL;
	const struct point_row *p = e ? model_point(m, e->point) : NULL;

	if (p)
		draft_next(f,
			   "'tracepair around CASE %s:%llu' shows what else "
			   "the same client did at that time",
			   p->name, (unsigned long long)e->frame);
	else
		draft_next(f, "'tracepair around CASE POINT:FRAME' shows what "
			      "else a client did at that time");
}

/* --- whose they are --- */
struct of_servers { /* of one status, most errors first */
	const struct group *at[GROUPS_KEPT];
	size_t n;
	uint64_t exchanges; /* of these */
	size_t skip;        /* in front of the server, in each key */
};

static void add_server(struct of_servers *s, const struct group *g)
{
	size_t i = s->n++;

	for (; i > 0 && s->at[i - 1]->exchanges < g->exchanges; i--)
		s->at[i] = s->at[i - 1];
	s->at[i] = g;
	s->exchanges += g->exchanges;
}

static void find_servers(struct of_servers *s, const struct model *m,
			 const char *status)
{
	size_t n, len = strlen(status);
	const struct group *g = model_groups(m, GROUP_STATUS_OF, &n);

	*s = (struct of_servers){ .skip = len + 1 };
	for (size_t i = 0; i < n && s->n < GROUPS_KEPT; i++)
		if (strncmp(g[i].key, status, len) == 0 && g[i].key[len] == ' ')
			add_server(s, &g[i]);
}

/* "The server 10.0.0.9:80 answers", "3 servers answer", "Servers answer" where not all
 * are known; as an older version wrote no servers: "The server answers". */
static const char *who_answers(const struct of_servers *s,
			       const struct group *g, char out[static WORDS])
{
	char n[TEXT_UNIT];

	if (!s->n)
		snprintf(out, WORDS, "The server answers");
	else if (s->exchanges < g->exchanges)
		snprintf(out, WORDS, "Servers answer");
	else if (s->n > 1)
		snprintf(out, WORDS, "%s servers answer", text_count(s->n, n));
	else
		snprintf(out, WORDS, "The server %s answers",
			 s->at[0]->key + s->skip);
	return out;
}

static void tell_servers(struct draft *f, const struct of_servers *s,
			 const struct group *g)
{
	char list[WORDS_ENDS], n[TEXT_UNIT];
	size_t some = s->n < SERVERS ? s->n : SERVERS, at = 0;
	json_t *by = json_object();

	for (size_t i = 0; i < s->n; i++)
		json_object_set_new(
			by, s->at[i]->key + s->skip,
			json_integer((json_int_t)s->at[i]->exchanges));
	json_object_set_new(f->measure, "by_server", by);
	if (!s->n || (s->n == 1 && s->exchanges == g->exchanges))
		return;
	for (size_t i = 0; i < some && at < sizeof list; i++)
		at += (size_t)snprintf(list + at, sizeof list - at, "%s%s %s",
				       i ? ", " : "", s->at[i]->key + s->skip,
				       text_count(s->at[i]->exchanges, n));
	draft_text(f, "By server: %s%s.", list,
		   s->exchanges < g->exchanges ? ", and others"
		   : s->n > some               ? ", and no more of any other"
					       : "");
}

static void write_status(struct derive *d, const struct group *g)
{
	const struct model *m = derive_model(d);
	size_t n;
	const struct group *all = model_groups(m, GROUP_CASE, &n);
	bool rare = n && g->exchanges * RARE < all->exchanges;
	const char *name = NULL;
	char number[80], count[TEXT_UNIT], who[WORDS];
	struct of_servers servers;
	unsigned proto = 0;
	long long status = 0;
	struct draft *f;

	if (sscanf(g->key, "%u %lld", &proto, &status) != 2)
		return;
	name = message_status_name(proto, status);
	if (!name)
		snprintf(number, sizeof number, "status %lld", status);
	else if (proto == MESSAGE_HTTP) /* codes that people know by number */
		snprintf(number, sizeof number, "%lld %s", status, name);
	else if (proto == MESSAGE_NTP && status != MESSAGE_NTP_NOT_SET)
		snprintf(number, sizeof number, "the kiss code %s", name);
	else
		snprintf(number, sizeof number, "%s", name);
	f = draft_new(d, "app.error", rare ? SEV_LOW : SEV_MEDIUM,
		      30 + (double)(g->exchanges < 20 ? g->exchanges : 20));
	find_servers(&servers, m, g->key);
	draft_title(f, "%s %s request%s with %s", who_answers(&servers, g, who),
		    text_count(g->exchanges, count), plural(g->exchanges),
		    number);
	draft_text(f,
		   "That is %s's own answer: the request arrived and the "
		   "answer came back (median %s).  Neither path nor delay is "
		   "the cause.",
		   message_proto_name(proto),
		   text_duration(hist_quantile(&g->total, 0.5), count));
	tell_servers(f, &servers, g);
	draft_place(f, "the service, or what the client asks of it");
	json_object_set_new(f->measure, "exchanges",
			    json_integer((json_int_t)g->exchanges));
	json_object_set_new(f->measure, "proto",
			    json_string(message_proto_name(proto)));
	json_object_set_new(f->measure, "status", json_integer(status));
	examples(f, m, g);
	say_around(f, m);
}

static void finish(void *state, struct derive *d)
{
	const struct group *g;
	size_t n;

	(void)state;
	g = model_groups(derive_model(d), GROUP_STATUS, &n);
	for (size_t i = 0; i < n; i++)
		write_status(d, &g[i]);
}

const struct rule_group rules_app = { "app", begin, NULL, finish };
