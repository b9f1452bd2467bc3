/* The words of reset.endpoint: a finding for each server and way in which it resets.
 *
 * reads: resets that reset.c has judged     writes: struct draft
 */
#pragma once

#include "base/htab.h"
#include "report/derive/reset_known.h"
#include "report/derive/reset_stray.h"

enum reset_how {
	RESET_REFUSED, /* answers a SYN */
	RESET_LATE,    /* comes long after the last SYN, which got no answer */
	RESET_OPENED,  /* follows at once where a connection opened */
	RESET_UNUSED,  /* ends one that opened, in which nothing was asked */
	RESET_REQUEST, /* answers the first request */
	RESET_UNHEARD, /* nothing of the request was acknowledged for long */
	RESET_TAKEN,   /* ends a stream that it took, without an answer */
	RESET_FORGOTTEN, /* answers data of a session that it had answered */
	RESET_INSTEAD, /* comes instead of an answer; it had answered before */
	RESET_UNREAD,  /* follows an answer that left amid the client's data */
	RESET_CROSSED, /* as instead, but the server's FIN crossed the request */
	RESET_CLOSED,  /* the same, but the client's host had that FIN before */
	RESET_STRAY,   /* answers what opens no connection (reset_stray.c) */
	RESET_NOT,     /* is not worth mentioning */
	RESET_BARE     /* answers what has neither SYN nor ACK */
};

struct reset_group;
struct reset_groups {
	struct reset_group *at; /* owned */
	size_t n, cap;
	struct htab of; /* by server and kind */
};

/* What it is the answer to; of the client perhaps behind the reset.  Frame 0: not
 * looked for. */
struct reset_last {
	struct record asked, told; /* with data */
	int64_t asked_file, told_file;
};

/* Adds the server's reset @k to the finding on its kind. */
void reset_add(struct reset_groups *all, struct derive *d,
	       const struct session_view *v, const struct fact *k,
	       enum reset_how how, const struct reset_last *last);
/* Writes the titles; @strays: those of RESET_STRAY;
 * @known: who answers.  Frees the groups. */
void reset_tell(struct reset_groups *all, struct derive *d,
		struct strays *strays, struct known_servers *known);
