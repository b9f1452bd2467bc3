/* The flow table: parts, incarnations, sequence numbers, signatures. */
#include "capture/flow.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/seq.h"

#define SECOND 1000000000LL
#define EPOCH (1ull << 32)

struct table {
	struct flowtab *t;
	struct VEC(struct part) parts; /* in order of end */
	uint64_t frame;
	int64_t now;
	struct packet last;
};

static void done(void *ctx, const struct part *p, uint32_t lane)
{
	struct table *x = ctx;

	(void)lane;
	*VEC_PUSH(&x->parts) = *p;
}

static struct table *table_new(void)
{
	struct table *x = mem_zalloc(1, sizeof *x);

	x->t = flowtab_new(done, x);
	x->now = 1700000000 * SECOND;
	return x;
}

static void table_free(struct table *x)
{
	flowtab_free(x->t);
	VEC_FREE(&x->parts);
	free(x);
}

/* The part with that number, after the end. */
static const struct part *part(const struct table *x, uint32_t number)
{
	for (size_t i = 0; i < x->parts.n; i++)
		if (x->parts.at[i].number == number)
			return &x->parts.at[i];
	fail_msg("no part %u", number);
	return NULL;
}

static struct packet blank(struct table *x, int way, uint8_t proto)
{
	static const uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 10, 0, 0, 2 };
	struct packet p = { 0 };

	x->now += 1000000;
	p.rec.time_ns = x->now;
	p.rec.frame = ++x->frame;
	p.rec.ttl = 64;
	p.rec.hdr_len = 40;
	p.key.proto = proto;
	p.key.src = net_addr_v4(way ? b : a);
	p.key.dst = net_addr_v4(way ? a : b);
	p.key.sport = way ? 80 : 5000;
	p.key.dport = way ? 5000 : 80;
	p.wscale = -1;
	return p;
}

static const struct record *add(struct table *x, struct packet *p)
{
	flowtab_add(x->t, p);
	x->last = *p;
	return &x->last.rec;
}

static const struct record *tcp(struct table *x, int way, unsigned flags,
				uint32_t seq, uint32_t ack, const char *data)
{
	struct packet p = blank(x, way, IPPROTO_TCP);

	p.rec.tcp_flags = (uint16_t)flags;
	p.rec.seq64 = seq;
	p.rec.ack64 = ack;
	p.rec.pay_len = p.payload_cap = (uint32_t)strlen(data);
	p.payload = (const uint8_t *)data;
	if (p.rec.pay_len) {
		p.rec.marks = REC_HEAD;
		for (const char *c = data; *c; c++)
			p.rec.head_digest = p.rec.head_digest * 31 +
					    (uint8_t)*c;
	}
	return add(x, &p);
}

static const struct record *udp(struct table *x, int way, const char *data)
{
	struct packet p = blank(x, way, IPPROTO_UDP);

	p.rec.pay_len = p.payload_cap = (uint32_t)strlen(data);
	p.payload = (const uint8_t *)data;
	p.rec.marks = REC_HEAD;
	p.rec.head_digest = (uint8_t)data[0] * 77777u;
	return add(x, &p);
}

#define S REC_SYN
#define A REC_ACK
#define F REC_FIN
#define R REC_RST

static void handshake(struct table *x, uint32_t c, uint32_t s)
{
	tcp(x, 0, S, c, 0, "");
	tcp(x, 1, S | A, s, c + 1, "");
	tcp(x, 0, A, c + 1, s + 1, "");
}

