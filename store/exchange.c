/* Budgets and exchanges as bytes.
 *
 * There may be a million sessions of one exchange, so what is 0 takes no bytes:
 * a mask says which numbers follow.  Record numbers are differences from those
 * of the exchange before.  Totals are not written: they are their parts' sums.
 *
 * Hostile bytes: counts are bounded by the bytes left, parts must not be
 * negative nor their sum overflow, and callers that read a budget from a case
 * say how many flows it may name.
 */
#include "store/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/gather.h"
#include "base/mem.h"
#include "base/time.h"

#define MASK_BITS 32
#define NAME_MAX_BYTES 1024u

const char *time_part_name(enum time_part p)
{
	static const char *const name[TIME_PARTS] = {
		"client", "path",  "server", "transfer", "recovery",
		"window", "nagle", "cwnd",   "queue",    "unattributed",
	};

	return name[p];
}

static int64_t sum_of(const int64_t part[TIME_PARTS])
{
	int64_t sum = 0;

	for (int p = 0; p < TIME_PARTS; p++)
		sum += part[p];
	return sum;
}

int64_t exchange_total(const struct exchange *x)
{
	return sum_of(x->part);
}

int64_t budget_total(const struct budget *b)
{
	return sum_of(b->part);
}

bool budget_span(const struct budget *b, size_t i)
{
	for (size_t k = 0; k < i && k < b->n_hops; k++)
		if (b->hop[k].to == b->far)
			return true;
	return false;
}

bool budget_hop_ways(const struct budget_hop *h)
{
	return h->ways_known && time_sub(h->out_ns, h->slack_ns) <=
					time_add(h->path_ns, h->queue_ns);
}

void budget_release(struct budget *b)
{
	free(b->hop);
	*b = (struct budget){ 0 };
}

/* --- numbers, of which most are 0 --- */
struct sparse {
	uint64_t mask, v[MASK_BITS]; /* packing: the first n mean something */
	unsigned n;
};

static void sparse_begin(struct sparse *s)
{
	s->mask = 0;
	s->n = 0;
}

static ALWAYS_INLINE void sparse_add(struct sparse *s, uint64_t v)
{
	s->mask |= (uint64_t)(v != 0) << s->n;
	s->v[s->n++] = v;
}

static ALWAYS_INLINE void add_part(struct sparse *s, int64_t ns)
{
	sparse_add(s, (uint64_t)time_part(ns));
}

static void sparse_pack(const struct sparse *s, struct buf *out)
{
	uint8_t *p = buf_room(out, (MASK_BITS + 1) * VARINT_MOST);

	p = varint_put(p, s->mask);
	for (uint64_t bits = s->mask; bits; bits &= bits - 1)
		p = varint_put(p, s->v[__builtin_ctzll(bits)]);
	out->n = (size_t)(p - out->at);
}

static void sparse_unpack(struct sparse *s, struct cursor *in)
{
	*s = (struct sparse){ .mask = cursor_varint(in) };
	for (unsigned i = 0; i < MASK_BITS; i++)
		if (s->mask >> i & 1)
			s->v[i] = cursor_varint(in);
}

static uint64_t sparse_next(struct sparse *s)
{
	return s->n < MASK_BITS ? s->v[s->n++] : 0;
}

/* Return: false if it cannot be a part of a time. */
static bool part_next(struct sparse *s, int64_t *out)
{
	uint64_t v = sparse_next(s);

	*out = (int64_t)v;
	return v <= (uint64_t)TIME_PART_MAX;
}

static bool parts_next(struct sparse *s, int64_t part[TIME_PARTS])
{
	bool ok = true;

	for (int p = 0; p < TIME_PARTS; p++)
		ok &= part_next(s, &part[p]);
	return ok;
}

/* --- budget --- */
#define HOP_LEAST 5         /* bytes */
#define HOPS_MOST UINT8_MAX /* between flows that one byte identifies */

enum {
	BUDGET_KNOWN = 1,
	BUDGET_STREAMS = 2,
	BUDGET_BASE = 4,
	BUDGET_ONE_SIDED = 8
};

