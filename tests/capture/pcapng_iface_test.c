/* capture/pcapng_iface.c: names, filters, resolutions, drops of interfaces. */
#include "capture/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/capture/files.h"

/* 1,000,000 s after 1970 in microseconds. */
#define AT 1000000000000ull
#define AT_NS 1000000000000000ll

/* An Ethernet interface; options and its end follow. */
static void iface_begin(struct files_buf *f)
{
	files_begin(f, 1);
	files_put(f, 1, 8); /* link type, no snap length */
}

/* An interface with the options given by resolution and offset. */
static void iface_with_clock(struct files_buf *f, uint8_t tsresol,
			     int64_t offset_s)
{
	iface_begin(f);
	files_option(f, 9, &tsresol, 1);
	files_option_u64(f, 14, (uint64_t)offset_s);
	files_option(f, 0, NULL, 0);
	files_end(f);
}

static void every_resolution_counts_right(void **state)
{
	static const struct {
		uint8_t tsresol;
		int64_t offset_s;
		uint64_t units;
		int64_t ns, resolution;
	} cases[] = {
		{ 0, 0, 1700000000, 1700000000000000000, 1000000000 },
		{ 3, 0, 1700000000123, 1700000000123000000, 1000000 },
		{ 6, 0, 1700000000123456, 1700000000123456000, 1000 },
		{ 9, 0, 1700000000123456789, 1700000000123456789, 1 },
		{ 10, 0, 17000000001234567890u, 1700000000123456789, 1 },
		{ 12, 0, 1234567890123, 1234567890, 1 },
		{ 30, 0, 12345, 0, 1 },
		{ 127, 0, UINT64_MAX, 0, 1 },
		{ 0x80, 0, 1700000000, 1700000000000000000, 1000000000 },
		{ 0x86, 0, 1700000000 * 64ull + 1, 1700000000015625000,
		  15625000 },
		{ 0x94, 0, 1 << 20, 1000000000, 953 },
		{ 0xa0, 0, 1700000000ull << 32 | 1u << 31, 1700000000500000000,
		  1 },
		{ 0xff, 0, UINT64_MAX, 0, 1 },
		{ 6, 3600, 1000000, 3601000000000, 1000 },
		{ 9, -3600, 3601000000000, 1000000000, 1 },
		/* no clock shows that */
		{ 0, 0, UINT64_MAX, 0, 1000000000 },
		{ 9, INT64_MAX, 5, 0, 1 },
		{ 9, INT64_MIN, 5, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct files_buf f = { .big = i & 1 };
		struct files_read r;

		files_section(&f);
		iface_with_clock(&f, cases[i].tsresol, cases[i].offset_s);
		files_packet(&f, 0, cases[i].units, 60, 60);
		files_read(&r, f.b.at, f.b.n);
		assert_int_equal(r.n, 1);
		assert_true(r.at[0].time_ns == cases[i].ns);
		assert_true(reader_iface(r.r, 0)->resolution_ns ==
			    cases[i].resolution);
		files_read_release(&r);
		files_release(&f);
	}
}

static void names_and_filters_are_read(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_section(&f);
	iface_begin(&f);
	files_option(&f, 3, "uplink", 6);
	files_option(&f, 2, "eth0\x1b[m", 7); /* hostile */
	files_option(&f, 3, "again", 5);
	files_option(&f, 11, "\0port 80", 8);
	files_option(&f, 0, NULL, 0);
	files_end(&f);
	iface_begin(&f);
	files_option(&f, 3, "uplink", 6);
	files_option(&f, 11, "\1....", 5); /* a program, not text */
	files_end(&f);                     /* without an end mark */
	files_read(&r, f.b.at, f.b.n);
	assert_string_equal(reader_iface(r.r, 0)->name, "eth0\\x1B[m");
	assert_string_equal(reader_iface(r.r, 0)->filter, "port 80");
	assert_string_equal(reader_iface(r.r, 1)->name, "uplink");
	assert_null(reader_iface(r.r, 1)->filter);
	assert_null(reader_iface(r.r, 2));
	assert_null(files_quality(&r, "bad-option", 0));
	files_read_release(&r);
	files_release(&f);
}

static void damaged_options_are_ignored(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_section(&f);
	iface_begin(&f);
	files_option(&f, 2, "eth0", 4);
	files_put(&f, 9, 2);
	files_put(&f, 60000, 2); /* beyond the block */
	files_end(&f);
	files_packet(&f, 0, AT, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 1);
	assert_string_equal(reader_iface(r.r, 0)->name, "eth0");
	assert_int_equal(files_quality(&r, "bad-option", 0)->count, 1);
	files_read_release(&r);
	files_release(&f);
}

static void stats(struct files_buf *f, uint64_t at, uint64_t start,
		  uint64_t ifdrop, uint64_t osdrop)
{
	files_begin(f, 5);
	files_put(f, 0, 4);
	files_time(f, at);
	if (start) {
		files_put(f, 2, 2);
		files_put(f, 8, 2);
		files_time(f, start);
	}
	files_option_u64(f, 4, 1000);
	files_option_u64(f, 5, ifdrop);
	files_option_u64(f, 7, osdrop);
	files_option(f, 0, NULL, 0);
	files_end(f);
}

/* The older kind of packet block, which counts drops: 4 before it. */
static void obsolete_packet(struct files_buf *f, uint64_t at)
{
	files_begin(f, 2);
	files_put(f, 0, 2);
	files_put(f, 4, 2);
	files_time(f, at);
	files_put(f, 4, 4);
	files_put(f, 60, 4);
	files_put(f, 0x5a5a5a5a, 4);
	files_end(f);
}

static void drops_are_bracketed_in_time(void **state)
{
	static const struct {
		uint64_t count;
		int64_t from, to;
	} want[] = {
		{ 5, AT_NS, AT_NS + 10000 },
		{ 3, AT_NS + 10000, AT_NS + 20000 },
		{ 2, AT_NS + 30000, AT_NS + 40000 }, /* counted anew */
	};
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_start(&f, AT);
	stats(&f, AT + 10, 0, 5, 0);
	stats(&f, AT + 20, 0, 5, 3);
	stats(&f, AT + 30, 0, 5, 3);
	stats(&f, AT + 40, 0, 2, 0);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(files_qualities(&r), 3);
	for (size_t i = 0; i < 3; i++) {
		const struct quality *q = files_quality(&r, "drops", i);

		assert_int_equal(q->count, want[i].count);
		assert_int_equal(q->from_ns, want[i].from);
		assert_int_equal(q->to_ns, want[i].to);
		assert_non_null(strstr(q->text, "between 1970-01-12T13:46:40"));
	}
	assert_true(reader_iface(r.r, 0)->dropped_known);
	assert_int_equal(reader_iface(r.r, 0)->dropped, 2);
	files_read_release(&r);
	files_release(&f);
}

static void the_first_bracket_begins_where_it_says(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_start(&f, AT);
	stats(&f, AT + 10, AT - 100, 5, 0);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(files_quality(&r, "drops", 0)->from_ns,
			 AT_NS - 100000);
	files_read_release(&r);
	files_release(&f);
}

static void no_drops_is_known_too(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_start(&f, AT);
	stats(&f, AT + 10, 0, 0, 0);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(files_qualities(&r), 0);
	assert_true(reader_iface(r.r, 0)->dropped_known);
	assert_int_equal(reader_iface(r.r, 0)->dropped, 0);
	files_read_release(&r);
	files_release(&f);
}

/* Drops before a packet whose stamp is none end where the last one was. */
static void drops_end_at_a_time_that_is_one(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_start(&f, AT);
	obsolete_packet(&f, UINT64_MAX);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.at[1].time_ns, 0);
	assert_int_equal(files_quality(&r, "drops", 0)->count, 4);
	assert_int_equal(files_quality(&r, "drops", 0)->from_ns, AT_NS);
	assert_int_equal(files_quality(&r, "drops", 0)->to_ns, AT_NS);
	files_read_release(&r);
	files_release(&f);
}

