/* Which stretch of the path gets the time: three points, and the middle one has not
 * seen everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "report/derive/datagrams.h"
#include "report/derive/timeline.h"

#define MS 1000000ll
#define MOST 64
#define POINTS 3

/* The way from the first point, and each point's clock against true time. */
static const int64_t way[POINTS] = { 0, 2 * MS, 10 * MS };
static const int64_t ahead[POINTS] = { 0, -3000 * MS, 5000 * MS };
#define WHOLE (10 * MS)

struct wire {
	struct record rec[POINTS][2][MOST]; /* by point, direction */
	uint32_t n[POINTS][2];
	uint64_t frame[POINTS];
	struct strand strand[POINTS][2];
	struct tap tap[POINTS];
	struct budget b;
	struct budget_hop hop[POINTS];
	struct timeline line;
	size_t n_x;
};

static void seen(struct wire *w, size_t point, int dir, int64_t t,
		 const struct record *like)
{
	struct record *r = &w->rec[point][dir][w->n[point][dir]++];

	*r = *like;
	r->dir = (uint8_t)dir;
	r->time_ns = t + ahead[point];
	r->frame = ++w->frame[point];
}

/* A packet of @dir that leaves its host at @t; @late: between the second point
 * and the third.  @missed: the second has no record of it. */
static void packet(struct wire *w, int dir, int64_t t, int64_t late,
		   bool missed, struct record r)
{
	r.tcp_flags |= REC_ACK;
	r.window = 60000;
	for (size_t p = 0; p < POINTS; p++) {
		int64_t after = dir == 0 ? way[p] : WHOLE - way[p];

		if (dir == 0 ? p == 2 : p < 2)
			after += late;
		if (p != 1 || !missed)
			seen(w, p, dir, t + after, &r);
	}
}

static void keep(void *ctx, const struct exchange *x)
{
	struct wire *w = ctx;

	(void)x;
	w->n_x++;
}

static void walk(struct wire *w, bool datagrams)
{
	w->b = (struct budget){ .known = true,
				.start_ns = w->rec[0][0][0].time_ns,
				.base_ns = -1,
				.far = POINTS - 1,
				.hop = w->hop,
				.n_hops = POINTS - 1 };
	w->line = (struct timeline){ .b = &w->b,
				     .n_taps = POINTS,
				     .tap = w->tap,
				     .done = keep,
				     .ctx = w };
	for (size_t p = 0; p < POINTS; p++) {
		tap_reset(&w->tap[p], (int)p);
		w->tap[p].slack_ns = 2 * MS;
		for (int d = 0; d < 2; d++) {
			w->strand[p][d] =
				(struct strand){ .get = strand_of_array,
						 .ctx = w->rec[p][d],
						 .n = w->n[p][d] };
			w->tap[p].strand[d] = &w->strand[p][d];
		}
		w->line.stretch[p].least_ns = -1;
	}
	for (size_t i = 0; i + 1 < POINTS; i++)
		w->hop[i] = (struct budget_hop){ .from = (uint8_t)i,
						 .to = (uint8_t)(i + 1) };
	if (datagrams)
		timeline_datagrams(&w->line);
	else
		timeline_tcp(&w->line);
	for (size_t p = 0; p < POINTS; p++)
		tap_release(&w->tap[p]);
}

static void sums(const struct wire *w)
{
	int64_t parts = 0, path = w->b.before_ns + w->b.beyond_ns;

	for (int p = 0; p < TIME_PARTS; p++) {
		assert_true(w->b.part[p] >= 0);
		parts += w->b.part[p];
	}
	for (size_t i = 0; i < w->b.n_hops; i++) {
		assert_true(w->b.hop[i].path_ns >= 0);
		path += w->b.hop[i].path_ns;
	}
	assert_int_equal(path, w->b.part[TIME_PATH]);
	assert_int_equal(parts, w->tap[0].t_ns - w->b.start_ns);
}

static struct wire *wire(void **state)
{
	*state = calloc(1, sizeof(struct wire));
	assert_non_null(*state);
	return *state;
}

static int done(void **state)
{
	free(*state);
	return 0;
}

static struct record data(uint64_t seq, uint32_t len, uint64_t ack)
{
	return (struct record){ .seq64 = seq, .pay_len = len, .ack64 = ack };
}

