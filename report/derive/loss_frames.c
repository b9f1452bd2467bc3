/* The frames of lost_ways: a line for each that is kept, filters, and how to
 * get at the others.  The session is named once if it is the same for all.
 */
#include "report/derive/loss.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

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
	char n[TEXT_UNIT];

	if (one)
		draft_text(f, "%s of %s.",
			   w->kept.n < all ? "The frames below are"
					   : "They are all",
			   w->kept.at[0].who);
	for (size_t i = 0; i < w->kept.n; i++)
		loss_frame(f, &w->kept.at[i], !one, to);
	if (w->kept.n < all)
		draft_next(f,
			   "'tracepair packets CASE --fate lost' lists all "
			   "%s; %zu of them are here",
			   text_count(all, n), w->kept.n);
	draft_frame_filters(f);
}
