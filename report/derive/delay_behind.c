/* Which of several servers behind one address is slow.
 *
 * Clients of a balancer ask one address; the point nearest to the server shows which one
 * behind it each session got.  It is one of them where its sessions, half of all at most,
 * have eight tenths of the time that all of them took, and three or more of them wait
 * four times as long for an answer as those of the others do, on average: what the others
 * answer soon they would have answered soon for its clients, too.  Sessions without a
 * request tell nothing, and more requests are no slower ones; nor do those of which
 * the server behind is not known (what a proxy answers itself, or shares out over
 * connections of its own).  A balancer that chooses by
 * what is asked (paths, names) gives one server the heavy requests: it looks the same.
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
#define SLOW_LEAST 3   /* sessions */
#define SHARE_LEAST 80 /* percent */
#define APART 4.0      /* times the others' time for a request */

struct backend {
	struct net_end end;
	uint64_t sessions, exchanges;
	int64_t ns;
	double slow[SLOW_LEAST]; /* ns for a request, of its slowest sessions,
				  * the slowest first */
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

	return v->row.n_flows > 1 && v->budget.exchanges &&
	       !strcmp(net_end_text(end_at(v, 0), text), g->key);
}

static void add_slow(struct backend *b, double each)
{
	for (size_t i = 0; i < SLOW_LEAST; i++) {
		double other = b->slow[i];

		if (each <= other)
			continue;
		b->slow[i] = each;
		each = other;
	}
}

static void add(struct backends *all, const struct session_view *v)
{
	const struct net_end *end = end_at(v, 1);
	int64_t ns = v->budget.part[TIME_SERVER];
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
	all->at[i].exchanges += v->budget.exchanges;
	all->at[i].ns += ns;
	add_slow(&all->at[i], (double)ns / (double)v->budget.exchanges);
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
		if (is_of(&v, g) &&
		    net_end_cmp(end_at(&v, 0), end_at(&v, 1)) != 0)
			add(all, &v);
		session_view_release(&v);
	}
}

/* Does one of all, which are @sum together, stand out? */
static bool stands_out(const struct backend *one, const struct backend *sum)
{
	double others = (double)(sum->exchanges - one->exchanges);

	return one->sessions * 2 <= sum->sessions &&
	       (double)one->ns * 100 >= (double)sum->ns * SHARE_LEAST &&
	       one->slow[SLOW_LEAST - 1] * others >=
		       APART * (double)(sum->ns - one->ns);
}

bool delay_behind(const struct model *m, const struct group *g,
		  struct behind *b)
{
	struct backends all = { 0 };
	const struct backend *most = all.at;
	struct backend sum = { 0 };

	*b = (struct behind){ 0 };
	if (!is_translated(m, g))
		return false;
	look(m, g, &all);
	for (size_t i = 0; i < all.n; i++) {
		sum.sessions += all.at[i].sessions;
		sum.exchanges += all.at[i].exchanges;
		sum.ns += all.at[i].ns;
		if (all.at[i].ns > most->ns)
			most = &all.at[i];
	}
	b->sessions = most->sessions;
	b->of = sum.sessions;
	b->servers = all.n;
	net_end_text(&most->end, b->server);
	return !all.full && all.n > 1 && stands_out(most, &sum);
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
	draft_against(f,
		      "a balancer that chooses by what is asked may give %s "
		      "other requests than the others",
		      b->server);
	draft_next(f,
		   "take %s out of the balancer's pool: if that helps, compare "
		   "it with the others",
		   b->server);
	json_object_set_new(f->measure, "behind", json_string(b->server));
	json_object_set_new(f->measure, "servers_behind",
			    json_integer((json_int_t)b->servers));
}
