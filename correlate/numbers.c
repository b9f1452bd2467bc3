/* Differences of sequence numbers of flows caught in mid-stream.
 *
 * What: SYNs at both points say by how much a box on the way moves the numbers;
 * so do FINs, as a stream has one end.  Where one of them is missing, pairing found
 * the difference from ranges that overlap or from content that occurs once, or could
 * not tell.  A wrong difference matches everything with its neighbours, so that whole windows of
 * segments look lost at one end and missed at the other: no difference would be
 * better.
 *
 * The other witness is the acknowledgement number.  A segment that is the same
 * at both points, by its own direction's numbers, shows in its ack fields how
 * far the numbers of the opposite direction were moved.  Segments are compared
 * when they bring new data, so that retransmissions, whose ack fields have
 * advanced, are rarely among them; the majority counts.
 *
 * Steps of numbers_settle():
 *   0  ranges of numbers that overlap as they are, were not moved;
 *   1  a direction that is known judges the other: tells it where unknown; and
 *      where SYNs, FINs or an overlap speak for itself, but none of them for the
 *      other, overrules that by clear votes;
 *   2  a direction of which a point has too little for that: its numbers are
 *	also those that the opposite direction acknowledges; where both points
 *	show the same stretch of them, they were not moved;
 *   3  where nothing helps, content that occurs once in each of the two
 *      strands' first segments in common; then step 1 again.
 * What remains open stays unknown, and the hop's fates are undecided.
 *
 * Cost: nothing where SYNs speak for both directions; else O(log n) to find
 * where both have begun and LOOK records a direction.
 *
 * Reference: RFC 9293, 3.4 (sequence numbers) and 3.10.7.4 (what a segment's
 * ack field means).
 */
#include "correlate/numbers.h"

#include "correlate/hop.h"

#define LOOK 512       /* records of a strand that are compared */
#define FIRSTS 96      /* of them, those whose content is compared */
#define OPINIONS 8     /* different answers kept apart */
#define ENDS 8         /* records that are looked through for an ack number */
#define OVERRULE 6     /* votes against what pairing found */
#define AGREED 3       /* so many do that say all the same */
#define FEW (1u << 25) /* bytes: ranges that do not overlap by chance */

struct opinions {
	struct {
		uint32_t delta, votes;
	} at[OPINIONS];
	uint32_t n, all;
};

static void vote(struct opinions *o, uint32_t delta)
{
	uint32_t k = 0;

	o->all++;
	while (k < o->n && o->at[k].delta != delta)
		k++;
	if (k == OPINIONS)
		return;
	if (k == o->n) {
		o->at[o->n++].delta = delta;
		o->at[k].votes = 0;
	}
	o->at[k].votes++;
}

/* The answer with at least @least votes and three quarters of all. */
static bool elected(const struct opinions *o, uint32_t least, uint32_t *delta)
{
	for (uint32_t k = 0; k < o->n; k++)
		if (o->at[k].votes >= least &&
		    o->at[k].votes * 4 >= o->all * 3) {
			*delta = o->at[k].delta;
			return true;
		}
	return false;
}

static uint32_t raw_at(const struct strand *s, uint32_t i)
{
	return (uint32_t)strand_at(s, i)->seq64;
}

/* First record at raw @seq or behind, less than 2^31 from the strand's first;
 * numbers ascend except for copies. */
