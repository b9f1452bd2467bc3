/* The JSON object of a packet and its fate on a hop.  Key order is fixed; keys are
 * never left out; unknown values are null.
 */
#include "report/render/objects.h"

#include <stdio.h>

#include "base/text.h"

static json_t *marks_array(unsigned marks)
{
	static const char *const name[] = { "resegmented", "changed",
					    "duplicated", "reordered" };
	json_t *a = json_array();

	for (unsigned i = 0; i < 4; i++)
		if (marks & 1u << i)
			json_array_append_new(a, json_string(name[i]));
	return a;
}

static json_t *flags_text(const struct record *r)
{
	static const char *const name[] = { "FIN", "SYN", "RST", "PSH",
					    "ACK", "URG", "ECE", "CWR" };
	struct text t = { 0 };
	json_t *o;

	for (unsigned i = 0; i < 8; i++)
		if (r->tcp_flags & 1u << i)
			text_add(&t, "%s%s", t.n ? "," : "", name[i]);
	o = json_string(t.at ? t.at : "");
	text_release(&t);
	return o;
}

/* Sets point, file, frame, time and seq of one end, with keys prefixed by
 * @prefix. */
static void set_side(json_t *o, const struct model *m, const char *prefix,
		     const struct record *r, int64_t file, bool tcp)
{
	const struct file_row *f = r ? model_file(m, file) : NULL;
	char key[32];

	snprintf(key, sizeof key, "%sfile", prefix);
	json_object_set_new(o, key, object_text(f ? f->path : NULL));
	snprintf(key, sizeof key, "%sframe", prefix);
	json_object_set_new(
		o, key, r ? json_integer((json_int_t)r->frame) : json_null());
	snprintf(key, sizeof key, "%stime", prefix);
	object_set_time(o, key, r != NULL, r ? r->time_ns : 0);
	snprintf(key, sizeof key, "%sseq", prefix);
	json_object_set_new(o, key,
			    r && tcp ? json_integer((uint32_t)r->seq64)
				     : json_null());
}

static json_t *relative_seq(const struct session_view *v,
			    const struct fate_row *r)
{
	const struct record *rec = r->near ? r->near : r->far;
	int at = r->near ? r->from : r->to;
	const struct flow_view *f = &v->flow[at];

	if (v->row.proto != 6 || !rec || !f->dir[r->dir].syn)
		return json_null();
	return json_integer(
		(json_int_t)(flow_relative(f, r->dir, rec->seq64) + r->e.off));
}

static const char *missed_at(const struct session_view *v,
			     const struct fate_row *r)
{
	if (r->e.fate == FATE_UNSEEN)
		return v->flow[r->to].point->name;
	if (!r->near && r->e.fate != FATE_INJECTED)
		return v->flow[r->from].point->name;
	return NULL;
}

json_t *object_packet(const struct model *m, const struct session_view *v,
		      const struct fate_row *r)
{
	const struct record *rec = r->near ? r->near : r->far;
	bool tcp = v->row.proto == 6;
	json_t *o = json_object();
	char proto[16];

	json_object_set_new(o, "tx", json_integer((json_int_t)r->e.tx));
	json_object_set_new(o, "session", json_integer(v->row.id));
	json_object_set_new(o, "dir", json_string(r->dir ? "s2c" : "c2s"));
	json_object_set_new(o, "way",
			    json_string(r->from < r->to ? "out" : "back"));
	json_object_set_new(o, "fate",
			    json_string(fate_name((enum fate)r->e.fate)));
	json_object_set_new(
		o, "basis",
		object_text(fate_basis_name((enum fate_basis)r->e.basis)));
	json_object_set_new(
		o, "reason",
		object_text(fate_reason_name((enum fate_reason)r->e.reason)));
	json_object_set_new(o, "marks", marks_array(r->e.marks));
	json_object_set_new(o, "from",
			    object_text(v->flow[r->from].point->name));
	json_object_set_new(o, "to", object_text(v->flow[r->to].point->name));
	json_object_set_new(o, "point",
			    object_text(r->near ? v->flow[r->from].point->name
						: NULL));
	set_side(o, m, "", r->near, r->near_file, tcp);
	set_side(o, m, "far_", r->far, r->far_file, tcp);
	json_object_set_new(o, "missed_at", object_text(missed_at(v, r)));
	json_object_set_new(o, "proto",
			    json_string(proto_name(v->row.proto, proto)));
	json_object_set_new(
		o, "kind",
		json_string(fate_kind_name((enum fate_kind)r->e.kind)));
	json_object_set_new(o, "flags",
			    rec && tcp ? flags_text(rec) : json_null());
	json_object_set_new(o, "rel_seq", relative_seq(v, r));
	json_object_set_new(o, "len", json_integer(r->e.len));
	json_object_set_new(o, "copy", json_integer(r->e.copy));
	return o;
}
