/* Shelves: many small rows in one.
 *
 * reads, writes: bytes
 *
 * A case may have millions of parts and sessions, each with some dozen bytes
 * that resemble their neighbours'.  A row of the database for each would cost
 * as much as what is in it, and much more time.  So rows of rising keys stand
 * together on a shelf, which is compressed as a whole.
 */
#pragma once

#include <stdint.h>

#include "store/zip.h"

#define SHELF_ROWS 1024 /* on one, at most */

struct shelf_row {
	int64_t key;
	size_t at, n; /* in bytes */
};

struct shelf { /* all zero: empty */
	struct VEC(struct shelf_row) row;
	struct buf bytes;
};

void shelf_add(struct shelf *s, int64_t key, const void *p, size_t n);
/* The same of a row whose bytes were put to s->bytes, from @at on. */
void shelf_took(struct shelf *s, int64_t key, size_t at);
void shelf_clear(struct shelf *s); /* keeps its memory */
/* Drops the rows from @rows on. */
void shelf_cut(struct shelf *s, size_t rows);
void shelf_release(struct shelf *s);
/* By key; equal keys keep their order. */
void shelf_sort(struct shelf *s);
/* The first row whose key is not below @key; row.n: none. */
size_t shelf_find(const struct shelf *s, int64_t key);

/* Packs rows @from to before @to, of rising keys that differ, appended to
 * @out. */
void shelf_pack(const struct shelf *s, size_t from, size_t to, struct zip *z,
		struct buf *out);
/* The most bytes that all of it takes, packed as it is (zip_plain()). */
size_t shelf_most(const struct shelf *s);
/* Appends the rows of packed @p.  Return: 0, or -1 on bad bytes, with @s as it
 * was. */
int shelf_unpack(struct shelf *s, struct zip *z, const uint8_t *p, size_t n);
