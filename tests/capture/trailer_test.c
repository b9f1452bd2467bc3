/* Trailers of a load balancer: what names a peer connection, and what does not. */
#include "capture/trailer.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/frames.h"

#define LOW "01 05 01 01 00 02 00"
#define MEDIUM                                                                 \
	"02 1b 00 0000000000000001 0000000000000002 00000000 00 00 00000000"
#define NEW_MEDIUM                                                             \
	"0001 0002 0028 0004 0000000000000001 0000000000000002 00000000"       \
	"00000000 00 00 00000000 00 00"
#define PEER                                                                   \
	"06 0064 2620 0000 0c10 f501 0000 0001 0a020304"                       \
	"00000000000000000000ffff 0a010101 01bb dc04"
#define HIGH "03 28 00" PEER

static bool reads(const char *hex, uint8_t proto, struct net_end ends[2])
{
	static struct frames_buf b;
	uint8_t *p;
	bool is;

	b.n = 0;
	frames_hex(&b, hex);
	p = malloc(b.n + 1); /* in a block of its own */
	assert_non_null(p);
	memcpy(p, b.at, b.n);
	is = trailer_read(p, (uint32_t)b.n, proto, ends);
	/* cut anywhere before the third record's end it says nothing */
	for (uint32_t n = 0; is && n < b.n; n++) {
		struct net_end none[2];
		uint8_t *cut = malloc(n + 1);

		assert_non_null(cut);
		memcpy(cut, p, n);
		assert_false(trailer_read(cut, n, proto, none));
		free(cut);
	}
	free(p);
	return is;
}

static void expect_peer(const char *hex, uint8_t proto)
{
	struct net_end e[2];
	char text[NET_END_TEXT];

	assert_true(reads(hex, proto, e));
	assert_string_equal(net_end_text(&e[0], text), "10.2.3.4:443");
	assert_string_equal(net_end_text(&e[1], text), "10.1.1.1:56324");
}

static void three_records_name_the_peer(void **state)
{
	(void)state;
	expect_peer(LOW MEDIUM HIGH, IPPROTO_TCP);
}

static void padding_may_be_before_them(void **state)
{
	(void)state;
	expect_peer("0000 0000 0000" LOW MEDIUM HIGH, IPPROTO_TCP);
}

static void the_newer_format_does_so_too(void **state)
{
	(void)state;
	expect_peer("f5deb0f5 006b 0001"
		    "0001 0001 000c 0004 01000200" NEW_MEDIUM
		    "0001 0003 002f 0001" PEER,
		    IPPROTO_TCP);
	/* records stand in any order, and others between */
	expect_peer("f5deb0f5 0069 0001"
		    "0001 0003 002f 0001" PEER
		    "0002 0003 000a 0001 ffff" NEW_MEDIUM,
		    IPPROTO_TCP);
}

/* Lengths and versions that releases until 13 write. */
static void each_version_has_its_length(void **state)
{
	static const char *const lower[] = {
		/* 9.4: the flows are in the first record */
		"01 21 00 01 00 02 00000001 00000002 00000000 00"
		"2f436f6d6d6f6e2f7669700000000000 02 06 00 00 00000000",
		/* 10 */
		"01 14 00 01 00 02 2f436f6d6d6f6e2f7669700000000000"
		"02 13 00 00000001 00000002 00000000 00 00 00000000",
		/* a name; a cause of a reset */
		"01 09 01 01 00 02 04 2f766970"
		"02 20 01 0000000000000001 0000000000000002 00000000 00 00"
		"00000000 04 00010203",
		LOW "02 1e 02 0000000000000001 0000000000000002 00000000 00 00"
		    "00000000 00 01 00",
		LOW "02 21 03 0000000000000001 0000000000000002 00000000"
		    "00000000 00 00 00000000 00 00",
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof lower / sizeof *lower; i++) {
		snprintf(text, sizeof text, "%s%s", lower[i], HIGH);
		expect_peer(text, IPPROTO_TCP);
	}
}

/* What stands in the third record then is left from before. */
static void without_a_peer_flow_nobody_is_named(void **state)
{
	static const char *const hex[] = {
		LOW "02 1b 00 0000000000000001 0000000000000000 00000000 00 00"
		    "00000000" HIGH,
		"01 21 00 01 00 02 00000001 00000000 00000000 00"
		"2f436f6d6d6f6e2f7669700000000000 02 06 00 00 00000000" HIGH,
		LOW "02 13 00 00000001 00000000 00000000 00 00 00000000" HIGH,
		"f5deb0f5 0037 0001 0001 0003 002f 0001" PEER,
		"f5deb0f5 005f 0001 0001 0002 0028 0004 0000000000000001"
		"0000000000000000 00000000 00000000 00 00 00000000 00 00"
		"0001 0003 002f 0001" PEER,
	};
	struct net_end e[2];

	(void)state;
	for (size_t i = 0; i < sizeof hex / sizeof *hex; i++)
		if (reads(hex[i], IPPROTO_TCP, e))
			fail_msg("taken: %s", hex[i]);
}

