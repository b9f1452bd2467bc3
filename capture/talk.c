/* The talk: segments to bytes in order, bytes to what the parser wants.
 *
 * Order (segment()): what is behind the next byte was there before; what is
 * ahead waits (talk_hold.c) until the hole is filled by a copy, or the other
 * side has acknowledged it (then the capture missed it), or there is no more
 * room.  A hole that is given up goes by like bytes that were cut off by the
 * snap length: as a length without bytes.
 *
 * Reading (feed()): pieces go by until one byte beyond what is skipped, then
 * are collected until what is wanted is whole.  Each step() moves on by at
 * least a byte, or is taken for damage, so that no bytes make it turn forever.
 *
 * Trouble: bytes that contradict the protocol (broken), and wanted ones that
 * are missing (missed), are counted by protocol with the first frame; after
 * TROUBLES_MAX in a row without a message the part is given up.
 */
#include "capture/talk.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "capture/talk_int.h"

#define LOOK_STARTED 6 /* segments looked at where the beginning was seen */
#define LOOK_MIDDLE 24 /* and where it was not */
#define TROUBLES_MAX 8
#define REORDER 65536 /* bytes that may come before the first ones */

static const struct proto *const protos[] = {
	&proto_smb, &proto_tls, &proto_http, &proto_kerberos,
	&proto_tds, &proto_dns, /* last: its beginning says least */
};
#define PROTOS (sizeof protos / sizeof *protos)

struct trouble {
	uint64_t n, first_frame;
};

struct talks {
	bool names;
	talk_sink *sink;
	void *ctx;
	size_t held; /* bytes, of all talks */
	struct trouble broken[MESSAGE_PROTOS], missed[MESSAGE_PROTOS];
};

/* Bytes of one direction in order; where p is NULL or cap < len the rest was
 * not captured. */
struct piece {
	const uint8_t *p;
	uint64_t cap, len, frame;
	int64_t ns;
	bool hole;
};

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
	free(a);
}

bool talk_names(const struct talk *t)
{
	return t->all->names;
}

/* ---- messages ---- */

static void talk_drop(struct talk_draft *m)
{
	free(m->name);
	*m = (struct talk_draft){ 0 };
}

/* What another one begins behind. */
static void end_before(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];
	struct talk_draft *m = &s->m;

	if (!m->open)
		return;
	if (m->unsure || s->wanted.off <= m->first.off) {
		talk_drop(m);
		return;
	}
	if (!m->end.off || m->end.off > s->wanted.off) {
		m->flags |= MESSAGE_CUT;
		m->end = (struct talk_place){ s->wanted.off, s->last_frame,
					      s->last_ns };
	}
	talk_tell(t, dir);
}

struct talk_draft *talk_open(struct talk *t, unsigned dir,
			     enum message_kind kind)
{
	struct talk_draft *m = &t->side[dir].m;

	end_before(t, dir);
	*m = (struct talk_draft){
		.first = t->side[dir].wanted,
		.msg_id = -1,
		.open = true,
		.kind = (uint8_t)kind,
		.proto = t->proto->id,
	};
	return m;
}

void talk_mark(struct talk *t, unsigned dir)
{
	const struct talk_side *s = &t->side[dir];

	t->side[dir].m.end = (struct talk_place){ s->next, s->last_frame,
						  s->last_ns };
}

void talk_tell(struct talk *t, unsigned dir)
{
	struct talk_draft *m = &t->side[dir].m;

	if (!m->open)
		return;
	if (!m->end.off) {
		talk_cut(t, dir);
		return;
	}
	if (m->end.frame < m->first.frame) { /* filled from what waited */
		m->end.frame = m->first.frame;
		m->end.ns = m->first.ns;
	}
	t->all->sink(t->all->ctx,
		     &(struct message){
			     .part = t->part,
			     .dir = (uint8_t)dir,
			     .proto = m->proto,
			     .kind = m->kind,
			     .flags = m->flags,
			     .off = m->first.off,
			     .len = m->end.off - m->first.off,
			     .first_frame = m->first.frame,
			     .first_ns = m->first.ns,
			     .last_frame = m->end.frame,
			     .last_ns = m->end.ns,
			     .msg_id = m->msg_id,
			     .status = m->status,
			     .name = m->name,
		     },
		     t->lane);
	free(m->name);
	*m = (struct talk_draft){ 0 };
	t->troubles = 0;
}

