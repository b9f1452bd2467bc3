/* The records of one flow and direction as an array.
 *
 * What: recs_open() lays out the runs of all parts one after another, with the
 * number of the first record of each; recs_get() looks whether the record is
 * in the run it looked at last, else finds its run by halving and unpacks it.
 * Unpacked runs stay in RECS_KEEP slots of the view, least recently entered
 * ones leave first: that is the promise of the header.  Packed bytes come
 * from the connection's cache of blocks (store/block_cache.c).
 *
 * Cost: a neighbour 1-2 ns; another kept run about 20 ns; else 30 ns for each
 * record of the run.  Memory: RECS_KEEP runs of up to BLOCK_RECORDS records,
 * 9 MB for a flow of millions; a flow of five packets takes 1 kB.
 *
 * Hostile bytes: see block_cache.c; a flow row may name parts that are not
 * there (they have no records) or again and again (RUNS_MAX).
 */
#include "store/recs.h"

#include <stdlib.h>

#include "store/block_cache.h"
#include "store/pack.h"

#define RUNS_MAX (4u << 20)

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

struct recs {
	const struct record *at; /* the run looked at last */
	uint64_t first, n;       /* its records */
	size_t run;              /* its index */

	struct store *s;
	struct flow_part *parts; /* copy; owned */
	uint8_t dir;
	struct run *runs; /* owned */
	size_t n_runs, cap_runs;
	uint64_t count;
	struct slot slot[RECS_KEEP];
	size_t n_slots;
	uint64_t clock;
	void (*change)(void *ctx, int64_t file, struct record *r);
	void *change_ctx;
	struct record none; /* given where a block is damaged */
};

struct layout {
	struct recs *v;
	size_t part;
};

static void run_found(void *ctx, const struct block_run *r)
{
	struct layout *l = ctx;
	struct recs *v = l->v;

	if (!r->n)
		return;
	if (v->n_runs == RUNS_MAX) {
		store_fail_damaged(v->s, "part", v->parts[l->part].part);
		return;
	}
	v->runs = mem_grow(v->runs, &v->cap_runs, v->n_runs + 1,
			   sizeof *v->runs);
	v->runs[v->n_runs++] = (struct run){ v->count, *r, l->part };
	v->count += r->n;
}

static uint8_t part_dir(const struct recs *v, size_t part)
{
	return v->dir ^ v->parts[part].swap;
}

struct recs *recs_open(struct store *s, const struct flow_row *flow, int dir)
{
	struct recs *v = mem_zalloc(1, sizeof *v);

	v->s = s;
	v->dir = (uint8_t)(dir & 1);
	v->parts = mem_resize(NULL, flow->n_parts + 1, sizeof *v->parts);
	for (size_t i = 0; i < flow->n_parts; i++) {
		struct layout l = { v, i };

		v->parts[i] = flow->parts[i];
		block_cache_runs(s, v->parts[i].part, part_dir(v, i), run_found,
				 &l);
	}
	return v;
}

void recs_change(struct recs *v,
		 void (*fn)(void *ctx, int64_t file, struct record *r),
		 void *ctx)
{
	v->change = fn;
	v->change_ctx = ctx;
}

uint64_t recs_count(const struct recs *v)
{
	return v->count;
}

/* Return: index of the run that holds record @i, which is below the count. */
static size_t run_of(const struct recs *v, uint64_t i)
{
	size_t lo = 0, hi = v->n_runs;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (v->runs[mid].first <= i)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* From the part's numbers to the flow's. */
static void run_shift(const struct recs *v, const struct run *r,
		      struct record *rec)
{
	const struct flow_part *p = &v->parts[r->part];
	uint64_t seq = (uint64_t)p->shift[v->dir];
	uint64_t ack = (uint64_t)p->shift[!v->dir];

	for (uint32_t i = 0; i < r->in.n; i++) {
		rec[i].seq64 += seq;
		if (rec[i].tcp_flags & REC_ACK)
			rec[i].ack64 += ack;
		rec[i].dir = v->dir;
	}
	for (uint32_t i = 0; v->change && i < r->in.n; i++)
		v->change(v->change_ctx, r->in.block >> 32, &rec[i]);
}

static bool run_unpack(struct recs *v, const struct run *r, struct record *out)
{
	uint8_t dir = part_dir(v, r->part);
	struct pack_base base;
	const uint8_t *p;
	size_t size;

	if (!block_cache_bytes(v->s, &r->in, dir, &p, &size, &base))
		return false;
	if (unpack_run_from(&base, p, size, r->in.part, dir, out, r->in.n)) {
		store_fail_damaged(v->s, "block", r->in.block);
		return false;
	}
	run_shift(v, r, out);
	return true;
}

/* A slot to unpack into: a new one, or the one entered longest ago. */
static struct slot *slot_take(struct recs *v)
{
	struct slot *old = v->slot;

	if (v->n_slots < RECS_KEEP)
		return &v->slot[v->n_slots++];
	for (struct slot *s = v->slot; s < v->slot + RECS_KEEP; s++)
		if (s->entered < old->entered)
			old = s;
	return old;
}

static struct slot *slot_of(struct recs *v, size_t run)
{
	for (struct slot *s = v->slot; s < v->slot + v->n_slots; s++)
		if (s->run == run)
			return s;

	struct slot *s = slot_take(v);
	uint32_t n = v->runs[run].in.n;

	if (s->cap < n) {
		if (s->rec)
			block_cache_room_back(v->s, s->rec, s->cap);
		s->rec = block_cache_room(v->s, n, &s->cap);
	}
	s->run = run;
	if (!run_unpack(v, &v->runs[run], s->rec))
		for (uint32_t i = 0; i < n; i++)
			s->rec[i] = v->none;
	return s;
}

/* Makes the run of record @i the one looked at. */
static void turn_to(struct recs *v, uint64_t i)
{
	size_t run = run_of(v, i);
	struct slot *s = slot_of(v, run);

	s->entered = ++v->clock;
	v->run = run;
	v->at = s->rec;
	v->first = v->runs[run].first;
	v->n = v->runs[run].in.n;
}

const struct record *recs_get(struct recs *v, uint64_t i)
{
	if (i - v->first >= v->n) {
		if (i >= v->count)
			return &v->none;
		turn_to(v, i);
	}
	return v->at + (i - v->first);
}

const struct record *recs_all(struct recs *v, uint32_t max)
{
	struct slot *s = &v->slot[0];

	if (!v->count || v->count > max || v->n_slots)
		return NULL;
	v->n_slots = 1;
	s->rec = block_cache_room(v->s, (uint32_t)v->count, &s->cap);
	for (size_t k = 0; k < v->n_runs; k++) {
		const struct run *r = &v->runs[k];

		if (!run_unpack(v, r, s->rec + r->first))
			for (uint32_t i = 0; i < r->in.n; i++)
				s->rec[r->first + i] = v->none;
	}
	v->at = s->rec;
	v->first = 0;
	v->n = v->count;
	return s->rec;
}

int64_t recs_file(struct recs *v, uint64_t i)
{
	size_t run = v->run;

	if (i >= v->count)
		return 0;
	if (i - v->runs[run].first >= v->runs[run].in.n)
		run = run_of(v, i);
	return v->runs[run].in.block >> 32;
}

void recs_close(struct recs *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->n_slots; i++)
		block_cache_room_back(v->s, v->slot[i].rec, v->slot[i].cap);
	free(v->parts);
	free(v->runs);
	free(v);
}
