/* Inside struct store, shared by the files of store/ only.
 *
 * A query is a prepared statement, kept from its first use to the end of the
 * connection in its slot, with the next parameter or column to touch.  Callers
 * need not check each call: once the store has failed a put binds and runs
 * nothing, and a get that fails has no rows; the first error stays in the
 * store.  Whoever starts a query runs it to its end or calls query_end() before
 * the same slot is used again, and holds no lock while doing anything slow.
 */
#pragma once

#include <sqlite3.h>
#include <string.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/net.h"
#include "store/kept.h"
#include "store/flow_keep.h"
#include "store/shelf_keep.h"
#include "store/store.h"

#define STORE_APPLICATION 0x74706331 /* "tpc1" in the header of the file */

enum store_slot {
	SLOT_META_SET,
	SLOT_META_GET,
	SLOT_POINT_NEW,
	SLOT_POINT_SET,
	SLOT_POINTS,
	SLOT_FILE_PUT,
	SLOT_FILES,
	SLOT_FILE_IDS,
	SLOT_FILE_DONE,
	SLOT_QUALITY_PUT,
	SLOT_QUALITIES,
	SLOT_PART_PUT,
	SLOT_PART_SHELF,
	SLOT_PART_BUCKET,
	SLOT_PART_LAST,
	SLOT_BLOCK_MAX,
	SLOT_BLOCK_PUT,
	SLOT_BLOCKS,
	SLOT_BLOCK_READ,
	SLOT_MESSAGE_MAX,
	SLOT_MESSAGE_PUT,
	SLOT_MESSAGES,
	SLOT_MESSAGE_READ,
	SLOT_FLOW_PUT,
	SLOT_FLOW_FIND,
	SLOT_FLOW_NEXT,
	SLOT_FLOW_DROP,
	SLOT_SESSION_PUT,
	SLOT_SESSION_FIND,
	SLOT_SESSION_NEXT,
	SLOT_SESSION_DROP,
	SLOT_PHRASE_PUT,
	SLOT_PHRASES,
	SLOT_CLOCK_CLEAR,
	SLOT_CLOCK_PUT,
	SLOT_CLOCKS,
	SLOT_MATCH_PUT,
	SLOT_MATCH_FIND,
	SLOT_MATCH_NEXT,
	SLOT_MATCH_DROP,
	SLOT_STAT_PUT,
	SLOT_STAT_FIND,
	SLOT_STAT_NEXT,
	SLOT_STAT_DROP,
	SLOT_EXCHANGE_PUT,
	SLOT_EXCHANGE_FIND,
	SLOT_EXCHANGE_NEXT,
	SLOT_EXCHANGE_DROP,
	SLOT_GROUP_PUT,
	SLOT_GROUPS,
	SLOT_RELAY_PUT,
	SLOT_RELAYS,
	SLOT_FINDING_PUT,
	SLOT_FINDINGS,
	SLOT_FINDING_SESSION_PUT,
	SLOT_FINDING_SESSIONS,
	SLOT_FINDING_LINE_PUT,
	SLOT_FINDING_LINES,
	SLOT_EVIDENCE_PUT,
	SLOT_EVIDENCES,
	SLOT_FILTER_PUT,
	SLOT_FILTERS,
	SLOTS
};

/* Next number of a file's blocks or messages: their ids are
 * file << 32 | number, which keeps a file's rows together, in order. */
struct store_serial {
	int64_t file;
	int64_t block, message; /* last ids given; 0: not looked up yet */
};

/* Coordinates this process's readers and its writer (store/gate.c); shared by a
 * writer and the readers made from it. */
struct gate;
struct gate *gate_new(void);
struct gate *gate_share(struct gate *g);
void gate_leave(struct store *s); /* the last one frees it */
void gate_hold(struct store *s);  /* @s keeps its transaction open between
				   * reads, until the writer wants to commit */
void gate_read_begin(struct store *s);
void gate_read_end(struct store *s);
void gate_write_begin(struct gate *g); /* waits for readers to end */
void gate_write_end(struct gate *g);

/* What is kept in memory for a temporary case, for all that share the gate;
 * NULL for other cases. */
struct kept *gate_kept(const struct gate *g);
struct shelf_keep *gate_shelves(const struct gate *g); /* the same */
struct flow_keep *gate_flows(const struct gate *g);    /* the same */
/* From now on blocks, shelves and flows are kept. */
void gate_keep(struct gate *g);

/* The directory of such a block, shared by all connections; NULL: it has none. */
struct block_dir;
const struct block_dir *store_block_dir(const struct store *s, int64_t id);

struct recs_cache; /* store/block_cache.c */
struct phrases;    /* store/phrase.c */
struct zip;        /* store/zip.h */

