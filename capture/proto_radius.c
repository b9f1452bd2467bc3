/* RADIUS: access, accounting, and changes of authorisation.
 *
 * What is read: code, identifier, and the attribute with the user's name.  The
 * identifier has 8 bits only, and is soon used again: report/derive/asked_again.c
 * tells a request sent again, all bytes of which are the same (RFC 2865 2.5), from another
 * one.
 * Each challenge answers a request; the client goes on with a new one.
 *
 * Probe: a port of RADIUS, a code that is known, and a length that fits.  Port 1700 is
 * LoRa's, too: only changes of authorisation are taken there.
 *
 * References: RFC 2865 3 (packet), 5.1 (User-Name), RFC 2866 3 (accounting), RFC 5176
 * 2.3 (disconnect, CoA), RFC 5997 (Status-Server).
 */
#include "capture/talk_int.h"

#define HEADER 20
#define LONGEST 4096
#define USER_NAME 1
#define SHARED_PORT 1700
#define CHANGES 40 /* the first code of a change of authorisation */

static const struct code {
	uint8_t code, kind;
	bool refuses;
	const char *name;
} codes[] = {
	{ 1, MESSAGE_REQUEST, false, "Access-Request" },
	{ 2, MESSAGE_RESPONSE, false, "Access-Accept" },
	{ 3, MESSAGE_RESPONSE, true, "Access-Reject" },
	{ 4, MESSAGE_REQUEST, false, "Accounting-Request" },
	{ 5, MESSAGE_RESPONSE, false, "Accounting-Response" },
	{ 11, MESSAGE_RESPONSE, false, "Access-Challenge" },
	{ 12, MESSAGE_REQUEST, false, "Status-Server" },
	{ 40, MESSAGE_REQUEST, false, "Disconnect-Request" },
	{ 41, MESSAGE_RESPONSE, false, "Disconnect-ACK" },
	{ 42, MESSAGE_RESPONSE, true, "Disconnect-NAK" },
	{ 43, MESSAGE_REQUEST, false, "CoA-Request" },
	{ 44, MESSAGE_RESPONSE, false, "CoA-ACK" },
	{ 45, MESSAGE_RESPONSE, true, "CoA-NAK" },
};

/* NULL: not RADIUS. */
static const struct code *code_of(const uint8_t *p, size_t n, size_t len)
{
	size_t said = n < 4 ? 0 : (size_t)(p[2] << 8 | p[3]);

	if (said < HEADER || said > LONGEST || said > len)
		return NULL;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i].code == p[0])
			return &codes[i];
	return NULL;
}

static bool radius_probe(const struct probe *p)
{
	static const uint16_t ports[] = { 1812, 1813, 1645, 1646, 3799 };
	const struct code *c = code_of(p->p, p->n, p->len);

	if (p->stream || !c)
		return false;
	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		if (probe_port(p, ports[i]))
			return true;
	return probe_port(p, SHARED_PORT) && c->code >= CHANGES;
}

/* Return: the bytes of the user's name, *@n of them; NULL: none was captured. */
static const uint8_t *user_of(const uint8_t *p, size_t *n)
{
	struct cursor in = cursor_of(p, *n);

	cursor_skip(&in, HEADER);
	while (cursor_left(&in)) {
		uint8_t type = cursor_u8(&in), len = cursor_u8(&in);
		const uint8_t *value;

		if (len < 2)
			return NULL;
		value = cursor_take(&in, len - 2u);
		*n = len - 2u;
		if (type == USER_NAME)
			return value;
	}
	return NULL;
}

static bool radius_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			    struct message *m,
			    char name[static MESSAGE_NAME + 1])
{
	const struct code *c = code_of(p, n, len);
	const uint8_t *user;

	if (!c)
		return false;
	m->kind = c->kind;
	m->msg_id = p[1];
	m->status = c->refuses ? c->code : 0;
	user = names ? user_of(p, &n) : NULL;
	talk_name_write(name, c->name, (const char *)user, user ? n : 0);
	return true;
}

const struct proto proto_radius = {
	.id = MESSAGE_RADIUS,
	.probe = radius_probe,
	.datagram = radius_datagram,
};
