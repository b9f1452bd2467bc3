/* Differences of sequence numbers: hand-made strands, expected answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "correlate/hop.h"
#include "correlate/numbers.h"

#define MOVED 0x9d2c5680u /* what a box adds to c2s numbers */

struct side {
	struct record rec[64];
	struct strand s;
};

struct scene { /* a session at p and q */
	struct side p[2], q[2];
};

static void add(struct side *a, uint32_t seq, uint32_t ack, uint32_t len,
		uint64_t content, uint8_t flags)
{
	struct record *r = &a->rec[a->s.n++];

	*r = (struct record){ .time_ns = a->s.n * 1000000ll,
			      .seq64 = seq_first(seq),
			      .ack64 = seq_first(ack),
			      .pay_len = len,
			      .tcp_flags = flags,
			      .marks = REC_HEAD,
			      .head_digest = (uint32_t)content,
			      .hdr_len = 40 };
	a->s.get = strand_of_array;
	a->s.ctx = a->rec;
}

/* A server's data at one point; @from .. @to are its segments, acknowledging
 * what the client's numbers are there. */
static void serve(struct side *a, uint32_t from, uint32_t to, uint32_t ack,
		  bool zeros)
{
	for (uint32_t k = from; k < to; k++)
		add(a, 5000 + k * 100, ack, 100, zeros ? 7 : 1000 + k, REC_ACK);
}

static struct numbers settle(struct scene *s, bool c2s, uint32_t d0, bool s2c,
			     uint32_t d1)
{
	struct numbers n = { .delta = { d0, d1 }, .known = { c2s, s2c } };

	for (int d = 0; d < 2; d++) {
		n.p[d] = &s->p[d].s;
		n.q[d] = &s->q[d].s;
	}
	numbers_settle(&n);
	return n;
}

static void acks_tell_how_far_the_other_direction_moved(void **state)
{
	static struct scene s;
	struct numbers n;

	(void)state;
	memset(&s, 0, sizeof s);
	serve(&s.p[1], 0, 20, 300, true);
	serve(&s.q[1], 8, 28, 300 + MOVED, true);
	n = settle(&s, false, 0, true, 0);
	assert_true(n.known[0]);
	assert_int_equal(n.delta[0], MOVED);
	assert_int_equal(n.delta[1], 0);
}

static void clear_votes_overrule_a_shifted_difference(void **state)
{
	static struct scene s;
	struct numbers n;

	(void)state;
	memset(&s, 0, sizeof s);
	/* zeros from the server, said to be off by three segments; the client's
	 * requests, whose SYNs were seen, acknowledge it */
	add(&s.p[0], 99, 0, 0, 0, REC_SYN);
	add(&s.q[0], 99, 0, 0, 0, REC_SYN);
	for (uint32_t k = 0; k < 8; k++) {
		add(&s.p[0], 100 + k * 10, 5000 + k * 100, 10, k, REC_ACK);
		add(&s.q[0], 100 + k * 10, 5000 + k * 100, 10, k, REC_ACK);
	}
	serve(&s.p[1], 0, 8, 100, true);
	serve(&s.q[1], 2, 8, 100, true);
	n = settle(&s, true, 0, true, 300);
	assert_true(n.known[1]);
	assert_int_equal(n.delta[1], 0);
}

/* The same without a SYN: unmoved numbers of the requests are as good. */
static void an_overlap_overrules_a_shifted_difference(void **state)
{
	static struct scene s;
	struct numbers n;

	(void)state;
	memset(&s, 0, sizeof s);
	for (uint32_t k = 0; k < 8; k++) {
		add(&s.p[0], 100 + k * 10, 5000 + k * 100, 10, k, REC_ACK);
		add(&s.q[0], 100 + k * 10, 5000 + MOVED + k * 100, 10, k,
		    REC_ACK);
	}
	serve(&s.p[1], 0, 8, 100, true);
	serve(&s.q[1], 2, 8, 100, true);
	for (uint32_t k = 0; k < s.q[1].s.n; k++)
		s.q[1].rec[k].seq64 += MOVED;
	n = settle(&s, false, 0, true, MOVED + 300);
	assert_true(n.known[0] && n.known[1]);
	assert_int_equal(n.delta[0], 0);
	assert_int_equal(n.delta[1], MOVED);
}

