/* F5's Ethernet trailer, of both formats.
 *
 * BIG-IP's tcpdump (":nnn") appends to each frame, after its padding, what it
 * knows of the packet, in up to three records of increasing detail (1 low, 2
 * medium, 3 high).  Numbers are big-endian:
 *
 *   until 13	type 1, bytes behind this one 1, version 1, ...
 *   from 14	0xf5deb0f5, bytes of all 2, version 2 (1); then records, in any
 *		order: who wrote it 2 (1: these), type 2, bytes of all 2,
 *		version 2, ...
 *
 * Up to 13 a record's length follows from its version; "+ N": a text of N
 * bytes, which the last byte of the fixed part counts:
 *
 *   low	0: 22, or 35 (9.4), which has flow 4 and peer flow 4 from byte 6 on
 *		1: 7 + N, the virtual server's name
 *   medium	0: 8 (9.4); 21, with flow 4 and peer flow 4 from byte 3 on; or 29
 *		1: 30 + N, 2: 31 + N, 3: 35 + N, the cause of a reset
 *		those of 29 and more: flow 8 and peer flow 8 from byte 3 on
 *   high	0: 42
 *
 * From 14 on the medium record's version is 4: flow 8, peer flow 8, ...; that
 * of the high one 1.  The high record has the peer connection: protocol 1 (0:
 * not told), VLAN 2, address at the far end 16, own address 16, ports 2 and 2.
 * IPv4 stands in IPv6, mapped, or behind a prefix of F5's and the number of a
 * routing domain.  Where the peer flow is 0 there is no peer, and what the high
 * record holds means nothing.
 *
 * Anything but exactly such a chain, from its first record up to the one
 * wanted, is ignored: it is padding, a check sequence, or another device's
 * trailer.
 *
 * References: Wireshark, epan/dissectors/packet-f5ethtrailer.c, written by F5,
 * for lengths, versions and what peer flow 0 means; F5's article K13637 on
 * tcpdump's noise levels.
 */
#include "capture/trailer.h"

#include <string.h>

#include "base/cursor.h"

#define MAGIC 0xf5deb0f5u
#define OLD_HIGH 42
#define NEW_HEAD 8
#define NEW_MEDIUM_VERSION 4
#define NOISE 1

enum { LOW = 1, MEDIUM, HIGH };

/* A record of the old format: lengths by version, and where it has the peer
 * flow. */
static const struct shape {
	uint8_t type, version, len;
	bool text;          /* the last of len bytes counts what follows */
	uint8_t at, digits; /* of the peer flow; digits 0: none */
} shapes[] = {
	{ LOW, 0, 22, false, 0, 0 },    { LOW, 0, 35, false, 10, 4 },
	{ LOW, 1, 7, true, 0, 0 },      { MEDIUM, 0, 8, false, 0, 0 },
	{ MEDIUM, 0, 21, false, 7, 4 }, { MEDIUM, 0, 29, false, 11, 8 },
	{ MEDIUM, 1, 30, true, 11, 8 }, { MEDIUM, 2, 31, true, 11, 8 },
	{ MEDIUM, 3, 35, true, 11, 8 }, { HIGH, 0, OLD_HIGH, false, 0, 0 },
};

static struct net_addr take_address(struct cursor *c)
{
	static const uint8_t domain[10] = { 0x26, 0x20, 0,    0,    0x0c,
					    0x10, 0xf5, 0x01, 0x00, 0x00 };
	const uint8_t *p = cursor_take(c, 16);

	if (!p)
		return (struct net_addr){ 0 };
	return memcmp(p, domain, sizeof domain) ? net_addr_v6(p)
						: net_addr_v4(p + 12);
}

static bool is_nobody(const struct net_end *e)
{
	static const struct net_addr none = { 0 };

	return !e->port || !net_addr_cmp(&e->addr, &none);
}

/* The third record, from its protocol on. */
static bool take_peer(struct cursor *c, uint8_t proto, struct net_end ends[2])
{
	uint8_t is = cursor_u8(c);
	struct net_end e[2] = { 0 };

	cursor_skip(c, 2);
	for (int i = 0; i < 2; i++)
		e[i].addr = take_address(c);
	for (int i = 0; i < 2; i++)
		e[i].port = cursor_be16(c);
	if (c->bad || (is && is != proto) || is_nobody(&e[0]) ||
	    is_nobody(&e[1]))
		return false;
	memcpy(ends, e, sizeof e);
	return true;
}

/* The shape of a record of @len bytes; NULL: there is none. */
static const struct shape *shape_of(const uint8_t *p, uint32_t len)
{
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		const struct shape *s = &shapes[i];

		if (s->type == p[0] && s->version == p[2] && len >= s->len &&
		    len == s->len + (s->text ? p[s->len - 1] : 0u))
			return s;
	}
	return NULL;
}

static bool any_set(const uint8_t *p, size_t n)
{
	while (n)
		if (p[--n])
			return true;
	return false;
}

static bool read_old(struct cursor c, uint8_t proto, struct net_end ends[2])
{
	bool peer = false;

	for (unsigned type = LOW; type <= HIGH; type++) {
		struct cursor head = c;
		const struct shape *s;
		const uint8_t *p;
		uint32_t len;

		cursor_skip(&head, 1);
		len = cursor_u8(&head) + 2u;
		p = cursor_take(&c, len);
		s = p && len > 2 ? shape_of(p, len) : NULL;
		/* each level follows all lower ones */
		if (!s || s->type != type)
			return false;
		peer = peer || any_set(p + s->at, s->digits);
		if (type == HIGH) {
			c = cursor_of(p + 3, len - 3);
			return peer && take_peer(&c, proto, ends);
		}
	}
	return false;
}

static bool read_new(struct cursor c, uint8_t proto, struct net_end ends[2])
{
	struct cursor high = cursor_of(NULL, 0);
	bool peer = false;
	uint32_t size;

	cursor_skip(&c, 4);
	size = cursor_be16(&c);
	if (cursor_be16(&c) != 1 || c.bad || size < NEW_HEAD)
		return false;
	c = cursor_sub(&c, size - NEW_HEAD);
	while (cursor_left(&c) >= NEW_HEAD) {
		uint16_t writer = cursor_be16(&c), type = cursor_be16(&c);
		uint32_t len = cursor_be16(&c);
		uint16_t version = cursor_be16(&c);
		struct cursor in;

		if (len < NEW_HEAD || len - NEW_HEAD > cursor_left(&c))
			return false;
		in = cursor_sub(&c, len - NEW_HEAD);
		if (writer != NOISE)
			continue;
		if (type == MEDIUM && version == NEW_MEDIUM_VERSION) {
			const uint8_t *flows = cursor_take(&in, 16);

			peer = flows && any_set(flows + 8, 8);
		} else if (type == HIGH && version == 1) {
			high = in;
		}
	}
	return peer && !c.bad && take_peer(&high, proto, ends);
}

bool trailer_read(const uint8_t *p, uint32_t n, uint8_t proto,
		  struct net_end ends[2])
{
	struct cursor c = cursor_of(p, n);
	struct cursor probe;

	while (cursor_left(&c) && !*c.at)
		cursor_skip(&c, 1);
	probe = c;
	if (cursor_left(&c) < TRAILER_LEAST)
		return false;
	return cursor_be32(&probe) == MAGIC ? read_new(c, proto, ends)
					    : read_old(c, proto, ends);
}
