/* Packed runs: what goes in comes out, at the size and speed promised. */
#include "store/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "tests/store/packed.h"

/* The same as a run of a block that has @behind bytes after it. */
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

/* Stretches of records that differ in numbers only, each interrupted by one other
 * difference. */
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
		cmocka_unit_test(breaks_come_anywhere),
		cmocka_unit_test(speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
