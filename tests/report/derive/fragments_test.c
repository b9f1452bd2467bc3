/* report/derive/fragments.c: which datagrams were whole, and which lack what. */
#include "report/derive/fragments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define SECOND 1000000000ll

static uint64_t frame;

static void piece(struct fragments *f, uint32_t id, uint32_t off, uint32_t len,
		  bool more, enum fate fate, int64_t time_ns)
{
	struct record r = { .marks = REC_FRAG | (more ? REC_MORE : 0),
			    .frag_id = id,
			    .frag_off = (uint16_t)off,
			    .pay_len = len,
			    .frame = ++frame,
			    .time_ns = time_ns };
	struct fate_row row = { .near = &r, .near_file = 7 };

	row.e.fate = (uint8_t)fate;
	fragments_add(f, &row);
}

/* Six fragments; those in @lost are lost. */
static void six(struct fragments *f, uint32_t id, unsigned lost, int64_t at)
{
	for (uint32_t k = 0; k < 6; k++)
		piece(f, id, k * 1480, k == 0 ? 1472 : 1480, k < 5,
		      lost >> k & 1 ? FATE_LOST : FATE_DELIVERED, at);
}

static void a_missing_fragment_loses_the_datagram(void **state)
{
	struct fragments f = { 0 };

	(void)state;
	frame = 0;
	six(&f, 813, 0, 1);
	six(&f, 814, 1 << 2, 2);
	six(&f, 815, 1 | 1 << 4, 3);
	fragments_end(&f);
	assert_int_equal(f.datagrams, 3);
	assert_int_equal(f.lost, 2);
	assert_int_equal(f.pieces_lost, 3);
	assert_int_equal(f.overlapping, 0);
	assert_int_equal(f.kept.n, 2);
	assert_int_equal(f.kept.at[0].id, 814);
	assert_int_equal(f.kept.at[0].fragments, 6);
	assert_int_equal(f.kept.at[0].missing, 1);
	assert_int_equal(f.kept.at[0].number, 3);
	assert_int_equal(f.kept.at[0].from, 2960);
	assert_int_equal(f.kept.at[0].to, 4440);
	assert_int_equal(f.kept.at[0].frame, 9);
	assert_int_equal(f.kept.at[0].file, 7);
	assert_int_equal(f.kept.at[1].number, 1);
	assert_int_equal(f.kept.at[1].missing, 2);
	fragments_release(&f);
}

static void order_does_not_matter(void **state)
{
	struct fragments f = { 0 };

	(void)state;
	piece(&f, 1, 2960, 100, false, FATE_DELIVERED, 1);
	piece(&f, 1, 0, 1472, true, FATE_DELIVERED, 1);
	piece(&f, 1, 1480, 1480, true, FATE_LOST, 1);
	fragments_end(&f);
	assert_int_equal(f.datagrams, 1);
	assert_int_equal(f.lost, 1);
	assert_int_equal(f.kept.at[0].number, 2);
	fragments_release(&f);
}

/* One that came here incomplete was lost before this hop. */
static void what_was_not_whole_is_not_counted(void **state)
{
	static const unsigned missing[] = { 0, 2, 5 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct fragments f = { 0 };

		for (uint32_t k = 0; k < 6; k++)
			if (k != missing[i])
				piece(&f, 9, k * 1480, k ? 1480 : 1472, k < 5,
				      k == 3 ? FATE_LOST : FATE_DELIVERED, 1);
		fragments_end(&f);
		assert_int_equal(f.datagrams, 0);
		assert_int_equal(f.lost, 0);
		assert_int_equal(f.pieces_lost, 1);
		assert_int_equal(f.kept.at[0].number, 0);
		fragments_release(&f);
	}
}

static void half_a_minute_later_the_number_is_anothers(void **state)
{
	struct fragments f = { 0 };

	(void)state;
	six(&f, 1, 0, 0);
	six(&f, 1, 1, 31 * SECOND);
	fragments_end(&f);
	assert_int_equal(f.datagrams, 2);
	assert_int_equal(f.lost, 1);
	fragments_release(&f);
}

static void of_two_copies_one_is_enough(void **state)
{
	struct fragments f = { 0 };

	(void)state;
	six(&f, 1, 1 << 3, 0);
	six(&f, 1, 0, 1);
	fragments_end(&f);
	assert_int_equal(f.datagrams, 1);
	assert_int_equal(f.lost, 0);
	assert_int_equal(f.overlapping, 0);
	fragments_release(&f);
}

static void overlaps_are_counted(void **state)
{
	struct fragments f = { 0 };

	(void)state;
	six(&f, 1, 0, 0);
	piece(&f, 1, 1000, 1480, true, FATE_DELIVERED, 1);
	fragments_end(&f);
	assert_int_equal(f.overlapping, 1);
	fragments_release(&f);
}

static void what_is_undecided_is_not_lost(void **state)
{
	struct fragments f = { 0 };

	(void)state;
	piece(&f, 1, 0, 1472, true, FATE_UNDECIDED, 1);
	piece(&f, 1, 1480, 100, false, FATE_DELIVERED, 1);
	fragments_end(&f);
	assert_int_equal(f.datagrams, 1);
	assert_int_equal(f.lost, 0);
	fragments_release(&f);
}

/* Neither many datagrams at once nor many fragments of one need more memory. */
static void memory_is_bounded(void **state)
{
	struct fragments f = { 0 };

	(void)state;
	for (uint32_t id = 0; id < 1000; id++)
		piece(&f, id, 0, 1472, true, FATE_LOST, id);
	for (uint32_t k = 0; k < 8000; k++)
		piece(&f, 5000, k * 8, 8, k < 7999, FATE_DELIVERED, 2000);
	assert_true(f.n_open <= 16);
	fragments_end(&f);
	assert_int_equal(f.pieces_lost, 1000);
	assert_int_equal(f.datagrams, 0);
	assert_true(f.kept.n <= 64);
	fragments_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_fragment_loses_the_datagram),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(what_was_not_whole_is_not_counted),
		cmocka_unit_test(half_a_minute_later_the_number_is_anothers),
		cmocka_unit_test(of_two_copies_one_is_enough),
		cmocka_unit_test(overlaps_are_counted),
		cmocka_unit_test(what_is_undecided_is_not_lost),
		cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
