/* Packed runs: what goes in comes out, at the size and speed promised, and
 * bad bytes are refused. */
#include "store/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define N 3000

static uint64_t state = 1;

static uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* Nulls what a record's marks call invalid, as unpacking does. */
static void normalise(struct record *r)
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

static void wild(struct record *r)
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
static void download(struct record *r, size_t i, uint32_t snap)
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

static void pack_from(const struct pack_base *base, const struct record *r,
		      size_t n, struct buf *out)
{
	if (base)
		pack_run_from(base, r, n, out);
	else
		pack_run(r, n, out);
}

static void pack(const struct record *r, size_t n, struct buf *out)
{
	pack_from(NULL, r, n, out);
}

static void same(const struct record *a, const struct record *b)
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

/* The same as a run of a block that goes on behind it, by @behind bytes. */
static void back_from_block(const struct pack_base *base, const struct buf *run,
			    const struct record *r, size_t n, size_t behind)
{
	const struct pack_run in = { .part = 7,
				     .dir = 1,
				     .n = (uint32_t)n,
				     .at = 3,
				     .size = run->n,
				     .base = *base };
	uint8_t *block = malloc(3 + run->n + behind);
	struct record *back = malloc(n * sizeof *back);

	memset(block, 0xff, 3 + run->n + behind);
	memcpy(block + 3, run->at, run->n);
	assert_int_equal(
		unpack_run_in(&in, block, 3 + run->n + behind, 1, back), 0);
	for (size_t i = 0; i < n; i++)
		same(&r[i], &back[i]);
	free(back);
	free(block);
}

static size_t round_trip(const struct record *r, size_t n)
{
	struct record *back = malloc(n * sizeof *back);
	struct buf b = { 0 };
	struct pack_base base = pack_base_of(r, 1);
	size_t size;

	pack_from(&base, r, n, &b);
	assert_int_equal(unpack_run_from(&base, b.at, b.n, 7, 1, back, n), 0);
	for (size_t i = 0; i < n; i++)
		same(&r[i], &back[i]);
	for (size_t behind = 0; behind < 100; behind += 9)
		back_from_block(&base, &b, r, n, behind);
	b.n = 0;
	pack(r, n, &b);
	assert_int_equal(unpack_run(b.at, b.n, 7, 1, back, n), 0);
	for (size_t i = 0; i < n; i++)
		same(&r[i], &back[i]);
	size = b.n;
	buf_release(&b);
	free(back);
	return size;
}

static void any_record_comes_back(void **state_)
{
	struct record *r = malloc(N * sizeof *r);

	(void)state_;
	for (size_t i = 0; i < N; i++)
		wild(&r[i]);
	for (size_t n = 1; n < 200; n++)
		round_trip(r, n);
	round_trip(r, N);
	free(r);
}

static void mixed_records_come_back(void **state_)
{
	struct record *r = malloc(N * sizeof *r);

	(void)state_;
	for (size_t i = 0; i < N; i++) {
		if (rnd() % 20 == 0)
			wild(&r[i]);
		else
			download(&r[i], i, rnd() % 2 ? 96 : 65535);
	}
	round_trip(r, N);
	free(r);
}

/* Stretches of records that are alike but for numbers, each broken by one thing. */
static void break_one(struct record *r)
{
	switch (rnd() % 12) {
	case 0:
		r->tcp_flags ^= (uint16_t)(1u << rnd() % 8);
		break;
	case 1:
		r->pay_len = rnd() % 3 * 700;
		break;
	case 2:
		r->cap_len = (uint32_t)(rnd() % (r->wire_len + 1));
		break;
	case 3:
		r->opts ^= (uint8_t)(1u << rnd() % 8);
		break;
	case 4:
		r->n_sack = (uint8_t)(rnd() % 5);
		break;
	case 5:
		r->marks ^= (uint16_t)(1u << rnd() % 10);
		break;
	case 6:
		r->window = (uint16_t)rnd();
		break;
	case 7:
		r->wire_len += 4;
		break;
	case 8:
		r->tsecr = 0;
		break;
	case 9:
		r->ip_id ^= 0x8001;
		break;
	case 10:
		r->ttl--;
		break;
	default:
		r->tcp_flags = 0;
	}
	normalise(r);
}

static void alike_records_come_back(void **state_)
{
	struct record *r = malloc(N * sizeof *r);

	(void)state_;
	for (unsigned often = 2; often < 100; often *= 2) {
		for (size_t i = 0; i < N; i++) {
			if (i && rnd() % 4)
				r[i] = r[i - 1];
			else
				download(&r[i], i, 96);
			r[i].frame = i * 3 + 1;
			r[i].time_ns += (int64_t)(rnd() % 1000);
			r[i].seq64 += r[i].pay_len;
			r[i].head_digest = (uint32_t)rnd();
			if (rnd() % often == 0)
				break_one(&r[i]);
			normalise(&r[i]);
		}
		round_trip(r, N);
	}
	free(r);
}

