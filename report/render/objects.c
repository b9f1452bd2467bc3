/* Shared JSON objects.  Key order is fixed; keys are never left out;
 * unknown values are null.
 */
#include "report/render/objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

json_t *object_text(const char *s)
{
	char *clean;
	json_t *o;

	if (!s)
		return json_null();
	clean = text_clean(s, strlen(s));
	o = json_string(clean);
	free(clean);
	return o;
}

json_int_t object_int(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

json_t *object_duration(bool known, int64_t ns)
{
	return known ? json_integer(ns) : json_null();
}

void object_set_time(json_t *o, const char *stem, bool known, int64_t ns)
{
	char key[64], iso[TEXT_UNIT];

	snprintf(key, sizeof key, "%s_ns", stem);
	json_object_set_new(o, key, object_duration(known, ns));
	snprintf(key, sizeof key, "%s_time", stem);
	json_object_set_new(
		o, key, known ? json_string(text_time(ns, iso)) : json_null());
}

json_t *object_side(const struct flow_row *f, bool is_server)
{
	char text[NET_END_TEXT];

	return json_string(net_side_text(f->proto, &f->client, &f->server,
					 is_server, text));
}

json_t *object_counts(const struct counts *c)
{
	json_t *o = json_object();
	uint64_t entered = 0;

	for (int f = FATE_DELIVERED; f <= FATE_UNDECIDED; f++)
		entered += c->n[f];
	json_object_set_new(o, "entered", json_integer((json_int_t)entered));
	for (int f = 0; f < FATES; f++)
		json_object_set_new(o, fate_name((enum fate)f),
				    json_integer((json_int_t)c->n[f]));
	json_object_set_new(o, "duplicated",
			    json_integer((json_int_t)c->duplicated));
	json_object_set_new(o, "reordered",
			    json_integer((json_int_t)c->reordered));
	return o;
}

json_t *object_round_trip(const struct hist *h)
{
	json_t *o = json_object();
	bool known = h->n > 0;

	json_object_set_new(o, "min", object_duration(known, h->min));
	json_object_set_new(o, "median",
			    object_duration(known, hist_quantile(h, 0.5)));
	json_object_set_new(o, "p95",
			    object_duration(known, hist_quantile(h, 0.95)));
	json_object_set_new(o, "max", object_duration(known, h->max));
	json_object_set_new(o, "n", json_integer((json_int_t)h->n));
	return o;
}

static const char *verdict_name(enum pair_verdict v)
{
	static const char *const name[] = { "paired", "ambiguous", "alone" };

	return name[v];
}

static const char *kind_name(enum pair_kind k)
{
	static const char *const name[] = { "same", "resequenced", "relayed" };

	return name[k];
}

static const char *role_name(enum role r)
{
	static const char *const name[] = { "syn", "fan-in", "payload", "port",
					    "unknown" };

	return name[r];
}

static const char *client_end_name(int end)
{
	return end == 0 ? "first" : end == 1 ? "last" : "unknown";
}

static json_t *flows_array(const struct session_view *v)
{
	json_t *a = json_array();

	for (size_t i = 0; i < v->row.n_flows; i++) {
		const struct flow_view *f = &v->flow[i];
		json_t *o;

		if (!session_has_packets(v, i))
			continue;
		o = json_object();
		json_object_set_new(o, "point", object_text(f->point->name));
		json_object_set_new(o, "client", object_side(&f->row, false));
		json_object_set_new(o, "server", object_side(&f->row, true));
		json_object_set_new(
			o, "packets",
			json_integer((json_int_t)(f->row.packets[0] +
						  f->row.packets[1])));
		json_object_set_new(o, "tunnel",
				    f->row.tunnel ? json_integer(f->row.tunnel)
						  : json_null());
		json_object_set_new(
			o, "on_host",
			json_string(session_on_host(v, (int)i, -1)));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *evidence_array(const char *lines)
{
	json_t *a = json_array();
	const char *p = lines ? lines : "";

	while (*p) {
		size_t n = strcspn(p, "\n");
		char *clean = text_clean(p, n);

		if (n > 0)
			json_array_append_new(a, json_string(clean));
		free(clean);
		p += n + (p[n] ? 1 : 0);
	}
	return a;
}

/* A rival is named by its point and ends: ids mean nothing to a reader. */
static json_t *rivals_array(const struct model *m, const struct session_row *r)
{
	json_t *a = json_array();

	for (size_t i = 0; i < r->n_rivals; i++) {
		struct flow_row f;
		json_t *o;

		if (!store_flow_get(m->store, r->rivals[i], &f))
			continue;
		const struct point_row *p = model_point(m, f.point);

		o = json_object();
		json_object_set_new(o, "point",
				    object_text(p ? p->name : NULL));
		json_object_set_new(o, "client", object_side(&f, false));
		json_object_set_new(o, "server", object_side(&f, true));
		object_set_time(o, "first", true, f.first_ns);
		json_array_append_new(a, o);
		flow_row_release(&f);
	}
	return a;
}

static json_t *object_added(const struct relay_row *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "min", json_integer(r->added_min));
	json_object_set_new(o, "median", json_integer(r->added_median));
	json_object_set_new(o, "p95", json_integer(r->added_p95));
	json_object_set_new(o, "max", json_integer(r->added_max));
	return o;
}

static const char *relay_confidence(const struct relay_row *r)
{
	if (r->form)
		return "low";
	return r->sure ? "high" : "medium";
}

/* Sessions on the other side of a relay. */
static json_t *relays_array(const struct model *m, int64_t session)
{
	const struct relay_row *r;
	json_t *a = json_array();

	for (size_t k = 0; (r = model_relation(m, session, k)); k++) {
		bool front = r->front == session;
		json_t *o = json_object();

		json_object_set_new(o, "session",
				    json_integer(front ? r->back : r->front));
		json_object_set_new(o, "side",
				    json_string(front ? "back" : "front"));
		json_object_set_new(
			o, "point",
			object_text(model_point_name(
				m, r->end[front ? 1 : 0].point_pos)));
		json_object_set_new(o, "by",
				    json_string(r->form ? "form" : "http"));
		json_object_set_new(o, "exchanges",
				    json_integer((json_int_t)r->exchanges));
		json_object_set_new(o, "bits", json_real(r->bits));
		json_object_set_new(o, "confidence",
				    json_string(relay_confidence(r)));
		json_object_set_new(o, "added_ns", object_added(r));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *pairing_object(const struct model *m,
			      const struct session_row *r)
{
	json_t *o = json_object();
	bool rival = r->margin < 1e8;
	bool judged = r->verdict != PAIR_ALONE;

	json_object_set_new(o, "verdict",
			    json_string(verdict_name(r->verdict)));
	json_object_set_new(o, "kind", json_string(kind_name(r->kind)));
	json_object_set_new(o, "bits",
			    judged ? json_real(r->bits) : json_null());
	json_object_set_new(o, "margin_bits",
			    judged && rival ? json_real(r->margin)
					    : json_null());
	json_object_set_new(o, "evidence", evidence_array(r->evidence));
	json_object_set_new(o, "rivals", rivals_array(m, r));
	json_object_set_new(o, "relays", relays_array(m, r->id));
	return o;
}

static json_t *changes_array(const struct session_view *v)
{
	json_t *a = json_array();
	size_t n;
	struct change *c = session_changes(v, &n);

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object(), *hop = json_object();

		json_object_set_new(
			hop, "from",
			object_text(v->flow[c[i].from].point->name));
		json_object_set_new(hop, "to",
				    object_text(v->flow[c[i].to].point->name));
		json_object_set_new(o, "hop", hop);
		json_object_set_new(o, "dir", json_string(c[i].dir));
		json_object_set_new(o, "what", json_string(c[i].what));
		json_object_set_new(o, "near", json_string(c[i].near));
		json_object_set_new(o, "far", json_string(c[i].far));
		json_array_append_new(a, o);
	}
	free(c);
	return a;
}

json_t *object_hop(const struct model *m, const struct hop_figures *h)
{
	json_t *o = json_object();

	json_object_set_new(o, "from",
			    object_text(model_point_name(m, h->from_pos)));
	json_object_set_new(o, "to",
			    object_text(model_point_name(m, h->to_pos)));
	json_object_set_new(o, "span", json_boolean(h->span));
	json_object_set_new(o, "round_trip_ns", object_round_trip(&h->rtt));
	return o;
}

static json_t *session_hops(const struct model *m, const struct figures *f)
{
	json_t *a = json_array();

	for (size_t i = 0; i < f->n; i++) {
		const struct hop_figures *h = &f->hop[i];
		json_t *o = object_hop(m, h);

		json_object_set_new(o, "c2s",
				    h->way[0].able
					    ? object_counts(&h->way[0].tx)
					    : json_null());
		json_object_set_new(o, "s2c",
				    h->way[1].able
					    ? object_counts(&h->way[1].tx)
					    : json_null());
		json_array_append_new(a, o);
	}
	return a;
}

json_t *object_session(const struct model *m, const struct session_view *v)
{
	const struct session_row *r = &v->row;
	size_t at = session_first_flow(v);
	const struct flow_row *first = &v->flow[at].row;
	json_t *o = json_object(), *bytes = json_object();
	char proto[16];

	json_object_set_new(o, "id", json_integer(r->id));
	json_object_set_new(o, "proto",
			    json_string(proto_name(r->proto, proto)));
	json_object_set_new(o, "client_end",
			    json_string(client_end_name(r->client_end)));
	json_object_set_new(o, "flows", flows_array(v));
	json_object_set_new(o, "role", json_string(role_name(r->role)));
	json_object_set_new(o, "first_point",
			    object_text(v->flow[at].point->name));
	object_set_time(o, "first", true, first->first_ns);
	object_set_time(o, "last", true, first->last_ns);
	json_object_set_new(o, "pairing", pairing_object(m, r));
	json_object_set_new(o, "changes", changes_array(v));
	json_object_set_new(bytes, "c2s",
			    json_integer((json_int_t)first->bytes[0]));
	json_object_set_new(bytes, "s2c",
			    json_integer((json_int_t)first->bytes[1]));
	json_object_set_new(o, "bytes", bytes);
	json_object_set_new(o, "hops", session_hops(m, &v->figures));
	json_object_set_new(o, "exchanges", object_exchanges(v));
	json_object_set_new(o, "time_ns", object_time(v));
	return o;
}
