/* report/derive/delay_window.c: whose window keeps the other side waiting. */
#include "tests/report/derive/cause.h"

/* Whose window it is, and whether a larger one would help.  Where it is no side's,
 * no host is named. */
static void a_closed_window_is_its_readers(void **state)
{
	static const char *const keeps[] = {
		[READER_EITHER] = "A receiver's window keeps the sender",
		[READER_CLIENT] = "The client's window keeps the server",
		[READER_SERVER] = "The server's window keeps the client",
	};
	static const char *const closed[] = {
		[READER_EITHER] = "A receiver's window keeps the sender",
		[READER_CLIENT] = "The client reads too slowly: its closed "
				  "window keeps the server",
		[READER_SERVER] = "The server reads too slowly: its closed "
				  "window keeps the client",
	};
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	for (int i = 0; i < 6; i++) {
		int who = i / 2, zero = i % 2;

		made(&m, 1, TIME_WINDOW, 15 * SEC, 16 * SEC);
		m.b.windows = 9;
		m.b.zero_windows = 4; /* of whichever side */
		m.s.window = (struct kept){ .who = (enum reader)who,
					    .times = 5,
					    .zeros = zero ? 4 : 0 };
		f = finding(&m, "delay.window", &d);
		assert_int_equal(f->row.severity, SEV_HIGH);
		assert_true(draft_says(f, zero ? closed[who] : keeps[who]));
		assert_true(draft_says(f, "5 times the sender stopped"));
		assert_int_equal(draft_says(f, "that is large enough"), !zero);
		assert_int_equal(draft_says(f, "the program on the"),
				 who != READER_EITHER && zero);
		assert_int_equal(draft_says(f, "neither the client's"),
				 who == READER_EITHER);
		assert_int_equal(f->row.n_places, who != READER_EITHER);
		assert_int_equal(draft_number(f, "sessions_zero_window"), zero);
		desk_free(d);
	}
}

/* Five seconds, and 60 % of the time. */
static void how_much_of_the_time_a_window_is_bad(void **state)
{
	static const struct {
		int64_t ns, total_ns;
		enum severity severity;
	} x[] = { { 4999 * MS, 6 * SEC, SEV_MEDIUM },
		  { 5 * SEC, 8400 * MS, SEV_MEDIUM },
		  { 5 * SEC, 8300 * MS, SEV_HIGH } };

	(void)state;
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		const struct draft *f;
		struct derive *d;
		struct made m;

		made(&m, 1, TIME_WINDOW, x[i].ns, x[i].total_ns);
		m.b.windows = 9;
		m.s.window = (struct kept){ .times = 9 };
		f = finding(&m, "delay.window", &d);
		assert_non_null(f);
		assert_int_equal(f->row.severity, x[i].severity);
		desk_free(d);
	}
}

static void add_two(struct grouping *g, void *ctx)
{
	struct made *m = ctx;

	for (int i = 0; i < 2; i++) {
		m->s.window.who = i ? READER_CLIENT : READER_SERVER;
		m->s.window.zeros = i ? 2 : 0;
		causes_add(g, &m->s);
	}
}

/* Sessions of both kinds are two findings: each names its own host. */
static void windows_of_both_sides_are_told_apart(void **state)
{
	struct derive *d;
	struct made m;
	bool client = false, server = false;

	(void)state;
	made(&m, 1, TIME_WINDOW, 15 * SEC, 16 * SEC);
	m.b.windows = m.s.window.times = 5;
	d = desk_with(add_two, &m);
	assert_non_null(desk_finish(d, "delay.window"));
	assert_int_equal(d->drafts.n, 2);
	for (size_t i = 0; i < 2; i++) {
		client |= draft_says(d->drafts.at[i], "The client reads");
		server |= draft_says(d->drafts.at[i], "The server's window");
	}
	assert_true(client && server);
	desk_free(d);
}

/* A case file of an older version does not say whose they are. */
static void windows_of_old_cases_are_no_ones(void **state)
{
	struct derive *d = desk_new(2, &rules_delay);
	const struct draft *f;

	(void)state;
	d->model.n_groups = 1;
	d->model.groups = mem_zalloc(1, sizeof *d->model.groups);
	d->model.groups[0] = (struct group){ .kind = CAUSE_WINDOW,
					     .key = mem_strdup(""),
					     .sessions = 1,
					     .windows = 5,
					     .explained_ns = SEC };
	d->model.groups[0].part[TIME_WINDOW] = SEC;
	f = desk_finish(d, "delay.window");
	assert_non_null(f);
	assert_true(draft_says(f, "A receiver's window keeps the sender"));
	assert_false(draft_says(f, "80 %"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_closed_window_is_its_readers),
		cmocka_unit_test(how_much_of_the_time_a_window_is_bad),
		cmocka_unit_test(windows_of_both_sides_are_told_apart),
		cmocka_unit_test(windows_of_old_cases_are_no_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
