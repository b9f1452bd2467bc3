/* JSON objects of the case as a whole: points, hops, findings, quality.  Key
 * order is fixed; keys are never left out; unknown values are null.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "capture/reader.h"
#include "correlate/clock.h"
#include "report/render/objects.h"

static json_t *file_object(const struct file_row *f)
{
	json_t *o = json_object();
	char name[64];

	json_object_set_new(o, "path", object_text(f->path));
	json_object_set_new(o, "interface", object_text(f->iface));
	json_object_set_new(o, "digest", object_text(f->digest));
	json_object_set_new(o, "packets", json_integer((json_int_t)f->packets));
	json_object_set_new(o, "bytes", json_integer((json_int_t)f->bytes));
	object_set_time(o, "first", f->packets > 0, f->first_ns);
	object_set_time(o, "last", f->packets > 0, f->last_ns);
	json_object_set_new(o, "snaplen", json_integer(f->snaplen));
	json_object_set_new(o, "linktype",
			    json_string(linktype_name(f->linktype, name)));
	json_object_set_new(o, "dropped",
			    f->dropped_known
				    ? json_integer((json_int_t)f->dropped)
				    : json_null());
	json_object_set_new(o, "complete", json_boolean(f->complete));
	return o;
}

static json_t *ppm(bool known, double v)
{
	/* rounded to a millionth: far below any bound, and avoids -1e-17 for
	 * 0 */
	return known ? json_real(round(v * 1e6) / 1e6 + 0.0) : json_null();
}

static const char *status_name(enum clock_status s)
{
	static const char *const name[] = { "reference", "fitted", "one-way",
					    "none" };

	return name[s];
}

