/* Fates of what is at one end of a hop only: hand-made sessions over two
 * points, 20 ms apart each way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "correlate/bins.h"
#include "correlate/chain.h"
#include "tests/correlate/side.h"

#define SEQ 1000u
#define LEN 100u

struct scene { /* data from near to far, their acknowledgements back */
	struct side near, far, near_acks, far_acks;
	struct watch watch[2];
	struct session_flow flows[2];
	struct session_row row;
	struct strand strand[4];
	struct sweep_env env;
	struct sweep_session s;
	uint8_t loss[4]; /* absence alone is none */
	struct strand *way[2];
	struct hop hop;
	struct recopy copies[2];
	struct leg leg;
	struct chain c;
};

/* Data segments at both points, the first @n ones, 10 ms apart. */
static void flow(struct scene *t, uint32_t n)
{
	memset(t, 0, sizeof *t);
	for (uint32_t k = 0; k < n; k++) {
		add(&t->near, k * 10, SEQ + k * LEN, LEN, 10 + k);
		add(&t->far, k * 10 + 20, SEQ + k * LEN, LEN, 10 + k);
	}
}

static struct record *ack(struct side *a, int64_t ms, uint32_t number)
{
	struct record *r = add(a, ms, 1, 0, 1);

	r->ack64 = seq_first(number);
	return r;
}

/* Both points see the acknowledgement; @ms at the far one. */
static void acked(struct scene *t, int64_t ms, uint32_t number)
{
	ack(&t->far_acks, ms, number);
	ack(&t->near_acks, ms + 20, number);
}

static void open_scene(struct scene *t)
{
	for (int p = 0; p < 2; p++) {
		watch_add(&t->watch[p], -1000 * MS, 100000 * MS);
		t->watch[p].packets = 1000000;
	}
	t->row = (struct session_row){ .proto = 6, .n_flows = 2 };
	t->row.flows = t->flows;
	t->strand[0] = t->near.s;
	t->strand[1] = t->near_acks.s;
	t->strand[2] = t->far.s;
	t->strand[3] = t->far_acks.s;
	for (int k = 0; k < 4; k++) {
		t->strand[k].pos = k / 2 + 1;
		t->strand[k].flow = k / 2;
		t->strand[k].dir = (uint8_t)(k % 2);
	}
	t->env = (struct sweep_env){ .n_points = 2,
				     .watch = t->watch,
				     .max_transit_ns = 30000 * MS };
	t->s = (struct sweep_session){ .row = &t->row,
				       .strand = t->strand,
				       .loss = t->loss };
	t->way[0] = &t->strand[0];
	t->way[1] = &t->strand[2];
	t->hop = (struct hop){ .use_ts = true,
			       .tick = 1,
			       .f_low = INT64_MIN,
			       .f_high = INT64_MAX,
			       .max_transit = 30000 * MS };
	hop_init(&t->hop, t->way[0], t->way[1], true);
	hop_match(&t->hop);
	t->leg = (struct leg){ 0, 1, true, true };
	t->c = (struct chain){ .env = &t->env,
			       .s = &t->s,
			       .n = 2,
			       .strand = t->way,
			       .n_hops = 1,
			       .hop = &t->hop,
			       .leg = &t->leg,
			       .copies = t->copies };
}

static struct verdict fate_of(struct scene *t, uint32_t i)
{
	assert_int_equal(t->hop.far_of[i], LINK_NONE);
	return decide_absent(&t->c, 0, i, 0, LEN);
}

static void close_scene(struct scene *t)
{
	hop_release(&t->hop);
	for (int p = 0; p < 2; p++) {
		watch_release(&t->watch[p]);
		recopy_release(&t->copies[p]);
	}
}

/* The last two of the flow's segments are missing at the far point. */
static void drop_last(struct scene *t, uint32_t n)
{
	t->far.s.n -= n;
}

static void an_ack_before_another_copy_proves_that_it_passed(void **state)
{
	static struct scene t;
	struct verdict v;

	(void)state;
	flow(&t, 8);
	drop_last(&t, 1);
	acked(&t, 95, SEQ + 8 * LEN);
	open_scene(&t);
	v = fate_of(&t, 7);
	assert_int_equal(v.fate, FATE_UNSEEN);
	assert_int_equal(v.reason, WHY_ACKED);
	close_scene(&t);
}

