/* SQL functions behind the views of store/schema.c.
 *
 * tp_part(blob, field) a field of a packed part; NULL if it is damaged
 * tp_flow_row(own, part, field)
 *                      the same for a flow: its own bytes, or if it equals a
 *                      part, those of the part tp_phrases(blob) the text of
 * phrases (store/phrase.c) tp_flows(blob) a JSON array of as many items as a
 * session has flows tp_flow(blob, n, i)  of the n-th flow: id, path position,
 * four deltas (NULL
 *                      where not known)
 * tp_float(bits)       a number of single precision
 *
 * All are deterministic and innocuous: they use nothing but their arguments, so
 * they are allowed with an untrusted schema.  Phrases do not change while there
 * are rows that refer to them.
 */
#include "store/store_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void end_result(sqlite3_context *ctx, uint8_t proto,
		       const struct net_end *client,
		       const struct net_end *server, bool is_server)
{
	char text[NET_END_TEXT];

	net_side_text(proto, client, server, is_server, text);
	sqlite3_result_text(ctx, text, -1, SQLITE_TRANSIENT);
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
		end_result(ctx, p->proto, &p->ends[0], &p->ends[1], false);
	else if (!strcmp(field, "b"))
		end_result(ctx, p->proto, &p->ends[0], &p->ends[1], true);
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

static bool flow_number(const struct flow_row *f, const char *field, int64_t *v)
{
	if (!strcmp(field, "proto"))
		*v = f->proto;
	else if (!strcmp(field, "tunnel"))
		*v = f->tunnel;
	else if (!strcmp(field, "first_ns"))
		*v = f->first_ns;
	else if (!strcmp(field, "last_ns"))
		*v = f->last_ns;
	else if (!strcmp(field, "duration_ns"))
		*v = (int64_t)((uint64_t)f->last_ns - (uint64_t)f->first_ns);
	else if (!strcmp(field, "packets_c2s"))
		*v = (int64_t)f->packets[0];
	else if (!strcmp(field, "packets_s2c"))
		*v = (int64_t)f->packets[1];
	else if (!strcmp(field, "bytes_c2s"))
		*v = (int64_t)f->bytes[0];
	else if (!strcmp(field, "bytes_s2c"))
		*v = (int64_t)f->bytes[1];
	else
		return false;
	return true;
}

static void flow_row_field(sqlite3_context *ctx, const struct flow_row *f,
			   const char *field)
{
	int64_t v;

	if (!strcmp(field, "client"))
		end_result(ctx, f->proto, &f->client, &f->server, false);
	else if (!strcmp(field, "server"))
		end_result(ctx, f->proto, &f->client, &f->server, true);
	else if (flow_number(f, field, &v))
		sqlite3_result_int64(ctx, v);
	else
		sqlite3_result_error(ctx, "no such field of a flow", -1);
}

static void sql_flow_row(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	const uint8_t *own = sqlite3_value_blob(v[0]);
	size_t n_own = own ? (size_t)sqlite3_value_bytes(v[0]) : 0;
	const uint8_t *part = sqlite3_value_blob(v[1]);
	size_t n_part = part ? (size_t)sqlite3_value_bytes(v[1]) : 0;
	const char *field = (const char *)sqlite3_value_text(v[2]);
	struct flow_row f = { 0 };

	(void)n;
	if (!field || store_flow_unpack(own, n_own, 0, part, n_part, &f))
		return;
	flow_row_field(ctx, &f, field);
	flow_row_release(&f);
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

/* @v: a session's flows. */
static bool flows_of(sqlite3_value *v, struct session_row *row)
{
	const uint8_t *p = sqlite3_value_blob(v);
	size_t size = p ? (size_t)sqlite3_value_bytes(v) : 0;

	return !store_session_flows_unpack(p, size, row);
}

static void sql_flows(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	struct session_row row = { 0 };
	struct text t = { 0 };

	(void)n;
	if (!flows_of(v[0], &row))
		return;
	text_puts(&t, "[");
	for (size_t i = 0; i < row.n_flows; i++)
		text_puts(&t, i ? ",0" : "0");
	text_puts(&t, "]");
	sqlite3_result_text(ctx, t.at, -1, SQLITE_TRANSIENT);
	text_release(&t);
	free(row.flows);
}

static void flow_field(sqlite3_context *ctx, const struct session_flow *f,
		       int64_t field)
{
	int d = field & 1;

	if (field == 0)
		sqlite3_result_int64(ctx, f->flow);
	else if (field == 1)
		sqlite3_result_int(ctx, f->point_pos);
	else if (field < 4 && f->delta_known[d])
		sqlite3_result_int64(ctx, f->seq_delta[d]);
	else if (field >= 4 && f->ts_known[d])
		sqlite3_result_int64(ctx, f->ts_delta[d]);
}

static void sql_flow(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	int64_t i = sqlite3_value_int64(v[1]);
	struct session_row row = { 0 };

	(void)n;
	if (!flows_of(v[0], &row))
		return;
	if (i >= 0 && (uint64_t)i < row.n_flows)
		flow_field(ctx, &row.flows[i], sqlite3_value_int64(v[2]));
	free(row.flows);
}

static void sql_float(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	(void)n;
	if (sqlite3_value_type(v[0]) == SQLITE_INTEGER)
		sqlite3_result_double(
			ctx,
			store_float_of((uint32_t)sqlite3_value_int64(v[0])));
}

static const struct {
	const char *name;
	int n; /* arguments */
	void (*call)(sqlite3_context *ctx, int n, sqlite3_value **v);
} functions[] = {
	{ "tp_part", 2, sql_part },   { "tp_flow_row", 3, sql_flow_row },
	{ "tp_flows", 1, sql_flows }, { "tp_flow", 3, sql_flow },
	{ "tp_float", 1, sql_float }, { "tp_phrases", 1, sql_phrases },
};

#define FUNCTIONS (sizeof functions / sizeof *functions)

void functions_forget(sqlite3 *db)
{
	for (size_t i = 0; i < FUNCTIONS; i++)
		sqlite3_create_function(db, functions[i].name, functions[i].n,
					SQLITE_UTF8, NULL, NULL, NULL, NULL);
}

int functions_register(sqlite3 *db, struct store *s)
{
	int how = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

	for (size_t i = 0; i < FUNCTIONS; i++)
		if (sqlite3_create_function(
			    db, functions[i].name, functions[i].n, how, s,
			    functions[i].call, NULL, NULL) != SQLITE_OK)
			return -1;
	return 0;
}
