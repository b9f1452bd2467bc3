/* Connections over a relay that nothing tells apart, where captures lack some. */
#include "tests/correlate/pair_case.h"

#define OTHERS 10

/* Turns of @part: @n of its @whole ones are known. */
static void set_turns(struct part *part, uint8_t n, uint8_t whole)
{
	part->turns = n;
	for (uint8_t k = 0; k < n; k++)
		part->turn_bytes[k] = 100u + k;
	for (int d = 0; d < 2; d++)
		part->dir[d].fin = n == whole;
}

/* Two have the same contents.  The client's capture lacks the end of the second, and
 * at the servers no first bytes are captured.  Segments at the client of the second are
 * cut like those at the server of the first.
 * Return: how many pair; @differ: they are not the same after all. */
static int pairs_of_two(bool differ)
{
	struct seen far = behind(far_point, 40 * MS);
	char t[2][NET_END_TEXT];
	int n;
	struct pc c;

	pc_open(&c, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		v.content = differ ? 77 + i : 77;
		v.at = 0;
		v.segments = 6;
		far.client = i ? "10.9.0.1:5001" : "10.9.0.1:5000";
		for (int k = 0; k < 2; k++) {
			struct part p = pc_part(&v, k ? &far : &near_point);

			set_turns(&p, i && !k ? 3 : 6, 6);
			for (int d = 0; d < 2; d++) {
				p.dir[d].any.n = differ || i != (unsigned)k ? 4
									    : 1;
				p.dir[d].head_len = k ? 0 : 40;
			}
			pc_put(&c, k, &p);
		}
	}
	for (unsigned i = 4; i < 4 + OTHERS; i++)
		pc_add_stamped(&c, i, &far);
	pc_run(&c, NULL);
	n = pc_count(&c, PAIR_PAIRED);
	pc_close(&c);
	return n - OTHERS;
}

static void twins_are_known_by_what_both_captures_have(void **state)
{
	(void)state;
	assert_int_equal(pairs_of_two(false), 0);
}

static void other_contents_of_the_same_lengths_are_no_twins(void **state)
{
	(void)state;
	assert_int_equal(pairs_of_two(true), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twins_are_known_by_what_both_captures_have),
		cmocka_unit_test(
			other_contents_of_the_same_lengths_are_no_twins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
