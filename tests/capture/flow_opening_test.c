/* Streams that begin behind what a client and a proxy said to one another. */
#include "tests/capture/flow_table.h"

#include "capture/talk.h"

#define ASK "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n"
#define DENIED "HTTP/1.1 407 Authenticate\r\nContent-Length: 4\r\n\r\nnone"
#define GRANTED "HTTP/1.1 200 Connection established\r\n\r\n"
#define HELLO "\x16\x03\x01\x02\x05\x01, as if it were from a client"
#define ANSWER "\x16\x03\x03\x02\x05\x02, and this from its server"

struct talking {
	struct table *x;
	struct talks *talks;
	uint32_t next[2]; /* numbers to send */
};

static void nothing(void *ctx, const struct message *m, uint32_t lane)
{
	(void)ctx;
	(void)m;
	(void)lane;
}

static struct talking begin(void)
{
	struct talking g = { .x = table_new(),
			     .talks = talks_new(true, nothing, NULL),
			     .next = { 101, 201 } };

	flowtab_listen(g.x->t, g.talks);
	return g;
}

static void say(struct talking *g, int way, const char *text)
{
	tcp(g->x, way, A, g->next[way], g->next[!way], text);
	g->next[way] += (uint32_t)strlen(text);
}

/* Says @n bytes, of which @cap are captured. */
static void say_cut(struct talking *g, int way, const char *bytes, uint32_t n,
		    uint32_t cap)
{
	struct packet p = blank(g->x, way, IPPROTO_TCP);

	p.rec.tcp_flags = A;
	p.rec.seq64 = g->next[way];
	p.rec.ack64 = g->next[!way];
	p.rec.pay_len = n;
	p.payload_cap = cap < n ? cap : n;
	p.payload = (const uint8_t *)bytes;
	p.rec.marks = REC_HEAD;
	p.rec.head_digest = 77 + n;
	add(g->x, &p);
	g->next[way] += n;
}

static void say_bytes(struct talking *g, int way, const char *bytes, uint32_t n)
{
	say_cut(g, way, bytes, n, n);
}

/* Says @text, of which the beginning is captured. */
static void say_begun(struct talking *g, int way, const char *text)
{
	say_cut(g, way, text, (uint32_t)strlen(text), 30);
}

static const struct part *finish(struct talking *g)
{
	flowtab_finish(g->x->t);
	return part(g->x, 1);
}

static void end(struct talking *g)
{
	table_free(g->x);
	talks_free(g->talks);
}

static void say_stream(struct talking *g)
{
	say(g, 0, HELLO);
	say(g, 1, ANSWER);
	say(g, 0, "and more from the client");
}

/* Has it what identifies the same streams without a proxy? */
static void expect_same(const struct part *p, const struct part *bare,
			size_t asked, size_t granted)
{
	size_t before[2] = { asked, granted };

	assert_true(p->before.opening);
	assert_int_equal(p->turns, bare->turns);
	assert_int_equal(p->first_turn_dir, bare->first_turn_dir);
	for (unsigned i = 0; i < p->turns; i++)
		assert_int_equal(p->turn_bytes[i], bare->turn_bytes[i]);
	for (int d = 0; d < 2; d++) {
		const struct part_dir *x = &p->dir[d], *y = &bare->dir[d];

		assert_int_equal(p->before.len[d], before[d]);
		assert_int_equal(x->head_len, y->head_len);
		assert_true(x->head == y->head);
		assert_int_equal(x->any.n, y->any.n);
		for (unsigned i = 0; i < x->any.n; i++) {
			assert_int_equal(x->any.at[i].digest,
					 y->any.at[i].digest);
			assert_int_equal(x->any.at[i].seq - before[d],
					 y->any.at[i].seq);
		}
	}
}

static void streams_begin_behind_connect(void **state)
{
	struct talking bare = begin(), one = begin(), two = begin();
	const struct part *p;

	(void)state;
	handshake(bare.x, 100, 200);
	handshake(one.x, 100, 200);
	handshake(two.x, 100, 200);
	say_stream(&bare);
	p = finish(&bare);
	say(&one, 0, ASK);
	say(&one, 1, GRANTED);
	say_stream(&one);
	expect_same(finish(&one), p, strlen(ASK), strlen(GRANTED));
	/* after a refusal that wants credentials */
	say(&two, 0, ASK);
	say(&two, 1, DENIED);
	say(&two, 0, "CONNECT example.org:443 HTTP/1.1\r\n");
	say(&two, 0, "Proxy-Authorization: Basic YTpi\r\n\r\n");
	say(&two, 1, GRANTED);
	say_stream(&two);
	expect_same(finish(&two), p, strlen(ASK) + 34 + 35,
		    strlen(DENIED) + strlen(GRANTED));
	end(&bare);
	end(&one);
	end(&two);
}

