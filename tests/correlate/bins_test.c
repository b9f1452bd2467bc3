/* When a capture was deaf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "correlate/bins.h"

#define MS 1000000ll

/* Ten seconds of a thousand packets: bins of some 160 ms and more. */
static struct bins no_packets(void)
{
	struct watch w = { .packets = 1000 };
	struct bins b;

	watch_add(&w, 0, 10000 * MS);
	bins_init(&b, &w);
	watch_release(&w);
	return b;
}

/* With a packet each 10 ms. */
static struct bins ten_seconds(void)
{
	struct bins b = no_packets();

	for (int k = 0; k < 1000; k++)
		bins_note(&b, k * 10 * MS, false);
	return b;
}

static void a_stretch_without_misses_was_heard(void **state)
{
	struct bins b = ten_seconds();

	(void)state;
	assert_true(bins_heard(&b, 5000 * MS));
	assert_true(bins_heard(&b, -1));
	assert_true(bins_heard(&b, 90000 * MS));
	assert_int_equal(bins_single(&b), 0);
	bins_release(&b);
}

static void many_misses_make_it_deaf_then_and_not_later(void **state)
{
	struct bins b = ten_seconds();

	(void)state;
	for (int k = 0; k < 8; k++)
		bins_note(&b, 5000 * MS + k * MS, true);
	assert_false(bins_heard(&b, 5000 * MS));
	assert_false(bins_heard(&b, 5200 * MS));
	assert_true(bins_heard(&b, 8000 * MS));
	assert_false(bins_deaf(&b, 5000 * MS)); /* it had others */
	for (int k = 0; k < 100; k++)
		bins_note(&b, 5000 * MS + k * MS, true);
	assert_true(bins_deaf(&b, 5000 * MS));
	assert_false(bins_deaf(&b, 8000 * MS));
	/* they were no single ones */
	assert_int_equal(bins_single(&b), 0);
	bins_release(&b);
}

/* Of a stretch with so few packets the capture may lack as many again: what is absent
 * there is not lost for that. */
static void three_packets_do_not_say_that_it_heard(void **state)
{
	(void)state;
	for (int n = 3; n <= 4; n++) {
		struct bins b = no_packets();

		for (int k = 0; k < n; k++)
			bins_note(&b, 5000 * MS + k, false);
		assert_int_equal(bins_heard(&b, 5000 * MS), n == 4);
		bins_release(&b);
	}
}

/* One that it misses with three others around is not single: it may have been deaf. */
static void a_miss_amid_three_others_is_not_single(void **state)
{
	(void)state;
	for (int n = 3; n <= 4; n++) {
		struct bins b = no_packets();

		bins_note(&b, 5000 * MS, true);
		for (int k = 0; k < n; k++)
			bins_note(&b, 5000 * MS + k, false);
		assert_int_equal(bins_single(&b), n == 4);
		bins_release(&b);
	}
}

/* From 4 s to 5 s it misses all, for half a second nothing passes, then it has
 * everything. */
static void after_a_quiet_time_it_may_still_be_deaf(void **state)
{
	struct bins b = no_packets();

	(void)state;
	for (int k = 0; k < 1000; k++)
		if (k < 500 || k >= 550)
			bins_note(&b, k * 10 * MS, k >= 400 && k < 500);
	assert_false(bins_heard(&b, 5490 * MS));
	assert_false(bins_heard(&b, 5510 * MS));
	assert_true(bins_heard(&b, 6000 * MS));
	assert_true(bins_heard(&b, 3000 * MS));
	bins_release(&b);
}

static void single_misses_are_counted(void **state)
{
	struct bins b = ten_seconds();

	(void)state;
	for (int k = 0; k < 5; k++)
		bins_note(&b, (1000 + k * 2000) * MS, true);
	assert_int_equal(bins_single(&b), 5);
	bins_release(&b);
}

/* A thousand packets in a burst, of which it misses each fiftieth. */
static void single_misses_amid_a_burst_are_counted(void **state)
{
	struct bins b = ten_seconds();

	(void)state;
	for (int k = 0; k < 1000; k++)
		bins_note(&b, 5000 * MS + k * MS / 10, k % 50 == 25);
	assert_int_equal(bins_single(&b), 20);
	assert_false(bins_deaf(&b, 5050 * MS));
	bins_release(&b);
}

/* It has a burst up to the moment in which it becomes deaf. */
static void misses_beside_deafness_are_no_single_ones(void **state)
{
	struct bins b = ten_seconds();

	(void)state;
	for (int k = 0; k < 1000; k++)
		bins_note(&b, 4000 * MS + k * MS, k >= 400);
	assert_int_equal(bins_single(&b), 0);
	bins_release(&b);
}

