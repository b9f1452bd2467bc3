/* stop.path of many connections that a server answers, and that nobody goes on with.
 *
 * A client that gets a SYN,ACK acknowledges it, or resets it; one that does not get it
 * sends its SYN again (stop_half.c).  Who sends a SYN and does neither has no use for an
 * answer: a flood with forged addresses, or from hosts that drop the answer.  Each
 * holds a place in the server's queue until it gives up.
 *
 * A session counts if, where it has the point nearest to the server, all of the client's
 * is one SYN, and all of the server's are SYN,ACKs, perhaps a reset in the end, without
 * data; and if the server sends its SYN,ACK again, so that it has no acknowledgement
 * either.  A server with SYN cookies does not: then the capture must have gone on for
 * WAITS_NS, not across a pause between two files.  It takes FLOOD_LEAST of them of one
 * server.
 *
 * A filter for SYNs, or for SYN, FIN and RST, leaves acknowledgements out.  Those answered
 * once count only at a point that has them of some client; without any, a server that
 * drops them, as its queue of connections is full, answers again in the same way.  Clients
 * that do not get the answer and give up before they would send the SYN again look like
 * a flood everywhere.
 *
 * Cost: a look-up of each such session and its source.  Memory: 32 bytes for each source,
 * of which SOURCES_MOST are told apart.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include <xxhash.h>

#include "base/htab.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/words.h"
#include "report/rules.h"

#define FLOOD_LEAST 100
#define FORGED 4 /* one source in so many sessions, at least */
#define WAITS_NS 3000000000LL
#define PAUSE_NS                                                               \
	100000000LL /* longer: nothing was captured between two files */
#define AGAIN_NS 500000000LL /* sooner it is a copy */
#define SOURCES_MOST 1000000
#define FRAMES 8

enum whose { ALL, AGAIN, WHOSE }; /* of sources: of those answered again */

struct flooded { /* a server, at the point nearest to it */
	struct net_end server;
	int pos;
	uint64_t again, once, answers, sources[WHOSE];
	int64_t first_ns, last_ns;
	struct VEC(int64_t) sessions[2]; /* once, again */
};

struct floods {
	struct VEC(struct flooded) at;
	struct htab of, sources;
	bool *speaks; /* by position: some client acknowledges */
	bool many;    /* sources are not told apart any more */
};

static void *begin(struct derive *d)
{
	struct floods *s = mem_zalloc(1, sizeof *s);

	s->speaks = mem_zalloc(derive_model(d)->n_points + 1,
			       sizeof *s->speaks);
	return s;
}

static uint64_t key_of(const struct net_end *e, int pos)
{
	return XXH3_64bits_withSeed(e->addr.b, sizeof e->addr.b,
				    (uint64_t)pos << 16 | e->port);
}

static struct flooded *flooded_of(struct floods *s, const struct net_end *e,
				  int pos)
{
	uint64_t hash = key_of(e, pos);
	size_t walk = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&s->of, hash, &walk)) != HTAB_NONE)
		if (s->at.at[i].pos == pos &&
		    !net_end_cmp(&s->at.at[i].server, e))
			return &s->at.at[i];
	htab_put(&s->of, hash, (uint32_t)s->at.n);
	*VEC_PUSH(&s->at) = (struct flooded){ .server = *e,
					      .pos = pos,
					      .first_ns = INT64_MAX,
					      .last_ns = INT64_MIN };
	return &s->at.at[s->at.n - 1];
}

/* Is the source of @f a new one for @x, of @whose? */
static bool is_new(struct floods *s, const struct flooded *x,
		   const struct flow_row *f, enum whose whose)
{
	uint64_t at = (uint64_t)(x - s->at.at) * WHOSE + whose;
	uint64_t hash = XXH3_64bits_withSeed(f->client.addr.b,
					     sizeof f->client.addr.b, at);

	if (htab_first(&s->sources, hash) != HTAB_NONE)
		return false;
	if (s->sources.n >= SOURCES_MOST) {
		s->many = true;
		return false;
	}
	htab_put(&s->sources, hash, 0);
	return true;
}

