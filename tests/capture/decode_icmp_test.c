/* capture/decode_icmp.c: echoes, errors with the packet they quote. */
#include "capture/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/capture/frames.h"

#define RAW 101

static void echoes_are_flows(void **state)
{
	static const struct {
		int proto;
		unsigned type, reply;
	} cases[] = {
		{ 1, 8, 0 }, { 1, 0, 1 }, { 58, 128, 0 }, { 58, 129, 1 }
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct frames_buf b = { 0 };
		struct packet p;

		if (cases[i].proto == 1)
			frames_ip4(&b, 1, "10.0.0.1", "10.0.0.2");
		else
			frames_ip6(&b, 58, "fd00::1", "fd00::2");
		frames_icmp(&b, cases[i].type, 0, 0x1234, 7);
		frames_fill(&b, 56, 1);
		frames_close(&b);
		assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
		assert_int_equal(p.key.sport, 0x1234);
		assert_int_equal(p.key.dport, 0x1234);
		assert_int_equal(p.key.reply, cases[i].reply);
		assert_int_equal(p.rec.icmp_type, cases[i].type);
		assert_int_equal(p.rec.window, 7);
		assert_int_equal(p.rec.pay_len, 56);
		assert_int_equal(p.rec.csum, REC_CSUM_GOOD);
	}
}

/* An error of @type from 192.0.2.1 about a packet whose IP header and first
 * @l4 bytes are @quote. */
static void error4(struct frames_buf *b, unsigned type, unsigned code,
		   unsigned mtu, const char *quote)
{
	*b = (struct frames_buf){ 0 };
	frames_ip4(b, 1, "192.0.2.1", "10.0.0.1");
	frames_icmp(b, type, code, 0, mtu);
	frames_hex(b, quote);
	frames_close(b);
}

static const char quoted_tcp[] =
	"45 00 05dc abcd 4000 3f 06 0000 0a000001 0a000002"
	"9c40 01bb 01020304";

static void errors_name_what_they_quote(void **state)
{
	struct frames_buf b;
	struct packet p;
	char text[NET_END_TEXT];

	(void)state;
	error4(&b, 3, 4, 1400, quoted_tcp);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_ICMP_ERROR);
	assert_int_equal(p.quote.type, 3);
	assert_int_equal(p.quote.code, 4);
	assert_int_equal(p.quote.mtu, 1400);
	assert_int_equal(p.quote.v6, 0);
	assert_int_equal(p.quote.ip_len, 1500);
	assert_int_equal(p.quote.seq, 0x01020304);
	assert_int_equal(p.quote.key.proto, 6);
	assert_int_equal(p.quote.key.sport, 40000);
	assert_int_equal(p.quote.key.dport, 443);
	assert_string_equal(net_addr_text(&p.quote.from, text), "192.0.2.1");
	assert_string_equal(net_addr_text(&p.quote.key.src, text), "10.0.0.1");
	assert_string_equal(net_addr_text(&p.quote.key.dst, text), "10.0.0.2");
	error4(&b, 11, 0, 1400, quoted_tcp);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_ICMP_ERROR);
	assert_int_equal(p.quote.mtu, 0);
	error4(&b, 12, 0, 0, quoted_tcp);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_ICMP_ERROR);
	error4(&b, 3, 3, 0,
	       "45 00 0030 0001 0000 3f 11 0000 0a000001 0a000002"
	       "3039 0035 0000 0000");
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_ICMP_ERROR);
	assert_int_equal(p.quote.key.proto, 17);
	assert_int_equal(p.quote.key.sport, 12345);
	assert_int_equal(p.quote.key.dport, 53);
	error4(&b, 11, 0, 0,
	       "45 00 0030 0001 0000 3f 01 0000 0a000001 0a000002"
	       "0800 0000 0777 0001");
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_ICMP_ERROR);
	assert_int_equal(p.quote.key.dport, 0x0777);
	error4(&b, 3, 2, 0,
	       "45 00 0030 0001 0000 3f 32 0000 0a000001 0a000002"
	       "11223344 55667788");
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_ICMP_ERROR);
	assert_int_equal(p.quote.key.proto, 50);
	assert_int_equal(p.quote.key.tunnel >> 24, DECODE_TUNNEL_ESP);
	assert_int_equal(p.quote.key.sport, 0x1122);
	assert_int_equal(p.quote.key.dport, 0x3344);
}

