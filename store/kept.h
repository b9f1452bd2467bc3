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

/* Where one thread puts bytes that are to be kept. */
struct kept_place {
	struct kept *kept;
	uint8_t *at; /* the other two are zero at first */
	size_t left;
};
/* Return: room for @n bytes at least; NULL where there is none: they are the
 * database's. */
uint8_t *kept_room(struct kept_place *p, size_t n);
/* So many bytes of that are used. */
void kept_took(struct kept_place *p, size_t n);
/* No more come: what is left is for others. */
void kept_leave(struct kept_place *p);

/* The block @id lies at @p, in such room. */
void kept_put(struct kept *k, int64_t id, const uint8_t *p, size_t n);
/* Return: where it lies, or NULL. */
const uint8_t *kept_find(const struct kept *k, int64_t id, size_t *n);
void kept_drop(struct kept *k, int64_t file);

/* The same of a shelf, which gets a number.  Return: that. */
int64_t kept_shelf_put(struct kept *k, const uint8_t *p, size_t n);
const uint8_t *kept_shelf(const struct kept *k, int64_t number, size_t *n);