static json_t *steps_array(const struct clock_row *c)
{
	json_t *a = json_array();

	for (size_t i = 0; c->piece && i + 1 < c->n; i++) {
		int64_t before, after, low, high;
		struct clock_row one = *c;
		json_t *o = json_object();
		int64_t at = c->piece[i + 1].from_ns;

		if (c->piece[i + 1].joined) {
			json_decref(o);
			continue;
		}
		/* both pieces, extrapolated to the same instant */
		one.n = 1;
		one.piece = &c->piece[i];
		clock_to_first(&one, at, &before, &low, &high);
		one.piece = &c->piece[i + 1];
		clock_to_first(&one, at, &after, &low, &high);
		object_set_time(o, "at", true, at);
		json_object_set_new(o, "by_ns",
				    json_integer(time_sub(before, after)));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *clock_object(const struct clock_row *c)
{
	json_t *o = json_object();
	const struct clock_piece *p = c && c->n > 0 ? &c->piece[0] : NULL;
	bool fitted = p && (c->status == CLOCK_FITTED ||
			    c->status == CLOCK_REFERENCE);
	bool low = fitted || (p && c->low_known);
	bool high = fitted || (p && c->high_known);

	json_object_set_new(o, "offset_ns",
			    object_duration(fitted, p ? p->offset_ns : 0));
	json_object_set_new(o, "offset_low_ns",
			    object_duration(low, p ? p->offset_low_ns : 0));
	json_object_set_new(o, "offset_high_ns",
			    object_duration(high, p ? p->offset_high_ns : 0));
	json_object_set_new(o, "drift_ppm", ppm(fitted, p ? p->drift_ppm : 0));
	json_object_set_new(o, "drift_low_ppm",
			    ppm(fitted, p ? p->drift_low_ppm : 0));
	json_object_set_new(o, "drift_high_ppm",
			    ppm(fitted, p ? p->drift_high_ppm : 0));
	json_object_set_new(o, "resolution_ns",
			    object_duration(c != NULL,
					    c ? c->resolution_ns : 0));
	json_object_set_new(o, "steps", c ? steps_array(c) : json_array());
	json_object_set_new(
		o, "status",
		json_string(status_name(c ? c->status : CLOCK_NONE)));
	return o;
}

json_t *object_points(const struct model *m)
{
	json_t *a = json_array();

	for (size_t i = 0; i < m->n_points; i++) {
		json_t *o = json_object(), *files = json_array();

		json_object_set_new(o, "name", object_text(m->points[i].name));
		for (size_t k = 0; k < m->n_files; k++)
			if (m->files[k].point == m->points[i].id)
				json_array_append_new(
					files, file_object(&m->files[k]));
		json_object_set_new(o, "files", files);
		json_object_set_new(
			o, "clock",
			clock_object(model_clock(m, m->points[i].id)));
		json_array_append_new(a, o);
	}
	return a;
}

/* By how much the TTL fell on the hop. */
static json_t *routers_object(const struct hop_way *w)
{
	json_t *o = json_object();

	json_object_set_new(o, "min",
			    w->ttl_known ? json_integer(w->ttl_drop_min)
					 : json_null());
	json_object_set_new(o, "max",
			    w->ttl_known ? json_integer(w->ttl_drop_max)
					 : json_null());
	return o;
}

static json_t *way_object(const struct hop_way *w)
{
	static const enum fate_kind order[] = { KIND_DATA, KIND_ACK,
						KIND_SYN,  KIND_FIN,
						KIND_RST,  KIND_DATAGRAM };
	json_t *o = json_object(), *kinds = json_object();
	json_t *delay = json_object();
	bool known = hop_delay_known(w);

	json_object_set_new(o, "transmissions", object_counts(&w->tx));
	json_object_set_new(o, "bytes", object_counts(&w->bytes));
	json_object_set_new(o, "segments", object_counts(&w->segments));
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		json_object_set_new(
			kinds, fate_kind_name(order[i]),
			json_integer(
				(json_int_t)w->by_kind[order[i]][FATE_LOST]));
	json_object_set_new(o, "lost_by_kind", kinds);
	json_object_set_new(o, "lost_here_or_behind",
			    json_integer((json_int_t)w->astray));
	json_object_set_new(delay, "min", object_duration(known, w->delay.min));
	json_object_set_new(delay, "median",
			    object_duration(known,
					    hist_quantile(&w->delay, 0.5)));
	json_object_set_new(delay, "p95",
			    object_duration(known,
					    hist_quantile(&w->delay, 0.95)));
	json_object_set_new(delay, "max", object_duration(known, w->delay.max));
	json_object_set_new(delay, "uncertainty",
			    object_duration(known, w->delay_slack_ns));
	json_object_set_new(o, "delay_ns", delay);
	json_object_set_new(o, "routers", routers_object(w));
	return o;
}

json_t *object_hops(const struct model *m)
{
	json_t *a = json_array();

	for (size_t i = 0; i < m->figures.n; i++) {
		const struct hop_figures *h = &m->figures.hop[i];
		json_t *o = object_hop(m, h);

		json_object_set_new(o, "out", way_object(&h->way[0]));
		json_object_set_new(o, "back", way_object(&h->way[1]));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *texts_array(char *const *at, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, object_text(at[i]));
	return a;
}

static void set_place(json_t *o, const struct model *m, int64_t point,
		      int64_t file)
{
	const struct point_row *p = model_point(m, point);
	const struct file_row *f = model_file(m, file);

	json_object_set_new(o, "point", object_text(p ? p->name : NULL));
	json_object_set_new(o, "file", object_text(f ? f->path : NULL));
}

static json_t *finding_evidence(const struct model *m,
				const struct finding_row *f)
{
	json_t *a = json_array();

	for (size_t i = 0; i < f->n_evidence; i++) {
		const struct evidence_row *e = &f->evidence[i];
		json_t *o = json_object();

		set_place(o, m, e->point, e->file);
		json_object_set_new(o, "frame",
				    e->frame
					    ? json_integer((json_int_t)e->frame)
					    : json_null());
		object_set_time(o, "time", e->frame != 0, e->time_ns);
		json_object_set_new(o, "note", object_text(e->note));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *finding_filters(const struct model *m,
			       const struct finding_row *f)
{
	json_t *a = json_array();

	for (size_t i = 0; i < f->n_filters; i++) {
		json_t *o = json_object();

		set_place(o, m, f->filters[i].point, f->filters[i].file);
		json_object_set_new(o, "filter",
				    object_text(f->filters[i].filter));
		json_array_append_new(a, o);
	}
	return a;
}

/* Lines of prose, cleaned one by one. */
static json_t *paragraphs(const char *s)
{
	struct text t = { 0 };
	json_t *o;

	if (!s)
		return json_null();
	while (*s) {
		size_t n = strcspn(s, "\n");
		char *clean = text_clean(s, n);

		text_add(&t, "%s%s", t.n ? "\n" : "", clean);
		free(clean);
		s += n + (s[n] ? 1 : 0);
	}
	o = json_string(t.at ? t.at : "");
	text_release(&t);
	return o;
}

static json_t *finding_hop(const struct model *m, const struct finding_row *f)
{
	const struct point_row *from = model_point(m, f->hop_from);
	const struct point_row *to = model_point(m, f->hop_to);
	json_t *o;

	if (!from && !to)
		return json_null();
	o = json_object();
	json_object_set_new(o, "from", object_text(from ? from->name : NULL));
	json_object_set_new(o, "to", object_text(to ? to->name : NULL));
	return o;
}

static const char *severity_text(enum severity s)
{
	static const char *const name[] = { "info", "low", "medium", "high" };

	return name[s];
}

static json_t *finding_object(const struct model *m,
			      const struct finding_row *f)
{
	json_t *o = json_object(), *sessions = json_array();
	json_t *measure = json_loads(f->measure ? f->measure : "{}", 0, NULL);

	for (size_t i = 0; i < f->n_sessions; i++)
		json_array_append_new(sessions, json_integer(f->sessions[i]));
	json_object_set_new(o, "id", json_integer(f->id));
	json_object_set_new(o, "rule", object_text(f->rule));
	json_object_set_new(o, "severity",
			    json_string(severity_text(f->severity)));
	json_object_set_new(o, "title", object_text(f->title));
	json_object_set_new(o, "text", paragraphs(f->text));
	json_object_set_new(o, "hop", finding_hop(m, f));
	json_object_set_new(o, "sessions", sessions);
	json_object_set_new(o, "against",
			    paragraphs(f->against && *f->against ? f->against
								 : NULL));
	json_object_set_new(o, "places", texts_array(f->places, f->n_places));
	json_object_set_new(o, "next", texts_array(f->next, f->n_next));
	json_object_set_new(o, "evidence", finding_evidence(m, f));
	json_object_set_new(o, "filters", finding_filters(m, f));
	json_object_set_new(o, "measure", measure ? measure : json_object());
	return o;
}

json_t *object_findings(const struct model *m)
{
	json_t *a = json_array();

	for (size_t i = 0; i < m->n_findings; i++)
		json_array_append_new(a, finding_object(m, &m->findings[i]));
	return a;
}

json_t *object_quality(const struct model *m)
{
	json_t *a = json_array();

	for (size_t i = 0; i < m->n_qualities; i++) {
		const struct quality_row *q = &m->qualities[i];
		const struct file_row *f = model_file(m, q->file);
		json_t *o = json_object();

		set_place(o, m, f ? f->point : 0, q->file);
		json_object_set_new(o, "what", object_text(q->what));
		json_object_set_new(o, "text", object_text(q->text));
		json_object_set_new(o, "count",
				    json_integer((json_int_t)q->count));
		json_object_set_new(
			o, "frame",
			q->first_frame
				? json_integer((json_int_t)q->first_frame)
				: json_null());
		json_array_append_new(a, o);
	}
	return a;
}
