/* Content samples in a part's packed form.
 *
 * Format: a digest; the length as a step from the largest payload, with a bit
 * that says "the stream's first byte"; else the sequence number and the time as
 * steps from the direction's.  Samples of turns that are among those of all
 * segments, in the same order, are a set of bits.
 *
 * Hostile bytes: counts are checked against the arrays' sizes.
 */
#include "capture/part_int.h"

static bool sample_same(const struct part_sample *a,
			const struct part_sample *b)
{
	return a->digest == b->digest && a->len == b->len && a->seq == b->seq &&
	       a->time_ns == b->time_ns;
}

static void put_sample(struct buf *out, const struct part_sample *a,
		       const struct part_dir *d, const struct part_scale *s)
{
	uint64_t len = zigzag32(a->len - d->max_pay);
	bool first = a->seq == data_first(d);

	buf_u32le(out, a->digest);
	buf_varint(out, len << 1 | first);
	if (!first)
		put_step(out, a->seq, d->seq_first);
	put_time(out, s, a->time_ns, d->first_ns);
}

static void take_sample(struct cursor *in, struct part_sample *a,
			const struct part_dir *d, const struct part_scale *s)
{
	uint64_t len;

	a->digest = cursor_le32(in);
	len = cursor_varint(in);
	a->len = d->max_pay + zagzig32(len >> 1);
	a->seq = len & 1 ? data_first(d) : take_step(in, d->seq_first);
	a->time_ns = take_time(in, s, d->first_ns);
}

void part_put_samples(struct buf *out, const struct part_samples *a,
		      const struct part_dir *d, const struct part_scale *s)
{
	buf_u8(out, a->n);
	for (int i = 0; i < a->n; i++)
		put_sample(out, &a->at[i], d, s);
}

void part_take_samples(struct cursor *in, struct part_samples *a,
		       const struct part_dir *d, const struct part_scale *s)
{
	uint8_t n = cursor_u8(in);

	if (n > PART_SAMPLES)
		in->bad = true;
	if (in->bad)
		return;
	a->n = n;
	for (int i = 0; i < n; i++)
		take_sample(in, &a->at[i], d, s);
}

/* Skips a varint of any length. */
static void skip_varint(struct cursor *c)
{
	const uint8_t *p = c->at;

	while (p < c->end && *p >= 0x80)
		p++;
	if (p < c->end)
		c->at = p + 1;
	else
		c->bad = true;
}

void part_skip_samples(struct cursor *in)
{
	uint8_t n = cursor_u8(in);

	in->bad |= n > PART_SAMPLES;
	for (int i = 0; i < n && !in->bad; i++) {
		bool first;

		cursor_skip(in, 4);
		first = cursor_left(in) && *in->at & 1;
		skip_varint(in);
		if (!first)
			skip_varint(in);
		skip_varint(in);
	}
}

bool part_turn_bits(const struct part_dir *d, uint32_t *bits)
{
	int t = 0;

	*bits = 0;
	for (int i = 0; i < d->any.n && t < d->turn.n; i++)
		if (sample_same(&d->any.at[i], &d->turn.at[t])) {
			*bits |= 1u << i;
			t++;
		}
	return t == d->turn.n;
}

void part_take_turn_bits(struct cursor *in, struct part_dir *d)
{
	uint64_t bits = cursor_varint(in);

	if (bits >> d->any.n)
		in->bad = true;
	for (int i = 0; i < d->any.n && !in->bad; i++)
		if (bits >> i & 1)
			d->turn.at[d->turn.n++] = d->any.at[i];
}