static void errors_of_ipv6_too(void **state)
{
	static const struct {
		unsigned type;
		uint32_t mtu;
	} cases[] = { { 1, 0 }, { 2, 1280 }, { 3, 0 }, { 4, 0 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct frames_buf b = { 0 };
		struct packet p;
		char text[NET_END_TEXT];

		frames_ip6(&b, 58, "fd00::99", "fd00::1");
		frames_icmp(&b, cases[i].type, 0, 0, 1280);
		frames_hex(&b, "60000000 0590 00 3f"
			       "fd000000000000000000000000000001"
			       "fd000000000000000000000000000002"
			       "06 00 0104 00000000" /* hop-by-hop */
			       "9c40 01bb 01020304");
		frames_close(&b);
		assert_int_equal(frames_decode(&b, RAW, &p), DECODE_ICMP_ERROR);
		assert_int_equal(p.quote.v6, 1);
		assert_int_equal(p.quote.mtu, cases[i].mtu);
		assert_int_equal(p.quote.key.proto, 6);
		assert_int_equal(p.quote.key.dport, 443);
		assert_int_equal(p.quote.seq, 0x01020304);
		assert_int_equal(p.quote.ip_len, 40 + 0x590);
		assert_string_equal(net_addr_text(&p.quote.key.dst, text),
				    "fd00::2");
	}
}

/* The packet travelled all the same. */
static void quotes_that_tell_no_flow_are_packets(void **state)
{
	static const char *const quotes[] = {
		"",
		"45 00 05dc abcd 4000 3f 06 0000 0a000001 0a000002 9c40 01bb",
		"44 00 05dc abcd 4000 3f 06 0000 0a000001 0a000002"
		"9c40 01bb 01020304",
		"46 00 05dc abcd 4000 3f 06 0000 0a000001 0a000002"
		"9c40 01bb 01020304",
		"45 00 05dc abcd 00b9 3f 06 0000 0a000001 0a000002"
		"9c40 01bb 01020304", /* a later fragment */
		"45 00 05dc abcd 0000 3f 01 0000 0a000001 0a000002"
		"0d00 0000 01020304", /* an ICMP that is no echo */
		"95 00 05dc abcd 4000 3f 06 0000 0a000001 0a000002"
		"9c40 01bb 01020304",
		"60000000 0590 06 3f fd00000000000000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
		struct frames_buf b;
		struct packet p;

		error4(&b, 3, 1, 0, quotes[i]);
		assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
		assert_int_equal(p.rec.icmp_type, 3);
		assert_int_equal(p.key.sport, 0);
	}
}

static void what_stays_on_the_link_is_left_out(void **state)
{
	static const struct {
		int proto;
		unsigned type;
		enum decode_result result;
	} cases[] = {
		{ 1, 5, DECODE_NOT_IP },    { 1, 9, DECODE_NOT_IP },
		{ 1, 10, DECODE_NOT_IP },   { 1, 13, DECODE_OK },
		{ 58, 130, DECODE_NOT_IP }, { 58, 135, DECODE_NOT_IP },
		{ 58, 136, DECODE_NOT_IP }, { 58, 143, DECODE_NOT_IP },
		{ 58, 139, DECODE_OK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct frames_buf b = { 0 };
		struct packet p;

		if (cases[i].proto == 1)
			frames_ip4(&b, 1, "10.0.0.1", "10.0.0.2");
		else
			frames_ip6(&b, 58, "fe80::1", "ff02::1");
		frames_icmp(&b, cases[i].type, 0, 1, 2);
		frames_close(&b);
		assert_int_equal(frames_decode(&b, RAW, &p), cases[i].result);
	}
}

static void short_messages_are_malformed(void **state)
{
	struct frames_buf b = { 0 };
	struct packet p;

	(void)state;
	frames_ip4(&b, 1, "10.0.0.1", "10.0.0.2");
	frames_hex(&b, "0800 f7ff 0000");
	frames_close_ip(&b);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echoes_are_flows),
		cmocka_unit_test(errors_name_what_they_quote),
		cmocka_unit_test(errors_of_ipv6_too),
		cmocka_unit_test(quotes_that_tell_no_flow_are_packets),
		cmocka_unit_test(what_stays_on_the_link_is_left_out),
		cmocka_unit_test(short_messages_are_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
