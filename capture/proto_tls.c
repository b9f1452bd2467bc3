/* TLS 1.0 to 1.3 (and SSL 3.0): flights of the handshake, then turns.
 *
 * Records have a type and a length in the clear (RFC 8446 5.1); all records of
 * one direction until the other side's next are one message: a flight while the
 * handshake goes on, MESSAGE_DATA after that.  Alerts are messages of their
 * own.  After TURNS of data the talk is over: only turns would follow, which
 * the direction of data tells just as well, at no cost.
 *
 * Where the handshake ends:
 *   to 1.2  each side's ChangeCipherSpec is followed by an encrypted handshake
 *           record, its Finished; application data come after that.
 *   1.3     after ServerHello all records claim to be application data (RFC
 *           8446 5.2).  The server's belong to its flight until the client has
 *           sent its first one, which has its Finished.  With early data that
 *           first one is data instead (said in the header of message.h as: a
 *           flight of the handshake).
 *   1.3 is told by ServerHello's supported_versions, or, where that was not
 *   captured, by a ChangeCipherSpec that application data follow at once.
 *
 * A talk not seen from its beginning has no handshake, only data.
 *
 * Lost (snapped packets, holes): messages of the handshake end as far as they
 * are known; data continue as turns by direction alone, which is all that is
 * recorded of them anyway.
 *
 * What the messages of the handshake say is read in tls_hello.c.
 *
 * References: RFC 8446 (1.3), 5246 (1.2).
 */
#include <string.h>

#include "capture/tls_int.h"

#define RECORD_MAX (16384 + 2048) /* RFC 5246 6.2.3 */
#define SEALED_ALERT 19           /* bytes after its header */
#define TURNS 2                   /* turns of data that are passed on */

enum record_type {
	RECORD_CHANGE = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_DATA = 23,
	RECORD_HEARTBEAT = 24,
};

static bool is_record(const uint8_t *p)
{
	unsigned len = (unsigned)p[3] << 8 | p[4];

	return p[0] >= RECORD_CHANGE && p[0] <= RECORD_HEARTBEAT && p[1] == 3 &&
	       p[2] <= 4 && (len || p[0] == RECORD_DATA) && len <= RECORD_MAX;
}

static bool tls_probe(const struct probe *p)
{
	if (!p->stream || p->n < 5 || !is_record(p->p))
		return false;
	switch (p->p[0]) {
	case RECORD_HANDSHAKE: /* in the clear, or encrypted if seen from
			        * mid-stream */
		return p->n < 6 || tls_message_name(p->p[5]);
	case RECORD_CHANGE:
		return p->p[4] == 1 && !p->p[3];
	case RECORD_DATA: /* every cipher adds at least 16 bytes of tag */
		return p->p[3] || p->p[4] >= 16;
	case RECORD_ALERT:
		return !p->p[3] && (p->p[4] == 2 || p->p[4] >= 16);
	default:
		return false;
	}
}

static void next_record(struct talk *t, unsigned dir)
{
	t->side[dir].state = TLS_RECORD;
	talk_want(t, dir, 0, 5);
}

static void tls_resume(struct talk *t, unsigned dir)
{
	t->tls.left[dir] = 0;
	next_record(t, dir);
}

/* ---- turns ---- */

static bool between_records(const struct talk *t, unsigned dir)
{
	const struct talk_side *s = &t->side[dir];

	return s->lost || (s->state == TLS_RECORD && !s->have);
}

/* A record (or unreadable bytes) in @dir ends the other side's message.  Its
 * own message continues if it is of the same kind. */
static void speak(struct talk *t, unsigned dir, enum message_kind kind)
{
	struct talk_draft *m = &t->side[dir].m;

	t->tls.turn = (uint8_t)dir;
	if (between_records(t, !dir)) {
		if (t->side[!dir].m.open &&
		    t->side[!dir].m.kind == MESSAGE_DATA)
			t->tls.turns++;
		talk_tell(t, !dir);
		if (t->tls.turns == TURNS) {
			t->leave = true;
			return;
		}
	}
	if (m->open && m->kind == kind)
		return;
	m = talk_open(t, dir, kind);
	if (t->tls.as)
		m->proto = t->tls.as;
}

void tls_rest(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	s->state = TLS_REST;
	talk_want(t, dir, s->end - s->next, 0);
}

void tls_take_over(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	struct talk_side *s = &t->side[dir];
	uint8_t id = t->proto->id;

	t->proto = &proto_tls;
	memset(&t->tls, 0, sizeof t->tls);
	t->tls.as = id;
	t->tls.done[0] = t->tls.done[1] = true;
	talk_tell(t, !dir);
	if (!t->side[!dir].lost)
		tls_resume(t, !dir);
	s->end = s->next - n + 5 + ((uint64_t)p[3] << 8 | p[4]);
	if (s->end < s->next)
		s->end = s->next;
	speak(t, dir, MESSAGE_DATA);
	tls_rest(t, dir);
}

/* ---- records ---- */

