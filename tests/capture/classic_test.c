/* capture/classic.c: all kinds of pcap files, good and damaged. */
#include "capture/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/capture/files.h"

#define MICRO 0xa1b2c3d4u
#define NANO 0xa1b23c4du

static void two_records(struct files_buf *f, uint32_t magic)
{
	files_classic(f, magic, 65535, 1);
	files_record(f, 1700000000, 5, 60, 60);
	files_record(f, 1700000001, 999999, 20, 1500);
}

static void both_orders_and_resolutions(void **state)
{
	static const struct {
		uint32_t magic;
		bool big;
		int64_t unit;
	} cases[] = { { MICRO, false, 1000 },
		      { MICRO, true, 1000 },
		      { NANO, false, 1 },
		      { NANO, true, 1 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct files_buf f = { .big = cases[i].big };
		struct files_read r;

		two_records(&f, cases[i].magic);
		files_read(&r, f.b.at, f.b.n);
		assert_non_null(r.r);
		assert_int_equal(r.n, 2);
		assert_int_equal(r.at[0].time_ns,
				 1700000000000000000 + 5 * cases[i].unit);
		assert_int_equal(r.at[1].time_ns,
				 1700000001000000000 + 999999 * cases[i].unit);
		assert_int_equal(r.at[0].number, 1);
		assert_int_equal(r.at[1].number, 2);
		assert_int_equal(r.at[1].cap_len, 20);
		assert_int_equal(r.at[1].wire_len, 1500);
		assert_int_equal(r.first[1], 0x5a);
		assert_int_equal(reader_ifaces(r.r), 1);
		assert_int_equal(reader_iface(r.r, 0)->linktype, 1);
		assert_int_equal(reader_iface(r.r, 0)->snaplen, 65535);
		assert_int_equal(reader_iface(r.r, 0)->resolution_ns,
				 cases[i].unit);
		assert_false(reader_iface(r.r, 0)->dropped_known);
		assert_int_equal(files_qualities(&r), 0);
		assert_int_equal(reader_bytes(r.r), f.b.n);
		files_read_release(&r);
		files_release(&f);
	}
}

static void the_modified_format_too(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_classic(&f, 0xa1b2cd34, 65535, 1);
	for (uint32_t i = 0; i < 3; i++) {
		files_put(&f, 1700000000 + i, 4);
		files_put(&f, 7, 4);
		files_put(&f, 4, 4);
		files_put(&f, 40, 4);
		files_put(&f, 0, 8); /* interface, protocol, packet type */
		files_bytes(&f, "Zyxw", 4);
	}
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 3);
	assert_int_equal(r.first[2], 'Z');
	assert_int_equal(r.at[2].wire_len, 40);
	files_read_release(&r);
	files_release(&f);
}

static void link_types_are_the_files(void **state)
{
	static const struct {
		uint32_t field;
		int linktype;
		bool known;
	} cases[] = { { 101, 101, true },      { 113, 113, true },
		      { 0x14000001, 1, true }, /* 2 * 16-bit FCS follow */
		      { 127, 127, true },      { 195, 195, false },
		      { 65000, 65000, false } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct files_buf f = { 0 };
		struct files_read r;
		const struct quality *q;

		files_classic(&f, MICRO, 65535, cases[i].field);
		files_record(&f, 1700000000, 5, 60, 60);
		files_read(&r, f.b.at, f.b.n);
		assert_int_equal(r.n, 1);
		assert_int_equal(reader_iface(r.r, 0)->linktype,
				 cases[i].linktype);
		q = files_quality(&r, "unknown-linktype", 0);
		assert_int_equal(q == NULL, cases[i].known);
		if (q && cases[i].linktype == 195)
			assert_non_null(strstr(q->text, "802_15_4"));
		files_read_release(&r);
		files_release(&f);
	}
}

