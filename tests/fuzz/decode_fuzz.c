/* Fuzz target: frames of any bytes.
 *
 * The first byte picks the link type; then frames, each behind two bytes of
 * captured length (little-endian) and one of how much longer it was, so that
 * fragments can meet their first one.  What ARP says is collected.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/decode.h"
#include "capture/neighbours.h"
#include "capture/preface.h"
#include "capture/trailer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int linktypes[] = { 1,   113, 276, 0,  108, 101, 12, 14,
				 228, 229, 127, 9,  104, 107, 6,  239,
				 258, 192, 197, 51, 105, 119, 117 };
#define LINKTYPES (sizeof linktypes / sizeof *linktypes)

/* What else names ends in it. */
static void check_names(const struct frame *f, const struct packet *p)
{
	struct preface x;
	struct net_end ends[2];

	if (p->trailer && (p->trailer < f->data ||
			   p->trailer + p->trailer_len > f->data + f->cap_len))
		abort();
	if (p->trailer)
		trailer_read(p->trailer, p->trailer_len, p->key.proto, ends);
	if (p->payload &&
	    preface_read(p->payload, p->payload_cap, p->rec.pay_len, &x) &&
	    (!x.len || x.len > p->rec.pay_len))
		abort();
}

static void check(const struct frame *f, const struct packet *p)
{
	check_names(f, p);
	if (p->payload_cap > p->rec.pay_len || p->payload_cap > f->cap_len)
		abort();
	if (p->payload_cap &&
	    (p->payload < f->data ||
	     p->payload + p->payload_cap > f->data + f->cap_len))
		abort();
	if (p->rec.n_sack > 4 || p->rec.pay_sum == 0xffff)
		abort();
	if (!p->rec.pay_len && p->rec.marks & (REC_HEAD | REC_FULL | REC_SUM))
		abort();
	if (p->rec.marks & REC_FULL && p->rec.marks & REC_CUT)
		abort();
}

static void heard(void *ctx, const struct message *m, uint8_t lane)
{
	(void)ctx;
	if (lane || !m->len || !m->name || strlen(m->name) >= MESSAGE_NAME ||
	    m->last_frame < m->first_frame)
		abort();
}

/* In an allocation of its own, so that a byte too far is noticed. */
static void decode_one(struct decoder *d, struct neighbours **all, int linktype,
		       const uint8_t *bytes, size_t n, unsigned longer,
		       uint64_t number)
{
	uint8_t *copy = malloc(n ? n : 1);
	struct frame f = { .time_ns = (int64_t)number,
			   .number = number,
			   .cap_len = (uint32_t)n,
			   .data = copy,
			   .wire_len = (uint32_t)n + longer };
	enum decode_result got;
	struct packet p;

	if (!copy)
		abort();
	if (n)
		memcpy(copy, bytes, n);
	got = decode_frame(d, &f, linktype, &p);
	if (got == DECODE_OK)
		check(&f, &p);
	if (got == DECODE_NEIGHBOUR && !*all)
		*all = neighbours_new(heard, NULL);
	if (got == DECODE_NEIGHBOUR)
		neighbours_see(*all, &p.neighbour, 0, number,
			       (int64_t)number * 500000000);
	while (decode_more(d))
		if (decode_next(d, &f, &p) == DECODE_OK)
			check(&f, &p);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	int linktype = linktypes[cursor_u8(&c) % LINKTYPES];
	struct decoder *d = decoder_new();
	struct neighbours *all = NULL; /* most inputs have none */

	for (uint64_t i = 1; cursor_left(&c); i++) {
		size_t n = cursor_u8(&c);
		unsigned longer;
		struct cursor frame;

		n |= (size_t)cursor_u8(&c) << 8;
		longer = cursor_u8(&c);
		frame = cursor_sub(&c, n);
		decode_one(d, &all, linktype, frame.at, cursor_left(&frame),
			   longer, i);
	}
	if (all)
		neighbours_finish(all);
	neighbours_free(all);
	decoder_free(d);
	return 0;
}
