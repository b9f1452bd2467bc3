/* Tunnels are opened, so that a session is found whether a point saw it inside
 * or outside of one.
 *
 *	VXLAN	UDP 4789, 8472: flags 1 (08: the VNI is valid), 0 3, VNI 3,
 *		0 1; Ethernet
 *	GPE	UDP 4790: the same, but flag 04: the byte before the VNI says
 *		what follows (1 IPv4, 2 IPv6, 3 Ethernet)
 *	GENEVE	UDP 6081: version 2 bits (0), words of options 6 bits, flags
 *		1, type 2, VNI 3, 0 1, [options]; the type's
 *	GTP-U	UDP 2152: flags 1 (version 1, 10: GTP; 04: extensions, 02:
 *		sequence, 01: N-PDU), message 1 (FF), length 2, TEID 4,
 *		[sequence 2, N-PDU 1, extension type 1, [words 1, ...]]; IP
 *	L2TP	UDP 1701: flags 2 (8000 control, 4000 length, 0800 sequence,
 *		0200 offset; version 2), [length 2], tunnel 2, session 2,
 *		[sequence 4], [offset 2, ...]; PPP
 *	MPLS	UDP 6635, IP 137; MPLS
 *	IP	IP 4 (IPv4), 41 (IPv6), 97 (Ethernet behind 2 bytes)
 *	GRE	IP 47: flags 2 (8000 checksum, 2000 key, 1000 sequence; version
 *		0), type 2, [checksum 2, 0 2], [key 4], [sequence 4]; the type's
 *	PPTP	GRE of version 1: type 880b, length 2, call 2, [sequence 4],
 *		[acknowledgement 4, flag 80]; PPP
 *	WCCP	GRE, type 883e: [redirect 4]; IP
 *	ERSPAN	GRE, type 88be: without a sequence number (I): Ethernet; else
 *		(II): header 8, Ethernet.  Type 22eb (III): header 12, [8];
 *		Ethernet or IP by the header's frame type
 *
 * The packet inside becomes the record, and the tunnel part of its key, since
 * tenants may use the same addresses.  Numbers that only one direction has (GTP
 * and L2TP let each end choose its own) do not belong to the key: both
 * directions are one flow.  If the outer packet is fragmented its first
 * fragment is opened, and the inner packet counts as cut where that ends.  If
 * nothing inside can be decoded (cut, encrypted, or not IP), the outer packet
 * is a datagram like any other.
 *
 * References: RFC 7348, draft-ietf-nvo3-vxlan-gpe, RFC 8926, 3GPP TS 29.281,
 * RFC 2661, RFC 7510, RFC 2003, RFC 4213, RFC 3378, RFC 2784, RFC 2890, RFC
 * 2637, draft-foschiano-erspan.
 */
#include "capture/decode_int.h"

#include <netinet/in.h>

#define TYPE_IP 0x0800  /* of either version */
#define TYPE_TEB 0x6558 /* transparent Ethernet bridging */
#define TYPE_IPV6 0x86dd
#define TYPE_PPP 0x880b
#define TYPE_WCCP 0x883e
#define TYPE_MPLS 0x8847
#define TYPE_MPLS_UP 0x8848
#define TYPE_ERSPAN2 0x88be
#define TYPE_ERSPAN3 0x22eb

#define GRE_CSUM 0x8000
#define GRE_ROUTING 0x4000
#define GRE_KEY 0x2000
#define GRE_SEQ 0x1000
#define GRE_ACK 0x0080 /* version 1 */
#define GRE_VERSION 7

#define L2TP_CONTROL 0x8000
#define L2TP_LENGTH 0x4000
#define L2TP_SEQ 0x0800
#define L2TP_OFFSET 0x0200
#define L2TP_VERSION 15

enum { PROTO_ETHERIP = 97, PROTO_MPLS = 137 };

enum udp_port {
	PORT_L2TP = 1701,
	PORT_GTP = 2152,
	PORT_VXLAN = 4789,
	PORT_VXLAN_GPE = 4790,
	PORT_GENEVE = 6081,
	PORT_MPLS = 6635,
	PORT_VXLAN_LINUX = 8472, /* before the number was assigned */
};

static uint32_t mix24(uint32_t v)
{
	v *= 0x9e3779b1u;
	return v >> 8;
}

/* Remembers from the first fragment where later ones belong. */
static void know_fragments(struct decoder *d, const struct packet *outer)
{
	struct flow_key ip = outer->key;

	ip.sport = ip.dport = 0;
	if (outer->rec.marks & REC_FRAG)
		frag_learn(d, outer, &ip, true);
}

