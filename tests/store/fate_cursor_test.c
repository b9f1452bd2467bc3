/* Entries of a session with the records that they name. */
#include "store/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/store/sample_case.h"

/* The small sample case, in which only record 3 of c2s is told of: it is lost,
 * as record @n of @dir at @point shows. */
static struct store *lost_by(uint8_t point, uint8_t dir, uint64_t n)
{
	struct match_writer *w = match_writer_new();
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	assert_int_equal(sample_fill(s, &err), 0);
	match_writer_hop(w, 0, 0, 1);
	match_writer_add(w, &(struct fate_entry){ .near = 3,
						  .far = FATE_NO_RECORD,
						  .len = 100,
						  .copy = 1,
						  .fate = FATE_LOST,
						  .basis = BASIS_PROOF,
						  .reason = WHY_HOLE,
						  .proof_point = point,
						  .proof_dir = dir,
						  .proof = n });
	match_writer_take(w, sample_put, s);
	match_writer_free(w);
	return s;
}

static void the_proof_is_a_record_of_its_point(void **state)
{
	struct store *s = lost_by(2, 1, 2);
	struct fate_cursor *c = fate_cursor_open(s, 1);
	struct fate_proof p;
	struct fate_row r;

	(void)state;
	assert_true(fate_cursor_next(c, &r));
	assert_true(fate_cursor_proof(c, &r, &p));
	assert_non_null(p.ack);
	assert_int_equal(p.flow, 1);
	assert_int_equal(p.file, SAMPLE_FILE(2));
	assert_int_equal(p.ack->frame, 6);
	assert_int_equal(p.ack->time_ns, sample_record(2, 1, 2).time_ns);
	assert_int_equal(r.near->frame, 7);
	assert_false(fate_cursor_next(c, &r));
	assert_false(store_failed(s));
	fate_cursor_close(c);
	store_close(s);
}

/* Return: did it fail the store? */
static bool fails(uint8_t point, uint8_t dir, uint64_t n)
{
	struct store *s = lost_by(point, dir, n);
	struct fate_cursor *c = fate_cursor_open(s, 1);
	struct fate_proof p;
	struct fate_row r;
	bool found, failed;

	assert_true(fate_cursor_next(c, &r));
	found = fate_cursor_proof(c, &r, &p);
	assert_null(p.ack);
	failed = store_failed(s);
	assert_int_equal(found, !failed);
	fate_cursor_close(c);
	store_close(s);
	return failed;
}

static void none_is_named_or_it_is_of_the_same_direction(void **state)
{
	(void)state;
	assert_false(fails(0, 0, 0));
	assert_false(fails(1, 0, 1));
}

static void a_record_or_point_that_is_not_there_is_damage(void **state)
{
	(void)state;
	assert_true(fails(1, 1, 4));
	assert_true(fails(1, 1, UINT64_MAX - 1));
	assert_true(fails(3, 1, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_proof_is_a_record_of_its_point),
		cmocka_unit_test(none_is_named_or_it_is_of_the_same_direction),
		cmocka_unit_test(a_record_or_point_that_is_not_there_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
