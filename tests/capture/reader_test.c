/* capture/reader.c, magic.c: what files are, and what was wrong with them. */
#include "capture/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/time.h"
#include "tests/capture/files.h"

#define NANO 0xa1b23c4du

static void other_formats_are_named_with_what_helps(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *is, *help;
	} cases[] = {
#define CASE(bytes, is, help) { bytes, sizeof bytes - 1, is, help }
		CASE("GMBU\0\2\0\0", "cut off", "copy it again"),
		CASE("snoop\0\0\0\0\0\0\1\0\0\0\4", "version 1", "editcap"),
		CASE("TRSNIFF data    \x1a....", "Sniffer", "editcap"),
		CASE("\x28\xb5\x2f\xfd....", "damaged", "copy it again"),
		CASE("\x04\x22\x4d\x18....", "damaged", "copy it again"),
		CASE("\x28\xb5\x2f\xfd\0\xa8\1\0\0", "window", "--long=31"),
		CASE("\x02\x21\x4c\x18....", "lz4 (old format)", "lz4 -d"),
		CASE("\xfd"
		     "7zXZ\0....",
		     "xz", "xz -d"),
		CASE("BZh91AY&SY", "bzip2", "bzip2 -d"),
		CASE("PK\3\4....", "zip", "unzip"),
		CASE("SQLite format 3\0....", "tracepair case", "report"),
		CASE("10:00:00.1 IP 10.0.0.1 > 10.0.0.2: ICMP\n", "text",
		     "text2pcap"),
		CASE("\1\2\3", "too short", "copy it again"),
		CASE("\1\2\3\4\5\6\7\10", "no capture that is known",
		     "01020304"),
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = { 0 };

		assert_null(reader_memory(cases[i].bytes, cases[i].n, &err));
		assert_int_equal(err.code, ERR_INPUT);
		assert_non_null(strstr(err.text, cases[i].is));
		assert_non_null(strstr(err.text, cases[i].help));
		assert_null(strchr(err.text, '\n'));
	}
}

/* No magic: known by its first event's header. */
static void event_traces_are_known(void **state)
{
	uint8_t etl[256] = { 0, 0, 1 };
	uint8_t tar[512] = "capture.pcap";
	struct err err = { 0 };

	(void)state;
	memcpy(etl + 72, "\2\0\2\xc0", 4);
	assert_null(reader_memory(etl, sizeof etl, &err));
	assert_non_null(strstr(err.text, "etl2pcapng"));
	err = (struct err){ 0 };
	memcpy(tar + 257, "ustar", 5);
	assert_null(reader_memory(tar, sizeof tar, &err));
	assert_non_null(strstr(err.text, "tar xf"));
}

static void messages_name_the_file(void **state)
{
	const char *path = files_save("XCP\0....", 8);
	struct err err = { 0 };

	(void)state;
	assert_null(reader_open(path, &err));
	assert_memory_equal(err.text, path, strlen(path));
	unlink(path);
	err = (struct err){ 0 };
	assert_null(reader_open(path, &err));
	assert_non_null(strstr(err.text, "no such file"));
	err = (struct err){ 0 };
	assert_null(reader_open("/tmp", &err));
	assert_non_null(strstr(err.text, "is a directory"));
}

/* Beyond what sums of times can hold: as if there was none. */
static void times_that_cannot_be_are_none(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_section(&f);
	files_begin(&f, 1);
	files_put(&f, 1, 2);
	files_put(&f, 0, 6);
	files_option(&f, 9, "\0", 1); /* in seconds */
	files_end(&f);
	files_packet(&f, 0, 1700000000, 60, 60);
	files_packet(&f, 0, 0xffffffffffull, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.at[0].time_ns, 1700000000000000000ll);
	assert_int_equal(r.at[1].time_ns, 0);
	assert_int_equal(files_quality(&r, "bad-time", 0)->first_frame, 2);
	files_read_release(&r);
	files_release(&f);
}

static void read_stamp(struct files_read *r, int64_t offset_s, uint64_t units)
{
	struct files_buf f = { 0 };

	files_section(&f);
	files_begin(&f, 1);
	files_put(&f, 1, 2);
	files_put(&f, 0, 6);
	files_option(&f, 9, "\x09", 1); /* in nanoseconds */
	files_option_u64(&f, 14, (uint64_t)offset_s);
	files_end(&f);
	files_packet(&f, 0, units, 60, 60);
	files_read(r, f.b.at, f.b.n);
	files_release(&f);
}

