/* Ladders of the small sample case, and their drawing. */
#include "report/ladder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/render/ladder.h"
#include "tests/store/sample_case.h"

static struct store *store;
static struct model model;
static struct session_view view;

static int setup(void **state)
{
	struct err err = { 0 };

	(void)state;
	store = store_open(NULL, STORE_CREATE, &err);
	if (!store || sample_fill(store, &err) ||
	    model_load(&model, store, &err))
		return -1;
	return session_view_load(&view, &model, 1) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	session_view_release(&view);
	model_release(&model);
	store_close(store);
	return 0;
}

static void rows_are_by_time_and_whole(void **state)
{
	struct ladder l;

	(void)state;
	ladder_load(&l, &model, &view, INT64_MIN);
	assert_int_equal(l.n, 10);
	assert_int_equal(l.n_legs, 1);
	assert_int_equal(l.left_out, 0);
	for (size_t i = 1; i < l.n; i++)
		assert_true(l.row[i].at_ns >= l.row[i - 1].at_ns);
	size_t lost = 0;

	for (size_t i = 0; i < l.n; i++) {
		const struct ladder_leg *k = &l.row[i].leg[0];

		assert_true(k->there);
		assert_int_equal(k->from, l.row[i].dir);
		if (k->e.fate == FATE_LOST) {
			lost++;
			assert_int_equal(k->near_frame, 7);
			assert_int_equal(k->far_frame, 0);
			assert_string_equal(l.row[i].what,
					    "data 201..301 (100 bytes)");
		}
	}
	assert_int_equal(lost, 1);
	ladder_release(&l);
}

static void a_frame_is_found_at_its_point(void **state)
{
	int64_t t;

	(void)state;
	assert_true(ladder_find(&model, &view, model.points[1].id, 3, &t));
	assert_int_equal(t, sample_record(2, 0, 1).time_ns);
	assert_false(ladder_find(&model, &view, model.points[1].id, 7, &t));
	assert_false(ladder_find(&model, &view, 99, 3, &t));
}

static char *drawn(const struct ladder_look *look)
{
	struct ladder l;
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	ladder_load(&l, &model, &view, look->mark_ns);
	ladder_print(&l, &model, &view, look, out);
	ladder_release(&l);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void a_loss_ends_in_a_cross(void **state)
{
	struct ladder_look look = { .columns = 80,
				    .ascii = true,
				    .mark_ns = INT64_MIN };
	char *text = drawn(&look);
	const char *lost = strstr(text, "#7");

	(void)state;
	assert_non_null(lost);
	assert_non_null(strstr(lost, "X"));
	assert_true(strstr(lost, "X") < strchr(lost, '\n'));
	assert_true(strchr(lost, '>') == NULL ||
		    strchr(lost, '>') > strchr(lost, '\n'));
	assert_non_null(strstr(lost, "lost (proof: near #6)"));
	assert_null(strstr(text, "\033"));
	free(text);
}

/* The line of the ladder that has @what, while a finding of @rule names frame 7 of the
 * near point. */
static char *line_told(const char *rule, const char *what, char **whole)
{
	struct evidence_row frame = { .point = model.points[0].id,
				      .file = model.files[0].id,
				      .frame = 7 };
	struct finding_row found = { .id = 4,
				     .rule = (char *)(uintptr_t)rule,
				     .title = (char *)(uintptr_t) "the title",
				     .n_evidence = 1,
				     .evidence = &frame };
	struct ladder_look look = { .columns = 80,
				    .ascii = true,
				    .mark_ns = INT64_MIN };
	struct finding_row *had = model.findings;
	size_t n = model.n_findings;
	char *line;

	model.findings = &found;
	model.n_findings = 1;
	*whole = drawn(&look);
	model.findings = had;
	model.n_findings = n;
	line = strstr(*whole, what);
	assert_non_null(line);
	assert_non_null(strstr(line, "\nfinding 4: "));
	*strchr(line, '\n') = '\0';
	return line;
}

static void a_row_has_the_finding_that_names_it(void **state)
{
	char *whole, *line = line_told("loss.path", "#7", &whole);

	(void)state;
	assert_non_null(strstr(line, "X"));
	assert_non_null(strstr(line, "lost (proof: near #6); finding 4"));
	free(whole);
}

static void what_a_finding_calls_taken_is_not_drawn_as_lost(void **state)
{
	char *whole, *line = line_told("reset.path", "#7", &whole);

	(void)state;
	assert_null(strstr(line, "X"));
	assert_null(strstr(line, "lost"));
	assert_non_null(strstr(line, "?"));
	assert_non_null(strstr(line, "not at far, something else got it; "
				     "finding 4"));
	free(whole);
}

static void only_what_is_around_the_mark(void **state)
{
	struct ladder_look look = { .columns = 80,
				    .ascii = true,
				    .rows = 1,
				    .mark_ns = sample_record(1, 0, 3).time_ns };
	char *text = drawn(&look);

	(void)state;
	assert_non_null(strstr(text, "*   0.00"));
	assert_non_null(strstr(text, "rows before"));
	assert_non_null(strstr(text, "rows after"));
	free(text);
}

/* However narrow the terminal or many the points: nothing is written beyond
 * the line (sanitizers look on). */
static void any_width_will_do(void **state)
{
	(void)state;
	for (int columns = 1; columns < 300; columns += 7) {
		struct ladder_look look = { .columns = columns,
					    .colour = true,
					    .mark_ns = INT64_MIN };

		free(drawn(&look));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_by_time_and_whole),
		cmocka_unit_test(a_frame_is_found_at_its_point),
		cmocka_unit_test(a_loss_ends_in_a_cross),
		cmocka_unit_test(a_row_has_the_finding_that_names_it),
		cmocka_unit_test(
			what_a_finding_calls_taken_is_not_drawn_as_lost),
		cmocka_unit_test(only_what_is_around_the_mark),
		cmocka_unit_test(any_width_will_do),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