static void download_takes_few_bytes(void **state_)
{
	struct record *r = malloc(N * sizeof *r);

	(void)state_;
	for (size_t i = 0; i < N; i++)
		download(&r[i], i, 65535);
	assert_true(round_trip(r, N) < N * 15);
	for (size_t i = 0; i < N; i++)
		download(&r[i], i, 96);
	assert_true(round_trip(r, N) < N * 9);
	assert_true(round_trip(r, 2) < 2 * 36);
	free(r);
}

static void odd_units_of_time_come_back(void **state_)
{
	static const int64_t t[] = { 0,    INT64_MIN,   INT64_MAX, -1,
				     1000, -1000000000, 15625000 };
	struct record r[8];

	(void)state_;
	for (size_t i = 0; i < 7; i++) {
		for (size_t j = 0; j < 8; j++) {
			download(&r[j], j, 96);
			r[j].time_ns = t[(i * j) % 7];
		}
		round_trip(r, 8);
	}
}

static void cut_or_long_runs_are_refused(void **state_)
{
	struct record r[100], back[100];
	struct buf b = { 0 };

	(void)state_;
	for (size_t i = 0; i < 100; i++)
		download(&r[i], i, 96);
	pack(r, 100, &b);
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(unpack_run(b.at, n, 7, 1, back, 100), -1);
	buf_u8(&b, 0);
	assert_int_equal(unpack_run(b.at, b.n, 7, 1, back, 100), -1);
	buf_release(&b);
}

static void break_record(struct record *r, size_t what)
{
	switch (what) {
	case 0:
		r->tcp_flags |= REC_PSH;
		break;
	case 1:
		r->tcp_flags = REC_SYN;
		break;
	case 2:
		r->tcp_flags |= REC_FIN;
		break;
	case 3:
		r->pay_len = 0;
		break;
	case 4:
		r->window++;
		break;
	case 5:
		r->ip_id = (uint16_t)(r->ip_id * 7 + 1);
		break;
	case 6:
		r->ttl--;
		break;
	case 7:
		r->opts |= REC_OPT_SACK;
		r->n_sack = 2;
		for (unsigned j = 0; j < 4; j++)
			r->sack[j / 2][j % 2] = (uint32_t)r->ack64 + j;
		break;
	case 8:
		r->opts = 0;
		r->tsval = r->tsecr = 0;
		break;
	case 9:
		r->marks ^= REC_DF;
		break;
	case 10:
		r->tcp_flags = 0;
		break;
	default:
		r->seq64 = UINT64_MAX - 5;
		r->frame = UINT64_MAX / 3;
	}
}

/* What is behind a run may be looked at, but is not its own. */
static void cut_runs_of_a_block_are_refused(void **state_)
{
	struct record r[100], back[100];
	struct pack_run run = { .part = 7, .dir = 1, .n = 100 };
	struct buf b = { 0 };
	size_t whole;

	(void)state_;
	for (size_t i = 0; i < 100; i++)
		download(&r[i], i, 96);
	pack(r, 100, &b);
	whole = b.n;
	for (size_t i = 0; i < 200; i++)
		buf_u8(&b, (uint8_t)i);
	for (run.size = 0; run.size < whole; run.size++)
		assert_int_equal(unpack_run_in(&run, b.at, b.n, 1, back), -1);
	assert_int_equal(unpack_run_in(&run, b.at, b.n, 1, back), 0);
	run.size++;
	assert_int_equal(unpack_run_in(&run, b.at, b.n, 1, back), -1);
	buf_release(&b);
}

/* Stretches of records that are alike, or only calm, begin and end anywhere in a
 * chunk, and what breaks them is of any kind. */
static void breaks_come_anywhere(void **state_)
{
	static struct record r[1 + 64 + 20];

	(void)state_;
	for (size_t what = 0; what < 12; what++)
		for (size_t at = 0; at < 85; at++) {
			for (size_t i = 0; i < 85; i++)
				download(&r[i], i, 96);
			for (size_t i = at; i < 85; i += what % 4 ? 23 : 9)
				break_record(&r[i], what);
			round_trip(r, 85);
		}
}

static void directory_comes_back(void **state_)
{
	struct pack_run runs[3] = {
		{ .part = 3,
		  .dir = 1,
		  .n = 2,
		  .size = 4,
		  .base = { 5000, 6, 7, 8, 9, 10, .kind = 0 } },
		{ .part = 3000000000, .n = 4096, .size = 2 },
		{ .part = 3000000000, .dir = 1, .n = 1 }
	};
	struct buf bytes = { 0 }, out = { 0 };
	struct pack_run *back;

	(void)state_;
	buf_bytes(&bytes, "abcdef", 6);
	pack_block(runs, 3, &bytes, &out);
	assert_int_equal(unpack_directory(out.at, out.n, &back), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(back[i].part, runs[i].part);
		assert_int_equal(back[i].dir, runs[i].dir);
		assert_int_equal(back[i].n, runs[i].n);
		assert_int_equal(back[i].size, runs[i].size);
		assert_int_equal(back[i].base.time_ns, runs[i].base.time_ns);
		assert_int_equal(back[i].base.frame, runs[i].base.frame);
		assert_int_equal(back[i].base.seq, runs[i].base.seq);
		assert_int_equal(back[i].base.ack, runs[i].base.ack);
		assert_int_equal(back[i].base.tsval, runs[i].base.tsval);
		assert_int_equal(back[i].base.tsecr, runs[i].base.tsecr);
	}
	assert_memory_equal(out.at + back[1].at, "ef", 2);
	free(back);
	for (size_t n = 0; n < out.n; n++) {
		assert_int_equal(unpack_directory(out.at, n, &back), -1);
		assert_null(back);
	}
	buf_release(&bytes);
	buf_release(&out);
}

