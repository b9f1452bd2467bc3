/* Lengths of exchanges on both sides of a relay.
 *
 * With messages, an answer's length differs by a mostly constant amount, if at
 * all: what the relay adds or removes.  With encrypted or framed turns
 * (turns.h) the difference grows with the answer: so much per record or frame,
 * whose sizes the sender chooses.  So the range of differences, without the odd
 * ones, is learnt by the length of the back answer, in powers of two.  Before
 * that, and if there are few of a length, it is any difference that TLS (RFC
 * 8446 5.2: 22 bytes a record of 16384 at most; 1.2 up to 85), HTTP/2 and
 * header lines can make.
 *
 * Limits: a relay that compresses or expands contents (gzip) can make any
 * length of any other.
 */
#include "correlate/relate_int.h"

#include <stdlib.h>

#define MOSTLY 0.9
#define FEW_LENGTHS 8
#define FEW_OF_BIN 16
#define ODD_ONES 0.02 /* at each end */
#define SPARE 24      /* bytes beyond what was seen */
#define ASKS_MORE 2000
#define TELLS_MORE 800

static int64_t differ(const struct ask *f, const struct ask *b, int k)
{
	return (int64_t)f->len[k] - b->len[k];
}

static unsigned bin_of(uint32_t len)
{
	unsigned n = 0;

	for (; len; len >>= 1)
		n++;
	return n;
}

static bool is_far(const struct ask *f, const struct ask *b, int k,
		   int64_t more)
{
	int64_t d = differ(f, b, k);
	int64_t longer = d > 0 ? f->len[k] : b->len[k];

	return (d < 0 ? -d : d) > more + longer / 8;
}

static bool odd_form(const struct relating *r, const struct ask *f,
		     const struct ask *b)
{
	const struct length_law *l = &r->law[bin_of(b->len[1])];
	int64_t d = differ(f, b, 1);

	if (is_far(f, b, 0, ASKS_MORE) || is_far(f, b, 1, TELLS_MORE))
		return true;
	return l->known && (d < l->low || d > l->high);
}

bool relate_odd(const struct relating *r, const struct ask *f,
		const struct ask *b)
{
	if (r->form)
		return odd_form(r, f, b);
	return r->told_known && f->len[1] && b->len[1] &&
	       differ(b, f, 1) != r->told;
}

bool relate_even(const struct relating *r, const struct ask *f,
		 const struct ask *b)
{
	if (r->form)
		return r->law[bin_of(b->len[1])].known && !odd_form(r, f, b);
	return r->told_known && f->len[1] && b->len[1] && !relate_odd(r, f, b);
}

struct lengths VEC(int64_t);

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* By how much front answers are longer, sorted, over matches whose back answers
 * are in @bin (LENGTH_BINS: of any length). */
static struct lengths collect(const struct relating *r, unsigned bin)
{
	struct lengths d = { 0 };

	for (size_t i = 0; i < r->front.asks.n; i++) {
		const struct ask *f = front_ask(r, i), *b;

		if (f->mate == ASK_NONE || !f->len[1])
			continue;
		b = back_ask(r, f->mate);
		if (b->len[1] &&
		    (bin == LENGTH_BINS || bin_of(b->len[1]) == bin))
			*VEC_PUSH(&d) = differ(f, b, 1);
	}
	if (d.n)
		qsort(d.at, d.n, sizeof *d.at, by_number);
	return d;
}

static void learn_same(struct relating *r)
{
	struct lengths d = collect(r, LENGTH_BINS);
	size_t best = 0, same = 0;

	for (size_t i = 0; i < d.n; i++) {
		same = i && d.at[i] == d.at[i - 1] ? same + 1 : 1;
		if (same > best) {
			best = same;
			r->told = -d.at[i];
		}
	}
	r->told_known = d.n >= FEW_LENGTHS &&
			(double)best >= MOSTLY * (double)d.n;
	VEC_FREE(&d);
}

static void learn_bin(struct relating *r, unsigned bin)
{
	struct lengths d = collect(r, bin);
	size_t odd = (size_t)(ODD_ONES * (double)d.n) + 1;

	r->law[bin] = (struct length_law){ .known = d.n >= FEW_OF_BIN };
	if (r->law[bin].known) {
		r->law[bin].low = d.at[odd] - SPARE;
		r->law[bin].high = d.at[d.n - 1 - odd] + SPARE;
	}
	VEC_FREE(&d);
}

void relate_learn(struct relating *r)
{
	if (!r->form) {
		learn_same(r);
		return;
	}
	for (unsigned bin = 0; bin < LENGTH_BINS; bin++)
		learn_bin(r, bin);
}
