#include "tests/capture/frames.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static void put(struct frames_buf *b, const void *p, size_t n)
{
	if (b->n + n > FRAMES_MAX)
		abort();
	memcpy(b->at + b->n, p, n);
	b->n += n;
}

static void set16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void frames_be16(struct frames_buf *b, unsigned v)
{
	uint8_t p[2];

	set16(p, v);
	put(b, p, 2);
}

void frames_be32(struct frames_buf *b, uint32_t v)
{
	frames_be16(b, v >> 16);
	frames_be16(b, v & 0xffff);
}

static int digit(char c)
{
	const char *all = "0123456789abcdef", *p = strchr(all, c);

	return c && p ? (int)(p - all) : -1;
}

void frames_hex(struct frames_buf *b, const char *hex)
{
	int half = -1;

	for (; *hex; hex++) {
		int d = digit(*hex);
		uint8_t byte;

		if (d < 0)
			continue;
		if (half < 0) {
			half = d;
			continue;
		}
		byte = (uint8_t)(half << 4 | d);
		put(b, &byte, 1);
		half = -1;
	}
	if (half >= 0)
		abort();
}

void frames_fill(struct frames_buf *b, size_t n, uint8_t seed)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t byte = (uint8_t)(i * 37 + i / 251 + seed);

		put(b, &byte, 1);
	}
}

void frames_eth(struct frames_buf *b, unsigned type)
{
	frames_hex(b, "020000000001 020000000002");
	frames_be16(b, type);
}

static void put_addr(struct frames_buf *b, int family, const char *text)
{
	uint8_t addr[16];

	if (inet_pton(family, text, addr) != 1)
		abort();
	put(b, addr, family == AF_INET ? 4 : 16);
}

void frames_ip4(struct frames_buf *b, int proto, const char *src,
		const char *dst)
{
	b->ip = b->n;
	frames_hex(b, "4500 0000 1234 0000 40 00 0000");
	b->at[b->ip + 9] = (uint8_t)proto;
	put_addr(b, AF_INET, src);
	put_addr(b, AF_INET, dst);
	b->l4 = b->n;
	b->proto = proto;
}

void frames_ip6(struct frames_buf *b, int next, const char *src,
		const char *dst)
{
	b->ip = b->n;
	frames_hex(b, "60000000 0000 00 40");
	b->at[b->ip + 6] = (uint8_t)next;
	put_addr(b, AF_INET6, src);
	put_addr(b, AF_INET6, dst);
	b->l4 = b->n;
	b->proto = next;
}

void frames_tcp(struct frames_buf *b, unsigned sport, unsigned dport,
		uint32_t seq, uint32_t ack, unsigned flags)
{
	b->l4 = b->n;
	b->proto = IPPROTO_TCP;
	frames_be16(b, sport);
	frames_be16(b, dport);
	frames_be32(b, seq);
	frames_be32(b, ack);
	frames_be16(b, 0x5000 | flags);
	frames_hex(b, "fde8 0000 0000");
}

void frames_options(struct frames_buf *b, const char *hex)
{
	frames_hex(b, hex);
	b->at[b->l4 + 12] = (uint8_t)((b->n - b->l4) / 4 << 4);
}

void frames_udp(struct frames_buf *b, unsigned sport, unsigned dport)
{
	b->l4 = b->n;
	b->proto = IPPROTO_UDP;
	frames_be16(b, sport);
	frames_be16(b, dport);
	frames_be32(b, 0);
}

void frames_icmp(struct frames_buf *b, unsigned type, unsigned code,
		 unsigned id, unsigned seq)
{
	b->l4 = b->n;
	frames_be16(b, type << 8 | code);
	frames_be16(b, 0);
	frames_be16(b, id);
	frames_be16(b, seq);
}

uint16_t frames_sum(const uint8_t *p, size_t n, uint32_t start)
{
	uint32_t sum = start;

	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Where the checksum of the transport header is; 0: it has none. */
static size_t csum_at(int proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_UDP:
		return 6;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 2;
	default:
		return 0;
	}
}

static void close_l4(struct frames_buf *b)
{
	bool v6 = b->at[b->ip] >> 4 == 6;
	size_t len = b->n - b->l4, at = csum_at(b->proto);
	uint32_t start = 0;
	uint16_t sum;

	if (!at)
		return;
	if (b->proto == IPPROTO_UDP)
		set16(b->at + b->l4 + 4, len);
	if (b->proto != IPPROTO_ICMP)
		start = frames_sum(b->at + b->ip + (v6 ? 8 : 12), v6 ? 32 : 8,
				   (uint32_t)b->proto + (uint32_t)len);
	set16(b->at + b->l4 + at, 0);
	sum = (uint16_t)~frames_sum(b->at + b->l4, len, start);
	if (!sum && b->proto == IPPROTO_UDP)
		sum = 0xffff;
	set16(b->at + b->l4 + at, sum);
}

void frames_close_ip(struct frames_buf *b)
{
	uint8_t *ip = b->at + b->ip;

	if (ip[0] >> 4 == 6) {
		set16(ip + 4, b->n - b->ip - 40);
		return;
	}
	set16(ip + 2, b->n - b->ip);
	set16(ip + 10, 0);
	set16(ip + 10, (uint16_t)~frames_sum(ip, (ip[0] & 15u) * 4, 0));
}

void frames_close(struct frames_buf *b)
{
	close_l4(b);
	frames_close_ip(b);
}

enum decode_result frames_decode_cut(struct decoder *d,
				     const struct frames_buf *b, int linktype,
				     size_t cap, struct packet *out)
{
	uint8_t *copy = malloc(cap ? cap : 1);
	struct frame f = { .time_ns = 1,
			   .number = 1,
			   .data = copy,
			   .cap_len = (uint32_t)cap,
			   .wire_len = (uint32_t)b->n };
	enum decode_result res;

	if (!copy)
		abort();
	memcpy(copy, b->at, cap);
	res = decode_frame(d, &f, linktype, out);
	free(copy);
	return res;
}

enum decode_result frames_decode(const struct frames_buf *b, int linktype,
				 struct packet *out)
{
	struct decoder *d = decoder_new();
	enum decode_result res = frames_decode_cut(d, b, linktype, b->n, out);

	decoder_free(d);
	return res;
}
