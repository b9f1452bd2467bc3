/* JSON of where the time went, for a session, exchanges and groups.
 */
#include <stdlib.h>

#include "capture/message.h"
#include "report/render/objects.h"

static json_t *flow_name(const struct session_view *v, size_t i)
{
	return i < v->row.n_flows ? object_text(v->flow[i].point->name)
				  : json_null();
}

static void set_parts(json_t *o, const int64_t part[TIME_PARTS])
{
	int64_t total = 0;

	for (int p = 0; p < TIME_PARTS; p++) {
		json_object_set_new(o, time_part_name((enum time_part)p),
				    json_integer(part[p]));
		total += part[p];
	}
	json_object_set_new(o, "total", json_integer(total));
}

/* The path's time between the outer points, by stretch.  A span has time that
 * lies somewhere between its points, it is not known in which stretch. */
static json_t *between_array(const struct session_view *v)
{
	const struct budget *b = &v->budget;
	json_t *a = json_array();

	for (size_t i = 0; i < b->n_hops; i++) {
		const struct budget_hop *h = &b->hop[i];
		json_t *o = json_object();
		bool ways = budget_hop_ways(h);

		json_object_set_new(o, "from", flow_name(v, h->from));
		json_object_set_new(o, "to", flow_name(v, h->to));
		json_object_set_new(o, "span", json_boolean(budget_span(b, i)));
		json_object_set_new(o, "ns", json_integer(h->path_ns));
		json_object_set_new(o, "c2s_ns",
				    object_duration(ways, h->out_ns));
		json_object_set_new(o, "uncertainty_ns",
				    object_duration(ways, h->slack_ns));
		json_object_set_new(o, "queue_ns", json_integer(h->queue_ns));
		json_array_append_new(a, o);
	}
	return a;
}

json_t *object_time(const struct session_view *v)
{
	const struct budget *b = &v->budget;
	json_t *o = json_object();

	set_parts(o, b->part);
	json_object_set_new(o, "point", flow_name(v, b->near));
	json_object_set_new(o, "far_point",
			    b->known ? flow_name(v, b->far) : json_null());
	json_object_set_new(o, "one_sided", json_boolean(b->one_sided));
	json_object_set_new(o, "path_before", json_integer(b->before_ns));
	json_object_set_new(o, "path_between", between_array(v));
	json_object_set_new(o, "path_beyond", json_integer(b->beyond_ns));
	return o;
}

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

json_t *object_exchanges(const struct session_view *v)
{
	const struct budget *b = &v->budget;
	json_t *o = json_object();

	if (!b->known) {
		json_decref(o);
		return json_null();
	}
	json_object_set_new(o, "count", count(b->exchanges));
	json_object_set_new(o, "in_flight",
			    b->exchanges ? json_real((double)b->in_flight_sum /
						     (double)b->exchanges)
					 : json_null());
	json_object_set_new(o, "in_flight_max", count(b->in_flight_max));
	json_object_set_new(o, "streams", json_boolean(b->streams));
	json_object_set_new(o, "timeouts", count(b->repairs[REPAIR_TIMEOUT]));
	json_object_set_new(o, "fast_retransmissions",
			    count(b->repairs[REPAIR_FAST]));
	json_object_set_new(o, "tail_probes", count(b->repairs[REPAIR_PROBE]));
	json_object_set_new(o, "nagle_stalls", count(b->nagles));
	json_object_set_new(o, "window_stalls", count(b->windows));
	json_object_set_new(o, "zero_windows", count(b->zero_windows));
	json_object_set_new(o, "held_back", count(b->holds));
	return o;
}

static void set_frame(json_t *o, const char *key, struct exchange_frame f)
{
	json_object_set_new(o, key, f.known ? count(f.frame) : json_null());
}

