/* A note in words.
 */
#include "report/notes.h"

#include "base/text.h"
#include "report/derive/words.h"

static const char *name(const struct session_view *v, unsigned i)
{
	return i < v->row.n_flows ? v->flow[i].point->name : "?";
}

static void say_in(struct text *t, const struct note *k,
		   const struct session_view *v)
{
	const char *from = name(v, k->in_from);

	if (k->in_fate == FATE_INJECTED)
		text_add(t, "; not from %s: sent by something between", from);
	else if (k->in_frame)
		text_add(t, "; same as %s frame %llu%s", from,
			 (unsigned long long)k->in_frame,
			 k->in_marks & MARK_RESEGMENTED
				 ? " (cut differently there)"
				 : "");
	else if (k->in_fate != NOTE_NO_FATE)
		text_add(t, "; %s's capture missed it", from);
}

static void say_out(struct text *t, const struct note *k,
		    const struct session_view *v)
{
	const char *to = name(v, k->out_to);
	const char *why = words_reason((enum fate_reason)k->out_reason);

	switch ((enum fate)k->out_fate) {
	case FATE_DELIVERED:
		text_add(t, "; arrived at %s as frame %llu", to,
			 (unsigned long long)k->out_frame);
		break;
	case FATE_LOST:
		text_add(t, "; lost between %s and %s", name(v, k->at), to);
		break;
	case FATE_UNSEEN:
		text_add(t, "; passed %s, whose capture missed it", to);
		break;
	case FATE_OUTSIDE:
		text_add(t, "; %s's capture cannot have it", to);
		break;
	case FATE_UNDECIDED:
		if (k->out_reason == WHY_LOST_HERE_OR_BEHIND)
			text_add(t, "; lost before %s or behind it", to);
		else
			text_add(t, "; whether it passed %s is undecided", to);
		break;
	default:
		return;
	}
	if (k->copies > 1)
		text_add(t, ", copy %u of %u", k->copy, k->copies);
	if (k->out_fate != FATE_DELIVERED &&
	    k->out_reason != WHY_LOST_HERE_OR_BEHIND && why)
		text_add(t, " (%s)", why);
	if (k->out_marks & MARK_CHANGED)
		text_puts(t, ", changed on the way");
	if (k->out_marks & MARK_DUPLICATED)
		text_puts(t, ", arrived more than once");
	if (k->out_marks & MARK_REORDERED)
		text_puts(t, ", overtaken on the way");
}

char *note_text(const struct note *k, const struct session_view *v)
{
	struct text t = { 0 };

	text_add(&t, "%s frame %llu", name(v, k->at),
		 (unsigned long long)k->frame);
	if (k->quotes) {
		text_add(&t, "; ICMP error that quotes session %u", k->session);
		return t.at;
	}
	text_add(&t, "; session %u, %s", k->session, words_dir(k->dir));
	say_in(&t, k, v);
	say_out(&t, k, v);
	return t.at;
}
