/* change.route: by TTL, by the floor of the round trip; and what is neither. */
#include "tests/report/derive/desk.h"

#define EXCHANGES 400
#define OFFSET (3 * SEC) /* of the far clock */

struct road { /* what a packet out meets from @from on */
	int from;
	int64_t out_ns, back_ns, clock_ns;
	int drop;
	int packets; /* an exchange */
};

static struct record rec[2];

static void pass(struct route_watch *w, int way, int64_t near_ns,
		 int64_t far_ns, int drop)
{
	struct fate_row r = { .e = { .fate = FATE_DELIVERED },
			      .dir = way,
			      .from = way,
			      .to = !way,
			      .near = &rec[0],
			      .far = &rec[1] };

	rec[0] = (struct record){ .time_ns = near_ns, .ttl = 64, .frame = 1 };
	rec[1] = (struct record){ .time_ns = far_ns,
				  .ttl = (uint8_t)(64 - drop),
				  .frame = 2 };
	route_add(w, &r);
}

/* Little queues: every tenth packet meets none. */
static int64_t queue(int i)
{
	return i % 10 * 150000;
}

/* @x: changes, in order; the last has from = EXCHANGES. */
static void travel(struct route_watch *w, const struct road *x)
{
	int64_t t = T0;

	route_init(w, 0, 1, T0, T0 + EXCHANGES * 100 * MS);
	for (int i = 0; i < EXCHANGES; i++) {
		int64_t there, off;

		while (x[1].from <= i)
			x++;
		t = T0 + i * 100 * MS;
		off = OFFSET + x->clock_ns;
		for (int k = 0; k < x->packets; k++) {
			there = t + x->out_ns + queue(i + k);
			pass(w, 0, t, there + off, x->drop);
			pass(w, 1, there + MS + off,
			     there + MS + x->back_ns + queue(i + k + 5), 3);
		}
	}
}

static const struct road before = { 0, 10 * MS, 10 * MS, 0, 4, 1 };
static const struct road end = { EXCHANGES, 0, 0, 0, 0, 0 };

static void a_longer_way_moves_the_floor_and_the_ttl(void **state)
{
	struct derive *d = desk_new(2, &rules_reroute);
	struct road x[] = { before, { 200, 18 * MS, 10 * MS, 0, 6, 1 }, end };
	const struct draft *f;

	(void)state;
	d->facts.route = calloc(1, sizeof *d->facts.route);
	d->facts.n_routes = 1;
	travel(d->facts.route, x);
	f = desk_found(d, "change.route");
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "pass 6 routers instead of 4"));
	assert_true(draft_says(f, "from 20 ms to 28 ms"));
	assert_int_equal(draft_number(f, "sessions_by_ttl"), 1);
	assert_int_equal(draft_number(f, "sessions_by_round_trip"), 1);
	assert_int_equal(f->row.evidence[0].frame, 1);
	desk_free(d);
}

static void as_many_routers_leave_the_floor(void **state)
{
	struct road x[] = { before, { 150, 10 * MS, 40 * MS, 0, 4, 1 }, end };
	struct route_watch w;
	struct route_move m;

	(void)state;
	travel(&w, x);
	assert_null(route_ttl(&w, 0));
	assert_null(route_ttl(&w, 1));
	m = route_floor(&w, 2);
	assert_true(m.known);
	assert_int_equal(m.before_ns / MS, 20);
	assert_int_equal(m.after_ns / MS, 50);
	/* and back to the shorter one */
	x[0].back_ns = 40 * MS;
	x[1].back_ns = 10 * MS;
	travel(&w, x);
	assert_true(route_floor(&w, 2).known);
	/* by clocks of 64 ticks a second such a floor says nothing */
	assert_true(route_floor(&w, 15625000 / 2).known);
	assert_false(route_floor(&w, 2 * 15625000).known);
}

/* Requests in one bucket, their answers in the next: a window is full where no
 * packet went out. */
