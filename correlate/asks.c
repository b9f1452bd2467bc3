/* Exchanges of a point: see the header.
 *
 * A message becomes a piece, which names its part and number there; sorted by
 * these, a request precedes its response.  Requests that nobody answered, and
 * responses whose request was not captured, are left out: neither bounds the
 * time at which the other side of a relay had it.
 *
 * Of the name only method and path count: a relay may ask its server by another
 * host name.  With a long host name the path is cut, so only PATH_BYTES of it
 * are compared.
 *
 * Only HTTP: no other parsed protocol is known to be relayed message by
 * message, mixed with other messages.
 *
 * Cost: one pass over the messages of HTTP; 72 bytes for each.
 */
#include "correlate/asks.h"

#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 90 /* MESSAGE_NAME less a long host name */

struct piece {
	int64_t part, id;
	int64_t first_ns, last_ns;
	uint64_t frame, what;
	uint32_t len, flow;
	bool response;
};

struct owner { /* of a part */
	int64_t part;
	uint32_t flow;
};

struct reading {
	struct VEC(struct owner) owners; /* by part, once sorted */
	struct VEC(struct piece) pieces;
};

static int by_part(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return x->part < y->part ? -1 : x->part > y->part;
}

static void own(struct reading *r, int64_t part, size_t flow)
{
	*VEC_PUSH(&r->owners) = (struct owner){ part, (uint32_t)flow };
}

static void find_owners(struct reading *r, const struct point *p,
			const uint8_t *wants)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct flow *f = &p->flow[i];

		if (!wants[i] || !flow_is_tcp(f))
			continue;
		if (f->n_parts == 1)
			own(r, f->part, i);
		for (size_t k = 0; f->n_parts > 1 && k < f->n_parts; k++)
			own(r, p->parts.at[(size_t)f->part + k].part, i);
	}
	if (r->owners.n > 1)
		qsort(r->owners.at, r->owners.n, sizeof *r->owners.at, by_part);
}

static uint64_t digest(const char *p, size_t n)
{
	uint64_t h = n;

	for (size_t i = 0; i < n; i++)
		h = key_mix(h, (uint8_t)p[i]);
	return h;
}

/* Method and path. */
static uint64_t what_asked(const char *name)
{
	size_t method = strcspn(name, " ");
	const char *path = strchr(name + method, '/');

	return key_mix(digest(name, method),
		       path ? digest(path, strnlen(path, PATH_BYTES)) : 0);
}

static void take(struct reading *r, int64_t part, const struct message *m)
{
	struct owner key = { .part = part };
	const struct owner *o = r->owners.n
					? bsearch(&key, r->owners.at,
						  r->owners.n,
						  sizeof *r->owners.at, by_part)
					: NULL;
	bool whole = !(m->flags & (MESSAGE_CUT | MESSAGE_HOLE));

	if (!o || m->msg_id < 0)
		return;
	*VEC_PUSH(&r->pieces) = (struct piece){
		.part = part,
		.id = m->msg_id,
		.first_ns = m->first_ns,
		.last_ns = whole ? m->last_ns : m->first_ns,
		.frame = m->first_frame,
		.what = m->kind == MESSAGE_RESPONSE
				? (uint64_t)m->status
				: what_asked(m->name ? m->name : ""),
		.len = whole && m->len < UINT32_MAX ? (uint32_t)m->len : 0,
		.flow = o->flow,
		.response = m->kind == MESSAGE_RESPONSE,
	};
}

static void read_file(struct reading *r, struct messages *all, int64_t file)
{
	struct message m;

	messages_file(all, file, 1u << MESSAGE_HTTP);
	while (r->pieces.n < 2 * (size_t)ASKS_MAX && messages_next(all, &m))
		if (m.proto == MESSAGE_HTTP &&
		    (m.kind == MESSAGE_REQUEST || m.kind == MESSAGE_RESPONSE))
			take(r, (int64_t)((uint64_t)file << 32 | m.part), &m);
}

static int by_number(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->response != y->response)
		return x->response ? 1 : -1;
	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

static int by_what(const void *a, const void *b)
{
	const struct ask *x = a, *y = b;

	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	if (x->asked != y->asked)
		return x->asked < y->asked ? -1 : 1;
	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	return x->frame[0] < y->frame[0] ? -1 : x->frame[0] > y->frame[0];
}

static void join(const struct reading *r, struct asks *out)
{
	for (size_t i = 0; i + 1 < r->pieces.n; i++) {
		const struct piece *q = &r->pieces.at[i], *t = q + 1;

		if (q->part != t->part || q->id != t->id || q->response ||
		    !t->response || t->first_ns < q->first_ns)
			continue;
		*VEC_PUSH(out) = (struct ask){
			.asked = q->first_ns,
			.asked_last = q->last_ns,
			.told = t->first_ns,
			.told_last = t->last_ns,
			.what = key_mix(q->what, t->what),
			.frame = { q->frame, t->frame },
			.len = { q->len, t->len },
			.part = q->part,
			.flow = q->flow,
			.mate = ASK_NONE,
		};
	}
	if (out->n > 1)
		qsort(out->at, out->n, sizeof *out->at, by_what);
}

void asks_read(struct pair_case *c, size_t point, const uint8_t *wants,
	       struct asks *out)
{
	const struct point *p = &c->point[point];
	struct messages *all = messages_open(c->store);
	struct reading r = { .owners = { 0 } };
	size_t n;
	struct file_row *files = store_files(c->store, &n);

	find_owners(&r, p, wants);
	for (size_t i = 0; i < n && r.owners.n; i++)
		if (files[i].point == p->id && files[i].complete)
			read_file(&r, all, files[i].id);
	if (r.pieces.n > 1)
		qsort(r.pieces.at, r.pieces.n, sizeof *r.pieces.at, by_number);
	join(&r, out);
	file_rows_free(files, n);
	messages_close(all);
	VEC_FREE(&r.owners);
	VEC_FREE(&r.pieces);
}
