/* Rows on shelves that pairing and the sweeps write: of flows and sessions.
 *
 * reads, writes: flow_shelf session_shelf match hop_stat exchange
 *
 * Sessions are swept in runs of neighbours, so what one worker leaves of a run
 * makes a few shelves, whose rows in the table go by their first key.
 *
 * Invariant: the shelves of a table do not overlap.  A key is on the last one
 * that begins at or before it, or nowhere.
 */
#pragma once

#include "store/shelf.h"
#include "store/store.h"

enum shelf_table {
	SHELF_MATCH,
	SHELF_STAT,
	SHELF_EXCHANGE,
	SHELF_FLOW,
	SHELF_SESSION,
	SHELF_TABLES
};

/* Keys: of matches and exchanges SHELF_KEY(), of others the flow or session. */
#define SHELF_CHUNKS (1u << 20)
#define SHELF_SESSION_MAX (INT64_MAX >> 20)
#define SHELF_KEY(session, chunk)                                              \
	((int64_t)((uint64_t)(session) << 20 | (chunk)))

/* What a worker has for the tables and is not yet written. */
struct shelf_rows;
struct shelf_rows *shelf_rows_new(void);
void shelf_rows_plain(struct shelf_rows *r); /* see zip_plain() */
void shelf_rows_free(struct shelf_rows *r);
/* In order of keys, for each table. */
void shelf_rows_add(struct shelf_rows *r, enum shelf_table of, int64_t session,
		    uint32_t chunk, const struct buf *data);
/* The same straight onto the table's shelf. */
struct shelf *shelf_rows_of(struct shelf_rows *r, enum shelf_table of);
/* Of flows 1 to @n, which other threads pack, what a temporary case keeps in
 * memory is new. */
void store_flows_begin(struct store *s, size_t n);
/* f->end is needed if it is as its part. */
void store_flow_pack(struct store *s, const struct flow_row *f,
		     struct shelf *out);
/* @phrases: lines as store_line_pack() has them, instead of row->evidence. */
void store_session_pack(const struct session_row *row,
			const struct buf *phrases, struct shelf *out);
size_t shelf_rows_bytes(const struct shelf_rows *r);
/* Packs what was added: all of the work that needs no store. */
void shelf_rows_pack(struct shelf_rows *r);
/* Writes it; none of the keys may be there already. */
void shelf_rows_put(struct shelf_rows *r, struct store *s);
/* Instead of both: the sessions that have figures in @r lose figures and
 * matches, and get these; those that have exchanges in @r lose theirs. */
void shelf_rows_replace(struct shelf_rows *r, struct store *s);

/* --- inside of store/ --- */

struct shelf_range { /* of keys, both included */
	int64_t low, high;
};

/* The keys in @n ranges, which rise, get those rows of @with that lie in them,
 * and no others. */
void store_shelf_replace(struct store *s, enum shelf_table of,
			 const struct shelf_range *r, size_t n,
			 const struct shelf *with);
/* The same of one row. */
void store_shelf_put(struct store *s, enum shelf_table of, int64_t key,
		     const struct buf *data);
/* A row whose key is above all that the table has, as those of a pass over flows
 * or sessions are: it waits for others, until it is asked for or committed.  Any
 * other key is put where it belongs. */
void store_shelf_append(struct store *s, enum shelf_table of, int64_t key,
			const struct buf *data);
/* The least key from @from on, or -1. */
int64_t store_shelf_after(struct store *s, enum shelf_table of, int64_t from);
/* Return: the row's bytes, valid until the next call for this table or a
 * write; NULL where there is none.  *n: how many. */
const uint8_t *store_shelf_get(struct store *s, enum shelf_table of,
			       int64_t key, size_t *n);
/* The same copied to @out, instead of what it had: chunk @chunk of a session, or
 * chunk 0 of what has no chunks.  Return: whether there is one. */
bool store_shelf_read(struct store *s, enum shelf_table of, int64_t id,
		      uint32_t chunk, struct buf *out);
/* The rows of the first shelf that begins after *@last are put to @out; *@last
 * goes there.  Return: false at the end. */
bool store_shelf_next(struct store *s, enum shelf_table of, int64_t *last,
		      struct shelf *out);
