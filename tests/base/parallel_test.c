#include "base/parallel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define N 5000

struct seen {
	atomic_int times[N];
	atomic_uint widest;
};

static void mark(void *ctx, unsigned worker, size_t i)
{
	struct seen *s = ctx;

	s->times[i]++;
	if (worker > s->widest)
		s->widest = worker;
}

static void each_number_is_done_once(void **state)
{
	static const char *const width[] = { "1", "2", "7", "16" };

	(void)state;
	for (size_t w = 0; w < 4; w++) {
		struct seen *s = calloc(1, sizeof *s);

		setenv("TRACEPAIR_THREADS", width[w], 1);
		parallel_run(N, mark, s);
		for (size_t i = 0; i < N; i++)
			assert_int_equal(s->times[i], 1);
		assert_true(s->widest < parallel_width());
		free(s);
	}
	unsetenv("TRACEPAIR_THREADS");
}

static void nothing_to_do_is_fine(void **state)
{
	(void)state;
	parallel_run(0, mark, NULL);
	parallel_run_apart(0, mark, NULL);
}

struct way { /* what each worker did, in order */
	size_t at[2][N], n[2];
};

static void note(void *ctx, unsigned worker, size_t i)
{
	struct way *w = ctx;

	w->at[worker][w->n[worker]++] = i;
}

/* Its own half forward, then what is left of the other's from the end. */
static void goes_its_way(const struct way *w, size_t worker)
{
	size_t half = N / 2, from = worker ? half : 0;
	size_t to = worker ? N : half, k = 0;

	for (; k < w->n[worker] && w->at[worker][k] == from + k; k++)
		assert_true(from + k < to);
	for (size_t i = 0; k < w->n[worker]; k++, i++)
		assert_int_equal(w->at[worker][k], (worker ? half : N) - 1 - i);
}

static void each_begins_with_a_stretch_of_its_own(void **state)
{
	struct way *w = calloc(1, sizeof *w);
	uint8_t done[N] = { 0 };

	(void)state;
	setenv("TRACEPAIR_THREADS", "2", 1);
	parallel_run_apart(N, note, w);
	for (size_t k = 0; k < 2; k++) {
		goes_its_way(w, k);
		for (size_t i = 0; i < w->n[k]; i++)
			done[w->at[k][i]]++;
	}
	for (size_t i = 0; i < N; i++)
		assert_int_equal(done[i], 1);
	unsetenv("TRACEPAIR_THREADS");
	free(w);
}

static void stretches_of_any_number_are_done_once(void **state)
{
	static const char *const width[] = { "1", "2", "7", "16" };

	(void)state;
	for (size_t k = 0; k < 4 * 40; k++) {
		struct seen *s = calloc(1, sizeof *s);
		size_t n = k / 4;

		setenv("TRACEPAIR_THREADS", width[k % 4], 1);
		parallel_run_apart(n, mark, s);
		for (size_t i = 0; i < N; i++)
			assert_int_equal(s->times[i], i < n);
		free(s);
	}
	unsetenv("TRACEPAIR_THREADS");
}

static void width_is_sane_whatever_is_asked(void **state)
{
	static const struct {
		const char *in;
		unsigned least, most;
	} cases[] = { { "3", 3, 3 },   { "1000", 16, 16 }, { "0", 1, 16 },
		      { "-4", 1, 16 }, { "x", 1, 16 },     { "", 1, 16 } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		setenv("TRACEPAIR_THREADS", cases[i].in, 1);
		assert_in_range(parallel_width(), cases[i].least,
				cases[i].most);
	}
	unsetenv("TRACEPAIR_THREADS");
}

static void look(void *ctx, unsigned worker, size_t i)
{
	bool *spare = ctx;

	(void)worker;
	(void)i;
	*spare = parallel_spare();
}

static void look_within(void *ctx, unsigned worker, size_t i)
{
	bool *spare = ctx;

	look(&spare[0], worker, i);
	parallel_run(1, look, &spare[1]);
	look(&spare[2], worker, i);
}

/* A worker that begins a run of its own is not on another processor. */
static void a_run_within_a_run_counts_threads(void **state)
{
	bool spare[3] = { false };

	(void)state;
	setenv("TRACEPAIR_THREADS", "2", 1);
	parallel_run(1, look_within, spare);
	for (size_t i = 0; i < 3; i++)
		assert_true(spare[i]);
	setenv("TRACEPAIR_THREADS", "1", 1);
	parallel_run(1, look_within, spare);
	for (size_t i = 0; i < 3; i++)
		assert_false(spare[i]);
	unsetenv("TRACEPAIR_THREADS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_is_done_once),
		cmocka_unit_test(nothing_to_do_is_fine),
		cmocka_unit_test(each_begins_with_a_stretch_of_its_own),
		cmocka_unit_test(stretches_of_any_number_are_done_once),
		cmocka_unit_test(width_is_sane_whatever_is_asked),
		cmocka_unit_test(a_run_within_a_run_counts_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
