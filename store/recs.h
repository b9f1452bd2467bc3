/* The records of one flow and direction as an array.
 *
 * reads:  block        writes: nothing
 *
 * recs_get(v, i) is the i-th record (capture order, parts one after another)
 * and stays valid until RECS_KEEP other blocks of the view have been touched;
 * it is fast for neighbours of recent records.  record.seq64/ack64 are those of
 * the flow (shift applied), record.dir is the flow's, record.part the part's
 * number in its file.  Views of one store share a cache of unpacked runs: one
 * thread each.
 */
#pragma once

#include <stdint.h>

#include "store/store.h"

#define RECS_KEEP 8

struct recs;

/* @dir: 0 c2s, 1 s2c of the flow.  Return: never NULL. */
struct recs *recs_open(struct store *s, const struct flow_row *flow, int dir);
uint64_t recs_count(const struct recs *v);
/* @i below recs_count(); a block that can't be read gives a zeroed record and
 * fails the store (store_failed). */
const struct record *recs_get(struct recs *v, uint64_t i);
/* What recs_get() has at hand without any work: records [first, first + n), at
 * @at.  Each call may change it. */
struct recs_now {
	const struct record *at;
	uint64_t first, n;
};
/* Return: a pointer to that, valid until recs_close(). */
const struct recs_now *recs_now(const struct recs *v);
/* All records as one array, if there are any and at most @max: unpacked at
 * once, valid until recs_close().  To be called before recs_get(). Return:
 * owned by the view; NULL: use recs_get(). */
const struct record *recs_all(struct recs *v, uint32_t max);
/* Has @fn change each record of the view as it is unpacked; @file is the file
 * row that it is from.  To be called right after recs_open(). */
void recs_change(struct recs *v,
		 void (*fn)(void *ctx, int64_t file, struct record *r),
		 void *ctx);
/* File row that record @i is from. */
int64_t recs_file(struct recs *v, uint64_t i);
/* Keeps the time stamps of all records unpacked from now on, 8 bytes each, for
 * recs_time(). */
void recs_keep_times(struct recs *v);
/* Keeps a copy of record @i, if it comes after all those kept and they are not
 * too many.  recs_get() then returns the copy, valid until recs_close(),
 * instead of unpacking the records around it. */
void recs_keep(struct recs *v, uint64_t i);
/* recs_get(v, i)->time_ns, without unpacking if it was kept. */
int64_t recs_time(struct recs *v, uint64_t i);
void recs_close(struct recs *v);

#define RECS_FETCH 64
/* Prefetches what reading @n flows from their begin takes, RECS_FETCH of them at
 * most, as far as it is in memory. */
void recs_fetch(struct store *s, const int64_t *flow, size_t n);
