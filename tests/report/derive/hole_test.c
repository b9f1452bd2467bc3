/* loss.path, as one capture tells it: a hole that is never filled. */
#include "tests/report/derive/desk.h"

#define ISN (1ull << 32)

/* Piece @i of 100 bytes of the server's. */
static void piece(struct tape *t, int i, int64_t ms)
{
	tape_add(t, 1, ms,
		 (struct record){ .seq64 = ISN + 1 + (uint64_t)i * 100,
				  .ack64 = ISN + 1,
				  .pay_len = 100,
				  .window = 60000,
				  .tcp_flags = REC_ACK });
}

/* The client has the first @n. */
static void ack(struct tape *t, int n, int64_t ms)
{
	tape_add(t, 0, ms,
		 (struct record){ .seq64 = ISN + 1,
				  .ack64 = ISN + 1 + (uint64_t)n * 100,
				  .window = 60000,
				  .tcp_flags = REC_ACK });
}

static void open_it(struct tape *t)
{
	tape_add(t, 0, 0,
		 (struct record){
			 .seq64 = ISN, .window = 60000, .tcp_flags = REC_SYN });
	tape_add(t, 1, 10,
		 (struct record){ .seq64 = ISN,
				  .ack64 = ISN + 1,
				  .window = 60000,
				  .tcp_flags = REC_SYN | REC_ACK });
	ack(t, 0, 20);
	piece(t, 0, 30);
	ack(t, 1, 35);
}

/* At the client: the second piece never comes, what is behind it does at 100 ms; the last
 * acknowledgement is at @end. */
static struct tape behind(int64_t end)
{
	struct tape t = { 0 };

	open_it(&t);
	piece(&t, 2, 100);
	ack(&t, 1, 105);
	ack(&t, 1, end);
	return t;
}

/* At the server: the second piece is sent @copies times more, a second apart, and the
 * client, which speaks until @end, never has it. */
static struct tape in_vain(int copies, int64_t end)
{
	struct tape t = { 0 };

	open_it(&t);
	piece(&t, 1, 100);
	for (int i = 0; i < copies; i++)
		piece(&t, 1, 1100 + i * 1000);
	ack(&t, 1, end);
	return t;
}

static struct derive *with(const struct tape *t)
{
	struct derive *d = desk_new(1, &rules_hole);

	desk_records(d, 0, t);
	d->view.budget.known = true;
	d->view.budget.part[TIME_RECOVERY] = SEC;
	return d;
}

static bool is_told(const struct tape *t)
{
	struct derive *d = with(t);
	bool told;

	desk_show(d);
	told = desk_finish(d, "loss.path") != NULL;
	desk_free(d);
	return told;
}

static void what_lies_behind_it_comes_and_it_does_not(void **state)
{
	struct tape t = behind(1600);
	struct derive *d = with(&t);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "loss.path");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "missing to the end of"));
	assert_true(draft_says(f, "stays open for 1.5 s"));
	assert_true(draft_says(f, "client, before server")); /* its place */
	assert_int_equal(draft_number(f, "open_min_ns"), 1500 * MS);
	assert_int_equal(f->row.n_evidence, 1);
	assert_string_equal(f->row.evidence[0].note, "data behind the hole");
	assert_int_equal(f->row.evidence[0].frame, 6);
	desk_free(d);
}

static void it_is_open_for_a_second_at_least(void **state)
{
	(void)state;
	for (int64_t end = 1099; end <= 1100; end++) {
		struct tape t = behind(end);

		assert_int_equal(is_told(&t), end == 1100);
	}
}

/* It came, and the capture missed it; or it came late. */
static void what_the_client_has_is_no_hole(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct tape t = behind(1600);

		if (i) {
			piece(&t, 1, 1700);
			ack(&t, 1, 3000);
		} else {
			ack(&t, 2, 3000); /* it was not captured */
		}
		assert_false(is_told(&t));
	}
}

static void a_reset_of_the_servers_ends_it(void **state)
{
	struct tape t = behind(1600);

	(void)state;
	tape_add(&t, 1, 1700,
		 (struct record){ .seq64 = ISN + 301, .tcp_flags = REC_RST });
	assert_false(is_told(&t));
}

static void copies_are_sent_in_vain(void **state)
{
	struct tape t = in_vain(3, 4000);
	struct derive *d = with(&t);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "loss.path");
	assert_true(draft_says(f, "sent again and again"));
	assert_true(draft_says(f, "client, beyond server"));
	assert_int_equal(f->row.n_evidence, 3);
	assert_string_equal(f->row.evidence[0].note, "sent again, in vain");
	desk_free(d);
}

/* One copy is an accident; a client that is not heard any more is another matter. */
static void one_copy_or_a_silent_client_says_nothing(void **state)
{
	struct tape one = in_vain(1, 4000), silent = in_vain(3, 99);

	(void)state;
	assert_false(is_told(&one));
	assert_false(is_told(&silent));
}

static void sessions_that_end_so_are_one_finding(void **state)
{
	struct tape t = behind(1600);
	struct derive *d = with(&t);
	const struct draft *f;

	(void)state;
	desk_show(d);
	desk_next(d);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_true(draft_says(f, "to the end of 2 sessions: a hole stays open "
				  "for 1.5 s or more"));
	assert_int_equal(draft_number(f, "sessions"), 2);
	desk_free(d);
}

/* Another rule's, or not recovering for that long. */
static void other_sessions_are_not_looked_at(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		struct tape t = behind(1600);
		struct derive *d = with(&t);

		if (i == 0)
			d->view.budget.known = false;
		else if (i == 1)
			d->view.budget.part[TIME_RECOVERY]--;
		else if (i == 2)
			d->view.row.verdict = PAIR_AMBIGUOUS;
		else if (i == 3)
			derive_claim_losses(d, d->view.row.id);
		else if (i == 4)
			d->view.row.proto = 17;
		else
			d->view.flow[0].dir[1].bytes = 0;
		desk_silent(d, "loss.path");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lies_behind_it_comes_and_it_does_not),
		cmocka_unit_test(it_is_open_for_a_second_at_least),
		cmocka_unit_test(what_the_client_has_is_no_hole),
		cmocka_unit_test(a_reset_of_the_servers_ends_it),
		cmocka_unit_test(copies_are_sent_in_vain),
		cmocka_unit_test(one_copy_or_a_silent_client_says_nothing),
		cmocka_unit_test(sessions_that_end_so_are_one_finding),
		cmocka_unit_test(other_sessions_are_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