void talk_done(struct talk *t, unsigned dir)
{
	talk_mark(t, dir);
	talk_tell(t, dir);
}

void talk_cut(struct talk *t, unsigned dir)
{
	uint8_t troubles = t->troubles;

	if (!t->side[dir].m.open)
		return;
	if (t->side[dir].m.unsure) {
		talk_drop(&t->side[dir].m);
		return;
	}
	t->side[dir].m.flags |= MESSAGE_CUT;
	talk_done(t, dir);
	t->troubles = troubles;
}

/* ---- names ---- */

void talk_name_write(char out[static MESSAGE_NAME + 1], const char *command,
		     const char *about, size_t n)
{
	size_t at = strlen(command);

	memcpy(out, command, at);
	if (n) {
		out[at++] = ' ';
		if (n > MESSAGE_NAME - at)
			n = MESSAGE_NAME - at;
		for (size_t i = 0; i < n; i++) /* NUL would end it */
			out[at++] = about[i] ? about[i] : '?';
	}
	out[at] = '\0';
}

static char *name_room(struct talk *t, unsigned dir)
{
	struct talk_draft *m = &t->side[dir].m;

	if (!m->name)
		m->name = mem_alloc(MESSAGE_NAME + 1);
	return m->name;
}

void talk_name(struct talk *t, unsigned dir, const char *command,
	       const char *about, size_t n)
{
	talk_name_write(name_room(t, dir), command, about,
			t->all->names ? n : 0);
}

void talk_name_utf16(struct talk *t, unsigned dir, const char *command,
		     const uint8_t *about, size_t n)
{
	char text[MESSAGE_NAME];

	talk_name(t, dir, command, text,
		  talk_utf8(about, n, text, sizeof text));
}

