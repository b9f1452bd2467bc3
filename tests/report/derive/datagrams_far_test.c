/* Datagrams whose request and answer only far's own order tells: two points, 10 ms
 * apart each way, of which far's clock is 5 s ahead. */
#include "tests/report/derive/wire.h"

/* A datagram is seen at the point at @t. */
static void seen_at(struct wire *w, int point, int dir, int64_t t,
		    uint32_t digest)
{
	struct record r = { .pay_len = 100, .head_digest = digest };

	seen(w, point, dir, t, &r);
}

/* It leaves its host at @t and takes WAY + @late. */
static void datagram(struct wire *w, int dir, int64_t t, int64_t late,
		     uint32_t digest)
{
	seen_at(w, dir, dir, t, digest);
	seen_at(w, !dir, dir, t + WAY + late, digest);
}

/* @n requests, 100 ms apart, are answered after 5 ms.  Return: when the next is
 * due. */
static int64_t requests(struct wire *w, int n)
{
	int64_t t = 0;

	for (uint32_t i = 0; i < (uint32_t)n; i++, t += 100 * MS) {
		datagram(w, 0, t, 0, 100 + i);
		datagram(w, 1, t + WAY + 5 * MS, 0, 200 + i);
	}
	return t;
}

/* Its parts are the time from its first record to its last. */
static void check_exchange(const struct wire *w, const struct exchange *x)
{
	int64_t parts = 0;

	for (int p = 0; p < TIME_PARTS; p++)
		parts += x->part[p];
	if (x->near[2] != EXCHANGE_NONE)
		assert_int_equal(parts,
				 w->rec[0][1][x->near[3]].time_ns -
					 w->rec[0][0][x->near[0]].time_ns);
	if (x->far[0] != EXCHANGE_NONE && x->far[1] != EXCHANGE_NONE)
		assert_true(w->rec[1][0][x->far[0]].time_ns <=
			    w->rec[1][1][x->far[1]].time_ns);
}

static void look(struct wire *w)
{
	walk(w, 2);
	sums(w);
	for (size_t i = 0; i < w->n_x; i++)
		check_exchange(w, &w->x[i]);
}

static struct wire *two_points(void **state)
{
	struct wire *w = wire(state);

	w->datagrams = true;
	w->remote_server = true;
	return w;
}

/* The client's timeout is shorter than the queue: it asks again, something else,
 * before the answer is there. */
static void late_answers_are_the_ways(void **state)
{
	struct wire *w = two_points(state);
	int64_t t = requests(w, 2);

	for (uint32_t i = 0; i < 5; i++) {
		datagram(w, 0, t + i * 1000 * MS, 0, 300 + i);
		datagram(w, 1, t + i * 1000 * MS + WAY + 5 * MS, 1500 * MS,
			 400 + i);
	}
	look(w);
	assert_int_equal(w->n_x, 7);
	for (uint32_t i = 0; i < 7; i++) {
		assert_int_equal(w->x[i].near[0], i);
		assert_int_equal(w->x[i].near[2], i);
		assert_int_equal(w->x[i].far[0], i);
		assert_int_equal(w->x[i].far[1], i);
		assert_int_equal(w->x[i].bytes[0], 100);
		assert_int_equal(w->x[i].bytes[1], 100);
	}
	assert_true(w->b.part[TIME_SERVER] <= 7 * 5 * MS);
	/* from the second of them on half of the wait is behind the next */
	assert_true(w->b.part[TIME_QUEUE] >= 2900 * MS);
	assert_int_equal(w->b.part[TIME_UNATTRIBUTED], 0);
}

/* So they are where all requests have left by then. */
static void answers_in_a_row_are_of_their_requests(void **state)
{
	struct wire *w = two_points(state);
	int64_t t = requests(w, 2);

	for (uint32_t i = 0; i < 3; i++) {
		datagram(w, 0, t + i * 400 * MS, 0, 300 + i);
		datagram(w, 1, t + i * 400 * MS + WAY + 5 * MS, 1500 * MS,
			 400 + i);
	}
	look(w);
	assert_int_equal(w->n_x, 5);
	for (uint32_t i = 2; i < 5; i++) {
		assert_int_equal(w->x[i].near[0], i);
		assert_int_equal(w->x[i].near[2], i);
		assert_int_equal(w->x[i].far[0], i);
		assert_int_equal(w->x[i].far[1], i);
	}
	assert_true(w->b.part[TIME_SERVER] <= 5 * 5 * MS);
	assert_true(w->b.part[TIME_QUEUE] >= 1400 * MS);
}

/* A server that takes two requests, then answers: one turn, as before. */
static void requests_that_wait_together_are_one(void **state)
{
	struct wire *w = two_points(state);
	int64_t t = requests(w, 2);

	datagram(w, 0, t, 0, 300);
	datagram(w, 0, t + 20 * MS, 0, 301);
	datagram(w, 1, t + 330 * MS, 0, 400);
	look(w);
	assert_int_equal(w->n_x, 3);
	assert_int_equal(w->x[2].bytes[0], 200);
	assert_int_equal(w->b.part[TIME_SERVER], 2 * 5 * MS + 300 * MS);
}

/* A client that asks again too soon: all copies arrive, the answer comes after the
 * second.  With one point two answers prove it; one alone may be the copy's. */
