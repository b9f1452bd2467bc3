/* Copies: records of new bytes come in rising order of number, so they are
 * found by bisection; records of old bytes (retransmissions, probes, keep-
 * alives, and what arrives late at the point) are few and kept in order of
 * time.  A late record whose bytes no other one had is copy 1.
 *
 * Cost: O(n) to build, O(log n + k) a question for k records of old bytes
 * within BACK of the place; 16 bytes a record while a session is worked on,
 * only where one of its records is a copy or is missing.
 */
#include "correlate/recopy.h"

#include <stdlib.h>

#define BACK 4096 /* records of old bytes that are looked at */

void recopy_release(struct recopy *r)
{
	VEC_FREE(&r->first);
	VEC_FREE(&r->again);
	r->built = false;
}

/* Last place of `first` whose number is @s or below; or 0. */
static size_t at_or_below(const struct recopy *r, uint64_t s)
{
	size_t low = 0, high = r->first.n;

	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;

		if (r->first.at[mid].seq <= s)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static bool meets(const struct recopy_run *a, uint64_t s, uint64_t e)
{
	return a->end > s && a->seq < e;
}

void recopy_build(struct recopy *r, const struct strand *s)
{
	uint64_t end = 0;

	r->built = true;
	for (uint32_t i = 0; i < s->n; i++) {
		const struct record *x = strand_at(s, i);
		struct recopy_run run = { x->seq64, x->seq64 + rec_seq_len(x),
					  i, 1 };
		uint32_t before;

		if (run.seq == run.end || (x->tcp_flags & REC_RST))
			continue;
		if (!r->first.n || run.seq >= end) {
			*VEC_PUSH(&r->first) = run;
			end = run.end;
			continue;
		}
		before = recopy_previous(r, i, run.seq, run.end);
		if (before != UINT32_MAX)
			run.copy = recopy_number(r, before) + 1;
		*VEC_PUSH(&r->again) = run;
		if (run.end > end)
			end = run.end;
	}
}

static size_t again_from(const struct recopy *r, uint32_t i)
{
	size_t low = 0, high = r->again.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->again.at[mid].idx < i)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint32_t recopy_number(const struct recopy *r, uint32_t i)
{
	size_t k = again_from(r, i);

	return k < r->again.n && r->again.at[k].idx == i ? r->again.at[k].copy
							 : 1;
}

uint32_t recopy_next(const struct recopy *r, uint32_t i, uint64_t s, uint64_t e)
{
	uint32_t best = UINT32_MAX;

	for (size_t k = again_from(r, i), left = BACK;
	     k < r->again.n && left-- > 0; k++)
		if (meets(&r->again.at[k], s, e)) {
			best = r->again.at[k].idx;
			break;
		}
	for (size_t k = r->first.n ? at_or_below(r, s) : 0;
	     k < r->first.n && r->first.at[k].seq < e; k++)
		if (r->first.at[k].idx >= i && meets(&r->first.at[k], s, e) &&
		    r->first.at[k].idx < best)
			best = r->first.at[k].idx;
	return best;
}

uint32_t recopy_previous(const struct recopy *r, uint32_t i, uint64_t s,
			 uint64_t e)
{
	uint32_t best = UINT32_MAX;

	for (size_t k = again_from(r, i), left = BACK; k-- > 0 && left-- > 0;)
		if (meets(&r->again.at[k], s, e)) {
			best = r->again.at[k].idx;
			break;
		}
	for (size_t k = r->first.n ? at_or_below(r, s) : 0;
	     k < r->first.n && r->first.at[k].seq < e; k++)
		if (r->first.at[k].idx < i && meets(&r->first.at[k], s, e) &&
		    (best == UINT32_MAX || r->first.at[k].idx > best))
			best = r->first.at[k].idx;
	return best;
}
