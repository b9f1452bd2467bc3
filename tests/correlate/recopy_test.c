/* Copies of any mix of records are those that looking at all of them finds. */
#include "correlate/recopy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#define N 3000u
#define ASKED 4000

struct mix {
	struct record rec[N];
	uint32_t copy[N];
	struct strand s;
	uint64_t seed;
};

static uint32_t draw(struct mix *m, uint32_t below)
{
	m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(m->seed >> 33) % below;
}

static bool takes(const struct record *r, uint64_t s, uint64_t e)
{
	return rec_seq_len(r) && !(r->tcp_flags & REC_RST) && r->seq64 < e &&
	       r->seq64 + rec_seq_len(r) > s;
}

static uint32_t previous(const struct mix *m, uint32_t i, uint64_t s,
			 uint64_t e)
{
	while (i-- > 0)
		if (takes(&m->rec[i], s, e))
			return i;
	return UINT32_MAX;
}

static uint32_t next(const struct mix *m, uint32_t i, uint64_t s, uint64_t e)
{
	for (; i < N; i++)
		if (takes(&m->rec[i], s, e))
			return i;
	return UINT32_MAX;
}

/* New data, mostly of one length; @again of 100 are sent again, some bytes are
 * never seen. */
static void fill(struct mix *m, uint64_t seed, uint32_t again)
{
	uint64_t end = seq_first(1000);

	m->seed = seed;
	m->s = (struct strand){ .get = strand_of_array, .ctx = m->rec, .n = N };
	for (uint32_t i = 0; i < N; i++) {
		struct record *r = &m->rec[i];
		uint32_t before = UINT32_MAX;

		*r = (struct record){ .seq64 = end,
				      .tcp_flags = REC_ACK,
				      .pay_len = draw(m, 20) ? 100 : 70 };
		if (!draw(m, 50))
			r->tcp_flags |= REC_RST;
		if (!draw(m, 30))
			r->pay_len = 0;
		if (!draw(m, 40))
			r->seq64 += 250;
		if (i && draw(m, 100) < again)
			r->seq64 = m->rec[draw(m, i)].seq64 + draw(m, 2) * 30;
		if (takes(r, r->seq64, end))
			before = previous(m, i, r->seq64,
					  r->seq64 + rec_seq_len(r));
		m->copy[i] = before == UINT32_MAX ? 1 : m->copy[before] + 1;
		if (takes(r, 0, UINT64_MAX) && r->seq64 + rec_seq_len(r) > end)
			end = r->seq64 + rec_seq_len(r);
	}
}

static void ask(struct mix *m, const struct recopy *r)
{
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(recopy_number(r, i), m->copy[i]);
	for (int k = 0; k < ASKED; k++) {
		uint32_t i = draw(m, N);
		uint64_t s = m->rec[draw(m, N)].seq64 + draw(m, 3) * 40;
		uint64_t e = s + 1 + draw(m, 300);

		assert_int_equal(recopy_previous(r, i, s, e),
				 previous(m, i, s, e));
		assert_int_equal(recopy_next(r, i, s, e), next(m, i, s, e));
	}
}

static void copies_are_found(void **state)
{
	static const uint32_t again[] = { 0, 2, 40 };
	static struct mix m;

	(void)state;
	for (uint32_t k = 0; k < 3; k++) {
		struct recopy r = { 0 };

		fill(&m, 7 + k, again[k]);
		recopy_build(&r, &m.s);
		ask(&m, &r);
		recopy_release(&r);
	}
}

static void looked_for_bit_by_bit_they_are_the_same(void **state)
{
	static struct mix m;
	struct recopy r = { 0 };

	(void)state;
	fill(&m, 99, 10);
	for (uint32_t to = 0; to < N / 2; to += draw(&m, 90))
		recopy_look(&r, &m.s, to);
	recopy_look(&r, &m.s, 5);
	recopy_build(&r, &m.s);
	ask(&m, &r);
	recopy_release(&r);
}

static void bulk_takes_next_to_nothing(void **state)
{
	static struct mix m;
	struct recopy r = { 0 };

	(void)state;
	m.s = (struct strand){ .get = strand_of_array, .ctx = m.rec, .n = N };
	for (uint32_t i = 0; i < N; i++)
		m.rec[i] = (struct record){ .seq64 = seq_first(i * 1448),
					    .tcp_flags = REC_ACK,
					    .pay_len = 1448 };
	recopy_build(&r, &m.s);
	assert_int_equal(r.first.n, 1);
	recopy_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_found),
		cmocka_unit_test(looked_for_bit_by_bit_they_are_the_same),
		cmocka_unit_test(bulk_takes_next_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
