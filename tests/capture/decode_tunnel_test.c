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

#define ETH "020000000001 020000000002 "

/* Every other kind: headers between the outer IP (or UDP) and the segment. */
static const struct kind {
	int proto;
	unsigned dport;
	const char *header;
	uint32_t tunnel;
} kinds[] = {
	{ 17, 4790, "08000000 00abcd00" ETH "0800", 1u << 24 | 0x00abcd },
	{ 17, 4790, "0c000001 00abcd00", 1u << 24 | 0x00abcd },
	{ 17, 4790, "0c000003 00abcd00" ETH "0800", 1u << 24 | 0x00abcd },
	{ 17, 6081, "00006558 00abcd00" ETH "0800", 3u << 24 | 0x00abcd },
	{ 17, 6081, "02400800 00000500 0102800100000007", 3u << 24 | 5 },
	{ 4, 0, "", 4u << 24 },
	{ 97, 0, "3000" ETH "0800", 4u << 24 },
	{ 137, 0, "00010140", 4u << 24 },
	{ 17, 6635, "00010140", 4u << 24 },
	{ 17, 2152, "30ff002d 00000001", 5u << 24 },
	{ 17, 2152, "32ff0031 00000001 00010000", 5u << 24 },
	{ 17, 2152, "36ff0039 00000001 00010085 01100985 02000000 00000000",
	  5u << 24 },
	{ 17, 1701, "0002 0001 0002 ff03 0021", 6u << 24 },
	{ 17, 1701, "4a02 0047 0001 0002 0003 0004 0002 0000 0021", 6u << 24 },
	{ 47, 0, "0000 88be" ETH "0800", 7u << 24 },
	{ 47, 0, "1000 88be 00000001 10050001 00000000" ETH "0800", 7u << 24 },
	{ 47, 0, "1000 22eb 00000001 20050001 00000000 00000000" ETH "0800",
	  7u << 24 },
	{ 47, 0,
	  "1000 22eb 00000001 20050001 00000000 00000801 1122334455667788",
	  7u << 24 },
	{ 47, 0, "0000 8847 00010140", 2u << 24 },
	{ 47, 0, "0000 883e 00000000", 2u << 24 },
	{ 47, 0, "0000 883e", 2u << 24 },
	{ 47, 0, "3081 880b 0031 0001 00000001 00000002 ff03 0021", 2u << 24 },
};

static void wrap(struct layers *l, const struct kind *k)
{
	outer(l, k->proto, k->dport);
	frames_hex(&l->b, k->header);
	inner_segment(&l->b);
	close_outer(l);
}

static void each_kind_is_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct layers l;
		struct packet p;

		wrap(&l, &kinds[i]);
		assert_int_equal(frames_decode(&l.b, RAW, &p), DECODE_OK);
		assert_inner(&p);
		assert_int_equal(p.key.tunnel, kinds[i].tunnel);
		assert_int_equal(p.rec.wire_len, l.b.n);
	}
}

/* Inside once its headers are there, else the outer packet, whole. */
static void each_kind_is_opened_or_left(void **state)
{
	struct decoder *d = decoder_new();

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct layers l;
		struct packet p;

		wrap(&l, &kinds[i]);
		for (size_t cap = kinds[i].proto == 17 ? 28 : 20; cap < l.b.n;
		     cap++) {
			bool opened = cap >= l.b.n - 5;
			char text[NET_END_TEXT];

			assert_int_equal(frames_decode_cut(d, &l.b, RAW, cap,
							   &p),
					 DECODE_OK);
			assert_int_equal(p.key.tunnel != 0, opened);
			assert_string_equal(net_addr_text(&p.key.src, text),
					    opened ? "10.0.0.1" : "192.0.2.1");
			assert_int_equal(p.key.proto,
					 opened ? 6 : kinds[i].proto);
			assert_true(p.rec.marks & REC_CUT);
		}
	}
	decoder_free(d);
}

/* The server of L2TP answers from its port, to any. */
static void l2tp_is_known_by_either_port(void **state)
{
	struct layers l = { .outer_proto = 17 };
	struct packet p;

	(void)state;
	frames_ip4(&l.b, 17, "192.0.2.1", "192.0.2.2");
	frames_udp(&l.b, 1701, 55555);
	l.outer_ip = l.b.ip;
	l.outer_l4 = l.b.l4;
	frames_hex(&l.b, "0002 0001 0002 ff03 0021");
	inner_segment(&l.b);
	close_outer(&l);
	assert_int_equal(frames_decode(&l.b, RAW, &p), DECODE_OK);
	assert_inner(&p);
}

