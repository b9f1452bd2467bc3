/* Runs of a view: unpacking them, in time or ahead of it.
 *
 * Unpacked runs are in the view's slots.  A long strand is mostly read from
 * front to back, repeatedly.  So the run after the one just unpacked is
 * unpacked ahead by another thread (base/ahead.h), as long as a processor is
 * spare, and a single session of millions of packets keeps two of them busy.
 * That thread only unpacks; what the connection and the cache give is fetched
 * before.  A run that is damaged inside is reported when it is needed, a block
 * that cannot be read at once.
 *
 * Invariant: at most one run is unpacked ahead; its slot and bytes belong to
 * the other thread until ahead_take() or ahead_end().
 */
#include <stdlib.h>

#include "base/parallel.h"
#include "store/recs_int.h"

#define RUNS_AHEAD 4 /* fewer are not worth a thread */

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

/* Uses only its arguments, so any thread may call it.  Converts the part's
 * sequence numbers to the flow's. */
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

/* Completes a run's unpacked records. */
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

bool recs_unpack(struct recs *v, const struct run *r, struct record *out)
{
	struct block_at at;
	struct packed_run in;

	if (!block_cache_run(v->s, &r->in, recs_part_dir(v, r->part), &at))
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

/* Makes sure that the thread's input stays valid until it is done. */
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

/* Has @run, which follows the current one, unpacked by the thread. */
static void ahead_begin(struct recs *v, size_t run)
{
	struct look_ahead *l = look_ahead_of(v);
	const struct run *r = &v->runs[run];
	struct block_at at;

	if (!l)
		return;
	ahead_end(v);
	if (!block_cache_run(v->s, &r->in, recs_part_dir(v, r->part), &at))
		return;
	l->in = packed_run_of(v, r, &at);
	ahead_hold(l, &at);
	l->slot.run = run;
	slot_room(v, &l->slot, r->in.n);
	l->started = true;
	ahead_start(v->s->ahead, &l->task);
}

/* Run @run was unpacked: begins the next one if that is worth it. */
static void ahead_look(struct recs *v, size_t run)
{
	bool follows = run == v->last + 1;

	v->last = run;
	if (follows && v->n_runs >= RUNS_AHEAD && run + 1 < v->n_runs &&
	    !v->s->borrowed && parallel_spare() && !slot_find(v, run + 1))
		ahead_begin(v, run + 1);
}

/* Takes what was unpacked ahead into @s, in exchange for @s's memory. */
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

static void keep_times(struct recs *v, size_t run, const struct record *rec)
{
	int64_t *to = v->times + v->runs[run].first;

	for (uint32_t i = 0; i < v->runs[run].in.n; i++)
		to[i] = rec[i].time_ns;
}

struct slot *recs_slot(struct recs *v, size_t run)
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
		good = recs_unpack(v, &v->runs[run], s->rec);
	}
	for (uint32_t i = 0; !good && i < n; i++)
		s->rec[i] = v->none;
	if (v->times)
		keep_times(v, run, s->rec);
	ahead_look(v, run);
	return s;
}

void recs_ahead_release(struct recs *v)
{
	ahead_end(v);
	if (!v->ahead)
		return;
	if (v->ahead->slot.rec)
		block_cache_room_back(v->s, v->ahead->slot.rec,
				      v->ahead->slot.cap);
	buf_release(&v->ahead->bytes);
	free(v->ahead);
}
