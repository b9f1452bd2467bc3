/* capture/decode_link.c: every link layer leads to the same packet. */
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

static void link_headers_lead_to_the_packet(void **state)
{
	static const struct {
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
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct frames_buf b = { 0 };
		struct packet p;

		frames_hex(&b, cases[i].header);
		(cases[i].version == 4 ? segment4 : segment6)(&b);
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

static void other_frames_are_told_apart(void **state)
{
	static const struct {
		int linktype;
		const char *frame;
		enum decode_result result;
	} cases[] = {
		/* ARP; spanning tree; another organisation's SNAP */
		{ 1, "ffffffffffff 020000000002 0806 0001", DECODE_NOT_IP },
		{ 1, "0180c2000000 020000000002 0026 424203 0000",
		  DECODE_NOT_IP },
		{ 1, "01000ccccccc 020000000002 0026 aaaa03 00000c 2000",
		  DECODE_NOT_IP },
		/* MPLS, PPPoE: not opened; too many tags */
		{ 1, "020000000001 020000000002 8847 00000140",
		  DECODE_UNKNOWN },
		{ 1, "020000000001 020000000002 8864 1100", DECODE_UNKNOWN },
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
		{ 127, "0000", DECODE_UNKNOWN }, /* radiotap */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct frames_buf b = { 0 };
		struct packet p;

		frames_hex(&b, cases[i].frame);
		assert_int_equal(frames_decode(&b, cases[i].linktype, &p),
				 cases[i].result);
	}
	assert_false(decode_knows(127));
}

/* However short it is cut, a good packet never is called malformed. */
static void a_cut_packet_is_cut(void **state)
{
	static const char *const headers[] = {
		"020000000001 020000000002 0800",
		"020000000001 020000000002 8100 0005 0800",
		"020000000001 020000000002 0035 aaaa03 000000 0800",
	};

	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		struct frames_buf b = { 0 };
		struct decoder *d = decoder_new();
		size_t headers_end;
		struct packet p;

		frames_hex(&b, headers[i]);
		headers_end = b.n + 40;
		segment4(&b);
		for (size_t cap = 0; cap < b.n; cap++) {
			enum decode_result res = frames_decode_cut(d, &b, 1,
								   cap, &p);

			assert_int_equal(res, cap < headers_end ? DECODE_CUT
								: DECODE_OK);
			if (res == DECODE_OK)
				assert_true(p.rec.marks & REC_CUT);
		}
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
