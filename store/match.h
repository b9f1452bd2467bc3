/* Fates of a session, packed; and reading them back.
 *
 * reads:  struct fate_entry     writes: match, hop_stat
 *
 * A session's hops, by session direction (0 c2s, 1 s2c), join consecutive
 * points able to see that direction, numbered from 0 in the direction of
 * travel.  Each (dir, hop) has a list of entries in the order of their near
 * record (entries without a near record are placed where their far record
 * belongs).  A run of entries that are delivered one to one, first copies,
 * unmarked, with both record numbers going up by one, costs a few bytes
 * whatever its length.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/hist.h"
#include "store/recs.h"
#include "store/store.h"

enum fate { /* order is that of COUNTS in the JSON report */
	    FATE_DELIVERED,
	    FATE_LOST,
	    FATE_UNSEEN,
	    FATE_OUTSIDE,
	    FATE_UNDECIDED,
	    FATE_INJECTED,
	    FATES
};

enum fate_basis { BASIS_NONE, BASIS_PROOF, BASIS_EFFECT, BASIS_ABSENCE };

/* Why; printed as a stable identifier (fate_reason_name). */
enum fate_reason {
	WHY_NONE,
	WHY_MATCHED, /* delivered: same bytes at the far end */
	WHY_HOLE,    /* lost: ACKs or SACKs show the hole until a later copy */
	WHY_NO_REACTION, /* lost: the receiver acted as if it never arrived */
	WHY_NOT_THERE,   /* lost: absence alone */
	WHY_ACKED,       /* unseen: acknowledged before any other copy */
	WHY_SACKED,      /* unseen: selectively acknowledged */
	WHY_LATER_POINT, /* unseen: a later point has it */
	WHY_EFFECT,      /* unseen: a host reacted to it */
	WHY_GAP,         /* unseen or undecided: the capture has a gap there */
	WHY_NOT_RUNNING, /* outside: capture not running then */
	WHY_ONE_WAY,     /* outside: capture never has this direction */
	WHY_FILTERED,    /* outside: its filter hides it */
	WHY_ROTATION,    /* outside: between two files of a ring */
	WHY_EDGE,        /* outside: too near the capture's end to tell */
	WHY_CAPTURE_MAY_MISS, /* undecided: far capture is known to miss packets */
	WHY_COPY_UNKNOWN, /* undecided: one of several copies, not told apart */
	WHY_NO_CLOCK,     /* undecided: no common time */
	WHY_UNMATCHED_CONTENT, /* undecided: too little content to recognise */
	WHY_THINNED,           /* undecided: superseded ACK, may be thinned */
	WHY_NOT_FROM_THERE, /* injected: evidence that it did not come from near */
	WHY_RELAY,          /* outside or undecided: across a relay */
	WHY_ENDED,  /* lost: a relay ended its stream before these bytes */
	WHY_QUOTED, /* lost, unseen: an ICMP error that came by quotes it */
	WHY_LOST_HERE_OR_BEHIND, /* undecided: it is lost, but the far capture
				  * may have missed it, and it be lost later */
	WHYS
};

enum fate_mark { /* as in the ndjson "marks" */
		 MARK_RESEGMENTED = 1,
		 MARK_CHANGED = 2,
		 MARK_DUPLICATED = 4,
		 MARK_REORDERED = 8,
};

enum fate_kind { /* rst before syn before fin before data before ack */
		 KIND_DATA,
		 KIND_ACK,
		 KIND_SYN,
		 KIND_FIN,
		 KIND_RST,
		 KIND_DATAGRAM,
		 KINDS
};

enum fate_change { /* what `changed` means; bits of entry.change */
		   CHANGE_PAYLOAD_GREW = 0x01,
		   CHANGE_PAYLOAD_SHRANK = 0x02,
		   CHANGE_PAYLOAD_BYTES = 0x04,
		   CHANGE_FLAGS = 0x08,
		   CHANGE_OPTS = 0x10,
		   CHANGE_SEQ_DELTA = 0x20, /* the sequence delta changed here,
					     * in mid-stream */
		   CHANGE_TOS = 0x40,
		   CHANGE_WINDOW = 0x80,
};

#define FATE_NO_RECORD UINT64_MAX

struct fate_entry {
	uint64_t near, far; /* record numbers in the views of the two flows;
			     * FATE_NO_RECORD: none.  Resegmented n:m: far is
			     * the record that completes the near one's bytes */
	uint64_t tx;        /* number of the transmission within the session
			     * and direction, from 0: the same on each hop */
	uint32_t off, len;  /* bytes of the near record's payload concerned;
			     * 0,pay_len: all of it (partial loss: the range) */
	uint32_t copy;      /* from 1 */
	uint8_t fate, basis, reason, marks, change, kind;
	/* a record that proves it, as (point_pos, dir, number); point 0: none.
	 * For lost by proof or effect: the ACK or retransmission that shows it;
	 * for unseen: what acknowledged it. */
	uint8_t proof_point, proof_dir;
	uint64_t proof;
};

/* --- figures of a session or of the case, per hop and direction --- */
struct counts {
	uint64_t n[FATES]; /* transmissions, bytes or segments */
	uint64_t duplicated, reordered;
};

/* The number not known to have arrived. */
static inline uint64_t counts_missing(const struct counts *c)
{
	return c->n[FATE_LOST] + c->n[FATE_OUTSIDE] + c->n[FATE_UNDECIDED];
}

/* All that entered the hop. */
static inline uint64_t counts_entered(const struct counts *c)
{
	uint64_t n = 0;

	for (int f = FATE_DELIVERED; f <= FATE_UNDECIDED; f++)
		n += c->n[f];
	return n;
}

