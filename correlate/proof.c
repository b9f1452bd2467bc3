/* Proof of arrival and of loss from cumulative ACKs, SACK (RFC 2018) and DSACK
 * (RFC 2883).
 *
 * A copy of [s, e) passed a point, or was sent from it, at from_ns; the next
 * copy of any of these bytes comes at until_ns.  In the acknowledgements seen
 * at a point:
 *
 *   before from_ns	one covers e: the receiver had the bytes; this copy is
 *			needless, as only a DSACK can show
 *   [from, until)	one covers e, or a SACK block holds [s, e): it arrived
 *   [settled, until)	one stops at s, and a SACK block lies beyond e, or it
 *			comes twice: the bytes after it arrived, it did not
 *   up to until	none of these for so long that no receiver would have kept
 *			silent, although it did acknowledge other things meanwhile:
 *			all before s, or, selectively, things behind it
 *
 * or it was sent again after more time than an answer takes: had it passed, an
 * ACK would have been seen by then.  Sent again sooner than that, it proves
 * nothing: the retransmission may be needless.  A DSACK after the next copy
 * means that both arrived, unless the network made two of that one.
 *
 * Arrival is looked for in all of the time before loss is.  Ack numbers ascend
 * except for reordering, so the first that covers e is found by binary search.
 *
 * SACK edges further than REACH from the acknowledgement are not in its
 * numbers: a device rewrote the one and not the others.  They prove nothing.
 *
 * Cost: O(log n) and at most SCAN records.
 */
#include "correlate/proof.h"

#include "base/time.h"

#include "correlate/hop.h"

#define SCAN 2048
#define TAIL 8                /* last records: resets are repeated */
#define REACH (1u << 26)      /* bytes: no receiver offers more */
#define AGAIN_NS 3000000000ll /* a DSACK comes with the next ACK */
/* longer than any delayed ACK (RFC 9293: 0.5 s) */
#define QUIET_NS 1000000000ll

static bool is_ack(const struct record *r)
{
	return (r->tcp_flags & REC_ACK) != 0;
}

/* @resets: those that acknowledge count, too. */
static bool covers(const struct record *r, uint32_t e, bool resets)
{
	return is_ack(r) && (resets || !(r->tcp_flags & REC_RST)) &&
	       seq_diff((uint32_t)r->ack64, e) >= 0;
}

static bool block_holds(const uint32_t b[2], uint32_t s, uint32_t e)
{
	return seq_diff(s, b[0]) >= 0 && seq_diff(b[1], e) >= 0;
}

static bool reaches(uint32_t ack, uint32_t edge)
{
	uint32_t d = edge - ack;

	return d < REACH || -d < REACH;
}

/* Return: how many blocks there are in the numbers of the acknowledgement. */
static int sack_blocks(const struct record *r)
{
	int n = r->n_sack < 4 ? r->n_sack : 4;

	for (int k = 0; k < n; k++)
		if (!reaches((uint32_t)r->ack64, r->sack[k][0]) ||
		    !reaches((uint32_t)r->ack64, r->sack[k][1]))
			return 0;
	return n;
}

static bool is_dsack(const struct record *r)
{
	int n = sack_blocks(r);

	if (!n)
		return false;
	if (seq_diff((uint32_t)r->ack64, r->sack[0][1]) >= 0)
		return true;
	return n > 1 && block_holds(r->sack[1], r->sack[0][0], r->sack[0][1]);
}

static bool sacks(const struct record *r, uint32_t s, uint32_t e)
{
	for (int k = is_dsack(r) ? 1 : 0, n = sack_blocks(r); k < n; k++)
		if (block_holds(r->sack[k], s, e))
			return true;
	return false;
}

static bool sacks_beyond(const struct record *r, uint32_t e)
{
	for (int k = is_dsack(r) ? 1 : 0, n = sack_blocks(r); k < n; k++)
		if (seq_diff(r->sack[k][0], e) >= 0)
			return true;
	return false;
}

/* Among the last records, from @low on, the last one that covers @e, or
 * LINK_NONE.  They may be resets, which do not count, or have been
 * overtaken. */
static uint32_t last_cover(const struct strand *a, uint32_t low, uint32_t e,
			   bool resets)
{
	uint32_t k = a->n;

	for (uint32_t left = TAIL; k > low && left > 0; left--)
		if (covers(strand_at(a, --k), e, resets))
			return k;
	return LINK_NONE;
}

/* First record at or after @from that covers @e; LINK_NONE. */
static uint32_t first_cover(const struct strand *a, uint32_t from, uint32_t e,
			    bool resets)
{
	uint32_t low = from, high, step = 1;

	/* gallop: usually it is near */
	for (high = from; high < a->n; high += step, step *= 2) {
		if (covers(strand_at(a, high), e, resets))
			break;
		low = high + 1;
		if (a->n - high <= step) {
			high = a->n;
			break;
		}
	}
	if (high >= a->n) {
		high = last_cover(a, low, e, resets);
		if (high == LINK_NONE)
			return LINK_NONE;
	}
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (covers(strand_at(a, mid), e, resets))
			high = mid;
		else
			low = mid + 1;
	}
	return high;
}