/* Decodes what the cursor of @in stands at, as of Ethernet type @type. */
static bool inside(struct decode_run *in, enum decode_tunnel kind, uint32_t id,
		   uint16_t type, enum decode_result *res)
{
	struct packet *out = in->out;
	const struct packet outer = *out;

	if (in->c.bad || in->depth == DECODE_DEPTH)
		return false;
	in->depth++;
	in->no_pseudo = false;
	if (outer.key.tunnel)
		id = mix24(outer.key.tunnel ^ id);
	out->rec = (struct record){ .time_ns = outer.rec.time_ns,
				    .frame = outer.rec.frame,
				    .wire_len = outer.rec.wire_len,
				    .cap_len = outer.rec.cap_len };
	out->key = (struct flow_key){ .lane = outer.key.lane,
				      .tunnel = (uint32_t)kind << 24 | id };
	*res = type == TYPE_TEB ? decode_ethernet(in)
				: decode_ethertype(in, type);
	if (*res == DECODE_OK || *res == DECODE_ICMP_ERROR) {
		know_fragments(in->d, &outer);
		return true;
	}
	*out = outer;
	return false;
}

/* --- in UDP --- */

static bool vxlan(struct decode_run *in, bool gpe, enum decode_result *res)
{
	static const uint16_t types[] = { 0, TYPE_IP, TYPE_IP, TYPE_TEB };
	const uint8_t *p = decode_take(in, 8);
	uint16_t type = TYPE_TEB;

	if (!p || !(p[0] & 8))
		return false;
	if (gpe && p[0] & 4)
		type = p[3] < sizeof types / sizeof *types ? types[p[3]] : 0;
	return type && inside(in, DECODE_TUNNEL_VXLAN, decode_be32(p + 4) >> 8,
			      type, res);
}

/* Types accepted in a header that may hold any Ethernet type. */
static bool known_type(uint16_t type)
{
	return type == TYPE_IP || type == TYPE_IPV6 || type == TYPE_TEB ||
	       type == TYPE_PPP || type == TYPE_MPLS || type == TYPE_MPLS_UP;
}

static bool geneve(struct decode_run *in, enum decode_result *res)
{
	const uint8_t *p = decode_take(in, 8);

	if (!p || p[0] >> 6 || !known_type(decode_be16(p + 2)))
		return false;
	decode_take(in, (p[0] & 0x3fu) * 4);
	return inside(in, DECODE_TUNNEL_GENEVE, decode_be32(p + 4) >> 8,
		      decode_be16(p + 2), res);
}

/* Skips GTP's extension headers.  Return: false if they are damaged.  Each has
 * at least a word, so the packet bounds the loop. */
static bool gtp_extensions(struct decode_run *in, uint8_t type)
{
	while (type) {
		const uint8_t *p = in->c.at;
		uint32_t len = cursor_left(&in->c) ? p[0] * 4u : 0;

		if (!len || !decode_take(in, len))
			return false;
		type = p[len - 1];
	}
	return true;
}

static bool gtp(struct decode_run *in, enum decode_result *res)
{
	const uint8_t *p = decode_take(in, 8), *more;

	if (!p || (p[0] & 0xf0) != 0x30 || p[1] != 0xff)
		return false;
	if (p[0] & 7) {
		more = decode_take(in, 4);
		if (!more || (p[0] & 4 && !gtp_extensions(in, more[3])))
			return false;
	}
	return inside(in, DECODE_TUNNEL_GTP, 0, TYPE_IP, res);
}

static bool l2tp(struct decode_run *in, enum decode_result *res)
{
	const uint8_t *p = decode_take(in, 2);
	uint16_t flags = p ? decode_be16(p) : L2TP_CONTROL;

	if (flags & L2TP_CONTROL || (flags & L2TP_VERSION) != 2)
		return false;
	if (flags & L2TP_LENGTH)
		decode_take(in, 2);
	decode_take(in, 4);
	if (flags & L2TP_SEQ)
		decode_take(in, 4);
	if (flags & L2TP_OFFSET) {
		p = decode_take(in, 2);
		decode_take(in, p ? decode_be16(p) : 0);
	}
	return inside(in, DECODE_TUNNEL_L2TP, 0, TYPE_PPP, res);
}