struct hop_figures {
	int from_pos, to_pos; /* path positions, from < to */
	bool span;            /* not neighbours */
	struct hist rtt;      /* clock-free round trip of the hop */
	struct hop_way {      /* [0] out, [1] back in the CASE's
					  * figures; c2s, s2c in a session's */
		/* counters, one after another (figures.c) */
		/* segments: packets as the wire has them, of which a card may join
		 * many in one frame of a capture */
		struct counts bytes, segments, tx;
		uint64_t by_kind[KINDS][FATES];
		/* by IP total length, for loss.mtu; data only */
		uint64_t lost_above, delivered_above, delivered_below;
		uint64_t changed[8]; /* by bit of enum fate_change */

		bool able;              /* the hop exists in this direction */
		uint64_t astray;        /* of tx undecided: lost here or behind
				  * (WHY_LOST_HERE_OR_BEHIND) */
		struct hist delay;      /* far minus near time on the first
					  * point's clock (mid estimate) */
		int64_t delay_slack_ns; /* uncertainty: +- this */
		uint32_t max_delivered, min_lost, max_lost; /* lengths */
		/* near ttl - far ttl, of packets whose TTL did not rise */
		bool ttl_known;
		uint8_t ttl_drop_min, ttl_drop_max;
	} way[2];
};

/* What the wire had: segments, where cards joined them in frames of the captures.  A frame
 * of which a part is lost counts there once more, so few more are no sign of that. */
static inline const struct counts *hop_wire(const struct hop_way *w)
{
	uint64_t frames = counts_entered(&w->tx) + w->tx.n[FATE_LOST];

	return counts_entered(&w->segments) > frames ? &w->segments : &w->tx;
}

struct figures {
	size_t n;
	struct hop_figures *hop; /* owned; by from_pos, then to_pos */
	size_t room;             /* hops that fit */
};

void figures_pack(const struct figures *f, struct buf *out);
int figures_unpack(struct figures *f, struct cursor *in); /* 0 or -1 */
/* The same without delays, in less time, into memory that @f may have: it is
 * empty before.  If that fails it is released. */
int figures_unpack_counts(struct figures *f, struct cursor *in);
void figures_merge(struct hop_figures *into, const struct hop_figures *from);
void figures_release(struct figures *f);
/* Empties it but keeps its memory. */
void figures_clear(struct figures *f);
/* Makes room for @n hops; those beyond f->n are not set. */
void figures_reserve(struct figures *f, size_t n);

/* --- writing, by correlate/fate --- */
struct match_writer; /* collects one session's entries, in order of dir, hop,
		      * near */
struct match_writer *match_writer_new(void);
/* @from, @to: indexes into session.flows, in the direction of travel. */
void match_writer_hop(struct match_writer *w, int dir, int from, int to);
void match_writer_add(struct match_writer *w, const struct fate_entry *e);
/* The same for the most common entry: delivered, matched, all of a first copy,
 * with no mark, change or proof. */
void match_writer_plain(struct match_writer *w, uint64_t near, uint64_t far,
			uint64_t tx, uint32_t len, uint8_t kind);
/* Appends what @from has, of other directions or hops, to @w. */
void match_writer_join(struct match_writer *w, struct match_writer *from);
/* Hands the packed chunks to @chunk in order (each at most about 64 KiB, a long
 * session has many); then the writer is empty. */
void match_writer_take(struct match_writer *w,
		       void (*chunk)(void *ctx, uint32_t number,
				     const struct buf *data),
		       void *ctx);
void match_writer_free(struct match_writer *w);

/* --- reading: one entry after another, with its records --- */
struct fate_row {
	struct fate_entry e;
	int dir;      /* 0 c2s, 1 s2c */
	int from, to; /* indexes into session.flows, by travel */
	const struct record *near, *far; /* NULL: none; valid until next */
	int64_t near_file, far_file;
};

struct fate_cursor;
/* Opens views of all flows of the session on @s. */
struct fate_cursor *fate_cursor_open(struct store *s, int64_t session);
const struct session_row *fate_cursor_session(const struct fate_cursor *c);
/* The view behind session.flows[i] and direction. */
struct recs *fate_cursor_recs(struct fate_cursor *c, int i, int dir);
bool fate_cursor_next(struct fate_cursor *c, struct fate_row *out);
/* The same in two steps, for callers that need few of the records: an entry
 * without them, and the records of an entry of this session.  The latter
 * returns false if there are no such records; then the store has failed. */
bool fate_cursor_step(struct fate_cursor *c, struct fate_row *out);
bool fate_cursor_records(struct fate_cursor *c, struct fate_row *row);
/* Steps over the entries after @row, the last one, that differ only in numbers
 * that go up by one; @row becomes the last of them.  Return: how many; the cost
 * does not depend on it. */
uint64_t fate_cursor_alike(struct fate_cursor *c, struct fate_row *row);
/* The acknowledgement that proves a fate. */
struct fate_proof {
	const struct record *ack; /* NULL: none is named; valid until next */
	int flow;                 /* index into session.flows */
	int64_t file;
};

/* That of @row, whose records stay valid.  Return: false if there is no such
 * record; then the store has failed. */
bool fate_cursor_proof(struct fate_cursor *c, const struct fate_row *row,
		       struct fate_proof *out);
void fate_cursor_close(struct fate_cursor *c);

const char *fate_name(enum fate f);               /* "delivered" ... */
const char *fate_basis_name(enum fate_basis b);   /* NULL for none */
const char *fate_reason_name(enum fate_reason r); /* NULL for none */
const char *fate_kind_name(enum fate_kind k);
