/* What the virtual tables have in common: making, planning, errors, names. */
#include "store/vtab.h"

#include <stdlib.h>
#include <string.h>

int vtab_connect(sqlite3 *db, struct store *s, const char *columns,
		 sqlite3_vtab **out, char **message)
{
	struct vtab *t;
	int rc = sqlite3_declare_vtab(db, columns);

	if (rc != SQLITE_OK) {
		*message = sqlite3_mprintf("%s", sqlite3_errmsg(db));
		return rc;
	}
	sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
	t = mem_zalloc(1, sizeof *t);
	t->s = s;
	t->points = store_points(s, &t->n_points);
	s->tables++;
	*out = &t->base;
	return SQLITE_OK;
}

/* SQLite disconnects before it looks whether a connection that closes is in
 * use: with the last table go the statements of a borrowed one. */
int vtab_disconnect(sqlite3_vtab *base)
{
	struct vtab *t = (struct vtab *)base;

	if (!--t->s->tables && t->s->borrowed)
		store_idle(t->s);
	point_rows_free(t->points, t->n_points);
	free(t);
	return SQLITE_OK;
}

int vtab_status(struct vtab *t)
{
	if (!store_failed(t->s))
		return SQLITE_OK;
	sqlite3_free(t->base.zErrMsg);
	t->base.zErrMsg = sqlite3_mprintf("%s", t->s->err.text);
	return SQLITE_CORRUPT;
}

int vtab_plan(sqlite3_index_info *info, const int *column, int n, double rows,
	      double step)
{
	int arg = 0;

	for (int i = 0; i < n; i++)
		for (int k = 0; k < info->nConstraint; k++) {
			if (!info->aConstraint[k].usable ||
			    info->aConstraint[k].iColumn != column[i] ||
			    info->aConstraint[k].op !=
				    SQLITE_INDEX_CONSTRAINT_EQ)
				continue;
			info->aConstraintUsage[k].argvIndex = ++arg;
			info->idxNum |= 1 << i;
			rows /= step;
			break;
		}
	info->estimatedCost = rows;
	info->estimatedRows = (sqlite3_int64)rows;
	return SQLITE_OK;
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
