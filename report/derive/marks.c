/* change.header, change.sequence of single packets: classes of service, ECN,
 * and SACK edges that a device forgot when it rewrote sequence numbers.
 *
 * Counted in the sweeps (headers.c), so for the sessions that were swept; one
 * finding for each hop, way and kind.  ECN: routers mark "congestion
 * experienced" on packets that allow it when their queue is long (RFC 3168);
 * any other change is a device that clears or invents the bits.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/words.h"

struct marked { /* one hop and way */
	int from_pos, to_pos;
	uint64_t compared, with_sack, n[HEADERS];
	struct draft *draft[HEADERS];
};

struct marks {
	struct VEC(struct marked) ways;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct marks));
}

static struct marked *way_of(struct marks *s, int from, int to)
{
	struct marked *w;

	for (size_t i = 0; i < s->ways.n; i++)
		if (s->ways.at[i].from_pos == from &&
		    s->ways.at[i].to_pos == to)
			return &s->ways.at[i];
	w = VEC_PUSH(&s->ways);
	*w = (struct marked){ .from_pos = from, .to_pos = to };
	return w;
}

static const struct {
	const char *rule, *title, *measure;
	enum severity severity;
} sorts[HEADERS] = {
	[HEADER_DSCP] = { "change.header",
			  "The class of service (DSCP) is changed", "dscp",
			  SEV_INFO },
	[HEADER_CE] = { "change.header",
			"Packets are marked by a queue that is congested (ECN)",
			"congestion-experienced", SEV_LOW },
	[HEADER_ECN] = { "change.header", "The ECN bits are changed", "ecn",
			 SEV_INFO },
	[HEADER_SACK] = { "change.sequence",
			  "SACK keeps its numbers while sequence numbers are "
			  "rewritten",
			  "untranslated-sack", SEV_MEDIUM },
};

static struct draft *draft_of(struct derive *d, struct marked *w,
			      const struct session_view *v, int sort)
{
	struct draft *f = w->draft[sort];

	if (f)
		return f;
	f = draft_new(d, sorts[sort].rule, sorts[sort].severity,
		      sort == HEADER_SACK ? 60 : 4);
	draft_hop(f, derive_model(d), w->from_pos, w->to_pos);
	draft_session_filters(f, v);
	return w->draft[sort] = f;
}

static void say_first(struct draft *f, int sort, const struct header_first *k)
{
	const struct record *x = &k->near, *y = &k->far;

	switch ((enum header_change)sort) {
	case HEADER_DSCP:
		draft_text(f, "The first has DSCP %u before, %u after.",
			   x->tos >> 2, y->tos >> 2);
		break;
	case HEADER_SACK:
		draft_text(f,
			   "The first acknowledges %u before, %u after, and "
			   "both times says that %u to %u arrived: after the "
			   "rewriting that is out of the sender's window, and "
			   "it ignores it.",
			   (uint32_t)x->ack64, (uint32_t)y->ack64,
			   x->sack[0][0], x->sack[0][1]);
		break;
	default:
		draft_text(f, "The first has ECN bits %u before, %u after.",
			   x->tos & 3u, y->tos & 3u);
	}
}

static void take(struct marks *s, struct derive *d,
		 const struct session_view *v, const struct hop_tail *t)
{
	const struct headers *h = &t->headers;
	const struct flow_view *from = &v->flow[t->from];
	const struct flow_view *to = &v->flow[t->to];
	struct marked *w = way_of(s, v->row.flows[t->from].point_pos,
				  v->row.flows[t->to].point_pos);

	w->compared += h->compared;
	w->with_sack += h->with_sack;
	for (int c = 0; c < HEADERS; c++) {
		const struct header_first *k = &h->first[c];
		struct draft *f;
		bool first = !w->draft[c];

		if (!h->n[c])
			continue;
		w->n[c] += h->n[c];
		f = draft_of(d, w, v, c);
		if (first)
			say_first(f, c, k);
		draft_session(f, v->row.id);
		draft_evidence(f, from->point->id, k->near_file, k->near.frame,
			       k->near.time_ns, "the first of the session");
		draft_evidence(f, to->point->id, k->far_file, k->far.frame,
			       k->far.time_ns, "as it arrived");
	}
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	if (v->row.verdict == PAIR_AMBIGUOUS || !facts)
		return;
	for (int dir = 0; dir < 2; dir++)
		for (size_t i = 0; i < facts->n_tails[dir]; i++)
			take(state, d, v, &facts->tail[dir][i]);
}

static void finish_sort(struct derive *d, struct marked *w, int sort)
{
	struct draft *f = w->draft[sort];
	const struct model *m = derive_model(d);
	char share[WORDS];

	if (!f)
		return;
	words_share(w->n[sort],
		    sort == HEADER_SACK ? w->with_sack : w->compared, "packet",
		    share);
	draft_title(f, "%s between %s and %s: %s%s", sorts[sort].title,
		    model_point_name(m, w->from_pos),
		    model_point_name(m, w->to_pos), share,
		    sort == HEADER_SACK ? " with SACK" : "");
	json_object_set_new(f->measure, sorts[sort].measure,
			    json_integer((json_int_t)w->n[sort]));
	json_object_set_new(f->measure, "packets",
			    json_integer((json_int_t)w->compared));
	if (sort == HEADER_CE) {
		draft_place(f,
			    "a queue between %s and %s that marks instead of "
			    "dropping",
			    model_point_name(m, w->from_pos),
			    model_point_name(m, w->to_pos));
		draft_next(
			f,
			"look at the load of the links between %s and %s: the "
			"senders are being told to slow down",
			model_point_name(m, w->from_pos),
			model_point_name(m, w->to_pos));
	}
	if (sort != HEADER_SACK)
		return;
	draft_text(f, "Every loss then costs a retransmission timeout where "
		      "SACK would have mended it within a round trip.");
	draft_place(f,
		    "the device between %s and %s that rewrites sequence "
		    "numbers",
		    model_point_name(m, w->from_pos),
		    model_point_name(m, w->to_pos));
	draft_next(f, "turn the randomisation of sequence numbers off there, "
		      "or update it; else turn SACK off at the hosts");
}

static void finish(void *state, struct derive *d)
{
	struct marks *s = state;

	for (size_t i = 0; i < s->ways.n; i++)
		for (int c = 0; c < HEADERS; c++)
			finish_sort(d, &s->ways.at[i], c);
	VEC_FREE(&s->ways);
	free(s);
}

const struct rule_group rules_marks = { "marks", begin, session, finish };
