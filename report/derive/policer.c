/* A token bucket, recognised by its losses.
 *
 * Theory (Flach and others, SIGCOMM 2016, with true losses and true delays in
 * place of what one capture can guess): a policer drops what comes faster than
 * a rate, without ever holding a packet back.  Tokens arrive at the rate and
 * each byte that passes takes one; a packet that finds none is dropped.  So
 *
 *  1. the rate is what was delivered between the first loss and the last, or
 *     somewhat more, where the flow paused meanwhile;
 *  2. a bucket simulated with it holds less at losses than at packets that
 *     pass.  At most a tenth of the losses may be farther from their median
 *     than two round trips' tokens, 3 % of the others lower than three quarters
 *     of one below it.  Each loss shows that the bucket was empty, each
 *     passage that it was not: so errors of the rate do not add up;
 *  3. the delay has not grown before losses: that would be a full queue.
 *
 * The bucket is as deep as the largest burst that passed: the most that was
 * ever sent in excess of what the rate allowed meanwhile.
 *
 * A steady flow can satisfy 2 by chance, since then all are near zero: so
 * tokens must separate losses from passages, in a share SEPARATE of all pairs
 * of a loss and a passage (the Mann-Whitney statistic; 0.5 is chance).  And
 * losses must occur in SLICES round trips, more than the three of the paper: a
 * link that is down for a few moments cuts the ends off a few trains, which
 * looks alike.
 *
 * Cost: sorts what was collected, only for sessions with losses.
 */
#include "report/derive/policer.h"

#include <stdlib.h>

#include "base/mem.h"

#define MOST 65536 /* transmissions examined */
#define LEAST 15   /* losses, and passages */
#define SLICES 10  /* round trips with losses */
#define SEPARATE 0.8
#define RATES 10 /* rates tried above what was delivered */
#define RATE_STEP 0.04
#define GREW_LEAST 3000000 /* and a quarter of the round trip */
#define RTT_UNKNOWN 10000000

struct bucket {             /* the simulated bucket, from the first loss on */
	size_t first, last; /* losses */
	double rate;        /* bytes a nanosecond */
	double rtt_tokens, depth; /* bytes */
	double *loss, *pass;      /* tokens each found; owned; sorted */
	size_t n_loss, n_pass;
};

void policer_add(struct policer *p, const struct model *m,
		 const struct session_view *v, const struct fate_row *r)
{
	const struct record *a = r->near, *b = r->far;
	struct passage *x;

	if (!a || p->at.n >= MOST ||
	    (r->e.kind != KIND_DATA && r->e.kind != KIND_DATAGRAM) ||
	    (r->e.fate != FATE_DELIVERED && r->e.fate != FATE_UNSEEN &&
	     r->e.fate != FATE_LOST))
		return;
	if (!p->used) {
		stamps_init(&p->near,
			    model_clock(m, v->flow[r->from].row.point));
		stamps_init(&p->far, model_clock(m, v->flow[r->to].row.point));
		p->used = true;
	}
	x = VEC_PUSH(&p->at);
	*x = (struct passage){ .t_ns = a->time_ns,
			       .transit_ns = INT64_MIN,
			       .bytes = r->e.len ? r->e.len : a->pay_len,
			       .lost = r->e.fate == FATE_LOST };
	if (b && p->near.known && p->far.known)
		x->transit_ns = stamps_mid(&p->far, b->time_ns) -
				stamps_mid(&p->near, a->time_ns);
}

/* --- delays --- */
static int by_ns(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return a < b ? -1 : a > b;
}

/* The transit time that a tenth of all transits are below. */
static int64_t usual_transit(const struct policer *p)
{
	int64_t *ns = mem_zalloc(p->at.n, sizeof *ns), usual = INT64_MIN;
	size_t n = 0;

	for (size_t i = 0; i < p->at.n; i++)
		if (p->at.at[i].transit_ns != INT64_MIN)
			ns[n++] = p->at.at[i].transit_ns;
	if (n) {
		qsort(ns, n, sizeof *ns, by_ns);
		usual = ns[n / 10];
	}
	free(ns);
	return usual;
}

static void look_at_delays(const struct policer *p, int64_t rtt,
			   struct policed *out)
{
	int64_t usual = usual_transit(p), last = INT64_MIN, last_at = 0;
	int64_t grown = rtt / 4 > GREW_LEAST ? rtt / 4 : GREW_LEAST;

	if (usual == INT64_MIN)
		return;
	for (size_t i = 0; i < p->at.n; i++) {
		const struct passage *x = &p->at.at[i];

		if (x->transit_ns != INT64_MIN) {
			last = x->transit_ns;
			last_at = x->t_ns;
		}
		if (!x->lost || last == INT64_MIN || x->t_ns - last_at > rtt)
			continue;
		out->judged++;
		out->inflated += last - usual > grown;
	}
}

