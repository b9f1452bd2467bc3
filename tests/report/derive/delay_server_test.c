/* delay.server, and hosts that fall silent: causes and findings. */
#include "tests/report/derive/cause.h"

static void a_slow_server_is_named_by_its_share(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 6 * SEC, 7 * SEC);
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "10.0.0.9:443 takes 1.5 s"));
	desk_free(d);
}

/* It speaks again, or repeats itself, outside of all exchanges. */
static void time_in_no_exchange_is_no_wait_for_an_answer(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 6 * SEC, 7 * SEC);
	m.worst.at[TIME_SERVER].n = UINT32_MAX;
	assert_null(finding(&m, "delay.server", &d));
	desk_free(d);
}

/* So many servers, each slow in one session: @slow of them by a second a
 * request, the others by 80 ms. */
struct fleet {
	unsigned n, slow;
	bool far_only;
};

static void add_fleet(struct grouping *g, void *ctx)
{
	const struct fleet *x = ctx;

	for (unsigned i = 0; i < x->n; i++) {
		int64_t each = i < x->slow ? SEC : 80 * MS;
		char server[32];
		struct made m;

		made(&m, 2, TIME_SERVER, 2 * each, 2 * each + 10 * MS);
		snprintf(server, sizeof server, "10.0.1.%u:443", i);
		m.s.id = 1 + i;
		m.s.server = server;
		m.s.far_only = x->far_only;
		causes_add(g, &m.s);
	}
}

static void many_servers_that_matter_little_are_one_finding(void **state)
{
	struct fleet x = { .n = 20, .slow = 2 };
	struct derive *d = desk_with(add_fleet, &x);
	const struct draft *f;
	json_t *of;

	(void)state;
	assert_non_null(desk_finish(d, "delay.server"));
	assert_int_equal(of_rule(d, "delay.server"), 3);
	assert_true(draft_says(d->drafts.at[0], "The server 10.0.1.0:443"));
	assert_true(draft_says(d->drafts.at[1], "The server 10.0.1.1:443"));
	f = d->drafts.at[2];
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "18 servers take 80 ms to answer"));
	assert_true(draft_says(f, "15 more"));
	assert_int_equal(draft_number(f, "sessions"), 18);
	assert_int_equal(draft_number(f, "exchanges"), 36);
	of = json_object_get(f->measure, "of");
	assert_int_equal(json_array_size(of), 18);
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(of, 17), "each_ns")),
			 80 * MS);
	desk_free(d);
}

static void a_few_servers_are_told_one_by_one(void **state)
{
	struct fleet x = { .n = 3, .far_only = true };
	struct derive *d = desk_with(add_fleet, &x);

	(void)state;
	desk_finish(d, "delay.server");
	assert_int_equal(of_rule(d, "delay.server"), 3);
	desk_free(d);
	x.n = 4;
	d = desk_with(add_fleet, &x);
	assert_true(draft_says(desk_finish(d, "delay.server"),
			       "Answers from 4 servers take"));
	assert_int_equal(of_rule(d, "delay.server"), 1);
	desk_free(d);
}

/* Past a hundred of a kind they are joined under no name. */
static void servers_without_a_name_are_among_the_others(void **state)
{
	struct fleet x = { .n = 200, .slow = 200 };
	struct derive *d = desk_with(add_fleet, &x);
	const struct draft *f;

	(void)state;
	desk_finish(d, "delay.server");
	f = d->drafts.at[d->drafts.n - 1];
	assert_int_equal(of_rule(d, "delay.server"), 9);
	assert_int_equal(draft_number(f, "sessions"), 192);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "More than 92 servers take"));
	desk_free(d);
}

/* The group of all that the server answered, before those of the causes. */
static void with_server(struct derive *d, const struct group *server)
{
	struct group *g = mem_zalloc(d->model.n_groups + 1, sizeof *g);

	g[0] = *server;
	g[0].kind = GROUP_SERVER;
	g[0].key = mem_strdup("10.0.0.9:443");
	for (size_t i = 0; i < d->model.n_groups; i++)
		g[i + 1] = d->model.groups[i];
	free(d->model.groups);
	d->model.groups = g;
	d->model.n_groups++;
}

/* @slow answers of @n take @slow_ns, and one more of them (if @most_ns) that; the
 * others 5 ms.  The finding @rule of that. */