/* Each 10 ms a packet, of which it misses two with nothing between, or one. */
static void between_two_misses_it_is_mute(void **state)
{
	struct bins b = no_packets();

	(void)state;
	for (int k = 0; k < 1000; k++)
		bins_note(&b, k * 10 * MS,
			  k == 300 || k == 500 || k == 520 || k == 521 ||
				  (k >= 700 && k < 790));
	bins_doubt(&b);
	assert_false(bins_mute(&b, 3000 * MS));
	assert_false(bins_mute(&b, 5100 * MS)); /* others were heard */
	assert_true(bins_mute(&b, 5205 * MS));
	assert_false(bins_mute(&b, 5190 * MS));
	assert_false(bins_mute(&b, 5220 * MS));
	assert_true(bins_mute(&b, 7500 * MS)); /* over several bins */
	assert_false(bins_mute(&b, 6990 * MS));
	assert_false(bins_mute(&b, 7900 * MS));
	bins_release(&b);
}

/* Each 100 ms a packet, of which it misses one; another one, @after that, is absent, and
 * @heard is not.  Return: is it mute at the absent one? */
static bool mute_beside(int64_t after, int64_t heard, bool at_end)
{
	struct bins b = no_packets();
	int64_t t = 5000 * MS + after;
	bool is;

	for (int k = 0; k < 100; k++)
		if (k <= 40 || k >= 80 || k == 50)
			bins_note(&b, k * 100 * MS, k == 50);
	bins_note(&b, heard, false);
	*(at_end ? &b.at[bin_at(&b, t)].ends
		 : &b.at[bin_at(&b, t)].gone) |= bin_slot(&b, t);
	bins_doubt(&b);
	is = bins_mute(&b, t);
	bins_release(&b);
	return is;
}

/* Between a miss and what is absent nothing is heard: one moment of deafness has both,
 * if it is short. */
static void beside_a_miss_it_is_mute(void **state)
{
	(void)state;
	assert_true(mute_beside(300 * MS, 0, false));
	assert_true(mute_beside(-300 * MS, 0, false));
	assert_true(mute_beside(300 * MS, 0, true));
	assert_true(mute_beside(0, 0, true));
	assert_false(mute_beside(300 * MS, 5150 * MS, false));
	assert_false(mute_beside(2000 * MS, 0, false));
}

/* Nor does it depend on what is absent earlier. */
static void beside_a_miss_it_is_mute_for_a_second(void **state)
{
	struct bins b = no_packets();
	int64_t t = 5000 * MS,
		absent[] = { t - 1900 * MS, t - 950 * MS, t - 500 * MS };

	(void)state;
	for (int k = 0; k < 100; k++)
		if (k <= 25 || k >= 80 || k == 50)
			bins_note(&b, k * 100 * MS, k == 50);
	for (size_t i = 0; i < 3; i++)
		b.at[bin_at(&b, absent[i])].gone |= bin_slot(&b, absent[i]);
	bins_doubt(&b);
	assert_true(bins_mute(&b, absent[2]));
	assert_true(bins_mute(&b, absent[1]));
	assert_false(bins_mute(&b, absent[0]));
	bins_release(&b);
}

static void nothing_that_passed_tells_nothing(void **state)
{
	struct watch w = { .packets = 1000 };
	struct bins b, none;

	(void)state;
	bins_init(&none, &w); /* never ran */
	assert_false(bins_heard(&none, 0));
	bins_note(&none, 0, true);
	watch_add(&w, 0, 10000 * MS);
	bins_init(&b, &w);
	assert_false(bins_heard(&b, 5000 * MS));
	bins_release(&b);
	bins_release(&none);
	watch_release(&w);
}

static void bins_of_a_long_capture_are_bounded(void **state)
{
	struct watch w = { .packets = 1u << 30 };
	struct bins b;

	(void)state;
	watch_add(&w, 0, 30ll * 86400 * 1000 * MS);
	bins_init(&b, &w);
	assert_true(b.n <= 65536);
	bins_release(&b);
	watch_release(&w);
}

static void a_capture_of_all_times_has_bins(void **state)
{
	struct watch w = { .packets = 1000 };
	struct bins b;

	(void)state;
	watch_add(&w, INT64_MIN, -1);
	watch_add(&w, 0, INT64_MAX);
	bins_init(&b, &w);
	assert_true(b.n && b.n <= 65536);
	for (int k = 0; k < 8; k++) {
		bins_note(&b, INT64_MIN, false);
		bins_note(&b, INT64_MAX, k > 0);
	}
	assert_int_equal(b.at[0].passed, 8);
	assert_int_equal(b.at[b.n - 1].missed, 7);
	assert_true(bins_heard(&b, INT64_MIN));
	assert_false(bins_heard(&b, INT64_MAX));
	bins_release(&b);
	watch_release(&w);
}

/* As many absent packets as @slot says, each in its slot of bin @i. */
static void absent(struct bins *b, size_t i, const char *slot)
{
	for (unsigned k = 0; slot[k]; k++)
		if (slot[k] != '.') {
			b->at[i].absent += (uint32_t)(slot[k] - '0');
			b->at[i].in_slots += (uint32_t)(slot[k] - '0');
			b->at[i].gone |= 1ull << k;
		}
}

