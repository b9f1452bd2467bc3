/* Requests that a known protocol sent, and what answers them.
 *
 * reads:  message_block     writes: exchanges, through struct timeline
 *
 * Turns know one request at a time; where the protocol is known, its messages
 * know them all, by their ids (pipelining, asynchronous and compound answers).
 * Messages come in the order in which they became complete, which is the order
 * of the near point's records: they are taken along with these, one at a time.
 */
#pragma once

#include "correlate/timing.h"
#include "report/derive/tap.h"
#include "store/exchange.h"

struct timeline;
struct asked;

enum owed { /* at the session's end */
	    OWED_NOTHING,
	    OWED_ANSWERS, /* to requests behind one that was answered */
	    OWED_REST     /* of the answer that stopped */
};

/* For a worker; messages are read over @s. */
struct asked *asked_new(struct store *s);
void asked_free(struct asked *a); /* NULL is fine */
/* Begins with a session's flow at its near point, whose records are in steady
 * time by @timing; NULL: nobody set its clock. */
void asked_begin(struct asked *a, const struct flow_row *near,
		 const struct timing *timing);
/* Takes the messages that became complete with @r, of direction @d and number
 * @rec, after the timeline took it. */
void asked_take(struct asked *a, struct timeline *t, const struct record *r,
		int d, uint32_t rec);
/* A request's data begins at the near point: @rec, before it is spent on. */
void asked_mark(struct asked *a, const struct timeline *t, uint64_t frame,
		uint32_t rec, int64_t now);
/* Have messages of the session been read, or are there any to come?  False for
 * NULL. */
bool asked_any(const struct asked *a);
/* What the server owes where no more messages are to come and @told is the end of what
 * it said: *@requests wait for it. */
enum owed asked_owes(const struct asked *a, uint64_t told, uint64_t *requests);
/* Those that were never answered. */
void asked_end(struct asked *a, struct timeline *t);
/* How many requests wait for an answer, without those that the server has put
 * off or that others have overtaken for long. */
unsigned asked_open(const struct asked *a);