static void conversation_is_one_part(void **state)
{
	struct table *x = table_new();
	const struct part *p;
	const struct record *r;

	(void)state;
	handshake(x, 100, 200);
	r = tcp(x, 0, A, 101, 201, "GET / HTTP/1.0\r\n\r\n");
	assert_int_equal(r->part, 1);
	assert_int_equal(r->dir, 0);
	assert_int_equal(r->seq64, EPOCH + 101);
	assert_int_equal(r->ack64, EPOCH + 201);
	r = tcp(x, 1, A | F, 201, 119, "HTTP/1.0 200 OK\r\n");
	assert_int_equal(r->dir, 1);
	flowtab_finish(x->t);
	assert_int_equal(x->parts.n, 1);
	p = part(x, 1);
	assert_int_equal(p->ends[0].port, 5000);
	assert_int_equal(p->ends[1].port, 80);
	assert_int_equal(p->first_frame, 1);
	assert_int_equal(p->last_frame, 5);
	assert_int_equal(p->dir[0].packets, 3);
	assert_int_equal(p->dir[0].bytes, 18);
	assert_true(p->dir[0].syn);
	assert_int_equal(p->dir[0].isn, 100);
	assert_int_equal(p->dir[0].seq_first, EPOCH + 100);
	assert_int_equal(p->dir[0].seq_next, EPOCH + 119);
	assert_int_equal(p->dir[0].ack_max, EPOCH + 201);
	assert_int_equal(p->dir[1].seq_next, EPOCH + 219);
	assert_true(p->dir[1].fin);
	assert_int_equal(p->turns, 2);
	assert_int_equal(p->first_turn_dir, 0);
	assert_int_equal(p->turn_bytes[0], 18);
	assert_int_equal(p->turn_bytes[1], 17);
	assert_int_equal(p->dir[0].head_len, 18);
	assert_int_equal(p->dir[1].head_len, 17);
	assert_int_equal(p->dir[0].any.n, 1);
	assert_int_equal(p->dir[0].turn.n, 1);
	assert_int_equal(p->dir[0].turn.at[0].seq, EPOCH + 101);
	table_free(x);
}

static void answer_seen_first_is_from_end_one(void **state)
{
	struct table *x = table_new();

	(void)state;
	tcp(x, 1, S | A, 200, 101, "");
	assert_int_equal(x->last.rec.dir, 1);
	/* the SYN comes after its answer: as taps with two cards do it */
	tcp(x, 0, S, 100, 0, "");
	assert_int_equal(x->last.rec.dir, 0);
	assert_int_equal(x->last.rec.part, 1);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->ends[0].port, 5000);
	table_free(x);
}

static void repeated_syn_is_the_same_part(void **state)
{
	struct table *x = table_new();

	(void)state;
	tcp(x, 0, S, 100, 0, "");
	x->now += 3 * SECOND;
	tcp(x, 0, S, 100, 0, "");
	tcp(x, 1, R | A, 0, 101, "");
	tcp(x, 0, S, 100, 0, ""); /* some try again after a refusal */
	tcp(x, 1, S | A, 200, 101, "");
	tcp(x, 1, S | A, 200, 101, "");
	flowtab_finish(x->t);
	assert_int_equal(x->parts.n, 1);
	assert_int_equal(part(x, 1)->dir[0].syn_count, 3);
	assert_int_equal(part(x, 1)->dir[1].syn_count, 2);
	table_free(x);
}

static void syn_of_another_number_begins_anew(void **state)
{
	struct table *x = table_new();

	(void)state;
	handshake(x, 100, 200);
	tcp(x, 0, S, 70000, 0, "");
	assert_int_equal(x->last.rec.part, 2);
	tcp(x, 1, S | A, 90000, 70001, "");
	assert_int_equal(x->last.rec.part, 2);
	tcp(x, 1, R, 90001, 0, "");
	tcp(x, 0, S, 80000, 0, "");
	assert_int_equal(x->last.rec.part, 3);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->incarnation, 0);
	assert_int_equal(part(x, 2)->incarnation, 1);
	assert_int_equal(part(x, 3)->incarnation, 2);
	table_free(x);
}

static void syn_ack_of_an_unseen_syn_begins_anew(void **state)
{
	struct table *x = table_new();

	(void)state;
	handshake(x, 100, 200);
	tcp(x, 1, A, 201, 101, "old bytes");
	tcp(x, 1, S | A, 5000000, 3000001, "");
	assert_int_equal(x->last.rec.part, 2);
	table_free(x);
}

static void silence_alone_is_no_new_part(void **state)
{
	struct table *x = table_new();

	(void)state;
	handshake(x, 100, 200);
	x->now += 300 * SECOND;
	tcp(x, 0, A, 101, 201, "still here");
	assert_int_equal(x->last.rec.part, 1);
	x->now += 300 * SECOND;
	tcp(x, 0, A, 500000000, 201, "another one");
	assert_int_equal(x->last.rec.part, 2);
	x->now += 700 * SECOND;
	tcp(x, 0, A, 500000011, 201, "goes on");
	assert_int_equal(x->last.rec.part, 3);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 3)->incarnation, 2);
	table_free(x);
}

static void numbers_unwrap_past_four_gigabytes(void **state)
{
	struct table *x = table_new();
	uint64_t want = EPOCH + 0xffffff00u;
	const struct record *r;

	(void)state;
	for (int i = 0; i < 40; i++, want += 500000000) {
		r = tcp(x, 0, A, (uint32_t)want, 1, "x");
		assert_int_equal(r->seq64, want);
		r = tcp(x, 1, A, 1, (uint32_t)want + 1, "");
		assert_int_equal(r->ack64, want + 1);
	}
	table_free(x);
}

