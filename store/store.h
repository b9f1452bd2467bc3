/* The case file: one SQLite database per investigation.
 *
 * reads:  packed blocks, parts (store/index.c), derived rows (later stages)
 * writes: the case file
 *
 * One writer connection, which one thread uses at a time; any number of
 * read-only connections, one per thread.  Errors are sticky: after the first,
 * writes do nothing, and store_commit() reports it.  Only store/ includes
 * sqlite3.h or has SQL; everything passes as the row structs below.
 *
 * Rows of indexing (never rewritten): meta point file quality part_shelf block
 * message_block; anchor has no rows so far.  Rows of derivation
 * (store_derived_clear() deletes them): all others.
 *
 * Ids: file = path's place << 8 | lane's place, so that they do not depend on
 * threads; part = file << 32 | number in file; points count from 1 in path
 * order in the column `pos`, their ids are stable.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/net.h"
#include "capture/message.h"
#include "capture/part.h"
#include "capture/record.h"

#define STORE_SCHEMA 13

struct store;

enum store_mode {
	STORE_READ,   /* must exist */
	STORE_WRITE,  /* must exist */
	STORE_CREATE, /* made if missing, opened for writing if there */
};

/* @path NULL with STORE_CREATE: a temporary case, deleted by store_close(). */
struct store *store_open(const char *path, enum store_mode mode,
			 struct err *err);
/* Another, read-only connection to the same case for another thread. */
struct store *store_reader(const struct store *s, struct err *err);
const char *store_path(const struct store *s);
bool store_is_temporary(const struct store *s); /* deleted when closed */
void store_close(struct store *s); /* rolls back an open transaction; NULL is
				    * fine */

void store_begin(struct store *s);
/* Return: 0, or -1 with the first error of the transaction (rolled back). */
int store_commit(struct store *s, struct err *err);
/* The first error since the last commit, or none. */
bool store_failed(const struct store *s);

/* --- meta: options and versions; value "" if the key is missing --- */
void store_meta_set(struct store *s, const char *key, const char *value);
char *store_meta_get(struct store *s, const char *key); /* caller frees */

/* --- point, file, quality --- */
struct point_row {
	int64_t id;
	int pos; /* 1-based, along the path */
	char *name;
	bool on_host; /* --on-host */
	char *clock;  /* --clock text after POINT=, or NULL */
};

struct file_row {
	int64_t id;
	int64_t point;
	char *path;
	char *iface;      /* interface name or number, NULL: the only one */
	char *digest;     /* of the file's bytes, 32 hex digits */
	uint64_t size;    /* bytes, decompressed */
	uint64_t packets; /* records of this interface, before any filter */
	uint64_t kept;    /* of them in blocks */
	uint64_t bytes;   /* sum of wire lengths of packets */
	uint64_t not_ip;  /* frames that are not IP */
	int64_t first_ns, last_ns; /* over all frames, IP or not */
	uint32_t snaplen;          /* 0: no limit */
	int linktype;
	int64_t resolution_ns; /* effective: as declared, or coarser if all time
			       * stamps are multiples of a coarser tick */
	uint64_t dropped;
	bool dropped_known;
	bool filtered; /* --filter/--host/--from/--to was in force */
	bool complete; /* set in the last commit of its indexing */
};

struct quality_row {
	int64_t file; /* 0: concerns the case */
	char *what, *text;
	uint64_t count, first_frame;
	int64_t from_ns, to_ns;
};

/* Inserts or (id given and there) updates.  Return: the id. */
int64_t store_point_put(struct store *s, const struct point_row *p);
void store_file_put(struct store *s, const struct file_row *f);
void store_quality_put(struct store *s, const struct quality_row *q);
/* Removes a file, and all that indexing wrote for it (incomplete ones). */
void store_file_drop(struct store *s, int64_t file);

/* Whole tables, in id (points: pos) order; *n rows; free with the twin. */
struct point_row *store_points(struct store *s, size_t *n);
void point_rows_free(struct point_row *p, size_t n);
struct file_row *store_files(struct store *s, size_t *n); /* complete or not */
void file_rows_free(struct file_row *f, size_t n);
struct quality_row *store_qualities(struct store *s, size_t *n);
void quality_rows_free(struct quality_row *q, size_t n);

/* --- part --- */
/* @packed: part_pack()'s bytes.  The id is (file << 32 | number).  For tests:
 * indexing puts shelves. */
void store_part_put(struct store *s, int64_t file, uint32_t number,
		    const struct buf *packed);
/* Some parts of one bucket (numbers that differ in the lowest bits only),
 * packed by store/shelf.h with their numbers as keys; @first is the lowest. */
