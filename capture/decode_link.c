/* Link layers: the header that each link type begins with.
 *
 *	FDDI		control 1, dst 6, src 6, LLC
 *	token ring	access 1, control 1, dst 6, src 6, [route], LLC
 *	cooked v1	packet type 2, device type 2, address 2 + 8, type 2
 *	cooked v2	type 2, 0 2, ifindex 4, device type 2, packet type 1,
 *			address 1 + 8
 *	null, loop	address family 4, in the writer's or in network order
 *	enc (OpenBSD)	address family 4, SPI 4, flags 4
 *	pflog		length 1, address family 1, ...; padded to 4
 *	nflog		family 1, version 1, group 2; then TLVs: length 2,
 *			type 2 (9: the packet), padded to 4
 *	frame relay	address 2, control 03, NLPID 1, or SNAP behind 00 80
 *	SLIP		direction 1, header 15
 *	IP over 1394	dst 8, src 8, type 2
 *	PKTAP (macOS)	length 4, record type 4, link type 4, ...
 *	PPI		version 1, flags 1, length 2, link type 4, ...
 *	ERF (Endace)	time 8, type 1, flags 1, length 2, counter 2, wire 2,
 *			[extensions of 8]; Ethernet behind 2 bytes of padding
 *	raw IP		nothing
 *
 * Ethernet and LLC are in decode_ether.c, PPP and PPPoE in decode_ppp.c, 802.11
 * in decode_wifi.c, Juniper's own header in decode_juniper.c.
 *
 * References: RFC 2427, RFC 2734; LINKTYPE_ pages of tcpdump.org.
 */
#include "capture/decode_int.h"

enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_TOKEN_RING = 6,
	LINK_SLIP = 8,
	LINK_PPP = 9,
	LINK_FDDI = 10,
	LINK_ATM_LLC = 11, /* RFC 1483 */
	LINK_RAW_12 = 12,
	LINK_RAW_14 = 14,
	LINK_PPP_HDLC = 50,
	LINK_PPPOE = 51,
	LINK_RAW = 101,
	LINK_CHDLC = 104,
	LINK_80211 = 105,
	LINK_FRAME_RELAY = 107,
	LINK_LOOP = 108,
	LINK_ENC = 109,
	LINK_COOKED = 113,
	LINK_PFLOG = 117,
	LINK_80211_PRISM = 119,
	LINK_80211_RADIOTAP = 127,
	LINK_IP_1394 = 138,
	LINK_80211_AVS = 163,
	LINK_PPP_PPPD = 166,
	LINK_JUNIPER_ETHER = 178,
	LINK_JUNIPER_PPP = 179,
	LINK_JUNIPER_CHDLC = 181,
	LINK_PPI = 192,
	LINK_ERF = 197,
	LINK_PPP_DIR = 204,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_NFLOG = 239,
	LINK_NETANALYZER = 240,
	LINK_PKTAP = 258,
	LINK_COOKED2 = 276,
};

#define COOKED_LLC 4       /* in place of an Ethernet type */
#define COOKED_BROADCAST 1 /* kinds of packet */
#define COOKED_MULTICAST 2
#define COOKED_LEN 16
#define COOKED2_LEN 20

/* Skips @n bytes that are of no use here; then the layer @next. */
static enum decode_result
behind(struct decode_run *r, uint32_t n,
       enum decode_result (*next)(struct decode_run *))
{
	return decode_take(r, n) ? next(r) : decode_short(r);
}

static enum decode_result token_ring(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 14), *route;

	if (!p)
		return decode_short(r);
	if ((p[1] & 0xc0) != 0x40)
		return DECODE_NOT_IP; /* the ring's own frames */
	if (!(p[8] & 0x80))
		return decode_llc(r);
	route = r->c.at; /* its length is in its own first byte */
	if (!cursor_left(&r->c) || !decode_take(r, route[0] & 0x1f))
		return decode_short(r);
	return decode_llc(r);
}

