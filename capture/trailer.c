/* F5's Ethernet trailer, of both formats.
 *
 * BIG-IP's tcpdump (":nnn") puts behind each frame, and behind its padding, what
 * it knows of the packet, in up to three records of rising detail:
 *
 *   until 13	type 1 (1 low, 2 medium, 3 high), bytes behind this one 1,
 *		version 1 ...
 *   from 14	0xf5deb0f5, bytes of all 2, version 2 (1); then records: who
 *		wrote it 2 (1: these), type 2, bytes of all 2, version 2 ...
 *
 * The third has the peer connection: protocol 1 (0: not told), VLAN 2, address
 * at the far end 16, own address 16, ports 2 and 2.  IPv4 stands in IPv6, mapped,
 * or behind a prefix of F5's and the number of a routing domain.  All zero: there
 * is none.
 *
 * Anything that is not exactly such a chain, from its first record up to the one
 * wanted, names nobody: what else stands behind a packet is padding, a check
 * sequence, or another device's trailer.
 *
 * Reference: Wireshark's documentation of its "F5 Ethernet trailer" fields, and
 * F5's article K13637 on tcpdump's noise levels.
 */
#include "capture/trailer.h"

#include <string.h>

#include "base/cursor.h"

#define MAGIC 0xf5deb0f5u
#define OLD_LEAST 7
#define OLD_MOST 140
#define OLD_HIGH 42
#define NEW_HEAD 8
#define NOISE 1
#define LOW 1
#define HIGH 3

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

static bool read_old(struct cursor c, uint8_t proto, struct net_end ends[2])
{
	for (uint8_t last = LOW - 1; last < HIGH;) {
		uint8_t type = cursor_u8(&c);
		uint32_t len = cursor_u8(&c) + 2u;
		uint8_t version = cursor_u8(&c);

		/* each level has those below it before it */
		if (c.bad || type != last + 1 || len < OLD_LEAST ||
		    len > OLD_MOST)
			return false;
		if (type == HIGH)
			return len == OLD_HIGH && version == 0 &&
			       take_peer(&c, proto, ends);
		cursor_skip(&c, len - 3);
		last = type;
	}
	return false;
}

static bool read_new(struct cursor c, uint8_t proto, struct net_end ends[2])
{
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

		if (len < NEW_HEAD || len - NEW_HEAD > cursor_left(&c))
			return false;
		if (writer == NOISE && type == HIGH)
			return version == 1 && take_peer(&c, proto, ends);
		cursor_skip(&c, len - NEW_HEAD);
	}
	return false;
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