/* Neither the segment nor its retransmission is in the far capture, and they
 * are acknowledged: one of them passed. */
static void an_ack_after_two_missing_copies_is_of_either(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 8);
	drop_last(&t, 2);
	acked(&t, 75, SEQ + 5 * LEN);
	acked(&t, 80, SEQ + 5 * LEN);
	/* the hole is one before; what is behind it may have arrived */
	add(&t.near, 300, SEQ + 7 * LEN, LEN, 310);
	acked(&t, 340, SEQ + 8 * LEN);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 8).fate, FATE_UNDECIDED);
	assert_int_equal(fate_of(&t, 8).reason, WHY_COPY_UNKNOWN);
	assert_int_equal(fate_of(&t, 7).fate, FATE_UNDECIDED);
	close_scene(&t);
}

/* Here the receiver says that it has not got the first one. */
/* Its answer may be what was lost. */
static void silence_while_the_far_capture_was_deaf_proves_nothing(void **state)
{
	static struct scene t;
	struct bin deaf[4] = {
		{ 2, 0, 0 }, { 9, 8, 0 }, { 2, 0, 0 }, { 9, 0, 0 }
	};
	struct bins bins[2] = {
		{ .n = 0 },
		{ .from_ns = -200 * MS, .shift = 28, .n = 4, .at = deaf }
	};

	(void)state;
	flow(&t, 8);
	drop_last(&t, 1);
	acked(&t, 85, SEQ + 7 * LEN);
	add(&t.near, 1300, SEQ + 7 * LEN, LEN, 1310);
	add(&t.far, 1320, SEQ + 7 * LEN, LEN, 1310);
	acked(&t, 1330, SEQ + 8 * LEN);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 7).fate, FATE_LOST);
	assert_int_equal(fate_of(&t, 7).basis, BASIS_EFFECT);
	assert_true(fate_of(&t, 7).bins);
	t.env.bins = bins;
	assert_int_equal(fate_of(&t, 7).fate, FATE_UNDECIDED);
	assert_int_equal(fate_of(&t, 7).reason, WHY_GAP);
	deaf[1].missed = 0;
	assert_int_equal(fate_of(&t, 7).fate, FATE_LOST);
	assert_false(fate_of(&t, 7).bins);
	close_scene(&t);
}

/* The receiver has the eighth, not the seventh. */
static void lacks_the_seventh(struct scene *t)
{
	struct record *r;

	acked(t, 85, SEQ + 6 * LEN);
	r = ack(&t->far_acks, 95, SEQ + 6 * LEN);
	r->n_sack = 1;
	r->sack[0][0] = SEQ + 7 * LEN;
	r->sack[0][1] = SEQ + 8 * LEN;
	add(&t->near, 300, SEQ + 6 * LEN, LEN, 310);
	acked(t, 340, SEQ + 8 * LEN);
}

static void lose_the_seventh(struct scene *t)
{
	flow(t, 8);
	t->far.rec[6] = t->far.rec[7];
	drop_last(t, 1);
	lacks_the_seventh(t);
}

static void a_hole_is_of_the_hop_if_the_far_capture_is_trusted(void **state)
{
	static struct scene t;

	(void)state;
	lose_the_seventh(&t);
	open_scene(&t);
	t.loss[1] = ANSWER_ASTRAY_SYN;
	assert_int_equal(fate_of(&t, 6).fate, FATE_LOST);
	assert_true(fate_of(&t, 6).proven);
	t.loss[1] = ANSWER_ASTRAY;
	assert_int_equal(fate_of(&t, 6).fate, FATE_UNDECIDED);
	assert_int_equal(fate_of(&t, 6).reason, WHY_LOST_HERE_OR_BEHIND);
	assert_true(fate_of(&t, 6).proven);
	close_scene(&t);
}

