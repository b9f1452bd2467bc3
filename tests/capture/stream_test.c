/* capture/stream.c, stream_gzip.c, stream_zstd.c, stream_lz4.c: the same bytes
 * however they come. */
#include "capture/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <lz4frame.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>
#include <cmocka.h>

#include "tests/capture/files.h"

#define BIG (3u * 1024 * 1024 + 17)

/* Bytes that do not compress to nothing. */
static uint8_t *some_bytes(size_t n)
{
	uint8_t *p = malloc(n);
	uint32_t v = 1;

	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		v = v * 1664525 + 1013904223;
		p[i] = (uint8_t)(v >> 29);
	}
	return p;
}

/* One gzip member. */
static void squeeze_gzip(struct buf *out, const uint8_t *p, size_t n)
{
	z_stream z = { 0 };
	size_t room = n + 1000;

	assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8,
				      Z_DEFAULT_STRATEGY),
			 Z_OK);
	z.next_in = malloc(n ? n : 1);
	assert_non_null(z.next_in);
	uint8_t *in = z.next_in;

	memcpy(in, p, n);
	z.avail_in = (uInt)n;
	z.next_out = buf_room(out, room);
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->n += room - z.avail_out;
	deflateEnd(&z);
	free(in);
}

static void squeeze_zstd(struct buf *out, const uint8_t *p, size_t n)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t room = ZSTD_compressBound(n), got;

	assert_non_null(c);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	got = ZSTD_compress2(c, buf_room(out, room), room, p, n);
	assert_false(ZSTD_isError(got));
	out->n += got;
	ZSTD_freeCCtx(c);
}

static void squeeze_lz4(struct buf *out, const uint8_t *p, size_t n)
{
	LZ4F_preferences_t how = {
		.frameInfo = { .contentChecksumFlag =
				       LZ4F_contentChecksumEnabled },
	};
	size_t room = LZ4F_compressFrameBound(n, &how), got;

	got = LZ4F_compressFrame(buf_room(out, room), room, p, n, &how);
	assert_false(LZ4F_isError(got));
	out->n += got;
}

static const struct kind {
	void (*squeeze)(struct buf *out, const uint8_t *p, size_t n);
	const char *begin; /* of a frame's header */
	size_t begin_len;
	size_t check_at; /* a byte of the check, from the end */
	bool skippable;
} kinds[] = {
	{ squeeze_gzip, "\x1f\x8b\x08", 3, 6, false },
	{ squeeze_zstd, "\x28\xb5\x2f\xfd", 4, 2, true },
	{ squeeze_lz4, "\x04\x22\x4d\x18", 4, 2, true },
};
#define KINDS (sizeof kinds / sizeof *kinds)

static void assert_digest(const struct stream *s, const uint8_t *p, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(p, n);
	char want[33], got[33];

	snprintf(want, sizeof want, "%016llx%016llx",
		 (unsigned long long)h.high64, (unsigned long long)h.low64);
	stream_digest(s, got);
	assert_string_equal(got, want);
	assert_int_equal(stream_bytes(s), n);
}

/* Peeks, skips and reads of many sizes see the bytes in order. */
static void walk(struct stream *s, const uint8_t *p, size_t n)
{
	static const size_t steps[] = { 1, 16, 60, 1500, 70000, 600000 };
	uint8_t *copy = malloc(600000);
	size_t at = 0;

	assert_non_null(copy);
	for (size_t i = 0; at < n; i++) {
		size_t step = steps[i % 6];
		const uint8_t *peek = stream_peek(s, step);

		assert_int_equal(stream_offset(s), at);
		if (step > n - at) {
			assert_null(peek);
			step = n - at;
		} else {
			assert_memory_equal(peek, p + at, step);
		}
		if (i % 3 == 0) {
			assert_int_equal(stream_read(s, copy, step), step);
			assert_memory_equal(copy, p + at, step);
		} else {
			assert_int_equal(stream_skip(s, step), step);
		}
		at += step;
	}
	assert_null(stream_peek(s, 1));
	assert_int_equal(stream_read(s, copy, 10), 0);
	assert_int_equal(stream_skip(s, 10), 0);
	assert_int_equal(stream_offset(s), n);
	free(copy);
}

static void plain_bytes_come_in_order(void **state)
{
	uint8_t *p = some_bytes(BIG);
	const char *path = files_save(p, BIG);
	struct err err = { 0 };
	struct stream *s = stream_open(path, &err);

	(void)state;
	assert_non_null(s);
	walk(s, p, BIG);
	assert_digest(s, p, BIG);
	assert_int_equal(stream_damage(s), STREAM_WHOLE);
	assert_string_equal(stream_name(s), path);
	stream_free(s);
	unlink(path);
	free(p);
}

static void the_digest_is_of_all_bytes_after_draining(void **state)
{
	uint8_t *p = some_bytes(BIG);
	struct err err = { 0 };
	struct stream *s = stream_memory(p, BIG, &err);

	(void)state;
	assert_non_null(stream_peek(s, 100));
	stream_skip(s, 50);
	stream_drain(s);
	assert_digest(s, p, BIG);
	stream_free(s);
	free(p);
}

