/* When a capture ran, and whether absence from it means loss.
 *
 * Running time: from the first to the last frame of each file.  Whether it ran
 * a little longer is not known, but a capture with a mean gap of g between its
 * packets that stopped at a random moment ran on for less than g / 100 with a
 * probability of 1 %: that much is allowed after its end.
 *
 * Absence: let a of A transmissions that nothing else decides be absent at the
 * far end.  Two explanations compete.
 *
 *   gap:  no such loss; the capture misses packets at one rate m, which showed
 *	   in k of N packets proven to have passed, and in all a of A.
 *   loss: the capture misses at a rate m that showed in k of N only; the hop
 *	   loses at a rate L that showed in l of D decided transmissions, and
 *	   at r L in a of A.
 *
 * What can be decided is mostly full segments, what cannot is mostly pure ACKs,
 * which queues and policers drop less often: r is anything from 1 to 1/100,
 * each power of ten as likely.  With one rate for both, a hop that loses 5 % of
 * the data and 0.3 % of the ACKs would look like a gap in the capture.
 *
 * With Beta priors on m and L both marginal likelihoods are ratios of Beta
 * functions.  The priors have their mass near zero (most captures miss nothing,
 * most hops lose nothing), and a capture with gaps is taken to be nine times
 * less likely than one without.  If the capture is known to miss (k > 0), each
 * single absence is a mixture, and what is absent beyond m must outweigh m a
 * hundred times.  What the capturing host itself counted as dropped is added to
 * k.
 *
 * Three things shift the odds.  Captures that miss single packets while they
 * have all others around (correlate/bins.h) are rarer than those that miss
 * some.  If a capture after the far one lacks the packet, too, a gap requires a
 * second gap, or a loss after it: one in CONFIRMED.  And a hop that loses in
 * one direction is one whose rate in the other has less of its mass near zero.
 *
 * Cost: O(1) a question.  See Benko and Veres 2002 and Paxson 1997 for why a
 * capture must be doubted before the network is.
 */
#include "correlate/watch.h"

#include <math.h>
#include <stdlib.h>

#define PRIOR_A 0.05
#define PRIOR_B 1.0
#define PRIOR_GAP 0.1
#define PRIOR_SINGLE 0.015 /* of a capture that misses single packets */
#define PRIOR_OTHER 0.3    /* PRIOR_A of L where the other way loses */
#define CONFIRMED 20
#define SCALES 5  /* of r: 1 to 1/100 */
#define SURE 99.0 /* odds of a posterior of 0.99 */
#define GRANT_DIVISOR 100
#define GRANT_MAX 1000000000

void watch_add(struct watch *w, int64_t from_ns, int64_t to_ns)
{
	*VEC_PUSH(&w->span) = (struct watch_span){ from_ns, to_ns };
}

static int span_cmp(const void *pa, const void *pb)
{
	const struct watch_span *a = pa, *b = pb;

	return a->from_ns < b->from_ns ? -1 : a->from_ns > b->from_ns;
}

void watch_sort(struct watch *w)
{
	size_t n = 0;

	if (w->span.n)
		qsort(w->span.at, w->span.n, sizeof *w->span.at, span_cmp);
	for (size_t i = 0; i < w->span.n; i++) {
		struct watch_span *s = &w->span.at[i];

		if (n && s->from_ns <= w->span.at[n - 1].to_ns) {
			if (s->to_ns > w->span.at[n - 1].to_ns)
				w->span.at[n - 1].to_ns = s->to_ns;
		} else {
			w->span.at[n++] = *s;
		}
	}
	w->span.n = n;
}

void watch_release(struct watch *w)
{
	VEC_FREE(&w->span);
}

