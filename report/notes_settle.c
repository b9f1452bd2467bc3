/* Times of notes: raised until each packet is later downstream than upstream,
 * and each point's frames are in the order of capture.  notes.c says why.
 */
#include "report/notes_int.h"

#define SETTLE_MOST 64

static bool raise_to(struct note *k, int64_t t)
{
	if (k->time_ns >= t)
		return false;
	k->time_ns = t;
	return true;
}

/* Raises times that are earlier than the same packet's upstream. */
static bool settle_hops(struct noter *w)
{
	bool moved = false;

	for (size_t i = 0; i < w->v.row.n_flows; i++)
		for (int d = 0; d < 2; d++) {
			struct lane *l = &w->lane[i][d];

			for (uint64_t k = 0; k < l->n; k++) {
				const struct note *up = noter_at(
					w, l->note[k].in_from, d,
					l->upstream[k]);

				if (up)
					moved |= raise_to(&l->note[k],
							  up->time_ns + 1);
			}
		}
	return moved;
}

static bool before(const struct lane *a, uint64_t i, const struct lane *b,
		   uint64_t k)
{
	if (i == a->n || k == b->n)
		return i < a->n;
	if (a->file[i] != b->file[k])
		return a->file[i] < b->file[k];
	return a->note[i].frame < b->note[k].frame;
}

/* Raises times that contradict the order of capture, unless the capture's own
 * clock does, too. */
static bool settle_point(struct lane lane[2])
{
	uint64_t k[2] = { 0, 0 };
	int64_t last_ns = 0, last_own = 0, last_file = 0;
	bool moved = false;

	while (k[0] < lane[0].n || k[1] < lane[1].n) {
		int d = !before(&lane[0], k[0], &lane[1], k[1]);
		uint64_t i = k[d]++;
		struct note *now = &lane[d].note[i];

		if (lane[d].file[i] == last_file &&
		    lane[d].own_ns[i] >= last_own)
			moved |= raise_to(now, last_ns);
		last_ns = now->time_ns;
		last_own = lane[d].own_ns[i];
		last_file = lane[d].file[i];
	}
	return moved;
}

/* Each round carries a time across one hop and back at most; more than two
 * rounds are seldom needed. */
void noter_settle(struct noter *w)
{
	bool moved = true;

	for (int i = 0; moved && i < SETTLE_MOST; i++) {
		moved = settle_hops(w);
		for (size_t k = 0; k < w->v.row.n_flows; k++)
			moved |= settle_point(w->lane[k]);
	}
}
