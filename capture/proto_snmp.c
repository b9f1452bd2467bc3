/* SNMP over UDP, versions 1, 2c and 3.
 *
 * What is read: of versions 1 and 2c the PDU's type, its request-id, error-status and
 * the first variable's name; of version 3 msgID, which an answer gives back even if all
 * else is encrypted, and whether a report may come back: only what is to be answered has
 * that flag (RFC 3412 6.4), so that an encrypted request shows.  What is encrypted and
 * without the flag is an answer or a trap: told as an answer, which is
 * nobody's if it is a trap; so is what was cut off behind the header.  Communities and users are not read.  Traps want nothing: notices.
 *
 * Status: error-status; of a Report REPORT | the number of the counter that it names
 * (RFC 3414 5).
 *
 * Probe: a SEQUENCE as long as the datagram, a known version, a community or a header,
 * and the tag of a PDU.  All has to be captured up to there.
 *
 * References: RFC 1157 4 (v1), RFC 3416 3 (PDUs, error-status), RFC 3412 6 (v3), RFC
 * 3414 5 (usmStats), X.690 8.19 (object identifiers).
 */
#include <stdio.h>
#include <string.h>

#include "capture/der.h"
#include "capture/talk_int.h"

enum pdu {
	PDU_GET = 0xa0,
	PDU_NEXT,
	PDU_RESPONSE,
	PDU_SET,
	PDU_TRAP_1,
	PDU_BULK,
	PDU_INFORM,
	PDU_TRAP,
	PDU_REPORT
};

#define REPORTABLE 4 /* of msgFlags */
#define ENCRYPTED 2

struct snmp {
	int64_t version, id, status;
	uint8_t pdu; /* 0: encrypted, or cut off */
	bool reportable, sealed;
	struct cursor oid; /* of the first variable, as far as captured */
};

static bool take_integer(struct cursor *in, int64_t *v)
{
	struct cursor at = *in, value;
	uint8_t tag;

	if (!der_next(in, &tag, &value) || tag != DER_INTEGER ||
	    cursor_left(&value) > 4 || !cursor_left(&value))
		return false;
	*v = der_integer(at);
	return true;
}

/* Does the Report count one of usmStats?  1.3.6.1.6.3.15.1.1.N.0.  Return: N, or 0. */
static int64_t report_of(struct cursor oid)
{
	static const uint8_t stats[] = { 0x2b, 6, 1, 6, 3, 15, 1, 1 };
	const uint8_t *p = cursor_take(&oid, sizeof stats + 1);

	return p && !memcmp(p, stats, sizeof stats) ? p[sizeof stats] : 0;
}

/* What is behind the PDU's tag and length: as far as captured. */
static void read_pdu(struct cursor in, struct snmp *x)
{
	struct cursor list, one;
	int64_t id, status, index;
	uint8_t tag;

	if (x->pdu == PDU_TRAP_1 || !take_integer(&in, &id))
		return;
	if (x->version != 3)
		x->id = id & UINT32_MAX;
	if (!take_integer(&in, &status) || !take_integer(&in, &index))
		return;
	if (x->pdu == PDU_RESPONSE)
		x->status = status;
	if (!der_next(&in, &tag, &list) || tag != DER_SEQUENCE ||
	    !der_next(&list, &tag, &one) || tag != DER_SEQUENCE ||
	    !der_next(&one, &tag, &x->oid) || tag != DER_OID)
		x->oid = cursor_of(NULL, 0);
	if (x->pdu == PDU_REPORT && report_of(x->oid))
		x->status = MESSAGE_SNMP_REPORT | report_of(x->oid);
}

/* Version 3: the header.  Return: false if it is none. */
static bool read_header(struct cursor *in, struct snmp *x)
{
	struct cursor head, value;
	int64_t id, most;
	uint8_t tag, flags;

	if (!der_next(in, &tag, &head) || tag != DER_SEQUENCE ||
	    !take_integer(&head, &id) || !take_integer(&head, &most) ||
	    !der_next(&head, &tag, &value) || tag != DER_OCTETS ||
	    cursor_left(&value) != 1)
		return false;
	flags = cursor_u8(&value);
	x->reportable = flags & REPORTABLE;
	x->sealed = flags & ENCRYPTED;
	x->id = id & UINT32_MAX;
	return true;
}

