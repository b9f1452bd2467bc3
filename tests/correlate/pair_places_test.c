/* Content at the same places of two streams, and at others: one connection, a
 * relay's two, or neither. */
#include "tests/correlate/pair_case.h"

#define SESSIONS 10

/* Sessions with streams that both sides saw to their ends.  Of the client's, what
 * the relay sends on has @more bytes more in each segment from @from on, and as
 * many at its end; if not @longer, the stream is as long as it was. */
static void expect_moved(int more, unsigned from, bool longer, int paired)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen far = behind(far_point, 40 * MS);
		struct conv v = conv_number(i, t);
		struct part a, b;

		v.tsval = 5000 * (i + 1);
		v.segments = 6;
		a = pc_part(&v, &near_point);
		b = pc_part(&v, &far);
		for (int d = 0; d < 2; d++)
			a.dir[d].fin = b.dir[d].fin = true;
		b.dir[0].wscale = 9; /* the relay's own SYN */
		b.dir[0].seq_next += longer ? (uint64_t)(int64_t)more : 0;
		for (int k = (int)from; k < b.dir[0].any.n; k++) {
			b.dir[0].any.at[k].seq += (uint32_t)(more * (k + 1));
			b.dir[0].seq_next += longer ? (uint64_t)(int64_t)more
						    : 0;
		}
		b.dir[0].turn = b.dir[0].any;
		b.dir[0].turn.n = 1;
		pc_put(&c, 0, &a);
		pc_put(&c, 1, &b);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), paired);
	pc_close(&c);
}

static void expect_changed(int more, unsigned from, int paired)
{
	expect_moved(more, from, true, paired);
}

/* Text that comes again, found at the begin of the relay's other segments. */
static void repetitions_farther_and_farther_apart_add_nothing(void **state)
{
	(void)state;
	expect_moved(20, 1, false, SESSIONS);
}

static void the_same_bytes_are_relayed(void **state)
{
	(void)state;
	expect_changed(0, 0, SESSIONS);
}

/* The first segment is where it was. */
static void what_adds_bytes_does_not_pass_them_on(void **state)
{
	(void)state;
	expect_changed(40, 1, 0);
}

static void what_takes_bytes_from_the_head_shares_no_place(void **state)
{
	(void)state;
	expect_changed(-40, 0, 0);
}

/* Held back at the end: all else is where it was. */
static void what_is_shorter_at_its_end_is_relayed(void **state)
{
	(void)state;
	expect_changed(-40, 6, SESSIONS);
}

/* Caught in their midst at both points, with the server's bytes the same; the
 * client's are farther on by @more for each segment. */
static void expect_midst(int more, int paired)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen far = behind(far_point, 0);
		struct conv v = conv_number(i, t);
		struct part b;

		v.no_syn = true;
		v.segments = 6;
		b = pc_part(&v, &far);
		for (int k = 0; k < b.dir[0].any.n; k++)
			b.dir[0].any.at[k].seq += (uint32_t)(more * (k + 1));
		b.dir[0].turn.n = 0;
		pc_add(&c, 0, &v, &near_point);
		pc_put(&c, 1, &b);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), paired);
	pc_close(&c);
}

static void the_same_segments_at_places_that_shift_are_no_session(void **state)
{
	(void)state;
	expect_midst(0, SESSIONS);
	expect_midst(40, 0);
}

/* Caught in their midst, up to their ends: @by bytes away there is the same
 * text once more. */
static void expect_again(int64_t by, int paired)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen far = behind(far_point, 0), near = near_point;
		struct conv v = conv_number(i, t);
		struct part a, b;

		v.no_syn = true;
		v.segments = 6;
		near.acks = 7; /* each side acknowledges at its own pace */
		a = pc_part(&v, &near);
		b = pc_part(&v, &far);
		for (int d = 0; d < 2; d++) {
			a.dir[d].fin = b.dir[d].fin = true;
			for (int k = 0; k < b.dir[d].any.n; k++)
				b.dir[d].any.at[k].seq += (uint64_t)(d ? -by
								       : by);
			b.dir[d].turn.n = 0;
		}
		pc_put(&c, 0, &a);
		pc_put(&c, 1, &b);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), paired);
	pc_close(&c);
}

