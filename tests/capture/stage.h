/* A stage for talks: what two sides say, in segments, and what is heard.
 *
 * A script is what is said in turn.  It can be played whole, cut into pieces,
 * with bytes missing, out of order; what is heard is compared as text, a line
 * a message:
 *
 *	"> request dns id=7 A www.example.com +33\n"
 *	"< response dns id=7 NXDOMAIN A www.example.com +33\n"
 *
 * (direction, kind, protocol, id, status, name, bytes, CUT and HOLE).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"
#include "capture/talk.h"

struct line { /* of a script */
	int dir;
	const void *bytes;
	size_t n;
	size_t cap; /* captured; 0: all */
};

struct stage {
	struct talks *all;
	struct talk_ref ref;
	struct text heard;
	uint64_t next[2]; /* of each side's stream */
	uint64_t told[2]; /* end of the last message */
	uint64_t acked[2];
	uint64_t frame;
	uint64_t messages;
	struct message last; /* heard; its name is gone */
	bool udp, middle;    /* middle: its beginning was not seen */
	uint16_t port;       /* of the server, who is dir 1 */
};

void stage_open(struct stage *s, uint16_t port);
void stage_open_nameless(struct stage *s, uint16_t port);
/* A segment (or datagram) of @dir at @off of its stream. */
void stage_segment(struct stage *s, int dir, uint64_t off, const void *p,
		   size_t n, size_t cap);
/* The next one. */
void stage_say(struct stage *s, int dir, const void *p, size_t n);
void stage_ack(struct stage *s, int dir); /* all that @dir said */
/* Ends the talk.  Return: what was heard; valid until stage_close(). */
const char *stage_end(struct stage *s);
void stage_close(struct stage *s);

/* What must be heard of a script, however it is cut: whole, in two at each
 * place, byte by byte.  @head: bytes of the first segment that stay together,
 * as it is what the protocol is known by. */
void stage_assert(uint16_t port, const struct line *v, size_t n, size_t head,
		  const char *want);
/* What can go wrong does no harm: the script ending at each byte, with each
 * byte wrong, with each segment missing, twice and late, snapped. */
void stage_torture(uint16_t port, const struct line *v, size_t n);

#define STAGE_ASSERT(port, head, want, ...)                                    \
	do {                                                                   \
		const struct line script[] = { __VA_ARGS__ };                  \
		size_t lines = sizeof script / sizeof *script;                 \
                                                                               \
		stage_assert(port, script, lines, head, want);                 \
		stage_torture(port, script, lines);                            \
	} while (0)
