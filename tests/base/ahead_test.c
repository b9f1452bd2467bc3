/* Work done ahead: each task once, by whoever comes first. */
#include "base/ahead.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define TASKS 500

struct job {
	struct ahead_task task;
	atomic_int times;
};

static void count(void *ctx)
{
	struct job *j = ctx;

	j->times++;
}

static struct job *jobs_new(void)
{
	struct job *j = calloc(TASKS, sizeof *j);

	assert_non_null(j);
	for (int i = 0; i < TASKS; i++)
		j[i].task = (struct ahead_task){ .fn = count, .ctx = &j[i] };
	return j;
}

static void what_was_waited_for_is_done_once(void **state)
{
	struct ahead *a = ahead_new();
	struct job *j = jobs_new();

	(void)state;
	assert_non_null(a);
	for (int round = 1; round <= 3; round++) {
		for (int i = 0; i < TASKS; i++)
			ahead_start(a, &j[i].task);
		/* not in their order: some are taken from amid the list */
		for (int k = 0; k < TASKS; k++) {
			int i = (int)((unsigned)k * 7 % TASKS);

			ahead_wait(a, &j[i].task);
			assert_int_equal(j[i].times, round);
			assert_int_equal(j[i].task.state, AHEAD_IDLE);
		}
	}
	ahead_free(a);
	free(j);
}

static void what_was_dropped_is_done_once_or_not_at_all(void **state)
{
	struct ahead *a = ahead_new();
	struct job *j = jobs_new();

	(void)state;
	assert_non_null(a);
	for (int i = 0; i < TASKS; i++)
		ahead_start(a, &j[i].task);
	for (int i = TASKS - 1; i >= 0; i--) {
		int done;

		ahead_drop(a, &j[i].task);
		done = j[i].times;
		assert_true(done <= 1);
	}
	ahead_free(a);
	free(j);
}

static void a_thread_without_work_ends(void **state)
{
	(void)state;
	ahead_free(ahead_new());
	ahead_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_waited_for_is_done_once),
		cmocka_unit_test(what_was_dropped_is_done_once_or_not_at_all),
		cmocka_unit_test(a_thread_without_work_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