static enum decode_result frame_relay(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 4);

	if (!p)
		return decode_short(r);
	if (!(p[1] & 1))
		return DECODE_UNKNOWN; /* a longer address */
	if (p[2] != 3) /* no control field: Cisco's Ethernet type */
		return decode_ethertype(r, decode_be16(p + 2));
	if (p[3] == 0 || p[3] == 0x80) { /* padding before SNAP's mark */
		if (!p[3] && !decode_take(r, 1))
			return decode_short(r);
		return decode_snap(r);
	}
	return p[3] == 0xcc || p[3] == 0x8e ? decode_ip(r) : DECODE_NOT_IP;
}

/* The protocol field of a cooked header: an Ethernet type, or a small number
 * of the kernel's own. */
static enum decode_result cooked_type(struct decode_run *r, uint16_t type)
{
	if (type == COOKED_LLC)
		return decode_llc(r);
	return type < DECODE_TYPE_MIN ? DECODE_NOT_IP
				      : decode_ethertype(r, type);
}

static bool cooked_to_all(uint16_t kind)
{
	return kind == COOKED_BROADCAST || kind == COOKED_MULTICAST;
}

static enum decode_result cooked(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, COOKED_LEN);

	if (!p)
		return decode_short(r);
	r->to_all = cooked_to_all(decode_be16(p));
	return cooked_type(r, decode_be16(p + 14));
}

static enum decode_result cooked2(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, COOKED2_LEN);

	if (!p)
		return decode_short(r);
	r->out->key.lane = DECODE_LANE(r->f->iface, decode_be32(p + 4));
	r->to_all = cooked_to_all(p[10]);
	return cooked_type(r, decode_be16(p));
}

/* IPv6 has a different number on each system; IPv4 is 2 everywhere. */
static bool is_inet(uint8_t family)
{
	switch (family) {
	case 2:
	case 10:
	case 23:
	case 24:
	case 26:
	case 28:
	case 30:
		return true;
	default:
		return false;
	}
}

/* The address family, in either byte order, in a header of @len bytes. */
static enum decode_result family(struct decode_run *r, uint32_t len)
{
	const uint8_t *p = decode_take(r, len);

	if (!p)
		return decode_short(r);
	return is_inet(p[0] | p[1] | p[2] | p[3]) ? decode_ip(r)
						  : DECODE_NOT_IP;
}

static enum decode_result pflog(struct decode_run *r)
{
	const uint8_t *p = r->c.at;

	if (cursor_left(&r->c) < 2)
		return decode_short(r);
	if (p[0] < 4)
		return DECODE_MALFORMED;
	if (!decode_take(r, (p[0] + 3u) & ~3u))
		return decode_short(r);
	return is_inet(p[1]) ? decode_ip(r) : DECODE_NOT_IP;
}

static enum decode_result nflog(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 4), *tlv;
	uint32_t len;

	if (!p)
		return decode_short(r);
	if (!is_inet(p[0]))
		return DECODE_NOT_IP;
	for (;;) {
		tlv = decode_take(r, 4);
		if (!tlv)
			return decode_short(r);
		/* The writer's byte order: in the right one the length is
		 * small. */
		len = decode_le16(tlv);
		if ((tlv[2] | tlv[3] << 8) == 9 || (tlv[2] << 8 | tlv[3]) == 9)
			return decode_ip(r);
		if (len < 4)
			return DECODE_MALFORMED;
		if (!decode_take(r, ((len + 3) & ~3u) - 4))
			return decode_short(r);
	}
}

/* A header of @len bytes that holds, at byte @at, the link type of what
 * follows. */
static enum decode_result wrapped(struct decode_run *r, uint32_t len,
				  const uint8_t *linktype)
{
	uint32_t inner = decode_le32(linktype);

	if (!decode_take(r, len))
		return decode_short(r);
	if (r->depth == DECODE_DEPTH || inner > INT32_MAX)
		return DECODE_UNKNOWN;
	r->depth++;
	return decode_link(r, (int)inner);
}

static enum decode_result pktap(struct decode_run *r)
{
	const uint8_t *p = r->c.at;

