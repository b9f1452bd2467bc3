/* Shelves of a temporary case that stay in memory: see store/shelf_keep.c.
 *
 * reads, writes: bytes
 */
#pragma once

#include "base/buf.h"

struct shelf_keep;
struct shelf_keep *shelf_keep_new(void);
void shelf_keep_free(struct shelf_keep *k);

/* Takes the packed shelf @data over, which is empty then.  Return: its number; -1
 * where there is no room: it is the database's. */
int64_t shelf_keep_put(struct shelf_keep *k, struct buf *data);
/* Return: its bytes, valid until it is dropped; NULL: there is none. */
const uint8_t *shelf_keep_get(struct shelf_keep *k, int64_t number, size_t *n);
/* Nobody asks for it any more, nor holds its bytes. */
void shelf_keep_drop(struct shelf_keep *k, int64_t number);
