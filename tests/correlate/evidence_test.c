/* What absences add up to, and that they take no memory each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <malloc.h>

#include "correlate/evidence.h"

#define SEC 1000000000ll
#define ANSWERS 4 /* of two points */

struct scene {
	struct watch w[2];
	struct evidence e;
};

/* Two points that ran for @secs, with @packets each. */
static void open_scene_of(struct scene *s, int64_t secs, uint64_t packets)
{
	*s = (struct scene){ 0 };
	for (int p = 0; p < 2; p++) {
		watch_add(&s->w[p], 0, secs * SEC);
		s->w[p].packets = packets;
	}
	evidence_init(&s->e, 2, s->w);
}

/* ... with some packets a millisecond */
static void open_scene(struct scene *s, int64_t secs)
{
	open_scene_of(s, secs, (uint64_t)secs * 16000);
}

static void close_scene(struct scene *s)
{
	evidence_release(&s->e);
	watch_release(&s->w[0]);
	watch_release(&s->w[1]);
}

/* @n packets, or hops, that the second point's capture is known to have had. */
static void passed(struct evidence *e, int64_t t_ns, int n, bool missed)
{
	for (int k = 0; k < n; k++) {
		e->trust[1].passed++;
		e->trust[1].missed += missed;
		bins_note(&e->bins[1], t_ns, missed);
		e->absence[1].decided++;
	}
}

static unsigned answer(const struct evidence *e, unsigned *gaps)
{
	uint8_t loss[ANSWERS], some[ANSWERS];

	evidence_answer(e, loss, some);
	assert_int_equal(loss[2], ANSWER_ALL); /* nothing is absent */
	assert_int_equal(some[2], 0);
	*gaps = some[1];
	return loss[1];
}

/* Deaf in the last second; what is absent amid what was heard is lost. */
static void what_is_absent_counts_where_it_is(void **state)
{
	struct scene s;
	unsigned gaps;

	(void)state;
	for (int deaf = 0; deaf < 2; deaf++) {
		open_scene(&s, 10);
		for (int64_t t = 0; t < 9000; t++)
			passed(&s.e, t * SEC / 1000, 16, false);
		passed(&s.e, 9 * SEC + SEC / 2, 2000, true);
		s.e.absence[1].open = 20000;
		s.e.absence[1].lost = 200; /* others, by proof */
		for (int k = 0; k < 40; k++)
			evidence_absent(&s.e, 0, 1,
					deaf ? 9 * SEC + SEC / 2
					     : k * SEC / 10 + SEC,
					0);
		assert_int_equal(answer(&s.e, &gaps) & ANSWER_GAPS, 0);
		assert_int_equal(gaps, deaf);
		assert_true(answer(&s.e, &gaps) & ANSWER_HEARD);
		close_scene(&s);
	}
}

/* Just as it falls silent a capture that was deaf at other times, too, has a few:
 * they say nothing of the many that are absent then.  Amid as many they do. */
static void few_that_were_heard_vouch_for_few(void **state)
{
	(void)state;
	for (int absent = 10; absent <= 200; absent += 190) {
		struct scene s;

		open_scene(&s, 10);
		for (int64_t t = 0; t < 9000; t++)
			passed(&s.e, t * SEC / 1000, 16, false);
		for (int64_t t = 1000; t < 2000; t++)
			passed(&s.e, t * SEC / 1000, 40, true);
		s.e.absence[1].open = 20000;
		s.e.absence[1].lost = 200;
		for (int k = 0; k < absent; k++)
			evidence_absent(&s.e, 0, 1, 5 * SEC, 0);
		assert_true(bins_heard(&s.e.bins[1], 5 * SEC));
		evidence_settle(&s.e);
		assert_int_equal(bins_heard(&s.e.bins[1], 5 * SEC),
				 absent == 10);
		assert_true(bins_heard(&s.e.bins[1], 7 * SEC));
		close_scene(&s);
	}
}

