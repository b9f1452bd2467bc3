/* Two sides that each send at a pace of their own: see datagrams_int.h.
 *
 * What answers comes behind what asks: where there was no request since, there is
 * no answer but further pieces of the one before, close together.  So a session is
 * two streams where both sides send about evenly, and a tenth of what either sends
 * comes a full pause after its own last one, with nothing of the other side's in
 * between: the other neither asked for it nor answered.  As many of the one as of
 * the other may be late answers to requests sent ahead; then nothing is said.
 *
 * A capture that misses one of ten packets shows polls so, too.  But there what
 * comes from the server has its place behind each request, and between streams that
 * have nothing to do with each other it has none.
 *
 * Two streams in step (speech each way, every 20 ms) look like questions and quick
 * answers.  With two points they do not if the round trip is longer than the gaps:
 * who waits for an answer cannot send the next one before it.  (Where a point lacks
 * some, contents tell which are the same.)  Who has several on
 * their way at a time can, but then one side sends little and the other much.  With
 * a short round trip it stays open; what the path and the server are given of that is
 * small.
 *
 * Cost: the first SCANNED records of each direction.
 */
#include "report/derive/datagrams_int.h"

#include <stdlib.h>

#include "base/time.h"

#define SCANNED 1024
#define LEAST 16  /* datagrams of each side */
#define ALONE 10  /* one of so many */
#define EVEN 10   /* all but one of so many gaps are about the median */
#define WIDE 3    /* about: a third of it to thrice as much */
#define PAUSE 2   /* a full pause: this part of the median */
#define COUNTED 2 /* a difference in number up to this may be losses */
#define PLACE 8   /* half of all are within this part of a gap */
#define ALIKE 4   /* one side sends at most so many times the other's bytes */

struct pace {
	uint32_t n;
	int64_t median;
	int64_t gap[SCANNED];
};

static int by_size(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return a < b ? -1 : a > b;
}

/* Return: does the side send evenly? */
static bool pace_of(struct strand *s, struct pace *p)
{
	uint32_t odd = 0;

	p->n = s->n < SCANNED ? s->n : SCANNED;
	if (p->n < LEAST)
		return false;
	for (uint32_t i = 1; i < p->n; i++)
		p->gap[i - 1] = time_sub(strand_time(s, i),
					 strand_time(s, i - 1));
	qsort(p->gap, p->n - 1, sizeof *p->gap, by_size);
	p->median = p->gap[(p->n - 1) / 2];
	for (uint32_t i = 0; i + 1 < p->n; i++)
		odd += p->gap[i] < p->median / WIDE ||
		       p->gap[i] / WIDE > p->median;
	return p->median > 0 && odd * EVEN <= p->n;
}

/* How often each side sends twice, a pause apart, without the other. */
static void count_alone(struct strand *s[2], const struct pace p[2],
			uint32_t alone[2])
{
	uint32_t i[2] = { 0, 0 };
	int last = -1;
	int64_t at = 0;

	alone[0] = alone[1] = 0;
	while (i[0] < p[0].n && i[1] < p[1].n) {
		int64_t t[2] = { strand_time(s[0], i[0]),
				 strand_time(s[1], i[1]) };
		int d = t[1] < t[0];

		if (d == last && time_sub(t[d], at) >= p[d].median / PAUSE)
			alone[d]++;
		at = t[d];
		last = d;
		i[d]++;
	}
}

/* Does what the server sends come at about the same time after the request before
 * it?  Uses p[0].gap as room. */
static bool has_a_place(struct strand *s[2], struct pace p[2])
{
	int64_t *lag = p[0].gap;
	int64_t gap = p[p[1].median < p[0].median].median;
	uint32_t i = 0, n = 0;

	for (uint32_t k = 0; k < p[1].n && i < p[0].n; k++) {
		int64_t at = strand_time(s[1], k);
		uint32_t before = i;

		while (i < p[0].n && strand_time(s[0], i) <= at)
			i++;
		if (i > before)
			lag[n++] = time_sub(at, strand_time(s[0], i - 1));
	}
	qsort(lag, n, sizeof *lag, by_size);
	return n >= 4 && lag[n - 1 - n / 4] - lag[n / 4] < gap / PLACE;
}

bool datagrams_two_streams(const struct tap *t)
{
	struct strand *s[2] = { t->strand[0], t->strand[1] };
	struct pace p[2];
	uint32_t alone[2], more;

	if (!pace_of(s[0], &p[0]) || !pace_of(s[1], &p[1]))
		return false;
	more = s[0]->n > s[1]->n ? s[0]->n - s[1]->n : s[1]->n - s[0]->n;
	if (more <= COUNTED)
		return false;
	count_alone(s, p, alone);
	return alone[0] * ALONE >= p[0].n && alone[1] * ALONE >= p[1].n &&
	       !has_a_place(s, p);
}

/* Is datagram @i unlike those beside it, so that its contents tell which it is? */
static bool stands_out(struct strand *s, uint32_t i)
{
	struct record r = *strand_at(s, i); /* its strand is used for others */

	return (!i || !datagrams_same(&r, strand_at(s, i - 1))) &&
	       (i + 1 >= s->n || !datagrams_same(&r, strand_at(s, i + 1)));
}

/* The same by contents, where one of the two lacks some: of those that stand out. */
static bool least_way_like(struct strand *a, struct strand *b, int64_t *ns)
{
	uint32_t from = 0, found = 0;

	for (uint32_t i = 0; i < a->n && i < SCANNED; i++) {
		struct record r = *strand_at(a, i);

		if (!stands_out(a, i))
			continue;
		for (uint32_t k = from; k < b->n && k - from < DATAGRAMS_LOOK;
		     k++) {
			if (!datagrams_same(&r, strand_at(b, k)))
				continue;
			*ns = time_min(*ns,
				       time_sub(strand_time(b, k), r.time_ns));
			from = k + 1;
			found++;
			break;
		}
	}
	return found >= LEAST;
}

/* The least time from @from to @to of the first datagrams of direction @dir, clocks
 * and all.  Return: false if it is not known. */
static bool least_way(const struct tap *from, const struct tap *to, int dir,
		      int64_t *ns)
{
	struct strand *a = from->strand[dir], *b = to->strand[dir];

	*ns = INT64_MAX;
	if (a->n != b->n)
		return least_way_like(a, b, ns);
	for (uint32_t i = 0; i < a->n && i < SCANNED; i++)
		*ns = time_min(*ns,
			       time_sub(strand_time(b, i), strand_time(a, i)));
	return a->n > 0;
}

static uint64_t bytes_of(struct strand *s)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < s->n && i < SCANNED; i++)
		n += strand_at(s, i)->pay_len;
	return n;
}

bool datagrams_in_step(const struct tap *near, const struct tap *far)
{
	struct strand *s[2] = { near->strand[0], near->strand[1] };
	struct pace p[2];
	int64_t way[2], trip;
	uint64_t bytes[2];

	if (!pace_of(s[0], &p[0]) || !pace_of(s[1], &p[1]) ||
	    !least_way(near, far, 0, &way[0]) ||
	    !least_way(far, near, 1, &way[1]))
		return false;
	trip = time_add(way[0], way[1]);
	bytes[0] = bytes_of(s[0]);
	bytes[1] = bytes_of(s[1]);
	return trip > p[0].median && trip > p[1].median &&
	       bytes[0] <= bytes[1] * ALIKE && bytes[1] <= bytes[0] * ALIKE;
}
