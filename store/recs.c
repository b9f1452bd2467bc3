/* The records of one flow and direction as an array.
 *
 * What: recs_open() lays out the runs of all parts one after another, with the
 * number of the first record of each; recs_get() looks whether the record is
 * in the run it looked at last, else finds its run by halving and unpacks it.
 * Unpacked runs stay in RECS_KEEP slots of the view, least recently entered
 * ones leave first: that is the promise of the header.  Packed bytes come
 * from the connection's cache of blocks (store/block_cache.c).
 *
 * A long strand is mostly read from front to back, again and again.  So the run
 * after the one that is read is unpacked ahead by another thread (base/ahead.h),
 * as long as a processor is spare, and a single session of millions of packets
 * keeps two of them busy.  Only the unpacking is done there; what the connection
 * and the cache give was taken before.  A run that is damaged inside is told of
 * when it is asked for, a block that cannot be read at once.
 *
 * Questions for the time alone come from all over a strand and would each unpack
 * thousands of records: recs_keep_times() lets what was unpacked once leave its
 * stamps behind.  Few records are asked for again and again, by one step after
 * another: recs_keep() keeps those.
 *
 * Cost: a neighbour 1-2 ns; another kept run about 20 ns; else 30 ns for each
 * record of the run.  Memory: RECS_KEEP runs of up to BLOCK_RECORDS records,
 * 5 MB for a flow of millions; a flow of five packets takes 1 kB.
 *
 * Hostile bytes: see block_cache.c; a flow row may name parts that are not
 * there (they have no records) or again and again (RUNS_MAX).
 */
#include "store/recs.h"

#include <stdlib.h>

#include "base/ahead.h"
#include "base/parallel.h"
#include "store/block_cache.h"
#include "store/pack.h"

#define RUNS_MAX (4u << 20)
#define RUNS_AHEAD 4    /* fewer are not worth a thread */
#define NOTES_BLOCK 256 /* records that are kept in a piece */
#define NOTES_MOST 65536
#define VIEWS_IDLE 8 /* of a connection, kept for those to come */
#define IDLE_ROOM 64 /* parts and runs that an idle one has room for, at most */

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

/* A packed run, and what else it takes to make records of it. */
struct packed_run {
	const uint8_t *block; /* not owned */
	size_t size;          /* of the block */
	const struct pack_run *run;
	uint8_t dir;       /* of the view */
	uint64_t seq, ack; /* to be added */
};

struct look_ahead {
	struct ahead_task task;
	bool started;
	struct packed_run in;
	struct pack_run run; /* in's */
	struct buf bytes;    /* a copy where they do not stay; owned */
	struct slot slot;    /* to unpack to */
	bool bad;
};

struct notes { /* in order of their numbers */
	struct VEC(uint64_t) number;
	struct VEC(struct record *) block; /* of NOTES_BLOCK; owned */
};

