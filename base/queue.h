/* Bounded queue of pointers between threads.  put() waits while full, get()
 * while empty; after close() put() refuses and get() drains, then gives NULL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct queue;

struct queue *queue_new(size_t room);
bool queue_put(struct queue *q, void *item); /* false once closed */
void *queue_get(struct queue *q);            /* NULL once closed and empty */
void queue_close(struct queue *q);
void queue_free(struct queue *q);            /* NULL is fine */
