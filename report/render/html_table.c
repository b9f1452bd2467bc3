/* The page's table of sessions: a JSON object of columns, arrays of equal length, so
 * that a browser can sort and filter 50,000 sessions without creating as many
 * objects.  Each figure is taken out of the session's JSON object, the same as in
 * the JSON report.
 *
 * Memory: the columns, some 200 bytes a session.
 */
#include "report/render/html_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/render/html_block.h"
#include "report/render/objects.h"

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

struct html_table {
	struct text column[COLUMNS];
	json_int_t first_ns; /* of the first row */
	size_t n;
};

struct html_table *html_table_new(void)
{
	return mem_zalloc(1, sizeof(struct html_table));
}

static void cell_json(struct html_table *t, size_t col, json_t *o)
{
	char *s = json_dumps(o, OBJECT_DUMP | JSON_ENCODE_ANY);

	text_add(&t->column[col], "%s%s", t->n ? "," : "", s ? s : "null");
	free(s);
}

static void cell_int(struct html_table *t, size_t col, bool known, json_int_t v)
{
	const char *comma = t->n ? "," : "";

	if (known)
		text_add(&t->column[col], "%s%lld", comma, (long long)v);
	else
		text_add(&t->column[col], "%snull", comma);
}

/* Addresses that differ from the first point's view, for search: the other side
 * of a NAT. */
static void cell_also(struct html_table *t, json_t *flows)
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

static void cells_of_hops(struct html_table *t, json_t *hops)
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
		rtt += object_int(r, "median");
		for (int d = 0; d < 2; d++) {
			json_t *c = json_object_get(h, dirs[d]);
			json_int_t in = object_int(c, "entered");
			json_int_t gone = object_int(c, "lost");

			lost += gone;
			unseen += object_int(c, "unseen");
			undecided += object_int(c, "undecided");
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

bool html_has_times(json_t *time)
{
	return json_is_string(json_object_get(time, "far_point")) &&
	       object_int(time, "total") > 0;
}

void html_table_add(struct html_table *t, json_t *o)
{
	json_t *flows = json_object_get(o, "flows");
	json_t *first = json_array_get(flows, 0);
	json_t *bytes = json_object_get(o, "bytes");
	json_t *time = json_object_get(o, "time_ns");

	if (t->n == 0)
		t->first_ns = object_int(o, "first_ns");
	cell_json(t, COL_ID, json_object_get(o, "id"));
	cell_json(t, COL_PROTO, json_object_get(o, "proto"));
	cell_json(t, COL_CLIENT, json_object_get(first, "client"));
	cell_json(t, COL_SERVER, json_object_get(first, "server"));
	cell_also(t, flows);
	cell_int(t, COL_POINTS, true, (json_int_t)json_array_size(flows));
	cell_int(t, COL_FIRST, true, object_int(o, "first_ns") - t->first_ns);
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
			 html_has_times(time) && json_is_integer(part),
			 json_integer_value(part));
	}
	t->n++;
}

void html_table_write(struct html_table *t, FILE *out)
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
	free(t);
}
