/* How common values are, in the table and with each flow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "correlate/keys.h"
#include "correlate/score.h"

#define FLOWS 300 /* more than the table counts to */

static struct flow flow_of(uint32_t i)
{
	struct flow f = { .addr = { i, 7 },
			  .port = { (uint16_t)(1000 + i), 443 },
			  .proto = 6,
			  .n_parts = 1,
			  .role = ROLE_SYN,
			  .turn_hash = { 5, i + 1, 0 } };

	for (int d = 0; d < 2; d++) {
		struct flow_dir *x = &f.dir[d];

		x->flags = DIR_SYN;
		x->packets = 3;
		x->seq_first = 0x10000 + i * 2 + (uint32_t)d;
		x->seq_next = x->seq_first + 100;
		x->head = d ? i : i < 2 ? 9 : 1000 + i;
		x->head_len = 8;
		x->ip_id = (uint16_t)(i / 2 + 1);
		x->window = 1024;
		x->mss = (uint16_t)i;
	}
	return f;
}

static void open_point(struct point *p)
{
	memset(p, 0, sizeof *p);
	p->n = FLOWS;
	p->flow = mem_zalloc(FLOWS, sizeof *p->flow);
	for (uint32_t i = 0; i < FLOWS; i++) {
		p->flow[i] = flow_of(i);
		p->flow[i].samples = i;
		p->flow[i].dir[0].n_samples = 1;
		*VEC_PUSH(&p->sample) = (struct sample){ .digest = i / 3,
							 .len = 10 };
	}
	point_count_keys(p);
}

static void each_flow_knows_how_common_its_values_are(void **state)
{
	struct point p;

	(void)state;
	open_point(&p);
	for (size_t i = 0; i < p.n; i++) {
		const struct flow *f = &p.flow[i];

		assert_int_equal(f->seen.tuple, point_seen(&p, key_tuple(f)));
		for (int k = 0; k < 2; k++)
			assert_int_equal(f->seen.turns[k],
					 point_seen(&p, key_turns(f, k)));
		for (int d = 0; d < 2; d++) {
			const struct flow_dir *x = &f->dir[d];
			const struct seen_dir *s = &f->seen.dir[d];

			assert_int_equal(s->addr,
					 point_seen(&p, key_addr(f, d)));
			assert_int_equal(s->port,
					 point_seen(&p, key_port(f, d)));
			assert_int_equal(s->end, point_seen(&p, key_end(f, d)));
			assert_int_equal(s->isn, point_seen(&p, key_isn(x)));
			assert_int_equal(s->ip_id,
					 point_seen(&p, key_ip_id(x)));
			assert_int_equal(s->head, point_seen(&p, key_head(x)));
			for (int mss = 0; mss < 2; mss++)
				assert_int_equal(
					s->print[mss],
					point_seen(&p, key_syn_print(x, mss)));
		}
	}
	point_release(&p);
}

/* Each of a few flows is the only one with its numbers. */
static void few_flows_do_not_share_places(void **state)
{
	struct point p;

	(void)state;
	open_point(&p);
	free(p.seen);
	p.n = 50;
	point_count_keys(&p);
	for (size_t i = 0; i < p.n; i++) {
		assert_int_equal(p.flow[i].seen.tuple, 1);
		assert_int_equal(p.flow[i].seen.dir[0].isn, 1);
		assert_int_equal(p.flow[i].seen.dir[1].isn, 1);
	}
	point_release(&p);
}

static void counts_end_at_255(void **state)
{
	struct point p;

	(void)state;
	open_point(&p);
	assert_int_equal(p.flow[0].seen.turns[0], 255);
	assert_int_equal(p.flow[0].seen.dir[1].end, 255);
	assert_in_range(point_seen(&p, key_sample(&p.sample.at[0])), 3, 254);
	point_release(&p);
}

/* Where nothing else is known of what a flow carries. */
static void one_turn_is_a_key_of_flows_without_content(void **state)
{
	struct flow f = flow_of(3);
	struct key k[KEY_MAX];

	(void)state;
	f.turn_hash[1] = 0;
	assert_int_equal(flow_keys(NULL, &f, KEY_TURNS, k), 0);
	f.dir[0].head_len = f.dir[1].head_len = 0;
	assert_int_equal(flow_keys(NULL, &f, KEY_TURNS, k), 1);
	assert_true(k[0].hash == key_turns(&f, 0));
	assert_true(k[0].time_ns == INT64_MIN);
	f.turn_hash[1] = 8; /* more of them tell more */
	assert_int_equal(flow_keys(NULL, &f, KEY_TURNS, k), 1);
	assert_true(k[0].hash == key_turns(&f, 1));
}

static void the_hopeless_are_vetoed_and_no_others(void **state)
{
	struct point p;
	struct score_model m = { .l = &p, .r = &p };
	struct score whole, s;

	(void)state;
	open_point(&p);
	m.log_n = 8;
	for (size_t i = 0; i < 40; i++) {
		double least = score_threshold(&m);

		score_flows(&m, &p.flow[0], &p.flow[i], &whole);
		score_candidate(&m, &p.flow[0], &p.flow[i], least, &s);
		assert_true(!whole.veto && whole.possible >= least
				    ? !s.veto && s.bits == whole.bits &&
					      s.possible == whole.possible
				    : s.veto || s.possible < least);
	}
	/* first bytes are the same: it may be a relay's */
	score_flows(&m, &p.flow[0], &p.flow[1], &whole);
	score_candidate(&m, &p.flow[0], &p.flow[1], 1e3, &s);
	assert_true(s.veto == whole.veto && s.possible == whole.possible);
	p.flow[1].dir[0].head = 1;
	score_candidate(&m, &p.flow[0], &p.flow[1], 1e3, &s);
	assert_true(s.veto);
	assert_true(s.part[EV_SERVER] == 0); /* it was not looked at */
	assert_false(s.rests & RESTS_HABITS);
	score_flows(&m, &p.flow[0], &p.flow[1], &whole);
	assert_true(whole.rests & RESTS_HABITS);
	point_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_flow_knows_how_common_its_values_are),
		cmocka_unit_test(few_flows_do_not_share_places),
		cmocka_unit_test(counts_end_at_255),
		cmocka_unit_test(one_turn_is_a_key_of_flows_without_content),
		cmocka_unit_test(the_hopeless_are_vetoed_and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
