/* Taps: see the header.
 *
 * Two strands are merged by time, or by frame if stamps are close; a stamp that
 * goes back counts as no progress, so that no interval is negative.  tap_pull()
 * feeds one record to the lanes and queues what it brought.
 *
 * A record with a wrong checksum was thrown away by its receiver if the same
 * numbers come once more with a checksum that is not wrong, and were not
 * acknowledged before that.  Otherwise the checksum is but the capture's.
 *
 * Cost: O(records).  Memory: TAP_QUEUE entries a queue at most; beyond that the
 * tap ends, and the walk continues with what the near point alone can tell.
 */
#include "report/derive/tap.h"

#include <stdlib.h>
#include <string.h>

#define SPOILT_AHEAD 4096          /* records until it comes again */
#define SPOILT_LOOKS (64u * 65536) /* of a session */

/* Of direction @d from record @i on, the first that brings [from, end) with a
 * checksum that is not wrong; its number, or RECORD_NONE. */
static uint32_t comes_again(struct tap *t, int d, uint32_t i, uint64_t from,
			    uint64_t end)
{
	const struct strand *s = t->strand[d];

	for (uint32_t n = 0; i < s->n && n < SPOILT_AHEAD; i++, n++) {
		const struct record *r = strand_at(s, i);

		t->looks++;
		if (r->csum != REC_CSUM_BAD &&
		    (int64_t)(r->seq64 - from) <= 0 &&
		    (int64_t)(r->seq64 + rec_seq_len(r) - end) >= 0)
			return i;
	}
	return RECORD_NONE;
}

/* Is @end of direction @d acknowledged before @until? */
static bool acked_before(struct tap *t, int d, uint64_t end,
			 const struct record *until)
{
	const struct strand *s = t->strand[!d];
	uint32_t i = t->i[!d];

	for (uint32_t n = 0; i < s->n && n < SPOILT_AHEAD; i++, n++) {
		const struct record *r = strand_at(s, i);

		t->looks++;
		if (tap_before(until, r))
			return false;
		if (r->tcp_flags & REC_ACK && (int64_t)(r->ack64 - end) >= 0)
			return true;
	}
	return i < s->n; /* not known */
}

bool tap_came_again(struct tap *t, int d, uint32_t i)
{
	struct record r = *strand_at(t->strand[d], i), copy;
	uint64_t end = r.seq64 + rec_seq_len(&r);
	uint32_t again;

	if (!r.tcp_flags || end == r.seq64 || !t->strand[!d]->n ||
	    t->looks > SPOILT_LOOKS)
		return false;
	again = comes_again(t, d, i + 1, r.seq64, end);
	if (again == RECORD_NONE)
		return false;
	copy = *strand_at(t->strand[d], again);
	return !acked_before(t, d, end, &copy);
}

static const struct record *next(struct tap *t, int *dir, uint32_t *index)
{
	const struct strand *s0 = t->strand[0], *s1 = t->strand[1];
	const struct record *r;
	int d;

	if (t->i[0] < s0->n && t->i[1] < s1->n) {
		const struct record *r0 = strand_at(s0, t->i[0]);
		const struct record *r1 = strand_at(s1, t->i[1]);

		d = tap_before(r1, r0);
		r = d ? r1 : r0;
	} else if (t->i[0] < s0->n || t->i[1] < s1->n) {
		d = t->i[0] >= s0->n;
		r = strand_at(t->strand[d], t->i[d]);
	} else {
		return NULL;
	}
	*dir = d;
	*index = t->i[d]++;
	if (r->time_ns > t->t_ns)
		t->t_ns = r->time_ns;
	return r;
}

