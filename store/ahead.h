/* Rows read ahead of being asked for.  See store/ahead.c. */
#pragma once

#include "store/store_int.h"

/* A kind of rows; each begins with an int64_t, its id. */
struct ahead_kind {
	enum store_slot slot;
	const char *sql; /* rows of ids between two, by id */
	size_t size;
	/* Return: bytes that it owns; -1 where it is damaged, owning none. */
	int64_t (*read)(struct query *q, void *row);
	void (*release)(void *row);
	const char *what; /* in messages */
};

struct ahead;
/* The row of @id, or NULL: none, or damaged, which fails the store.  Valid
 * until the next call.  *a: made at first use. */
const void *ahead_get(struct store *s, struct ahead **a,
		      const struct ahead_kind *kind, int64_t id);
void ahead_free(struct ahead *a);
