/* Blocks of runs and their directory. */
#include "store/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store/packed.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directory_comes_back),
		cmocka_unit_test(directory_refuses_too_many),
		cmocka_unit_test(runs_share_the_first_ones_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
