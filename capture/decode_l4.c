/* TCP, UDP and what has no ports.
 *
 * A TCP record needs the whole fixed header (20 bytes): without the data offset
 * the payload cannot be found.  Options may be cut or damaged: those before the
 * damage count, as they do for receivers.  Payload lengths come from the IP
 * length, never from what was captured.
 *
 * AH hides nothing and is skipped.  ESP hides all but the SPI, which makes
 * flows of its own: one per direction, and a new one with new keys.  Its
 * sequence number begins the payload, and so its digest: no two are alike.
 *
 * References: RFC 9293 (TCP), RFC 7323 (window scale, time stamps), RFC 2018
 * (SACK), RFC 7413 (fast open), RFC 8684 (multipath), RFC 768 (UDP), RFC 4302
 * (AH), RFC 4303 (ESP).
 */
#include "capture/decode_int.h"

#include <netinet/in.h>

#define TCP_HDR 20
#define UDP_HDR 8
#define ESP_HDR 8
#define AH_HDR 12
#define UDP_CSUM_AT 6

enum tcp_option {
	TCP_END,
	TCP_NOP,
	TCP_MSS,
	TCP_WSCALE,
	TCP_SACKPERM,
	TCP_SACK,
	TCP_TS = 8,
	TCP_MPTCP = 30,
	TCP_TFO = 34,
	TCP_EXP1 = 253,
	TCP_EXP2 = 254,
};
#define TCP_EXP_TFO 0xf989 /* fast open before its number was assigned */

static void sack_blocks(struct record *rec, const uint8_t *p, uint8_t len)
{
	rec->opts |= REC_OPT_SACK;
	rec->n_sack = 0;
	for (; len >= 8 && rec->n_sack < 4; len = (uint8_t)(len - 8), p += 8) {
		rec->sack[rec->n_sack][0] = decode_be32(p);
		rec->sack[rec->n_sack][1] = decode_be32(p + 4);
		rec->n_sack++;
	}
}

/* One option's content: @len bytes at @p. */
static void tcp_option(struct packet *out, uint8_t kind, const uint8_t *p,
		       uint8_t len)
{
	struct record *rec = &out->rec;

	if (kind == TCP_MSS && len == 2) {
		rec->opts |= REC_OPT_MSS;
		out->mss = decode_be16(p);
	} else if (kind == TCP_WSCALE && len == 1) {
		rec->opts |= REC_OPT_WSCALE;
		out->wscale = (int8_t)(p[0] > 14 ? 14 : p[0]);
	} else if (kind == TCP_SACKPERM && len == 0) {
		rec->opts |= REC_OPT_SACKPERM;
	} else if (kind == TCP_SACK && len >= 8) {
		sack_blocks(rec, p, len);
	} else if (kind == TCP_TS && len == 8) {
		decode_ts(rec, p);
	} else if (kind == TCP_TFO ||
		   ((kind == TCP_EXP1 || kind == TCP_EXP2) && len >= 2 &&
		    decode_be16(p) == TCP_EXP_TFO)) {
		rec->opts |= REC_OPT_TFO;
	} else if (kind == TCP_MPTCP) {
		rec->opts |= REC_OPT_MPTCP;
	} else {
		rec->opts |= REC_OPT_OTHER;
	}
}

void decode_tcp_options(struct packet *out, const uint8_t *p, uint32_t n)
{
	struct cursor c = cursor_of(p, n);
	uint32_t order = 0;

	if (n == 12 && decode_only_ts(p)) {
		decode_ts(&out->rec, p + 4);
		return;
	}
	while (cursor_left(&c)) {
		uint8_t kind = cursor_u8(&c), len;
		const uint8_t *content;

		order = (order + kind + 1) * 0x9e3779b1u;
		if (kind == TCP_END)
			break;
		if (kind == TCP_NOP)
			continue;
		len = cursor_u8(&c);
		if (len < 2)
			break;
		content = cursor_take(&c, len - 2u);
		if (!content)
			break;
		tcp_option(out, kind, content, (uint8_t)(len - 2));
	}
	if (out->rec.tcp_flags & REC_SYN)
		out->opt_order = (uint16_t)(order >> 16);
}

static enum decode_result tcp(struct decode_run *r)
{
	struct record *rec = &r->out->rec;
	struct decode_sums sums = { .hdr = r->c.at,
				    .l4_len = r->left,
				    .csum_at = DECODE_TCP_CSUM_AT,
				    .pseudo = true,
				    .no_pseudo = r->no_pseudo,
				    .of_pseudo = r->pseudo };
	uint32_t hlen;

