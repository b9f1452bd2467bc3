/* delay.server of requests that nobody answered, or only in part.
 *
 * timeline_end.c decides which these are; here they get words and frames.  They are
 * kept apart from slow answers: an average over both would describe neither.  With
 * one capture that is not beside the server the finding names the far side, not the
 * server.  Requests that still wait when the capture ends are reported at low
 * severity: the answer may have come right after.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "report/derive/words.h"

#define MOST_OF_IT 40 /* percent of the time of these sessions */

/* --- unanswered requests --- */
static enum severity severity_of(const struct group *g, bool far)
{
	if (g->errors >= g->sessions)
		return SEV_LOW; /* all of them wait still */
	return !far && delay_share(g) >= MOST_OF_IT ? SEV_HIGH : SEV_MEDIUM;
}

static void waits_measure(struct draft *f, const struct group *g)
{
	json_object_set_new(f->measure, "cut_off",
			    json_integer((json_int_t)g->errors));
	json_object_set_new(f->measure, "waited_min_ns",
			    json_integer(g->hold.min));
	json_object_set_new(f->measure, "waited_max_ns",
			    json_integer(g->hold.max));
}

/* "1 of 2 requests ... answered" */
static const char *never(const struct group *g, bool open)
{
	if (open)
		return g->hold.n == 1 ? "is not yet" : "are not yet";
	return g->hold.n == 1 ? "was never" : "were never";
}

static void unanswered(struct derive *d, const struct group *g, bool far)
{
	bool open = g->errors >= g->sessions; /* all of them wait still */
	struct draft *f = delay_draft(d, "delay.server", severity_of(g, far),
				      g);
	const char *who = *g->key ? g->key : "others";
	char wait[TEXT_UNIT * 3], n[TEXT_UNIT], of[TEXT_UNIT];

	delay_span(&g->hold, wait);
	text_count(g->hold.n, n);
	text_count(g->exchanges, of);
	if (far)
		draft_title(f,
			    "%s of %s request%s to %s %s answered: %s %s; the "
			    "server or the path, one capture cannot tell",
			    n, of, plural(g->exchanges), who, never(g, open),
			    open ? "the capture ends after" : "waited for",
			    wait);
	else
		draft_title(f, "The server %s %s %s of %s request%s: %s %s",
			    who, open ? "has not answered" : "never answered",
			    n, of, plural(g->exchanges),
			    open ? "the capture ends after" : "waited for",
			    wait);
	if (open)
		draft_text(f,
			   "%s of %s request%s had no answer yet when the "
			   "capture ended, after %s.",
			   n, of, plural(g->exchanges), wait);
	else
		draft_text(f,
			   "%s of %s request%s %s never answered: waited for "
			   "%s, until the client asked again, or one of both "
			   "ended the session.",
			   n, of, plural(g->exchanges),
			   g->hold.n == 1 ? "was" : "were", wait);
	if (g->errors && !open)
		draft_text(f, "%s of them still waited when the capture ended.",
			   text_count(g->errors, n));
	draft_text(f,
		   "%s, although the session shows that an answer was due: by "
		   "its protocol, by earlier requests that were answered, or "
		   "by the client's reset.  It waited at least twice as long "
		   "as any before it in its session.",
		   far ? "No data came back"
		       : "Each had arrived and no data came back");
	draft_against(f, "a request that is meant to wait (a long poll, a "
			 "subscription), or a message that wants no answer, "
			 "looks the same");
	draft_place(f, "the program on the server: hung, or waiting for a "
		       "lock, a disk, a database or another server");
	if (far)
		draft_place(f, "the way back, if the server did answer: a "
			       "limit on packet size (MTU) that drops full "
			       "segments without a word, or a filter that "
			       "drops what carries data");
	if (far)
		draft_next(f, "capture at the server at the same time: it "
			      "shows whether an answer leaves there");
	else
		draft_next(f, "the server's own log, and what its program did, "
			      "at the time of these requests; a capture of "
			      "what it asks others");
	json_object_set_new(f->measure, "unanswered",
			    json_integer((json_int_t)g->hold.n));
	waits_measure(f, g);
	delay_evidence(f, derive_model(d), g);
}

void delay_unanswered(struct derive *d, const struct group *g)
{
	unanswered(d, g, false);
}

void delay_unanswered_far(struct derive *d, const struct group *g)
{
	unanswered(d, g, true);
}

/* --- answers that stop halfway --- */
static void stopped(struct derive *d, const struct group *g, bool far)
{
	bool open = g->errors >= g->sessions;
	const char *until = open ? "the capture ends after"
				 : "waited for the rest for";
	struct draft *f = delay_draft(d, "delay.server", severity_of(g, far),
				      g);
	const char *who = *g->key ? g->key : "others";
	char wait[TEXT_UNIT * 3], n[TEXT_UNIT];

	delay_span(&g->hold, wait);
	text_count(g->sessions, n);
	if (far)
		draft_title(f,
			    "%s answer%s from %s stop%s in the middle: %s %s; "
			    "the server or the path, one capture cannot tell",
			    n, plural(g->sessions), who,
			    g->sessions == 1 ? "s" : "", until, wait);
	else
		draft_title(f,
			    "The server %s stops in the middle of %s answer%s: "
			    "%s %s",
			    who, n, plural(g->sessions), until, wait);
	draft_text(f,
		   "Of %s answer%s a part came, less than its protocol "
		   "announces (a length, a last chunk), and then nothing for "
		   "%s, %s.  The client had acknowledged what came and its "
		   "window was open.",
		   n, plural(g->sessions), wait,
		   open ? "when the capture ended"
			: "until the client or the server ended the session");
	if (g->errors && !open)
		draft_text(f, "%s of them still waited when the capture ended.",
			   text_count(g->errors, n));
	draft_against(f, "a server that announces more than it has looks the "
			 "same; so does a program on the client that does "
			 "not want the rest and closes late");
	draft_place(f, "the program on the server: hung, or waiting for what "
		       "it reads its answer from (a disk, a database, another "
		       "server)");
	if (far)
		draft_next(f, "capture at the server at the same time: it "
			      "shows whether more leaves there");
	else
		draft_next(f, "the server's own log at that moment, and a "
			      "capture of what it asks others");
	json_object_set_new(f->measure, "stopped",
			    json_integer((json_int_t)g->sessions));
	waits_measure(f, g);
	delay_evidence(f, derive_model(d), g);
}

void delay_stopped(struct derive *d, const struct group *g)
{
	stopped(d, g, false);
}

void delay_stopped_far(struct derive *d, const struct group *g)
{
	stopped(d, g, true);
}
