/* The flow table: turns, heads, headers, trailers and samples. */
#include "tests/capture/flow_table.h"

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
		assert_int_equal(p->before.len[0], i ? n : 0);
		assert_int_equal(p->before.len[1], 0);
		assert_false(p->before.opening);
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
	assert_int_equal(part(x, 1)->before.len[0], 0);
	assert_true(part(x, 1)->before.named);
	assert_string_equal(net_end_text(&part(x, 1)->before.ends[0], text),
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
	assert_int_equal(part(x, 1)->before.len[0], 0);
	assert_int_equal(part(x, 1)->turn_bytes[0], 5 + strlen(header));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(retransmission_begins_no_turn),
		cmocka_unit_test(head_does_not_depend_on_segments),
		cmocka_unit_test(head_with_a_hole_is_unknown),
		cmocka_unit_test(header_before_the_stream_is_no_part_of_it),
		cmocka_unit_test(trailer_names_a_peer),
		cmocka_unit_test(header_within_the_stream_is_content),
		cmocka_unit_test(sample_keeps_the_same_whatever_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
