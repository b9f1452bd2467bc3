/* capture/decode_ip.c and decode_frag.c: lengths, extension headers,
 * fragments. */
#include "capture/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/capture/frames.h"

#define RAW 101
#define ETH 1

static void padding_is_no_payload(void **state)
{
	struct frames_buf b = { 0 };
	struct packet p;

	(void)state;
	frames_eth(&b, 0x0800);
	frames_ip4(&b, 6, "10.0.0.1", "10.0.0.2");
	frames_tcp(&b, 1, 2, 3, 4, REC_ACK);
	frames_close(&b);
	frames_hex(&b, "55 55 55 55 55 55"); /* to 60 bytes */
	assert_int_equal(frames_decode(&b, ETH, &p), DECODE_OK);
	assert_int_equal(p.rec.pay_len, 0);
	assert_int_equal(p.payload_cap, 0);
	assert_null(p.payload);
	assert_int_equal(p.rec.marks, 0);
	assert_int_equal(p.rec.hdr_len, 40);
	assert_int_equal(p.rec.wire_len, 60);
	assert_int_equal(p.rec.csum, REC_CSUM_GOOD);
}

static void header_fields_are_kept(void **state)
{
	struct frames_buf b = { 0 };
	struct packet p;

	(void)state;
	frames_hex(&b, "46 b9 0000 beef 4000 3f 11 0000 c0a80001 c0a80002"
		       "94040000"); /* router alert */
	frames_udp(&b, 53, 54);
	frames_fill(&b, 9, 0);
	frames_close(&b);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.rec.tos, 0xb9);
	assert_int_equal(p.rec.ip_id, 0xbeef);
	assert_int_equal(p.rec.ttl, 63);
	assert_int_equal(p.rec.hdr_len, 32);
	assert_int_equal(p.rec.pay_len, 9);
	assert_true(p.rec.marks & REC_DF);
	assert_false(p.rec.marks & (REC_IPCSUM_BAD | REC_FRAG | REC_V6));
	b.at[8]--;
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_true(p.rec.marks & REC_IPCSUM_BAD);
	b.at[10] = b.at[11] = 0; /* left to the network card */
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_false(p.rec.marks & REC_IPCSUM_BAD);
}

static void total_length_zero_is_the_frames(void **state)
{
	struct frames_buf b = { 0 };
	struct packet p;

	(void)state;
	frames_eth(&b, 0x0800);
	frames_ip4(&b, 6, "10.0.0.1", "10.0.0.2");
	frames_tcp(&b, 1, 2, 3, 4, REC_ACK);
	frames_fill(&b, 66000, 0);
	frames_close(&b);
	memset(b.at + b.ip + 2, 0, 2);
	assert_int_equal(frames_decode(&b, ETH, &p), DECODE_OK);
	assert_int_equal(p.rec.pay_len, 66000);
	assert_true(p.rec.marks & REC_LEN0);
	assert_true(p.rec.marks & REC_FULL);
}

static void lengths_that_contradict_are_malformed(void **state)
{
	static const char *const cases[] = {
		"44 00 0014 0000 0000 40 11 0000 0a000001 0a000002", /* ihl 4 */
		"45 00 0013 0000 0000 40 11 0000 0a000001 0a000002", /* 19 */
		"46 00 0014 0000 0000 40 11 0000 0a000001 0a000002 00000000",
		"45 00 0018 0000 0000 40 11 0000 0a000001 0a000002 00000000",
		"46 00 0018 0000 0000 40 11 0000 0a000001 0a000002",
		"60000000 0004 11 40 20010db8000000000000000000000001"
		"20010db8000000000000000000000002 00010002",
		"60000000 0004 00 40 20010db8000000000000000000000001"
		"20010db8000000000000000000000002 11000000", /* 8 needed */
		"60000000 0000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct frames_buf b = { 0 };
		struct packet p;

		frames_hex(&b, cases[i]);
		assert_int_equal(frames_decode(&b, RAW, &p), DECODE_MALFORMED);
	}
}

static void longer_than_the_frame_is_cut(void **state)
{
	struct frames_buf b = { 0 };
	struct packet p;

	(void)state;
	frames_ip4(&b, 17, "10.0.0.1", "10.0.0.2");
	frames_udp(&b, 1, 2);
	frames_fill(&b, 100, 0);
	frames_close(&b);
	b.n -= 60; /* what recorded it shortened both lengths */
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.rec.pay_len, 100);
	assert_int_equal(p.payload_cap, 40);
	assert_true(p.rec.marks & REC_CUT);
	b.n = 24;
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_CUT);
}