static void a_copy_at_the_last_point_tells_what_is_lost_behind_it(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 8);
	lacks_the_seventh(&t);
	add(&t.far, 320, SEQ + 6 * LEN, LEN, 310);
	open_scene(&t);
	assert_true(decide_lost_beyond(&t.c, 8));
	assert_false(decide_lost_beyond(&t.c, 7));
	close_scene(&t);
	flow(&t, 8);
	acked(&t, 95, SEQ + 8 * LEN);
	add(&t.far, 320, SEQ + 6 * LEN, LEN, 310); /* a needless one */
	open_scene(&t);
	assert_false(decide_lost_beyond(&t.c, 8));
	close_scene(&t);
}

static void an_ack_after_a_lost_copy_is_of_the_next(void **state)
{
	static struct scene t;

	(void)state;
	lose_the_seventh(&t);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 6).fate, FATE_LOST);
	assert_int_equal(fate_of(&t, 6).reason, WHY_HOLE);
	assert_int_equal(fate_of(&t, 8).fate, FATE_UNSEEN);
	close_scene(&t);
}

/* Eight segments, the fourth to sixth not in the far capture; the receiver has the
 * fourth and the sixth, and not the fifth. */
static void hole(struct scene *t)
{
	flow(t, 8);
	t->far.rec[3] = t->far.rec[6];
	t->far.rec[4] = t->far.rec[7];
	drop_last(t, 3);
	acked(t, 55, SEQ + 4 * LEN);
	for (int k = 0; k < 3; k++) {
		struct record *r = ack(&t->far_acks, 75 + 10 * k,
				       SEQ + 4 * LEN);

		r->n_sack = 1;
		r->sack[0][0] = SEQ + 5 * LEN;
		r->sack[0][1] = SEQ + (6 + (unsigned)k) * LEN;
	}
}

/* All around it passed and is not in the far capture: so may this one have, and
 * was lost behind. */
static void a_hole_while_the_far_capture_was_deaf_may_be_behind_it(void **state)
{
	static struct scene t;

	(void)state;
	hole(&t);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 3).fate, FATE_UNSEEN);
	assert_int_equal(fate_of(&t, 5).fate, FATE_UNSEEN);
	assert_int_equal(fate_of(&t, 4).fate, FATE_UNDECIDED);
	assert_int_equal(fate_of(&t, 4).reason, WHY_GAP);
	close_scene(&t);
}

/* The one after it is there: the capture missed a single one before. */
static void a_hole_beside_a_packet_that_was_missed_is_a_loss(void **state)
{
	static struct scene t;

	(void)state;
	hole(&t);
	drop_last(&t, 2);
	for (uint32_t k = 5; k < 8; k++)
		add(&t.far, k * 10 + 20, SEQ + k * LEN, LEN, 10 + k);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 4).fate, FATE_LOST);
	assert_int_equal(fate_of(&t, 4).reason, WHY_HOLE);
	close_scene(&t);
}

/* It comes to the near point after the copy left there, but it had left the far
 * one before the copy could be there: the receiver had the bytes already. */
static void an_ack_that_crosses_the_copy_is_no_answer(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 8);
	add(&t.near, 100, SEQ + 7 * LEN, LEN, 110);
	acked(&t, 92, SEQ + 8 * LEN);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 8).fate, FATE_UNDECIDED);
	assert_int_equal(fate_of(&t, 8).reason, WHY_CAPTURE_MAY_MISS);
	close_scene(&t);
}

/* The near point missed the second copy, which arrived; the duplicate that the
 * receiver reports is of that and the third, not of the first. */
static void copies_that_the_near_point_missed_count(void **state)
{
	static struct scene t;
	struct record *r;

	(void)state;
	flow(&t, 8);
	t.far.rec[6] = t.far.rec[7];
	drop_last(&t, 1);
	acked(&t, 85, SEQ + 6 * LEN);
	r = ack(&t.far_acks, 95, SEQ + 6 * LEN);
	r->n_sack = 1;
	r->sack[0][0] = SEQ + 7 * LEN;
	r->sack[0][1] = SEQ + 8 * LEN;
	add(&t.far, 320, SEQ + 6 * LEN, LEN, 310); /* the second */
	acked(&t, 330, SEQ + 8 * LEN);
	add(&t.near, 400, SEQ + 6 * LEN, LEN, 410);
	add(&t.far, 420, SEQ + 6 * LEN, LEN, 410);
	r = ack(&t.far_acks, 430, SEQ + 8 * LEN);
	r->n_sack = 1;
	r->sack[0][0] = SEQ + 6 * LEN;
	r->sack[0][1] = SEQ + 7 * LEN;
	open_scene(&t);
	assert_int_equal(fate_of(&t, 6).fate, FATE_LOST);
	close_scene(&t);
}

