/* Blocks of a temporary case stand in memory, for all of its connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "store/block_dir.h"
#include "store/shelf.h"
#include "store/store_int.h"

#define ID(file, number) ((int64_t)(file) << 32 | (number))

static void fill(struct buf *b, uint8_t with, size_t n)
{
	b->n = 0;
	memset(buf_room(b, n), with, n);
	b->n = n;
}

/* Return: @n bytes where they stay, or NULL. */
static uint8_t *make(struct kept_place *p, uint8_t with, size_t n)
{
	uint8_t *at = kept_room(p, n);

	if (!at)
		return NULL;
	memset(at, with, n);
	kept_took(p, n);
	return at;
}

static void bytes_stay_where_they_are(void **state)
{
	struct kept *k = kept_new();
	struct kept_place place[3] = { { .kept = k },
				       { .kept = k },
				       { .kept = k } };
	const uint8_t *at[300];
	size_t n;

	(void)state;
	for (uint32_t i = 0; i < 300; i++) { /* of three files, some pages */
		at[i] = make(&place[i % 3], (uint8_t)i, 50000);
		assert_non_null(at[i]);
		kept_put(k, ID(1 + i % 3, 1 + i / 3), at[i], 50000);
	}
	for (uint32_t i = 0; i < 300; i++) {
		assert_ptr_equal(kept_find(k, ID(1 + i % 3, 1 + i / 3), &n),
				 at[i]);
		assert_int_equal(n, 50000);
		assert_int_equal(at[i][0], (uint8_t)i);
		assert_int_equal(at[i][n - 1], (uint8_t)i);
	}
	assert_null(kept_find(k, ID(1, 0), &n));
	assert_null(kept_find(k, ID(1, 101), &n));
	assert_null(kept_find(k, ID(4, 1), &n));
	kept_drop(k, 2);
	assert_null(kept_find(k, ID(2, 1), &n));
	assert_ptr_equal(kept_find(k, ID(3, 1), &n), at[2]);
	kept_free(k);
}

static void shelves_have_numbers(void **state)
{
	struct kept *k = kept_new();
	struct kept_place place = { .kept = k };
	const uint8_t *at[50];
	size_t n;

	(void)state;
	for (size_t i = 0; i < 50; i++) {
		at[i] = make(&place, (uint8_t)i, 1 + i);
		assert_int_equal(kept_shelf_put(k, at[i], 1 + i), i);
	}
	for (size_t i = 0; i < 50; i++) {
		assert_ptr_equal(kept_shelf(k, (int64_t)i, &n), at[i]);
		assert_int_equal(n, 1 + i);
		assert_int_equal(at[i][i], i);
	}
	assert_null(kept_shelf(k, -1, &n));
	assert_null(kept_shelf(k, 50, &n));
	kept_free(k);
}

static void there_is_room_for_so_much(void **state)
{
	struct kept *k = kept_new();
	struct kept_place p = { .kept = k };
	size_t i = 0;

	(void)state;
	assert_null(kept_room(&p, 3 << 20)); /* no page is that large */
	while (make(&p, 7, 1 << 20))
		assert_true(++i < 1000);
	assert_in_range(i, 50, 300);
	assert_null(make(&p, 7, 1));
	kept_free(k);
}

/* A worker for each of many small files: they do not take a page each. */
static void the_rest_of_a_page_is_for_others(void **state)
{
	struct kept *k = kept_new();

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		struct kept_place p = { .kept = k };

		assert_non_null(make(&p, 7, 50000));
		kept_leave(&p);
	}
	kept_free(k);
}

/* A block of one run of part @part, where it stays. */
static void put_block(struct kept_place *p, int64_t id, uint32_t part)
{
	struct pack_run run = { .part = part, .n = 3, .size = 1 };
	struct buf bytes = { 0 }, block = { 0 };
	uint8_t *at;

	buf_u8(&bytes, 7);
	pack_block(&run, 1, &bytes, &block);
	at = make(p, 0, block.n);
	memcpy(at, block.at, block.n);
	kept_put(p->kept, id, at, block.n);
	buf_release(&bytes);
	buf_release(&block);
}

struct asking {
	struct kept *kept;
	const struct block_dir *had[64][8];
};

static void ask(void *ctx, unsigned worker, size_t i)
{
	struct asking *a = ctx;

	(void)worker;
	for (uint32_t k = 0; k < 8; k++)
		a->had[i][k] = kept_dir(a->kept, ID(1, 1 + k));
}

static void all_share_one_directory(void **state)
{
	struct asking a = { .kept = kept_new() };
	struct kept_place p = { .kept = a.kept };
	uint8_t *bad = make(&p, 0xff, 5);

	(void)state;
	for (uint32_t k = 0; k < 8; k++)
		put_block(&p, ID(1, 1 + k), 10 + k);
	kept_put(a.kept, ID(1, 9), bad, 5);
	parallel_run(64, ask, &a);
	for (size_t i = 0; i < 64; i++)
		for (uint32_t k = 0; k < 8; k++) {
			const struct block_dir *d = a.had[i][k];

			assert_non_null(d);
			assert_ptr_equal(d, a.had[0][k]);
			assert_int_equal(block_dir_find(d, 10 + k, 0, 1), 0);
		}
	assert_null(kept_dir(a.kept, ID(1, 9)));
	assert_null(kept_dir(a.kept, ID(1, 10)));
	assert_null(kept_dir(a.kept, ID(2, 1)));
	put_block(&p, ID(1, 1), 99); /* in its place */
	assert_int_equal(block_dir_find(kept_dir(a.kept, ID(1, 1)), 99, 0, 1),
			 0);
	kept_drop(a.kept, 1);
	assert_null(kept_dir(a.kept, ID(1, 2)));
	kept_free(a.kept);
}

