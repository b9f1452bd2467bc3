/* Content that several sessions have: it tells once that a flow is one of them,
 * however much of it there is. */
#include "tests/correlate/pair_case.h"

#define OTHERS 40

/* Sessions with unique content beyond a device that rewrites numbers; they also show
 * the clocks. */
static void add_others(struct pc *c)
{
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];

	for (unsigned i = 0; i < OTHERS; i++) {
		struct conv v = conv_number(i, t);
		struct seen far = seen_renumbered(i, nat);

		v.tsval = 0;
		pc_add_both(c, &v, &far);
	}
}

#define OWN 4243 /* digest of a segment that others of the same kind lack */

/* The same download again; @point saw this one, -1: both did.  The first point did not
 * see its beginning.  @own: so many of its segments are at other places in others. */
static void add_like(struct pc *c, unsigned i, int64_t at, int point, int own)
{
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];
	struct conv v = conv_number(i, t);
	struct seen near = near_point, far = seen_renumbered(i, nat);
	struct part p[2];

	near.late = 1;
	v.at = at;
	v.tsval = 0;
	v.segments = 12;
	v.content = 555;
	for (int k = 0; k < 2; k++) {
		p[k] = pc_part(&v, k ? &far : &near);
		p[k].dir[0].any.n = p[k].dir[0].turn.n =
			0; /* requests differ */
		p[k].dir[0].head = 1000 + i;
		for (int n = 0; n < own; n++)
			p[k].dir[1].any.at[k ? 3 + n : 2 + n].digest =
				OWN + (unsigned)n;
		if (point < 0 || point == k)
			pc_put(c, k, &p[k]);
	}
}

static void add_download(struct pc *c, unsigned i, int64_t at, int point)
{
	add_like(c, i, at, point, 0);
}

static void the_same_download_at_another_time_is_another_session(void **state)
{
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	add_others(&c);
	add_download(&c, 100, 3 * SEC, -1);
	add_download(&c, 101, 5 * SEC, 0);
	add_download(&c, 102, 16 * SEC, 1);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), OTHERS + 1);
	pc_close(&c);
}

/* Content that repeats itself is the same in another stretch by chance. */
static void one_segment_does_not_outweigh_seconds(void **state)
{
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	add_others(&c);
	add_download(&c, 100, 3 * SEC, -1);
	add_like(&c, 101, 5 * SEC, 0, 1);
	add_like(&c, 102, 16 * SEC, 1, 1);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), OTHERS + 1);
	pc_close(&c);
}

/* Nor does the client's address, where nearly all have that one. */
static void everyones_address_does_not_make_up_for_other_requests(void **state)
{
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < OTHERS; i++) {
		struct conv v = conv_number(i, t);
		struct seen far = seen_renumbered(i, nat);

		snprintf(t[0], NET_END_TEXT, "10.0.0.%u:%u", i % 10 ? 1 : i + 2,
			 4000 + i);
		if (i % 10 == 0)
			far.client = NULL;
		v.tsval = 0;
		pc_add_both(&c, &v, &far);
	}
	for (unsigned k = 0; k < 2; k++) {
		struct conv v = conv_number(100 + k, t);
		struct seen far = seen_renumbered(100 + k, nat);
		struct part p;

		snprintf(t[0], NET_END_TEXT, "10.0.0.1:%u", 9000 + k);
		snprintf(t[1], NET_END_TEXT, "192.168.7.1:%u", 70 + k);
		v.tsval = 0;
		v.at = 5 * SEC;
		v.segments = 12;
		p = pc_part(&v, k ? &far : &near_point);
		v.content = 555;
		p.dir[1] = pc_part(&v, k ? &far : &near_point).dir[1];
		p.dir[0].syn = p.dir[1].syn = k;
		p.dir[0].head_len = p.dir[1].head_len = 0;
		p.dir[0].turn.n = p.dir[1].turn.n = 0;
		pc_put(&c, (int)k, &p);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), OTHERS);
	pc_close(&c);
}

/* Time tells them apart. */
static void the_same_download_of_two_is_joined_to_its_own(void **state)
{
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	add_others(&c);
	add_download(&c, 100, 3 * SEC, -1);
	add_download(&c, 101, 5 * SEC, -1);
	add_download(&c, 102, 16 * SEC, -1);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), OTHERS + 3);
	pc_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_same_download_at_another_time_is_another_session),
		cmocka_unit_test(one_segment_does_not_outweigh_seconds),
		cmocka_unit_test(
			everyones_address_does_not_make_up_for_other_requests),
		cmocka_unit_test(the_same_download_of_two_is_joined_to_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
