/* Notes of the small sample case: who is whose copy, what is said, times. */
#include "report/notes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store/sample_case.h"

static struct store *store;
static struct model model;
static struct session_view view;
static struct notes notes;

static int setup(void **state)
{
	struct err err = { 0 };

	(void)state;
	store = store_open(NULL, STORE_CREATE, &err);
	if (!store || sample_fill(store, &err) ||
	    model_load(&model, store, &err) ||
	    !session_view_load(&view, &model, 1))
		return -1;
	return notes_load(&notes, &model, NULL, 0, &err);
}

static int teardown(void **state)
{
	(void)state;
	notes_release(&notes);
	session_view_release(&view);
	model_release(&model);
	store_close(store);
	return 0;
}

static const struct note *note_of(size_t file, uint64_t frame)
{
	for (size_t i = 0; i < notes.file[file].n; i++)
		if (notes.file[file].note[i].frame == frame)
			return &notes.file[file].note[i];
	return NULL;
}

static void every_frame_has_one_in_order(void **state)
{
	(void)state;
	assert_int_equal(notes.n, 2);
	/* ten packets, and an ICMP error that quotes one */
	assert_int_equal(notes.file[0].n, 11);
	assert_true(notes.file[0].note[10].quotes);
	assert_int_equal(notes.file[1].n, 10);
	for (size_t i = 0; i < notes.n; i++)
		for (size_t k = 1; k < notes.file[i].n; k++)
			assert_true(notes.file[i].note[k].frame >
				    notes.file[i].note[k - 1].frame);
}

static void words_of(size_t file, uint64_t frame, const char *want)
{
	const struct note *k = note_of(file, frame);

	assert_non_null(k);
	char *text = note_text(k, &view);

	assert_string_equal(text, want);
	free(text);
}

static void a_note_says_where_from_and_what_became(void **state)
{
	(void)state;
	words_of(
		0, 3,
		"near frame 3; session 1, client to server; arrived at far as frame 3");
	words_of(
		0, 7,
		"near frame 7; session 1, client to server; lost between near and far "
		"(acknowledgements show the hole)");
	words_of(
		1, 3,
		"far frame 3; session 1, client to server; same as near frame 3");
	words_of(
		0, 4,
		"near frame 4; session 1, server to client; same as far frame 4");
	words_of(
		1, 4,
		"far frame 4; session 1, server to client; arrived at near as frame "
		"4");
}

/* The sample's far point captures a packet of the server 5 us after the near
 * one does: as its clock is not fitted, the near copy has to be raised, and
 * with it nothing goes back. */
static void copies_come_after_and_captures_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < notes.n; i++)
		for (size_t k = 0; k < notes.file[i].n; k++) {
			const struct note *now = &notes.file[i].note[k];
			const struct note *up = now->in_frame
							? note_of(!i,
								  now->in_frame)
							: NULL;

			assert_true(!now->in_frame || up);
			if (up)
				assert_true(up->time_ns < now->time_ns);
			if (k)
				assert_true(now->time_ns >= now[-1].time_ns);
			assert_true(now->later_ns <= now->time_ns);
		}
	assert_true(note_of(0, 4)->time_ns > sample_record(1, 1, 1).time_ns);
}

static void only_what_was_asked_for(void **state)
{
	const int64_t none = 2, one = 1;
	struct err err = { 0 };
	struct notes n;

	(void)state;
	assert_int_equal(notes_load(&n, &model, &one, 1, &err), 0);
	assert_int_equal(n.n, 2);
	notes_release(&n);
	assert_int_equal(notes_load(&n, &model, &none, 1, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	notes_release(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_has_one_in_order),
		cmocka_unit_test(a_note_says_where_from_and_what_became),
		cmocka_unit_test(copies_come_after_and_captures_in_order),
		cmocka_unit_test(only_what_was_asked_for),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
