/* The rows of the case file that pairing and what follows derive: flows, sessions,
 * relays, clocks, matches, findings.
 *
 * reads, writes: the case file (store/store.h, which includes this)
 *
 * Errors are the store's: sticky, and told by store_commit().  What a function
 * returns in memory is the caller's, to be freed by the function beside it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/net.h"

struct store;

/* Deletes them all. */
void store_derived_clear(struct store *s);

/* --- flow: the parts of one conversation at one point, stitched --- */
enum role { /* why ends[0] is the client */
	    ROLE_SYN,
	    ROLE_FANIN,
	    ROLE_PAYLOAD,
	    ROLE_PORT,
	    ROLE_UNKNOWN
};

struct flow_part {
	int64_t part;     /* id */
	bool swap;        /* part dir 0 is the flow's dir 1 */
	int64_t shift[2]; /* by flow dir: added to the part's seq64 (a
			     * multiple of 2^32 for TCP) */
};

struct flow_end {      /* what its SYN, if seen, and its segments say */
	uint16_t mss;  /* 0: not known */
	int8_t wscale; /* -1: none; with syn */
	bool ts;       /* time stamps */
	bool syn;      /* with all of its options */
};

struct flow_row {
	int64_t id; /* 1, 2, ... in order of point, first_ns, part */
	int64_t point;
	uint8_t proto;
	uint32_t tunnel;
	enum role role;
	struct net_end client, server; /* as this point sees them; dir 0 is
					* client to server */
	int64_t first_ns, last_ns;
	uint64_t packets[2], bytes[2]; /* by dir */
	size_t n_parts; /* in time order; 0: nothing was seen here, but the
			 * session is expected to have passed (without packets;
			 * correlate/expect.c) */
	struct flow_part *parts; /* owned by the row's holder */
	/* All but id, point and role equal those of its single part (not
	 * swapped, nor shifted), and need not be written. */
	bool as_part;
	struct flow_end end[2]; /* with as_part, by sender; not written */
};
/* For any flow: from its first part, by sender.  Return: false if not
 * available. */
bool store_flow_ends(struct store *s, const struct flow_row *f,
		     struct flow_end end[2]);
/* For tests: sweeps put shelves (store/shelf_rows.h). */
void store_flow_put(struct store *s, const struct flow_row *f);
/* Return: false if there is none, or it is damaged; else release @out. */
bool store_flow_get(struct store *s, int64_t id, struct flow_row *out);
void flow_row_release(struct flow_row *f); /* frees parts */

/* --- session --- */
enum pair_verdict { PAIR_PAIRED, PAIR_AMBIGUOUS, PAIR_ALONE };
enum pair_kind { PAIR_SAME, PAIR_RESEQUENCED, PAIR_RELAYED };

struct session_flow { /* one point's view; in path order */
	int64_t flow;
	int point_pos; /* path position, 1-based */
	/* seq (and TSval) here = that of the session's first flow + delta, by
	 * session dir (0 c2s), modulo 2^32; valid for TCP with delta_known.
	 * Start value only: fate follows edits in mid-stream. */
	uint32_t seq_delta[2], ts_delta[2];
	bool delta_known[2], ts_known[2];
	/* TCP: a relay ended the connection between the flow before this one in
	 * the session and this one; numbers differ by where the streams begin,
	 * and bytes have counterparts, but packets do not. */
	bool relayed;
};

struct session_row {
	int64_t id; /* 1, 2, ... by first_ns on the first point's clock
			      * (coarse alignment), ties by flow id */
	uint8_t proto;
	enum pair_verdict verdict;
	enum pair_kind kind;
	enum role role;
	int client_end;      /* 0 first, 1 last point, -1 unknown */
	double bits, margin; /* evidence; margin over the best rival, large
			      * (1e9) where there was none */
	char *evidence;      /* lines joined by \n, clean text; owned */
	size_t n_rivals;
	int64_t *rivals; /* flow ids that would fit as well; owned */
	size_t n_flows;
	struct session_flow *flows; /* owned */
};
/* For tests, as store_flow_put(). */
void store_session_put(struct store *s, const struct session_row *row);
/* Appends the packed form of one line of evidence (store/phrase.c), for rows
 * that other threads pack (store/shelf_rows.h). */
void store_line_pack(struct store *s, const char *line, struct buf *out);
/* Return: false if there is none, or it is damaged; else release @out. */
bool store_session_get(struct store *s, int64_t id, struct session_row *out);
/* The same without evidence and rivals (NULL). */
bool store_session_peek(struct store *s, int64_t id, struct session_row *out);
/* Reports that the session's rows contradict each other. */
void store_session_damaged(struct store *s, int64_t id);
void session_row_release(struct session_row *row);
/* Is there a relay between flows @a and @b of the session? */
bool session_relayed(const struct session_row *row, int a, int b);
int64_t store_session_count(struct store *s);

/* --- relay: sessions joined by a relay between two points --- */
struct relay_end {
	int point_pos;      /* the point where exchanges were compared */
	uint64_t exchanges; /* of the session there, with an answer */
	/* the first relayed request: id of its part, frame, time */
	int64_t part;
	uint64_t frame;
	int64_t time_ns;
};

