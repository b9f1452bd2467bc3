/* change.payload of packets that arrive with a wrong checksum. */
#include "tests/report/derive/desk.h"

#include "report/derive/damage.h"

/* One that leaves @from with a right checksum, and has a wrong one at @to. */
static struct fact *spoil(struct derive *d, int from, int to)
{
	struct fact *k = desk_fact(&d->facts.changed, from, to, KIND_DATA,
				   FATE_DELIVERED);

	k->near.csum = REC_CSUM_GOOD;
	k->far.csum = REC_CSUM_BAD;
	return k;
}

/* Of UDP, @packets at each point and direction, of which @n of the client's spoilt. */
static struct derive *datagrams(uint64_t packets, int n)
{
	struct derive *d = desk_new(2, &rules_damage);

	d->view.row.proto = 17;
	for (int i = 0; i < 2; i++) {
		d->view.flow[i].row.proto = 17;
		d->view.flow[i].row.packets[0] = packets;
		d->view.flow[i].row.packets[1] = packets;
	}
	for (int i = 0; i < n; i++)
		spoil(d, 0, 1);
	return d;
}

static void what_is_sent_again_was_thrown_away(void **state)
{
	struct derive *d = desk_new(2, &rules_damage);
	const struct draft *f;

	(void)state;
	spoil(d, 0, 1)->again = true;
	f = desk_found(d, "change.payload");
	assert_true(f->damage);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "1 packet is damaged between client and "
				  "server"));
	assert_true(draft_says(f, "It was sent again."));
	assert_int_equal(draft_number(f, "sent_again"), 1);
	assert_int_equal(f->row.hop_from, 1);
	assert_int_equal(f->row.hop_to, 2);
	desk_free(d);
}

/* The receiver took them: the capture shows them so. */
static void what_is_not_sent_again_was_taken(void **state)
{
	struct derive *d = desk_new(2, &rules_damage);

	(void)state;
	spoil(d, 0, 1);
	desk_silent(d, "change.payload");
}

static void a_copy_was_sent_again(void **state)
{
	struct derive *d = desk_new(2, &rules_damage);
	const struct draft *f;

	(void)state;
	spoil(d, 0, 1)->e.copy = 2;
	f = desk_found(d, "change.payload");
	assert_int_equal(draft_number(f, "sent_again"), 0);
	assert_false(draft_says(f, "sent again."));
	desk_free(d);
}

static void where_as_many_were_taken_nothing_is_said(void **state)
{
	(void)state;
	for (int taken = 1; taken <= 2; taken++) {
		struct derive *d = desk_new(2, &rules_damage);

		for (int i = 0; i < 2 + taken; i++)
			spoil(d, 0, 1)->again = i < 2;
		desk_show(d);
		assert_int_equal(desk_finish(d, "change.payload") != NULL,
				 taken == 1);
		desk_free(d);
	}
}

/* What arrives as it was, or was wrong when it left, was not damaged here. */
static void other_checksums_say_nothing(void **state)
{
	static const uint8_t sum[][2] = {
		{ REC_CSUM_GOOD, REC_CSUM_GOOD },
		{ REC_CSUM_BAD, REC_CSUM_BAD },
		{ REC_CSUM_UNKNOWN, REC_CSUM_BAD },
		{ REC_CSUM_GOOD, REC_CSUM_UNKNOWN },
		{ REC_CSUM_OFFLOAD, REC_CSUM_BAD },
	};

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct derive *d = desk_new(2, &rules_damage);
		struct fact *k = spoil(d, 0, 1);

		k->again = true;
		k->near.csum = sum[i][0];
		k->far.csum = sum[i][1];
		desk_show(d);
		assert_int_equal(desk_finish(d, "change.payload") != NULL,
				 i == 4);
		desk_free(d);
	}
}

static void what_is_not_sure_to_be_paired_says_nothing(void **state)
{
	struct derive *d = desk_new(2, &rules_damage);

	(void)state;
	spoil(d, 0, 1)->again = true;
	d->view.row.verdict = PAIR_AMBIGUOUS;
	desk_silent(d, "change.payload");
}

static void three_that_were_sent_again_are_high(void **state)
{
	(void)state;
	for (int n = 2; n <= 3; n++) {
		struct derive *d = desk_new(2, &rules_damage);
		const struct draft *f;

		for (int i = 0; i < n; i++)
			spoil(d, 0, 1)->again = true;
		f = desk_found(d, "change.payload");
		assert_int_equal(f->row.severity,
				 n == 3 ? SEV_HIGH : SEV_MEDIUM);
		assert_true(draft_says(f, "were sent again."));
		desk_free(d);
	}
}

