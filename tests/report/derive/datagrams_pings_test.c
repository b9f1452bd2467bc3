/* Pings, of which an answer bears the number: one or two points, 10 ms apart each
 * way. */
#include "report/derive/datagrams_int.h"

#include "tests/report/derive/wire.h"

/* A ping (@dir 0) or its answer leaves its host at @t.  @lost: it does not arrive. */
static void ping(struct wire *w, int dir, int64_t t, uint16_t number, bool lost)
{
	struct record r = { .pay_len = 56,
			    .head_digest = 7,
			    .window = number,
			    .icmp_type = dir ? 0 : 8 };

	seen(w, dir, dir, t, &r);
	if (!lost)
		seen(w, !dir, dir, t + WAY, &r);
}

/* It is answered at once. */
static void echo(struct wire *w, int64_t t, uint16_t number)
{
	ping(w, 0, t, number, false);
	ping(w, 1, t + WAY + MS, number, false);
}

static struct wire *pings(void **state)
{
	struct wire *w = wire(state);

	w->datagrams = true;
	w->remote_server = true;
	return w;
}

/* The exchange that begins with near's request @rec. */
static const struct exchange *of(const struct wire *w, uint64_t rec)
{
	for (size_t i = 0; i < w->n_x; i++)
		if (w->x[i].near[0] == rec)
			return &w->x[i];
	fail_msg("no exchange of request %d", (int)rec);
	return NULL;
}

static int64_t took(const struct exchange *x)
{
	int64_t sum = 0;

	for (int p = 0; p < TIME_PARTS; p++)
		sum += x->part[p];
	return sum;
}

static void check(struct wire *w, size_t points, size_t turns)
{
	walk(w, points);
	sums(w);
	assert_int_equal(w->n_x, turns);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
}

/* The next ping's answer is no answer to the one before. */
static void a_lost_ping_is_a_turn_of_its_own(void **state)
{
	for (size_t points = 1; points <= 2; points++) {
		struct wire *w = pings(state);

		echo(w, 0, 1);
		ping(w, 0, 1000 * MS, 2, true);
		echo(w, 2000 * MS, 3);
		check(w, points, 3);
		assert_true(of(w, 1)->near[2] == EXCHANGE_NONE);
		assert_int_equal(of(w, 2)->near[2], 1);
		assert_int_equal(took(of(w, 2)), 2 * WAY + MS);
		if (points == 1)
			free(w);
	}
}

/* A program that was started again; nothing was sent again. */
static void the_same_number_later_is_another(void **state)
{
	for (size_t points = 1; points <= 2; points++) {
		struct wire *w = pings(state);

		ping(w, 0, 0, 1, true);
		echo(w, 2000 * MS, 1);
		check(w, points, 2);
		assert_true(of(w, 0)->near[2] == EXCHANGE_NONE);
		assert_int_equal(took(of(w, 1)), 2 * WAY + MS);
		if (points == 1)
			free(w);
	}
}

static void the_same_number_at_once_is_a_copy(void **state)
{
	struct wire *w = pings(state);

	ping(w, 0, 0, 1, false);
	ping(w, 0, MS, 1, false);
	ping(w, 1, WAY + 2 * MS, 1, false);
	check(w, 2, 1);
	assert_int_equal(of(w, 0)->near[1], 1);
	assert_int_equal(of(w, 0)->near[2], 0);
}

/* The target takes its time for one, and answers the next at once. */
static void a_late_answer_is_its_own_pings(void **state)
{
	for (size_t points = 1; points <= 2; points++) {
		struct wire *w = pings(state);

		ping(w, 0, 0, 1, false);
		echo(w, 1000 * MS, 2);
		ping(w, 1, 1400 * MS, 1, false);
		echo(w, 2000 * MS, 3);
		check(w, points, 3);
		assert_int_equal(of(w, 0)->near[2], 1);
		assert_int_equal(took(of(w, 0)), 1400 * MS + WAY);
		assert_int_equal(of(w, 1)->near[2], 0);
		assert_int_equal(took(of(w, 1)), 2 * WAY + MS);
		if (points == 2) {
			assert_int_equal(of(w, 0)->far[0], 0);
			assert_int_equal(of(w, 0)->far[1], 1);
		}
		if (points == 1)
			free(w);
	}
}

/* The next ping goes on waiting when an answer comes twice. */
static void an_answer_again_is_no_answer_to_the_next(void **state)
{
	struct wire *w = pings(state);

	echo(w, 0, 1);
	ping(w, 0, 1000 * MS, 2, false);
	ping(w, 1, 1005 * MS - WAY, 1, false);
	ping(w, 1, 1000 * MS + WAY + MS, 2, false);
	check(w, 1, 2);
	assert_int_equal(of(w, 1)->near[2], 2);
}

/* Only the first fragment has the number. */
static void fragments_belong_to_what_came_before(void **state)
{
	struct record ask = { .pay_len = 1480, .icmp_type = 8 }, told = ask;
	struct wire *w = pings(state);

	ask.frag_off = told.frag_off = 1480;
	told.icmp_type = 0;
	for (uint16_t i = 1; i <= 3; i++) {
		int64_t t = i * 1000 * MS;

		ping(w, 0, t, i, false);
		seen(w, 0, 0, t, &ask);
		seen(w, 1, 0, t + WAY, &ask);
		ping(w, 1, t + WAY + MS, i, false);
		seen(w, 1, 1, t + WAY + MS, &told);
		seen(w, 0, 1, t + 2 * WAY + MS, &told);
	}
	check(w, 2, 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct exchange *x = of(w, 2 * i);

		assert_int_equal(x->near[1], 2 * i + 1);
		assert_int_equal(x->near[2], 2 * i);
		assert_int_equal(x->near[3], 2 * i + 1);
		assert_int_equal(x->bytes[0], 56 + 1480);
		assert_int_equal(x->part[TIME_SERVER], MS);
		assert_int_equal(took(x), 2 * WAY + MS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_lost_ping_is_a_turn_of_its_own,
					  done),
		cmocka_unit_test_teardown(the_same_number_later_is_another,
					  done),
		cmocka_unit_test_teardown(the_same_number_at_once_is_a_copy,
					  done),
		cmocka_unit_test_teardown(a_late_answer_is_its_own_pings, done),
		cmocka_unit_test_teardown(
			an_answer_again_is_no_answer_to_the_next, done),
		cmocka_unit_test_teardown(fragments_belong_to_what_came_before,
					  done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