struct relay_row {
	int64_t front, back; /* the sessions on the client's side and on the
			      * other; equal: one session has flows of both
			      * sides, which carry the same bytes, and
			      * everything below is 0 */
	uint64_t exchanges;  /* of the front session, forwarded over the back
			    * one */
	double bits;         /* evidence */
	bool sure;           /* far more evidence than needed */
	bool form;           /* judged by the form of the conversations alone:
			    * exchanges are turns, and nothing is certain */
	/* Over these exchanges: how much longer the front's answer took. */
	int64_t added_min, added_median, added_p95, added_max;
	struct relay_end end[2]; /* front, back */
};
void store_relay_put(struct store *s, const struct relay_row *row);
/* By front, then back.  Return: @n rows, to be freed by the caller; NULL:
 * none. */
struct relay_row *store_relays(struct store *s, size_t *n);

/* --- clock: pieces of a point's clock against the first point's --- */
#define CLOCK_KNOTS 9

enum clock_status { CLOCK_REFERENCE, CLOCK_FITTED, CLOCK_ONE_WAY, CLOCK_NONE };

/* offset(t) = this point's clock minus the first point's, at the instant when
 * THIS point's clock shows t; linear within a piece. */
struct clock_piece {
	int64_t from_ns, to_ns; /* on this point's clock */
	int64_t at_ns;          /* where the offsets below hold */
	int64_t offset_ns, offset_low_ns, offset_high_ns;
	double drift_ppm, drift_low_ppm, drift_high_ppm;
	bool joined; /* no step before this piece: only the clock's rate
		      * changed */
	/* Offset bounds at CLOCK_KNOTS instants, the first at from_ns, the last
	 * at to_ns, evenly spread; the line from knot to knot bounds what is
	 * between.  n_knots is CLOCK_KNOTS, or 0: then only the bounds at at_ns
	 * and the drift bounds are known. */
	uint8_t n_knots;
	int64_t knot_low_ns[CLOCK_KNOTS], knot_high_ns[CLOCK_KNOTS];
	/* The first and last packet known to belong to this piece, as places in
	 * capture order (correlate/place.h) at this point and at the first one;
	 * 0: not known.  Packets between two pieces may belong to either. */
	uint64_t place[2], first_place[2];
};

struct clock_row {
	int64_t point;
	enum clock_status status;
	int64_t resolution_ns;      /* effective tick of this point's clock */
	int64_t slack_ns;           /* tolerance that the fit required */
	bool low_known, high_known; /* one-way: one of them is false */
	size_t n; /* pieces in time order; a step between two */
	struct clock_piece *piece; /* owned */
				   /* step k lies between piece k and k+1 */
};
void store_clock_put(struct store *s, const struct clock_row *c);
struct clock_row *store_clocks(struct store *s, size_t *n); /* path order */
void clock_rows_free(struct clock_row *c, size_t n);

/* --- match and hop_stat: store/match.h has the contents --- */
/* For tests: sweeps put shelves (store/shelf_rows.h). */
void store_match_put(struct store *s, int64_t session, uint32_t chunk,
		     const struct buf *data);
/* Chunk @chunk of a session's matches.  Return: false where there is none. */
bool store_match_read(struct store *s, int64_t session, uint32_t chunk,
		      struct buf *out);
/* A session's figures (session > 0), or the case's (session 0). */
void store_stat_put(struct store *s, int64_t session, const struct buf *data);
bool store_stat_read(struct store *s, int64_t session, struct buf *out);
/* The figures of all sessions, in the order of their ids. */
struct stat_item {
	int64_t session;
	const uint8_t *data; /* valid until next */
	size_t n;
};
struct stat_cursor;
struct stat_cursor *store_stats(struct store *s);
bool stat_cursor_next(struct stat_cursor *c, struct stat_item *out);
void stat_cursor_free(struct stat_cursor *c);

/* --- finding, evidence --- */
enum severity { SEV_INFO, SEV_LOW, SEV_MEDIUM, SEV_HIGH };

struct evidence_row {
	int64_t point;  /* id */
	int64_t file;   /* id */
	uint64_t frame; /* 0: the file as a whole */
	int64_t time_ns;
	char *note;
};

struct filter_row {
	int64_t point, file;
	char *filter; /* Wireshark display filter */
};

struct finding_row {
	int64_t id; /* 1, 2, ... most important first */
	char *rule;
	enum severity severity;
	char *title;              /* one line, plain words: the answer */
	char *text;               /* paragraphs */
	int64_t hop_from, hop_to; /* point ids in path order; 0: none */
	char *against;            /* what speaks against it; "" if nothing */
	char *measure;            /* JSON object text */
	size_t n_sessions, n_places, n_next, n_evidence, n_filters;
	int64_t *sessions;
	char **places, **next;
	struct evidence_row *evidence;
	struct filter_row *filters;
};
void store_finding_put(struct store *s, const struct finding_row *f);
/* All, the most important first.  Free with the twin. */
struct finding_row *store_findings(struct store *s, size_t *n);
void finding_rows_free(struct finding_row *f, size_t n);
