/* stop.silent: sessions that get nothing back any more. */
#include "tests/report/derive/desk.h"

#include "base/mem.h"

static struct record segment(uint64_t seq, uint32_t len, uint64_t ack)
{
	return (struct record){
		.seq64 = seq, .ack64 = ack, .pay_len = len, .tcp_flags = REC_ACK
	};
}

static struct record reset(uint16_t flags, uint64_t ack)
{
	return (struct record){ .seq64 = 9501,
				.ack64 = ack,
				.tcp_flags = REC_RST | flags };
}

static struct tape opening(void)
{
	struct tape t = { 0 };

	tape_add(&t, 0, -500,
		 (struct record){ .seq64 = 1000, .tcp_flags = REC_SYN });
	tape_add(&t, 1, -480,
		 (struct record){ .seq64 = 9000,
				  .ack64 = 1001,
				  .tcp_flags = REC_SYN | REC_ACK });
	tape_add(&t, 0, -479, segment(1001, 0, 9001));
	return t;
}

static void repeat(struct tape *t, unsigned n, int64_t from_ms, int64_t step_ms,
		   struct record r)
{
	for (unsigned i = 0; i < n; i++)
		tape_add(t, 0, from_ms + step_ms * i, r);
}

/* The first request, of 300 bytes, is answered at T0 + 20 ms. */
static struct tape answered_of(uint32_t bytes)
{
	struct tape t = opening();

	tape_add(&t, 0, 0, segment(1001, bytes, 9001));
	tape_add(&t, 1, 20, segment(9001, 500, 1001 + bytes));
	tape_add(&t, 0, 21, segment(1001 + bytes, 0, 9501));
	return t;
}

static struct tape answered(void)
{
	return answered_of(300);
}

/* The second one gets nothing back: @n times 100 bytes. */
static struct tape in_vain(unsigned n, int64_t from_ms, int64_t step_ms)
{
	struct tape t = answered();

	repeat(&t, n, from_ms, step_ms, segment(1301, 100, 9501));
	return t;
}

static struct derive *with(int points, const struct tape *t)
{
	struct derive *d = desk_new(points, &rules_silent);

	desk_records(d, 0, t);
	d->view.budget.known = true;
	d->view.budget.part[TIME_RECOVERY] = SEC;
	d->view.budget.one_sided = true;
	return d;
}

static bool dies(const struct tape *t)
{
	struct derive *d = with(1, t);
	bool found;

	desk_show(d);
	found = desk_finish(d, "stop.silent");
	desk_free(d);
	return found;
}

static void requests_in_vain_are_a_session_that_dies(void **state)
{
	struct tape t = in_vain(5, 5000, 400);
	struct derive *d = with(1, &t);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "stop.silent");
	assert_true(draft_says(f, "dies: the last 5 packets at server get "
				  "nothing back"));
	assert_true(draft_says(f, "It had been answered before"));
	assert_false(draft_says(f, "reset"));
	assert_int_equal(draft_number(f, "packets"), 5);
	assert_int_equal(f->row.n_evidence, 6);
	assert_int_equal(f->row.evidence[0].frame, 5);
	assert_int_equal(f->row.evidence[1].frame, 7);
	desk_free(d);
}

/* As many as make a host silent (timeline_silence.c). */
/* It is told as stop.host, by the time budget. */
static void one_capture_next_to_the_server_tells_of_its_host(void **state)
{
	struct tape t = in_vain(5, 5000, 400);
	struct derive *d = with(1, &t);

	(void)state;
	d->view.budget.one_sided = false;
	desk_silent(d, "stop.silent");
}

static void a_first_copy_is_no_session_that_dies(void **state)
{
	struct tape t = in_vain(2, 5000, 600);

	(void)state;
	/* a third packet, but of it one only is a copy */
	tape_add(&t, 0, 7000, segment(1401, 100, 9501));
	assert_false(dies(&t));
	t = in_vain(3, 5000, 600);
	assert_true(dies(&t));
}

/* A burst of copies, as for a repeated selective acknowledgement. */
static void copies_within_a_second_are_no_session_that_dies(void **state)
{
	struct tape t = in_vain(4, 5000, 333);

	(void)state;
	assert_false(dies(&t));
	t = in_vain(4, 5000, 334);
	assert_true(dies(&t));
}

static void a_server_that_closed_need_not_answer(void **state)
{
	struct tape t = in_vain(5, 5000, 400);

	(void)state;
	t.at[1][t.n[1] - 1].tcp_flags |= REC_FIN;
	assert_false(dies(&t));
}