static void acks_alone_carry_the_other_place_on(void **state)
{
	struct table *x = table_new();
	uint64_t want = EPOCH + 17;

	(void)state;
	for (int i = 0; i < 40; i++, want += 500000000)
		assert_int_equal(tcp(x, 1, A, 1, (uint32_t)want, "")->ack64,
				 want);
	want -= 500000000;
	assert_int_equal(tcp(x, 0, A, (uint32_t)want, 1, "x")->seq64, want);
	table_free(x);
}

static void reset_and_far_jump_do_not_move(void **state)
{
	struct table *x = table_new();

	(void)state;
	tcp(x, 0, A, 1000, 1, "abc");
	tcp(x, 0, R, 3000000000u, 0, "");
	tcp(x, 0, A, 2000001000u, 1, "abc");
	assert_int_equal(x->last.rec.seq64, EPOCH + 2000001000u);
	tcp(x, 0, A, 1003, 1, "abc");
	assert_int_equal(x->last.rec.seq64, EPOCH + 1003);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->dir[0].seq_next, EPOCH + 1006);
	table_free(x);
}

static void retransmission_begins_no_turn(void **state)
{
	struct table *x = table_new();
	const struct part *p;

	(void)state;
	handshake(x, 100, 200);
	tcp(x, 0, A, 101, 201, "request one");
	tcp(x, 1, A, 201, 112, "answer");
	tcp(x, 0, A, 101, 201, "request one");
	tcp(x, 1, A, 207, 112, " and more");
	flowtab_finish(x->t);
	p = part(x, 1);
	assert_int_equal(p->turns, 2);
	assert_int_equal(p->turn_bytes[0], 11);
	assert_int_equal(p->turn_bytes[1], 15);
	assert_int_equal(p->dir[0].any.n, 1);
	assert_int_equal(p->dir[1].turn.n, 0); /* too short to tell anything */
	assert_int_equal(p->dir[1].head_len, 15);
	table_free(x);
}

static void head_does_not_depend_on_segments(void **state)
{
	static const char text[] = "The quick brown fox jumps over the lazy "
				   "dog, and then once more, slowly.";
	struct table *a = table_new(), *b = table_new();
	char part_1[20] = "", part_2[60];

	(void)state;
	handshake(a, 100, 200);
	tcp(a, 0, A, 101, 201, text);
	handshake(b, 900, 700);
	memcpy(part_1, text, 19);
	snprintf(part_2, sizeof part_2, "%s", text + 19);
	tcp(b, 0, A, 901, 701, part_1);
	tcp(b, 0, A, 901, 701, part_1);
	tcp(b, 0, A, 920, 701, part_2);
	flowtab_finish(a->t);
	flowtab_finish(b->t);
	assert_int_equal(part(a, 1)->dir[0].head_len, 64);
	assert_int_equal(part(b, 1)->dir[0].head_len, 64);
	assert_true(part(a, 1)->dir[0].head == part(b, 1)->dir[0].head);
	table_free(a);
	table_free(b);
}

static void head_with_a_hole_is_unknown(void **state)
{
	struct table *x = table_new();

	(void)state;
	handshake(x, 100, 200);
	tcp(x, 0, A, 110, 201, "later bytes");
	tcp(x, 0, A, 101, 201, "the first");
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->dir[0].head_len, 0);
	assert_int_equal(part(x, 1)->turn_bytes[0], 20); /* the hole counts */
	table_free(x);
}

static void resets_alone_have_a_number(void **state)
{
	struct table *x = table_new();

	(void)state;
	tcp(x, 1, R | A, 700, 300, "");
	flowtab_finish(x->t);
	for (int d = 0; d < 2; d++)
		if (part(x, 1)->dir[d].packets) {
			assert_int_equal(part(x, 1)->dir[d].seq_first,
					 EPOCH + 700);
			assert_int_equal(part(x, 1)->dir[d].seq_next,
					 EPOCH + 700);
		}
	table_free(x);
	x = table_new();
	tcp(x, 0, R, 50, 0, ""); /* of an earlier connection */
	tcp(x, 0, A, 900, 300, "data");
	tcp(x, 0, R, 5000, 0, "");
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->dir[0].seq_first, EPOCH + 900);
	assert_int_equal(part(x, 1)->dir[0].seq_next, EPOCH + 904);
	table_free(x);
	x = table_new();
	tcp(x, 0, S, 100, 0, "");
	tcp(x, 1, R | A, 0, 101, ""); /* refused */
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->dir[1].seq_first, 0);
	table_free(x);
}

