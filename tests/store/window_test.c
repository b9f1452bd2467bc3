/* The window: every record leaves once, in order, in blocks that say what they
 * hold. */
#include "store/window.h"
#include "store/zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

struct seen {
	size_t blocks, runs, records;
	bool kept;                     /* blocks are where they stay */
	uint64_t last_frame[3][50][2]; /* by lane, part, direction */
};

static uint64_t state = 5;

static uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static void check_run(struct seen *s, uint8_t lane, const struct block_row *row,
		      const struct record *r, size_t n)
{
	uint64_t *last = &s->last_frame[lane][r->part][r->dir];

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(r[i].n_sack, r[i].frame % 3 ? 0 : 2);
		assert_int_equal(r[i].sack[1][1],
				 r[i].frame % 3 ? 0 : r[i].frame);
		assert_true(r[i].frame > *last);
		*last = r[i].frame;
		assert_in_range(r[i].frame, row->frame_min, row->frame_max);
		assert_in_range(r[i].seq64, row->seq_min, row->seq_max);
		assert_true(r[i].time_ns >= row->time_min);
		assert_true(r[i].time_ns <= row->time_max);
	}
	assert_in_range(r->part, row->part_min, row->part_max);
	assert_true(row->dir == 2 || row->dir == r->dir);
}

static void out(void *ctx, uint8_t lane, const struct block_row *row,
		struct buf *bytes, bool kept)
{
	struct seen *s = ctx;
	static struct zip *z;
	struct pack_run *runs;
	struct cursor in = cursor_of(bytes->at, bytes->n);
	size_t records = 0;
	long n;

	assert_int_equal(kept, s->kept);
	if (!z)
		z = zip_new();
	if (*bytes->at == PACK_ZIPPED)
		in = zip_unpack(z, bytes->at + 1, bytes->n - 1);
	assert_false(in.bad);
	n = unpack_directory(in.at, cursor_left(&in), &runs);

	assert_true(n > 0);
	for (long i = 0; i < n; i++) {
		struct record *r = mem_zalloc(runs[i].n, sizeof *r);

		assert_int_equal(unpack_run_from(&runs[i].base,
						 in.at + runs[i].at,
						 runs[i].size, runs[i].part,
						 runs[i].dir, r, runs[i].n),
				 0);
		check_run(s, lane, row, r, runs[i].n);
		records += runs[i].n;
		free(r);
	}
	assert_int_equal(records, row->n);
	assert_true(records <= BLOCK_RECORDS);
	s->blocks++;
	s->runs += (size_t)n;
	s->records += records;
	free(runs);
}

static struct record record(uint64_t frame, uint32_t part, uint8_t dir)
{
	return (struct record){ .frame = frame,
				.part = part,
				.dir = dir,
				.time_ns = (int64_t)frame * 1000,
				.seq64 = frame * 7,
				.tcp_flags = REC_ACK };
}

/* Every third does not fit into a line of the window. */
static struct record odd_record(uint64_t frame, uint32_t part, uint8_t dir)
{
	struct record r = record(frame, part, dir);

	if (frame % 3 == 0) {
		r.opts = REC_OPT_SACK;
		r.n_sack = 2;
		r.sack[1][1] = (uint32_t)frame;
	}
	return r;
}

static void add_one(struct window *w, const struct record *r, uint8_t lane)
{
	struct packet p = { .rec = *r };

	window_add(w, &p, &lane, 1);
}

static void every_record_leaves_once_in_order(void **state_)
{
	struct seen *s = mem_zalloc(1, sizeof *s);
	struct window *w = window_new(10000, out, s);

	(void)state_;
	for (uint64_t f = 1; f <= 35000; f++) {
		uint32_t part = rnd() % 3 ? rnd() % 50 : 0;
		struct record r = odd_record(f, part, rnd() & 1);

		add_one(w, &r, (uint8_t)(part % 3));
	}
	assert_int_equal(s->records, 30000);
	window_flush(w);
	assert_int_equal(s->records, 35000);
	window_flush(w);
	assert_int_equal(s->records, 35000);
	window_free(w);
	free(s);
}

