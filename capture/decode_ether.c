/* Ethernet, LLC and what stands between an Ethernet header and IP.
 *
 *	Ethernet II	dst 6, src 6, type 2
 *	802.3		dst 6, src 6, length 2 (< 0x600), LLC 3 [SNAP 5]
 *	LLC		AA AA 03 and SNAP: organisation 3, type 2
 *			06 06 03: IP; FE FE 03: NLPID 1 (CC: IPv4, 8E: IPv6)
 *	VLAN, QinQ	type 8100, 88a8, 9100 ...: tag 2, type 2; repeated
 *	E-tag		type 893f: tag 6, type 2		(802.1BR)
 *	CMD		type 8909: tag 6, type 2		(TrustSec)
 *	I-tag		type 88e7: tag 4, Ethernet		(802.1ah)
 *	Arista		type d28b: 1 2, version 2, time 8 or 6, type 2
 *	MACsec		type 88e5: TCI 1, length 1, number 4, [SCI 8], type 2;
 *			opened only if it authenticates without encrypting
 *
 * MPLS is in decode_mpls.c, PPPoE in decode_ppp.c.
 *
 * References: IEEE 802.3, 802.1Q, 802.1AE, 802.1ah, 802.1BR, RFC 1042, RFC
 * 2427.
 */
#include "capture/decode_int.h"

enum {
	TYPE_IPV4 = 0x0800,
	TYPE_ARP = 0x0806,
	TYPE_VLAN = 0x8100,
	TYPE_IPV6 = 0x86dd,
	TYPE_PPP = 0x880b,
	TYPE_MPLS = 0x8847,
	TYPE_MPLS_UP = 0x8848,
	TYPE_PPPOE = 0x8864,
	TYPE_QINQ = 0x88a8,
	TYPE_MACSEC = 0x88e5,
	TYPE_ITAG = 0x88e7,
	TYPE_CMD = 0x8909,
	TYPE_ETAG = 0x893f,
	TYPE_QINQ_OLD = 0x9100,
	TYPE_QINQ_OLD2 = 0x9200,
	TYPE_QINQ_OLD3 = 0x9300,
	TYPE_ARISTA = 0xd28b,
};

#define VLAN_TAGS 4

/* The octet that says what follows (ISO/IEC TR 9577). */
static enum decode_result nlpid(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 1);

	if (!p)
		return decode_short(r);
	return *p == 0xcc || *p == 0x8e ? decode_ip(r) : DECODE_NOT_IP;
}

enum decode_result decode_snap(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 5);

	if (!p)
		return decode_short(r);
	if (p[0] || p[1] || (p[2] && p[2] != 0xf8))
		return DECODE_NOT_IP; /* another organisation's numbers */
	return decode_ethertype(r, decode_be16(p + 3));
}

enum decode_result decode_llc(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 3);

	if (!p)
		return decode_short(r);
	if (p[0] != p[1] || p[2] != 3)
		return DECODE_NOT_IP;
	switch (p[0]) {
	case 0xaa:
		return decode_snap(r);
	case 0x06:
		return decode_ip(r);
	case 0xfe:
		return nlpid(r);
	default:
		return DECODE_NOT_IP;
	}
}

/* Ethernet within Ethernet: no deeper than tunnels may nest. */
enum decode_result decode_nested(struct decode_run *r)
{
	if (r->depth == DECODE_DEPTH)
		return DECODE_UNKNOWN;
	r->depth++;
	return decode_ethernet(r);
}

/* A time stamp that a tap aggregator put before the type: of 64 or 48 bits. */
static uint32_t arista_len(const struct decode_run *r)
{
	const uint8_t *p = r->c.at;

	if (cursor_left(&r->c) < 4)
		return 4 + 6 + 2;
	if (decode_be16(p) != 1)
		return 0;
	switch (p[3]) {
	case 0x10:
		return 4 + 8 + 2;
	case 0x20:
		return 4 + 6 + 2;
	default:
		return 0;
	}
}

/* Bytes of a tag of @type, including the type that follows; 0: no tag. */
static uint32_t tag_len(const struct decode_run *r, uint16_t type)
{
	switch (type) {
	case TYPE_VLAN:
	case TYPE_QINQ:
	case TYPE_QINQ_OLD:
	case TYPE_QINQ_OLD2:
	case TYPE_QINQ_OLD3:
		return 4;
	case TYPE_CMD:
	case TYPE_ETAG:
		return 8;
	case TYPE_ARISTA:
		return arista_len(r);
	default:
		return 0;
	}
}

/* If only authenticated, the frame's own type follows. */
static enum decode_result macsec(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 6);
	const uint8_t *type;

	if (!p)
		return decode_short(r);
	if (p[0] & 0x0c)
		return DECODE_PROTECTED;
	if (p[0] & 0x20)
		decode_take(r, 8);
	type = decode_take(r, 2);
	if (!type)
		return decode_short(r);
	if (decode_be16(type) == TYPE_MACSEC)
		return DECODE_UNKNOWN;
	return decode_ethertype(r, decode_be16(type));
}

/* What follows the tags, if not IP. */
static enum decode_result other_type(struct decode_run *r, uint16_t type)
{
	switch (type) {
	case TYPE_MPLS:
	case TYPE_MPLS_UP:
		return decode_mpls(r);
	case TYPE_PPPOE:
		return decode_pppoe(r);
	case TYPE_PPP:
		return decode_ppp(r);
	case TYPE_MACSEC:
		return macsec(r);
	case TYPE_ARP:
		return decode_arp(r);
	case TYPE_ITAG:
		return decode_take(r, 4) ? decode_nested(r) : decode_short(r);
	default:
		return type < DECODE_TYPE_MIN ? decode_llc(r) : DECODE_NOT_IP;
	}
}

/* Not inlined: most frames never get here. */
static __attribute__((noinline)) enum decode_result tagged(struct decode_run *r,
							   uint16_t type)
{
	uint32_t len;

	for (int tags = 0; (len = tag_len(r, type)); tags++) {
		const uint8_t *p = decode_take(r, len);

		if (!p)
			return decode_short(r);
		if (tags == VLAN_TAGS)
			return DECODE_UNKNOWN;
		if (len == 4)
			r->vlan = (r->vlan & 0xfff) << 12 |
				  (decode_be16(p) & 0xfff);
		type = decode_be16(p + len - 2);
	}
	if (type == TYPE_IPV4 || type == TYPE_IPV6)
		return decode_ip(r);
	return other_type(r, type);
}

enum decode_result decode_ethertype(struct decode_run *r, uint16_t type)
{
	if (type == TYPE_IPV4 || type == TYPE_IPV6)
		return decode_ip(r);
	return tagged(r, type);
}

enum decode_result decode_ethernet(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 14);

	if (!p)
		return decode_short(r);
	r->to_all = p[0] & 1;
	return decode_ethertype(r, decode_be16(p + 12));
}