/* Three that say the same are enough, and of a stream that has ended none is needed. */
static void few_votes_and_a_fin_overrule(void **state)
{
	static struct scene s;
	struct numbers n;

	(void)state;
	for (int fin = 0; fin < 2; fin++) {
		memset(&s, 0, sizeof s);
		for (uint32_t k = 0; k < (fin ? 1 : 3); k++) {
			uint32_t ack = 5000 + k * 100;

			add(&s.p[0], 100 + k * 10, ack, 10, k, REC_ACK);
			add(&s.q[0], 100 + k * 10, ack + MOVED, 10, k, REC_ACK);
		}
		serve(&s.p[1], 0, 8, 100, true);
		serve(&s.q[1], 3, 8, 100, true);
		if (fin) {
			s.p[1].rec[7].tcp_flags |= REC_FIN;
			s.q[1].rec[4].tcp_flags |= REC_FIN;
		}
		for (uint32_t k = 0; k < s.q[1].s.n; k++)
			s.q[1].rec[k].seq64 += MOVED;
		n = settle(&s, true, 0, !fin, MOVED + 300);
		assert_true(n.known[1]);
		assert_int_equal(n.delta[1], MOVED);
	}
}

static void content_that_occurs_once_tells(void **state)
{
	static struct scene s;
	struct numbers n;

	(void)state;
	memset(&s, 0, sizeof s);
	serve(&s.p[1], 0, 20, 300, false);
	serve(&s.q[1], 12, 30, 300, false);
	for (uint32_t k = 0; k < s.q[1].s.n; k++)
		s.q[1].rec[k].seq64 += MOVED;
	n = settle(&s, false, 0, false, 0);
	assert_true(n.known[0] && n.known[1]);
	assert_int_equal(n.delta[1], MOVED);
	assert_int_equal(n.delta[0], 0);
}

static void ranges_that_overlap_were_not_moved(void **state)
{
	static struct scene s;
	struct numbers n;

	(void)state;
	memset(&s, 0, sizeof s);
	serve(&s.p[1], 0, 20, 300, true);
	serve(&s.q[1], 12, 30, 300, true);
	n = settle(&s, false, 0, false, 0);
	assert_true(n.known[0] && n.known[1]);
	assert_int_equal(n.delta[1], 0);
	assert_int_equal(n.delta[0], 0);
}

static void content_that_repeats_tells_nothing(void **state)
{
	static struct scene s;
	struct numbers n;

	(void)state;
	memset(&s, 0, sizeof s);
	serve(&s.p[1], 0, 20, 300, true);
	serve(&s.q[1], 12, 30, 300 + MOVED, true);
	for (uint32_t k = 0; k < s.q[1].s.n; k++)
		s.q[1].rec[k].seq64 += MOVED;
	n = settle(&s, false, 0, false, 0);
	assert_false(n.known[0]);
	assert_false(n.known[1]);
}

static void acks_that_disagree_tell_nothing(void **state)
{
	static struct scene s;
	struct numbers n;

	(void)state;
	memset(&s, 0, sizeof s);
	for (uint32_t k = 0; k < 12; k++) {
		add(&s.p[1], 5000 + k * 100, 300 + k, 100, 7, REC_ACK);
		add(&s.q[1], 5000 + k * 100, 900 + k * k, 100, 7, REC_ACK);
	}
	n = settle(&s, false, 0, true, 0);
	assert_false(n.known[0]);
}

static void numbers_may_wrap_between(void **state)
{
	static struct scene s;
	struct numbers n;

	(void)state;
	memset(&s, 0, sizeof s);
	for (uint32_t k = 0; k < 12; k++) {
		add(&s.p[1], 0xfffffe00u + k * 100, 0xfffffff0u, 100, 7,
		    REC_ACK);
		if (k > 3)
			add(&s.q[1], 0x100u + k * 100, 16, 100, 7, REC_ACK);
	}
	for (uint32_t k = 0; k < s.p[1].s.n; k++)
		s.p[1].rec[k].seq64 = seq_first(0xfffffe00u) + k * 100;
	n = settle(&s, false, 0, true, 0x300);
	assert_true(n.known[0]);
	assert_int_equal(n.delta[0], 32);
}

