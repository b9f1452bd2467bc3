/* The virtual tables: what they show, and that "=" goes straight there. */
#include "store/vtab.h"

#include <stdio.h>

#include "tests/store/sql_case.h"

static void packets_of_a_flow_and_direction(void **state)
{
	assert_gives(*state,
		     "SELECT n, point, frame, seq, rel, len, ttl FROM packet"
		     " WHERE flow=1 AND dir=0 AND seq BETWEEN 1000 AND 1101",
		     "0|near|1|1000|0|0|63;1|near|3|1001|1|100|63;"
		     "2|near|5|1101|101|100|63;");
	assert_gives(*state, "SELECT count(*) FROM packet WHERE flow=2", "9;");
	assert_gives(*state,
		     "SELECT frame FROM packet WHERE flow=1 AND dir=1"
		     " AND n=2",
		     "6;");
	assert_gives(*state, "SELECT frame FROM packet WHERE n=5", "11;");
}

static void all_packets_without_a_flow(void **state)
{
	assert_gives(*state,
		     "SELECT flow, dir, count(*), min(frame), max(n) FROM"
		     " packet GROUP BY 1, 2",
		     "1|0|6|1|5;1|1|4|2|3;2|0|5|1|4;2|1|4|2|3;");
}

static void what_there_is_not_has_no_rows(void **state)
{
	assert_gives(*state, "SELECT 1 FROM packet WHERE flow=77", "");
	assert_gives(*state, "SELECT 1 FROM packet WHERE flow=-1", "");
	assert_gives(*state, "SELECT 1 FROM packet WHERE flow=1 AND dir=2", "");
	assert_gives(*state, "SELECT 1 FROM packet WHERE flow=1 AND n=-1", "");
	assert_gives(*state, "SELECT 1 FROM packet WHERE flow='x'", "");
	assert_gives(*state, "SELECT 1 FROM fate WHERE session=2", "");
	assert_gives(*state, "SELECT 1 FROM fate WHERE session=-1", "");
}

static void fates_with_both_ends(void **state)
{
	assert_gives(*state,
		     "SELECT dir, hop_from, hop_to, fate, basis, count(*)"
		     " FROM fate WHERE session=1 GROUP BY 1, 4",
		     "0|near|far|delivered|NULL|5;0|near|far|lost|proof|1;"
		     "1|far|near|delivered|NULL|4;");
	assert_gives(*state,
		     "SELECT tx, reason, kind, near_frame, near_seq, far_frame,"
		     " proof_point, proof_dir, proof_n FROM fate"
		     " WHERE fate='lost'",
		     "3|hole|data|7|1201|NULL|near|1|2;");
	assert_gives(*state,
		     "SELECT near_frame, far_frame, far_time_ns-near_time_ns,"
		     " near_flow, far_flow, near_file, far_file"
		     " FROM fate WHERE session=1 AND dir=0 AND tx=5",
		     "11|11|5000|1|2|256|512;");
}

static void messages_with_their_words(void **state)
{
	assert_gives(*state,
		     "SELECT proto, kind, len, status, status_name, name FROM"
		     " message WHERE part=256*4294967296+1",
		     "http|request|100|0|NULL|GET a.example/b;"
		     "http|response|200|404|Not Found|NULL;"
		     "icmp|notice|0|0|NULL|NULL;");
	assert_gives(*state,
		     "SELECT m.name, p.a FROM message m JOIN part p ON"
		     " p.id=m.part WHERE m.file=512 AND m.kind='request'",
		     "GET a.example/b|10.0.0.2:40000;");
}

static void tables_join_each_other(void **state)
{
	assert_gives(*state,
		     "SELECT p.len, p.point FROM fate f JOIN packet p ON"
		     " p.flow=f.near_flow AND p.dir=f.dir AND p.n=f.near_n"
		     " WHERE f.fate='lost'",
		     "100|near;");
	assert_gives(*state,
		     "SELECT a.frame FROM packet a JOIN packet b"
		     " ON a.flow=1 AND b.flow=2 AND a.dir=b.dir AND a.seq=b.seq"
		     " WHERE a.dir=0 ORDER BY 1",
		     "1;3;5;9;11;");
}

/* SQLite asks a cursor for each term and drops rows that it had already. */
static void terms_of_an_or_have_each_row_once(void **state)
{
	assert_gives(*state,
		     "SELECT count(*) FROM packet WHERE (flow=1 AND dir=0) OR"
		     " (flow=2 AND dir=1)",
		     "10;");
	assert_gives(*state,
		     "SELECT count(*) FROM packet WHERE (flow=1 AND dir=0) OR"
		     " (flow=1 AND n=2)",
		     "7;");
	assert_gives(*state,
		     "SELECT count(*) FROM fate WHERE (session=1 AND dir=0) OR"
		     " (session=1 AND tx<2)",
		     "8;");
	assert_gives(*state,
		     "SELECT count(*) FROM message WHERE file=256 OR"
		     " part=512*4294967296+1",
		     "6;");
	assert_gives(*state,
		     "SELECT count(*) FROM message WHERE file=256 OR"
		     " part=256*4294967296+1",
		     "3;");
	assert_gives(*state,
		     "SELECT count(*) FROM flow_data WHERE"
		     " (id=1 AND point=1) OR (id=2 AND point=2)",
		     "2;");
	assert_gives(*state,
		     "SELECT count(*) FROM session_data WHERE"
		     " (id=1 AND proto=6) OR (id=1 AND role_id=0)",
		     "1;");
	assert_gives(*state,
		     "SELECT count(*) FROM part_data WHERE"
		     " (id=256*4294967296+1 AND data NOT NULL) OR"
		     " (id=512*4294967296+1 AND data NOT NULL)",
		     "2;");
}