static size_t put_utf8(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Half of a pair alone stays as it came and is not valid UTF-8: text_clean()
 * shows it. */
size_t talk_utf8(const uint8_t *p, size_t n, char *out, size_t room)
{
	size_t at = 0;

	for (size_t i = 0; i + 1 < n && at + 4 <= room; i += 2) {
		uint32_t c = (uint32_t)(p[i] | p[i + 1] << 8);

		if (c >> 10 == 0x36 && i + 3 < n && p[i + 3] >> 2 == 0x37) {
			i += 2;
			c = 0x10000 + ((c & 0x3ff) << 10) +
			    (uint32_t)(p[i] | (p[i + 1] & 3) << 8);
		}
		at += put_utf8(c, out + at);
	}
	return at;
}

/* ---- reading ---- */

static void go_lost(struct talk *t, unsigned dir, struct trouble *why)
{
	struct talk_side *s = &t->side[dir];

	if (!why[t->proto->id].n++)
		why[t->proto->id].first_frame = s->last_frame;
	s->lost = true;
	s->have = 0;
	s->skip = s->want = 0;
	s->again = false;
	if (++t->troubles > TROUBLES_MAX)
		t->leave = true;
}

/* Gives the parser what it wanted. */
static void step(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	struct talk_side *s = &t->side[dir];

	s->have = 0;
	s->skip = s->want = 0;
	for (int idle = 0; !s->skip && !s->want && !t->leave; idle++) {
		if (idle == 4 || !t->proto->step(t, dir, p, n)) {
			talk_cut(t, dir);
			go_lost(t, dir, t->all->broken);
			return;
		}
		if (s->again)
			break;
		p = NULL;
		n = 0;
	}
	if (!s->again)
		return;
	s->again = false;
	if (!p || s->want <= n ||
	    (s->want > TALK_WANT && s->want != TALK_LINE)) {
		talk_cut(t, dir);
		go_lost(t, dir, t->all->broken);
		return;
	}
	if (!s->held)
		s->held = mem_alloc(TALK_WANT);
	memmove(s->held, p, n);
	s->have = (uint32_t)n;
}

/* Moves past @n bytes of the piece. */
static void pass(struct talk_side *s, struct piece *x, uint64_t n)
{
	uint64_t cap = n < x->cap ? n : x->cap;

	s->next += n;
	x->len -= n;
	x->cap -= cap;
	if (x->p)
		x->p += cap;
	if (x->hole) {
		if (s->m.open)
			s->m.flags |= MESSAGE_HOLE;
	} else if (x->frame >= s->last_frame) {
		s->last_frame = x->frame;
		s->last_ns = x->ns;
	}
}

/* Keeps @n bytes of the piece, or those that fit, behind what it has. */
static void keep(struct talk_side *s, struct piece *x, uint64_t n)
{
	uint64_t fits = TALK_WANT - s->have;

	if (!s->held)
		s->held = mem_alloc(TALK_WANT);
	if (fits > n)
		fits = n;
	if (fits)
		memcpy(s->held + s->have, x->p, fits);
	s->have += (uint32_t)fits;
	pass(s, x, n);
}

static void missing(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	s->skip = s->want = 0;
	if (t->proto->lost(t, dir) && (s->skip || s->want) && !s->again)
		s->have = 0;
	else
		go_lost(t, dir, t->all->missed);
}

static void collect_line(struct talk *t, unsigned dir, struct piece *x)
{
	struct talk_side *s = &t->side[dir];
	const uint8_t *end = x->cap ? memchr(x->p, '\n', x->cap) : NULL;
	const uint8_t *p = x->p;
	uint64_t n = end ? (uint64_t)(end - x->p) + 1 : x->cap;

	if (end && !s->have) {
		pass(s, x, n);
		step(t, dir, p, n < TALK_WANT ? n : TALK_WANT);
		return;
	}
	keep(s, x, n);
	if (end)
		step(t, dir, s->held, s->have);
	else if (x->len)
		missing(t, dir);
}

static void collect(struct talk *t, unsigned dir, struct piece *x)
{
	struct talk_side *s = &t->side[dir];
	uint64_t n = s->want - s->have;
	const uint8_t *p = x->p;

	if (!s->have)
		s->wanted = (struct talk_place){ s->next, x->frame, x->ns };
	if (s->want == TALK_LINE) {
		collect_line(t, dir, x);
		return;
	}
	if (!s->have && x->cap >= n) {
		pass(s, x, n);
		step(t, dir, p, n);
		return;
	}
	keep(s, x, n < x->cap ? n : x->cap);
	if (s->have == s->want)
		step(t, dir, s->held, s->have);
	else if (x->len)
		missing(t, dir);
}

/* Whether the piece, where a segment begins, begins a message. */
static void look_again(struct talk *t, unsigned dir, const struct piece *x)
{
	struct talk_side *s = &t->side[dir];
	struct probe probe = { .p = x->p,
			       .n = x->cap,
			       .len = x->len,
			       .sport = t->ports[dir],
			       .dport = t->ports[!dir],
			       .stream = true };

	if (!x->cap || !t->proto->probe(&probe))
		return;
	s->lost = false;
	s->have = 0;
	s->skip = s->want = 0;
	t->proto->resume(t, dir);
}

static void feed(struct talk *t, unsigned dir, struct piece x)
{
	struct talk_side *s = &t->side[dir];

	s->hole = x.hole;
	if (s->lost && !x.hole)
		look_again(t, dir, &x);
	while (x.len && !t->leave) {
		if (s->lost) {
			s->wanted = (struct talk_place){ s->next, x.frame,
							 x.ns };
			if (t->proto->blind && !x.hole)
				t->proto->blind(t, dir);
			pass(s, &x, x.len);
			if (s->m.open)
				talk_mark(t, dir);
		} else if (s->skip) {
			uint64_t n = s->skip < x.len ? s->skip : x.len;

			pass(s, &x, n);
			s->skip -= n;
			if (!s->skip && !s->want)
				step(t, dir, NULL, 0);
		} else {
			collect(t, dir, &x);
		}
	}
}

/* ---- order ---- */

/* Signed distance in sequence space. */
static int64_t ahead(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b);
}

