/* The JSON report: schema tracepair.report/1.
 *
 * Members are written one after another and sessions streamed, so memory does
 * not grow with their number.
 */
#include "base/version.h"
#include "report/render.h"
#include "report/render/objects.h"

static void put_value(json_t *o, FILE *out)
{
	json_dumpf(o, out, OBJECT_DUMP | JSON_ENCODE_ANY);
	json_decref(o);
}

static void put_member(const char *key, json_t *o, FILE *out)
{
	fprintf(out, ",\n\"%s\":", key);
	put_value(o, out);
}

static void put_sessions(const struct model *m, FILE *out)
{
	const char *comma = "";

	fprintf(out, ",\n\"sessions\":[");
	for (int64_t id = 1; id <= m->n_sessions; id++) {
		struct session_view v;

		if (!session_view_load(&v, m, id))
			continue;
		fprintf(out, "%s\n", comma);
		put_value(object_session(m, &v), out);
		session_view_release(&v);
		comma = ",";
	}
	fprintf(out, "]");
}

static int json_report(const struct model *m, const struct render_options *o,
		       FILE *out, struct err *err)
{
	(void)o;
	(void)err;
	fprintf(out, "{\"schema\":\"tracepair.report/1\",\n\"tool\":");
	put_value(json_string("tracepair " TRACEPAIR_VERSION), out);
	put_member("points", object_points(m), out);
	put_member("hops", object_hops(m), out);
	put_member("time", object_case_time(m), out);
	put_sessions(m, out);
	put_member("findings", object_findings(m), out);
	put_member("quality", object_quality(m), out);
	fprintf(out, "}\n");
	return 0;
}

const struct renderer render_json = {
	.name = "json",
	.report = json_report,
};
