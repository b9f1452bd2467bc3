/* DHCP for IPv4 and IPv6: what clients and relays ask, and what servers answer.
 *
 * What is read: of DHCPv4 op, xid, the client's hardware address and the message type
 * (options up to it; without the type it is BOOTP); of DHCPv6 the type, the
 * transaction's id and status codes, also within addresses and prefixes, of a relayed
 * message the innermost one's.  Both ends of a relay's datagrams have the server's port.
 * What a client sends to all servers is a session of its own, which no answer
 * belongs to; so exchanges are those of relays and of leases that are renewed.
 *
 * An OFFER or ACK answers the newest DISCOVER or REQUEST with its xid: both of one lease
 * often have the same.
 *
 * Probe: ports 67, 68 and the magic cookie, as far as it was captured; ports 546, 547
 * and a known type.
 *
 * References: RFC 2131 2 (format), RFC 2132 9.6 (types), RFC 951 (BOOTP), RFC 4388 6.1
 * (LEASEQUERY), RFC 3203; RFC 8415 7.3 (types), 8, 9 (formats), 21.4, 21.13, 21.21.
 */
#include <stdio.h>
#include <string.h>

#include "capture/talk_int.h"

/* ---- IPv4 ---- */

enum { PORT_SERVER = 67, PORT_CLIENT = 68 };

#define COOKIE_AT 236
#define OPTIONS_AT 240
#define HARDWARE_AT 28

enum { OPTION_PAD = 0, OPTION_TYPE = 53, OPTION_END = 255 };
enum { BOOT_REQUEST = 1, BOOT_REPLY = 2 };

static const struct kind {
	uint8_t type, kind;
	const char *name;
} kinds4[] = {
	{ 1, MESSAGE_REQUEST, "DISCOVER" },
	{ 2, MESSAGE_RESPONSE, "OFFER" },
	{ 3, MESSAGE_REQUEST, "REQUEST" },
	{ 4, MESSAGE_NOTICE, "DECLINE" },
	{ 5, MESSAGE_RESPONSE, "ACK" },
	{ 6, MESSAGE_RESPONSE, "NAK" },
	{ 7, MESSAGE_NOTICE, "RELEASE" },
	{ 8, MESSAGE_REQUEST, "INFORM" },
	{ 9, MESSAGE_NOTICE, "FORCERENEW" },
	{ 10, MESSAGE_REQUEST, "LEASEQUERY" },
	{ 11, MESSAGE_RESPONSE, "LEASEUNASSIGNED" },
	{ 12, MESSAGE_RESPONSE, "LEASEUNKNOWN" },
	{ 13, MESSAGE_RESPONSE, "LEASEACTIVE" },
};

static const struct kind kinds6[] = {
	{ 1, MESSAGE_REQUEST, "SOLICIT" },
	{ 2, MESSAGE_RESPONSE, "ADVERTISE" },
	{ 3, MESSAGE_REQUEST, "REQUEST" },
	{ 4, MESSAGE_REQUEST, "CONFIRM" },
	{ 5, MESSAGE_REQUEST, "RENEW" },
	{ 6, MESSAGE_REQUEST, "REBIND" },
	{ 7, MESSAGE_RESPONSE, "REPLY" },
	{ 8, MESSAGE_REQUEST, "RELEASE" },
	{ 9, MESSAGE_REQUEST, "DECLINE" },
	{ 10, MESSAGE_NOTICE, "RECONFIGURE" },
	{ 11, MESSAGE_REQUEST, "INFORMATION-REQUEST" },
	{ 12, MESSAGE_REQUEST, "RELAY-FORW" },
	{ 13, MESSAGE_RESPONSE, "RELAY-REPL" },
};

#define KIND(table, type) kind_of(table, sizeof(table) / sizeof *(table), type)

static const struct kind *kind_of(const struct kind *t, size_t n, unsigned type)
{
	for (size_t i = 0; i < n; i++)
		if (t[i].type == type)
			return &t[i];
	return NULL;
}

static bool dhcp_header(const uint8_t *p, size_t n, size_t len)
{
	static const uint8_t cookie[] = { 99, 130, 83, 99 };

	if (n < HARDWARE_AT || len < OPTIONS_AT || p[2] > 16 ||
	    (p[0] != BOOT_REQUEST && p[0] != BOOT_REPLY))
		return false;
	return n < OPTIONS_AT || !memcmp(p + COOKIE_AT, cookie, sizeof cookie);
}

static bool dhcp_probe(const struct probe *p)
{
	return !p->stream &&
	       (probe_port(p, PORT_SERVER) || probe_port(p, PORT_CLIENT)) &&
	       dhcp_header(p->p, p->n, p->len);
}

/* Return: the message type; 0: there is none; -1: not known, as it was cut off. */
static int type_of(const uint8_t *p, size_t n, size_t len)
{
	struct cursor in = cursor_of(p, n);

	cursor_skip(&in, OPTIONS_AT);
	while (cursor_left(&in)) {
		uint8_t option = cursor_u8(&in), size;

		if (option == OPTION_PAD)
			continue;
		if (option == OPTION_END)
			return 0;
		size = cursor_u8(&in);
		if (option == OPTION_TYPE && size == 1 && cursor_left(&in))
			return cursor_u8(&in);
		cursor_skip(&in, size);
	}
	return n < len ? -1 : 0;
}

