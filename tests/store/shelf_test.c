/* Shelves: many rows in one, packed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/shelf.h"

static void assert_row(const struct shelf *s, int64_t key, const char *text)
{
	size_t i = shelf_find(s, key);

	assert_true(i < s->row.n);
	assert_int_equal(s->row.at[i].key, key);
	assert_int_equal(s->row.at[i].n, strlen(text));
	assert_memory_equal(s->bytes.at + s->row.at[i].at, text, strlen(text));
}

static void fill(struct shelf *s, size_t n, int64_t first, int64_t step)
{
	char text[64];

	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof text, "row %zu of many that look alike",
			 i);
		shelf_add(s, first + (int64_t)i * step, text, strlen(text));
	}
}

static void rows_come_back_smaller(void **state)
{
	struct shelf in = { 0 }, out = { 0 };
	struct zip *z = zip_new();
	struct buf packed = { 0 };

	(void)state;
	fill(&in, 300, -7, 1ll << 20);
	shelf_pack(&in, 0, in.row.n, z, &packed);
	assert_true(packed.n < in.bytes.n / 2);
	shelf_add(&out, INT64_MIN, "before", 6);
	assert_int_equal(shelf_unpack(&out, z, packed.at, packed.n), 0);
	assert_int_equal(out.row.n, 301);
	assert_row(&out, INT64_MIN, "before");
	assert_row(&out, -7, "row 0 of many that look alike");
	assert_row(&out, -7 + (299ll << 20), "row 299 of many that look alike");
	assert_int_equal(shelf_find(&out, INT64_MAX), 301);
	/* between two, and where numbers would follow each other */
	assert_int_equal(shelf_find(&out, -6), 2);
	assert_int_equal(shelf_find(&out, INT64_MIN + 1), 1);
	buf_release(&packed);
	shelf_release(&in);
	shelf_release(&out);
	zip_free(z);
}

static void a_plain_shelf_is_not_compressed(void **state)
{
	struct shelf in = { 0 }, out = { 0 };
	struct zip *z = zip_new(), *other = zip_new();
	struct buf packed = { 0 };

	(void)state;
	zip_plain(z);
	fill(&in, 300, 1, 1);
	shelf_pack(&in, 0, in.row.n, z, &packed);
	assert_true(packed.n > in.bytes.n);
	assert_int_equal(shelf_unpack(&out, other, packed.at, packed.n), 0);
	assert_int_equal(out.row.n, 300);
	assert_row(&out, 300, "row 299 of many that look alike");
	buf_release(&packed);
	shelf_release(&in);
	shelf_release(&out);
	zip_free(z);
	zip_free(other);
}

static void few_bytes_are_not_compressed(void **state)
{
	struct shelf in = { 0 }, out = { 0 };
	struct zip *z = zip_new();
	struct buf packed = { 0 };

	(void)state;
	shelf_add(&in, 5, "x", 1);
	shelf_add(&in, 6, NULL, 0);
	shelf_pack(&in, 0, 2, z, &packed);
	assert_int_equal(packed.n, 1 + 1 + 2 + 2 + 1);
	assert_int_equal(shelf_unpack(&out, z, packed.at, packed.n), 0);
	assert_row(&out, 5, "x");
	assert_row(&out, 6, "");
	buf_release(&packed);
	shelf_release(&in);
	shelf_release(&out);
	zip_free(z);
}

static void one_cut_or_changed_is_refused_or_harmless(void **state)
{
	struct shelf in = { 0 }, out = { 0 };
	struct zip *z = zip_new();
	struct buf packed = { 0 };

	(void)state;
	fill(&in, 50, 1, 1);
	shelf_pack(&in, 0, in.row.n, z, &packed);
	for (size_t n = 0; n < packed.n; n++) {
		assert_int_equal(shelf_unpack(&out, z, packed.at, n), -1);
		assert_int_equal(out.row.n, 0);
	}
	for (size_t i = 0; i < packed.n; i++) {
		packed.at[i] ^= 0x55;
		shelf_clear(&out);
		if (shelf_unpack(&out, z, packed.at, packed.n))
			assert_int_equal(out.row.n, 0);
		packed.at[i] ^= 0x55;
	}
	buf_release(&packed);
	shelf_release(&in);
	shelf_release(&out);
	zip_free(z);
}

static void equal_keys_and_huge_sizes_are_refused(void **state)
{
	static const uint8_t equal[] = { 6 << 1, 2, 2, 0, 0, 0, 0 };
	static const uint8_t more[] = { 4 << 1, 1, 2, 2, 'x' };
	static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 0x7f, 0 };
	struct shelf out = { 0 };
	struct zip *z = zip_new();

	(void)state;
	assert_int_equal(shelf_unpack(&out, z, equal, sizeof equal), -1);
	assert_int_equal(shelf_unpack(&out, z, more, sizeof more), -1);
	assert_int_equal(shelf_unpack(&out, z, huge, sizeof huge), -1);
	shelf_release(&out);
	zip_free(z);
}

static void more_rows_than_are_written_are_refused(void **state)
{
	struct shelf in = { 0 }, out = { 0 };
	struct zip *z = zip_new();
	struct buf packed = { 0 };

	(void)state;
	fill(&in, SHELF_ROWS + 1, 1, 1);
	shelf_pack(&in, 0, SHELF_ROWS, z, &packed);
	assert_int_equal(shelf_unpack(&out, z, packed.at, packed.n), 0);
	packed.n = 0;
	shelf_pack(&in, 0, SHELF_ROWS + 1, z, &packed);
	assert_int_equal(shelf_unpack(&out, z, packed.at, packed.n), -1);
	assert_int_equal(out.row.n, SHELF_ROWS);
	buf_release(&packed);
	shelf_release(&in);
	shelf_release(&out);
	zip_free(z);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_back_smaller),
		cmocka_unit_test(a_plain_shelf_is_not_compressed),
		cmocka_unit_test(few_bytes_are_not_compressed),
		cmocka_unit_test(one_cut_or_changed_is_refused_or_harmless),
		cmocka_unit_test(equal_keys_and_huge_sizes_are_refused),
		cmocka_unit_test(more_rows_than_are_written_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
