/* Kerberos messages in DER: see the header.
 *
 * References: RFC 4120 5.4 (KDC-REQ, KDC-REP), 5.9.1 (KRB-ERROR), 5.2.2
 * (PrincipalName); X.690 8.1 (tags and lengths).
 */
#include "capture/kerberos_int.h"

#include <string.h>

const char *kerberos_command(uint8_t tag)
{
	switch (tag) {
	case KRB_AS_REQ:
		return "AS-REQ";
	case KRB_AS_REP:
		return "AS-REP";
	case KRB_TGS_REQ:
		return "TGS-REQ";
	case KRB_TGS_REP:
		return "TGS-REP";
	case KRB_AP_REQ:
		return "AP-REQ";
	case KRB_AP_REP:
		return "AP-REP";
	case KRB_ERROR:
		return "KRB-ERROR";
	default:
		return NULL;
	}
}

enum message_kind kerberos_kind(uint8_t tag)
{
	return tag == KRB_AS_REQ || tag == KRB_TGS_REQ || tag == KRB_AP_REQ
		       ? MESSAGE_REQUEST
		       : MESSAGE_RESPONSE;
}

uint64_t kerberos_length(struct cursor *in)
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

uint64_t kerberos_enter(struct cursor *in, uint8_t tag)
{
	if (cursor_u8(in) != tag)
		in->bad = true;
	return kerberos_length(in);
}

/* The next value: its tag, and a cursor over as much of it as was captured.
 * Return: false at the end. */
static bool der_next(struct cursor *in, uint8_t *tag, struct cursor *value)
{
	uint64_t n;

	if (!cursor_left(in))
		return false;
	*tag = cursor_u8(in);
	n = kerberos_length(in);
	if (in->bad)
		return false;
	*value = cursor_sub(in, n < SIZE_MAX ? (size_t)n : SIZE_MAX);
	return true;
}

static int64_t der_integer(struct cursor in)
{
	uint64_t n = kerberos_enter(&in, 0x02);
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

	kerberos_enter(&in, KERBEROS_SEQUENCE);
	while (der_next(&in, &tag, &field)) {
		if (tag != KERBEROS_FIELD(1))
			continue;
		names = field;
		kerberos_enter(&names, KERBEROS_SEQUENCE);
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

void kerberos_read_fields(struct cursor in, uint8_t sname, bool error,
			  struct krb *out)
{
	struct cursor field;
	uint8_t tag;

	kerberos_enter(&in, KERBEROS_SEQUENCE);
	while (der_next(&in, &tag, &field)) {
		if (error && tag == KERBEROS_FIELD(6))
			out->code = der_integer(field);
		if (tag == KERBEROS_FIELD(sname))
			out->n = principal(field, out->name, sizeof out->name);
	}
}

bool kerberos_enter_request(struct cursor *in, uint8_t tag)
{
	struct cursor field;
	uint8_t t;

	kerberos_enter(in, tag);
	kerberos_enter(in, KERBEROS_SEQUENCE);
	return der_next(in, &t, &field) && t == KERBEROS_FIELD(1) &&
	       der_next(in, &t, &field) && t == KERBEROS_FIELD(2) &&
	       cursor_left(in);
}

void kerberos_read(const uint8_t *p, size_t n, struct krb *out)
{
	struct cursor in = cursor_of(p, n), field;
	uint8_t tag = n ? p[0] : 0, t;

	if (tag == KRB_ERROR) {
		kerberos_enter(&in, tag);
		kerberos_read_fields(in, 10, true, out);
	} else if (tag == KRB_AS_REQ || tag == KRB_TGS_REQ) {
		if (!kerberos_enter_request(&in, tag))
			return;
		while (der_next(&in, &t, &field))
			if (t == KERBEROS_FIELD(4))
				kerberos_read_fields(field, 3, false, out);
	}
}
