/* The table is a JSON object of columns, arrays of equal length, so that a
 * browser can sort and filter 50,000 sessions without creating as many
 * objects.  Each figure in it is taken out of the session's JSON object, the
 * same as in the JSON report.  The objects themselves are stored HTML_CHUNK to
 * a block, which the page inflates when one is opened.
 *
 * Memory: the columns, some 200 bytes a session.
 */
#include "report/render/html_sessions.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/render/html_block.h"
#include "report/render/objects.h"

/* --- which --- */
struct rank {
	uint64_t lost;
	int64_t rtt, session;
};

static int by_need(const void *x, const void *y)
{
	const struct rank *a = x, *b = y;

	if (a->lost != b->lost)
		return a->lost > b->lost ? -1 : 1;
	if (a->rtt != b->rtt)
		return a->rtt > b->rtt ? -1 : 1;
	return a->session < b->session ? -1 : 1;
}

static int by_id(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static struct rank rank_of(const struct session_view *v)
{
	struct rank r = { .session = v->row.id };

	for (size_t i = 0; i < v->figures.n; i++) {
		const struct hop_figures *h = &v->figures.hop[i];

		r.lost += h->way[0].tx.n[FATE_LOST] + h->way[1].tx.n[FATE_LOST];
		r.rtt += hist_quantile(&h->rtt, 0.5);
	}
	return r;
}

static void pick_worst(const struct model *m, size_t max, struct html_ids *ids)
{
	struct VEC(struct rank) all = { 0 };

	for (int64_t id = 1; id <= m->n_sessions; id++) {
		struct session_view v;

		if (!session_view_load_figures(&v, m, id))
			continue;
		*VEC_PUSH(&all) = rank_of(&v);
		session_view_release(&v);
	}
	for (size_t i = 0; i < m->n_findings; i++)
		for (size_t k = 0; k < m->findings[i].n_sessions; k++)
			for (size_t lo = 0, hi = all.n; lo < hi;) {
				size_t mid = lo + (hi - lo) / 2;
				int64_t want = m->findings[i].sessions[k];

				if (all.at[mid].session == want) {
					all.at[mid].lost = UINT64_MAX;
					break;
				}
				if (all.at[mid].session < want)
					lo = mid + 1;
				else
					hi = mid;
			}
	if (all.n)
		qsort(all.at, all.n, sizeof *all.at, by_need);
	for (size_t i = 0; i < all.n && i < max; i++)
		ids->at[ids->n++] = all.at[i].session;
	if (ids->n)
		qsort(ids->at, ids->n, sizeof *ids->at, by_id);
	VEC_FREE(&all);
}

void html_sessions_pick(const struct model *m, size_t max, struct html_ids *ids)
{
	size_t all = (size_t)m->n_sessions;

	*ids = (struct html_ids){ .at = mem_zalloc(max, sizeof *ids->at) };
	if (all > max) {
		pick_worst(m, max, ids);
		return;
	}
	for (int64_t id = 1; id <= m->n_sessions; id++)
		ids->at[ids->n++] = id;
}

void html_ids_release(struct html_ids *ids)
{
	free(ids->at);
	*ids = (struct html_ids){ 0 };
}

/* --- the table --- */
static const char *const part_name[] = {
	"client", "path",  "server", "transfer", "recovery",
	"window", "nagle", "cwnd",   "queue",    "unattributed",
};
#define PARTS (sizeof part_name / sizeof *part_name)

enum column {
	COL_ID,
	COL_PROTO,
	COL_CLIENT, /* as seen at the first point */
	COL_SERVER,
	COL_ALSO, /* other forms of both, at later points */
	COL_POINTS,
	COL_FIRST, /* ns since the table's earliest */
	COL_TOTAL, /* ns */
	COL_PACKETS,
	COL_C2S, /* bytes */
	COL_S2C,
	COL_LOST, /* transmissions, all hops */
	COL_UNSEEN,
	COL_UNDECIDED,
	COL_WORST, /* share lost on the worst hop, per million */
	COL_RTT,   /* sum of the hops' medians, ns */
	COL_VERDICT,
	COL_PARTS, /* of the time budget, ns */
	COLUMNS = COL_PARTS + PARTS
};

static const char *const column_name[COL_PARTS] = {
	"id",     "proto",     "client",  "server", "also",   "points",
	"first",  "total",     "packets", "c2s",    "s2c",    "lost",
	"unseen", "undecided", "worst",   "rtt",    "verdict"
};

struct table {
	struct text column[COLUMNS];
	json_int_t first_ns; /* of the first row */
	size_t n;
};

static void cell_json(struct table *t, size_t col, json_t *o)
{
	char *s = json_dumps(o, OBJECT_DUMP | JSON_ENCODE_ANY);

	text_add(&t->column[col], "%s%s", t->n ? "," : "", s ? s : "null");
	free(s);
}

static void cell_int(struct table *t, size_t col, bool known, json_int_t v)
{
	const char *comma = t->n ? "," : "";

	if (known)
		text_add(&t->column[col], "%s%lld", comma, (long long)v);
	else
		text_add(&t->column[col], "%snull", comma);
}

static json_int_t int_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* Addresses that differ from the first point's view, for search: the other side
 * of a NAT. */
static void cell_also(struct table *t, json_t *flows)
{
	struct text also = { 0 };
	const char *before[2] = { "", "" };
	size_t i;
	json_t *f, *s;

	json_array_foreach(flows, i, f)
	{
		const char *now[2] = {
			json_string_value(json_object_get(f, "client")),
			json_string_value(json_object_get(f, "server"))
		};
		bool same = strcmp(now[0], before[0]) == 0 &&
			    strcmp(now[1], before[1]) == 0;

		if (i && !same)
			text_add(&also, "%s%s → %s", also.n ? " = " : "",
				 now[0], now[1]);
		memcpy(before, now, sizeof now);
	}
	s = json_string(also.at ? also.at : "");
	cell_json(t, COL_ALSO, s);
	json_decref(s);
	text_release(&also);
}

static void cells_of_hops(struct table *t, json_t *hops)
{
	static const char *const dirs[] = { "c2s", "s2c" };
	json_int_t lost = 0, unseen = 0, undecided = 0, worst = 0, rtt = 0;
	bool timed = false;
	size_t i;
	json_t *h;

	json_array_foreach(hops, i, h)
	{
		json_t *r = json_object_get(h, "round_trip_ns");

		timed |= json_is_integer(json_object_get(r, "median"));
		rtt += int_of(r, "median");
		for (int d = 0; d < 2; d++) {
			json_t *c = json_object_get(h, dirs[d]);
			json_int_t in = int_of(c, "entered");
			json_int_t gone = int_of(c, "lost");

			lost += gone;
			unseen += int_of(c, "unseen");
			undecided += int_of(c, "undecided");
			if (in &&
			    (double)gone * 1e6 / (double)in > (double)worst)
				worst = (json_int_t)((double)gone * 1e6 /
						     (double)in);
		}
	}
	cell_int(t, COL_LOST, true, lost);
	cell_int(t, COL_UNSEEN, true, unseen);
	cell_int(t, COL_UNDECIDED, true, undecided);
	cell_int(t, COL_WORST, true, worst);
	cell_int(t, COL_RTT, timed, rtt);
}

/* Times are known only if some point saw both directions. */
static bool has_times(json_t *time)
{
	return json_is_string(json_object_get(time, "far_point")) &&
	       int_of(time, "total") > 0;
}

static void table_add(struct table *t, json_t *o)
{
	json_t *flows = json_object_get(o, "flows");
	json_t *first = json_array_get(flows, 0);
	json_t *bytes = json_object_get(o, "bytes");
	json_t *time = json_object_get(o, "time_ns");

	if (t->n == 0)
		t->first_ns = int_of(o, "first_ns");
	cell_json(t, COL_ID, json_object_get(o, "id"));
	cell_json(t, COL_PROTO, json_object_get(o, "proto"));
	cell_json(t, COL_CLIENT, json_object_get(first, "client"));
	cell_json(t, COL_SERVER, json_object_get(first, "server"));
	cell_also(t, flows);
	cell_int(t, COL_POINTS, true, (json_int_t)json_array_size(flows));
	cell_int(t, COL_FIRST, true, int_of(o, "first_ns") - t->first_ns);
	cell_json(t, COL_TOTAL, json_object_get(time, "total"));
	cell_json(t, COL_PACKETS, json_object_get(first, "packets"));
	cell_json(t, COL_C2S, json_object_get(bytes, "c2s"));
	cell_json(t, COL_S2C, json_object_get(bytes, "s2c"));
	cells_of_hops(t, json_object_get(o, "hops"));
	cell_json(t, COL_VERDICT,
		  json_object_get(json_object_get(o, "pairing"), "verdict"));
	for (size_t i = 0; i < PARTS; i++) {
		json_t *part = json_object_get(time, part_name[i]);

		cell_int(t, COL_PARTS + i,
			 has_times(time) && json_is_integer(part),
			 json_integer_value(part));
	}
	t->n++;
}

static void table_write(struct table *t, FILE *out)
{
	struct html_block *b = html_block_open(out, "table");

	for (size_t i = 0; i < COLUMNS; i++) {
		struct text *c = &t->column[i];
		char key[40];
		bool part = i >= COL_PARTS;
		int n = snprintf(key, sizeof key, "%s\"%s%s\":[", i ? "," : "{",
				 part ? "time_" : "",
				 part ? part_name[i - COL_PARTS]
				      : column_name[i]);

		html_block_put(b, key, (size_t)n);
		html_block_put(b, c->at ? c->at : "", c->n);
		html_block_put(b, "]", 1);
		text_release(c);
	}
	html_block_put(b, "}", 1);
	html_block_close(b);
}

/* --- times --- */
static bool same_hop(json_t *a, json_t *b)
{
	return json_equal(json_object_get(a, "from"),
			  json_object_get(b, "from")) &&
	       json_equal(json_object_get(a, "to"), json_object_get(b, "to")) &&
	       json_equal(json_object_get(a, "span"),
			  json_object_get(b, "span"));
}

/* The entry of @hop in @sum, which holds {from, to, span, ns} for each hop so
 * far. */
static json_t *sum_of_hop(json_t *sum, json_t *hop)
{
	size_t i;
	json_t *s;

	json_array_foreach(sum, i, s) if (same_hop(s, hop)) return s;
	s = json_pack("{s:O,s:O,s:O}", "from", json_object_get(hop, "from"),
		      "to", json_object_get(hop, "to"), "span",
		      json_object_get(hop, "span"));
	json_array_append_new(sum, s);
	return s;
}

static void add_hops(json_t *sum, json_t *hops)
{
	size_t i;
	json_t *hop;

	json_array_foreach(hops, i, hop)
	{
		json_t *s = sum_of_hop(sum, hop);
		json_int_t ns = int_of(s, "ns") + int_of(hop, "ns");

		json_object_set_new(s, "ns", json_integer(ns));
	}
}

static void add_times(struct html_listed *l, json_t *time)
{
	const char *key;
	json_t *part;

	if (!has_times(time))
		return;
	l->budgets++;
	add_hops(json_object_get(l->time_ns, "path_between"),
		 json_object_get(time, "path_between"));
	json_object_foreach(time, key, part)
	{
		json_int_t so_far = int_of(l->time_ns, key);

		if (json_is_integer(part))
			json_object_set_new(
				l->time_ns, key,
				json_integer(so_far +
					     json_integer_value(part)));
	}
}

static int slower(const void *x, const void *y)
{
	const struct html_slow *a = x, *b = y;

	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	return a->session < b->session ? -1 : a->session > b->session;
}

static void note_times(struct html_listed *l, json_t *o)
{
	json_t *time = json_object_get(o, "time_ns");

	add_times(l, time);
	l->slow[l->n++] = (struct html_slow){
		.session = int_of(o, "id"),
		.ns = int_of(time, "total") - int_of(time, "client"),
	};
}

void html_sessions(const struct model *m, const struct html_ids *ids, FILE *out,
		   struct html_listed *l)
{
	struct html_block *chunk = NULL;
	struct table t = { 0 };

	*l = (struct html_listed){
		.time_ns = json_pack("{s:[]}", "path_between"),
		.slow = mem_zalloc(ids->n + 1, sizeof *l->slow),
	};
	for (size_t i = 0; i < ids->n; i++) {
		struct session_view v;
		char id[40];
		json_t *o;

		if (!session_view_load(&v, m, ids->at[i]))
			continue;
		if (t.n % HTML_CHUNK == 0) {
			snprintf(id, sizeof id, "sessions-%zu",
				 t.n / HTML_CHUNK);
			chunk = html_block_open(out, id);
		}
		o = object_session(m, &v);
		html_block_put(chunk, t.n % HTML_CHUNK ? "," : "[", 1);
		html_block_json(chunk, json_incref(o));
		table_add(&t, o);
		note_times(l, o);
		if (t.n % HTML_CHUNK == 0) {
			html_block_put(chunk, "]", 1);
			html_block_close(chunk);
			chunk = NULL;
		}
		json_decref(o);
		session_view_release(&v);
	}
	if (chunk) {
		html_block_put(chunk, "]", 1);
		html_block_close(chunk);
	}
	table_write(&t, out);
	qsort(l->slow, l->n, sizeof *l->slow, slower);
}

void html_listed_release(struct html_listed *l)
{
	json_decref(l->time_ns);
	free(l->slow);
	*l = (struct html_listed){ 0 };
}