static struct record text(uint32_t digest)
{
	return (struct record){ .pay_len = 40, .head_digest = digest };
}

/* @n requests, 5 ms apart, answered after 7 ms.  Of number @missed the second
 * point lacks the request (@dir 0), the answer (1) or both (2); number @late takes
 * 50 ms more between the second point and the third.  -1: none. */
static void turns(struct wire *w, bool datagrams, int n, int missed, int dir,
		  int late)
{
	int64_t t = 0;

	for (int i = 0; i < n; i++) {
		uint32_t c = 1000 + 40 * (uint32_t)i;
		struct record ask = datagrams ? text(c) : data(c, 40, c);
		struct record tell = datagrams ? text(c + 1)
					       : data(c, 40, c + 40);
		int64_t more = i == late ? 50 * MS : 0;

		packet(w, 0, t, more, i == missed && dir != 1, ask);
		t += WHOLE + more + 7 * MS;
		packet(w, 1, t, 0, i == missed && dir != 0, tell);
		t += WHOLE + 5 * MS;
	}
}

static void stretches(const struct wire *w, int64_t first, int64_t second)
{
	sums(w);
	assert_int_equal(w->b.hop[0].path_ns, first);
	assert_int_equal(w->b.hop[1].path_ns, second);
}

static void no_span(const struct wire *w)
{
	assert_int_equal(w->b.n_hops, POINTS - 1);
}

static void span(const struct wire *w, int64_t ns)
{
	assert_int_equal(w->b.n_hops, POINTS);
	assert_int_equal(w->b.hop[2].from, 0);
	assert_int_equal(w->b.hop[2].to, 2);
	assert_int_equal(w->b.hop[2].path_ns, ns);
}

static void each_stretch_has_what_its_taps_saw(void **state)
{
	struct wire *w = wire(state);

	turns(w, false, 5, -1, 0, -1);
	walk(w, false);
	stretches(w, 5 * 4 * MS, 5 * 16 * MS);
	no_span(w);
}

static void datagrams_are_split_by_stretch_too(void **state)
{
	struct wire *w = wire(state);

	turns(w, true, 5, -1, 0, -1);
	walk(w, true);
	stretches(w, 5 * 4 * MS, 5 * 16 * MS);
	no_span(w);
	assert_int_equal(w->b.part[TIME_SERVER], 5 * 7 * MS);
	assert_int_equal(w->n_x, 5);
}

static void what_a_tap_has_not_seen_is_of_the_span(void **state)
{
	for (int both = 0; both < 4; both++) {
		struct wire *w = wire(state);

		turns(w, both & 1, 5, 2, both >> 1, -1);
		walk(w, both & 1);
		stretches(w, 4 * 4 * MS, 4 * 16 * MS);
		span(w, 2 * WHOLE);
		assert_int_equal(w->b.part[TIME_SERVER], 5 * 7 * MS);
		if (both < 3)
			free(w);
	}
}

/* It is shorter, and would pass for this one's. */
static void another_turns_trip_is_not_taken(void **state)
{
	struct wire *w = wire(state);

	turns(w, false, 5, 0, 2, 0);
	walk(w, false);
	stretches(w, 4 * 4 * MS, 4 * 16 * MS);
	span(w, 2 * WHOLE + 50 * MS);
}

static void a_queue_is_of_the_stretch_that_grew(void **state)
{
	for (int datagrams = 0; datagrams < 2; datagrams++) {
		struct wire *w = wire(state);

		turns(w, datagrams, 5, -1, 0, 3);
		walk(w, datagrams);
		stretches(w, 5 * 4 * MS, 5 * 16 * MS);
		assert_int_equal(w->b.part[TIME_QUEUE], 50 * MS);
		assert_int_equal(w->b.hop[0].queue_ns, 0);
		assert_int_equal(w->b.hop[1].queue_ns, 50 * MS);
		if (!datagrams)
			free(w);
	}
}

/* The same request and answer again and again: once the middle lacks one, what
 * it seems to have is another's, and no stretch gets time by it. */
static void alike_datagrams_blame_no_stretch(void **state)
{
	struct wire *w = wire(state);
	int64_t t = 0;

	for (int i = 0; i < 6; i++) {
		packet(w, 0, t, 0, i == 2, text(7));
		t += WHOLE + 7 * MS;
		packet(w, 1, t, 0, false, text(8));
		t += WHOLE + 500 * MS;
	}
	walk(w, true);
	stretches(w, 2 * 4 * MS, 2 * 16 * MS);
	span(w, 4 * 2 * WHOLE);
}