/* The begin of the middle half of the fifth second's bin. */
static int64_t silent_from(const struct bins *b)
{
	int64_t wide = (int64_t)1 << b->shift;

	return b->from_ns + (int64_t)bin_at(b, 5 * SEC) * wide + wide / 4;
}

/* All is heard, but in the middle half of a bin: there eight are absent, each as
 * @how says.  Return: the begin of that half. */
static int64_t silent_for_a_moment(struct scene *s, unsigned how)
{
	struct bins *b = &s->e.bins[1];
	int64_t wide = (int64_t)1 << b->shift, slots = BIN_SLOTS, begin, t;

	begin = b->from_ns + (int64_t)bin_at(b, 5 * SEC) * wide;
	for (t = 0; t < 10000; t++)
		passed(&s->e, t * SEC / 1000, 16, false);
	for (int64_t slot = 0; slot < slots; slot++) {
		t = begin + slot * (wide / slots);
		b->at[bin_at(b, t)].heard &= ~bin_slot(b, t);
		if (slot / (slots / 4) == 0 || slot / (slots / 4) == 3)
			passed(&s->e, t, 1, false);
	}
	begin += wide / 4;
	for (int k = 0; k < 8; k++)
		evidence_absent(&s->e, 0, 1, begin + k * wide / 16, how);
	evidence_settle(&s->e);
	return begin;
}

/* Of a few in a row, between which nothing is heard at all, it is not known
 * whether the capture was deaf or the path lost them, but where the path is known to
 * lose.  The bin has others. */
static void a_row_in_silence_is_one_event(void **state)
{
	(void)state;
	for (int proof = 0; proof < 2; proof++) {
		struct scene s;
		unsigned gaps;
		int64_t t;

		open_scene(&s, 10);
		s.e.absence[1].open = 20000;
		s.e.absence[1].lost = proof ? 200 : 0;
		t = silent_for_a_moment(&s, 0);
		assert_false(bins_heard(&s.e.bins[1], t));
		assert_true(bins_heard(&s.e.bins[1], 7 * SEC));
		assert_int_equal(!!(answer(&s.e, &gaps) & ANSWER_GAPS), proof);
		assert_int_equal(gaps, 1);
		close_scene(&s);
	}
}

/* A row in silence is bare if nothing else tells of it: not where data is lost with it, as
 * its receiver lacks that, too. */
static void a_row_is_bare_without_a_loss_beside(void **state)
{
	(void)state;
	for (int lost = 0; lost < 4; lost++) {
		struct scene s;
		int64_t t;

		/* of a moment so short there are many */
		open_scene_of(&s, 10, lost == 2 ? 160000 : 160);
		if (lost == 1)
			bins_lose(&s.e.bins[1], silent_from(&s.e.bins[1]) + 1);
		/* of so many one would be proven to have passed */
		for (int k = 0; k < 3 && lost == 3; k++)
			evidence_absent(&s.e, 0, 1,
					silent_from(&s.e.bins[1]) + 1, 0);
		t = silent_for_a_moment(&s, 0);
		assert_int_equal(bins_bare(&s.e.bins[1], t), !lost);
		assert_false(bins_bare(&s.e.bins[1], 7 * SEC));
		close_scene(&s);
	}
}

/* A capture that was deaf for a moment hears again: of what ends a session nobody
 * hears more, say as a device drops it from then on. */
static void what_ends_a_session_is_no_row(void **state)
{
	struct scene s;
	int64_t t;

	(void)state;
	open_scene(&s, 10);
	t = silent_for_a_moment(&s, ABSENT_AT_END);
	assert_true(bins_heard(&s.e.bins[1], t));
	close_scene(&s);
	/* nor does it make one of another that is absent alone */
	open_scene(&s, 10);
	evidence_absent(&s.e, 0, 1, t, 0);
	silent_for_a_moment(&s, ABSENT_AT_END);
	assert_true(bins_heard(&s.e.bins[1], t));
	close_scene(&s);
}

/* Neighbouring bins of one silence are one event, and it is confirmed once, in
 * however many of them no later point has what is absent; two silences are two.  On
 * a path that is not known to lose, one confirmation does not suffice, and two do. */
