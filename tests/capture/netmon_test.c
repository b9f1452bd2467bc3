/* capture/netmon.c: files made by hand, of each version.  tests/e2e has tshark
 * and editcap as oracles. */
#include "capture/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/capture/files.h"

#define START_NS (1349869506123000000ll) /* 2012-10-10 11:45:06.123 */

/* A file of frames of one byte each, 0x5a, with media types. */
struct netmon {
	struct files_buf f;
	unsigned version;
	uint32_t at[16];
	size_t n;
};

static void begin(struct netmon *m, unsigned version)
{
	static const unsigned start[] = { 2012, 10, 3, 10, 11, 45, 6, 123 };

	*m = (struct netmon){ .version = version };
	files_bytes(&m->f, version >= 0x200 ? "GMBU" : "RTSS", 4);
	files_put(&m->f, version & 255, 1);
	files_put(&m->f, version >> 8, 1);
	files_put(&m->f, 1, 2);
	for (size_t i = 0; i < 8; i++)
		files_put(&m->f, start[i], 2);
	for (size_t i = 0; i < 26; i++)
		files_put(&m->f, 0, 4);
}

static void add(struct netmon *m, uint64_t since, uint32_t cap, uint32_t wire,
		unsigned media)
{
	m->at[m->n++] = (uint32_t)m->f.b.n;
	files_put(&m->f, since, m->version >= 0x200 ? 8 : 4);
	files_put(&m->f, wire, m->version >= 0x200 ? 4 : 2);
	files_put(&m->f, cap, m->version >= 0x200 ? 4 : 2);
	for (uint32_t i = 0; i < cap; i++)
		files_put(&m->f, 0x5a, 1);
	if (m->version >= 0x201)
		files_put(&m->f, media, 2);
	if (m->version >= 0x202)
		files_put(&m->f, 0xffffffff, 4);
	if (m->version >= 0x203) { /* 7 us behind the other clock */
		files_put(&m->f,
			  (START_NS / 100 + (uint64_t)since * 10 + 70) +
				  116444736000000000ull,
			  8);
		files_put(&m->f, 0, 1);
	}
}

static void end(struct netmon *m)
{
	uint32_t at = (uint32_t)m->f.b.n, len = (uint32_t)m->n * 4;

	for (size_t i = 0; i < m->n; i++)
		files_put(&m->f, m->at[i], 4);
	memcpy(m->f.b.at + 24, &at, 4);
	memcpy(m->f.b.at + 28, &len, 4);
}

static void read_it(struct netmon *m, struct files_read *r)
{
	files_read(r, m->f.b.at, m->f.b.n);
}

static void release(struct netmon *m, struct files_read *r)
{
	files_read_release(r);
	files_release(&m->f);
}

static void each_version_is_read(void **state)
{
	static const unsigned versions[] = { 0x101, 0x200, 0x201,
					     0x202, 0x203, 0x204 };

	(void)state;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		unsigned v = versions[i];
		int64_t unit = v >= 0x200 ? 1000 : 1000000;
		struct netmon m;
		struct files_read r;

		begin(&m, v);
		add(&m, 5, 60, 60, 1);
		add(&m, 3000, 40, 1514, 1);
		end(&m);
		read_it(&m, &r);
		assert_int_equal(r.n, 2);
		assert_int_equal(r.at[0].number, 1);
		assert_int_equal(r.at[0].cap_len, 60);
		assert_int_equal(r.at[0].wire_len, 60);
		assert_int_equal(r.first[0], 0x5a);
		assert_int_equal(r.at[0].time_ns,
				 START_NS + 5 * unit + (v >= 0x203 ? 7000 : 0));
		assert_int_equal(r.at[1].cap_len, 40);
		assert_int_equal(r.at[1].wire_len, 1514);
		assert_int_equal(r.at[1].time_ns - r.at[0].time_ns,
				 2995 * unit);
		assert_int_equal(reader_ifaces(r.r), 1);
		assert_int_equal(reader_iface(r.r, 0)->linktype, 1);
		assert_int_equal(reader_iface(r.r, 0)->resolution_ns,
				 v >= 0x203 ? 100 : unit);
		assert_int_equal(files_qualities(&r), 0);
		release(&m, &r);
	}
}

static void frames_have_a_media_type_each(void **state)
{
	static const struct {
		unsigned media;
		int linktype;
	} cases[] = { { 9, 101 }, { 1, 1 },        { 8, 101 },
		      { 0, 1 },   { 0xe071, 113 }, { 4, 162 } };
	struct netmon m;
	struct files_read r;

	(void)state;
	begin(&m, 0x201);
	for (size_t i = 0; i < 6; i++)
		add(&m, i, 60, 60, cases[i].media);
	end(&m);
	read_it(&m, &r);
	assert_int_equal(r.n, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(reader_iface(r.r, r.at[i].iface)->linktype,
				 cases[i].linktype);
	assert_non_null(files_quality(&r, "unknown-linktype", 0));
	release(&m, &r);
}

static void more_media_types_than_are_kept(void **state)
{
	struct netmon m;
	struct files_read r;

	(void)state;
	begin(&m, 0x201);
	for (unsigned i = 0; i < 16; i++)
		add(&m, i, 60, 60, 0xe000 + i * 7);
	end(&m);
	read_it(&m, &r);
	assert_int_equal(r.n, 16);
	assert_int_equal(reader_ifaces(r.r), 8);
	release(&m, &r);
}

/* Of what the monitor wrote about itself only the number remains. */
static void its_own_records_are_no_packets(void **state)
{
	struct netmon m;
	struct files_read r;

	(void)state;
	begin(&m, 0x202);
	add(&m, 1, 200, 200, 0xfffb);
	add(&m, 2, 60, 60, 1);
	add(&m, 3, 20, 20, 0xffff);
	add(&m, 4, 60, 60, 1);
	end(&m);
	read_it(&m, &r);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.at[0].number, 2);
	assert_int_equal(r.at[1].number, 4);
	assert_int_equal(files_qualities(&r), 0);
	release(&m, &r);
}

