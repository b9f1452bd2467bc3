#include "base/queue.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static int item[10000];

static void *put_all(void *q)
{
	for (size_t i = 0; i < 10000; i++)
		if (!queue_put(q, &item[i]))
			break;
	queue_close(q);
	return NULL;
}

static void order_is_kept_through_a_small_room(void **state)
{
	struct queue *q = queue_new(3);
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, put_all, q), 0);
	for (size_t i = 0; i < 10000; i++)
		assert_ptr_equal(queue_get(q), &item[i]);
	assert_null(queue_get(q));
	pthread_join(t, NULL);
	queue_free(q);
}

static void close_refuses_and_drains(void **state)
{
	struct queue *q = queue_new(2);

	(void)state;
	assert_true(queue_put(q, &item[0]));
	queue_close(q);
	assert_false(queue_put(q, &item[1]));
	assert_ptr_equal(queue_get(q), &item[0]);
	assert_null(queue_get(q));
	queue_free(q);
	queue_free(NULL);
}

static void *put_into_full(void *q)
{
	return queue_put(q, &item[1]) ? &item[0] : NULL;
}

static void close_wakes_a_waiting_put(void **state)
{
	struct queue *q = queue_new(1);
	pthread_t t;
	void *entered;

	(void)state;
	assert_true(queue_put(q, &item[0]));
	assert_int_equal(pthread_create(&t, NULL, put_into_full, q), 0);
	queue_close(q);
	pthread_join(t, &entered);
	assert_null(entered);
	queue_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_kept_through_a_small_room),
		cmocka_unit_test(close_refuses_and_drains),
		cmocka_unit_test(close_wakes_a_waiting_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