const struct record *tap_next(struct tap *t, int *dir, uint32_t *index)
{
	const struct record *r = next(t, dir, index);

	while (r && r->csum == REC_CSUM_BAD) {
		if (!tap_came_again(t, *dir,
				    *index)) /* which may have moved it */
			return strand_at(t->strand[*dir], *index);
		if (!t->n_spoilt++) {
			t->first_dir = *dir;
			t->first_spoilt = *index;
		}
		t->spoilt_ns[*dir] = t->t_ns;
		t->spoilt[*dir] = strand_at(t->strand[*dir], *index)->seq64;
		r = next(t, dir, index);
	}
	return r;
}

static void queue_send(struct tap *t, uint32_t rec)
{
	const struct lane *l = &t->lane[1];
	struct tap_send *s;

	if (t->sends.head == t->sends.at.n)
		t->sends.head = t->sends.at.n = 0;
	if (t->sends.at.n >= TAP_QUEUE) {
		t->ended = true;
		return;
	}
	s = VEC_PUSH(&t->sends.at);
	s->end = l->top - t->shift[1];
	s->t_ns = t->t_ns;
	s->rec = rec;
	s->repaired = l->gap_repaired;
	memcpy(s->gap, l->gap, sizeof s->gap);
	memcpy(s->sum, l->sum, sizeof s->sum);
}

static void queue_cover(struct tap *t, uint32_t rec)
{
	uint64_t end = t->lane[0].cover - t->shift[0];

	if ((int64_t)(end - t->want) < 0)
		return;
	if (t->covers.head == t->covers.at.n)
		t->covers.head = t->covers.at.n = 0;
	if (t->covers.at.n >= TAP_QUEUE) {
		t->ended = true;
		return;
	}
	*VEC_PUSH(&t->covers.at) = (struct tap_cover){ end, t->t_ns, rec };
}

/* Return: false at the end. */
static bool tap_pull(struct tap *t)
{
	uint64_t cover = t->lane[0].cover;
	const struct record *r;
	uint32_t index;
	unsigned did;
	int d;

	r = t->ended ? NULL : tap_next(t, &d, &index);
	if (!r) {
		t->ended = true;
		return false;
	}
	did = lane_take(&t->lane[d], &t->lane[!d], r, t->t_ns, t->slack_ns);
	if (d == 1 && did & LANE_NEW)
		queue_send(t, index);
	if (t->lane[0].cover < cover) /* what the SYN had was thrown away */
		t->covers.head = t->covers.at.n;
	if (t->lane[0].cover > cover) /* by data, or by an acknowledgement of
				        * it */
		queue_cover(t, d ? RECORD_NONE : index);
	return true;
}

const struct tap_send *tap_send_of(struct tap *t, uint64_t seq)
{
	for (;;) {
		while (t->sends.head < t->sends.at.n) {
			const struct tap_send *s =
				&t->sends.at.at[t->sends.head];

			if ((int64_t)(s->end - seq) > 0)
				return s;
			t->sends.head++;
		}
		if (!tap_pull(t))
			return NULL;
	}
}

const struct tap_cover *tap_cover_of(struct tap *t, uint64_t end)
{
	t->want = end;
	for (;;) {
		while (t->covers.head < t->covers.at.n) {
			const struct tap_cover *c =
				&t->covers.at.at[t->covers.head];

			if ((int64_t)(c->end - end) >= 0)
				return c;
			t->covers.head++;
		}
		if (!tap_pull(t))
			return NULL;
	}
}

void tap_until(struct tap *t, int64_t t_ns)
{
	while (!t->ended && t->t_ns < t_ns && tap_pull(t))
		;
}

void tap_reset(struct tap *t, int flow)
{
	memset(t, 0, offsetof(struct tap, lane));
	lane_reset(&t->lane[0]);
	lane_reset(&t->lane[1]);
	t->flow = flow;
	t->spoilt_ns[0] = t->spoilt_ns[1] = INT64_MIN;
	t->t_ns = INT64_MIN;
	t->sends.at.n = t->covers.at.n = 0;
	t->sends.head = t->covers.head = 0;
}

void tap_release(struct tap *t)
{
	VEC_FREE(&t->sends.at);
	VEC_FREE(&t->covers.at);
}