bool decode_in_udp(struct decode_run *r, enum decode_result *res)
{
	struct decode_run in = *r;

	switch (r->out->key.dport) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
		return vxlan(&in, false, res);
	case PORT_VXLAN_GPE:
		return vxlan(&in, true, res);
	case PORT_GENEVE:
		return geneve(&in, res);
	case PORT_GTP:
		return gtp(&in, res);
	case PORT_MPLS:
		return inside(&in, DECODE_TUNNEL_IP, 0, TYPE_MPLS, res);
	case PORT_L2TP:
		return l2tp(&in, res);
	default: /* the other port: a server's answers go to any port of the
		  * client's */
		return r->out->key.sport == PORT_L2TP && l2tp(&in, res);
	}
}

bool decode_is_tunnel_port(uint16_t sport, uint16_t dport)
{
	switch (dport) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
	case PORT_VXLAN_GPE:
	case PORT_GENEVE:
	case PORT_GTP:
	case PORT_MPLS:
	case PORT_L2TP:
		return true;
	default:
		return sport == PORT_L2TP;
	}
}

/* --- in IP --- */

static bool erspan(struct decode_run *in, uint16_t type, bool sequence,
		   enum decode_result *res)
{
	uint16_t inner = TYPE_TEB;
	const uint8_t *p;

	if (type == TYPE_ERSPAN3) {
		p = decode_take(in, 12);
		if (!p || p[0] >> 4 != 2)
			return false;
		if (((p[10] >> 2) & 0x1f) == 2)
			inner = TYPE_IP;
		if (p[11] & 1)
			decode_take(in, 8);
	} else if (sequence) {
		p = decode_take(in, 8);
		if (!p || p[0] >> 4 != 1)
			return false;
	}
	return inside(in, DECODE_TUNNEL_ERSPAN, 0, inner, res);
}

/* Old versions lack the redirect header.  Its first bits never look like those
 * of an IP header. */
static bool wccp(struct decode_run *in, enum decode_result *res)
{
	if (cursor_left(&in->c) && *in->c.at >> 4 != 4 && *in->c.at >> 4 != 6)
		decode_take(in, 4);
	return inside(in, DECODE_TUNNEL_GRE, 0, TYPE_IP, res);
}

static bool pptp(struct decode_run *in, uint16_t flags, uint16_t type,
		 enum decode_result *res)
{
	if (type != TYPE_PPP || !(flags & GRE_KEY))
		return false;
	decode_take(in, 4);
	if (flags & GRE_SEQ)
		decode_take(in, 4);
	if (flags & GRE_ACK)
		decode_take(in, 4);
	return inside(in, DECODE_TUNNEL_GRE, 0, TYPE_PPP, res);
}

static bool gre(struct decode_run *in, enum decode_result *res)
{
	const uint8_t *p = decode_take(in, 4);
	uint16_t flags = p ? decode_be16(p) : GRE_VERSION;
	uint16_t type = p ? decode_be16(p + 2) : 0;
	uint32_t id = 0;

	if ((flags & GRE_VERSION) == 1)
		return pptp(in, flags, type, res);
	if (flags & (GRE_ROUTING | GRE_VERSION))
		return false;
	if (flags & GRE_CSUM)
		decode_take(in, 4);
	if (flags & GRE_KEY) {
		p = decode_take(in, 4);
		id = p ? mix24(decode_be32(p)) : 0;
	}
	if (flags & GRE_SEQ)
		decode_take(in, 4);
	if (type == TYPE_ERSPAN2 || type == TYPE_ERSPAN3)
		return erspan(in, type, flags & GRE_SEQ, res);
	if (type == TYPE_WCCP)
		return wccp(in, res);
	return known_type(type) && inside(in, DECODE_TUNNEL_GRE, id, type, res);
}

static bool etherip(struct decode_run *in, enum decode_result *res)
{
	const uint8_t *p = decode_take(in, 2);

	return p && p[0] >> 4 == 3 &&
	       inside(in, DECODE_TUNNEL_IP, 0, TYPE_TEB, res);
}

bool decode_in_ip(struct decode_run *r, enum decode_result *res)
{
	struct decode_run in = *r;

	switch (r->out->key.proto) {
	case IPPROTO_GRE:
		return gre(&in, res);
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
		return inside(&in, DECODE_TUNNEL_IP, 0, TYPE_IP, res);
	case PROTO_ETHERIP:
		return etherip(&in, res);
	case PROTO_MPLS:
		return inside(&in, DECODE_TUNNEL_IP, 0, TYPE_MPLS, res);
	default:
		return false;
	}
}