/* What the client acknowledges the capture does not have: so it may lack others. */
static void a_capture_that_lacks_answers_shows_no_silence(void **state)
{
	struct tape t = answered();

	(void)state;
	repeat(&t, 5, 5000, 400, segment(1301, 100, 9502));
	assert_false(dies(&t));
}

/* They are no recovery: the client goes on alone. */
static void keep_alives_in_vain_are_a_session_that_dies(void **state)
{
	struct tape t = answered();
	struct derive *d;

	(void)state;
	repeat(&t, 4, 5000, 400, segment(1300, 0, 9501));
	d = with(1, &t);
	d->view.budget.part[TIME_RECOVERY] = 0;
	desk_found(d, "stop.silent");
	desk_free(d);
	t = answered();
	repeat(&t, 4, 5000, 400, segment(1301, 0, 9501)); /* wants nothing */
	assert_false(dies(&t));
}

static void a_reset_that_acknowledges_nothing_is_no_answer(void **state)
{
	struct tape t = in_vain(5, 5000, 400);
	struct derive *d;
	const struct draft *f;

	(void)state;
	tape_add(&t, 1, 7600, reset(REC_ACK, 1301));
	d = with(1, &t);
	f = desk_found(d, "stop.silent");
	assert_int_equal(draft_number(f, "resets"), 1);
	assert_true(draft_says(f, "but for a reset in the end"));
	assert_int_equal(f->row.evidence[f->row.n_evidence - 1].frame, 12);
	desk_free(d);
}

/* The first of them counts, and its frame is shown. */
static void resets_that_come_again_are_one(void **state)
{
	struct tape t = in_vain(5, 5000, 400);
	struct derive *d;
	const struct draft *f;

	(void)state;
	for (int i = 0; i < 3; i++)
		tape_add(&t, 1, 7600 + i, reset(REC_ACK, 1301));
	d = with(1, &t);
	f = desk_found(d, "stop.silent");
	assert_int_equal(draft_number(f, "resets"), 1);
	assert_int_equal(f->row.evidence[0].frame, 5);
	assert_int_equal(f->row.evidence[f->row.n_evidence - 1].frame, 12);
	desk_free(d);
	t.at[1][t.n[1] - 1].time_ns = t.at[1][t.n[1] - 3].time_ns;
	t.at[1][t.n[1] - 3].time_ns = T0 + 7599 * MS; /* soon after them */
	assert_false(dies(&t));
}

static void a_reset_soon_after_the_last_copy_answers_it(void **state)
{
	struct tape t = in_vain(5, 5000, 400); /* the last at 6600 */

	(void)state;
	tape_add(&t, 1, 7599, reset(REC_ACK, 1301));
	assert_false(dies(&t));
}

static void a_reset_that_acknowledges_the_request_answers_it(void **state)
{
	struct tape t = in_vain(5, 5000, 400);

	(void)state;
	tape_add(&t, 1, 9000, reset(REC_ACK, 1401));
	assert_false(dies(&t));
	t.at[1][t.n[1] - 1] = reset(0, 0);
	t.at[1][t.n[1] - 1].dir = 1;
	t.at[1][t.n[1] - 1].part = 1;
	t.at[1][t.n[1] - 1].time_ns = T0 + 9 * SEC;
	assert_true(dies(&t));
}

static void what_only_opened_was_not_answered_before(void **state)
{
	struct tape t = opening();
	struct derive *d;
	const struct draft *f;

	(void)state;
	repeat(&t, 4, 0, 400, segment(1001, 100, 9001));
	d = with(1, &t);
	f = desk_found(d, "stop.silent");
	assert_true(draft_says(f, "It opened.  Then data is sent again"));
	assert_false(draft_says(f, "answered before"));
	assert_true(draft_says(f, "a filter that lets connections open"));
	desk_free(d);
}

/* The client's acknowledgement does not get there: another finding. */
static void a_syn_ack_that_comes_again_is_not_silence(void **state)
{
	struct tape t = opening();

	(void)state;
	tape_add(&t, 1, -200, t.at[1][0]);
	repeat(&t, 4, 0, 400, segment(1001, 100, 9001));
	assert_false(dies(&t));
}