struct store {
	sqlite3 *db;
	char *path;     /* owned */
	bool temporary; /* delete the file at close */
	bool memory;    /* there is no file */
	bool writer;
	bool open;       /* between store_begin and store_commit */
	bool vtabs;      /* virtual tables are registered */
	bool borrowed;   /* db belongs to another program: see store_attach() */
	unsigned tables; /* virtual tables that are connected */
	struct err err;  /* first error since the last commit */
	sqlite3_stmt *stmt[SLOTS];
	struct store_serial *serial; /* of files written to; owned */
	size_t n_serial, cap_serial;
	struct recs_cache *cache; /* owned; NULL until used; freed by */
	void (*cache_free)(struct recs_cache *c); /* what made it */
	struct ahead *ahead;                      /* the same; store/recs.c */
	struct recs *views; /* owned; to be used again; freed by */
	unsigned n_views;
	void (*views_free)(struct recs *v); /* what made them: store/recs.c */
	struct messages *said; /* store_messages(); owned; NULL until used */
	void (*said_free)(struct messages *m); /* what made it */
	struct phrases *phrases;               /* owned; NULL until used */
	struct shelves *shelves;    /* the same; store/shelf_read.c */
	struct part_shelves *parts; /* the same; store/part_rows.c */
	struct zip *zip;            /* the same; store_zip() */
	size_t message_bytes;       /* of messages kept in memory */
	struct gate *gate;          /* shared */
	unsigned reading;           /* reads under way, of a reader */
	bool holds;                 /* see gate_hold() */
	struct store *next_holder;  /* in the gate's list */
};

struct query {
	struct store *s;
	sqlite3_stmt *st; /* NULL: failed, does nothing */
	int at;           /* last parameter bound, or next column to read */
};

/* --- case_error.c --- */
/* Keeps the last SQLite error as the store's, saying what was tried. */
void store_fail(struct store *s, const char *doing);
/* The same for bytes that this program does not write. */
void store_fail_damaged(struct store *s, const char *what, int64_t id);
/* Runs statements without rows.  Return: 0, or -1 and the store failed. */
int store_exec(struct store *s, const char *sql);

/* A store over another program's connection, which has opened a case (for the
 * extension); it only reads.  Close it before @db. Return: NULL with @err; then
 * @db is unchanged. */
struct store *store_attach(sqlite3 *db, struct err *err);
/* A case in memory, from a file's bytes.  For tests: it has no journal, and
 * store_reader() copies it, which no two threads may do at once. */
struct store *store_open_bytes(const uint8_t *p, size_t n, enum store_mode mode,
			       struct err *err);
/* Finalizes the kept statements: they are prepared again when needed. */
void store_idle(struct store *s);

/* --- case_open.c --- */
/* Opens the case's file, or @n bytes at @p, which are copied; then sets the
 * connection up, creates the tables of a new case, and checks those of an old
 * one.  Return: 0, or -1 with the error in the store. */
int case_open_file(struct store *s, enum store_mode mode);
int case_open_bytes(struct store *s, const uint8_t *p, size_t n);
int case_start(struct store *s, enum store_mode mode);
/* Is it a case of ours, of this version and undamaged?  Return: 0 or -1. */
int case_check(struct store *s);
/* A new empty file in $TMPDIR or /tmp, for this user alone.
 * Return: its path, to be freed; NULL with @err. */
char *case_temporary_path(struct err *err);
/* To be called once, before any connection. */
void case_sqlite_setup(void);

/* --- case_new.c --- */
/* Makes an empty database a case, in one transaction.  Return: 0 or -1. */
int case_create(struct store *s);
/* Creates a case file atomically, complete, if the file system supports that:
 * if not, or if another process was faster, does nothing.  Return: 0, or -1 if
 * there is no room for it. */
int case_new(struct store *s);

/* --- sql.c --- */
/* The virtual tables, for this connection.  Return: 0 or -1. */
int store_tables(struct store *s);

/* --- capture_rows.c --- */
/* Ids of what belongs to a file: the file's number above, its own number within
 * the file in the low 32 bits. */
#define FILE_MOST INT32_MAX
#define FILE_FIRST(file) ((int64_t)((uint64_t)(file) << 32))
#define FILE_LAST(file) (FILE_FIRST(file) | UINT32_MAX)
/* Whether @file can be a file's number; if not, the store has failed. */
bool store_file_number(struct store *s, int64_t file);
/* Refuses files with places (store.h) up to @last if there are no numbers for
 * them.  Return: 0 or -1. */
int store_file_room(const struct store *s, int64_t last, struct err *err);

/* --- query.c --- */
struct query query_put(struct store *s, enum store_slot slot, const char *sql);
struct query query_get(struct store *s, enum store_slot slot, const char *sql);
void query_int(struct query *q, int64_t v);
void query_u64(struct query *q, uint64_t v);
void query_real(struct query *q, double v);
void query_text(struct query *q, const char *v); /* NULL: SQL NULL; kept by
						  * the caller until run */
