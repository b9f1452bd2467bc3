/* ICMP errors, by the packets that they quote.
 *
 * An error goes back to the sender of a packet that was discarded, with the
 * packet's IP header and its first 8 bytes: TCP's sequence number and the IP
 * length tell which one it was (capture/decode_icmp.c).  A NAT on the path
 * translates the quote, too (RFC 5508), so that at each point it shows the
 * numbers and addresses that the packet had there.
 *
 * A segment that the sender's host had not split yet is quoted in pieces: the
 * errors together cover its bytes.
 *
 * Cost: one pass over the ICMP messages; per query a binary search and
 * QUOTES_LOOK of them.  Those beyond QUOTES_MAX are ignored.
 *
 * References: RFC 792, RFC 1812 (4.3.2.3), RFC 4443, RFC 5508 (4.2).
 */
#include "correlate/quotes.h"

#include <stdlib.h>

#include "base/search.h"

#define QUOTES_LOOK 256
#define TOUCH_LOOK 4096
#define PROTOCOLS (1u << MESSAGE_ICMP | 1u << MESSAGE_ICMPV6)

static int by_time(const void *a, const void *b)
{
	const struct quote *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

static int by_part(const void *a, const void *b)
{
	const struct quote *x = a, *y = b;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	return by_time(a, b);
}

static void read_file(struct messages *in, int64_t file, struct quotes *out)
{
	struct message m;

	messages_file(in, file, PROTOCOLS);
	while (out->n < QUOTES_MAX && messages_next(in, &m))
		if (m.part && m.len && m.len <= UINT16_MAX)
			*VEC_PUSH(out) = (struct quote){
				.part = file << 32 | m.part,
				.time_ns = m.first_ns,
				.frame = m.first_frame,
				.seq = (uint32_t)m.off,
				.len = (uint16_t)m.len,
				.dir = m.dir,
			};
}

void quotes_read(struct store *s, struct quotes *out)
{
	struct messages *in = messages_open(s);
	size_t n;
	struct file_row *f = store_files(s, &n);

	for (size_t i = 0; i < n; i++)
		if (f[i].complete)
			read_file(in, f[i].id, out);
	if (out->n > 1)
		qsort(out->at, out->n, sizeof *out->at, by_part);
	file_rows_free(f, n);
	messages_close(in);
}

static size_t first_of(const struct quotes *q, int64_t part)
{
	size_t at;

	SEARCH(at, q->n, i, q->at[i].part < part);
	return at;
}

uint32_t quotes_of(const struct quotes *q, const struct flow_row *f, int dir,
		   struct quote **out)
{
	struct quotes found = { 0 };

	for (size_t k = 0; k < f->n_parts; k++) {
		const struct flow_part *p = &f->parts[k];
		size_t i = first_of(q, p->part);

		for (; i < q->n && q->at[i].part == p->part; i++)
			if (q->at[i].dir == (p->swap ? 1 - dir : dir))
				*VEC_PUSH(&found) = q->at[i];
	}
	if (found.n > 1)
		qsort(found.at, found.n, sizeof *found.at, by_time);
	*out = found.at;
	return (uint32_t)found.n;
}

static uint32_t first_at(const struct strand *s, int64_t t_ns)
{
	size_t at;

	SEARCH(at, s->n_quotes, i, s->quote[i].time_ns < t_ns);
	return (uint32_t)at;
}

/* The number up to which one of the errors covers the bytes from @seq on. */
static uint32_t go_on(const struct quote *q, uint32_t n, uint32_t seq,
		      uint32_t hdr)
{
	for (uint32_t i = 0; i < n; i++)
		if (q[i].len > hdr && seq - q[i].seq < q[i].len - hdr)
			return q[i].seq + (q[i].len - hdr);
	return seq;
}

/* Errors come in the order of the packets, so each is examined only a few
 * times. */
static bool covers(const struct quote *q, uint32_t n, uint32_t seq,
		   uint32_t len, uint32_t hdr)
{
	uint32_t at = seq, next;

	while (at - seq < len) {
		next = go_on(q, n, at, hdr);
		if (next == at)
			return false;
		at = next;
	}
	return true;
}

static bool has_bare(const struct quote *q, uint32_t n, uint32_t seq,
		     uint32_t hdr)
{
	for (uint32_t i = 0; i < n; i++)
		if (q[i].seq == seq && q[i].len == hdr)
			return true;
	return false;
}

bool quotes_cover(const struct strand *s, uint32_t seq, uint32_t len,
		  uint32_t hdr, int64_t from_ns, int64_t until_ns)
{
	uint32_t i = first_at(s, from_ns), n = 0;

	while (n < QUOTES_LOOK && i + n < s->n_quotes &&
	       s->quote[i + n].time_ns < until_ns)
		n++;
	return n && (len ? covers(&s->quote[i], n, seq, len, hdr)
			 : has_bare(&s->quote[i], n, seq, hdr));
}

bool quotes_touch(const struct strand *s, uint32_t seq, uint32_t len)
{
	if (s->n_quotes > TOUCH_LOOK)
		return true; /* so many that one may be of these */
	for (uint32_t i = 0; i < s->n_quotes; i++)
		if (s->quote[i].seq - seq < (len ? len : 1) ||
		    seq - s->quote[i].seq < s->quote[i].len)
			return true;
	return false;
}