/* Time after the last frame during which it was certainly still running. */
static int64_t grant(const struct watch *w)
{
	double total = 0;

	for (size_t i = 0; i < w->span.n; i++)
		total += (double)w->span.at[i].to_ns -
			 (double)w->span.at[i].from_ns;
	if (w->packets < 2)
		return 0;
	total /= (double)(w->packets - 1) * GRANT_DIVISOR;
	return total < GRANT_MAX ? (int64_t)total : GRANT_MAX;
}

enum fate_reason watch_hides(const struct watch *w, int64_t low, int64_t high)
{
	size_t n = w->span.n;
	int64_t first, last;

	if (!n)
		return WHY_NOT_RUNNING;
	first = w->span.at[0].from_ns;
	last = w->span.at[n - 1].to_ns;
	last = last < INT64_MAX - GRANT_MAX ? last + grant(w) : INT64_MAX;
	if (high < first || low > last)
		return WHY_NOT_RUNNING;
	if (low < first || high > last)
		return WHY_EDGE;
	for (size_t i = 0; i < n; i++) {
		if (low > w->span.at[i].to_ns)
			continue; /* the first file that ends later */
		if (low < w->span.at[i].from_ns ||
		    (high > w->span.at[i].to_ns && i + 1 < n))
			return WHY_ROTATION;
		return WHY_NONE;
	}
	return WHY_NONE;
}

/* ln Gamma(v), v > 0.  Workers ask at the same time: lgamma() would also write the sign
 * to a global variable (lgamma(3)). */
static double log_gamma(double v)
{
	int sign;

	return lgamma_r(v, &sign);
}

/* ln B(a + x, b + n - x) - ln B(a, b): x of n, rate from Beta(a, b) */
static double marginal(double x, double n, double prior)
{
	return log_gamma(prior + x) + log_gamma(PRIOR_B + n - x) -
	       log_gamma(prior + PRIOR_B + n) - log_gamma(prior) -
	       log_gamma(PRIOR_B) + log_gamma(prior + PRIOR_B);
}

/* ln of the likelihood that everything decided as lost, and everything absent,
 * was lost, over all r.  Trials at a rate of r L are treated as r times as many
 * at L, as for Poisson events: accurate for small rates, and exact for r =
 * 1. */
static double losses(const struct absences *a, double prior)
{
	double l = (double)a->lost, d = (double)a->decided;
	double x = (double)a->absent, open = (double)a->open;
	double most = -INFINITY, sum = 0, part[SCALES];

	for (int i = 0; i < SCALES; i++) {
		double scale = pow(10, -0.5 * i), trials = scale * open;

		part[i] = x * log(scale) +
			  marginal(l + x, d + (trials > x ? trials : x), prior);
		most = part[i] > most ? part[i] : most;
	}
	for (int i = 0; i < SCALES; i++)
		sum += exp(part[i] - most);
	return most + log(sum / SCALES);
}

bool absence_is_loss(const struct trust *t, const struct absences *a,
		     bool confirmed)
{
	double k = (double)t->missed, n = (double)t->passed;
	double l = (double)a->lost, d = (double)a->decided;
	double x = (double)a->absent, open = (double)a->open;
	double prior = a->heard ? PRIOR_SINGLE : PRIOR_GAP;
	double prior_l = a->other_way ? PRIOR_OTHER : PRIOR_A;
	double gap, loss, rate_m, rate_l;

	if (n < k)
		n = k;
	gap = marginal(k + x, n + open, PRIOR_A) + marginal(l, d, prior_l) +
	      log(prior) - (double)a->confirmed * log(CONFIRMED);
	loss = marginal(k, n, PRIOR_A) + losses(a, prior_l) + log(1 - prior);
	if (loss - gap < log(SURE))
		return false;
	if (k < 1)
		return true;
	rate_m = (k + PRIOR_A) / (n + PRIOR_A + PRIOR_B);
	rate_l = (x + PRIOR_A) / (open + PRIOR_A + PRIOR_B);
	if (confirmed)
		return rate_l >= SURE * rate_m / CONFIRMED;
	return rate_l - rate_m >= SURE * rate_m;
}
