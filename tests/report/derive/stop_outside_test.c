/* Of what weight stops are that no capture shows the end of. */
#include "report/derive/stop_int.h"
#include "tests/report/derive/desk.h"

/* Return: the severity of @sessions with @opens SYNs, @early of them before the capture
 * beyond began. */
static enum severity severity(bool beyond, bool clocks, uint64_t sessions,
			      uint64_t opens, uint64_t early)
{
	struct derive *d = desk_silence(2, 3);
	struct stop_group g = { .kind = { .place = STOP_HOST,
					  .from_pos = 1,
					  .to_pos = 2,
					  .beyond = beyond },
				.sessions = sessions,
				.opens = opens,
				.early = early,
				.draft = draft_new(d, "stop.host", SEV_HIGH,
						   85) };
	enum severity is;

	if (clocks)
		desk_set_clocks(d);
	stop_outside_weigh(&g, &d->model);
	is = g.draft->row.severity;
	desk_free(d);
	return is;
}

static void what_was_tried_once_is_less(void **state)
{
	(void)state;
	assert_int_equal(severity(true, true, 1, 1, 0), SEV_LOW);
	assert_int_equal(severity(false, true, 1, 1, 0), SEV_MEDIUM);
	assert_int_equal(severity(false, true, 1, 3, 0), SEV_HIGH);
	assert_int_equal(severity(false, true, 3, 3, 0), SEV_HIGH);
}

static void what_began_before_the_next_capture_is_undecided(void **state)
{
	(void)state;
	assert_int_equal(severity(true, true, 2, 6, 2), SEV_MEDIUM);
	assert_int_equal(severity(true, true, 2, 6, 1), SEV_HIGH);
}

static void clocks_that_do_not_compare_leave_it_undecided(void **state)
{
	(void)state;
	assert_int_equal(severity(true, false, 2, 6, 0), SEV_MEDIUM);
	assert_int_equal(severity(false, false, 2, 6, 0), SEV_HIGH);
}

/* Return: the severity of what the next point lacks in @spans, of the capture of which
 * @unseen packets of 1,000 are missing. */
static enum severity lacking(uint64_t unseen, uint64_t spans, bool quoted)
{
	struct derive *d = desk_silence(2, 3);
	static const struct message_row error = { .name = NULL };
	struct stop_group g = {
		.kind = { .place = STOP_MISSING, .from_pos = 1, .to_pos = 2 },
		.spread = { .n = spans },
		.error = quoted ? &error : NULL,
		.draft = draft_new(d, "stop.path", SEV_HIGH, 90)
	};
	struct counts *tx = &d->model.figures.hop[0].way[0].tx;
	enum severity is;

	*tx = (struct counts){ .n = { [FATE_DELIVERED] = 1000 - unseen,
				      [FATE_UNSEEN] = unseen } };
	stop_missed_weigh(&g, &d->model);
	is = g.draft->row.severity;
	assert_int_equal(g.missed, is != SEV_HIGH);
	assert_int_equal(draft_says(g.draft, "may have missed all of these"),
			 g.missed);
	desk_free(d);
	return is;
}

static void a_capture_that_misses_packets_may_have_missed_them(void **state)
{
	(void)state;
	assert_int_equal(lacking(0, 1, false), SEV_HIGH);
	assert_int_equal(lacking(1, 1, false), SEV_HIGH);
	assert_int_equal(lacking(10, 1, false), SEV_MEDIUM);
	assert_int_equal(lacking(100, 1, false), SEV_LOW);
	assert_int_equal(lacking(100, 2, false), SEV_MEDIUM);
	assert_int_equal(lacking(100, 4, false), SEV_HIGH);
	assert_int_equal(lacking(100, 1, true), SEV_HIGH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_tried_once_is_less),
		cmocka_unit_test(
			what_began_before_the_next_capture_is_undecided),
		cmocka_unit_test(
			a_capture_that_misses_packets_may_have_missed_them),
		cmocka_unit_test(clocks_that_do_not_compare_leave_it_undecided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