/* A proxy's header and the stream behind it, in one segment or in several. */
static void header_before_the_stream_is_no_part_of_it(void **state)
{
	static const char text[] =
		"GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n";
	static const char header[] =
		"PROXY TCP4 192.168.0.1 10.2.3.4 56324 443\r\n";
	struct table *bare = table_new(), *one = table_new(),
		     *two = table_new();
	struct table *all[3] = { bare, one, two };
	char both[sizeof header + sizeof text];
	uint32_t n = (uint32_t)strlen(header);

	(void)state;
	for (int i = 0; i < 3; i++)
		handshake(all[i], 100, 200);
	snprintf(both, sizeof both, "%s%s", header, text);
	tcp(bare, 0, A, 101, 201, text);
	tcp(one, 0, A, 101, 201, both);
	tcp(two, 0, A, 101, 201, header);
	tcp(two, 0, A, 101, 201, header); /* a copy */
	tcp(two, 0, A, 101 + n, 201, text);
	for (int i = 0; i < 3; i++) {
		tcp(all[i], 1, A, 201, 101, "HTTP/1.1 200 OK\r\n\r\n");
		flowtab_finish(all[i]->t);
	}
	for (int i = 0; i < 3; i++) {
		const struct part *p = part(all[i], 1);

		assert_int_equal(p->dir[0].head_len, sizeof text - 1);
		assert_true(p->dir[0].head == part(bare, 1)->dir[0].head);
		assert_int_equal(p->turns, 2);
		assert_int_equal(p->turn_bytes[0], sizeof text - 1);
		assert_int_equal(p->preface.len, i ? n : 0);
		assert_int_equal(p->preface_dir, 0);
	}
	for (int i = 0; i < 3; i++)
		table_free(all[i]);
}

/* A trailer names the other side, and changes nothing else. */
static void trailer_names_a_peer(void **state)
{
	static const uint8_t trailer[] =
		"\x01\x05\1\1\0\2\0" /* low, medium */
		"\x02\x13\0\0\0\0\1\0\0\0\2\0\0\0\0\0\0\0\0\0\0"
		"\x03\x28\0\x06\0\x64\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\2\3\4"
		"\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\1\1\1\x01\xbb\xdc\x04";
	struct table *x = table_new();
	struct packet p = blank(x, 0, IPPROTO_TCP);
	char text[NET_END_TEXT];

	(void)state;
	p.rec.tcp_flags = S;
	p.rec.seq64 = 100;
	p.trailer = trailer;
	p.trailer_len = sizeof trailer - 1;
	add(x, &p);
	tcp(x, 1, S | A, 200, 101, "");
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->preface.len, 0);
	assert_true(part(x, 1)->preface.named);
	assert_string_equal(net_end_text(&part(x, 1)->preface.ends[0], text),
			    "10.2.3.4:443");
	table_free(x);
}

/* Only where the stream begins. */
static void header_within_the_stream_is_content(void **state)
{
	static const char header[] =
		"PROXY TCP4 192.168.0.1 10.2.3.4 56324 443\r\n";
	struct table *x = table_new();

	(void)state;
	handshake(x, 100, 200);
	tcp(x, 0, A, 101, 201, "first");
	tcp(x, 0, A, 106, 201, header);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->preface.len, 0);
	assert_int_equal(part(x, 1)->turn_bytes[0], 5 + strlen(header));
	table_free(x);
}

static void datagrams_are_numbered(void **state)
{
	struct table *x = table_new();

	(void)state;
	assert_int_equal(udp(x, 0, "query")->seq64, 1);
	assert_int_equal(udp(x, 1, "answer")->seq64, 1);
	assert_int_equal(udp(x, 0, "another")->seq64, 2);
	x->now += 121 * SECOND;
	assert_int_equal(udp(x, 0, "query 3")->seq64, 1);
	assert_int_equal(x->last.rec.part, 2);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->turns, 3);
	assert_int_equal(part(x, 1)->dir[0].head_len, 5);
	assert_int_equal(part(x, 1)->dir[0].any.n, 2);
	assert_int_equal(part(x, 2)->incarnation, 1);
	table_free(x);
}

