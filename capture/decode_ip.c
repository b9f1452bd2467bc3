/* IPv4 and IPv6.
 *
 * Lengths: a packet ends where its header says, not where the frame does
 * (padding, check sequences).  A header that says more than the frame ever had
 * was recorded by something that shortens both lengths: the packet counts as
 * cut.  A length of 0 means that the sender's kernel handed over more than 16
 * bits can hold (segmentation offload): then the frame's length counts
 * (REC_LEN0); IPv6 uses a jumbo option instead, if anything.
 *
 * Fragments: only the first has ports; decode_frag.c remembers them.
 *
 * References: RFC 791, RFC 8200, RFC 2675 (jumbo), RFC 4302 (AH).
 */
#include "capture/decode_int.h"

#include <netinet/in.h>

#include "capture/trailer.h"

#define IPV4_HDR 20
#define IPV6_HDR 40
#define EXTS_MAX 16

enum { EXT_MOBILITY = 135, EXT_HIP = 139, EXT_SHIM6 = 140 };

/* Narrows the run to the @len bytes that the IP header counts; what follows may
 * be a trailer. */
static void narrow(struct decode_run *r, uint32_t len)
{
	size_t have = cursor_left(&r->c);

	if (have >= (size_t)len + TRAILER_LEAST && !r->depth) {
		r->out->trailer = r->c.at + len;
		r->out->trailer_len = (uint32_t)(have - len);
	}
	decode_narrow(r, len);
}

/* Looks up the ports, or continues with the header that has them. */
static enum decode_result fragment(struct decode_run *r)
{
	struct flow_key ip = r->out->key;
	enum decode_result res;

	if (r->out->rec.frag_off) {
		frag_find(r->d, r->out);
		return decode_opaque(r);
	}
	res = decode_l4(r);
	if (res == DECODE_OK && !r->opened)
		frag_learn(r->d, r->out, &ip, false);
	return res;
}

static inline enum decode_result upper(struct decode_run *r)
{
	return r->out->rec.marks & REC_FRAG ? fragment(r) : decode_l4(r);
}

static enum decode_result ipv4(struct decode_run *r)
{
	const uint8_t *p = r->c.at;
	uint32_t hlen = (p[0] & 15u) * 4, total;

	if (hlen < IPV4_HDR)
		return DECODE_MALFORMED;
	if (cursor_left(&r->c) < hlen)
		return decode_short(r);
	total = decode_be16(p + 2);
	if (!total) {
		total = r->left;
		r->out->rec.marks |= REC_LEN0;
	}
	if (total < hlen)
		return DECODE_MALFORMED;
	narrow(r, total);
	decode_ipv4_fields(r->out, p, hlen);
	r->pseudo = decode_pseudo_v4(p + 12, r->out->key.proto);
	decode_take(r, hlen);
	return upper(r);
}

static uint32_t jumbo_option(struct cursor c)
{
	while (cursor_left(&c)) {
		uint8_t type = cursor_u8(&c), len = type ? cursor_u8(&c) : 0;

		if (type == 0xc2 && len == 4)
			return cursor_be32(&c);
		cursor_skip(&c, len);
	}
	return 0;
}

static bool fragment_ext(struct ipv6_exts *e, const uint8_t *p)
{
	uint16_t off = decode_be16(p + 2);

	e->frag = (off & 0xfff9) != 0; /* else it is one whole packet */
	e->more = off & 1;
	e->frag_off = off & 0xfff8;
	e->frag_id = decode_be32(p + 4);
	return !e->frag_off; /* a later fragment is not followed by a header */
}

/* One extension header.  Return: 1 to go on, 0 where the upper layer begins, -1
 * if it is cut off. */
static int extension(struct cursor *c, struct ipv6_exts *e)
{
	struct cursor probe = *c;
	const uint8_t *p;
	uint32_t len;
	int go = 1;

	switch (e->proto) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case EXT_MOBILITY:
	case EXT_HIP:
	case EXT_SHIM6:
		break;
	default:
		return 0;
	}
	p = cursor_take(&probe, 8);
	if (!p)
		return -1;
	len = e->proto == IPPROTO_FRAGMENT ? 8
	      : e->proto == IPPROTO_AH     ? (p[1] + 2u) * 4
					   : (p[1] + 1u) * 8;
	if (!cursor_take(c, len))
		return -1;
	if (e->proto == IPPROTO_HOPOPTS)
		e->jumbo = jumbo_option(cursor_of(p + 2, len - 2));
	if (e->proto == IPPROTO_ROUTING && p[3])
		e->routed = true;
	if (e->proto == IPPROTO_FRAGMENT && !fragment_ext(e, p))
		go = 0;
	e->proto = p[0];
	e->len += len;
	return go;
}

bool decode_exts(struct cursor *c, struct ipv6_exts *e)
{
	for (int i = 0; i < EXTS_MAX; i++) {
		int go = extension(c, e);

		if (go <= 0)
			return !go;
	}
	e->chained = true;
	return false;
}

static void ipv6_fields(struct decode_run *r, const uint8_t *p)
{
	struct record *rec = &r->out->rec;

	rec->tos = (uint8_t)(p[0] << 4 | p[1] >> 4);
	rec->ttl = p[7];
	rec->marks |= REC_V6;
	r->out->key.src = net_addr_v6(p + 8);
	r->out->key.dst = net_addr_v6(p + 24);
}

static void ipv6_ext_fields(struct decode_run *r, const struct ipv6_exts *e)
{
	struct record *rec = &r->out->rec;

	rec->hdr_len = (uint16_t)(IPV6_HDR + e->len);
	r->out->key.proto = e->proto;
	r->no_pseudo = e->routed;
	if (!e->frag)
		return;
	rec->marks |= REC_FRAG | (e->more ? REC_MORE : 0);
	rec->frag_id = e->frag_id;
	rec->frag_off = e->frag_off;
}

/* The payload length where the header has 0. */
static uint32_t ipv6_no_length(struct decode_run *r, const struct ipv6_exts *e)
{
	if (e->jumbo)
		return e->jumbo;
	if (e->proto == IPPROTO_NONE)
		return 0;
	r->out->rec.marks |= REC_LEN0;
	return r->left + e->len;
}

static enum decode_result ipv6(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, IPV6_HDR);
	struct ipv6_exts e = { 0 };
	uint32_t len;

	if (!p)
		return decode_short(r);
	len = decode_be16(p + 4);
	e.proto = p[6];
	if (len)
		narrow(r, len);
	if (!decode_exts(&r->c, &e))
		return e.chained ? DECODE_MALFORMED : decode_short(r);
	r->left -= e.len;
	if (!len) {
		len = ipv6_no_length(r, &e);
		if (len < e.len)
			return DECODE_MALFORMED;
		decode_narrow(r, len - e.len);
	}
	ipv6_fields(r, p);
	ipv6_ext_fields(r, &e);
	r->pseudo = sum_bytes(p + 8, 32) + htons(r->out->key.proto);
	return upper(r);
}

enum decode_result decode_ip(struct decode_run *r)
{
	if (!cursor_left(&r->c))
		return decode_short(r);
	switch (*r->c.at >> 4) {
	case 4:
		return ipv4(r);
	case 6:
		return ipv6(r);
	default:
		return DECODE_MALFORMED;
	}
}
