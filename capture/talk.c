/* The talk: how it begins and ends.
 *
 * A part whose first segments look like a protocol gets one.  What leaves, as another
 * protocol follows on the same connection, makes way for a talk that waits for that.
 * talk_order.c puts the bytes in order; what they become is in talk_read.c.
 *
 * Cost: a probe by each protocol for each of the first LOOK_STARTED segments (LOOK_MIDDLE,
 * if the beginning was missed).
 */
#include "capture/talk.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/mem.h"
#include "capture/talk_int.h"

#define LOOK_LEAST 4   /* bytes that a protocol is known by */
#define OPENS_LEAST 3  /* where a stream begins */
#define LOOK_STARTED 6 /* segments looked at where the beginning was seen */
#define LOOK_MIDDLE 24 /* and where it was not */
#define REORDER 65536  /* reordering allowed before the first bytes, in bytes */

/* DNS comes behind the other streams: its beginning is the least distinctive.  Of what
 * goes over datagrams it comes first: it knows its port, and an ID that chance made may
 * look like the beginning of any other. */
static const struct proto *const protos[] = {
	&proto_smb,       &proto_tls,     &proto_http, &proto_kerberos,
	&proto_tds,       &proto_dns,     &proto_ntp,  &proto_dhcp,
	&proto_dhcpv6,    &proto_radius,  &proto_snmp, &proto_sip,
	&proto_coap,      &proto_quic,    &proto_dtls, &proto_stun,
	&proto_wireguard, &proto_openvpn, &proto_rtp,  &proto_socks,
};
#define PROTOS (sizeof protos / sizeof *protos)

struct talks *talks_new(bool names, talk_sink *sink, void *ctx)
{
	struct talks *a = mem_zalloc(1, sizeof *a);

	a->names = names;
	a->sink = sink;
	a->ctx = ctx;
	return a;
}

void talks_free(struct talks *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->pool.chunk.n; i++)
		free(a->pool.chunk.at[i]);
	VEC_FREE(&a->pool.chunk);
	free(a);
}

/* ---- room ---- */

#define CHUNK_TALKS 64

static void room_give(struct talk_pool *p, void *talk)
{
	struct talk_room *x = talk;

	x->next = p->free;
	p->free = x;
}

/* Talks begin at a line of cache. */
static void room_more(struct talk_pool *p)
{
	char *at = mem_alloc(CHUNK_TALKS * sizeof(struct talk) + FETCH_LINE);

	*VEC_PUSH(&p->chunk) = at;
	at += FETCH_LINE - (uintptr_t)at % FETCH_LINE;
	for (size_t i = CHUNK_TALKS; i-- > 0;)
		room_give(p, at + i * sizeof(struct talk));
}

/* Return: a talk, all zero. */
static struct talk *room_take(struct talk_pool *p)
{
	struct talk_room *x;

	if (!p->free)
		room_more(p);
	x = p->free;
	p->free = x->next;
	return memset(x, 0, sizeof(struct talk));
}

bool talk_names(const struct talk *t)
{
	return t->all->names;
}

/* ---- beginning and ending ---- */

static bool may_be(const struct proto *proto, const struct talk_in *in,
		   const struct probe *probe)
{
	if (!proto->opens)
		return probe->n >= LOOK_LEAST;
	return probe->n >= OPENS_LEAST && in->started && in->off == in->start;
}

static const struct proto *look(const struct talk_in *in, bool stream)
{
	struct probe probe = { .p = in->p->payload,
			       .n = in->p->payload_cap,
			       .len = in->p->rec.pay_len,
			       .sport = in->p->key.sport,
			       .dport = in->p->key.dport,
			       .stream = stream };

	if (!probe.p)
		return NULL;
	for (size_t i = 0; i < PROTOS; i++)
		if (may_be(protos[i], in, &probe) && protos[i]->probe(&probe) &&
		    (stream ? protos[i]->step != NULL
			    : protos[i]->datagram != NULL))
			return protos[i];
	return NULL;
}

