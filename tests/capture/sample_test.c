/* Content samples, against the smallest picked from all that was sent. */
#include "capture/live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define SENT 60
#define ROUNDS 4000

struct sent {
	struct record r;
	bool turn;
};

static int by_mixed(const void *a, const void *b)
{
	uint32_t x = sample_mixed(((const struct part_sample *)a)->digest);
	uint32_t y = sample_mixed(((const struct part_sample *)b)->digest);

	return (x > y) - (x < y);
}

/* The @max smallest, each content once, as it came first. */
static void pick(const struct sent *sent, size_t n, bool turn, unsigned max,
		 struct part_samples *out)
{
	struct part_sample all[SENT];
	size_t have = 0;

	for (size_t i = 0; i < n; i++) {
		const struct record *r = &sent[i].r;
		size_t k = 0;

		while (k < have && all[k].digest != r->head_digest)
			k++;
		if (k == have && (sent[i].turn || !turn))
			all[have++] =
				(struct part_sample){ .digest = r->head_digest,
						      .len = r->pay_len,
						      .seq = r->seq64,
						      .time_ns = r->time_ns };
	}
	qsort(all, have, sizeof *all, by_mixed);
	out->n = (uint8_t)(have < max ? have : max);
	for (size_t i = 0; i < out->n; i++)
		out->at[i] = all[i];
}

static void assert_samples(const struct part_samples *a,
			   const struct part_samples *b)
{
	assert_int_equal(a->n, b->n);
	for (int i = 0; i < a->n; i++) {
		assert_int_equal(a->at[i].digest, b->at[i].digest);
		assert_int_equal(a->at[i].len, b->at[i].len);
		assert_int_equal(a->at[i].seq, b->at[i].seq);
		assert_int_equal(a->at[i].time_ns, b->at[i].time_ns);
	}
}

static void make_sent(struct sent *s, size_t n)
{
	unsigned contents = 1 + (unsigned)rand() % (2 * SENT);
	unsigned turns = 1 + (unsigned)rand() % 5;

	for (size_t i = 0; i < n; i++)
		s[i] = (struct sent){
			.r = { .head_digest = (uint32_t)rand() % contents + 1,
			       .pay_len = (uint32_t)i + 100,
			       .seq64 = i * 1000,
			       .time_ns = (int64_t)i },
			.turn = (unsigned)rand() % turns == 0,
		};
}

static void the_smallest_are_kept(void **state)
{
	struct sent sent[SENT];
	struct pool pool = { 0 };

	(void)state;
	srand(1);
	for (int round = 0; round < ROUNDS; round++) {
		size_t n = (size_t)rand() % SENT + 1;
		size_t few_from = (size_t)rand() % (2 * SENT);
		bool few = few_from <= n; /* known at the end at the latest */
		struct part_samples got, want;
		struct side s = { 0 };

		make_sent(sent, n);
		for (size_t i = 0; i < n; i++)
			side_sample(&s, i >= few_from, &sent[i].r,
				    sample_mixed(sent[i].r.head_digest),
				    sent[i].turn, &pool);
		pick(sent, n, false, side_any_max(few), &want);
		bottom_out(&s.any, side_any_max(few), &got);
		assert_samples(&got, &want);
		pick(sent, n, true, side_turn_max(few), &want);
		side_turns_out(&s, few, &got);
		assert_samples(&got, &want);
		bottom_release(&s.any, &pool);
		bottom_release(&s.turn, &pool);
	}
	pool_release(&pool);
}

static void turns_need_no_block_of_their_own(void **state)
{
	struct pool pool = { 0 };
	struct side s = { 0 };

	(void)state;
	for (uint32_t i = 1; i <= SIDE_FEW_ANY; i++) {
		struct record r = { .head_digest = i, .pay_len = 100 };

		side_sample(&s, true, &r, sample_mixed(i), i % 2, &pool);
	}
	assert_int_equal(s.any.n, SIDE_FEW_ANY);
	assert_null(s.turn.at);
	bottom_release(&s.any, &pool);
	pool_release(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smallest_are_kept),
		cmocka_unit_test(turns_need_no_block_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
