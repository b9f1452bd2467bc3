/* Views of flows: order over runs, blocks and parts; shift and swap. */
#include "store/recs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "store/pack.h"

#define FILE_A 256
#define FILE_B 512
#define PART(file, number) ((int64_t)(file) << 32 | (number))

/* Record @i of a part: numbers tell which one it is. */
static struct record rec(uint32_t part, uint8_t dir, uint64_t i)
{
	return (struct record){
		.part = part,
		.dir = dir,
		.frame = 1 + i * 2 + dir,
		.time_ns = (int64_t)(1000 * i + part),
		.seq64 = (1ull << 32) + 100 * i,
		.ack64 = (1ull << 32) + i,
		.tcp_flags = REC_ACK,
		.pay_len = 100,
		.hdr_len = 40,
		.wire_len = 154,
		.cap_len = 154,
		.ttl = (uint8_t)part,
	};
}

/* A run in a block that is being made. */
struct making {
	struct pack_run runs[64];
	size_t n;
	struct buf bytes;
	struct block_row row;
};

static void make_run(struct making *m, uint32_t part, uint8_t dir,
		     uint64_t first, uint32_t n)
{
	struct record *r = mem_alloc(n * sizeof *r);
	size_t at = m->bytes.n;

	for (uint32_t i = 0; i < n; i++)
		r[i] = rec(part, dir, first + i);
	pack_run(r, n, &m->bytes);
	if (!m->n) {
		m->row.part_min = m->row.part_max = part;
		m->row.dir = dir;
	}
	if (part < m->row.part_min)
		m->row.part_min = part;
	if (part > m->row.part_max)
		m->row.part_max = part;
	if (dir != m->row.dir)
		m->row.dir = 2;
	m->row.n += n;
	m->runs[m->n++] = (struct pack_run){
		.part = part,
		.dir = dir,
		.n = n,
		.at = at,
		.size = m->bytes.n - at,
	};
	free(r);
}

static void make_block(struct making *m, struct store *s, int64_t file)
{
	struct buf block = { 0 };

	m->row.file = file;
	pack_block(m->runs, m->n, &m->bytes, &block);
	store_block_put(s, &m->row, &block);
	buf_release(&block);
	buf_release(&m->bytes);
	*m = (struct making){ 0 };
}

static void make_file(struct store *s, int64_t id, bool complete)
{
	char path[] = "f", digest[] = "";
	struct file_row f = { .id = id,
			      .point = 1,
			      .path = path,
			      .digest = digest,
			      .complete = complete };

	store_file_put(s, &f);
}

/* File A: window 1 has parts 1 (long), 2, 3; window 2 parts 1, 3, 4.
 * File B: part 1.  File C is incomplete. */
static int setup(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct making m = { 0 };

	if (!s)
		return -1;
	store_begin(s);
	make_file(s, FILE_A, true);
	make_file(s, FILE_B, true);
	make_file(s, 768, false);
	make_run(&m, 1, 0, 0, 4096);
	make_block(&m, s, FILE_A);
	make_run(&m, 1, 0, 4096, 1000);
	make_run(&m, 1, 1, 0, 3);
	make_run(&m, 2, 0, 0, 2);
	make_run(&m, 3, 1, 0, 5);
	make_block(&m, s, FILE_A);
	make_run(&m, 1, 0, 5096, 4);
	make_run(&m, 3, 0, 0, 1);
	make_run(&m, 3, 1, 5, 1);
	make_run(&m, 4, 0, 0, 2);
	make_block(&m, s, FILE_A);
	make_run(&m, 1, 0, 0, 7);
	make_run(&m, 1, 1, 0, 6);
	make_block(&m, s, FILE_B);
	make_run(&m, 1, 0, 0, 9);
	make_block(&m, s, 768);
	*state = s;
	return store_commit(s, &err);
}

static int teardown(void **state)
{
	store_close(*state);
	return 0;
}

static struct recs *view(struct store *s, struct flow_part *parts, size_t n,
			 int dir)
{
	struct flow_row f = {
		.id = 1, .proto = 6, .n_parts = n, .parts = parts
	};

	return recs_open(s, &f, dir);
}

