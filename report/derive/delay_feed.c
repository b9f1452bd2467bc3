/* delay.server: time between the pieces of answers.
 *
 * That is the server's pace.  It has low severity: a program may well send at a rate
 * of its own.  So has a pause of seconds, where no message tells that more is due: what
 * comes then may be the rest of an answer that somebody waits for, or news, for which
 * nobody does (a subscription, IDLE, a chat).  Bytes do not tell these apart, so the
 * finding says both.  Pauses within what is known to be one answer are delay_ends.c's.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "report/derive/words.h"

/* Has each session pauses after which the server may have had news? */
static bool may_be_news(const struct group *g)
{
	return g->kind == CAUSE_NEWS || g->kind == CAUSE_NEWS_FAR;
}

/* Says what would be gained; for a large transfer only how fast it was, as the
 * slowest link may allow no more. */
static void gain(struct draft *f, const struct group *g)
{
	double rate = (double)g->bytes * 8e3 / (double)group_total(g);

	if (!delay_is_bulk(g)) {
		delay_gain(f, g,
			   may_be_news(g)
				   ? "If that was waited for: without it"
				   : "With all of an answer at hand at once");
		return;
	}
	draft_text(f,
		   "%s session got %.3g Mbit/s on average: if %s the rate of "
		   "the slowest link, nothing would be gained.",
		   g->sessions == 1 ? "The" : "A", rate,
		   g->sessions == 1 ? "that is" : "all together get");
	json_object_set_new(f->measure, "mbit_s", json_real(rate));
}

/* @why: how the sentence continues. */
static void waited(struct draft *f, const struct group *g, const char *why)
{
	char a[TEXT_UNIT], n[TEXT_UNIT], most[TEXT_UNIT];

	text_duration(g->explained_ns, a);
	text_count(g->exchanges, n);
	if (may_be_news(g)) {
		json_object_set_new(f->measure, "pause_max_ns",
				    json_integer(g->hold.max));
		draft_text(f,
			   "In %s exchange%s it was silent for %s in all; for "
			   "up to %s after it had begun to answer, and then "
			   "spoke again without being asked.  Nothing shows "
			   "that anybody waited for that.",
			   n, plural(g->exchanges), a,
			   text_duration(g->hold.max, most));
		draft_against(f, "news that come when they come "
				 "(subscriptions, IDLE, a chat, a stream of "
				 "events, heartbeats) are no fault; the rest "
				 "of an answer that comes late looks the same");
	} else {
		draft_text(f,
			   "Between the pieces of %s answer%s it waited %s in "
			   "all%s.",
			   n, plural(g->exchanges), a, why);
	}
	gain(f, g);
}

/* Of one server. */
static void title(struct draft *f, const struct group *g, bool far)
{
	char most[TEXT_UNIT], in_all[TEXT_UNIT];

	text_duration(g->hold.max, most);
	text_duration(g->explained_ns, in_all);
	if (far)
		draft_title(f,
			    "Answers of %s come with pauses of %s in all: the "
			    "server or the path, one capture cannot tell",
			    g->key, in_all);
	else if (may_be_news(g))
		draft_title(f,
			    "%s speaks again unasked, after up to %s: news, or "
			    "late rests of answers",
			    g->key, most);
	else
		draft_title(f,
			    "The server %s gives its answers at its own pace, "
			    "with pauses of %s in all",
			    g->key, in_all);
}

static void title_news(struct draft *f, const struct group *g,
		       const struct delay_many *many)
{
	char number[TEXT_UNIT], most[TEXT_UNIT];

	draft_title(f,
		    "%s servers speak again unasked, after up to %s: news, or "
		    "late rests of answers",
		    delay_number(many, "More", number),
		    text_duration(g->hold.max, most));
}

void delay_feed(struct derive *d, const struct group *g,
		const struct delay_many *many)
{
	struct draft *f = delay_draft(d, "delay.server", SEV_LOW, g);
	char number[TEXT_UNIT], in_all[TEXT_UNIT];

	if (many && may_be_news(g))
		title_news(f, g, many);
	else if (many)
		draft_title(f,
			    "%s servers give their answers at a pace of "
			    "their own, with pauses of %s in all",
			    delay_number(many, "More", number),
			    text_duration(g->explained_ns, in_all));
	else
		title(f, g, false);
	if (many)
		delay_say_many(f, many);
	waited(f, g,
	       ", with no window, loss or unanswered data in its way: its "
	       "program had no more to send, or it (or BBR in its kernel) "
	       "sends at a rate of its own");
	draft_against(f, "a rate that somebody chose (streaming, a limit of "
			 "the program) looks the same and is no fault");
	draft_place(f, "the service, or what it reads its answers from");
	draft_next(f, "if it should be faster: what the service reads from, "
		      "and limits in its configuration");
	delay_pause_evidence(f, derive_model(d), g);
}

void delay_feed_far(struct derive *d, const struct group *g,
		    const struct delay_many *many)
{
	struct draft *f = delay_draft(d, "delay.server", SEV_LOW, g);
	char number[TEXT_UNIT], in_all[TEXT_UNIT];

	if (many)
		draft_title(f,
			    "Answers of %s servers come with pauses of %s in "
			    "all: the servers or the path, one capture cannot "
			    "tell",
			    delay_number(many, "more", number),
			    text_duration(g->explained_ns, in_all));
	else
		title(f, g, true);
	if (many)
		delay_say_many(f, many);
	waited(f, g, "");
	draft_against(f, "a program that sends at its own pace, a link that is "
			 "no faster, a segment that is lost and sent again, "
			 "and a queue look alike from here");
	draft_next(f, "capture at the server at the same time: it shows "
		      "whether the pauses are there, too, and whether their "
		      "end is sent for the first time");
	delay_pause_evidence(f, derive_model(d), g);
}
