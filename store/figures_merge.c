/* Figures of several sessions as one. */
#include "store/figures_int.h"

#include <stdlib.h>

static void merge_ttl(struct hop_way *into, const struct hop_way *from)
{
	bool had = into->ttl_known;

	if (!from->ttl_known)
		return;
	into->ttl_known = true;
	if (!had || from->ttl_drop_min < into->ttl_drop_min)
		into->ttl_drop_min = from->ttl_drop_min;
	if (!had || from->ttl_drop_max > into->ttl_drop_max)
		into->ttl_drop_max = from->ttl_drop_max;
}

static void merge_lengths(struct hop_way *into, const struct hop_way *from)
{
	if (from->max_delivered > into->max_delivered)
		into->max_delivered = from->max_delivered;
	if (from->max_lost > into->max_lost)
		into->max_lost = from->max_lost;
	/* 0: nothing was lost */
	if (from->min_lost &&
	    (!into->min_lost || from->min_lost < into->min_lost))
		into->min_lost = from->min_lost;
}

/* An even number, which the compiler takes two at a time, and one more. */
static void add_counters(uint64_t *restrict sum, const uint64_t *restrict more)
{
	for (size_t i = 0; i < COUNTERS - COUNTERS % 2; i++)
		sum[i] += more[i];
	if (COUNTERS % 2)
		sum[COUNTERS - 1] += more[COUNTERS - 1];
}

static void merge_way(struct hop_way *into, const struct hop_way *from)
{
	merge_ttl(into, from); /* needs the counters before merging */
	merge_lengths(into, from);
	add_counters(counters_to(into), counters_of(from));
	into->able |= from->able;
	into->astray += from->astray;
	hist_merge(&into->delay, &from->delay);
	if (from->delay_slack_ns > into->delay_slack_ns)
		into->delay_slack_ns = from->delay_slack_ns;
}

void figures_merge(struct hop_figures *into, const struct hop_figures *from)
{
	if (!into->from_pos && !into->to_pos) {
		into->from_pos = from->from_pos;
		into->to_pos = from->to_pos;
	}
	into->span |= from->span;
	hist_merge(&into->rtt, &from->rtt);
	for (int d = 0; d < 2; d++)
		merge_way(&into->way[d], &from->way[d]);
}

void figures_clear(struct figures *f)
{
	for (size_t i = 0; i < f->n; i++) {
		hist_release(&f->hop[i].rtt);
		for (int d = 0; d < 2; d++)
			hist_release(&f->hop[i].way[d].delay);
	}
	f->n = 0;
}

void figures_release(struct figures *f)
{
	figures_clear(f);
	free(f->hop);
	*f = (struct figures){ 0 };
}
