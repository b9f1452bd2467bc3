/* What the virtual tables have in common: everything that SQLite calls.
 *
 * A table is a struct vtab_kind: its columns, which of them can be looked up by
 * "=", and how its cursor moves from row to row.  An error of the store becomes
 * the statement's error after each step.
 */
#include "store/vtab.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* What SQLite hands back when a table is connected. */
struct made {
	struct store *s;
	const struct vtab_kind *kind;
};

/* Our cursor from SQLite's. */
static struct vtab_cursor *rows_of(sqlite3_vtab_cursor *c)
{
	return (struct vtab_cursor *)c;
}

static const struct vtab_kind *kind_of(const struct vtab_cursor *c)
{
	return vtab_of(c)->kind;
}

static int table_connect(sqlite3 *db, void *ctx, int argc,
			 const char *const *argv, sqlite3_vtab **out,
			 char **message)
{
	const struct made *made = ctx;
	char *sql = sqlite3_mprintf("CREATE TABLE x(%s)",
				    made->kind->columns + 1);
	int rc = sql ? sqlite3_declare_vtab(db, sql) : SQLITE_NOMEM;
	struct vtab *t;

	(void)argc;
	(void)argv;
	sqlite3_free(sql);
	if (rc != SQLITE_OK) {
		*message = sqlite3_mprintf("%s", sqlite3_errmsg(db));
		return rc;
	}
	sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
	t = mem_zalloc(1, sizeof *t);
	t->s = made->s;
	t->kind = made->kind;
	t->points = store_points(t->s, &t->n_points);
	t->s->tables++;
	*out = &t->base;
	return SQLITE_OK;
}

/* SQLite disconnects tables before it checks whether a closing connection is in
 * use: with the last table the statements of a borrowed one are finalized. */
static int table_disconnect(sqlite3_vtab *base)
{
	struct vtab *t = (struct vtab *)base;

	if (!--t->s->tables && t->s->borrowed)
		store_idle(t->s);
	point_rows_free(t->points, t->n_points);
	free(t);
	return SQLITE_OK;
}

/* Return: whether a usable "@column = value" was taken as argument @arg. */
static bool plan_takes(sqlite3_index_info *info, int column, int arg)
{
	for (int k = 0; k < info->nConstraint; k++) {
		if (!info->aConstraint[k].usable ||
		    info->aConstraint[k].iColumn != column ||
		    info->aConstraint[k].op != SQLITE_INDEX_CONSTRAINT_EQ)
			continue;
		info->aConstraintUsage[k].argvIndex = arg;
		return true;
	}
	return false;
}

static int table_plan(sqlite3_vtab *base, sqlite3_index_info *info)
{
	const struct vtab_kind *kind = ((struct vtab *)base)->kind;
	double rows = kind->rows;
	int arg = 0;

	for (int i = 0; i < kind->n_planned; i++) {
		if (!plan_takes(info, kind->planned[i], arg + 1))
			continue;
		arg++;
		info->idxNum |= 1 << i;
		rows /= kind->step;
	}
	info->estimatedCost = rows;
	info->estimatedRows = (sqlite3_int64)rows;
	return SQLITE_OK;
}

/* Takes over the store's error, if any. */
static int status_of(struct vtab_cursor *c)
{
	struct vtab *t = vtab_of(c);

	if (!store_failed(t->s))
		return SQLITE_OK;
	sqlite3_free(t->base.zErrMsg);
	t->base.zErrMsg = sqlite3_mprintf("%s", t->s->err.text);
	return SQLITE_CORRUPT;
}

static int rows_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	const struct vtab_kind *kind = ((struct vtab *)base)->kind;
	struct vtab_cursor *c = mem_zalloc(1, kind->size);

	c->base.pVtab = base;
	if (kind->open)
		kind->open(c);
	*out = &c->base;
	return SQLITE_OK;
}

static int rows_close(sqlite3_vtab_cursor *cur)
{
	struct vtab_cursor *c = rows_of(cur);

	if (kind_of(c)->close)
		kind_of(c)->close(c);
	free(c);
	return SQLITE_OK;
}

static int rows_filter(sqlite3_vtab_cursor *cur, int plan, const char *str,
		       int argc, sqlite3_value **v)
{
	struct vtab_cursor *c = rows_of(cur);

	(void)str;
	(void)argc;
	c->at_end = false;
	kind_of(c)->filter(c, plan, v);
	return status_of(c);
}

static int rows_next(sqlite3_vtab_cursor *cur)
{
	struct vtab_cursor *c = rows_of(cur);

	kind_of(c)->next(c);
	return status_of(c);
}

static int rows_eof(sqlite3_vtab_cursor *cur)
{
	return rows_of(cur)->at_end;
}

static int rows_rowid(sqlite3_vtab_cursor *cur, sqlite3_int64 *id)
{
	struct vtab_cursor *c = rows_of(cur);

	*id = kind_of(c)->rowid(c);
	return status_of(c);
}

static int rows_column(sqlite3_vtab_cursor *cur, sqlite3_context *ctx,
		       int column)
{
	struct vtab_cursor *c = rows_of(cur);

	kind_of(c)->column(ctx, c, column);
	return status_of(c);
}

int vtab_register(sqlite3 *db, struct store *s, const struct vtab_kind *kind)
{
	/* xCreate NULL: the table exists without being created. */
	static const sqlite3_module module = {
		.xConnect = table_connect,
		.xBestIndex = table_plan,
		.xDisconnect = table_disconnect,
		.xOpen = rows_open,
		.xClose = rows_close,
		.xFilter = rows_filter,
		.xNext = rows_next,
		.xEof = rows_eof,
		.xColumn = rows_column,
		.xRowid = rows_rowid,
	};
	struct made *made = mem_zalloc(1, sizeof *made);

	made->s = s;
	made->kind = kind;
	return sqlite3_create_module_v2(db, kind->name, &module, made, free);
}

int64_t vtab_rowid(const struct vtab_name *name, size_t n)
{
	uint64_t id = 0, all[4] = { 0 };
	bool fits = true;

	for (size_t i = 0; i < n; i++) {
		fits &= name[i].v >> name[i].bits == 0;
		id = id << name[i].bits | name[i].v;
		all[i & 3] = name[i].v;
	}
	if (fits)
		return (int64_t)id;
	return (int64_t)(XXH3_64bits(all, sizeof all) | 1ull << 63);
}

const char *vtab_point(const struct vtab *t, int64_t id)
{
	for (size_t i = 0; i < t->n_points; i++)
		if (t->points[i].id == id)
			return t->points[i].name;
	return NULL;
}

const char *vtab_point_at(const struct vtab *t, int pos)
{
	for (size_t i = 0; i < t->n_points; i++)
		if (t->points[i].pos == pos)
			return t->points[i].name;
	return NULL;
}

void vtab_text(sqlite3_context *ctx, const char *text)
{
	if (text)
		sqlite3_result_text(ctx, text, -1, SQLITE_TRANSIENT);
}