/* With and without what a cursor can go to at once. */
static void a_row_has_its_number_whoever_comes_there(void **state)
{
	static const char *const table[][2] = {
		{ "packet", "flow=2 AND dir=1 AND n=2" },
		{ "fate", "session=1 AND tx=3 AND dir=0" },
		{ "message", "part=512*4294967296+1 AND status=404" },
		{ "part_data", "id=512*4294967296+1" },
		{ "flow_data", "id=2" },
		{ "session_data", "id=1" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char sql[256];

		snprintf(sql, sizeof sql,
			 "SELECT count(*) FROM %s WHERE rowid=(SELECT rowid"
			 " FROM %s WHERE %s)",
			 table[i][0], table[i][0], table[i][1]);
		assert_gives(*state, sql, "1;");
		snprintf(sql, sizeof sql,
			 "SELECT count(*)=count(DISTINCT rowid) FROM %s",
			 table[i][0]);
		assert_gives(*state, sql, "1;");
	}
}

/* Numbers that do not fit differ, too, and from those that do. */
static void numbers_of_any_size_are_told_apart(void **state)
{
	struct vtab_name a[] = { { 5, 30 }, { 1, 1 }, { 7, 32 } };
	struct vtab_name b[] = { { 5, 30 }, { 0, 1 }, { 7, 32 } };

	(void)state;
	assert_int_equal(vtab_rowid(a, 3), 5ll << 33 | 1ll << 32 | 7);
	a[0].v = UINT64_MAX;
	b[0].v = UINT64_MAX;
	assert_true(vtab_rowid(a, 3) < 0);
	assert_int_not_equal(vtab_rowid(a, 3), vtab_rowid(b, 3));
	b[1].v = 1;
	assert_int_equal(vtab_rowid(a, 3), vtab_rowid(b, 3));
	a[0].v = 1u << 30; /* would run into the sign */
	assert_true(vtab_rowid(a, 3) < 0);
}

static void the_last_number_is_the_last(void **state)
{
	struct store *s = *state;
	struct flow_row flow = { .id = INT64_MAX, .as_part = true };
	struct session_row row = { .id = INT64_MAX, .proto = 6 };
	struct err err = { 0 };

	store_begin(s);
	store_flow_put(s, &flow);
	store_session_put(s, &row);
	assert_gives(s, "SELECT count(*), max(id) FROM flow_data",
		     "3|9223372036854775807;");
	assert_gives(s, "SELECT count(*), max(id) FROM session_data",
		     "2|9223372036854775807;");
	store_exec(s, "DELETE FROM flow_shelf WHERE id>2;"
		      "DELETE FROM session_shelf WHERE id>1");
	shelves_forget(s);
	assert_int_equal(store_commit(s, &err), 0);
}

/* The store keeps fewer buckets of parts than one row here is joined with. */
static void a_part_stays_as_it_is_while_others_are_read(void **state)
{
	struct store *s = *state;
	struct err err = { 0 };
	struct buf b = { 0 };

	store_begin(s);
	for (uint32_t i = 1; i <= 100; i++) {
		b.n = 0;
		for (uint32_t k = 0; k < 100 + 50 * i; k++)
			buf_u8(&b, (uint8_t)i);
		store_part_put(s, 3, i * PART_BUCKET, &b);
	}
	buf_release(&b);
	assert_int_equal(store_commit(s, &err), 0);
	assert_gives(s,
		     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1"
		     " FROM n WHERE i<100)"
		     " SELECT count(DISTINCT a.data), length(a.data),"
		     " count(DISTINCT b.data) FROM part_data a"
		     " CROSS JOIN n CROSS JOIN part_data b"
		     " ON b.id=3*4294967296+n.i*512"
		     " WHERE a.id=3*4294967296+512",
		     "1|150|100;");
	store_begin(s);
	store_file_drop(s, 3);
	assert_int_equal(store_commit(s, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_of_a_flow_and_direction),
		cmocka_unit_test(all_packets_without_a_flow),
		cmocka_unit_test(what_there_is_not_has_no_rows),
		cmocka_unit_test(fates_with_both_ends),
		cmocka_unit_test(messages_with_their_words),
		cmocka_unit_test(tables_join_each_other),
		cmocka_unit_test(terms_of_an_or_have_each_row_once),
		cmocka_unit_test(a_row_has_its_number_whoever_comes_there),
		cmocka_unit_test(numbers_of_any_size_are_told_apart),
		cmocka_unit_test(the_last_number_is_the_last),
		cmocka_unit_test(a_part_stays_as_it_is_while_others_are_read),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
