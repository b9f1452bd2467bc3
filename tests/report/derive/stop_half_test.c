/* stop.path of connections that stay half open. */
#include "tests/report/derive/desk.h"

static const struct record syn = { .seq64 = 1000, .tcp_flags = REC_SYN };
static const struct record answer = { .seq64 = 9000,
				      .ack64 = 1001,
				      .tcp_flags = REC_SYN | REC_ACK };

/* A SYN, what answers it 10 ms later, and two more SYNs, the first @again ms behind
 * that answer. */
static struct tape repeats(int64_t again)
{
	struct tape t = { 0 };

	tape_add(&t, 0, 0, syn);
	tape_add(&t, 1, 10, answer);
	tape_add(&t, 0, 10 + again, syn);
	tape_add(&t, 0, 3000, syn);
	return t;
}

static struct derive *with(int points, const struct tape *t)
{
	struct derive *d = desk_new(points, &rules_half);

	desk_records(d, points - 1, t);
	return d;
}

static void silent(const struct tape *t)
{
	desk_silent(with(1, t), "stop.path");
}

static void syns_after_an_answer_never_got_it(void **state)
{
	struct tape t = repeats(300);
	struct derive *d = with(1, &t);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "stop.path");
	assert_true(draft_says(f, "never opens: 1 SYN,ACK at server, and only "
				  "SYNs follow"));
	assert_true(draft_says(f, "does not get the answer"));
	assert_int_equal(draft_number(f, "answers"), 1);
	assert_int_equal(f->row.n_evidence, 3);
	assert_int_equal(f->row.evidence[0].frame, 2);
	assert_int_equal(f->row.evidence[1].frame, 3);
	desk_free(d);
}

/* It left before the answer could be there. */
static void a_syn_that_crosses_the_answer_is_no_broken_way_back(void **state)
{
	struct tape t = repeats(299);

	(void)state;
	silent(&t);
}

/* A scan's only, or its sender's address is forged. */
static void one_more_syn_is_no_broken_way_back(void **state)
{
	struct tape t = repeats(300);

	(void)state;
	t.n[0]--;
	silent(&t);
}

static void a_client_that_acknowledges_or_resets_has_the_answer(void **state)
{
	static const uint16_t flags[] = { REC_ACK, REC_RST };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct tape t = repeats(300);

		tape_add(&t, 0, 4000,
			 (struct record){ .seq64 = 1001,
					  .ack64 = 9001,
					  .tcp_flags = flags[i] });
		silent(&t);
	}
}

/* It would not, had it asked for that answer. */
static void a_client_that_resets_and_repeats_asked_somebody_else(void **state)
{
	struct tape t = { 0 };
	const struct draft *f;
	struct derive *d;

	(void)state;
	for (int i = 0; i < 3; i++) {
		tape_add(&t, 0, 1000 * i, syn);
		tape_add(&t, 1, 1000 * i + 10, answer);
		tape_add(&t, 0, 1000 * i + 20,
			 (struct record){ .seq64 = 1001,
					  .tcp_flags = REC_RST });
	}
	d = with(1, &t);
	f = desk_found(d, "stop.path");
	assert_true(draft_says(f, "3 SYN,ACKs at server, and the client resets "
				  "them"));
	assert_false(draft_says(f, "does not get the answer"));
	desk_free(d);
}

static void another_attempt_from_the_same_port_is_no_repeat(void **state)
{
	struct tape t = repeats(300);

	(void)state;
	t.at[0][2].seq64++;
	silent(&t);
}

static void a_server_that_resets_has_not_answered(void **state)
{
	struct tape t = repeats(300);

	(void)state;
	t.n[1] = 0;
	tape_add(&t, 1, 5,
		 (struct record){ .ack64 = 1001,
				  .tcp_flags = REC_RST | REC_ACK });
	tape_add(&t, 1, 10, answer);
	silent(&t);
}