/* The third copy overtakes the second, and is acknowledged. */
static void
an_ack_of_the_copy_that_arrives_first_is_of_no_earlier_one(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 8);
	drop_last(&t, 1);
	acked(&t, 75, SEQ + 7 * LEN);
	add(&t.near, 1000, SEQ + 7 * LEN, LEN, 1010);
	add(&t.near, 1010, SEQ + 7 * LEN, LEN, 1020);
	add(&t.far, 1025, SEQ + 7 * LEN, LEN, 1020);
	acked(&t, 1030, SEQ + 8 * LEN);
	add(&t.far, 1040, SEQ + 7 * LEN, LEN, 1010);
	open_scene(&t);
	assert_int_equal(t.hop.far_of[8], 8);
	assert_int_equal(t.hop.far_of[9], 7);
	assert_int_equal(fate_of(&t, 7).fate, FATE_LOST);
	close_scene(&t);
}

/* Of a SYN's two copies the second went round the near point, and is the first
 * thing that the far one shows. */
static void a_copy_that_the_far_point_shows_first_counts(void **state)
{
	static struct scene t;

	(void)state;
	memset(&t, 0, sizeof t);
	add(&t.near, 0, SEQ, LEN, 10);
	add(&t.far, 1020, SEQ, LEN, 1010);
	for (uint32_t k = 1; k < 8; k++) {
		add(&t.near, 1100 + k * 10, SEQ + k * LEN, LEN, 1100 + k);
		add(&t.far, 1120 + k * 10, SEQ + k * LEN, LEN, 1100 + k);
	}
	acked(&t, 1030, SEQ + LEN);
	open_scene(&t);
	assert_int_not_equal(fate_of(&t, 0).fate, FATE_UNSEEN);
	close_scene(&t);
}

/* The far capture began at 1000 ms, with data of the other direction that had
 * been acknowledged before, and is sent again. */
static void an_answer_to_an_earlier_copy_is_not_after_the_next(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 0);
	add(&t.near, 900, SEQ, LEN, 10);
	for (uint32_t k = 1; k < 8; k++) {
		add(&t.near, 1100 + k * 10, SEQ + k * LEN, LEN, 10 + k);
		add(&t.far, 1120 + k * 10, SEQ + k * LEN, LEN, 10 + k);
	}
	for (uint32_t k = 0; k < t.near.s.n; k++)
		t.near.rec[k].ack64 = seq_first(2);
	for (uint32_t k = 0; k < t.far.s.n; k++)
		t.far.rec[k].ack64 = seq_first(2);
	add(&t.far_acks, 1000, 1, 1, 1);
	open_scene(&t);
	watch_release(&t.watch[1]);
	watch_add(&t.watch[1], 1000 * MS, 100000 * MS);
	assert_int_equal(fate_of(&t, 0).fate, FATE_OUTSIDE);
	close_scene(&t);
}

/* Here it was the first one, within what clocks and delays leave open. */
static void an_answer_comes_after_what_it_answers(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 0);
	add(&t.near, 981, SEQ, LEN, 10);
	for (uint32_t k = 1; k < 8; k++) {
		add(&t.near, 1100 + k * 10, SEQ + k * LEN, LEN, 10 + k);
		add(&t.far, 1120 + k * 10, SEQ + k * LEN, LEN, 10 + k);
	}
	for (uint32_t k = 0; k < t.near.s.n; k++)
		t.near.rec[k].ack64 = seq_first(2);
	for (uint32_t k = 0; k < t.far.s.n; k++)
		t.far.rec[k].ack64 = seq_first(2);
	add(&t.far_acks, 1000, 1, 1, 1);
	open_scene(&t);
	watch_release(&t.watch[1]);
	watch_add(&t.watch[1], 1000 * MS, 100000 * MS);
	assert_int_not_equal(fate_of(&t, 0).fate, FATE_OUTSIDE);
	close_scene(&t);
}

