/* reset.path, stop.path: sessions that something answered in the server's name,
 * since a point nearer to the server does not have them.
 *
 * Two captures tell a closed port from a firewall's reset at a glance: a closed
 * port's SYN and RST are at both points, a firewall's only at the one before
 * it.  So for each answered session whose flow nearest to the server is not at
 * the outermost point there, other sessions of that server tell whether the
 * next point should have it (witness.c):
 *
 *   reset at the SYN   reset.path; high if that is sure, or if sessions of the host
 *                      are seen there and the reset's TTL is none of that host's;
 *                      low if only sessions of others are
 *   answered           stop.path, only if it is sure; high if the TTL of the
 *                      answer is none of that host's, too
 *
 * If it is not sure both explanations are given: it was made between, or came
 * by another path.  If the next point has some answered sessions of the same
 * service and lacks others, the server may have two paths: then nothing is said
 * of answered ones.  Resets are then of something between if their TTL proves it.
 * If it does not, and all that the next point lacks of that service is refused, who
 * accepts and who refuses are not the same: two hosts with one address, two servers
 * behind one, or a device between that refuses some; medium, high if it is sure.  Nor is
 * anything said if other sessions of the host lived and are not at the next
 * point; nor at a point that has all interfaces of a host that forwards, without
 * their numbers: a session is there once for each address that it was given, and
 * its TTLs are those of both sides of a router.
 *
 * A capture that misses packets may pause, and then has nothing of whole sessions:
 * so it says nothing of who refuses some, and of all only what spreads over so long that
 * as many pauses would be chance; otherwise low, unless the TTL proves it.
 *
 * One finding per pair of points, kind and severity.  The sessions are claimed:
 * reset.c does not report their resets, and loss.path not their losses.
 *
 * Cost: some 20 us per session examined; all are, as reset.c would take one that is left
 * out for refused by the server.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/icmp.h"
#include "report/derive/missing_tell.h"
#include "report/derive/resolve_claims.h"
#include "report/derive/witness.h"

#define LINKTYPE_LINUX_SLL 113
#define SHOWN 20 /* sessions shown with frames */

struct missing {
	struct VEC(struct lack) groups;
};

struct answer { /* the first packet from the server */
	struct record r;
	int64_t file;
	bool foreign; /* its TTL differs from the server's */
	char ttls[WORDS];
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct missing));
}

/* The flow with packets nearest to that end of the path. */
static int outer_flow(const struct session_view *v, int side)
{
	int n = (int)v->row.n_flows, at = -1;

	for (int i = 0; i < n; i++)
		if (session_has_packets(v, (size_t)i) && (side || at < 0))
			at = i;
	return at;
}

static bool is_answered(const struct flow_view *f)
{
	if (f->row.proto == 6)
		return f->dir[0].syn && f->row.packets[1] > 0;
	return f->row.proto == 17 && f->row.packets[0] && f->row.packets[1];
}

static bool is_refused(const struct flow_view *f)
{
	return f->row.proto == 6 && f->dir[1].rst && !f->dir[1].syn &&
	       !f->dir[1].bytes;
}

/* Does the TTL of the answer differ from all TTLs of this host's packets that
 * come from beyond the next point? */
static void compare_ttls(struct answer *a, struct derive *d,
			 const struct sight *s)
{
	struct text t = { 0 };
	bool known = false, same = false;
	uint8_t ttl[16];
	size_t n = 0, seen;

	for (size_t i = 0; i < s->n_samples; i++) {
		struct flow_row f;
		struct record r;
		int64_t file;
		bool found;

		if (!derive_flow(d, s->sample[i].flow, &f))
			continue;
		found = derive_record(d, &f, s->sample[i].end, 0, &r, &file);
		flow_row_release(&f);
		known |= found;
		if (!found)
			continue;
		same |= r.ttl == a->r.ttl;
		for (seen = 0; seen < n && ttl[seen] != r.ttl;)
			seen++;
		if (seen < n || n == sizeof ttl)
			continue;
		ttl[n++] = r.ttl;
		text_add(&t, "%s%u", t.n ? ", " : "", r.ttl);
	}
	a->foreign = known && !same;
	snprintf(a->ttls, sizeof a->ttls, "%s", t.n ? t.at : "");
	text_release(&t);
}

/* Is it refused by other than who accepts others, without a TTL that says by whom? */
static bool refused_in_part(const struct sight *s, const struct answer *a,
			    bool reset)
{
	return reset && s->mixed && !s->apart && !a->foreign;
}

