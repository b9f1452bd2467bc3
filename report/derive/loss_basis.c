/* What losses rest on, in words: proof, what hosts did, or absence.
 */
#include "report/derive/loss.h"

#include "base/text.h"

/* "All of them are", "3 of them are", "It is", for @n of @all. */
static void some_are(struct text *t, uint64_t n, uint64_t all)
{
	char count[TEXT_UNIT];

	if (all == 1)
		text_puts(t, "It is");
	else
		text_add(t, "%s of them %s",
			 n == all ? "All" : text_count(n, count),
			 n == 1 ? "is" : "are");
}

/* For how many the evidence is known: those of the sessions swept. */
static uint64_t looked_at(const struct lost_way *w)
{
	uint64_t n = 0;

	for (int b = 0; b < 4; b++)
		n += w->by_basis[b];
	return n;
}

void loss_basis_text(struct draft *f, const struct lost_way *w)
{
	uint64_t proven = w->by_basis[BASIS_PROOF];
	uint64_t effect = w->by_basis[BASIS_EFFECT] - w->quoted;
	uint64_t absence = w->by_basis[BASIS_ABSENCE];
	uint64_t all = looked_at(w);
	bool some = all < loss_all(w);
	struct text t = { 0 };
	char n[TEXT_UNIT];
	const char *what = effect == 1 ? "it" : "they";

	if (some && all)
		draft_text(f, "%s of them were looked at one by one:",
			   text_count(all, n));
	if (proven) {
		some_are(&t, proven, all);
		draft_text(f,
			   "%s proven: the receiver's acknowledgements show "
			   "the hole, or later copies do.",
			   t.at);
		t.n = 0;
	}
	if (w->quoted) {
		some_are(&t, w->quoted, all);
		draft_text(f,
			   "%s shown by ICMP errors that quote %s: who sent "
			   "these got the packet%s and threw %s away.",
			   t.at, w->quoted == 1 ? "it" : "them",
			   plural(w->quoted), w->quoted == 1 ? "it" : "them");
		t.n = 0;
	}
	if (effect) {
		some_are(&t, effect, all);
		draft_text(f,
			   "%s shown by what followed: the other side acted as "
			   "if %s had never come.",
			   t.at, what);
	}
	if (absence)
		draft_against(
			f,
			"%s%s rest%s on absence alone: the far capture was "
			"running, sees this direction and shows no gap, "
			"but a receiving driver could have dropped %s "
			"below the capture.",
			some ? "Of those looked at, " : "",
			text_count(absence, n), absence == 1 ? "s" : "",
			absence == 1 ? "it" : "them");
	text_release(&t);
}