	if (cursor_left(&r->c) < 12)
		return decode_short(r);
	if (decode_le32(p) < 12)
		return DECODE_MALFORMED;
	if (decode_le32(p + 4) != 1)
		return DECODE_NOT_IP; /* no packet */
	return wrapped(r, decode_le32(p), p + 8);
}

static enum decode_result ppi(struct decode_run *r)
{
	const uint8_t *p = r->c.at;

	if (cursor_left(&r->c) < 8)
		return decode_short(r);
	if (p[0] || decode_le16(p + 2) < 8)
		return DECODE_MALFORMED;
	return wrapped(r, decode_le16(p + 2), p + 4);
}

static enum decode_result endace(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 16);
	uint8_t more, type;

	if (!p)
		return decode_short(r);
	type = p[8] & 0x7f;
	for (more = p[8] & 0x80; more; more = *p & 0x80) {
		p = decode_take(r, 8);
		if (!p)
			return decode_short(r);
	}
	switch (type) {
	case 1: /* these four differ in colour or hash only */
	case 10:
	case 15:
	case 19:
		return decode_hdlc(r);
	case 2:
	case 11:
	case 16:
	case 20:
		return behind(r, 2, decode_ethernet);
	case 22:
	case 23:
		return decode_ip(r);
	default:
		return DECODE_UNKNOWN;
	}
}

static enum decode_result ip_1394(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 18);

	return p ? decode_ethertype(r, decode_be16(p + 16)) : decode_short(r);
}

/* Link types other than the common ones, and their decoders. */
static const struct link {
	enum decode_result (*enter)(struct decode_run *r);
	int type;
	uint32_t behind;
} links[] = {
	{ token_ring, LINK_TOKEN_RING, 0 },
	{ decode_ip, LINK_SLIP, 16 },
	{ decode_ppp, LINK_PPP, 0 },
	{ decode_llc, LINK_FDDI, 13 },
	{ decode_llc, LINK_ATM_LLC, 0 },
	{ decode_hdlc, LINK_PPP_HDLC, 0 },
	{ decode_pppoe, LINK_PPPOE, 0 },
	{ decode_hdlc, LINK_CHDLC, 0 },
	{ decode_wifi, LINK_80211, 0 },
	{ frame_relay, LINK_FRAME_RELAY, 0 },
	{ pflog, LINK_PFLOG, 0 },
	{ decode_prism, LINK_80211_PRISM, 0 },
	{ decode_radiotap, LINK_80211_RADIOTAP, 0 },
	{ ip_1394, LINK_IP_1394, 0 },
	{ decode_prism, LINK_80211_AVS, 0 },
	{ decode_ppp, LINK_PPP_PPPD, 2 },
	{ decode_juniper_ether, LINK_JUNIPER_ETHER, 0 },
	{ decode_juniper_ppp, LINK_JUNIPER_PPP, 0 },
	{ decode_juniper_hdlc, LINK_JUNIPER_CHDLC, 0 },
	{ ppi, LINK_PPI, 0 },
	{ endace, LINK_ERF, 0 },
	{ decode_ppp, LINK_PPP_DIR, 1 },
	{ nflog, LINK_NFLOG, 0 },
	{ decode_ethernet, LINK_NETANALYZER, 4 },
	{ pktap, LINK_PKTAP, 0 },
};

static const struct link *link_find(int type)
{
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (links[i].type == type)
			return &links[i];
	return NULL;
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
	case LINK_ENC:
	case LINK_COOKED:
	case LINK_IPV4:
	case LINK_IPV6:
	case LINK_COOKED2:
		return true;
	default:
		return link_find(linktype);
	}
}

static enum decode_result other_link(struct decode_run *r, int linktype)
{
	const struct link *l = link_find(linktype);

	return l ? behind(r, l->behind, l->enter) : DECODE_UNKNOWN;
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
		return family(r, 4);
	case LINK_ENC:
		return family(r, 12);
	case LINK_RAW_12:
	case LINK_RAW_14:
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6:
		return decode_ip(r);
	default:
		return other_link(r, linktype);
	}
}
