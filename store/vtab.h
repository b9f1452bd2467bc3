/* What the virtual tables have in common. */
#pragma once

#include "store/store_int.h"

struct vtab {
	sqlite3_vtab base; /* must be first */
	struct store *s;
	struct point_row *points; /* for names; owned */
	size_t n_points;
};

/* What a table is to SQLite.  Its columns are named once, in a list
 * COLUMNS(C) of C(id, name); VTAB_COLUMNS makes of it enum column (COL_id, and
 * COLS how many) and the text that declares them. */
struct vtab_kind {
	const char *name;
	const char *columns;
	/* Constraints that move at once: see vtab_plan(). */
	int n_planned;
	int planned[3];
	double rows, step;
	/* Of its cursor, which begins with struct vtab_cursor: */
	size_t size;
	void (*open)(struct vtab_cursor *c); /* or NULL */
	void (*close)(struct vtab_cursor *c);
	/* Goes to the first row; @v are the values of the bits of @plan. */
	void (*filter)(struct vtab_cursor *c, int plan, sqlite3_value **v);
	void (*next)(struct vtab_cursor *c);
	void (*column)(sqlite3_context *ctx, struct vtab_cursor *c, int column);
};

#define VTAB_ID(id, name) COL_##id,
#define VTAB_NAME(id, name) "," name
#define VTAB_COLUMNS(COLUMNS)                                                  \
	enum column { COLUMNS(VTAB_ID) COLS };                                 \
	static const char columns[] = "" COLUMNS(VTAB_NAME)

/* Makes @kind's table known to a connection; no CREATE is needed.  The name
 * and what @kind points to must last as long as it.
 * Return: SQLITE_OK or an error. */
int vtab_register(sqlite3 *db, struct store *s, const struct vtab_kind *kind);
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
