/* The sessions that the page lists: their table, their objects, and sums of their
 * times.
 *
 * Each session's JSON object, the same as in the JSON report, is made once.  The
 * table and the sums take their figures out of it; the objects themselves are
 * stored HTML_CHUNK to a block, which the page inflates when one is opened.
 */
#include "report/render/html_sessions.h"

#include <stdlib.h>

#include "base/mem.h"
#include "report/render/html_block.h"
#include "report/render/html_table.h"
#include "report/render/objects.h"

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
		json_int_t ns = object_int(s, "ns") + object_int(hop, "ns");

		json_object_set_new(s, "ns", json_integer(ns));
	}
}

static void add_times(struct html_listed *l, json_t *time)
{
	const char *key;
	json_t *part;

	if (!html_has_times(time))
		return;
	l->budgets++;
	add_hops(json_object_get(l->time_ns, "path_between"),
		 json_object_get(time, "path_between"));
	json_object_foreach(time, key, part)
	{
		json_int_t so_far = object_int(l->time_ns, key);

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
		.session = object_int(o, "id"),
		.ns = object_int(time, "total") - object_int(time, "client"),
	};
}

void html_sessions(const struct model *m, const struct html_ids *ids, FILE *out,
		   struct html_listed *l)
{
	struct html_block *chunk = NULL;
	struct html_table *t = html_table_new();
	size_t n = 0;

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
		if (n % HTML_CHUNK == 0) {
			snprintf(id, sizeof id, "sessions-%zu", n / HTML_CHUNK);
			chunk = html_block_open(out, id);
		}
		o = object_session(m, &v);
		html_block_put(chunk, n % HTML_CHUNK ? "," : "[", 1);
		html_block_json(chunk, json_incref(o));
		html_table_add(t, o);
		note_times(l, o);
		if (++n % HTML_CHUNK == 0) {
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
	html_table_write(t, out);
	qsort(l->slow, l->n, sizeof *l->slow, slower);
}

void html_listed_release(struct html_listed *l)
{
	json_decref(l->time_ns);
	free(l->slow);
	*l = (struct html_listed){ 0 };
}
