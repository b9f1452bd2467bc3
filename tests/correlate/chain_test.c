/* What a chain knows of a hop before anything of it is linked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/path.h"

/* The first point sees one direction only: the others' clocks are known one way, by
 * what comes from there, and nothing bounds the one by the other.  Three datagrams
 * go three times, 1.5 s apart; the last point lacks the first one of all. */
static void clocks_known_one_way_tell_what_is_sent_again(void **state)
{
	uint8_t reached[N];
	static struct scene t;
	struct clock_piece piece[2] = { { .offset_ns = 10 * MS },
					{ .offset_ns = 20 * MS } };
	struct clock_row row[2];

	(void)state;
	memset(reached, BOTH, N);
	open_scene(&t, reached);
	t.row.proto = 17;
	for (uint32_t p = 0; p < 3; p++) {
		t.data[p].s.n = 0;
		for (uint32_t k = p == 2; k < 9; k++) {
			int64_t at = k / 3 * 1500 + k % 3 * 47 + p * 10;
			struct record *r = add(&t.data[p], at, 0, 39, 0);

			r->opts = 0;
			r->tcp_flags = 0;
			r->marks |= REC_HEAD;
			r->head_digest = 77 + k % 3;
		}
		t.strand[p * 2].n = t.data[p].s.n;
	}
	for (int p = 0; p < 2; p++) {
		piece[p].offset_high_ns = piece[p].offset_ns;
		row[p] = (struct clock_row){ .point = p + 2,
					     .status = CLOCK_ONE_WAY,
					     .resolution_ns = 1,
					     .high_known = true,
					     .n = 1,
					     .piece = &piece[p] };
		t.clock[p + 1] = &row[p];
	}
	chain_open(&t.c);
	chain_match(&t.c);
	assert_int_equal(t.c.n_hops, 2);
	for (uint32_t k = 0; k < 9; k++)
		assert_int_equal(t.c.hop[1].far_of[k], k ? k - 1 : LINK_NONE);
	close_scene(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_known_one_way_tell_what_is_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