static void each_hop_has_its_own(void **state)
{
	struct derive *d = desk_new(3, &rules_damage);

	(void)state;
	spoil(d, 0, 1)->again = true;
	spoil(d, 0, 1)->again = true;
	spoil(d, 1, 2)->again = true;
	assert_true(draft_says(desk_found(d, "change.payload"),
			       "2 packets are damaged between client and "
			       "middle"));
	assert_int_equal(d->drafts.n, 2);
	desk_free(d);
}

/* Datagrams are not sent again: that some of many are so, or that nobody heard them. */
static void a_few_datagrams_were_thrown_away(void **state)
{
	(void)state;
	for (int n = 5; n <= 6; n++) {
		struct derive *d = datagrams(10, n);

		desk_show(d);
		assert_int_equal(desk_finish(d, "change.payload") != NULL,
				 n == 5);
		desk_free(d);
	}
}

static void most_of_a_stream_that_nobody_answers_is_low(void **state)
{
	(void)state;
	for (int n = 5; n <= 6; n++) {
		struct derive *d = datagrams(10, n);
		const struct draft *f;

		for (int i = 0; i < 2; i++)
			d->view.flow[i].row.packets[1] = 0;
		f = desk_found(d, "change.payload");
		assert_int_equal(f->row.severity,
				 n == 6 ? SEV_LOW : SEV_MEDIUM);
		assert_int_equal(draft_says(f, "most of a stream"), n == 6);
		desk_free(d);
	}
}

/* Others tell that they are thrown away. */
static void not_if_other_streams_tell(void **state)
{
	struct derive *d = datagrams(10, 5);
	const struct draft *f;

	(void)state;
	desk_show(d);
	desk_next(d);
	for (int i = 0; i < 2; i++)
		d->view.flow[i].row.packets[1] = 0;
	for (int i = 0; i < 6; i++)
		spoil(d, 0, 1);
	f = desk_found(d, "change.payload");
	assert_int_equal(draft_number(f, "packets"), 11);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	desk_free(d);
}

/* Only so many facts are kept; a hop's figures tell how many there may be. */
static void past_what_is_kept_it_says_at_least(void **state)
{
	const int bit = __builtin_ctz(CHANGE_PAYLOAD_BYTES);
	struct derive *d = datagrams(10000, FACTS_KEPT);
	uint64_t n[2];

	(void)state;
	d->view.figures.hop[0].way[0].changed[bit] = 5001;
	damage_count(&d->view, &d->facts, n);
	assert_int_equal(n[0], 5001);
	assert_int_equal(n[1], 0);
	desk_silent(d, "change.payload");
	d = datagrams(10000, FACTS_KEPT);
	d->view.figures.hop[0].way[0].changed[bit] = 5000;
	assert_true(draft_says(desk_found(d, "change.payload"),
			       "At least 512 packets are damaged"));
	desk_free(d);
}

static void it_explains_what_was_taken_if_all_else_is_the_same(void **state)
{
	struct derive *d = desk_new(2, &rules_damage);
	struct fact *k = spoil(d, 0, 1);

	(void)state;
	assert_true(damage_explains(&d->view, k, 1));
	k->near.marks = k->far.marks = REC_FULL;
	k->far.full_digest = 7;
	assert_false(damage_explains(&d->view, k, 1));
	k->again = true;
	assert_true(damage_explains(&d->view, k, 1));
	k->far.csum = REC_CSUM_GOOD;
	assert_false(damage_explains(&d->view, k, 1));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_again_was_thrown_away),
		cmocka_unit_test(what_is_not_sent_again_was_taken),
		cmocka_unit_test(a_copy_was_sent_again),
		cmocka_unit_test(where_as_many_were_taken_nothing_is_said),
		cmocka_unit_test(other_checksums_say_nothing),
		cmocka_unit_test(what_is_not_sure_to_be_paired_says_nothing),
		cmocka_unit_test(three_that_were_sent_again_are_high),
		cmocka_unit_test(each_hop_has_its_own),
		cmocka_unit_test(a_few_datagrams_were_thrown_away),
		cmocka_unit_test(most_of_a_stream_that_nobody_answers_is_low),
		cmocka_unit_test(not_if_other_streams_tell),
		cmocka_unit_test(past_what_is_kept_it_says_at_least),
		cmocka_unit_test(
			it_explains_what_was_taken_if_all_else_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