static bool had_before(const struct strand *a, uint32_t at, uint32_t s,
		       uint32_t e)
{
	for (uint32_t k = at, left = 4; k-- > 0 && left-- > 0;) {
		const struct record *r = strand_at(a, k);

		if (covers(r, e, false) || sacks(r, s, e))
			return true;
	}
	return false;
}

/* No DSACK is in [from, to), all up to @latest_ns. */
static void note_plain(struct strand *a, uint32_t from, uint32_t to,
		       int64_t latest_ns)
{
	if (to <= from || (from >= a->plain_from && to <= a->plain_to))
		return;
	if (from < a->plain_from || from > a->plain_to) {
		a->plain_from = from;
		a->plain_ns = latest_ns;
	} else if (latest_ns > a->plain_ns) {
		a->plain_ns = latest_ns;
	}
	a->plain_to = to;
}

/* The first DSACK of [s, e) from record @at on, within SCAN, AGAIN_NS and the
 * time until another copy may be meant.  Queries come in order, so most records
 * have been searched before: stretches without any are remembered, and skipped
 * if none of their stamps would have ended the search. */
static uint32_t find_again(const struct proof_view *v, uint32_t at, uint32_t s,
			   uint32_t e)
{
	struct strand *a = v->acks;
	int64_t until = time_add(v->from_ns, AGAIN_NS);
	int64_t other = v->had || v->doubled ? v->until_ns : v->again_ns;
	int64_t latest = INT64_MIN;
	uint32_t k = at, end = a->n - at > SCAN ? at + SCAN : a->n;
	bool plain = true;

	if (at >= a->plain_from && at < a->plain_to && a->plain_ns <= until &&
	    a->plain_ns < other) {
		k = a->plain_to < end ? a->plain_to : end;
		latest = a->plain_ns;
	}
	for (; k < end; k++) {
		const struct record *r = strand_at(a, k);

		if (r->time_ns > until || r->time_ns >= other)
			break;
		if (is_dsack(r)) {
			if (plain)
				note_plain(a, at, k, latest);
			plain = false;
			if (block_holds(r->sack[0], s, e))
				return k;
		}
		if (r->time_ns > latest)
			latest = r->time_ns;
	}
	if (plain)
		note_plain(a, at, k, latest);
	return LINK_NONE;
}

/* Was all before @s acknowledged by some of the last records before @at? */
static bool reached_before(const struct strand *a, uint32_t at, uint32_t s)
{
	for (uint32_t k = at, left = 4; k-- > 0 && left-- > 0;) {
		const struct record *r = strand_at(a, k);

		if (is_ack(r) && seq_diff((uint32_t)r->ack64, s) >= 0)
			return true;
	}
	return false;
}

/* Loss within the acknowledgements from @at on.  If a receiver does not report
 * what it has after a hole, its silence proves nothing about that. */
static struct proof find_hole(const struct proof_view *v, uint32_t at,
			      uint32_t s, uint32_t e)
{
	uint32_t stops = 0, last = LINK_NONE;
	int64_t quiet = time_add(v->settled_ns, QUIET_NS);
	bool tells = v->opens || reached_before(v->acks, at, s);

	for (uint32_t k = at, left = SCAN; k < v->acks->n && left-- > 0; k++) {
		const struct record *r = strand_at(v->acks, k);

		if (r->time_ns >= v->until_ns)
			break;
		if (!is_ack(r) || seq_diff((uint32_t)r->ack64, s) > 0)
			continue;
		tells = tells || sack_blocks(r) || (uint32_t)r->ack64 == s;
		if (sacks_beyond(r, e))
			return (struct proof){ PROOF_HOLE, k };
		if (r->time_ns < v->settled_ns)
			continue;
		stops += (uint32_t)r->ack64 == s && !r->pay_len;
		if (stops >= 2)
			return (struct proof){ PROOF_HOLE, k };
		if (r->time_ns > quiet || (r->tcp_flags & REC_RST))
			last = k;
	}
	if (tells && last != LINK_NONE)
		return (struct proof){ PROOF_SILENCE, last };
	if (tells && v->until_ns != INT64_MAX && v->until_ns > v->settled_ns)
		return (struct proof){ PROOF_SILENCE, LINK_NONE };
	return (struct proof){ PROOF_NONE, LINK_NONE };
}

struct proof proof_look(const struct proof_view *v, uint32_t s, uint32_t e)
{
	struct strand *a = v->acks;
	uint32_t at = strand_find(a, v->from_ns), k;

	s += v->shift;
	e += v->shift;
	if (v->had || had_before(a, at, s, e)) {
		k = find_again(v, at, s, e);
		if (k != LINK_NONE)
			return (struct proof){ PROOF_AGAIN, k };
		return (struct proof){ PROOF_BEFORE, LINK_NONE };
	}
	k = first_cover(a, at, e, v->beyond);
	if (k != LINK_NONE && strand_time(a, k) < v->until_ns)
		return (struct proof){ PROOF_ACKED, k };
	k = at;
	for (uint32_t left = SCAN; k < a->n && left-- > 0; k++) {
		const struct record *r = strand_at(a, k);

		if (r->time_ns >= v->until_ns)
			break;
		if (sacks(r, s, e))
			return (struct proof){ PROOF_SACKED, k };
	}
	k = find_again(v, at, s, e);
	if (k != LINK_NONE)
		return (struct proof){ PROOF_AGAIN, k };
	return find_hole(v, at, s, e);
}
