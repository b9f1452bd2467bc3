/* Figures of hops: counters, lengths, differences, round trips.
 *
 * Round trip (shared rule A.3): a packet passes A then B, and right after it
 * another passes B then A.  With stamps a1, b1, b2, a2:
 *
 *	(a2 - a1) - (b2 - b1)
 *
 * is the time that both spent between A and B: each clock is read twice, so
 * offsets cancel, and what the host beyond B took, b2 - b1, is taken out.  Only
 * the drift over b2 - b1 is left, and corrected by the fitted one.  One sample
 * for each turn at B.  Both packets must be unambiguous: if an equal one next
 * to it has no counterpart, that one may be what arrived (has_lone_twin()).  In
 * sessions of more than RTT_ALL records a quarter is used, evenly spread.
 */
#include "correlate/hopfig.h"

#include <stdlib.h>
#include <string.h>

#define RTT_ALL 65536
#define RTT_PART 1024
#define RTT_WHOLE 4096
#define TWINS 16 /* records on each side searched for twins */

void hopfig_length(struct lens *l, uint32_t ip_len, bool lost)
{
	uint32_t k = 0, best = 0, dist = UINT32_MAX;

	for (; k < l->n && l->at[k].ip_len != ip_len; k++) {
		uint32_t d = l->at[k].ip_len > ip_len
				     ? l->at[k].ip_len - ip_len
				     : ip_len - l->at[k].ip_len;

		if (d < dist) {
			dist = d;
			best = k;
		}
	}
	if (k == l->n && l->n == LENS)
		k = best;
	else if (k == l->n)
		l->at[l->n++] = (struct lens_of){ ip_len, 0, 0 };
	if (lost)
		l->at[k].lost++;
	else
		l->at[k].delivered++;
	if (k > 0 && !lost) { /* frequent lengths move to the front */
		struct lens_of t = l->at[k];

		l->at[k] = l->at[k - 1];
		l->at[k - 1] = t;
	}
}

void hopfig_count(struct hop_way *w, struct lens *l, const struct fated *f)
{
	w->able = true;
	if (f->whole) {
		w->tx.n[f->fate]++;
		w->by_kind[f->kind][f->fate]++;
		w->astray += f->astray;
	}
	w->bytes.n[f->fate] += f->bytes;
	w->segments.n[f->fate] += f->segments;
	if (f->marks & MARK_DUPLICATED) {
		w->tx.duplicated++;
		w->bytes.duplicated += f->bytes;
		w->segments.duplicated += f->segments;
	}
	if (f->marks & MARK_REORDERED) {
		w->tx.reordered++;
		w->bytes.reordered += f->bytes;
		w->segments.reordered += f->segments;
	}
	for (uint32_t bits = f->change; bits; bits &= bits - 1)
		w->changed[__builtin_ctz(bits)]++;
	if (f->kind == KIND_DATA &&
	    (f->fate == FATE_DELIVERED || f->fate == FATE_LOST))
		hopfig_length(l, f->ip_len, f->fate == FATE_LOST);
}

void hopfig_lengths(struct hop_way *w, const struct lens *l)
{
	for (uint32_t k = 0; k < l->n; k++) {
		const struct lens_of *a = &l->at[k];

		if (a->delivered && a->ip_len > w->max_delivered)
			w->max_delivered = a->ip_len;
		if (!a->lost)
			continue;
		if (!w->min_lost || a->ip_len < w->min_lost)
			w->min_lost = a->ip_len;
		if (a->ip_len > w->max_lost)
			w->max_lost = a->ip_len;
	}
	for (uint32_t k = 0; k < l->n; k++) {
		const struct lens_of *a = &l->at[k];

		if (a->ip_len > w->max_delivered)
			w->lost_above += a->lost;
		if (w->min_lost && a->ip_len >= w->min_lost)
			w->delivered_above += a->delivered;
		else
			w->delivered_below += a->delivered;
	}
}

