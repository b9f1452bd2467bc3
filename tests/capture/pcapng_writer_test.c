/* capture/pcapng_writer.c: what is written is read back the same. */
#include "capture/pcapng_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "capture/tsres.h"
#include "tests/capture/files.h"

static struct pcapng_writer *begin(const char **path)
{
	struct err err = { 0 };
	struct pcapng_writer *w;

	*path = files_save("", 0);
	w = pcapng_writer_open(*path, &err);
	assert_non_null(w);
	return w;
}

static void end(struct pcapng_writer *w)
{
	struct err err = { 0 };

	assert_int_equal(pcapng_writer_close(w, &err), 0);
}

static void frames_come_back(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 2, 3, 4, 60, 1514, 65535 };
	static uint8_t data[65536];
	const char *path;
	struct pcapng_writer *w = begin(&path);
	struct files_read r;

	(void)state;
	memset(data, 0x77, sizeof data);
	assert_int_equal(pcapng_writer_iface(w, 1, 96, 9, "client"), 0);
	assert_int_equal(pcapng_writer_iface(w, 101, 0, 6, NULL), 1);
	for (uint32_t i = 0; i < 8; i++)
		pcapng_writer_packet(w, i & 1, 1700000000123456789 + i, data,
				     lengths[i], lengths[i] + 5,
				     i & 2 ? "said of it" : NULL);
	end(w);
	files_read_path(&r, path);
	assert_int_equal(r.n, 8);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(r.at[i].iface, i & 1);
		assert_int_equal(r.at[i].cap_len, lengths[i]);
		assert_int_equal(r.at[i].wire_len, lengths[i] + 5);
		assert_int_equal(r.first[i], lengths[i] ? 0x77 : 0);
		assert_int_equal(r.at[i].time_ns,
				 i & 1 ? 1700000000123456000
				       : 1700000000123456789 + i);
	}
	assert_string_equal(reader_iface(r.r, 0)->name, "client");
	assert_int_equal(reader_iface(r.r, 0)->snaplen, 96);
	assert_int_equal(reader_iface(r.r, 1)->linktype, 101);
	assert_int_equal(reader_iface(r.r, 1)->resolution_ns, 1000);
	assert_int_equal(files_qualities(&r), 0);
	files_read_release(&r);
	unlink(path);
}

static void counters_come_back(void **state)
{
	const char *path;
	struct pcapng_writer *w = begin(&path);
	struct files_read r;

	(void)state;
	pcapng_writer_iface(w, 1, 0, 9, NULL);
	pcapng_writer_packet(w, 0, 1000, "x", 1, 1, NULL);
	pcapng_writer_stats(w, 0, 2000, 10, 3);
	end(w);
	files_read_path(&r, path);
	assert_int_equal(reader_iface(r.r, 0)->dropped, 3);
	assert_int_equal(files_quality(&r, "drops", 0)->to_ns, 2000);
	files_read_release(&r);
	unlink(path);
}

/* The bytes of a file are fixed: samples and expected outputs rest on them. */
static void the_bytes_are_the_formats(void **state)
{
	/* clang-format off */
	static const uint8_t want[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a,
		1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 28, 0, 0, 0,
		/* interface: link type 1, snap length 96, "e", 10^-9 */
		1, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 96, 0, 0, 0,
		2, 0, 1, 0, 'e', 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0,
		40, 0, 0, 0,
		/* packet at 2^32 + 5 ns, 3 of 9 bytes, a comment */
		6, 0, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0,
		3, 0, 0, 0, 9, 0, 0, 0, 'a', 'b', 'c', 0,
		1, 0, 1, 0, 'c', 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0,
	};
	/* clang-format on */
	uint8_t got[sizeof want + 1];
	const char *path;
	struct pcapng_writer *w = begin(&path);
	FILE *f;

	(void)state;
	pcapng_writer_iface(w, 1, 96, 9, "e");
	pcapng_writer_packet(w, 0, (1ll << 32) + 5, "abc", 3, 9, "c");
	end(w);
	f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(fread(got, 1, sizeof got, f), sizeof want);
	assert_memory_equal(got, want, sizeof want);
	fclose(f);
	unlink(path);
}

static void times_survive_any_resolution(void **state)
{
	static const int64_t times[] = {
		0, 1, 15624999, 15625000, 1700000000123456789, INT64_MAX
	};

	(void)state;
	for (unsigned res = 0; res < 256; res++)
		for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
			uint64_t units = tsres_from_ns(times[i], (uint8_t)res);
			int64_t back = tsres_to_ns(units, (uint8_t)res, 0);

			if (units == UINT64_MAX || (!back && times[i]))
				continue; /* outside of what it can say */
			assert_true(back <= times[i]);
			assert_true(times[i] - back <=
				    tsres_step_ns((uint8_t)res) + 1);
		}
	assert_int_equal(tsres_from_ns(-5, 9), 0);
}

static void failed_writes_are_said_at_the_end(void **state)
{
	struct err err = { 0 };
	struct pcapng_writer *w;

	(void)state;
	assert_null(pcapng_writer_open("/nonexistent/x.pcapng", &err));
	assert_int_equal(err.code, ERR_CASE);
	assert_non_null(strstr(err.text, "/nonexistent/x.pcapng"));
	err = (struct err){ 0 };
	w = pcapng_writer_open("/dev/full", &err);
	assert_non_null(w);
	pcapng_writer_iface(w, 1, 0, 9, NULL);
	pcapng_writer_packet(w, 0, 1, "x", 1, 1, NULL);
	assert_int_equal(pcapng_writer_close(w, &err), -1);
	assert_int_equal(err.code, ERR_CASE);
	assert_non_null(strstr(err.text, "No space left"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_back),
		cmocka_unit_test(counters_come_back),
		cmocka_unit_test(the_bytes_are_the_formats),
		cmocka_unit_test(times_survive_any_resolution),
		cmocka_unit_test(failed_writes_are_said_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
