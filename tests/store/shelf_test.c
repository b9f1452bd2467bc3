/* Shelves: many rows in one, packed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/shelf.h"

static void assert_row(const struct shelf *s, int64_t key, const char *text)
{
	size_t i = shelf_find(s, key);

	assert_true(i < s->row.n);
	assert_int_equal(s->row.at[i].key, key);
	assert_int_equal(s->row.at[i].n, strlen(text));
	assert_memory_equal(s->bytes.at + s->row.at[i].at, text, strlen(text));
}

static void fill(struct shelf *s, size_t n, int64_t first, int64_t step)
{
	char text[64];

	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof text, "row %zu of many that look alike",
			 i);
		shelf_add(s, first + (int64_t)i * step, text, strlen(text));
	}
}

static void rows_come_back_smaller(void **state)
{
	struct shelf in = { 0 }, out = { 0 };
	struct zip *z = zip_new();
	struct buf packed = { 0 };

	(void)state;
	fill(&in, 300, -7, 1ll << 20);
	shelf_pack(&in, 0, in.row.n, z, &packed);
	assert_true(packed.n < in.bytes.n / 2);
	shelf_add(&out, INT64_MIN, "before", 6);
	assert_int_equal(shelf_unpack(&out, z, packed.at, packed.n), 0);
	assert_int_equal(out.row.n, 301);
	assert_row(&out, INT64_MIN, "before");
	assert_row(&out, -7, "row 0 of many that look alike");
	assert_row(&out, -7 + (299ll << 20), "row 299 of many that look alike");
	assert_int_equal(shelf_find(&out, INT64_MAX), 301);
	/* between two, and where numbers would follow each other */
	assert_int_equal(shelf_find(&out, -6), 2);
	assert_int_equal(shelf_find(&out, INT64_MIN + 1), 1);
	buf_release(&packed);
	shelf_release(&in);
	shelf_release(&out);
	zip_free(z);
}

static void a_plain_shelf_is_not_compressed(void **state)
{
	struct shelf in = { 0 }, out = { 0 };
	struct zip *z = zip_new(), *other = zip_new();
	struct buf packed = { 0 };

	(void)state;
	zip_plain(z);
	fill(&in, 300, 1, 1);
	shelf_pack(&in, 0, in.row.n, z, &packed);
	assert_true(packed.n > in.bytes.n);
	assert_int_equal(shelf_unpack(&out, other, packed.at, packed.n), 0);
	assert_int_equal(out.row.n, 300);
	assert_row(&out, 300, "row 299 of many that look alike");
	buf_release(&packed);
	shelf_release(&in);
	shelf_release(&out);
	zip_free(z);
	zip_free(other);
}

static void few_bytes_are_not_compressed(void **state)
{
	struct shelf in = { 0 }, out = { 0 };
	struct zip *z = zip_new();
	struct buf packed = { 0 };

	(void)state;
	shelf_add(&in, 5, "x", 1);
	shelf_add(&in, 6, NULL, 0);
	shelf_pack(&in, 0, 2, z, &packed);
	assert_int_equal(packed.n, 1 + 1 + 2 + 2 + 1);
	assert_int_equal(shelf_unpack(&out, z, packed.at, packed.n), 0);
	assert_row(&out, 5, "x");
	assert_row(&out, 6, "");
	buf_release(&packed);
	shelf_release(&in);
	shelf_release(&out);
	zip_free(z);
}

static void one_cut_or_changed_is_refused_or_harmless(void **state)
{
	struct shelf in = { 0 }, out = { 0 };
	struct zip *z = zip_new();
	struct buf packed = { 0 };

	(void)state;
	fill(&in, 50, 1, 1);
	shelf_pack(&in, 0, in.row.n, z, &packed);
	for (size_t n = 0; n < packed.n; n++) {
		assert_int_equal(shelf_unpack(&out, z, packed.at, n), -1);
		assert_int_equal(out.row.n, 0);
	}
	for (size_t i = 0; i < packed.n; i++) {
		packed.at[i] ^= 0x55;
		shelf_clear(&out);
		if (shelf_unpack(&out, z, packed.at, packed.n))
			assert_int_equal(out.row.n, 0);
		packed.at[i] ^= 0x55;
	}
	buf_release(&packed);
	shelf_release(&in);
	shelf_release(&out);
	zip_free(z);
}

