/* The frames of lost_ways: a line for each that is kept, filters, and how to
 * get at the others.  The session is named once if it is the same for all.
 *
 * What is proven comes first, with the acknowledgement that proves it; one that
 * shows several losses is named with the first.
 */
#include "report/derive/loss.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct kept_loss loss_kept(const struct session_view *v, const struct fact *k)
{
	struct kept_loss x = { .fact = *k,
			       .session = v->row.id,
			       .flow = v->flow[k->from].row.id,
			       .copies = 1,
			       .from_point = fact_from(v, k)->id };

	if (k->proof.frame)
		x.proof_point = v->flow[k->proof.flow].point->id;
	words_proof(v, k, x.proof);
	words_packet(v, k, x.what);
	words_session(v, (size_t)k->from, x.who);
	return x;
}

static bool of_one_session(const struct lost_way *w)
{
	for (size_t i = 1; i < w->kept.n; i++)
		if (w->kept.at[i].session != w->kept.at[0].session ||
		    strcmp(w->kept.at[i].who, w->kept.at[0].who) != 0)
			return false;
	return w->kept.n > 1;
}

/* Copies are counted for what can be retransmitted. */
static bool has_copies(const struct fate_entry *e)
{
	return e->copy > 1 || e->kind == KIND_DATA;
}

/* Was the frame that shows loss @i named with another one? */
static bool is_named(const struct lost_way *w, size_t i)
{
	const struct kept_loss *x = &w->kept.at[i];

	for (size_t k = 0; k < i; k++)
		if (w->kept.at[k].proof_point == x->proof_point &&
		    w->kept.at[k].fact.proof.file == x->fact.proof.file &&
		    w->kept.at[k].fact.proof.frame == x->fact.proof.frame)
			return true;
	return false;
}

void loss_proof(struct draft *f, const struct kept_loss *x)
{
	if (x->proof[0])
		draft_evidence(f, x->proof_point, x->fact.proof.file,
			       x->fact.proof.frame, x->fact.proof.time_ns, "%s",
			       x->proof);
}

void loss_frames_sort(struct lost_way *w)
{
	if (of_one_session(w))
		return;
	for (size_t i = 1; i < w->kept.n; i++) {
		struct kept_loss x = w->kept.at[i];
		size_t k = i;

		for (; k > 0 && w->kept.at[k - 1].fact.e.basis > x.fact.e.basis;
		     k--)
			w->kept.at[k] = w->kept.at[k - 1];
		w->kept.at[k] = x;
	}
}

void loss_frame(struct draft *f, const struct kept_loss *x, bool who,
		const char *to)
{
	char copy[32] = "";

	if (has_copies(&x->fact.e))
		snprintf(copy, sizeof copy, ", copy %u", x->fact.e.copy);
	draft_session(f, x->session);
	draft_evidence(f, x->from_point, x->fact.near_file,
		       x->fact.has_near ? x->fact.near.frame : 0,
		       x->fact.near.time_ns, "%s%s%s%s: not at %s", x->what,
		       who ? " of " : "", who ? x->who : "", copy, to);
}

void loss_frames(struct draft *f, const struct lost_way *w,
		 const struct model *m)
{
	const char *to = model_point_name(m, w->to_pos);
	bool one = of_one_session(w);
	uint64_t all = loss_all(w);
	size_t shown = 0;
	char n[TEXT_UNIT];

	if (one)
		draft_text(f, "%s of %s.",
			   w->kept.n < all ? "The frames below are"
					   : "They are all",
			   w->kept.at[0].who);
	while (shown < w->kept.n && f->row.n_evidence < DRAFT_EVIDENCE) {
		loss_frame(f, &w->kept.at[shown], !one, to);
		if (!is_named(w, shown))
			loss_proof(f, &w->kept.at[shown]);
		shown++;
	}
	if (shown < all)
		draft_next(f,
			   "'tracepair packets CASE --fate lost' lists all "
			   "%s; %zu of them are here",
			   text_count(all, n), shown);
	draft_frame_filters(f);
}
