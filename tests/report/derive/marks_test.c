/* change.header and change.sequence of single packets: DSCP, ECN, SACK. */
#include "tests/report/derive/desk.h"

static struct record at_near = {
	.frame = 10, .ack64 = 5000, .tos = 0xb8, .tcp_flags = REC_ACK
};

/* A packet as it left and as it arrived, on the way back. */
static struct fate_row delivered(const struct record *x, const struct record *y)
{
	return (struct fate_row){ .e = { .fate = FATE_DELIVERED },
				  .dir = 1,
				  .from = 1,
				  .to = 0,
				  .near = x,
				  .far = y };
}

static const struct draft *seen(struct derive *d, const struct record *x,
				const struct record *y, const char *rule)
{
	struct fate_row r = delivered(x, y), same = delivered(x, x);
	struct hop_tail *t = desk_tail(d, 1, 1, 0);

	headers_add(&t->headers, &r);
	headers_add(&t->headers, &same);
	desk_show(d);
	return desk_finish(d, rule);
}

static void a_class_that_is_remarked_is_named(void **state)
{
	struct derive *d = desk_new(2, &rules_marks);
	struct record y = at_near;
	const struct draft *f;

	(void)state;
	y.tos = 0;
	f = seen(d, &at_near, &y, "change.header");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_INFO);
	assert_true(draft_says(f, "DSCP 46 before, 0 after"));
	assert_true(draft_says(f, "between server and client: 1 of 2"));
	assert_int_equal(draft_number(f, "dscp"), 1);
	assert_int_equal(f->row.evidence[0].frame, 10);
	desk_free(d);
}

static void congestion_marks_are_a_queue(void **state)
{
	struct derive *d = desk_new(2, &rules_marks);
	struct record x = at_near, y;
	const struct draft *f;

	(void)state;
	x.tos = 2;
	y = x;
	y.tos = 3;
	f = seen(d, &x, &y, "change.header");
	assert_true(draft_says(f, "congested"));
	assert_int_equal(draft_number(f, "congestion-experienced"), 1);
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
}

/* Cleared; and "congestion" on a packet that does not allow the mark. */
static void other_ecn_changes_are_no_queue(void **state)
{
	const uint8_t tos[2][2] = { { 2, 0 }, { 0, 3 } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct derive *d = desk_new(2, &rules_marks);
		struct record x = at_near, y = at_near;
		const struct draft *f;

		x.tos = tos[i][0];
		y.tos = tos[i][1];
		f = seen(d, &x, &y, "change.header");
		assert_true(draft_says(f, "The ECN bits are changed"));
		assert_int_equal(draft_number(f, "ecn"), 1);
		desk_free(d);
	}
}

static void sack_that_was_forgotten_is_named(void **state)
{
	struct derive *d = desk_new(2, &rules_marks);
	struct record x = at_near, y;
	const struct draft *f;

	(void)state;
	x.n_sack = 1;
	x.sack[0][0] = 7000;
	x.sack[0][1] = 8000;
	y = x;
	y.ack64 += 900000;
	f = seen(d, &x, &y, "change.sequence");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "out of the sender's window"));
	assert_int_equal(draft_number(f, "untranslated-sack"), 1);
	desk_free(d);
}

static void sack_that_moved_along_says_nothing(void **state)
{
	struct derive *d = desk_new(2, &rules_marks);
	struct record x = at_near, y;

	(void)state;
	x.n_sack = 1;
	x.sack[0][0] = 7000;
	x.sack[0][1] = 8000;
	y = x;
	y.ack64 += 900000;
	y.sack[0][0] += 900000;
	y.sack[0][1] += 900000;
	assert_null(seen(d, &x, &y, "change.sequence"));
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_that_is_remarked_is_named),
		cmocka_unit_test(congestion_marks_are_a_queue),
		cmocka_unit_test(other_ecn_changes_are_no_queue),
		cmocka_unit_test(sack_that_was_forgotten_is_named),
		cmocka_unit_test(sack_that_moved_along_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
