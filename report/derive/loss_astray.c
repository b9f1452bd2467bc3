/* Packets that are lost on a hop or behind it.
 *
 * They never came to the receiver, and the hop's far capture has none of them; but
 * that misses packets, and of what it has some are lost behind it.  So each of
 * them may have passed it (correlate/astray.c).  Beside other losses of the hop
 * they are a sentence, else a loss.path of their own, of no high severity: what
 * is lost behind the hop, and shows where, is a finding of its own.
 */
#include "report/derive/loss.h"

#include "base/text.h"

#define MEDIUM_SHARE 0.001

static uint64_t entered(const struct model *m, const struct lost_way *w)
{
	uint64_t n = 0;

	for (int k = 0; k < KINDS; k++)
		n += loss_entered(m, w, (enum fate_kind)k);
	return n;
}

static void measure(struct draft *f, const struct lost_way *w)
{
	json_object_set_new(f->measure, "lost_here_or_behind",
			    json_integer((json_int_t)w->astray));
}

void loss_astray_text(struct draft *f, const struct model *m,
		      const struct lost_way *w)
{
	const char *to = model_point_name(m, w->to_pos);
	char n[TEXT_UNIT];

	if (!w->astray)
		return;
	draft_text(f,
		   "%s more never arrived, and %s not at %s either; but its "
		   "capture misses packets, so %s may also be lost behind %s.",
		   text_count(w->astray, n), w->astray == 1 ? "is" : "are", to,
		   w->astray == 1 ? "it" : "they", to);
	measure(f, w);
}

static void title(struct draft *f, const struct model *m,
		  const struct lost_way *w)
{
	const char *to = model_point_name(m, w->to_pos);
	char share[WORDS];

	draft_title(f, "%s %s lost between %s and %s, or behind %s",
		    words_share(w->astray, entered(m, w), "packet", share),
		    w->astray == 1 ? "is" : "are",
		    model_point_name(m, w->from_pos), to, to);
}

static void frames(struct draft *f, const struct model *m,
		   const struct lost_way *w)
{
	const char *to = model_point_name(m, w->to_pos);

	for (size_t i = 0; i < w->strays.n; i++)
		loss_frame(f, &w->strays.at[i], true, to);
	draft_frame_filters(f);
}

void loss_write_astray(struct derive *d, const struct lost_way *w)
{
	const struct model *m = derive_model(d);
	const char *to = model_point_name(m, w->to_pos);
	uint64_t all = entered(m, w);
	bool many = (double)w->astray >= MEDIUM_SHARE * (double)all;
	struct draft *f;

	if (!w->strays.n)
		return;
	f = draft_new(d, "loss.path", many ? SEV_MEDIUM : SEV_LOW, 10);
	title(f, m, w);
	draft_text(f,
		   "The receiver's acknowledgements show that %s never came.  "
		   "The capture at %s has not got %s, either; but it misses "
		   "packets, and others are lost behind it.",
		   w->astray == 1 ? "it" : "they", to,
		   w->astray == 1 ? "it" : "them");
	measure(f, w);
	draft_hop(f, m, w->from_pos, w->to_pos);
	draft_between(f, m, w->from_pos, w->to_pos);
	draft_place(f, "the network and devices behind %s", to);
	draft_next(f,
		   "a capture at %s that drops nothing (a larger buffer, "
		   "shorter packets) tells which",
		   to);
	frames(f, m, w);
}
