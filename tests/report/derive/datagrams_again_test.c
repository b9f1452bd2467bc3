/* report/derive/datagrams_again.c: copies of requests, and what was waited for until they
 * were sent. */
#include "tests/report/derive/wire.h"

#include "report/derive/asked_int.h"
#include "report/derive/datagrams_int.h"

static struct record like(uint32_t head, uint32_t full)
{
	return (struct record){ .pay_len = 100,
				.head_digest = head,
				.full_digest = full,
				.marks = REC_FULL };
}

/* NTP: the first bytes of polls are the same, time stamps behind them are not. */
static void a_copy_is_one_as_a_whole(void **state)
{
	struct record a = like(1, 2), b = like(1, 3);

	(void)state;
	assert_true(datagrams_copy(&a, &a));
	assert_false(datagrams_copy(&a, &b));
	b.marks = 0; /* cut short: its first bytes have to do */
	assert_true(datagrams_copy(&a, &b));
	b.pay_len++;
	assert_false(datagrams_copy(&a, &b));
}

/* With one point only what comes again with a right checksum shows that the first was
 * damaged. */
static void one_point_sees_damage_by_checksums(void **state)
{
	struct timeline t = { .n_taps = 1 };
	struct dgram_walk w = { .t = &t, .ask = like(1, 2) };
	struct record again = like(1, 2);

	(void)state;
	w.ask.csum = REC_CSUM_BAD;
	again.csum = REC_CSUM_GOOD;
	assert_true(datagrams_spoilt(&w, RECORD_NONE, &again));
	again.csum = REC_CSUM_BAD; /* all of them are */
	assert_false(datagrams_spoilt(&w, RECORD_NONE, &again));
	w.ask.csum = REC_CSUM_GOOD;
	assert_false(datagrams_spoilt(&w, RECORD_NONE, &again));
}

/* A copy of any recent request tells that another is waited for, if one is. */
static void a_copy_amid_others_needs_an_open_request(void **state)
{
	struct asked *a = calloc(1, sizeof *a);
	struct timeline t = { .n_taps = 1, .asked = a };
	struct dgram_walk w = { .t = &t };
	struct record first = like(1, 1), second = like(2, 2), old = like(9, 9);
	uint32_t before = 0;

	(void)state;
	assert_non_null(a);
	datagrams_asked(&w, &old);
	for (int i = 0; i < DATAGRAMS_RECENT / 2; i++) {
		datagrams_asked(&w, &first);
		datagrams_asked(&w, &second);
	}
	assert_int_equal(w.ask.head_digest, 2);
	a->feed.any = true;
	assert_false(
		datagrams_amid(&w, &first, &before)); /* all have answers */
	a->n_open = 1;
	a->open[0].x.far[0] = 5;
	assert_true(datagrams_amid(&w, &first, &before));
	assert_int_equal(before, 5);
	assert_false(datagrams_amid(&w, &old, &before)); /* no longer recent */
	a->open[0].x.far[0] = EXCHANGE_NONE;
	assert_true(datagrams_amid(&w, &second, &before));
	assert_int_equal(before, RECORD_NONE);
	a->feed.any = false; /* without messages nobody knows */
	assert_false(datagrams_amid(&w, &first, &before));
	free(a);
}

/* Of one point: so much is recovery, and one repair unless the copy came along with
 * another one. */
static void one_point_counts_a_wait_as_repair(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		int64_t ns = i ? 500 * MS : 50 * MS;
		struct asked *a = calloc(1, sizeof *a);
		struct budget b = { .known = true };
		struct timeline t = { .n_taps = 1, .asked = a, .b = &b };
		struct dgram_walk w = { .t = &t };

		assert_non_null(a);
		a->n_open = 1;
		datagrams_waited(&w, RECORD_NONE, 0, ns);
		assert_int_equal(b.part[TIME_RECOVERY], ns);
		assert_int_equal(b.repair_ns[REPAIR_TIMEOUT], ns);
		assert_int_equal(b.repairs[REPAIR_TIMEOUT], i);
		assert_int_equal(a->open[0].waited.repair_ns, ns);
		assert_true(a->open[0].in_vain);
		free(a);
	}
}

/* ... and the server's in the end, if no copy had an answer while others have. */
static void what_has_no_answer_was_no_recovery(void **state)
{
	(void)state;
	for (int vanishes = 0; vanishes < 2; vanishes++) {
		struct asked *a = calloc(1, sizeof *a);
		struct budget b = { .known = true };
		struct timeline t = {
			.n_taps = 1, .asked = a, .b = &b, .vanishes = vanishes
		};
		struct dgram_walk w = { .t = &t };

		assert_non_null(a);
		a->n_open = 1;
		a->open[0].waited.n = 1;
		datagrams_waited(&w, RECORD_NONE, 0, 500 * MS);
		datagrams_never(&w);
		assert_int_equal(b.part[TIME_SERVER], vanishes ? 0 : 500 * MS);
		assert_int_equal(b.repairs[REPAIR_TIMEOUT], vanishes);
		assert_int_equal(t.unanswered.how,
				 vanishes ? ENDED_NOT : ENDED_CLIENT);
		assert_int_equal(t.unanswered.requests, !vanishes);
		free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_one_as_a_whole),
		cmocka_unit_test(one_point_sees_damage_by_checksums),
		cmocka_unit_test(a_copy_amid_others_needs_an_open_request),
		cmocka_unit_test(one_point_counts_a_wait_as_repair),
		cmocka_unit_test(what_has_no_answer_was_no_recovery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
