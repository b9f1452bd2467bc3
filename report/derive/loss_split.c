/* Losses of some sessions only, in words.
 *
 * What a limit on packet size, a policer, a queue, an outage or one-way sessions
 * explain is told as that: these tell sessions apart, too.
 */
#include "report/derive/loss.h"

#include "base/text.h"

void loss_find_split(const struct model *m, struct lost_way *w)
{
	if (!w->out && !loss_is_mtu(m, w) && !loss_is_policed(w) &&
	    !loss_one_way_mostly(w) && w->inflated * 2 <= w->judged)
		split_find(&w->split, m, w->from_pos, w->to_pos, w->lossy.at,
			   w->lossy.n);
}

/* "lose 12 %" of the sessions of @side. */
static double percent(const struct split *s, enum split_side side)
{
	return s->sent[side]
		       ? 100 * (double)s->lost[side] / (double)s->sent[side]
		       : 0;
}

void loss_split_title(struct draft *f, const struct model *m,
		      const struct lost_way *w)
{
	const struct split *s = &w->split;
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);
	unsigned long long lossy = s->n[SPLIT_LOSSY];
	unsigned long long all = lossy + s->n[SPLIT_CLEAN];
	const char *rest = s->lost[SPLIT_CLEAN] ? "hardly any" : "none";
	char host[NET_END_TEXT];

	if (s->by == SPLIT_HOST)
		draft_title(f,
			    "Sessions of %s lose %.3g %% of their packets "
			    "between %s and %s, those of other hosts lose %s",
			    net_addr_text(&s->host, host),
			    percent(s, SPLIT_LOSSY), from, to, rest);
	else
		draft_title(f,
			    "%llu of %llu sessions lose %.3g %% of their "
			    "packets between %s and %s, the others %s",
			    lossy, all, percent(s, SPLIT_LOSSY), from, to,
			    rest);
}

static void frames(struct draft *f, const struct model *m,
		   const struct lost_way *w)
{
	const struct split *s = &w->split;
	int64_t point = m->points[w->from_pos - 1].id;

	for (size_t i = 0; i < s->n_shown; i++)
		for (int k = 0; k < 2; k++) {
			const struct split_try *t =
				&s->tried.at[s->shown[i][k]];
			const struct split_session *x = &s->of.at[t->session];
			char a[NET_END_TEXT], b[NET_END_TEXT];

			draft_session(f, x->session);
			draft_evidence(f, point, t->file, t->frame, t->t_ns,
				       "of %s -> %s, %s %s",
				       net_end_text(&x->client, a),
				       net_end_text(&x->server, b),
				       k ? "at about the same time: it gets to"
					 : "which loses: not at",
				       model_point_name(m, w->to_pos));
		}
}

static void next(struct draft *f, const struct model *m,
		 const struct lost_way *w)
{
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);
	char host[NET_END_TEXT];

	if (w->split.by == SPLIT_HOST) {
		draft_next(f,
			   "look at what only the packets of %s pass between "
			   "%s and %s: its own link, port, cable or radio, or "
			   "its route",
			   net_addr_text(&w->split.host, host), from, to);
		return;
	}
	draft_place(f,
		    "one member of a bundle of links, one of several equal "
		    "paths, or one queue or core of a device, between %s and "
		    "%s",
		    from, to);
	draft_next(f,
		   "look at the error counters of each member of the bundles "
		   "between %s and %s, and ask the device which one its hash "
		   "gives these addresses and ports; %s",
		   from, to,
		   w->split.by == SPLIT_PORTS
			   ? "a test from a port that loses keeps losing, one "
			     "from others does not"
			   : "a test between two addresses that lose keeps "
			     "losing, with one of others it does not");
}

void loss_split_text(struct draft *f, const struct model *m,
		     const struct lost_way *w)
{
	static const char *const by[] = { [SPLIT_NONE] = "none",
					  [SPLIT_PORTS] = "ports",
					  [SPLIT_ADDRESSES] = "addresses",
					  [SPLIT_HOST] = "host" };
	const struct split *s = &w->split;
	char lossy[TEXT_UNIT], clean[TEXT_UNIT], sent[TEXT_UNIT];
	char all[TEXT_UNIT], some[TEXT_UNIT], lost[TEXT_UNIT];

	draft_text(
		f,
		"Of the sessions compared, which send at the same time, %s "
		"lose %s of %s packets, and %s lose %s of %s%s.  Chance does "
		"not do that, nor a path that is bad for moments: it depends "
		"on the session.",
		text_count(s->n[SPLIT_LOSSY], lossy),
		text_count(s->lost[SPLIT_LOSSY], lost),
		text_count(s->sent[SPLIT_LOSSY], sent),
		text_count(s->n[SPLIT_CLEAN], clean),
		s->lost[SPLIT_CLEAN] ? text_count(s->lost[SPLIT_CLEAN], some)
				     : "none",
		text_count(s->sent[SPLIT_CLEAN], all),
		s->by == SPLIT_PORTS ? ", of the same hosts" : "");
	if (s->by == SPLIT_PORTS)
		draft_text(f,
			   "Bundles of links, and equal paths, share packets "
			   "out by a hash over addresses and ports: one bad "
			   "member makes some sessions lose, and others of the "
			   "same hosts not.");
	else if (s->by == SPLIT_ADDRESSES)
		draft_text(f,
			   "All sessions of the same two addresses lose, or "
			   "none does, and each of these addresses has others "
			   "that lose nothing: bundles of links, and equal "
			   "paths, share packets out by a hash over both.");
	if (s->n[SPLIT_UNJUDGED])
		draft_text(f,
			   "%s more sent too little to tell on which side they "
			   "are.",
			   text_count(s->n[SPLIT_UNJUDGED], some));
	if (s->by != SPLIT_HOST)
		draft_against(f, "a device that keeps state of each session, "
				 "and drops packets of some, looks the same");
	if (s->by != SPLIT_HOST && !w->by_basis[BASIS_PROOF] &&
	    !w->by_basis[BASIS_EFFECT])
		draft_against(f,
			      "nothing but their absence at %s tells that they "
			      "are lost, and a capturing card shares packets "
			      "out to its queues by such a hash, too: one that "
			      "overflows looks the same",
			      model_point_name(m, w->to_pos));
	if (!w->judged)
		draft_against(f, "the delay before the losses is not known: "
				 "queues of their own that overflow are not "
				 "excluded");
	next(f, m, w);
	frames(f, m, w);
	json_object_set_new(
		f->measure, "split",
		json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "by",
			  by[s->by], "lossy", (json_int_t)s->n[SPLIT_LOSSY],
			  "lossy_sent", (json_int_t)s->sent[SPLIT_LOSSY],
			  "lossy_lost", (json_int_t)s->lost[SPLIT_LOSSY],
			  "clean", (json_int_t)s->n[SPLIT_CLEAN], "clean_sent",
			  (json_int_t)s->sent[SPLIT_CLEAN], "clean_lost",
			  (json_int_t)s->lost[SPLIT_CLEAN]));
}