static void equal_keys_and_huge_sizes_are_refused(void **state)
{
	static const uint8_t equal[] = { 6 << 1, 2, 2, 0, 0, 0, 0 };
	static const uint8_t more[] = { 4 << 1, 1, 2, 2, 'x' };
	static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 0x7f, 0 };
	struct shelf out = { 0 };
	struct zip *z = zip_new();

	(void)state;
	assert_int_equal(shelf_unpack(&out, z, equal, sizeof equal), -1);
	assert_int_equal(shelf_unpack(&out, z, more, sizeof more), -1);
	assert_int_equal(shelf_unpack(&out, z, huge, sizeof huge), -1);
	shelf_release(&out);
	zip_free(z);
}

static void more_rows_than_are_written_are_refused(void **state)
{
	struct shelf in = { 0 }, out = { 0 };
	struct zip *z = zip_new();
	struct buf packed = { 0 };

	(void)state;
	fill(&in, SHELF_ROWS + 1, 1, 1);
	shelf_pack(&in, 0, SHELF_ROWS, z, &packed);
	assert_int_equal(shelf_unpack(&out, z, packed.at, packed.n), 0);
	packed.n = 0;
	shelf_pack(&in, 0, SHELF_ROWS + 1, z, &packed);
	assert_int_equal(shelf_unpack(&out, z, packed.at, packed.n), -1);
	assert_int_equal(out.row.n, SHELF_ROWS);
	buf_release(&packed);
	shelf_release(&in);
	shelf_release(&out);
	zip_free(z);
}

/* ---- tables ---- */

static struct buf text_of(const char *text, size_t n)
{
	struct buf b = { 0 };

	while (b.n < n)
		buf_bytes(&b, text, strlen(text));
	b.n = n;
	return b;
}

static void add(struct shelf_rows *r, enum shelf_table of, int64_t session,
		uint32_t chunk, size_t n)
{
	struct buf b = text_of("what a session has", n);

	shelf_rows_add(r, of, session, chunk, &b);
	buf_release(&b);
}

static size_t size_of_match(struct store *s, int64_t session, uint32_t chunk)
{
	struct buf b = { 0 };
	size_t n = store_match_read(s, session, chunk, &b) ? b.n : SIZE_MAX;

	buf_release(&b);
	return n;
}

static struct store *store_with(struct shelf_rows *r)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	store_begin(s);
	shelf_rows_pack(r);
	shelf_rows_put(r, s);
	return s;
}

/* Sessions 1 to 2000; that of 700 is long, that of 701 has none. */
static void add_sessions(struct shelf_rows *r)
{
	for (int64_t id = 1; id <= 2000; id++) {
		add(r, SHELF_STAT, id, 0, 20 + (size_t)(id % 7));
		if (id == 700)
			for (uint32_t k = 0; k < 4; k++)
				add(r, SHELF_MATCH, id, k, 60000 + k);
		else if (id != 701)
			add(r, SHELF_MATCH, id, 0, (size_t)(id % 50));
	}
}

static void sessions_are_found_in_any_order(void **state)
{
	struct shelf_rows *r = shelf_rows_new();
	struct store *s;
	struct err err = { 0 };

	(void)state;
	add_sessions(r);
	s = store_with(r);
	for (int64_t k = 0; k < 2000; k++) {
		int64_t id = 1 + k * 739 % 2000;

		if (id == 701) {
			assert_int_equal(size_of_match(s, id, 0), SIZE_MAX);
			continue;
		}
		assert_int_equal(size_of_match(s, id, 0),
				 id == 700 ? 60000 : id % 50);
		assert_int_equal(size_of_match(s, id, 1),
				 id == 700 ? 60001 : SIZE_MAX);
	}
	assert_int_equal(size_of_match(s, 700, 3), 60003);
	assert_int_equal(size_of_match(s, 700, 4), SIZE_MAX);
	assert_int_equal(size_of_match(s, 0, 0), SIZE_MAX);
	assert_int_equal(size_of_match(s, 2001, 0), SIZE_MAX);
	assert_int_equal(store_commit(s, &err), 0);
	shelf_rows_free(r);
	store_close(s);
}

static void all_figures_in_order(struct store *s, size_t of_1200)
{
	struct stat_cursor *c = store_stats(s);
	struct stat_item item;
	int64_t last = 0;

	while (stat_cursor_next(c, &item)) {
		assert_int_equal(item.session, ++last);
		assert_int_equal(item.n, last == 1200
						 ? of_1200
						 : (size_t)(20 + last % 7));
	}
	assert_int_equal(last, 2000);
	stat_cursor_free(c);
}

