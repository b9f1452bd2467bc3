/* Blocks of a temporary case, kept in memory.
 *
 * What: nobody opens a temporary case again, so its blocks need not go through
 * the database, whose pages cost several copies on the way in and at each
 * reading.  They stand here, up to KEPT_BYTES; what comes then is stored as in
 * any case.  Rows are in the database all the same, with no bytes.
 *
 * Invariants: bytes never move, so that readers may point at them; only the
 * writer adds or drops, and only while nobody reads (indexing comes first).
 *
 * Memory: KEPT_BYTES, on pages of MEM_HUGE.
 */
#include "store/store_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define KEPT_BYTES ((size_t)96 << 20)

struct kept_block {
	const uint8_t *at; /* NULL: is not here */
	size_t n;
};

struct kept_file {
	int64_t file;
	struct VEC(struct kept_block) block; /* by number, from 1 */
};

struct kept {
	struct VEC(struct kept_file) file;
	struct VEC(uint8_t *) page; /* owned, each too */
	size_t used;                /* of the last one */
};

struct kept *kept_new(void)
{
	return mem_zalloc(1, sizeof(struct kept));
}

void kept_free(struct kept *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->file.n; i++)
		VEC_FREE(&k->file.at[i].block);
	for (size_t i = 0; i < k->page.n; i++)
		free(k->page.at[i]);
	VEC_FREE(&k->file);
	VEC_FREE(&k->page);
	free(k);
}

static struct kept_file *file_of(const struct kept *k, int64_t file)
{
	for (size_t i = k->file.n; i-- > 0;)
		if (k->file.at[i].file == file)
			return &k->file.at[i];
	return NULL;
}

/* Return: room for @n bytes, or NULL where there is none. */
static uint8_t *room_of(struct kept *k, size_t n)
{
	uint8_t *p;

	if (n > MEM_HUGE)
		return NULL;
	if (!k->page.n || MEM_HUGE - k->used < n) {
		if ((k->page.n + 1) * MEM_HUGE > KEPT_BYTES)
			return NULL;
		*VEC_PUSH(&k->page) = mem_alloc_huge();
		k->used = 0;
	}
	p = k->page.at[k->page.n - 1] + k->used;
	k->used += n;
	return p;
}

bool kept_put(struct kept *k, int64_t id, const struct buf *data)
{
	int64_t file = id >> 32;
	uint32_t number = (uint32_t)id;
	struct kept_file *f = file_of(k, file);
	uint8_t *p = data->n ? room_of(k, data->n) : NULL;

	if (!p)
		return false;
	memcpy(p, data->at, data->n);
	if (!f) {
		f = VEC_PUSH(&k->file);
		*f = (struct kept_file){ .file = file };
	}
	while (f->block.n <= number)
		*VEC_PUSH(&f->block) = (struct kept_block){ 0 };
	f->block.at[number] = (struct kept_block){ p, data->n };
	return true;
}

const uint8_t *kept_find(const struct kept *k, int64_t id, size_t *n)
{
	const struct kept_file *f = file_of(k, id >> 32);
	uint32_t number = (uint32_t)id;

	if (!f || number >= f->block.n)
		return NULL;
	*n = f->block.at[number].n;
	return f->block.at[number].at;
}

void kept_drop(struct kept *k, int64_t file)
{
	struct kept_file *f = file_of(k, file);

	if (f)
		f->block.n = 0;
}
