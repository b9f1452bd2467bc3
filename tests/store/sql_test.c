/* SQL of users: reads, and nothing else. */
#include "store/store_int.h"

#include "tests/store/sql_case.h"

static void assert_refused(struct store *s, const char *sql, const char *why)
{
	struct text t = { 0 };
	struct err err = { 0 };

	assert_int_equal(store_sql(s, sql, collect, &t, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	if (!strstr(err.text, why))
		fail_msg("%s: says \"%s\", not \"%s\"", sql, err.text, why);
	assert_false(store_failed(s));
	text_release(&t);
}

static void rows_and_header_are_given(void **state)
{
	assert_gives(*state, "SELECT 1 AS a, NULL AS b, x'0aff' AS c, 'd'",
		     "[a|b|c|'d']1|NULL|0aff|d;");
	assert_gives(*state, "SELECT 1 WHERE 0;  -- nothing", "[1]");
}

static void tables_are_readable(void **state)
{
	assert_gives(*state,
		     "SELECT id, client, server, role FROM flow ORDER BY id",
		     "[id|client|server|role]"
		     "1|10.0.0.1:40000|10.0.0.9:443|syn;"
		     "2|10.0.0.2:40000|10.0.0.9:443|syn;");
	assert_gives(*state, "SELECT file, number, a, packets FROM part",
		     "[file|number|a|packets]256|1|10.0.0.1:40000|10;"
		     "512|1|10.0.0.2:40000|10;");
	assert_gives(*state, "SELECT verdict, kind, client_end FROM session",
		     "[verdict|kind|client_end]paired|same|first;");
	assert_gives(*state,
		     "SELECT session, n, flow, point_pos FROM session_flow"
		     " ORDER BY n",
		     "[session|n|flow|point_pos]1|0|1|1;1|1|2|2;");
}

static void writing_is_refused(void **state)
{
	static const char *const sql[] = {
		"DELETE FROM point",
		"UPDATE point SET name='x'",
		"INSERT INTO meta VALUES('a','b')",
		"DROP TABLE point",
		"CREATE TABLE t(a)",
		"CREATE TEMP TABLE t(a)",
		"ATTACH '/tmp/x' AS x",
		"PRAGMA journal_mode=OFF",
		"PRAGMA query_only=0",
		"BEGIN",
		"COMMIT",
		"VACUUM",
		"VACUUM INTO '/tmp/x'",
		"REINDEX",
		"ANALYZE",
		"DETACH main",
		"SELECT load_extension('x')",
		"PRAGMA writable_schema=1",
		"PRAGMA user_version=7",
		"UPDATE sqlite_master SET sql=''",
	};

	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
		assert_refused(*state, sql[i], "SQL: ");
	assert_gives(*state, "SELECT count(*) FROM point", "[count(*)]2;");
}

static void one_statement_only(void **state)
{
	assert_refused(*state, "SELECT 1; SELECT 2", "more than one");
	assert_refused(*state, "SELECT 1; DROP TABLE point", "more than one");
	assert_refused(*state, "  ", "no statement");
	assert_refused(*state, "-- nothing", "no statement");
	assert_gives(*state, "SELECT 1 AS a;;", "[a]1;");
}

static void errors_name_the_problem(void **state)
{
	assert_refused(*state, "SELECT nosuch FROM flow", "nosuch");
	assert_refused(*state, "SELEKT 1", "SELEKT");
	assert_refused(*state, "SELECT * FROM nothere", "nothere");
}

static void tables_may_be_described(void **state)
{
	assert_gives(*state,
		     "SELECT name FROM pragma_table_info('point') LIMIT 2",
		     "[name]id;pos;");
}

static void a_reader_works_too(void **state)
{
	struct err err = { 0 };
	struct store *r = store_reader(*state, &err);

	assert_non_null(r);
	assert_gives(r, "SELECT count(*) AS n FROM packet WHERE flow=1",
		     "[n]10;");
	store_close(r);
}

static int64_t our_functions(sqlite3 *db)
{
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(
		sqlite3_prepare_v2(db,
				   "SELECT count(DISTINCT name) FROM"
				   " pragma_function_list WHERE name LIKE"
				   " 'tp_%'",
				   -1, &st, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

/* Of an extension that was refused. */
static void a_foreign_database_keeps_none_of_our_functions(void **state)
{
	struct store *s = *state;
	struct err err = { 0 };
	sqlite3 *db;

	assert_int_equal(our_functions(s->db), 6);
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_null(store_attach(db, &err));
	assert_non_null(strstr(err.text, "is no case file"));
	assert_int_equal(our_functions(db), 0);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_header_are_given),
		cmocka_unit_test(tables_are_readable),
		cmocka_unit_test(writing_is_refused),
		cmocka_unit_test(one_statement_only),
		cmocka_unit_test(errors_name_the_problem),
		cmocka_unit_test(tables_may_be_described),
		cmocka_unit_test(a_reader_works_too),
		cmocka_unit_test(
			a_foreign_database_keeps_none_of_our_functions),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