static void extension_headers_are_walked(void **state)
{
	struct frames_buf b = { 0 };
	struct packet p;

	(void)state;
	frames_ip6(&b, 0, "2001:db8::1", "2001:db8::2");
	frames_hex(&b, "3c 00 0104 00000000");                  /* hop-by-hop */
	frames_hex(&b, "2b 01 010c 00000000 0000000000000000"); /* dest. */
	frames_hex(&b, "33 02 0400 00000000"
		       "20010db8000000000000000000000003"); /* routing */
	frames_hex(
		&b,
		"06 04 0000 00000001 00000001 000000000000000000000000"); /* AH */
	frames_tcp(&b, 1, 2, 3, 4, REC_ACK);
	frames_fill(&b, 7, 0);
	frames_close(&b);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.key.proto, 6);
	assert_int_equal(p.key.dport, 2);
	assert_int_equal(p.rec.pay_len, 7);
	assert_int_equal(p.rec.hdr_len, 40 + 8 + 16 + 24 + 24 + 20);
	assert_int_equal(p.rec.csum, REC_CSUM_GOOD);
	assert_true(p.rec.marks & REC_V6);
	/* segments left: the checksum is for another destination */
	b.at[40 + 8 + 16 + 3] = 1;
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.rec.csum, REC_CSUM_UNKNOWN);
	assert_true(p.rec.marks & REC_SUM);
}

static void endless_chains_are_refused(void **state)
{
	struct frames_buf b = { 0 };
	struct packet p;

	(void)state;
	frames_ip6(&b, 60, "2001:db8::1", "2001:db8::2");
	for (int i = 0; i < 40; i++)
		frames_hex(&b, "3c 00 0104 00000000");
	frames_close(&b);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_MALFORMED);
}

static void jumbo_lengths_are_read(void **state)
{
	struct frames_buf b = { 0 };
	struct packet p;

	(void)state;
	frames_ip6(&b, 0, "2001:db8::1", "2001:db8::2");
	frames_hex(&b, "06 00 c204 00000000");
	frames_tcp(&b, 1, 2, 3, 4, REC_ACK);
	frames_fill(&b, 66000, 0);
	frames_close(&b);
	memset(b.at + 4, 0, 2);
	b.at[40 + 5] = (uint8_t)((b.n - 40) >> 16);
	b.at[40 + 6] = (uint8_t)((b.n - 40) >> 8);
	b.at[40 + 7] = (uint8_t)(b.n - 40);
	frames_hex(&b, "555555"); /* padding */
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.rec.pay_len, 66000);
	assert_int_equal(p.rec.csum, REC_CSUM_GOOD);
	b.at[40 + 2] = 1; /* no jumbo option: then the frame's length */
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.rec.pay_len, 66003);
	assert_true(p.rec.marks & REC_LEN0);
}

static enum decode_result decode_at(struct decoder *d,
				    const struct frames_buf *b, int64_t ns,
				    struct packet *p)
{
	struct frame f = { .time_ns = ns,
			   .number = 1,
			   .data = b->at,
			   .cap_len = (uint32_t)b->n,
			   .wire_len = (uint32_t)b->n };

	return decode_frame(d, &f, RAW, p);
}

static void first4(struct frames_buf *b)
{
	frames_ip4(b, 17, "10.0.0.1", "10.0.0.2");
	frames_udp(b, 1111, 2222);
	frames_fill(b, 1472, 0);
	frames_close(b);
	b->at[6] = 0x20;
	frames_close_ip(b);
}

static void later4(struct frames_buf *b)
{
	frames_ip4(b, 17, "10.0.0.1", "10.0.0.2");
	frames_fill(b, 100, 9);
	b->at[7] = 185;
	frames_close_ip(b);
}

static void later_fragments_find_their_ports(void **state)
{
	struct decoder *d = decoder_new();
	static struct frames_buf first, later;
	struct packet p;

	(void)state;
	first4(&first);
	later4(&later);
	/* before the first one: ports are not known */
	assert_int_equal(decode_at(d, &later, 5, &p), DECODE_OK);
	assert_int_equal(p.key.dport, 0);
	assert_int_equal(decode_at(d, &first, 6, &p), DECODE_OK);
	assert_int_equal(p.key.dport, 2222);
	assert_int_equal(p.rec.pay_len, 1472);
	assert_int_equal(p.rec.frag_off, 0);
	assert_true(p.rec.marks & REC_MORE);
	assert_int_equal(p.rec.csum, REC_CSUM_UNKNOWN);
	assert_false(p.rec.marks & REC_SUM);
	assert_true(p.rec.marks & REC_HEAD);
	assert_int_equal(decode_at(d, &later, 7, &p), DECODE_OK);
	assert_int_equal(p.key.sport, 1111);
	assert_int_equal(p.key.dport, 2222);
	assert_int_equal(p.rec.frag_off, 1480);
	assert_int_equal(p.rec.frag_id, 0x1234);
	assert_int_equal(p.rec.pay_len, 100);
	assert_int_equal(p.rec.hdr_len, 20);
	assert_int_equal(p.rec.marks & (REC_FRAG | REC_MORE), REC_FRAG);
	/* half a minute later nobody knows */
	assert_int_equal(decode_at(d, &later, 31000000000, &p), DECODE_OK);
	assert_int_equal(p.key.dport, 0);
	decoder_free(d);
}

