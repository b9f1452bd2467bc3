/* report/derive/asked_again.c: which of datagrams' requests are sent again, and whose the
 * wait for them is. */
#include "tests/report/derive/wire.h"

#include <stdio.h>

#include "capture/message.h"
#include "report/derive/asked_int.h"

static struct asked *asked_made(void **state)
{
	*state = calloc(1, sizeof(struct asked));
	assert_non_null(*state);
	return *state;
}

/* An open request of @proto, whose datagram has the digests @digest. */
static struct request *opens(struct asked *a, unsigned proto, int64_t id,
			     uint32_t digest)
{
	struct request *q = &a->open[a->n_open++];

	q->id = id;
	q->x.proto = (uint8_t)(proto + 1);
	q->x.name = calloc(1, sizeof "www");
	assert_non_null(q->x.name);
	memcpy(q->x.name, "www", sizeof "www");
	q->x.far[0] = 70 + a->n_open;
	q->head = q->full = digest;
	return q;
}

/* The newest message of the session, in a datagram with the digests @digest. */
static struct request *comes(struct asked *a, unsigned proto, int64_t id,
			     const char *name, uint32_t digest)
{
	a->feed.next = (struct message){ .proto = (uint8_t)proto,
					 .msg_id = id };
	snprintf(a->feed.name, sizeof a->feed.name, "%s", name);
	a->head = a->full = digest;
	return asked_sent_again(a);
}

static int asked_done(void **state)
{
	struct asked *a = *state;

	for (size_t i = 0; i < a->n_open; i++)
		free(a->open[i].x.name);
	free(a);
	return 0;
}

static void a_copy_has_id_and_name(void **state)
{
	struct asked *a = asked_made(state);
	struct request *q = opens(a, MESSAGE_DNS, 5, 1);

	opens(a, MESSAGE_DNS, 6, 1);
	assert_ptr_equal(comes(a, MESSAGE_DNS, 5, "www", 2), q);
	assert_null(comes(a, MESSAGE_DNS, 7, "www", 1));
	assert_null(comes(a, MESSAGE_NTP, 5, "www", 1));
	assert_null(comes(a, MESSAGE_DNS, 5, "ftp", 1));
	assert_false(q->aside); /* its answer may come still */
}

/* RADIUS has 256 ids: what has another one's takes its place. */
static void an_id_that_is_used_again_is_given_up(void **state)
{
	struct asked *a = asked_made(state);
	struct request *q = opens(a, MESSAGE_RADIUS, 5, 1);

	assert_ptr_equal(comes(a, MESSAGE_RADIUS, 5, "www", 1), q);
	assert_null(comes(a, MESSAGE_RADIUS, 5, "www", 2));
	assert_true(q->aside);
	assert_null(comes(a, MESSAGE_RADIUS, 5, "www", 1));
}

/* What has no id is a copy of nothing, but belongs to what waits. */
static void without_an_id_the_oldest_of_its_protocol_is_open(void **state)
{
	struct asked *a = asked_made(state);
	struct message m = { .proto = MESSAGE_NTP, .msg_id = -1 };
	struct request *q;

	opens(a, MESSAGE_DNS, 5, 1);
	q = opens(a, MESSAGE_NTP, 9, 1);
	opens(a, MESSAGE_NTP, 10, 1);
	assert_ptr_equal(asked_open_of(a, &m), q);
	assert_null(comes(a, MESSAGE_NTP, -1, "www", 1));
}

static void the_oldest_is_one_that_is_waited_for(void **state)
{
	struct asked *a = asked_made(state);
	uint64_t far = 0;

	assert_false(asked_oldest(a, &far));
	opens(a, MESSAGE_DNS, 5, 1)->aside = true;
	opens(a, MESSAGE_DNS, 6, 1)->overtaken = ASKED_STALE;
	assert_false(asked_oldest(a, &far));
	opens(a, MESSAGE_DNS, 7, 1);
	opens(a, MESSAGE_DNS, 8, 1);
	assert_true(asked_oldest(a, &far));
	assert_int_equal(far, 73);
}

/* A wait is the oldest one's; who never came again itself is told nothing. */
static void a_wait_in_vain_counts_once(void **state)
{
	struct asked *a = asked_made(state);
	struct budget b = { .known = true };
	struct timeline t = { .b = &b };
	struct in_vain piece = { .most_ns = 2 * MS,
				 .repair_ns = 2 * MS,
				 .repairs = 1 };
	struct request *first = opens(a, MESSAGE_DNS, 5, 1);
	struct request *second = opens(a, MESSAGE_DNS, 6, 1);
	struct in_vain sum;

	asked_gave_up(a, &t, &piece);
	asked_turn(a);
	piece.most_ns = piece.repair_ns = 5 * MS;
	asked_gave_up(a, &t, &piece);
	assert_true(first->in_vain && second->in_vain);
	assert_int_equal(first->waited.most_ns, 5 * MS);
	assert_int_equal(first->waited.repair_ns, 7 * MS);
	assert_int_equal(first->waited.mark_repair_ns, 2 * MS);
	assert_int_equal(second->waited.repair_ns, 0);
	sum = asked_never(a);
	assert_int_equal(sum.n, 0);
	first->waited.n = 1;
	sum = asked_never(a);
	assert_int_equal(sum.n, 1);
	assert_int_equal(sum.repair_ns, 7 * MS);
	assert_int_equal(sum.repairs, 2);
	first->aside = true; /* given up */
	assert_int_equal(asked_never(a).n, 0);
}

/* Nobody answered any copy: the wait was the server's. */
static void what_was_never_answered_was_not_recovered(void **state)
{
	struct asked *a = asked_made(state);
	struct request *q = opens(a, MESSAGE_DNS, 5, 1);
	struct request *once = opens(a, MESSAGE_DNS, 6, 1);

	q->in_vain = once->in_vain = true;
	q->waited.n = 1;
	q->x.part[TIME_RECOVERY] = once->x.part[TIME_RECOVERY] = 3 * MS;
	asked_not_lost(a);
	assert_int_equal(q->x.part[TIME_RECOVERY], 0);
	assert_int_equal(q->x.part[TIME_SERVER], 3 * MS);
	assert_int_equal(once->x.part[TIME_RECOVERY], 3 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_copy_has_id_and_name, asked_done),
		cmocka_unit_test_teardown(an_id_that_is_used_again_is_given_up,
					  asked_done),
		cmocka_unit_test_teardown(
			without_an_id_the_oldest_of_its_protocol_is_open,
			asked_done),
		cmocka_unit_test_teardown(the_oldest_is_one_that_is_waited_for,
					  asked_done),
		cmocka_unit_test_teardown(a_wait_in_vain_counts_once,
					  asked_done),
		cmocka_unit_test_teardown(
			what_was_never_answered_was_not_recovered, asked_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
