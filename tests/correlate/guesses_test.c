/* Which sessions a guess was wrong for, and that long ones take no more memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "correlate/guesses.h"

#define SEC 1000000000ll
#define HOP 1 /* from the first point to the second of two */

/* Two points that ran for ten seconds; the second one had all but what passed in
 * the last of them. */
struct scene {
	struct watch w[2];
	struct evidence e;
	size_t heard, deaf; /* bins */
};

static void open_scene(struct scene *s)
{
	*s = (struct scene){ 0 };
	for (int p = 0; p < 2; p++) {
		watch_add(&s->w[p], 0, 10 * SEC);
		s->w[p].packets = 16000;
	}
	evidence_init(&s->e, 2, s->w);
	for (int64_t t = 0; t < 1000; t++)
		bins_note(&s->e.bins[1], t * SEC / 100, t >= 900);
	s->heard = bin_at(&s->e.bins[1], 5 * SEC);
	s->deaf = bin_at(&s->e.bins[1], 9 * SEC + SEC / 2);
}

static void close_scene(struct scene *s)
{
	evidence_release(&s->e);
	watch_release(&s->w[0]);
	watch_release(&s->w[1]);
}

/* Loss was guessed as @guess says, and is as @is says. */
static bool right(const struct scene *s, unsigned guess, unsigned is,
		  enum guess_of of, size_t bin)
{
	uint8_t loss[4] = { 0, (uint8_t)guess }, known[4] = { 0, (uint8_t)is };
	struct guess_known k = { .e = &s->e, .is = known, .loss = loss };
	struct guessed x = { .hop = HOP,
			     .bin = (uint16_t)bin,
			     .of = (uint8_t)of };

	return guess_right(&k, &x);
}

static void a_guess_is_right_if_the_same_follows(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	assert_true(right(&s, ANSWER_ALL, ANSWER_ALL, GUESS_ABSENT, s.heard));
	assert_true(right(&s, ANSWER_ALL, ANSWER_ALL, GUESS_ABSENT, s.deaf));
	/* not what is lacked among others that are */
	assert_true(right(&s, ANSWER_ALL, ANSWER_HEARD, GUESS_ABSENT, s.heard));
	assert_false(right(&s, ANSWER_ALL, ANSWER_HEARD, GUESS_ABSENT, s.deaf));
	/* no loss anywhere, whatever it had */
	assert_true(right(&s, 0, 0, GUESS_ABSENT, s.deaf));
	assert_true(right(&s, ANSWER_GAPS, 0, GUESS_ABSENT, s.heard));
	assert_false(right(&s, 0, ANSWER_ALL, GUESS_ABSENT, s.heard));
	close_scene(&s);
}

static void what_is_confirmed_has_an_answer_of_its_own(void **state)
{
	const unsigned some = ANSWER_HEARD_CONFIRMED | ANSWER_GAPS_CONFIRMED;
	struct scene s;

	(void)state;
	open_scene(&s);
	assert_true(right(&s, ANSWER_ALL, some, GUESS_CONFIRMED, s.heard));
	assert_true(right(&s, ANSWER_ALL, some, GUESS_CONFIRMED, s.deaf));
	assert_false(right(&s, ANSWER_ALL, some, GUESS_ABSENT, s.heard));
	close_scene(&s);
}

static void silence_is_one_unless_the_capture_was_deaf(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	assert_true(right(&s, ANSWER_ALL, 0, GUESS_SILENT, s.heard));
	assert_false(right(&s, ANSWER_ALL, 0, GUESS_SILENT, s.deaf));
	close_scene(&s);
}

static void where_it_was_lost_is_an_answer_of_its_own(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	assert_true(right(&s, ANSWER_ALL, 0, GUESS_PLACE, s.deaf));
	assert_false(right(&s, 0, ANSWER_ASTRAY, GUESS_PLACE, s.heard));
	assert_true(right(&s, 0, ANSWER_ASTRAY, GUESS_PLACE_SYN, s.heard));
	assert_false(right(&s, ANSWER_ASTRAY_SYN, 0, GUESS_PLACE_SYN, s.heard));
	evidence_settle(&s.e); /* the capture was mute then */
	assert_false(right(&s, ANSWER_ALL, 0, GUESS_PLACE, s.deaf));
	assert_true(right(&s, ANSWER_ALL, 0, GUESS_PLACE, s.heard));
	close_scene(&s);
}

static void guesses_are_of_their_session(void **state)
{
	struct guesses g = { 0 };

	(void)state;
	assert_false(guesses_end(&g, 1, false));
	guesses_note(&g, HOP, 7, GUESS_ABSENT);
	guesses_note(&g, HOP, 7, GUESS_ABSENT); /* the same again */
	guesses_note(&g, HOP, 8, GUESS_ABSENT);
	assert_true(guesses_end(&g, 2, true));
	guesses_note(&g, HOP, 8, GUESS_ABSENT);
	guesses_drop(&g);
	guesses_note(&g, HOP, 8, GUESS_ABSENT);
	assert_true(guesses_end(&g, 4, false));
	assert_false(guesses_end(&g, 5, false));
	assert_int_equal(g.all.n, 3);
	assert_int_equal(g.all.at[0].session, 2);
	assert_true(g.all.at[1].backwards);
	assert_int_equal(g.all.at[1].session, 2);
	assert_int_equal(g.all.at[2].session, 4);
	assert_false(g.all.at[2].backwards);
	guesses_release(&g);
}

