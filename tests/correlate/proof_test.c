/* What acknowledgements prove about bytes [1000, 1100), sent at 10 ms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "correlate/hop.h"
#include "correlate/proof.h"

#define MS 1000000ll
#define FIRST 1000u
#define END 1100u

struct side {
	struct record rec[16];
	struct strand s;
};

static struct record *ack(struct side *a, int64_t ms, uint32_t number)
{
	struct record *r = &a->rec[a->s.n++];

	*r = (struct record){ .time_ns = ms * MS,
			      .frame = a->s.n,
			      .seq64 = seq_first(1),
			      .ack64 = seq_first(number),
			      .tcp_flags = REC_ACK };
	a->s.get = strand_of_array;
	a->s.ctx = a->rec;
	return r;
}

static void sack(struct record *r, uint32_t from, uint32_t to)
{
	r->sack[r->n_sack][0] = from;
	r->sack[r->n_sack++][1] = to;
}

/* The copy is seen at 10 ms, answered by 60 ms, sent again at 500 ms. */
static struct proof_view view(struct side *a)
{
	return (struct proof_view){ .acks = &a->s,
				    .from_ns = 10 * MS,
				    .settled_ns = 60 * MS,
				    .until_ns = 500 * MS,
				    .again_ns = INT64_MAX };
}

static void expect(const struct proof_view *v, enum proof_verdict verdict,
		   uint32_t record)
{
	struct proof p = proof_look(v, FIRST, END);

	assert_int_equal(p.verdict, verdict);
	assert_int_equal(p.record, record);
}

static void an_ack_before_the_next_copy_proves_arrival(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	ack(&a, 5, FIRST);
	ack(&a, 40, END);
	expect(&v, PROOF_ACKED, 1);
}

/* What ends the session may come from a device on the way. */
static void resets_at_the_end_do_not_hide_the_ack_before(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	ack(&a, 5, FIRST);
	for (int k = 0; k < 4; k++)
		ack(&a, 20 + k, FIRST);
	ack(&a, 40, END);
	for (int k = 0; k < 2; k++)
		ack(&a, 50 + k, END + 10)->tcp_flags |= REC_RST;
	expect(&v, PROOF_ACKED, 5);
}

static void numbers_are_shifted_over_the_wrap(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	v.shift = 0u - 1050; /* 1000 becomes 2^32 - 50 */
	ack(&a, 5, FIRST - 1050);
	ack(&a, 40, END - 1050);
	expect(&v, PROOF_ACKED, 1);
}

static void an_ack_after_the_next_copy_proves_nothing_of_this(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	v.until_ns = 50 * MS; /* too soon to take the silence for loss */
	ack(&a, 5, FIRST);
	ack(&a, 70, END);
	expect(&v, PROOF_NONE, LINK_NONE);
}

static void a_sack_block_proves_arrival(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	ack(&a, 5, 900);
	sack(ack(&a, 40, 900), FIRST, END);
	expect(&v, PROOF_SACKED, 1);
}

/* A firewall rewrote the acknowledgement, not the edges beside it: they prove
 * neither loss nor arrival, wherever they fall. */
static void sack_in_other_numbers_proves_nothing(void **state)
{
	const uint32_t off[] = { 0x20000000, 0xe0000000, 0x7fff0000 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct side a = { .s = { .n = 0 } };
		struct proof_view v = view(&a);

		v.until_ns = 100 * MS;
		v.settled_ns = 90 * MS;
		ack(&a, 5, 900);
		sack(ack(&a, 40, 900), off[i] + END, off[i] + END + 200);
		expect(&v, PROOF_NONE, LINK_NONE);
	}
}

static void a_sack_block_beyond_proves_loss(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	ack(&a, 5, FIRST);
	sack(ack(&a, 40, FIRST), END, END + 100);
	ack(&a, 600, END + 100);
	expect(&v, PROOF_HOLE, 1);
}

static void a_dsack_is_no_hole(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	v.until_ns = 50 * MS;
	ack(&a, 5, FIRST);
	sack(ack(&a, 40, FIRST), 800, 900); /* below the ACK: seen twice */
	expect(&v, PROOF_NONE, LINK_NONE);
}

static void two_acks_that_stop_there_prove_loss(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	ack(&a, 5, FIRST);
	ack(&a, 70, FIRST);
	ack(&a, 80, FIRST);
	expect(&v, PROOF_HOLE, 2);
}

static void silence_until_the_next_copy_means_loss(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	ack(&a, 5, FIRST);
	ack(&a, 600, END);
	expect(&v, PROOF_SILENCE, LINK_NONE);
}

static void silence_without_another_copy_is_not_loss(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	v.until_ns = INT64_MAX;
	ack(&a, 5, FIRST);
	expect(&v, PROOF_NONE, LINK_NONE);
}

static void bytes_acknowledged_before_prove_nothing(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	ack(&a, 5, END);
	ack(&a, 40, END);
	expect(&v, PROOF_BEFORE, LINK_NONE);
}

static void a_dsack_proves_that_a_needless_copy_arrived(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	ack(&a, 5, END);
	sack(ack(&a, 40, END), FIRST, END);
	expect(&v, PROOF_AGAIN, 1);
}

static void a_reset_counts_only_from_beyond_the_point(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	v.until_ns = INT64_MAX;
	ack(&a, 5, FIRST);
	ack(&a, 40, END)->tcp_flags |= REC_RST;
	expect(&v, PROOF_NONE, LINK_NONE);
	v.beyond = true;
	expect(&v, PROOF_ACKED, 1);
}

