/* capture/decode_link.c and decode_ether.c: every link layer leads to the same
 * packet. */
#include "capture/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/capture/frames.h"

/* The same TCP segment of 5 bytes behind any link header. */
static void segment4(struct frames_buf *b)
{
	frames_ip4(b, 6, "10.0.0.1", "10.0.0.2");
	frames_tcp(b, 40000, 443, 1000, 2000, REC_ACK | REC_PSH);
	frames_hex(b, "68656c6c6f");
	frames_close(b);
}

static void segment6(struct frames_buf *b)
{
	frames_ip6(b, 6, "2001:db8::1", "2001:db8::2");
	frames_tcp(b, 40000, 443, 1000, 2000, REC_ACK | REC_PSH);
	frames_hex(b, "68656c6c6f");
	frames_close(b);
}

static void assert_segment(const struct packet *p, const char *src)
{
	char text[NET_END_TEXT];

	assert_string_equal(net_addr_text(&p->key.src, text), src);
	assert_int_equal(p->key.sport, 40000);
	assert_int_equal(p->key.dport, 443);
	assert_int_equal(p->rec.seq64, 1000);
	assert_int_equal(p->rec.pay_len, 5);
	assert_int_equal(p->rec.csum, REC_CSUM_GOOD);
}

#define ETH "020000000001 020000000002 "
#define WIFI "0102030405060708090a0b0c0d0e0f101112 1000 "