/* Whether SACK edges were kept although the acknowledgement was rewritten. */
static bool kept_sacks(const struct record *x, const struct record *y)
{
	return x->n_sack == y->n_sack && x->sack[0][0] == y->sack[0][0] &&
	       x->sack[0][1] == y->sack[0][1];
}

uint8_t hopfig_compare(struct hop_way *w, const struct hop *h,
		       const struct record *x, const struct record *y)
{
	uint32_t c = 0;

	if (y->pay_len != x->pay_len)
		c |= y->pay_len > x->pay_len ? CHANGE_PAYLOAD_GREW
					     : CHANGE_PAYLOAD_SHRANK;
	else if (!record_content_agrees(x, y) || rec_spoilt(x, y))
		c |= CHANGE_PAYLOAD_BYTES;
	if (x->tcp_flags != y->tcp_flags)
		c |= CHANGE_FLAGS;
	if (x->opts != y->opts) {
		if (x->tcp_flags & REC_SYN)
			c |= CHANGE_OPTS;
		else
			w->changed[__builtin_ctz(CHANGE_OPTS)]++;
	}
	if (h->tcp && h->ack_delta && x->n_sack && kept_sacks(x, y))
		w->changed[__builtin_ctz(CHANGE_OPTS)]++;
	if (x->tos != y->tos)
		w->changed[__builtin_ctz(CHANGE_TOS)]++;
	if (h->tcp && x->window != y->window)
		w->changed[__builtin_ctz(CHANGE_WINDOW)]++;
	for (size_t k = 1; k < h->edit.n && x->pay_len; k++)
		if (h->edit.at[k].from == (uint32_t)x->seq64)
			c |= CHANGE_SEQ_DELTA;
	return (uint8_t)c;
}

void hopfig_ttl(struct hop_way *w, const struct record *x,
		const struct record *y)
{
	uint8_t drop = (uint8_t)(x->ttl - y->ttl);
	bool first = !w->ttl_known;

	if (y->ttl > x->ttl)
		return;
	w->ttl_known = true;
	if (first || drop < w->ttl_drop_min)
		w->ttl_drop_min = drop;
	if (first || drop > w->ttl_drop_max)
		w->ttl_drop_max = drop;
}

struct hop_figures *hopfig_of(struct figures *f, int from_pos, int to_pos)
{
	for (size_t k = 0; k < f->n; k++)
		if (f->hop[k].from_pos == from_pos &&
		    f->hop[k].to_pos == to_pos)
			return &f->hop[k];
	figures_reserve(f, f->n + 1);
	f->hop[f->n] = (struct hop_figures){ .from_pos = from_pos,
					     .to_pos = to_pos,
					     .span = to_pos - from_pos != 1 };
	return &f->hop[f->n++];
}

static int hop_cmp(const void *pa, const void *pb)
{
	const struct hop_figures *a = pa, *b = pb;

	if (a->from_pos != b->from_pos)
		return a->from_pos < b->from_pos ? -1 : 1;
	return a->to_pos < b->to_pos ? -1 : a->to_pos > b->to_pos;
}

void hopfig_sort(struct figures *f)
{
	if (f->n > 1)
		qsort(f->hop, f->n, sizeof *f->hop, hop_cmp);
}

/* --- round trip --- */
static bool plain(const uint8_t is)
{
	return (is & (LINKED | LINK_RESEG | LINK_TIED | LINK_DUP)) == LINKED;
}

static bool is_twin(const struct record *x, const struct record *y)
{
	return x->seq64 == y->seq64 && x->pay_len == y->pay_len &&
	       x->tcp_flags == y->tcp_flags &&
	       (x->pay_len || x->ack64 == y->ack64);
}

/* Are all of the near records [from, end) linked? */
static bool all_linked(const struct hop *h, uint32_t from, uint32_t end)
{
	const uint64_t each = 0x0101010101010101 * LINKED;
	uint64_t eight;

	for (; end - from >= sizeof eight; from += sizeof eight) {
		memcpy(&eight, h->near_is + from, sizeof eight);
		if ((eight & each) != each)
			return false;
	}
	for (; from < end; from++)
		if (!(h->near_is[from] & LINKED))
			return false;
	return true;
}

