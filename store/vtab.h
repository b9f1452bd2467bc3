/* What the virtual tables have in common. */
#pragma once

#include "store/store_int.h"

/* The table of one connection. */
struct vtab {
	sqlite3_vtab base; /* must be first */
	struct store *s;
	const struct vtab_kind *kind;
	struct point_row *points; /* for names; owned */
	size_t n_points;
};

/* Any table's cursor begins with this. */
struct vtab_cursor {
	sqlite3_vtab_cursor base; /* must be first */
	bool at_end;
};

/* Defines a table for SQLite.  Its columns are named once, in a list COLUMNS(C)
 * of C(id, name); VTAB_COLUMNS turns it into enum column (COL_id, and their
 * number COLS) and the text that declares them. */
struct vtab_kind {
	const char *name;
	const char *columns;
	/* "column = value" constraints that can be looked up: bit i of a plan
	 * says that planned[i] is given; the values are in order of i.  Each
	 * divides the table's @rows by @step. */
	int n_planned;
	int planned[3];
	double rows, step;
	/* Its cursor, which begins with struct vtab_cursor: */
	size_t size;
	void (*open)(struct vtab_cursor *c);  /* or NULL */
	void (*close)(struct vtab_cursor *c); /* or NULL */
	/* Goes to the first row; @v are the values of the bits of @plan. */
	void (*filter)(struct vtab_cursor *c, int plan, sqlite3_value **v);
	void (*next)(struct vtab_cursor *c);
	/* The row's number, the same for every cursor and every way to reach
	 * the row: SQLite takes rows with equal numbers for one row. */
	int64_t (*rowid)(const struct vtab_cursor *c);
	void (*column)(sqlite3_context *ctx, struct vtab_cursor *c, int column);
};

#define VTAB_ID(id, name) COL_##id,
#define VTAB_NAME(id, name) "," name
#define VTAB_COLUMNS(COLUMNS)                                                  \
	enum column { COLUMNS(VTAB_ID) COLS };                                 \
	static const char columns[] = "" COLUMNS(VTAB_NAME)

/* The tables, each in a file of its own. */
extern const struct vtab_kind vtab_packet, vtab_fate, vtab_message, vtab_part,
	vtab_flow, vtab_session;

/* Makes @kind's table available to a connection, without CREATE.  @s is what it
 * reads, which need not be a store of @db itself.
 * Return: SQLITE_OK or an error. */
int vtab_register(sqlite3 *db, struct store *s, const struct vtab_kind *kind);
static inline struct vtab *vtab_of(const struct vtab_cursor *c)
{
	return (struct vtab *)c->base.pVtab;
}

/* Composes a row's number from the numbers that identify it, whose widths add
 * up to 63 bits; if one does not fit, a negative hash. */
struct vtab_name {
	uint64_t v;
	unsigned bits;
};
int64_t vtab_rowid(const struct vtab_name *name, size_t n);

/* Name of the point of this id or path position, or NULL. */
const char *vtab_point(const struct vtab *t, int64_t id);
const char *vtab_point_at(const struct vtab *t, int pos);

/* Results: NULL text is SQL NULL; 64-bit counts as they are. */
void vtab_text(sqlite3_context *ctx, const char *text);
