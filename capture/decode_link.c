/* Link layers.
 *
 *	Ethernet II	dst 6, src 6, type 2
 *	802.3		dst 6, src 6, length 2 (< 0x600), LLC 3 [SNAP 5]
 *	VLAN, QinQ	type 8100, 88a8 or 9100: tag 2, type 2; again and again
 *	cooked v1	packet type 2, device type 2, address 2 + 8, type 2
 *	cooked v2	type 2, 0 2, ifindex 4, device type 2, packet type 1,
 *			address 1 + 8
 *	null, loop	address family 4, in the writer's or in network order
 *	raw IP		nothing
 *
 * References: IEEE 802.3, 802.1Q, RFC 1042; LINKTYPE_ pages of tcpdump.org.
 */
#include "capture/decode_int.h"

enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_12 = 12,
	LINK_RAW_14 = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_COOKED = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_COOKED2 = 276,
};

enum {
	TYPE_LLC = 4,      /* cooked only */
	TYPE_8023 = 0x600, /* below: a length */
	TYPE_IPV4 = 0x0800,
	TYPE_VLAN = 0x8100,
	TYPE_IPV6 = 0x86dd,
	TYPE_MPLS = 0x8847,
	TYPE_MPLS_UP = 0x8848,
	TYPE_PPPOE = 0x8864,
	TYPE_QINQ = 0x88a8,
	TYPE_QINQ_OLD = 0x9100,
};

#define VLAN_TAGS 4
#define COOKED_LEN 16
#define COOKED2_LEN 20

static enum decode_result llc(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 3);

	if (!p)
		return decode_short(r);
	if (p[0] != 0xaa || p[1] != 0xaa || p[2] != 3)
		return DECODE_NOT_IP;
	p = decode_take(r, 5);
	if (!p)
		return decode_short(r);
	if (p[0] || p[1] || (p[2] && p[2] != 0xf8))
		return DECODE_NOT_IP; /* another organisation's numbers */
	return decode_ethertype(r, decode_be16(p + 3));
}

/* A tag's inside: the type that follows it. */
static enum decode_result vlan(struct decode_run *r, uint16_t *type)
{
	const uint8_t *p = decode_take(r, 4);

	if (!p)
		return decode_short(r);
	*type = decode_be16(p + 2);
	return DECODE_OK;
}

static bool is_tag(uint16_t type)
{
	return type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD;
}

enum decode_result decode_ethertype(struct decode_run *r, uint16_t type)
{
	for (int tags = 0; is_tag(type); tags++) {
		enum decode_result res = vlan(r, &type);

		if (res != DECODE_OK)
			return res;
		if (tags == VLAN_TAGS)
			return DECODE_UNKNOWN;
	}
	if (type == TYPE_IPV4 || type == TYPE_IPV6)
		return decode_ip(r);
	if (type == TYPE_MPLS || type == TYPE_MPLS_UP || type == TYPE_PPPOE)
		return DECODE_UNKNOWN;
	return type < TYPE_8023 ? llc(r) : DECODE_NOT_IP;
}

enum decode_result decode_ethernet(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 14);

	if (!p)
		return decode_short(r);
	return decode_ethertype(r, decode_be16(p + 12));
}

/* The protocol field of a cooked header: an Ethernet type, or a small number
 * of the kernel's own. */
static enum decode_result cooked_type(struct decode_run *r, uint16_t type)
{
	if (type == TYPE_LLC)
		return llc(r);
	return type < TYPE_8023 ? DECODE_NOT_IP : decode_ethertype(r, type);
}

static enum decode_result cooked(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, COOKED_LEN);

	return p ? cooked_type(r, decode_be16(p + 14)) : decode_short(r);
}

static enum decode_result cooked2(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, COOKED2_LEN);

	if (!p)
		return decode_short(r);
	r->out->key.lane = DECODE_LANE(r->f->iface, decode_be32(p + 4));
	return cooked_type(r, decode_be16(p));
}

/* The address family, in either byte order.  IPv6 has another number on each
 * system; IPv4 is 2 everywhere. */
static enum decode_result null_loop(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 4);

	if (!p)
		return decode_short(r);
	switch (p[0] | p[1] | p[2] | p[3]) {
	case 2:
	case 10:
	case 23:
	case 24:
	case 28:
	case 30:
		return decode_ip(r);
	default:
		return DECODE_NOT_IP;
	}
}

bool decode_knows(int linktype)
{
	switch (linktype) {
	case LINK_NULL:
	case LINK_ETHERNET:
	case LINK_RAW_12:
	case LINK_RAW_14:
	case LINK_RAW:
	case LINK_LOOP:
	case LINK_COOKED:
	case LINK_IPV4:
	case LINK_IPV6:
	case LINK_COOKED2:
		return true;
	default:
		return false;
	}
}

enum decode_result decode_link(struct decode_run *r, int linktype)
{
	switch (linktype) {
	case LINK_ETHERNET:
		return decode_ethernet(r);
	case LINK_COOKED:
		return cooked(r);
	case LINK_COOKED2:
		return cooked2(r);
	case LINK_NULL:
	case LINK_LOOP:
		return null_loop(r);
	case LINK_RAW_12:
	case LINK_RAW_14:
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6:
		return decode_ip(r);
	default:
		return DECODE_UNKNOWN;
	}
}
