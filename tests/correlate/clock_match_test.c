/* Which packets count as the same at two points. */
#include "correlate/clock_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct found {
	size_t n;
	uint64_t frame[16][2];
	size_t weak;
};

static void keep(void *ctx, const struct match_pair *p)
{
	struct found *f = ctx;

	assert_true(f->n < 16);
	f->weak += p->weak;
	f->frame[f->n][0] = p->near.frame;
	f->frame[f->n++][1] = p->far.frame;
}

static struct record segment(uint64_t frame, uint16_t flags, uint64_t seq,
			     uint32_t len, uint16_t ip_id)
{
	return (struct record){
		.frame = frame,
		.time_ns = (int64_t)frame * 1000,
		.tcp_flags = flags,
		.seq64 = seq,
		.ack64 = 1,
		.pay_len = len,
		.ip_id = ip_id,
		.head_digest = (uint32_t)seq + 7,
		.marks = len ? REC_HEAD : 0,
	};
}

static bool no_opening, whole;

static struct found match(const struct record *a, size_t n,
			  const struct record *b, size_t m,
			  const uint32_t *ts_delta)
{
	struct match_list l[2] = { 0 };
	struct found f = { 0 };

	for (int k = 0; k < 2; k++) {
		match_begin(&l[k], 1);
		l[k].no_opening = no_opening;
		l[k].whole = whole;
		for (size_t i = 0; i < (k ? m : n); i++) {
			const struct record *r = k ? &b[i] : &a[i];

			match_add(&l[k], r, 1, true, (uint32_t)r->seq64,
				  (uint32_t)r->ack64);
		}
	}
	match_lists(&l[0], &l[1], ts_delta, keep, &f);
	match_release(&l[0]);
	match_release(&l[1]);
	return f;
}

#define MATCH(a, b, ts)                                                        \
	match(a, sizeof(a) / sizeof *(a), b, sizeof(b) / sizeof *(b), ts)

