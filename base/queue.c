/* Bounded queue between threads: a ring under one mutex, two conditions.
 *
 * Invariants: 0 <= n <= room; items leave in the order they came; once closed
 * nothing enters.  Items are big (a chunk of records, a packed block), so the
 * lock is taken a few thousand times a second and needs nothing cleverer.
 */
#include "base/queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t not_full, not_empty;
	void **item;
	size_t room, head, n; /* ring: head is the oldest */
	bool closed;
};

struct queue *queue_new(size_t room)
{
	struct queue *q = mem_zalloc(1, sizeof *q);

	q->room = room ? room : 1;
	q->item = mem_zalloc(q->room, sizeof *q->item);
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->not_full, NULL);
	pthread_cond_init(&q->not_empty, NULL);
	return q;
}

bool queue_put(struct queue *q, void *item)
{
	bool entered;

	pthread_mutex_lock(&q->lock);
	while (q->n == q->room && !q->closed)
		pthread_cond_wait(&q->not_full, &q->lock);
	entered = !q->closed;
	if (entered) {
		q->item[(q->head + q->n++) % q->room] = item;
		pthread_cond_signal(&q->not_empty);
	}
	pthread_mutex_unlock(&q->lock);
	return entered;
}

void *queue_get(struct queue *q)
{
	void *item = NULL;

	pthread_mutex_lock(&q->lock);
	while (!q->n && !q->closed)
		pthread_cond_wait(&q->not_empty, &q->lock);
	if (q->n) {
		item = q->item[q->head];
		q->head = (q->head + 1) % q->room;
		q->n--;
		pthread_cond_signal(&q->not_full);
	}
	pthread_mutex_unlock(&q->lock);
	return item;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->not_full);
	pthread_cond_broadcast(&q->not_empty);
	pthread_mutex_unlock(&q->lock);
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	pthread_cond_destroy(&q->not_empty);
	pthread_cond_destroy(&q->not_full);
	pthread_mutex_destroy(&q->lock);
	free(q->item);
	free(q);
}
