/* Flows that share a value become pairs, but for those that are not wanted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "correlate/key_counts.h"
#include "correlate/keys_join.h"
#include "correlate/score.h"

#define DATAGRAMS 300
#define RARE 7 /* of so many flows one has something of its own */

/* Questions to two servers and answers, of which some are the same, from
 * clients of which some are rare. */
static void open_datagrams(struct point *p)
{
	memset(p, 0, sizeof *p);
	p->n = DATAGRAMS;
	p->flow = mem_zalloc(p->n, sizeof *p->flow);
	for (uint32_t i = 0; i < p->n; i++) {
		struct flow *f = &p->flow[i];

		*f = (struct flow){ .proto = i % RARE == 3 ? 132 : 17,
				    .addr = { i % RARE ? 1 : 100 + i, i % 2 },
				    .port = { (uint16_t)(i / 4), 53 },
				    .n_parts = 1,
				    .first_ns = i * 1000,
				    .last_ns = i * 1000 + 500,
				    .samples = (uint32_t)p->sample.n };
		for (unsigned d = 0; d < 2; d++) {
			struct flow_dir *x = &f->dir[d];

			x->packets = x->n_samples = 1;
			x->seq_next = 40;
			x->first_ns = f->first_ns;
			x->head = i / 3 * 2 + d;
			x->head_len = i % RARE == 2 ? 30 : 0;
			*VEC_PUSH(&p->sample) = (struct sample){
				.digest = i / 5 * 2 + d, .len = 40
			};
		}
	}
	point_count_keys(p);
}

static void idle_datagrams_would_be_no_candidates(void **state)
{
	struct point p;
	struct score_model m = { .l = &p, .r = &p };
	struct vote vote[40];
	size_t idle = 0, alike = 0;

	(void)state;
	open_datagrams(&p);
	for (int i = 0; i < 40; i++)
		vote[i] = (struct vote){ .at_ns = i * 1000, .dir = i % 2 };
	coarse_fit(&m.coarse, vote, 40, false, 1e12, 1);
	assert_true(m.coarse.known);
	for (size_t k = 0; k < p.n * p.n; k++) {
		const struct flow *l = &p.flow[k / p.n], *r = &p.flow[k % p.n];
		struct score s;

		score_flows(&m, l, r, &s);
		for (int least = 10; least < 70; least += 5) {
			bool is = score_is_idle(&m, l, r, least);

			assert_true(!is || s.veto || s.possible < least);
			idle += is && l->proto == r->proto;
		}
		alike += l->samples / 10 == r->samples / 10;
		if (l->samples / 10 == r->samples / 10)
			assert_true(l->proto != r->proto ||
				    !score_is_idle(&m, l, r, 1e3));
	}
	assert_true(idle >
		    10000); /* most pairs of one protocol, soon or late */
	assert_true(alike > 100);
	coarse_release(&m.coarse);
	point_release(&p);
}

/* Those of a server with its own port, and of a client that most have. */
static void what_asks_no_habits_needs_none(void **state)
{
	struct point p;
	struct score_model m = { .l = &p, .r = &p }, learnt = m;
	struct habits *h = &learnt.habits;
	size_t asked = 0, other = 0;

	(void)state;
	open_datagrams(&p);
	for (size_t k = 0; k < p.n * p.n; k++)
		for (int n = 0; n < HABIT; n++)
			habits_learn(&learnt, &p.flow[k / p.n],
				     &p.flow[k % p.n], false, false);
	for (size_t k = 0; k < p.n * p.n; k++) {
		const struct flow *l = &p.flow[k / p.n], *r = &p.flow[k % p.n];
		struct score s, with;

		score_flows(&m, l, r, &s);
		score_flows(&learnt, l, r, &with);
		assert_int_equal(s.rests, with.rests);
		if (s.rests & RESTS_HABITS) {
			asked++;
			other += s.bits != with.bits;
		} else if (!(s.rests & RESTS_PORTS)) {
			assert_true(s.bits == with.bits &&
				    s.possible == with.possible);
		}
	}
	assert_true(other > 1000 && other <= asked);
	assert_true(asked < p.n * p.n / 2);
	habits_release(h);
	point_release(&p);
}

/* What brings flows together, but for those that are not wanted. */
static bool same_parity(const void *ctx, const struct flow *l,
			const struct flow *r)
{
	return l->dir[0].head % 4 == r->dir[0].head % 4 && ctx;
}

static void joining_leaves_out_what_is_dropped(void **state)
{
	struct point p;
	struct coarse coarse = { 0 };
	struct key_join how = { .coarse = &coarse };
	struct pair_list all = { 0 }, some = { 0 };
	uint32_t flow[20];
	struct side_set side = { &p, flow, 20 };

	(void)state;
	open_datagrams(&p);
	for (uint32_t i = 0; i < 20; i++)
		flow[i] = i;
	keys_join(&side, &side, KEY_SERVER, &how, &all, NULL);
	how.drop = same_parity;
	how.drop_ctx = &p;
	keys_join(&side, &side, KEY_SERVER, &how, &some, NULL);
	assert_true(some.pair.n > 0 && some.pair.n < all.pair.n);
	for (size_t i = 0, k = 0; i < all.pair.n; i++) {
		uint64_t pair = all.pair.at[i];

		if (same_parity(&p, &p.flow[pair >> 32],
				&p.flow[(uint32_t)pair]))
			continue;
		assert_true(k < some.pair.n && some.pair.at[k] == pair);
		k++;
	}
	VEC_FREE(&all.pair);
	VEC_FREE(&some.pair);
	point_release(&p);
}

/* So many flows that several processors share their values. */
static void neighbours_do_not_depend_on_processors(void **state)
{
	struct point p;
	struct coarse coarse = { 0 };
	struct key_join how = { .coarse = &coarse };
	struct vote vote[40];
	uint32_t flow[5 * DATAGRAMS];
	struct side_set side = { &p, flow, 5 * DATAGRAMS };

	(void)state;
	open_datagrams(&p);
	for (int i = 0; i < 40; i++)
		vote[i] = (struct vote){ .at_ns = i * 1000, .dir = i % 2 };
	coarse_fit(&coarse, vote, 40, false, 1e12, 1);
	for (uint32_t i = 0; i < side.n; i++)
		flow[i] = i % DATAGRAMS;
	for (int k = 0; k < 2; k++) { /* two values, and many of few flows */
		enum key_kind kind = k ? KEY_SAMPLE : KEY_SERVER;
		struct pair_list one = { 0 }, four = { 0 };

		setenv("TRACEPAIR_THREADS", "1", 1);
		keys_join(&side, &side, kind, &how, &one, NULL);
		setenv("TRACEPAIR_THREADS", "4", 1);
		keys_join(&side, &side, kind, &how, &four, NULL);
		unsetenv("TRACEPAIR_THREADS");
		assert_true(one.pair.n > 2 * side.n);
		assert_int_equal(one.pair.n, four.pair.n);
		assert_memory_equal(one.pair.at, four.pair.at,
				    one.pair.n * sizeof *one.pair.at);
		VEC_FREE(&one.pair);
		VEC_FREE(&four.pair);
	}
	coarse_release(&coarse);
	point_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_datagrams_would_be_no_candidates),
		cmocka_unit_test(what_asks_no_habits_needs_none),
		cmocka_unit_test(joining_leaves_out_what_is_dropped),
		cmocka_unit_test(neighbours_do_not_depend_on_processors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
