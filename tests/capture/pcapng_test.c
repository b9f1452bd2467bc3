/* capture/pcapng.c: blocks, sections, damage. */
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

static void both_byte_orders(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct files_buf f = { .big = big };
		struct files_read r;

		files_section(&f);
		files_iface(&f, 113, 262144);
		files_packet(&f, 0, AT, 61, 1500);
		files_packet(&f, 0, AT + 7, 0, 60);
		files_read(&r, f.b.at, f.b.n);
		assert_non_null(r.r);
		assert_int_equal(r.n, 2);
		assert_int_equal(r.at[0].time_ns, AT_NS);
		assert_int_equal(r.at[1].time_ns, AT_NS + 7000);
		assert_int_equal(r.at[0].cap_len, 61);
		assert_int_equal(r.at[0].wire_len, 1500);
		assert_int_equal(r.at[1].number, 2);
		assert_int_equal(r.first[0], 0x5a);
		assert_int_equal(reader_iface(r.r, 0)->linktype, 113);
		assert_int_equal(reader_iface(r.r, 0)->snaplen, 262144);
		assert_int_equal(reader_iface(r.r, 0)->resolution_ns, 1000);
		assert_null(reader_iface(r.r, 0)->name);
		assert_int_equal(files_qualities(&r), 0);
		assert_int_equal(reader_bytes(r.r), f.b.n);
		files_read_release(&r);
		files_release(&f);
	}
}

static void interfaces_keep_apart(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_section(&f);
	files_iface(&f, 1, 96);
	files_iface(&f, 101, 0);
	files_packet(&f, 1, AT, 60, 60);
	files_packet(&f, 0, AT, 60, 60);
	files_packet(&f, 2, AT, 60, 60); /* not described */
	f.big = true;
	files_section(&f); /* begins anew, in the other order */
	files_iface(&f, 113, 0);
	files_packet(&f, 0, AT, 60, 60);
	files_packet(&f, 1, AT, 60, 60); /* of the section before: no */
	files_packet(&f, 0, AT, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(reader_ifaces(r.r), 3);
	assert_int_equal(r.n, 4);
	assert_int_equal(r.at[0].iface, 1);
	assert_int_equal(r.at[1].iface, 0);
	assert_int_equal(r.at[2].iface, 2);
	assert_int_equal(r.at[2].number, 4); /* what is left out counts */
	assert_int_equal(r.at[3].number, 6);
	assert_int_equal(reader_iface(r.r, 2)->linktype, 113);
	assert_int_equal(files_quality(&r, "no-interface", 0)->count, 2);
	assert_int_equal(files_quality(&r, "no-interface", 0)->first_frame, 3);
	files_read_release(&r);
	files_release(&f);
}

static void simple_packets_have_no_time(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_section(&f);
	files_iface(&f, 1, 6);
	files_begin(&f, 3);
	files_put(&f, 60, 4);
	files_put(&f, 0x5a5a5a5a5a5a, 6);
	files_end(&f);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.at[0].cap_len, 6);
	assert_int_equal(r.at[0].wire_len, 60);
	assert_int_equal(r.at[0].time_ns, 0);
	assert_non_null(files_quality(&r, "time-zero", 0));
	files_read_release(&r);
	files_release(&f);
}

static void other_blocks_are_passed_over(void **state)
{
	static const uint32_t types[] = { 4,     7,          9,         10,
					  0xbad, 0x40000bad, 0x12345678 };
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_section(&f);
	files_iface(&f, 1, 0);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		files_begin(&f, types[i]);
		files_put(&f, 1, 4);
		files_end(&f);
	}
	files_packet(&f, 0, AT, 60, 60);
	files_begin(&f, 10); /* longer than what is ever buffered */
	for (int i = 0; i < 5000000; i++)
		files_put(&f, 0, 4);
	files_end(&f);
	files_packet(&f, 0, AT, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 2);
	/* the journal's and custom blocks have numbers, as in Wireshark */
	assert_int_equal(r.at[0].number, 4);
	assert_int_equal(r.at[1].number, 5);
	assert_int_equal(files_qualities(&r), 0);
	files_read_release(&r);
	files_release(&f);
}

static void a_cut_block_ends_the_file(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < 92; cut++) {
		struct files_buf f = { 0 };
		struct files_read r;

		files_section(&f);
		files_iface(&f, 1, 0);
		files_packet(&f, 0, AT, 60, 60);
		files_packet(&f, 0, AT, 60, 60);
		files_read(&r, f.b.at, f.b.n - cut);
		assert_int_equal(r.n, 1);
		assert_int_equal(files_qualities(&r), 1);
		assert_int_equal(
			files_quality(&r, "cut-record", 0)->first_frame, 2);
		files_read_release(&r);
		files_release(&f);
	}
}

static void zeroes_at_the_end_are_a_tail(void **state)
{
	static const size_t lengths[] = { 12, 16, 4096, 4099, 700000 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct files_buf f = { 0 };
		struct files_read r;

		files_section(&f);
		files_iface(&f, 1, 0);
		files_packet(&f, 0, AT, 60, 60);
		for (size_t k = 0; k < lengths[i]; k++)
			files_put(&f, 0, 1);
		files_read(&r, f.b.at, f.b.n);
		assert_int_equal(r.n, 1);
		assert_int_equal(files_qualities(&r), 1);
		assert_int_equal(files_quality(&r, "zero-tail", 0)->first_frame,
				 2);
		assert_int_equal(reader_bytes(r.r), f.b.n);
		files_read_release(&r);
		files_release(&f);
	}
}

