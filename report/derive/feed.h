/* One session's messages, in the order of the records of its near point.
 *
 * reads:  message_block     writes: nothing
 *
 * A flow has a part for each file or incarnation that it was seen in.  A message
 * is stored as its part has it: here its direction and offset are those of the
 * flow, and its times are in steady time (correlate/steady.h), like everything
 * else that the timeline works with.
 *
 * ICMP errors are neither requests nor answers.  They are not handed on; what they
 * tell is kept in `refused`.
 */
#pragma once

#include "capture/message.h"
#include "correlate/timing.h"
#include "store/store.h"

struct feed {
	struct messages *in;         /* owned */
	const struct flow_row *flow; /* not owned */
	const struct timing *timing; /* not owned; NULL: the clock was never
				      * stepped */
	size_t part;                 /* index + 1 of the part being read */
	bool has_next;
	bool any;     /* the session has messages other than ICMP errors */
	bool refused; /* an ICMP error read so far quotes what the client sent */
	struct message next; /* with has_next; .name is NULL: see name */
	char name[MESSAGE_NAME + 1]; /* of next; "": none */
};

/* Messages are read over @s, which outlives @f.  Release with feed_close(). */
void feed_open(struct feed *f, struct store *s);
void feed_close(struct feed *f);
/* Begins with @flow and its first message; @timing: of the flow's point, NULL if its
 * clock was never stepped.  Neither is copied. */
void feed_begin(struct feed *f, const struct flow_row *flow,
		const struct timing *timing);
/* Goes on to the next message; has_next is false after the last. */
void feed_step(struct feed *f);
/* Was the next message complete with the record @frame at @t_ns (steady time)?  The
 * frame decides; with several parts, whose frames may be of several files, the
 * time. */
bool feed_due(const struct feed *f, uint64_t frame, int64_t t_ns);