static void places_that_miss_the_ends_are_of_another_repetition(void **state)
{
	(void)state;
	expect_again(0, SESSIONS);
	expect_again(200, 0);
}

/* A proxy adds a line to the client's only request; the near capture has missed the
 * SYN, and the far one what came later: the server's bytes alone are the same. */
static void expect_one_way(bool both, int paired)
{
	struct pc c;
	char t[2][NET_END_TEXT], own[2][NET_END_TEXT];

	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen far = behind(far_point, 0);
		struct conv v = conv_number(i, t), w;
		struct part a, b;

		snprintf(own[0], NET_END_TEXT, "10.7.0.%u:%u", i + 1, 900 + i);
		snprintf(own[1], NET_END_TEXT, "10.8.0.%u:8080", i + 1);
		far.client = own[0];
		far.server = own[1];
		v.tsval = 0;
		v.segments = 6;
		w = v;
		w.content += both ? 0 : 7000;
		a = pc_part(&v, &near_point);
		b = pc_part(&v, &far);
		b.dir[0] = pc_part(&w, &far).dir[0];
		a.dir[0].syn = false;
		a.dir[0].head_len = 0;
		a.dir[0].turn.n = a.dir[1].turn.n = 0;
		pc_put(&c, 0, &a);
		pc_put(&c, 1, &b);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), paired);
	pc_close(&c);
}

static void what_agrees_one_way_only_is_no_session(void **state)
{
	(void)state;
	expect_one_way(true, SESSIONS);
	expect_one_way(false, 0);
}

/* @far has seen more than there is: a stretch of a longer connection. */
static struct part longer(const struct conv *v, const struct seen *far,
			  uint64_t more)
{
	struct part b = pc_part(v, far);

	for (int d = 0; d < 2; d++)
		b.dir[d].seq_next += more;
	return b;
}

static struct part whole(const struct conv *v, const struct seen *near)
{
	struct part a = pc_part(v, near);

	for (int d = 0; d < 2; d++)
		a.dir[d].fin = true;
	return a;
}

static void expect_longer(uint64_t more, int paired)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen far = behind(far_point, 0);
		struct conv v = conv_number(i, t);
		struct part a, b;

		v.segments = 6;
		far.late = 2;
		a = whole(&v, &near_point);
		b = longer(&v, &far, more);
		pc_put(&c, 0, &a);
		pc_put(&c, 1, &b);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), paired);
	pc_close(&c);
}

static void what_goes_on_is_not_what_has_ended(void **state)
{
	(void)state;
	expect_longer(0, SESSIONS);
	expect_longer(5000, 0);
}

/* The second point has a part of the connection that does not contradict, the third
 * all of it, and it continues. */
static void expect_third(uint64_t more, size_t flows)
{
	struct session_row r;
	struct pc c;
	char t[2][NET_END_TEXT];

	pc_open(&c, 3);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen mid = behind(far_point, 0), far = mid;
		struct conv v = conv_number(i, t);
		struct part a, b;

		v.segments = 6;
		mid.late = 2;
		far.delay += 5 * MS;
		a = whole(&v, &near_point);
		b = longer(&v, &far, more);
		pc_put(&c, 0, &a);
		pc_add(&c, 1, &v, &mid);
		pc_put(&c, 2, &b);
	}
	pc_run(&c, NULL);
	r = pc_session(&c, 1);
	assert_int_equal(r.n_flows, flows);
	session_row_release(&r);
	pc_close(&c);
}

static void what_a_third_point_contradicts_is_not_joined(void **state)
{
	(void)state;
	expect_third(0, 3);
	expect_third(5000, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_bytes_are_relayed),
		cmocka_unit_test(
			repetitions_farther_and_farther_apart_add_nothing),
		cmocka_unit_test(
			places_that_miss_the_ends_are_of_another_repetition),
		cmocka_unit_test(what_adds_bytes_does_not_pass_them_on),
		cmocka_unit_test(
			what_takes_bytes_from_the_head_shares_no_place),
		cmocka_unit_test(what_is_shorter_at_its_end_is_relayed),
		cmocka_unit_test(
			the_same_segments_at_places_that_shift_are_no_session),
		cmocka_unit_test(what_agrees_one_way_only_is_no_session),
		cmocka_unit_test(what_goes_on_is_not_what_has_ended),
		cmocka_unit_test(what_a_third_point_contradicts_is_not_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
