/* Exchanges for renderers and rules: see the header.
 */
#include "report/exchanges.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "capture/message.h"

/* Errors, and statuses that are none but say what comes next ("follow the
 * referral"). */
static void status_words(const struct exchange *x, struct text *t)
{
	const char *name;
	bool error;

	if (!x->proto || !x->status)
		return;
	error = message_status_is_error(x->proto - 1u, x->status);
	if (!error && x->proto - 1u == MESSAGE_HTTP)
		return; /* OK */
	name = message_status_name(x->proto - 1u, x->status);
	if (!name && !error)
		return;
	if (name && x->proto - 1u == MESSAGE_HTTP)
		text_add(t, ", %lld %s", (long long)x->status, name);
	else if (name)
		text_add(t, ", %s", name);
	else
		text_add(t, ", status %lld", (long long)x->status);
}

char *exchange_words(const struct session_view *v, const struct exchange *x,
		     char out[static EXCHANGE_WORDS])
{
	char a[TEXT_UNIT], b[TEXT_UNIT];
	struct text t = { 0 };

	(void)v;
	if (x->opening) {
		text_puts(&t, x->opening == SET_UP_CLOSING
				      ? "closing of the connection"
				      : "opening of the connection");
	} else if (x->name) {
		char *clean = text_clean(x->name, strlen(x->name));

		text_add(&t, "%s %s",
			 x->proto ? message_proto_name(x->proto - 1u) : "",
			 clean);
		free(clean);
	} else if (x->proto) {
		text_puts(&t, message_proto_name(x->proto - 1u));
	} else {
		text_add(&t, "request of %s bytes, answer of %s",
			 text_count(x->bytes[0], a),
			 text_count(x->bytes[1], b));
	}
	if (x->near[2] == EXCHANGE_NONE && x->opening != SET_UP_CLOSING)
		text_puts(&t, ", never answered");
	status_words(x, &t);
	snprintf(out, EXCHANGE_WORDS, "%s", t.at);
	text_release(&t);
	return out;
}

bool exchange_load(const struct model *m, int64_t session, uint32_t n,
		   struct exchange *out)
{
	struct exchange_cursor *c = store_exchanges(m->store, session);
	bool found = false;

	for (uint32_t i = 0; !found && exchange_cursor_next(c, out); i++)
		found = i == n;
	if (!found)
		*out = (struct exchange){ 0 };
	if (out->name)
		out->name = mem_strdup(out->name);
	exchange_cursor_free(c);
	return found;
}

bool session_far_only(const struct session_view *v)
{
	const struct budget *b = &v->budget;

	return b->known && b->near == b->far && b->near < v->row.n_flows &&
	       b->one_sided;
}

void exchange_views_open(struct exchange_views *w, const struct model *m,
			 const struct session_view *v)
{
	const struct budget *b = &v->budget;

	*w = (struct exchange_views){ .m = m, .v = v };
	if (b->near >= v->row.n_flows || b->far >= v->row.n_flows)
		return;
	for (int d = 0; d < 2; d++) {
		w->near[d] = recs_open(m->store, &v->flow[b->near].row, d);
		w->far[d] = b->far == b->near
				    ? NULL
				    : recs_open(m->store, &v->flow[b->far].row,
						d);
	}
}

struct exchange_frame exchange_frame(struct exchange_views *w,
				     const struct exchange *x, bool far, int i)
{
	struct exchange_frame f = { .known = false };
	uint64_t rec = far ? x->far[i] : x->near[i];
	int dir = far ? i : i / 2;
	struct recs *v = far ? w->far[dir] : w->near[dir];
	const struct budget *b = &w->v->budget;
	const struct record *r;
	int64_t file;

	if (!v || rec >= recs_count(v))
		return f;
	r = recs_get(v, rec);
	file = recs_file(v, rec);
	f = (struct exchange_frame){
		true, r->frame, r->time_ns,
		model_steady_ns(
			w->m, w->v->row.flows[far ? b->far : b->near].point_pos,
			file, r->frame, r->time_ns),
		file
	};
	return f;
}

int64_t exchange_server_ns(struct exchange_views *w, const struct exchange *x)
{
	struct exchange_frame a = exchange_frame(w, x, true, 0);
	struct exchange_frame b = exchange_frame(w, x, true, 1);

	if (!a.known || !b.known)
		return -1;
	return b.steady_ns > a.steady_ns ? b.steady_ns - a.steady_ns : 0;
}

void exchange_views_close(struct exchange_views *w)
{
	for (int d = 0; d < 2; d++) {
		recs_close(w->near[d]);
		recs_close(w->far[d]);
	}
}
