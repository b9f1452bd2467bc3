/* What the files share that keep flows, sessions and what is theirs on shelves.
 *
 *   shelf_table.c   shelves as rows of the database
 *   shelf_write.c   rows put, replaced, or waiting for others
 *   shelf_read.c    rows looked up, and what a connection keeps for that
 *   shelf_rows.c    rows that a worker packs without the store
 */
#pragma once

#include "store/shelf_rows.h"
#include "store/store_int.h"

/* --- shelf_table.c --- */
bool shelf_has_chunks(enum shelf_table of);
/* The row that ends the shelf which begins with row @from of @x: the first one
 * that is not on it. */
size_t shelf_end(const struct shelf *x, size_t from);
/* Writes a shelf that begins with key @first; only @data's room may be left. */
void shelf_row_put(struct store *s, enum shelf_table of, int64_t first,
		   struct buf *data);
void shelf_row_drop(struct store *s, enum shelf_table of, int64_t first);
/* Appends the rows of the shelf that @key is on, if it is on one, to @out;
 * *first: the shelf's first key.  Return: false where there is none, or it is
 * damaged. */
bool shelf_row_read(struct store *s, enum shelf_table of, int64_t key,
		    int64_t *first, struct shelf *out);
/* The same of the first one that begins after @key, and not after @high. */
bool shelf_row_next(struct store *s, enum shelf_table of, int64_t key,
		    int64_t high, int64_t *first, struct shelf *out);

/* --- shelf_read.c --- */
#define SHELVES_KEPT 24 /* sessions ask for flows of many points in turn */

struct shelf_kept { /* a shelf that was read */
	bool is;
	unsigned then; /* the one that was asked after it: points in turn */
	struct shelf shelf;
};

struct shelf_state { /* what a connection has of a table */
	struct shelf_kept kept[SHELVES_KEPT];
	unsigned next; /* to be used anew */
	unsigned last; /* the one asked last */
	/* Rows that wait to be written.  Keys continue from `end` if this
	 * connection cleared the table and it has nothing else. */
	struct shelf wait;
	bool ordered;
	int64_t end;
};

struct shelf_state *shelf_state_of(struct store *s, enum shelf_table of);
/* A row was written: what was read may be old. */
void shelf_state_forget(struct shelf_state *t);

/* --- shelf_write.c --- */
void shelf_put_waiting(struct store *s, enum shelf_table of);
