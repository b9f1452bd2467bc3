/* What is said, and left, where output could not be written. */
#include "cli/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH "output-test.txt"

static bool is_there(void)
{
	struct stat st;

	return stat(PATH, &st) == 0;
}

static FILE *some_output(void)
{
	FILE *out = fopen(PATH, "we");

	assert_non_null(out);
	assert_true(fputs("half a report", out) >= 0);
	return out;
}

static void what_was_written_stays(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(output_close(some_output(), PATH, &err), 0);
	assert_int_equal(err.code, 0);
	assert_true(is_there());
	unlink(PATH);
}

/* The renderer failed: the file says nothing that could be trusted. */
static void half_a_report_is_removed(void **state)
{
	struct err err = { 0 };

	(void)state;
	err_set(&err, ERR_CASE, "the case is damaged");
	output_close(some_output(), PATH, &err);
	assert_int_equal(err.code, ERR_CASE);
	assert_string_equal(err.text, "the case is damaged");
	assert_false(is_there());
}

static void a_full_disk_is_told_with_what_helps(void **state)
{
	struct err err = { 0 };
	FILE *out = fopen("/dev/full", "we");

	(void)state;
	if (!out)
		skip();
	assert_true(fputs("half a report", out) >= 0); /* buffered */
	assert_int_equal(output_close(out, "/dev/full", &err), -1);
	assert_int_equal(err.code, ERR_CASE);
	assert_string_equal(err.text,
			    "/dev/full: could not be written: No space left on "
			    "device; free some space or choose another place "
			    "with -o");
	assert_int_equal(access("/dev/full", F_OK), 0);
}

/* All of it went to the system, which says only at the end that it could not be
 * stored, as file systems of a network do. */
static void what_closing_tells_is_told(void **state)
{
	struct err err = { 0 };
	FILE *out = some_output();

	(void)state;
	assert_int_equal(fflush(out), 0);
	assert_int_equal(close(fileno(out)), 0); /* so that fclose() fails */
	assert_int_equal(output_close(out, PATH, &err), -1);
	assert_int_equal(err.code, ERR_CASE);
	assert_string_equal(err.text,
			    PATH ": could not be written: Bad file descriptor; "
				 "free some space or choose another place "
				 "with -o");
	unlink(PATH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_stays),
		cmocka_unit_test(half_a_report_is_removed),
		cmocka_unit_test(a_full_disk_is_told_with_what_helps),
		cmocka_unit_test(what_closing_tells_is_told),
	};
	char folder[] = "/tmp/tracepair-output-XXXXXX";
	int failed;

	if (!mkdtemp(folder) || chdir(folder) != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)!chdir("/");
	rmdir(folder);
	return failed;
}