static void padded_copies_of_a_syn_are_told_by_ip_id(void **state)
{
	struct record a[] = { segment(1, REC_SYN | REC_ACK, 0, 0, 11),
			      segment(2, REC_SYN | REC_ACK, 0, 0, 12) };
	struct record b[] = { segment(5, REC_SYN | REC_ACK, 0, 2, 11),
			      segment(6, REC_SYN | REC_ACK, 0, 2, 12) };
	struct found f = MATCH(a, b, NULL);

	(void)state;
	assert_int_equal(f.n, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(f.frame[i][0] + 4, f.frame[i][1]);
}

/* What a proxy may have answered is no packet of both points. */
static void openings_that_a_box_may_have_made_do_not_count(void **state)
{
	struct record a[] = { segment(1, REC_SYN | REC_ACK, 0, 0, 11),
			      segment(2, REC_ACK, 1, 100, 12) };

	(void)state;
	assert_int_equal(MATCH(a, a, NULL).n, 2);
	no_opening = true;
	struct found f = MATCH(a, a, NULL);

	no_opening = false;
	assert_int_equal(f.n, 1);
	assert_int_equal(f.frame[0][0], 2);
}

static void copies_without_tokens_are_left_out(void **state)
{
	struct record a[] = { segment(1, REC_SYN, 0, 0, 0),
			      segment(2, REC_SYN, 0, 0, 0) };
	struct record same[] = { segment(1, REC_SYN, 0, 0, 9),
				 segment(2, REC_SYN, 0, 0, 9) };

	(void)state;
	assert_int_equal(MATCH(a, a, NULL).n, 0);
	assert_int_equal(MATCH(same, same, NULL).n, 0);
}

/* The first copy is lost after the near point: the far point's only one is the
 * second, whatever was first at each. */
static void lost_first_copy_is_not_taken_for_the_second(void **state)
{
	struct record a[] = { segment(1, REC_SYN, 0, 0, 1),
			      segment(2, REC_ACK, 1, 100, 2),
			      segment(3, REC_ACK, 1, 100, 3) };
	struct record b[] = { segment(11, REC_SYN, 0, 0, 1),
			      segment(13, REC_ACK, 1, 100, 3) };
	struct found f = MATCH(a, b, NULL);

	(void)state;
	assert_int_equal(f.n, 2);
	assert_int_equal(f.frame[1][0], 3);
	assert_int_equal(f.frame[1][1], 13);
}

static void copies_are_told_by_time_stamp(void **state)
{
	struct record a[3], b[3];
	uint32_t delta = 500;
	struct found f;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		a[i] = segment(1 + i, i ? REC_ACK : REC_SYN, i ? 1 : 0,
			       i ? 100 : 0, 0);
		a[i].opts = REC_OPT_TS;
		a[i].tsval = 10 * i;
		b[i] = a[i];
		b[i].frame += 10;
		b[i].tsval += delta;
	}
	f = MATCH(a, b, &delta);
	assert_int_equal(f.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(f.frame[i][0] + 10, f.frame[i][1]);
	b[1].tsval++; /* another packet than near's */
	assert_int_equal(MATCH(a, b, &delta).n, 2);
}

/* A box between the points may send one to both hosts. */
static void resets_need_a_token(void **state)
{
	struct record a[] = { segment(1, REC_SYN, 0, 0, 76),
			      segment(3, REC_RST, 5, 0, 0) };
	struct record b[] = { segment(2, REC_SYN, 0, 0, 76),
			      segment(4, REC_RST, 5, 6, 0) };

	(void)state;
	assert_int_equal(MATCH(a, b, NULL).n, 1);
	a[1].ip_id = 77;
	b[1].ip_id = 78;
	assert_int_equal(MATCH(a, b, NULL).n, 1);
	b[1].ip_id = 77;
	assert_int_equal(MATCH(a, b, NULL).n, 2);
}

/* The first of the duplicate ACKs was missed by one capture: what is first
 * there is another packet than what is first at the other point. */
static void first_of_fewer_copies_is_no_first(void **state)
{
	struct record a[] = { segment(1, REC_SYN | REC_ACK, 0, 0, 0),
			      segment(2, REC_ACK, 1, 0, 0),
			      segment(3, REC_ACK, 1, 0, 0),
			      segment(4, REC_ACK, 1, 0, 0) };
	struct record b[] = { segment(1, REC_SYN | REC_ACK, 0, 0, 0),
			      segment(2, REC_ACK, 1, 0, 0),
			      segment(4, REC_ACK, 1, 0, 0) };
	struct record c[] = { a[0], segment(2, REC_ACK, 1, 100, 0),
			      segment(3, REC_ACK, 101, 100, 0) };
	struct record d[] = { a[0], segment(2, REC_ACK, 1, 100, 0),
			      segment(3, REC_ACK, 101, 100, 0),
			      segment(4, REC_ACK, 101, 100, 0) };

	(void)state;
	for (unsigned i = 1; i < 4; i++)
		a[i].ack64 = 50; /* after 1 of the SYN */
	for (unsigned i = 1; i < 3; i++)
		b[i].ack64 = 50;
	assert_int_equal(MATCH(a, b, NULL).n, 1);
	assert_int_equal(MATCH(b, a, NULL).n, 1);
	/* as many, but which of them each point missed nobody knows */
	assert_int_equal(MATCH(a, a, NULL).n, 1);
	assert_int_equal(MATCH(c, d, NULL).n, 2);
	assert_int_equal(MATCH(d, c, NULL).n, 2);
}

/* Hosts that number all packets alike: that is no token. */
static void constant_ip_id_tells_no_copies(void **state)
{
	struct record a[] = { segment(1, REC_SYN, 0, 0, 9),
			      segment(2, REC_ACK, 1, 100, 9),
			      segment(3, REC_RST, 101, 0, 9) };
	struct record one[] = { segment(1, REC_RST, 5, 0, 9) };

	(void)state;
	assert_int_equal(MATCH(a, a, NULL).n, 2); /* as firsts */
	assert_int_equal(MATCH(a, a, NULL).weak, 2);
	assert_int_equal(MATCH(one, one, NULL).n, 0);
	whole = true; /* then there are no copies */
	struct found f = MATCH(one, one, NULL);

	whole = false;
	assert_int_equal(f.n, 1);
	assert_int_equal(f.weak, 0);
}

/* Where IDs come through, a packet with another ID is another packet. */
static void other_ip_id_is_another_copy(void **state)
{
	struct record a[] = { segment(1, REC_SYN, 0, 0, 1),
			      segment(2, REC_ACK, 1, 100, 2),
			      segment(3, REC_ACK, 101, 100, 3) };
	struct record b[] = { a[0], a[1], a[2] };

	(void)state;
	b[2].ip_id = 4; /* its retransmission */
	assert_int_equal(MATCH(a, b, NULL).n, 2);
	for (unsigned i = 0; i < 3; i++)
		b[i].ip_id = (uint16_t)(100 + i); /* a box writes its own */
	assert_int_equal(MATCH(a, b, NULL).n, 3);
}

static void acks_with_other_windows_or_sacks_differ(void **state)
{
	struct record a[] = { segment(1, REC_SYN | REC_ACK, 0, 0, 0),
			      segment(2, REC_ACK, 1, 0, 0) };
	struct record b[] = { a[0], a[1] };

	(void)state;
	a[1].ack64 = b[1].ack64 = 50;
	assert_int_equal(MATCH(a, b, NULL).n, 2);
	b[1].window++;
	assert_int_equal(MATCH(a, b, NULL).n, 1);
	b[1].window--;
	b[1].opts = REC_OPT_SACK;
	b[1].n_sack = 1;
	assert_int_equal(MATCH(a, b, NULL).n, 1);
}

/* A TSval's difference between the points is not known: 0 or unusable. */
static void stamps_of_unknown_difference_have_to_be_equal(void **state)
{
	struct record a[] = { segment(1, REC_SYN, 0, 0, 0) };
	struct record b[] = { a[0] };

	(void)state;
	a[0].opts = b[0].opts = REC_OPT_TS;
	a[0].tsval = b[0].tsval = 5;
	assert_int_equal(MATCH(a, b, NULL).n, 1);
	b[0].tsval = 3005;
	assert_int_equal(MATCH(a, b, NULL).n, 0);
}

static void retransmission_without_tokens_is_no_first(void **state)
{
	struct record a[] = { segment(1, REC_SYN, 0, 0, 0),
			      segment(2, REC_ACK, 1, 100, 0),
			      segment(3, REC_ACK, 101, 100, 0),
			      segment(4, REC_ACK, 1, 100, 0) };
	struct record b[] = { segment(1, REC_SYN, 0, 0, 0),
			      segment(3, REC_ACK, 101, 100, 0),
			      segment(4, REC_ACK, 1, 100, 0) };
	struct found f = MATCH(a, b, NULL);

	(void)state;
	assert_int_equal(f.n, 2); /* SYN and the one at 101 */
	assert_int_equal(f.frame[1][0], 3);
}

static void other_bytes_do_not_match(void **state)
{
	struct record a[] = { segment(1, REC_SYN, 0, 0, 1),
			      segment(2, REC_ACK, 1, 100, 2) };
	struct record b[] = { a[0], a[1] };

	(void)state;
	b[1].head_digest++;
	assert_int_equal(MATCH(a, b, NULL).n, 1);
}

/* It was taken from SYNs, which may have been two copies. */
static void difference_of_stamps_has_to_be_confirmed(void **state)
{
	struct record a[] = { segment(1, REC_SYN, 0, 0, 0),
			      segment(2, REC_SYN, 0, 0, 0),
			      segment(3, REC_ACK, 1, 100, 0) };
	struct record b[] = { segment(1, REC_SYN, 0, 0, 0),
			      segment(2, REC_SYN, 0, 0, 0),
			      segment(3, REC_ACK, 1, 100, 0) };
	uint32_t delta = 0u - 3000;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		a[i].opts = b[i].opts = REC_OPT_TS;
		a[i].tsval = 5000 + 3000 * i; /* its first was missed */
		b[i].tsval = 2000 + 3000 * i;
	}
	assert_int_equal(match(a, 2, b, 2, &delta).n, 0);
	assert_int_equal(MATCH(a, b, &delta).n, 3); /* moved by a box */
	b[2].tsval += 3000;
	assert_int_equal(MATCH(a, b, &delta).n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(padded_copies_of_a_syn_are_told_by_ip_id),
		cmocka_unit_test(
			openings_that_a_box_may_have_made_do_not_count),
		cmocka_unit_test(copies_without_tokens_are_left_out),
		cmocka_unit_test(lost_first_copy_is_not_taken_for_the_second),
		cmocka_unit_test(copies_are_told_by_time_stamp),
		cmocka_unit_test(resets_need_a_token),
		cmocka_unit_test(first_of_fewer_copies_is_no_first),
		cmocka_unit_test(constant_ip_id_tells_no_copies),
		cmocka_unit_test(other_ip_id_is_another_copy),
		cmocka_unit_test(acks_with_other_windows_or_sacks_differ),
		cmocka_unit_test(stamps_of_unknown_difference_have_to_be_equal),
		cmocka_unit_test(difference_of_stamps_has_to_be_confirmed),
		cmocka_unit_test(retransmission_without_tokens_is_no_first),
		cmocka_unit_test(other_bytes_do_not_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
