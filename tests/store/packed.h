/* Records for packing, made at random, and how two are compared. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "store/pack.h"

#define N 3000

static uint64_t state = 1;

static inline uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* Nulls what a record's marks call invalid, as unpacking does. */
static inline void normalise(struct record *r)
{
	if (!(r->marks & REC_HEAD))
		r->head_digest = 0;
	if (!(r->marks & REC_FULL))
		r->full_digest = 0;
	if (!(r->marks & REC_SUM))
		r->pay_sum = 0;
	if (!(r->marks & REC_FRAG)) {
		r->frag_id = 0;
		r->frag_off = 0;
	}
	for (unsigned j = r->n_sack; j < 4; j++)
		r->sack[j][0] = r->sack[j][1] = 0;
}

static inline void wild(struct record *r)
{
	uint8_t *b = (uint8_t *)r;

	for (size_t i = 0; i < sizeof *r; i++)
		b[i] = (uint8_t)rnd();
	r->n_sack = (uint8_t)(rnd() % 5);
	r->part = 7;
	r->dir = 1;
	normalise(r);
}

/* The i-th segment of a download: full size, unless @snap cuts it. */
static inline void download(struct record *r, size_t i, uint32_t snap)
{
	memset(r, 0, sizeof *r);
	r->time_ns = 1700000000000000000 + (int64_t)i * 130000 +
		     rnd() % 90 * 1000;
	r->frame = 10 + i * 3 + rnd() % 2;
	r->seq64 = (1ull << 32) + 77 + i * 1448;
	r->ack64 = (1ull << 32) + 900 + i / 100;
	r->pay_len = 1448;
	r->hdr_len = 52;
	r->wire_len = 1514;
	r->cap_len = snap < 1514 ? snap : 1514;
	r->marks = REC_DF | REC_HEAD;
	r->marks |= snap < 1514 ? REC_CUT : REC_FULL | REC_SUM;
	r->csum = snap < 1514 ? REC_CSUM_UNKNOWN : REC_CSUM_GOOD;
	r->tcp_flags = REC_ACK | (i % 10 ? 0 : REC_PSH);
	r->opts = REC_OPT_TS;
	r->tsval = 1000 + (uint32_t)i / 8;
	r->tsecr = 2000 + (uint32_t)i / 9;
	r->head_digest = rnd();
	r->full_digest = rnd();
	r->pay_sum = (uint16_t)rnd();
	r->window = 501;
	r->ttl = 57;
	r->ip_id = (uint16_t)(500 + i);
	r->part = 7;
	r->dir = 1;
	normalise(r);
}

static inline void pack_from(const struct pack_base *base,
			     const struct record *r, size_t n, struct buf *out)
{
	if (base)
		pack_run_from(base, r, n, out);
	else
		pack_run(r, n, out);
}

static inline void pack(const struct record *r, size_t n, struct buf *out)
{
	pack_from(NULL, r, n, out);
}

static inline void same(const struct record *a, const struct record *b)
{
	assert_int_equal(a->time_ns, b->time_ns);
	assert_int_equal(a->frame, b->frame);
	assert_int_equal(a->seq64, b->seq64);
	assert_int_equal(a->ack64, b->ack64);
	assert_int_equal(a->wire_len, b->wire_len);
	assert_int_equal(a->cap_len, b->cap_len);
	assert_int_equal(a->pay_len, b->pay_len);
	assert_int_equal(a->hdr_len, b->hdr_len);
	assert_int_equal(a->marks, b->marks);
	assert_int_equal(a->tcp_flags, b->tcp_flags);
	assert_int_equal(a->window, b->window);
	assert_int_equal(a->ttl, b->ttl);
	assert_int_equal(a->tos, b->tos);
	assert_int_equal(a->ip_id, b->ip_id);
	assert_int_equal(a->tsval, b->tsval);
	assert_int_equal(a->tsecr, b->tsecr);
	assert_int_equal(a->head_digest, b->head_digest);
	assert_int_equal(a->full_digest, b->full_digest);
	assert_int_equal(a->pay_sum, b->pay_sum);
	assert_int_equal(a->frag_id, b->frag_id);
	assert_int_equal(a->frag_off, b->frag_off);
	assert_int_equal(a->opts, b->opts);
	assert_int_equal(a->n_sack, b->n_sack);
	assert_memory_equal(a->sack, b->sack, sizeof a->sack);
	assert_int_equal(a->csum, b->csum);
	assert_int_equal(a->icmp_type, b->icmp_type);
	assert_int_equal(a->part, b->part);
	assert_int_equal(a->dir, b->dir);
}