static void no_acknowledgements_at_all_prove_nothing(void **state)
{
	struct side a = { .s = { .get = strand_of_array, .ctx = a.rec } };
	struct proof_view v = view(&a);

	(void)state;
	v.until_ns = INT64_MAX;
	expect(&v, PROOF_NONE, LINK_NONE);
}

/* Without selective acknowledgements nothing behind a hole can be told. */
static void silence_behind_a_hole_says_nothing(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	ack(&a, 5, FIRST - 500);
	ack(&a, 80, FIRST - 500);
	ack(&a, 90, FIRST - 500);
	expect(&v, PROOF_NONE, LINK_NONE);
	sack(&a.rec[2], FIRST - 400, FIRST - 300);
	expect(&v, PROOF_SILENCE, LINK_NONE);
}

static void silence_at_the_hole_is_of_the_missing(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	ack(&a, 5, FIRST);
	ack(&a, 600, END);
	expect(&v, PROOF_SILENCE, LINK_NONE);
}

/* Nothing is before a SYN. */
static void silence_after_a_syn_is_of_the_syn(void **state)
{
	struct side a = { .s = { .n = 0 } };
	struct proof_view v = view(&a);

	(void)state;
	ack(&a, 600, END);
	expect(&v, PROOF_NONE, LINK_NONE);
	v.opens = true;
	expect(&v, PROOF_SILENCE, LINK_NONE);
}

/* Some DSACKs among many acknowledgements, stamps that fall now and then: what is
 * remembered of one question changes no answer to another. */
static void questions_do_not_tell_on_each_other(void **state)
{
	static struct record rec[400];
	struct strand one = { .get = strand_of_array, .ctx = rec, .n = 400 };
	uint32_t found = 0;

	(void)state;
	srand(5);
	for (uint32_t i = 0; i < one.n; i++) {
		uint32_t back = FIRST + (uint32_t)rand() % 10 * 100;

		rec[i] = (struct record){
			.time_ns = (i * 10 + (uint32_t)rand() % 15) * MS,
			.seq64 = seq_first(1),
			.ack64 = seq_first(FIRST + 2000),
			.tcp_flags = REC_ACK
		};
		if (rand() % 16 == 0)
			sack(&rec[i], back, back + 100);
	}
	for (int k = 0; k < 3000; k++) {
		uint32_t s = FIRST + (uint32_t)rand() % 10 * 100;
		int64_t from = rand() % 4000 * MS;
		struct strand fresh = { .get = strand_of_array,
					.ctx = rec,
					.n = one.n };
		struct proof_view v = {
			.from_ns = from,
			.settled_ns = from + 50 * MS,
			.until_ns = from + rand() % 900 * MS,
			.again_ns = from + (900 + rand() % 3000) * MS,
			.had = rand() % 2,
		};
		struct proof a, b;

		fresh.hint = one.hint;
		v.acks = &one;
		a = proof_look(&v, s, s + 100);
		v.acks = &fresh;
		b = proof_look(&v, s, s + 100);
		assert_int_equal(a.verdict, b.verdict);
		assert_int_equal(a.record, b.record);
		found += a.verdict == PROOF_AGAIN;
	}
	assert_true(found > 500 && found < 2500);
}

/* A copy that was sent before an answer can have come was perhaps needless. */
static void a_copy_sent_at_once_proves_nothing(void **state)
{
	static struct side r;
	struct proof_view v = view(&r);

	(void)state;
	ack(&r, 5, FIRST);
	ack(&r, 30, 1200);
	v.settled_ns = 11 * MS;
	v.beyond = true;
	v.until_ns = v.again_ns = 50 * MS;
	assert_int_equal(proof_look(&v, FIRST, END).verdict, PROOF_ACKED);
	v.until_ns = v.again_ns = 20 * MS;
	assert_int_equal(proof_look(&v, FIRST, END).verdict, PROOF_SILENCE);
	v.until_ns = v.again_ns = 10 * MS;
	assert_int_equal(proof_look(&v, FIRST, END).verdict, PROOF_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ack_before_the_next_copy_proves_arrival),
		cmocka_unit_test(resets_at_the_end_do_not_hide_the_ack_before),
		cmocka_unit_test(numbers_are_shifted_over_the_wrap),
		cmocka_unit_test(
			an_ack_after_the_next_copy_proves_nothing_of_this),
		cmocka_unit_test(a_sack_block_proves_arrival),
		cmocka_unit_test(sack_in_other_numbers_proves_nothing),
		cmocka_unit_test(a_sack_block_beyond_proves_loss),
		cmocka_unit_test(a_dsack_is_no_hole),
		cmocka_unit_test(two_acks_that_stop_there_prove_loss),
		cmocka_unit_test(silence_until_the_next_copy_means_loss),
		cmocka_unit_test(silence_without_another_copy_is_not_loss),
		cmocka_unit_test(bytes_acknowledged_before_prove_nothing),
		cmocka_unit_test(a_dsack_proves_that_a_needless_copy_arrived),
		cmocka_unit_test(a_reset_counts_only_from_beyond_the_point),
		cmocka_unit_test(no_acknowledgements_at_all_prove_nothing),
		cmocka_unit_test(silence_behind_a_hole_says_nothing),
		cmocka_unit_test(silence_at_the_hole_is_of_the_missing),
		cmocka_unit_test(silence_after_a_syn_is_of_the_syn),
		cmocka_unit_test(questions_do_not_tell_on_each_other),
		cmocka_unit_test(a_copy_sent_at_once_proves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
