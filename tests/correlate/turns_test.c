/* Exchanges by the direction of data. */
#include "correlate/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/message_pack.h"
#include "store/pack.h"

#define MS 1000000ll
#define FILE_ID 256
#define BASE (1ull << 32)

/* Packets of one flow: "C" client, "S" server; bytes from a place in the stream. */
struct line {
	char who;
	uint32_t from, len;
};

struct scene {
	struct store *s;
	struct pair_case c;
	struct point p;
	struct flow flow;
	struct asks out;
};

static void put_lines(struct store *s, const struct line *l, unsigned n,
		      uint8_t dir)
{
	struct record r[64];
	struct buf bytes = { 0 }, block = { 0 };
	struct pack_run run = { .part = 1, .dir = dir };
	struct block_row row = {
		.file = FILE_ID, .part_min = 1, .part_max = 1, .dir = dir
	};

	for (unsigned i = 0; i < n; i++) {
		if ((l[i].who == 'S') != dir)
			continue;
		r[run.n] = (struct record){
			.part = 1,
			.dir = dir,
			.frame = i + 1,
			.time_ns = (i + 1) * MS,
			.seq64 = BASE + l[i].from,
			.tcp_flags = REC_ACK,
			.pay_len = l[i].len,
			.hdr_len = 40,
			.wire_len = 54 + l[i].len,
			.cap_len = 54 + l[i].len,
			.ttl = 60,
		};
		run.n++;
	}
	if (!run.n)
		return;
	pack_run(r, run.n, &bytes);
	run.size = bytes.n;
	row.n = run.n;
	pack_block(&run, 1, &bytes, &block);
	store_block_put(s, &row, &block);
	buf_release(&bytes);
	buf_release(&block);
}

static void put_message(struct store *s, uint8_t proto, uint8_t dir,
			uint64_t off, uint64_t len)
{
	const struct message m = {
		.off = BASE + off,
		.len = len,
		.first_frame = 1,
		.last_frame = 1,
		.msg_id = -1,
		.part = 1,
		.dir = dir,
		.proto = proto,
		.kind = proto == MESSAGE_TLS ? MESSAGE_HANDSHAKE
					     : MESSAGE_REQUEST,
	};
	struct message_block_row row = { .file = FILE_ID,
					 .part_min = 1,
					 .part_max = 1,
					 .n = 1,
					 .protos = 1u << proto };
	struct buf b = { 0 };

	messages_pack(&m, 1, &b);
	store_messages_put(s, &row, &b);
	buf_release(&b);
}

static void scene_open(struct scene *t, const struct line *l, unsigned n)
{
	struct err err = { 0 };
	char path[] = "f", digest[] = "";
	struct file_row f = { .id = FILE_ID,
			      .point = 1,
			      .path = path,
			      .digest = digest,
			      .complete = true };

	memset(t, 0, sizeof *t);
	t->s = store_open(NULL, STORE_CREATE, &err);
	assert_non_null(t->s);
	store_begin(t->s);
	store_file_put(t->s, &f);
	put_lines(t->s, l, n, 0);
	put_lines(t->s, l, n, 1);
	t->flow = (struct flow){ .part = FILE_ID * BASE + 1,
				 .n_parts = 1,
				 .proto = 6 };
	t->flow.dir[0].bytes = t->flow.dir[1].bytes = 1;
	t->p = (struct point){ .id = 1, .flow = &t->flow, .n = 1 };
	t->c = (struct pair_case){ .store = t->s, .point = &t->p, .n = 1 };
}

static void scene_read(struct scene *t)
{
	struct err err = { 0 };
	const uint8_t wants[1] = { 1 };

	assert_int_equal(store_commit(t->s, &err), 0);
	turns_read(&t->c, 0, wants, &t->out);
}

static void scene_close(struct scene *t)
{
	assert_false(store_failed(t->s));
	VEC_FREE(&t->out);
	store_close(t->s);
}