/* Of a datagram whose first fragment was not captured only the hosts are known:
 * enough where one flow alone sends fragments between them. */
static void without_the_first_the_hosts_may_tell(void **state)
{
	struct decoder *d = decoder_new();
	static struct frames_buf first, later;
	struct packet p;

	(void)state;
	first4(&first);
	later4(&later);
	later.at[5] ^= 1;
	assert_int_equal(decode_at(d, &later, 1, &p), DECODE_OK);
	assert_int_equal(p.key.dport, 0);
	assert_int_equal(decode_at(d, &first, 2, &p), DECODE_OK);
	assert_int_equal(decode_at(d, &later, 3, &p), DECODE_OK);
	assert_int_equal(p.key.sport, 1111);
	assert_int_equal(p.key.dport, 2222);
	/* the other way, another protocol: other hosts */
	later.at[9] = 50;
	assert_int_equal(decode_at(d, &later, 4, &p), DECODE_OK);
	assert_int_equal(p.key.dport, 0);
	later.at[9] = 17;
	/* a second flow: which of them? */
	first.at[5] ^= 2;
	first.at[20] = 7;
	assert_int_equal(decode_at(d, &first, 5, &p), DECODE_OK);
	assert_int_equal(decode_at(d, &later, 6, &p), DECODE_OK);
	assert_int_equal(p.key.dport, 0);
	/* long ago */
	assert_int_equal(decode_at(d, &first, 40000000000, &p), DECODE_OK);
	assert_int_equal(decode_at(d, &later, 40000000001, &p), DECODE_OK);
	assert_int_equal(p.key.dport, 2222);
	decoder_free(d);
}

static void fragments_of_ipv6_too(void **state)
{
	struct decoder *d = decoder_new();
	static struct frames_buf first, later, whole;
	struct packet p;

	(void)state;
	frames_ip6(&first, 44, "2001:db8::1", "2001:db8::2");
	frames_hex(&first, "11 00 0001 0000abcd");
	frames_udp(&first, 1111, 2222);
	frames_fill(&first, 1000, 0);
	frames_close_ip(&first);
	frames_ip6(&later, 44, "2001:db8::1", "2001:db8::2");
	frames_hex(&later, "11 00 03f0 0000abcd");
	frames_fill(&later, 50, 9);
	frames_close_ip(&later);
	assert_int_equal(decode_at(d, &first, 5, &p), DECODE_OK);
	assert_int_equal(p.rec.marks & (REC_FRAG | REC_MORE),
			 REC_FRAG | REC_MORE);
	assert_int_equal(decode_at(d, &later, 6, &p), DECODE_OK);
	assert_int_equal(p.key.dport, 2222);
	assert_int_equal(p.key.proto, 17);
	assert_int_equal(p.rec.frag_off, 1008);
	assert_int_equal(p.rec.frag_id, 0xabcd);
	/* a fragment header without fragments (NAT64) */
	frames_ip6(&whole, 44, "2001:db8::1", "2001:db8::2");
	frames_hex(&whole, "11 00 0000 0000abcd");
	frames_udp(&whole, 5, 6);
	frames_fill(&whole, 50, 9);
	frames_close(&whole);
	assert_int_equal(decode_at(d, &whole, 7, &p), DECODE_OK);
	assert_false(p.rec.marks & REC_FRAG);
	assert_int_equal(p.rec.csum, REC_CSUM_GOOD);
	decoder_free(d);
}

/* More first fragments than the table holds: nothing grows, late ones win. */
static void the_fragment_table_is_bounded(void **state)
{
	struct decoder *d = decoder_new();
	static struct frames_buf first, later;
	struct packet p;

	(void)state;
	first4(&first);
	later4(&later);
	for (unsigned i = 0; i < 65536; i++) {
		first.at[4] = (uint8_t)(i >> 8);
		first.at[5] = (uint8_t)i;
		first.at[20] = (uint8_t)(i >> 8);
		first.at[21] = (uint8_t)i;
		assert_int_equal(decode_at(d, &first, 5 + i, &p), DECODE_OK);
	}
	later.at[4] = later.at[5] = 0xff;
	assert_int_equal(decode_at(d, &later, 70000, &p), DECODE_OK);
	assert_int_equal(p.key.sport, 0xffff);
	decoder_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(padding_is_no_payload),
		cmocka_unit_test(header_fields_are_kept),
		cmocka_unit_test(total_length_zero_is_the_frames),
		cmocka_unit_test(lengths_that_contradict_are_malformed),
		cmocka_unit_test(longer_than_the_frame_is_cut),
		cmocka_unit_test(extension_headers_are_walked),
		cmocka_unit_test(endless_chains_are_refused),
		cmocka_unit_test(jumbo_lengths_are_read),
		cmocka_unit_test(later_fragments_find_their_ports),
		cmocka_unit_test(without_the_first_the_hosts_may_tell),
		cmocka_unit_test(fragments_of_ipv6_too),
		cmocka_unit_test(the_fragment_table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