static const struct draft *humps(struct derive **d, int slow, int n,
				 int64_t slow_ns, int64_t most_ns,
				 bool far_only)
{
	struct group server = { .sessions = 1, .exchanges = (uint64_t)n };
	int64_t sum = slow * slow_ns + most_ns;
	struct made m;

	for (int i = 0; i < n; i++)
		hist_add(&server.server, i < slow               ? slow_ns
					 : i == slow && most_ns ? most_ns
								: 5 * MS);
	made(&m, (uint64_t)n, TIME_SERVER, sum, sum + SEC);
	m.s.far_only = far_only;
	*d = desk_of(&m);
	with_server(*d, &server);
	return desk_finish(*d, "delay.server");
}

/* 12 of 60 requests take 1.2 s, the others 5 ms: an average is neither's.  Not so
 * where all are alike, or most are slow. */
static void some_slow_answers_are_no_average(void **state)
{
	static const int slow[] = { 60, 40, 12 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct derive *d;
		const struct draft *f = humps(&d, slow[i], 60, 1200 * MS, 0,
					      false);

		assert_int_equal(draft_says(f, "on average"), i < 2);
		if (i == 2) {
			assert_int_equal(f->row.severity, SEV_HIGH);
			assert_string_equal(f->row.title,
					    "The server 10.0.0.9:443 takes "
					    "1.2 s to answer 12 of 60 "
					    "requests");
			assert_true(draft_says(f, "12 of the 60 requests that "
						  "were answered wait 1.2 s "
						  "for the server; the others "
						  "wait 5"));
		}
		desk_free(d);
	}
}

static void of_nine_answers_an_average_is_told(void **state)
{
	(void)state;
	for (int n = 9; n <= 10; n++) {
		struct derive *d;
		const struct draft *f = humps(&d, 1, n, 2 * SEC, 0, false);

		assert_non_null(f);
		assert_int_equal(draft_says(f, "on average"), n == 9);
		desk_free(d);
	}
}

/* Twelve answers of 60 take so many times as long as the others, which take 0.2 s: up to
 * four times that is one spread, and its average tells of all. */
static void thrice_as_long_is_no_answer_of_another_kind(void **state)
{
	(void)state;
	for (int tenths = 35; tenths <= 45; tenths += 10) {
		struct group server = { .sessions = 1, .exchanges = 60 };
		int64_t sum = 12 * tenths * 20 * MS + 48 * 200 * MS;
		struct derive *d;
		struct made m;

		for (int i = 0; i < 60; i++)
			hist_add(&server.server,
				 i < 12 ? tenths * 20 * MS : 200 * MS);
		made(&m, 60, TIME_SERVER, sum, sum + SEC);
		d = desk_of(&m);
		with_server(d, &server);
		assert_int_equal(draft_says(desk_finish(d, "delay.server"),
					    "on average"),
				 tenths == 35);
		desk_free(d);
	}
}

/* A bucket's middle may be over its one value: no span runs backwards, and no
 * answer of a second takes less. */
static void a_slow_answer_takes_what_it_took(void **state)
{
	static const struct {
		int slow;
		int64_t slow_ns, most_ns;
		const char *takes, *requests;
	} is[] = {
		{ 1, 5 * SEC, 0, "5 s", "1 of 12" },
		{ 1, SEC, 0, "1 s", "1 of 12" },
		{ 3, 5 * SEC, 0, "5 s", "3 of 12" },
		{ 3, SEC, 0, "1 s", "3 of 12" },
		{ 2, 4 * SEC, 5 * SEC, "4", "3 of 12" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
		struct derive *d;
		const struct draft *f = humps(&d, is[i].slow, 12, is[i].slow_ns,
					      is[i].most_ns, false);
		char title[128];

		snprintf(title, sizeof title,
			 "The server 10.0.0.9:443 takes %s to answer %s "
			 "requests",
			 is[i].most_ns ? "3.98 s to 5 s" : is[i].takes,
			 is[i].requests);
		assert_string_equal(f->row.title, title);
		assert_int_equal(f->row.severity, SEV_HIGH);
		assert_true(draft_number(f, "slow_least_ns") <=
			    (is[i].most_ns ? is[i].most_ns : is[i].slow_ns));
		desk_free(d);
	}
}

/* From one side it is the far side that is waited for. */
static void a_slow_answer_from_one_side_names_no_server(void **state)
{
	struct derive *d;
	const struct draft *f = humps(&d, 1, 12, 5 * SEC, 0, true);

	(void)state;
	assert_string_equal(f->row.title,
			    "1 of 12 answers from 10.0.0.9:443 takes 5 s: the "
			    "server or the path, one capture "
			    "cannot tell");
	assert_true(draft_says(f, "1 of the 12 requests that were answered "
				  "waits 5 s for the far side; the others "
				  "wait 5"));
	desk_free(d);
}

/* It is not said of all of a server's sessions. */
static void how_many_of_its_sessions_are_slow_is_said(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 6 * SEC, 7 * SEC);
	d = desk_of(&m);
	with_server(d, &(struct group){ .sessions = 512 });
	assert_true(draft_says(desk_finish(d, "delay.server"),
			       "takes 1.5 s to answer in 1 of 512 sessions"));
	desk_free(d);
}