struct recs {
	struct recs_now now; /* the run looked at last */
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

/* Return: a view without anything, but perhaps with room. */
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

/* The next one has the room, if it is not too much to keep. */
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

/* ---- unpacking ---- */

static struct packed_run packed_run_of(const struct recs *v,
				       const struct run *r,
				       const struct block_at *at)
{
	const struct flow_part *part = &v->parts[r->part];

	return (struct packed_run){ .block = at->block,
				    .size = at->size,
				    .run = at->run,
				    .dir = v->dir,
				    .seq = (uint64_t)part->shift[v->dir],
				    .ack = (uint64_t)part->shift[!v->dir] };
}

/* Needs nothing but what it is given: any thread may.  From the part's numbers
 * to the flow's on the way. */
static bool unpack_packed(const struct packed_run *in, struct record *out)
{
	if (unpack_run_in(in->run, in->block, in->size, in->dir, out))
		return false;
	for (uint32_t i = 0; (in->seq || in->ack) && i < in->run->n; i++) {
		out[i].seq64 += in->seq;
		if (out[i].tcp_flags & REC_ACK)
			out[i].ack64 += in->ack;
	}
	return true;
}

/* What is left to be done to a run's unpacked records. */
static bool run_finish(struct recs *v, const struct run *r, bool bad,
		       struct record *rec)
{
	if (bad) {
		store_fail_damaged(v->s, "block", r->in.block);
		return false;
	}
	for (uint32_t i = 0; v->change && i < r->in.n; i++)
		v->change(v->change_ctx, r->in.block >> 32, &rec[i]);
	return true;
}

static bool run_unpack(struct recs *v, const struct run *r, struct record *out)
{
	struct block_at at;
	struct packed_run in;

	if (!block_cache_run(v->s, &r->in, part_dir(v, r->part), &at))
		return false;
	in = packed_run_of(v, r, &at);
	return run_finish(v, r, !unpack_packed(&in, out), out);
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

static struct slot *slot_find(struct recs *v, size_t run)
{
	for (struct slot *s = v->slot; s < v->slot + v->n_slots; s++)
		if (s->run == run)
			return s;
	return NULL;
}

static void slot_room(struct recs *v, struct slot *s, uint32_t n)
{
	if (s->cap >= n)
		return;
	if (s->rec)
		block_cache_room_back(v->s, s->rec, s->cap);
	s->rec = block_cache_room(v->s, n, &s->cap);
}

/* ---- unpacking ahead ---- */

static void unpack_ahead(void *ctx)
{
	struct look_ahead *l = ctx;

	l->bad = !unpack_packed(&l->in, l->slot.rec);
}

static struct look_ahead *look_ahead_of(struct recs *v)
{
	if (!v->s->ahead)
		v->s->ahead = ahead_new();
	if (v->s->ahead && !v->ahead) {
		v->ahead = mem_zalloc(1, sizeof *v->ahead);
		v->ahead->task.fn = unpack_ahead;
		v->ahead->task.ctx = v->ahead;
	}
	return v->s->ahead ? v->ahead : NULL;
}

static void ahead_end(struct recs *v)
{
	if (v->ahead && v->ahead->started)
		ahead_drop(v->s->ahead, &v->ahead->task);
	if (v->ahead)
		v->ahead->started = false;
}

/* What the other thread works on must be there until it is done. */
static void ahead_hold(struct look_ahead *l, const struct block_at *at)
{
	l->run = *at->run;
	l->in.run = &l->run;
	if (at->stays)
		return;
	l->bytes.n = 0;
	buf_bytes(&l->bytes, at->block + l->run.at, l->run.size);
	l->in.block = l->bytes.at;
	l->in.size = l->run.size;
	l->run.at = 0;
}

/* Has @run, which follows the one that is read, unpacked. */
static void ahead_begin(struct recs *v, size_t run)
{
	struct look_ahead *l = look_ahead_of(v);
	const struct run *r = &v->runs[run];
	struct block_at at;

	if (!l)
		return;
	ahead_end(v);
	if (!block_cache_run(v->s, &r->in, part_dir(v, r->part), &at))
		return;
	l->in = packed_run_of(v, r, &at);
	ahead_hold(l, &at);
	l->slot.run = run;
	slot_room(v, &l->slot, r->in.n);
	l->started = true;
	ahead_start(v->s->ahead, &l->task);
}

/* Run @run was unpacked: is another one worth it? */
static void ahead_look(struct recs *v, size_t run)
{
	bool follows = run == v->last + 1;

	v->last = run;
	if (follows && v->n_runs >= RUNS_AHEAD && run + 1 < v->n_runs &&
	    !v->s->borrowed && parallel_spare() && !slot_find(v, run + 1))
		ahead_begin(v, run + 1);
}

/* Takes what was unpacked ahead into @s, which gives its room for it. */
static bool ahead_take(struct recs *v, struct slot *s)
{
	struct look_ahead *l = v->ahead;
	struct slot room = *s;

	ahead_wait(v->s->ahead, &l->task);
	l->started = false;
	*s = l->slot;
	l->slot = room;
	return run_finish(v, &v->runs[s->run], l->bad, s->rec);
}

/* ---- runs that are kept ---- */

void recs_keep_times(struct recs *v)
{
	if (!v->times)
		v->times = mem_zalloc(v->count + 1, sizeof *v->times);
}

static void keep_times(struct recs *v, size_t run, const struct record *rec)
{
	int64_t *to = v->times + v->runs[run].first;

	for (uint32_t i = 0; i < v->runs[run].in.n; i++)
		to[i] = rec[i].time_ns;
}

static struct slot *slot_of(struct recs *v, size_t run)
{
	struct slot *s = slot_find(v, run);
	uint32_t n = v->runs[run].in.n;
	bool good;

	if (s)
		return s;
	s = slot_take(v);
	if (v->ahead && v->ahead->started && v->ahead->slot.run == run) {
		good = ahead_take(v, s);
	} else {
		slot_room(v, s, n);
		s->run = run;
		good = run_unpack(v, &v->runs[run], s->rec);
	}
	for (uint32_t i = 0; !good && i < n; i++)
		s->rec[i] = v->none;
	if (v->times)
		keep_times(v, run, s->rec);
	ahead_look(v, run);
	return s;
}

/* Makes the run of record @i the one looked at. */
static void turn_to(struct recs *v, uint64_t i)
{
	size_t run = run_of(v, i);
	struct slot *s = slot_of(v, run);

	s->entered = ++v->clock;
	v->run = run;
	v->now = (struct recs_now){ s->rec, v->runs[run].first,
				    v->runs[run].in.n };
}

void recs_keep(struct recs *v, uint64_t i)
{
	struct notes *k = &v->notes;
	size_t n = k->number.n;

	if (i >= v->count || n == NOTES_MOST || (n && k->number.at[n - 1] >= i))
		return;
	if (n % NOTES_BLOCK == 0)
		*VEC_PUSH(&k->block) = mem_resize(NULL, NOTES_BLOCK,
						  sizeof **k->block.at);
	k->block.at[n / NOTES_BLOCK][n % NOTES_BLOCK] = *recs_get(v, i);
	*VEC_PUSH(&k->number) = i;
}

static const struct record *notes_find(const struct notes *k, uint64_t i)
{
	size_t lo = 0, hi = k->number.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (k->number.at[mid] < i)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < k->number.n && k->number.at[lo] == i
		       ? &k->block.at[lo / NOTES_BLOCK][lo % NOTES_BLOCK]
		       : NULL;
}

static void notes_release(struct notes *k)
{
	for (size_t i = 0; i < k->block.n; i++)
		free(k->block.at[i]);
	VEC_FREE(&k->block);
	VEC_FREE(&k->number);
}

const struct record *recs_get(struct recs *v, uint64_t i)
{
	const struct record *note;

	if (i - v->now.first >= v->now.n) {
		if (i >= v->count)
			return &v->none;
		note = v->notes.number.n ? notes_find(&v->notes, i) : NULL;
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

		if (!run_unpack(v, r, s->rec + r->first))
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
	ahead_end(v);
	if (v->ahead) {
		if (v->ahead->slot.rec)
			block_cache_room_back(v->s, v->ahead->slot.rec,
					      v->ahead->slot.cap);
		buf_release(&v->ahead->bytes);
		free(v->ahead);
	}
	for (size_t i = 0; i < v->n_slots; i++)
		block_cache_room_back(v->s, v->slot[i].rec, v->slot[i].cap);
	free(v->times);
	notes_release(&v->notes);
	view_end(v);
}
