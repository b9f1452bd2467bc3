/* The directory of a block: what is in it comes back, wherever it is asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/mem.h"
#include "store/block_dir.h"

#define PARTS 200

/* Runs of both directions of parts 10, 12, 14, ... as different as they can be. */
static size_t make_runs(struct pack_run *r, size_t n_parts)
{
	for (size_t i = 0; i < 2 * n_parts; i++)
		r[i] = (struct pack_run){
			.part = (uint32_t)(10 + i / 2 * 2),
			.dir = i & 1,
			.n = (uint32_t)(1 + i * 97 % BLOCK_RECORDS),
			.size = i % 5,
			.base = { .time_ns = (int64_t)(i * 1001),
				  .frame = i * i + 1,
				  .seq = UINT64_MAX - i,
				  .ack = i << 40,
				  .tsval = (uint32_t)(i * 0x01000193),
				  .tsecr = (uint32_t)i,
				  .kind = i & 1 },
		};
	if (n_parts > 3)
		r[7].base.shape = (struct pack_shape){ .hdr = 40, .ttl = 9 };
	return 2 * n_parts;
}

static void pack(const struct pack_run *r, size_t n, struct buf *out)
{
	struct buf bytes = { 0 };

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < r[i].size; k++)
			buf_u8(&bytes, (uint8_t)i);
	pack_block(r, n, &bytes, out);
	buf_release(&bytes);
}

/* Are the first @n runs of @r there? */
static void assert_there(struct block_dir *d, const struct buf *block,
			 const struct pack_run *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = block_dir_find(d, r[i].part, r[i].dir, i * 7 % n);
		struct pack_run got;

		assert_true(at < d->n);
		got = block_dir_run(d, at);
		assert_int_equal(block_dir_count(d, at), r[i].n);
		assert_int_equal(got.part, r[i].part);
		assert_int_equal(got.dir, r[i].dir);
		assert_int_equal(got.n, r[i].n);
		assert_int_equal(got.size, r[i].size);
		assert_true(got.at + got.size <= block->n);
		for (size_t k = 0; k < got.size; k++)
			assert_int_equal(block->at[got.at + k], (uint8_t)i);
		assert_int_equal(got.base.time_ns, r[i].base.time_ns);
		assert_int_equal(got.base.frame, r[i].base.frame);
		assert_int_equal(got.base.seq, r[i].base.seq);
		assert_int_equal(got.base.ack, r[i].base.ack);
		assert_int_equal(got.base.tsval, r[i].base.tsval);
		assert_int_equal(got.base.tsecr, r[i].base.tsecr);
		assert_int_equal(got.base.kind, r[i].base.kind);
	}
}

static void runs_are_found_in_any_order(void **state)
{
	struct pack_run r[2 * PARTS];
	size_t n = make_runs(r, PARTS);
	struct block_dir d = { 0 };
	struct buf block = { 0 };

	(void)state;
	pack(r, n, &block);
	assert_int_equal(block_dir_read(&d, block.at, block.n), 0);
	assert_int_equal(d.n, n);
	assert_there(&d, &block, r, n);
	for (size_t k = 0; k < n; k++) {
		size_t i = k * 131 % n;

		assert_int_equal(block_dir_find(&d, r[i].part, r[i].dir, n), i);
		/* and one that is not there, beside it */
		assert_int_equal(block_dir_find(&d, r[i].part + 1, r[i].dir, i),
				 n);
	}
	assert_int_equal(block_dir_find(&d, 0, 0, 0), n);
	assert_int_equal(block_dir_find(&d, UINT32_MAX, 1, 0), n);
	/* those of a kind have its shape */
	assert_int_equal(block_dir_run(&d, 1).base.shape.hdr, 40);
	assert_int_equal(block_dir_run(&d, 1).base.shape.ttl, 9);
	assert_int_equal(block_dir_run(&d, 2).base.shape.hdr, 0);
	buf_release(&block);
	block_dir_release(&d);
}

static void runs_in_no_order_are_sorted(void **state)
{
	struct pack_run sorted[2 * PARTS], r[2 * PARTS];
	size_t n = make_runs(sorted, PARTS);
	struct block_dir d = { 0 };
	struct buf block = { 0 };

	(void)state;
	for (size_t i = 0; i < n; i++)
		r[i] = sorted[i * 131 % n];
	r[n - 1] = r[0]; /* the first one of two is the run */
	r[n - 1].n = r[0].n + 1;
	pack(r, n, &block);
	assert_int_equal(block_dir_read(&d, block.at, block.n), 0);
	assert_int_equal(d.n, n);
	assert_there(&d, &block, r, n - 1);
	buf_release(&block);
	block_dir_release(&d);
}

/* A few parts far from all others do not hide any. */
static void numbers_may_lie_far_apart(void **state)
{
	struct pack_run r[2 * PARTS];
	size_t n = make_runs(r, PARTS);
	struct block_dir d = { 0 };
	struct buf block = { 0 };

	(void)state;
	for (size_t i = n / 2; i < n; i++)
		r[i].part += i < n - 2 ? 1u << 20 : UINT32_MAX - r[i].part;
	pack(r, n, &block);
	assert_int_equal(block_dir_read(&d, block.at, block.n), 0);
	assert_there(&d, &block, r, n);
	for (size_t i = 0; i < n; i++)
		if (r[i].part < UINT32_MAX)
			assert_int_equal(
				block_dir_find(&d, r[i].part + 1, 0, n), n);
	assert_int_equal(block_dir_find(&d, 1u << 19, 0, n), n);
	assert_int_equal(block_dir_find(&d, 1u << 31, 1, n), n);
	buf_release(&block);
	block_dir_release(&d);
}

/* Room is used again; what bad bytes left behind is not seen. */
static void they_follow_each_other_in_one_room(void **state)
{
	struct block_dir d = { 0 };

	(void)state;
	for (size_t parts = PARTS; parts > 0; parts /= 3) {
		struct pack_run r[2 * PARTS];
		size_t n = make_runs(r, parts), room;
		struct buf block = { 0 };

		pack(r, n, &block);
		assert_int_equal(block_dir_read(&d, block.at, block.n - 1), -1);
		assert_int_equal(d.n, 0);
		assert_int_equal(block_dir_find(&d, r[0].part, r[0].dir, 0), 0);
		room = block_dir_bytes(&d);
		assert_int_equal(block_dir_read(&d, block.at, block.n), 0);
		assert_int_equal(block_dir_bytes(&d), room);
		assert_int_equal(d.n, n);
		assert_there(&d, &block, r, n);
		buf_release(&block);
	}
	block_dir_release(&d);
	assert_int_equal(block_dir_bytes(&d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_found_in_any_order),
		cmocka_unit_test(runs_in_no_order_are_sorted),
		cmocka_unit_test(numbers_may_lie_far_apart),
		cmocka_unit_test(they_follow_each_other_in_one_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