/* A device between answers SYNs itself and opens the other side by one of its
 * own, once the client has acknowledged. */
static void a_syn_that_another_stands_for_is_not_lost(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 0);
	add(&t.near, 0, SEQ - 1, 0, 10)->tcp_flags = REC_SYN;
	add(&t.far, 60, SEQ - 1, 0, 555)->tcp_flags = REC_SYN;
	for (uint32_t k = 0; k < 8; k++) {
		add(&t.near, 100 + k * 10, SEQ + k * LEN, LEN, 100 + k);
		add(&t.far, 120 + k * 10, SEQ + k * LEN, LEN, 100 + k);
	}
	open_scene(&t);
	memset(t.loss, 0xff, sizeof t.loss);
	assert_int_equal(t.hop.far_of[0], LINK_NONE);
	assert_int_not_equal(decide_absent(&t.c, 0, 0, 0, 0).fate, FATE_LOST);
	close_scene(&t);
}

/* The far point has an equal pure ACK that the near one missed.  It may be the one
 * that is missing, unless IP IDs, which pass here, say that it is another. */
static void an_ack_of_another_id_does_not_stand_for_it(void **state)
{
	static struct scene t;

	(void)state;
	for (int ids = 0; ids < 2; ids++) {
		flow(&t, 8);
		for (uint16_t k = 0; k < 8 && ids; k++)
			t.near.rec[k].ip_id = t.far.rec[k].ip_id = 100 + k;
		ack(&t.far, 105, 77)->ip_id = ids ? 108 : 0;
		ack(&t.near, 100, 77)->ip_id = ids ? 109 : 0;
		t.far.rec[8].seq64 = t.near.rec[8].seq64;
		t.far.rec[8].tsval = 50;
		t.near.rec[8].tsval = 52;
		open_scene(&t);
		memset(t.loss, 0xff, sizeof t.loss);
		assert_int_equal(t.hop.use_id, ids);
		assert_int_equal(t.hop.far_of[8], LINK_NONE);
		assert_int_equal(decide_absent(&t.c, 0, 8, 0, 0).fate,
				 ids ? FATE_LOST : FATE_UNDECIDED);
		close_scene(&t);
	}
}

/* The far point has something else of its ID, which may be this one, changed; not
 * where all packets of the connection have that ID. */
static void an_id_that_all_have_stands_for_none(void **state)
{
	static struct scene t;

	(void)state;
	for (int moves = 0; moves < 2; moves++) {
		flow(&t, 8);
		ack(&t.near, 100, 77);
		ack(&t.far, 120, 99);
		t.far.rec[8].seq64 = t.near.rec[8].seq64;
		t.near.rec[8].tsval = t.far.rec[8].tsval = 50;
		for (uint16_t k = 0; k < 9; k++)
			t.near.rec[k].ip_id = t.far.rec[k].ip_id =
				moves ? 100 + k : 100;
		open_scene(&t);
		memset(t.loss, 0xff, sizeof t.loss);
		hop_unlink(&t.hop, 8);
		assert_int_equal(decide_absent(&t.c, 0, 8, 0, 0).fate,
				 moves ? FATE_UNDECIDED : FATE_LOST);
		close_scene(&t);
	}
}

/* Nor does one of other SACKs, even where IP IDs tell nothing. */
static void an_ack_of_other_sacks_does_not_stand_for_it(void **state)
{
	static struct scene t;

	(void)state;
	for (int other = 0; other < 2; other++) {
		struct record *x, *y;

		flow(&t, 8);
		x = ack(&t.near, 100, 77);
		y = ack(&t.far, 105, 77);
		y->seq64 = x->seq64;
		x->tsval = 52;
		y->tsval = 50;
		x->n_sack = y->n_sack = 1;
		x->sack[0][0] = y->sack[0][0] = 277;
		x->sack[0][1] = 477;
		y->sack[0][1] = other ? 377 : 477;
		open_scene(&t);
		memset(t.loss, 0xff, sizeof t.loss);
		assert_int_equal(t.hop.far_of[8], LINK_NONE);
		assert_int_equal(decide_absent(&t.c, 0, 8, 0, 0).fate,
				 other ? FATE_LOST : FATE_UNDECIDED);
		close_scene(&t);
	}
}

