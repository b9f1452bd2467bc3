/* Blocks: the directory before packed runs.
 *
 * The directory has each run's part, direction, size and base (its start), predicted
 * from the run before, and the shapes that runs of a kind share.  The runs
 * themselves are those of store/pack.c.
 *
 * Hostile bytes: the number of runs is bounded by the bytes that an entry takes at
 * least, the place of each by the bytes of the block.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "store/pack_guess.h"
#include "store/unpack_in.h"

/* Most steps are whole microseconds: the lowest bit says so. */
static void put_base_time(struct buf *out, int64_t ns, int64_t from)
{
	int64_t step = ns - from;
	bool us = step % 1000 == 0;

	buf_varint(out, zigzag((uint64_t)(us ? step / 1000 : step)) << 1 | us);
}

/* @gathers, here and below: as in_varint_as(). */
static ALWAYS_INLINE int64_t take_base_time(struct packed_in *in, int64_t from,
					    bool gathers)
{
	uint64_t v = in_varint_as(in, gathers);
	uint64_t t = (uint64_t)from + zagzig(v >> 1) * (v & 1 ? 1000 : 1);

	if (t >= (uint64_t)BASE_TIME_MAX)
		in->bad = true;
	return in->bad ? 0 : (int64_t)t;
}

/* The next base as the one before predicts it: in the other direction of a part,
 * numbers and acknowledgements are exchanged. */
static struct pack_base base_guess(const struct pack_run *before,
				   const struct pack_run *run)
{
	const struct pack_base *b = &before->base;

	if (before->part == run->part && before->dir != run->dir)
		return (struct pack_base){ .time_ns = b->time_ns,
					   .frame = b->frame,
					   .seq = b->ack,
					   .ack = b->seq,
					   .tsval = b->tsecr,
					   .tsecr = b->tsval };
	return *b;
}

static void put_base(struct buf *out, const struct pack_run *before,
		     const struct pack_run *run)
{
	struct pack_base from = base_guess(before, run), b = run->base;

	put_base_time(out, b.time_ns, from.time_ns);
	buf_varint(out, zigzag(b.frame - from.frame));
	buf_varint(out, zigzag(b.seq - from.seq));
	buf_varint(out, zigzag(b.ack - from.ack));
	buf_varint(out, zigzag32(b.tsval - from.tsval));
	buf_varint(out, zigzag32(b.tsecr - from.tsecr));
}

static ALWAYS_INLINE void take_base(struct packed_in *in,
				    const struct pack_run *before,
				    struct pack_run *run, bool gathers)
{
	struct pack_base from = base_guess(before, run), *b = &run->base;

	b->time_ns = take_base_time(in, from.time_ns, gathers);
	b->frame = from.frame + zagzig(in_varint_as(in, gathers));
	b->seq = from.seq + zagzig(in_varint_as(in, gathers));
	b->ack = from.ack + zagzig(in_varint_as(in, gathers));
	b->tsval = from.tsval + zagzig32(in_varint_as(in, gathers));
	b->tsecr = from.tsecr + zagzig32(in_varint_as(in, gathers));
}

static void put_shape(struct buf *out, const struct pack_shape *s)
{
	buf_varint(out, s->flags);
	buf_varint(out, s->hdr);
	buf_varint(out, s->window);
	buf_varint(out, s->window_next);
	for (unsigned k = 0; k < 4; k++)
		buf_varint(out, s->marks[k]);
	buf_varint(out, s->snap);
	buf_u8(out, s->opts);
	buf_u8(out, s->ttl);
}

static void take_shape(struct cursor *in, struct pack_shape *s)
{
	s->flags = (uint16_t)cursor_varint(in);
	s->hdr = (uint16_t)cursor_varint(in);
	s->window = (uint16_t)cursor_varint(in);
	s->window_next = (uint16_t)cursor_varint(in);
	for (unsigned k = 0; k < 4; k++)
		s->marks[k] = (uint16_t)cursor_varint(in);
	s->snap = (uint32_t)cursor_varint(in);
	s->opts = cursor_u8(in);
	s->ttl = cursor_u8(in);
}

/* Shapes: bits of the kinds that have one, then these. */
static void put_shapes(struct buf *out, const struct pack_run *runs, size_t n)
{
	const struct pack_shape *at[PACK_KINDS] = { 0 };
	uint8_t have = 0;

	for (size_t i = 0; i < n; i++)
		if (runs[i].base.shape.hdr) {
			at[runs[i].base.kind] = &runs[i].base.shape;
			have |= (uint8_t)(1 << runs[i].base.kind);
		}
	buf_u8(out, have);
	for (unsigned k = 0; k < PACK_KINDS; k++)
		if (at[k])
			put_shape(out, at[k]);
}