static const struct link {
	int linktype;
	const char *header;
	int version;
} cases[] = {
	{ 1, "020000000001 020000000002 0800", 4 },
	{ 1, "020000000001 020000000002 86dd", 6 },
	{ 1, "020000000001 020000000002 8100 0005 0800", 4 },
	{ 1, "020000000001 020000000002 88a8 0005 8100 0006 86dd", 6 },
	{ 1, "020000000001 020000000002 9100 0005 8100 0006 0800", 4 },
	{ 1, "020000000001 020000000002 0035 aaaa03 000000 0800", 4 },
	{ 1, "020000000001 020000000002 0035 aaaa03 0000f8 0800", 4 },
	{ 113, "0000 0001 0006 0200000000010000 0800", 4 },
	{ 113, "0004 0001 0006 0200000000010000 86dd", 6 },
	{ 113, "0000 0001 0006 0200000000010000 8100 0005 0800", 4 },
	{ 276, "0800 0000 00000003 0001 00 06 0200000000010000", 4 },
	{ 0, "02000000", 4 },
	{ 0, "00000002", 4 },
	{ 0, "1e000000", 6 },
	{ 0, "0000001c", 6 },
	{ 0, "0a000000", 6 },
	{ 0, "18000000", 6 },
	{ 108, "00000002", 4 },
	{ 108, "0000001e", 6 },
	{ 12, "", 4 },
	{ 12, "", 6 },
	{ 14, "", 4 },
	{ 101, "", 4 },
	{ 101, "", 6 },
	{ 228, "", 4 },
	{ 229, "", 6 },
	/* LLC: IP itself, NLPID */
	{ 1, ETH "0030 060603", 4 },
	{ 1, ETH "0030 fefe03 cc", 4 },
	{ 1, ETH "0044 fefe03 8e", 6 },
	/* E-tag, TrustSec, I-tag, MACsec that only signs */
	{ 1, ETH "893f 000000010000 8100 0005 0800", 4 },
	{ 1, ETH "8909 0101 0001 0005 86dd", 4 },
	{ 1, ETH "8909 010100010005 86dd", 6 },
	{ 1, ETH "88e7 00000007" ETH "0800", 4 },
	{ 1, ETH "88e5 00 00 00000001 0800", 4 },
	{ 1, ETH "88e5 20 00 00000001 0200000000010001 86dd", 6 },
	/* MPLS: one label, three; pseudowires with and without word */
	{ 1, ETH "8847 00010140", 4 },
	{ 1, ETH "8847 00010140", 6 },
	{ 1, ETH "8848 00010040 00020040 00003140", 6 },
	{ 1, ETH "8847 00010140 00000000" ETH "0800", 4 },
	{ 1, ETH "8847 00010140" ETH "8100 0005 0800", 4 },
	{ 1, ETH "8847 00010140 d20000000001 020000000002 0800", 4 },
	{ 1, ETH "8847 00010140 420000000001 020000000002 0800", 4 },
	{ 1, ETH "8847 00010140 620000000001 020000000002 86dd", 6 },
	/* PPPoE, PPP in its forms, HDLC */
	{ 1, ETH "8864 1100 0001 002f 0021", 4 },
	{ 1, ETH "8864 1100 0001 0041 0057", 6 },
	{ 1, ETH "8864 1100 0001 0041 21", 4 },
	{ 51, "1100 0001 002f 0021", 4 },
	{ 9, "ff03 0021", 4 },
	{ 9, "0021", 4 },
	{ 9, "21", 4 },
	{ 9, "ff03 57", 6 },
	{ 9, "0281 00010140", 4 },
	{ 50, "ff03 0021", 4 },
	{ 50, "0f00 0800", 4 },
	{ 104, "8f00 86dd", 6 },
	{ 166, "0003 0021", 4 },
	{ 204, "01 ff03 0021", 4 },
	/* frame relay: NLPID, SNAP, Cisco's */
	{ 107, "1841 03 cc", 4 },
	{ 107, "1841 03 8e", 6 },
	{ 107, "1841 03 00 80 000000 0800", 4 },
	{ 107, "1841 0800", 4 },
	/* token ring, plain and with a route; FDDI; ATM */
	{ 6, "1040 020000000001 020000000002 aaaa03 000000 0800", 4 },
	{ 6,
	  "1040 020000000001 820000000002 06100011 0020 "
	  "aaaa03 000000 0800",
	  4 },
	{ 10, "50 020000000001 020000000002 aaaa03 000000 86dd", 6 },
	{ 11, "aaaa03 000000 0800", 4 },
	{ 8, "00 700000000000000000000000000000", 4 },
	{ 138, "0102030405060708 090a0b0c0d0e0f10 0800", 4 },
	/* packet filters and wrappings of systems */
	{ 109, "02000000 00000001 00000000", 4 },
	{ 117, "06 02 0000 0102 0000", 4 },
	{ 239, "02 00 0001 0500 0100 00 000000 3100 0900", 4 },
	{ 239, "0a 00 0001 0045 0009", 6 },
	/* a tap aggregator's time stamp: 64 and 48 bits, TAI and UTC */
	{ 1, ETH "d28b 0001 0010 65000000 00000001 0800", 4 },
	{ 1, ETH "d28b 0001 0120 6500 00000001 8100 0005 86dd", 6 },
	{ 178, "4d474301" ETH "0800", 4 },
	{ 178, "4d474380 0006 010300000102" ETH "86dd", 6 },
	{ 178, "4d474382 0006 010300000102 00000000", 4 },
	{ 178, "4d474302 00000000", 6 },
	{ 179, "4d474301 ff03 0021", 4 },
	{ 181, "4d474300 0f00 0800", 4 },
	{ 258, "10000000 01000000 01000000 00000000" ETH "0800", 4 },
	{ 192, "00 00 0800 01000000" ETH "86dd", 6 },
	{ 197, "0000000000000000 02 04 0042 0000 0040 0000" ETH "0800", 4 },
	{ 197,
	  "0000000000000000 96 04 0042 0000 0040 "
	  "8000000000000000 0000000000000000",
	  4 },
	{ 240, "00000000" ETH "0800", 4 },
	/* 802.11: to and from the system, between access points, QoS
		 * with HT control; radiotap with clock and padding; Prism, AVS
		 */
	{ 105, "0801 0000" WIFI "aaaa03 000000 0800", 4 },
	{ 105, "0802 0000" WIFI "aaaa03 000000 86dd", 6 },
	{ 105, "0803 0000" WIFI "0a0b0c0d0e0f aaaa03 000000 0800", 4 },
	{ 105, "8801 0000" WIFI "0000 aaaa03 000000 0800", 4 },
	{ 105, "8881 0000" WIFI "0000 00000000 aaaa03 000000 0800", 4 },
	{ 127, "00000900 02000000 10 0801 0000" WIFI "aaaa03 000000 0800", 4 },
	{ 127,
	  "00001900 030000a0 00000000 00000000 "
	  "0102030405060708 20 8801 0000" WIFI "0000 0000 aaaa03 000000 0800",
	  4 },
	{ 119,
	  "44000000 10000000 0000000000000000"
	  "0801 0000" WIFI "aaaa03 000000 0800",
	  4 },
	{ 163,
	  "80211001 00000010 0000000000000000"
	  "0801 0000" WIFI "aaaa03 000000 0800",
	  4 },
};
#define CASES (sizeof cases / sizeof *cases)

static void behind_header(struct frames_buf *b, const struct link *l)
{
	frames_hex(b, l->header);
	(l->version == 4 ? segment4 : segment6)(b);
}

