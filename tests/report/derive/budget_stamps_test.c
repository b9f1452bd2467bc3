/* report/derive/budget_stamps.c: a point that stamps its two directions apart tells
 * nobody's time. */
#include "tests/report/derive/account.h"

#define PORT 8080
#define TURNS 4

static struct wire *talk(void **state)
{
	struct wire *w = opened(state);

	for (int i = 0; i < TURNS; i++)
		turn(w, 100 * MS + i * 200 * MS, 100);
	for (int p = 0; p < 2; p++) /* a SYN acknowledges nothing */
		w->rec[p][C][0].tcp_flags = REC_SYN;
	return w;
}

/* What @point has of direction @dir is stamped @ns late. */
static void late(struct wire *w, int point, int dir, int64_t ns)
{
	for (uint32_t i = 0; i < w->n[point][dir]; i++)
		w->rec[point][dir][i].time_ns += ns;
}

static void nobodys(const struct account *a)
{
	assert_int_equal(a->b.part[TIME_UNATTRIBUTED], account_total(a));
	assert_int_equal(a->b.n_hops, 0);
	assert_int_equal(a->b.base_ns, -1);
}

static void near_tells_nothing_then(void **state)
{
	struct wire *w = talk(state);
	const struct group *g;
	struct account a;

	account(&a, PORT);
	late(w, 0, S, 150 * MS);
	account_wire(&a, w);
	nobodys(&a);
	assert_true(account_total(&a) > 700 * MS);
	g = account_group(&a, CAUSE_STAMPS, "1");
	assert_non_null(g);
	assert_int_equal(g->sessions, 1);
	assert_int_equal(g->errors, 1); /* the server's is late */
	assert_int_equal(g->hold.max, 150 * MS);
	assert_int_equal(g->top[0].session, 7);
	assert_null(account_group(&a, CAUSE_STAMPS, "2"));
	/* its time is nobody's fault */
	assert_null(account_group(&a, CAUSE_SERVER, "10.0.0.9:8080"));
	account_close(&a);
}

static void nor_does_far(void **state)
{
	struct wire *w = talk(state);
	const struct group *g;
	struct account a;

	account(&a, PORT);
	late(w, 1, S, 150 * MS);
	account_wire(&a, w);
	nobodys(&a);
	g = account_group(&a, CAUSE_STAMPS, "2");
	assert_non_null(g);
	/* on its way to the client and back it takes 20 ms */
	assert_int_equal(g->hold.max, 130 * MS);
	assert_null(account_group(&a, CAUSE_STAMPS, "1"));
	/* the first exchange ended before that was known, but took longer at far
	 * than it did as a whole */
	for (size_t i = 1; i < a.n_x; i++) {
		assert_int_equal(a.x[i].part[TIME_UNATTRIBUTED],
				 exchange_total(&a.x[i]));
		assert_int_equal(a.x[i].far[1], EXCHANGE_NONE);
	}
	account_close(&a);
}

/* Cards of several queues mix up a millisecond. */
static void a_little_is_the_captures_own(void **state)
{
	struct wire *w = talk(state);
	struct account a;

	account(&a, PORT);
	late(w, 0, S, MS + 1);
	account_wire(&a, w);
	assert_int_equal(a.b.part[TIME_UNATTRIBUTED], 0);
	assert_null(account_group(&a, CAUSE_STAMPS, "1"));
	account_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(near_tells_nothing_then, done),
		cmocka_unit_test_teardown(nor_does_far, done),
		cmocka_unit_test_teardown(a_little_is_the_captures_own, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
