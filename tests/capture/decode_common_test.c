/* capture/decode_common.h: what is read at once is what the layers say. */
#include "capture/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "capture/decode_int.h"
#include "tests/capture/frames.h"

#define ETHERNET 1
#define BEFORE 4           /* bytes before the frame, */
#define ETHERNET_AFTER 240 /* where the link type says so: by layers */

static uint32_t dice;

static uint32_t roll(uint32_t below)
{
	dice = dice * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(dice >> 8) * below >> 24);
}

static const char *const options[] = {
	"",
	"0101080a0102030405060708",
	"0101080a01020304050607080101050a0000000100000002",
	"020405b40402080a01020304000000000103030e",
	"0101080a010203040506070801010101",
	"01010402",
	"0204ffff",
	"00000000",
	"0101080b0102030405060708",
};
#define OPTIONS (sizeof options / sizeof *options)

static void frame_of(struct frames_buf *b)
{
	static const unsigned flags[] = { REC_ACK, REC_ACK | REC_PSH,
					  REC_SYN, REC_SYN | REC_ACK,
					  REC_RST, 0 };

	*b = (struct frames_buf){ 0 };
	frames_eth(b, 0x0800);
	frames_ip4(b, 6, "10.1.2.3", "192.168.4.5");
	frames_tcp(b, 40000, 443, 0xfffffff0u, 77, flags[roll(6)]);
	frames_options(b, options[roll(OPTIONS)]);
	frames_fill(b, roll(4) ? roll(120) : 0, (uint8_t)roll(256));
	frames_close(b);
	if (!roll(3))
		frames_fill(b, roll(80), 9); /* padding, or a trailer */
}

/* Of most frames a byte of the headers is another. */
static void damage(struct frames_buf *b)
{
	static const uint8_t likely[] = { 12, 13, 14, 16, 17, 20, 21,
					  23, 24, 25, 46, 47, 50, 51 };

	if (roll(3))
		b->at[roll(2) ? likely[roll(sizeof likely)]
			      : roll((uint32_t)b->n)] = (uint8_t)roll(256);
}

/* A pointer into the frame as a number. */
static uint32_t place(const uint8_t *p, const uint8_t *frame)
{
	return p ? (uint32_t)(p - frame) : 0xffff;
}

/* Decodes from an allocation that ends with the captured bytes. */
static enum decode_result decode(const struct frames_buf *b, size_t before,
				 size_t cap, size_t wire, struct packet *out)
{
	struct decoder *d = decoder_new();
	uint8_t *copy = mem_alloc(before + cap);
	struct frame f = { .data = copy,
			   .cap_len = (uint32_t)(before + cap),
			   .wire_len = (uint32_t)(before + wire),
			   .number = 7,
			   .time_ns = 8 };
	enum decode_result res;

	memset(copy, 0, before);
	memcpy(copy + before, b->at, cap);
	memset(out, 0xa5, sizeof *out);
	res = decode_frame(d, &f, before ? ETHERNET_AFTER : ETHERNET, out);
	/* places instead of pointers, lengths of the frame itself */
	out->rec.wire_len -= (uint32_t)before;
	out->rec.cap_len -= (uint32_t)before;
	if (res == DECODE_OK) {
		out->key.tunnel ^= place(out->payload, copy + before) ^
				   place(out->trailer, copy + before) << 16;
	}
	out->payload = out->trailer = NULL;
	free(copy);
	decoder_free(d);
	return res;
}

static void it_is_what_the_layers_say(void **state)
{
	static struct frames_buf b;
	unsigned ok = 0;

	(void)state;
	for (dice = 0; ok < 20000;) {
		struct packet fast, slow;
		enum decode_result res;
		size_t cap, wire;

		frame_of(&b);
		damage(&b);
		wire = b.n;
		cap = roll(2) ? wire : roll((uint32_t)wire + 1);
		if (!roll(8))
			wire += roll(20);
		res = decode(&b, 0, cap, wire, &fast);
		assert_int_equal(res, decode(&b, BEFORE, cap, wire, &slow));
		if (res != DECODE_OK)
			continue;
		assert_memory_equal(&fast, &slow,
				    offsetof(struct packet, quote));
		ok++;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_what_the_layers_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
