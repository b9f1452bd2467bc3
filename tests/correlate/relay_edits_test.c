/* A relay that sends other bytes than it gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/correlate/side.h"

#define DELTA 700000u /* of the requests' numbers, behind the relay */
#define BACK 900000u  /* of the answers' */

struct talk { /* asks go near to far, answers back */
	struct side near, far, near_back, far_back;
	struct hop hop;
};

static void ack(struct record *r, uint32_t seq)
{
	r->ack64 = seq_first(seq);
}

/* Request @n of 82 bytes, with @added of the relay's, and its answer, begun
 * 100 ms later. */
static void exchange(struct talk *t, uint32_t n, uint32_t added)
{
	int64_t at = n * 1000;
	uint32_t ask = 1000 + n * 82, more = n * added, tell = 5000 + n * 300;

	add(&t->near, at, ask, 82, 0);
	add(&t->far, at + 5, ask + more + DELTA, 82 + added, 0);
	ack(add(&t->far_back, at + 100, tell + BACK, 300, 0),
	    ask + more + 82 + added + DELTA);
	ack(add(&t->near_back, at + 105, tell, 300, 0), ask + 82);
}

static bool edits(struct talk *t)
{
	bool yes;

	t->hop = hop_over(&t->near, &t->far, DELTA);
	t->hop.relay = t->hop.numbered = true;
	t->hop.ack_delta = BACK;
	yes = relay_edits(&t->hop, &t->near_back.s, &t->far_back.s);
	hop_release(&t->hop);
	return yes;
}

static void the_same_bytes_are_no_edit(void **state)
{
	struct talk t = { .near = { .s = { .n = 0 } } };

	(void)state;
	for (uint32_t n = 0; n < 5; n++)
		exchange(&t, n, 0);
	assert_false(edits(&t));
}

static void one_request_with_a_line_more_is_enough(void **state)
{
	struct talk t = { .near = { .s = { .n = 0 } } };

	(void)state;
	exchange(&t, 0, 28);
	assert_true(edits(&t));
}

/* The client sends ahead: what is more than the answer's acknowledgement may
 * still have come to the relay before it was sent on. */
static void what_was_sent_ahead_is_no_edit(void **state)
{
	struct talk t = { .near = { .s = { .n = 0 } } };

	(void)state;
	add(&t.near, 0, 1000, 82, 0);
	add(&t.near, 50, 1082, 82, 0);
	add(&t.far, 5, 1000 + DELTA, 82, 0);
	add(&t.far, 55, 1082 + DELTA, 82, 0);
	ack(add(&t.far_back, 100, 5000 + BACK, 300, 0), 1082 + DELTA);
	ack(add(&t.near_back, 105, 5000, 300, 0), 1164);
	assert_false(edits(&t));
}

/* The relay goes on sending what it has while the answer is under way. */
static void what_was_sent_after_the_answer_is_no_edit(void **state)
{
	struct talk t = { .near = { .s = { .n = 0 } } };

	(void)state;
	exchange(&t, 0, 0);
	add(&t.near, 103, 1082, 82, 0);
	add(&t.far, 108, 1082 + DELTA, 82, 0);
	exchange(&t, 2, 0);
	assert_false(edits(&t));
}

/* What the far point has is only what came later. */
static void an_answer_that_the_far_point_missed_tells_nothing(void **state)
{
	struct talk t = { .near = { .s = { .n = 0 } } };

	(void)state;
	exchange(&t, 0, 0);
	ack(add(&t.near_back, 110, 5300, 300, 0), 1082);
	exchange(&t, 2, 0);
	assert_false(edits(&t));
}

/* The first time counts. */
static void a_second_copy_tells_no_less(void **state)
{
	struct talk t = { .near = { .s = { .n = 0 } } };

	(void)state;
	exchange(&t, 0, 28);
	ack(add(&t.near_back, 400, 5000, 300, 0), 1164);
	assert_true(edits(&t));
}

static void without_answers_nothing_is_known(void **state)
{
	struct talk t = { .near = { .s = { .n = 0 } } };

	(void)state;
	add(&t.near, 0, 1000, 82, 0);
	add(&t.far, 5, 1000 + DELTA, 110, 0);
	assert_false(edits(&t));
	ack(add(&t.near_back, 105, 5000, 300, 0), 1082);
	assert_false(edits(&t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_bytes_are_no_edit),
		cmocka_unit_test(one_request_with_a_line_more_is_enough),
		cmocka_unit_test(what_was_sent_ahead_is_no_edit),
		cmocka_unit_test(what_was_sent_after_the_answer_is_no_edit),
		cmocka_unit_test(
			an_answer_that_the_far_point_missed_tells_nothing),
		cmocka_unit_test(a_second_copy_tells_no_less),
		cmocka_unit_test(without_answers_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
