/* Copies that an IP ID or selective acknowledgements of their own tell apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

static void ids_tell_copies_that_overtook_each_other(void **state)
{
	static const uint16_t sent[] = { 5, 6, 7, 8 }, came[] = { 8, 6, 5 };
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	for (int k = 0; k < 4; k++)
		add(&a, k, 1000, 0, 7)->ip_id = sent[k];
	for (int k = 0; k < 3; k++)
		add(&b, 21 + k, 1000, 0, 7)->ip_id = came[k];
	h = hop_over(&a, &b, 0);
	h.use_ts = h.use_id = true;
	copies_match(&h);
	assert_int_equal(h.far_of[0], 2);
	assert_int_equal(h.far_of[1], 1);
	assert_int_equal(h.far_of[2], LINK_NONE);
	assert_int_equal(h.far_of[3], 0);
	for (int k = 0; k < 4; k++)
		assert_false(h.near_is[k] & LINK_TIED);
	hop_release(&h);
}

/* Duplicate ACKs differ in what they acknowledge selectively. */
static void sacks_tell_acks_that_overtook_each_other(void **state)
{
	static const uint32_t sent[] = { 5, 6, 7, 8 }, came[] = { 6, 7, 8, 5 };
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	for (int k = 0; k < 4; k++) {
		struct record *x = add(&a, 0, 1000, 0, 7);
		struct record *y = add(&b, 21, 1000, 0, 7);

		x->n_sack = y->n_sack = 1;
		x->sack[0][0] = y->sack[0][0] = 2000;
		x->sack[0][1] = 2000 + sent[k];
		y->sack[0][1] = 2000 + came[k];
	}
	b.s.n = 3; /* and 5 was lost */
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	for (uint32_t k = 1; k < 4; k++)
		assert_int_equal(h.far_of[k], k - 1);
	hop_release(&h);
	b.s.n = 4; /* or late */
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	assert_int_equal(h.far_of[0], 3);
	for (uint32_t k = 1; k < 4; k++)
		assert_int_equal(h.far_of[k], k - 1);
	hop_release(&h);
}

/* One was lost and the near point missed another: what they acknowledge says that
 * these are not one packet, however well time fits. */
static void an_ack_of_other_sacks_is_another(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct record *x = add(&a, 0, 1000, 0, 7);
	struct record *y = add(&b, 20, 1000, 0, 7);
	struct hop h;

	(void)state;
	x->n_sack = y->n_sack = 1;
	x->sack[0][0] = y->sack[0][0] = 2000;
	x->sack[0][1] = 4440;
	y->sack[0][1] = 3000;
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	hop_release(&h);
}

/* The first of equal ACKs has no SACK and is lost, of the others the near capture misses
 * one.  Of both kinds others agree at both points, so no device takes SACKs away. */
static void an_ack_with_sacks_is_none_without(void **state)
{
	(void)state;
	for (int stripped = 0; stripped < 2; stripped++) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
		struct hop h;

		for (uint32_t k = 0; k < 6; k++)
			for (uint32_t far = 0; far < 2; far++) {
				struct record *r;

				if (k == (far ? 0 : 3))
					continue;
				r = add(far ? &b : &a, k + 20 * far, 1000, 0,
					0);
				r->opts = 0;
				r->n_sack = k && !(far && stripped);
				r->sack[0][0] = 2000;
				r->sack[0][1] = 2100 + 100 * k;
			}
		h = hop_over(&a, &b, 0);
		hop_match(&h);
		if (!stripped) {
			assert_int_equal(h.far_of[0], LINK_NONE);
			assert_int_equal(h.near_of[2], LINK_NONE);
		}
		assert_int_equal(h.far_of[4], 4);
		hop_release(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sacks_tell_acks_that_overtook_each_other),
		cmocka_unit_test(an_ack_with_sacks_is_none_without),
		cmocka_unit_test(an_ack_of_other_sacks_is_another),
		cmocka_unit_test(ids_tell_copies_that_overtook_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