static void heard(struct bins *b, size_t i, const char *slot)
{
	b->at[i].heard = 0;
	for (unsigned k = 0; slot[k]; k++)
		b->at[i].heard |= slot[k] == 'h' ? 1ull << k : 0;
}

/* Two or more with nothing between, in one bin, in one slot, or over two bins. */
static void rows_are_found_within_bins_and_over_them(void **state)
{
	static const struct {
		const char *heard[2], *gone[2];
		bool silent[2];
	} is[] = {
		{ { "h...h", "h" }, { "..1", "" }, { false, false } },
		{ { "h...h", "h" }, { ".1.1", "" }, { true, false } },
		{ { "h.h.h", "h" }, { ".1.1", "" }, { false, false } },
		{ { "h...h", "h" }, { "..2", "" }, { true, false } },
		{ { "h.h..", ".h" }, { "...1", "1" }, { true, true } },
		{ { "h.h.h", ".h" }, { "...1", "1" }, { false, false } },
		{ { "h.h..", "h" }, { ".1.1", "" }, { false, false } },
		{ { "hhh", "h" }, { "111", "" }, { false, false } },
	};

	(void)state;
	for (size_t k = 0; k < sizeof is / sizeof *is; k++) {
		struct bins b = ten_seconds();

		for (size_t i = 0; i < 2; i++) {
			heard(&b, 20 + i, is[k].heard[i]);
			absent(&b, 20 + i, is[k].gone[i]);
		}
		bins_doubt(&b);
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(b.at[20 + i].silent, is[k].silent[i]);
		assert_false(b.at[19].silent || b.at[22].silent);
		bins_release(&b);
	}
}

/* Rows in silence, each with a loss that is proven, but the last one: where three others
 * are as long, the path loses so. */
static void a_row_like_others_is_not_bare(void **state)
{
	(void)state;
	for (size_t others = 2; others <= 3; others++)
		for (unsigned high = 20; high <= 21; high++) {
			struct bin at[4] = { 0 };
			struct bins b = { .shift = 30, .n = 4, .at = at };

			for (size_t i = 0; i < 4; i++) {
				at[i].heard = 1ull | 1ull << 63;
				at[i].passed = 2;
				at[i].gone = 1ull << 10 | 1ull << 12 |
					     1ull << 18 | 1ull << 20;
				at[i].in_slots = 4;
				if (i < others)
					at[i].lost = 1ull << 15;
			}
			at[3].gone |= 1ull << high;
			at[3].in_slots += high > 20;
			bins_doubt(&b);
			assert_true(at[3].silent);
			assert_int_equal(bins_bare(&b, 3ll << 30),
					 others == 2 || high == 21);
			assert_false(bins_bare(&b, 0));
		}
}

/* Nothing is heard for less than a second, and for more. */
static void an_outage_is_not_bare(void **state)
{
	(void)state;
	for (size_t bins = 1; bins <= 2; bins++) {
		struct bin at[4] = { 0 };
		struct bins b = { .shift = 29, .n = 4, .at = at };

		for (size_t i = 0; i < 4; i++) {
			at[i].heard = i && i <= bins ? 1ull : ~0ull;
			at[i].passed = 2;
		}
		at[2].heard = bins == 2 ? 0 : at[2].heard;
		for (size_t i = 1; i <= bins; i++) {
			at[i].gone = ~3ull;
			at[i].in_slots = 4;
		}
		bins_doubt(&b);
		assert_int_equal(bins_bare(&b, 1ll << 29), bins == 1);
		assert_int_equal(bins_bare(&b, 2ll << 29), false);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_outage_is_not_bare),
		cmocka_unit_test(a_row_like_others_is_not_bare),
		cmocka_unit_test(a_stretch_without_misses_was_heard),
		cmocka_unit_test(many_misses_make_it_deaf_then_and_not_later),
		cmocka_unit_test(three_packets_do_not_say_that_it_heard),
		cmocka_unit_test(a_miss_amid_three_others_is_not_single),
		cmocka_unit_test(after_a_quiet_time_it_may_still_be_deaf),
		cmocka_unit_test(single_misses_are_counted),
		cmocka_unit_test(single_misses_amid_a_burst_are_counted),
		cmocka_unit_test(misses_beside_deafness_are_no_single_ones),
		cmocka_unit_test(between_two_misses_it_is_mute),
		cmocka_unit_test(beside_a_miss_it_is_mute),
		cmocka_unit_test(beside_a_miss_it_is_mute_for_a_second),
		cmocka_unit_test(nothing_that_passed_tells_nothing),
		cmocka_unit_test(bins_of_a_long_capture_are_bounded),
		cmocka_unit_test(a_capture_of_all_times_has_bins),
		cmocka_unit_test(rows_are_found_within_bins_and_over_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
