/* What the delay.* rules share: a cause's figures in words, and the frames of
 * its worst exchanges at both ends.
 *
 * reads:  struct group, exchange     writes: struct draft
 */
#pragma once

#include "base/text.h"
#include "report/rules.h"
#include "store/group.h"

/* A finding on @g: sessions, share of time, measure. */
struct draft *delay_draft(struct derive *d, const char *rule,
			  enum severity severity, const struct group *g);
/* How much a finding weighs that explains @ns: 40 to 50, more for more. */
double delay_weight(int64_t ns);
/* "without it 10 s, not 17 s" as a paragraph that begins with @without. */
void delay_gain(struct draft *f, const struct group *g, const char *without);
/* The frames of the worst sessions' worst exchanges, and their filters. */
void delay_evidence(struct draft *f, const struct model *m,
		    const struct group *g);
/* The same, with the longest pause within an answer, which it tells in words, too. */
void delay_pause_evidence(struct draft *f, const struct model *m,
			  const struct group *g);
/* Record @i of flow @flow and direction @dir as evidence; EXCHANGE_NONE, or
 * if the finding shows that frame already: nothing. */
void delay_frame(struct draft *f, const struct model *m,
		 const struct session_view *v, size_t flow, int dir, uint64_t i,
		 const char *what);
/* Of the heaviest session: the frames of its longest stall that a
 * retransmission ended, at each point that has them. */
void delay_stall_frames(struct draft *f, const struct model *m,
			const struct group *g);
/* With one capture: says on which side of it what the heaviest session sends again was
 * lost, as far as it shows.  Return: whether it does. */
bool delay_lost_side(struct draft *f, const struct model *m,
		     const struct group *g);
/* Is all that it sends again the first there, so that something was lost before? */
bool delay_lost_before(struct draft *f, const struct model *m,
		       const struct group *g);
/* Of the heaviest session: the first packet that arrived damaged. */
void delay_damaged_frame(struct draft *f, const struct model *m,
			 const struct group *g);
/* The same of the longest time that the client's or the server's window was
 * zero.  Return: false if it was not. */
bool delay_zero_frames(struct draft *f, const struct model *m,
		       const struct group *g, bool by_client, bool by_server);
/* Names of the two points of a group's key "a b" (positions).  Return: false if the
 * key is not of that form. */
bool delay_points(const struct model *m, const struct group *g,
		  const char **from, const char **to);
/* Sets the finding's hop by the group's key. */
void delay_hop(struct draft *f, const struct model *m, const struct group *g);
#define RECOVERY_HIGH 25 /* percent of the time of the sessions concerned */
/* Is the group's time that of one repair, no longer than a first timeout? */
bool delay_repaired_once(const struct group *g);
double delay_share(const struct group *g);
/* From @medium or @high percent of the time on it is as severe, below low. */
enum severity delay_by_share(const struct group *g, double medium, double high);
/* " of 3 sessions"; nothing where these are all.  Return: @out. */
const char *delay_whose(const struct model *m, const struct group *g,
			char out[static TEXT_UNIT]);

/* Time explained, of each exchange on average. */
int64_t delay_each(const struct group *g);
/* Are there so many bytes, in all and for each request, that somebody waits for the
 * end of the transfer? */
bool delay_is_bulk(const struct group *g);
#define DELAY_WORDS (2 * TEXT_UNIT + 8)

/* Several servers or clients that share a finding. */
struct delay_many {
	const struct group *const *at;
	size_t n;
	int64_t least_ns, most_ns; /* delay_each() of them */
};

/* Writes a finding on @g.  @many: the servers or clients that @g is the sum of;
 * NULL: it is a single one. */
typedef void delay_rule(struct derive *d, const struct group *g,
			const struct delay_many *many);
/* Does the group get a finding of its own, however many groups there are? */
typedef bool delay_is_own(const struct derive *d, const struct group *g);

/* The @n groups of one kind, in order of weight: a finding for each for which
 * @is_own holds, up to a number, and one for the others. */
void delay_ends(struct derive *d, const struct group *g, size_t n,
		delay_rule *rule, delay_is_own *is_own);
/* How many they are: "92".  If one of them is the nameless rest, which stands for
 * many: "More than 92", beginning with @more.  Return: @out. */
const char *delay_number(const struct delay_many *m, const char *more,
			 char out[static TEXT_UNIT]);
/* Time explained, of each exchange on average: "53 ms", or "53 ms to 119 ms" of
 * several.  Return: @out. */
const char *delay_each_words(const struct group *g,
			     const struct delay_many *many,
			     char out[static DELAY_WORDS]);
/* Says who they are: names the first few, lists all in the measure. */
void delay_say_many(struct draft *f, const struct delay_many *m);

/* By group of causes: */
delay_rule delay_client, delay_server, delay_feed, delay_feed_far, delay_far;
delay_is_own delay_client_is_own, delay_server_is_own, delay_far_is_own;
void delay_path(struct derive *d, const struct group *g);
void delay_recovery(struct derive *d, const struct group *g);
void delay_resent(struct derive *d, const struct group *g);
void delay_asked_again(struct derive *d, const struct group *g);
void delay_said_again(struct derive *d, const struct group *g);
void delay_window(struct derive *d, const struct group *g);
void delay_nagle(struct derive *d, const struct group *g);
void delay_queue(struct derive *d, const struct group *g);
void delay_shaping(struct derive *d, const struct group *g);
void delay_unanswered(struct derive *d, const struct group *g);
void delay_unanswered_far(struct derive *d, const struct group *g);
void delay_stopped(struct derive *d, const struct group *g);
void delay_stopped_far(struct derive *d, const struct group *g);
void delay_connect(struct derive *d, const struct group *g);
void delay_greeting(struct derive *d, const struct group *g);
void delay_greeting_far(struct derive *d, const struct group *g);
void delay_opening(struct derive *d, const struct group *g);
void delay_opening_one(struct derive *d, const struct group *g);
void reply_cut(struct derive *d, const struct group *g);
void tls_alert(struct derive *d, const struct group *g);
/* "10 s", or "10 s to 30 s": least and most of @h.  Return: @out. */
const char *delay_span(const struct hist *h, char out[static TEXT_UNIT * 3]);
void delay_gone(struct derive *d, const struct group *g);
void delay_gone_one(struct derive *d, const struct group *g);
void delay_silent(struct derive *d, const struct group *g);