static void replacing_changes_those_and_no_others(void **state)
{
	struct shelf_rows *r = shelf_rows_new();
	struct buf total = text_of("total", 100);
	struct store *s;
	struct err err = { 0 };

	(void)state;
	add_sessions(r);
	s = store_with(r);
	store_stat_put(s, 0, &total);
	all_figures_in_order(s, 20 + 1200 % 7);
	/* one loses its chunks, one gets some, one loses all */
	add(r, SHELF_STAT, 700, 0, 20);
	add(r, SHELF_MATCH, 700, 0, 9);
	add(r, SHELF_STAT, 900, 0, 20 + 900 % 7);
	add(r, SHELF_STAT, 1200, 0, 77);
	add(r, SHELF_MATCH, 1200, 0, 50000);
	add(r, SHELF_MATCH, 1200, 1, 11);
	shelf_rows_replace(r, s);
	all_figures_in_order(s, 77);
	for (int64_t id = 1; id <= 2000; id++) {
		size_t want = id == 700                ? 9
			      : id == 1200             ? 50000
			      : id == 701 || id == 900 ? SIZE_MAX
						       : (size_t)(id % 50);

		assert_int_equal(size_of_match(s, id, 0), want);
		assert_int_equal(size_of_match(s, id, 1),
				 id == 1200 ? 11 : SIZE_MAX);
	}
	store_stat_put(s, 0, &total);
	all_figures_in_order(s, 77);
	assert_int_equal(store_commit(s, &err), 0);
	buf_release(&total);
	shelf_rows_free(r);
	store_close(s);
}

static size_t size_of_exchanges(struct store *s, int64_t session,
				uint32_t chunk)
{
	struct buf b = { 0 };
	bool is = store_shelf_read(s, SHELF_EXCHANGE, session, chunk, &b);
	size_t n = is ? b.n : SIZE_MAX;

	buf_release(&b);
	return n;
}

/* Sessions that nothing was told of come between those of one shelf. */
static void exchanges_come_later_or_again(void **state)
{
	struct shelf_rows *r = shelf_rows_new();
	struct store *s;
	struct err err = { 0 };

	(void)state;
	for (int64_t id = 1; id <= 400; id++)
		if (id % 4)
			for (uint32_t k = 0; k < 2; k++)
				add(r, SHELF_EXCHANGE, id, k, 10 + k);
	s = store_with(r);
	for (int64_t id = 100; id <= 500; id += 50)
		add(r, SHELF_EXCHANGE, id, 0, 33);
	shelf_rows_replace(r, s);
	for (int64_t id = 1; id <= 500; id++) {
		bool late = id >= 100 && id % 50 == 0;
		bool early = id <= 400 && id % 4;

		assert_int_equal(size_of_exchanges(s, id, 0),
				 late    ? 33
				 : early ? 10
					 : SIZE_MAX);
		assert_int_equal(size_of_exchanges(s, id, 1),
				 early && !late ? 11 : SIZE_MAX);
	}
	assert_int_equal(store_commit(s, &err), 0);
	shelf_rows_free(r);
	store_close(s);
}

/* Row @id of @table is a shelf of @n rows of @size bytes, the first of @key. */
static void put_raw(struct store *s, const char *table, int64_t id, int64_t key,
		    size_t n, size_t size)
{
	struct buf bytes = text_of("it has", size), data = { 0 };
	struct shelf x = { 0 };
	char sql[80];
	sqlite3_stmt *st;

	for (size_t i = 0; i < n; i++)
		shelf_add(&x, key + (int64_t)i, bytes.at, bytes.n);
	shelf_pack(&x, 0, n, store_zip(s), &data);
	snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(?,?)", table);
	assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &st, NULL), 0);
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_blob64(st, 2, data.at, data.n, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(st), SQLITE_DONE);
	sqlite3_finalize(st);
	buf_release(&bytes);
	buf_release(&data);
	shelf_release(&x);
}

/* That what was done to @s failed it, because of @what; it goes on. */
static void assert_damaged(struct store *s, const char *what)
{
	assert_true(store_failed(s));
	if (!strstr(s->err.text, what))
		fail_msg("%s", s->err.text);
	s->err = (struct err){ 0 };
}

static struct store *empty_case(void)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	store_begin(s);
	return s;
}

static void end_case(struct store *s)
{
	struct err err = { 0 };

	assert_int_equal(store_commit(s, &err), 0);
	store_close(s);
}