static void sample_keeps_the_same_whatever_the_order(void **state)
{
	struct table *a = table_new(), *b = table_new();
	const struct part_samples *p, *q;
	char text[16];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "%c segment", 'A' + i);
		udp(a, 0, text);
		snprintf(text, sizeof text, "%c segment", 'A' + 99 - i);
		udp(b, 0, text);
	}
	flowtab_finish(a->t);
	flowtab_finish(b->t);
	p = &part(a, 1)->dir[0].any;
	q = &part(b, 1)->dir[0].any;
	assert_int_equal(p->n, PART_SAMPLES);
	assert_int_equal(q->n, PART_SAMPLES);
	for (int i = 0; i < PART_SAMPLES; i++)
		assert_int_equal(p->at[i].digest, q->at[i].digest);
	table_free(a);
	table_free(b);
}

static void wild_time_stamp_ends_nothing(void **state)
{
	struct table *x = table_new();
	struct packet p;

	(void)state;
	udp(x, 0, "one");
	p = blank(x, 0, IPPROTO_UDP);
	p.key.sport = 1;
	p.rec.time_ns += 10000000 * SECOND;
	flowtab_add(x->t, &p);
	udp(x, 0, "two");
	assert_int_equal(x->last.rec.part, 1);
	assert_int_equal(x->parts.n, 0);
	table_free(x);
}

static void idle_parts_are_handed_out(void **state)
{
	struct table *x = table_new();
	struct packet p;

	(void)state;
	udp(x, 0, "one");
	x->now += 400 * SECOND;
	for (int i = 0; i < 3; i++) {
		p = blank(x, 0, IPPROTO_UDP);
		p.key.sport = 1;
		flowtab_add(x->t, &p);
	}
	assert_int_equal(x->parts.n, 1);
	assert_int_equal(x->parts.at[0].number, 1);
	table_free(x);
}

static void many_flows_keep_their_parts(void **state)
{
	struct table *x = table_new();

	(void)state;
	for (uint32_t round = 0; round < 3; round++)
		for (uint32_t i = 0; i < 5000; i++) {
			struct packet p = blank(x, (int)round & 1, IPPROTO_UDP);

			x->now -= 999000;
			*(round & 1 ? &p.key.dport
				    : &p.key.sport) = (uint16_t)(1000 + i);
			p.rec.time_ns = x->now;
			flowtab_add(x->t, &p);
			assert_int_equal(p.rec.part, i + 1);
			assert_int_equal(p.rec.dir, round & 1);
		}
	flowtab_finish(x->t);
	assert_int_equal(x->parts.n, 5000);
	table_free(x);
}

static void quoted_packet_is_found(void **state)
{
	struct table *x = table_new();
	struct icmp_quote q = { .seq = 105 };
	uint8_t dir;
	uint64_t seq;

	(void)state;
	handshake(x, 100, 200);
	q.key = x->last.key;
	assert_int_equal(flowtab_quoted(x->t, &q, &dir, &seq), 1);
	assert_int_equal(dir, 0);
	assert_int_equal(seq, EPOCH + 105);
	q.key.sport = 1;
	assert_int_equal(flowtab_quoted(x->t, &q, &dir, &seq), 0);
	table_free(x);
}

static void continuation_fragment_moves_nothing(void **state)
{
	struct table *x = table_new();
	struct packet p;

	(void)state;
	tcp(x, 0, A, 1000, 1, "abc");
	p = blank(x, 0, IPPROTO_TCP);
	p.rec.marks = REC_FRAG;
	p.rec.frag_off = 1480;
	p.rec.pay_len = 500;
	assert_int_equal(add(x, &p)->seq64, EPOCH + 1000);
	assert_int_equal(tcp(x, 0, A, 1003, 1, "d")->seq64, EPOCH + 1003);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->dir[0].packets, 3);
	assert_int_equal(part(x, 1)->dir[0].seq_next, EPOCH + 1004);
	table_free(x);
}

/* Ports repeat, so that parts end and begin within a batch too. */
static struct packet one_of_many(struct table *x, unsigned i)
{
	struct packet p = blank(x, (int)(i & 1), IPPROTO_TCP);
	uint16_t port = (uint16_t)(5000 + i * 7 % 11);

	*(i & 1 ? &p.key.dport : &p.key.sport) = port;
	p.rec.tcp_flags = i % 23 ? A : S;
	p.rec.seq64 = i * 100;
	p.rec.pay_len = i % 5 ? 90 : 0;
	p.rec.marks = REC_HEAD;
	p.rec.head_digest = i * 2654435761u;
	return p;
}

