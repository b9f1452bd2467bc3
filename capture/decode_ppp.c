/* PPP, HDLC and PPPoE.
 *
 *	PPP	[FF 03] protocol 2 (or 1, if it is odd)
 *	HDLC	PPP, or Cisco's: address 0F or 8F, 0 1, Ethernet type 2
 *	PPPoE	version and type 11, code 1 (0: a session's data), session 2,
 *		length 2, PPP
 *
 * Address and control may be left out, and a protocol number below 256 may be
 * one byte: the lowest bit of each tells.  Compressed, encrypted, bridged and
 * multilink frames (VJ, CCP, ECP) are counted as unknown: they hold packets
 * that are not read.
 *
 * References: RFC 1661, RFC 1662, RFC 2516; draft for Cisco HDLC: none.
 */
#include "capture/decode_int.h"

enum {
	PPP_IPV4 = 0x21,
	PPP_VJ_COMP = 0x2d,
	PPP_VJ_UNCOMP = 0x2f,
	PPP_BRIDGE = 0x31,
	PPP_MULTILINK = 0x3d,
	PPP_ECP = 0x53,
	PPP_ECP_LINK = 0x55,
	PPP_IPV6 = 0x57,
	PPP_CCP_LINK = 0xfb,
	PPP_CCP = 0xfd,
	PPP_MPLS = 0x281,
	PPP_MPLS_MULTI = 0x283,
};

static enum decode_result ppp_protocol(struct decode_run *r, uint16_t protocol)
{
	switch (protocol) {
	case PPP_IPV4:
	case PPP_IPV6:
		return decode_ip(r);
	case PPP_MPLS:
	case PPP_MPLS_MULTI:
		return decode_mpls(r);
	case PPP_VJ_COMP:
	case PPP_VJ_UNCOMP:
	case PPP_BRIDGE:
	case PPP_MULTILINK:
	case PPP_CCP_LINK:
	case PPP_CCP:
		return DECODE_UNKNOWN;
	case PPP_ECP:
	case PPP_ECP_LINK:
		return DECODE_PROTECTED;
	default:
		return DECODE_NOT_IP;
	}
}

enum decode_result decode_ppp(struct decode_run *r)
{
	const uint8_t *p = r->c.at;

	if (cursor_left(&r->c) && p[0] == 0xff && !decode_take(r, 2))
		return decode_short(r);
	p = decode_take(r, 1);
	if (!p)
		return decode_short(r);
	if (p[0] & 1)
		return ppp_protocol(r, p[0]);
	if (!decode_take(r, 1))
		return decode_short(r);
	return ppp_protocol(r, decode_be16(p));
}

enum decode_result decode_hdlc(struct decode_run *r)
{
	const uint8_t *p = r->c.at;

	if (cursor_left(&r->c) < 1)
		return decode_short(r);
	if (p[0] != 0x0f && p[0] != 0x8f)
		return decode_ppp(r);
	p = decode_take(r, 4);
	return p ? decode_ethertype(r, decode_be16(p + 2)) : decode_short(r);
}

enum decode_result decode_pppoe(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, 6);

	if (!p)
		return decode_short(r);
	if (p[0] != 0x11)
		return DECODE_UNKNOWN;
	return p[1] ? DECODE_NOT_IP : decode_ppp(r);
}