	if (cursor_left(&r->c) < TCP_HDR)
		return r->left < TCP_HDR ? DECODE_MALFORMED : DECODE_CUT;
	hlen = (sums.hdr[12] >> 4) * 4u;
	if (hlen < TCP_HDR || hlen > r->left)
		return DECODE_MALFORMED;
	sums.hdr_len = hlen;
	sums.hdr_cap = (uint32_t)cursor_left(&r->c);
	if (sums.hdr_cap > hlen)
		sums.hdr_cap = hlen;
	else if (sums.hdr_cap < hlen)
		rec->marks |= REC_CUT;
	r->out->opts_cut = sums.hdr_cap < hlen;
	decode_tcp_fields(r->out, sums.hdr);
	if (hlen > TCP_HDR)
		decode_tcp_options(r->out, sums.hdr + TCP_HDR,
				   sums.hdr_cap - TCP_HDR);
	decode_take(r, sums.hdr_cap);
	rec->hdr_len = (uint16_t)(rec->hdr_len + hlen);
	rec->pay_len = sums.l4_len - hlen;
	decode_payload(r->out, r->c.at, cursor_left(&r->c));
	decode_checksum(r->out, &sums);
	return DECODE_OK;
}

/* Payload bytes by UDP's own length.  Return: false where it contradicts IP's.
 * 0 stands for more than 16 bits can hold; a fragment has the whole
 * datagram's. */
static bool udp_length(const struct decode_run *r, uint32_t ulen,
		       uint32_t *pay_len)
{
	*pay_len = r->left - UDP_HDR;
	if (!ulen || (r->out->rec.marks & REC_FRAG))
		return true;
	if (ulen < UDP_HDR || ulen > r->left)
		return false;
	*pay_len = ulen - UDP_HDR;
	return true;
}

static enum decode_result udp(struct decode_run *r)
{
	struct record *rec = &r->out->rec;
	struct decode_sums sums = { .hdr = r->c.at,
				    .hdr_len = UDP_HDR,
				    .hdr_cap = UDP_HDR,
				    .pseudo = true,
				    .no_pseudo = r->no_pseudo,
				    .of_pseudo = r->pseudo,
				    .csum_at = UDP_CSUM_AT,
				    .optional = true };
	enum decode_result inner;
	uint32_t pay_len;

	if (cursor_left(&r->c) < UDP_HDR)
		return r->left < UDP_HDR ? DECODE_MALFORMED : DECODE_CUT;
	if (!udp_length(r, decode_be16(sums.hdr + 4), &pay_len))
		return DECODE_MALFORMED;
	sums.l4_len = pay_len + UDP_HDR;
	r->out->key.sport = decode_be16(sums.hdr);
	r->out->key.dport = decode_be16(sums.hdr + 2);
	decode_take(r, UDP_HDR);
	if (decode_is_tunnel_port(r->out->key.sport, r->out->key.dport) &&
	    decode_in_udp(r, &inner)) {
		r->opened = true;
		return inner;
	}
	rec->hdr_len = (uint16_t)(rec->hdr_len + UDP_HDR);
	rec->pay_len = pay_len;
	decode_payload(r->out, r->c.at, cursor_left(&r->c));
	decode_checksum(r->out, &sums);
	return DECODE_OK;
}

enum decode_result decode_opaque(struct decode_run *r)
{
	r->out->rec.pay_len = r->left;
	decode_payload(r->out, r->c.at, cursor_left(&r->c));
	return DECODE_OK;
}

static enum decode_result esp(struct decode_run *r)
{
	if (r->left < ESP_HDR)
		return DECODE_MALFORMED;
	if (cursor_left(&r->c) < 4)
		return DECODE_CUT;
	decode_spi(&r->out->key, decode_be32(r->c.at));
	return decode_opaque(r);
}

/* For IPv4; in IPv6 it is an extension header (decode_exts). */
static enum decode_result ah(struct decode_run *r)
{
	const uint8_t *p = r->c.at;
	uint32_t len;

	if (cursor_left(&r->c) < AH_HDR)
		return r->left < AH_HDR ? DECODE_MALFORMED : DECODE_CUT;
	len = (p[1] + 2u) * 4;
	if (len < AH_HDR || len > r->left)
		return DECODE_MALFORMED;
	if (!decode_take(r, len))
		return DECODE_CUT;
	if (p[0] == IPPROTO_AH)
		return DECODE_UNKNOWN;
	r->pseudo += htons(p[0]);
	r->pseudo -= htons(IPPROTO_AH);
	r->out->key.proto = p[0];
	r->out->rec.hdr_len = (uint16_t)(r->out->rec.hdr_len + len);
	return decode_l4(r);
}

enum decode_result decode_l4(struct decode_run *r)
{
	bool v6 = r->out->rec.marks & REC_V6;
	enum decode_result inner;

	switch (r->out->key.proto) {
	case IPPROTO_TCP:
		return tcp(r);
	case IPPROTO_UDP:
		return udp(r);
	case IPPROTO_ICMP:
		return v6 ? decode_opaque(r) : decode_icmp(r);
	case IPPROTO_ICMPV6:
		return v6 ? decode_icmp(r) : decode_opaque(r);
	case IPPROTO_ESP:
		return esp(r);
	case IPPROTO_AH:
		return ah(r);
	default:
		if (!decode_in_ip(r, &inner))
			return decode_opaque(r);
		r->opened = true;
		return inner;
	}
}