static void a_row_is_confirmed_once(void **state)
{
	(void)state;
	for (size_t apart = 1; apart < 3; apart++) {
		struct bins *b;
		struct scene s;
		unsigned gaps;
		size_t i;

		open_scene(&s, 10);
		for (int64_t t = 0; t < 10000; t++)
			passed(&s.e, t * SEC / 1000, 16, false);
		s.e.absence[1].open = 20000;
		b = &s.e.bins[1];
		i = bin_at(b, 5 * SEC);
		for (size_t k = 0; k < 2; k++) {
			int64_t wide = (int64_t)1 << b->shift;

			evidence_absent(&s.e, 0, 1,
					b->from_ns +
						(int64_t)(i + k * apart) * wide,
					ABSENT_CONFIRMED);
			b->at[i + k * apart].silent = true;
		}
		assert_int_equal(!!(answer(&s.e, &gaps) &
				    ANSWER_GAPS_CONFIRMED),
				 apart > 1);
		close_scene(&s);
	}
}

/* Two absences amid all else that was heard, on a hop of which the other way loses
 * @lost of @decided. */
static bool loses_as_well(uint64_t lost, uint64_t decided)
{
	struct scene s;
	unsigned gaps, is;

	open_scene_of(&s, 10, 16000);
	for (int64_t t = 0; t < 1000; t++)
		passed(&s.e, t * SEC / 100, 16, false);
	s.e.absence[1].open = 20000;
	s.e.absence[2].decided = decided;
	s.e.absence[2].lost = lost;
	for (int64_t k = 0; k < 2; k++)
		evidence_absent(&s.e, 0, 1, (3 + 2 * k) * SEC, 0);
	is = answer(&s.e, &gaps);
	assert_int_equal(gaps, 0);
	close_scene(&s);
	return is & ANSWER_HEARD;
}

/* They would be called lost because of an accident the other way. */
static void two_losses_the_other_way_do_not_make_absences_losses(void **state)
{
	(void)state;
	assert_false(loses_as_well(2, 1000));
	assert_true(loses_as_well(3, 1000));
	assert_true(loses_as_well(3, 3000));
	assert_false(loses_as_well(3, 3001));
}

/* As evidence of loss a row is its first and a quarter of the rest, as all of it may
 * be absent for one reason: six such events do not suffice here, and seven do. */
static void most_of_a_row_in_silence_is_no_evidence_of_loss(void **state)
{
	(void)state;
	for (int n = 24; n <= 25; n++) {
		struct scene s;
		unsigned gaps;

		open_scene_of(&s, 10, 16000);
		for (int64_t t = 0; t < 1000; t++)
			passed(&s.e, t * SEC / 100, 16, false);
		s.e.absence[1].decided = 1000;
		s.e.absence[1].open = 20000;
		for (int k = 0; k < n; k++)
			evidence_absent(&s.e, 0, 1, 5 * SEC, 0);
		s.e.bins[1].at[bin_at(&s.e.bins[1], 5 * SEC)].silent = true;
		assert_int_equal(!!(answer(&s.e, &gaps) & ANSWER_GAPS),
				 n == 25);
		close_scene(&s);
	}
}

/* As many amid others are lost. */
static void a_row_amid_others_is_many(void **state)
{
	struct scene s;
	unsigned gaps;

	(void)state;
	open_scene(&s, 10);
	for (int64_t t = 0; t < 10000; t++)
		passed(&s.e, t * SEC / 1000, 16, false);
	s.e.absence[1].open = 20000;
	for (int64_t k = 0; k < 8; k++)
		evidence_absent(&s.e, 0, 1, 5 * SEC + k * SEC / 1000, 0);
	evidence_settle(&s.e);
	assert_true(bins_heard(&s.e.bins[1], 5 * SEC + 2 * SEC / 1000));
	answer(&s.e, &gaps);
	assert_int_equal(gaps, 0);
	close_scene(&s);
}

/* What is absent where a capture has hardly anything of its session says nothing
 * of what is absent amid others. */