static void the_header_before_80211_is_left_out(void **state)
{
	struct netmon m;
	struct files_read r;

	(void)state;
	begin(&m, 0x201);
	add(&m, 1, 90, 100, 6);
	memcpy(m.f.b.at + m.at[0] + 16, "\2\x20\0", 3);
	m.f.b.at[m.at[0] + 16 + 32] = 0x88;
	add(&m, 2, 20, 20, 6); /* a header longer than the frame */
	end(&m);
	read_it(&m, &r);
	assert_int_equal(r.n, 2);
	assert_int_equal(reader_iface(r.r, r.at[0].iface)->linktype, 105);
	assert_int_equal(r.at[0].cap_len, 58);
	assert_int_equal(r.at[0].wire_len, 68);
	assert_int_equal(r.first[0], 0x88);
	assert_int_equal(r.at[1].cap_len, 20);
	release(&m, &r);
}

/* However short: what is whole is used, and the rest is said. */
static void cut_files_give_what_is_whole(void **state)
{
	struct netmon m;

	(void)state;
	begin(&m, 0x203);
	for (unsigned i = 0; i < 4; i++)
		add(&m, i, 60, 60, 1);
	end(&m);
	for (size_t n = 8; n < m.f.b.n; n++) {
		struct files_read r;
		size_t whole = 0;

		while (whole < 4 && m.at[whole] + 16 + 60 + 15 <= n)
			whole++;
		files_read(&r, m.f.b.at, n);
		if (n < 128) {
			assert_null(r.r);
			assert_non_null(strstr(r.err.text, "copy it again"));
		} else {
			assert_int_equal(r.n, whole);
			assert_non_null(files_quality(&r, "cut-record", 0));
		}
		files_read_release(&r);
	}
	files_release(&m.f);
}

/* A capture whose program died: no table yet. */
static void without_a_table_frames_go_to_the_end(void **state)
{
	struct netmon m;
	struct files_read r;

	(void)state;
	begin(&m, 0x200);
	add(&m, 1, 60, 60, 1);
	add(&m, 2, 60, 60, 1);
	read_it(&m, &r);
	assert_int_equal(r.n, 2);
	assert_int_equal(files_qualities(&r), 0);
	release(&m, &r);
}

static void what_contradicts_itself_is_said(void **state)
{
	static const struct {
		size_t at; /* 0: in the table's first entry */
		uint32_t value;
		const char *what;
		size_t n;
	} cases[] = {
		{ 0, 204, "frame-table", 2 },
		{ 28, 4, "frame-table", 2 },
		{ 28, 12, "cut-record", 2 },
		{ 128 + 8, 59, "bad-length", 2 },
		{ 128 + 12, 0x7fffffff, "bad-record", 0 },
		{ 128 + 8, 0x7fffffff, "bad-record", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct netmon m;
		struct files_read r;
		size_t at = cases[i].at;

		begin(&m, 0x200);
		add(&m, 1, 60, 60, 1);
		add(&m, 2, 60, 60, 1);
		end(&m);
		at = at ? at : m.f.b.n - 8;
		memcpy(m.f.b.at + at, &cases[i].value, 4);
		read_it(&m, &r);
		assert_int_equal(r.n, cases[i].n);
		assert_non_null(files_quality(&r, cases[i].what, 0));
		release(&m, &r);
	}
}

static void other_versions_are_refused(void **state)
{
	struct netmon m;
	struct files_read r;

	(void)state;
	begin(&m, 0x200);
	m.f.b.at[5] = 3;
	read_it(&m, &r);
	assert_null(r.r);
	assert_non_null(strstr(r.err.text, "version 3.0"));
	assert_non_null(strstr(r.err.text, "editcap"));
	release(&m, &r);
}

/* Times that no date can be. */
static void odd_times_do_not_overflow(void **state)
{
	struct netmon m;
	struct files_read r;

	(void)state;
	begin(&m, 0x200);
	memset(m.f.b.at + 8, 0xff, 16);
	add(&m, UINT64_MAX >> 1, 60, 60, 1);
	add(&m, 1ull << 63, 60, 60, 1);
	add(&m, UINT64_MAX, 60, 60, 1); /* 1 us before the start */
	end(&m);
	read_it(&m, &r);
	assert_int_equal(r.n, 3);
	assert_int_equal(r.at[0].time_ns, 0);
	assert_int_equal(r.at[1].time_ns, 0);
	release(&m, &r);
	begin(&m, 0x200);
	add(&m, UINT64_MAX, 60, 60, 1);
	end(&m);
	read_it(&m, &r);
	assert_int_equal(r.at[0].time_ns, START_NS - 1000);
	release(&m, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_is_read),
		cmocka_unit_test(frames_have_a_media_type_each),
		cmocka_unit_test(more_media_types_than_are_kept),
		cmocka_unit_test(its_own_records_are_no_packets),
		cmocka_unit_test(the_header_before_80211_is_left_out),
		cmocka_unit_test(cut_files_give_what_is_whole),
		cmocka_unit_test(without_a_table_frames_go_to_the_end),
		cmocka_unit_test(what_contradicts_itself_is_said),
		cmocka_unit_test(other_versions_are_refused),
		cmocka_unit_test(odd_times_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