static void a_cut_record_ends_the_file(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < 36; cut++) {
		struct files_buf f = { 0 };
		struct files_read r;
		const struct quality *q;

		two_records(&f, MICRO);
		files_read(&r, f.b.at, f.b.n - cut);
		assert_int_equal(r.n, 1);
		assert_int_equal(files_qualities(&r), 1);
		q = files_quality(&r, "cut-record", 0);
		assert_non_null(q);
		assert_int_equal(q->first_frame, 2);
		assert_non_null(strstr(q->text, "(frame 2)"));
		files_read_release(&r);
		files_release(&f);
	}
}

static void zeroes_at_the_end_are_no_packets(void **state)
{
	static const size_t lengths[] = { 16, 32, 4096, 5, 21, 4099 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct files_buf f = { 0 };
		struct files_read r;
		const struct quality *q;
		bool records = lengths[i] >= 16;

		two_records(&f, MICRO);
		for (size_t k = 0; k < lengths[i]; k++)
			files_put(&f, 0, 1);
		files_read(&r, f.b.at, f.b.n);
		assert_int_equal(r.n, 2);
		assert_int_equal(files_qualities(&r), 1);
		q = files_quality(&r, records ? "zero-tail" : "cut-record", 0);
		assert_non_null(q);
		assert_int_equal(q->first_frame, 3);
		assert_int_equal(reader_bytes(r.r), f.b.n);
		files_read_release(&r);
		files_release(&f);
	}
}

static void zeroes_within_are_numbered_as_wireshark_does(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	two_records(&f, MICRO);
	for (int i = 0; i < 3; i++)
		files_record(&f, 0, 0, 0, 0);
	files_record(&f, 1700000002, 5, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 6);
	assert_int_equal(r.at[2].cap_len, 0);
	assert_int_equal(r.at[5].number, 6);
	assert_int_equal(r.at[5].time_ns, 1700000002000005000);
	assert_int_equal(r.first[5], 0x5a);
	assert_null(files_quality(&r, "zero-tail", 0));
	assert_int_equal(files_quality(&r, "time-zero", 0)->count, 3);
	assert_int_equal(files_quality(&r, "time-zero", 0)->first_frame, 3);
	files_read_release(&r);
	files_release(&f);
}

static void nonsense_lengths_end_the_file(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	two_records(&f, MICRO);
	files_put(&f, 0x4142434445464748, 8);
	files_put(&f, 0x7fffffff, 4);
	files_put(&f, 0x7fffffff, 4);
	for (int i = 0; i < 100; i++)
		files_put(&f, 0x3031323334353637, 8);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 2);
	assert_int_equal(files_quality(&r, "bad-record", 0)->first_frame, 3);
	assert_int_equal(reader_bytes(r.r), f.b.n); /* all is digested */
	files_read_release(&r);
	files_release(&f);
}

static void lengths_that_contradict_are_put_right(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_classic(&f, MICRO, 65535, 1);
	files_record(&f, 1700000000, 5, 60, 20);
	files_record(&f, 1700000000, 6, 60, 0);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.at[0].wire_len, 60);
	assert_int_equal(files_quality(&r, "bad-length", 0)->count, 2);
	files_read_release(&r);
	files_release(&f);
}

/* The header's snap length is kept, but cuts nothing that is there. */
static void any_snap_length_is_read(void **state)
{
	static const uint32_t snaps[] = { 0,         1,          68,
					  65535,     0x7fffffff, 0x80000000,
					  0xffffffff };

	(void)state;
	for (size_t i = 0; i < sizeof snaps / sizeof *snaps; i++) {
		struct files_buf f = { 0 };
		struct files_read r;

		files_classic(&f, MICRO, snaps[i], 1);
		files_record(&f, 1700000000, 5, 200000, 200000);
		files_record(&f, 1700000000, 6, 0, 60);
		files_read(&r, f.b.at, f.b.n);
		assert_int_equal(r.n, 2);
		assert_int_equal(r.at[0].cap_len, 200000);
		assert_int_equal(r.at[1].cap_len, 0);
		assert_int_equal(reader_iface(r.r, 0)->snaplen, snaps[i]);
		files_read_release(&r);
		files_release(&f);
	}
}

