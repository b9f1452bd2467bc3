/* capture/snoop.c: files made by hand; tests/e2e/formats.sh has editcap's. */
#include "capture/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/capture/files.h"

#define START_S 1349869506u
#define START_NS (START_S * 1000000000ll)

static void put_be(struct files_buf *f, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		files_put(f, v >> shift & 255, 1);
}

static void begin(struct files_buf *f, uint32_t datalink)
{
	*f = (struct files_buf){ 0 };
	files_bytes(f, "snoop\0\0\0", 8);
	put_be(f, 2);
	put_be(f, datalink);
}

/* A frame of @cap bytes, 0x5a, padded by @pad. */
static void add(struct files_buf *f, uint32_t us, uint32_t cap, uint32_t wire,
		uint32_t pad, uint32_t drops)
{
	put_be(f, wire);
	put_be(f, cap);
	put_be(f, 24 + cap + pad);
	put_be(f, drops);
	put_be(f, START_S);
	put_be(f, us);
	for (uint32_t i = 0; i < cap + pad; i++)
		files_put(f, i < cap ? 0x5a : 0, 1);
}

static void records_are_read(void **state)
{
	struct files_buf f;
	struct files_read r;

	(void)state;
	begin(&f, 4);
	add(&f, 5, 61, 61, 3, 0);
	add(&f, 3000, 40, 1514, 0, 0);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.at[0].time_ns, START_NS + 5000);
	assert_int_equal(r.at[0].cap_len, 61);
	assert_int_equal(r.at[0].wire_len, 61);
	assert_int_equal(r.first[1], 0x5a);
	assert_int_equal(r.at[1].cap_len, 40);
	assert_int_equal(r.at[1].wire_len, 1514);
	assert_int_equal(reader_iface(r.r, 0)->linktype, 1);
	assert_int_equal(reader_iface(r.r, 0)->resolution_ns, 1000);
	assert_int_equal(files_qualities(&r), 0);
	files_read_release(&r);
	files_release(&f);
}

static void link_types_are_told(void **state)
{
	static const struct {
		uint32_t datalink;
		int linktype;
	} types[] = { { 0, 1 }, { 2, 6 }, { 8, 10 }, { 99, 162 } };

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct files_buf f;
		struct files_read r;

		begin(&f, types[i].datalink);
		add(&f, 0, 60, 60, 0, 0);
		files_read(&r, f.b.at, f.b.n);
		assert_int_equal(reader_iface(r.r, 0)->linktype,
				 types[i].linktype);
		files_read_release(&r);
		files_release(&f);
	}
}

static void drops_have_their_time(void **state)
{
	struct files_buf f;
	struct files_read r;
	const struct quality *q;

	(void)state;
	begin(&f, 4);
	add(&f, 1000, 60, 60, 0, 2); /* before anything was captured */
	add(&f, 2000, 60, 60, 0, 2);
	add(&f, 3000, 60, 60, 0, 7);
	files_read(&r, f.b.at, f.b.n);
	q = files_quality(&r, "drops", 0);
	assert_non_null(q);
	assert_int_equal(q->count, 5);
	assert_int_equal(q->from_ns, START_NS + 2000000);
	assert_int_equal(q->to_ns, START_NS + 3000000);
	assert_null(files_quality(&r, "drops", 1));
	assert_int_equal(reader_iface(r.r, 0)->dropped, 7);
	assert_true(reader_iface(r.r, 0)->dropped_known);
	files_read_release(&r);
	files_release(&f);
}

static void any_cut_leaves_what_was_whole(void **state)
{
	struct files_buf f;

	(void)state;
	begin(&f, 4);
	add(&f, 0, 61, 61, 3, 0);
	add(&f, 0, 61, 61, 3, 0);
	for (size_t n = 8; n < f.b.n; n++) {
		struct files_read r;

		files_read(&r, f.b.at, n);
		if (n < 16) {
			assert_null(r.r);
			assert_non_null(strstr(r.err.text, "cut off"));
		} else {
			bool ends = n == 16 || n == 16 + 24 + 64;

			assert_int_equal(r.n, n >= 16 + 24 + 64);
			assert_int_equal(!files_quality(&r, "cut-record", 0),
					 ends);
		}
		files_read_release(&r);
	}
	files_release(&f);
}

static void wrong_lengths_end_the_packets(void **state)
{
	static const uint8_t lengths[][12] = {
		{ 0, 0, 0, 60, 0, 0, 0, 60, 0, 0, 0, 60 },
		{ 0, 0, 0, 60, 255, 255, 255, 255, 0, 0, 0, 23 },
		{ 255, 0, 0, 60, 0, 0, 0, 60, 0, 0, 0, 84 },
		{ 0, 0, 0, 60, 0, 0, 0, 60, 255, 255, 255, 255 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct files_buf f;
		struct files_read r;

		begin(&f, 4);
		add(&f, 0, 60, 60, 0, 0);
		add(&f, 0, 60, 60, 0, 0);
		memcpy(f.b.at + 16 + 84, lengths[i], 12);
		files_read(&r, f.b.at, f.b.n);
		assert_int_equal(r.n, 1);
		assert_non_null(files_quality(&r, "bad-record", 0));
		files_read_release(&r);
		files_release(&f);
	}
}

static void captured_is_at_most_what_was_there(void **state)
{
	struct files_buf f;
	struct files_read r;

	(void)state;
	begin(&f, 4);
	add(&f, 0, 60, 40, 0, 0);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.at[0].wire_len, 60);
	assert_non_null(files_quality(&r, "bad-length", 0));
	files_read_release(&r);
	files_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_read),
		cmocka_unit_test(link_types_are_told),
		cmocka_unit_test(drops_have_their_time),
		cmocka_unit_test(any_cut_leaves_what_was_whole),
		cmocka_unit_test(wrong_lengths_end_the_packets),
		cmocka_unit_test(captured_is_at_most_what_was_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
