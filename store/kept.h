/* Bytes of a temporary case that stay in memory: see store/kept.c.
 *
 * reads, writes: bytes
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct kept;
struct kept *kept_new(void);
void kept_free(struct kept *k);

/* Where one thread puts bytes to be kept. */
struct kept_place {
	struct kept *kept;
	uint8_t *at; /* the other two are zero at first */
	size_t left;
};
/* Return: room for @n bytes at least; NULL if there is none: then they go to
 * the database. */
uint8_t *kept_room(struct kept_place *p, size_t n);
/* @n bytes of that room were used. */
void kept_took(struct kept_place *p, size_t n);
/* No more will come: leaves the rest to others. */
void kept_leave(struct kept_place *p);

/* Notes that the block @id is at @p, in such room. */
void kept_put(struct kept *k, int64_t id, const uint8_t *p, size_t n);
/* Return: where it is, or NULL. */
const uint8_t *kept_find(const struct kept *k, int64_t id, size_t *n);
void kept_drop(struct kept *k, int64_t file);
/* The directory of the block @id, which is not compressed: the same for all, and
 * valid as long as the block is kept.  Any thread may ask.
 * Return: NULL if it is not kept, its bytes are bad, or all directories together
 * are too large. */
struct block_dir;
const struct block_dir *kept_dir(struct kept *k, int64_t id);

/* The same for a shelf.  Return: the number that it gets. */
int64_t kept_shelf_put(struct kept *k, const uint8_t *p, size_t n);
const uint8_t *kept_shelf(const struct kept *k, int64_t number, size_t *n);
