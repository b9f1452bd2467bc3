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
 * (store_derived_clear() deletes them): all others (store/derived.h).
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
#include "store/derived.h"

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

/* --- free SQL of `tracepair sql` --- */
/* Calls row() for the header (is_header) and each row; NULL is SQL NULL.
 * Runs read-only.  Return: 0 or -1 with @err (ERR_USAGE for bad SQL). */
int store_sql(struct store *s, const char *sql,
	      void (*row)(void *ctx, bool is_header, int n,
			  const char *const *values),
	      void *ctx, struct err *err);