static void source_add(struct floods *s, struct flooded *x,
		       const struct flow_row *f, bool again)
{
	x->sources[ALL] += is_new(s, x, f, ALL);
	if (again)
		x->sources[AGAIN] += is_new(s, x, f, AGAIN);
}

/* Has some point more of the client's than one SYN, or any data? */
static bool goes_on(const struct session_view *v)
{
	for (size_t i = 0; i < v->row.n_flows; i++) {
		const struct flow_view *f = &v->flow[i];

		if (f->row.packets[0] > 1 || f->dir[0].bytes ||
		    f->dir[1].bytes || f->dir[0].rst || f->dir[1].fin)
			return true;
	}
	return false;
}

/* Has the client packets beside those with data and those that open and end it? */
static bool acknowledges(const struct flow_view *f)
{
	const struct part_dir *x = &f->dir[0];

	return x->bytes && f->row.packets[0] > x->syn_count + x->data_packets +
						       2U * x->fin + x->rst;
}

static bool is_answered_again(const struct part_dir *told)
{
	return told->packets > 1U + told->rst &&
	       time_sub(told->last_ns, told->syn_ns) >= AGAIN_NS;
}

/* Did the capture go on for so long that one that was answered once counts? */
static bool is_over(const struct model *m, const struct flow_row *f)
{
	int64_t end = f->last_ns, to = time_add(end, WAITS_NS);

	for (size_t i = 0; i < m->n_files && end < to; i++) {
		const struct file_row *x = &m->files[i];

		if (x->point == f->point && x->last_ns > end &&
		    x->first_ns <= time_add(end, PAUSE_NS))
			end = x->last_ns;
	}
	return end >= to;
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct floods *s = state;
	const struct flow_view *f;
	struct flooded *x;
	size_t at;
	bool again;
	int pos;

	(void)facts;
	if (v->row.proto != IPPROTO_TCP || v->row.verdict == PAIR_AMBIGUOUS ||
	    !v->flow)
		return;
	at = (size_t)session_near_flow(v, 1);
	f = &v->flow[at];
	pos = v->row.flows[at].point_pos;
	s->speaks[pos] |= acknowledges(f);
	if (!f->dir[0].syn || !f->dir[1].syn || goes_on(v) ||
	    derive_losses_claimed(d, v->row.id))
		return;
	again = is_answered_again(&f->dir[1]);
	if (!again && !is_over(derive_model(d), &f->row))
		return;
	x = flooded_of(s, &f->row.server, pos);
	x->again += again;
	x->once += !again;
	x->answers += again ? f->dir[1].packets - f->dir[1].rst : 1;
	*VEC_PUSH(&x->sessions[again]) = v->row.id;
	source_add(s, x, &f->row, again);
	if (f->dir[0].syn_ns < x->first_ns)
		x->first_ns = f->dir[0].syn_ns;
	if (f->row.last_ns > x->last_ns)
		x->last_ns = f->row.last_ns;
}

static void frames(struct draft *f, const struct model *m,
		   const struct flooded *x, int again)
{
	for (size_t i = 0; m->store && i < x->sessions[again].n && i < FRAMES;
	     i++) {
		struct session_view v;
		const struct flow_view *w;

		if (!session_view_load(&v, m, x->sessions[again].at[i]))
			continue;
		w = &v.flow[session_near_flow(&v, 1)];
		draft_evidence(f, w->row.point, w->first_file,
			       w->dir[0].syn_frame, w->dir[0].syn_ns,
			       "SYN, answered, and nothing follows");
		if (!i)
			draft_session_filters(f, &v);
		session_view_release(&v);
	}
}

