/* What pairing and the sweeps write of a temporary case, and its messages, kept in
 * memory.
 *
 * Nobody opens a temporary case again, and its sessions are read soon after they
 * were written.  Through the database, bytes are copied to its pages, which stay in
 * memory until the commit, then to the file, while everyone waits, and again to be
 * read; and the file has to be removed.  So the buffers that shelves were packed
 * into stay where they are, up to KEEP_BYTES; the rest is stored as in any case.
 * All rows are in the database, with a number instead of bytes: the database
 * decides what is there and when it is seen.
 *
 * Invariant: bytes do not move.  One writer puts and drops.  Readers ask at any
 * time, but never for what was dropped: a table is rewritten before anyone reads
 * it.  The lock protects the list.
 *
 * Memory: KEEP_BYTES, for which the database would need as much before a commit.
 */
#include "store/shelf_keep.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define KEEP_BYTES ((size_t)256 << 20)

struct shelf_keep {
	pthread_mutex_t lock;
	struct VEC(struct buf) shelf; /* by number; owned, each */
	size_t bytes;
};

struct shelf_keep *shelf_keep_new(void)
{
	struct shelf_keep *k = mem_zalloc(1, sizeof *k);

	pthread_mutex_init(&k->lock, NULL);
	return k;
}

void shelf_keep_free(struct shelf_keep *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->shelf.n; i++)
		buf_release(&k->shelf.at[i]);
	VEC_FREE(&k->shelf);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

int64_t shelf_keep_put(struct shelf_keep *k, struct buf *data)
{
	int64_t number = -1;

	pthread_mutex_lock(&k->lock);
	if (data->n && data->n <= KEEP_BYTES - k->bytes) {
		/* room that it does not need */
		data->at = mem_resize(data->at, data->n, 1);
		data->cap = data->n;
		k->bytes += data->n;
		number = (int64_t)k->shelf.n;
		*VEC_PUSH(&k->shelf) = *data;
		*data = (struct buf){ 0 };
	}
	pthread_mutex_unlock(&k->lock);
	return number;
}

/* The caller holds the lock.  Return: NULL where there is none. */
static struct buf *shelf_at(const struct shelf_keep *k, int64_t number)
{
	bool is = number >= 0 && (uint64_t)number < k->shelf.n;

	return is && k->shelf.at[number].at ? &k->shelf.at[number] : NULL;
}

const uint8_t *shelf_keep_get(struct shelf_keep *k, int64_t number, size_t *n)
{
	const struct buf *b;
	const uint8_t *p;

	pthread_mutex_lock(&k->lock);
	b = shelf_at(k, number);
	p = b ? b->at : NULL;
	*n = b ? b->n : 0;
	pthread_mutex_unlock(&k->lock);
	return p;
}

void shelf_keep_drop(struct shelf_keep *k, int64_t number)
{
	struct buf *b;

	pthread_mutex_lock(&k->lock);
	b = shelf_at(k, number);
	if (b) {
		k->bytes -= b->n;
		buf_release(b);
	}
	pthread_mutex_unlock(&k->lock);
}
