/* Varints come back by each of the ways to gather their bits, wherever they end,
 * and go by each of the ways to scatter them. */
#include "store/unpack_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "store/pack_put.h"

/* One of each number of bits, and those around. */
static void put_all(struct buf *b)
{
	for (unsigned bit = 0; bit < 64; bit++)
		for (uint64_t d = 0; d < 3; d++)
			buf_varint(b, (1ull << bit) + d - 1);
}

static void take_all(struct packed_in in, bool gathers)
{
	for (unsigned bit = 0; bit < 64; bit++)
		for (uint64_t d = 0; d < 3; d++) {
			uint64_t v = gathers ? in_varint_as(&in, true)
					     : in_varint_as(&in, false);

			assert_true(v == (1ull << bit) + d - 1);
		}
	assert_true(in_at_end(&in));
}

/* At the end of all bytes, and with others behind. */
static void test_all(bool gathers)
{
	struct buf b = { 0 };

	put_all(&b);
	take_all(packed_in_of(b.at, b.n, 0), gathers);
	buf_u8(&b, 0x80); /* more of the block, and no end of a varint */
	for (unsigned i = 0; i < 100; i++)
		buf_u8(&b, 0x80);
	take_all(packed_in_of(b.at, b.n - 101, 101), gathers);
	buf_release(&b);
}

static void plain_ways_take_all(void **state)
{
	(void)state;
	test_all(false);
}

static void gathering_takes_all(void **state)
{
	(void)state;
#if GATHER
	if (gather_fits()) {
		test_all(true);
		return;
	}
#endif
	puts("this processor does not gather");
	skip();
}

static void no_end_is_bad(void **state)
{
	uint8_t endless[100];

	(void)state;
	memset(endless, 0x80, sizeof endless);
	for (size_t n = 0; n < sizeof endless; n++) {
		struct packed_in in = packed_in_of(endless, n, 0);

		assert_int_equal(in_varint_as(&in, false), 0);
		assert_true(in.bad);
	}
}

/* As buf_varint() does, up to 56 bits. */
static void scattering_puts_the_same(void **state)
{
	(void)state;
#if GATHER
	for (unsigned bit = 0; gather_fits() && bit < 56; bit++)
		for (uint64_t v = (1ull << bit) - 1; v <= 1ull << bit; v++) {
			uint8_t p[VARINT_ROOM];
			struct buf b = { 0 };

			buf_varint(&b, v);
			assert_int_equal(put_varint_as(p, v, true) - p, b.n);
			assert_memory_equal(p, b.at, b.n);
			buf_release(&b);
		}
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_ways_take_all),
		cmocka_unit_test(gathering_takes_all),
		cmocka_unit_test(no_end_is_bad),
		cmocka_unit_test(scattering_puts_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
