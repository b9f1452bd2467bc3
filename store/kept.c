/* Blocks and shelves of parts of a temporary case, kept in memory.
 *
 * What: nobody opens a temporary case again, so its blocks need not go through
 * the database, whose pages cost several copies on writing and on each
 * reading.  They are kept here, up to KEPT_BYTES; the rest is stored as in any
 * case.  Rows are in the database all the same, without bytes.
 *
 * They are built where they will stay: the worker that packs them gets room on
 * a page of its own (kept_room), and the writer only notes where they are
 * (kept_put, kept_shelf_put; a shelf's number is in its row).
 *
 * Invariants: bytes never move, so that readers may point at them; only the
 * writer adds or drops what is there, and only while nobody reads (indexing
 * comes first).  Workers share only the lists of pages and of their remainders,
 * under the lock.
 *
 * The directory of a block is unpacked by the first connection that asks for it,
 * and serves all others: to unpack it takes longer than to find a session's runs
 * in it.  That is if all directories together have room in DIRS_BYTES; some of
 * them alone would only add to what each connection's cache holds.
 *
 * Memory: KEPT_BYTES, on pages of MEM_HUGE; DIRS_BYTES for directories.
 */
#include "store/kept.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/block_dir.h"

#define KEPT_BYTES ((size_t)256 << 20)
/* less than the caches of two connections, which they replace; two captures of
 * 100,000 sessions need some 30 MB */
#define DIRS_BYTES ((size_t)48 << 20)
#define SPARE_BYTES 65536 /* less is not worth an entry */

struct kept_bytes {
	const uint8_t *at; /* NULL: not here */
	size_t n;
	struct block_dir *dir; /* of a block, under the lock; owned, or NULL */
};

struct kept_file {
	int64_t file;
	struct VEC(struct kept_bytes) block; /* by number, from 1 */
};

struct kept {
	struct VEC(struct kept_file) file;
	struct VEC(struct kept_bytes) shelf; /* by number */
	pthread_mutex_t lock;                /* for the fields below */
	struct VEC(uint8_t *) page;          /* owned, each too */
	struct VEC(struct kept_place) spare; /* remainders of pages */
	/* have all directories room?  Known once somebody has asked */
	bool dirs_known, dirs_fit;
};

struct kept *kept_new(void)
{
	struct kept *k = mem_zalloc(1, sizeof *k);

	pthread_mutex_init(&k->lock, NULL);
	return k;
}

static void dir_free(struct block_dir *d)
{
	if (!d)
		return;
	block_dir_release(d);
	free(d);
}

static void dirs_free(const struct kept_file *f)
{
	for (size_t i = 0; i < f->block.n; i++)
		dir_free(f->block.at[i].dir);
}

void kept_free(struct kept *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->file.n; i++) {
		dirs_free(&k->file.at[i]);
		VEC_FREE(&k->file.at[i].block);
	}
	for (size_t i = 0; i < k->page.n; i++)
		free(k->page.at[i]);
	VEC_FREE(&k->file);
	VEC_FREE(&k->shelf);
	VEC_FREE(&k->page);
	VEC_FREE(&k->spare);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

static struct kept_file *file_of(const struct kept *k, int64_t file)
{
	for (size_t i = k->file.n; i-- > 0;)
		if (k->file.at[i].file == file)
			return &k->file.at[i];
	return NULL;
}

/* ---- room ---- */

/* Takes over a page's remainder of @n bytes or more.  Return: whether there is
 * one. */
static bool take_spare(struct kept *k, struct kept_place *p, size_t n)
{
	for (size_t i = 0; i < k->spare.n; i++)
		if (k->spare.at[i].left >= n) {
			*p = k->spare.at[i];
			k->spare.at[i] = k->spare.at[--k->spare.n];
			return true;
		}
	return false;
}

static bool take_page(struct kept *k, struct kept_place *p)
{
	if ((k->page.n + 1) * MEM_HUGE > KEPT_BYTES)
		return false;
	p->at = mem_alloc_huge();
	p->left = MEM_HUGE;
	*VEC_PUSH(&k->page) = p->at;
	return true;
}