static void what_waits_while_asked_again_is_the_servers(void **state)
{
	for (int one = 0; one < 3; one++) {
		struct wire *w = two_points(state);
		int64_t t = requests(w, 2);

		datagram(w, 0, t, 0, 300);
		datagram(w, 0, t + 1000 * MS, 0, 300);
		datagram(w, 1, t + 1200 * MS, 0, 400);
		if (one < 2)
			datagram(w, 1, t + 1300 * MS, 0, 400);
		if (one)
			w->n[1][0] = w->n[1][1] = 0;
		walk(w, one ? 1 : 2);
		sums(w);
		if (one == 2) {
			assert_int_equal(w->b.part[TIME_RECOVERY], 1000 * MS);
		} else {
			assert_int_equal(w->b.part[TIME_RECOVERY], 0);
			assert_true(w->b.part[TIME_SERVER] >= 1180 * MS);
		}
		if (one < 2)
			free(w);
	}
}

/* An answer that was lost, or a request: that is recovery. */
static void what_was_lost_while_asked_again_is_not(void **state)
{
	for (int dir = 0; dir < 2; dir++) {
		struct wire *w = two_points(state);
		int64_t t = requests(w, 2);

		seen_at(w, 0, 0, t, 300);
		if (dir) {
			seen_at(w, 1, 0, t + WAY, 300);
			seen_at(w, 1, 1, t + WAY + 5 * MS, 400);
		}
		datagram(w, 0, t + 1000 * MS, 0, 300);
		datagram(w, 1, t + 1000 * MS + WAY + 5 * MS, 0, 400);
		look(w);
		assert_int_equal(w->b.part[TIME_RECOVERY], 1000 * MS);
		assert_true(w->b.part[TIME_SERVER] <= 3 * 5 * MS);
		if (!dir)
			free(w);
	}
}

/* Of three copies the first is lost, and the server takes its time. */
static void a_lost_first_copy_is_not_the_servers(void **state)
{
	struct wire *w = two_points(state);
	int64_t t = requests(w, 2);

	seen_at(w, 0, 0, t, 300);
	datagram(w, 0, t + 1000 * MS, 0, 300);
	datagram(w, 0, t + 2000 * MS, 0, 300);
	datagram(w, 1, t + 2200 * MS, 0, 400);
	look(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 2000 * MS);
}

/* One datagram at near, several at far: none is like it. */
static void a_request_cut_on_the_way_is_known_by_order(void **state)
{
	struct wire *w = two_points(state);

	for (uint32_t i = 0; i < 5; i++) {
		int64_t t = i * 100 * MS;

		seen_at(w, 0, 0, t, 300 + i);
		for (uint32_t k = 0; k < 3; k++)
			seen_at(w, 1, 0, t + WAY, 1000 + 3 * i + k);
		datagram(w, 1, t + WAY + 5 * MS, 0, 400 + i);
	}
	look(w);
	assert_int_equal(w->n_x, 5);
	assert_int_equal(w->b.part[TIME_SERVER], 5 * 5 * MS);
	assert_int_equal(w->b.part[TIME_PATH], 5 * 2 * WAY);
	assert_int_equal(w->b.part[TIME_UNATTRIBUTED], 0);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(w->x[i].far[0], 3 * i + 2);
		assert_int_equal(w->x[i].far[1], i);
	}
}

/* The same of answers. */
static void an_answer_cut_on_the_way_is_known_by_order(void **state)
{
	struct wire *w = two_points(state);

	for (uint32_t i = 0; i < 5; i++) {
		int64_t t = i * 100 * MS;

		datagram(w, 0, t, 0, 300 + i);
		seen_at(w, 1, 1, t + WAY + 5 * MS, 1000 + i);
		seen_at(w, 0, 1, t + 2 * WAY + 5 * MS, 400 + i);
	}
	look(w);
	assert_int_equal(w->n_x, 5);
	assert_int_equal(w->b.part[TIME_SERVER], 5 * 5 * MS);
	assert_int_equal(w->b.part[TIME_UNATTRIBUTED], 0);
}

/* Far's capture lacks request and answer, or the request, and what came before
 * was answered: nobody knows. */
static void what_far_does_not_have_is_nobodys(void **state)
{
	for (int both = 0; both < 2; both++) {
		struct wire *w = two_points(state);
		int64_t t = requests(w, 3);

		seen_at(w, 0, 0, t, 300);
		if (both)
			seen_at(w, 0, 1, t + 400 * MS, 400);
		else
			datagram(w, 1, t + 390 * MS, 0, 400);
		look(w);
		assert_int_equal(w->n_x, 4);
		assert_int_equal(w->b.part[TIME_SERVER], 3 * 5 * MS);
		assert_int_equal(w->b.part[TIME_PATH], 4 * 2 * WAY);
		assert_int_equal(w->b.part[TIME_UNATTRIBUTED], 380 * MS);
		assert_true(w->x[3].far[0] == EXCHANGE_NONE);
		if (!both)
			free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(late_answers_are_the_ways, done),
		cmocka_unit_test_teardown(
			answers_in_a_row_are_of_their_requests, done),
		cmocka_unit_test_teardown(requests_that_wait_together_are_one,
					  done),
		cmocka_unit_test_teardown(
			what_waits_while_asked_again_is_the_servers, done),
		cmocka_unit_test_teardown(
			what_was_lost_while_asked_again_is_not, done),
		cmocka_unit_test_teardown(a_lost_first_copy_is_not_the_servers,
					  done),
		cmocka_unit_test_teardown(
			a_request_cut_on_the_way_is_known_by_order, done),
		cmocka_unit_test_teardown(
			an_answer_cut_on_the_way_is_known_by_order, done),
		cmocka_unit_test_teardown(what_far_does_not_have_is_nobodys,
					  done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
