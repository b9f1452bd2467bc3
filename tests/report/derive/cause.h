/* A session with its budget, and the findings that its causes make: for tests of
 * delay.*.
 */
#pragma once

#include "tests/report/derive/desk.h"

#include "base/mem.h"
#include "report/derive/grouping.h"

/* A session of @n exchanges with @part of @p in a total of @total. */
struct made {
	struct budget b;
	struct worst worst;
	struct cause_session s;
};

static void made(struct made *m, uint64_t n, enum time_part p, int64_t part,
		 int64_t total)
{
	*m = (struct made){ .b = { .known = true,
				   .far = 1,
				   .exchanges = n,
				   .in_flight_sum = n,
				   .base_ns = 88 * MS } };
	m->b.part[TIME_TRANSFER] = total - part;
	m->b.part[p] += part;
	for (int i = 0; i < TIME_PARTS; i++)
		m->worst.at[i].n = i == TIME_SERVER ? 0 : UINT32_MAX;
	m->s = (struct cause_session){ .id = 7,
				       .b = &m->b,
				       .worst = &m->worst,
				       .client = "10.0.0.1",
				       .server = "10.0.0.9:443",
				       .between = "1 2",
				       .outer = "1 2",
				       .queued = "1 2" };
}

/* The model's groups of what @add puts together. */
static struct derive *desk_with(void (*add)(struct grouping *g, void *ctx),
				void *ctx)
{
	struct derive *d = desk_new(2, &rules_delay);
	struct grouping *g = grouping_new();
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	add(g, ctx);
	store_begin(s);
	grouping_store(g, s);
	assert_int_equal(store_commit(s, &err), 0);
	d->model.groups = store_groups(s, &d->model.n_groups);
	grouping_free(g);
	store_close(s);
	return d;
}

static void add_one(struct grouping *g, void *ctx)
{
	struct made *m = ctx;

	causes_add(g, &m->s);
}

/* The groups of the one session. */
static struct derive *desk_of(struct made *m)
{
	return desk_with(add_one, m);
}

static const struct draft *finding(struct made *m, const char *rule,
				   struct derive **d)
{
	*d = desk_of(m);
	return desk_finish(*d, rule);
}

/* How many findings of @rule there are. */
static inline unsigned of_rule(const struct derive *d, const char *rule)
{
	unsigned n = 0;

	for (size_t i = 0; i < d->drafts.n; i++)
		n += strcmp(d->drafts.at[i]->row.rule, rule) == 0;
	return n;
}