/* A device resets the connection, with the number that the ACK had. */
static void a_reset_does_not_stand_for_an_ack(void **state)
{
	static struct scene t;

	(void)state;
	for (int reset = 0; reset < 2; reset++) {
		struct record *x, *y;

		flow(&t, 8);
		x = ack(&t.near, 100, 77);
		y = ack(&t.far, 125, 77);
		y->seq64 = x->seq64;
		x->tsval = 52;
		y->tsval = 50;
		y->tcp_flags |= reset ? REC_RST : 0;
		open_scene(&t);
		memset(t.loss, 0xff, sizeof t.loss);
		assert_int_equal(t.hop.far_of[8], LINK_NONE);
		assert_int_equal(decide_absent(&t.c, 0, 8, 0, 0).fate,
				 reset ? FATE_LOST : FATE_UNDECIDED);
		close_scene(&t);
	}
}

/* What is unlike in time alone may be it: its content came before, too, so that
 * the one that is left over at the far point may be either. */
static void a_datagram_whose_content_came_late_is_not_lost(void **state)
{
	static struct scene t;

	(void)state;
	for (int late = 0; late < 2; late++) {
		flow(&t, 0);
		for (uint32_t k = 0; k < 10; k++)
			for (int far = 0; far < 2; far++) {
				struct record *r = add(
					far ? &t.far : &t.near,
					100 * (int64_t)k + far * 20, 0, 50, 0);

				r->opts = 0;
				r->tcp_flags = 0;
				r->marks |= REC_HEAD;
				r->head_digest = k == 8 ? 3 : k;
				r->time_ns += far && k == 8 ? 400 * MS : 0;
			}
		if (!late)
			drop_last(&t, 2);
		open_scene(&t);
		hop_release(&t.hop);
		hop_init(&t.hop, t.way[0], t.way[1], false);
		hop_match(&t.hop);
		memset(t.loss, 0xff, sizeof t.loss);
		assert_int_equal(fate_of(&t, 8).fate,
				 late ? FATE_UNDECIDED : FATE_LOST);
		close_scene(&t);
	}
}

/* A device made the last one but one longer and moves numbers from there on: the
 * last is at the far point, elsewhere, as its IP ID tells. */
static void what_came_with_other_numbers_is_not_lost(void **state)
{
	static struct scene t;

	(void)state;
	for (int same = 0; same < 2; same++) {
		flow(&t, 10);
		for (uint16_t k = 0; k < 10; k++)
			t.near.rec[k].ip_id = t.far.rec[k].ip_id = 100 + k;
		t.far.rec[9].seq64 += 5;
		t.far.rec[9].tsval = 400;
		t.far.rec[9].ip_id = same ? 109 : 120;
		open_scene(&t);
		memset(t.loss, 0xff, sizeof t.loss);
		assert_int_equal(fate_of(&t, 9).fate,
				 same ? FATE_UNDECIDED : FATE_LOST);
		close_scene(&t);
	}
}

/* Over a relay only bytes count: another copy brought these, before or after. */
static void
bytes_that_another_copy_brought_over_a_relay_concern_its_side(void **state)
{
	(void)state;
	for (int later = 0; later < 2; later++) {
		static struct scene t;
		struct verdict v;

		flow(&t, 8);
		add(&t.near, 300, SEQ + 7 * LEN, LEN, 300);
		if (later) {
			drop_last(&t, 1);
			add(&t.far, 320, SEQ + 7 * LEN, LEN, 300);
		}
		open_scene(&t);
		t.hop.relay = true;
		v = fate_of(&t, later ? 7 : 8);
		assert_int_equal(v.fate, FATE_OUTSIDE);
		assert_int_equal(v.reason, WHY_RELAY);
		close_scene(&t);
	}
}

static bool turns(const int64_t *ask, uint32_t n, const int64_t *answer,
		  uint32_t m)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };

	for (uint32_t k = 0; k < n; k++)
		add(&a, ask[k], 0, 50, 0);
	for (uint32_t k = 0; k < m; k++)
		add(&b, answer[k], 0, 80, 0);
	return each_answered(&a.s, &b.s);
}

