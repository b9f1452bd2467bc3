/* Bounded queue of pointers between threads.  queue_put() waits while full,
 * queue_get() while empty; after queue_close() queue_put() refuses, and
 * queue_get() drains the queue and then returns NULL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct queue;

struct queue *queue_new(size_t room);
bool queue_put(struct queue *q, void *item); /* false once closed */
void *queue_get(struct queue *q);            /* NULL once closed and empty */
void queue_close(struct queue *q);
void queue_free(struct queue *q); /* NULL is fine */
