/* Packets of the benchmark as bytes.
 *
 * Headers are built whole with right checksums, then cut at the snap length,
 * so that a snapped file is what a capture of the full traffic would have been.
 * Payload bytes are splitmix64 of (key, way, position / 8): incompressible, as
 * TLS is; the first segment of a turn carries what the protocol begins with.
 */
#include "tests/bench/wire.h"

#include <stdlib.h>
#include <string.h>

#define ETHER 14
#define IP 20
#define BUFFER ((size_t)4 << 20)

static uint8_t *put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

/* Ones' complement sum over @n bytes, in network order of the words (the sum
 * is the same, swapped, in any byte order: RFC 1071). */
static uint32_t sum16(const uint8_t *p, size_t n)
{
	uint64_t sum = 0;
	uint16_t last = 0;

	for (; n >= 4; n -= 4, p += 4) {
		uint32_t v;

		memcpy(&v, p, 4);
		sum += v;
	}
	if (n >= 2) {
		memcpy(&last, p, 2);
		sum += last;
		p += 2;
		n -= 2;
	}
	last = 0;
	if (n)
		memcpy(&last, p, 1);
	sum += last;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)((sum & 0xff) << 8 | sum >> 8);
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* A request is all head, filled up by a cookie (requests fit one segment); a
 * response is a head and a body of the length that it says. */
static void http_head(const struct wire *w, uint8_t *p)
{
	char text[160];
	int n;

	if (w->way) {
		n = snprintf(text, sizeof text,
			     "HTTP/1.1 200 OK\r\nContent-Length: %08u\r\n\r\n",
			     w->turn_len - 45);
	} else {
		n = snprintf(text, sizeof text,
			     "GET /item/%03u HTTP/1.1\r\n"
			     "Host: shop.example.com\r\nCookie: ",
			     (unsigned)(mix(w->key + w->pos) % 1000));
		memset(p, 'a', w->len);
		memcpy(p + w->len - 4, "\r\n\r\n", 4);
	}
	memcpy(p, text, n < w->len - 4 ? (size_t)n : w->len - 4u);
}

/* What the first segment of a turn begins with. */
static void turn_head(const struct wire *w, uint8_t *p)
{
	if (w->app == APP_TLS) {
		uint8_t head[5] = { w->pos ? 0x17 : 0x16, 3, 3 };

		put16(head + 3, w->turn_len < 16389 ? w->turn_len - 5 : 16384);
		memcpy(p, head, w->len < 5 ? w->len : 5);
		return;
	}
	if (w->app == APP_DNS) {
		static const uint8_t name[] = "\3www\7example\3com";

		put16(p, (uint32_t)(w->key + w->turn_off));
		put16(p + 2, w->way ? 0x8180 : 0x0100);
		memcpy(p + 4, "\0\1\0\0\0\0\0\0", 8);
		p[7] = w->way;
		memcpy(p + 12, name, sizeof name);
		memcpy(p + 12 + sizeof name, "\0\1\0\1", 4);
		if (w->way)
			memcpy(p + 16 + sizeof name,
			       "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc6\x33\x64\7",
			       16);
		return;
	}
	http_head(w, p);
}

static void payload(const struct wire *w, uint8_t *p)
{
	uint64_t base = mix(w->key * 2 + w->way), word = w->pos / 8;
	size_t skip = w->pos % 8, done = 0;

	while (done < w->len) {
		uint64_t v = mix(base + word++);
		size_t n = 8 - skip;

		if (n > w->len - done)
			n = w->len - done;
		memcpy(p + done, (uint8_t *)&v + skip, n);
		done += n;
		skip = 0;
	}
	if (w->len && (!w->turn_off || w->udp))
		turn_head(w, p);
}

static uint8_t *tcp_options(const struct wire *w, uint8_t *p)
{
	if (w->flags & W_SYN) {
		memcpy(p, "\2\4\5\xb4\4\2\x08\x0a", 8);
		p = put32(put32(p + 8, w->tsval), w->tsecr);
		memcpy(p, "\1\3\3\7", 4);
		return p + 4;
	}
	memcpy(p, "\1\1\x08\x0a", 4);
	p = put32(put32(p + 4, w->tsval), w->tsecr);
	if (w->sack_from != w->sack_to) {
		memcpy(p, "\1\1\5\x0a", 4);
		p = put32(put32(p + 4, w->sack_from), w->sack_to);
	}
	return p;
}

/* Return: length of the transport header. */
static uint32_t transport(const struct wire *w, uint8_t *l4)
{
	uint8_t *end;
	uint32_t head, sum;

	put16(put16(l4, w->sport), w->dport);
	if (w->udp) {
		put32(l4 + 4, (8u + w->len) << 16);
		head = 8;
	} else {
		put32(put32(l4 + 4, w->seq), w->flags & W_ACK ? w->ack : 0);
		end = tcp_options(w, l4 + 20);
		head = (uint32_t)(end - l4);
		l4[12] = (uint8_t)(head / 4 << 4);
		l4[13] = w->flags;
		put32(put16(l4 + 14, w->window), 0);
	}
	payload(w, l4 + head);
	sum = sum16(l4, head + w->len) + (w->src >> 16) + (w->src & 0xffff) +
	      (w->dst >> 16) + (w->dst & 0xffff) + (w->udp ? 17 : 6) + head +
	      w->len;
	put16(l4 + (w->udp ? 6 : 16), fold(sum));
	return head;
}

static uint32_t build(const struct wire *w, uint8_t *p)
{
	uint8_t *ip = p + ETHER;
	uint32_t total;

	memcpy(p, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", ETHER);
	total = IP + transport(w, ip + IP) + w->len;
	memcpy(ip, "\x45\0", 2);
	put16(put16(put16(ip + 2, total), w->ip_id), 0x4000);
	ip[8] = w->ttl;
	ip[9] = w->udp ? 17 : 6;
	put32(put32(put16(ip + 10, 0), w->src), w->dst);
	put16(ip + 10, fold(sum16(ip, IP)));
	return ETHER + total;
}

static void put_record(struct pcap_out *o, int64_t ns, uint32_t cap,
		       uint32_t len)
{
	uint32_t head[4] = { (uint32_t)(ns / 1000000000),
			     (uint32_t)(ns % 1000000000), cap, len };

	fwrite(head, sizeof head, 1, o->f);
}

void pcap_out_put(struct pcap_out *o, const struct wire *w)
{
	uint8_t frame[2048];
	uint32_t len = build(w, frame), cap = len < o->snap ? len : o->snap;

	put_record(o, w->time_ns, cap, len);
	fwrite(frame, 1, cap, o->f);
	o->packets++;
	o->bytes += cap + 16;
}

bool pcap_out_open(struct pcap_out *o, const char *path, uint32_t snap)
{
	/* nanoseconds, version 2.4, Ethernet */
	uint32_t head[6] = { 0xa1b23c4d, 0x00040002, 0, 0, snap, 1 };

	*o = (struct pcap_out){ .f = fopen(path, "wb"), .snap = snap };
	if (!o->f)
		return false;
	setvbuf(o->f, NULL, _IOFBF, BUFFER);
	fwrite(head, sizeof head, 1, o->f);
	return true;
}

bool pcap_out_close(struct pcap_out *o)
{
	bool good = !ferror(o->f);

	return !fclose(o->f) && good;
}