void query_blob(struct query *q, const void *p, size_t n); /* likewise */
void query_null(struct query *q);
void query_run(struct query *q);
bool query_next(struct query *q);
int64_t query_col(struct query *q);
uint64_t query_col_u64(struct query *q);
double query_col_real(struct query *q);
bool query_col_null(const struct query *q);
bool query_col_is_int(const struct query *q); /* of the next column */
char *query_col_text(struct query *q);        /* NULL for NULL; caller frees */
char *query_col_words(struct query *q);       /* "" for NULL; caller frees */
/* Valid until the query moves. */
const uint8_t *query_col_blob(struct query *q, size_t *n);
void query_end(struct query *q);

/* Addresses as stored: 4 or 16 bytes and the port, big-endian.
 * Return: number of bytes put to @out. */
size_t store_end_pack(const struct net_end *e, uint8_t out[static 18]);
/* Return: false if the bytes are not an address and port. */
bool store_end_unpack(const uint8_t *p, size_t n, struct net_end *e);

/* --- schema.c --- */
int schema_create(struct store *s);
/* Return: the name of a table that is missing or differs from ours, or NULL. */
const char *schema_check(struct store *s);

/* --- functions.c: SQL functions that the views use --- */
int functions_register(sqlite3 *db, struct store *s);
void functions_forget(sqlite3 *db);

/* --- phrase.c: lines of text that recur --- */
/* Appends the packed form of @text, one phrase per line. */
void phrases_pack(struct store *s, const char *text, struct buf *out);
/* Return: the text, to be freed; damaged phrases are left out. */
char *phrases_unpack(struct store *s, const uint8_t *p, size_t n);
/* Forgets cached phrases, after a rollback or a clearing. */
void phrases_forget(struct store *s);

/* --- flow_rows.c --- */
static inline enum role store_role_of(int64_t v)
{
	return v >= 0 && v <= ROLE_UNKNOWN ? (enum role)v : ROLE_UNKNOWN;
}
/* @own: NULL if the flow equals part @id, whose bytes are @part.  Return: 0, or
 * -1 on bad bytes; then nothing is owned. */
int store_flow_unpack(const uint8_t *own, size_t n_own, int64_t id,
		      const uint8_t *part, size_t n_part, struct flow_row *f);

/* What is stored of a flow: without bytes of its own it equals the part. */
struct flow_packed {
	int64_t point, part;
	unsigned role;
	const uint8_t *own; /* NULL: none */
	size_t n_own;
};
/* Of row @id.  Return: false if there is none, or it is damaged. */
bool store_flow_packed(struct store *s, int64_t id, struct flow_packed *out);

/* --- derived_rows.c --- */
struct session_packed {
	unsigned proto, verdict, kind, role, client_end;
	uint32_t bits32, margin32;
	const uint8_t *flows, *phrases, *rivals;
	size_t n_flows, n_phrases, n_rivals;
};
bool store_session_packed(struct store *s, int64_t id,
			  struct session_packed *out);
/* Return: 0, or -1 on bad bytes; then row->flows is NULL. */
int store_session_flows_unpack(const uint8_t *p, size_t n,
			       struct session_row *row);
/* Evidence is stored in single precision. */
static inline uint32_t store_float_bits(double v)
{
	float f = (float)v;
	uint32_t bits;

	memcpy(&bits, &f, sizeof bits);
	return bits;
}

static inline double store_float_of(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof f);
	return (double)f;
}
/* Least id from @id on, or -1. */
int64_t store_flow_next(struct store *s, int64_t id);
int64_t store_session_next(struct store *s, int64_t id);

/* --- case.c --- */
/* The connection's own; plain for a temporary case. */
struct zip *store_zip(struct store *s);

/* --- shelf_read.c, shelf_write.c, part_rows.c: what connections keep of shelves --- */
void shelves_forget(struct store *s);
/* To be called when the tables have been emptied. */
void shelves_cleared(struct store *s);
/* Writes rows that were appended to their tables. */
void shelves_put_waiting(struct store *s);
void shelves_free(struct shelves *x);
void part_shelves_forget(struct store *s);
void part_shelves_free(struct part_shelves *x);

/* --- part_rows.c --- */
/* A part's bytes, valid until the next call; NULL: there is none. */
const uint8_t *store_part_bytes(struct store *s, int64_t id, size_t *n);
/* The next part of a cursor, as bytes; NULL at the end. */
const uint8_t *part_cursor_bytes(struct part_cursor *c, int64_t *id, size_t *n);

/* --- message_rows.c --- */
/* Where the last message is: its block's id, and its number there. */
int64_t messages_place(const struct messages *m, uint32_t *number);

/* --- record_rows.c --- */
int64_t store_message_id(struct store *s, int64_t file); /* the next one */