/* Its last word is a reset: it got no acknowledgement. */
static void a_server_that_gives_up_has_answered(void **state)
{
	struct tape t = repeats(300);
	const struct draft *f;
	struct derive *d;

	(void)state;
	for (int i = 0; i < 2; i++)
		tape_add(&t, 1, 16000 + i,
			 (struct record){ .seq64 = 9001,
					  .tcp_flags = REC_RST });
	d = with(1, &t);
	f = desk_found(d, "stop.path");
	assert_int_equal(draft_number(f, "answers"), 1);
	desk_free(d);
}

static void no_answer_is_another_matter(void **state)
{
	struct tape t = repeats(300);

	(void)state;
	t.n[1] = 0;
	silent(&t);
}

static void data_is_no_opening(void **state)
{
	struct tape t = repeats(300);

	(void)state;
	t.at[0][0].pay_len = 10; /* TCP Fast Open */
	silent(&t);
}

/* 256 SYNs: what repeats more is no host that opens a connection. */
static void a_flood_is_no_broken_way_back(void **state)
{
	(void)state;
	for (uint32_t n = 256; n <= 257; n++) {
		struct tape t = repeats(300);
		struct derive *d;

		while (t.n[0] < n)
			tape_add(&t, 0, 3000, syn);
		d = with(1, &t);
		desk_show(d);
		assert_int_equal(desk_finish(d, "stop.path") != NULL, n == 256);
		desk_free(d);
	}
}

static void answers_known_to_be_lost_are_told_as_losses(void **state)
{
	struct tape t = repeats(300);
	struct derive *d = with(1, &t);

	(void)state;
	d->facts.n_lost = 1;
	desk_silent(d, "stop.path");
	d = with(1, &t);
	derive_claim_losses(d, d->view.row.id);
	desk_silent(d, "stop.path");
}

static void a_doubtful_pairing_tells_no_place(void **state)
{
	struct tape t = repeats(300);
	struct derive *d = with(2, &t);

	(void)state;
	d->view.row.verdict = PAIR_AMBIGUOUS;
	desk_silent(d, "stop.path");
}

/* The nearer point has the SYNs alone. */
static void
the_place_is_between_the_last_with_answers_and_the_next(void **state)
{
	struct tape t = repeats(300);
	struct derive *d = with(2, &t);
	const struct draft *f;

	(void)state;
	d->view.flow[0].row.packets[1] = 0;
	f = desk_found(d, "stop.path");
	assert_true(draft_says(f, "client has the SYNs, and none of the "
				  "answers: they vanish between server and "
				  "client"));
	desk_free(d);
}

static void connections_that_stay_so_are_one_finding(void **state)
{
	struct tape t = repeats(300);
	struct derive *d = with(1, &t);
	const struct draft *f;

	(void)state;
	desk_show(d);
	desk_next(d);
	f = desk_found(d, "stop.path");
	assert_int_equal(d->drafts.n, 1);
	assert_true(draft_says(f, "2 connections never open: 2 SYN,ACKs"));
	assert_int_equal(draft_number(f, "sessions"), 2);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syns_after_an_answer_never_got_it),
		cmocka_unit_test(
			a_syn_that_crosses_the_answer_is_no_broken_way_back),
		cmocka_unit_test(one_more_syn_is_no_broken_way_back),
		cmocka_unit_test(
			a_client_that_acknowledges_or_resets_has_the_answer),
		cmocka_unit_test(
			a_client_that_resets_and_repeats_asked_somebody_else),
		cmocka_unit_test(
			another_attempt_from_the_same_port_is_no_repeat),
		cmocka_unit_test(a_server_that_resets_has_not_answered),
		cmocka_unit_test(a_server_that_gives_up_has_answered),
		cmocka_unit_test(no_answer_is_another_matter),
		cmocka_unit_test(data_is_no_opening),
		cmocka_unit_test(a_flood_is_no_broken_way_back),
		cmocka_unit_test(answers_known_to_be_lost_are_told_as_losses),
		cmocka_unit_test(a_doubtful_pairing_tells_no_place),
		cmocka_unit_test(
			the_place_is_between_the_last_with_answers_and_the_next),
		cmocka_unit_test(connections_that_stay_so_are_one_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