static void ipv6_in_ipv4_is_opened(void **state)
{
	struct layers l;
	struct packet p;

	(void)state;
	outer(&l, 41, 0);
	frames_ip6(&l.b, 6, "2001:db8::1", "2001:db8::2");
	frames_tcp(&l.b, 40000, 443, 1000, 2000, REC_ACK);
	frames_close(&l.b);
	close_outer(&l);
	assert_int_equal(frames_decode(&l.b, RAW, &p), DECODE_OK);
	assert_true(p.rec.marks & REC_V6);
	assert_int_equal(p.key.sport, 40000);
	assert_int_equal(p.key.tunnel, 4u << 24);
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
		unsigned dport;
		const char *payload;
	} cases[] = {
		/* no VNI; ARP; cut short; an inner packet that lies */
		{ 17, 4789,
		  "00000000 00000500 020000000001 020000000002 0800 4500" },
		{ 17, 4789,
		  "08000000 00000500 ffffffffffff 020000000002 0806 0001" },
		{ 17, 4789, "08000000 00" },
		{ 17, 4789,
		  "08000000 00000500 020000000001 020000000002 0800"
		  "45 00 0028 0000 0000 40 06 0000 0a000001 0a000002"
		  "0001 0002 00000003 00000004 1010 0000 0000 0000" },
		/* GENEVE: version, options beyond, a type nobody knows */
		{ 17, 6081, "40006558 00000500 45000014" },
		{ 17, 6081, "3f000800 00000500 45000014" },
		{ 17, 6081, "00000806 00000500 45000014" },
		/* VXLAN-GPE: what follows is not known */
		{ 17, 4790, "0c000004 00000500 45000014" },
		/* GTP: echo, version 2, GTP', an extension of no length */
		{ 17, 2152, "3201 0004 00000000 00000000" },
		{ 17, 2152, "48ff 0004 00000000 00000000" },
		{ 17, 2152, "20ff 0004 00000000 00000000" },
		{ 17, 2152, "34ff 0008 00000001 00000085 00000000" },
		/* L2TP: control, version 3, an offset beyond, LCP */
		{ 17, 1701, "c802 000c 0001 0000 0000 0000" },
		{ 17, 1701, "0003 0000 00000001 45000014" },
		{ 17, 1701, "0202 0001 0002 ffff 0021" },
		{ 17, 1701, "0002 0001 0002 ff03 c021 01" },
		/* IP in IP that is none; ERSPAN of other versions */
		{ 4, 0, "45" },
		{ 4, 0, "0011223344" },
		{ 97, 0, "4000 0000" },
		{ 47, 0, "1000 88be 00000001 20050001 00000000 020000000001" },
		{ 47, 0, "1000 22eb 00000001 10050001 00000000 00000000 02" },
		/* routing, version 1, another protocol, missing key */
		{ 47, 0, "4000 0800 45000014" },
		{ 47, 0, "3001 880b 0000 0000 00000000" },
		{ 47, 0, "0000 0806 0001" },
		{ 47, 0, "2000 0800 00" },
		{ 47, 0, "00" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct layers l;
		struct packet p;
		size_t start;

		outer(&l, cases[i].proto, cases[i].dport);
		start = l.b.n;
		frames_hex(&l.b, cases[i].payload);
		close_outer(&l);
		assert_int_equal(frames_decode(&l.b, RAW, &p), DECODE_OK);
		assert_outer(&p, cases[i].dport, l.b.n - start);
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

/* The outer packet's fragments: @n bytes of its payload from @off on. */
static void fragment(const struct layers *l, size_t off, size_t n,
		     struct frames_buf *out)
{
	size_t from = l->outer_ip + 20 + off;
	bool more = from + n < l->b.n;

	*out = (struct frames_buf){ 0 };
	memcpy(out->at, l->b.at, 20);
	memcpy(out->at + 20, l->b.at + from, n);
	out->n = 20 + n;
	out->at[4] = 0x12;
	out->at[6] = (uint8_t)((more ? 0x20 : 0) | off >> 11);
	out->at[7] = (uint8_t)(off >> 3);
	frames_close_ip(out);
}

static void large_segment(struct frames_buf *b, size_t n)
{
	frames_ip4(b, 6, "10.0.0.1", "10.0.0.2");
	frames_tcp(b, 40000, 443, 1000, 2000, REC_ACK);
	frames_fill(b, n, 3);
	frames_close(b);
}

#define LARGE 1460

static void assert_cut_inner(const struct packet *p, size_t there)
{
	assert_int_equal(p->key.dport, 443);
	assert_int_equal(p->rec.seq64, 1000);
	assert_int_equal(p->rec.pay_len, LARGE);
	assert_int_equal(p->payload_cap, there);
	assert_int_equal(p->rec.marks & (REC_FRAG | REC_MORE), 0);
	assert_int_equal(p->rec.marks & (REC_CUT | REC_HEAD | REC_FULL),
			 REC_CUT | REC_HEAD);
	assert_true(p->rec.marks & REC_SUM); /* by the checksum */
	assert_false(p->tunnel_rest);
}

static void first_fragments_are_opened(void **state)
{
	static const struct {
		int proto;
		unsigned dport, header;
		const char *hex;
	} cases[] = {
		{ 47, 0, 4, "0000 0800" },
		{ 17, 4789, 30,
		  "08000000 00000500 020000000001 020000000002 0800" },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct decoder *d = decoder_new();
		static struct layers l;
		static struct frames_buf f;
		struct packet p;

		outer(&l, cases[i].proto, cases[i].dport);
		frames_hex(&l.b, cases[i].hex);
		large_segment(&l.b, LARGE);
		close_outer(&l);
		fragment(&l, 0, 1480, &f);
		assert_int_equal(frames_decode_cut(d, &f, RAW, f.n, &p),
				 DECODE_OK);
		assert_cut_inner(&p, 1480 - 40 - cases[i].header);
		fragment(&l, 1480, l.b.n - 1500, &f);
		assert_int_equal(frames_decode_cut(d, &f, RAW, f.n, &p),
				 DECODE_OK);
		assert_true(p.tunnel_rest);
		assert_int_equal(p.key.proto, cases[i].proto);
		assert_int_equal(p.key.dport, cases[i].dport);
		assert_int_equal(p.key.tunnel, 0);
		assert_int_equal(p.rec.frag_off, 1480);
		decoder_free(d);
	}
}

/* Fragments that end within the headers inside, at any byte. */
static void short_first_fragments_stand_for_themselves(void **state)
{
	static struct layers l;
	static struct frames_buf f;
	struct packet p;

	(void)state;
	outer(&l, 47, 0);
	frames_hex(&l.b, "0000 0800");
	large_segment(&l.b, LARGE);
	close_outer(&l);
	for (size_t n = 8; n <= 80; n += 8) {
		struct decoder *d = decoder_new();
		bool inside = n >= 4 + 40;

		fragment(&l, 0, n, &f);
		assert_int_equal(frames_decode_cut(d, &f, RAW, f.n, &p),
				 DECODE_OK);
		assert_int_equal(p.key.proto, inside ? 6 : 47);
		assert_int_equal((p.rec.marks & REC_FRAG) != 0, !inside);
		fragment(&l, n, 80, &f);
		assert_int_equal(frames_decode_cut(d, &f, RAW, f.n, &p),
				 DECODE_OK);
		assert_int_equal(p.tunnel_rest, inside);
		assert_int_equal(p.key.proto, 47);
		decoder_free(d);
	}
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
		cmocka_unit_test(each_kind_is_opened),
		cmocka_unit_test(each_kind_is_opened_or_left),
		cmocka_unit_test(l2tp_is_known_by_either_port),
		cmocka_unit_test(ipv6_in_ipv4_is_opened),
		cmocka_unit_test(errors_inside_are_errors),
		cmocka_unit_test(else_the_outer_packet_stands),
		cmocka_unit_test(a_cut_inside_is_the_outside),
		cmocka_unit_test(first_fragments_are_opened),
		cmocka_unit_test(short_first_fragments_stand_for_themselves),
		cmocka_unit_test(nesting_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