static void from_one_side_the_server_is_not_accused(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 6 * SEC, 7 * SEC);
	m.s.far_only = true;
	m.s.between = "";
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "one capture cannot tell"));
	assert_true(draft_says(f, "capture at the server"));
	desk_free(d);
}

static void relate_one(struct model *m, const struct relay_row *row)
{
	free(m->relays);
	free(m->relays_by_back);
	m->relays = mem_resize(NULL, 1, sizeof *row);
	m->relays[0] = *row;
	m->n_relays = 1;
	model_sort_relays(m);
}

/* There is a capture behind the relay already. */
static void what_goes_on_over_a_relay_needs_no_other_capture(void **state)
{
	struct relay_row row = {
		.front = 7,
		.back = 8,
		.exchanges = 4,
		.end = { { .point_pos = 1 }, { .point_pos = 2 } },
	};
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 6 * SEC, 7 * SEC);
	m.s.far_only = true;
	d = desk_of(&m);
	relate_one(&d->model, &row);
	f = desk_finish(d, "delay.server");
	assert_non_null(f);
	assert_true(draft_says(f, "a relay and the server behind it"));
	assert_true(draft_says(f, "and server saw them"));
	assert_false(draft_says(f, "capture at the server"));
	desk_free(d);
	row.end[1].point_pos = 9; /* a case is not trusted */
	d = desk_of(&m);
	relate_one(&d->model, &row);
	f = desk_finish(d, "delay.server");
	assert_true(draft_says(f, "one capture cannot tell"));
	desk_free(d);
}

/* What was never answered is no part of how long answers take. */
static void unanswered_requests_are_told_apart(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 2, TIME_SERVER, 13800 * MS + 4 * MS, 14 * SEC);
	m.s.unanswered_ns = m.s.unanswered_server_ns = 13800 * MS;
	m.s.unanswered = 1;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "The server 10.0.0.9:443 never answered 1 of "
				  "2 requests: waited for 13.8 s"));
	assert_true(draft_says(f, "long poll"));
	assert_int_equal(draft_number(f, "unanswered"), 1);
	assert_int_equal(draft_number(f, "waited_max_ns"), 13800 * MS);
	desk_free(d);
}

static void what_is_never_answered_is_high_if_it_takes_the_time(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		int64_t ns = i ? 4 * SEC : 3900 * MS;
		const struct draft *f;
		struct derive *d;
		struct made m;

		made(&m, 2, TIME_SERVER, ns, 10 * SEC);
		m.s.unanswered_ns = m.s.unanswered_server_ns = ns;
		m.s.unanswered = 1;
		f = finding(&m, "delay.server", &d);
		assert_non_null(f);
		assert_int_equal(f->row.severity, i ? SEV_HIGH : SEV_MEDIUM);
		desk_free(d);
	}
}

/* Both are so: two findings, and an average of those that were answered. */
static void slow_answers_are_averaged_without_them(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;
	bool slow = false;

	(void)state;
	made(&m, 5, TIME_SERVER, 10 * SEC + 8 * SEC, 20 * SEC);
	m.s.unanswered_ns = m.s.unanswered_server_ns = 10 * SEC;
	m.s.unanswered = 1;
	d = desk_of(&m);
	f = desk_finish(d, "delay.server");
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 2);
	for (size_t i = 0; i < d->drafts.n; i++)
		slow |= draft_says(d->drafts.at[i], "takes 2 s to answer") &&
			draft_says(d->drafts.at[i], "4 requests, each");
	assert_true(slow);
	desk_free(d);
}

/* The answer may come right behind the capture's end. */
static void what_waits_at_the_end_of_the_capture_is_merely_said(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 2, TIME_SERVER, 40 * MS, SEC);
	m.s.unanswered_ns = 29 * SEC;
	m.s.unanswered = 1;
	m.s.cut_off = true;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "has not answered 1 of 2 requests: the "
				  "capture ends after 29 s"));
	assert_false(draft_says(f, "0 ns"));
	desk_free(d);
}

