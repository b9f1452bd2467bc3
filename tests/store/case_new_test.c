/* How a case begins: whoever sees its name can open it, whenever its maker was
 * killed and however many make it at once. */
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "store/store_int.h"

static char dir[] = "/tmp/tracepair-case-new-test-XXXXXX";
static char *path;

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	path = mem_printf("%s/new.case", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(path);
	return rmdir(dir);
}

/* Some file systems know no files without a name: there SQLite makes the case,
 * which is not what is tested here. */
static void need_nameless_files(void)
{
	int fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0)
		skip();
	close(fd);
}

static bool there(void)
{
	return access(path, F_OK) == 0;
}

static void assert_opens(enum store_mode mode)
{
	struct err err = { 0 };
	struct store *s = store_open(path, mode, &err);

	if (!s)
		fail_msg("%s", err.text);
	assert_int_equal(store_session_count(s), 0);
	store_close(s);
}

static size_t names_in_dir(void)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static struct store *make(void)
{
	struct err err = { 0 };
	struct store *s = store_open(path, STORE_CREATE, &err);

	if (s)
		return s;
	fprintf(stderr, "%s\n", err.text);
	_exit(1);
}

/* A process that makes the case and waits to be killed.  Return: its id. */
static pid_t make_and_wait(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	make();
	for (;;)
		pause();
}

/* One that makes the case and writes a row. */
static pid_t make_with(const char *key)
{
	pid_t pid = fork();
	struct err err = { 0 };
	struct store *s;

	if (pid)
		return pid;
	s = make();
	store_begin(s);
	store_meta_set(s, key, "there");
	if (store_commit(s, &err)) {
		fprintf(stderr, "%s\n", err.text);
		_exit(1);
	}
	store_close(s);
	_exit(0);
}

static void case_is_whole_as_soon_as_it_is_there(void **state)
{
	(void)state;
	need_nameless_files();
	for (int i = 0; i < 50; i++) {
		pid_t pid = make_and_wait();

		while (!there())
			assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
		assert_int_equal(kill(pid, SIGKILL), 0);
		waitpid(pid, NULL, 0);
		assert_opens(STORE_READ);
		assert_opens(STORE_CREATE);
		assert_int_equal(names_in_dir(), 1);
		assert_int_equal(unlink(path), 0);
	}
}

static void killed_at_any_moment_leaves_a_case_or_nothing(void **state)
{
	(void)state;
	need_nameless_files();
	for (useconds_t us = 0; us < 10000; us += 100) {
		pid_t pid = make_and_wait();

		usleep(us);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		if (!there()) {
			assert_int_equal(names_in_dir(), 0);
			continue;
		}
		assert_opens(STORE_READ);
		assert_int_equal(unlink(path), 0);
	}
}

static void many_make_one_case(void **state)
{
	enum { MAKERS = 4 };
	struct err err = { 0 };

	(void)state;
	need_nameless_files();
	for (int i = 0; i < 20; i++) {
		pid_t pid[MAKERS];
		char key[MAKERS][2];
		struct store *s;

		for (int k = 0; k < MAKERS; k++) {
			snprintf(key[k], sizeof key[k], "%d", k);
			pid[k] = make_with(key[k]);
		}
		for (int k = 0; k < MAKERS; k++) {
			int status;

			assert_int_equal(waitpid(pid[k], &status, 0), pid[k]);
			assert_int_equal(status, 0);
		}
		s = store_open(path, STORE_READ, &err);
		assert_non_null(s);
		for (int k = 0; k < MAKERS; k++) {
			char *v = store_meta_get(s, key[k]);

			assert_string_equal(v, "there");
			free(v);
		}
		store_close(s);
		assert_int_equal(unlink(path), 0);
	}
}

static void umask_says_who_may_read_it(void **state)
{
	static const mode_t masks[] = { 0, 022, 027, 077 };
	mode_t before = umask(0);

	(void)state;
	for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
		struct stat st;

		umask(masks[i]);
		assert_opens(STORE_CREATE);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0644 & ~masks[i]);
		assert_int_equal(unlink(path), 0);
	}
	umask(before);
}

/* A limit on a file's size stands for a full disk. */
static void no_room_leaves_no_file(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		struct err err = { 0 };

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4096, 4096 });
		if (store_open(path, STORE_CREATE, &err))
			_exit(1);
		_exit(err.code == ERR_CASE && strstr(err.text, path) &&
				      strstr(err.text, strerror(EFBIG))
			      ? 0
			      : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(names_in_dir(), 0);
}

