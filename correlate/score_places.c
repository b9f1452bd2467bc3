/* Content at the same places of two streams, and at others.
 *
 * Two connections of a relay carry the same bytes at the same places, however they
 * are cut; so does one connection at two points.  places_find() counts what the
 * samples show of that.  The others find what speaks against one or the other:
 *
 *   places_shift()       the same segments, farther and farther apart, in streams of
 *			  other lengths: something was put between them.  Neither
 *			  a relay nor one connection.
 *   places_end_twice()   one stream continues where the other has ended.  Not one
 *			  connection.
 *   places_miss_end()    by contents alone the places agree, but not by the streams'
 *			  ends: content that comes again.  No relay.
 *   places_add_bytes()   more comes out of the device than went in.  No relay.
 *   places_share_none()  lengths differ, and no place agrees.  No relay.
 *   places_little()      other numbers and ends, and little in common: content one
 *			  way only, one segment, how streams begin.  Not one
 *			  connection.
 *
 * A stream's first bytes say little: others of the same service begin alike.
 *
 * Cost: by samples, FLOW_SAMPLES on each side and direction.
 */
#include "correlate/score_int.h"

#include <math.h>
#include <stdlib.h>

#include "correlate/keys.h"

#define PLACE_BITS 20.0
#define RARE_BITS 3.0
#define ELSE_BITS 1.0 /* an end that half of all have says nothing */
#define SHIFT_SHARE 2 /* of so many bytes one was added, at most */

/* What a header before one stream adds to a difference of numbers, where it is
 * that of the SYNs. */
uint32_t places_syn_shift(const struct pairing *p, int d)
{
	return both_syn(p, d) ? score_shift(p, d) : 0;
}

static bool same_place(uint32_t delta, const struct sample *x,
		       const struct sample *y)
{
	return x->digest == y->digest && y->seq - x->seq == delta;
}

/* Of the left. */
static bool begins_stream(const struct pairing *p, int d,
			  const struct sample *x)
{
	const struct flow_dir *f = left(p, d);
	uint32_t at = x->seq - (uint32_t)f->seq_first;

	return (f->flags & DIR_SYN) &&
	       at <= 1 + flow_preface_len(p->m->l, p->l, d);
}

static void place_add(const struct pairing *p, struct places *o,
		      const struct sample *x, const struct sample *y)
{
	uint32_t len = x->len < y->len ? x->len : y->len;
	double cap = len < 10 ? 2.0 * len : PLACE_BITS;
	int64_t f;

	o->n++;
	o->possible += cap;
	o->bits += score_weight(p, key_sample(x), key_sample(y), cap);
	if (x->at_us == NO_TIME || y->at_us == NO_TIME)
		return;
	f = time_sub(time_add(p->r->first_ns, y->at_us * 1000ll),
		     time_add(p->l->first_ns, x->at_us * 1000ll));
	o->low = f < o->low ? f : o->low;
	o->high = f > o->high ? f : o->high;
}

struct places places_find(const struct pairing *p, int d)
{
	const struct sample *x = score_samples_of(p->m->l, p->l, d);
	const struct sample *y = score_samples_of(p->m->r, p->r, d ^ p->swap);
	struct places o = { .low = INT64_MAX, .high = INT64_MIN };
	uint32_t delta = p->s->delta[d] + places_syn_shift(p, d);

	if (!p->s->delta_known[d])
		return o;
	for (unsigned i = 0; i < left(p, d)->n_samples; i++)
		for (unsigned k = 0; k < right(p, d)->n_samples; k++)
			if (same_place(delta, &x[i], &y[k])) {
				place_add(p, &o, &x[i], &y[k]);
				o.later += !begins_stream(p, d, &x[i]);
				break;
			}
	return o;
}

/* Is the digest in one sample only? */
static bool is_single(const struct sample *s, unsigned n, unsigned i)
{
	for (unsigned k = 0; k < n; k++)
		if (k != i && s[k].digest == s[i].digest)
			return false;
	return true;
}

struct place {       /* of a segment that both streams have */
	uint32_t at; /* on the left, from the stream's first byte */
	uint32_t delta;
};

static int place_cmp(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	return (a->at > b->at) - (a->at < b->at);
}

static uint64_t bytes_seen(const struct flow_dir *f)
{
	return f->seq_next - f->seq_first - (f->flags & DIR_FIN ? 1 : 0);
}

/* Have both streams as many bytes from their beginnings on? */
static bool same_length(const struct pairing *p, int d)
{
	return both_syn(p, d) &&
	       (uint32_t)bytes_seen(left(p, d)) + places_syn_shift(p, d) ==
		       (uint32_t)bytes_seen(right(p, d));
}

/* Do two segments or more begin alike, with a distance that grows or shrinks by
 * little?  Then something was put between them, or taken out.  Content that a stream
 * repeats has any distance, and growing ones where segments are cut to other sizes;
 * but then the streams are equally long. */
bool places_shift(const struct pairing *p, int d)
{
	const struct sample *x = score_samples_of(p->m->l, p->l, d);
	const struct sample *y = score_samples_of(p->m->r, p->r, d ^ p->swap);
	unsigned nx = left(p, d)->n_samples, ny = right(p, d)->n_samples;
	struct place o[2 * FLOW_SAMPLES];
	unsigned n = 0, up = 0;

	if (same_length(p, d))
		return false;
	for (unsigned i = 0; i < nx; i++)
		for (unsigned k = 0; k < ny && n < 2 * FLOW_SAMPLES; k++)
			if (x[i].digest == y[k].digest && is_single(x, nx, i) &&
			    is_single(y, ny, k))
				o[n++] = (struct place){
					x[i].seq -
						(uint32_t)left(p, d)->seq_first,
					y[k].seq - x[i].seq
				};
	if (n < 2)
		return false;
	qsort(o, n, sizeof *o, place_cmp);
	for (unsigned i = 1; i < n; i++) {
		int64_t more = (int32_t)(o[i].delta - o[i - 1].delta);

		if (!more || llabs(more) * SHIFT_SHARE > o[i].at - o[i - 1].at)
			return false;
		up += more > 0;
	}
	return !up || up == n - 1;
}

