/* Pairing by the lengths of turns, where of no content enough was captured. */
#include "tests/correlate/pair_case.h"

#define OTHERS 20

/* Sessions whose numbers move and that have content: they show the clocks. */
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

/* Closes both streams behind a request of @ask bytes and its answer. */
static void close_after(struct part *p, unsigned ask, unsigned answer)
{
	p->turns = 2;
	p->first_turn_dir = 0;
	p->turn_bytes[0] = ask;
	p->turn_bytes[1] = answer;
	for (int d = 0; d < 2; d++) {
		p->dir[d].bytes = p->turn_bytes[d];
		p->dir[d].seq_next = p->dir[d].seq_first + p->turn_bytes[d] + 2;
		p->dir[d].fin = true;
	}
}

/* As behind a device that also strips options, where frames are cut. */
static void forget_content(struct part *p)
{
	for (int d = 0; d < 2; d++) {
		p->dir[d].head_len = 0;
		p->dir[d].any.n = p->dir[d].turn.n = 0;
		p->dir[d].syn_opts = REC_OPT_MSS;
		p->dir[d].wscale = -1;
	}
}

/* Number @i at one point: request and answer, without time stamps. */
static void add_talk(struct pc *c, int point, unsigned i, unsigned answer)
{
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];
	struct conv v = conv_number(i, t);
	struct seen far = seen_renumbered(i, nat);
	struct part p;

	v.tsval = 0;
	far.server = "192.168.7.7:9443"; /* no habit */
	p = pc_part(&v, point ? &far : &near_point);
	close_after(&p, 161, answer);
	if (point)
		forget_content(&p);
	pc_put(c, point, &p);
}

static void a_talk_whose_content_is_cut_is_joined_by_its_lengths(void **state)
{
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	add_others(&c);
	for (unsigned i = 100; i < 104; i++) {
		add_talk(&c, 0, i, 500 + i);
		add_talk(&c, 1, i, 500 + i);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), OTHERS + 4);
	pc_close(&c);
}

static void talks_of_other_lengths_are_two(void **state)
{
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	add_others(&c);
	add_talk(&c, 0, 100, 600);
	add_talk(&c, 1, 100, 601);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), OTHERS);
	pc_close(&c);
}

/* Two at the same moment, equally long: nothing tells which is which. */
static void equal_talks_at_a_time_are_not_joined(void **state)
{
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	add_others(&c);
	for (int point = 0; point < 2; point++)
		for (unsigned k = 0; k < 2; k++) {
			char t[2][NET_END_TEXT], nat[NET_END_TEXT];
			struct conv v = conv_number(100 + k, t);
			struct seen far = seen_renumbered(100 + k, nat);
			struct part p;

			v.tsval = 0;
			v.at = 5 * SEC + k * MS / 10;
			p = pc_part(&v, point ? &far : &near_point);
			close_after(&p, 161, 500);
			if (point)
				forget_content(&p);
			pc_put(&c, point, &p);
		}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), OTHERS);
	pc_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_talk_whose_content_is_cut_is_joined_by_its_lengths),
		cmocka_unit_test(talks_of_other_lengths_are_two),
		cmocka_unit_test(equal_talks_at_a_time_are_not_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