static void streams_begin_behind_socks(void **state)
{
	struct talking bare = begin(), five = begin(), four = begin();
	const struct part *p;

	(void)state;
	handshake(bare.x, 100, 200);
	handshake(five.x, 100, 200);
	handshake(four.x, 100, 200);
	say_stream(&bare);
	p = finish(&bare);
	say_bytes(&five, 0, "\5\1\0", 3);
	say_bytes(&five, 1, "\5\0", 2);
	say_bytes(&five, 0, "\5\1\0\3\7a.local\1\xbb", 14);
	say_bytes(&five, 1, "\5\0\0\1\0\0\0\0\0\0", 10);
	say_stream(&five);
	expect_same(finish(&five), p, 17, 12);
	say_bytes(&four, 0, "\4\1\0\x16\xc0\0\2\7joe", 12);
	say_bytes(&four, 1, "\0\x5a\0\0\0\0\0\0", 8);
	say_stream(&four);
	expect_same(finish(&four), p, 12, 8);
	end(&bare);
	end(&five);
	end(&four);
}

/* Is nothing before the streams? */
static void expect_none(struct talking *g, unsigned turns)
{
	const struct part *p = finish(g);

	assert_false(p->before.opening);
	assert_int_equal(p->before.len[0], 0);
	assert_int_equal(p->before.len[1], 0);
	assert_int_equal(p->turns, turns);
	end(g);
}

/* Says all of a tunnel's beginning, and something else than TLS where @other. */
static void say_all_cut(struct talking *g, const char *granted, bool other)
{
	handshake(g->x, 100, 200);
	say_begun(g, 0, ASK);
	say_begun(g, 1, DENIED);
	say_begun(g, 0, ASK);
	say_begun(g, 1, granted);
	say_begun(g, 0, other ? "SSH-2.0-client, of some length\r\n" : HELLO);
	say_begun(g, 1, ANSWER);
}

/* Where headers are cut off, TLS shows where the streams begin. */
static void streams_of_tls_begin_behind_what_was_cut(void **state)
{
	struct talking g = begin(), other = begin(), refused = begin();
	const struct part *p;

	(void)state;
	say_all_cut(&g, GRANTED, false);
	p = finish(&g);
	assert_true(p->before.opening);
	assert_int_equal(p->before.len[0], 2 * strlen(ASK));
	assert_int_equal(p->before.len[1], strlen(DENIED) + strlen(GRANTED));
	assert_int_equal(p->turns, 2);
	assert_int_equal(p->turn_bytes[0], strlen(HELLO));
	assert_int_equal(p->turn_bytes[1], strlen(ANSWER));
	for (int d = 0; d < 2; d++) {
		assert_int_equal(p->dir[d].head_len, 0); /* cut */
		assert_int_equal(p->dir[d].any.n, 1);
	}
	end(&g);
	/* the answer is whole, as it is short */
	g = begin();
	say_all_cut(&g, "HTTP/1.0 200 OK\r\n\r\n", true);
	p = finish(&g);
	assert_true(p->before.opening);
	assert_int_equal(p->before.len[0], 2 * strlen(ASK));
	assert_int_equal(p->before.len[1], strlen(DENIED) + 19);
	end(&g);
	say_all_cut(&other, GRANTED, true);
	expect_none(&other, 6);
	say_all_cut(&refused, "HTTP/1.1 502 Bad Gateway, as it is down\r\n\r\n",
		    false);
	expect_none(&refused, 6);
}

