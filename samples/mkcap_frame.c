/* mkcap: a packet's bytes, from what a line says of it. */
#include <netinet/in.h>
#include <string.h>

#include "samples/mkcap.h"

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint32_t sum16(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (n & 1)
		sum += (uint32_t)p[n - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The byte at a stream position: alike at every point. */
static uint8_t stream_byte(const struct session *s, int dir, uint64_t offset)
{
	uint32_t x = (uint32_t)offset * 2654435761u ^ (uint32_t)dir * 40503u ^
		     s->number * 977u;

	x ^= x >> 15;
	x *= 2246822519u;
	x ^= x >> 13;
	return (uint8_t)x;
}

static size_t make_payload(const struct session *s, const struct what *w,
			   uint8_t *out)
{
	size_t n = 0, text = strlen(w->text);

	if (w->has_hex) {
		memcpy(out, w->hex, w->n_hex);
		n = w->n_hex;
	}
	if (w->has_range) {
		for (; n < w->to - w->from; n++)
			out[n] = n < text ? (uint8_t)w->text[n]
					  : stream_byte(s, w->dir, w->from + n);
	}
	memcpy(out + n, w->tail, w->n_tail);
	return n + w->n_tail;
}

/* Kind and length, and room for the rest.  Return: what follows it. */
static size_t put_option(uint8_t *o, size_t n, uint8_t kind, uint8_t length)
{
	o[n] = kind;
	o[n + 1] = length;
	return n + length;
}

static size_t make_options(const struct what *w, const struct view *v,
			   uint8_t *o)
{
	size_t n = 0;

	if (w->mss) {
		n = put_option(o, n, 2, 4);
		put16(o + n - 2, (uint32_t)w->mss);
	}
	if (w->sackok)
		n = put_option(o, n, 4, 2);
	if (w->ts) {
		n = put_option(o, n, 8, 10);
		put32(o + n - 8, w->tsval);
		put32(o + n - 4, w->tsecr);
	}
	if (w->ws >= 0) {
		n = put_option(o, n, 3, 3);
		o[n - 1] = (uint8_t)w->ws;
	}
	if (w->n_sack) {
		n = put_option(o, n, 5, (uint8_t)(2 + 8 * w->n_sack));
		for (unsigned i = 0; i < w->n_sack; i++) {
			uint8_t *edge = o + n - 8 * (w->n_sack - i);

			put32(edge, v->isn[!w->dir] + (uint32_t)w->sack[i][0]);
			put32(edge + 4,
			      v->isn[!w->dir] + (uint32_t)w->sack[i][1]);
		}
	}
	while (n % 4)
		o[n++] = 1;
	return n;
}

static size_t make_tcp(const struct session *s, struct view *v,
		       const struct what *w, uint8_t *t)
{
	bool syn = w->flags & 2;
	uint64_t rel = w->seq_given   ? w->seq
		       : w->has_range ? w->from
		       : syn          ? 0
				      : (v->seen[w->dir] ? v->seen[w->dir] : 1);
	uint64_t ack = w->ack_given ? w->ack : v->seen[!w->dir];
	size_t options = make_options(w, v, t + 20);

	put16(t, v->end[w->dir].port);
	put16(t + 2, v->end[!w->dir].port);
	put32(t + 4, v->isn[w->dir] + (uint32_t)rel);
	put32(t + 8, w->flags & 0x10 ? v->isn[!w->dir] + (uint32_t)ack : 0);
	t[12] = (uint8_t)((20 + options) / 4 << 4);
	t[13] = (uint8_t)(w->flags & (w->no_push ? ~8u : ~0u));
	put16(t + 14, (uint32_t)w->win);
	put32(t + 16, 0);
	return 20 + options + make_payload(s, w, t + 20 + options);
}

/* All in order that this point saw of the sender, SYN and FIN included. */
static void advance(struct view *v, const struct what *w)
{
	uint64_t start = w->flags & 2   ? 0
			 : w->has_range ? w->from
					: v->seen[w->dir];
	uint64_t end = w->has_range ? w->to : start;

	end += (w->flags & 2 ? 1u : 0) + (w->flags & 1 ? 1u : 0);
	if (start <= v->seen[w->dir] && end > v->seen[w->dir])
		v->seen[w->dir] = end;
}

static bool is_v6(const struct view *v)
{
	return !net_addr_is_v4(&v->end[0].addr);
}

static void finish_l4(const struct session *s, const struct view *v,
		      const struct what *w, uint8_t *l4, size_t n)
{
	size_t at = s->proto == IPPROTO_UDP ? 6 : 16;
	/* in IPv6 the pseudo header has other widths but the same sum */
	size_t skip = is_v6(v) ? 0 : 12;
	uint32_t sum = s->proto + (uint32_t)n;

	for (int e = 0; e < 2; e++)
		sum = sum16(v->end[e].addr.b + skip, 16 - skip, sum);
	if (w->csum_given)
		put16(l4 + at, w->csum);
	else if (v->offload == w->dir)
		put16(l4 + at, sum); /* what Linux leaves to the card */
	else
		put16(l4 + at, ~sum16(l4, n, sum) & 0xffff);
}

/* Leaves one fragment of the @n bytes behind the IP header.
 * Return: its bytes. */
static size_t cut_fragment(uint8_t *ip, size_t n, size_t number)
{
	size_t from = number * 1480, len = n > from ? n - from : 0;
	bool more = len > 1480;

	len = more ? 1480 : len;
	memmove(ip + 20, ip + 20 + from, len);
	put16(ip + 2, (uint32_t)(20 + len));
	put16(ip + 6, (more ? 0x2000u : 0) | (uint32_t)from / 8);
	put16(ip + 10, 0);
	put16(ip + 10, ~sum16(ip, 20, 0) & 0xffff);
	return len;
}

static size_t make_udp(const struct session *s, const struct view *v,
		       const struct what *w, uint8_t *l4)
{
	size_t n = 8 + make_payload(s, w, l4 + 8);

	put16(l4, v->end[w->dir].port);
	put16(l4 + 2, v->end[!w->dir].port);
	put16(l4 + 4, (uint32_t)n);
	put16(l4 + 6, 0);
	return n;
}

static size_t make_esp(const struct session *s, const struct view *v,
		       const struct what *w, uint16_t id, uint8_t *l4)
{
	put32(l4, v->spi[w->dir]);
	put32(l4 + 4, id); /* the same at every point */
	return 8 + make_payload(s, w, l4 + 8);
}

/* Quotes what the point saw last of the other way (RFC 792). */
static size_t make_icmp(const struct view *v, const struct what *w, uint8_t *l4)
{
	l4[0] = (uint8_t)w->icmp_type;
	l4[1] = (uint8_t)w->icmp_code;
	put32(l4 + 2, 0);
	put16(l4 + 6, w->icmp_mtu);
	memcpy(l4 + 8, v->last[!w->dir], QUOTE);
	put16(l4 + 2, ~sum16(l4, 8 + QUOTE, 0) & 0xffff);
	return 8 + QUOTE;
}

/* An echo of IPv4: the client's port is its identifier, seq=N its number. */
static size_t make_ping(const struct session *s, const struct view *v,
			const struct what *w, uint8_t *l4)
{
	size_t n = 8 + make_payload(s, w, l4 + 8);

	put16(l4, w->dir ? 0 : 8 << 8);
	put16(l4 + 2, 0);
	put16(l4 + 4, v->end[0].port);
	put16(l4 + 6, (uint32_t)w->seq);
	put16(l4 + 2, ~sum16(l4, n, 0) & 0xffff);
	return n;
}

static size_t make_l4(struct session *s, struct view *v, const struct what *w,
		      uint16_t id, uint8_t *l4)
{
	size_t n;

	if (w->icmp)
		return make_icmp(v, w, l4);
	if (s->proto == IPPROTO_ESP)
		return make_esp(s, v, w, id, l4);
	if (s->proto == IPPROTO_ICMP)
		return make_ping(s, v, w, l4);
	n = s->proto == IPPROTO_UDP ? make_udp(s, v, w, l4)
				    : make_tcp(s, v, w, l4);
	finish_l4(s, v, w, l4, n);
	return n;
}

static void make_ip(const struct session *s, const struct view *v,
		    const struct what *w, uint16_t id, uint8_t *ip, size_t n)
{
	const struct net_end *from = w->icmp ? &w->icmp_from : &v->end[w->dir];

	memset(ip, 0, 20);
	ip[0] = 0x45;
	ip[1] = (uint8_t)w->tos;
	put16(ip + 2, w->len0 ? 0 : (uint32_t)(20 + n));
	put16(ip + 4, w->id >= 0 ? (uint32_t)w->id : id);
	put16(ip + 6, 0x4000);
	ip[8] = (uint8_t)(w->ttl ? w->ttl : v->ttl[w->dir]);
	ip[9] = w->icmp ? IPPROTO_ICMP : s->proto;
	memcpy(ip + 12, from->addr.b + 12, 4);
	memcpy(ip + 16, v->end[!w->dir].addr.b + 12, 4);
	if (!w->len0)
		put16(ip + 10, ~sum16(ip, 20, 0) & 0xffff);
}

static void make_ipv6(const struct session *s, const struct view *v,
		      const struct what *w, uint8_t *ip, size_t n)
{
	memset(ip, 0, 8);
	ip[0] = 0x60;
	put16(ip + 4, (uint32_t)n);
	ip[6] = s->proto;
	ip[7] = (uint8_t)(w->ttl ? w->ttl : v->ttl[w->dir]);
	memcpy(ip + 8, v->end[w->dir].addr.b, 16);
	memcpy(ip + 24, v->end[!w->dir].addr.b, 16);
}

size_t mkcap_frame(struct session *s, size_t pi, const struct what *w,
		   uint16_t id, uint8_t *f)
{
	struct view *v = &s->view[pi];
	size_t header = is_v6(v) ? 40 : 20, n;
	uint8_t *ip = f + 14;

	/* locally administered addresses, by side */
	memcpy(f, (uint8_t[]){ 2, 0, 0, 0, 0, (uint8_t)!w->dir }, 6);
	memcpy(f + 6, (uint8_t[]){ 2, 0, 0, 0, 0, (uint8_t)w->dir }, 6);
	put16(f + 12, is_v6(v) ? 0x86dd : 0x0800);
	n = make_l4(s, v, w, id, ip + header);
	if (is_v6(v))
		make_ipv6(s, v, w, ip, n);
	else
		make_ip(s, v, w, id, ip, n);
	if (w->frag && !is_v6(v))
		n = cut_fragment(ip, n, (size_t)w->frag - 1);
	n += 14 + header;
	while (w->pad && n < 60)
		f[n++] = 0;
	if (w->icmp)
		return n;
	memcpy(v->last[w->dir], ip, QUOTE);
	if (s->proto == IPPROTO_TCP)
		advance(v, w);
	return n;
}