static void packets_tell_of_drops(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_start(&f, AT);
	files_begin(&f, 6);
	files_put(&f, 0, 4);
	files_time(&f, AT + 50);
	files_put(&f, 3, 4);
	files_put(&f, 60, 4);
	files_put(&f, 0x00414243, 4);
	files_option(&f, 1, "a comment", 9);
	files_option_u64(&f, 4, 12);
	files_option(&f, 0, NULL, 0);
	files_end(&f);
	obsolete_packet(&f, AT + 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 3);
	assert_int_equal(r.at[1].cap_len, 3);
	assert_int_equal(r.at[2].time_ns, AT_NS + 60000);
	assert_int_equal(r.first[2], 0x5a);
	assert_int_equal(files_quality(&r, "drops", 0)->count, 12);
	assert_int_equal(files_quality(&r, "drops", 0)->from_ns, AT_NS);
	assert_int_equal(files_quality(&r, "drops", 0)->to_ns, AT_NS + 50000);
	assert_int_equal(files_quality(&r, "drops", 1)->count, 4);
	assert_int_equal(reader_iface(r.r, 0)->dropped, 16);
	files_read_release(&r);
	files_release(&f);
}

static void drops_without_end_are_bounded(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;
	const struct quality *q;

	(void)state;
	files_start(&f, AT);
	for (unsigned i = 1; i <= 1000; i++)
		stats(&f, AT + i, 0, i, 0);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(files_qualities(&r), 256);
	q = files_quality(&r, "drops", 255); /* the last one took the rest */
	assert_int_equal(q->count, 1000 - 255);
	assert_int_equal(q->to_ns, AT_NS + 1000000);
	files_read_release(&r);
	files_release(&f);
}