/* Else the key after 1 could be 1 again, for ever. */
static void keys_rise_or_the_shelf_is_damaged(void **state)
{
	struct store *s = empty_case();

	(void)state;
	put_raw(s, "flow_shelf", 5, 1, 2, 9);
	assert_int_equal(store_flow_next(s, 2), -1);
	assert_damaged(s, "flow 5 is damaged");
	assert_int_equal(store_flow_next(s, 6), -1);
	assert_damaged(s, "flow 5 is damaged");
	put_raw(s, "session_shelf", 5, 9, 2, 9);
	assert_int_equal(store_session_next(s, 0), -1);
	assert_damaged(s, "session 5 is damaged");
	put_raw(s, "hop_stat", 5, 5, 0, 0);
	assert_false(store_stat_read(s, 5, &(struct buf){ 0 }));
	assert_damaged(s, "figures of session 5 is damaged");
	end_case(s);
}

/* Compressed, a thousand bytes may be millions. */
static void several_rows_are_small(void **state)
{
	struct store *s = empty_case();
	struct buf b = { 0 };

	(void)state;
	put_raw(s, "match", SHELF_KEY(1, 0), SHELF_KEY(1, 0), 1, 1u << 20);
	put_raw(s, "match", SHELF_KEY(2, 0), SHELF_KEY(2, 0), 2, 1u << 17);
	put_raw(s, "match", SHELF_KEY(3, 1), SHELF_KEY(3, 1), 2, 1u << 18);
	assert_true(store_match_read(s, 1, 0, &b));
	assert_true(store_match_read(s, 2, 1, &b));
	assert_false(store_match_read(s, 3, 1, &b));
	assert_damaged(s, "match of session 3 is damaged");
	buf_release(&b);
	end_case(s);
}

static void what_is_damaged_has_its_own_number(void **state)
{
	struct store *s = empty_case();
	struct flow_row f;

	(void)state;
	put_raw(s, "flow_shelf", 3 << 20, 1, 1, 9);
	assert_false(store_flow_get(s, 3 << 20, &f));
	assert_damaged(s, "flow 3145728 is damaged");
	put_raw(s, "session_shelf", 3 << 20, 1, 1, 9);
	assert_false(
		store_session_peek(s, 3 << 20, &(struct session_row){ 0 }));
	assert_damaged(s, "session 3145728 is damaged");
	end_case(s);
}

/* No key is made of what has no room in one: row -1 is nobody's chunk. */
static void chunks_and_sessions_end(void **state)
{
	struct store *s = empty_case();
	struct buf b = { 0 };

	(void)state;
	put_raw(s, "match", -1, -1, 1, 9);
	put_raw(s, "match", SHELF_KEY(1, 0), SHELF_KEY(1, 0), 1, 9);
	assert_false(store_match_read(s, 1, SHELF_CHUNKS, &b));
	assert_false(store_match_read(s, -1, SHELF_CHUNKS - 1, &b));
	assert_false(store_match_read(s, (1ll << 44) + 1, 0, &b));
	assert_true(store_match_read(s, 1, 0, &b));
	buf_release(&b);
	end_case(s);
}

static void a_damaged_shelf_fails_the_store(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct buf b = { 0 };

	(void)state;
	assert_non_null(s);
	store_begin(s);
	b = text_of("\xff\xff\xff", 3);
	store_part_shelf_put(s, 1, 5, &b);
	assert_false(store_part_get(s, 1ll << 32 | 5, &(struct part){ 0 }));
	assert_true(store_failed(s));
	assert_int_equal(store_commit(s, &err), -1);
	assert_non_null(strstr(err.text, "part"));
	buf_release(&b);
	store_close(s);
}

/* ---- parts on their way ---- */

struct seen {
	size_t shelves, parts, by_lane[3];
	uint32_t last_first;
	bool rising;
	bool kept; /* shelves are where they stay */
	struct zip *zip;
};

static void see(void *ctx, uint8_t lane, uint32_t first, struct buf *data,
		bool kept)
{
	struct seen *x = ctx;
	struct shelf s = { 0 };

	assert_int_equal(kept, x->kept);
	assert_int_equal(shelf_unpack(&s, x->zip, data->at, data->n), 0);
	assert_int_equal(s.row.at[0].key, first);
	assert_int_equal(s.row.at[s.row.n - 1].key / PART_BUCKET,
			 first / PART_BUCKET);
	x->shelves++;
	x->parts += s.row.n;
	x->by_lane[lane] += s.row.n;
	x->rising &= first >= x->last_first;
	x->last_first = first;
	shelf_release(&s);
}