static void runs_of_a_part_are_joined_in_order(void **state)
{
	struct flow_part p = { .part = PART(FILE_A, 1) };
	struct recs *v = view(*state, &p, 1, 0);

	assert_int_equal(recs_count(v), 5100);
	for (uint64_t i = 0; i < 5100; i++) {
		const struct record *r = recs_get(v, i);

		assert_int_equal(r->seq64, (1ull << 32) + 100 * i);
		assert_int_equal(r->part, 1);
		assert_int_equal(recs_file(v, i), FILE_A);
	}
	assert_int_equal(recs_get(v, 17)->frame, 35);
	recs_close(v);
}

struct changes {
	int64_t file;
	uint64_t n;
};

static void add_a_second(void *ctx, int64_t file, struct record *r)
{
	struct changes *c = ctx;

	c->file = file;
	c->n++;
	r->time_ns += 1000000000;
}

static void a_view_may_change_its_records(void **state)
{
	struct flow_part p = { .part = PART(FILE_A, 1) };
	struct recs *plain = view(*state, &p, 1, 0);
	struct recs *v = view(*state, &p, 1, 0);
	struct changes c = { 0 };

	recs_change(v, add_a_second, &c);
	for (int round = 0; round < 2; round++)
		for (uint64_t i = 0; i < 5100; i++)
			assert_int_equal(recs_get(v, i)->time_ns,
					 recs_get(plain, i)->time_ns +
						 1000000000);
	assert_int_equal(c.file, FILE_A);
	assert_int_equal(c.n, 5100); /* each one once */
	recs_close(plain);
	recs_close(v);
}

static void parts_in_shared_blocks_are_found(void **state)
{
	static const struct {
		uint32_t part;
		int dir;
		uint64_t n;
	} want[] = { { 1, 1, 3 }, { 2, 0, 2 }, { 2, 1, 0 }, { 3, 0, 1 },
		     { 3, 1, 6 }, { 4, 0, 2 }, { 5, 0, 0 } };

	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		struct flow_part p = { .part = PART(FILE_A, want[i].part) };
		struct recs *v = view(*state, &p, 1, want[i].dir);

		assert_int_equal(recs_count(v), want[i].n);
		for (uint64_t k = 0; k < want[i].n; k++)
			assert_int_equal(recs_get(v, k)->ttl, want[i].part);
		recs_close(v);
	}
}

static void parts_follow_each_other_with_their_shifts(void **state)
{
	struct flow_part p[2] = {
		{ .part = PART(FILE_A, 2), .shift = { 1ll << 32, 5ll << 32 } },
		{ .part = PART(FILE_B, 1),
		  .swap = true,
		  .shift = { 2ll << 32, 3ll << 32 } },
	};
	struct recs *v = view(*state, p, 2, 0);
	const struct record *r;

	assert_int_equal(recs_count(v), 2 + 6);
	r = recs_get(v, 1);
	assert_int_equal(r->seq64, (2ull << 32) + 100);
	assert_int_equal(r->ack64, (6ull << 32) + 1);
	assert_int_equal(recs_file(v, 1), FILE_A);
	r = recs_get(v, 2);
	assert_int_equal(r->dir, 0);
	assert_int_equal(r->frame, 2); /* direction 1 of the part */
	assert_int_equal(r->seq64, 3ull << 32);
	assert_int_equal(r->ack64, 4ull << 32);
	assert_int_equal(recs_file(v, 2), FILE_B);
	assert_int_equal(recs_file(v, 0), FILE_A);
	recs_close(v);
}

/* A view may have the room of one that was closed, and nothing else of it. */
static void a_view_knows_nothing_of_those_before(void **state)
{
	struct flow_part many[2] = { { .part = PART(FILE_A, 1) },
				     { .part = PART(FILE_B, 1) } };
	struct flow_part one = { .part = PART(FILE_A, 4) };
	struct flow_part none = { .part = PART(FILE_A, 5) };
	struct recs *v[20];
	struct changes c = { 0 };

	for (size_t i = 0; i < 20; i++) {
		v[i] = view(*state, many, 2, 0);
		recs_change(v[i], add_a_second, &c);
		assert_int_equal(recs_count(v[i]), 5107);
		(void)recs_get(v[i], 5000);
	}
	for (size_t i = 0; i < 20; i++)
		recs_close(v[i]);
	c.n = 0;
	for (size_t i = 0; i < 20; i++) {
		v[i] = view(*state, i & 1 ? &one : &none, 1, 0);
		assert_int_equal(recs_count(v[i]), i & 1 ? 2 : 0);
		assert_int_equal(recs_get(v[i], 1)->ttl, i & 1 ? 4 : 0);
		assert_int_equal(recs_file(v[i], 1), i & 1 ? FILE_A : 0);
	}
	for (size_t i = 0; i < 20; i++)
		recs_close(v[i]);
	assert_int_equal(c.n, 0);
}