static uint32_t find_seq(const struct strand *s, uint32_t seq)
{
	int64_t ahead = seq_diff(seq, raw_at(s, 0));
	uint64_t to = strand_at(s, 0)->seq64 + (uint64_t)ahead;
	uint32_t lo = 0, hi = ahead > 0 ? s->n : 0;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (strand_at(s, mid)->seq64 < to)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct walk { /* over what is new in a strand */
	const struct strand *s;
	uint32_t i, end; /* next record; where to stop */
	uint32_t next;   /* raw, behind all so far */
	bool begun;
};

static void walk_from(struct walk *w, const struct strand *s, uint32_t i)
{
	*w = (struct walk){ .s = s,
			    .i = i,
			    .end = s->n - i < LOOK ? s->n : i + LOOK };
}

/* The next record that takes new numbers.  Return: false at the end. */
static bool walk_next(struct walk *w, struct record *r)
{
	while (w->i < w->end) {
		const struct record *x = strand_at(w->s, w->i++);
		uint32_t seq = (uint32_t)x->seq64, len = rec_seq_len(x);

		if (!len || (x->tcp_flags & REC_RST) ||
		    (w->begun && seq_diff(seq, w->next) < 0))
			continue;
		w->begun = true;
		w->next = seq + len;
		*r = *x;
		return true;
	}
	return false;
}

static bool same_segment(const struct record *x, const struct record *y)
{
	const uint8_t ends = REC_SYN | REC_FIN;

	return x->pay_len == y->pay_len &&
	       !((x->tcp_flags ^ y->tcp_flags) & ends) &&
	       (!x->pay_len || record_content_agrees(x, y));
}

/* What direction @d, by its own numbers, says of the opposite one's. */
static void ask_acks(const struct numbers *n, int d, struct opinions *o)
{
	const struct strand *p = n->p[d], *q = n->q[d];
	uint32_t delta = n->delta[d], from;
	struct walk a, b;
	struct record x, y;
	bool more;

	if (!p->n || !q->n)
		return;
	from = raw_at(q, 0) - delta;
	if (seq_diff(from, raw_at(p, 0)) < 0)
		from = raw_at(p, 0);
	walk_from(&a, p, find_seq(p, from));
	walk_from(&b, q, find_seq(q, from + delta));
	more = walk_next(&a, &x) && walk_next(&b, &y);
	while (more) {
		int32_t ahead = seq_diff((uint32_t)y.seq64 - delta,
					 (uint32_t)x.seq64);

		if (!ahead && same_segment(&x, &y) &&
		    (x.tcp_flags & y.tcp_flags & REC_ACK))
			vote(o, (uint32_t)y.ack64 - (uint32_t)x.ack64);
		if (ahead <= 0)
			more = walk_next(&b, &y);
		if (ahead >= 0)
			more = more && walk_next(&a, &x);
	}
}

/* What most say against pairing's word. */
static bool overruled(const struct opinions *o, uint32_t *delta)
{
	return elected(o, o->n == 1 ? AGREED : OVERRULE, delta);
}

/* Do numbers overlap as they are?  @few: so few that they would hardly do by
 * chance. */
static bool overlap(const struct strand *p, const struct strand *q, bool *few)
{
	uint32_t lp, lq;
	int32_t ahead;

	*few = false;
	if (!p->n || !q->n)
		return false;
	lp = raw_at(p, p->n - 1) - raw_at(p, 0);
	lq = raw_at(q, q->n - 1) - raw_at(q, 0);
	ahead = seq_diff(raw_at(q, 0), raw_at(p, 0));
	*few = lp < FEW && lq < FEW;
	return ahead >= 0 ? (uint32_t)ahead <= lp : 0u - (uint32_t)ahead <= lq;
}

/* Most devices leave numbers alone, and few ranges overlap by chance: for long
 * streams segments must agree, too. */
static bool overlap_as_they_are(struct numbers *n, int d)
{
	struct opinions o = { .n = 0 };
	bool few;

	if (!overlap(n->p[d], n->q[d], &few))
		return false;
	n->delta[d] = 0;
	if (few)
		return true;
	ask_acks(n, d, &o);
	return o.all > 0;
}

/* --- what is acknowledged --- */
struct stretch { /* of a direction's numbers, as a point shows them */
	uint32_t from, to;
	bool any;
};

static void stretch_to(struct stretch *s, uint32_t seq)
{
	if (!s->any)
		*s = (struct stretch){ seq, seq, true };
	else if (seq_diff(seq, s->from) < 0)
		s->from = seq;
	else if (seq_diff(seq, s->to) > 0)
		s->to = seq;
}

/* The first ack number that @a has from record @i on, going by @step. */
static void stretch_ack(struct stretch *s, const struct strand *a, uint32_t i,
			uint32_t step)
{
	for (int left = ENDS; left > 0 && i < a->n; left--, i += step) {
		const struct record *r = strand_at(a, i);

		if ((r->tcp_flags & (REC_ACK | REC_RST)) != REC_ACK)
			continue;
		stretch_to(s, (uint32_t)r->ack64);
		return;
	}
}

/* @data: the direction's own records, @acks: the other one's. */
static struct stretch stretch_of(const struct strand *data,
				 const struct strand *acks)
{
	struct stretch s = { .any = false };

	if (data->n) {
		const struct record *last = strand_at(data, data->n - 1);

		stretch_to(&s, (uint32_t)last->seq64 + rec_seq_len(last));
		stretch_to(&s, raw_at(data, 0));
	}
	stretch_ack(&s, acks, 0, 1);
	stretch_ack(&s, acks, acks->n - 1, UINT32_MAX); /* backwards */
	return s;
}

static bool same_stretch(struct strand *const a[2], struct strand *const b[2],
			 int d)
{
	struct stretch p = stretch_of(a[d], a[1 - d]);
	struct stretch q = stretch_of(b[d], b[1 - d]);

	return p.any && q.any && p.to - p.from <= FEW && q.to - q.from <= FEW &&
	       seq_diff(p.from, q.to) <= 0 && seq_diff(q.from, p.to) <= 0;
}

/* --- content --- */
struct firsts {
	struct record r[FIRSTS];
	uint32_t n;
};

/* New data from record @i on with unique content. */
static void read_firsts(struct firsts *f, const struct strand *s, uint32_t i)
{
	bool twin[FIRSTS] = { false };
	struct walk w;
	uint32_t n = 0;

	f->n = 0;
	walk_from(&w, s, i);
	while (f->n < FIRSTS && walk_next(&w, &f->r[f->n])) {
		const struct record *x = &f->r[f->n];

		if (!x->pay_len || !(x->marks & (REC_HEAD | REC_FULL)))
			continue;
		for (uint32_t k = 0; k < f->n; k++)
			if (record_content_agrees(&f->r[k], x))
				twin[k] = twin[f->n] = true;
		f->n++;
	}
	for (uint32_t k = 0; k < f->n; k++)
		if (!twin[k])
			f->r[n++] = f->r[k];
	f->n = n;
}

/* Without numbers or clocks it is not known where both strands have begun:
 * one's start is compared with all of the other, LOOK records at a time. */
static void compare_starts(const struct strand *p, const struct strand *q,
			   bool turned, struct opinions *o)
{
	struct firsts a, b;

	read_firsts(&a, p, 0);
	for (uint32_t from = 0; a.n && from < q->n && from < 8 * LOOK;
	     from += FIRSTS) {
		read_firsts(&b, q, from);
		for (uint32_t i = 0; i < a.n; i++)
			for (uint32_t j = 0; j < b.n; j++) {
				uint32_t d = (uint32_t)b.r[j].seq64 -
					     (uint32_t)a.r[i].seq64;

				if ((a.r[i].marks & b.r[j].marks &
				     (REC_HEAD | REC_FULL)) &&
				    record_content_agrees(&a.r[i], &b.r[j]))
					vote(o, turned ? 0u - d : d);
			}
	}
}

static bool ask_content(const struct numbers *n, int d, uint32_t *delta)
{
	struct opinions o = { .n = 0 };

	if (!n->p[d]->n || !n->q[d]->n)
		return false;
	compare_starts(n->p[d], n->q[d], false, &o);
	if (elected(&o, 3, delta))
		return true;
	o = (struct opinions){ .n = 0 };
	compare_starts(n->q[d], n->p[d], true, &o);
	return elected(&o, 3, delta);
}

/* --- both --- */

static bool syns_speak(const struct strand *p, const struct strand *q)
{
	return p->n && q->n && (strand_at(p, 0)->tcp_flags & REC_SYN) &&
	       (strand_at(q, 0)->tcp_flags & REC_SYN);
}

/* The number of a stream's FIN, whose copies all have the same. */
static bool find_fin(const struct strand *s, uint32_t *seq)
{
	for (uint32_t k = 0; k < ENDS && k < s->n; k++) {
		const struct record *r = strand_at(s, s->n - 1 - k);

		if ((r->tcp_flags & (REC_FIN | REC_RST)) != REC_FIN)
			continue;
		*seq = (uint32_t)r->seq64 + r->pay_len;
		return true;
	}
	return false;
}

bool numbers_tell(struct strand *const p[2], struct strand *const q[2], int d,
		  uint32_t *delta)
{
	uint32_t near, far;
	bool few;

	*delta = 0;
	if (syns_speak(p[d], q[d])) {
		*delta = raw_at(q[d], 0) - raw_at(p[d], 0);
		return true;
	}
	if ((overlap(p[d], q[d], &few) && few) || same_stretch(p, q, d))
		return true;
	if (!find_fin(p[d], &near) || !find_fin(q[d], &far))
		return false;
	*delta = far - near;
	return true;
}

static bool is_certain(const struct numbers *n, int d)
{
	uint32_t delta;

	return n->certain[d] ||
	       (numbers_tell(n->p, n->q, d, &delta) && delta == n->delta[d]);
}

/* Direction @d, which is known, judges the other. */
static void judge_other(struct numbers *n, int d)
{
	struct opinions o = { .n = 0 };
	uint32_t found;

	if (!n->known[d] || n->certain[1 - d] ||
	    syns_speak(n->p[1 - d], n->q[1 - d]))
		return;
	ask_acks(n, d, &o);
	if (!n->known[1 - d]) {
		n->known[1 - d] = elected(&o, 1, &found);
		if (n->known[1 - d])
			n->delta[1 - d] = found;
	} else if (is_certain(n, d) && overruled(&o, &found)) {
		n->delta[1 - d] = found;
	}
}

void numbers_settle(struct numbers *n)
{
	uint32_t delta;

	if (n->known[0] && n->known[1] && syns_speak(n->p[0], n->q[0]) &&
	    syns_speak(n->p[1], n->q[1]))
		return;
	for (int d = 0; d < 2; d++)
		if (!n->known[d])
			n->known[d] = overlap_as_they_are(n, d);
	judge_other(n, 0);
	judge_other(n, 1);
	for (int d = 0; d < 2; d++)
		if (!n->known[d] && numbers_tell(n->p, n->q, d, &delta)) {
			n->known[d] = true;
			n->delta[d] = delta;
		}
	for (int d = 0; d < 2; d++) {
		if (n->known[d])
			continue;
		n->known[d] = ask_content(n, d, &n->delta[d]);
		judge_other(n, d);
	}
}