static void link_headers_lead_to_the_packet(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		struct frames_buf b = { 0 };
		struct packet p;

		behind_header(&b, &cases[i]);
		assert_int_equal(frames_decode(&b, cases[i].linktype, &p),
				 DECODE_OK);
		assert_segment(&p, cases[i].version == 4 ? "10.0.0.1"
							 : "2001:db8::1");
		assert_true(decode_knows(cases[i].linktype));
	}
}

static void the_kernels_interface_is_the_lane(void **state)
{
	struct frames_buf b = { 0 };
	struct packet p;
	struct decoder *d = decoder_new();
	struct frame f = { .iface = 2 };

	(void)state;
	frames_hex(&b, "0800 0000 00000007 0001 00 06 0200000000010000");
	segment4(&b);
	f.data = b.at;
	f.cap_len = f.wire_len = (uint32_t)b.n;
	assert_int_equal(decode_frame(d, &f, 276, &p), DECODE_OK);
	assert_int_equal(DECODE_LANE_IFACE(p.key.lane), 2);
	assert_int_equal(DECODE_LANE_IFINDEX(p.key.lane), 7);
	decoder_free(d);
}

#define L4 "00010040 00010040 00010040 00010040"
#define I_TAG "88e7 00000007" ETH
#define P "00 00 0800 c0000000"

static void other_frames_are_told_apart(void **state)
{
	static const struct {
		int linktype;
		const char *frame;
		enum decode_result result;
	} others[] = {
		/* ARP; spanning tree; another organisation's SNAP */
		{ 1, "ffffffffffff 020000000002 0806 0001", DECODE_NOT_IP },
		{ 1, "0180c2000000 020000000002 0026 424203 0000",
		  DECODE_NOT_IP },
		{ 1, "01000ccccccc 020000000002 0026 aaaa03 00000c 2000",
		  DECODE_NOT_IP },
		/* too many tags, labels, Ethernets in Ethernet */
		{ 1,
		  "020000000001 020000000002 8100 0001 8100 0001 8100 0001 "
		  "8100 0001 8100 0001 0800",
		  DECODE_UNKNOWN },
		/* shorter than their headers */
		{ 1, "020000000001", DECODE_MALFORMED },
		{ 1, "020000000001 020000000002 8100 00", DECODE_MALFORMED },
		{ 1, "020000000001 020000000002 0800", DECODE_MALFORMED },
		{ 113, "0000 0001", DECODE_MALFORMED },
		{ 276, "0800 0000", DECODE_MALFORMED },
		{ 0, "02", DECODE_MALFORMED },
		{ 0, "07000000 4500", DECODE_NOT_IP },
		{ 113, "0000 0001 0006 0200000000010000 0001", DECODE_NOT_IP },
		{ 12, "", DECODE_MALFORMED },
		{ 12, "1500", DECODE_MALFORMED },
		{ 1, ETH "8847" L4 L4 L4 L4 "00010140 45", DECODE_UNKNOWN },
		{ 1, ETH I_TAG I_TAG I_TAG I_TAG I_TAG "0800 45",
		  DECODE_UNKNOWN },
		/* MPLS: an associated channel; nothing below */
		{ 1, ETH "8847 0000d140 10000007", DECODE_NOT_IP },
		{ 1, ETH "8847 00010140", DECODE_MALFORMED },
		/* PPPoE and PPP: discovery, control, compressed, encrypted */
		{ 1, ETH "8864 1109 0000 0000", DECODE_NOT_IP },
		{ 1, ETH "8864 2100 0000 0000", DECODE_UNKNOWN },
		{ 9, "ff03 c021 01", DECODE_NOT_IP },
		{ 9, "ff03 00fd 01", DECODE_UNKNOWN },
		{ 9, "003d c0000001 21", DECODE_UNKNOWN },
		{ 9, "0053 01", DECODE_PROTECTED },
		{ 104, "0f00 8035 00000000", DECODE_NOT_IP },
		/* MACsec that encrypts */
		{ 1, ETH "88e5 0c 00 00000001 0800", DECODE_PROTECTED },
		/* 802.11: beacon, acknowledgement, no data, protected, a later
		 * fragment, failed check, another version */
		{ 105, "8000 0000", DECODE_NOT_IP },
		{ 105, "d400 0000 020000000001", DECODE_NOT_IP },
		{ 105, "4801 0000" WIFI, DECODE_NOT_IP },
		{ 105, "0841 0000" WIFI "00000020", DECODE_PROTECTED },
		{ 105, "0801 0000 0102030405060708090a0b0c0d0e0f101112 1100 00",
		  DECODE_UNKNOWN },
		{ 127, "00000900 02000000 40 0801 0000" WIFI "aaaa03",
		  DECODE_MALFORMED },
		{ 105, "0901 0000", DECODE_MALFORMED },
		/* headers that lie */
		{ 127, "00000400 00000000", DECODE_MALFORMED },
		{ 127, "0000", DECODE_MALFORMED },
		{ 192, "00 00 0400 01000000", DECODE_MALFORMED },
		{ 192, "00 00 0800 c0000000" P P P P, DECODE_UNKNOWN },
		{ 258, "08000000 01000000 01000000", DECODE_MALFORMED },
		{ 178, "4d474400" ETH "0800", DECODE_MALFORMED },
		{ 1, ETH "d28b 0002 0010 65000000 00000001 0800",
		  DECODE_NOT_IP },
		{ 1, ETH "d28b 0001 0030 65000000 00000001 0800",
		  DECODE_NOT_IP },
		{ 258, "0c000000 00000000 01000000", DECODE_NOT_IP },
		{ 117, "03 02 0000", DECODE_MALFORMED },
		{ 239, "02 00 0001 0300 0100", DECODE_MALFORMED },
		{ 239, "07 00 0001 0300 0100", DECODE_NOT_IP },
		{ 119, "44000000 04000000", DECODE_MALFORMED },
		{ 107, "1840 0341 cc", DECODE_UNKNOWN },
		{ 6, "1000 020000000001 020000000002 00", DECODE_NOT_IP },
		{ 147, "00", DECODE_UNKNOWN }, /* private use */
	};

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct frames_buf b = { 0 };
		struct packet p;

		frames_hex(&b, others[i].frame);
		assert_int_equal(frames_decode(&b, others[i].linktype, &p),
				 others[i].result);
	}
	assert_false(decode_knows(147));
}

