/* Losses in runs.
 *
 * Theory (Gilbert's two states): if packets are lost independently with
 * probability p, there is another loss among the next k packets with
 * probability 1 - (1 - p)^k.  A link that fails for moments, or a queue that
 * overflows, loses neighbours.  It does so regardless of session, so losses are
 * counted over all sessions; and distance is measured not in time, as packets
 * come in trains, but in frames of the near capture: of k neighbours at most k
 * went the same way, so by chance there would be even fewer.
 *
 * Only first transmissions count, and only sizes no larger than something that
 * arrived: what is too large for the path, or has no route, is always lost.
 *
 * p is estimated from the sessions with losses, so it is too large, and it
 * counts all of their losses, of which only a sample is examined: so the rule
 * reports rather too seldom.  Required are LOSSES, a share of neighbours of
 * SHARE_LEAST whose odds are ODDS times those of chance, and which exceeds
 * chance by DEVIATIONS standard deviations of the binomial distribution.
 */
#include "report/derive/runs.h"

#include <math.h>
#include <stdlib.h>

#define MOST 100000
#define NEAR 3 /* a loss within so many frames is a neighbour */
#define NEAR_NS 1000000000
#define LOSSES 20
#define SHARE_LEAST 0.3
#define ODDS 4
#define DEVIATIONS 3

void runs_add(struct runs *r, int64_t session, const struct fact *k)
{
	if (r->at.n >= MOST || !k->has_near || k->e.copy > 1)
		return;
	*VEC_PUSH(&r->at) = (struct run_loss){
		.file = k->near_file,
		.session = session,
		.t_ns = k->near.time_ns,
		.frame = k->near.frame,
		.ip_len = k->e.kind == KIND_DATA ? k->near.hdr_len + k->e.len
						 : 0
	};
}

void runs_tried(struct runs *r, uint64_t n, uint64_t lost)
{
	r->tried += n;
	r->lost += lost;
}

static int by_place(const void *pa, const void *pb)
{
	const struct run_loss *a = pa, *b = pb;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return a->frame < b->frame ? -1 : a->frame > b->frame;
}

/* The run that begins at @i.  Return: where it ends. */
static size_t run_from(const struct runs *r, size_t i, struct run_facts *out)
{
	const struct run_loss *at = r->at.at;
	bool shared = false;
	size_t k = i + 1;

	while (k < r->at.n && at[k].file == at[i].file &&
	       at[k].frame - at[k - 1].frame <= NEAR &&
	       at[k].t_ns - at[k - 1].t_ns <= NEAR_NS) {
		shared |= at[k].session != at[i].session;
		k++;
	}
	if (k - i < 2)
		return k;
	out->runs++;
	out->losses += k - i;
	out->shared += shared;
	if (k - i > out->longest) {
		out->longest = k - i;
		out->longest_ns = at[k - 1].t_ns - at[i].t_ns;
	}
	return k;
}

static void leave_out(struct runs *r, uint32_t most)
{
	size_t n = 0;

	for (size_t i = 0; i < r->at.n; i++)
		if (!most || r->at.at[i].ip_len <= most)
			r->at.at[n++] = r->at.at[i];
	r->at.n = n;
}

void runs_judge(struct runs *r, uint32_t most, struct run_facts *out)
{
	double n, p, expected, found;

	*out = (struct run_facts){ 0 };
	leave_out(r, most);
	n = (double)r->at.n;
	if (r->at.n < LOSSES || r->tried < r->lost)
		return;
	qsort(r->at.at, r->at.n, sizeof *r->at.at, by_place);
	for (size_t i = 0; i < r->at.n;)
		i = run_from(r, i, out);
	p = (double)r->lost / (double)r->tried;
	out->by_chance = 1 - pow(1 - p, NEAR);
	/* each loss of a run except the first has one before it */
	found = (double)(out->losses - out->runs);
	out->neighbours = found / n;
	expected = n * out->by_chance;
	out->yes = out->neighbours >= SHARE_LEAST &&
		   out->neighbours * (1 - out->by_chance) >=
			   ODDS * out->by_chance * (1 - out->neighbours) &&
		   found >= expected + DEVIATIONS * sqrt(expected *
							 (1 - out->by_chance));
}

void runs_release(struct runs *r)
{
	VEC_FREE(&r->at);
}
