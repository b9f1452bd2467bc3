/* ICMP and ICMPv6: echoes as flows, errors as quotes.
 *
 * An echo's identifier stands for both ports, its number for TCP's window, so
 * that request and reply are the two directions of one flow (key.reply).
 *
 * An error names the packet that caused it: its IP header and at least 8 bytes
 * more (RFC 792), which hold the ports and TCP's sequence number.  The quote
 * shows the packet as it was where the error arose: translated, if behind a
 * NAT.  An error whose quote does not identify a flow is a packet like any
 * other.
 *
 * What never leaves a link (redirects, router discovery, group membership) says
 * nothing about a path and counts as not IP; neighbour discovery, as ARP does, tells
 * who is there (decode_neighbour.c).
 *
 * References: RFC 792, RFC 1191 (MTU), RFC 4443, RFC 4884, RFC 4861.
 */
#include "capture/decode_int.h"

#include <netinet/in.h>

#define ICMP_HDR 8
#define ICMP_CSUM_AT 2
#define QUOTE_MIN 8 /* bytes of the transport header */

enum icmp4 {
	ICMP4_REPLY = 0,
	ICMP4_UNREACH = 3,
	ICMP4_REDIRECT = 5,
	ICMP4_ECHO = 8,
	ICMP4_ROUTER_AD = 9,
	ICMP4_ROUTER_ASK = 10,
	ICMP4_TTL = 11,
	ICMP4_PARAM = 12,
};
#define ICMP4_NEED_FRAG 4 /* code of ICMP4_UNREACH */

enum icmp6 {
	ICMP6_UNREACH = 1,
	ICMP6_TOO_BIG = 2,
	ICMP6_TTL = 3,
	ICMP6_PARAM = 4,
	ICMP6_ECHO = 128,
	ICMP6_REPLY = 129,
	ICMP6_MLD = 130,
	ICMP6_REDIRECT = 137,
	ICMP6_MLD2 = 143,
};

static bool is_echo(bool v6, uint8_t type)
{
	return v6 ? type == ICMP6_ECHO || type == ICMP6_REPLY
		  : type == ICMP4_ECHO || type == ICMP4_REPLY;
}

static bool is_error(bool v6, uint8_t type)
{
	return v6 ? type >= ICMP6_UNREACH && type <= ICMP6_PARAM
		  : type == ICMP4_UNREACH || type == ICMP4_TTL ||
			       type == ICMP4_PARAM;
}

static bool is_local(bool v6, uint8_t type)
{
	return v6 ? (type >= ICMP6_MLD && type <= ICMP6_REDIRECT) ||
			       type == ICMP6_MLD2
		  : type == ICMP4_REDIRECT || type == ICMP4_ROUTER_AD ||
			       type == ICMP4_ROUTER_ASK;
}

/* --- quotes --- */

/* Ports and sequence number from the first bytes of the quoted transport
 * header.  TCP needs 8 of them, the others only what names the flow. */
static bool quote_l4(struct cursor *c, struct icmp_quote *q)
{
	const uint8_t *p = cursor_take(c, QUOTE_MIN);
	bool v6 = q->key.proto == IPPROTO_ICMPV6;

	if (!p)
		return false;
	switch (q->key.proto) {
	case IPPROTO_TCP:
		q->seq = decode_be32(p + 4);
		__attribute__((fallthrough));
	case IPPROTO_UDP:
		q->key.sport = decode_be16(p);
		q->key.dport = decode_be16(p + 2);
		return true;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		if (!is_echo(v6, p[0]))
			return false;
		q->key.sport = q->key.dport = decode_be16(p + 4);
		q->key.reply = p[0] == (v6 ? ICMP6_REPLY : ICMP4_REPLY);
		return true;
	case IPPROTO_ESP:
		decode_spi(&q->key, decode_be32(p));
		return true;
	default:
		return true;
	}
}

