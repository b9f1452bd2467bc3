/* A later flow joined into an earlier one.
 *
 * Invariants: the result has the seq space of the first part.  A later part's
 * shift is a multiple of 2^32 for TCP; datagrams are numbered in order, so
 * there it is the number of packets so far.
 */
#include <string.h>

#include "base/seq.h"
#include "correlate/stitch_int.h"

/* What to add to @b's numbers in @a's direction @d. */
static int64_t dir_shift(const struct flow *a, const struct flow *b, int d,
			 int swap)
{
	const struct flow_dir *x = &a->dir[d], *y = &b->dir[d ^ swap];
	uint64_t mine = y->packets ? y->seq_first : y->seq_next;

	if (!flow_is_tcp(a))
		return (int64_t)x->packets;
	if (!x->packets || !y->packets)
		return 0;
	return (int64_t)(seq_unwrap(x->seq_next, (uint32_t)mine) - mine);
}

static void add_part(struct point *p, struct flow *a, const struct flow *b,
		     int swap, const int64_t shift[2])
{
	int64_t at = (int64_t)p->parts.n;

	if (a->n_parts == 1)
		*VEC_PUSH(&p->parts) = (struct flow_part){ .part = a->part };
	else if (a->part + a->n_parts != at)
		for (uint32_t i = 0; i < a->n_parts; i++) {
			struct flow_part old = p->parts.at[a->part + i];

			*VEC_PUSH(&p->parts) = old;
		}
	if (a->n_parts == 1 || a->part + a->n_parts != at)
		a->part = at;
	*VEC_PUSH(&p->parts) = (struct flow_part){
		.part = b->part,
		.swap = swap,
		.shift = { shift[0], shift[1] },
	};
	a->n_parts++;
}

static void join_syn(struct flow_dir *x, const struct flow_dir *y)
{
	unsigned syns = (unsigned)x->syn_count + y->syn_count;

	x->syn_count = (uint8_t)(syns < 255 ? syns : 255);
	if (x->flags & DIR_SYN || !(y->flags & DIR_SYN))
		return;
	x->syn_tsval = y->syn_tsval;
	x->mss = y->mss;
	x->window = y->window;
	x->order = y->order;
	x->ip_id = y->ip_id;
	x->first_ns = y->first_ns;
	x->opts = y->opts;
	x->wscale = y->wscale;
}

static void join_dir(struct flow_dir *x, const struct flow_dir *y,
		     int64_t shift)
{
	if (!y->packets)
		return;
	if (!x->packets) {
		uint8_t kept = x->n_samples;

		*x = *y;
		x->n_samples = kept;
		return;
	}
	/* a SYN says where numbers begin; a device's reset may have any */
	if (!(x->flags & DIR_SYN) &&
	    y->seq_first + (uint64_t)shift < x->seq_first)
		x->seq_first = y->seq_first + (uint64_t)shift;
	join_syn(x, y);
	x->packets += y->packets;
	x->bytes += y->bytes;
	if (y->seq_next + (uint64_t)shift > x->seq_next)
		x->seq_next = y->seq_next + (uint64_t)shift;
	if (y->ack_max)
		x->ack_max = y->ack_max;
	if (!(x->flags & DIR_TS))
		x->ts_first = y->ts_first;
	if (y->flags & DIR_TS)
		x->ts_last = y->ts_last;
	if (y->ttl > x->ttl)
		x->ttl = y->ttl;
	if (y->ttl_low < x->ttl_low)
		x->ttl_low = y->ttl_low;
	x->flags |= y->flags;
}

void flow_join(struct point *p, struct flow *a, struct flow *b, int swap)
{
	int64_t shift[2];

	for (int d = 0; d < 2; d++)
		shift[d] = dir_shift(a, b, d, swap);
	flow_samples_join(p, a, b, swap);
	add_part(p, a, b, swap, shift);
	for (int d = 0; d < 2; d++)
		join_dir(&a->dir[d], &b->dir[d ^ swap], shift[d]);
	if (b->last_ns > a->last_ns)
		a->last_ns = b->last_ns;
	if (a->first_payload == 2 && b->first_payload < 2)
		a->first_payload = (uint8_t)(b->first_payload ^ swap);
	if (!a->preface && b->preface) {
		a->preface = b->preface;
		if (swap)
			flow_preface_swap(&p->preface.at[a->preface - 1]);
	}
	memset(a->turn_hash, 0, sizeof a->turn_hash);
	b->n_parts = 0; /* gone */
}