static void hop_pack(const struct budget_hop *h, struct buf *out)
{
	buf_u8(out, h->from);
	buf_u8(out, h->to);
	buf_u8(out, h->ways_known);
	buf_varint(out, (uint64_t)h->path_ns);
	buf_varint(out, (uint64_t)h->queue_ns);
	if (!h->ways_known)
		return;
	buf_zigzag(out, h->out_ns);
	buf_varint(out, (uint64_t)h->slack_ns);
}

static bool hop_unpack(struct budget_hop *h, struct cursor *in)
{
	h->from = cursor_u8(in);
	h->to = cursor_u8(in);
	h->ways_known = cursor_u8(in) & 1;
	h->path_ns = (int64_t)cursor_varint(in);
	h->queue_ns = (int64_t)cursor_varint(in);
	if (h->ways_known) {
		h->out_ns = cursor_zigzag(in);
		h->slack_ns = (int64_t)cursor_varint(in);
	}
	return !in->bad && h->path_ns >= 0 && h->queue_ns >= 0 &&
	       h->slack_ns >= 0;
}

void budget_pack(const struct budget *b, struct buf *out)
{
	struct sparse s NOT_ZEROED;

	sparse_begin(&s);
	buf_u8(out, (uint8_t)((b->known ? BUDGET_KNOWN : 0) |
			      (b->streams ? BUDGET_STREAMS : 0) |
			      (b->base_ns >= 0 ? BUDGET_BASE : 0) |
			      (b->one_sided ? BUDGET_ONE_SIDED : 0)));
	buf_u8(out, b->near);
	buf_u8(out, b->far);
	buf_zigzag(out, b->start_ns);
	for (int p = 0; p < TIME_PARTS; p++)
		add_part(&s, b->part[p]);
	add_part(&s, b->before_ns);
	add_part(&s, b->beyond_ns);
	sparse_add(&s, b->base_ns > 0 ? (uint64_t)time_part(b->base_ns) : 0);
	sparse_add(&s, b->exchanges);
	for (int r = 0; r < REPAIRS; r++) {
		sparse_add(&s, b->repairs[r]);
		add_part(&s, b->repair_ns[r]);
	}
	sparse_add(&s, b->nagles);
	sparse_add(&s, b->windows);
	sparse_add(&s, b->zero_windows);
	sparse_add(&s, b->holds);
	sparse_add(&s, b->in_flight_max);
	sparse_add(&s, b->in_flight_sum);
	sparse_pack(&s, out);
	buf_varint(out, b->n_hops);
	for (size_t i = 0; i < b->n_hops; i++)
		hop_pack(&b->hop[i], out);
}

static bool budget_numbers(struct budget *b, struct sparse *s)
{
	bool ok = parts_next(s, b->part);

	ok &= part_next(s, &b->before_ns);
	ok &= part_next(s, &b->beyond_ns);
	ok &= part_next(s, &b->base_ns);
	b->exchanges = sparse_next(s);
	for (int r = 0; r < REPAIRS; r++) {
		b->repairs[r] = sparse_next(s);
		ok &= part_next(s, &b->repair_ns[r]);
	}
	b->nagles = sparse_next(s);
	b->windows = sparse_next(s);
	b->zero_windows = sparse_next(s);
	b->holds = sparse_next(s);
	b->in_flight_max = (uint32_t)sparse_next(s);
	b->in_flight_sum = sparse_next(s);
	return ok;
}

int budget_unpack(struct budget *b, struct cursor *in)
{
	struct sparse s;
	uint8_t flags = cursor_u8(in);
	uint64_t n;
	bool ok;

	*b = (struct budget){ 0 };
	b->known = flags & BUDGET_KNOWN;
	b->streams = flags & BUDGET_STREAMS;
	b->one_sided = flags & BUDGET_ONE_SIDED;
	b->near = cursor_u8(in);
	b->far = cursor_u8(in);
	b->start_ns = cursor_zigzag(in);
	sparse_unpack(&s, in);
	ok = budget_numbers(b, &s);
	if (!(flags & BUDGET_BASE))
		b->base_ns = -1;
	n = cursor_varint(in);
	if (in->bad || !ok || n > HOPS_MOST || n > cursor_left(in) / HOP_LEAST)
		return -1;
	b->hop = mem_zalloc(n + 1, sizeof *b->hop);
	b->n_hops = n;
	for (size_t i = 0; i < n && !in->bad; i++)
		ok &= hop_unpack(&b->hop[i], in);
	if (ok && !in->bad)
		return 0;
	budget_release(b);
	return -1;
}

