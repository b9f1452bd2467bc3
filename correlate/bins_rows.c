/* Moments in which a capture was deaf, shorter than a bin: by slots.
 *
 * Between two packets that passed and that it lacks, with nothing of any session
 * heard from the one to the other, it was deaf, however short that was
 * (bins_mute()).  Of what else was due then its lack shows nothing.  So it is beside a
 * single such packet, with nothing heard from that to what is absent, for a second.
 *
 * It may be deaf for a moment in which nothing passes of which there is proof, say
 * a few pure ACKs.  All of them are absent then, and nothing comes between, of no
 * session and no direction.  Losses that came in a burst look the same: so such a
 * row counts as what the capture lacks at large, not amid others, and there as one
 * event (correlate/evidence.c): where the hop is known to lose it is loss.
 *
 * Where it is all that is known of that moment (bins_bare()), it is not.
 *
 * Steps: find_rows() counts the rows in which something was lost by proof, then marks
 * the others; find_mute() marks the slots between packets that it lacks.
 *
 * Cost: three walks over the slots of all bins.
 */
#include "correlate/bins.h"

#define ROW 2        /* absent in a row, with nothing heard between */
#define BARE 4       /* ... and nothing proven: may as well be a gap, ... */
#define BARE_MOST 10 /* ... but of more one would prove that it passed */
#define BARE_LEAST 10000000ull  /* ns from the first to the last of them */
#define BARE_LONG 1000000000ull /* ns: a capture that fell behind hears again */
#define ROWS 3 /* ... unless so many show that the path loses so */

struct row {                /* absent packets, since something was heard last */
	uint64_t n, most;   /* at least, at most */
	size_t first, last; /* bins */
	bool shown;         /* something was lost meanwhile, by proof */
	bool any;           /* it has slots: from @low to @high */
	uint64_t low, high;
};

/* Does the path lose for as long as @r, as other rows show?  Or is it so short that
 * many such moments show how well the capture hears?  Or longer than captures miss
 * all for want of room: an outage of the path is likelier then. */
static bool row_is_usual(const struct bins *b, const struct row *r)
{
	uint64_t slots = r->high - r->low;
	unsigned shift = b->shift - BIN_SLOT_SHIFT;

	return (b->rows >= ROWS && slots <= b->longest) ||
	       slots < BARE_LEAST >> shift || slots > BARE_LONG >> shift;
}

static void row_count(struct bins *b, const struct row *r)
{
	if (!r->shown || r->high == r->low)
		return;
	b->rows++;
	if (r->high - r->low > b->longest)
		b->longest = r->high - r->low;
}

static void row_mark(struct bins *b, const struct row *r)
{
	bool bare = r->n >= BARE && r->most <= BARE_MOST && !r->shown &&
		    !row_is_usual(b, r);

	for (size_t i = r->first; r->n >= ROW && i <= r->last; i++) {
		b->at[i].silent = true;
		b->at[i].bare = b->at[i].bare || bare;
	}
	b->bared = b->bared || bare;
}

static void row_end(struct bins *b, struct row *r, bool mark)
{
	if (mark)
		row_mark(b, r);
	else
		row_count(b, r);
	*r = (struct row){ 0 };
}

/* Is nothing heard between the first and the last that are gone? */
static bool is_silent_between(const struct bin *at)
{
	uint64_t low = at->gone & (~at->gone + 1), high = at->gone;

	for (unsigned by = 1; by < BIN_SLOTS; by *= 2)
		high |= high >> by; /* all bits up to the last */
	return !(at->heard & high & ~(low - 1));
}

static void row_widen(struct row *r, uint64_t slot, bool shown)
{
	r->low = r->any ? r->low : slot;
	r->high = slot;
	r->any = true;
	r->shown = r->shown || shown;
}

/* The slots of bin @i, one after the other; one that has both counts as heard. */
static void row_go_on(struct bins *b, struct row *r, size_t i, bool mark)
{
	const struct bin *at = &b->at[i];
	bool whole = is_silent_between(at), counted = false;
	uint64_t slot = (uint64_t)i * BIN_SLOTS;

	for (uint64_t bit = 1; bit; bit <<= 1, slot++) {
		if (at->heard & bit)
			row_end(b, r, mark);
		else if ((at->lost | at->gone) & bit)
			row_widen(r, slot, at->lost & bit);
		if (!(at->gone & ~at->heard & bit))
			continue;
		if (!r->n)
			r->first = i;
		if (!r->n || r->last != i)
			r->most += at->in_slots;
		r->last = i;
		/* a slot may have several */
		r->n += !whole ? 1 : counted ? 0 : at->in_slots;
		counted = true;
	}
}

