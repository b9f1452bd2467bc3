/* Statements: prepared once, bound and read column after column.
 *
 * See store/store_int.h for the rules of a query.  A finished statement is
 * reset at once, because otherwise it keeps a shared lock on the file, for
 * which a committing writer has to wait.
 */
#include "store/store_int.h"

#include <stdlib.h>
#include <string.h>

static struct query query_start(struct store *s, enum store_slot slot,
				const char *sql)
{
	sqlite3_stmt **st = &s->stmt[slot];

	gate_read_begin(s);
	if (*st || sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
				      st, NULL) == SQLITE_OK)
		return (struct query){ s, *st, 0 };
	store_fail(s, "prepare a statement");
	gate_read_end(s);
	return (struct query){ s, NULL, 0 };
}

struct query query_put(struct store *s, enum store_slot slot, const char *sql)
{
	if (s->err.code)
		return (struct query){ s, NULL, 0 };
	return query_start(s, slot, sql);
}

struct query query_get(struct store *s, enum store_slot slot, const char *sql)
{
	return query_start(s, slot, sql);
}

static void query_bound(struct query *q, int rc)
{
	if (rc != SQLITE_OK)
		store_fail(q->s, "bind a value");
}

void query_int(struct query *q, int64_t v)
{
	if (q->st)
		query_bound(q, sqlite3_bind_int64(q->st, ++q->at, v));
}

void query_u64(struct query *q, uint64_t v)
{
	query_int(q, (int64_t)v);
}

void query_real(struct query *q, double v)
{
	if (q->st)
		query_bound(q, sqlite3_bind_double(q->st, ++q->at, v));
}

void query_text(struct query *q, const char *v)
{
	if (q->st)
		query_bound(q, sqlite3_bind_text(q->st, ++q->at, v, -1,
						 SQLITE_STATIC));
}

void query_blob(struct query *q, const void *p, size_t n)
{
	if (q->st)
		query_bound(q, sqlite3_bind_blob64(q->st, ++q->at, p ? p : "",
						   n, SQLITE_STATIC));
}

void query_null(struct query *q)
{
	if (q->st)
		query_bound(q, sqlite3_bind_null(q->st, ++q->at));
}

void query_end(struct query *q)
{
	if (!q->st)
		return;
	sqlite3_reset(q->st);
	sqlite3_clear_bindings(q->st);
	q->st = NULL;
	gate_read_end(q->s);
}

void query_run(struct query *q)
{
	while (query_next(q))
		;
}

bool query_next(struct query *q)
{
	if (!q->st)
		return false;

	int rc = sqlite3_step(q->st);

	q->at = 0;
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		store_fail(q->s,
			   sqlite3_stmt_readonly(q->st) ? "read" : "write");
	query_end(q);
	return false;
}

int64_t query_col(struct query *q)
{
	return sqlite3_column_int64(q->st, q->at++);
}

uint64_t query_col_u64(struct query *q)
{
	return (uint64_t)query_col(q);
}

double query_col_real(struct query *q)
{
	return sqlite3_column_double(q->st, q->at++);
}

bool query_col_null(const struct query *q)
{
	return sqlite3_column_type(q->st, q->at) == SQLITE_NULL;
}

bool query_col_is_int(const struct query *q)
{
	return sqlite3_column_type(q->st, q->at) == SQLITE_INTEGER;
}

char *query_col_text(struct query *q)
{
	const unsigned char *t = sqlite3_column_text(q->st, q->at++);

	return t ? mem_strdup((const char *)t) : NULL;
}

char *query_col_words(struct query *q)
{
	char *t = query_col_text(q);

	return t ? t : mem_strdup("");
}

const uint8_t *query_col_blob(struct query *q, size_t *n)
{
	const uint8_t *p = sqlite3_column_blob(q->st, q->at);

	*n = p ? (size_t)sqlite3_column_bytes(q->st, q->at) : 0;
	q->at++;
	return p;
}

size_t store_end_pack(const struct net_end *e, uint8_t out[static 18])
{
	bool v4 = net_addr_is_v4(&e->addr);
	size_t n = v4 ? 4 : 16;

	memcpy(out, e->addr.b + 16 - n, n);
	out[n] = (uint8_t)(e->port >> 8);
	out[n + 1] = (uint8_t)e->port;
	return n + 2;
}

bool store_end_unpack(const uint8_t *p, size_t n, struct net_end *e)
{
	*e = (struct net_end){ 0 };
	if (n != 6 && n != 18)
		return false;
	e->addr = n == 6 ? net_addr_v4(p) : net_addr_v6(p);
	e->port = (uint16_t)(p[n - 2] << 8 | p[n - 1]);
	return true;
}