static void absences_in_gaps_are_not_heard(void **state)
{
	(void)state;
	for (int gap = 0; gap < 2; gap++) {
		struct scene s;
		unsigned gaps;

		open_scene(&s, 10);
		for (int64_t t = 0; t < 10000; t++)
			passed(&s.e, t * SEC / 1000, 16, t % 2000 == 999);
		s.e.absence[1].open = 20000;
		for (int64_t k = 0; k < 200; k++)
			evidence_absent(&s.e, 0, 1, k * 47 * SEC / 1000,
					gap ? ABSENT_IN_GAP : 0);
		evidence_settle(&s.e);
		answer(&s.e, &gaps);
		assert_int_equal(gaps, gap);
		close_scene(&s);
	}
}

/* One that was never deaf heard, however much a path drops at once. */
static void bursts_are_no_doubt(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, 10);
	for (int64_t t = 0; t < 9000; t++)
		passed(&s.e, t * SEC / 1000, 16, false);
	for (int k = 0; k < 200; k++)
		evidence_absent(&s.e, 0, 1, 5 * SEC, 0);
	evidence_settle(&s.e);
	assert_true(bins_heard(&s.e.bins[1], 5 * SEC));
	close_scene(&s);
}

static void sums_of_workers_are_one(void **state)
{
	struct scene s, t;

	(void)state;
	open_scene(&s, 10);
	open_scene(&t, 10);
	evidence_absent(&s.e, 0, 1, SEC, ABSENT_CONFIRMED);
	evidence_absent(&t.e, 0, 1, SEC, 0);
	evidence_absent(&t.e, 0, 1, INT64_MAX, ABSENT_CONFIRMED);
	evidence_absent(&t.e, 1, 0, INT64_MIN, 0);
	evidence_add(&s.e, &t.e);
	assert_int_equal(s.e.gone[1].absent, 3);
	assert_int_equal(s.e.gone[1].confirmed, 2);
	assert_int_equal(s.e.gone[1].at[bin_at(&s.e.bins[1], SEC)].absent, 2);
	assert_int_equal(s.e.gone[1].at[s.e.bins[1].n - 1].confirmed, 1);
	assert_int_equal(s.e.gone[2].at[0].absent, 1);
	close_scene(&s);
	close_scene(&t);
}

static void a_point_without_a_capture_has_no_bins(void **state)
{
	struct watch w[2] = { 0 };
	struct evidence e;
	unsigned gaps;

	(void)state;
	evidence_init(&e, 2, w);
	evidence_absent(&e, 0, 1, 5, ABSENT_CONFIRMED);
	answer(&e, &gaps);
	assert_int_equal(gaps, 1);
	evidence_release(&e);
}

static void absences_take_no_memory_each(void **state)
{
	struct scene s;
	size_t before;

	(void)state;
	open_scene(&s, 10);
	evidence_absent(&s.e, 0, 1, 0, 0);
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	for (int k = 0; k < 1000000; k++)
		evidence_absent(&s.e, 0, 1, k * 1000ll, 0);
	assert_int_equal(mallinfo2().uordblks + mallinfo2().hblkhd, before);
	close_scene(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_absent_counts_where_it_is),
		cmocka_unit_test(few_that_were_heard_vouch_for_few),
		cmocka_unit_test(a_row_is_bare_without_a_loss_beside),
		cmocka_unit_test(a_row_in_silence_is_one_event),
		cmocka_unit_test(a_row_is_confirmed_once),
		cmocka_unit_test(
			two_losses_the_other_way_do_not_make_absences_losses),
		cmocka_unit_test(
			most_of_a_row_in_silence_is_no_evidence_of_loss),
		cmocka_unit_test(a_row_amid_others_is_many),
		cmocka_unit_test(what_ends_a_session_is_no_row),
		cmocka_unit_test(absences_in_gaps_are_not_heard),
		cmocka_unit_test(bursts_are_no_doubt),
		cmocka_unit_test(sums_of_workers_are_one),
		cmocka_unit_test(a_point_without_a_capture_has_no_bins),
		cmocka_unit_test(absences_take_no_memory_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
