/* Who asks for a neighbour's hardware address, and who says that it has it.
 *
 *	ARP	hardware 2, protocol 2, lengths 1 + 1, operation 2,
 *		sender's hardware address 6 and address 4, target's 6 + 4
 *	NS	ICMPv6 135: address asked for 16, options	(behind 8 bytes)
 *	NA	ICMPv6 136: flags, address told of 16, options
 *	option	type 1 (1: the sender's hardware address, 2: the target's),
 *		length 1 in units of 8 bytes
 *
 * Only Ethernet's addresses, only whole messages, and not those within tunnels,
 * whose network is another one.  A host that asks whether its own address is free
 * (ARP from 0.0.0.0, NS from ::) wants no answer: it counts as not IP, like all
 * that tells nothing.  An answer to all cards is a sign of life, but does not show
 * that the capture has what goes to who asked alone.
 *
 * References: RFC 826, RFC 5227, RFC 4861 (4.3, 4.4, 4.6.1, 7.1).
 */
#include "capture/decode_int.h"

#define ARP_LEN 28
#define ARP_REQUEST 1
#define ARP_REPLY 2
#define HARDWARE_ETHERNET 1
#define HARDWARE_802 6

#define SOLICIT 135
#define ADVERTISE 136
#define SOLICITED 0x40
#define OPTION_SENDER 1
#define OPTION_TARGET 2
#define LINK_TTL 255 /* no router has passed it on */

/* Is it a single host's? */
static bool is_hosts(const uint8_t *p)
{
	return p[0] && p[0] != 127 && p[0] < 224;
}

static bool is_card(const uint8_t *mac)
{
	return mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5];
}

static bool is_ethernet(const uint8_t *p)
{
	uint16_t hardware = decode_be16(p);

	return (hardware == HARDWARE_ETHERNET || hardware == HARDWARE_802) &&
	       decode_be16(p + 2) == 0x0800 && p[4] == 6 && p[5] == 4;
}

enum decode_result decode_arp(struct decode_run *r)
{
	struct neighbour *x = &r->out->neighbour;
	const uint8_t *p = decode_take(r, ARP_LEN), *from, *to;
	uint16_t does;

	if (!p || r->depth || !is_ethernet(p))
		return DECODE_NOT_IP;
	does = decode_be16(p + 6);
	from = p + 14;
	to = p + 24;
	if ((does != ARP_REQUEST && does != ARP_REPLY) || !is_hosts(from) ||
	    !is_card(p + 8))
		return DECODE_NOT_IP;
	*x = (struct neighbour){ .about = net_addr_v4(from),
				 .from = net_addr_v4(from),
				 .has_mac = true,
				 .vlan = r->vlan };
	memcpy(x->mac, p + 8, sizeof x->mac);
	if (!memcmp(from, to, 4)) {
		x->kind = NEIGHBOUR_ANNOUNCES;
	} else if (does == ARP_REPLY) {
		x->kind = NEIGHBOUR_TELLS;
		if (!r->to_all)
			x->to = net_addr_v4(to);
	} else {
		if (!is_hosts(to))
			return DECODE_NOT_IP;
		x->kind = NEIGHBOUR_ASKS;
		x->about = net_addr_v4(to);
	}
	return DECODE_NEIGHBOUR;
}

/* The hardware address in option @type, if there is one. */
static void read_card(struct decode_run *r, uint8_t type, struct neighbour *x)
{
	struct cursor c = r->c;

	while (cursor_left(&c) >= 8) {
		const uint8_t *p = c.at;
		uint32_t len = p[1] * 8u;

		if (!len || !cursor_take(&c, len))
			return;
		if (p[0] != type || len != 8)
			continue;
		memcpy(x->mac, p + 2, sizeof x->mac);
		x->has_mac = is_card(x->mac);
		return;
	}
}

enum decode_result decode_discovery(struct decode_run *r, uint8_t type,
				    uint8_t code, uint8_t flags)
{
	static const struct net_addr none;
	struct neighbour *x = &r->out->neighbour;
	const struct net_addr *from = &r->out->key.src;
	const uint8_t *about;

	if ((type != SOLICIT && type != ADVERTISE) || code || r->depth ||
	    r->out->rec.ttl != LINK_TTL)
		return DECODE_NOT_IP;
	about = decode_take(r, 16);
	if (!about || about[0] == 0xff || !net_addr_cmp(from, &none))
		return DECODE_NOT_IP;
	*x = (struct neighbour){ .about = net_addr_v6(about),
				 .v6 = true,
				 .vlan = r->vlan };
	if (type == SOLICIT) {
		x->kind = NEIGHBOUR_ASKS;
		x->from = *from;
		read_card(r, OPTION_SENDER, x);
	} else {
		x->kind = flags & SOLICITED ? NEIGHBOUR_TELLS
					    : NEIGHBOUR_ANNOUNCES;
		x->from = x->about;
		if (x->kind == NEIGHBOUR_TELLS)
			x->to = r->out->key.dst;
		read_card(r, OPTION_TARGET, x);
	}
	return DECODE_NEIGHBOUR;
}
