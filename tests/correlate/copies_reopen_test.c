/* Which of the lock step's links are doubted again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

/* @n in order, from 0 on, 20 ms each way, linked. */
static void add_linked(struct side *a, struct side *b, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		add(a, k, 100 * k, 100, 0)->opts = 0;
		add(b, k + 20, 100 * k, 100, 0)->opts = 0;
	}
}

static void link_all(struct hop *h, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++)
		hop_link(h, k, k);
}

/* A flight of @lost is lost, the first of it is sent again, and that copy was linked
 * to the lost packet. */
static void a_lost_flight_gives_back_what_its_copies_are(void **state)
{
	static const uint32_t lost[] = { 2, 60, 165 };

	(void)state;
	for (size_t k = 0; k < sizeof lost / sizeof *lost; k++) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
		uint32_t copy = 20 + lost[k];
		struct hop h;

		add_linked(&a, &b, 20);
		for (uint32_t i = 0; i < lost[k]; i++)
			add(&a, 100, 2000 + 100 * i, 100, 0)->opts = 0;
		add(&a, 180, 2000, 100, 0)->opts = 0;
		add(&b, 200, 2000, 100, 0)->opts = 0;
		h = hop_over(&a, &b, 0);
		link_all(&h, 21);
		copies_match(&h);
		assert_int_equal(h.near_of[20], copy);
		assert_int_equal(h.far_of[20], LINK_NONE);
		assert_int_equal(h.near_is[20] & LINKED, 0);
		hop_release(&h);
	}
}

/* Of a flight in which delays vary only the first is lost.  By time it may as well be
 * the copy of it that is; but four that were sent behind it came before. */
static void what_has_no_rival_tells_of_what_has(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add_linked(&a, &b, 10);
	for (uint32_t i = 0; i < 5; i++)
		add(&a, 100, 1000 + 100 * i, 100, 0)->opts = 0;
	for (uint32_t i = 1; i < 5; i++)
		add(&b, 120 + i, 1000 + 100 * i, 100, 0)->opts = 0;
	add(&a, 140, 1000, 100, 0)->opts = 0;
	add(&b, 165, 1000, 100, 0)->opts = 0;
	h = hop_over(&a, &b, 0);
	h.dev = 25 * MS;
	link_all(&h, 10);
	copies_match(&h);
	assert_int_equal(h.near_of[14], 15);
	assert_int_equal(h.near_is[10] & (LINKED | LINK_TIED), 0);
	assert_int_equal(h.near_of[13], 14);
	hop_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_flight_gives_back_what_its_copies_are),
		cmocka_unit_test(what_has_no_rival_tells_of_what_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
