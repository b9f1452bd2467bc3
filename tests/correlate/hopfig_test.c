/* Round trips of a hop from its links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hist.h"
#include "correlate/hopfig.h"
#include "tests/correlate/side.h"

struct path { /* there and back, each at two points */
	struct side there[2], back[2];
	struct hop h[2];
};

static void link_at(struct hop *h, uint32_t i, uint32_t j)
{
	h->near_is[i] = h->far_is[j] = LINKED;
	h->far_of[i] = j;
	h->near_of[j] = i;
}

static uint64_t trips(struct path *p)
{
	struct hist rtt = { 0 };
	struct stamps same = { .known = true };
	struct trip first;
	uint64_t n;

	hopfig_rtt(&rtt, &p->h[0], &p->h[1], &same, &same, &first);
	n = rtt.n;
	hist_release(&rtt);
	return n;
}

/* One of two equal answers was lost: either may have arrived. */
static void answer_that_may_be_another_copy_tells_no_round_trip(void **state)
{
	static struct path p;

	(void)state;
	add(&p.there[0], 1000, 1, 100, 5);
	add(&p.there[1], 1010, 1, 100, 5);
	add(&p.back[0], 1012, 1, 0, 9);
	add(&p.back[0], 1013, 1, 0, 9);
	add(&p.back[1], 1024, 1, 0, 9);
	p.h[0] = hop_over(&p.there[0], &p.there[1], 0);
	p.h[1] = hop_over(&p.back[0], &p.back[1], 0);
	link_at(&p.h[0], 0, 0);
	link_at(&p.h[1], 0, 0);
	assert_int_equal(trips(&p), 0);
	p.back[0].rec[1].seq64++; /* no copy of it */
	assert_int_equal(trips(&p), 1);
	hop_release(&p.h[0]);
	hop_release(&p.h[1]);
}

/* Likewise of two equal requests. */
static void request_that_may_be_another_copy_tells_no_round_trip(void **state)
{
	static struct path p;

	(void)state;
	add(&p.there[0], 999, 1, 100, 5);
	add(&p.there[0], 1000, 1, 100, 5);
	add(&p.there[1], 1010, 1, 100, 5);
	add(&p.back[0], 1012, 1, 0, 9);
	add(&p.back[1], 1024, 1, 0, 9);
	p.h[0] = hop_over(&p.there[0], &p.there[1], 0);
	p.h[1] = hop_over(&p.back[0], &p.back[1], 0);
	link_at(&p.h[0], 1, 0);
	link_at(&p.h[1], 0, 0);
	assert_int_equal(trips(&p), 0);
	p.there[0].rec[0].seq64--; /* no copy of it */
	assert_int_equal(trips(&p), 1);
	hop_release(&p.h[0]);
	hop_release(&p.h[1]);
}

/* Three equal acknowledgements: the near capture missed the second, the last was lost.
 * Each is linked, the last one to the second's counterpart. */
static void equal_acks_in_a_row_tell_no_round_trip(void **state)
{
	static struct path p;

	(void)state;
	add(&p.there[0], 1000, 1, 100, 5);
	add(&p.there[1], 1030, 1, 100, 5);
	add(&p.back[0], 1014, 1, 0, 9);
	add(&p.back[0], 1032, 1, 0, 9);
	add(&p.back[1], 1024, 1, 0, 9);
	add(&p.back[1], 1025, 1, 0, 9);
	p.h[0] = hop_over(&p.there[0], &p.there[1], 0);
	p.h[1] = hop_over(&p.back[0], &p.back[1], 0);
	link_at(&p.h[0], 0, 0);
	link_at(&p.h[1], 0, 0);
	link_at(&p.h[1], 1, 1);
	assert_int_equal(trips(&p), 0);
	for (uint32_t k = 0; k < 2; k++)
		for (uint32_t i = 0; i < 2; i++)
			p.back[k].rec[i].ip_id = (uint16_t)(1 + i);
	p.h[1].use_id = true;
	assert_int_equal(trips(&p), 1);
	hop_release(&p.h[0]);
	hop_release(&p.h[1]);
}

static void a_record_is_no_twin_of_what_took_its_place(void **state)
{
	static struct path p;

	(void)state;
	add(&p.there[0], 1000, 1, 100, 5);
	add(&p.there[1], 1010, 1, 100, 5);
	add(&p.back[0], 1012, 1, 0, 9);
	add(&p.back[0], 1013, 2, 0, 9);
	add(&p.back[1], 1024, 1, 0, 9);
	p.h[0] = hop_over(&p.there[0], &p.there[1], 0);
	p.h[1] = hop_over(&p.back[0], &p.back[1], 0);
	link_at(&p.h[0], 0, 0);
	link_at(&p.h[1], 0, 0);
	p.back[0].s.get = strand_of_one;
	assert_int_equal(trips(&p), 1);
	hop_release(&p.h[0]);
	hop_release(&p.h[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			answer_that_may_be_another_copy_tells_no_round_trip),
		cmocka_unit_test(
			request_that_may_be_another_copy_tells_no_round_trip),
		cmocka_unit_test(equal_acks_in_a_row_tell_no_round_trip),
		cmocka_unit_test(a_record_is_no_twin_of_what_took_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