/* Its directory has room before its runs turn out to be missing. */
static void a_block_that_ends_early_has_no_directory(void **state)
{
	struct kept *k = kept_new();
	struct kept_place p = { .kept = k };
	struct pack_run run[100];
	struct buf none = { 0 }, block = { 0 };
	uint8_t *at;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		run[i] = (struct pack_run){ .part = i, .n = 1 };
	pack_block(run, 100, &none, &block);
	at = make(&p, 0, block.n);
	memcpy(at, block.at, block.n);
	for (size_t n = 1; n < block.n; n++) {
		kept_put(k, ID(1, 1), at, n);
		assert_null(kept_dir(k, ID(1, 1)));
	}
	kept_put(k, ID(1, 1), at, block.n);
	assert_non_null(kept_dir(k, ID(1, 1)));
	buf_release(&block);
	kept_free(k);
}

static void directories_have_so_much_room(void **state)
{
	enum { RUNS = 20000, MOST = 70 };
	struct kept *k = kept_new();
	struct kept_place p = { .kept = k };
	struct pack_run *run = mem_zalloc(RUNS, sizeof *run);
	struct buf none = { 0 }, block = { 0 };

	(void)state;
	for (uint32_t i = 0; i < RUNS; i++)
		run[i] = (struct pack_run){ .part = i, .n = 1 };
	pack_block(run, RUNS, &none, &block);
	for (uint32_t i = 1; i <= MOST; i++) {
		uint8_t *at = make(&p, 0, block.n);

		memcpy(at, block.at, block.n);
		kept_put(k, ID(1 + i / (MOST / 2), i), at, block.n);
	}
	assert_null(kept_dir(k, ID(1, 1))); /* all of them, or none */
	kept_drop(k, 2);
	assert_non_null(kept_dir(k, ID(1, 1)));
	assert_non_null(kept_dir(k, ID(1, MOST / 2 - 1)));
	free(run);
	buf_release(&block);
	kept_free(k);
}

static void put_two(struct store *s, struct buf *b)
{
	struct block_row row = { .file = 5, .n = 1 };
	struct kept_place p = { .kept = gate_kept(s->gate) };
	struct buf here = { .at = make(&p, 3, 100), .n = 100 };

	store_begin(s);
	store_block_keep(s, &row, &here);
	fill(b, 4, 3 << 20); /* goes to the database */
	store_block_put(s, &row, b);
	assert_int_equal(store_commit(s, NULL), 0);
}

static void all_connections_read_both_kinds(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err), *r;
	struct buf b = { 0 };
	size_t n = 0;

	(void)state;
	gate_keep(s->gate);
	put_two(s, &b);
	r = store_reader(s, &err);
	assert_non_null(r);
	assert_int_equal(store_block_read(r, ID(5, 1), &b), 0);
	assert_int_equal(b.n, 100);
	assert_int_equal(b.at[99], 3);
	assert_non_null(store_block_kept(r, ID(5, 1), &n));
	assert_int_equal(n, 100);
	assert_int_equal(store_block_read(r, ID(5, 2), &b), 0);
	assert_int_equal(b.n, 3 << 20);
	assert_int_equal(b.at[b.n - 1], 4);
	assert_null(store_block_kept(r, ID(5, 2), &n));
	store_close(r);
	store_begin(s);
	store_file_drop(s, 5);
	assert_int_equal(store_commit(s, NULL), 0);
	assert_null(store_block_kept(s, ID(5, 1), &n));
	buf_release(&b);
	store_close(s);
}

/* A shelf with the parts @first and the next. */
static void shelf_of_two(uint32_t first, struct buf *out)
{
	struct shelf x = { 0 };
	struct zip *z = zip_new();
	struct buf packed = { 0 };

	zip_plain(z);
	for (uint32_t i = first; i < first + 2; i++) {
		struct part p = { .number = i, .proto = 6, .first_ns = i };

		packed.n = 0;
		part_pack(&p, &packed);
		shelf_add(&x, i, packed.at, packed.n);
	}
	assert_in_range(shelf_most(&x), 1, out->cap);
	shelf_pack(&x, 0, 2, z, out);
	shelf_release(&x);
	buf_release(&packed);
	zip_free(z);
}

static void parts_are_read_from_both_kinds_of_shelves(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct kept_place p;
	struct buf here = { .cap = 4096 }, b = { 0 };
	struct part part;

	(void)state;
	gate_keep(s->gate);
	p = (struct kept_place){ .kept = gate_kept(s->gate) };
	here.at = kept_room(&p, 4096);
	shelf_of_two(1, &here);
	kept_took(&p, here.n);
	buf_room(&b, 4096);
	shelf_of_two(3, &b);
	store_begin(s);
	store_part_shelf_keep(s, 5, 1, &here);
	store_part_shelf_put(s, 5, 3, &b);
	assert_int_equal(store_commit(s, &err), 0);
	for (uint32_t i = 1; i < 5; i++) {
		assert_true(store_part_get(s, ID(5, i), &part));
		assert_int_equal(part.first_ns, i);
	}
	buf_release(&b);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_stay_where_they_are),
		cmocka_unit_test(shelves_have_numbers),
		cmocka_unit_test(there_is_room_for_so_much),
		cmocka_unit_test(the_rest_of_a_page_is_for_others),
		cmocka_unit_test(all_share_one_directory),
		cmocka_unit_test(a_block_that_ends_early_has_no_directory),
		cmocka_unit_test(directories_have_so_much_room),
		cmocka_unit_test(all_connections_read_both_kinds),
		cmocka_unit_test(parts_are_read_from_both_kinds_of_shelves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