/* The severity; SEV_INFO: nothing is to be reported. */
static enum severity severity_of(const struct model *m, const struct sight *s,
				 const struct answer *a, bool reset)
{
	bool sure = s->how == WITNESS_SURE;

	if (s->how == WITNESS_NONE)
		return SEV_INFO;
	if (refused_in_part(s, a, reset) && missed_share(m, s->to_pos) > 0)
		return SEV_INFO;
	if (refused_in_part(s, a, reset))
		return sure ? SEV_HIGH : SEV_MEDIUM;
	if (s->mixed && !(reset && a->foreign))
		return SEV_INFO;
	if (reset && (sure || (s->how == WITNESS_HOST && a->foreign)))
		return SEV_HIGH;
	if (!reset && !sure)
		return SEV_INFO;
	return !reset && a->foreign ? SEV_HIGH : SEV_LOW;
}

static struct lack *group_of(struct missing *x, bool reset, bool some,
			     enum severity s, int from, int to)
{
	struct lack *g;

	for (size_t i = 0; i < x->groups.n; i++) {
		g = &x->groups.at[i];
		if (g->reset == reset && g->some == some && g->severity == s &&
		    g->from_pos == from && g->to_pos == to)
			return g;
	}
	g = VEC_PUSH(&x->groups);
	*g = (struct lack){ .reset = reset,
			    .some = some,
			    .severity = s,
			    .from_pos = from,
			    .to_pos = to,
			    .servers = json_object() };
	return g;
}

static void open_draft(struct lack *g, struct derive *d,
		       const struct session_view *v, const struct sight *s)
{
	const struct model *m = derive_model(d);
	const char *from = model_point_name(m, g->from_pos);
	const char *to = model_point_name(m, g->to_pos);
	bool host = s->how >= WITNESS_HOST;
	char n[TEXT_UNIT];

	g->draft = draft_new(d, g->reset ? "reset.path" : "stop.path",
			     g->severity, 80);
	draft_text(
		g->draft,
		"Not one packet of them is at %s, whose capture was running; "
		"%s session%s of %s %s at both.",
		to, text_count(s->sessions, n), plural(s->sessions),
		host ? "the same server address" : "other hosts on that way",
		s->sessions == 1 ? "is" : "are");
	draft_against(g->draft,
		      host ? "the capture at %s may leave such packets out (a "
			     "filter by port or protocol), or they may have "
			     "another way than the server's others"
			   : "too little else of these hosts was seen at %s to "
			     "say that their packets come by there at all",
		      to);
	draft_hop(g->draft, m, g->from_pos, g->to_pos);
	draft_place(g->draft,
		    g->reset ? "a firewall, intrusion prevention system or "
			       "balancer between %s and %s"
			     : "a proxy, portal, cache, resolver or balancer "
			       "between %s and %s that answers for others",
		    from, to);
	if (g->some)
		lack_places(g->draft);
	if (g->severity != SEV_HIGH)
		draft_place(g->draft,
			    "the server itself, over a way that is not by %s",
			    to);
	draft_next(g->draft,
		   "look at the policies of the devices between %s and %s for "
		   "these servers and ports",
		   from, to);
	draft_session_filters(g->draft, v);
	icmp_say_cause(g->draft, d, v);
}

static void say_frames(struct lack *g, struct derive *d,
		       const struct flow_view *f, const struct answer *a)
{
	const char *to = model_point_name(derive_model(d), g->to_pos);
	struct record r;
	int64_t file;

	if (derive_record(d, &f->row, 0, 0, &r, &file))
		draft_evidence(g->draft, f->row.point, file, r.frame, r.time_ns,
			       "%s of the client, not at %s",
			       f->row.proto == 6 ? "SYN" : "the first datagram",
			       to);
	draft_evidence(g->draft, f->row.point, a->file, a->r.frame,
		       a->r.time_ns, "%s with TTL %u, not at %s",
		       g->reset ? "the reset" : "the answer", a->r.ttl, to);
}

