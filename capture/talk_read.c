/* From bytes in order to what the parser wants, and from its calls to messages.
 *
 * Reading (talk_feed()): pieces are skipped up to where they are wanted, then
 * collected until the wanted bytes are complete.  A step() that does not
 * advance by at least a byte counts as damage, so that no input makes it loop
 * forever.
 *
 * Trouble: bytes that contradict the protocol (broken), and wanted ones that
 * are missing (missed), are counted by protocol with the first frame; after
 * TROUBLES_MAX in a row without a message the part is given up.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "capture/talk_int.h"

#define TROUBLES_MAX 8

/* ---- messages ---- */

static void talk_drop(struct talk_draft *m)
{
	free(m->name);
	*m = (struct talk_draft){ 0 };
}

/* Where the previous message must end. */
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
	if (!(m->flags & MESSAGE_CUT))
		m->flags &= (uint8_t)~MESSAGE_BLIND;
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

/* ---- reading ---- */

static void go_lost(struct talk *t, unsigned dir, struct trouble *why,
		    uint64_t frame)
{
	struct talk_side *s = &t->side[dir];

	if (!why[t->proto->id].n++)
		why[t->proto->id].first_frame = frame;
	if (s->m.open)
		s->m.flags |= MESSAGE_BLIND;
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
			go_lost(t, dir, t->all->broken, s->last_frame);
			talk_cut(t, dir);
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
		go_lost(t, dir, t->all->broken, s->last_frame);
		talk_cut(t, dir);
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

/* What is missing in front of everything has no frame before it: the one behind
 * shows the hole. */
static void missing(struct talk *t, unsigned dir, const struct piece *x)
{
	struct talk_side *s = &t->side[dir];

	s->skip = s->want = 0;
	if (t->proto->lost(t, dir) && (s->skip || s->want) && !s->again)
		s->have = 0;
	else
		go_lost(t, dir, t->all->missed,
			x->hole ? x->frame : s->last_frame);
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
		missing(t, dir, x);
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
		missing(t, dir, x);
}

/* Whether the piece, which starts a segment, starts a message. */
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

/* Frees the buffer: most talks hold nothing most of the time. */
static void let_go(struct talk_side *s)
{
	if (s->have || !s->held)
		return;
	free(s->held);
	s->held = NULL;
}

void talk_feed(struct talk *t, unsigned dir, struct piece x)
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
				t->proto->blind(t, dir, x.p, x.cap);
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
	let_go(s);
}