json_t *object_exchange(const struct model *m, struct exchange_views *w,
			const struct exchange *x, uint64_t n)
{
	const struct session_view *v = w->v;
	struct exchange_frame first = exchange_frame(w, x, false, 0);
	const struct file_row *file = first.known ? model_file(m, first.file)
						  : NULL;
	const char *status =
		x->proto ? message_status_name(x->proto - 1u, x->status) : NULL;
	int64_t server = exchange_server_ns(w, x);
	json_t *o = json_object(), *parts = json_object();

	json_object_set_new(o, "session", json_integer(v->row.id));
	json_object_set_new(o, "n", count(n));
	json_object_set_new(o, "opening", json_boolean(x->opening));
	json_object_set_new(
		o, "proto",
		object_text(x->proto ? message_proto_name(x->proto - 1u)
				     : NULL));
	json_object_set_new(o, "name", object_text(x->name));
	json_object_set_new(o, "status",
			    x->proto ? json_integer(x->status) : json_null());
	json_object_set_new(o, "status_name", object_text(status));
	json_object_set_new(o, "answered",
			    json_boolean(x->near[2] != EXCHANGE_NONE));
	json_object_set_new(o, "point", flow_name(v, v->budget.near));
	json_object_set_new(o, "file", object_text(file ? file->path : NULL));
	object_set_time(o, "at", first.known, first.time_ns);
	set_frame(o, "request_frame", first);
	set_frame(o, "request_last_frame", exchange_frame(w, x, false, 1));
	set_frame(o, "response_frame", exchange_frame(w, x, false, 2));
	set_frame(o, "response_last_frame", exchange_frame(w, x, false, 3));
	json_object_set_new(o, "far_point",
			    v->budget.far != v->budget.near
				    ? flow_name(v, v->budget.far)
				    : json_null());
	set_frame(o, "far_request_frame", exchange_frame(w, x, true, 0));
	set_frame(o, "far_response_frame", exchange_frame(w, x, true, 1));
	json_object_set_new(o, "request_bytes", count(x->bytes[0]));
	json_object_set_new(o, "response_bytes", count(x->bytes[1]));
	json_object_set_new(o, "in_flight", count(x->in_flight));
	json_object_set_new(o, "think_ns", json_integer(x->think_ns));
	json_object_set_new(o, "server_ns",
			    object_duration(server >= 0, server));
	set_parts(parts, x->part);
	json_object_set_new(o, "time_ns", parts);
	return o;
}

/* --- groups --- */
static json_t *group_object(const struct group *g)
{
	json_t *o = json_object(), *parts = json_object();

	json_object_set_new(o, "name", object_text(*g->key ? g->key : NULL));
	json_object_set_new(o, "sessions", count(g->sessions));
	json_object_set_new(o, "exchanges", count(g->exchanges));
	json_object_set_new(o, "errors", count(g->errors));
	json_object_set_new(o, "total_ns", object_round_trip(&g->total));
	json_object_set_new(o, "server_ns", object_round_trip(&g->server));
	set_parts(parts, g->part);
	json_object_set_new(o, "time_ns", parts);
	return o;
}

static json_t *groups_array(const struct model *m, enum group_kind kind)
{
	json_t *a = json_array();
	size_t n;
	const struct group *g = model_groups(m, kind, &n);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, group_object(&g[i]));
	return a;
}

json_t *slowest_array(const struct model *m)
{
	size_t n;
	const struct group *g = model_groups(m, GROUP_CASE, &n);
	json_t *a = json_array();

	for (size_t i = 0; n && i < g->n_top; i++) {
		struct exchange_views w;
		struct session_view v;
		struct exchange x;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		exchange_views_open(&w, m, &v);
		if (exchange_load(m, v.row.id, g->top[i].n, &x))
			json_array_append_new(a, object_exchange(m, &w, &x,
								 g->top[i].n));
		free(x.name);
		exchange_views_close(&w);
		session_view_release(&v);
	}
	return a;
}

json_t *object_case_time(const struct model *m)
{
	json_t *o = json_object();
	size_t n;
	const struct group *g = model_groups(m, GROUP_CASE, &n);

	json_object_set_new(o, "all", n ? group_object(g) : json_null());
	json_object_set_new(o, "by_server", groups_array(m, GROUP_SERVER));
	json_object_set_new(o, "by_client", groups_array(m, GROUP_CLIENT));
	json_object_set_new(o, "by_command", groups_array(m, GROUP_COMMAND));
	json_object_set_new(o, "slowest", slowest_array(m));
	return o;
}