static void times_after_2038_and_odd_fractions(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_classic(&f, MICRO, 65535, 1);
	files_record(&f, 4000000000, 1, 60, 60);
	files_record(&f, 4000000000, 1000000, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.at[0].time_ns, 4000000000000001000);
	assert_int_equal(files_quality(&r, "bad-time", 0)->first_frame, 2);
	files_read_release(&r);
	files_release(&f);
}

static void short_or_old_headers_are_refused(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_classic(&f, MICRO, 65535, 1);
	for (size_t n = 4; n < 24; n++) {
		files_read(&r, f.b.at, n);
		assert_null(r.r);
		assert_int_equal(r.err.code, ERR_INPUT);
		assert_non_null(strstr(r.err.text, "within the file header"));
	}
	f.b.at[4] = 9; /* version 9 */
	files_read(&r, f.b.at, f.b.n);
	assert_null(r.r);
	assert_non_null(strstr(r.err.text, "cannot be used"));
	files_release(&f);
}

static void a_header_alone_is_a_capture_without_packets(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_classic(&f, MICRO, 65535, 1);
	files_read(&r, f.b.at, f.b.n);
	assert_non_null(r.r);
	assert_int_equal(r.n, 0);
	assert_int_equal(files_qualities(&r), 1);
	assert_non_null(files_quality(&r, "no-packets", 0));
	files_read_release(&r);
	files_release(&f);
}

/* Packets, zeroes among them, and one that lies about its length. */
static void damaged_file(struct files_buf *f, bool big)
{
	f->big = big;
	two_records(f, MICRO);
	files_record(f, 0, 0, 0, 0);
	files_record(f, 1700000002, 1000000, 33, 10);
	files_record(f, 0xfffffff0, 1, 0, 0);
	files_record(f, 0, 0, 0, 0);
	files_put(f, 1700000003, 4);
	files_put(f, 7, 4);
	files_put(f, 262145, 4);
	files_put(f, 262145, 4);
}

/* One order is read without libpcap, the other by it. */
static void both_orders_agree_cut_anywhere(void **state)
{
	struct files_buf f[2] = { 0 };

	(void)state;
	damaged_file(&f[0], false);
	damaged_file(&f[1], true);
	for (size_t n = 24; n <= f[0].b.n; n++) {
		struct files_read r[2];
		const struct quality *q[2];
		size_t n_q;

		for (int k = 0; k < 2; k++)
			files_read(&r[k], f[k].b.at, n);
		assert_int_equal(r[0].n, r[1].n);
		for (size_t i = 0; i < r[0].n; i++) {
			assert_true(r[0].at[i].time_ns == r[1].at[i].time_ns);
			assert_true(r[0].at[i].cap_len == r[1].at[i].cap_len);
			assert_true(r[0].at[i].wire_len == r[1].at[i].wire_len);
			assert_int_equal(r[0].first[i], r[1].first[i]);
		}
		n_q = files_qualities(&r[0]);
		assert_int_equal(n_q, files_qualities(&r[1]));
		for (int k = 0; k < 2; k++)
			q[k] = reader_quality(r[k].r, &n_q);
		for (size_t i = 0; i < n_q; i++)
			assert_string_equal(q[0][i].text, q[1][i].text);
		files_read_release(&r[0]);
		files_read_release(&r[1]);
	}
	files_release(&f[0]);
	files_release(&f[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_orders_and_resolutions),
		cmocka_unit_test(the_modified_format_too),
		cmocka_unit_test(link_types_are_the_files),
		cmocka_unit_test(a_cut_record_ends_the_file),
		cmocka_unit_test(zeroes_at_the_end_are_no_packets),
		cmocka_unit_test(zeroes_within_are_numbered_as_wireshark_does),
		cmocka_unit_test(nonsense_lengths_end_the_file),
		cmocka_unit_test(lengths_that_contradict_are_put_right),
		cmocka_unit_test(any_snap_length_is_read),
		cmocka_unit_test(times_after_2038_and_odd_fractions),
		cmocka_unit_test(short_or_old_headers_are_refused),
		cmocka_unit_test(a_header_alone_is_a_capture_without_packets),
		cmocka_unit_test(both_orders_agree_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
