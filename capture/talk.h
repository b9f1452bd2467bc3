/* A talk: the application messages of one part while packets come in.
 *
 * reads:  payload of packets (capture/flow.c)     writes: struct message
 *
 * A part whose first bytes look like a known protocol gets a struct talk: the
 * bytes of each direction in order (talk.c, talk_hold.c) go through the
 * protocol's parser (proto_*.c), which tells messages.  Parts of other
 * protocols cost one comparison per packet once a few segments have been
 * examined.
 *
 * How a parser reads.  It never sees a stream but says what it wants next: skip
 * so many bytes, then so many (or a line) in one piece.  The talk calls step()
 * with these, whether they came in one segment or byte by byte.  What is
 * skipped need not have been captured: snapped packets and holes are skipped by
 * length.  Only if wanted bytes are missing is the parser told (lost()); it
 * resumes at a place that it knows (the end of the message, by its length) or
 * gives up, and then segments are examined until one begins with a message
 * again (probe(), resume()).
 *
 * Time: a message begins with its first byte's frame and is complete with the
 * frame that made all its bytes known in order.
 *
 * Memory: 512 bytes (sizeof(struct talk)) a living part, from a pool that talks to
 * come use again and that is given back only at the file's end: as much as the most
 * talks at a time took, LIVE_MAX (flow.c) x 512 bytes or 128 MiB at most.  Besides,
 * TALK_WANT bytes a direction while a wanted piece arrives in parts, and segments that
 * wait for a hole to be filled (HOLD_SEGMENTS, HOLD_BYTES a direction, HOLD_ALL for
 * all).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/decode.h"
#include "capture/message.h"

#define TALK_WANT 1024       /* bytes that can be wanted in one piece */
#define TALK_LINE UINT32_MAX /* want: a line; longer ones are cut */

/* --- what flow.c uses --- */

struct talks; /* all talks of one file */
struct talk;

typedef void talk_sink(void *ctx, const struct message *m, uint32_t lane);

/* @names: keep what messages are about, not only their commands. */
struct talks *talks_new(bool names, talk_sink *sink, void *ctx);
void talks_free(struct talks *a); /* NULL is fine; no talk may be alive */

/* What a part keeps for its talk. */
struct talk_ref {
	struct talk *talk;
	uint8_t looked;    /* segments examined without finding a protocol;
			    * TALK_DEAF: stop looking */
	uint8_t datagrams; /* 1 + index of the protocol of its datagrams */
	/* set where a proxy has just granted a stream, which another protocol
	 * then has: seq64 of its first byte, by direction */
	bool granted;
	uint64_t stream[2];
};
#define TALK_DEAF UINT8_MAX

struct talk_in {
	const struct packet *p;
	uint32_t part;
	uint8_t dir;
	uint64_t off;   /* seq64 of the payload's first byte */
	uint64_t acked; /* highest acknowledgement of this direction */
	uint64_t start; /* seq64 of the direction's first byte, where known */
	bool started;   /* start is known */
};

/* A packet with payload.  The caller tests talk_deaf() first. */
void talk_stream(struct talks *a, struct talk_ref *r, const struct talk_in *in);
/* Return: whether it is an answer in a known protocol. */
bool talk_datagram(struct talks *a, struct talk_ref *r,
		   const struct talk_in *in);
/* Prefetches what a packet of direction @dir needs of it. */
void talk_fetch(const struct talk *t, unsigned dir);
void talk_fetch_end(const struct talk *t); /* what talk_end() needs */
/* The part or its connection is over: unfinished messages are passed on. */
void talk_end(struct talks *a, struct talk_ref *r);

static inline bool talk_deaf(const struct talk_ref *r)
{
	return r->looked == TALK_DEAF;
}

/* What went wrong with each protocol, for `quality`.  Return: false after the
 * last one.  The caller frees @text. */
struct talk_trouble {
	char *text;
	uint64_t count, first_frame;
};
bool talks_trouble(const struct talks *a, unsigned i, struct talk_trouble *out);