static void say_sources(const struct floods *s, struct draft *f,
			const struct flooded *x, bool once, uint64_t sessions)
{
	uint64_t sources = x->sources[once ? ALL : AGAIN];
	char n[TEXT_UNIT], of[TEXT_UNIT], t[TEXT_UNIT];
	bool forged = sources * FORGED >= sessions || s->many;
	bool sure = s->speaks[x->pos];

	draft_text(f,
		   "%s%s source address%s sent %s SYNs in %s.  The server "
		   "answers, and there is neither an acknowledgement nor a "
		   "reset, nor the SYN again, as from a client that has got "
		   "the answer, or waits for it%s%s.",
		   s->many ? "At least " : "", text_count(sources, n),
		   sources == 1 ? "" : "es", text_count(sessions, of),
		   text_duration(time_sub(x->last_ns, x->first_ns), t),
		   forged ? ": it looks like a flood with forged addresses"
			  : ": it looks like a flood, or a scan",
		   sure ? "" : ", if the capture has no filter for SYNs");
	json_object_set_new(f->measure, s->many ? "sources_least" : "sources",
			    json_integer((json_int_t)sources));
}

/* What looks the same, and where it is then. */
static void say_against(const struct floods *s, struct draft *f,
			const struct flooded *x, const char *server,
			const char *at)
{
	draft_against(f,
		      "clients that get the answer look the same, if what they "
		      "send then does not come to %s: another route, or a "
		      "device between",
		      at);
	draft_against(f,
		      "clients that do not get the answer, and give up before "
		      "they would send the SYN again (within a second, or as "
		      "another address answers first), look the same");
	draft_place(f, "whoever sends SYNs in the name of these addresses");
	draft_place(f, "the way back from %s to these addresses", server);
	if (s->speaks[x->pos])
		return;
	draft_against(f,
		      "%s has no acknowledgement of any client: if a filter "
		      "left them out, the server may have dropped them",
		      at);
	draft_place(f,
		    "the program on %s: if it accepts too slowly its queue "
		    "is full, and acknowledgements are dropped",
		    server);
}

static void tell(struct floods *s, struct derive *d, struct flooded *x)
{
	const struct model *m = derive_model(d);
	const char *at = model_point_name(m, x->pos);
	bool once = s->speaks[x->pos];
	uint64_t n = x->again + (once ? x->once : 0);
	char server[NET_END_TEXT], count[TEXT_UNIT], answers[TEXT_UNIT];
	struct draft *f;

	if (n < FLOOD_LEAST)
		return;
	f = draft_new(d, "stop.path", SEV_MEDIUM, 60);
	net_end_text(&x->server, server);
	draft_hop(f, m, x->pos, x->pos);
	draft_title(f,
		    once ? "%s answers %s connections that nobody goes on "
			   "with: they stay half open at %s"
			 : "%s answers %s connections again, of which nothing "
			   "else is at %s",
		    server, text_count(n, count), at);
	say_sources(s, f, x, once, n);
	if (x->again)
		draft_text(f,
			   "%s SYN,ACKs were sent, to %s of them again: until "
			   "it gives up, each holds a place in the server's "
			   "queue of connections.",
			   text_count(x->answers - (once ? 0 : x->once),
				      answers),
			   text_count(x->again, count));
	say_against(s, f, x, server, at);
	draft_next(f, "see whether the server has SYN cookies, and whether "
		      "others are turned away at that time; ask the network "
		      "where these SYNs come in");
	for (int i = once ? 0 : 1; i < 2; i++)
		for (size_t k = 0; k < x->sessions[i].n; k++)
			draft_session(f, x->sessions[i].at[k]);
	frames(f, m, x, x->again ? 1 : 0);
	json_object_set_new(f->measure, "sessions",
			    json_integer((json_int_t)n));
}

static void finish(void *state, struct derive *d)
{
	struct floods *s = state;

	for (size_t i = 0; i < s->at.n; i++) {
		struct flooded *x = &s->at.at[i];

		tell(s, d, x);
		VEC_FREE(&x->sessions[0]);
		VEC_FREE(&x->sessions[1]);
	}
	VEC_FREE(&s->at);
	htab_release(&s->of);
	htab_release(&s->sources);
	free(s->speaks);
	free(s);
}

const struct rule_group rules_flood = { "flood", begin, session, finish };
