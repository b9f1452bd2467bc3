/* capture/decode_retry.c: what the 802.11 link sent again is known as that. */
#include "capture/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/capture/frames.h"

#define LINK_80211 105
#define HDR_LEN 24
#define MS 1000000

struct attempt {
	uint8_t from, sequence, content;
	int tid; /* below 0: no QoS */
	bool retry;
	uint32_t iface;
	int64_t time_ns;
};

static void build(struct frames_buf *b, const struct attempt *a)
{
	*b = (struct frames_buf){ 0 };
	frames_hex(b, "0801 0000 0102030405060708090a0b0c0d0e0f101112 0000");
	b->at[0] = a->tid < 0 ? 0x08 : 0x88;
	b->at[1] = a->retry ? 0x09 : 0x01;
	b->at[15] = a->from;
	b->at[22] = (uint8_t)(a->sequence << 4);
	if (a->tid >= 0)
		frames_be16(b, (unsigned)a->tid << 8);
	frames_hex(b, "aaaa03 000000 0800");
	frames_ip4(b, 6, "10.0.0.1", "10.0.0.2");
	frames_tcp(b, 40000, 443, 1000, 2000, REC_ACK);
	frames_fill(b, 100, a->content);
	frames_close(b);
}

static uint64_t frames;

static enum decode_result decode(struct decoder *d, const struct attempt *a,
				 size_t cut)
{
	static struct frames_buf b;
	struct packet p;
	struct frame f = { .time_ns = a->time_ns,
			   .number = ++frames,
			   .iface = a->iface,
			   .data = b.at };

	build(&b, a);
	f.wire_len = (uint32_t)b.n;
	f.cap_len = (uint32_t)(cut ? cut : b.n);
	return decode_frame(d, &f, LINK_80211, &p);
}

static const struct attempt first = { .from = 1, .sequence = 5, .tid = -1 };

static void retries_are_known(void **state)
{
	struct decoder *d = decoder_new();
	struct attempt a = first;

	(void)state;
	assert_int_equal(decode(d, &a, 0), DECODE_OK);
	/* the same, but not marked: an access point that hands it on */
	assert_int_equal(decode(d, &a, 0), DECODE_OK);
	a.retry = true;
	for (int i = 1; i < 5; i++) { /* each keeps the next one near */
		a.time_ns = i * 400 * MS;
		assert_int_equal(decode(d, &a, 0), DECODE_RETRY);
	}
	a.time_ns += 1001 * MS;
	assert_int_equal(decode(d, &a, 0), DECODE_OK);
	a.time_ns = INT64_MIN;
	assert_int_equal(decode(d, &a, 0), DECODE_OK);
	decoder_free(d);
}

/* The first attempt may be the one that was not recorded. */
static void a_retry_of_nothing_seen_stays(void **state)
{
	static const struct attempt others[] = {
		{ .from = 2, .sequence = 5, .tid = -1 },
		{ .from = 1, .sequence = 6, .tid = -1 },
		{ .from = 1, .sequence = 5, .tid = 0 },
		{ .from = 1, .sequence = 5, .tid = 1 },
		{ .from = 1, .sequence = 5, .tid = -1, .content = 9 },
		{ .from = 1, .sequence = 5, .tid = -1, .iface = 1 },
	};
	struct decoder *d = decoder_new();

	(void)state;
	assert_int_equal(decode(d, &first, 0), DECODE_OK);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct attempt a = others[i];

		a.retry = true;
		assert_int_equal(decode(d, &a, 0), DECODE_OK);
		assert_int_equal(decode(d, &a, 0), DECODE_RETRY);
	}
	decoder_free(d);
}

static void cut_frames_have_retries(void **state)
{
	struct attempt a = first;

	(void)state;
	for (size_t cut = 1; cut < 120; cut++) {
		struct decoder *d = decoder_new();
		enum decode_result res;

		a.retry = false;
		res = decode(d, &a, cut);
		a.retry = true;
		assert_int_equal(decode(d, &a, cut),
				 cut < HDR_LEN ? res : DECODE_RETRY);
		decoder_free(d);
	}
}

/* As many between as an aggregate has, and far more. */
static void the_table_is_bounded(void **state)
{
	struct decoder *d = decoder_new();
	struct attempt a = first;
	unsigned known = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		a.sequence = (uint8_t)(i & 15);
		a.content = (uint8_t)(i >> 4);
		a.from = (uint8_t)(i >> 12);
		a.retry = false;
		assert_int_equal(decode(d, &a, 0), DECODE_OK);
		if (i < 1024)
			continue;
		a.sequence = (uint8_t)((i - 1024) & 15);
		a.content = (uint8_t)((i - 1024) >> 4);
		a.from = (uint8_t)((i - 1024) >> 12);
		a.retry = true;
		known += decode(d, &a, 0) == DECODE_RETRY;
	}
	assert_true(known > 18900);
	decoder_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(retries_are_known),
		cmocka_unit_test(a_retry_of_nothing_seen_stays),
		cmocka_unit_test(cut_frames_have_retries),
		cmocka_unit_test(the_table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