static void some_that_only_opened_are_counted(void **state)
{
	struct tape t = opening(), u = in_vain(4, 5000, 400);
	struct derive *d;
	const struct draft *f;

	(void)state;
	repeat(&t, 4, 0, 400, segment(1001, 100, 9001));
	d = with(2, &t);
	d->view.row.n_flows = 1;
	desk_show(d);
	desk_next(d);
	desk_records(d, 1, &u); /* the same point has that one, too */
	d->view.flow[1].row.point = 1;
	d->view.row.flows[1].point_pos = 1;
	d->view.budget.near = 1;
	d->view.row.n_flows = 2;
	desk_count(d, 0, 0, KIND_DATA, FATE_OUTSIDE, 4);
	d->view.figures.hop[0].to_pos = 1;
	f = desk_found(d, "stop.silent");
	assert_true(draft_says(f, "2 sessions die: the last 8 packets"));
	assert_true(draft_says(f, "They had been answered before"));
	assert_true(draft_says(f, "1 of the 2 had only opened"));
	desk_free(d);
}

static void a_short_pause_forgets_no_session(void **state)
{
	(void)state;
	for (int64_t rest = 999; rest <= 1000; rest++) {
		struct tape t = in_vain(4, 21 + rest, 400);
		struct derive *d = with(1, &t);
		const struct draft *f = desk_found(d, "stop.silent");

		assert_int_equal(
			draft_says(f, "what forgets idle sessions sooner"),
			rest == 1000);
		desk_free(d);
	}
}

/* Packets as large as one that was acknowledged are none, nor are those that any path
 * takes. */
static void only_larger_packets_in_vain_are_an_mtu_black_hole(void **state)
{
	static const struct {
		uint32_t acked, more;
		bool is;
	} odd[] = { { 540, 0, false }, { 540, 1, true }, { 300, 1, false } };

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct tape t = answered_of(odd[i].acked);
		const struct draft *f;
		struct derive *d;

		repeat(&t, 4, 5000, 400,
		       segment(1001 + odd[i].acked, odd[i].acked + odd[i].more,
			       9501));
		d = with(1, &t);
		f = desk_found(d, "stop.silent");
		assert_int_equal(draft_says(f, "an MTU black hole"), odd[i].is);
		assert_int_equal(strstr(f->row.places[0], "a smaller MTU") !=
					 NULL,
				 odd[i].is);
		desk_free(d);
	}
}

/* Of a second point, all of the four must be of a time that it does not have. */
static void a_capture_beyond_shows_what_became_of_them(void **state)
{
	(void)state;
	for (uint64_t outside = 3; outside <= 4; outside++) {
		struct tape t = in_vain(4, 5000, 400);
		struct derive *d = with(2, &t);
		const struct draft *f;

		desk_count(d, 0, 0, KIND_DATA, FATE_OUTSIDE, outside);
		desk_show(d);
		f = desk_finish(d, "stop.silent");
		assert_int_equal(f != NULL, outside == 4);
		if (f)
			assert_true(draft_says(f, "in any capture.\nNothing "
						  "that was captured at server "
						  "is of that time"));
		desk_free(d);
	}
}

static void losses_of_another_finding_are_no_silence(void **state)
{
	struct tape t = in_vain(4, 5000, 400);
	struct derive *d = with(1, &t);

	(void)state;
	derive_claim_losses(d, d->view.row.id);
	desk_silent(d, "stop.silent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_in_vain_are_a_session_that_dies),
		cmocka_unit_test(
			one_capture_next_to_the_server_tells_of_its_host),
		cmocka_unit_test(a_first_copy_is_no_session_that_dies),
		cmocka_unit_test(
			copies_within_a_second_are_no_session_that_dies),
		cmocka_unit_test(a_server_that_closed_need_not_answer),
		cmocka_unit_test(a_capture_that_lacks_answers_shows_no_silence),
		cmocka_unit_test(keep_alives_in_vain_are_a_session_that_dies),
		cmocka_unit_test(
			a_reset_that_acknowledges_nothing_is_no_answer),
		cmocka_unit_test(resets_that_come_again_are_one),
		cmocka_unit_test(a_reset_soon_after_the_last_copy_answers_it),
		cmocka_unit_test(
			a_reset_that_acknowledges_the_request_answers_it),
		cmocka_unit_test(what_only_opened_was_not_answered_before),
		cmocka_unit_test(a_syn_ack_that_comes_again_is_not_silence),
		cmocka_unit_test(some_that_only_opened_are_counted),
		cmocka_unit_test(a_short_pause_forgets_no_session),
		cmocka_unit_test(
			only_larger_packets_in_vain_are_an_mtu_black_hole),
		cmocka_unit_test(a_capture_beyond_shows_what_became_of_them),
		cmocka_unit_test(losses_of_another_finding_are_no_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
