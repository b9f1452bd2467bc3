/* capture/decode_l4.c: TCP with options, UDP, what has no ports. */
#include "capture/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/capture/frames.h"

#define RAW 101

static void segment(struct frames_buf *b, unsigned flags, const char *options,
		    size_t payload)
{
	*b = (struct frames_buf){ 0 };
	frames_ip4(b, 6, "10.0.0.1", "10.0.0.2");
	frames_tcp(b, 40000, 443, 0xfffffff0, 77, flags);
	frames_options(b, options);
	frames_fill(b, payload, 1);
	frames_close(b);
}

/* As captured on a wire, every byte by hand: a SYN to port 80. */
static void a_syn_by_hand(void **state)
{
	struct frames_buf b = { 0 };
	struct packet p;

	(void)state;
	frames_hex(&b, "45 00 003c 1c46 4000 40 06 b1e6 ac100a63 ac100a0c"
		       "c000 0050 11223344 00000000 a002 7210 0000 0000"
		       "0204 05b4 0402 080a 0102030405060708 01 030307");
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.key.proto, 6);
	assert_int_equal(p.key.sport, 0xc000);
	assert_int_equal(p.key.dport, 80);
	assert_int_equal(p.rec.seq64, 0x11223344);
	assert_int_equal(p.rec.ack64, 0);
	assert_int_equal(p.rec.tcp_flags, REC_SYN);
	assert_int_equal(p.rec.window, 0x7210);
	assert_int_equal(p.rec.opts, REC_OPT_MSS | REC_OPT_SACKPERM |
					     REC_OPT_TS | REC_OPT_WSCALE);
	assert_int_equal(p.mss, 1460);
	assert_int_equal(p.wscale, 7);
	assert_int_equal(p.rec.tsval, 0x01020304);
	assert_int_equal(p.rec.tsecr, 0x05060708);
	assert_int_equal(p.rec.hdr_len, 60);
	assert_int_equal(p.rec.ip_id, 0x1c46);
}

static void the_order_of_options_is_a_signature(void **state)
{
	struct frames_buf b;
	struct packet linux, again, other, short_one, data;

	(void)state;
	segment(&b, REC_SYN, "020405b4 0402 080a0000000100000000 01 030307", 0);
	assert_int_equal(frames_decode(&b, RAW, &linux), DECODE_OK);
	segment(&b, REC_SYN, "02040500 0402 080a0000000900000000 01 030308", 0);
	assert_int_equal(frames_decode(&b, RAW, &again), DECODE_OK);
	segment(&b, REC_SYN,
		"020405b4 01 030308 0101 080a0000000100000000 0402"
		"0000",
		0);
	assert_int_equal(frames_decode(&b, RAW, &other), DECODE_OK);
	segment(&b, REC_SYN, "020405b4", 0);
	assert_int_equal(frames_decode(&b, RAW, &short_one), DECODE_OK);
	segment(&b, REC_ACK, "020405b4", 0);
	assert_int_equal(frames_decode(&b, RAW, &data), DECODE_OK);
	assert_int_equal(linux.opt_order, again.opt_order);
	assert_int_not_equal(linux.opt_order, other.opt_order);
	assert_int_not_equal(linux.opt_order, short_one.opt_order);
	assert_int_equal(short_one.wscale, -1);
	assert_int_equal(data.opt_order, 0);
}

static void selective_acks_are_kept(void **state)
{
	struct frames_buf b;
	struct packet p;

	(void)state;
	segment(&b, REC_ACK,
		"0101 0522 0000000100000002 0000000300000004"
		"0000000500000006 0000000700000008",
		0);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.rec.n_sack, 4);
	assert_int_equal(p.rec.sack[0][0], 1);
	assert_int_equal(p.rec.sack[3][1], 8);
	assert_int_equal(p.rec.ack64, 77);
	assert_int_equal(p.rec.seq64, 0xfffffff0);
	segment(&b, REC_ACK,
		"0101 080a 0000000a0000000b 0101 050a 0000000100000002", 5);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.rec.n_sack, 1);
	assert_int_equal(p.rec.tsval, 10);
	assert_int_equal(p.rec.opts, REC_OPT_TS | REC_OPT_SACK);
}

static void rare_options_are_named(void **state)
{
	static const struct {
		const char *options;
		unsigned opts;
	} cases[] = {
		{ "1e04 0081", REC_OPT_MPTCP },
		{ "2202 0101", REC_OPT_TFO },
		{ "fe04 f989", REC_OPT_TFO },
		{ "fe04 e2d4", REC_OPT_OTHER },
		{ "1312 00112233445566778899aabbccddeeff 0000", REC_OPT_OTHER },
		{ "0101 0101", 0 },
		{ "0000 0204", 0 }, /* what follows the end is padding */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct frames_buf b;
		struct packet p;

		segment(&b, REC_ACK, cases[i].options, 0);
		assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
		assert_int_equal(p.rec.opts, cases[i].opts);
	}
}