static struct talk *talk_begin(struct talks *a, const struct proto *proto,
			       const struct talk_in *in)
{
	struct talk *t = room_take(&a->pool);

	t->all = a;
	t->proto = proto;
	t->part = in->part;
	t->lane = in->p->key.lane;
	t->ports[in->dir] = in->p->key.sport;
	t->ports[!in->dir] = in->p->key.dport;
	return t;
}

/* Looks for a protocol.  Return: NULL; then @r is deaf if it was looked for in
 * vain for long enough. */
static const struct proto *find(struct talk_ref *r, const struct talk_in *in)
{
	const struct proto *proto = look(in, true);
	unsigned most = in->started ? LOOK_STARTED : LOOK_MIDDLE;

	if (!proto && ++r->looked >= most)
		r->looked = TALK_DEAF;
	return proto;
}

/* Where a direction's first segment stands. */
static void side_place(struct talk *t, const struct talk_in *in)
{
	struct talk_side *s = &t->side[in->dir];
	int64_t from_start = talk_ahead(in->off, in->start);

	s->placed = true;
	s->next = in->off;
	if (in->started && from_start >= 0 && from_start < REORDER)
		s->next = in->start;
	if (s->next == in->start && in->started)
		t->proto->resume(t, in->dir);
	else
		s->lost = true;
}

void talk_fetch(const struct talk *t, unsigned dir)
{
	fetch_more(t, offsetof(struct talk, side));
	fetch_more(&t->side[dir], sizeof t->side[dir]);
}

void talk_fetch_end(const struct talk *t)
{
	fetch_more(t, sizeof *t);
}

static void talk_free(struct talk *t)
{
	for (unsigned d = 0; d < 2; d++) {
		struct talk_side *s = &t->side[d];

		free(s->held);
		free(s->m.name);
		if (s->hold)
			hold_release(s->hold, &t->all->held);
		free(s->hold);
	}
	if (t->proto->release)
		t->proto->release(t);
	room_give(&t->all->pool, t);
}

void talk_end(struct talks *a, struct talk_ref *r)
{
	struct talk *t = r->talk;

	(void)a;
	if (!t)
		return;
	for (unsigned d = 0; d < 2; d++)
		talk_drain(t, d);
	for (unsigned d = 0; d < 2; d++) {
		if (t->proto->close && !t->side[d].lost)
			t->proto->close(t, d);
		talk_cut(t, d);
	}
	talk_free(t);
	r->talk = NULL;
}

/* ---- another protocol on the same connection ---- */

/* A talk that waits for it. */
static const struct proto waiting = { .id = MESSAGE_PROTOS };

/* Passes over what @in brings, as nobody looks at it. */
static void pass_over(struct talk_side *s, const struct talk_in *in)
{
	uint64_t end = in->off + in->p->rec.pay_len;

	if (talk_ahead(end, s->next) > 0) {
		s->next = end;
		s->lost = true;
	}
}

/* The talk has left, as its protocol says what comes next: another one follows, in
 * each direction where this one ended.  What stands behind that in the last segment
 * is not looked at. */
static void wait_anew(struct talks *a, struct talk_ref *r,
		      const struct talk_in *in)
{
	struct talk *t = talk_begin(a, &waiting, in);

	for (unsigned d = 0; d < 2; d++) {
		t->side[d].placed = r->talk->side[d].placed;
		t->side[d].lost = r->talk->side[d].lost;
		t->side[d].next = r->talk->side[d].next;
	}
	pass_over(&t->side[in->dir], in);
	talk_end(a, r);
	r->talk = t;
	r->looked = 0;
}

/* Tells where the stream begins that a proxy passes on from now on. */
static void tell_grant(const struct talk *t, struct talk_ref *r)
{
	r->granted = t->grants;
	memcpy(r->stream, t->stream, sizeof r->stream);
}

/* Return: whether it listens now. */
static bool begin_anew(struct talks *a, struct talk_ref *r,
		       const struct talk_in *in)
{
	struct talk *t = r->talk;
	struct talk_side *s = &t->side[in->dir];
	const struct proto *proto;

	if (s->placed && talk_ahead(in->off, s->next) < 0)
		return false; /* what the protocol before has said already */
	proto = find(r, in);
	if (!proto) {
		if (s->placed)
			pass_over(s, in);
		if (talk_deaf(r))
			talk_end(a, r);
		return false;
	}
	t->proto = proto;
	for (unsigned d = 0; d < 2; d++)
		if (t->side[d].placed && !t->side[d].lost)
			proto->resume(t, d);
	return true;
}