static void incomplete_and_missing_files_have_no_records(void **state)
{
	struct flow_part p[2] = { { .part = PART(768, 1) },
				  { .part = PART(9999, 1) } };
	struct recs *v = view(*state, p, 2, 0);

	assert_int_equal(recs_count(v), 0);
	assert_false(store_failed(*state));
	recs_close(v);
}

static void record_stays_while_others_are_looked_at(void **state)
{
	struct flow_part p[3] = { { .part = PART(FILE_A, 1) },
				  { .part = PART(FILE_A, 2) },
				  { .part = PART(FILE_B, 1) } };
	struct recs *v = view(*state, p, 3, 0);
	const struct record *first = recs_get(v, 0);
	struct record was = *first;

	for (int round = 0; round < 4; round++)
		for (uint64_t i = 0; i < recs_count(v); i += 500)
			recs_get(v, i);
	assert_ptr_equal(recs_get(v, 0), first);
	assert_memory_equal(first, &was, sizeof was);
	recs_close(v);
}

static void cached_blocks_are_forgotten_when_files_change(void **state)
{
	struct store *s = *state;
	struct flow_part p = { .part = PART(1024, 1) };
	struct making m = { 0 };
	struct err err = { 0 };
	struct recs *v = view(s, &p, 1, 0);

	assert_int_equal(recs_count(v), 0);
	recs_close(v);
	store_begin(s);
	make_run(&m, 1, 0, 0, 8);
	make_block(&m, s, 1024);
	make_file(s, 1024, true);
	assert_int_equal(store_commit(s, &err), 0);
	v = view(s, &p, 1, 0);
	assert_int_equal(recs_count(v), 8);
	recs_close(v);
	store_file_drop(s, 1024);
	v = view(s, &p, 1, 0);
	assert_int_equal(recs_count(v), 0);
	recs_close(v);
}

#define RUNS 40
#define RUN_RECORDS 50u

static void look_at(struct recs *v, uint64_t i)
{
	const struct record *r = recs_get(v, i);

	assert_int_equal(r->frame, 1 + 2 * i);
	assert_int_equal(r->seq64, (3ull << 32) + 100 * i);
	assert_int_equal(r->ack64, (2ull << 32) + i);
	assert_int_equal(r->dir, 0);
}

static void put_long(struct store *s)
{
	struct making m = { 0 };
	struct err err = { 0 };

	store_begin(s);
	make_file(s, 4096, true);
	for (unsigned k = 0; k < RUNS; k++) {
		make_run(&m, 1, 0, (uint64_t)k * RUN_RECORDS, RUN_RECORDS);
		make_block(&m, s, 4096);
	}
	assert_int_equal(store_commit(s, &err), 0);
}

static void drop_long(struct store *s)
{
	struct err err = { 0 };

	store_begin(s);
	store_file_drop(s, 4096);
	assert_int_equal(store_commit(s, &err), 0);
}

/* From front to back, from amid, back again, and not to the end: on one
 * processor, and where another unpacks ahead. */
static void long_strands_read_the_same_in_any_order(void **state)
{
	static const char *const width[] = { "1", "2" };
	struct store *s = *state;
	struct flow_part p = { .part = PART(4096, 1),
			       .shift = { 2ll << 32, 1ll << 32 } };

	put_long(s);
	for (size_t w = 0; w < 2; w++)
		for (uint64_t from = 0; from < RUNS; from += 3) {
			struct recs *v = view(s, &p, 1, 0);
			uint64_t n = recs_count(v);

			setenv("TRACEPAIR_THREADS", width[w], 1);
			assert_int_equal(n, RUNS * RUN_RECORDS);
			for (uint64_t i = from * RUN_RECORDS; i < n; i++) {
				look_at(v, i);
				if (i % 130 == 0)
					look_at(v, i / 2);
			}
			for (uint64_t i = from * RUN_RECORDS; i-- > 0;)
				look_at(v, i);
			/* closed amid */
			for (uint64_t i = 0; i < from * RUN_RECORDS; i++)
				look_at(v, i);
			recs_close(v);
		}
	unsetenv("TRACEPAIR_THREADS");
	assert_false(store_failed(s));
	drop_long(s);
}

