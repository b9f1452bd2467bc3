/* Inside a view of records: recs.c reads, recs_run.c unpacks, recs_keep.c keeps
 * single records.
 */
#pragma once

#include "base/ahead.h"
#include "base/buf.h"
#include "base/mem.h"
#include "store/block_cache.h"
#include "store/pack.h"
#include "store/recs.h"
#include "store/store_int.h"

#define NOTES_BLOCK 256 /* records to a piece of struct notes */

struct run {
	uint64_t first; /* number of its first record in the view */
	struct block_run in;
	size_t part; /* index into the flow's parts */
};

struct slot {
	size_t run;
	uint64_t entered;   /* the view's clock then */
	struct record *rec; /* block_cache_room() */
	size_t cap;
};

/* A packed run, and everything needed to unpack it. */
struct packed_run {
	const uint8_t *block; /* not owned */
	size_t size;          /* of the block */
	const struct pack_run *run;
	uint8_t dir;       /* of the view */
	uint64_t seq, ack; /* to be added to the part's numbers */
};

struct look_ahead {
	struct ahead_task task;
	bool started;
	struct packed_run in;
	struct pack_run run; /* in's */
	struct buf bytes;    /* a copy, if the block may go; owned */
	struct slot slot;    /* to unpack to */
	bool bad;
};

struct notes { /* single records kept, ascending by number */
	struct VEC(uint64_t) number;
	struct VEC(struct record *) block; /* of NOTES_BLOCK; owned */
};

struct recs {
	struct recs_now now; /* the run used last */
	size_t run;          /* its index */

	struct store *s;
	struct flow_part *parts; /* copy; owned */
	size_t cap_parts;
	uint8_t dir;
	struct run *runs; /* owned */
	size_t n_runs, cap_runs;
	uint64_t count;
	struct slot slot[RECS_KEEP];
	size_t n_slots;
	uint64_t clock;
	void (*change)(void *ctx, int64_t file, struct record *r);
	void *change_ctx;
	struct notes notes;
	int64_t *times;           /* by record; owned; 0: not known */
	size_t last;              /* the run that was unpacked last */
	struct look_ahead *ahead; /* owned; NULL: not yet */
	struct record none;       /* given where a block is damaged */
	struct recs *next;        /* idle views */
};

/* The part's direction that is the view's. */
static inline uint8_t recs_part_dir(const struct recs *v, size_t part)
{
	return v->dir ^ v->parts[part].swap;
}

/* --- recs_run.c --- */
/* Unpacks run @r into @out, which has room for its records.
 * Return: false, with the store failed, if it is damaged. */
bool recs_unpack(struct recs *v, const struct run *r, struct record *out);
/* The slot of run @run, unpacked if it was not. */
struct slot *recs_slot(struct recs *v, size_t run);
void recs_ahead_release(struct recs *v);

/* --- recs_keep.c --- */
/* The copy of record @i, or NULL. */
const struct record *recs_kept(const struct notes *k, uint64_t i);
void recs_forget(struct notes *k);