/* A server that speaks first may be in the answer's segment. */
static void a_stream_may_begin_in_the_answers_segment(void **state)
{
	struct talking bare = begin(), one = begin();
	const struct part *p, *q;

	(void)state;
	handshake(bare.x, 100, 200);
	handshake(one.x, 100, 200);
	say(&bare, 1, "SSH-2.0-made_up\r\n");
	say(&bare, 0, "SSH-2.0-client\r\n");
	say(&one, 0, ASK);
	say(&one, 1, GRANTED "SSH-2.0-made_up\r\n");
	say(&one, 0, "SSH-2.0-client\r\n");
	p = finish(&bare);
	q = finish(&one);
	assert_true(q->before.opening);
	assert_int_equal(q->before.len[1], strlen(GRANTED));
	assert_int_equal(q->turns, 2);
	assert_int_equal(q->first_turn_dir, 1);
	for (int d = 0; d < 2; d++) {
		assert_int_equal(q->turn_bytes[d], p->turn_bytes[d]);
		assert_int_equal(q->dir[d].head_len, p->dir[d].head_len);
		assert_true(q->dir[d].head == p->dir[d].head);
	}
	end(&bare);
	end(&one);
}

static void what_is_no_tunnel_has_nothing_before_it(void **state)
{
	struct talking refused = begin(), plain = begin(), midst = begin(),
		       socks = begin(), bind = begin();

	(void)state;
	handshake(refused.x, 100, 200);
	say(&refused, 0, ASK);
	say(&refused, 1, "HTTP/1.1 403 Forbidden\r\n\r\nno");
	expect_none(&refused, 2);
	handshake(plain.x, 100, 200);
	say(&plain, 0, "GET http://example.org/ HTTP/1.1\r\n\r\n");
	say(&plain, 1, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	say(&plain, 0, ASK); /* its answer is yet to come */
	expect_none(&plain, 3);
	/* refused, and granted without a stream */
	handshake(socks.x, 100, 200);
	say_bytes(&socks, 0, "\4\1\0\x16\xc0\0\2\7joe", 12);
	say_bytes(&socks, 1, "\0\x5b\0\0\0\0\0\0", 8);
	expect_none(&socks, 2);
	handshake(bind.x, 100, 200);
	say_bytes(&bind, 0, "\4\2\0\x16\xc0\0\2\7joe", 12);
	say_bytes(&bind, 1, "\0\x5a\0\0\0\0\0\0", 8);
	say_bytes(&bind, 1, "\0\x5a\0\0\0\0\0\0", 8);
	expect_none(&bind, 2);
	/* where streams begin is not known without the SYNs */
	say(&midst, 0, ASK);
	say(&midst, 1, GRANTED);
	say(&midst, 0, HELLO);
	expect_none(&midst, 3);
}

/* A header longer than any that is kept leaves all as it is. */
static void a_long_header_is_not_taken_off(void **state)
{
	struct talking g = begin();
	char line[1001];

	(void)state;
	memset(line, 'a', 1000);
	memcpy(line, "X: ", 3);
	memcpy(line + 998, "\r\n", 3);
	handshake(g.x, 100, 200);
	say(&g, 0, "CONNECT example.org:443 HTTP/1.1\r\n");
	for (int i = 0; i < 70; i++)
		say(&g, 0, line);
	say(&g, 0, "\r\n");
	say(&g, 1, GRANTED);
	expect_none(&g, 2);
}

/* Its client's data behind the request, before the answer, is of the stream. */
static void a_stream_may_begin_before_it_is_granted(void **state)
{
	struct talking g = begin();
	const struct part *p;

	(void)state;
	handshake(g.x, 100, 200);
	say(&g, 0, ASK);
	say(&g, 0, HELLO);
	say(&g, 1, GRANTED);
	say(&g, 1, ANSWER);
	p = finish(&g);
	assert_int_equal(p->before.len[0], strlen(ASK));
	assert_int_equal(p->before.len[1], strlen(GRANTED));
	assert_int_equal(p->dir[0].head_len, 0); /* it was not kept */
	assert_int_equal(p->dir[1].head_len, strlen(ANSWER));
	end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_begin_behind_connect),
		cmocka_unit_test(streams_begin_behind_socks),
		cmocka_unit_test(streams_of_tls_begin_behind_what_was_cut),
		cmocka_unit_test(a_stream_may_begin_in_the_answers_segment),
		cmocka_unit_test(what_is_no_tunnel_has_nothing_before_it),
		cmocka_unit_test(a_long_header_is_not_taken_off),
		cmocka_unit_test(a_stream_may_begin_before_it_is_granted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