/* All of base/time.h's border is exact, and 1 ns beyond it is no time. */
static void times_are_exact_up_to_the_border(void **state)
{
	static const struct {
		int64_t offset_s;
		uint64_t units;
		int64_t is;
	} at[] = {
		{ 0, (uint64_t)TIME_MOST, TIME_MOST },
		{ 0, (uint64_t)TIME_MOST + 1, 0 },
		{ 0, UINT64_MAX, 0 },
		{ 0, 4294967295999999999u, 4294967295999999999 },
		{ -3600, 5, -3600000000000 + 5 },
		{ -200000000, 200000000000000000u + (uint64_t)TIME_LEAST,
		  TIME_LEAST },
		{ -200000000, 200000000000000000u + (uint64_t)TIME_LEAST - 1,
		  0 },
		{ INT64_MIN, 5, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		struct files_read r;

		read_stamp(&r, at[i].offset_s, at[i].units);
		assert_int_equal(r.n, 1);
		assert_int_equal(r.at[0].time_ns, at[i].is);
		assert_int_equal(files_qualities(&r), at[i].is ? 0 : 2);
		if (!at[i].is)
			assert_int_equal(
				files_quality(&r, "bad-time", 0)->first_frame,
				1);
		files_read_release(&r);
	}
}

/* The clock's mistakes, as counts with the first frame. */
static void clocks_are_watched(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_classic(&f, NANO, 65535, 1);
	files_record(&f, 1000, 0, 60, 60);
	files_record(&f, 999, 0, 60, 60); /* exactly one second */
	files_record(&f, 1000, 5, 60, 60);
	files_record(&f, 1000, 4, 60, 60);        /* a little */
	files_record(&f, 998, 999999999, 60, 60); /* set back */
	files_record(&f, 999, 0, 60, 60);         /* goes on from there */
	files_record(&f, 0, 0, 60, 60);           /* none */
	files_record(&f, 999, 1, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 8);
	assert_int_equal(files_qualities(&r), 3);
	assert_int_equal(files_quality(&r, "time-order", 0)->count, 2);
	assert_int_equal(files_quality(&r, "time-order", 0)->first_frame, 2);
	assert_int_equal(files_quality(&r, "time-back", 0)->count, 1);
	assert_int_equal(files_quality(&r, "time-back", 0)->first_frame, 5);
	assert_int_equal(files_quality(&r, "time-zero", 0)->count, 1);
	assert_int_equal(files_quality(&r, "time-zero", 0)->first_frame, 7);
	assert_non_null(strstr(files_quality(&r, "time-order", 0)->text,
			       "(2 times, first at frame 2)"));
	files_read_release(&r);
	files_release(&f);
}

static void each_interface_has_its_own_clock(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_section(&f);
	files_iface(&f, 1, 0);
	files_iface(&f, 1, 0);
	files_packet(&f, 0, 5000000000, 60, 60);
	files_packet(&f, 1, 1000000000, 60, 60); /* an hour behind */
	files_packet(&f, 0, 5000000001, 60, 60);
	files_packet(&f, 1, 900000000, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 4);
	assert_int_equal(files_qualities(&r), 1);
	assert_int_equal(files_quality(&r, "time-back", 0)->iface, 1);
	files_read_release(&r);
	files_release(&f);
}

static void the_digest_is_of_the_decompressed_bytes(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r, again;

	(void)state;
	files_classic(&f, NANO, 65535, 1);
	files_record(&f, 1000, 0, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	files_read(&again, f.b.at, f.b.n);
	assert_int_equal(strlen(reader_digest(r.r)), 32);
	assert_string_equal(reader_digest(r.r), reader_digest(again.r));
	files_read_release(&again);
	f.b.at[f.b.n - 1] ^= 1;
	files_read(&again, f.b.at, f.b.n);
	assert_string_not_equal(reader_digest(r.r), reader_digest(again.r));
	files_read_release(&again);
	files_read_release(&r);
	files_release(&f);
}

/* A pcap file, in gzip, cut: both are said, what came out is used. */
static void troubles_add_up(void **state)
{
	static const uint8_t gz[] = {
		/* stored block: one record, then cut */
		0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 200, 0, 55, 255,
	};
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_bytes(&f, gz, sizeof gz);
	files_classic(&f, NANO, 65535, 1);
	files_record(&f, 1000, 0, 60, 60);
	files_record(&f, 1000, 1, 20, 60);
	f.b.n -= 5;
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 1);
	assert_non_null(files_quality(&r, "cut-record", 0));
	assert_non_null(files_quality(&r, "cut-stream", 0));
	assert_int_equal(reader_bytes(r.r), f.b.n - sizeof gz);
	files_read_release(&r);
	files_release(&f);
}

static void the_end_is_the_end(void **state)
{
	struct files_buf f = { 0 };
	struct files_read r;
	struct frame frame;

	(void)state;
	files_classic(&f, NANO, 65535, 1);
	files_record(&f, 1000, 0, 60, 60);
	files_read(&r, f.b.at, f.b.n);
	for (int i = 0; i < 3; i++)
		assert_int_equal(reader_next(r.r, &frame, &r.err), 0);
	assert_int_equal(files_qualities(&r), 0);
	files_read_release(&r);
	files_release(&f);
	reader_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_formats_are_named_with_what_helps),
		cmocka_unit_test(event_traces_are_known),
		cmocka_unit_test(messages_name_the_file),
		cmocka_unit_test(times_that_cannot_be_are_none),
		cmocka_unit_test(times_are_exact_up_to_the_border),
		cmocka_unit_test(clocks_are_watched),
		cmocka_unit_test(each_interface_has_its_own_clock),
		cmocka_unit_test(the_digest_is_of_the_decompressed_bytes),
		cmocka_unit_test(troubles_add_up),
		cmocka_unit_test(the_end_is_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