/* However short it is cut, a good packet never is called malformed. */
static void a_cut_packet_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		struct frames_buf b = { 0 };
		struct decoder *d = decoder_new();
		size_t headers_end;
		struct packet p;

		behind_header(&b, &cases[i]);
		headers_end = b.n - 5;
		for (size_t cap = 0; cap < b.n; cap++) {
			enum decode_result res = frames_decode_cut(
				d, &b, cases[i].linktype, cap, &p);

			assert_int_equal(res, cap < headers_end ? DECODE_CUT
								: DECODE_OK);
			if (res == DECODE_OK)
				assert_true(p.rec.marks & REC_CUT);
		}
		decoder_free(d);
	}
}

/* An aggregate of three packets, the last unpadded, behind it a check. */
static size_t aggregate(struct frames_buf *b)
{
	size_t first = 0;

	frames_hex(b, "8801 0000" WIFI "8000");
	for (int i = 0; i < 3; i++) {
		frames_hex(b, ETH "0035 aaaa03 000000 0800");
		segment4(b);
		first = first ? first : b->n;
		if (i < 2)
			frames_hex(b, "00");
	}
	frames_hex(b, "deadbeef");
	return first;
}

static void an_aggregate_is_several_packets(void **state)
{
	struct frames_buf b = { 0 };
	size_t first = aggregate(&b);

	(void)state;
	for (size_t cap = first; cap <= b.n; cap++) {
		struct decoder *d = decoder_new();
		struct frame f = { .number = 7,
				   .data = b.at,
				   .cap_len = (uint32_t)cap,
				   .wire_len = (uint32_t)b.n };
		struct packet p;
		int whole = 1;

		assert_int_equal(decode_frame(d, &f, 105, &p), DECODE_OK);
		assert_segment(&p, "10.0.0.1");
		while (decode_more(d)) {
			enum decode_result res = decode_next(d, &f, &p);

			assert_true(res == DECODE_OK || res == DECODE_CUT);
			if (res != DECODE_OK)
				continue;
			whole++;
			assert_int_equal(p.rec.frame, 7);
			assert_int_equal(p.key.dport, 443);
			assert_int_equal(p.rec.pay_len, 5);
		}
		if (cap == b.n)
			assert_int_equal(whole, 3);
		assert_true(whole <= 3);
		decoder_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_headers_lead_to_the_packet),
		cmocka_unit_test(the_kernels_interface_is_the_lane),
		cmocka_unit_test(other_frames_are_told_apart),
		cmocka_unit_test(a_cut_packet_is_cut),
		cmocka_unit_test(an_aggregate_is_several_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