/* Is there a packet equal to near record @i, and close to it, without
 * counterpart?  Then it is uncertain which of the two arrived. */
static bool has_lone_twin(const struct hop *h, uint32_t i)
{
	uint32_t n = h->near->n, from = i > TWINS ? i - TWINS : 0;
	uint32_t end = n - i > TWINS ? i + TWINS + 1 : n;
	struct record x; /* a copy: a strand keeps few of its blocks */

	if (all_linked(h, from, end))
		return false;
	x = *strand_at(h->near, i);
	for (uint32_t k = from; k < end; k++)
		if (!(h->near_is[k] & LINKED) &&
		    is_twin(strand_at(h->near, k), &x))
			return true;
	return false;
}

static bool has_twin_beside(struct strand *s, uint32_t i)
{
	struct record x = *strand_at(s, i); /* a copy, as above */

	return (i && is_twin(strand_at(s, i - 1), &x)) ||
	       (i + 1 < s->n && is_twin(strand_at(s, i + 1), &x));
}

/* Is near record @i one of several equal acknowledgements in a row, without an ID of
 * its own?  Where the one capture missed one of them and another was lost, each may
 * be linked to the next one's counterpart. */
static bool is_one_of_many(const struct hop *h, uint32_t i)
{
	const struct record *x = strand_at(h->near, i);

	if (rec_seq_len(x) || (h->use_id && hop_id_tells(x)))
		return false;
	return has_twin_beside(h->near, i) ||
	       has_twin_beside(h->far, h->far_of[i]);
}

/* Is it certain which record is near record @i's counterpart? */
static bool is_certain(const struct hop *h, uint32_t i)
{
	return plain(h->near_is[i]) && !has_lone_twin(h, i) &&
	       !(h->tcp && is_one_of_many(h, i));
}

static uint32_t skip(uint32_t k, uint32_t n)
{
	if (n > RTT_ALL && k % RTT_WHOLE >= RTT_PART)
		return k - k % RTT_WHOLE + RTT_WHOLE;
	return k;
}

void hopfig_trip(struct hist *rtt, const struct trip *x, struct stamps *a,
		 struct stamps *b)
{
	hist_add(
		rtt,
		time_sub(time_sub(stamps_mid(a, x->a2), stamps_mid(a, x->a1)),
			 time_sub(stamps_mid(b, x->b2), stamps_mid(b, x->b1))));
}

void hopfig_rtt(struct hist *rtt, const struct hop *there,
		const struct hop *back, struct stamps *a, struct stamps *b,
		struct trip *first)
{
	uint32_t y = 0, used = LINK_NONE, n = back->near->n;

	*first = (struct trip){ 0 };
	for (uint32_t z = 0; z < n; z = skip(z + 1, n)) {
		struct trip x = { .is = true };
		int64_t t;
		uint32_t last;

		if (!plain(back->near_is[z]))
			continue;
		t = strand_time(back->near, z);
		if (z % RTT_WHOLE == 0 && n > RTT_ALL)
			y = strand_find(there->far, t);
		while (y < there->far->n && strand_time(there->far, y) <= t)
			y++;
		last = y ? y - 1 : LINK_NONE;
		if (last == LINK_NONE || last == used)
			continue;
		used = last;
		if ((there->far_is[last] & (LINKED | LINK_RESEG | LINK_DUP)) !=
			    LINKED ||
		    !is_certain(there, there->near_of[last]) ||
		    !is_certain(back, z))
			continue;
		x.b1 = strand_time(there->far, last);
		x.b2 = t;
		if (time_sub(x.b2, x.b1) > HOPFIG_TURN_NS)
			continue;
		x.a1 = strand_time(there->near, there->near_of[last]);
		x.a2 = strand_time(back->far, back->far_of[z]);
		if (!first->is)
			*first = x;
		hopfig_trip(rtt, &x, a, b);
	}
}