static void add(struct missing *x, struct derive *d,
		const struct session_view *v, int i, const struct sight *s,
		const struct answer *a)
{
	const struct flow_view *f = &v->flow[i];
	bool reset = is_refused(f);
	enum severity severity = severity_of(derive_model(d), s, a, reset);
	struct lack *g;

	if (severity == SEV_INFO)
		return;
	g = group_of(x, reset, refused_in_part(s, a, reset), severity,
		     v->row.flows[i].point_pos, s->to_pos);
	if (!g->draft) {
		open_draft(g, d, v, s);
		net_end_text(&f->row.server, g->who);
		if (a->foreign || (g->some && a->ttls[0]))
			draft_text(g->draft,
				   "The %s's TTL at %s is %u; packets of the "
				   "server's other sessions have %s there.",
				   reset ? "reset" : "answer", f->point->name,
				   a->r.ttl, a->ttls);
	}
	g->sessions++;
	g->foreign |= a->foreign;
	spread_add(&g->spread, &f->row);
	words_count_end(g->servers, &f->row.server);
	draft_session(g->draft, v->row.id);
	if (g->sessions <= SHOWN)
		say_frames(g, d, f, a);
	if (g->sessions == 1)
		claims_say_shared(g->draft, d, &f->row.server.addr);
	derive_claim_losses(d, v->row.id);
}

/* Does the capture at @pos show what a host forwards on all its interfaces, which
 * cooked headers of version 1 do not tell apart? */
static bool shows_both_sides(const struct model *m, int pos)
{
	for (size_t i = 0; i < m->n_qualities; i++) {
		const struct quality_row *q = &m->qualities[i];

		if (strcmp(q->what, "doubled-packets") &&
		    strcmp(q->what, "routed-packets"))
			continue;
		for (size_t k = 0; k < m->n_files; k++)
			if (m->files[k].id == q->file &&
			    m->files[k].linktype == LINKTYPE_LINUX_SLL &&
			    m->files[k].point == m->points[pos - 1].id)
				return true;
	}
	return false;
}

static void look(struct missing *x, struct derive *d,
		 const struct session_view *v, int i, int side)
{
	const struct flow_view *f = &v->flow[i];
	struct answer a = { .foreign = false };
	struct sight s;

	if (!is_answered(f) ||
	    v->row.flows[i].point_pos ==
		    (side ? (int)derive_model(d)->n_points : 1) ||
	    shows_both_sides(derive_model(d), v->row.flows[i].point_pos))
		return;
	s = witness_judge(derive_witness(d), v, i, 1, side);
	if (s.how == WITNESS_NONE ||
	    (!is_refused(f) && (s.how < WITNESS_SURE || s.mixed)))
		return;
	if (!derive_record(d, &f->row, 1, 0, &a.r, &a.file))
		return;
	compare_ttls(&a, d, &s);
	add(x, d, v, i, &s, &a);
}

/* If it is not known at which end the server is, other sessions of the hosts
 * tell. */
static int server_side(struct derive *d, const struct session_view *v)
{
	const struct flow_row *f = &v->flow[session_first_flow(v)].row;
	int pos = v->row.flows[session_first_flow(v)].point_pos, side;

	if (v->row.verdict == PAIR_PAIRED && v->row.client_end >= 0)
		return 1 - v->row.client_end;
	side = witness_side(derive_witness(d), pos, &f->server.addr);
	if (side < 0) {
		side = witness_side(derive_witness(d), pos, &f->client.addr);
		side = side < 0 ? -1 : 1 - side;
	}
	return side;
}

/* A session that is only to be counted has only its figures. */
static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	int side;

	(void)facts;
	if (v->row.verdict == PAIR_AMBIGUOUS || derive_model(d)->n_points < 2 ||
	    !is_answered(&v->flow[session_first_flow(v)]))
		return;
	side = server_side(d, v);
	if (side >= 0)
		look(state, d, v, outer_flow(v, side), side);
}

/* May the capture that lacks them have paused? */
static void weigh(struct lack *g, const struct model *m)
{
	if (g->severity != SEV_HIGH || g->foreign ||
	    missed_by_chance(m, g->to_pos, &g->spread) <= MISSED_CHANCE)
		return;
	g->severity = g->draft->row.severity = SEV_LOW;
	draft_against(g->draft,
		      "the capture at %s misses other packets that did pass "
		      "(capture.gap), and may have missed all of these",
		      model_point_name(m, g->to_pos));
	draft_place(g->draft,
		    "the server itself, while the capture at %s "
		    "missed packets",
		    model_point_name(m, g->to_pos));
}

static void finish(void *state, struct derive *d)
{
	struct missing *x = state;

	for (size_t i = 0; i < x->groups.n; i++) {
		weigh(&x->groups.at[i], derive_model(d));
		lack_tell(&x->groups.at[i], derive_model(d));
	}
	VEC_FREE(&x->groups);
	free(x);
}

const struct rule_group rules_missing = { "missing", begin, session, finish };
