/* Outages, in words.
 *
 * What fits a limit on packet size, or is one segment over and over, is none;
 * nor is what a policer drops.
 */
#include "report/derive/loss.h"

#include <stdio.h>

#include "base/text.h"
#include "base/time.h"

static bool fits_other(const struct lost_way *w)
{
	uint64_t data = loss_lost(w, KIND_DATA);

	return (data == loss_all(w) &&
		(w->ranges == 1 || w->min_lost > w->max_delivered)) ||
	       loss_is_policed(w);
}

void loss_find_outage(const struct model *m, struct lost_way *w)
{
	uint64_t entered = 0;

	for (int k = 0; k < KINDS; k++)
		entered += loss_entered(m, w, (enum fate_kind)k);
	w->out = !fits_other(w) && !loss_is_mtu(m, w) &&
		 outage_find(&w->outage, &w->gone, m, w->from_pos, w->to_pos,
			     loss_all(w), entered);
}

static void mark(struct draft *f, const struct model *m,
		 const struct lost_way *w, const struct outage_mark *x,
		 const char *note)
{
	draft_session(f, x->session);
	draft_evidence(f, m->points[w->from_pos - 1].id, x->file, x->frame,
		       x->t_ns, "%s", note);
}

static void put(struct draft *f, const char *key, int64_t n)
{
	json_object_set_new(f->measure, key, json_integer(n));
}

static void against(struct draft *f, const char *to, const struct outage *o)
{
	uint64_t rest = o->sent.n - o->lost;

	if (rest)
		draft_against(f,
			      "of %llu more packet%s of that time the captures "
			      "cannot tell whether %s got through",
			      (unsigned long long)rest, plural(rest),
			      rest == 1 ? "it" : "they");
	if (o->absent == o->lost)
		draft_against(f,
			      "a capture at %s that paused in that time looks "
			      "the same: nothing else shows that the packets "
			      "never came",
			      to);
	if (o->sessions == 1)
		draft_against(f,
			      "one session alone sent in that time: a device "
			      "that drops this one looks the same");
}

void loss_outage_title(struct draft *f, const struct model *m,
		       const struct lost_way *w)
{
	const struct outage *o = &w->outage;
	uint64_t all = loss_all(w);
	char span[TEXT_UNIT], n[TEXT_UNIT], part[WORDS] = "all";

	if (o->lost < all)
		snprintf(part, sizeof part, "%s of", text_count(o->lost, n));
	draft_title(f,
		    "Nothing gets from %s to %s for %s: %s %s lost packets are "
		    "of that time",
		    model_point_name(m, w->from_pos),
		    model_point_name(m, w->to_pos),
		    text_duration(time_sub(o->last_ns, o->first_ns), span),
		    part, text_count(all > o->lost ? all : o->lost, n));
}

void loss_outage_text(struct draft *f, const struct model *m,
		      const struct lost_way *w)
{
	const struct outage *o = &w->outage;
	int64_t span = time_sub(o->last_ns, o->first_ns);
	int64_t most = time_sub(o->after.t_ns, o->before.t_ns);
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);
	char a[TEXT_UNIT], b[TEXT_UNIT], c[TEXT_UNIT], n[TEXT_UNIT];
	char all[TEXT_UNIT];

	draft_text(
		f,
		"From %s (clock of %s) on nothing that was sent got through "
		"for %s: %s of the %s packets in that time are lost, of %llu "
		"session%s.  Between the last packet that got through "
		"before and the first one after it lie %s.  That holds for "
		"all sessions that both %s and %s have.",
		words_time(o->first_ns, a), from, text_duration(span, b),
		text_count(o->lost, n), text_count(o->sent.n, all),
		(unsigned long long)o->sessions, plural(o->sessions),
		text_duration(most, c), from, to);
	against(f, to, o);
	mark(f, m, w, &o->before, "the last that got through before it");
	mark(f, m, w, &o->after, "the first that got through after it");
	put(f, "outage_begin_ns", o->first_ns);
	put(f, "outage_ns", span);
	put(f, "outage_most_ns", most);
	put(f, "outage_lost", (int64_t)o->lost);
	put(f, "outage_sent", (int64_t)o->sent.n);
	put(f, "outage_sessions", (int64_t)o->sessions);
}
