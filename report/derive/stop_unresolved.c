/* Sessions that go nowhere because nobody answers for the host's hardware address.
 *
 * Who passes packets on to a host asks for its hardware address on the last network.  At
 * a point there the questions are seen, and the packets are not: they wait for an answer
 * until they are discarded.  So the questions show that they were not dropped by a filter
 * between, nor go another way, and that this point is where they should have come by.
 *
 * A host that asks in vain, too, cannot answer: it looks for its router, or, where its
 * mask is too wide, for the client itself.  Whom else it looks for has nothing to do
 * with that.
 *
 * Not so if the host sends meanwhile what the near point has, of other sessions: it is
 * there, and another network has that address, too, or its answers do not come to who
 * asks.  Where the near point has the questions itself, the packets that it has may be
 * on their way to another network, and who asks has a wrong mask.
 *
 * Cost: a row and a few binary searches for each session kept, and resolve_sends() for
 * SESSIONS_MOST of them.
 */
#include <stdlib.h>

#include "base/time.h"
#include "report/derive/resolve_tell.h"
#include "report/derive/resolve_there.h"
#include "report/derive/stop_int.h"

#define SESSIONS_MOST 8
#define SOON_NS 1000000000LL

/* The questions for the address of @f at the points of the hop, the farther first. */
static struct unresolved asked_for(const struct stop_group *g, struct derive *d,
				   const struct flow_row *f)
{
	const struct model *m = derive_model(d);
	struct resolve_while when = { g->kind.from_pos, f->first_ns,
				      f->last_ns };
	struct unresolved x = resolve_find(derive_resolve(d), m, g->kind.to_pos,
					   &f->server.addr, NULL, &when);

	if (!x.q && g->kind.from_pos != g->kind.to_pos)
		x = resolve_find(derive_resolve(d), m, g->kind.from_pos,
				 &f->server.addr, NULL, &when);
	return x;
}

/* What the server of @f asks for in vain, if that is what its answer needs: the client;
 * or what it asks for as soon as @f has come, while it sends nothing else, which its
 * router would pass on. */
static struct unresolved asked_by(const struct stop_group *g, struct derive *d,
				  const struct flow_row *f, bool *client)
{
	const struct model *m = derive_model(d);
	const struct resolve *r = derive_resolve(d);
	struct resolve_while when = { g->kind.from_pos, f->first_ns,
				      f->last_ns };
	struct unresolved x = resolve_find(r, m, g->kind.from_pos,
					   &f->client.addr, &f->server.addr,
					   &when);

	*client = x.q != NULL;
	if (x.q)
		return x;
	x = resolve_find(r, m, g->kind.from_pos, NULL, &f->server.addr, &when);
	if (x.q &&
	    (x.q->first_ns < f->first_ns ||
	     time_sub(x.q->first_ns, f->first_ns) > SOON_NS ||
	     resolve_sends(d, f, &f->server.addr, f->first_ns, f->last_ns)))
		x.q = NULL;
	return x;
}

/* Of all, as far as looked at? */
static bool of_all(const struct stop_group *g)
{
	return g->unresolved.q && g->unresolved_of == g->kept.n;
}

static bool lacked(const struct stop_group *g)
{
	return g->kind.place == STOP_MISSING || g->kind.place == STOP_UNPROVEN;
}

/* What is not at the far point is what could not be passed on there: is that certain,
 * and of all? */
bool stop_is_unresolved(const struct stop_group *g)
{
	return of_all(g) && resolve_is_sure(&g->unresolved) && lacked(g) &&
	       !g->there && g->unresolved.pos == g->kind.to_pos;
}

