/* Nagle's algorithm at a far sender, seen from the receiver's side alone. */
#include "tests/report/derive/wire.h"

#define HELD (40 * MS)

/* A message in two pieces from @dir, the second @late after the moment
 * at which the delayed acknowledgement of the first lets it; then an answer. */
static int64_t pieces(struct wire *w, int dir, int64_t t, int64_t late)
{
	uint64_t *own = &w->next[dir], *other = &w->next[!dir];

	packet(w, dir, t, 0, false, data(*own, 100, *other));
	*own += 100;
	t += WAY + HELD;
	packet(w, !dir, t, 0, false, data(*other, 0, *own));
	t += WAY + late;
	packet(w, dir, t, 0, false, data(*own, 1000, *other));
	*own += 1000;
	t += WAY + MS;
	packet(w, !dir, t, 0, false, data(*other, 200, *own));
	*other += 200;
	return t + WAY + 3 * MS;
}

static int64_t opened(struct wire *w)
{
	int64_t t = turns(w, 1, 0);

	w->next[0] = 1101;
	w->next[1] = 5201;
	packet(w, 0, t, 0, false, data(w->next[0], 0, w->next[1]));
	return t + 3 * MS;
}

static void a_clients_pieces_at_the_server(void **state)
{
	struct wire *w = wire(state);
	int64_t t = opened(w);

	for (int i = 0; i < 5; i++)
		t = pieces(w, 0, t, 100000);
	w->only = 1;
	w->afar = true;
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.nagles, 5);
	assert_int_equal(w->line.held[0].nagles, 5);
	assert_int_equal(w->b.part[TIME_NAGLE], 5 * (HELD + 2 * WAY + 100000));
	/* before the first request no round trip is known but with its pause */
	assert_int_equal(w->b.part[TIME_CLIENT], 5 * 3 * MS);
}

/* One piece of 1000 bytes is no full segment where no larger one was seen. */
static void the_same_at_the_client(void **state)
{
	struct wire *w = wire(state);
	int64_t t = opened(w);

	for (int i = 0; i < 5; i++)
		t = pieces(w, 0, t, 100000);
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.nagles, 5);
	assert_int_equal(w->line.held[0].nagles, 0);
	assert_int_equal(w->b.part[TIME_CLIENT], 6 * 3 * MS);
}

static void a_servers_pieces_at_the_client(void **state)
{
	struct wire *w = wire(state);
	int64_t t = opened(w);

	for (int i = 0; i < 5; i++)
		t = pieces(w, 1, t, 100000);
	walk(w, 1);
	sums(w);
	assert_int_equal(w->line.held[1].nagles, 5);
	assert_int_equal(w->b.part[TIME_NAGLE], 5 * (HELD + 2 * WAY + 100000));
}

/* It pauses by itself: sooner or later than the algorithm would. */
static void a_client_that_pauses_is_no_nagle(void **state)
{
	struct wire *w = wire(state);
	int64_t t = opened(w);

	for (int i = 0; i < 5; i++)
		t = pieces(w, 0, t, (i - 2) * 8 * MS);
	w->only = 1;
	w->afar = true;
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.nagles, 0);
	assert_int_equal(w->b.part[TIME_NAGLE], 0);
}

/* What looked like it at the session's begin was chance. */
static void two_in_time_before_others_are_chance(void **state)
{
	struct wire *w = wire(state);
	int64_t t = opened(w);

	for (int i = 0; i < 5; i++)
		t = pieces(w, 0, t, i < 2 ? 100000 : 9 * MS);
	w->only = 1;
	w->afar = true;
	walk(w, 1);
	sums(w);
	assert_int_equal(w->line.held[0].fits, 2);
	assert_int_equal(w->b.nagles, 0);
}

/* Nothing speaks against it, but twice may be chance. */
static void two_in_time_are_no_nagle(void **state)
{
	for (int n = 2; n <= 3; n++) {
		struct wire *w = wire(state);
		int64_t t = opened(w);

		for (int i = 0; i < n; i++)
			t = pieces(w, 0, t, 100000);
		w->only = 1;
		w->afar = true;
		walk(w, 1);
		sums(w);
		assert_int_equal(w->b.nagles, n < 3 ? 0 : 3);
		free(w);
	}
	*state = NULL;
}

/* Pieces that do not wait for any acknowledgement show that it is off. */
static void one_that_sends_on_has_it_off(void **state)
{
	struct wire *w = wire(state);
	int64_t t = opened(w);

	packet(w, 0, t, 0, false, data(1101, 100, 5201));
	packet(w, 0, t + 5 * MS, 0, false, data(1201, 100, 5201));
	w->next[0] = 1301;
	t = pieces(w, 0, t + 10 * MS, 100000);
	w->only = 1;
	w->afar = true;
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.nagles, 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, done)
	const struct CMUnitTest tests[] = {
		CASE(a_clients_pieces_at_the_server),
		CASE(the_same_at_the_client),
		CASE(a_servers_pieces_at_the_client),
		CASE(a_client_that_pauses_is_no_nagle),
		CASE(two_in_time_before_others_are_chance),
		CASE(two_in_time_are_no_nagle),
		CASE(one_that_sends_on_has_it_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