static void change_cipher(struct talk *t, unsigned dir)
{
	speak(t, dir, MESSAGE_HANDSHAKE);
	if (!t->side[dir].m.name)
		talk_name(t, dir, "ChangeCipherSpec", NULL, 0);
	t->tls.changed[dir] = true;
	tls_rest(t, dir);
}

static void handshake(struct talk *t, unsigned dir)
{
	struct tls_state *h = &t->tls;
	struct talk_side *s = &t->side[dir];
	uint64_t len = s->end - s->next;

	speak(t, dir, MESSAGE_HANDSHAKE);
	if (h->changed[dir] && !h->v13) {
		h->sealed[dir] = h->done[dir] = true;
		if (!s->m.name)
			talk_name(t, dir, "Finished", NULL, 0);
		tls_rest(t, dir);
	} else if (h->left[dir]) { /* it began in an earlier record */
		h->left[dir] -= len < h->left[dir] ? (uint32_t)len
						   : h->left[dir];
		tls_rest(t, dir);
	} else {
		tls_inside(t, dir, TLS_MESSAGE, 0, 4);
	}
}

static void alert(struct talk *t, unsigned dir, const char *name)
{
	struct talk_side *s = &t->side[dir];
	bool sealed = s->end - s->next != 2 || t->tls.changed[dir] ||
		      t->tls.done[dir];

	talk_tell(t, dir);
	speak(t, dir, MESSAGE_NOTICE);
	talk_name(t, dir, name, NULL, 0);
	if (sealed) {
		s->m.status = -1;
		tls_rest(t, dir);
	} else {
		tls_inside(t, dir, TLS_ALERT, 0, 2);
	}
}

/* Application data that follow ChangeCipherSpec are of 1.3. */
static void settle_version(struct tls_state *h, unsigned dir)
{
	if (h->changed[dir] && !h->sealed[dir] && !h->done[dir])
		h->v13 = true;
}

/* Whether a record of application data belongs to the handshake of 1.3. */
static bool still_shaking(struct talk *t, unsigned dir)
{
	struct tls_state *h = &t->tls;

	if (!h->v13 || h->done[dir])
		return false;
	if (dir == h->client)
		h->done[0] = h->done[1] = true;
	return true;
}

/* Is it the client's alert in the place of its Finished?  Two bytes, their type and a
 * tag (RFC 8446 5.2); a Finished has 32 more. */
static bool no_finished(const struct talk *t, unsigned dir)
{
	const struct tls_state *h = &t->tls;

	return h->v13 && dir == h->client && !h->done[dir] &&
	       t->side[dir].end - t->side[dir].next == SEALED_ALERT;
}

static void data(struct talk *t, unsigned dir)
{
	settle_version(&t->tls, dir);
	if (no_finished(t, dir)) {
		alert(t, dir, MESSAGE_NO_FINISHED);
		return;
	}
	if (still_shaking(t, dir)) {
		speak(t, dir, MESSAGE_HANDSHAKE);
		if (!t->side[dir].m.name)
			talk_name(t, dir, "Finished", NULL, 0);
	} else {
		t->tls.done[dir] = true;
		speak(t, dir, MESSAGE_DATA);
	}
	tls_rest(t, dir);
}

static bool record(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct talk_side *s = &t->side[dir];

	if (!is_record(p))
		return false;
	s->end = s->next + ((uint64_t)p[3] << 8 | p[4]);
	switch (p[0]) {
	case RECORD_CHANGE:
		change_cipher(t, dir);
		break;
	case RECORD_ALERT:
		alert(t, dir, "Alert");
		break;
	case RECORD_HANDSHAKE:
		handshake(t, dir);
		break;
	default:
		data(t, dir);
	}
	return true;
}

static void record_over(struct talk *t, unsigned dir)
{
	talk_mark(t, dir);
	if (t->side[dir].m.kind == MESSAGE_NOTICE || t->tls.turn != dir)
		talk_tell(t, dir);
	next_record(t, dir);
}

static bool tls_step(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	switch (t->side[dir].state) {
	case TLS_RECORD:
		return record(t, dir, p);
	case TLS_ALERT:
		t->side[dir].m.status = (int64_t)p[0] << 8 | p[1];
		tls_rest(t, dir);
		return true;
	case TLS_REST:
		record_over(t, dir);
		return true;
	default:
		return tls_handshake_step(t, dir, p, n);
	}
}

/* Inside a record only its own contents are missing. */
static bool tls_lost(struct talk *t, unsigned dir)
{
	if (t->side[dir].state == TLS_RECORD)
		return false;
	tls_rest(t, dir);
	return true;
}

static void tls_blind(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	(void)p;
	(void)n;
	if (!t->tls.done[dir])
		return;
	speak(t, dir, MESSAGE_DATA);
}

static void tls_close(struct talk *t, unsigned dir)
{
	if (between_records(t, dir))
		talk_tell(t, dir);
}

const struct proto proto_tls = {
	.id = MESSAGE_TLS,
	.probe = tls_probe,
	.resume = tls_resume,
	.step = tls_step,
	.lost = tls_lost,
	.blind = tls_blind,
	.close = tls_close,
};
