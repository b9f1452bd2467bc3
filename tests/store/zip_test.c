/* Bytes that are compressed, and what only looks so. */
#include "store/zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void bytes_come_back(void **state)
{
	struct zip *z = zip_new();
	uint8_t bytes[300] = { 1, 2, 3 };

	(void)state;
	for (size_t n = 0; n <= sizeof bytes; n += 50) {
		struct buf b = { 0 };
		struct cursor in;

		zip_pack(z, bytes, n, &b);
		in = zip_unpack(z, b.at, b.n);
		assert_false(in.bad);
		assert_int_equal(cursor_left(&in), n);
		if (n)
			assert_memory_equal(in.at, bytes, n);
		buf_release(&b);
	}
	zip_free(z);
}

/* Whether there was room for something before must not matter. */
static void a_frame_of_nothing_is_refused(void **state)
{
	static const uint8_t frame[] = { 1,    0x28, 0xb5, 0x2f, 0xfd,
					 0x20, 0,    1,    0,    0 };
	struct zip *z = zip_new();
	uint8_t bytes[300] = { 0 };
	struct buf b = { 0 };

	(void)state;
	assert_true(zip_unpack(z, frame, sizeof frame).bad);
	zip_pack(z, bytes, sizeof bytes, &b);
	assert_false(zip_unpack(z, b.at, b.n).bad);
	assert_true(zip_unpack(z, frame, sizeof frame).bad);
	buf_release(&b);
	zip_free(z);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_back),
		cmocka_unit_test(a_frame_of_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
