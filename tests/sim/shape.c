/* The report's form: all keys there, sums that add up.
 */
#include "tests/sim/judge.h"

#include <string.h>

static void has(struct judge *j, const json_t *o, const char *what,
		const char *keys)
{
	char list[512], *save = NULL;

	snprintf(list, sizeof list, "%s", keys);
	for (char *k = strtok_r(list, " ", &save); k;
	     k = strtok_r(NULL, " ", &save)) {
		if (json_object_get(o, k))
			continue;
		judge_complain(j, "report: %s has no key %s", what, k);
		j->t->shape++;
	}
}

static void counts(struct judge *j, const json_t *c, const char *what)
{
	static const char *const part[] = { "delivered", "lost", "unseen",
					    "outside", "undecided" };
	json_int_t sum = 0;

	if (!c || json_is_null(c))
		return;
	has(j, c, what,
	    "entered delivered lost unseen outside undecided "
	    "injected duplicated reordered");
	for (size_t i = 0; i < 5; i++)
		sum += json_integer_value(json_object_get(c, part[i]));
	if (sum == json_integer_value(json_object_get(c, "entered")))
		return;
	judge_complain(j, "report: %s: entered is not the sum", what);
	j->t->shape++;
}

/* A file may have frames of two points. */
static uint32_t frames_of(const struct judge *j, size_t p)
{
	const struct frame_pkt *f = j->s->frames[p].at;
	uint32_t n = 0;

	for (size_t i = 0; i < j->s->frames[p].n; i++)
		n += !i || f[i].frame != f[i - 1].frame;
	return n;
}

static void check_points(struct judge *j, const json_t *points)
{
	const json_t *p, *f;
	size_t i, k;

	json_array_foreach(points, i, p)
	{
		has(j, p, "point", "name files clock");
		has(j, json_object_get(p, "clock"), "clock",
		    "offset_ns offset_low_ns offset_high_ns drift_ppm "
		    "drift_low_ppm drift_high_ppm resolution_ns steps status");
		json_array_foreach(json_object_get(p, "files"), k, f)
		{
			uint64_t n = (uint64_t)json_integer_value(
				json_object_get(f, "packets"));

			has(j, f, "file",
			    "path packets bytes first_ns last_ns "
			    "snaplen linktype dropped complete");
			if (i < SIM_POINTS && n != frames_of(j, i)) {
				judge_complain(j,
					       "report: %llu packets read "
					       "of %u",
					       (unsigned long long)n,
					       frames_of(j, i));
				j->t->shape++;
			}
		}
	}
	if (json_array_size(points) != (size_t)j->s->n_points) {
		judge_complain(j, "report: points are missing");
		j->t->shape++;
	}
}

static void check_hops(struct judge *j, const json_t *hops)
{
	static const char *const way[] = { "out", "back" };
	const json_t *h;
	size_t i;

	json_array_foreach(hops, i, h)
	{
		has(j, h, "hop", "from to span round_trip_ns out back");
		has(j, json_object_get(h, "round_trip_ns"), "round trip",
		    "min median p95 max n");
		for (int w = 0; w < 2; w++) {
			const json_t *o = json_object_get(h, way[w]);

			if (json_is_null(o))
				continue;
			has(j, o, "hop way",
			    "transmissions bytes segments "
			    "lost_by_kind lost_here_or_behind "
			    "delay_ns");
			counts(j, json_object_get(o, "transmissions"), "hop");
			counts(j, json_object_get(o, "bytes"), "hop bytes");
			counts(j, json_object_get(o, "segments"),
			       "hop segments");
		}
	}
}

/* All of a session's time is given to something, and never less than none. */
static void check_time(struct judge *j, const json_t *t)
{
	static const char *const part[] = { "client",      "path",     "server",
					    "transfer",    "recovery", "window",
					    "nagle",       "cwnd",     "queue",
					    "unattributed" };
	json_int_t sum = 0, path = 0;
	const json_t *hop;
	size_t i;

	has(j, t, "time",
	    "client path server transfer recovery window nagle cwnd "
	    "queue unattributed total point far_point path_before "
	    "path_between path_beyond");
	for (i = 0; i < sizeof part / sizeof *part; i++) {
		json_int_t ns = json_integer_value(json_object_get(t, part[i]));

		sum += ns;
		if (ns < 0) {
			judge_complain(j, "time: %s is negative", part[i]);
			j->t->shape++;
		}
	}
	if (sum != json_integer_value(json_object_get(t, "total"))) {
		judge_complain(j, "time: parts are not the total");
		j->t->shape++;
	}
	path = json_integer_value(json_object_get(t, "path_before")) +
	       json_integer_value(json_object_get(t, "path_beyond"));
	json_array_foreach(json_object_get(t, "path_between"), i, hop)
	{
		has(j, hop, "stretch",
		    "from to span ns c2s_ns uncertainty_ns queue_ns");
		path += json_integer_value(json_object_get(hop, "ns"));
	}
	if (path != json_integer_value(json_object_get(t, "path"))) {
		judge_complain(j, "time: stretches are not the path");
		j->t->shape++;
	}
}

static void check_sessions(struct judge *j, const json_t *sessions)
{
	const json_t *s, *h;
	size_t i, k;

	json_array_foreach(sessions, i, s)
	{
		has(j, s, "session",
		    "id proto client_end flows role "
		    "first_point first_ns last_ns pairing "
		    "changes bytes hops exchanges time_ns");
		has(j, json_object_get(s, "pairing"), "pairing",
		    "verdict kind bits margin_bits evidence rivals");
		check_time(j, json_object_get(s, "time_ns"));
		json_array_foreach(json_object_get(s, "hops"), k, h)
		{
			has(j, h, "session hop",
			    "from to span round_trip_ns c2s s2c");
			counts(j, json_object_get(h, "c2s"), "session c2s");
			counts(j, json_object_get(h, "s2c"), "session s2c");
		}
		if (j->complaints > 20)
			return;
	}
}

static void check_findings(struct judge *j, const json_t *findings)
{
	const json_t *f;
	size_t i;

	json_array_foreach(findings, i, f)
		has(j, f, "finding",
		    "id rule severity title text hop sessions "
		    "against places next evidence filters "
		    "measure");
}

void shape_check(struct judge *j, const json_t *r)
{
	const char *schema = json_string_value(json_object_get(r, "schema"));

	has(j, r, "report",
	    "schema tool points hops sessions findings quality");
	if (!schema || strcmp(schema, "tracepair.report/1")) {
		judge_complain(j, "report: wrong schema");
		j->t->shape++;
	}
	check_points(j, json_object_get(r, "points"));
	check_hops(j, json_object_get(r, "hops"));
	check_sessions(j, json_object_get(r, "sessions"));
	check_findings(j, json_object_get(r, "findings"));
}
