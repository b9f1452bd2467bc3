/* Sessions to which the same happened on one hop in one direction: see the
 * header.
 *
 * A device that forgets or resets one session does so to many; a finding for
 * each would bury all others.
 *
 * Cost: O(hops), which are few.
 */
#include "report/derive/alike.h"

#include <stdio.h>
#include <stdlib.h>

struct alike *alike_of(struct alikes *all, const struct session_view *v,
		       int from, int to, int dir)
{
	int from_pos = v->row.flows[from].point_pos;
	int to_pos = v->row.flows[to].point_pos;

	for (size_t i = 0; i < all->n; i++) {
		struct alike *g = &all->at[i];

		if (g->from_pos == from_pos && g->to_pos == to_pos &&
		    g->dir == dir)
			return g;
	}
	*VEC_PUSH(all) = (struct alike){ .from_pos = from_pos,
					 .to_pos = to_pos,
					 .dir = dir,
					 .from = v->flow[from].point->name,
					 .to = v->flow[to].point->name,
					 .first_ns = INT64_MAX,
					 .last_ns = INT64_MIN,
					 .servers = json_object() };
	return &all->at[all->n - 1];
}

struct draft *alike_open(struct alike *g, struct derive *d,
			 const struct session_view *v, const char *rule,
			 enum severity severity, double weight)
{
	g->draft = draft_new(d, rule, severity, weight);
	draft_hop(g->draft, derive_model(d), g->from_pos, g->to_pos);
	draft_session_filters(g->draft, v);
	return g->draft;
}

void alike_idle(struct alike *g, int64_t idle_ns)
{
	if (!g->sessions || idle_ns < g->idle_ns)
		g->idle_ns = idle_ns;
}

void alike_count(struct alike *g, int64_t session, const char *who,
		 const struct net_end *server, int64_t at_ns)
{
	if (!g->sessions++)
		snprintf(g->who, sizeof g->who, "%s", who);
	g->first_ns = at_ns < g->first_ns ? at_ns : g->first_ns;
	g->last_ns = at_ns > g->last_ns ? at_ns : g->last_ns;
	words_count_end(g->servers, server);
	draft_session(g->draft, session);
}

void alike_add(struct alike *g, const struct session_view *v, int flow,
	       int64_t at_ns)
{
	char who[WORDS] = "";

	if (!g->sessions)
		words_session(v, (size_t)flow, who);
	alike_count(g, v->row.id, who, &v->flow[flow].row.server, at_ns);
}

const char *alike_who(const struct alike *g, char out[static WORDS])
{
	char n[TEXT_UNIT];

	if (g->sessions == 1)
		return g->who;
	snprintf(out, WORDS, "%s sessions", text_count(g->sessions, n));
	return out;
}

void alike_tell(struct alike *g, const char *how, const char *clock)
{
	char n[TEXT_UNIT], first[TEXT_UNIT], last[TEXT_UNIT], servers[WORDS];

	if (g->sessions > 1)
		draft_text(g->draft,
			   "That is %s.  %s sessions %s from %s to %s, by "
			   "%s's clock; %s.",
			   g->who, text_count(g->sessions, n), how,
			   words_time(g->first_ns, first),
			   words_time(g->last_ns, last), clock,
			   words_servers(g->servers, servers));
	json_object_set_new(g->draft->measure, "sessions",
			    json_integer((json_int_t)g->sessions));
	json_object_set_new(g->draft->measure, "by_server", g->servers);
}

void alikes_tell(struct alikes *all, const struct model *m,
		 void (*tell)(struct alike *, const struct model *))
{
	for (size_t i = 0; i < all->n; i++)
		tell(&all->at[i], m);
	VEC_FREE(all);
}

void alikes_finish(struct alikes *all, const struct model *m,
		   void (*tell)(struct alike *, const struct model *))
{
	alikes_tell(all, m, tell);
	free(all);
}
