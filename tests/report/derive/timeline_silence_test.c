/* Hosts that fall silent: copies and keep-alives that arrive, and that nobody
 * acknowledges. */
#include "tests/report/derive/talks.h"

static void copies(struct wire *w, int64_t t, int n)
{
	for (int i = 0; i < n; i++)
		sends(w, C, t + ((1 << i) - 1) * 300 * MS, ARRIVES, w->next[C],
		      100, 0);
}

static void copies_that_nobody_acknowledges_are_a_silence(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	copies(w, SEC, 6);
	sends(w, C, 15 * SEC, ARRIVES, w->next[C] + 100, 0, REC_RST);
	look(w, 2);
	assert_int_equal(w->line.silence.packets, 6);
	assert_int_equal(w->line.silence.ns, 14 * SEC);
	assert_int_equal(w->b.part[TIME_SERVER], 14 * SEC);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
	assert_int_equal(w->x[2].part[TIME_SERVER], 14 * SEC);
}

/* What was taken for recovery when the FIN came is the silent host's. */
static void a_fin_ends_a_silence(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	copies(w, SEC, 5);
	w->next[C] += 100;
	says(w, C, 11 * SEC, 0, REC_FIN);
	sends(w, C, 15 * SEC, ARRIVES, w->next[C] - 1, 0, REC_FIN);
	look(w, 2);
	assert_int_equal(w->line.silence.packets, 7);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
	assert_int_equal(w->b.part[TIME_SERVER], 14 * SEC);
	assert_int_equal(w->b.repairs[REPAIR_TIMEOUT], 0);
}

static void keep_alives(struct wire *w, int n, int lost)
{
	for (int i = 0; i < n; i++)
		sends(w, C, (10 + i) * SEC, lost, w->next[C] - 1, 0, 0);
}

static void keep_alives_that_nobody_answers_are_a_silence(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	keep_alives(w, 9, ARRIVES);
	sends(w, C, 20 * SEC, ARRIVES, w->next[C], 0, REC_RST);
	look(w, 2);
	assert_int_equal(w->line.silence.packets, 9);
	assert_int_equal(w->b.part[TIME_SERVER], 10 * SEC);
	assert_in_range(w->b.part[TIME_CLIENT], 9 * SEC, 10 * SEC);
}

static void they_were_not_idle_but_ended_by_a_fin(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	keep_alives(w, 9, ARRIVES);
	says(w, C, 20 * SEC, 0, REC_FIN);
	look(w, 2);
	assert_int_equal(w->b.part[TIME_SERVER], 10 * SEC);
	assert_in_range(w->b.part[TIME_CLIENT], 9 * SEC, 10 * SEC);
}

/* Of one capture at the client nothing tells that they arrive. */
static void a_silence_is_seen_beside_the_server_only(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	keep_alives(w, 9, ARRIVES);
	nothing_is_said(w, 1);
	w->afar = true;
	w->only = 1;
	look(w, 1);
	assert_int_equal(w->line.silence.packets, 9);
}

static void lost_or_answered_keep_alives_are_no_silence(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	keep_alives(w, 9, LOST);
	nothing_is_said(w, 2);
	ACK(w, S, 20 * SEC);
	nothing_is_said(w, 2);
}

/* The far capture lacks the answers, the client has them. */
static void answers_that_far_lacks_are_answers(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	keep_alives(w, 5, ARRIVES);
	ACK(w, S, 14 * SEC + WAY);
	w->n[1][1]--;
	nothing_is_said(w, 2);
}

/* A burst before the capture's end, or the last acknowledgement of a close. */
/* Packets that want an acknowledgement, of which two are not new, over a second. */
static void how_much_makes_a_silence(void **state)
{
	static const struct {
		int fresh, again;
		int64_t over;
		uint64_t packets;
	} x[] = {
		{ 1, 1, 2000 * MS, 0 }, { 0, 2, 2000 * MS, 0 },
		{ 3, 1, 2000 * MS, 0 }, { 1, 2, 2000 * MS, 3 },
		{ 0, 3, 2000 * MS, 3 }, { 0, 3, 999 * MS, 0 },
		{ 0, 3, 1000 * MS, 3 },
	};

	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		struct wire *w = opened(state);
		int n = x[i].fresh + x[i].again;

		turn(w, 100 * MS, 100);
		for (int k = 0; k < n; k++) {
			int64_t t = 10 * SEC + x[i].over * k / (n - 1);

			if (k < x[i].fresh)
				says(w, C, t, 100, 0);
			else /* like a keep-alive */
				sends(w, C, t, ARRIVES, w->next[C] - 1, 1, 0);
		}
		look(w, 2);
		assert_int_equal(w->line.silence.packets, x[i].packets);
		free(w);
	}
	*state = NULL;
}

static void a_moment_is_no_silence(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	for (unsigned i = 0; i < 10; i++)
		says(w, C, SEC + i * MS, 1000, 0);
	nothing_is_said(w, 2);
}

static void after_the_servers_close_it_may_be_silent(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	says(w, S, SEC, 0, REC_FIN);
	keep_alives(w, 9, ARRIVES);
	nothing_is_said(w, 2);
}

#define CASE(name) cmocka_unit_test_teardown(name, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(copies_that_nobody_acknowledges_are_a_silence),
		CASE(a_fin_ends_a_silence),
		CASE(keep_alives_that_nobody_answers_are_a_silence),
		CASE(they_were_not_idle_but_ended_by_a_fin),
		CASE(a_silence_is_seen_beside_the_server_only),
		CASE(lost_or_answered_keep_alives_are_no_silence),
		CASE(answers_that_far_lacks_are_answers),
		CASE(a_moment_is_no_silence),
		CASE(how_much_makes_a_silence),
		CASE(after_the_servers_close_it_may_be_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
