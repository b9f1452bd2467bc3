/* What became of a ladder's row, in the words of the report: the same as the HTML
 * report's (report/web/src/packet.js), as short as a line needs.
 */
#include "report/render/ladder_words.h"

#include "report/derive/words.h"

static void put_why(FILE *out, const struct session_view *v,
		    const struct ladder_leg *l)
{
	const char *why = words_reason((enum fate_reason)l->e.reason);

	if (l->proof_frame)
		fprintf(out, " (proof: %s #%llu)",
			v->flow[l->proof_at].point->name,
			(unsigned long long)l->proof_frame);
	else if (why)
		fprintf(out, " (%s)", why);
}

/* Is a leg to the point where @l begins told already? */
static bool led_there(const struct ladder_row *row, size_t n_legs,
		      const struct ladder_leg *l)
{
	for (size_t i = 0; i < n_legs; i++)
		if (row->leg[i].there && row->leg[i].to == l->from)
			return true;
	return false;
}

static void put_fate(FILE *out, const struct session_view *v,
		     const struct ladder_row *row, size_t n_legs,
		     const struct ladder_leg *l)
{
	const char *to = v->flow[l->to].point->name;

	switch (l->taken ? FATES : l->e.fate) {
	case FATES:
		fprintf(out, "; not at %s, something else got it", to);
		return;
	case FATE_DELIVERED:
		if (!l->near_frame && !led_there(row, n_legs, l))
			fprintf(out, "; not seen at %s",
				v->flow[l->from].point->name);
		return;
	case FATE_LOST:
		fputs("; lost", out);
		break;
	case FATE_UNSEEN:
		fprintf(out, "; passed %s unseen", to);
		break;
	case FATE_OUTSIDE:
		fprintf(out, "; %s cannot have it", to);
		break;
	case FATE_INJECTED:
		fprintf(out, "; not sent at %s", v->flow[l->from].point->name);
		break;
	default:
		fputs("; undecided", out);
		break;
	}
	put_why(out, v, l);
}

static void put_marks(FILE *out, const struct ladder_leg *l)
{
	if (l->e.marks & MARK_CHANGED)
		fputs("; changed", out);
	if (l->e.marks & MARK_DUPLICATED)
		fputs("; duplicated", out);
	if (l->e.marks & MARK_REORDERED)
		fputs("; reordered", out);
}

void ladder_words(const struct ladder_row *row, size_t n_legs,
		  const struct session_view *v, FILE *out)
{
	const struct finding_row *told = NULL;
	uint32_t copy = 1;

	for (size_t i = 0; i < n_legs; i++) {
		const struct ladder_leg *l = &row->leg[i];

		if (l->there && l->e.copy > copy)
			copy = l->e.copy;
		if (l->there && l->told && (!told || l->told->id < told->id))
			told = l->told;
	}
	fprintf(out, " %s", row->what);
	if (copy > 1)
		fprintf(out, ", copy %u", copy);
	for (size_t i = 0; i < n_legs; i++) {
		const struct ladder_leg *l = &row->leg[i];

		if (!l->there || l->from == l->to)
			continue;
		put_fate(out, v, row, n_legs, l);
		put_marks(out, l);
	}
	if (told)
		fprintf(out, "; finding %lld", (long long)told->id);
}
