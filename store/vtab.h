/* What the virtual tables have in common. */
#pragma once

#include "store/store_int.h"

struct vtab {
	sqlite3_vtab base; /* must be first */
	struct store *s;
	struct point_row *points; /* for names; owned */
	size_t n_points;
};

/* Declares the table and makes its struct; for xConnect. */
int vtab_connect(sqlite3 *db, struct store *s, const char *columns,
		 sqlite3_vtab **out, char **message);
int vtab_disconnect(sqlite3_vtab *t);
/* Takes over what failed in the store, if anything.
 * Return: SQLITE_OK or an error. */
int vtab_status(struct vtab *t);

/* Looks for usable "column = value" constraints: @column[i] is answered by bit
 * i of idxNum, and the values arrive in order of i.  The more bits, the
 * cheaper; each of them divides @rows by @step. */
int vtab_plan(sqlite3_index_info *info, const int *column, int n, double rows,
	      double step);

/* Name of the point of this id or path position, or NULL. */
const char *vtab_point(const struct vtab *t, int64_t id);
const char *vtab_point_at(const struct vtab *t, int pos);

/* Results: NULL text is SQL NULL; 64-bit counts as they are. */
void vtab_text(sqlite3_context *ctx, const char *text);