static size_t count(const struct guesses *g, enum guess_of of)
{
	size_t n = 0;

	for (size_t i = 0; i < g->all.n; i++)
		n += g->all.at[i].of == of;
	return n;
}

static void of_a_long_session_they_are_taken_together(void **state)
{
	struct guesses g = { 0 }, back = { 0 };

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		guesses_note(&g, HOP, i, GUESS_ABSENT);
		guesses_note(&back, HOP, i, GUESS_ABSENT);
		if (i > 5000)
			guesses_note(&back, HOP, i, GUESS_SILENT);
	}
	assert_in_range(g.all.n, 2, 100);
	assert_int_equal(count(&g, GUESS_MANY), 1);
	assert_int_equal(count(&g, GUESS_MANY_SILENT), 0);
	guesses_join(&g, &back);
	assert_int_equal(back.all.n, 0);
	assert_in_range(g.all.n, 2, 100);
	assert_int_equal(count(&g, GUESS_MANY), 1);
	assert_int_equal(count(&g, GUESS_MANY_SILENT), 1);
	/* and leave room for the next one */
	guesses_end(&g, 1, false);
	guesses_note(&g, HOP, 1, GUESS_CONFIRMED);
	assert_int_equal(count(&g, GUESS_CONFIRMED), 1);
	guesses_release(&g);
	guesses_release(&back);
}

/* Only what was guessed can be refused. */
static void what_is_refused_is_right_by_no_answer(void **state)
{
	struct scene s;
	struct guess_known k = { .e = &s.e, .all = true, .all_silent = true };
	struct guesses g = { 0 };

	(void)state;
	open_scene(&s);
	assert_false(guesses_refuse(&g));
	guesses_note(&g, HOP, 1, GUESS_ABSENT);
	assert_true(guesses_refuse(&g));
	assert_true(guesses_end(&g, 5, false));
	assert_int_equal(count(&g, GUESS_NEVER), 1);
	assert_int_equal(g.all.at[1].session, 5);
	assert_false(guess_right(&k, &g.all.at[1]));
	assert_false(guesses_refuse(&g));
	guesses_release(&g);
	close_scene(&s);
}

static void those_taken_together_are_right_if_all_are(void **state)
{
	struct scene s;
	struct guess_known k = { .e = &s.e, .all = true };
	struct guessed many = { .of = GUESS_MANY };
	struct guessed silent = { .of = GUESS_MANY_SILENT };

	(void)state;
	open_scene(&s);
	assert_true(guess_right(&k, &many));
	assert_false(guess_right(&k, &silent));
	k.all_silent = true;
	k.all = false;
	assert_false(guess_right(&k, &many));
	assert_true(guess_right(&k, &silent));
	close_scene(&s);
}

/* Loss was guessed of one in a bare row: it stays undecided, but data beside it may be
 * lost. */
static void a_bare_row_is_swept_again(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	s.e.bins[1].bared = s.e.bins[1].at[s.heard].bare = true;
	assert_false(right(&s, ANSWER_ALL, ANSWER_ALL, GUESS_ABSENT, s.heard));
	assert_false(right(&s, 0, ANSWER_ALL, GUESS_ABSENT, s.heard));
	assert_true(right(&s, 0, 0, GUESS_ABSENT, s.heard));
	assert_true(
		right(&s, ANSWER_ALL, ANSWER_ALL, GUESS_CONFIRMED, s.heard));
	close_scene(&s);
}

/* Loss was guessed of one in a bin of which a part is mute. */
static void a_mute_bin_is_swept_again(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	s.e.bins[1].muted = true;
	s.e.bins[1].at[s.heard].mute = 1;
	assert_false(right(&s, ANSWER_ALL, ANSWER_ALL, GUESS_ABSENT, s.heard));
	assert_true(right(&s, 0, 0, GUESS_ABSENT, s.heard));
	assert_true(
		right(&s, ANSWER_ALL, ANSWER_ALL, GUESS_CONFIRMED, s.heard));
	close_scene(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bare_row_is_swept_again),
		cmocka_unit_test(a_mute_bin_is_swept_again),
		cmocka_unit_test(a_guess_is_right_if_the_same_follows),
		cmocka_unit_test(what_is_confirmed_has_an_answer_of_its_own),
		cmocka_unit_test(silence_is_one_unless_the_capture_was_deaf),
		cmocka_unit_test(where_it_was_lost_is_an_answer_of_its_own),
		cmocka_unit_test(guesses_are_of_their_session),
		cmocka_unit_test(of_a_long_session_they_are_taken_together),
		cmocka_unit_test(what_is_refused_is_right_by_no_answer),
		cmocka_unit_test(those_taken_together_are_right_if_all_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