#define PART_BUCKET 512
void store_part_shelf_put(struct store *s, int64_t file, uint32_t first,
			  const struct buf *shelf);
/* The same; @shelf stays where it is: see store_block_keep(). */
void store_part_shelf_keep(struct store *s, int64_t file, uint32_t first,
			   const struct buf *shelf);
/* All parts of complete files of @point, by file, then number. */
struct part_cursor;
struct part_cursor *store_parts(struct store *s, int64_t point);
bool part_cursor_next(struct part_cursor *c, struct part *out);
/* About how many there are, according to the rows: for reserving memory, not to
 * be relied on. */
size_t part_cursor_most(const struct part_cursor *c);
void part_cursor_free(struct part_cursor *c);
/* Return: false where there is none. */
bool store_part_get(struct store *s, int64_t id, struct part *out);

/* --- block: packed runs of records (store/pack.h has the format) --- */
struct block_row {
	int64_t id; /* 0 on put */
	int64_t file;
	uint32_t part_min, part_max; /* numbers; equal: one part only */
	uint8_t dir;                 /* 0, 1; 2: both */
	uint32_t n;                  /* records */
	uint64_t frame_min, frame_max;
	int64_t time_min, time_max;
	uint64_t seq_min, seq_max;
};
void store_block_put(struct store *s, const struct block_row *b,
		     const struct buf *data);
/* The same; @data stays where it is, in the memory of a temporary case
 * (store/kept.c). */
void store_block_keep(struct store *s, const struct block_row *b,
		      const struct buf *data);
/* All block rows of a complete file, in capture order (id order). */
struct block_row *store_blocks(struct store *s, int64_t file, size_t *n);
/* Reads a block's bytes into *out (replacing).  Return: 0 or -1. */
int store_block_read(struct store *s, int64_t id, struct buf *out);
/* Its bytes, if they stay in memory as long as the case is open (a temporary
 * one); else NULL. */
const uint8_t *store_block_kept(const struct store *s, int64_t id, size_t *n);

/* --- message: what known protocols said, and ICMP errors
 * (capture/message.h); packed in blocks (store/message_pack.h) --- */
struct message_block_row {
	int64_t file;
	uint32_t part_min, part_max; /* numbers */
	uint32_t n;                  /* messages */
	uint32_t protos;             /* 1 << enum message_proto, of any */
};
/* May take @data over, if the case is temporary: it is empty then. */
void store_messages_put(struct store *s, const struct message_block_row *b,
			struct buf *data);

/* A cursor over messages of complete files.  It is cheap for many parts, best
 * in ascending order, and belongs to one connection and thread. */
struct messages;
struct messages *messages_open(struct store *s);
/* Goes to the messages of a part (its id), in the order in which they became
 * complete. */
void messages_part(struct messages *m, int64_t part);
/* Goes to all messages of @file of the protocols given as bits, by window and
 * part. */
void messages_file(struct messages *m, int64_t file, uint32_t protos);
/* Return: false at the end.  out->name is valid until the next call. */
bool messages_next(struct messages *m, struct message *out);
void messages_close(struct messages *m); /* NULL is fine */

/* A cursor of the store's own, for who looks up a session or two at a time: where
 * blocks are is read once.  Not to be closed, nor used while another walk of it is
 * under way. */
struct messages *store_messages(struct store *s);

struct message_row {
	int64_t file;
	struct message m;
	char *name; /* m.name; owned */
};
/* All ICMP errors, by file. */
struct message_row *store_icmp(struct store *s, size_t *n);
/* All that ARP and neighbour discovery say, by file. */
struct message_row *store_neighbours(struct store *s, size_t *n);
void message_rows_free(struct message_row *m, size_t n);

/* ======== derived ======== */
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
void store_flow_put(struct store *s, const struct flow_row *f);
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
void store_session_put(struct store *s, const struct session_row *row);
/* Appends the packed form of one line of evidence (store/phrase.c), for rows
 * that other threads pack (store/shelf_rows.h). */
void store_line_pack(struct store *s, const char *line, struct buf *out);
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
struct finding_row *store_findings(struct store *s, size_t *n);
void finding_rows_free(struct finding_row *f, size_t n);

/* --- free SQL of `tracepair sql` --- */
/* Calls row() for the header (is_header) and each row; NULL is SQL NULL.
 * Runs read-only.  Return: 0 or -1 with @err (ERR_USAGE for bad SQL). */
int store_sql(struct store *s, const char *sql,
	      void (*row)(void *ctx, bool is_header, int n,
			  const char *const *values),
	      void *ctx, struct err *err);