static void one_long_part_has_blocks_of_its_own(void **state_)
{
	struct seen *s = mem_zalloc(1, sizeof *s);
	struct window *w = window_new(20000, out, s);

	(void)state_;
	for (uint64_t f = 1; f <= 20000; f++) {
		struct record r = odd_record(f, f % 100 ? 7 : 8, 0);

		add_one(w, &r, 0);
	}
	/* 19800 records: four full blocks, one of the rest; one for part 8 */
	assert_int_equal(s->blocks, 6);
	assert_int_equal(s->runs, 6);
	window_free(w);
	free(s);
}

static void short_runs_share_a_block_of_one_lane(void **state_)
{
	struct seen *s = mem_zalloc(1, sizeof *s);
	struct window *w = window_new(1000, out, s);

	(void)state_;
	for (uint64_t f = 1; f <= 100; f += 10) { /* several at a time */
		struct packet p[10];
		uint8_t lane[10];

		for (uint64_t k = 0; k < 10; k++) {
			uint32_t part = (uint32_t)((f + k) % 50);

			p[k] = (struct packet){ .rec = odd_record(f + k, part,
								  0) };
			lane[k] = part < 20 ? 0 : 2;
		}
		window_add(w, p, lane, 10);
	}
	window_flush(w);
	assert_int_equal(s->blocks, 2);
	assert_int_equal(s->runs, 50);
	assert_int_equal(s->records, 100);
	for (uint32_t part = 0; part < 50; part++)
		assert_int_equal(s->last_frame[part < 20 ? 0 : 2][part][0],
				 part ? 50 + part : 100);
	window_free(w);
	free(s);
}

static void first_block(void *ctx, uint8_t lane, const struct block_row *row,
			struct buf *bytes, bool kept)
{
	struct buf *to = ctx;

	assert_false(kept);
	(void)lane;
	(void)row;
	if (!to->n)
		buf_bytes(to, bytes->at, bytes->n);
}

/* Whatever records come late in the run: its unit of time is that of all. */
static void a_run_is_packed_as_if_it_were_at_hand(void **state_)
{
	static const int64_t tick[] = { 1000000000, 1000000, 1000, 100, 1 };
	struct record *r = mem_zalloc(900, sizeof *r);
	struct buf got = { 0 }, want = { 0 }, run = { 0 };
	struct pack_shapes shapes = { 0 };
	struct pack_run x = { .part = 3, .n = 900 };
	struct window *w = window_new(1000, first_block, &got);

	(void)state_;
	for (size_t i = 0; i < 900; i++) {
		r[i] = odd_record(i + 1, 3, 0);
		r[i].time_ns = (int64_t)i * 1000000000 + tick[i / 200];
		add_one(w, &r[i], 0);
	}
	window_flush(w);
	x.base = pack_base_of(r, 900);
	pack_shape_of(&shapes, &x.base, r, 900);
	pack_run_from(&x.base, r, 900, &run);
	x.size = run.n;
	pack_block(&x, 1, &run, &want);
	assert_int_equal(got.n, want.n);
	assert_memory_equal(got.at, want.at, want.n);
	buf_release(&got);
	buf_release(&want);
	buf_release(&run);
	window_free(w);
	free(r);
}

/* Many runs of one record each need most room. */
static void blocks_of_a_temporary_case_stay_where_they_are_made(void **state_)
{
	struct seen *s = mem_zalloc(1, sizeof *s);
	struct kept_place place = { .kept = kept_new() };
	struct window *w = window_new(10000, out, s);

	(void)state_;
	s->kept = true;
	window_keep(w, &place);
	for (uint64_t f = 1; f <= 30000; f++) {
		struct record r = odd_record(f, rnd() % 50, rnd() & 1);

		if (f % 10000 < 5000)
			r.part = (uint32_t)(f % 50);
		add_one(w, &r, (uint8_t)(r.part % 3));
	}
	assert_int_equal(s->records, 30000);
	window_free(w);
	kept_free(place.kept);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_leaves_once_in_order),
		cmocka_unit_test(one_long_part_has_blocks_of_its_own),
		cmocka_unit_test(short_runs_share_a_block_of_one_lane),
		cmocka_unit_test(a_run_is_packed_as_if_it_were_at_hand),
		cmocka_unit_test(
			blocks_of_a_temporary_case_stay_where_they_are_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