static void find_rows(struct bins *b, bool mark)
{
	struct row r = { 0 };

	for (size_t i = 0; i < b->n; i++)
		if (b->at[i].gone | b->at[i].lost)
			row_go_on(b, &r, i, mark);
		else if (b->at[i].heard)
			row_end(b, &r, mark);
	row_end(b, &r, mark);
}

struct slot {
	size_t bin;
	uint64_t bit;
};

struct run { /* of slots that lack packets, with none heard between */
	struct slot first, last;
	struct slot lacks; /* the newest that lacks one that passed */
};

static uint64_t slot_number(struct slot s)
{
	uint64_t n = (uint64_t)s.bin * BIN_SLOTS;

	while (s.bit >>= 1)
		n++;
	return n;
}

/* Are they so near to one another that one moment of deafness may have both? */
static bool slots_near(const struct bins *b, struct slot from, struct slot to)
{
	return slot_number(to) - slot_number(from) <= BARE_LONG >>
	       (b->shift - BIN_SLOT_SHIFT);
}

static void run_mark(struct bins *b, const struct run *r)
{
	for (size_t i = r->first.bin; i <= r->last.bin; i++) {
		uint64_t low = i == r->first.bin ? r->first.bit : 1;
		uint64_t high = i == r->last.bin ? r->last.bit : 1ull << 63;

		b->at[i].mute |= (high | (high - 1)) & ~(low - 1);
	}
	b->muted = true;
}

static void run_end(struct bins *b, struct run *r)
{
	/* in a single slot something must be absent beside what passed */
	if (r->lacks.bit) { /* else there may be no bins at all */
		const struct bin *at = &b->at[r->first.bin];

		if (r->first.bin != r->last.bin ||
		    r->first.bit != r->last.bit ||
		    ((at->gone | at->ends) & at->lacked & r->first.bit))
			run_mark(b, r);
	}
	*r = (struct run){ 0 };
}

/* The first slot from @s on that lacks something and is near to @to, which does. */
static struct slot first_near(const struct bins *b, struct slot s,
			      struct slot to)
{
	for (;; s = (struct slot){ s.bin + 1, 1 }) {
		const struct bin *at = &b->at[s.bin];
		uint64_t is = (at->lacked | at->gone | at->ends) & ~(s.bit - 1);

		for (; is; is &= is - 1) {
			s.bit = is & (~is + 1);
			if (slots_near(b, s, to))
				return s;
		}
	}
}

static void run_add(const struct bins *b, struct run *r, struct slot s)
{
	bool lacks = b->at[s.bin].lacked & s.bit;

	if (!r->first.bit)
		r->first = s;
	if (lacks && !r->lacks.bit)
		r->first = first_near(b, r->first, s);
	if (lacks)
		r->lacks = s;
	if (r->lacks.bit && slots_near(b, r->lacks, s))
		r->last = s;
}

/* Looks for slots that lack packets, of which one passed, with none between that has
 * any.  One that has both counts as heard. */
static void find_mute(struct bins *b)
{
	struct run r = { 0 };

	for (size_t i = 0; i < b->n; i++) {
		const struct bin *at = &b->at[i];
		uint64_t is = at->heard | at->lacked | at->gone | at->ends;

		for (uint64_t bit; is; is ^= bit) {
			bit = is & (~is + 1);
			if (at->heard & bit)
				run_end(b, &r);
			else
				run_add(b, &r, (struct slot){ i, bit });
		}
	}
	run_end(b, &r);
}

void bins_find_rows(struct bins *b)
{
	find_rows(b, false);
	find_rows(b, true);
	find_mute(b);
}

bool bins_mute(const struct bins *b, int64_t t_ns)
{
	return b->muted && (b->at[bin_at(b, t_ns)].mute & bin_slot(b, t_ns));
}

bool bins_bare(const struct bins *b, int64_t t_ns)
{
	return b->bared && b->at[bin_at(b, t_ns)].bare;
}
