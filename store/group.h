/* Time and exchanges added up: over the case, by server, client and command,
 * and by the causes that explain why sessions are slow.
 *
 * reads:  struct group     writes: time_group
 */
#pragma once

#include "base/hist.h"
#include "store/exchange.h"

enum group_kind { /* case files hold these numbers */
		  GROUP_CASE,
		  GROUP_SERVER,  /* key: its address and port at the near
				  * point */
		  GROUP_CLIENT,  /* key: its address */
		  GROUP_COMMAND, /* key: protocol and command */
		  GROUP_STATUS,  /* key: protocol and status: errors only */
		  /* causes: sessions in which a part is large */
		  CAUSE_CLIENT,   /* key: its address */
		  CAUSE_SERVER,   /* key: its end; errors: late answers that may
				   * be none, if told whatever their share */
		  CAUSE_FAR,      /* key: that end, seen from one side only */
		  CAUSE_PATH,     /* key: positions of the stretch's points */
		  CAUSE_RECOVERY, /* errors: sessions of which packets arrived
				   * damaged; of CAUSE_RESENT, too */
		  CAUSE_WINDOW,   /* key: whose window, "client", "server" or
				 * "either"; "": not known (older versions);
				 * errors: sessions in which it was zero */
		  CAUSE_NAGLE,
		  CAUSE_QUEUE,   /* key: positions, or ""; errors: sessions
				  * that may fill it */
		  CAUSE_SHAPING, /* key: positions */
		  CAUSE_FEED,    /* key: a server's end */
		  CAUSE_RESENT,  /* key: positions; nothing was lost there */
		  /* key: a server's end.  In each session a request had no
		   * answer: hold has how long each waited, errors how many were
		   * still waiting when the capture ended */
		  CAUSE_UNANSWERED,
		  CAUSE_UNANSWERED_FAR, /* the same from one side only */
		  /* key: a server's end.  Its host fell silent: errors has how
		   * many packets arrived there in vain */
		  CAUSE_SILENT,
		  CAUSE_FEED_FAR, /* as CAUSE_FEED, seen from one side only */
		  /* key: a server's end.  Each session ends within an answer:
		   * hold and errors as for CAUSE_UNANSWERED */
		  CAUSE_STOPPED,
		  CAUSE_STOPPED_FAR, /* the same from one side only */
		  /* key: a server's end.  Each session opens late, as what came
		   * there was left lying: hold has how late, errors how many SYNs
		   * had no answer, holds how many SYN,ACKs were sent again,
		   * repairs how many of the client's packets were later */
		  CAUSE_OPENING,
		  CAUSE_OPENING_ONE,  /* or was lost: one point does not tell */
		  CAUSE_OPENING_LOST, /* key: positions; it was lost there */
		  /* key: a client's address.  As CAUSE_SILENT of its host; holds
		   * has in how many there was new data */
		  CAUSE_GONE,
		  CAUSE_GONE_ONE, /* or the way: one point does not tell */
		  /* key: a server's end.  It ended each session within an
		   * answer, at once: errors has how many by a reset */
		  CAUSE_CUT,
		  CAUSE_CUT_FAR, /* the same from one side only */
		  /* key: a point's position.  Its two directions are stamped
		   * apart: hold has by how much at least, errors in how many
		   * sessions the server's is the later one */
		  CAUSE_STAMPS,
		  /* key: a client's address and a server's end.  Connections
		   * for one request each: windows has how many round trips
		   * opened them, errors how many the server closed first, hold
		   * when each began */
		  CAUSE_CONNECT,
		  /* key: a server's end, which speaks first: hold has how late */
		  CAUSE_GREETING,
		  CAUSE_GREETING_FAR, /* the same from one side only */
		  /* key: direction, status (capture/message.h) and a server's
		   * end.  An alert ended each session's TLS handshake */
		  CAUSE_ALERT,
		  /* of datagrams that one point saw: requests that were sent
		   * again, and what may be none */
		  CAUSE_ASKED_AGAIN,
		  CAUSE_SAID_AGAIN,
		  /* as CAUSE_FEED: it may have had news, and hold has each
		   * session's longest pause before such */
		  CAUSE_NEWS,
		  CAUSE_NEWS_FAR,
		  /* no cause.  key: that of GROUP_STATUS and a server's end */
		  GROUP_STATUS_OF,
		  GROUP_KINDS
};

#define GROUP_TOP 8
#define GROUPS_KEPT 100 /* of each kind; the rest is joined under the key "" */

struct group_top {
	int64_t value_ns;
	int64_t session;
	uint32_t n; /* exchange, from 0; UINT32_MAX: none */
};

struct group {
	uint8_t kind;
	char *key; /* owned */
	uint64_t sessions, exchanges, errors, holds;
	uint64_t repairs[REPAIRS], windows;
	/* Each of the kinds beside it only, in one place of the packed form: */
	union {
		uint64_t nagles; /* CAUSE_NAGLE */
		/* CAUSE_SERVER, CAUSE_FAR: answers that were late at the same
		 * time as others of their session, and are not counted again */
		uint64_t behind;
		/* CAUSE_OPENING, CAUSE_OPENING_ONE, CAUSE_OPENING_LOST:
		 * sessions that do not open */
		uint64_t never_open;
	};
	uint64_t in_flight_sum, bytes;
	int64_t part[TIME_PARTS]; /* of sessions; for commands and statuses of
				   * exchanges, which may overlap */
	int64_t explained_ns;     /* causes: the time saved without it */
	struct hist total;        /* of exchanges */
	struct hist server;       /* the server's share of each */
	struct hist hold;
	size_t n_top;
	struct group_top top[GROUP_TOP]; /* largest first */
};

int64_t group_total(const struct group *g);
/* Inserts into the top list, if large enough; the order is total. */
void group_top_add(struct group *g, const struct group_top *t);
void group_merge(struct group *into, const struct group *from);
void group_release(struct group *g);

/* Appends all but kind and key to @out; and the reverse.  Return: 0, or -1 on
 * bad bytes; what was read must be released then, too. */
void group_pack(const struct group *g, struct buf *out);
int group_unpack(struct group *g, struct cursor *in);

void store_group_put(struct store *s, const struct group *g);
/* All, by kind, in the order put.  Free with the twin. */
struct group *store_groups(struct store *s, size_t *n);
void groups_free(struct group *g, size_t n);
