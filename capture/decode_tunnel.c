/* Tunnels: VXLAN and GRE are opened, so that a session is found whether a point
 * saw it inside or outside of them.
 *
 *	VXLAN	flags 1 (08: the VNI is valid), 0 3, VNI 3, 0 1; Ethernet
 *	GRE	flags 2 (8000 checksum, 2000 key, 1000 sequence; version 0),
 *		type 2, [checksum 2, 0 2], [key 4], [sequence 4]; the type's
 *
 * The packet inside becomes the record, and the tunnel part of its key, since
 * tenants may use the same addresses.  Where nothing inside can be decoded (it
 * is cut, or no IP), the outer packet stands as a datagram, untouched.
 *
 * References: RFC 7348, RFC 2784, RFC 2890.
 */
#include "capture/decode_int.h"

#define TYPE_TEB 0x6558 /* transparent Ethernet bridging */
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd

#define GRE_CSUM 0x8000
#define GRE_ROUTING 0x4000
#define GRE_KEY 0x2000
#define GRE_SEQ 0x1000
#define GRE_VERSION 7

static uint32_t mix24(uint32_t v)
{
	v *= 0x9e3779b1u;
	return v >> 8;
}

/* Decodes what the cursor of @in stands at, as of Ethernet type @type. */
static bool inside(struct decode_run *in, enum decode_tunnel kind, uint32_t id,
		   uint16_t type, enum decode_result *res)
{
	struct packet *out = in->out;
	const struct packet outer = *out;

	if (in->depth == DECODE_DEPTH)
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
	if (*res == DECODE_OK || *res == DECODE_ICMP_ERROR)
		return true;
	*out = outer;
	return false;
}

bool decode_vxlan(struct decode_run *r, enum decode_result *res)
{
	struct decode_run in = *r;
	const uint8_t *p = decode_take(&in, 8);

	if (!p || !(p[0] & 8))
		return false;
	return inside(&in, DECODE_TUNNEL_VXLAN, decode_be32(p + 4) >> 8,
		      TYPE_TEB, res);
}

bool decode_gre(struct decode_run *r, enum decode_result *res)
{
	struct decode_run in = *r;
	const uint8_t *p = decode_take(&in, 4);
	uint16_t flags = p ? decode_be16(p) : GRE_VERSION;
	uint16_t type = p ? decode_be16(p + 2) : 0;
	uint32_t id = 0;

	if (flags & (GRE_ROUTING | GRE_VERSION))
		return false;
	if (type != TYPE_TEB && type != TYPE_IPV4 && type != TYPE_IPV6)
		return false;
	if (flags & GRE_CSUM)
		decode_take(&in, 4);
	if (flags & GRE_KEY) {
		p = decode_take(&in, 4);
		id = p ? mix24(decode_be32(p)) : 0;
	}
	if (flags & GRE_SEQ)
		decode_take(&in, 4);
	return !in.c.bad && inside(&in, DECODE_TUNNEL_GRE, id, type, res);
}
