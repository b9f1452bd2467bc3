/* Flows of a temporary case that stay in memory: see store/flow_keep.c.
 *
 * reads, writes: struct flow_row
 */
#pragma once

#include "store/store.h"

struct flow_keep;
struct flow_keep *flow_keep_new(void);
void flow_keep_free(struct flow_keep *k);

/* Forgets all; each of flows 1 to @n is to be put before any is asked for: the
 * memory is not cleared, so that those who put are the first to touch it. */
void flow_keep_begin(struct flow_keep *k, size_t n);
/* Keeps @f, if it is one of these and fits.  Any threads may put different ones
 * at the same time. */
void flow_keep_put(struct flow_keep *k, const struct flow_row *f);
void flow_keep_drop(struct flow_keep *k, int64_t id);
/* Return: whether flow @id is kept; then @out, but for out->id, is as it was
 * put, its parts @out's own. */
bool flow_keep_get(const struct flow_keep *k, int64_t id, struct flow_row *out);
/* Loads what flow_keep_get() reads of flow @id: of several in turn all wait at
 * once. */
void flow_keep_fetch(const struct flow_keep *k, int64_t id);
/* Return: the part of flow @id; 0: it is not kept. */
int64_t flow_keep_part(const struct flow_keep *k, int64_t id);