void stop_unresolved_find(struct stop_group *g, struct derive *d)
{
	const struct resolve *r = derive_resolve(d);
	size_t n = r && r->at.n && g->kind.place != STOP_REFUSED ? g->kept.n
								 : 0;
	unsigned looked = 0, asks = 0;

	for (size_t i = 0; i < n; i++) {
		struct flow_row f;
		struct unresolved x;

		if (!derive_flow(d, g->kept.at[i].flow, &f))
			continue;
		x = asked_for(g, d, &f);
		g->unresolved_of += x.q != NULL;
		if (x.q && (!g->unresolved.q || x.n > g->unresolved.n))
			g->unresolved = x;
		if (x.q && !g->there && looked++ < SESSIONS_MOST)
			g->there = resolve_sends(d, &f, &f.server.addr,
						 f.first_ns, f.last_ns);
		if (!g->asks.q && g->kind.place == STOP_HOST &&
		    asks++ < SESSIONS_MOST) {
			g->asks = asked_by(g, d, &f, &g->asks_client);
		}
		flow_row_release(&f);
	}
	if (stop_is_unresolved(g)) {
		/* what was said when the first of them was added */
		free(g->draft->row.against);
		g->draft->row.against = mem_strdup("");
		draft_against(g->draft,
			      "these questions may be about other packets to "
			      "that address, and a filter may drop these "
			      "before they are to be passed on");
	}
	if (g->unresolved.q && !g->there)
		resolve_place(g->draft, derive_model(d), &g->unresolved);
}

static void weigh(struct stop_group *g)
{
	enum severity least = resolve_is_sure(&g->unresolved) ? SEV_HIGH
							      : SEV_MEDIUM;

	if (lacked(g) && !g->kind.pings && of_all(g) && !g->there &&
	    g->unresolved.pos == g->kind.to_pos &&
	    g->draft->row.severity < least)
		g->draft->row.severity = least;
}

static void say_own(struct stop_group *g, const struct model *m)
{
	const struct lookup *q = g->asks.q;
	char who[NET_END_TEXT], whom[NET_END_TEXT];

	if (!q || g->unresolved.q)
		return;
	net_addr_text(&q->from, who);
	net_addr_text(&q->about, whom);
	resolve_say(g->draft, m, &g->asks);
	draft_place(
		g->draft,
		g->asks_client
			? "the mask of %s, if %s, the client, is in another "
			  "network: it is looked for in its own, where "
			  "nobody answers; else the client, or its link to "
			  "that network"
			: "the way back from %s, if %s is its router: with "
			  "no answer from there its own do not leave it",
		who, whom);
	draft_next(g->draft,
		   g->asks_client ? "compare the mask and routes of %s with "
				    "the address of %s"
				  : "see at %s whether %s is its router, and "
				    "whether that is up",
		   who, whom);
}

/* What speaks against it. */
static void say_doubts(struct stop_group *g, const struct model *m)
{
	const struct unresolved *x = &g->unresolved;
	const char *near = model_point_name(m, g->kind.from_pos);
	char about[NET_END_TEXT], from[NET_END_TEXT];

	net_addr_text(&x->q->about, about);
	net_addr_text(&x->q->from, from);
	if (g->there)
		draft_against(g->draft,
			      "%s has packets that %s sends meanwhile, of "
			      "other sessions: it is there, so its answers do "
			      "not come to %s or to the capture, or another "
			      "network has that address, too",
			      near, about, from);
	else if (x->pos == g->kind.from_pos)
		draft_against(g->draft,
			      "if %s is not in the network of %s, %s has a "
			      "wrong mask, and its questions have nothing to "
			      "do with these packets",
			      about, near, from);
}

void stop_unresolved_tell(struct stop_group *g, struct derive *d)
{
	const struct model *m = derive_model(d);
	const struct unresolved *x = &g->unresolved;
	char n[TEXT_UNIT], of[TEXT_UNIT], about[NET_END_TEXT], *title;

	say_own(g, m);
	if (!x->q)
		return;
	resolve_say(g->draft, m, x);
	say_doubts(g, m);
	if (!of_all(g)) {
		draft_text(
			g->draft,
			"So it is for the addresses of %s of the %s sessions "
			"looked at; the others may have another cause.",
			text_count(g->unresolved_of, n),
			text_count(g->kept.n, of));
		return;
	}
	weigh(g);
	if (g->error || g->there || x->claim || !x->answered ||
	    (x->pos == g->kind.from_pos && x->pos != g->kind.to_pos))
		return;
	title = mem_strdup(g->draft->row.title);
	draft_title(g->draft, "%s; at %s nobody answers %s for %s", title,
		    model_point_name(m, x->pos), resolve_means(x->q),
		    net_addr_text(&x->q->about, about));
	free(title);
}