static void feed_segment(struct talk *t, unsigned dir,
			 const struct hold_segment *g)
{
	struct talk_side *s = &t->side[dir];
	struct piece x = { .p = g->bytes,
			   .cap = g->bytes ? g->cap : 0,
			   .len = g->len,
			   .frame = g->frame,
			   .ns = g->ns };
	int64_t known = ahead(s->next, g->off);

	if (known > 0) {
		uint64_t cap = (uint64_t)known < x.cap ? (uint64_t)known
						       : x.cap;

		if ((uint64_t)known >= x.len)
			return;
		x.len -= (uint64_t)known;
		x.cap -= cap;
		if (x.p)
			x.p += cap;
	}
	feed(t, dir, x);
}

/* Gives up what is missing before @off. */
static void feed_hole(struct talk *t, unsigned dir, uint64_t off)
{
	struct talk_side *s = &t->side[dir];
	int64_t n = ahead(off, s->next);

	if (n > 0)
		feed(t, dir,
		     (struct piece){ .len = (uint64_t)n,
				     .frame = s->last_frame,
				     .ns = s->last_ns,
				     .hole = true });
}

/* Feeds what waited, up to the first hole. */
static void drain(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	while (s->hold && s->hold->n && !t->leave &&
	       ahead(s->hold->at[0].off, s->next) <= 0) {
		struct hold_segment g = hold_take(s->hold, &t->all->held);
		uint8_t *bytes = g.bytes;

		feed_segment(t, dir, &g);
		free(bytes);
	}
}

static void drain_all(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	while (s->hold && s->hold->n && !t->leave) {
		feed_hole(t, dir, s->hold->at[0].off);
		drain(t, dir);
	}
}

static bool wait_for(struct talk *t, unsigned dir, const struct hold_segment *g)
{
	struct talk_side *s = &t->side[dir];
	uint64_t wanted = s->lost ? s->next : s->next + s->skip;

	if (!s->hold)
		s->hold = mem_zalloc(1, sizeof *s->hold);
	return hold_add(s->hold, g, wanted, &t->all->held);
}

static void segment(struct talk *t, unsigned dir, const struct hold_segment *g,
		    uint64_t acked)
{
	struct talk_side *s = &t->side[dir];

	if (ahead(g->off + g->len, s->next) <= 0)
		return;
	/* what was acknowledged will not come again */
	if (s->hold && s->hold->n && ahead(acked, s->hold->at[0].off) >= 0 &&
	    ahead(s->hold->at[0].off, s->next) > 0 &&
	    ahead(g->off, s->hold->at[0].off) >= 0) {
		feed_hole(t, dir, s->hold->at[0].off);
		drain(t, dir);
	}
	if (ahead(g->off, s->next) > 0 && ahead(acked, g->off) < 0) {
		if (wait_for(t, dir, g))
			return;
		drain_all(t, dir); /* no room */
	}
	if (t->leave)
		return;
	feed_hole(t, dir, g->off);
	if (!t->leave)
		feed_segment(t, dir, g);
	drain(t, dir);
}

/* ---- beginning and ending ---- */

