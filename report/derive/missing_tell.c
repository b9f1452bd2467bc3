/* reset.path, stop.path: titles of what a point nearer to the server lacks (missing.c).
 */
#include "report/derive/missing_tell.h"

#include "base/text.h"

void lack_places(struct draft *f)
{
	draft_place(f, "a second host with the server's address, on the "
		       "server's own network");
	draft_place(f, "one of several servers behind that address, if it is "
		       "a balancer's: the service does not run there");
	draft_next(f, "on the server's network, see whether one hardware "
		      "address alone answers ARP (or neighbour discovery) for "
		      "that address");
}

/* Some are accepted by whom the far point sees, and some refused by another. */
static void tell_some(struct lack *g, const char *from, const char *to)
{
	char n[TEXT_UNIT], servers[WORDS];

	text_count(g->sessions, n);
	words_servers(g->servers, servers);
	draft_title(g->draft,
		    "Some connections to %s are refused by something other "
		    "than what accepts the rest at %s: %s reset%s at the SYN "
		    "at %s, none of them at %s",
		    json_object_size(g->servers) > 1 ? "servers" : g->who, to,
		    n, plural(g->sessions), from, to);
	draft_text(g->draft, "%s session%s, %s.", n, plural(g->sessions),
		   servers);
	json_object_set_new(g->draft->measure, "sessions",
			    json_integer((json_int_t)g->sessions));
	json_object_set_new(g->draft->measure, "by_server", g->servers);
}

void lack_tell(struct lack *g, const struct model *m)
{
	const char *from = model_point_name(m, g->from_pos);
	const char *to = model_point_name(m, g->to_pos);
	bool sure = g->severity == SEV_HIGH;
	char n[TEXT_UNIT], whom[WORDS], servers[WORDS];

	if (g->some) {
		tell_some(g, from, to);
		return;
	}
	text_count(g->sessions, n);
	words_servers(g->servers, servers);
	snprintf(whom, sizeof whom, "%s",
		 json_object_size(g->servers) > 1 ? "servers" : g->who);
	if (g->reset)
		draft_title(g->draft,
			    sure ? "Connections to %s are refused between %s "
				   "and %s, not by the server: %s reset%s at "
				   "the SYN"
				 : "Connections to %s are refused at %s, and "
				   "nothing of them is at %s: %s reset%s at "
				   "the SYN, from between or by another way",
			    whom, from, to, n, plural(g->sessions));
	else
		draft_title(g->draft,
			    sure ? "%s is answered for between %s and %s: "
				   "%s session%s that the server never saw"
				 : "%s answers at %s what is not at %s: %s "
				   "session%s, answered between or by another "
				   "way",
			    whom, from, to, n, plural(g->sessions));
	draft_text(g->draft, "%s session%s, %s.", n, plural(g->sessions),
		   servers);
	json_object_set_new(g->draft->measure, "sessions",
			    json_integer((json_int_t)g->sessions));
	json_object_set_new(g->draft->measure, "by_server", g->servers);
}