/* Options before the damage count, as for a receiver. */
static void damaged_options_are_tolerated(void **state)
{
	static const struct {
		const char *options;
		unsigned opts;
	} cases[] = {
		{ "0204 05b4 0800 0000", REC_OPT_MSS },   /* length 0 */
		{ "0204 05b4 0801 0000", REC_OPT_MSS },   /* length 1 */
		{ "0204 05b4 080a 0000", REC_OPT_MSS },   /* beyond the end */
		{ "0101 0108", 0 },                       /* no length */
		{ "0206 05b4 0000 0000", REC_OPT_OTHER }, /* wrong length */
		{ "0505 0000 0100 0000", REC_OPT_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct frames_buf b;
		struct packet p;

		segment(&b, REC_SYN, cases[i].options, 0);
		assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
		assert_int_equal(p.rec.opts, cases[i].opts);
	}
}

static void an_absurd_window_scale_is_fourteen(void **state)
{
	struct frames_buf b;
	struct packet p;

	(void)state;
	segment(&b, REC_SYN, "0303 ff 00", 0);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.wscale, 14);
}

static void offsets_that_lie_are_malformed(void **state)
{
	struct frames_buf b;
	struct packet p;

	(void)state;
	segment(&b, REC_ACK, "", 4);
	b.at[b.l4 + 12] = 0x40;
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_MALFORMED);
	b.at[b.l4 + 12] = 0x70; /* 28 of 24 bytes */
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_MALFORMED);
	b.at[b.l4 + 12] = 0x60;
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.rec.pay_len, 0);
}

static void cut_options_are_read_as_far_as_they_go(void **state)
{
	struct decoder *d = decoder_new();
	struct frames_buf b;
	struct packet p;

	(void)state;
	segment(&b, REC_SYN, "020405b4 0402 080a0000000100000000 01 030307", 3);
	assert_int_equal(frames_decode_cut(d, &b, RAW, 20 + 26, &p), DECODE_OK);
	assert_int_equal(p.rec.opts, REC_OPT_MSS | REC_OPT_SACKPERM);
	assert_int_equal(p.rec.pay_len, 3);
	assert_true(p.rec.marks & REC_CUT);
	assert_false(p.rec.marks & REC_SUM);
	assert_int_equal(frames_decode_cut(d, &b, RAW, 20 + 19, &p),
			 DECODE_CUT);
	decoder_free(d);
}