uint8_t *kept_room(struct kept_place *p, size_t n)
{
	struct kept *k = p->kept;
	bool room;

	if (n <= p->left)
		return p->at;
	if (n > MEM_HUGE)
		return NULL;
	pthread_mutex_lock(&k->lock);
	room = take_spare(k, p, n) || take_page(k, p);
	pthread_mutex_unlock(&k->lock);
	return room ? p->at : NULL;
}

void kept_took(struct kept_place *p, size_t n)
{
	p->at += n;
	p->left -= n;
}

void kept_leave(struct kept_place *p)
{
	struct kept *k = p->kept;

	if (p->left < SPARE_BYTES)
		return;
	pthread_mutex_lock(&k->lock);
	*VEC_PUSH(&k->spare) = *p;
	pthread_mutex_unlock(&k->lock);
	p->left = 0;
}

/* ---- what is where ---- */

void kept_put(struct kept *k, int64_t id, const uint8_t *p, size_t n)
{
	int64_t file = id >> 32;
	uint32_t number = (uint32_t)id;
	struct kept_file *f = file_of(k, file);

	if (!f) {
		f = VEC_PUSH(&k->file);
		*f = (struct kept_file){ .file = file };
	}
	while (f->block.n <= number)
		*VEC_PUSH(&f->block) = (struct kept_bytes){ 0 };
	dir_free(f->block.at[number].dir);
	k->dirs_known = false;
	f->block.at[number] = (struct kept_bytes){ .at = p, .n = n };
}

static struct kept_bytes *block_of(const struct kept *k, int64_t id)
{
	struct kept_file *f = file_of(k, id >> 32);
	uint32_t number = (uint32_t)id;

	return f && number < f->block.n ? &f->block.at[number] : NULL;
}

const uint8_t *kept_find(const struct kept *k, int64_t id, size_t *n)
{
	const struct kept_bytes *b = block_of(k, id);

	if (!b)
		return NULL;
	*n = b->n;
	return b->at;
}

void kept_drop(struct kept *k, int64_t file)
{
	struct kept_file *f = file_of(k, file);

	if (!f)
		return;
	dirs_free(f);
	k->dirs_known = false;
	f->block.n = 0;
}

/* The caller holds the lock. */
static bool dirs_fit(struct kept *k)
{
	size_t sum = 0;

	if (k->dirs_known)
		return k->dirs_fit;
	for (size_t i = 0; i < k->file.n; i++) {
		const struct kept_file *f = &k->file.at[i];

		for (size_t n = 0; n < f->block.n; n++)
			sum += block_dir_needs(f->block.at[n].at,
					       f->block.at[n].n);
	}
	k->dirs_known = true;
	return k->dirs_fit = sum <= DIRS_BYTES;
}

static struct block_dir *dir_read(const struct kept_bytes *b)
{
	struct block_dir *d = mem_zalloc(1, sizeof *d);

	if (!block_dir_read(d, b->at, b->n))
		return d;
	dir_free(d); /* some of it was read */
	return NULL;
}

/* Unpacked outside the lock, so two connections may come at once: then one of
 * the two directories is thrown away. */
const struct block_dir *kept_dir(struct kept *k, int64_t id)
{
	struct kept_bytes *b = block_of(k, id);
	struct block_dir *dir, *mine;
	bool fit;

	if (!b || !b->at)
		return NULL;
	pthread_mutex_lock(&k->lock);
	dir = b->dir;
	fit = dirs_fit(k);
	pthread_mutex_unlock(&k->lock);
	if (dir || !fit)
		return dir;
	mine = dir_read(b);
	pthread_mutex_lock(&k->lock);
	dir = b->dir;
	if (!dir)
		dir = b->dir = mine;
	pthread_mutex_unlock(&k->lock);
	if (dir != mine)
		dir_free(mine);
	return dir;
}

int64_t kept_shelf_put(struct kept *k, const uint8_t *p, size_t n)
{
	*VEC_PUSH(&k->shelf) = (struct kept_bytes){ .at = p, .n = n };
	return (int64_t)k->shelf.n - 1;
}

const uint8_t *kept_shelf(const struct kept *k, int64_t number, size_t *n)
{
	if (number < 0 || (uint64_t)number >= k->shelf.n)
		return NULL;
	*n = k->shelf.at[number].n;
	return k->shelf.at[number].at;
}
