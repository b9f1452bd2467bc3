/* capture/decode_tunnel.c: what is inside, or else the outside. */
#include "capture/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/capture/frames.h"

#define RAW 101

/* An inner packet is closed first, then the outer around it. */
struct layers {
	struct frames_buf b;
	size_t outer_ip, outer_l4;
	int outer_proto;
};

static void outer(struct layers *l, int proto, unsigned dport)
{
	*l = (struct layers){ .outer_proto = proto };
	frames_ip4(&l->b, proto, "192.0.2.1", "192.0.2.2");
	if (proto == 17)
		frames_udp(&l->b, 55555, dport);
	l->outer_ip = l->b.ip;
	l->outer_l4 = l->b.l4;
}

static void inner_segment(struct frames_buf *b)
{
	frames_ip4(b, 6, "10.0.0.1", "10.0.0.2");
	b->at[b->ip + 8] = 33;
	frames_tcp(b, 40000, 443, 1000, 2000, REC_ACK);
	frames_hex(b, "68656c6c6f");
	frames_close(b);
}

static void close_outer(struct layers *l)
{
	l->b.ip = l->outer_ip;
	l->b.l4 = l->outer_l4;
	l->b.proto = l->outer_proto;
	frames_close(&l->b);
}

static void assert_inner(const struct packet *p)
{
	char text[NET_END_TEXT];

	assert_string_equal(net_addr_text(&p->key.src, text), "10.0.0.1");
	assert_int_equal(p->key.proto, 6);
	assert_int_equal(p->key.sport, 40000);
	assert_int_equal(p->rec.seq64, 1000);
	assert_int_equal(p->rec.pay_len, 5);
	assert_int_equal(p->rec.hdr_len, 40);
	assert_int_equal(p->rec.ttl, 33);
	assert_int_equal(p->rec.csum, REC_CSUM_GOOD);
}

static void vxlan_is_opened(void **state)
{
	static const unsigned ports[] = { 4789, 8472 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct layers l;
		struct packet p;

		outer(&l, 17, ports[i]);
		frames_hex(&l.b, "08000000 00abcd00");
		frames_eth(&l.b, 0x0800);
		inner_segment(&l.b);
		close_outer(&l);
		assert_int_equal(frames_decode(&l.b, RAW, &p), DECODE_OK);
		assert_inner(&p);
		assert_int_equal(p.key.tunnel,
				 DECODE_TUNNEL_VXLAN << 24 | 0x00abcd);
		assert_int_equal(p.rec.wire_len, l.b.n);
	}
}

static void gre_is_opened(void **state)
{
	static const struct {
		const char *header;
		bool eth, keyed;
	} cases[] = {
		{ "0000 0800", false, false },
		{ "0000 6558", true, false },
		{ "2000 0800 00000007", false, true },
		{ "8000 0800 00000000", false, false },
		{ "1000 0800 00000001", false, false },
		{ "b000 6558 00000000 00000007 00000001", true, true },
	};
	uint32_t key = 0;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct layers l;
		struct packet p;

		outer(&l, 47, 0);
		frames_hex(&l.b, cases[i].header);
		if (cases[i].eth)
			frames_eth(&l.b, 0x0800);
		inner_segment(&l.b);
		close_outer(&l);
		assert_int_equal(frames_decode(&l.b, RAW, &p), DECODE_OK);
		assert_inner(&p);
		assert_int_equal(p.key.tunnel >> 24, DECODE_TUNNEL_GRE);
		assert_int_equal((p.key.tunnel & 0xffffff) != 0,
				 cases[i].keyed);
		if (cases[i].keyed) { /* the same key is the same tunnel */
			assert_true(!key || key == p.key.tunnel);
			key = p.key.tunnel;
		}
	}
}

static void errors_inside_are_errors(void **state)
{
	struct layers l;
	struct packet p;

	(void)state;
	outer(&l, 17, 4789);
	frames_hex(&l.b, "08000000 00000500");
	frames_eth(&l.b, 0x0800);
	frames_ip4(&l.b, 1, "192.0.2.1", "10.0.0.1");
	frames_icmp(&l.b, 11, 0, 0, 0);
	frames_hex(&l.b, "45 00 0030 0001 0000 3f 11 0000 0a000001 0a000002"
			 "3039 0035 0000 0000");
	frames_close(&l.b);
	close_outer(&l);
	assert_int_equal(frames_decode(&l.b, RAW, &p), DECODE_ICMP_ERROR);
	assert_int_equal(p.quote.key.tunnel, DECODE_TUNNEL_VXLAN << 24 | 5);
	assert_int_equal(p.quote.key.dport, 53);
}

