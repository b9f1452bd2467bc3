/* Assignment against trying everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "correlate/assign.h"

#define MAX 6

struct table {
	int rows, cols;
	int32_t gain[MAX][MAX]; /* 0: no edge */
};

static uint64_t rng_state;

static uint32_t rng(uint32_t below)
{
	rng_state = rng_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(rng_state >> 33) % below;
}

/* Largest sum from row @r on; not (@fr,@fc); either end of it must be used if
 * @need, `used` has the columns taken. */
static int64_t try_all(const struct table *t, int r, unsigned used, int fr,
		       int fc, int need)
{
	int64_t best;

	if (r == t->rows)
		return need && !(used >> fc & 1) && !(used >> 31)
			       ? INT64_MIN / 2
			       : 0;
	best = try_all(t, r + 1, used, fr, fc, need);
	for (int c = 0; c < t->cols; c++) {
		unsigned mark = r == fr ? 1u << 31 : 0;
		int64_t v;

		if (!t->gain[r][c] || used >> c & 1 || (r == fr && c == fc))
			continue;
		v = t->gain[r][c] +
		    try_all(t, r + 1, used | 1u << c | mark, fr, fc, need);
		if (v > best)
			best = v;
	}
	return best;
}

static size_t edges_of(const struct table *t, struct assign_edge *e)
{
	size_t n = 0;

	for (int r = 0; r < t->rows; r++)
		for (int c = 0; c < t->cols; c++)
			if (t->gain[r][c])
				e[n++] = (struct assign_edge){
					.row = (uint32_t)r,
					.col = (uint32_t)c,
					.gain = t->gain[r][c],
				};
	return n;
}

static void check_table(const struct table *t)
{
	struct assign_edge e[MAX * MAX];
	size_t n = edges_of(t, e);
	int64_t best = try_all(t, 0, 0, -1, -1, 0), got = 0;
	unsigned rows = 0, cols = 0;

	assign_solve(e, n, (uint32_t)t->rows, (uint32_t)t->cols);
	for (size_t i = 0; i < n; i++) {
		int64_t other;

		if (!e[i].chosen)
			continue;
		assert_false(rows >> e[i].row & 1);
		assert_false(cols >> e[i].col & 1);
		rows |= 1u << e[i].row;
		cols |= 1u << e[i].col;
		got += e[i].gain;
		other = best -
			try_all(t, 0, 0, (int)e[i].row, (int)e[i].col, 1);
		if (other > ASSIGN_FAR)
			other = ASSIGN_FAR;
		assert_int_equal(e[i].margin, other);
	}
	assert_int_equal(got, best);
}

static void equals_brute_force(void **state)
{
	(void)state;
	for (int seed = 0; seed < 4000; seed++) {
		struct table t = { 0 };

		rng_state = (uint64_t)seed;
		t.rows = 1 + (int)rng(MAX);
		t.cols = 1 + (int)rng(MAX);
		for (int r = 0; r < t.rows; r++)
			for (int c = 0; c < t.cols; c++)
				if (rng(100) < 60)
					t.gain[r][c] = 1 +
						       (int)rng(seed % 2 ? 12
									 : 900);
		check_table(&t);
	}
}

static void lone_edge_has_no_rival(void **state)
{
	struct assign_edge e[] = { { .row = 0, .col = 0, .gain = 5 } };

	(void)state;
	assign_solve(e, 1, 1, 1);
	assert_true(e[0].chosen);
	assert_int_equal(e[0].margin, ASSIGN_FAR);
}

static void twins_have_no_margin(void **state)
{
	struct assign_edge e[] = {
		{ .row = 0, .col = 0, .gain = 50 },
		{ .row = 0, .col = 1, .gain = 50 },
		{ .row = 1, .col = 0, .gain = 50 },
		{ .row = 1, .col = 1, .gain = 50 },
	};
	int chosen = 0;

	(void)state;
	assign_solve(e, 4, 2, 2);
	for (int i = 0; i < 4; i++) {
		chosen += e[i].chosen;
		if (e[i].chosen)
			assert_int_equal(e[i].margin, 0);
	}
	assert_int_equal(chosen, 2);
}

/* A chain of 20,000 rows, each liking two columns: one conflict group. */
static void long_chain_is_fast(void **state)
{
	enum { N = 20000 };
	struct assign_edge *e = calloc(2 * N, sizeof *e);
	int chosen = 0;

	(void)state;
	assert_non_null(e);
	for (uint32_t i = 0; i < N; i++) {
		e[2 * i] = (struct assign_edge){ .row = i,
						 .col = i,
						 .gain = 1000 };
		e[2 * i + 1] = (struct assign_edge){ .row = i,
						     .col = i + 1,
						     .gain = 900 };
	}
	assign_solve(e, 2 * N, N, N + 1);
	for (int i = 0; i < 2 * N; i++) {
		if (!e[i].chosen)
			continue;
		chosen++;
		assert_int_equal(e[i].row, e[i].col);
	}
	assert_int_equal(chosen, N);
	free(e);
}

/* Many groups: as each of them alone, however many cores there are. */
static void groups_are_solved_as_if_alone(void **state)
{
	enum { GROUPS = 300, SIZE = 4 };
	static struct assign_edge e[GROUPS * SIZE * SIZE];
	size_t n = 0;

	(void)state;
	rng_state = 7;
	for (uint32_t g = 0; g < GROUPS; g++)
		for (uint32_t i = 0; i < SIZE * SIZE; i++)
			if (rng(100) < 70)
				e[n++] = (struct assign_edge){
					.row = i / SIZE * GROUPS + g,
					.col = i % SIZE * GROUPS + g,
					.gain = 1 + (int32_t)rng(900),
				};
	assign_solve(e, n, SIZE * GROUPS, SIZE * GROUPS);
	for (uint32_t g = 0; g < GROUPS; g++) {
		struct assign_edge own[SIZE * SIZE], was[SIZE * SIZE];
		size_t k = 0;

		for (size_t i = 0; i < n; i++) {
			if (e[i].row % GROUPS != g)
				continue;
			own[k] = was[k] = e[i];
			own[k].row /= GROUPS;
			own[k++].col /= GROUPS;
		}
		assign_solve(own, k, SIZE, SIZE);
		for (size_t i = 0; i < k; i++) {
			assert_int_equal(own[i].chosen, was[i].chosen);
			assert_int_equal(own[i].margin, was[i].margin);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_brute_force),
		cmocka_unit_test(lone_edge_has_no_rival),
		cmocka_unit_test(twins_have_no_margin),
		cmocka_unit_test(long_chain_is_fast),
		cmocka_unit_test(groups_are_solved_as_if_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