/* --- tokens --- */
static bool bucket_open(struct bucket *b, const struct policer *p, int64_t rtt)
{
	int64_t passed = 0, ns;

	*b = (struct bucket){ .first = SIZE_MAX };
	for (size_t i = 0; i < p->at.n; i++) {
		b->n_loss += p->at.at[i].lost;
		b->n_pass += !p->at.at[i].lost;
		if (!p->at.at[i].lost)
			continue;
		if (b->first == SIZE_MAX)
			b->first = i;
		b->last = i;
	}
	if (b->n_loss < LEAST || b->n_pass < LEAST)
		return false;
	for (size_t i = b->first; i < b->last; i++)
		passed += p->at.at[i].lost ? 0 : p->at.at[i].bytes;
	ns = p->at.at[b->last].t_ns - p->at.at[b->first].t_ns;
	if (ns <= 0 || passed <= 0)
		return false;
	b->rate = (double)passed / (double)ns;
	b->rtt_tokens = b->rate * (double)rtt;
	return true;
}

static unsigned slices(const struct bucket *b, const struct policer *p,
		       int64_t rtt)
{
	int64_t last = INT64_MIN, from = p->at.at[b->first].t_ns;
	unsigned n = 0;

	for (size_t i = b->first; i <= b->last; i++) {
		int64_t slice = (p->at.at[i].t_ns - from) / rtt;

		if (!p->at.at[i].lost || slice == last)
			continue;
		last = slice;
		n++;
	}
	return n;
}

static int by_value(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return a < b ? -1 : a > b;
}

/* The largest burst in excess of what the rate allowed meanwhile. */
static double depth(const struct bucket *b, const struct policer *p)
{
	double over = 0, most = 0;

	for (size_t i = b->first; i <= b->last; i++) {
		const struct passage *x = &p->at.at[i];

		if (i > b->first)
			over -= b->rate *
				(double)(x->t_ns - p->at.at[i - 1].t_ns);
		if (over < 0 || x->lost)
			over = 0;
		over += x->lost ? 0 : x->bytes;
		if (over > most)
			most = over;
	}
	return most;
}

/* The tokens that each found in the bucket. */
static void simulate(struct bucket *b, const struct policer *p)
{
	double tokens = 0;
	int64_t then = p->at.at[b->first].t_ns;

	b->n_loss = b->n_pass = 0;
	for (size_t i = b->first; i <= b->last; i++) {
		const struct passage *x = &p->at.at[i];

		tokens += b->rate * (double)(x->t_ns - then);
		then = x->t_ns;
		if (tokens > b->depth)
			tokens = b->depth;
		if (x->lost) {
			b->loss[b->n_loss++] = tokens;
			tokens = tokens < x->bytes ? tokens : x->bytes;
		} else {
			b->pass[b->n_pass++] = tokens;
			tokens = tokens > x->bytes ? tokens - x->bytes : 0;
		}
	}
	qsort(b->loss, b->n_loss, sizeof *b->loss, by_value);
	qsort(b->pass, b->n_pass, sizeof *b->pass, by_value);
}

static double mean(const double *at, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += at[i];
	return n ? sum / (double)n : 0;
}

/* The share of pairs in which the loss found less than the passage. */
static double separation(const struct bucket *b)
{
	double less = 0;
	size_t k = 0;

	for (size_t i = 0; i < b->n_pass; i++) {
		while (k < b->n_loss && b->loss[k] < b->pass[i])
			k++;
		less += (double)k;
	}
	return less / ((double)b->n_loss * (double)b->n_pass);
}

static bool tokens_tell(const struct bucket *b)
{
	double median = b->loss[b->n_loss / 2], tokens = b->rtt_tokens;
	size_t far = 0, low = 0;

	for (size_t i = 0; i < b->n_loss; i++)
		far += b->loss[i] > median + 2 * tokens ||
		       b->loss[i] < median - 2 * tokens;
	for (size_t i = 0; i < b->n_pass; i++)
		low += b->pass[i] < median - 0.75 * tokens;
	return b->n_pass >= LEAST && far * 10 <= b->n_loss &&
	       low * 100 <= b->n_pass * 3 && median < b->pass[b->n_pass / 2] &&
	       mean(b->loss, b->n_loss) < mean(b->pass, b->n_pass);
}

static void look_at_tokens(const struct policer *p, int64_t rtt,
			   struct policed *out)
{
	struct bucket b;
	double goodput, best = 0;

	if (!bucket_open(&b, p, rtt) || slices(&b, p, rtt) < SLICES ||
	    out->inflated * 5 > out->judged)
		return;
	goodput = b.rate;
	b.loss = mem_zalloc(b.n_loss, sizeof *b.loss);
	b.pass = mem_zalloc(b.n_pass, sizeof *b.pass);
	for (int step = 0; step <= RATES; step++) {
		double apart;

		b.rate = goodput * (1 + step * RATE_STEP);
		b.rtt_tokens = b.rate * (double)rtt;
		b.depth = depth(&b, p);
		simulate(&b, p);
		apart = separation(&b);
		if (apart <= best || !tokens_tell(&b))
			continue;
		best = apart;
		out->rate_bps = (int64_t)(b.rate * 8e9);
		out->burst = (int64_t)b.depth;
	}
	out->yes = best >= SEPARATE;
	free(b.loss);
	free(b.pass);
}

void policer_end(struct policer *p, int64_t rtt_ns, struct policed *out)
{
	int64_t rtt = rtt_ns > 0 ? rtt_ns : RTT_UNKNOWN;

	*out = (struct policed){ 0 };
	if (p->at.n) {
		look_at_delays(p, rtt, out);
		look_at_tokens(p, rtt, out);
	}
	policer_release(p);
}

void policer_release(struct policer *p)
{
	VEC_FREE(&p->at);
}
