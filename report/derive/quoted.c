/* ICMP errors by the part of a flow that they quote.
 *
 * Cost: sorting once; for each part of a flow a binary search, and the errors that
 * quote it up to the first that is asked for.
 */
#include "report/derive/quoted.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/search.h"

static int64_t part_of(const struct message_row *m)
{
	return m->m.part ? m->file << 32 | m->m.part : 0;
}

static int by_part(const void *pa, const void *pb)
{
	const struct quoted_at *a = pa, *b = pb;

	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

void quoted_open(struct quoted *q, const struct message_row *icmp, size_t n)
{
	*q = (struct quoted){ .icmp = icmp, .n = n };
	q->at = mem_zalloc(n + 1, sizeof *q->at);
	for (size_t i = 0; i < n; i++)
		q->at[i] = (struct quoted_at){ .part = part_of(&icmp[i]),
					       .at = i };
	qsort(q->at, n, sizeof *q->at, by_part);
}

/* The first of those that quote @part; they follow one another. */
static size_t first_of(const struct quoted *q, int64_t part)
{
	size_t at;

	SEARCH(at, q->n, i, q->at[i].part < part);
	return at;
}

static bool is_asked_for(const struct message_row *m, const struct flow_part *p,
			 int64_t status, int dir)
{
	return (status == QUOTED_ANY || m->m.status == status) &&
	       (dir == QUOTED_ANY || (m->m.dir ^ p->swap) == dir);
}

const struct message_row *quoted_first(const struct quoted *q,
				       const struct flow_row *f, int64_t status,
				       int dir)
{
	size_t first = q->n;

	for (size_t k = 0; k < f->n_parts; k++) {
		const struct flow_part *p = &f->parts[k];
		size_t i = p->part ? first_of(q, p->part) : q->n;

		while (i < q->n && q->at[i].part == p->part &&
		       !is_asked_for(&q->icmp[q->at[i].at], p, status, dir))
			i++;
		if (i < q->n && q->at[i].part == p->part && q->at[i].at < first)
			first = q->at[i].at;
	}
	return first < q->n ? &q->icmp[first] : NULL;
}

void quoted_close(struct quoted *q)
{
	free(q->at);
	*q = (struct quoted){ 0 };
}