static void udp_lengths_are_checked(void **state)
{
	static const struct {
		unsigned len;
		enum decode_result result;
		uint32_t payload;
	} cases[] = {
		{ 18, DECODE_OK, 10 },      { 12, DECODE_OK, 4 },
		{ 8, DECODE_OK, 0 },        { 0, DECODE_OK, 10 },
		{ 7, DECODE_MALFORMED, 0 }, { 19, DECODE_MALFORMED, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct frames_buf b = { 0 };
		struct packet p;

		frames_ip4(&b, 17, "10.0.0.1", "10.0.0.2");
		frames_udp(&b, 5353, 53);
		frames_fill(&b, 10, 1);
		frames_close(&b);
		b.at[b.l4 + 4] = 0;
		b.at[b.l4 + 5] = (uint8_t)cases[i].len;
		assert_int_equal(frames_decode(&b, RAW, &p), cases[i].result);
		if (cases[i].result != DECODE_OK)
			continue;
		assert_int_equal(p.rec.pay_len, cases[i].payload);
		assert_int_equal(p.key.sport, 5353);
		assert_int_equal(p.key.dport, 53);
	}
}

static void other_protocols_are_datagrams(void **state)
{
	static const int protos[] = { 2, 4, 41, 89, 103, 132, 255 };

	(void)state;
	for (size_t i = 0; i < sizeof protos / sizeof *protos; i++) {
		struct frames_buf b = { 0 };
		struct packet p;

		frames_ip4(&b, protos[i], "10.0.0.1", "10.0.0.2");
		frames_fill(&b, 40, 1);
		frames_close(&b);
		assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
		assert_int_equal(p.key.proto, protos[i]);
		assert_int_equal(p.key.sport, 0);
		assert_int_equal(p.rec.pay_len, 40);
		assert_int_equal(p.rec.hdr_len, 20);
		assert_int_equal(p.rec.csum, REC_CSUM_UNKNOWN);
		assert_true(p.rec.marks & REC_FULL);
	}
}

/* Each index of keys is a flow: both directions have their own. */
static void esp_is_a_flow_by_spi(void **state)
{
	static const char *const spis[] = { "11223344 00000001",
					    "11223344 00000002",
					    "11223345 00000001" };
	struct packet p[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct frames_buf b = { 0 };
		struct decoder *d = decoder_new();
		struct packet cut;

		frames_ip4(&b, 50, "10.0.0.1", "10.0.0.2");
		frames_hex(&b, spis[i]);
		frames_fill(&b, 40, 1);
		frames_close(&b);
		assert_int_equal(frames_decode(&b, RAW, &p[i]), DECODE_OK);
		assert_int_equal(p[i].key.proto, 50);
		assert_int_equal(p[i].key.tunnel >> 24, DECODE_TUNNEL_ESP);
		assert_int_equal(p[i].key.sport, 0x1122);
		assert_int_equal(p[i].key.dport, i < 2 ? 0x3344 : 0x3345);
		assert_int_equal(p[i].rec.pay_len, 48);
		for (size_t cap = 20; cap < b.n; cap++)
			assert_int_equal(frames_decode_cut(d, &b, RAW, cap,
							   &cut),
					 cap < 24 ? DECODE_CUT : DECODE_OK);
		decoder_free(d);
	}
	assert_int_equal(p[0].key.tunnel, p[1].key.tunnel);
	assert_int_not_equal(p[0].key.tunnel, p[2].key.tunnel);
	/* the sequence number makes them differ */
	assert_int_not_equal(p[0].rec.head_digest, p[1].rec.head_digest);
}

/* Signed, not encrypted: what is behind it is the packet. */
static void ah_is_moved_over(void **state)
{
	struct frames_buf b = { 0 };
	struct decoder *d = decoder_new();
	struct packet p;

	(void)state;
	frames_ip4(&b, 51, "10.0.0.1", "10.0.0.2");
	frames_hex(&b, "06 04 0000 00000001 00000001 000000000000000000000000");
	b.proto = 6;
	frames_tcp(&b, 40000, 443, 1000, 2000, REC_ACK);
	frames_fill(&b, 5, 1);
	frames_close(&b);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.key.proto, 6);
	assert_int_equal(p.key.dport, 443);
	assert_int_equal(p.rec.pay_len, 5);
	assert_int_equal(p.rec.hdr_len, 64);
	assert_int_equal(p.rec.csum, REC_CSUM_GOOD);
	for (size_t cap = 20; cap < b.n - 5; cap++)
		assert_int_equal(frames_decode_cut(d, &b, RAW, cap, &p),
				 DECODE_CUT);
	b.at[21] = 200; /* longer than the packet */
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_MALFORMED);
	b.at[21] = 0; /* shorter than itself */
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_MALFORMED);
	b.at[21] = 4;
	b.at[20] = 51;
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_UNKNOWN);
	decoder_free(d);
}

/* A later fragment belongs to the flow of its first one's SPI. */
static void fragments_of_esp_find_their_spi(void **state)
{
	struct frames_buf first = { 0 }, later = { 0 };
	struct decoder *d = decoder_new();
	struct packet p, q;

	(void)state;
	frames_ip4(&first, 50, "10.0.0.1", "10.0.0.2");
	frames_hex(&first, "11223344 00000001");
	frames_fill(&first, 40, 1);
	frames_close(&first);
	first.at[6] = 0x20;
	frames_ip4(&later, 50, "10.0.0.1", "10.0.0.2");
	frames_fill(&later, 20, 9);
	frames_close(&later);
	later.at[7] = 6;
	assert_int_equal(frames_decode_cut(d, &first, RAW, first.n, &p),
			 DECODE_OK);
	assert_int_equal(frames_decode_cut(d, &later, RAW, later.n, &q),
			 DECODE_OK);
	assert_int_equal(q.rec.frag_off, 48);
	assert_int_equal(p.key.tunnel, q.key.tunnel);
	decoder_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_by_hand),
		cmocka_unit_test(the_order_of_options_is_a_signature),
		cmocka_unit_test(selective_acks_are_kept),
		cmocka_unit_test(rare_options_are_named),
		cmocka_unit_test(damaged_options_are_tolerated),
		cmocka_unit_test(an_absurd_window_scale_is_fourteen),
		cmocka_unit_test(offsets_that_lie_are_malformed),
		cmocka_unit_test(cut_options_are_read_as_far_as_they_go),
		cmocka_unit_test(udp_lengths_are_checked),
		cmocka_unit_test(other_protocols_are_datagrams),
		cmocka_unit_test(esp_is_a_flow_by_spi),
		cmocka_unit_test(ah_is_moved_over),
		cmocka_unit_test(fragments_of_esp_find_their_spi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