/* Before the records were unpacked, when they were, and when they have left. */
static void stamps_are_those_of_the_records(void **state)
{
	struct store *s = *state;
	struct flow_part p = { .part = PART(4096, 1) };
	struct changes c = { 0 };
	struct recs *v;
	uint64_t n;

	put_long(s);
	v = view(s, &p, 1, 0);
	recs_change(v, add_a_second, &c);
	recs_keep_times(v);
	n = recs_count(v);
	for (uint64_t i = 0; i < n; i++)
		assert_int_equal(recs_time(v, i), 1000000001 + 1000 * i);
	for (uint64_t i = n; i-- > 0;)
		assert_int_equal(recs_time(v, i), 1000000001 + 1000 * i);
	assert_int_equal(c.n, n); /* each was unpacked once */
	recs_close(v);
	drop_long(s);
}

static void a_kept_record_outlasts_its_run(void **state)
{
	struct store *s = *state;
	struct flow_part p = { .part = PART(4096, 1),
			       .shift = { 2ll << 32, 1ll << 32 } };
	struct changes c = { 0 };
	const struct record *kept;
	struct record was;
	struct recs *v;
	uint64_t n;

	put_long(s);
	v = view(s, &p, 1, 0);
	recs_change(v, add_a_second, &c);
	n = recs_count(v);
	recs_keep(v, 7);
	recs_keep(v, 300);
	recs_keep(v, 299); /* out of order: not kept, and read as ever */
	recs_keep(v, n);
	look_at(v, n - 1);
	kept = recs_get(v, 7);
	was = *kept;
	for (uint64_t i = 0; i < n; i++)
		look_at(v, i);
	c.n = 0;
	assert_ptr_equal(recs_get(v, 7), kept);
	assert_memory_equal(kept, &was, sizeof was);
	look_at(v, 300);
	assert_int_equal(c.n, 0);
	look_at(v, 299);
	assert_int_equal(c.n, RUN_RECORDS);
	look_at(v, 7);
	look_at(v, 8);
	recs_close(v);
	drop_long(s);
}

/* A row that promises other runs than its block has. */
static void damaged_block_fails_the_store(void **state)
{
	struct store *s = *state;
	struct flow_part p = { .part = PART(2048, 1) };
	struct block_row row = {
		.file = 2048, .part_min = 1, .part_max = 1, .dir = 0, .n = 10
	};
	uint8_t junk[] = { 1, 2, 3, 4, 5 };
	struct buf b = { junk, sizeof junk, sizeof junk };
	struct err err = { 0 };
	struct recs *v;

	store_begin(s);
	make_file(s, 2048, true);
	store_block_put(s, &row, &b);
	assert_int_equal(store_commit(s, &err), 0);
	v = view(s, &p, 1, 0);
	assert_int_equal(recs_count(v), 10);
	assert_int_equal(recs_get(v, 3)->frame, 0);
	assert_true(store_failed(s));
	assert_int_equal(store_commit(s, &err), -1);
	assert_non_null(strstr(err.text, "block"));
	recs_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_of_a_part_are_joined_in_order),
		cmocka_unit_test(a_view_may_change_its_records),
		cmocka_unit_test(parts_in_shared_blocks_are_found),
		cmocka_unit_test(parts_follow_each_other_with_their_shifts),
		cmocka_unit_test(a_view_knows_nothing_of_those_before),
		cmocka_unit_test(incomplete_and_missing_files_have_no_records),
		cmocka_unit_test(record_stays_while_others_are_looked_at),
		cmocka_unit_test(cached_blocks_are_forgotten_when_files_change),
		cmocka_unit_test(long_strands_read_the_same_in_any_order),
		cmocka_unit_test(stamps_are_those_of_the_records),
		cmocka_unit_test(a_kept_record_outlasts_its_run),
		cmocka_unit_test(damaged_block_fails_the_store),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