static void an_empty_direction_is_no_harm(void **state)
{
	static struct scene s;
	struct numbers n;

	(void)state;
	memset(&s, 0, sizeof s);
	n = settle(&s, false, 0, true, 0);
	assert_false(n.known[0]);
	assert_true(n.known[1]);
}

/* A point that has but the opening of a client without answers, or one packet
 * from the middle, brings no segment to compare. */
static void the_same_stretch_acknowledged_was_not_moved(void **state)
{
	static struct scene s;
	struct numbers n;

	(void)state;
	memset(&s, 0, sizeof s);
	add(&s.p[0], 99, 0, 0, 0, REC_SYN);
	add(&s.p[0], 100, 5000, 0, 0, REC_ACK);
	add(&s.p[0], 100, 5000, 10, 1, REC_ACK);
	serve(&s.p[1], 0, 8, 110, true);
	add(&s.q[0], 99, 0, 0, 0, REC_SYN);
	add(&s.q[0], 100, 5000, 0, 0, REC_ACK);
	n = settle(&s, true, 0, false, 0);
	assert_true(n.known[1]);
	assert_int_equal(n.delta[1], 0);
	s.q[0].rec[1].ack64 = seq_first(5000 + MOVED);
	n = settle(&s, true, 0, false, 0);
	assert_false(n.known[1]);
}

static void syns_tell_before_numbers_that_overlap(void **state)
{
	static struct scene s;
	struct strand *p[2] = { &s.p[0].s, &s.p[1].s };
	struct strand *q[2] = { &s.q[0].s, &s.q[1].s };
	uint32_t delta;

	(void)state;
	memset(&s, 0, sizeof s);
	for (int k = 0; k < 4; k++) {
		uint8_t is = k ? REC_ACK : REC_SYN;

		add(&s.p[0], 100 + 10 * (uint32_t)k, 700, 10, 1, is);
		add(&s.q[0], 115 + 10 * (uint32_t)k, 700, 10, 1, is);
	}
	assert_true(numbers_tell(p, q, 0, &delta));
	assert_int_equal(delta, 15);
	s.p[0].rec[0].tcp_flags = REC_ACK;
	assert_true(numbers_tell(p, q, 0, &delta));
	assert_int_equal(delta, 0);
	/* of the other direction only acknowledgements, and the same */
	assert_true(numbers_tell(p, q, 1, &delta));
	for (int k = 0; k < 4; k++) {
		s.q[0].rec[k].seq64 += MOVED;
		s.q[0].rec[k].ack64 += MOVED;
	}
	assert_false(numbers_tell(p, q, 0, &delta));
	assert_false(numbers_tell(p, q, 1, &delta));
}

/* Where numbers are not known, nothing is linked and so nothing is wrong. */
static void an_unsure_hop_links_nothing(void **state)
{
	static struct scene s;
	struct hop h = { .unsure = true,
			 .f_low = INT64_MIN,
			 .f_high = INT64_MAX };

	(void)state;
	memset(&s, 0, sizeof s);
	serve(&s.p[1], 0, 9, 300, true);
	serve(&s.q[1], 0, 9, 300, true);
	hop_init(&h, &s.p[1].s, &s.q[1].s, true);
	hop_match(&h);
	for (uint32_t i = 0; i < 9; i++)
		assert_int_equal(h.far_of[i], LINK_NONE);
	hop_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acks_tell_how_far_the_other_direction_moved),
		cmocka_unit_test(clear_votes_overrule_a_shifted_difference),
		cmocka_unit_test(an_overlap_overrules_a_shifted_difference),
		cmocka_unit_test(few_votes_and_a_fin_overrule),
		cmocka_unit_test(content_that_occurs_once_tells),
		cmocka_unit_test(ranges_that_overlap_were_not_moved),
		cmocka_unit_test(content_that_repeats_tells_nothing),
		cmocka_unit_test(acks_that_disagree_tell_nothing),
		cmocka_unit_test(numbers_may_wrap_between),
		cmocka_unit_test(an_empty_direction_is_no_harm),
		cmocka_unit_test(the_same_stretch_acknowledged_was_not_moved),
		cmocka_unit_test(syns_tell_before_numbers_that_overlap),
		cmocka_unit_test(an_unsure_hop_links_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
