/* report/derive/delay_recovery.c: what is sent again, and what that says of losses. */
#include "tests/report/derive/cause.h"

static void recovery_says_what_would_be_gained(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 101, TIME_RECOVERY, 7 * SEC, 17 * SEC);
	m.b.repairs[REPAIR_TIMEOUT] = 38;
	f = finding(&m, "delay.recovery", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "Without the 38 retransmission timeouts the "
				  "session would take 10 s, not 17 s"));
	desk_free(d);
}

/* The loss is the answer, its price stands second. */
static void recovery_from_a_loss_that_was_found_is_no_answer(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 30, TIME_RECOVERY, 7 * SEC, 17 * SEC);
	m.b.repairs[REPAIR_TIMEOUT] = 38;
	d = desk_of(&m);
	draft_new(d, "loss.path", SEV_HIGH, 1);
	f = desk_finish(d, "delay.recovery");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	desk_free(d);
	d = desk_of(&m);
	draft_new(d, "loss.path", SEV_LOW, 1);
	assert_int_equal(desk_finish(d, "delay.recovery")->row.severity,
			 SEV_HIGH);
	desk_free(d);
}

/* A second of a session that has little more: one loss is an accident. */
static void recovery_from_one_loss_is_medium_at_most(void **state)
{
	static const struct {
		unsigned repairs;
		int64_t took_ns;
		enum severity severity;
	} of[] = { { 1, SEC, SEV_MEDIUM },
		   { 2, SEC, SEV_HIGH },
		   { 1, 4 * SEC, SEV_HIGH } };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct derive *d;
		struct made m;

		made(&m, 1, TIME_RECOVERY, of[i].took_ns,
		     of[i].took_ns + SEC / 10);
		m.b.repairs[REPAIR_TIMEOUT] = of[i].repairs;
		assert_int_equal(
			finding(&m, "delay.recovery", &d)->row.severity,
			of[i].severity);
		desk_free(d);
	}
}

/* Nothing was lost: there is none to be found. */
static void what_had_arrived_recovers_nothing(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 30, TIME_RECOVERY, 7 * SEC, 17 * SEC);
	m.b.repairs[REPAIR_TIMEOUT] = 3;
	m.s.all_arrived = true;
	f = finding(&m, "delay.recovery", &d);
	assert_non_null(f);
	assert_true(draft_says(f, "What had arrived is sent again"));
	assert_true(draft_says(f, "lost between client and server"));
	assert_false(draft_says(f, "find the loss"));
	assert_int_equal(draft_number(f, "timeouts"), 3);
	desk_free(d);
}

/* Of requests at one point nothing tells what was lost; of what may be no request, not
 * even that anything was. */
static void datagrams_at_one_point_prove_no_loss(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 3, TIME_RECOVERY, 10 * SEC, 11 * SEC);
	m.b.repairs[REPAIR_TIMEOUT] = 2;
	m.s.datagrams_alone = m.s.named = true;
	f = finding(&m, "delay.recovery", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "Requests are sent again before they are "
				  "answered: that takes 10 s"));
	assert_true(draft_says(f, "2 times the same datagram"));
	assert_false(draft_says(f, "Recovering from loss"));
	desk_free(d);
	made(&m, 3, TIME_RECOVERY, 10 * SEC, 11 * SEC);
	m.s.datagrams_alone = true;
	f = finding(&m, "delay.recovery", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "may be a heartbeat"));
	desk_free(d);
}

static void recovery_in_vain_explains_nothing(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 3, TIME_RECOVERY, 130 * SEC, 131 * SEC);
	m.s.lost_ns = 130 * SEC;
	assert_null(finding(&m, "delay.recovery", &d));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recovery_says_what_would_be_gained),
		cmocka_unit_test(
			recovery_from_a_loss_that_was_found_is_no_answer),
		cmocka_unit_test(recovery_from_one_loss_is_medium_at_most),
		cmocka_unit_test(what_had_arrived_recovers_nothing),
		cmocka_unit_test(datagrams_at_one_point_prove_no_loss),
		cmocka_unit_test(recovery_in_vain_explains_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
