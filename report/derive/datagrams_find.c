/* What other points have of a datagram.
 *
 * There are no sequence numbers: it is looked for by length and content digest, in
 * order, DATAGRAMS_LOOK packets ahead.  Requests or answers that are all alike (polls,
 * names asked for again under one number) are taken for the next one each by that
 * rule, from a lost one on to the end of the session, and the server's time for the
 * path's.  So where far's own order once showed a turn that fits, what each point had
 * later than near since then tells which of several alike it is: the first one is left
 * only where it is off by OFF_LEAST_NS or more, for one that is less than a quarter as
 * far off.  That may be the one found last, which the one before it took in vain.
 *
 * Cost: a comparison for each of those alike that are looked at, until they are later
 * than expected.
 */
#include <string.h>

#include "report/derive/datagrams_int.h"

#define OFF_LEAST_NS 50000000
#define NEARER 4 /* less than this part as far off */
#define LAG_UNKNOWN INT64_MIN

void datagrams_find_begin(struct dgram_walk *w)
{
	for (size_t i = 0; i < TIMELINE_HOPS; i++)
		w->lag[i][0] = w->lag[i][1] = LAG_UNKNOWN;
	memset(w->off, 0, sizeof w->off);
}

static int64_t distance(int64_t a, int64_t b)
{
	return a < b ? time_sub(b, a) : time_sub(a, b);
}

/* Finds the record of @s from @from on that is like @r.  Return: RECORD_NONE if there is
 * none. */
static uint32_t next_like(struct strand *s, uint32_t from, uint32_t end,
			  const struct record *r)
{
	for (uint32_t k = from; k < s->n && k < end; k++)
		if (datagrams_same(r, strand_at(s, k)))
			return k;
	return RECORD_NONE;
}

/* That, or another one like @r which is much nearer to @due_ns.  *@off: how far what
 * was found last is off, then how far this one is. */
static uint32_t like_due(struct strand *s, uint32_t from,
			 const struct record *r, int64_t due_ns, int64_t *off)
{
	uint32_t end = from + DATAGRAMS_LOOK;
	uint32_t first = next_like(s, from, end, r), best = first, k;
	int64_t least, here;

	if (first == RECORD_NONE && *off < OFF_LEAST_NS)
		return RECORD_NONE;
	least = first == RECORD_NONE ? *off
				     : distance(strand_time(s, first), due_ns);
	if (least >= OFF_LEAST_NS && *off >= OFF_LEAST_NS && from &&
	    datagrams_same(r, strand_at(s, from - 1))) {
		here = distance(strand_time(s, from - 1), due_ns);
		if (here < least / NEARER && here < *off / NEARER) {
			*off = here;
			return from - 1;
		}
	}
	if (first == RECORD_NONE)
		return RECORD_NONE;
	*off = least;
	for (k = first; least >= OFF_LEAST_NS && strand_time(s, k) < due_ns;) {
		k = next_like(s, k + 1, end, r);
		if (k == RECORD_NONE)
			break;
		here = distance(strand_time(s, k), due_ns);
		if (here < least / NEARER && here < *off) {
			best = k;
			*off = here;
		}
	}
	return best;
}

/* Finds @r of @dir at tap @i, which near had at @now.  Return: its number, or
 * RECORD_NONE. */
static uint32_t find(struct dgram_walk *w, size_t i, int dir,
		     const struct record *r, int64_t now, int64_t *t_ns)
{
	struct strand *s = w->t->tap[i].strand[dir];
	uint32_t from = w->at[i][dir], k;

	*t_ns = TRIP_UNKNOWN;
	if (w->lag[i][dir] == LAG_UNKNOWN)
		k = next_like(s, from, from + DATAGRAMS_LOOK, r);
	else
		k = like_due(s, from, r, time_add(now, w->lag[i][dir]),
			     &w->off[i][dir]);
	if (k == RECORD_NONE)
		return k;
	w->at[i][dir] = k + 1;
	*t_ns = strand_time(s, k);
	return k;
}

uint32_t datagrams_find_all(struct dgram_walk *w, int dir,
			    const struct record *r, int64_t now,
			    int64_t t_ns[TIMELINE_HOPS])
{
	uint32_t far = RECORD_NONE;

	t_ns[0] = now;
	if (dir)
		w->skipped = w->at[w->t->n_taps - 1][1];
	for (size_t i = 1; i < w->t->n_taps; i++)
		far = find(w, i, dir, r, now, &t_ns[i]);
	return far;
}

void datagrams_found(struct dgram_walk *w)
{
	for (size_t i = 1; i < w->t->n_taps; i++) {
		if (w->asked[i] != TRIP_UNKNOWN)
			w->lag[i][0] = time_sub(w->asked[i], w->asked[0]);
		if (w->told[i] != TRIP_UNKNOWN)
			w->lag[i][1] = time_sub(w->told[i], w->told[0]);
	}
}
