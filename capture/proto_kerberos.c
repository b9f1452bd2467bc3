/* Kerberos 5, over UDP and TCP (a length of four bytes before each message).
 *
 * A message is one ASN.1 value in DER whose tag says what it is.  From a
 * request the service's name is read (sname in the body, which may follow many
 * kilobytes of padata: these are skipped by length), from a KRB-ERROR the code
 * and the name.  Replies have nothing else in the clear that is of use.
 *
 * Requests of one connection or socket are answered one after another; they
 * share no id in the clear.
 *
 * A datagram is read at once; over TCP as much as is needed is asked for, in steps
 * (STATE_*).  How the bytes of a message are read is kerberos_message.c.
 *
 * References: RFC 4120 7.2.2 (TCP).
 */
#include "capture/der.h"
#include "capture/kerberos_int.h"
#include "capture/talk_int.h"

#define FIRST 28 /* enough to reach padata or the body */
#define BODY 512 /* bytes of the body, enough to reach sname */
#define LENGTH_MAX (1u << 24)

enum { STATE_LENGTH, STATE_FIRST, STATE_BODY, STATE_REST };

/* Whether the outer length fits the @len bytes around it. */
static bool plausible(const uint8_t *p, size_t n, uint64_t len)
{
	struct cursor in = cursor_of(p, n);
	uint8_t tag = n ? p[0] : 0;
	uint64_t size;

	if (!kerberos_command(tag))
		return false;
	size = der_enter(&in, tag);
	if (in.bad || size + (n - cursor_left(&in)) != len)
		return false;
	return cursor_u8(&in) == DER_SEQUENCE && !in.bad;
}

static bool krb_probe(const struct probe *p)
{
	struct cursor in = cursor_of(p->p, p->n);
	uint32_t len;

	if (!p->stream)
		return plausible(p->p, p->n, p->len);
	len = cursor_be32(&in);
	return !in.bad && len < LENGTH_MAX &&
	       plausible(in.at, cursor_left(&in), len);
}

static bool krb_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			 struct message *m, char name[static MESSAGE_NAME + 1])
{
	struct krb k = { 0 };
	const char *command = n ? kerberos_command(p[0]) : NULL;

	(void)len;
	if (!command)
		return false;
	kerberos_read(p, n, &k);
	m->kind = (uint8_t)kerberos_kind(p[0]);
	m->status = k.code;
	talk_name_write(name, command, k.name, names ? k.n : 0);
	return true;
}

/* ---- TCP ---- */

static void krb_resume(struct talk *t, unsigned dir)
{
	talk_cut(t, dir);
	t->side[dir].state = STATE_LENGTH;
	talk_want(t, dir, 0, 4);
}

static void rest(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	s->state = STATE_REST;
	talk_want(t, dir, s->end - s->next, 0);
}

static bool length(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct talk_side *s = &t->side[dir];
	struct cursor in = cursor_of(p, 4);
	uint32_t len = cursor_be32(&in);

	if (len < 8 || len >= LENGTH_MAX)
		return false;
	s->end = s->next + len;
	talk_open(t, dir, MESSAGE_REQUEST)->unsure = true;
	s->state = STATE_FIRST;
	talk_want(t, dir, 0, len < FIRST ? len : FIRST);
	return true;
}

static void fill(struct talk *t, unsigned dir, const char *command,
		 const struct krb *k)
{
	t->side[dir].m.status = k->code;
	talk_name(t, dir, command, k->name, k->n);
}

/* Wants the message's beginning once more, and more of it. */
static void more(struct talk *t, unsigned dir, size_t n)
{
	struct talk_side *s = &t->side[dir];
	uint64_t left = s->end - s->next;

	s->state = STATE_BODY;
	if (!left)
		rest(t, dir);
	else
		talk_again(t, dir, (uint32_t)(n + (left < BODY ? left : BODY)));
}

static bool first(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	struct talk_side *s = &t->side[dir];
	struct cursor in = cursor_of(p, n), at;
	const char *command = kerberos_command(p[0]);
	struct krb none = { 0 };
	uint64_t skip;

	if (!command)
		return false;
	s->m.unsure = false;
	s->m.kind = (uint8_t)kerberos_kind(p[0]);
	fill(t, dir, command, &none);
	if (p[0] == KRB_ERROR) {
		more(t, dir, n);
		return true;
	}
	if ((p[0] != KRB_AS_REQ && p[0] != KRB_TGS_REQ) || !talk_names(t) ||
	    !kerberos_enter_request(&in, p[0])) {
		rest(t, dir);
		return true;
	}
	at = in;
	if (cursor_u8(&at) != KERBEROS_FIELD(3)) {
		more(t, dir, n);
		return true;
	}
	skip = der_length(&at);
	if (at.bad || (skip > cursor_left(&at) &&
		       skip - cursor_left(&at) >= s->end - s->next)) {
		rest(t, dir);
		return true;
	}
	if (skip <= cursor_left(&at)) { /* there already */
		more(t, dir, n);
		return true;
	}
	skip -= cursor_left(&at);
	s->state = STATE_BODY;
	talk_want(t, dir, skip,
		  s->end - s->next - skip < BODY
			  ? (uint32_t)(s->end - s->next - skip)
			  : BODY);
	return true;
}

/* The message from its beginning, or the body alone. */
static void body(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	uint8_t tag = n ? p[0] : 0;
	struct cursor in = cursor_of(p, n);
	const char *command = kerberos_command(tag);
	struct krb k = { 0 };

	if (command) {
		kerberos_read(p, n, &k);
	} else if (tag == KERBEROS_FIELD(4)) {
		der_enter(&in, tag);
		kerberos_read_fields(in, 3, false, &k);
		/* the name holds only the command so far */
		command = t->side[dir].m.name[0] == 'A' ? "AS-REQ" : "TGS-REQ";
	}
	if (command)
		fill(t, dir, command, &k);
	rest(t, dir);
}

static bool krb_step(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	switch (t->side[dir].state) {
	case STATE_LENGTH:
		return length(t, dir, p);
	case STATE_FIRST:
		return first(t, dir, p, n);
	case STATE_BODY:
		body(t, dir, p, n);
		return true;
	default:
		talk_done(t, dir);
		krb_resume(t, dir);
		return true;
	}
}

static bool krb_lost(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	if (s->state == STATE_LENGTH)
		return false;
	if (s->state == STATE_FIRST && s->have &&
	    kerberos_command(s->held[0])) {
		s->m.unsure = false;
		s->m.kind = (uint8_t)kerberos_kind(s->held[0]);
		talk_name(t, dir, kerberos_command(s->held[0]), NULL, 0);
	} else if (s->state == STATE_BODY && s->have) {
		body(t, dir, s->held, s->have);
	} else if (s->state == STATE_FIRST) {
		talk_cut(t, dir);
	}
	rest(t, dir);
	return true;
}

const struct proto proto_kerberos = {
	.id = MESSAGE_KERBEROS,
	.probe = krb_probe,
	.resume = krb_resume,
	.step = krb_step,
	.lost = krb_lost,
	.datagram = krb_datagram,
};
