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
 * References: RFC 4120 5.4 (KDC-REQ, KDC-REP), 5.9.1 (KRB-ERROR), 7.2.2 (TCP),
 * 5.2.2 (PrincipalName); X.690 8.1 (tags and lengths).
 */
#include <string.h>

#include "capture/talk_int.h"

#define FIRST 28 /* enough to reach padata or the body */
#define BODY 512 /* bytes of the body, enough to reach sname */
#define LENGTH_MAX (1u << 24)

enum { STATE_LENGTH, STATE_FIRST, STATE_BODY, STATE_REST };

enum tag { /* application class, constructed */
	   AS_REQ = 0x6a,
	   AS_REP = 0x6b,
	   TGS_REQ = 0x6c,
	   TGS_REP = 0x6d,
	   AP_REQ = 0x6e,
	   AP_REP = 0x6f,
	   KRB_ERROR = 0x7e,
};

#define SEQUENCE 0x30
#define FIELD(n) (0xa0 | (n)) /* context class, constructed */

static const char *command_of(uint8_t tag)
{
	switch (tag) {
	case AS_REQ:
		return "AS-REQ";
	case AS_REP:
		return "AS-REP";
	case TGS_REQ:
		return "TGS-REQ";
	case TGS_REP:
		return "TGS-REP";
	case AP_REQ:
		return "AP-REQ";
	case AP_REP:
		return "AP-REP";
	case KRB_ERROR:
		return "KRB-ERROR";
	default:
		return NULL;
	}
}

static enum message_kind kind_of(uint8_t tag)
{
	return tag == AS_REQ || tag == TGS_REQ || tag == AP_REQ
		       ? MESSAGE_REQUEST
		       : MESSAGE_RESPONSE;
}

/* ---- DER ---- */

/* A length; the long form of up to four bytes.  Others: bad. */
static uint64_t der_length(struct cursor *in)
{
	uint8_t n = cursor_u8(in);
	uint64_t v = 0;

	if (n < 0x80)
		return n;
	n &= 0x7f;
	if (!n || n > 4) {
		in->bad = true;
		return 0;
	}
	while (n--)
		v = v << 8 | cursor_u8(in);
	return v;
}

/* Enters a value of this tag.  Return: its length; else bad. */
static uint64_t der_enter(struct cursor *in, uint8_t tag)
{
	if (cursor_u8(in) != tag)
		in->bad = true;
	return der_length(in);
}

/* The next value: its tag, and a cursor over as much of it as was captured.
 * Return: false at the end. */
static bool der_next(struct cursor *in, uint8_t *tag, struct cursor *value)
{
	uint64_t n;

	if (!cursor_left(in))
		return false;
	*tag = cursor_u8(in);
	n = der_length(in);
	if (in->bad)
		return false;
	*value = cursor_sub(in, n < SIZE_MAX ? (size_t)n : SIZE_MAX);
	return true;
}

static int64_t der_integer(struct cursor in)
{
	uint64_t n = der_enter(&in, 0x02);
	int64_t v = 0;

	if (n > 4)
		return 0;
	while (n-- && !in.bad)
		v = v << 8 | cursor_u8(&in);
	return in.bad ? 0 : v;
}

/* PrincipalName as "service/host".  Return: bytes. */
static size_t principal(struct cursor in, char *out, size_t room)
{
	struct cursor field, names, part;
	size_t at = 0;
	uint8_t tag;

	der_enter(&in, SEQUENCE);
	while (der_next(&in, &tag, &field)) {
		if (tag != FIELD(1))
			continue;
		names = field;
		der_enter(&names, SEQUENCE);
		while (der_next(&names, &tag, &part)) {
			size_t n = cursor_left(&part);
			const uint8_t *p = cursor_take(&part, n);

			if (at + 1 >= room || !p)
				break;
			if (at)
				out[at++] = '/';
			if (n > room - at)
				n = room - at;
			memcpy(out + at, p, n);
			at += n;
		}
	}
	return at;
}

struct krb {
	int64_t code;
	char name[MESSAGE_NAME];
	size_t n;
};

/* Fields of a KDC-REQ-BODY or KRB-ERROR, as far as captured. */
static void read_fields(struct cursor in, uint8_t sname, bool error,
			struct krb *out)
{
	struct cursor field;
	uint8_t tag;

	der_enter(&in, SEQUENCE);
	while (der_next(&in, &tag, &field)) {
		if (error && tag == FIELD(6))
			out->code = der_integer(field);
		if (tag == FIELD(sname))
			out->n = principal(field, out->name, sizeof out->name);
	}
}

/* Moves the cursor to the tag where padata or the body of a KDC-REQ begin.
 * Return: whether it is a KDC-REQ. */
static bool enter_request(struct cursor *in, uint8_t tag)
{
	struct cursor field;
	uint8_t t;

	der_enter(in, tag);
	der_enter(in, SEQUENCE);
	return der_next(in, &t, &field) && t == FIELD(1) &&
	       der_next(in, &t, &field) && t == FIELD(2) && cursor_left(in);
}

/* A whole message, or its beginning. */
static void read_message(const uint8_t *p, size_t n, struct krb *out)
{
	struct cursor in = cursor_of(p, n), field;
	uint8_t tag = n ? p[0] : 0, t;

	if (tag == KRB_ERROR) {
		der_enter(&in, tag);
		read_fields(in, 10, true, out);
	} else if (tag == AS_REQ || tag == TGS_REQ) {
		if (!enter_request(&in, tag))
			return;
		while (der_next(&in, &t, &field))
			if (t == FIELD(4))
				read_fields(field, 3, false, out);
	}
}

/* ---- probe ---- */

/* Whether the outer length fits the @len bytes around it. */
static bool plausible(const uint8_t *p, size_t n, uint64_t len)
{
	struct cursor in = cursor_of(p, n);
	uint8_t tag = n ? p[0] : 0;
	uint64_t size;

	if (!command_of(tag))
		return false;
	size = der_enter(&in, tag);
	if (in.bad || size + (n - cursor_left(&in)) != len)
		return false;
	return cursor_u8(&in) == SEQUENCE && !in.bad;
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
	const char *command = n ? command_of(p[0]) : NULL;

	(void)len;
	if (!command)
		return false;
	read_message(p, n, &k);
	m->kind = (uint8_t)kind_of(p[0]);
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
	const char *command = command_of(p[0]);
	struct krb none = { 0 };
	uint64_t skip;

	if (!command)
		return false;
	s->m.unsure = false;
	s->m.kind = (uint8_t)kind_of(p[0]);
	fill(t, dir, command, &none);
	if (p[0] == KRB_ERROR) {
		more(t, dir, n);
		return true;
	}
	if ((p[0] != AS_REQ && p[0] != TGS_REQ) || !talk_names(t) ||
	    !enter_request(&in, p[0])) {
		rest(t, dir);
		return true;
	}
	at = in;
	if (cursor_u8(&at) != FIELD(3)) {
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
	const char *command = command_of(tag);
	struct krb k = { 0 };

	if (command) {
		read_message(p, n, &k);
	} else if (tag == FIELD(4)) {
		der_enter(&in, tag);
		read_fields(in, 3, false, &k);
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
	if (s->state == STATE_FIRST && s->have && command_of(s->held[0])) {
		s->m.unsure = false;
		s->m.kind = (uint8_t)kind_of(s->held[0]);
		talk_name(t, dir, command_of(s->held[0]), NULL, 0);
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