static void requests_in_turns_with_answers_all_passed(void **state)
{
	const int64_t ask[] = { 0, 100, 200 }, late[] = { 50, 210, 260 };
	const int64_t in_turns[] = { 50, 150, 260 };

	(void)state;
	assert_true(turns(ask, 3, in_turns, 3));
	assert_false(turns(ask, 3, in_turns, 2));
	assert_false(turns(ask, 3, late, 3)); /* a retry, perhaps */
	assert_false(turns(in_turns, 3, ask, 3));
	assert_false(turns(ask, 0, in_turns, 0));
}

/* Stamps and bounds that no clock has: any fate will do, but no overflow. */
static void stamps_at_the_ends_of_time_have_a_fate(void **state)
{
	static const int64_t ends[] = { INT64_MIN, INT64_MIN + 1, -1,
					INT64_MAX - 1, INT64_MAX };

	(void)state;
	for (int k = 0; k < 5; k++)
		for (int f = 0; f < 5; f++)
			for (int acks = 0; acks < 2; acks++) {
				static struct scene t;

				flow(&t, 8);
				drop_last(&t, 1);
				if (acks)
					acked(&t, 95, SEQ + 8 * LEN);
				open_scene(&t);
				t.near.rec[7].time_ns = ends[k];
				t.hop.f_low = t.hop.f_high = ends[f];
				fate_of(&t, 7);
				decide_orphan(&t.c, 0, 6);
				t.hop.pace = hop_f_bounded(ends[f]);
				t.hop.dev = HOP_DEV_MOST;
				t.far.rec[6].time_ns = ends[k];
				fate_of(&t, 7);
				decide_orphan(&t.c, 0, 6);
				t.hop.paced = false;
				memset(t.hop.near_is, 0, t.near.s.n);
				decide_absent(&t.c, 0, 7, 0, LEN);
				decide_orphan(&t.c, 0, 6);
				close_scene(&t);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_ack_before_another_copy_proves_that_it_passed),
		cmocka_unit_test(what_came_with_other_numbers_is_not_lost),
		cmocka_unit_test(stamps_at_the_ends_of_time_have_a_fate),
		cmocka_unit_test(an_ack_after_two_missing_copies_is_of_either),
		cmocka_unit_test(
			silence_while_the_far_capture_was_deaf_proves_nothing),
		cmocka_unit_test(
			a_hole_is_of_the_hop_if_the_far_capture_is_trusted),
		cmocka_unit_test(
			a_copy_at_the_last_point_tells_what_is_lost_behind_it),
		cmocka_unit_test(an_ack_after_a_lost_copy_is_of_the_next),
		cmocka_unit_test(
			a_hole_while_the_far_capture_was_deaf_may_be_behind_it),
		cmocka_unit_test(
			a_hole_beside_a_packet_that_was_missed_is_a_loss),
		cmocka_unit_test(an_ack_that_crosses_the_copy_is_no_answer),
		cmocka_unit_test(copies_that_the_near_point_missed_count),
		cmocka_unit_test(a_copy_that_the_far_point_shows_first_counts),
		cmocka_unit_test(
			an_ack_of_the_copy_that_arrives_first_is_of_no_earlier_one),
		cmocka_unit_test(
			an_answer_to_an_earlier_copy_is_not_after_the_next),
		cmocka_unit_test(an_answer_comes_after_what_it_answers),
		cmocka_unit_test(a_syn_that_another_stands_for_is_not_lost),
		cmocka_unit_test(an_ack_of_another_id_does_not_stand_for_it),
		cmocka_unit_test(an_id_that_all_have_stands_for_none),
		cmocka_unit_test(an_ack_of_other_sacks_does_not_stand_for_it),
		cmocka_unit_test(a_reset_does_not_stand_for_an_ack),
		cmocka_unit_test(
			a_datagram_whose_content_came_late_is_not_lost),
		cmocka_unit_test(
			bytes_that_another_copy_brought_over_a_relay_concern_its_side),
		cmocka_unit_test(requests_in_turns_with_answers_all_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