static const struct proto *look(const struct talk_in *in, bool stream)
{
	struct probe probe = { .p = in->p->payload,
			       .n = in->p->payload_cap,
			       .len = in->p->rec.pay_len,
			       .sport = in->p->key.sport,
			       .dport = in->p->key.dport,
			       .stream = stream };

	if (!probe.p || probe.n < 4)
		return NULL;
	for (size_t i = 0; i < PROTOS; i++)
		if (protos[i]->probe(&probe) &&
		    (stream ? protos[i]->step != NULL
			    : protos[i]->datagram != NULL))
			return protos[i];
	return NULL;
}

static struct talk *talk_begin(struct talks *a, const struct proto *proto,
			       const struct talk_in *in)
{
	struct talk *t = mem_zalloc(1, sizeof *t);

	t->all = a;
	t->proto = proto;
	t->part = in->part;
	t->lane = in->p->key.lane;
	t->ports[in->dir] = in->p->key.sport;
	t->ports[!in->dir] = in->p->key.dport;
	return t;
}

/* Where a direction's first segment stands. */
static void side_place(struct talk *t, const struct talk_in *in)
{
	struct talk_side *s = &t->side[in->dir];
	int64_t from_start = ahead(in->off, in->start);

	s->placed = true;
	s->next = in->off;
	if (in->started && from_start >= 0 && from_start < REORDER)
		s->next = in->start;
	if (s->next == in->start && in->started)
		t->proto->resume(t, in->dir);
	else
		s->lost = true;
}

void talk_fetch(const struct talk *t)
{
	const char *at = (const char *)t;

	for (size_t i = 0; i < sizeof *t; i += 64)
		__builtin_prefetch(at + i);
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
	free(t);
}

void talk_end(struct talks *a, struct talk_ref *r)
{
	struct talk *t = r->talk;

	(void)a;
	if (!t)
		return;
	for (unsigned d = 0; d < 2; d++)
		drain_all(t, d);
	for (unsigned d = 0; d < 2; d++) {
		if (t->proto->close && !t->side[d].lost)
			t->proto->close(t, d);
		talk_cut(t, d);
	}
	talk_free(t);
	r->talk = NULL;
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
		const struct proto *proto = look(in, true);

		if (!proto) {
			unsigned most = in->started ? LOOK_STARTED
						    : LOOK_MIDDLE;

			if (++r->looked >= most)
				r->looked = TALK_DEAF;
			return;
		}
		r->talk = talk_begin(a, proto, in);
	}
	if (!r->talk->side[in->dir].placed)
		side_place(r->talk, in);
	/* only read, through the piece */
	memcpy(&g.bytes, &in->p->payload, sizeof g.bytes);
	segment(r->talk, in->dir, &g, in->acked);
	if (r->talk->leave) {
		bool again = r->talk->relook;

		talk_end(a, r);
		r->looked = again ? 0 : TALK_DEAF;
	}
}

void talk_datagram(struct talks *a, struct talk_ref *r,
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

	if (r->datagrams) {
		proto = protos[r->datagrams - 1];
	} else {
		proto = look(in, false);
		if (!proto) {
			if (++r->looked >= LOOK_STARTED)
				r->looked = TALK_DEAF;
			return;
		}
		for (size_t i = 0; i < PROTOS; i++)
			if (protos[i] == proto)
				r->datagrams = (uint8_t)(i + 1);
	}
	m.proto = proto->id;
	if (!in->p->payload ||
	    !proto->datagram(in->p->payload, in->p->payload_cap, rec->pay_len,
			     a->names, &m, name)) {
		struct trouble *b = &a->broken[proto->id];

		if (!b->n++)
			b->first_frame = rec->frame;
		return;
	}
	m.name = name[0] ? name : NULL;
	a->sink(a->ctx, &m, in->p->key.lane);
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
		i % 2 ? "%s: places where a message's beginning was not "
			"captured; until the next beginning, exchanges are "
			"made of the direction of data alone (capture without "
			"drops and with a larger snap length)"
		      : "%s: places where bytes contradict the protocol; "
			"until the next message, exchanges are made of the "
			"direction of data alone (look at the frame: another "
			"protocol on the same port, or damage)",
		message_proto_name(proto));
	return true;
}
