/* pair.relay, stop.middlebox: connections that are ended on the way. */
#include "tests/report/derive/desk.h"

static struct derive *relay_desk(void)
{
	struct derive *d = desk_new(3, &rules_relay);

	d->view.row.kind = PAIR_RELAYED;
	d->view.row.flows[2].relayed = true;
	return d;
}

static void relayed_sessions_are_said(void **state)
{
	struct derive *d = relay_desk();
	const struct draft *f;

	(void)state;
	desk_show(d);
	desk_next(d);
	desk_show_unswept(d);
	f = desk_finish(d, "pair.relay");
	assert_non_null(f);
	assert_true(draft_says(f, "2 sessions are terminated"));
	assert_true(draft_says(f, "between middle and server"));
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_int_equal(draft_number(f, "sessions"), 2);
	desk_free(d);
}

static void other_sessions_are_not(void **state)
{
	struct derive *d = desk_new(3, &rules_relay);

	(void)state;
	desk_silent(d, "pair.relay");
}

static void lose(struct derive *d, int from, int to, enum fate_reason why)
{
	struct hop_tail *t = desk_tail(d, 1, from, to);
	struct fact *k = desk_fact(&t->after_kept, from, to, KIND_DATA,
				   FATE_LOST);

	k->dir = 1;
	k->e.reason = (uint8_t)why;
	k->e.copy = 1;
	k->e.off = 24;
	k->e.len = 128;
	k->near.pay_len = 152;
	t->lost = 1;
	t->ended = why == WHY_ENDED ? 1000000 : 0; /* more than is kept */
}

static void bytes_that_never_came_out_are_counted(void **state)
{
	struct derive *d = relay_desk();
	const struct draft *f;

	(void)state;
	lose(d, 2, 1, WHY_ENDED);
	f = desk_found(d, "stop.middlebox");
	assert_true(draft_says(f, "1,000,000 bytes short"));
	assert_int_equal(draft_number(f, "bytes"), 1000000);
	assert_int_equal(f->row.n_evidence, 1);
	assert_int_equal(d->claimed, d->view.row.id);
	desk_free(d);
}

static void loss_beside_the_relay_is_not_its(void **state)
{
	struct derive *d = relay_desk();

	(void)state;
	lose(d, 1, 0, WHY_HOLE);
	desk_silent(d, "stop.middlebox");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relayed_sessions_are_said),
		cmocka_unit_test(other_sessions_are_not),
		cmocka_unit_test(bytes_that_never_came_out_are_counted),
		cmocka_unit_test(loss_beside_the_relay_is_not_its),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
