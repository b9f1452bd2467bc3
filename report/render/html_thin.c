/* Buckets of as many rows as leave about HTML_ROWS in all.  The number that is expected
 * may be wrong in a damaged case: beyond the limit buckets grow.
 */
#include "report/render/html_thin.h"

#include "base/time.h"

#define SPECIAL_ROWS (HTML_ROWS / 2)

static int64_t delay_of(const struct html_row *r)
{
	return time_sub(r->at[HTML_FAR_NS], r->at[HTML_NEAR_NS]);
}

static void give(struct html_thin *t, const struct html_row *r)
{
	t->sink->row(t->sink->ctx, r);
	if (++t->given < t->limit)
		return;
	t->limit += HTML_ROWS / 4;
	t->plain.size *= 4;
	t->special.size *= 4;
}

static void flush(struct html_thin *t, struct html_bucket *b)
{
	const struct html_row *other[2] = { &b->least, &b->most };
	int64_t rest = (int64_t)b->n;

	if (b->n == 0)
		return;
	for (int i = 0; i < 2; i++) {
		if (other[i]->at[HTML_TX] == b->first.at[HTML_TX] ||
		    (i && b->most.at[HTML_TX] == b->least.at[HTML_TX]))
			other[i] = NULL;
		else
			rest--;
	}
	b->first.at[HTML_COUNT] = rest;
	b->n = 0;
	give(t, &b->first);
	for (int i = 0; i < 2; i++)
		if (other[i])
			give(t, other[i]);
}

void html_thin_add(struct html_thin *t, const struct html_row *r, bool special)
{
	struct html_bucket *b = special ? &t->special : &t->plain;

	if (b->size <= 1) {
		give(t, r);
		return;
	}
	if (b->n == 0)
		b->first = b->least = b->most = *r;
	else if (delay_of(r) < delay_of(&b->least))
		b->least = *r;
	else if (delay_of(r) > delay_of(&b->most))
		b->most = *r;
	if (++b->n >= b->size)
		flush(t, b);
}

void html_thin_flush(struct html_thin *t)
{
	flush(t, &t->plain);
	flush(t, &t->special);
}

void html_thin_begin(struct html_thin *t, const struct html_sink *sink,
		     uint64_t all, uint64_t special)
{
	*t = (struct html_thin){ .sink = sink, .limit = 2 * HTML_ROWS };
	t->plain.size = t->special.size = 1;
	if (all > HTML_ROWS) /* a full bucket leaves three rows */
		t->plain.size = 3 * all / HTML_ROWS + 1;
	if (special > SPECIAL_ROWS)
		t->special.size = 3 * special / SPECIAL_ROWS + 1;
}