static void zeroes_within_are_damage(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_start(&f, AT);
	for (size_t k = 0; k < 4096; k++)
		files_put(&f, 0, 1);
	files_packet(&f, 0, AT + 1, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.at[1].time_ns, AT_NS + 1000);
	assert_int_equal(files_qualities(&r), 1);
	assert_non_null(files_quality(&r, "bad-block", 0));
	files_read_release(&r);
	files_release(&f);
}

/* Four packets; byte @at of the second one's block is set to @value. */
static void damaged(struct files_read *r, struct files_buf *f, size_t at,
		    uint8_t value)
{
	size_t second;

	*f = (struct files_buf){ 0 };
	files_section(f);
	files_iface(f, 1, 0);
	files_packet(f, 0, AT, 60, 60);
	second = f->b.n;
	for (unsigned i = 1; i < 4; i++)
		files_packet(f, 0, AT + i, 60, 60);
	f->b.at[second + at] = value;
	files_read(r, f->b.at, f->b.n);
}

static void reading_goes_on_after_damage(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *what;
	} cases[] = {
		{ 4, 0x5d, "bad-block" },   /* length no multiple of 4 */
		{ 4, 8, "bad-block" },      /* too short for anything */
		{ 4, 28, "bad-block" },     /* too short for a packet */
		{ 7, 0x40, "bad-block" },   /* gigabytes */
		{ 88, 0, "bad-block" },     /* the length at the end */
		{ 20, 0xff, "bad-record" }, /* more captured than fits */
		{ 8, 9, "no-interface" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct files_buf f;
		struct files_read r;
		const struct quality *q;

		damaged(&r, &f, cases[i].at, cases[i].value);
		q = files_quality(&r, cases[i].what, 0);
		assert_int_equal(r.n, 3);
		assert_int_equal(r.at[2].time_ns, AT_NS + 3000);
		assert_non_null(q);
		assert_int_equal(q->first_frame, 2);
		assert_int_equal(reader_bytes(r.r), f.b.n);
		files_read_release(&r);
		files_release(&f);
	}
}

/* A length a little beyond the end: the file may as well be cut there, and
 * what follows be the inside of a packet. */
static void a_long_last_block_is_cut(void **state)
{
	struct files_buf f;
	struct files_read r;

	(void)state;
	damaged(&r, &f, 5, 1);
	assert_int_equal(r.n, 1);
	assert_int_equal(files_qualities(&r), 1);
	assert_int_equal(files_quality(&r, "cut-record", 0)->first_frame, 2);
	files_read_release(&r);
	files_release(&f);
}

/* Which number means which interface is not known any more. */
static void damage_to_interfaces_ends_the_section(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;
	size_t iface;

	(void)state;
	files_section(&f);
	iface = f.b.n;
	files_iface(&f, 1, 0);
	files_iface(&f, 101, 0);
	files_packet(&f, 0, AT, 60, 60);
	files_packet(&f, 1, AT, 60, 60);
	files_section(&f);
	files_iface(&f, 113, 0);
	files_packet(&f, 0, AT, 60, 60);
	f.b.at[iface + 16] ^= 1; /* its length at the end */
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 1);
	assert_int_equal(reader_iface(r.r, r.at[0].iface)->linktype, 113);
	assert_non_null(files_quality(&r, "bad-block", 0));
	files_read_release(&r);
	files_release(&f);
}

static void unknown_versions_are_left_out(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;
	size_t second;

	(void)state;
	files_start(&f, AT);
	second = f.b.n;
	files_start(&f, AT);
	f.b.at[second + 12] = 2;
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 1);
	assert_int_equal(reader_ifaces(r.r), 1);
	assert_non_null(files_quality(&r, "bad-version", 0));
	files_read_release(&r);
	files_release(&f);
}

static void interfaces_without_end_are_bounded(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_section(&f);
	for (int i = 0; i < 5000; i++)
		files_iface(&f, 1, 0);
	files_packet(&f, 4095, AT, 60, 60);
	files_packet(&f, 4096, AT, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(reader_ifaces(r.r), 4096);
	assert_int_equal(r.n, 1);
	assert_int_equal(files_quality(&r, "many-interfaces", 0)->count, 904);
	files_read_release(&r);
	files_release(&f);
}

static void a_bad_first_section_is_refused(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_section(&f);
	f.b.at[9] ^= 1; /* the byte order mark */
	files_read(&r, f.b.at, f.b.n);
	assert_null(r.r);
	assert_non_null(strstr(r.err.text, "section header"));
	files_read(&r, f.b.at, 20);
	assert_null(r.r);
	files_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_byte_orders),
		cmocka_unit_test(interfaces_keep_apart),
		cmocka_unit_test(simple_packets_have_no_time),
		cmocka_unit_test(other_blocks_are_passed_over),
		cmocka_unit_test(a_cut_block_ends_the_file),
		cmocka_unit_test(zeroes_at_the_end_are_a_tail),
		cmocka_unit_test(zeroes_within_are_damage),
		cmocka_unit_test(reading_goes_on_after_damage),
		cmocka_unit_test(a_long_last_block_is_cut),
		cmocka_unit_test(damage_to_interfaces_ends_the_section),
		cmocka_unit_test(unknown_versions_are_left_out),
		cmocka_unit_test(interfaces_without_end_are_bounded),
		cmocka_unit_test(a_bad_first_section_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
