/* Work done ahead: a list of tasks under one mutex.
 *
 * Invariants: a task is on the list while it is QUEUED and at no other time;
 * whoever takes it off the list, the thread or its user, calls fn, and nobody
 * else does.  Tasks take some dozen microseconds, so the lock is no bottleneck.
 */
#include "base/ahead.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct ahead {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct ahead_task *first; /* queued, in order */
	bool end;
};

static void *run(void *arg)
{
	struct ahead *a = arg;

	pthread_mutex_lock(&a->lock);
	for (;;) {
		struct ahead_task *t = a->first;

		if (t) {
			a->first = t->next;
			t->state = AHEAD_RUNS;
			pthread_mutex_unlock(&a->lock);
			t->fn(t->ctx);
			pthread_mutex_lock(&a->lock);
			t->state = AHEAD_DONE;
			pthread_cond_signal(&a->done);
		} else if (a->end) {
			break;
		} else {
			pthread_cond_wait(&a->work, &a->lock);
		}
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

static void release(struct ahead *a)
{
	pthread_cond_destroy(&a->work);
	pthread_cond_destroy(&a->done);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

struct ahead *ahead_new(void)
{
	struct ahead *a = mem_zalloc(1, sizeof *a);

	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->work, NULL);
	pthread_cond_init(&a->done, NULL);
	if (!pthread_create(&a->thread, NULL, run, a))
		return a;
	release(a);
	return NULL;
}

void ahead_free(struct ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->end = true;
	pthread_cond_signal(&a->work);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	release(a);
}

void ahead_start(struct ahead *a, struct ahead_task *t)
{
	struct ahead_task **at = &a->first;

	pthread_mutex_lock(&a->lock);
	while (*at)
		at = &(*at)->next;
	*at = t;
	t->next = NULL;
	t->state = AHEAD_QUEUED;
	pthread_cond_signal(&a->work);
	pthread_mutex_unlock(&a->lock);
}

/* Takes the task off the list, or waits until the thread has done it.
 * Return: whether fn was not called. */
static bool take_back(struct ahead *a, struct ahead_task *t)
{
	struct ahead_task **at = &a->first;
	bool queued;

	pthread_mutex_lock(&a->lock);
	queued = t->state == AHEAD_QUEUED;
	while (queued && *at != t)
		at = &(*at)->next;
	if (queued)
		*at = t->next;
	while (t->state == AHEAD_RUNS)
		pthread_cond_wait(&a->done, &a->lock);
	t->state = AHEAD_IDLE;
	pthread_mutex_unlock(&a->lock);
	return queued;
}

void ahead_wait(struct ahead *a, struct ahead_task *t)
{
	if (take_back(a, t))
		t->fn(t->ctx);
}

void ahead_drop(struct ahead *a, struct ahead_task *t)
{
	(void)take_back(a, t);
}
