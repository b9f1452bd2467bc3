/* A case's budgets of sessions that tests make by hand: the observer that the sweep
 * would call, with what it packed unpacked again. */
#pragma once

#include "tests/report/derive/talks.h"

#include "report/derive/budget.h"
#include "store/exchange.h"
#include "store/group.h"

struct account {
	struct store *store;
	struct budgets *budgets;
	/* of the session that comes next; a test may change it */
	struct flow_row flow[2];
	struct session_flow place[2];
	struct session_row row;
	struct hop_figures hop;
	struct figures fig;
	bool joined;
	int borrowed;
	/* what came out of it */
	struct buf chunk[2];
	uint32_t n_chunks;
	struct budget b;
	struct exchange *x; /* their names are not kept */
	size_t n_x;
	struct group *groups;
	size_t n_groups;
};

static inline struct net_end at_port(uint8_t last, uint16_t port)
{
	uint8_t b[4] = { 10, 0, 0, last };

	return (struct net_end){ net_addr_v4(b), port };
}

static inline void has_point(struct store *s, int pos)
{
	static char name[2][8] = { "near", "far" };
	struct point_row p = { .pos = pos, .name = name[pos - 1] };
	struct file_row f = { .id = pos * 256,
			      .path = name[pos - 1],
			      .packets = 1000,
			      .kept = 1000,
			      .last_ns = 3600 * SEC,
			      .complete = true };

	f.digest = (char[33]){ "00000000000000000000000000000000" };
	f.digest[31] = (char)('0' + pos);
	f.point = store_point_put(s, &p);
	store_file_put(s, &f);
}

/* Of a TCP session over both points, 10.0.0.1 to 10.0.0.9 port @port. */
static inline void account(struct account *a, uint16_t port)
{
	struct err err = { 0 };

	*a = (struct account){ .store = store_open(NULL, STORE_CREATE, &err) };
	assert_non_null(a->store);
	store_begin(a->store);
	for (int i = 0; i < 2; i++) {
		has_point(a->store, i + 1);
		a->flow[i] = (struct flow_row){ .id = i + 1,
						.point = i + 1,
						.proto = 6,
						.client = at_port(1, 40000),
						.server = at_port(9, port) };
		a->place[i] = (struct session_flow){ .flow = i + 1,
						     .point_pos = i + 1,
						     .delta_known = { true,
								      true } };
	}
	assert_int_equal(store_commit(a->store, &err), 0);
	a->row = (struct session_row){
		.id = 7, .proto = 6, .n_flows = 2, .flows = a->place
	};
	a->hop = (struct hop_figures){ .from_pos = 1, .to_pos = 2 };
	a->fig = (struct figures){ .hop = &a->hop, .n = 1 };
	a->budgets = budgets_new(a->store);
}

static inline void account_keep(void *ctx, uint32_t chunk,
				const struct buf *data)
{
	struct account *a = ctx;

	assert_true(chunk < 2);
	a->chunk[chunk].n = 0;
	buf_bytes(&a->chunk[chunk], data->at, data->n);
	if (chunk >= a->n_chunks)
		a->n_chunks = chunk + 1;
}

static inline void account_exchanges(struct account *a, struct cursor *in)
{
	struct exchange last = { 0 }, x;

	while (cursor_left(in)) {
		assert_int_equal(exchange_unpack(&x, &last, in), 0);
		free(x.name);
		x.name = NULL;
		a->x = realloc(a->x, (a->n_x + 1) * sizeof x);
		assert_non_null(a->x);
		a->x[a->n_x++] = x;
	}
}

static inline void account_forget(struct account *a)
{
	budget_release(&a->b);
	free(a->x);
	a->x = NULL;
	a->n_x = 0;
	a->n_chunks = 0;
}

/* Shows the session to the observer, with what @at has of it: [2][2] strands, by point
 * and direction. */
static inline void account_strands(struct account *a, struct strand *at)
{
	const struct clock_row *clock[2] = { NULL, NULL };
	const struct sweep_env env = { .n_points = 2, .clock = clock };
	const struct fate_observer *o = budgets_observer(a->budgets);
	struct fate_seen x = { .env = &env,
			       .reader = a->store,
			       .row = &a->row,
			       .flow = a->flow,
			       .strand = at,
			       .joined = a->joined,
			       .borrowed = a->borrowed,
			       .fig = &a->fig };
	struct cursor in;

	account_forget(a);
	for (int i = 0; i < 4; i++)
		a->flow[i / 2].packets[i % 2] = at[i].n;
	o->session(o->ctx, &x, account_keep, a);
	assert_true(a->n_chunks > 0);
	in = cursor_of(a->chunk[0].at, a->chunk[0].n);
	assert_int_equal(budget_unpack(&a->b, &in), 0);
	account_exchanges(a, &in);
	if (a->n_chunks > 1) {
		in = cursor_of(a->chunk[1].at, a->chunk[1].n);
		account_exchanges(a, &in);
	}
}

/* The same of what a wire carried. */
static inline void account_wire(struct account *a, struct wire *w)
{
	struct strand at[4];

	for (int i = 0; i < 4; i++) {
		struct record *r = w->rec[i / 2][i % 2];

		qsort(r, w->n[i / 2][i % 2], sizeof *r, by_frame);
		at[i] = (struct strand){ .get = strand_of_array,
					 .ctx = r,
					 .n = w->n[i / 2][i % 2] };
	}
	account_strands(a, at);
}

/* The group of @kind and @key once all sessions were shown; NULL: there is none. */
static inline const struct group *
account_group(struct account *a, enum group_kind kind, const char *key)
{
	struct err err = { 0 };

	if (!a->groups) {
		assert_int_equal(budgets_store(a->budgets, a->store, &err), 0);
		a->groups = store_groups(a->store, &a->n_groups);
	}
	for (size_t i = 0; i < a->n_groups; i++)
		if (a->groups[i].kind == kind &&
		    strcmp(a->groups[i].key, key) == 0)
			return &a->groups[i];
	return NULL;
}

/* How much of the session's time is given to anything. */
static inline int64_t account_total(const struct account *a)
{
	int64_t sum = 0;

	for (int p = 0; p < TIME_PARTS; p++)
		sum += a->b.part[p];
	return sum;
}

static inline void account_close(struct account *a)
{
	account_forget(a);
	for (int i = 0; i < 2; i++)
		buf_release(&a->chunk[i]);
	groups_free(a->groups, a->n_groups);
	budgets_free(a->budgets);
	store_close(a->store);
}