static void take_shapes(struct cursor *in, struct pack_shapes *s)
{
	s->have = cursor_u8(in);
	for (unsigned k = 0; k < PACK_KINDS; k++)
		if (s->have >> k & 1)
			take_shape(in, &s->at[k]);
}

#define ENTRY_VARINTS 9
#define SHAPE_VARINTS 11 /* two of them bytes */

size_t pack_block_most(size_t n_runs)
{
	return VARINT_MOST *
	       (2 + PACK_KINDS * SHAPE_VARINTS + ENTRY_VARINTS * n_runs);
}

/* Directory: number of runs, shapes, then for each run the part (as the step
 * from the one before; lowest bits: kind, of which one is the direction),
 * records, bytes, and the base. */
void pack_block(const struct pack_run *runs, size_t n_runs,
		const struct buf *runs_bytes, struct buf *out)
{
	const struct pack_run none = { 0 }, *before = &none;

	buf_varint(out, n_runs);
	put_shapes(out, runs, n_runs);
	for (size_t i = 0; i < n_runs; i++) {
		uint64_t step = runs[i].part - before->part; /* wraps */

		buf_varint(out,
			   step << 2 | (runs[i].base.kind & 2) | runs[i].dir);
		buf_varint(out, runs[i].n);
		buf_varint(out, runs[i].size);
		put_base(out, before, &runs[i]);
		before = &runs[i];
	}
	buf_bytes(out, runs_bytes->at, runs_bytes->n);
}

#define ENTRY_MIN 9 /* bytes of a directory entry */

static ALWAYS_INLINE void take_run(struct packed_in *in,
				   const struct pack_shapes *shapes,
				   const struct pack_run *before,
				   struct pack_run *run, bool gathers)
{
	uint64_t key = in_varint_as(in, gathers);
	uint64_t n = in_varint_as(in, gathers);

	run->part = before->part + (uint32_t)(key >> 2);
	run->dir = key & 1;
	run->n = (uint32_t)n;
	run->size = in_varint_as(in, gathers);
	take_base(in, before, run, gathers);
	run->base.kind = key & 3;
	run->base.shape = shapes->at[key & 3];
	if (key >> 34 || n == 0 || n > BLOCK_RECORDS)
		in->bad = true;
}

int directory_begin(struct directory_in *d, const uint8_t *p, size_t size)
{
	*d = (struct directory_in){ .in = cursor_of(p, size), .size = size };
	d->left = cursor_varint(&d->in);
	if (d->in.bad || d->left > size / ENTRY_MIN)
		return -1;
	take_shapes(&d->in, &d->shapes);
	return 0;
}

/* Return: how many were taken before the bytes went bad, of @n. */
static ALWAYS_INLINE size_t take_runs(struct directory_in *d,
				      struct pack_run *runs, size_t n,
				      bool gathers)
{
	struct packed_in in = packed_in_of(d->in.at, cursor_left(&d->in), 0);
	size_t i;

	in.bad = d->in.bad;
	for (i = 0; i < n && !in.bad; i++) {
		struct pack_run *r = &runs[i];

		take_run(&in, &d->shapes, i ? r - 1 : &d->before, r, gathers);
		r->at = d->at;
		if (r->size > d->size - d->at)
			in.bad = true;
		else
			d->at += r->size;
	}
	d->in.at = in.at;
	d->in.bad = in.bad;
	return i;
}

#if GATHER
__attribute__((target(GATHER_TARGET))) static size_t
gather_runs(struct directory_in *d, struct pack_run *runs, size_t n)
{
	return take_runs(d, runs, n, true);
}
#endif

static size_t take_some(struct directory_in *d, struct pack_run *runs, size_t n)
{
#if GATHER
	if (gather_fits())
		return gather_runs(d, runs, n);
#endif
	return take_runs(d, runs, n, false);
}

size_t directory_take(struct directory_in *d, struct pack_run *runs, size_t max)
{
	size_t n = d->left < max ? d->left : max;
	size_t got = take_some(d, runs, n);

	if (got)
		d->before = runs[got - 1];
	d->left -= n;
	return d->in.bad ? 0 : n;
}

long directory_end(const struct directory_in *d)
{
	return d->in.bad || cursor_left(&d->in) != d->at
		       ? -1
		       : (long)(d->size - d->at);
}

long unpack_directory(const uint8_t *p, size_t size, struct pack_run **runs)
{
	struct directory_in d;
	size_t n, got;
	long at;

	*runs = NULL;
	if (directory_begin(&d, p, size))
		return -1;
	n = d.left;
	*runs = mem_resize(NULL, n + 1, sizeof **runs);
	got = directory_take(&d, *runs, n);
	at = directory_end(&d);
	if (got != n || at < 0) {
		free(*runs);
		*runs = NULL;
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		(*runs)[i].at += (size_t)at;
	return (long)n;
}
