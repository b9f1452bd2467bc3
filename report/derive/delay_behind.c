/* Which of several servers behind one address is slow.
 *
 * Clients of a balancer ask one address; the point nearest to the server shows which one
 * behind it each session got.  Where three sessions or more of one, half of all at most,
 * have eight tenths of the time that all of them took, it is that one: what the others
 * answer soon they would have answered soon for its clients, too.
 *
 * Steps: of up to LOOKED sessions, evenly chosen, those of the group's server are added up
 * by the server's end at that point, up to BEHIND of them.
 * Cost: LOOKED rows, and only where the group's first session has another end there.
 */
#include "report/derive/delay_behind.h"

#include <string.h>

#include "report/derive/words.h"

#define LOOKED 2048
#define BEHIND 64
#define SESSIONS_LEAST 3
#define SHARE_LEAST 80 /* percent */

struct backend {
	struct net_end end;
	uint64_t sessions;
	int64_t ns;
};

struct backends {
	struct backend at[BEHIND];
	size_t n;
	bool full;
};

/* The ends of @v's server at the points nearest to the client and the server. */
static const struct net_end *end_at(const struct session_view *v, int side)
{
	return &v->flow[session_near_flow(v, side)].row.server;
}

static bool is_of(const struct session_view *v, const struct group *g)
{
	char text[NET_END_TEXT];

	return v->row.n_flows > 1 &&
	       !strcmp(net_end_text(end_at(v, 0), text), g->key);
}

static void add(struct backends *all, const struct session_view *v)
{
	const struct net_end *end = end_at(v, 1);
	size_t i = 0;

	while (i < all->n && net_end_cmp(&all->at[i].end, end) != 0)
		i++;
	if (i == BEHIND) {
		all->full = true;
		return;
	}
	if (i == all->n)
		all->at[all->n++] = (struct backend){ .end = *end };
	all->at[i].sessions++;
	all->at[i].ns += v->budget.part[TIME_SERVER];
}

/* Has the heaviest session another end of the server at the far point? */
static bool is_translated(const struct model *m, const struct group *g)
{
	struct session_view v;
	bool other;

	if (!m->store || m->n_points < 2 || !*g->key || !g->n_top ||
	    !session_view_load(&v, m, g->top[0].session))
		return false;
	other = is_of(&v, g) && net_end_cmp(end_at(&v, 0), end_at(&v, 1)) != 0;
	session_view_release(&v);
	return other;
}

static void look(const struct model *m, const struct group *g,
		 struct backends *all)
{
	int64_t step = (int64_t)m->n_sessions / LOOKED + 1;

	for (int64_t id = 1; id <= (int64_t)m->n_sessions; id += step) {
		struct session_view v;

		if (!session_view_load(&v, m, id))
			continue;
		if (is_of(&v, g))
			add(all, &v);
		session_view_release(&v);
	}
}

bool delay_behind(const struct model *m, const struct group *g,
		  struct behind *b)
{
	struct backends all = { 0 };
	const struct backend *most = all.at;
	int64_t ns = 0;

	*b = (struct behind){ 0 };
	if (!is_translated(m, g))
		return false;
	look(m, g, &all);
	for (size_t i = 0; i < all.n; i++) {
		b->of += all.at[i].sessions;
		ns += all.at[i].ns;
		if (all.at[i].ns > most->ns)
			most = &all.at[i];
	}
	b->sessions = most->sessions;
	b->servers = all.n;
	net_end_text(&most->end, b->server);
	return !all.full && all.n > 1 && most->sessions >= SESSIONS_LEAST &&
	       most->sessions * 2 <= b->of &&
	       (double)most->ns * 100 >= (double)ns * SHARE_LEAST;
}

void delay_behind_title(const struct behind *b, char out[static BEHIND_TEXT])
{
	snprintf(out, BEHIND_TEXT, ": those of %s, one of %zu behind it",
		 b->server, b->servers);
}

void delay_behind_say(struct draft *f, const struct group *g,
		      const struct behind *b)
{
	char n[TEXT_UNIT], of[TEXT_UNIT];

	draft_text(f,
		   "At the point nearest to the servers %s of %s sessions with "
		   "%s are with %s: they have nearly all of that time, and "
		   "the other servers behind that address answer sooner.",
		   text_count(b->sessions, n), text_count(b->of, of), g->key,
		   b->server);
	draft_next(f,
		   "take %s out of the balancer's pool: if that helps, compare "
		   "it with the others",
		   b->server);
	json_object_set_new(f->measure, "behind", json_string(b->server));
	json_object_set_new(f->measure, "servers_behind",
			    json_integer((json_int_t)b->servers));
}