static void compression_is_seen_through(void **state)
{
	uint8_t *p = some_bytes(BIG);

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct buf z = { 0 };
		struct err err = { 0 };
		struct stream *s;

		if (kinds[i].skippable) /* as pzstd begins */
			buf_bytes(&z, "\x50\x2a\x4d\x18\4\0\0\0skip", 12);
		kinds[i].squeeze(&z, p, 1000000);
		/* an empty member, as bgzip ends with */
		kinds[i].squeeze(&z, p + 1000000, 0);
		kinds[i].squeeze(&z, p + 1000000, BIG - 1000000);
		memset(buf_room(&z, 512), 0, 512); /* padding */
		z.n += 512;
		s = stream_memory(z.at, z.n, &err);
		assert_non_null(s);
		walk(s, p, BIG);
		assert_digest(s, p, BIG);
		assert_int_equal(stream_damage(s), STREAM_WHOLE);
		stream_free(s);
		buf_release(&z);
	}
	free(p);
}

struct damage {
	size_t cut, flip; /* bytes; from the end */
	const char *tail;
	size_t tail_len;
	enum stream_damage damage;
};

static void check_damage(const struct kind *k, const uint8_t *p, size_t size,
			 const struct damage *c)
{
	struct buf z = { 0 };
	struct err err = { 0 };
	struct stream *s;
	uint8_t *got = malloc(size + 1);
	size_t n;

	assert_non_null(got);
	k->squeeze(&z, p, size);
	z.n -= c->cut;
	if (c->flip)
		z.at[z.n - c->flip] ^= 0xff;
	buf_bytes(&z, c->tail, c->tail_len);
	s = stream_memory(z.at, z.n, &err);
	assert_non_null(s);
	n = stream_read(s, got, size + 1);
	assert_int_equal(stream_damage(s), c->damage);
	assert_true(n > 50000 && n <= size);
	if (c->flip < 20000)
		assert_memory_equal(got, p, n);
	assert_int_equal(stream_errno(s), 0);
	stream_free(s);
	buf_release(&z);
	free(got);
}

static void damage_leaves_what_came_before(void **state)
{
	uint8_t *p = some_bytes(600000);

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		const struct kind *k = &kinds[i];
		const struct damage cases[] = {
			{ .cut = 100, .damage = STREAM_CUT },
			{ .cut = 3, .damage = STREAM_CUT }, /* the check */
			{ .flip = k->check_at, .damage = STREAM_BAD },
			{ .flip = 20000, .damage = STREAM_BAD },
			{ .tail = "rubbish",
			  .tail_len = 7,
			  .damage = STREAM_TAIL },
			{ .tail = k->begin,
			  .tail_len = k->begin_len - 1,
			  .damage = STREAM_TAIL },
			{ .tail = k->begin,
			  .tail_len = k->begin_len,
			  .damage = STREAM_CUT },
		};

		for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
			check_damage(k, p, 600000, &cases[c]);
	}
	free(p);
}

/* A frame header that asks for a window of 2 GB. */
static void a_huge_window_is_refused(void **state)
{
	static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0,
					 0xa8, 1,    0,    0 };
	struct err err = { 0 };
	struct stream *s = stream_memory(frame, sizeof frame, &err);

	(void)state;
	assert_non_null(s);
	assert_null(stream_peek(s, 1));
	assert_int_equal(stream_damage(s), STREAM_WINDOW);
	stream_free(s);
}

static void bombs_are_stopped(void **state)
{
	size_t n = 8000000;
	uint8_t *p = calloc(1, n);

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < KINDS; i++) {
		struct buf z = { 0 };
		struct err err = { 0 };
		struct stream *s;

		kinds[i].squeeze(&z, p, n);
		s = stream_memory(z.at, z.n, &err);
		stream_limit(s, 1000000, 200);
		stream_drain(s);
		assert_int_equal(stream_damage(s), STREAM_LIMIT);
		assert_in_range(stream_bytes(s), 1000000, 2000000);
		stream_free(s);
		s = stream_memory(z.at, z.n, &err);
		stream_limit(s, 1000000, 0);
		stream_drain(s);
		assert_int_equal(stream_damage(s), STREAM_WHOLE);
		assert_int_equal(stream_bytes(s), n);
		stream_free(s);
		s = stream_memory(z.at, z.n, &err); /* small: no harm */
		stream_drain(s);
		assert_int_equal(stream_damage(s), STREAM_WHOLE);
		stream_free(s);
		buf_release(&z);
	}
	free(p);
}

static void what_cannot_be_read_is_said(void **state)
{
	static const struct {
		const char *path, *says;
	} cases[] = {
		{ "/nonexistent/capture.pcap", "no such file" },
		{ "/tmp", "is a directory" },
		{ "/dev/null", "is empty (0 bytes)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = { 0 };

		assert_null(stream_open(cases[i].path, &err));
		assert_int_equal(err.code, ERR_INPUT);
		assert_non_null(strstr(err.text, cases[i].says));
		assert_memory_equal(err.text, cases[i].path,
				    strlen(cases[i].path));
	}
}

static void standard_input_is_read(void **state)
{
	const char *path = files_save("0123456789", 10);
	struct err err = { 0 };
	int old = dup(STDIN_FILENO);
	struct stream *s;

	(void)state;
	assert_non_null(freopen(path, "rb", stdin));
	s = stream_open("-", &err);
	assert_non_null(s);
	assert_memory_equal(stream_peek(s, 10), "0123456789", 10);
	assert_string_equal(stream_name(s), "standard input");
	stream_free(s);
	dup2(old, STDIN_FILENO);
	close(old);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_bytes_come_in_order),
		cmocka_unit_test(the_digest_is_of_all_bytes_after_draining),
		cmocka_unit_test(compression_is_seen_through),
		cmocka_unit_test(damage_leaves_what_came_before),
		cmocka_unit_test(a_huge_window_is_refused),
		cmocka_unit_test(bombs_are_stopped),
		cmocka_unit_test(what_cannot_be_read_is_said),
		cmocka_unit_test(standard_input_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
