/* Do some sessions lose packets on a hop and way while others, at the same time, do
 * not?
 *
 * reads:  fates of a sample of sessions     writes: struct split
 */
#pragma once

#include "base/mem.h"
#include "report/model.h"

struct split_lossy { /* a session that loses on the way */
	int64_t session;
	uint64_t lost;
};

enum split_side {
	SPLIT_UNJUDGED, /* it sent too little to tell, or far less at a time */
	SPLIT_CLEAN,
	SPLIT_LOSSY
};

struct split_session { /* of the sample */
	int64_t session;
	struct net_end client, server; /* at the near point */
	struct net_addr far[2];        /* theirs at the far one */
	uint8_t proto;
	uint64_t sent, lost, open; /* on the way; open: undecided */
	uint64_t bytes;            /* of what it sent */
	int64_t first_ns, last_ns; /* of what it sent */
	enum split_side side;
	uint32_t
		pair; /* of the same hosts and service; both by split_judge() */
};

struct split_try { /* a packet that follows no other of its session closely */
	int64_t t_ns;
	uint32_t session; /* index into the sample */
	uint32_t like;    /* size, class, kind: packets alike in these */
	uint32_t pair;    /* of its session; by split_judge() */
	bool lost;
	int64_t file;
	uint64_t frame;
};

enum split_by {
	SPLIT_NONE,
	SPLIT_PORTS,     /* between the same hosts */
	SPLIT_ADDRESSES, /* all of the same two hosts, or none */
	SPLIT_HOST       /* all of one host, and none of others */
};

#define SPLIT_SHOWN 3

struct split {
	struct VEC(struct split_session) of; /* owned */
	struct VEC(struct split_try) tried;  /* owned; split_judge() sorts it */
	/* by split_judge(): */
	enum split_by by;
	int64_t slice_ns;          /* "the same time" */
	uint64_t n[3];             /* sessions, by enum split_side */
	uint64_t sent[3], lost[3]; /* theirs */
	struct net_addr host;      /* SPLIT_HOST */
	/* pairs of packets of about one time: one that is lost, one of a clean
	 * session that is not; indexes into tried */
	size_t n_shown, shown[SPLIT_SHOWN][2];
};

/* Judges what was collected. */
void split_judge(struct split *s);
/* Collects and judges, of the way from the point at @from to that at @to (path
 * positions).  @lossy: @n sessions that lose there, ascending.  @s is to be released in
 * any case. */
void split_find(struct split *s, const struct model *m, int from, int to,
		const struct split_lossy *lossy, size_t n);
void split_release(struct split *s);
