/* The common frame: TCP in IPv4 in Ethernet, without tags, IP options or
 * fragmentation, and with all headers captured.
 *
 * The general layers (decode_link.c, decode_ip.c, decode_l4.c) take twice the
 * time that such a frame needs.  So it is recognised by a few bytes at fixed
 * places and read in one go.
 *
 * Invariant: the result equals that of the general layers.  Whatever is an
 * error, cut or unusual is left to them; tests compare the two.
 *
 * Inlined into capture/decode.c, as is what they share with the layers: calls for
 * each step took a fifth of the instructions.
 */
#pragma once

#include <netinet/in.h>

#include "capture/decode_sum.h"
#include "capture/trailer.h"

#define ETH_HDR 14
#define IPV4_HDR 20
#define TCP_HDR 20
#define TCP_TS_HDR 32
#define IPV4_NO_OPTIONS 0x45 /* version and length of the header */
#define FRAGMENTED 0x3fff    /* more to come, or an offset */

/* @p has enough bytes for all three headers. */
static inline bool is_common(const uint8_t *p)
{
	const uint8_t *ip = p + ETH_HDR;

	return decode_be16(p + 12) == 0x0800 && ip[0] == IPV4_NO_OPTIONS &&
	       ip[9] == IPPROTO_TCP && !(decode_be16(ip + 6) & FRAGMENTED);
}

/* decode_checksum() of what is known here. */
static inline void check_tcp(struct packet *out, const uint8_t *ip,
			     const uint8_t *tcp, uint32_t hlen)
{
	const struct decode_sums s = {
		.hdr = tcp,
		.hdr_len = hlen,
		.hdr_cap = hlen,
		.csum_at = DECODE_TCP_CSUM_AT,
		.l4_len = hlen + out->rec.pay_len,
		.pseudo = true,
		.of_pseudo = decode_pseudo_v4(ip + 12, IPPROTO_TCP),
	};

	decode_checksum_of(out, &s);
}

static inline void read_tcp(struct packet *out, const uint8_t *ip,
			    uint32_t hlen, uint32_t total, uint32_t have)
{
	const uint8_t *tcp = ip + IPV4_HDR;

	decode_tcp_fields(out, tcp);
	if (hlen == TCP_TS_HDR && decode_only_ts(tcp + TCP_HDR))
		decode_ts(&out->rec, tcp + TCP_HDR + 4);
	else if (hlen > TCP_HDR)
		decode_tcp_options(out, tcp + TCP_HDR, hlen - TCP_HDR);
	out->rec.hdr_len = (uint16_t)(IPV4_HDR + hlen);
	out->rec.pay_len = total - IPV4_HDR - hlen;
	decode_payload_of(out, tcp + hlen, have - IPV4_HDR - hlen);
	check_tcp(out, ip, tcp, hlen);
}

/* Return: whether the Ethernet frame was a common one, now decoded; else
 * nothing has changed. */
static ALWAYS_INLINE bool decode_common(const struct frame *f,
					struct packet *out)
{
	const uint8_t *ip = f->data + ETH_HDR;
	uint32_t have, total, hlen;

	if (f->cap_len < ETH_HDR + IPV4_HDR + TCP_HDR || !is_common(f->data))
		return false;
	have = f->cap_len - ETH_HDR;
	total = decode_be16(ip + 2);
	hlen = (ip[IPV4_HDR + 12] >> 4) * 4u;
	if (hlen < TCP_HDR || total < IPV4_HDR + hlen || have < IPV4_HDR + hlen)
		return false;
	if (have >= total + TRAILER_LEAST) {
		out->trailer = ip + total;
		out->trailer_len = have - total;
	}
	decode_ipv4_fields(out, ip, IPV4_HDR);
	read_tcp(out, ip, hlen, total, have < total ? have : total);
	return true;
}
