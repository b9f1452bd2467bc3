/* stop.host of a server that takes SYNs for packets of an older connection. */
#include "tests/report/derive/desk.h"

static const struct record syn = { .seq64 = 1000, .tcp_flags = REC_SYN };
/* it acknowledges what the client never sent */
static const struct record old = { .seq64 = 9000,
				   .ack64 = 777001,
				   .tcp_flags = REC_ACK };
static const struct record reset = { .seq64 = 777001, .tcp_flags = REC_RST };

/* Three SYNs, each answered so after 10 ms, and reset by the client where @resets. */
static struct tape held(bool resets)
{
	struct tape t = { 0 };

	for (int i = 0; i < 3; i++) {
		tape_add(&t, 0, i * 1000, syn);
		tape_add(&t, 1, i * 1000 + 10, old);
		if (resets)
			tape_add(&t, 0, i * 1000 + 20, reset);
	}
	return t;
}

/* A point that has @t, and the view of it: no SYN,ACK. */
static void has(struct derive *d, int flow, const struct tape *t, bool resets)
{
	struct flow_view *f = &d->view.flow[flow];

	desk_records(d, flow, t);
	f->dir[1].syn = false;
	f->dir[0].syn_count = 3;
	f->dir[0].rst = resets;
}

/* What the client's point has of the answers and resets, and the server's of those. */
static struct derive *between(bool heard, bool resets, bool arrive)
{
	struct derive *d = desk_new(2, &rules_held);
	struct tape near = held(resets), far = held(arrive);

	if (!heard)
		near.n[1] = 0;
	has(d, 0, &near, resets);
	has(d, 1, &far, arrive);
	return d;
}

static void
acknowledgements_of_another_number_are_an_older_connections(void **state)
{
	struct derive *d = between(true, false, false);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "stop.host");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "1 connection is never opened: the server "
				  "answers 3 SYNs as part of an older "
				  "connection"));
	assert_true(draft_says(f, "It is with 10.0.0.9:443."));
	assert_true(draft_says(f, "The client's resets, which should follow, "
				  "are not at client"));
	assert_int_equal(draft_number(f, "packets"), 3);
	assert_int_equal(draft_number(f, "answers_unheard"), 0);
	assert_int_equal(f->row.n_evidence, 2);
	assert_int_equal(f->row.evidence[1].frame, 2);
	desk_free(d);
}

static void what_becomes_of_answers_and_resets_is_told(void **state)
{
	static const struct {
		bool heard, resets, arrive;
		const char *words;
		int64_t unheard, lost;
	} is[] = {
		{ false, false, false,
		  "The answers are at server and not at client", 1, 0 },
		{ true, true, false,
		  "The client's resets are at client and not at server", 0, 1 },
		{ true, true, true, "and the server does not take them", 0, 0 },
	};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct derive *d = between(is[i].heard, is[i].resets,
					   is[i].arrive);
		const struct draft *f = desk_found(d, "stop.host");

		assert_true(draft_says(f, is[i].words));
		assert_int_equal(draft_number(f, "answers_unheard"),
				 is[i].unheard);
		assert_int_equal(draft_number(f, "resets_lost"), is[i].lost);
		desk_free(d);
	}
}

static void sessions_are_told_apart_by_what_becomes_of_them(void **state)
{
	struct derive *d = between(false, false, false);
	const struct draft *f;

	(void)state;
	desk_show(d);
	desk_next(d);
	desk_show(d);
	desk_next(d);
	d->view.flow[0].row.packets[1] = 3;
	desk_show(d);
	f = desk_finish(d, "stop.host");
	assert_non_null(f);
	assert_true(draft_says(f, "3 connections are never opened: the server "
				  "answers 9 SYNs"));
	assert_true(draft_says(f, "In 2 of 3 the answers are at server"));
	assert_true(draft_says(f, "In 1 of 3 the client's resets, which"));
	desk_free(d);
}

/* One answer may be the last before all gets well; others say what they answer. */
static void other_answers_are_no_older_connections(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct derive *d = desk_new(1, &rules_held);
		struct tape t = held(false);

		if (i == 0)
			t.n[1] = 1;
		else if (i == 1)
			t.at[1][0].ack64 = 1001; /* the SYN */
		else if (i == 2)
			t.at[1][0].pay_len = 10;
		else
			t.at[1][0].tcp_flags |= REC_FIN;
		has(d, 0, &t, false);
		desk_silent(d, "stop.host");
	}
}

static void what_opens_or_says_anything_is_not_held(void **state)
{
	(void)state;
	for (int i = 0; i < 7; i++) {
		struct derive *d = between(true, false, false);
		struct flow_view *f = &d->view.flow[0];

		if (i == 0)
			f->dir[1].syn = true;
		else if (i == 1)
			f->dir[1].rst = true;
		else if (i == 2)
			f->dir[1].fin = true;
		else if (i == 3)
			f->row.bytes[0] = 1;
		else if (i == 4)
			f->row.bytes[1] = 1;
		else if (i == 5)
			f->dir[0].syn = false;
		else
			d->view.flow[1].dir[0].syn_count = 1;
		desk_silent(d, "stop.host");
	}
}

static void what_is_not_sure_to_be_paired_is_not_told(void **state)
{
	struct derive *d = between(true, false, false);

	(void)state;
	d->view.row.verdict = PAIR_AMBIGUOUS;
	desk_silent(d, "stop.host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			acknowledgements_of_another_number_are_an_older_connections),
		cmocka_unit_test(what_becomes_of_answers_and_resets_is_told),
		cmocka_unit_test(
			sessions_are_told_apart_by_what_becomes_of_them),
		cmocka_unit_test(other_answers_are_no_older_connections),
		cmocka_unit_test(what_opens_or_says_anything_is_not_held),
		cmocka_unit_test(what_is_not_sure_to_be_paired_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
