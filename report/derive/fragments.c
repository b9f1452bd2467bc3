/* Datagrams from fragments.
 *
 * The receiver joins fragments by identification and gives up an incomplete
 * datagram after half a minute: one lost fragment loses the datagram.  So
 * fragments of one identification belong together for OPEN_NS from the first.
 * When a datagram is closed (time, the end, or OPEN_MAX newer ones), it counts
 * if the near point had the whole of it: from offset 0 to the one without
 * "more", without a gap.  It is lost if a fragment has the fate lost; one whose
 * fragments are undecided is neither.  Of one that the near point has in part the rest is
 * lost as a consequence: devices that put datagrams together never hand it on.
 *
 * A fragment seen twice at the near point arrived if either did.  Overlapping
 * ones that are not the same are counted: many receivers drop the datagram (of
 * IPv6 all must).
 *
 * Lengths are those of the IP payload, which includes the first fragment's
 * transport header, while pay_len does not: up to GAP bytes between two are no
 * gap.
 *
 * Cost: O(fragments x open datagrams); memory: OPEN_MAX datagrams of PIECES.
 *
 * References: RFC 791 (3.2), RFC 1122 (3.3.2), RFC 8200 (4.5), RFC 5722.
 */
#include "report/derive/fragments.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define OPEN_NS (30 * 1000000000ll)
#define OPEN_MAX 16
#define PIECES 64
#define GAP 60
#define KEPT_MAX 64

struct piece {
	uint32_t from, to;
	uint8_t fate;
	bool more;
	int64_t file, time_ns;
	uint64_t frame;
};

struct open_datagram {
	uint32_t id;
	int64_t first_ns;
	unsigned n;     /* pieces kept, by offset */
	unsigned extra; /* not kept: beyond PIECES */
	struct piece piece[PIECES];
	bool overlaps;
};

static bool is_whole(const struct open_datagram *d)
{
	if (d->extra || !d->n || d->piece[0].from || d->piece[d->n - 1].more)
		return false;
	for (unsigned i = 1; i < d->n; i++)
		if (d->piece[i].from > d->piece[i - 1].to + GAP)
			return false;
	return true;
}

static void keep(struct fragments *f, const struct open_datagram *d,
		 unsigned missing, unsigned first)
{
	const struct piece *p = &d->piece[first];

	if (f->kept.n == KEPT_MAX)
		return;
	*VEC_PUSH(&f->kept) = (struct lost_datagram){
		.id = d->id,
		.fragments = d->n,
		.missing = missing,
		.number = is_whole(d) ? first + 1 : 0,
		.from = p->from,
		.to = p->to,
		.file = p->file,
		.time_ns = p->time_ns,
		.frame = p->frame,
	};
}

static void close_one(struct fragments *f, unsigned i)
{
	struct open_datagram *d = &f->open[i];
	unsigned missing = 0, first = 0;

	for (unsigned k = 0; k < d->n; k++)
		if (d->piece[k].fate == FATE_LOST && !missing++)
			first = k;
	f->datagrams += is_whole(d);
	f->lost += missing && is_whole(d);
	f->pieces_lost += missing;
	if (missing && !is_whole(d)) {
		f->rest_lost += missing;
		f->rests++;
	}
	f->overlapping += d->overlaps;
	if (missing)
		keep(f, d, missing, first);
	*d = f->open[--f->n_open];
}

static void close_oldest(struct fragments *f)
{
	unsigned oldest = 0;

	for (unsigned i = 1; i < f->n_open; i++)
		if (f->open[i].first_ns < f->open[oldest].first_ns)
			oldest = i;
	close_one(f, oldest);
}

/* The open datagram of that identification, or a new one. */
static struct open_datagram *open_of(struct fragments *f,
				     const struct record *r)
{
	for (unsigned i = f->n_open; i-- > 0;)
		if (r->time_ns - f->open[i].first_ns > OPEN_NS)
			close_one(f, i);
	for (unsigned i = 0; i < f->n_open; i++)
		if (f->open[i].id == r->frag_id)
			return &f->open[i];
	if (f->n_open == OPEN_MAX)
		close_oldest(f);
	if (!f->open)
		f->open = mem_zalloc(OPEN_MAX, sizeof *f->open);
	f->open[f->n_open] = (struct open_datagram){ .id = r->frag_id,
						     .first_ns = r->time_ns };
	return &f->open[f->n_open++];
}

/* Of two copies of a fragment it is enough that one arrived. */
static uint8_t better(uint8_t a, uint8_t b)
{
	if (a == FATE_DELIVERED || b == FATE_DELIVERED)
		return FATE_DELIVERED;
	return a == FATE_LOST ? b : a;
}

static void add_piece(struct open_datagram *d, const struct piece *p)
{
	unsigned at = d->n;

	while (at > 0 && d->piece[at - 1].from > p->from)
		at--;
	if (at > 0 && d->piece[at - 1].from == p->from &&
	    d->piece[at - 1].to == p->to) {
		d->piece[at - 1].fate = better(d->piece[at - 1].fate, p->fate);
		return;
	}
	d->overlaps |= (at > 0 && d->piece[at - 1].to > p->from) ||
		       (at < d->n && p->to > d->piece[at].from);
	if (d->n == PIECES) {
		d->extra++;
		return;
	}
	memmove(&d->piece[at + 1], &d->piece[at],
		(d->n - at) * sizeof *d->piece);
	d->piece[at] = *p;
	d->n++;
}

void fragments_add(struct fragments *f, const struct fate_row *r)
{
	const struct record *n = r->near;
	struct piece p;

	if (!n || !(n->marks & REC_FRAG))
		return;
	p = (struct piece){ .from = n->frag_off,
			    .to = n->frag_off + n->pay_len,
			    .fate = r->e.fate,
			    .more = n->marks & REC_MORE,
			    .file = r->near_file,
			    .time_ns = n->time_ns,
			    .frame = n->frame };
	add_piece(open_of(f, n), &p);
}

void fragments_end(struct fragments *f)
{
	while (f->n_open)
		close_oldest(f);
	free(f->open);
	f->open = NULL;
}

void fragments_release(struct fragments *f)
{
	free(f->open);
	VEC_FREE(&f->kept);
	*f = (struct fragments){ 0 };
}
