/* dup.path, reorder.path: packets that arrive twice, or in another order.
 *
 * From the case's figures, per hop and way; the frames from the sessions that
 * were swept.  With two points both are exact: order and number at the near end
 * are known.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/derive/words.h"

#define REORDER_FELT 0.01 /* share from which on TCP suffers */

struct kept_dup { /* a duplicated packet to be shown */
	struct fact fact;
	int64_t session, point;
	int from_pos, to_pos;
	char what[WORDS];
};

struct order {
	struct VEC(struct kept_dup) dups;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct order));
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct order *s = state;

	(void)d;
	for (size_t i = 0;
	     facts && i < facts->duplicated.n && s->dups.n < DRAFT_EVIDENCE;
	     i++) {
		const struct fact *k = &facts->duplicated.at[i];
		struct kept_dup *x = VEC_PUSH(&s->dups);

		*x = (struct kept_dup){
			.fact = *k,
			.session = v->row.id,
			.point = fact_to(v, k)->id,
			.from_pos = v->row.flows[k->from].point_pos,
			.to_pos = v->row.flows[k->to].point_pos,
		};
		words_packet(v, k, x->what);
	}
}

static void write_dup(struct order *s, struct derive *d, int from, int to,
		      const struct hop_way *w)
{
	const struct model *m = derive_model(d);
	uint64_t all = w->tx.n[FATE_DELIVERED];
	struct draft *f = draft_new(d, "dup.path", SEV_LOW, 15);
	char share[WORDS];

	words_share(w->tx.duplicated, all, "packet", share);
	draft_title(f, "Packets are doubled between %s and %s: %s",
		    model_point_name(m, from), model_point_name(m, to), share);
	draft_text(f, "%s arrived more often than %s sent.", share,
		   w->tx.duplicated == 1 ? "it was" : "they were");
	draft_hop(f, m, from, to);
	draft_place(f,
		    "the network and devices between %s and %s, drivers "
		    "on both sides included",
		    model_point_name(m, from), model_point_name(m, to));
	draft_next(f, "look for two paths that both forward, a bridge loop, or "
		      "a radio link that repeats frames");
	for (size_t i = 0; i < s->dups.n; i++) {
		const struct kept_dup *x = &s->dups.at[i];

		if (x->from_pos != from || x->to_pos != to || !x->fact.has_far)
			continue;
		draft_session(f, x->session);
		draft_evidence(f, x->point, x->fact.far_file, x->fact.far.frame,
			       x->fact.far.time_ns, "%s arrives more than once",
			       x->what);
	}
	draft_frame_filters(f);
	json_object_set_new(f->measure, "duplicated",
			    json_integer((json_int_t)w->tx.duplicated));
}

/* Is what passes @pos overtaken on both stretches beside it, both ways? */
static bool is_late_at(const struct figures *fig, int pos)
{
	bool beside[2] = { false, false };

	for (size_t i = 0; i < fig->n; i++) {
		const struct hop_figures *h = &fig->hop[i];
		bool both = h->way[0].tx.reordered && h->way[1].tx.reordered;

		if (h->to_pos == pos)
			beside[0] |= both;
		if (h->from_pos == pos)
			beside[1] |= both;
	}
	return beside[0] && beside[1];
}

/* A path that mixes packets up does not put them in order again. */
static void doubt_capture(struct draft *f, const struct model *m, int pos)
{
	if (is_late_at(&m->figures, pos))
		draft_against(f,
			      "it may be the capture at %s that is late with "
			      "single packets (a busy mirror port): both "
			      "stretches beside it show it, both ways",
			      model_point_name(m, pos));
}

static void write_reorder(struct derive *d, int from, int to,
			  const struct hop_way *w)
{
	const struct model *m = derive_model(d);
	uint64_t all = w->tx.n[FATE_DELIVERED];
	double rate = all ? (double)w->tx.reordered / (double)all : 0;
	struct draft *f = draft_new(d, "reorder.path",
				    rate > REORDER_FELT ? SEV_LOW : SEV_INFO,
				    12);
	char share[WORDS];

	words_share(w->tx.reordered, all, "packet", share);
	draft_title(f, "Packets overtake each other between %s and %s: %s",
		    model_point_name(m, from), model_point_name(m, to), share);
	draft_text(f,
		   "%s arrived later than something that was sent after "
		   "%s.",
		   share, w->tx.reordered == 1 ? "it" : "them");
	draft_hop(f, m, from, to);
	draft_place(f, "parallel links or queues between %s and %s",
		    model_point_name(m, from), model_point_name(m, to));
	draft_next(f,
		   "see whether a link aggregation, ECMP or a tunnel there "
		   "spreads packets one by one: it should keep each session on "
		   "one link");
	doubt_capture(f, m, from);
	doubt_capture(f, m, to);
	json_object_set_new(f->measure, "reordered",
			    json_integer((json_int_t)w->tx.reordered));
}

/* A loop brings the same packets by again and again: capture.duplicate. */
static bool loops_at(const struct model *m, int pos)
{
	for (size_t i = 0; i < m->n_qualities; i++) {
		const struct quality_row *q = &m->qualities[i];
		const struct file_row *f = model_file(m, q->file);

		if (f && f->point == m->points[pos - 1].id &&
		    !strcmp(q->what, "routing-loop"))
			return true;
	}
	return false;
}

static void finish(void *state, struct derive *d)
{
	struct order *s = state;
	const struct figures *fig = &derive_model(d)->figures;

	for (size_t i = 0; i < fig->n; i++) {
		for (int w = 0; w < 2; w++) {
			const struct hop_figures *h = &fig->hop[i];
			int from = w ? h->to_pos : h->from_pos;
			int to = w ? h->from_pos : h->to_pos;

			if (h->way[w].tx.duplicated &&
			    !loops_at(derive_model(d), to))
				write_dup(s, d, from, to, &h->way[w]);
			if (h->way[w].tx.reordered)
				write_reorder(d, from, to, &h->way[w]);
		}
	}
	VEC_FREE(&s->dups);
	free(s);
}

const struct rule_group rules_order = { "order", begin, session, finish };