#define OPEN(t, lines) scene_open(t, lines, sizeof(lines) / sizeof *(lines))

static void expect_ask(const struct scene *t, size_t i, uint64_t asked,
		       uint32_t asks, uint64_t told_last, uint32_t tells)
{
	assert_true(i < t->out.n);
	assert_int_equal(t->out.at[i].frame[0], asked);
	assert_int_equal(t->out.at[i].asked, (int64_t)asked * MS);
	assert_int_equal(t->out.at[i].len[0], asks);
	assert_int_equal(t->out.at[i].told_last, (int64_t)told_last * MS);
	assert_int_equal(t->out.at[i].len[1], tells);
}

static void who_speaks_makes_turns(void **state)
{
	const struct line l[] = {
		{ 'C', 0, 0 },    { 'S', 0, 10 },    { 'C', 0, 100 },
		{ 'C', 100, 50 }, { 'S', 10, 1000 }, { 'S', 1010, 500 },
		{ 'C', 150, 70 }, { 'S', 1510, 9 },  { 'C', 220, 5 },
	};
	struct scene t;

	(void)state;
	OPEN(&t, l);
	scene_read(&t);
	assert_int_equal(t.out.n, 2); /* the last one has no answer */
	expect_ask(&t, 0, 3, 150, 6, 1500);
	expect_ask(&t, 1, 7, 70, 8, 9);
	assert_int_equal(t.out.at[0].form, ASK_OTHER);
	assert_int_equal(t.out.at[0].asked_last, 4 * MS);
	assert_int_equal(t.out.at[0].told, 5 * MS);
	scene_close(&t);
}

/* Copies, keep-alives and holes leave turns and their lengths as they are. */
static void only_new_data_count(void **state)
{
	const struct line l[] = {
		{ 'C', 0, 100 },     { 'C', 0, 100 },  { 'S', 0, 1000 },
		{ 'C', 0, 100 },     { 'C', 99, 1 },   { 'S', 2000, 1000 },
		{ 'S', 1000, 1000 }, { 'C', 100, 30 }, { 'S', 3000, 7 },
	};
	struct scene t;

	(void)state;
	OPEN(&t, l);
	scene_read(&t);
	assert_int_equal(t.out.n, 2);
	expect_ask(&t, 0, 1, 100, 6, 3000);
	expect_ask(&t, 1, 8, 30, 9, 7);
	scene_close(&t);
}

static void handshakes_and_alerts_are_left_out(void **state)
{
	const struct line l[] = {
		{ 'C', 0, 300 },    { 'S', 0, 3000 }, { 'C', 300, 164 },
		{ 'S', 3000, 500 }, { 'C', 464, 80 }, { 'S', 3500, 900 },
		{ 'S', 4400, 24 },  { 'C', 544, 24 },
	};
	struct scene t;

	(void)state;
	OPEN(&t, l);
	put_message(t.s, MESSAGE_TLS, 0, 0, 364);
	put_message(t.s, MESSAGE_TLS, 1, 0, 3000);
	scene_read(&t);
	assert_int_equal(t.out.n, 2);
	expect_ask(&t, 0, 3, 100, 4, 500);
	expect_ask(&t, 1, 5, 80, 6, 900);
	assert_int_equal(t.out.at[1].form, ASK_SEALED);
	scene_close(&t);
}

static void requests_that_are_read_tell_the_form(void **state)
{
	const struct line l[] = { { 'C', 0, 200 }, { 'S', 0, 40 } };
	struct scene t;

	(void)state;
	OPEN(&t, l);
	put_message(t.s, MESSAGE_HTTP, 0, 0, 200);
	scene_read(&t);
	assert_int_equal(t.out.n, 1);
	assert_int_equal(t.out.at[0].form, ASK_HTTP);
	scene_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_speaks_makes_turns),
		cmocka_unit_test(only_new_data_count),
		cmocka_unit_test(handshakes_and_alerts_are_left_out),
		cmocka_unit_test(requests_that_are_read_tell_the_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
