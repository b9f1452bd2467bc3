/* A point: its parts from the case, as flows.
 *
 * point_load() makes each part a flow of its own (flow_take.c), then joins those
 * that carry on from one another (stitch.c).  Addresses are numbered over all
 * points, so that comparing two flows compares numbers.
 *
 * Memory: struct flow and its samples.
 */
#include <stdlib.h>
#include <string.h>

#include "correlate/stitch_int.h"

#define RESERVED ((size_t)1 << 20) /* flows: memory for more grows */

static uint64_t addr_hash(const struct net_addr *a)
{
	uint64_t w[2];

	memcpy(w, a->b, sizeof w);
	return key_mix(key_mix(1, w[0]), w[1]);
}

uint32_t addr_number(struct addr_table *t, const struct net_addr *a)
{
	uint64_t h = addr_hash(a);
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&t->by_hash, h, &pos)) != HTAB_NONE)
		if (!net_addr_cmp(&t->addr.at[i], a))
			return i;
	i = (uint32_t)t->addr.n;
	*VEC_PUSH(&t->addr) = *a;
	htab_put(&t->by_hash, h, i);
	return i;
}

static void point_span(struct point *p, const struct file_row *files, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const struct file_row *f = &files[i];

		if (f->point != p->id || !f->complete || !f->packets)
			continue;
		if (!any || f->first_ns < p->first_ns)
			p->first_ns = f->first_ns;
		if (!any || f->last_ns > p->last_ns)
			p->last_ns = f->last_ns;
		if (f->resolution_ns > p->resolution_ns)
			p->resolution_ns = f->resolution_ns;
		any = true;
	}
}

int point_load(struct store *s, struct point *p, struct addr_table *addrs,
	       const struct file_row *files, size_t n_files, struct err *err)
{
	struct part_cursor *c = store_parts(s, p->id);
	struct part part NOT_ZEROED;
	size_t cap = part_cursor_most(c);

	cap = cap < RESERVED ? cap : RESERVED;
	p->flow = mem_alloc_large(cap * sizeof *p->flow);
	/* so that a flow without samples has a place among them, too */
	p->sample.at = mem_grow(p->sample.at, &p->sample.cap, 1,
				sizeof *p->sample.at);
	while (part_cursor_next(c, &part)) {
		p->flow = mem_grow(p->flow, &cap, p->n + 1, sizeof *p->flow);
		flow_take(p, addrs, &p->flow[p->n++], &part);
		if (p->n == INT32_MAX || p->sample.n > UINT32_MAX / 2) {
			part_cursor_free(c);
			return err_set(err, ERR_INPUT,
				       "a point has more than 2,147,483,647 "
				       "flows: index fewer files, or use "
				       "--filter");
		}
	}
	part_cursor_free(c);
	point_span(p, files, n_files);
	if (p->n) {
		point_stitch(p);
		p->flow = mem_resize(p->flow, p->n, sizeof *p->flow);
	}
	return 0;
}

void point_release(struct point *p)
{
	free(p->flow);
	free(p->seen);
	htab_release(&p->tuples);
	htab_release(&p->twins);
	VEC_FREE(&p->sample);
	VEC_FREE(&p->parts);
	VEC_FREE(&p->preface);
	p->flow = NULL;
	p->seen = NULL;
	p->n = 0;
}
