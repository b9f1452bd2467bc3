/* Samples: which contents of a flow are kept, for finding it elsewhere.
 *
 * The indexer keeps a bounded sample of each part.  Joined flows keep
 * FLOW_SAMPLES of each direction again: those with the least rank of their
 * digest, as the indexer chooses, so that two points tend to keep the same ones
 * even if their files are cut differently.
 *
 * Invariant: of a flow's samples, those of direction 0 come first; each content
 * is there once.
 */
#include <stdlib.h>

#include "capture/live.h"
#include "correlate/stitch_int.h"

static uint32_t since_us(int64_t t, int64_t first)
{
	uint64_t us = t < first ? 0 : ((uint64_t)t - (uint64_t)first) / 1000;

	return us < NO_TIME ? (uint32_t)us : NO_TIME;
}

static bool has_sample(const struct sample *s, size_t n, uint32_t digest,
		       uint32_t len)
{
	for (size_t i = 0; i < n; i++)
		if (s[i].digest == digest && s[i].len == len)
			return true;
	return false;
}

uint8_t flow_samples_take(struct point *p, const struct part *part,
			  const struct part_dir *d)
{
	const struct part_samples *kind[2] = { &d->turn, &d->any };
	size_t from = p->sample.n;

	for (int k = 0; k < 2; k++) {
		for (unsigned i = 0; i < kind[k]->n; i++) {
			const struct part_sample *s = &kind[k]->at[i];

			if (has_sample(p->sample.at + from, p->sample.n - from,
				       s->digest, s->len))
				continue;
			*VEC_PUSH(&p->sample) = (struct sample){
				.digest = s->digest,
				.len = s->len,
				.seq = (uint32_t)s->seq,
				.at_us = since_us(s->time_ns, part->first_ns),
			};
		}
	}
	return (uint8_t)(p->sample.n - from);
}

static int by_rank(const void *a, const void *b)
{
	uint32_t x = sample_mixed(((const struct sample *)a)->digest);
	uint32_t y = sample_mixed(((const struct sample *)b)->digest);

	return x < y ? -1 : x > y;
}

static size_t copy_samples(struct point *p, const struct flow *f, int d,
			   int64_t first_ns, struct sample *out, size_t n)
{
	uint32_t later = since_us(f->first_ns, first_ns);
	const struct sample *s;

	if (!f->dir[d].n_samples)
		return n;
	s = p->sample.at + f->samples + (d ? f->dir[0].n_samples : 0);
	for (unsigned i = 0; i < f->dir[d].n_samples; i++) {
		if (has_sample(out, n, s[i].digest, s[i].len))
			continue;
		out[n] = s[i];
		if (later == NO_TIME || s[i].at_us >= NO_TIME - later)
			out[n].at_us = NO_TIME;
		else
			out[n].at_us += later;
		n++;
	}
	return n;
}

void flow_samples_join(struct point *p, struct flow *a, const struct flow *b,
		       int swap)
{
	struct sample s[2][2 * FLOW_SAMPLES];
	size_t n[2];

	for (int d = 0; d < 2; d++) {
		n[d] = copy_samples(p, a, d, a->first_ns, s[d], 0);
		n[d] = copy_samples(p, b, d ^ swap, a->first_ns, s[d], n[d]);
		qsort(s[d], n[d], sizeof s[d][0], by_rank);
		if (n[d] > FLOW_SAMPLES)
			n[d] = FLOW_SAMPLES;
	}
	a->samples = (uint32_t)p->sample.n;
	for (int d = 0; d < 2; d++) {
		for (size_t i = 0; i < n[d]; i++)
			*VEC_PUSH(&p->sample) = s[d][i];
		a->dir[d].n_samples = (uint8_t)n[d];
	}
}