static void from_one_side_it_is_the_far_side_that_never_answered(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 2, TIME_SERVER, 10 * SEC, 11 * SEC);
	m.s.unanswered_ns = m.s.unanswered_server_ns = 10 * SEC;
	m.s.unanswered = 1;
	m.s.far_only = true;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "1 of 2 requests to 10.0.0.9:443 was "
				  "never answered: waited for 10 s;"));
	assert_true(draft_says(f, "one capture cannot tell"));
	desk_free(d);
}

static void each_request_that_waits_is_counted(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 10 * SEC, 11 * SEC);
	m.s.unanswered_ns = m.s.unanswered_server_ns = 10 * SEC;
	m.s.unanswered = 2;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_true(draft_says(f, "never answered 2 of 4 requests"));
	assert_int_equal(draft_number(f, "unanswered"), 2);
	desk_free(d);
}

/* @mute of 2 answers are only the server's close. */
static void a_close_is_no_answer(void **state)
{
	(void)state;
	for (unsigned mute = 0; mute <= 2; mute++) {
		const struct draft *f;
		struct derive *d;
		struct made m;

		for (int far = 0; far < 2; far++) {
			made(&m, 2, TIME_SERVER, 6 * SEC, 7 * SEC);
			m.worst.mute = mute;
			m.s.far_only = far;
			f = finding(&m, "delay.server", &d);
			assert_int_equal(draft_says(f, "10.0.0.9:443 closes "
						       "without an answer "
						       "after 3 s"),
					 mute == 2);
			assert_int_equal(draft_says(f, "FIN"), mute > 0);
			desk_free(d);
		}
	}
}

/* @far: from the client's side only. */
static void stops_halfway(bool far, const char *says)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	made(&m, 1, TIME_SERVER, 10 * SEC, 11 * SEC);
	m.s.unanswered_ns = m.s.unanswered_server_ns = 10 * SEC;
	m.s.unanswered = 1;
	m.s.stopped = true;
	m.s.far_only = far;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(f->row.severity, far ? SEV_MEDIUM : SEV_HIGH);
	assert_true(draft_says(f, says));
	assert_true(draft_says(f, "a server that announces more"));
	assert_int_equal(draft_number(f, "stopped"), 1);
	desk_free(d);
}

static void an_answer_that_stops_halfway_is_no_slow_one(void **state)
{
	(void)state;
	stops_halfway(false, "The server 10.0.0.9:443 stops in the middle of 1 "
			     "answer: waited for the rest for 10 s");
	stops_halfway(true, "1 answer from 10.0.0.9:443 stops in the "
			    "middle: waited");
}

/* Its program may be fast or slow: nobody acknowledges. */
static void a_host_that_falls_silent_is_no_slow_server(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 2, TIME_SERVER, 13804 * MS, 15 * SEC);
	m.s.silent = 6;
	m.s.silent_ns = 13800 * MS;
	f = finding(&m, "stop.host", &d);
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "10.0.0.9:443 falls silent: 6 packets"));
	assert_int_equal(draft_number(f, "packets"), 6);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_in_no_exchange_is_no_wait_for_an_answer),
		cmocka_unit_test(a_slow_server_is_named_by_its_share),
		cmocka_unit_test(
			many_servers_that_matter_little_are_one_finding),
		cmocka_unit_test(a_few_servers_are_told_one_by_one),
		cmocka_unit_test(servers_without_a_name_are_among_the_others),
		cmocka_unit_test(how_many_of_its_sessions_are_slow_is_said),
		cmocka_unit_test(some_slow_answers_are_no_average),
		cmocka_unit_test(thrice_as_long_is_no_answer_of_another_kind),
		cmocka_unit_test(a_slow_answer_takes_what_it_took),
		cmocka_unit_test(a_slow_answer_from_one_side_names_no_server),
		cmocka_unit_test(from_one_side_the_server_is_not_accused),
		cmocka_unit_test(
			what_goes_on_over_a_relay_needs_no_other_capture),
		cmocka_unit_test(a_close_is_no_answer),
		cmocka_unit_test(unanswered_requests_are_told_apart),
		cmocka_unit_test(slow_answers_are_averaged_without_them),
		cmocka_unit_test(
			what_waits_at_the_end_of_the_capture_is_merely_said),
		cmocka_unit_test(
			from_one_side_it_is_the_far_side_that_never_answered),
		cmocka_unit_test(each_request_that_waits_is_counted),
		cmocka_unit_test(an_answer_that_stops_halfway_is_no_slow_one),
		cmocka_unit_test(a_host_that_falls_silent_is_no_slow_server),
		cmocka_unit_test(of_nine_answers_an_average_is_told),
		cmocka_unit_test(
			what_is_never_answered_is_high_if_it_takes_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