/* --- exchange --- */
static uint64_t record_step(uint64_t rec, uint64_t last)
{
	return rec == EXCHANGE_NONE ? 0 : zigzag(rec - last) + 1;
}

static uint64_t record_back(uint64_t step, uint64_t *last)
{
	if (!step)
		return EXCHANGE_NONE;
	*last += zagzig(step - 1);
	return *last;
}

/* Records of an exchange, relative to the next expected ones. */
static void records_pack(const struct exchange *x, struct exchange *last,
			 struct sparse *s)
{
	for (int i = 0; i < 4; i++) {
		int of = i & ~1; /* both of a pair are close together */

		sparse_add(s, record_step(x->near[i], last->near[of]));
		if (x->near[i] != EXCHANGE_NONE)
			last->near[of] = x->near[i];
	}
	for (int i = 0; i < 2; i++) {
		sparse_add(s, record_step(x->far[i], last->far[i]));
		if (x->far[i] != EXCHANGE_NONE)
			last->far[i] = x->far[i];
	}
}

void exchange_pack(const struct exchange *x, struct exchange *last,
		   struct buf *out)
{
	struct sparse s NOT_ZEROED;
	size_t n = x->name ? strlen(x->name) : 0;

	sparse_begin(&s);
	records_pack(x, last, &s);
	sparse_add(&s, zigzag((uint64_t)x->at_ns - (uint64_t)last->at_ns));
	add_part(&s, x->think_ns);
	for (int p = 0; p < TIME_PARTS; p++)
		add_part(&s, x->part[p]);
	add_part(&s, x->hold_ns);
	sparse_add(&s, x->bytes[0]);
	sparse_add(&s, x->bytes[1]);
	sparse_add(&s, x->in_flight > 1 ? x->in_flight : 0);
	sparse_add(&s, x->opening);
	sparse_add(&s, x->proto);
	sparse_add(&s, zigzag((uint64_t)x->status));
	n = n > NAME_MAX_BYTES ? NAME_MAX_BYTES : n;
	sparse_add(&s, n);
	sparse_pack(&s, out);
	if (n)
		buf_bytes(out, x->name, n);
	last->at_ns = x->at_ns;
}

int exchange_unpack(struct exchange *x, struct exchange *last,
		    struct cursor *in)
{
	struct sparse s;
	bool ok = true;
	size_t n;

	sparse_unpack(&s, in);
	*x = (struct exchange){ 0 };
	for (int i = 0; i < 4; i++)
		x->near[i] = record_back(sparse_next(&s), &last->near[i & ~1]);
	for (int i = 0; i < 2; i++)
		x->far[i] = record_back(sparse_next(&s), &last->far[i]);
	last->at_ns = (int64_t)((uint64_t)last->at_ns +
				zagzig(sparse_next(&s)));
	x->at_ns = last->at_ns;
	ok &= part_next(&s, &x->think_ns);
	ok &= parts_next(&s, x->part);
	ok &= part_next(&s, &x->hold_ns);
	x->bytes[0] = sparse_next(&s);
	x->bytes[1] = sparse_next(&s);
	x->in_flight = (uint32_t)sparse_next(&s);
	x->in_flight += !x->in_flight;
	x->opening = (uint8_t)sparse_next(&s);
	x->proto = (uint8_t)sparse_next(&s);
	x->status = (int64_t)zagzig(sparse_next(&s));
	n = sparse_next(&s);
	if (!ok || in->bad || n > NAME_MAX_BYTES)
		return -1;
	if (n) {
		const uint8_t *p = cursor_take(in, n);

		if (!p)
			return -1;
		x->name = mem_zalloc(n + 1, 1);
		memcpy(x->name, p, n);
	}
	return 0;
}