static void assert_outer(const struct packet *p, unsigned dport, size_t pay)
{
	char text[NET_END_TEXT];

	assert_string_equal(net_addr_text(&p->key.src, text), "192.0.2.1");
	assert_int_equal(p->key.dport, dport);
	assert_int_equal(p->key.tunnel, 0);
	assert_int_equal(p->rec.pay_len, pay);
	assert_int_equal(p->rec.ttl, 64);
	assert_int_equal(p->rec.seq64, 0);
	assert_true(p->rec.marks & REC_FULL);
}

/* What cannot be decoded inside leaves the outside as if never tried. */
static void else_the_outer_packet_stands(void **state)
{
	static const struct {
		int proto;
		const char *payload;
	} cases[] = {
		/* no VNI; ARP; cut short; an inner packet that lies */
		{ 17, "00000000 00000500 020000000001 020000000002 0800 4500" },
		{ 17, "08000000 00000500 ffffffffffff 020000000002 0806 0001" },
		{ 17, "08000000 00" },
		{ 17, "08000000 00000500 020000000001 020000000002 0800"
		      "45 00 0028 0000 0000 40 06 0000 0a000001 0a000002"
		      "0001 0002 00000003 00000004 1010 0000 0000 0000" },
		/* routing, version 1, another protocol, missing key */
		{ 47, "4000 0800 45000014" },
		{ 47, "3001 880b 0000 0000 00000000" },
		{ 47, "0000 0806 0001" },
		{ 47, "2000 0800 00" },
		{ 47, "00" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct layers l;
		struct packet p;
		size_t start;

		outer(&l, cases[i].proto, 4789);
		start = l.b.n;
		frames_hex(&l.b, cases[i].payload);
		close_outer(&l);
		assert_int_equal(frames_decode(&l.b, RAW, &p), DECODE_OK);
		assert_outer(&p, cases[i].proto == 17 ? 4789 : 0,
			     l.b.n - start);
	}
}

static void a_cut_inside_is_the_outside(void **state)
{
	struct decoder *d = decoder_new();
	struct layers l;
	struct packet p;

	(void)state;
	outer(&l, 17, 4789);
	frames_hex(&l.b, "08000000 00000500");
	frames_eth(&l.b, 0x0800);
	inner_segment(&l.b);
	close_outer(&l);
	for (size_t cap = 28; cap < l.b.n; cap++) {
		bool inside = cap >= l.b.n - 5; /* its headers are there */

		assert_int_equal(frames_decode_cut(d, &l.b, RAW, cap, &p),
				 DECODE_OK);
		assert_int_equal(p.key.tunnel != 0, inside);
		assert_int_equal(p.key.dport, inside ? 443 : 4789);
		assert_true(p.rec.marks & REC_CUT);
	}
	decoder_free(d);
}

static void fragments_are_not_opened(void **state)
{
	struct layers l;
	struct packet p;

	(void)state;
	outer(&l, 17, 4789);
	frames_hex(&l.b, "08000000 00000500");
	frames_eth(&l.b, 0x0800);
	inner_segment(&l.b);
	close_outer(&l);
	l.b.at[6] = 0x20;
	assert_int_equal(frames_decode(&l.b, RAW, &p), DECODE_OK);
	assert_int_equal(p.key.dport, 4789);
	assert_int_equal(p.key.tunnel, 0);
}

/* GRE in GRE in GRE ...: the innermost that is allowed, and no deeper. */
static void nesting_has_a_limit(void **state)
{
	uint32_t tunnel[8] = { 0 };

	(void)state;
	for (int depth = 1; depth < 8; depth++) {
		struct frames_buf b = { 0 };
		struct packet p;
		size_t at[8];

		for (int i = 0; i < depth; i++) {
			at[i] = b.n;
			frames_ip4(&b, 47, "192.0.2.1", "192.0.2.2");
			frames_hex(&b, "0000 0800");
		}
		inner_segment(&b);
		for (int i = depth; i-- > 0;) {
			b.ip = at[i];
			frames_close_ip(&b);
		}
		assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
		assert_int_equal(p.key.proto, depth <= 4 ? 6 : 47);
		tunnel[depth] = p.key.tunnel;
	}
	assert_int_not_equal(tunnel[1], tunnel[2]);
	assert_int_not_equal(tunnel[2], tunnel[3]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vxlan_is_opened),
		cmocka_unit_test(gre_is_opened),
		cmocka_unit_test(errors_inside_are_errors),
		cmocka_unit_test(else_the_outer_packet_stands),
		cmocka_unit_test(a_cut_inside_is_the_outside),
		cmocka_unit_test(fragments_are_not_opened),
		cmocka_unit_test(nesting_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
