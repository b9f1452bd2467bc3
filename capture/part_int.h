/* What part.c, part_dir.c and part_samples.c share. */
#pragma once

#include "capture/part.h"

/* What times and frames of a part are relative to. */
struct part_scale {
	int64_t unit_ns;           /* 1 or 1000 */
	int64_t first_ns, last_ns; /* the part's */
	uint64_t first_frame;
	/* how to read the direction: skip its samples, or stop after its time
	 * stamps */
	bool skip, leave;
};

/* The unit is 1 or 1000: by a constant no division is left. */
static inline uint64_t part_units(const struct part_scale *s, int64_t ns)
{
	return (uint64_t)(s->unit_ns == 1000 ? ns / 1000 : ns);
}

/* Steps wrap, as times may lie anywhere; with a unit of 1000 both ends are
 * divided first, so that nothing is lost by wrapping. */
static inline void put_time(struct buf *out, const struct part_scale *s,
			    int64_t ns, int64_t from_ns)
{
	buf_zigzag(out, (int64_t)(part_units(s, ns) - part_units(s, from_ns)));
}

static inline int64_t take_time(struct cursor *in, const struct part_scale *s,
				int64_t from_ns)
{
	uint64_t t = (uint64_t)cursor_zigzag(in) + part_units(s, from_ns);

	return (int64_t)(t * (uint64_t)s->unit_ns);
}

static inline void put_step(struct buf *out, uint64_t v, uint64_t from)
{
	buf_zigzag(out, (int64_t)(v - from));
}

static inline uint64_t take_step(struct cursor *in, uint64_t from)
{
	return from + (uint64_t)cursor_zigzag(in);
}

static inline void put_u16(struct buf *out, uint16_t v)
{
	buf_u8(out, (uint8_t)v);
	buf_u8(out, (uint8_t)(v >> 8));
}

static inline uint16_t take_u16(struct cursor *in)
{
	uint8_t low = cursor_u8(in);

	return (uint16_t)(low | cursor_u8(in) << 8);
}

static inline void put_step32(struct buf *out, uint32_t v, uint32_t from)
{
	buf_zigzag(out, (int32_t)(v - from));
}

static inline uint32_t take_step32(struct cursor *in, uint32_t from)
{
	return from + (uint32_t)cursor_zigzag(in);
}

/* Where the stream's first byte is. */
static inline uint64_t data_first(const struct part_dir *d)
{
	return d->seq_first + d->syn;
}

/* Samples of contents (part_samples.c).  Bad bytes make @in bad. */
void part_put_samples(struct buf *out, const struct part_samples *a,
		      const struct part_dir *d, const struct part_scale *s);
void part_take_samples(struct cursor *in, struct part_samples *a,
		       const struct part_dir *d, const struct part_scale *s);
void part_skip_samples(struct cursor *in);
/* Which of all segments' samples are those of turns, as bits.  Return: false if
 * turns have others, or in another order. */
bool part_turn_bits(const struct part_dir *d, uint32_t *bits);
void part_take_turn_bits(struct cursor *in, struct part_dir *d);

/* A direction (part_dir.c) whose SYN is stored as the difference from
 * @shape. */
extern const struct part_dir part_linux_syn;
void part_put_dir(struct buf *out, const struct part_dir *d,
		  const struct part_dir *shape, const struct part_scale *s);
void part_take_dir(struct cursor *in, struct part_dir *d,
		   const struct part_dir *shape, const struct part_scale *s);
