/* reset.path: refused connections of which the point nearer to the server has the SYNs
 * and none of the server's packets, but both directions of other sessions.  Then the
 * server did not refuse there, or its answer has another way; medium.
 *
 * Low where that point's capture misses packets, and may have missed these resets: it
 * lacks them in few spans (missed.h), or has those of other refused connections; and
 * where it has OF_MANY times as many, whether it is known to miss any or not: of a scan
 * nothing else shows that.
 *
 * One finding for a hop, as in reset_made.c.
 *
 * Cost: a look at each session that is refused so.
 */
#include "report/derive/reset_absent.h"

#include "report/derive/witness.h"

#define OF_MANY 20

static void open_refused(struct alike *g, struct derive *d,
			 const struct session_view *v)
{
	struct draft *f = alike_open(g, d, v, "reset.path", SEV_MEDIUM, 60);

	draft_text(f,
		   "The SYNs are at %s, and nothing that answers them, though "
		   "it has both directions of other sessions.  The reset is at "
		   "%s.",
		   g->from, g->to);
	draft_against(f,
		      "what the server sends in such sessions may go by "
		      "another way than %s",
		      g->from);
	draft_place(f,
		    "a firewall, balancer or proxy between %s and %s that "
		    "resets in the server's name",
		    g->from, g->to);
	draft_next(f,
		   "see why the server leaves these SYNs without an answer at "
		   "%s, and what resets them between %s and %s",
		   g->from, g->from, g->to);
}

void absent_refused(struct absent_resets *s, struct derive *d,
		    const struct session_view *v, const struct fact *k)
{
	int near = session_near_flow(v, 1);
	const struct flow_view *f = &v->flow[k->from], *w = &v->flow[near];
	struct alike *g;

	if (f->dir[1].bytes || f->dir[1].syn || f->dir[0].bytes ||
	    !w->dir[0].syn ||
	    !witness_both_ways(derive_witness(d), v->row.flows[near].point_pos))
		return;
	g = alike_of(&s->refused, v, near, k->from, 1);
	if (!g->draft)
		open_refused(g, d, v);
	draft_evidence(g->draft, w->row.point, w->first_file,
		       w->dir[0].syn_frame, w->dir[0].syn_ns,
		       "first SYN of %u, without an answer here",
		       w->dir[0].syn_count);
	draft_evidence(g->draft, f->row.point, k->near_file, k->near.frame,
		       k->near.time_ns, "RST from the server");
	spread_add(&g->spread, &w->row);
	alike_add(g, v, k->from, k->near.time_ns);
}

void absent_leaves(struct absent_resets *s, int pos)
{
	struct leaving *l;

	for (size_t i = 0; i < s->leave.n; i++)
		if (s->leave.at[i].pos == pos) {
			s->leave.at[i].n++;
			return;
		}
	l = VEC_PUSH(&s->leave);
	*l = (struct leaving){ .pos = pos, .n = 1 };
}

static void lower(struct alike *g)
{
	g->draft->row.severity = SEV_LOW;
	draft_place(g->draft,
		    "the server itself, while the capture at %s missed packets",
		    g->from);
}

static void weigh(const struct absent_resets *s, struct alike *g,
		  const struct model *m)
{
	double chance = missed_by_chance(m, g->from_pos, &g->spread);
	uint64_t others = 0;
	char n[TEXT_UNIT];

	for (size_t i = 0; i < s->leave.n; i++)
		if (s->leave.at[i].pos == g->from_pos)
			others = s->leave.at[i].n;
	if (others)
		chance = missed_share(m, g->from_pos);
	if (chance > MISSED_CHANCE) {
		draft_against(g->draft,
			      "the capture at %s misses other packets that did "
			      "pass (capture.gap), and may have missed these "
			      "resets",
			      g->from);
		lower(g);
	} else if (others >= g->sessions * OF_MANY) {
		draft_against(g->draft,
			      "%s other connections are refused at %s, too: "
			      "its capture may have missed these resets",
			      text_count(others, n), g->from);
		lower(g);
	}
}

static void tell_refused(struct alike *g, const struct model *m)
{
	char who[WORDS];

	(void)m;
	draft_title(g->draft,
		    "%s %s reset at %s, and nothing of that is at %s, nearer "
		    "to the server",
		    alike_who(g, who), g->sessions == 1 ? "is" : "are", g->to,
		    g->from);
	alike_tell(g, "are reset so", g->to);
}

void absent_finish(struct absent_resets *s, const struct model *m)
{
	for (size_t i = 0; i < s->refused.n; i++)
		weigh(s, &s->refused.at[i], m);
	alikes_tell(&s->refused, m, tell_refused);
	VEC_FREE(&s->leave);
}