static void frames_that_prove_it_are_packets_that_went_out(void **state)
{
	struct route_watch w;
	struct route_move m;

	(void)state;
	route_init(&w, 0, 1, T0, T0 + ROUTE_BUCKETS * SEC);
	for (int i = 0; i < ROUTE_BUCKETS; i++) {
		int64_t t = T0 + i * SEC + SEC / 2;
		int64_t out = i < ROUTE_BUCKETS / 2 ? 10 * MS : 30 * MS;

		for (int k = 0; k < 20; k++)
			pass(&w, i % 2, t, t + (i % 2 ? 10 * MS : out), 4);
	}
	m = route_floor(&w, 2);
	assert_true(m.known);
	assert_int_equal(m.after_ns - m.before_ns, 20 * MS);
	assert_int_equal(m.before->near_frame, 1);
	assert_int_equal(m.before->far_ns - m.before->near_ns, 10 * MS);
	assert_int_equal(m.after->far_ns - m.after->near_ns, 30 * MS);
}

static void a_step_of_the_clock_is_no_route(void **state)
{
	struct road x[] = { before, { 200, 10 * MS, 10 * MS, SEC, 4, 1 }, end };
	struct route_watch w;

	(void)state;
	travel(&w, x);
	assert_false(route_floor(&w, 2).known);
	assert_null(route_ttl(&w, 0));
}

/* The same move, but the load grew with it: a queue of its own. */
static void a_queue_of_its_own_is_no_route(void **state)
{
	struct road x[] = { before, { 200, 60 * MS, 10 * MS, 0, 4, 4 }, end };
	struct route_watch w;

	(void)state;
	travel(&w, x);
	assert_false(route_floor(&w, 2).known);
}

static void to_and_fro_are_several_routes(void **state)
{
	struct route_watch w;

	(void)state;
	route_init(&w, 0, 1, T0, T0 + SEC);
	for (int i = 0; i < 200; i++)
		pass(&w, 0, T0, T0, 4 + i / 10 % 2);
	assert_null(route_ttl(&w, 0));
	/* a few of another device's do not count */
	route_init(&w, 0, 1, T0, T0 + SEC);
	for (int i = 0; i < 200; i++)
		pass(&w, 0, T0, T0, i == 100 || i == 101 ? 0 : 4);
	assert_null(route_ttl(&w, 0));
	assert_int_equal(w.n_runs[0], 1);
}

/* A few packets of another TTL, say of a device that answers in the host's name, are no
 * change of route. */
static void four_packets_are_no_route(void **state)
{
	(void)state;
	for (int first = 4; first <= 5; first++)
		for (int then = 4; then <= 5; then++) {
			struct route_watch w;

			route_init(&w, 0, 1, T0, T0 + SEC);
			for (int i = 0; i < first + then; i++)
				pass(&w, 0, T0, T0, i < first ? 4 : 6);
			assert_int_equal(route_ttl(&w, 0) != NULL,
					 first == 5 && then == 5);
		}
}

/* By less than a millisecond a floor moves without another route. */
static void a_floor_that_moves_by_little_is_no_route(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct route_watch w;

		route_init(&w, 0, 1, T0, T0 + EXCHANGES * 10 * MS);
		for (int i = 0; i < EXCHANGES; i++) {
			int64_t t = T0 + i * 10 * MS;
			int64_t out = i < EXCHANGES / 2 ? MS
							: 2 * MS - 1 + more;

			pass(&w, 0, t, t + out, 4);
			pass(&w, 1, t + out, t + out + MS, 4);
		}
		assert_int_equal(route_floor(&w, 2).known, more);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_longer_way_moves_the_floor_and_the_ttl),
		cmocka_unit_test(as_many_routers_leave_the_floor),
		cmocka_unit_test(
			frames_that_prove_it_are_packets_that_went_out),
		cmocka_unit_test(a_step_of_the_clock_is_no_route),
		cmocka_unit_test(a_queue_of_its_own_is_no_route),
		cmocka_unit_test(four_packets_are_no_route),
		cmocka_unit_test(a_floor_that_moves_by_little_is_no_route),
		cmocka_unit_test(to_and_fro_are_several_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
