/* Packed messages: whatever goes in comes out; damaged bytes are refused. */
#include "store/message_pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t rng = 1;

static uint64_t draw(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

static void assert_same(const struct message *a, const struct message *b)
{
	assert_int_equal(a->part, b->part);
	assert_int_equal(a->dir, b->dir);
	assert_int_equal(a->proto, b->proto);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->flags, b->flags);
	assert_true(a->off == b->off);
	assert_true(a->len == b->len);
	assert_true(a->first_frame == b->first_frame);
	assert_true(a->last_frame == b->last_frame);
	assert_true(a->first_ns == b->first_ns);
	assert_true(a->last_ns == b->last_ns);
	assert_true(a->msg_id == b->msg_id);
	assert_true(a->status == b->status);
	assert_int_equal(!a->name, !b->name);
	if (a->name)
		assert_string_equal(a->name, b->name);
}

static void assert_comes_back(const struct message *m, size_t n)
{
	struct message *got = calloc(n + 1, sizeof *got);
	struct buf packed = { 0 };
	struct message_block b;
	size_t at = 0;

	messages_pack(m, n, &packed);
	assert_int_equal(message_block_open(&b, packed.at, packed.n), 0);
	for (size_t i = 0; i < b.n_runs; i++) { /* not in order */
		size_t k = i * 7 % b.n_runs;

		assert_ptr_equal(message_block_find(&b, b.runs[k].part),
				 &b.runs[k]);
	}
	assert_null(message_block_find(&b, UINT32_MAX));
	for (size_t i = 0; i < b.n_runs; i++) {
		assert_int_equal(message_block_run(&b, &b.runs[i], got), 0);
		assert_ptr_equal(message_block_find(&b, b.runs[i].part),
				 &b.runs[i]);
		for (size_t k = 0; k < b.runs[i].n && at < n; k++, at++)
			assert_same(&m[at], &got[k]);
	}
	assert_int_equal(at, n);
	message_block_release(&b);
	buf_release(&packed);
	free(got);
}

static void any_numbers_come_back(void **state)
{
	static const char *const names[] = { NULL, "", "GET a/b", "A x.org",
					     "GET a/b" };
	struct message m[MESSAGE_BLOCK];

	(void)state;
	for (size_t n = 0; n <= MESSAGE_BLOCK; n = n * 3 + 1) {
		uint32_t part = (uint32_t)draw();

		for (size_t i = 0; i < n; i++) {
			unsigned shift = draw() % 64;

			if (draw() % 3 == 0 && part < UINT32_MAX - 9)
				part += (uint32_t)(draw() % 9);
			m[i] = (struct message){
				.off = draw() >> shift,
				.len = draw() >> draw() % 64,
				.first_frame = draw() >> shift,
				.last_frame = draw() >> shift,
				.first_ns = (int64_t)(draw() << shift),
				.last_ns = (int64_t)draw() >> shift,
				.msg_id = (int64_t)draw() >> draw() % 64,
				.status = draw() % 2 ? 0 : (int64_t)draw(),
				.name = names[draw() % 5],
				.part = part,
				.dir = draw() % 2,
				.proto = (uint8_t)(draw() % MESSAGE_PROTOS),
				.kind = (uint8_t)(draw() % MESSAGE_KINDS),
				.flags = (uint8_t)(draw() % 3),
			};
			if (draw() % 2) {
				m[i].last_frame = m[i].first_frame;
				m[i].last_ns = m[i].first_ns;
			}
		}
		assert_comes_back(m, n);
	}
}

static void a_dns_exchange_takes_few_bytes(void **state)
{
	struct message m[MESSAGE_BLOCK];
	struct buf b = { 0 };

	(void)state;
	for (uint32_t i = 0; i < MESSAGE_BLOCK; i++) {
		int64_t ns = 1700000000000000000 + i * 250000ll;

		m[i] = (struct message){ .part = i / 2,
					 .dir = i & 1,
					 .kind = i & 1,
					 .proto = MESSAGE_DNS,
					 .off = 1,
					 .len = 40,
					 .first_frame = i,
					 .last_frame = i,
					 .first_ns = ns,
					 .last_ns = ns,
					 .msg_id = i / 2 * 77 % 65536,
					 .name = "A www.example.com" };
	}
	messages_pack(m, MESSAGE_BLOCK, &b);
	assert_in_range(b.n, 1, MESSAGE_BLOCK * 16);
	buf_release(&b);
}

/* Reads all that can be read of damaged bytes. */
static void read_all(const uint8_t *p, size_t n)
{
	struct message *got = calloc(MESSAGE_BLOCK, sizeof *got);
	struct message_block b;

	if (!message_block_open(&b, p, n)) {
		for (size_t i = 0; i < b.n_runs; i++)
			message_block_run(&b, &b.runs[i], got);
		message_block_release(&b);
	}
	free(got);
}

static void damaged_bytes_do_no_harm(void **state)
{
	struct message m[6] = { 0 };
	struct buf b = { 0 };
	uint8_t *copy;

	(void)state;
	for (uint32_t i = 0; i < 6; i++)
		m[i] = (struct message){ .part = i / 2,
					 .off = i * 1000,
					 .last_frame = i,
					 .name = i ? "GET x" : NULL,
					 .proto = MESSAGE_HTTP };
	messages_pack(m, 6, &b);
	copy = malloc(b.n);
	for (size_t i = 0; i < b.n; i++) {
		struct message_block block;

		memcpy(copy, b.at, i); /* cut: never whole */
		if (!message_block_open(&block, copy, i)) {
			message_block_release(&block);
			fail_msg("%zu of %zu bytes are a block", i, b.n);
		}
		for (int bit = 0; bit < 8; bit++) {
			memcpy(copy, b.at, b.n);
			copy[i] ^= (uint8_t)(1 << bit);
			read_all(copy, b.n);
		}
	}
	free(copy);
	buf_release(&b);
}

/* Compressed, a few hundred bytes are as large: no block is. */
static void a_block_is_small(void **state)
{
	static const uint8_t head[] = { 0, 0, 0, 1, 1, 1 };
	struct message_block block;
	struct buf b = { 0 };

	(void)state;
	buf_bytes(&b, head, sizeof head);
	buf_varint(&b, 400000);
	while (b.n < sizeof head + 3 + 400000)
		buf_u8(&b, 0);
	assert_int_equal(message_block_open(&block, b.at, b.n), 0);
	message_block_release(&block);
	b.n = sizeof head;
	buf_varint(&b, 600000);
	while (b.n < sizeof head + 3 + 600000)
		buf_u8(&b, 0);
	assert_int_equal(message_block_open(&block, b.at, b.n), -1);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_numbers_come_back),
		cmocka_unit_test(a_dns_exchange_takes_few_bytes),
		cmocka_unit_test(damaged_bytes_do_no_harm),
		cmocka_unit_test(a_block_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
