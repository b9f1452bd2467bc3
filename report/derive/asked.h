/* Requests that a known protocol sent, and what answers them.
 *
 * reads:  message_block     writes: exchanges, through struct timeline
 *
 * Turns allow for one request at a time; in a known protocol messages identify
 * all requests, by their ids (pipelining, asynchronous and compound answers).
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
	    OWED_ANSWERS, /* to requests after one that was answered */
	    OWED_REST     /* the rest of an answer that stopped */
};

struct in_vain { /* requests that are sent again before they are answered */
	uint64_t n;
	int64_t most_ns; /* the longest wait until then */
	/* all waits, by whose they are; mark_repair_ns: of that, before the turn */
	int64_t server_ns, repair_ns, mark_repair_ns;
	uint64_t repairs;
};

/* For a worker; messages are read over @s. */
struct asked *asked_new(struct store *s);
void asked_free(struct asked *a); /* NULL is fine */
/* Begins with a session's flow at its near point, whose records are in steady
 * time by @timing; NULL: its clock was never stepped. */
void asked_begin(struct asked *a, const struct flow_row *near,
		 const struct timing *timing);
/* Takes the messages that became complete with @r, of direction @d and number
 * @rec, after the timeline took it. */
void asked_take(struct asked *a, struct timeline *t, const struct record *r,
		int d, uint32_t rec);
/* A request's data begins at the near point with @rec; to be called before time
 * is attributed up to it. */
void asked_mark(struct asked *a, const struct timeline *t, uint64_t frame,
		uint32_t rec, int64_t now);
/* The turn @x ends: may it be part of a request that is answered, but not complete?  Then
 * the answer to that will tell of it, or it is told later. */
bool asked_keeps(struct asked *a, struct timeline *t, const struct exchange *x);
/* Does the session have messages, read or still to come?  False for NULL. */
bool asked_any(const struct asked *a);
/* The protocol of its first message; MESSAGE_PROTOS: there is none.  To be called
 * before the first is taken. */
unsigned asked_proto(const struct asked *a);
/* The message that @r is, before it is taken; NULL: it is none.  For datagrams. */
const struct message *asked_says(const struct asked *a, const struct record *r,
				 int d);
/* Does an ICMP error tell that something of the client's did not arrive?  All are
 * known once the last message has been taken, before that maybe not.  False for
 * NULL. */
bool asked_refused(const struct asked *a);
/* The oldest request that waits for an answer; *@far gets its number at the far point, or
 * EXCHANGE_NONE.  Return: false if there is none. */
bool asked_oldest(struct asked *a, uint64_t *far);
/* What the open requests waited for up to now was in vain: the client asks again.  The
 * oldest waited @piece more. */
void asked_gave_up(struct asked *a, const struct timeline *t,
		   const struct in_vain *piece);
/* A turn begins. */
void asked_turn(struct asked *a);
/* Nor was recovery what the open ones that were asked again waited: nobody ever answered. */
void asked_not_lost(struct asked *a);
/* These. */
struct in_vain asked_never(const struct asked *a);
/* What the server has yet to send when no more messages follow and @told is the
 * end of what it sent: *@requests are waiting. */
enum owed asked_owes(const struct asked *a, uint64_t told, uint64_t *requests);
/* The same where the server itself ended the session: does its newest answer lack its
 * end there? */
bool asked_cut(const struct asked *a, uint64_t told);
/* Handles requests that were never answered. */
void asked_end(struct asked *a, struct timeline *t);
/* Is the end of an answer still to come, as far as messages tell? */
bool asked_waits(const struct asked *a);
/* Is an answer under way at @now_ns (steady time) that began before? */
bool asked_amid(const struct asked *a, int64_t now_ns);
/* How many requests wait for an answer, without those that the server has
 * deferred or that others have long overtaken. */
unsigned asked_open(const struct asked *a);
