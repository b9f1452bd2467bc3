/* loss.policer and loss.burst. */
#include "tests/report/derive/losses.h"

static void policed(struct derive *d, uint64_t losses)
{
	struct hop_tail *t = desk_tail(d, 0, 0, 1);

	t->lost = losses;
	t->policed = (struct policed){ .yes = true,
				       .rate_bps = 4000000,
				       .burst = 20000,
				       .judged = losses,
				       .inflated = 1 };
}

static void a_policer_takes_the_place_of_loss(void **state)
{
	struct derive *d = lossy(30, 300);
	const struct draft *f;

	(void)state;
	policed(d, 30);
	f = desk_found(d, "loss.policer");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "faster than about 4 Mbit/s"));
	assert_true(draft_says(f, "20000 bytes"));
	assert_int_equal(draft_number(f, "rate_bps"), 4000000);
	assert_int_equal(f->row.n_evidence, 30);
	assert_null(desk_finish(d, "loss.path"));
	desk_free(d);
}

/* Without clocks that can be compared nobody saw the delay. */
static void a_policer_is_not_argued_from_delays_unseen(void **state)
{
	(void)state;
	for (uint64_t judged = 0; judged <= 20; judged += 20) {
		struct derive *d = desk_new(2, &rules_loss);
		const struct draft *f;

		lose(d, KIND_DATA, 30);
		policed(d, 30);
		d->facts.tail[0][0].policed.judged = judged;
		f = desk_found(d, "loss.policer");
		assert_int_equal(draft_says(f, "of 20 losses"), judged > 0);
		assert_false(draft_says(f, "of 0 losses"));
		desk_free(d);
	}
}

/* One session that looks like it among many that lose otherwise. */
static void a_policer_for_a_few_of_the_losses_is_none(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	lose(d, KIND_DATA, 30);
	policed(d, 30);
	desk_show(d);
	desk_next(d);
	lose(d, KIND_DATA, 50);
	desk_tail(d, 0, 0, 1)->lost = 50;
	desk_silent(d, "loss.policer");
}

static void bursts(struct derive *d, uint64_t inflated)
{
	struct hop_tail *t;

	lose(d, KIND_DATA, 30); /* frames 10 to 39 */
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 970);
	t = desk_tail(d, 0, 0, 1);
	t->lost = 30;
	t->delivered = 970;
	t->policed.judged = 30;
	t->policed.inflated = inflated;
	desk_show(d);
}

static void losses_in_runs_are_bursts(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	bursts(d, 0);
	f = desk_finish(d, "loss.burst");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "30 of 30 are in 1 run of"));
	assert_true(draft_says(f, "fails for moments"));
	assert_null(desk_finish(d, "loss.path"));
	desk_free(d);
}

static void bursts_after_a_growing_delay_are_a_queue(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	bursts(d, 28);
	assert_true(draft_says(desk_finish(d, "loss.burst"),
			       "a queue that overflows"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policer_takes_the_place_of_loss),
		cmocka_unit_test(a_policer_is_not_argued_from_delays_unseen),
		cmocka_unit_test(a_policer_for_a_few_of_the_losses_is_none),
		cmocka_unit_test(losses_in_runs_are_bursts),
		cmocka_unit_test(bursts_after_a_growing_delay_are_a_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
