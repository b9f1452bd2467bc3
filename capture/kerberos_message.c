/* Kerberos messages in DER: see the header.
 *
 * References: RFC 4120 5.4 (KDC-REQ, KDC-REP), 5.9.1 (KRB-ERROR), 5.2.2
 * (PrincipalName).
 */
#include "capture/kerberos_int.h"

#include <string.h>

#include "capture/der.h"

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

/* PrincipalName as "service/host".  Return: bytes. */
static size_t principal(struct cursor in, char *out, size_t room)
{
	struct cursor field, names, part;
	size_t at = 0;
	uint8_t tag;

	der_enter(&in, DER_SEQUENCE);
	while (der_next(&in, &tag, &field)) {
		if (tag != KERBEROS_FIELD(1))
			continue;
		names = field;
		der_enter(&names, DER_SEQUENCE);
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

	der_enter(&in, DER_SEQUENCE);
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

	der_enter(in, tag);
	der_enter(in, DER_SEQUENCE);
	return der_next(in, &t, &field) && t == KERBEROS_FIELD(1) &&
	       der_next(in, &t, &field) && t == KERBEROS_FIELD(2) &&
	       cursor_left(in);
}

void kerberos_read(const uint8_t *p, size_t n, struct krb *out)
{
	struct cursor in = cursor_of(p, n), field;
	uint8_t tag = n ? p[0] : 0, t;

	if (tag == KRB_ERROR) {
		der_enter(&in, tag);
		kerberos_read_fields(in, 10, true, out);
	} else if (tag == KRB_AS_REQ || tag == KRB_TGS_REQ) {
		if (!kerberos_enter_request(&in, tag))
			return;
		while (der_next(&in, &t, &field))
			if (t == KERBEROS_FIELD(4))
				kerberos_read_fields(field, 3, false, out);
	}
}
