/* The records of one flow and direction as an array.
 *
 * What: recs_open() lays out the runs of all parts one after another, with the
 * number of the first record of each; recs_get() checks whether the record is
 * in the run used last, else finds its run by binary search and has it unpacked
 * (recs_run.c).  Unpacked runs stay in RECS_KEEP slots of the view; the least
 * recently entered is replaced first: that is the promise of the header.
 * Packed bytes come from the connection's cache of blocks
 * (store/block_cache.c).
 *
 * Questions for a time alone come from all over a strand, and each would unpack
 * thousands of records: with recs_keep_times() what was unpacked once leaves
 * its stamps behind.  recs_keep.c does the same for single records.
 *
 * Cost: a neighbour 1-2 ns; another kept run about 20 ns; else 30 ns for each
 * record of the run.  Memory: RECS_KEEP runs of up to BLOCK_RECORDS records,
 * 5 MB for a flow of millions; a flow of five packets takes 1 kB.
 *
 * Hostile bytes: see block_cache.c; a flow row may name parts that do not exist
 * (they have no records), or the same one many times (RUNS_MAX).
 */
#include "store/recs.h"

#include <stdlib.h>

#include "store/block_cache.h"
#include "store/recs_int.h"

#define RUNS_MAX (4u << 20)
#define VIEWS_IDLE 8 /* a connection's views kept for reuse */
#define IDLE_ROOM 64 /* the most parts and runs that an idle one has room for */

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

/* ---- views that come and go ---- */

static void views_free(struct recs *v)
{
	while (v) {
		struct recs *next = v->next;

		free(v->parts);
		free(v->runs);
		free(v);
		v = next;
	}
}

/* Return: an empty view, perhaps with memory to reuse. */
static struct recs *view_new(struct store *s)
{
	struct recs *v = s->views;

	if (!v)
		return mem_zalloc(1, sizeof *v);
	s->views = v->next;
	s->n_views--;
	*v = (struct recs){ .parts = v->parts,
			    .cap_parts = v->cap_parts,
			    .runs = v->runs,
			    .cap_runs = v->cap_runs };
	return v;
}

/* Keeps the view's memory for the next one, unless it is too much. */
static void view_end(struct recs *v)
{
	struct store *s = v->s;

	v->next = NULL;
	if (s->n_views == VIEWS_IDLE || v->cap_runs > IDLE_ROOM ||
	    v->cap_parts > IDLE_ROOM) {
		views_free(v);
		return;
	}
	v->next = s->views;
	s->views = v;
	s->n_views++;
	s->views_free = views_free;
}

struct recs *recs_open(struct store *s, const struct flow_row *flow, int dir)
{
	struct recs *v = view_new(s);

	v->s = s;
	v->dir = (uint8_t)(dir & 1);
	v->parts = mem_grow(v->parts, &v->cap_parts, flow->n_parts + 1,
			    sizeof *v->parts);
	for (size_t i = 0; i < flow->n_parts; i++) {
		struct layout l = { v, i };

		v->parts[i] = flow->parts[i];
		block_cache_runs(s, v->parts[i].part, recs_part_dir(v, i),
				 run_found, &l);
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

/* ---- records ---- */

void recs_keep_times(struct recs *v)
{
	if (!v->times)
		v->times = mem_zalloc(v->count + 1, sizeof *v->times);
}

/* Makes the run of record @i the current one. */
static void turn_to(struct recs *v, uint64_t i)
{
	size_t run = run_of(v, i);
	struct slot *s = recs_slot(v, run);

	s->entered = ++v->clock;
	v->run = run;
	v->now = (struct recs_now){ s->rec, v->runs[run].first,
				    v->runs[run].in.n };
}

const struct record *recs_get(struct recs *v, uint64_t i)
{
	const struct record *note;

	if (i - v->now.first >= v->now.n) {
		if (i >= v->count)
			return &v->none;
		note = v->notes.number.n ? recs_kept(&v->notes, i) : NULL;
		if (note)
			return note;
		turn_to(v, i);
	}
	return v->now.at + (i - v->now.first);
}

const struct recs_now *recs_now(const struct recs *v)
{
	return &v->now;
}

int64_t recs_time(struct recs *v, uint64_t i)
{
	int64_t t = v->times && i < v->count ? v->times[i] : 0;

	return t ? t : recs_get(v, i)->time_ns;
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

		if (!recs_unpack(v, r, s->rec + r->first))
			for (uint32_t i = 0; i < r->in.n; i++)
				s->rec[r->first + i] = v->none;
	}
	v->now = (struct recs_now){ s->rec, 0, v->count };
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
	recs_ahead_release(v);
	for (size_t i = 0; i < v->n_slots; i++)
		block_cache_room_back(v->s, v->slot[i].rec, v->slot[i].cap);
	free(v->times);
	recs_forget(&v->notes);
	view_end(v);
}

void recs_fetch(struct store *s, const int64_t *flow, size_t n)
{
	const struct flow_keep *keep = gate_flows(s->gate);
	int64_t part[RECS_FETCH];

	n = n < RECS_FETCH ? n : RECS_FETCH;
	if (!keep)
		return;
	for (size_t i = 0; i < n; i++)
		flow_keep_fetch(keep, flow[i]);
	for (size_t i = 0; i < n; i++)
		part[i] = flow_keep_part(keep, flow[i]);
	block_cache_fetch(s, part, n);
}