static void directory_refuses_too_many(void **state_)
{
	static const uint8_t many[] = { 0xff, 0xff, 0xff, 0x7f, 0, 0, 1, 0 };
	static const uint8_t none[11] = { 1, 0, 0, 0, 0 };
	static const uint8_t long_run[12] = { 1, 0, 0, 0x81, 0x20, 0 };
	static const uint8_t fine[11] = { 1, 0, 0, 1, 0 };
	struct pack_run *back;

	(void)state_;
	assert_int_equal(unpack_directory(fine, sizeof fine, &back), 1);
	free(back);
	assert_int_equal(unpack_directory(many, sizeof many, &back), -1);
	assert_int_equal(unpack_directory(none, sizeof none, &back), -1);
	assert_int_equal(unpack_directory(long_run, sizeof long_run, &back),
			 -1);
}

/* A run of another shape than the block's costs bytes and comes back. */
static void runs_share_the_first_ones_shape(void **state_)
{
	struct record r[2][8], back[8];
	struct pack_shapes shapes = { 0 };
	struct pack_run runs[2] = { { 0 } }, *got;
	struct buf bytes = { 0 }, out = { 0 };

	(void)state_;
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < 8; i++) {
			download(&r[k][i], i, k ? 96 : 1514);
			r[k][i].part = (uint32_t)k + 1;
			r[k][i].ttl = k ? 9 : 64;
			r[k][i].window = (uint16_t)(k ? 77 : 500 + i);
		}
		runs[k].part = r[k][0].part;
		runs[k].dir = r[k][0].dir;
		runs[k].n = 8;
		runs[k].base = pack_base_of(r[k], 8);
		pack_shape_of(&shapes, &runs[k].base, r[k], 8);
		runs[k].at = bytes.n;
		pack_run_from(&runs[k].base, r[k], 8, &bytes);
		runs[k].size = bytes.n - runs[k].at;
	}
	pack_block(runs, 2, &bytes, &out);
	assert_int_equal(unpack_directory(out.at, out.n, &got), 2);
	for (size_t k = 0; k < 2; k++) {
		assert_int_equal(unpack_run_from(&got[k].base,
						 out.at + got[k].at,
						 got[k].size, got[k].part,
						 got[k].dir, back, 8),
				 0);
		for (size_t i = 0; i < 8; i++)
			same(&r[k][i], &back[i]);
	}
	free(got);
	buf_release(&bytes);
	buf_release(&out);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Not a test of behaviour: prints figures where PACK_BENCH is set. */
static void speed(void **state_)
{
	struct record *r, *back;
	struct buf b = { 0 };
	double t0, t1, t2;
	int rounds = getenv("PACK_BENCH") ? 300 : 1;

	(void)state_;
	r = malloc(BLOCK_RECORDS * sizeof *r);
	back = malloc(BLOCK_RECORDS * sizeof *back);
	for (size_t i = 0; i < BLOCK_RECORDS; i++)
		download(&r[i], i, 65535);
	t0 = seconds();
	for (int k = 0; k < rounds; k++) {
		b.n = 0;
		pack_run(r, BLOCK_RECORDS, &b);
	}
	t1 = seconds();
	for (int k = 0; k < rounds; k++)
		assert_int_equal(
			unpack_run(b.at, b.n, 7, 1, back, BLOCK_RECORDS), 0);
	t2 = seconds();
	if (rounds > 1)
		printf("pack %.1f ns, unpack %.1f ns, %.1f bytes a record\n",
		       (t1 - t0) * 1e9 / rounds / BLOCK_RECORDS,
		       (t2 - t1) * 1e9 / rounds / BLOCK_RECORDS,
		       (double)b.n / BLOCK_RECORDS);
	same(&r[BLOCK_RECORDS - 1], &back[BLOCK_RECORDS - 1]);
	buf_release(&b);
	free(r);
	free(back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_record_comes_back),
		cmocka_unit_test(mixed_records_come_back),
		cmocka_unit_test(alike_records_come_back),
		cmocka_unit_test(download_takes_few_bytes),
		cmocka_unit_test(odd_units_of_time_come_back),
		cmocka_unit_test(cut_or_long_runs_are_refused),
		cmocka_unit_test(cut_runs_of_a_block_are_refused),
		cmocka_unit_test(breaks_come_anywhere),
		cmocka_unit_test(directory_comes_back),
		cmocka_unit_test(directory_refuses_too_many),
		cmocka_unit_test(runs_share_the_first_ones_shape),
		cmocka_unit_test(speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
