/* What the two ends of a session do, and its contents. */
#include "tests/sim/sessions_int.h"

#include <stdlib.h>
#include <string.h>

static void item(struct session *e, int end, enum app_what what, uint32_t need,
		 int64_t think, uint32_t bytes)
{
	size_t n = e->n_script[end]++;

	e->script[end] = mem_resize(e->script[end], n + 1,
				    sizeof *e->script[end]);
	e->script[end][n] = (struct app_item){ what, need, think, bytes };
	if (what == APP_WRITE)
		e->total[end] += bytes;
}

/* A write of @least to @most bytes after a wait of @mean on the average.  Drawn one
 * after the other: compilers order the arguments of a call as they like. */
static void says(struct rng *r, struct session *e, int end, int64_t mean,
		 int64_t least, int64_t most)
{
	uint32_t bytes = (uint32_t)rng_range(r, least, most);

	item(e, end, APP_WRITE, e->total[!end], rng_exp(r, mean), bytes);
}

static void script_turns(struct rng *r, struct session *e, int64_t idle)
{
	int turns = rng_int(r, 1, 6);

	for (int i = 0; i < turns; i++) {
		uint32_t ask = (uint32_t)rng_range(r, 60, 1600);
		uint32_t tell = (uint32_t)(rng_pct(r, 70)
						   ? rng_range(r, 100, 9000)
						   : rng_range(r, 9000, 60000));

		item(e, 0, APP_WRITE, e->total[1],
		     i ? rng_exp(r, 30 * MS) + idle : rng_exp(r, MS), ask);
		item(e, 1, APP_WRITE, e->total[0], rng_exp(r, 15 * MS), tell);
	}
}

static void script_close(struct rng *r, struct session *e, int rst_pct)
{
	int first = rng_pct(r, 70) ? 0 : 1;

	if (rng_pct(r, rst_pct)) {
		item(e, first, APP_RESET, e->total[!first],
		     first ? 500 * MS : 20 * MS, 0);
		return;
	}
	item(e, first, APP_CLOSE, e->total[!first], rng_exp(r, 5 * MS), 0);
	item(e, !first, APP_CLOSE, e->total[first] + 1, rng_exp(r, 3 * MS), 0);
}

/* All the time, every few milliseconds. */
static void script_steady(struct rng *r, struct session *e)
{
	int turns = rng_int(r, 150, 700);
	int64_t every = rng_range(r, 10, 60) * MS;

	for (int i = 0; i < turns; i++) {
		says(r, e, 0, every, 60, 1600);
		says(r, e, 1, 5 * MS, 100, 5000);
	}
	e->start = rng_range(r, 0, SEC);
}

void session_script_plain(struct rng *r, struct session *e)
{
	int turns = rng_int(r, 1, 12);

	for (int i = 0; i < turns; i++) {
		says(r, e, 0, 20 * MS, 20, 1000);
		says(r, e, 1, 20 * MS, 20, 4000);
	}
	item(e, 0, APP_CLOSE, e->total[1], rng_exp(r, 5 * MS), 0);
	item(e, 1, APP_CLOSE, e->total[0] + 1, rng_exp(r, 3 * MS), 0);
	e->trips = turns + 2;
}

void session_script(struct rng *r, struct session *e, const struct mix *m)
{
	uint32_t bulk = (uint32_t)rng_range(r, m->max_bytes / 8, m->max_bytes);

	if (rng_pct(r, m->steady_pct)) {
		script_steady(r, e);
	} else if (rng_pct(r, m->both_pct)) {
		item(e, 0, APP_WRITE, 0, 0, bulk / 2);
		item(e, 1, APP_WRITE, 0, 2 * MS, bulk / 2);
	} else if (rng_pct(r, m->bulk_pct)) {
		int from = rng_pct(r, 65);

		item(e, 0, APP_WRITE, 0, 0, 200);
		item(e, from, APP_WRITE, from ? 200 : 0, 5 * MS, bulk);
	} else if (rng_pct(r, m->idle_pct)) {
		e->keepalive = rng_range(r, 300, 900) * MS;
		script_turns(r, e, 2 * SEC);
	} else {
		script_turns(r, e, 0);
	}
	if (rng_pct(r, m->zero_window_pct)) {
		e->pause_at = e->total[1] / 3;
		e->pause_len = rng_range(r, 200, 2500) * MS;
	}
	script_close(r, e, m->rst_end_pct);
}

void session_fill(struct rng *r, struct session *e, int style)
{
	for (int d = 0; d < 2; d++) {
		int how = style >= 0       ? style
			  : rng_pct(r, 60) ? 0
					   : rng_int(r, 1, 3);

		e->content[d] = mem_alloc(e->total[d] + 1);
		app_fill(r, e->content[d], e->total[d], how);
	}
}

void session_same_script(struct session *e, const struct session *old, int end)
{
	size_t bytes = old->n_script[end] * sizeof *old->script[end];

	free(e->script[end]);
	e->n_script[end] = old->n_script[end];
	e->script[end] = mem_alloc(bytes);
	memcpy(e->script[end], old->script[end], bytes);
}

void session_same_content(struct session *e, const struct session *old)
{
	for (int d = 0; d < 2; d++) {
		free(e->content[d]);
		e->total[d] = old->total[d];
		e->content[d] = mem_alloc(e->total[d] + 1);
		memcpy(e->content[d], old->content[d], e->total[d]);
	}
}