/* A frame of fw monitor; but for its header it is filled with zeros. */
static void monitored_packet(struct files_buf *f, char place, uint64_t units)
{
	uint8_t frame[60] = { (uint8_t)place, '1', 'e', 't', 'h', '7' };

	frame[12] = 8;
	files_begin(f, 6);
	files_put(f, 0, 4);
	files_time(f, units);
	files_put(f, sizeof frame, 4);
	files_put(f, sizeof frame, 4);
	files_bytes(f, frame, sizeof frame);
	files_end(f);
}

/* What fw monitor's places become stands between those of the file. */
static void later_interfaces_keep_their_numbers(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_section(&f);
	files_iface(&f, 1, 0);
	files_packet(&f, 0, AT, 60, 60);
	monitored_packet(&f, 'i', AT + 1);
	monitored_packet(&f, 'I', AT + 2);
	files_iface(&f, 1, 0);
	files_packet(&f, 1, AT + 3, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 4);
	assert_int_equal(r.at[0].iface, 0);
	assert_string_equal(reader_iface(r.r, r.at[1].iface)->name, "eth7:iO");
	assert_string_equal(reader_iface(r.r, r.at[2].iface)->name, "eth7:Io");
	assert_null(reader_iface(r.r, r.at[3].iface)->name);
	assert_int_not_equal(r.at[3].iface, 0);
	files_read_release(&r);
	files_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_resolution_counts_right),
		cmocka_unit_test(names_and_filters_are_read),
		cmocka_unit_test(damaged_options_are_ignored),
		cmocka_unit_test(drops_are_bracketed_in_time),
		cmocka_unit_test(the_first_bracket_begins_where_it_says),
		cmocka_unit_test(no_drops_is_known_too),
		cmocka_unit_test(packets_tell_of_drops),
		cmocka_unit_test(drops_end_at_a_time_that_is_one),
		cmocka_unit_test(drops_without_end_are_bounded),
		cmocka_unit_test(later_interfaces_keep_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