static struct part part_number(uint32_t number)
{
	struct part p = { .number = number, .proto = 6 };

	p.first_ns = p.last_ns = number;
	p.dir[0].packets = 1;
	return p;
}

static void parts_wait_for_their_bucket(void **state)
{
	struct seen x = { .rising = true, .zip = zip_new() };
	struct part_rack *r = part_rack_new(see, &x);

	(void)state;
	/* the first of each bucket lasts longest */
	for (uint32_t i = 1; i < 3 * PART_BUCKET; i++) {
		struct part p = part_number(i);

		if (i % PART_BUCKET)
			part_rack_add(r, 0, &p);
	}
	assert_int_equal(x.shelves, 0);
	for (uint32_t i = PART_BUCKET; i < 3 * PART_BUCKET; i += PART_BUCKET) {
		struct part p = part_number(i);

		part_rack_add(r, 0, &p);
		assert_int_equal(x.shelves, i / PART_BUCKET);
	}
	assert_int_equal(x.parts, 2 * PART_BUCKET);
	part_rack_flush(r);
	assert_int_equal(x.shelves, 3);
	assert_int_equal(x.parts, 3 * PART_BUCKET - 1);
	part_rack_free(r);
	zip_free(x.zip);
}

static void lanes_have_shelves_of_their_own(void **state)
{
	struct seen x = { .rising = true, .zip = zip_new() };
	struct part_rack *r = part_rack_new(see, &x);

	(void)state;
	for (uint32_t i = 0; i < PART_BUCKET; i++) {
		struct part p = part_number(PART_BUCKET - 1 - i);

		part_rack_add(r, (uint8_t)(i % 3), &p);
	}
	assert_int_equal(x.shelves, 3);
	assert_int_equal(x.parts, PART_BUCKET);
	assert_int_equal(x.by_lane[1], (PART_BUCKET + 1) / 3);
	part_rack_free(r);
	zip_free(x.zip);
}

static void shelves_of_a_temporary_case_stay_where_they_are_made(void **state)
{
	struct seen x = { .rising = true, .kept = true, .zip = zip_new() };
	struct kept_place place = { .kept = kept_new() };
	struct part_rack *r = part_rack_new(see, &x);

	(void)state;
	part_rack_keep(r, &place);
	for (uint32_t i = 0; i < 10 * PART_BUCKET; i++) {
		struct part p = part_number(i);

		part_rack_add(r, 0, &p);
	}
	assert_int_equal(x.shelves, 10);
	assert_int_equal(x.parts, 10 * PART_BUCKET);
	part_rack_free(r);
	kept_free(place.kept);
	zip_free(x.zip);
}

static void they_do_not_wait_for_ever(void **state)
{
	struct seen x = { .rising = true, .zip = zip_new() };
	struct part_rack *r = part_rack_new(see, &x);

	(void)state;
	for (uint32_t i = 1; i < 2000 * PART_BUCKET; i++) {
		struct part p = part_number(i);

		if (i % PART_BUCKET != 1)
			part_rack_add(r, 0, &p);
	}
	assert_true(x.shelves > 100 && x.shelves < 2000);
	assert_true(x.rising);
	part_rack_flush(r);
	assert_int_equal(x.parts, 2000 * PART_BUCKET - 1 - 2000);
	part_rack_free(r);
	zip_free(x.zip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_back_smaller),
		cmocka_unit_test(a_plain_shelf_is_not_compressed),
		cmocka_unit_test(few_bytes_are_not_compressed),
		cmocka_unit_test(one_cut_or_changed_is_refused_or_harmless),
		cmocka_unit_test(equal_keys_and_huge_sizes_are_refused),
		cmocka_unit_test(more_rows_than_are_written_are_refused),
		cmocka_unit_test(sessions_are_found_in_any_order),
		cmocka_unit_test(replacing_changes_those_and_no_others),
		cmocka_unit_test(exchanges_come_later_or_again),
		cmocka_unit_test(keys_rise_or_the_shelf_is_damaged),
		cmocka_unit_test(several_rows_are_small),
		cmocka_unit_test(what_is_damaged_has_its_own_number),
		cmocka_unit_test(chunks_and_sessions_end),
		cmocka_unit_test(a_damaged_shelf_fails_the_store),
		cmocka_unit_test(parts_wait_for_their_bucket),
		cmocka_unit_test(lanes_have_shelves_of_their_own),
		cmocka_unit_test(
			shelves_of_a_temporary_case_stay_where_they_are_made),
		cmocka_unit_test(they_do_not_wait_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
