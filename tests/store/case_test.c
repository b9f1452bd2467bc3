/* The life of a case: what is opened, what is refused, what survives. */
#include "store/store.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "store/store_int.h"
#include "tests/store/sample_case.h"

static char dir[] = "/tmp/tracepair-case-test-XXXXXX";

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char *sh = mem_printf("rm -r '%s'", dir);
	int ret = system(sh);

	(void)state;
	free(sh);
	return ret;
}

static char *path_of(const char *name)
{
	return mem_printf("%s/%s", dir, name);
}

static void write_file(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void patch_file(const char *path, long at, uint8_t value)
{
	FILE *f = fopen(path, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_equal(fputc(value, f), value);
	assert_int_equal(fclose(f), 0);
}

static void assert_refused(const char *path, enum store_mode mode,
			   const char *why)
{
	struct err err = { 0 };
	struct store *s = store_open(path, mode, &err);

	assert_null(s);
	assert_int_equal(err.code, ERR_CASE);
	if (!strstr(err.text, why))
		fail_msg("says \"%s\", not \"%s\"", err.text, why);
	assert_non_null(strstr(err.text, path));
	assert_null(strchr(err.text, '\n'));
}

/* A case with a sample in it.  Return: its path, to free. */
static char *make_case(const char *name)
{
	char *path = path_of(name);
	struct err err = { 0 };
	struct store *s = store_open(path, STORE_CREATE, &err);

	assert_non_null(s);
	assert_int_equal(sample_fill(s, &err), 0);
	store_close(s);
	return path;
}

/* --- opening --- */

static void case_is_there_when_opened_again(void **state)
{
	char *path = make_case("again.case");
	struct err err = { 0 };
	enum store_mode modes[] = { STORE_READ, STORE_WRITE, STORE_CREATE };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct store *s = store_open(path, modes[i], &err);

		assert_non_null(s);
		assert_int_equal(store_session_count(s), 1);
		assert_string_equal(store_path(s), path);
		store_close(s);
	}
	free(path);
}

static void temporary_case_leaves_nothing(void **state)
{
	struct err err = { 0 };
	struct store *s, *r;
	char *path;

	(void)state;
	setenv("TMPDIR", dir, 1);
	s = store_open(NULL, STORE_CREATE, &err);
	unsetenv("TMPDIR");
	assert_non_null(s);
	path = mem_strdup(store_path(s));
	assert_memory_equal(path, dir, strlen(dir));
	assert_int_equal(sample_fill(s, &err), 0);
	r = store_reader(s, &err);
	assert_non_null(r);
	assert_int_equal(store_session_count(r), 1);
	store_close(r);
	assert_int_equal(access(path, F_OK), 0);
	store_close(s);
	assert_int_equal(access(path, F_OK), -1);
	free(path);
}

static void no_place_for_a_temporary_case_is_said(void **state)
{
	struct err err = { 0 };

	(void)state;
	setenv("TMPDIR", "/nonexistent", 1);
	assert_null(store_open(NULL, STORE_CREATE, &err));
	unsetenv("TMPDIR");
	assert_int_equal(err.code, ERR_CASE);
	assert_non_null(strstr(err.text, "TMPDIR"));
}

static void what_is_no_case_is_refused(void **state)
{
	char *path = path_of("text");
	char text[3000];

	(void)state;
	memset(text, 'a', sizeof text);
	write_file(path, text, sizeof text);
	assert_refused(path, STORE_READ, "no case file");
	assert_refused(path, STORE_CREATE, "no case file");
	write_file(path, "\xd4\xc3\xb2\xa1\2\0\4\0", 8);
	assert_refused(path, STORE_CREATE, "no case file");
	write_file(path, "", 0);
	assert_refused(path, STORE_READ, "no case file");
	assert_refused(dir, STORE_WRITE, "not a regular file");
	unlink(path);
	assert_refused(path, STORE_READ, "No such file");
	assert_refused(path, STORE_WRITE, "tracepair index");
	assert_refused("/nonexistent/x.case", STORE_CREATE, "");
	free(path);
}

static void empty_file_becomes_a_case(void **state)
{
	char *path = path_of("empty.case");
	struct err err = { 0 };
	struct store *s;

	(void)state;
	write_file(path, "", 0);
	s = store_open(path, STORE_CREATE, &err);
	assert_non_null(s);
	store_close(s);
	free(path);
}

static void other_versions_are_refused_with_what_to_do(void **state)
{
	char *path = make_case("version.case");

	char version[32];

	(void)state;
	snprintf(version, sizeof version, "version %d", STORE_SCHEMA + 1);
	patch_file(path, 60 + 3, STORE_SCHEMA + 1); /* user_version */
	assert_refused(path, STORE_READ, version);
	assert_refused(path, STORE_WRITE, "new case");
	patch_file(path, 60 + 3, STORE_SCHEMA);
	patch_file(path, 68, 0); /* application_id */
	assert_refused(path, STORE_READ, "no case file");
	free(path);
}

static void other_tables_are_refused(void **state)
{
	char *path = make_case("tables.case");
	struct err err = { 0 };
	struct store *s = store_open(path, STORE_WRITE, &err);

	(void)state;
	assert_non_null(s);
	assert_int_equal(store_exec(s, "DROP TABLE phrase;"
				       "CREATE TABLE phrase (somewhere)"),
			 0);
	store_close(s);
	assert_refused(path, STORE_READ, "table phrase");
	free(path);
}

/* As a copy that ended early leaves it: also within the last page, of which SQLite
 * would take the rest for zeros. */
static void a_case_cut_off_anywhere_is_refused(void **state)
{
	char *path = path_of("cut.case");
	struct err err = { 0 };
	struct stat st;
	struct store *s = store_open(path, STORE_CREATE, &err);

	(void)state;
	assert_non_null(s);
	store_close(s);
	assert_int_equal(stat(path, &st), 0);
	for (off_t n = st.st_size - 1000; n > 0; n -= 1000) {
		err = (struct err){ 0 };
		assert_int_equal(truncate(path, n), 0);
		assert_null(store_open(path, STORE_READ, &err));
		assert_int_equal(err.code, ERR_CASE);
	}
	free(path);
}

static void reader_may_not_write(void **state)
{
	char *path = make_case("reader.case");
	struct err err = { 0 };
	struct store *s = store_open(path, STORE_READ, &err);

	(void)state;
	assert_non_null(s);
	store_begin(s);
	store_meta_set(s, "a", "b");
	assert_int_equal(store_commit(s, &err), -1);
	assert_int_equal(err.code, ERR_CASE);
	assert_int_equal(store_session_count(s), 1);
	store_close(s);
	free(path);
}

/* --- transactions --- */

static void first_error_sticks_until_commit(void **state)
{
	char *path = make_case("sticky.case");
	struct err err = { 0 };
	struct store *s = store_open(path, STORE_WRITE, &err);
	struct buf none = { 0 };
	char *v;

	(void)state;
	store_begin(s);
	store_meta_set(s, "k", "before");
	store_match_put(s, 1, UINT32_MAX, &none); /* no such chunk */
	assert_true(store_failed(s));
	store_meta_set(s, "k", "after");
	assert_int_equal(store_commit(s, &err), -1);
	assert_int_equal(err.code, ERR_CASE);
	assert_false(store_failed(s));
	v = store_meta_get(s, "k");
	assert_string_equal(v, "");
	free(v);
	err = (struct err){ 0 };
	store_begin(s);
	store_meta_set(s, "k", "anew");
	assert_int_equal(store_commit(s, &err), 0);
	v = store_meta_get(s, "k");
	assert_string_equal(v, "anew");
	free(v);
	store_close(s);
	free(path);
}

static void close_rolls_back(void **state)
{
	char *path = make_case("rollback.case");
	struct err err = { 0 };
	struct store *s = store_open(path, STORE_WRITE, &err);
	char *v;

	(void)state;
	store_begin(s);
	store_meta_set(s, "k", "lost");
	store_close(s);
	s = store_open(path, STORE_READ, &err);
	v = store_meta_get(s, "k");
	assert_string_equal(v, "");
	free(v);
	store_close(s);
	free(path);
}

static void put_blocks(struct store *s, int n)
{
	static uint8_t bytes[20000] = { 1 }; /* not compressed */
	struct buf b = { bytes, sizeof bytes, sizeof bytes };
	struct block_row row = { .file = 5 };

	for (int i = 0; i < n; i++)
		store_block_put(s, &row, &b);
}

static void full_disk_is_said_and_the_case_stays(void **state)
{
	char *path = make_case("full.case");
	struct err err = { 0 };
	struct store *s = store_open(path, STORE_WRITE, &err);
	char *v;

	(void)state;
	assert_int_equal(store_exec(s, "PRAGMA max_page_count=60"), 0);
	store_begin(s);
	store_meta_set(s, "k", "v");
	put_blocks(s, 100);
	assert_true(store_failed(s));
	assert_int_equal(store_commit(s, &err), -1);
	assert_int_equal(err.code, ERR_CASE);
	assert_non_null(strstr(err.text, "no space left"));
	assert_non_null(strstr(err.text, "another place"));
	assert_int_equal(store_session_count(s), 1);
	v = store_meta_get(s, "k");
	assert_string_equal(v, "");
	free(v);
	store_close(s);
	s = store_open(path, STORE_READ, &err);
	assert_non_null(s);
	store_close(s);
	free(path);
}

/* --- kill -9 --- */

/* Each transaction writes its number and that many blocks more. */
static void write_forever(const char *path)
{
	struct err err = { 0 };
	struct store *s = store_open(path, STORE_CREATE, &err);

	if (!s)
		_exit(1);
	for (int i = 1;; i++) {
		char *n = store_meta_get(s, "n");
		char text[16];

		snprintf(text, sizeof text, "%d", atoi(n) + 3);
		free(n);
		store_begin(s);
		store_meta_set(s, "n", text);
		put_blocks(s, 3);
		if (store_commit(s, &err))
			_exit(1);
	}
}

static int64_t count_blocks(struct store *s)
{
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(s->db, "SELECT count(*) FROM block",
					    -1, &st, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

static void killed_writer_leaves_a_case_that_goes_on(void **state)
{
	char *path = path_of("killed.case");
	unsigned us = 500;

	(void)state;
	for (int i = 0; i < 30; i++) {
		struct err err = { 0 };
		pid_t pid = fork();
		struct store *s;
		char *n;

		if (!pid)
			write_forever(path);
		us = (us * 1103515245u + 12345u) % 60000u;
		usleep(us);
		assert_int_equal(kill(pid, SIGKILL), 0);
		waitpid(pid, NULL, 0);
		/* Killed before there was a case: nothing to read yet. */
		s = store_open(path, STORE_CREATE, &err);
		if (!s)
			fail_msg("%s", err.text);
		n = store_meta_get(s, "n");
		assert_int_equal(atoi(n), count_blocks(s));
		free(n);
		store_close(s);
		s = store_open(path, STORE_READ, &err);
		assert_non_null(s);
		store_close(s);
	}
	free(path);
}

/* --- readers beside the writer --- */

struct reading {
	struct store *writer;
	pthread_t thread;
	_Atomic bool *stop;
	bool failed;
	_Atomic int rounds;
};

static void *read_on(void *arg)
{
	struct reading *r = arg;
	struct err err = { 0 };
	struct store *s = store_reader(r->writer, &err);
	struct buf b = { 0 };

	while (s && (!*r->stop || !r->rounds)) { /* once, however late */
		char *n = store_meta_get(s, "n");

		r->rounds++;
		if (atoi(n) && store_block_read(s, (5ll << 32) + atoi(n), &b))
			break;
		free(n);
	}
	r->failed = !s || store_failed(s);
	store_close(s);
	buf_release(&b);
	return NULL;
}

static void readers_and_a_committing_writer_do_not_fail(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	_Atomic bool stop = false;
	struct reading r[2] = { { .writer = s, .stop = &stop },
				{ .writer = s, .stop = &stop } };

	(void)state;
	for (int i = 0; i < 2; i++)
		pthread_create(&r[i].thread, NULL, read_on, &r[i]);
	/* on a busy machine the readers may begin late */
	for (int i = 1; i <= 100 || !r[0].rounds || !r[1].rounds; i++) {
		char text[16];

		snprintf(text, sizeof text, "%d", i);
		store_begin(s);
		put_blocks(s, 1);
		store_meta_set(s, "n", text);
		if (store_commit(s, &err))
			fail_msg("commit %d: %s", i, err.text);
	}
	stop = true;
	for (int i = 0; i < 2; i++) {
		pthread_join(r[i].thread, NULL);
		assert_false(r[i].failed);
	}
	store_close(s);
}

static void a_case_opens_from_its_bytes(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err), *copy;
	sqlite3_int64 n;
	uint8_t *bytes;
	char *value;

	(void)state;
	assert_non_null(s);
	store_begin(s);
	store_meta_set(s, "key", "value");
	assert_int_equal(store_commit(s, &err), 0);
	bytes = sqlite3_serialize(s->db, "main", &n, 0);
	store_close(s);
	copy = store_open_bytes(bytes, (size_t)n, STORE_READ, &err);
	assert_non_null(copy);
	value = store_meta_get(copy, "key");
	assert_string_equal(value, "value");
	free(value);
	store_close(copy);
	assert_null(store_open_bytes(bytes, 50, STORE_READ, &err));
	assert_non_null(strstr(err.text, "is damaged"));
	err = (struct err){ 0 };
	assert_null(store_open_bytes(NULL, 0, STORE_READ, &err));
	assert_non_null(strstr(err.text, "is no case file"));
	sqlite3_free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_is_there_when_opened_again),
		cmocka_unit_test(temporary_case_leaves_nothing),
		cmocka_unit_test(no_place_for_a_temporary_case_is_said),
		cmocka_unit_test(what_is_no_case_is_refused),
		cmocka_unit_test(empty_file_becomes_a_case),
		cmocka_unit_test(other_versions_are_refused_with_what_to_do),
		cmocka_unit_test(other_tables_are_refused),
		cmocka_unit_test(a_case_cut_off_anywhere_is_refused),
		cmocka_unit_test(reader_may_not_write),
		cmocka_unit_test(first_error_sticks_until_commit),
		cmocka_unit_test(close_rolls_back),
		cmocka_unit_test(full_disk_is_said_and_the_case_stays),
		cmocka_unit_test(killed_writer_leaves_a_case_that_goes_on),
		cmocka_unit_test(readers_and_a_committing_writer_do_not_fail),
		cmocka_unit_test(a_case_opens_from_its_bytes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