void talk_stream(struct talks *a, struct talk_ref *r, const struct talk_in *in)
{
	const struct record *rec = &in->p->rec;
	struct hold_segment g = {
		.off = in->off,
		.len = rec->pay_len,
		.frame = rec->frame,
		.ns = rec->time_ns,
		.cap = in->p->payload ? in->p->payload_cap : 0,
	};

	if (!r->talk) {
		const struct proto *proto = find(r, in);

		if (!proto)
			return;
		r->talk = talk_begin(a, proto, in);
	} else if (r->talk->proto == &waiting && !begin_anew(a, r, in)) {
		return;
	}
	if (!r->talk->side[in->dir].placed)
		side_place(r->talk, in);
	/* the piece only reads it */
	memcpy(&g.bytes, &in->p->payload, sizeof g.bytes);
	talk_segment(r->talk, in->dir, &g, in->acked);
	if (!r->talk->leave)
		return;
	if (r->talk->relook) {
		tell_grant(r->talk, r);
		wait_anew(a, r, in);
		return;
	}
	talk_end(a, r);
	r->looked = TALK_DEAF;
}

bool talk_datagram(struct talks *a, struct talk_ref *r,
		   const struct talk_in *in)
{
	const struct record *rec = &in->p->rec;
	const struct proto *proto = NULL;
	char name[MESSAGE_NAME + 1] = "";
	struct message m = { .part = in->part,
			     .dir = in->dir,
			     .off = in->off,
			     .len = rec->pay_len,
			     .first_frame = rec->frame,
			     .last_frame = rec->frame,
			     .first_ns = rec->time_ns,
			     .last_ns = rec->time_ns,
			     .msg_id = -1 };
	bool known;

	if (r->datagrams) {
		proto = protos[r->datagrams - 1];
	} else {
		proto = look(in, false);
		if (!proto) {
			if (++r->looked >= LOOK_STARTED)
				r->looked = TALK_DEAF;
			return false;
		}
		for (size_t i = 0; i < PROTOS; i++)
			if (protos[i] == proto)
				r->datagrams = (uint8_t)(i + 1);
	}
	m.proto = proto->id;
	known = in->p->payload &&
		proto->datagram(in->p->payload, in->p->payload_cap,
				rec->pay_len, a->names, &m, name);
	/* as long as nothing else comes, what opens it is of interest */
	if (proto->looks && !(m.flags & MESSAGE_OPENS) &&
	    ++r->looked >= proto->looks)
		r->looked = TALK_DEAF;
	if (!known) {
		struct trouble *b = &a->broken[proto->id];

		if (!b->n++)
			b->first_frame = rec->frame;
		return false;
	}
	if (m.kind == MESSAGE_KINDS)
		return false;
	m.name = name[0] ? name : NULL;
	a->sink(a->ctx, &m, in->p->key.lane);
	return m.kind == MESSAGE_RESPONSE;
}

/* ---- quality ---- */

bool talks_trouble(const struct talks *a, unsigned i, struct talk_trouble *out)
{
	const struct trouble *x;
	unsigned proto = i / 2;

	*out = (struct talk_trouble){ 0 };
	if (proto >= MESSAGE_PROTOS)
		return false;
	x = i % 2 ? &a->missed[proto] : &a->broken[proto];
	if (!x->n)
		return true;
	out->count = x->n;
	out->first_frame = x->first_frame;
	out->text = mem_printf(
		i % 2 ? "%s: the beginning of a message was not captured; "
			"until the next one, exchanges follow from the "
			"direction of data alone; capture without drops and "
			"with a larger snap length"
		      : "%s: bytes contradict the protocol; until the next "
			"message, exchanges follow from the direction of data "
			"alone; look at the frame: another protocol on the "
			"same port, or damage",
		message_proto_name(proto));
	return true;
}
