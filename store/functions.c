/* SQL functions behind the generated columns of store/schema.c.
 *
 * tp_end(blob)         "10.0.0.1:80", "[2001:db8::1]:80", NULL for others
 * tp_part(blob, field) a field of a packed part; NULL where it is damaged
 * tp_phrases(blob)     text out of phrases (store/phrase.c)
 *
 * All are deterministic and innocuous: they look at nothing but their
 * arguments, so that a case with the schema not trusted may use them.  Phrases
 * do not change while there are rows that name them.
 */
#include "store/store_int.h"

#include <stdlib.h>
#include <string.h>

static void sql_end(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	const uint8_t *p = sqlite3_value_blob(v[0]);
	size_t size = p ? (size_t)sqlite3_value_bytes(v[0]) : 0;
	char text[NET_END_TEXT];
	struct net_end e;

	(void)n;
	if (store_end_unpack(p, size, &e))
		sqlite3_result_text(ctx, net_end_text(&e, text), -1,
				    SQLITE_TRANSIENT);
}

static void part_end(sqlite3_context *ctx, const struct net_end *e)
{
	char text[NET_END_TEXT];

	sqlite3_result_text(ctx, net_end_text(e, text), -1, SQLITE_TRANSIENT);
}

static bool part_number(const struct part *p, const char *field, int64_t *v)
{
	if (!strcmp(field, "proto"))
		*v = p->proto;
	else if (!strcmp(field, "packets"))
		*v = (int64_t)(p->dir[0].packets + p->dir[1].packets);
	else if (!strcmp(field, "bytes"))
		*v = (int64_t)(p->dir[0].bytes + p->dir[1].bytes);
	else if (!strcmp(field, "first_ns"))
		*v = p->first_ns;
	else if (!strcmp(field, "last_ns"))
		*v = p->last_ns;
	else if (!strcmp(field, "first_frame"))
		*v = (int64_t)p->first_frame;
	else if (!strcmp(field, "last_frame"))
		*v = (int64_t)p->last_frame;
	else
		return false;
	return true;
}

static void part_field(sqlite3_context *ctx, const struct part *p,
		       const char *field)
{
	int64_t v;

	if (!strcmp(field, "a"))
		part_end(ctx, &p->ends[0]);
	else if (!strcmp(field, "b"))
		part_end(ctx, &p->ends[1]);
	else if (part_number(p, field, &v))
		sqlite3_result_int64(ctx, v);
	else
		sqlite3_result_error(ctx, "no such field of a part", -1);
}

static void sql_part(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	const uint8_t *b = sqlite3_value_blob(v[0]);
	size_t size = b ? (size_t)sqlite3_value_bytes(v[0]) : 0;
	const char *field = (const char *)sqlite3_value_text(v[1]);
	struct cursor in = cursor_of(b, size);
	struct part p = { 0 };

	(void)n;
	if (b && field && !part_unpack(&p, &in))
		part_field(ctx, &p, field);
}

static void sql_phrases(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	const uint8_t *p = sqlite3_value_blob(v[0]);
	size_t size = p ? (size_t)sqlite3_value_bytes(v[0]) : 0;
	char *text = phrases_unpack(sqlite3_user_data(ctx), p, size);

	(void)n;
	sqlite3_result_text(ctx, text, -1, SQLITE_TRANSIENT);
	free(text);
}

int functions_register(sqlite3 *db, struct store *s)
{
	int how = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

	if (sqlite3_create_function(db, "tp_end", 1, how, NULL, sql_end, NULL,
				    NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_create_function(db, "tp_part", 2, how, NULL, sql_part,
				    NULL, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_create_function(db, "tp_phrases", 1, how, s, sql_phrases,
				    NULL, NULL) != SQLITE_OK)
		return -1;
	return 0;
}
