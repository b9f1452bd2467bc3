/* delay.path of connections for one request, and a late greeting. */
#include "tests/report/derive/cause.h"

/* @n connections, one begun each @every; @trips round trips of 60 ms open each. */
struct flock {
	unsigned n;
	int64_t every, trip;
	uint32_t trips, requests;
	bool server_first, open;
};

static const struct flock usual = { 60, 183 * MS, 60 * MS, 1, 1, false, false };

static void add_flock(struct grouping *g, void *ctx)
{
	const struct flock *x = ctx;

	for (unsigned i = 0; i < x->n; i++) {
		struct made m;

		made(&m, 1, TIME_PATH, x->trips * x->trip + 60 * MS,
		     x->trips * x->trip + 120 * MS);
		m.b.start_ns = 1700000000 * (int64_t)SEC + i * x->every;
		m.worst.set_up.ns = x->trips * x->trip;
		m.worst.set_up.trips = x->trips;
		m.worst.set_up.requests = x->requests;
		m.s.id = 1 + i;
		m.s.server_first = x->server_first;
		m.s.ended = !x->open;
		causes_add(g, &m.s);
	}
}

static const struct draft *told(struct flock *x, struct derive **d)
{
	*d = desk_with(add_flock, x);
	return desk_finish(*d, "delay.path");
}

static void connections_for_one_request_are_told(void **state)
{
	struct flock x = usual;
	struct derive *d;
	const struct draft *f = told(&x, &d);

	(void)state;
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "60 connections from 10.0.0.1 to "
				  "10.0.0.9:443"));
	assert_true(draft_says(f, "opening them takes 3.6 s"));
	assert_true(draft_says(f, "1.0 round trip ("));
	assert_int_equal(draft_number(f, "closed_by_server"), 0);
	assert_int_equal(draft_number(f, "round_trips"), 60);
	desk_free(d);
}

static void who_closes_them_is_told(void **state)
{
	struct flock x = usual;
	struct derive *d;
	const struct draft *f;

	(void)state;
	x.server_first = true;
	x.trips = 2;
	f = told(&x, &d);
	assert_non_null(f);
	assert_true(draft_says(f, "closed by the server first"));
	assert_true(draft_says(f, "2.0 round trips ("));
	assert_int_equal(draft_number(f, "closed_by_server"), 60);
	desk_free(d);
}

static void those_opened_at_once_keep_somebody_once(void **state)
{
	struct flock x = usual;
	struct derive *d;
	const struct draft *f;

	(void)state;
	x.every = 20 * MS;
	f = told(&x, &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "opened at the same time: all of them "
				  "together keep somebody for 1.24 s"));
	desk_free(d);
}

/* A probe each ten seconds, few of them, a short way, more requests in each, all at
 * the same time, or of a pool that stays open. */
static void others_are_no_matter(void **state)
{
	struct flock x[] = { usual, usual, usual, usual, usual, usual };

	(void)state;
	x[0].every = 10 * SEC;
	x[1].n = 19;
	x[2].trip = 4 * MS;
	x[2].n = 2000;
	x[2].every = MS;
	x[3].requests = 2;
	x[4].every = MS;
	x[5].open = true;
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		struct derive *d;

		assert_null(told(&x[i], &d));
		desk_free(d);
	}
}

static void a_late_greeting_is_not_an_average_of_answers(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 10 * SEC + 8 * MS, 10100 * MS);
	m.worst.set_up.greeting_ns = 10 * SEC;
	m.worst.set_up.requests = 3;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "takes 10 s to greet"));
	assert_true(draft_says(f, "when there is news"));
	desk_free(d);
	m.s.far_only = true;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "one capture cannot tell"));
	desk_free(d);
}

static void who_only_listens_waits_for_no_greeting(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 1, TIME_CLIENT, 0, 200 * SEC);
	m.worst.set_up.greeting_ns = 10 * SEC;
	assert_null(finding(&m, "delay.server", &d));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_for_one_request_are_told),
		cmocka_unit_test(who_closes_them_is_told),
		cmocka_unit_test(those_opened_at_once_keep_somebody_once),
		cmocka_unit_test(others_are_no_matter),
		cmocka_unit_test(a_late_greeting_is_not_an_average_of_answers),
		cmocka_unit_test(who_only_listens_waits_for_no_greeting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