static void expected_packets_give_the_same(void **state)
{
	struct table *a = table_new(), *b = table_new();
	struct packet batch[FLOW_AHEAD], p;

	(void)state;
	for (unsigned i = 0, n; i < 3000; i += n) {
		n = 1 + i % FLOW_AHEAD;
		for (unsigned k = 0; k < n; k++)
			batch[k] = one_of_many(a, i + k);
		flowtab_expect(a->t, batch, n);
		for (unsigned k = 0; k < n; k++) {
			p = one_of_many(b, i + k);
			flowtab_add(a->t, &batch[k]);
			flowtab_add(b->t, &p);
			assert_memory_equal(&batch[k].rec, &p.rec,
					    sizeof p.rec);
		}
	}
	flowtab_finish(a->t);
	flowtab_finish(b->t);
	assert_true(b->parts.n > 11);
	assert_int_equal(a->parts.n, b->parts.n);
	assert_memory_equal(a->parts.at, b->parts.at,
			    b->parts.n * sizeof *b->parts.at);
	table_free(a);
	table_free(b);
}

/* ---- more than can live ---- */

#define LIVE_MOST (256 * 1024)
#define BEYOND 20

struct ended {
	uint32_t number[BEYOND];
	size_t n;
};

static void note_ended(void *ctx, const struct part *p, uint32_t lane)
{
	struct ended *x = ctx;

	(void)lane;
	if (x->n < BEYOND)
		x->number[x->n] = p->number;
	x->n++;
}

/* One packet each, all at one time, TCP and UDP by turns. */
static void oldest_go_where_there_are_too_many(void **state)
{
	struct table *x = table_new();
	struct ended ended = { 0 };
	struct flowtab *t = flowtab_new(note_ended, &ended);

	(void)state;
	for (uint32_t i = 0; i < LIVE_MOST + BEYOND; i++) {
		struct packet p = blank(x, 0,
					i % 2 ? IPPROTO_TCP : IPPROTO_UDP);
		uint8_t from[4] = { 11, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
				    (uint8_t)i };

		p.rec.time_ns = 1700000000 * SECOND;
		p.key.src = net_addr_v4(from);
		flowtab_add(t, &p);
		assert_int_equal(p.rec.part, i + 1);
		assert_int_equal(ended.n,
				 i < LIVE_MOST ? 0 : i + 1 - LIVE_MOST);
	}
	/* of equal age datagrams go first: they are allowed less */
	for (uint32_t i = 0; i < BEYOND; i++)
		assert_int_equal(ended.number[i], 2 * i + 1);
	flowtab_finish(t);
	assert_int_equal(ended.n, LIVE_MOST + BEYOND);
	flowtab_free(t);
	table_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversation_is_one_part),
		cmocka_unit_test(answer_seen_first_is_from_end_one),
		cmocka_unit_test(resets_alone_have_a_number),
		cmocka_unit_test(repeated_syn_is_the_same_part),
		cmocka_unit_test(syn_of_another_number_begins_anew),
		cmocka_unit_test(syn_ack_of_an_unseen_syn_begins_anew),
		cmocka_unit_test(silence_alone_is_no_new_part),
		cmocka_unit_test(numbers_unwrap_past_four_gigabytes),
		cmocka_unit_test(acks_alone_carry_the_other_place_on),
		cmocka_unit_test(reset_and_far_jump_do_not_move),
		cmocka_unit_test(retransmission_begins_no_turn),
		cmocka_unit_test(head_does_not_depend_on_segments),
		cmocka_unit_test(head_with_a_hole_is_unknown),
		cmocka_unit_test(header_before_the_stream_is_no_part_of_it),
		cmocka_unit_test(trailer_names_a_peer),
		cmocka_unit_test(header_within_the_stream_is_content),
		cmocka_unit_test(datagrams_are_numbered),
		cmocka_unit_test(sample_keeps_the_same_whatever_the_order),
		cmocka_unit_test(wild_time_stamp_ends_nothing),
		cmocka_unit_test(idle_parts_are_handed_out),
		cmocka_unit_test(many_flows_keep_their_parts),
		cmocka_unit_test(quoted_packet_is_found),
		cmocka_unit_test(continuation_fragment_moves_nothing),
		cmocka_unit_test(expected_packets_give_the_same),
		cmocka_unit_test(oldest_go_where_there_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