static bool quote_v4(struct cursor *c, struct icmp_quote *q)
{
	const uint8_t *p = cursor_take(c, 20);
	uint32_t hlen = p ? (p[0] & 15u) * 4 : 0;

	if (hlen < 20)
		return false;
	cursor_skip(c, hlen - 20);
	q->key.proto = p[9];
	q->key.src = net_addr_v4(p + 12);
	q->key.dst = net_addr_v4(p + 16);
	q->ip_len = decode_be16(p + 2);
	if (decode_be16(p + 6) & 0x1fff)
		return false; /* a later fragment: no ports */
	return quote_l4(c, q);
}

static bool quote_v6(struct cursor *c, struct icmp_quote *q)
{
	const uint8_t *p = cursor_take(c, 40);
	struct ipv6_exts e = { 0 };

	if (!p)
		return false;
	q->key.src = net_addr_v6(p + 8);
	q->key.dst = net_addr_v6(p + 24);
	q->ip_len = decode_be16(p + 4) + 40u;
	e.proto = p[6];
	if (!decode_exts(c, &e) || e.frag_off)
		return false;
	q->key.proto = e.proto;
	return quote_l4(c, q);
}

/* Fills in *q from the bytes of an IP packet that an ICMP error quotes.
 * Return: false if they do not identify the flow. */
static bool read_quote(struct decode_run *r, struct icmp_quote *q)
{
	struct cursor c = r->c;

	if (!cursor_left(&c))
		return false;
	switch (*c.at >> 4) {
	case 4:
		return quote_v4(&c, q);
	case 6:
		return quote_v6(&c, q);
	default:
		return false;
	}
}

/* The error at @p, whose quote the cursor stands at. */
static bool icmp_error(struct decode_run *r, const uint8_t *p, bool v6)
{
	struct icmp_quote *q = &r->out->quote;

	memset(q, 0, sizeof *q);
	q->from = r->out->key.src;
	q->type = p[0];
	q->code = p[1];
	q->v6 = v6;
	if (v6 && q->type == ICMP6_TOO_BIG)
		q->mtu = decode_be32(p + 4);
	else if (!v6 && q->type == ICMP4_UNREACH && q->code == ICMP4_NEED_FRAG)
		q->mtu = decode_be16(p + 6);
	q->key.lane = r->out->key.lane;
	q->key.tunnel = r->out->key.tunnel;
	return read_quote(r, q);
}

/* --- messages --- */

enum decode_result decode_icmp(struct decode_run *r)
{
	struct packet *out = r->out;
	bool v6 = out->rec.marks & REC_V6;
	struct decode_sums sums = { .l4_len = r->left,
				    .hdr_len = ICMP_HDR,
				    .hdr_cap = ICMP_HDR,
				    .pseudo = v6,
				    .no_pseudo = r->no_pseudo,
				    .of_pseudo = r->pseudo,
				    .csum_at = ICMP_CSUM_AT };
	const uint8_t *p;

	if (cursor_left(&r->c) < ICMP_HDR)
		return r->left < ICMP_HDR ? DECODE_MALFORMED : DECODE_CUT;
	p = sums.hdr = decode_take(r, ICMP_HDR);
	out->rec.icmp_type = p[0];
	if (is_local(v6, p[0]))
		return v6 ? decode_discovery(r, p[0], p[1], p[4])
			  : DECODE_NOT_IP;
	if (is_error(v6, p[0]) && icmp_error(r, p, v6))
		return DECODE_ICMP_ERROR;
	if (is_echo(v6, p[0])) {
		out->key.sport = out->key.dport = decode_be16(p + 4);
		out->key.reply = p[0] == (v6 ? ICMP6_REPLY : ICMP4_REPLY);
		out->rec.window = decode_be16(p + 6);
	}
	out->rec.hdr_len = (uint16_t)(out->rec.hdr_len + ICMP_HDR);
	out->rec.pay_len = r->left;
	decode_payload(r->out, r->c.at, cursor_left(&r->c));
	decode_checksum(r->out, &sums);
	return DECODE_OK;
}