/* First bytes that most flows have say nothing of a place. */
bool places_heads_agree(const struct pairing *p, int d)
{
	const struct flow_dir *x = left(p, d), *y = right(p, d);

	return x->head_len && x->head_len == y->head_len &&
	       x->head == y->head &&
	       score_weigh(p, left_seen(p, d)->head, right_seen(p, d)->head,
			   PLACE_BITS) >= RARE_BITS;
}

/* Does the stream of @y continue where that of @x has ended, including its FIN?  Or
 * is what was seen of it longer than all of the other?  @delta: y's numbers minus
 * x's; @shift: how many bytes more are before it. */
static bool is_longer(const struct flow_dir *x, const struct flow_dir *y,
		      bool known, uint32_t delta, uint32_t shift)
{
	uint64_t all = x->seq_next - x->seq_first;
	uint64_t seen = y->seq_next - y->seq_first;

	if (!(x->flags & DIR_FIN) || !x->packets || !y->packets)
		return false;
	if ((x->flags & DIR_SYN) && (int64_t)(seen - all) > (int32_t)shift)
		return true;
	return known && (int32_t)((uint32_t)y->seq_next -
				  (uint32_t)x->seq_next - delta) > 0;
}

/* Of direction @d; @from: the side that the bytes come from, 0 left. */
static bool goes_on(const struct pairing *p, int d, int from)
{
	const struct flow_dir *x = left(p, d), *y = right(p, d);
	uint32_t delta = p->s->delta[d], shift = score_shift(p, d);
	bool known = p->s->delta_known[d];

	return from ? is_longer(y, x, known, 0 - delta, 0 - shift)
		    : is_longer(x, y, known, delta, shift);
}

/* One connection ends at both points alike. */
bool places_end_twice(const struct pairing *p)
{
	for (int d = 0; d < 2; d++)
		if (goes_on(p, d, 0) || goes_on(p, d, 1))
			return true;
	return false;
}

bool places_miss_end(const struct pairing *p)
{
	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);

		if (p->s->delta_known[d] && !both_syn(p, d) &&
		    (x->flags & y->flags & DIR_FIN) &&
		    (uint32_t)y->seq_next - (uint32_t)x->seq_next !=
			    p->s->delta[d])
			return true;
	}
	return false;
}

/* No device that passes on what it gets adds bytes. */
bool places_add_bytes(const struct pairing *p)
{
	bool if_left = goes_on(p, 0, 0) || goes_on(p, 1, 1);
	bool if_right = goes_on(p, 0, 1) || goes_on(p, 1, 0);

	if (p->s->client_side < 0)
		return if_left && if_right;
	return p->s->client_side ? if_right : if_left;
}

/* Were both streams seen to their ends, and do their lengths differ, and the places
 * of all samples? */
bool places_share_none(const struct pairing *p, const struct places o[2])
{
	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);

		if (!o[d].n && x->n_samples && y->n_samples &&
		    (x->flags & y->flags & DIR_FIN) && both_syn(p, d) &&
		    (uint32_t)(y->seq_next - x->seq_next) != p->s->delta[d])
			return true;
	}
	return false;
}

/* Is there a sample after the stream's first segment? */
static bool has_later(const struct flow_dir *f, const struct sample *s,
		      uint32_t preface)
{
	for (unsigned i = 0; i < f->n_samples; i++)
		if (s[i].seq - (uint32_t)f->seq_first > 1 + preface)
			return true;
	return false;
}

/* Do both continue after the stream's beginning, and only the beginning agrees? */
static bool only_begins(const struct pairing *p, const struct places o[2])
{
	if (o[0].later || o[1].later)
		return false;
	for (int d = 0; d < 2; d++)
		if (has_later(left(p, d), score_samples_of(p->m->l, p->l, d),
			      flow_preface_len(p->m->l, p->l, d)) &&
		    has_later(right(p, d),
			      score_samples_of(p->m->r, p->r, d ^ p->swap),
			      flow_preface_len(p->m->r, p->r, d ^ p->swap)))
			return true;
	return false;
}

/* Do both have content of a direction, and none of it agrees? */
static bool differs_one_way(const struct pairing *p, const struct places o[2])
{
	for (int d = 0; d < 2; d++)
		if (left(p, d)->n_samples && right(p, d)->n_samples &&
		    !o[d].n && !places_heads_agree(p, d))
			return true;
	return false;
}

/* With other numbers and ends, is only little content the same: of one direction,
 * though both have content of the other; of one segment of a flow without a SYN; how
 * streams begin?  A relay's other connection may have that, too. */
bool places_little(const struct pairing *p, const struct places o[2])
{
	const float *part = p->s->part;
	bool syn = both_syn(p, 0) || both_syn(p, 1);

	if (part[EV_TS] + part[EV_IPID] + part[EV_TURNS] + part[EV_TOTAL] +
		    part[EV_ENDS] + part[EV_CLIENT] + part[EV_SERVER] +
		    part[EV_PORT] + part[EV_MAP] >=
	    ELSE_BITS)
		return false;
	if (differs_one_way(p, o))
		return true;
	return syn ? only_begins(p, o)
		   : part[EV_CONTENT] <= 0 &&
			       (!o[0].n || !o[1].n || !p->s->sampled);
}