static int copy_text(void *to, int n, char **value, char **name)
{
	(void)n;
	(void)name;
	snprintf(to, 16, "%s", value[0]);
	return 0;
}

static void assert_as_in_place(void)
{
	static const char *const same[][2] = {
		{ "PRAGMA page_size", "8192" },
		{ "PRAGMA journal_mode", "delete" },
		{ "PRAGMA encoding", "UTF-8" },
		{ "PRAGMA auto_vacuum", "0" },
		{ "PRAGMA freelist_count", "0" },
		{ "PRAGMA integrity_check", "ok" },
	};
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		char text[16] = "";

		assert_int_equal(sqlite3_exec(db, same[i][0], copy_text, text,
					      NULL),
				 SQLITE_OK);
		assert_string_equal(text, same[i][1]);
	}
	sqlite3_close(db);
}

static void new_case_is_as_sqlite_would_make_it(void **state)
{
	(void)state;
	assert_opens(STORE_CREATE);
	assert_as_in_place();
	assert_int_equal(unlink(path), 0);
}

/* A name that is taken, of a file that is not there. */
static void what_cannot_be_named_is_made_in_place(void **state)
{
	char *target = mem_printf("%s/target", dir);

	(void)state;
	assert_int_equal(symlink(target, path), 0);
	assert_opens(STORE_CREATE);
	assert_int_equal(access(target, F_OK), 0);
	assert_opens(STORE_READ);
	assert_as_in_place();
	assert_int_equal(names_in_dir(), 2);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(target), 0);
	free(target);
}

static void put_long(struct store *s, char c)
{
	char text[50000];

	memset(text, c, sizeof text - 1);
	text[sizeof text - 1] = '\0';
	store_begin(s);
	for (char key[] = "a"; *key <= 'z'; ++*key)
		store_meta_set(s, key, text);
}

/* Ends with pages in the file that are not committed, as if it was killed. */
static void leave_journal(void)
{
	pid_t pid = fork();
	struct err err = { 0 };
	struct store *s;

	if (pid) {
		waitpid(pid, NULL, 0);
		return;
	}
	s = make();
	put_long(s, 'a');
	store_commit(s, &err);
	store_exec(s, "PRAGMA cache_spill=ON; PRAGMA cache_size=4");
	put_long(s, 'b');
	_exit(0);
}

static void journal_of_a_removed_case_is_not_taken_for_its_own(void **state)
{
	struct err err = { 0 };
	struct store *s;
	char *v;

	(void)state;
	leave_journal();
	assert_int_equal(names_in_dir(), 2);
	assert_int_equal(unlink(path), 0);
	s = store_open(path, STORE_CREATE, &err);
	assert_non_null(s);
	v = store_meta_get(s, "a");
	assert_string_equal(v, "");
	free(v);
	store_close(s);
	assert_opens(STORE_READ);
	assert_as_in_place();
	assert_int_equal(names_in_dir(), 1);
	assert_int_equal(unlink(path), 0);
}

/* Names as users type them, from within the folder. */
static void names_without_a_folder_do_too(void **state)
{
	static const char *const names[] = { "plain", "./dot", "-", "%s" };
	char *own = path, *before = getcwd(NULL, 0);

	(void)state;
	assert_non_null(before);
	assert_int_equal(chdir(dir), 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		path = mem_strdup(names[i]);
		assert_opens(STORE_CREATE);
		assert_opens(STORE_READ);
		assert_int_equal(unlink(path), 0);
		free(path);
	}
	path = own;
	assert_int_equal(chdir(before), 0);
	free(before);
	assert_int_equal(names_in_dir(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_is_whole_as_soon_as_it_is_there),
		cmocka_unit_test(killed_at_any_moment_leaves_a_case_or_nothing),
		cmocka_unit_test(many_make_one_case),
		cmocka_unit_test(no_room_leaves_no_file),
		cmocka_unit_test(umask_says_who_may_read_it),
		cmocka_unit_test(new_case_is_as_sqlite_would_make_it),
		cmocka_unit_test(what_cannot_be_named_is_made_in_place),
		cmocka_unit_test(
			journal_of_a_removed_case_is_not_taken_for_its_own),
		cmocka_unit_test(names_without_a_folder_do_too),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