/* What stands between the header and the PDU. */
static bool enter_scoped(struct cursor *in)
{
	struct cursor value;
	uint8_t tag;

	if (!der_next(in, &tag, &value) || tag != DER_OCTETS ||
	    !der_next(in, &tag, &value) || tag != DER_SEQUENCE)
		return false;
	*in = value;
	return der_next(in, &tag, &value) && tag == DER_OCTETS &&
	       der_next(in, &tag, &value) && tag == DER_OCTETS;
}

static bool enter_community(struct cursor *in)
{
	struct cursor value;
	uint8_t tag;

	return der_next(in, &tag, &value) && tag == DER_OCTETS;
}

/* Return: false if it is not SNMP. */
static bool snmp_read(const uint8_t *p, size_t n, size_t len, struct snmp *x)
{
	struct cursor in = cursor_of(p, n), value;
	uint64_t whole = der_enter(&in, DER_SEQUENCE);
	bool cut;

	*x = (struct snmp){ .id = -1 };
	if (in.bad || whole + (uint64_t)(in.at - p) != len ||
	    !take_integer(&in, &x->version) || x->version < 0 ||
	    x->version > 3 || x->version == 2)
		return false;
	cut = x->version == 3 && n < len;
	if (x->version == 3 ? !read_header(&in, x) : !enter_community(&in))
		return false;
	if (x->sealed)
		return true;
	if (x->version == 3 && !enter_scoped(&in))
		return cut;
	if (!der_next(&in, &x->pdu, &value)) {
		x->pdu = 0;
		return cut;
	}
	if (x->pdu < PDU_GET || x->pdu > PDU_REPORT)
		return false;
	read_pdu(value, x);
	return true;
}

static bool snmp_probe(const struct probe *p)
{
	struct snmp x;

	return !p->stream && p->p[0] == DER_SEQUENCE &&
	       snmp_read(p->p, p->n, p->len, &x);
}

/* As text with dots.  Return: bytes; an incomplete last number is left out. */
static size_t oid_text(struct cursor oid, char *out, size_t room)
{
	size_t at = 0;
	uint64_t v = 0;

	while (cursor_left(&oid)) {
		uint8_t byte = cursor_u8(&oid);
		char number[32];
		int n;

		v = v << 7 | (byte & 0x7f);
		if (v > UINT32_MAX)
			break;
		if (byte & 0x80)
			continue;
		if (at)
			n = snprintf(number, sizeof number, ".%u", (unsigned)v);
		else
			n = snprintf(number, sizeof number, "%u.%u",
				     v < 80 ? (unsigned)v / 40 : 2u,
				     v < 80 ? (unsigned)v % 40
					    : (unsigned)v - 80);
		if (n < 0 || (size_t)n > room - at)
			break;
		memcpy(out + at, number, (size_t)n);
		at += (size_t)n;
		v = 0;
	}
	return at;
}

static const char *command_of(const struct snmp *x)
{
	static const char *const names[] = {
		"get",      "get-next", "response", "set",    "trap",
		"get-bulk", "inform",   "trap",     "report",
	};

	if (!x->pdu)
		return x->sealed ? "encrypted" : "cut";
	return names[x->pdu - PDU_GET];
}

static enum message_kind kind_of(const struct snmp *x)
{
	switch (x->pdu) {
	case PDU_RESPONSE:
	case PDU_REPORT:
		return MESSAGE_RESPONSE;
	case PDU_TRAP_1:
	case PDU_TRAP:
		return MESSAGE_NOTICE;
	case 0:
		return x->reportable ? MESSAGE_REQUEST : MESSAGE_RESPONSE;
	default:
		return MESSAGE_REQUEST;
	}
}

static bool snmp_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			  struct message *m, char name[static MESSAGE_NAME + 1])
{
	char oid[MESSAGE_NAME];
	struct snmp x;

	if (!snmp_read(p, n, len, &x))
		return false;
	m->kind = (uint8_t)kind_of(&x);
	m->msg_id = x.id;
	m->status = x.status;
	talk_name_write(name, command_of(&x), oid,
			names ? oid_text(x.oid, oid, sizeof oid) : 0);
	return true;
}

const struct proto proto_snmp = {
	.id = MESSAGE_SNMP,
	.probe = snmp_probe,
	.datagram = snmp_datagram,
};