static void six_is_six(void **state)
{
	struct net_end e[2];
	char text[NET_END_TEXT];

	(void)state;
	assert_true(reads(LOW MEDIUM
			  "03 28 00 11 0064"
			  "2001 0db8 0000 0000 0000 0000 0000 0001"
			  "2001 0db8 0000 0000 0000 0000 0000 0002 0035 1000",
			  IPPROTO_UDP, e));
	assert_string_equal(net_end_text(&e[0], text), "[2001:db8::1]:53");
}

static void what_is_not_such_a_chain_names_nobody(void **state)
{
	static const char *const hex[] = {
		HIGH "00000000000000000000", /* without those before it */
		MEDIUM HIGH,
		LOW HIGH,
		LOW MEDIUM LOW HIGH,
		LOW MEDIUM "03 29 00" PEER "00",
		LOW MEDIUM "03 28 01" PEER,
		"01 03 01 01 00" MEDIUM HIGH, /* shorter than any */
		/* no peer */
		LOW MEDIUM "03 28 00 06 0064 00000000000000000000000000000000"
			   "00000000000000000000000000000000 0000 0000",
		LOW "02 1a 00" PEER HIGH, /* of no version's length */
		LOW "02 1b 01 0000000000000001 0000000000000002 00000000 00 00"
		    "00000000" HIGH,
		LOW "02 1b 04 0000000000000001 0000000000000002 00000000 00 00"
		    "00000000" HIGH,
		"01 05 01 01 00 02 01" MEDIUM HIGH,
		"f5deb0f5 005f 0002" NEW_MEDIUM "0001 0003 002f 0001" PEER,
		"f5deb0f5 005f 0001" NEW_MEDIUM "0001 0003 002f 0002" PEER,
		"f5deb0f5 005f 0001" NEW_MEDIUM "0002 0003 002f 0001" PEER,
		"f5deb0f5 005f 0001" NEW_MEDIUM "0001 0003 0003 0001" PEER,
		"f5deb0f5 0007 0001" NEW_MEDIUM "0001 0003 002f 0001" PEER,
		"f5deb0f4 005f 0001" NEW_MEDIUM "0001 0003 002f 0001" PEER,
	};
	struct net_end e[2];

	(void)state;
	for (size_t i = 0; i < sizeof hex / sizeof *hex; i++)
		if (reads(hex[i], IPPROTO_TCP, e))
			fail_msg("taken: %s", hex[i]);
	/* of another protocol */
	assert_false(reads(LOW MEDIUM HIGH, IPPROTO_UDP, e));
}

/* All behind the packet, whatever is there; never in what a tunnel carries. */
static void a_frame_with_one_decodes_as_without(void **state)
{
	static struct frames_buf b;
	struct packet bare, p;

	(void)state;
	b.n = 0;
	frames_eth(&b, 0x0800);
	frames_ip4(&b, IPPROTO_TCP, "10.0.0.1", "10.0.0.2");
	frames_tcp(&b, 1000, 443, 1, 2, REC_ACK);
	frames_hex(&b, "01020304");
	frames_close(&b);
	assert_int_equal(frames_decode(&b, 1, &bare), DECODE_OK);
	assert_null(bare.trailer);
	frames_hex(&b, LOW MEDIUM HIGH);
	assert_int_equal(frames_decode(&b, 1, &p), DECODE_OK);
	assert_int_equal(p.trailer_len, 7 + 29 + 42);
	assert_int_equal(p.rec.pay_len, 4);
	assert_int_equal(p.rec.full_digest, bare.rec.full_digest);
	assert_int_equal(p.rec.csum, bare.rec.csum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_records_name_the_peer),
		cmocka_unit_test(padding_may_be_before_them),
		cmocka_unit_test(the_newer_format_does_so_too),
		cmocka_unit_test(each_version_has_its_length),
		cmocka_unit_test(without_a_peer_flow_nobody_is_named),
		cmocka_unit_test(six_is_six),
		cmocka_unit_test(what_is_not_such_a_chain_names_nobody),
		cmocka_unit_test(a_frame_with_one_decodes_as_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