/* "02:00:00:00:00:01".  Return: bytes. */
static size_t hardware_text(const uint8_t *p, size_t n, char out[static 48])
{
	size_t at = 0;

	for (size_t i = 0; i < p[2] && HARDWARE_AT + i < n; i++)
		at += (size_t)snprintf(out + at, 48 - at, "%s%02x",
				       i ? ":" : "", p[HARDWARE_AT + i]);
	return at;
}

static bool dhcp_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			  struct message *m, char name[static MESSAGE_NAME + 1])
{
	static const struct kind bootp[] = {
		{ BOOT_REQUEST, MESSAGE_REQUEST, "BOOTREQUEST" },
		{ BOOT_REPLY, MESSAGE_RESPONSE, "BOOTREPLY" },
	};
	struct cursor in = cursor_of(p, n);
	const struct kind *k;
	char address[48];
	int type;

	if (!dhcp_header(p, n, len))
		return false;
	type = type_of(p, n, len);
	k = type > 0 ? KIND(kinds4, (unsigned)type) : KIND(bootp, p[0]);
	if (!k) {
		m->kind = MESSAGE_KINDS;
		return true;
	}
	cursor_skip(&in, 4);
	m->msg_id = cursor_be32(&in);
	/* a request that is cut may be one that wants no answer */
	m->kind = type < 0 && p[0] == BOOT_REQUEST ? MESSAGE_NOTICE : k->kind;
	m->status = type == 6 ? type : 0;
	talk_name_write(name, k->name, address,
			names ? hardware_text(p, n, address) : 0);
	return true;
}

const struct proto proto_dhcp = {
	.id = MESSAGE_DHCP,
	.probe = dhcp_probe,
	.datagram = dhcp_datagram,
};

/* ---- IPv6 ---- */

enum { PORT_CLIENT_6 = 546, PORT_SERVER_6 = 547 };
enum { RELAY_FORWARD = 12, RELAY_REPLY = 13 };
enum {
	OPTION_ADDRESSES = 3, /* IA_NA */
	OPTION_RELAYED = 9,
	OPTION_STATUS = 13,
	OPTION_PREFIXES = 25, /* IA_PD */
};

#define RELAYS 32 /* RFC 8415 7.6: at most */
#define RELAY_HEADER 34
#define WITHIN 12 /* what stands before the options of IA_NA and IA_PD */

static bool dhcpv6_probe(const struct probe *p)
{
	return !p->stream && p->len >= 4 &&
	       (probe_port(p, PORT_SERVER_6) || probe_port(p, PORT_CLIENT_6)) &&
	       KIND(kinds6, p->p[0]);
}

static bool next_option(struct cursor *in, uint16_t *code, struct cursor *value)
{
	*code = cursor_be16(in);
	*value = cursor_sub(in, cursor_be16(in));
	return !in->bad;
}

/* Moves to the message that relays carry. */
static void unwrap(struct cursor *in)
{
	for (int i = 0; i < RELAYS && cursor_left(in) > RELAY_HEADER &&
			(*in->at == RELAY_FORWARD || *in->at == RELAY_REPLY);
	     i++) {
		struct cursor options = *in, value;
		uint16_t code = 0;

		cursor_skip(&options, RELAY_HEADER);
		while (next_option(&options, &code, &value))
			if (code == OPTION_RELAYED)
				break;
		if (options.bad || code != OPTION_RELAYED)
			return;
		*in = value;
	}
}

/* The first that is not Success; @deep: also within addresses and prefixes. */
static uint16_t status_of(struct cursor in, bool deep)
{
	struct cursor value;
	uint16_t code, status = 0;

	while (!status && next_option(&in, &code, &value)) {
		if (code == OPTION_STATUS)
			status = cursor_be16(&value);
		if (deep &&
		    (code == OPTION_ADDRESSES || code == OPTION_PREFIXES)) {
			cursor_skip(&value, WITHIN);
			status = status_of(value, false);
		}
	}
	return status;
}

static bool dhcpv6_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			    struct message *m,
			    char name[static MESSAGE_NAME + 1])
{
	struct cursor in = cursor_of(p, n);
	const struct kind *k;
	uint32_t head;

	(void)names;
	if (n < 4 || len < 4 || !KIND(kinds6, p[0]))
		return false;
	unwrap(&in);
	head = cursor_be32(&in);
	k = in.bad ? NULL : KIND(kinds6, head >> 24);
	if (!k) {
		m->kind = MESSAGE_KINDS;
		return true;
	}
	m->kind = k->kind;
	if (head >> 24 != RELAY_FORWARD && head >> 24 != RELAY_REPLY)
		m->msg_id = head & 0xffffff;
	if (m->kind == MESSAGE_RESPONSE)
		m->status = status_of(in, true);
	talk_name_write(name, k->name, NULL, 0);
	return true;
}

const struct proto proto_dhcpv6 = {
	.id = MESSAGE_DHCPV6,
	.probe = dhcpv6_probe,
	.datagram = dhcpv6_datagram,
};
