/* ndjson: one JSON object a line, streamed; memory is one session's.
 */
#include <string.h>

#include "report/render.h"
#include "report/render/objects.h"

/* Return: -1 if it could not be written; whoever closes @out says why. */
static int put_line(json_t *o, FILE *out)
{
	int bad = json_dumpf(o, out, OBJECT_DUMP);

	json_decref(o);
	return bad || fputc('\n', out) == EOF ? -1 : 0;
}

static int
each_session(const struct model *m, const struct render_options *o,
	     int (*fn)(const struct model *, const struct session_view *,
		       const struct render_options *, FILE *, struct err *),
	     FILE *out, struct err *err)
{
	int64_t first = o->session ? o->session : 1;
	int64_t last = o->session ? o->session : m->n_sessions;

	for (int64_t id = first; id <= last; id++) {
		struct session_view v;
		int bad;

		if (!session_view_load(&v, m, id)) {
			if (o->session)
				return err_set(err, ERR_USAGE,
					       "no session %lld; 'tracepair "
					       "sessions CASE' lists them",
					       (long long)id);
			continue;
		}
		bad = fn(m, &v, o, out, err);
		session_view_release(&v);
		if (bad)
			return -1;
	}
	return 0;
}

static int put_session(const struct model *m, const struct session_view *v,
		       const struct render_options *o, FILE *out,
		       struct err *err)
{
	(void)o;
	(void)err;
	return put_line(object_session(m, v), out);
}

static int put_packets(const struct model *m, const struct session_view *v,
		       const struct render_options *o, FILE *out,
		       struct err *err)
{
	struct fate_cursor *c = fate_cursor_open(m->store, v->row.id);
	struct fate_row r;
	int bad = 0;

	(void)err;
	while (!bad && fate_cursor_next(c, &r)) {
		if (o->fates && !(o->fates & 1u << r.e.fate))
			continue;
		bad = put_line(object_packet(m, v, &r), out);
	}
	fate_cursor_close(c);
	return bad;
}

static int put_exchanges(const struct model *m, const struct session_view *v,
			 const struct render_options *o, FILE *out,
			 struct err *err)
{
	struct exchange_cursor *c = store_exchanges(m->store, v->row.id);
	struct exchange_views w;
	struct exchange x;
	uint64_t n = 0;
	int bad = 0;

	(void)o;
	(void)err;
	exchange_views_open(&w, m, v);
	while (!bad && exchange_cursor_next(c, &x))
		bad = put_line(object_exchange(m, &w, &x, n++), out);
	exchange_views_close(&w);
	exchange_cursor_free(c);
	return bad;
}

static int ndjson_exchanges(const struct model *m,
			    const struct render_options *o, FILE *out,
			    struct err *err)
{
	return each_session(m, o, put_exchanges, out, err);
}

static int ndjson_sessions(const struct model *m,
			   const struct render_options *o, FILE *out,
			   struct err *err)
{
	return each_session(m, o, put_session, out, err);
}

static int ndjson_packets(const struct model *m, const struct render_options *o,
			  FILE *out, struct err *err)
{
	return each_session(m, o, put_packets, out, err);
}

const struct renderer render_ndjson = {
	.name = "ndjson",
	.sessions = ndjson_sessions,
	.packets = ndjson_packets,
	.exchanges = ndjson_exchanges,
};