/* Nothing at the far end: only how long the path takes at the least is known,
 * and of no stretch. */
static void a_trip_that_far_did_not_see_is_of_the_span(void **state)
{
	struct wire *w = wire(state);

	turns(w, true, 5, -1, 0, -1);
	w->n[2][1] -= 2;
	walk(w, true);
	stretches(w, 3 * 4 * MS, 3 * 16 * MS);
	span(w, 2 * 2 * WHOLE);
}

/* --- trips as they are, of four points --- */
#define U TRIP_UNKNOWN

/* Without a walk: @trip, in ms; @left of it is the path's.  @hop gets what each entry
 * of the budget has. */
static size_t split(const int64_t trip[static 4], int64_t left,
		    int64_t hop[static 6])
{
	struct tap tap[4] = {
		{ .flow = 0 }, { .flow = 1 }, { .flow = 2 }, { .flow = 3 }
	};
	struct budget_hop at[6] = { { .to = 1 }, { .to = 2 }, { .to = 3 } };
	struct budget b = { .n_hops = 3, .hop = at };
	struct timeline t = { .b = &b, .tap = tap, .n_taps = 4 };
	int64_t ns[4], sum = 0;

	for (int i = 0; i < 4; i++) {
		ns[i] = trip[i] == U ? U : trip[i] * MS;
		t.stretch[i].least_ns = -1;
	}
	left *= MS;
	timeline_path(&t, ns, &left);
	assert_int_equal(left, 0);
	for (size_t i = 0; i < b.n_hops; i++) {
		hop[i] = at[i].path_ns / MS;
		sum += at[i].path_ns;
	}
	assert_int_equal(sum, b.part[TIME_PATH]);
	return b.n_hops;
}

static void points_that_saw_nothing_are_left_out(void **state)
{
	int64_t hop[6];

	(void)state;
	assert_int_equal(split((int64_t[]){ 40, 39, 9, 7 }, 33, hop), 3);
	assert_true(hop[0] == 1 && hop[1] == 30 && hop[2] == 2);
	assert_int_equal(split((int64_t[]){ 40, U, 9, 7 }, 33, hop), 4);
	assert_true(hop[0] == 0 && hop[1] == 0 && hop[2] == 2 && hop[3] == 31);
	assert_int_equal(split((int64_t[]){ 40, 39, U, 7 }, 33, hop), 4);
	assert_true(hop[0] == 1 && hop[1] == 0 && hop[2] == 0 && hop[3] == 32);
	assert_int_equal(split((int64_t[]){ 40, U, U, 7 }, 33, hop), 4);
	assert_true(hop[0] == 0 && hop[1] == 0 && hop[2] == 0 && hop[3] == 33);
}

/* Some of the round trip was another part's: recovery, say. */
static void less_than_the_trip_is_taken_from_the_longest(void **state)
{
	int64_t hop[6];

	(void)state;
	assert_int_equal(split((int64_t[]){ 40, 39, U, 7 }, 13, hop), 4);
	assert_true(hop[0] == 1 && hop[3] == 12);
	assert_int_equal(split((int64_t[]){ 40, 39, 9, 7 }, 1, hop), 3);
	assert_int_equal(hop[0] + hop[1] + hop[2], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(each_stretch_has_what_its_taps_saw,
					  done),
		cmocka_unit_test_teardown(datagrams_are_split_by_stretch_too,
					  done),
		cmocka_unit_test_teardown(
			what_a_tap_has_not_seen_is_of_the_span, done),
		cmocka_unit_test_teardown(another_turns_trip_is_not_taken,
					  done),
		cmocka_unit_test_teardown(a_queue_is_of_the_stretch_that_grew,
					  done),
		cmocka_unit_test_teardown(alike_datagrams_blame_no_stretch,
					  done),
		cmocka_unit_test_teardown(
			a_trip_that_far_did_not_see_is_of_the_span, done),
		cmocka_unit_test(points_that_saw_nothing_are_left_out),
		cmocka_unit_test(less_than_the_trip_is_taken_from_the_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
