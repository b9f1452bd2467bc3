/* Packets as bytes: Ethernet (perhaps with a VLAN tag) or raw IP, IPv4 or
 * IPv6, TCP with options, UDP, ICMP echo, with right checksums; with offload
 * the transport checksum is the pseudo header's sum alone, as a host's own
 * capture shows it.  A load balancer's own capture has F5's trailers behind, as
 * capture/trailer.c tells them.
 */
#include "tests/sim/sim.h"

#include <netinet/in.h>
#include <string.h>

static uint32_t sum16(uint32_t sum, const uint8_t *p, uint32_t n)
{
	for (; n > 1; p += 2, n -= 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	if (n)
		sum += (uint32_t)p[0] << 8;
	return (sum & 0xffff) + (sum >> 16);
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint8_t *put16(uint8_t *o, uint32_t v)
{
	o[0] = (uint8_t)(v >> 8);
	o[1] = (uint8_t)v;
	return o + 2;
}

static uint8_t *put32(uint8_t *o, uint32_t v)
{
	return put16(put16(o, v >> 16), v & 0xffff);
}

static bool is_v6(const struct pkt *p)
{
	return !net_addr_is_v4(&p->src.addr);
}

/* An option's kind and length after @nops NOPs. */
static uint8_t *put_option(uint8_t *o, int nops, uint8_t kind, uint8_t len)
{
	while (nops--)
		*o++ = 1;
	*o++ = kind;
	*o++ = len;
	return o;
}

/* TCP options, padded by NOPs to whole words.  Return: their bytes. */
static uint32_t tcp_options(const struct pkt *p, uint8_t *out)
{
	uint8_t *o = out;

	if (p->opts & O_MSS)
		o = put16(put_option(o, 0, 2, 4), p->mss);
	if (p->opts & O_SACKOK)
		o = put_option(o, 2, 4, 2);
	if (p->opts & O_TS)
		o = put32(put32(put_option(o, 2, 8, 10), p->tsval), p->tsecr);
	if (p->opts & O_WS) {
		o = put_option(o, 1, 3, 3);
		*o++ = (uint8_t)p->wscale;
	}
	if (p->n_sack)
		o = put_option(o, 2, 5, (uint8_t)(2 + 8 * p->n_sack));
	for (int i = 0; i < p->n_sack; i++)
		o = put32(put32(o, p->sack[i][0]), p->sack[i][1]);
	return (uint32_t)(o - out);
}

static uint32_t l4_header_len(const struct pkt *p)
{
	uint8_t opts[64];

	return p->proto == IPPROTO_TCP ? 20 + tcp_options(p, opts) : 8;
}

uint32_t wire_ip_len(const struct pkt *p)
{
	return (is_v6(p) ? 40 : 20) + l4_header_len(p) + p->len;
}

static uint8_t *put_ip(const struct pkt *p, uint32_t l4, uint8_t *o)
{
	if (is_v6(p)) {
		put32(o, 6u << 28 | (uint32_t)p->tos << 20);
		put16(o + 4, l4);
		o[6] = p->proto;
		o[7] = p->ttl;
		memcpy(o + 8, p->src.addr.b, 16);
		memcpy(o + 24, p->dst.addr.b, 16);
		return o + 40;
	}
	memset(o, 0, 20);
	o[0] = 0x45;
	o[1] = p->tos;
	put16(o + 2, 20 + l4);
	put16(o + 4, p->ip_id);
	o[6] = p->df ? 0x40 : 0;
	o[8] = p->ttl;
	o[9] = p->proto;
	memcpy(o + 12, p->src.addr.b + 12, 4);
	memcpy(o + 16, p->dst.addr.b + 12, 4);
	put16(o + 10, (uint16_t)~fold(sum16(0, o, 20)));
	return o + 20;
}

static uint32_t pseudo(const struct pkt *p, uint32_t l4)
{
	int skip = is_v6(p) ? 0 : 12;
	uint32_t sum = sum16(0, p->src.addr.b + skip, (uint32_t)(16 - skip));

	sum = sum16(sum, p->dst.addr.b + skip, (uint32_t)(16 - skip));
	return fold(sum + p->proto + l4);
}

static uint8_t *put_l4(const struct pkt *p, uint32_t l4, uint8_t *o)
{
	if (p->proto == IPPROTO_TCP) {
		uint32_t opts = tcp_options(p, o + 20);

		put16(put16(o, p->src.port), p->dst.port);
		put32(put32(o + 4, p->seq), p->flags & F_ACK ? p->ack : 0);
		o[12] = (uint8_t)((20 + opts) / 4 << 4);
		o[13] = p->flags;
		put16(o + 14, p->win);
		put32(o + 16, 0);
		return o + 20 + opts;
	}
	memset(o, 0, 8);
	if (p->proto == IPPROTO_UDP) {
		put16(put16(o, p->src.port), p->dst.port);
		put16(o + 4, l4);
		return o + 8;
	}
	o[0] = p->icmp_type;
	put16(o + 4, p->src.port);
	put16(o + 6, p->seq);
	return o + 8;
}

static uint8_t *put_link(const struct pkt *p, bool vlan, uint8_t *o)
{
	static const uint8_t mac[2][6] = { { 2, 0, 0, 0, 0, 1 },
					   { 2, 0, 0, 0, 0, 2 } };

	memcpy(o, mac[!p->way], 6);
	memcpy(o + 6, mac[p->way], 6);
	o += 12;
	if (vlan) {
		put16(put16(o, 0x8100), 42);
		o += 4;
	}
	return put16(o, is_v6(p) ? 0x86dd : 0x0800);
}

uint32_t wire_frame(const struct pkt *p, const uint8_t *pay, uint32_t len,
		    bool vlan, bool raw_ip, bool offload, uint8_t *out)
{
	static const int at[] = { [IPPROTO_TCP] = 16,
				  [IPPROTO_UDP] = 6,
				  [IPPROTO_ICMP] = 2,
				  [IPPROTO_ICMPV6] = 2 };
	uint32_t l4 = l4_header_len(p) + len;
	uint8_t *ip = raw_ip ? out : put_link(p, vlan, out);
	uint8_t *t = put_ip(p, l4, ip);
	uint8_t *data = put_l4(p, l4, t);
	uint32_t ps = p->proto == IPPROTO_ICMP ? 0 : pseudo(p, l4);
	uint16_t sum;

	if (len)
		memcpy(data, pay, len);
	if (offload && (p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP))
		sum = (uint16_t)ps;
	else
		sum = (uint16_t)~fold(sum16(ps, t, l4));
	if (p->proto == IPPROTO_UDP && !sum)
		sum = 0xffff;
	put16(t + at[p->proto], sum);
	data += len;
	if (!raw_ip && !offload)
		while (data - out < 60)
			*data++ = 0; /* Ethernet padding */
	return (uint32_t)(data - out);
}

/* Behind F5's prefix and a routing domain's number, or mapped. */
static uint8_t *put_address(uint8_t *o, const struct net_addr *a, bool prefix)
{
	static const uint8_t domain[12] = { 0x26, 0x20, 0,    0,    0x0c, 0x10,
					    0xf5, 0x01, 0x00, 0x00, 0,    3 };

	memcpy(o, a->b, 16);
	if (prefix && net_addr_is_v4(a))
		memcpy(o, domain, sizeof domain);
	return o + 16;
}

static uint8_t *put_peer(uint8_t *o, const struct net_end *peer, uint8_t proto,
			 bool prefix)
{
	*o++ = proto;
	o = put16(o, 100);
	if (!peer) {
		memset(o, 0, 36);
		return o + 36;
	}
	for (int i = 0; i < 2; i++)
		o = put_address(o, &peer[i].addr, prefix);
	return put16(put16(o, peer[0].port), peer[1].port);
}

static uint8_t *put_bytes(uint8_t *o, const uint8_t *from, size_t n)
{
	memcpy(o, from, n);
	return o + n;
}

/* The flow's number, and that of the one that it has on the other side; 0: none. */
static uint8_t *put_flows(uint8_t *o, bool peer)
{
	memset(o, 0, 16);
	o[6] = 0x56; /* as handles are: no small numbers */
	o[14] = peer ? 0x57 : 0;
	return o + 16;
}

uint32_t wire_trailer(const struct net_end peer[2], uint8_t proto, int format,
		      uint8_t out[TRAILER_MAX])
{
	/* low: 7 bytes, then the head of medium: 29 of all, of high: 42 */
	static const uint8_t low[] = { 1, 5, 1, 1, 0, 2, 0, 2, 27, 0 };
	static const uint8_t high[] = { 3, 40, 0 };
	/* all, low 12, and the head of medium: 40 of all, of high: 47 */
	static const uint8_t head[] = { 0xf5, 0xde, 0xb0, 0xf5, 0,  107, 0,
					1,    0,    1,    0,    1,  0,   12,
					0,    4,    1,    0,    2,  0,   0,
					1,    0,    2,    0,    40, 0,   4 };
	static const uint8_t last[] = { 0, 1, 0, 3, 0, 47, 0, 1 };
	uint8_t *o = out;

	if (format == 2) {
		o = put_flows(put_bytes(o, head, sizeof head), peer);
		memset(o, 0, 16);
		o = put_bytes(o + 16, last, sizeof last);
	} else {
		o = put_flows(put_bytes(o, low, sizeof low), peer);
		memset(o, 0, 10);
		o = put_bytes(o + 10, high, sizeof high);
	}
	return (uint32_t)(put_peer(o, peer, proto, format == 2) - out);
}
