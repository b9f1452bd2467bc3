/* Links of one hop: small hand-made strands, expected counterparts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "correlate/hop.h"
#include "correlate/proof.h"
#include "correlate/watch.h"
#include "tests/correlate/side.h"

static struct hop match(struct side *near, struct side *far, uint32_t delta)
{
	struct hop h = { .delta = delta,
			 .use_ts = true,
			 .tick = 1,
			 .f_low = INT64_MIN,
			 .f_high = INT64_MAX,
			 .max_transit = 30000 * MS };

	hop_init(&h, &near->s, &far->s, true);
	hop_match(&h);
	return h;
}

static void links_in_order_over_a_wrap_of_numbers(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 8; k++) {
		add(&a, k, 0xfffffe00u + k * 100, 100, 10 + k);
		add(&b, k + 20, 77 + k * 100, 100, 10 + k);
	}
	h = match(&a, &b, 77u - 0xfffffe00u);
	for (uint32_t k = 0; k < 8; k++)
		assert_int_equal(h.far_of[k], k);
	hop_release(&h);
}

static void a_super_segment_equals_its_pieces(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 2580, 5);
	add(&b, 10, 1000, 1460, 5);
	add(&b, 10, 2460, 1120, 5);
	h = match(&a, &b, 0);
	assert_int_equal(h.near_is[0] & (LINKED | LINK_RESEG),
			 LINKED | LINK_RESEG);
	assert_int_equal(h.far_of[0], 1);
	hop_release(&h);
}

/* Bursts through a deep buffer that others fill, too: from one to the next the
 * queue may be shorter by half a second. */
static void a_queue_that_drains_between_bursts_loses_nothing(void **state)
{
	static const int64_t sent[] = { 0, 1000, 3000 },
			     took[] = { 160, 700, 250 };
	static struct side a, b;
	struct hop h = { .tick = 1,
			 .paced = true,
			 .pace = 15 * MS,
			 .dev = MS,
			 .f_low = -15 * MS,
			 .f_high = 15 * MS,
			 .max_transit = 30000 * MS };

	(void)state;
	for (uint32_t k = 0; k < 48; k++) {
		uint32_t burst = k / 16;
		int64_t at = sent[burst] + k % 16;
		int64_t came = at + took[burst] + 6 * (k % 16);

		add(&a, at, 1000 + k * 100, 100, 0)->opts = 0;
		add(&b, came, 1000 + k * 100, 100, 0)->opts = 0;
	}
	hop_init(&h, &a.s, &b.s, true);
	hop_match(&h);
	for (uint32_t k = 0; k < 48; k++)
		assert_int_equal(h.far_of[k], k);
	hop_release(&h);
}

/* A router refuses the first of two segments, of which the second passes, and the
 * sender cuts both anew in the same millisecond: the new pieces make up the same
 * bytes as the old ones, and are not they. */
static void what_is_sent_again_in_smaller_pieces_is_another(void **state)
{
	static const uint32_t from[] = { 1000, 2448, 1000, 2348 };
	static const uint32_t len[] = { 1448, 1047, 1348, 1147 };
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 8; k++) {
		add(&a, k, 200 + k * 100, 100, 5)->ip_id = (uint16_t)(10 + k);
		add(&b, k + 20, 200 + k * 100, 100, 5)->ip_id = (uint16_t)(10 +
									   k);
	}
	for (uint32_t k = 0; k < 4; k++) {
		add(&a, 10, from[k], len[k], 9)->ip_id = (uint16_t)(18 + k);
		if (k)
			add(&b, 30, from[k], len[k], 9)->ip_id = (uint16_t)(18 +
									    k);
	}
	h = match(&a, &b, 0);
	assert_true(h.use_id);
	assert_int_equal(h.far_of[8], LINK_NONE);
	for (uint32_t k = 9; k < 12; k++)
		assert_int_equal(h.far_of[k], k - 1);
	hop_release(&h);
}

static void a_lost_piece_leaves_the_rest_found(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 4380, 5);
	add(&b, 10, 1000, 1460, 5);
	add(&b, 10, 3920, 1460, 5);
	h = match(&a, &b, 0);
	assert_true(h.near_is[0] & LINK_PART);
	assert_int_equal(h.piece.n, 2);
	assert_int_equal(h.piece.at[1].off, 2920);
	hop_release(&h);
}

static void the_copy_of_equal_time_stamp_arrived(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 6; k++) {
		add(&a, k, 1000 + k * 100, 100, 10 + k);
		if (k != 3)
			add(&b, k + 20, 1000 + k * 100, 100, 10 + k);
	}
	add(&a, 300, 1300, 100, 310);
	add(&b, 320, 1300, 100, 310);
	h = match(&a, &b, 0);
	assert_int_equal(h.far_of[3], LINK_NONE);
	assert_int_equal(h.far_of[6], 5);
	hop_release(&h);
}

static void a_second_arrival_is_a_duplicate(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 6; k++) {
		add(&a, k, 1000 + k * 100, 100, 10 + k);
		add(&b, k + 20, 1000 + k * 100, 100, 10 + k);
		if (k == 2)
			add(&b, k + 20, 1000 + k * 100, 100, 10 + k);
	}
	h = match(&a, &b, 0);
	assert_true(h.near_is[2] & LINK_DUP);
	assert_true(h.far_is[3] & LINK_DUP);
	assert_int_equal(h.far_of[5], 6);
	hop_release(&h);
}

static void the_overtaken_one_is_late(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 6; k++)
		add(&a, k, 1000 + k * 100, 100, 10 + k);
	for (uint32_t k = 0; k < 6; k++) {
		uint32_t p = k == 2 ? 3 : k == 3 ? 2 : k;

		add(&b, k + 20, 1000 + p * 100, 100, 10 + p);
	}
	h = match(&a, &b, 0);
	assert_int_equal(h.far_of[2], 3);
	assert_true(h.near_is[2] & LINK_LATE);
	assert_false(h.near_is[3] & LINK_LATE);
	hop_release(&h);
}

static struct proof ask(struct side *acks, int64_t until)
{
	struct proof_view v = { .acks = &acks->s,
				.from_ns = 10 * MS,
				.settled_ns = 11 * MS,
				.until_ns = until,
				.again_ns = until,
				.beyond = true };

	return proof_look(&v, 1000, 1100);
}

static void an_ack_before_the_next_copy_proves_arrival(void **state)
{
	static struct side r;

	(void)state;
	add(&r, 5, 1, 0, 1)->ack64 = seq_first(1000);
	add(&r, 30, 1, 0, 1)->ack64 = seq_first(1200);
	assert_int_equal(ask(&r, 50 * MS).verdict, PROOF_ACKED);
	assert_int_equal(ask(&r, 20 * MS).verdict, PROOF_SILENCE);
	/* sent again before an answer can have come: needless, perhaps */
	assert_int_equal(ask(&r, 10 * MS).verdict, PROOF_NONE);
}

static void sacks_beyond_show_a_hole(void **state)
{
	static struct side r;
	struct record *k;

	(void)state;
	k = add(&r, 15, 1, 0, 1);
	k->ack64 = seq_first(1000);
	k->n_sack = 1;
	k->sack[0][0] = 1100;
	k->sack[0][1] = 1300;
	assert_int_equal(ask(&r, 50 * MS).verdict, PROOF_HOLE);
	k->sack[0][0] = 1000;
	assert_int_equal(ask(&r, 50 * MS).verdict, PROOF_SACKED);
}

static void a_capture_hides_what_passed_while_it_did_not_run(void **state)
{
	struct watch w = { .packets = 1000000 };

	(void)state;
	watch_add(&w, 3000 * MS, 4000 * MS);
	watch_add(&w, 1000 * MS, 2000 * MS);
	watch_sort(&w);
	assert_int_equal(watch_hides(&w, 1 * MS, 2 * MS), WHY_NOT_RUNNING);
	assert_int_equal(watch_hides(&w, 900 * MS, 1100 * MS), WHY_EDGE);
	assert_int_equal(watch_hides(&w, 1500 * MS, 1600 * MS), WHY_NONE);
	assert_int_equal(watch_hides(&w, 2500 * MS, 2600 * MS), WHY_ROTATION);
	assert_int_equal(watch_hides(&w, 4500 * MS, 4600 * MS),
			 WHY_NOT_RUNNING);
	watch_release(&w);
}

static void absence_is_no_loss_where_the_capture_misses(void **state)
{
	struct trust clean = { 5000, 0 }, gaps = { 5000, 50 };
	struct absences lossy = {
		.decided = 2000, .lost = 40, .open = 500, .absent = 10
	};
	struct absences one = { .decided = 200, .open = 200, .absent = 1 };

	(void)state;
	assert_true(absence_is_loss(&clean, &lossy, false));
	assert_false(absence_is_loss(&gaps, &lossy, false));
	clean.passed = 200;
	assert_false(absence_is_loss(&clean, &one, false));
}

/* Half of what is there first was lost and sent again soon: pairs of first and
 * second copies must not hide that IP IDs survive. */
static void ids_survive_though_copies_were_taken_for_pairs(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 16; k++) {
		add(&a, k, 1000 + k * 100, 100, 0)->ip_id = (uint16_t)(500 + k);
		if (k < 4)
			add(&b, k + 20, 1000 + k * 100, 100, 0)->ip_id =
				(uint16_t)(500 + k);
	}
	for (uint32_t k = 4; k < 16; k++) {
		uint16_t id = (uint16_t)(600 + k);

		add(&a, 40 + k, 1000 + k * 100, 100, 0)->ip_id = id;
		add(&b, 60 + k, 1000 + k * 100, 100, 0)->ip_id = id;
	}
	for (uint32_t k = 0; k < a.s.n; k++)
		a.rec[k].opts = 0;
	for (uint32_t k = 0; k < b.s.n; k++)
		b.rec[k].opts = 0;
	h = match(&a, &b, 0);
	assert_true(h.use_id);
	for (uint32_t k = 4; k < 16; k++) {
		assert_int_equal(h.far_of[k], LINK_NONE);
		assert_int_equal(h.far_of[12 + k], k);
	}
	hop_release(&h);
}

/* Repeated acknowledgements at the start of a capture teach nothing; what comes
 * behind them does. */
/* IDs survive, but those of the first packet's copies are all 0, and there are
 * no time stamps: only time tells which of the three arrived. */
static void an_id_of_zero_tells_no_copies(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 0, 0); /* lost */
	add(&a, 1000, 1000, 0, 0);
	add(&a, 1015, 1000, 0, 0);
	add(&b, 1020, 1000, 0, 0);
	add(&b, 1035, 1000, 0, 0);
	for (int k = 0; k < 3; k++)
		a.rec[k].tcp_flags |= REC_SYN;
	for (int k = 0; k < 2; k++)
		b.rec[k].tcp_flags |= REC_SYN;
	for (uint32_t k = 0; k < 20; k++) {
		add(&a, 1050 + k * 10, 1001 + k * 100, 100, 0)->ip_id =
			(uint16_t)(k + 1);
		add(&b, 1070 + k * 10, 1001 + k * 100, 100, 0)->ip_id =
			(uint16_t)(k + 1);
	}
	for (uint32_t k = 0; k < a.s.n; k++)
		a.rec[k].opts = 0;
	for (uint32_t k = 0; k < b.s.n; k++)
		b.rec[k].opts = 0;
	h = match(&a, &b, 0);
	assert_true(h.use_id);
	assert_int_equal(h.far_of[0], LINK_NONE);
	assert_int_equal(h.far_of[1], 0);
	assert_int_equal(h.far_of[2], 1);
	hop_release(&h);
}

static void learns_behind_a_run_of_equal_acks(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 30; k++) {
		add(&a, k, 1000, 0, 0)->ip_id = (uint16_t)(500 + k);
		if (k > 20)
			add(&b, k + 20, 1000, 0, 0)->ip_id = (uint16_t)(500 +
									k);
	}
	for (uint32_t k = 30; k < 40; k++) {
		uint16_t id = (uint16_t)(500 + k);

		add(&a, k, 1000 + k * 100, 100, 0)->ip_id = id;
		add(&b, k + 20, 1000 + k * 100, 100, 0)->ip_id = id;
	}
	h = match(&a, &b, 0);
	assert_true(h.use_id);
	for (uint32_t k = 21; k < 40; k++)
		assert_int_equal(h.far_of[k], k - 21);
	hop_release(&h);
}

/* Without time stamps the later copies of lost pieces fit a super-segment, too,
 * but for the time. */
static void later_copies_are_no_pieces_of_a_super_segment(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 3000, 0)->opts = 0;
	add(&b, 20, 1000, 1000, 0)->opts = 0;
	add(&b, 21, 2000, 1000, 0)->opts = 0;
	add(&a, 300, 3000, 1000, 0)->opts = 0;
	add(&b, 320, 3000, 1000, 0)->opts = 0;
	h = match(&a, &b, 0);
	assert_true(h.near_is[0] & LINK_PART);
	assert_int_equal(h.far_of[1], 2);
	hop_release(&h);
}

/* What was sent nearest in time tells what is usual, not what is as near in
 * number on the other side of a pause. */
static void pace_is_that_of_the_same_time(void **state)
{
	static struct side a, b;
	struct hop h;
	int64_t pace, dev;

	(void)state;
	for (uint32_t k = 0; k < 16; k++) {
		int64_t t = k < 6 ? k : 2000 + k, f = k < 6 ? 20 : 60;

		add(&a, t, 1000 + k * 100, 100, k + 1);
		add(&b, t + f, 1000 + k * 100, 100, k + 1);
	}
	h = match(&a, &b, 0);
	assert_true(hop_pace_at(&h, 6, &pace, &dev));
	assert_int_equal(pace, 60 * MS);
	assert_true(hop_pace_at(&h, 5, &pace, &dev));
	assert_int_equal(pace, 20 * MS);
	hop_release(&h);
}

/* The first copies come late, merged; the later ones come as they were sent,
 * with IDs of their own. */
static void a_merged_record_is_not_of_copies_sent_later(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 16; k++) {
		uint32_t at = k < 14 ? k : k - 6; /* again: 8 and 9 */

		add(&a, k < 14 ? k : 50 + k, at * 100, 100, 0)->opts = 0;
		a.rec[k].ip_id = (uint16_t)(700 + k);
		if (k == 8 || k == 9)
			continue;
		if (k == 14) {
			add(&b, 35, 800, 200, 0)->opts = 0;
			b.rec[b.s.n - 1].ip_id = 708;
		}
		add(&b, 20 + (k < 14 ? k : 50 + k), at * 100, 100, 0)->opts = 0;
		b.rec[b.s.n - 1].ip_id = (uint16_t)(700 + k);
	}
	h = match(&a, &b, 0);
	assert_true(h.use_id);
	assert_int_equal(h.far_of[8], 12);
	assert_int_equal(h.far_of[9], 12);
	assert_int_equal(h.far_of[14], 13);
	assert_int_equal(h.far_of[15], 14);
	hop_release(&h);
}

/* Whatever is linked: no overflow. */
static void stamps_at_the_ends_of_time_are_matched(void **state)
{
	static const int64_t ends[] = { INT64_MIN, INT64_MIN + 1, -1,
					INT64_MAX - 1, INT64_MAX };

	(void)state;
	for (uint32_t k = 0; k < 625; k++) {
		static struct side a, b;
		struct hop h = { .tick = HOP_DEV_MOST,
				 .paced = k % 2,
				 .pace = hop_f_bounded(ends[k / 125]),
				 .dev = HOP_DEV_MOST,
				 .f_low = ends[k / 125],
				 .f_high = ends[k / 25 % 5],
				 .max_transit = HOP_F_MOST };

		a.s.n = b.s.n = 0;
		for (uint32_t i = 0; i < 32; i++) {
			uint32_t n = i % 12;

			add(&a, i, n * 1000, 1000, n)->time_ns =
				ends[(k + i) % 5];
			add(&b, i, n * 1000 + i / 20 * 100, 1000, n)->time_ns =
				ends[(k / 5 + i) % 5];
		}
		hop_init(&h, &a.s, &b.s, true);
		hop_match(&h);
		hop_release(&h);
	}
}

/* Two points on parallel links, packets in turn: none takes the way from one to
 * the other, though ACKs there repeat what others said. */
static void acks_of_parallel_links_are_not_each_other(void **state)
{
	static struct side a, b;
	struct hop h = { .f_low = INT64_MIN,
			 .tick = 1,
			 .f_high = INT64_MAX,
			 .max_transit = 30000 * MS };

	(void)state;
	for (uint32_t k = 0; k < 40; k++) {
		struct record *r = add(k & 1 ? &b : &a, k + (k & 1) * 15, 1, 0,
				       1000 + k);

		r->ip_id = (uint16_t)(13000 + k);
		r->ack64 = seq_first(1 + k / 8 * 1000);
		r->n_sack = 1;
		r->sack[0][0] = 9000;
		r->sack[0][1] = 9000 + k;
	}
	hop_init(&h, &a.s, &b.s, true);
	hop_match(&h);
	for (uint32_t k = 0; k < a.s.n; k++)
		assert_int_equal(h.far_of[k], LINK_NONE);
	hop_release(&h);
}

/* IDs drawn at random: of two acknowledgements the first is lost, and has by chance
 * the ID of the second. */
static void a_lost_ack_of_equal_id_does_not_move_numbers(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 10; k++) {
		uint16_t id = (uint16_t)(k < 9 ? 700 + k * k : 764);
		struct record *r = add(&a, k, 1, 0, 0);

		r->opts = 0;
		r->ip_id = id;
		r->ack64 = seq_first(1 + k * 500);
		if (k == 8)
			continue;
		*add(&b, k, 1, 0, 0) = *r;
		b.rec[b.s.n - 1].time_ns += 20 * MS;
	}
	h = match(&a, &b, 0);
	assert_true(h.use_id);
	assert_int_equal(h.far_of[8], LINK_NONE);
	assert_int_equal(h.far_of[9], 8);
	hop_release(&h);
}

/* The second piece of a super-segment was overtaken, and sent again: its first
 * arrival is before the second one left by more than packets take. */
static void a_copy_of_a_piece_does_not_teach_the_pace(void **state)
{
	static struct side a, b;
	struct hop h = { .f_low = -4 * MS,
			 .f_high = 6 * MS,
			 .tick = 1,
			 .max_transit = 30000 * MS };

	(void)state;
	add(&a, 0, 1000, 5000, 0);
	add(&a, 11, 1500, 500, 0);
	for (uint32_t k = 0; k < 10; k++)
		if (k != 1)
			add(&b, 5, 1000 + 500 * k, 500, 0);
	add(&b, 6, 1500, 500, 0);
	add(&b, 16, 1500, 500, 0);
	for (uint32_t k = 0; k < 2; k++) {
		add(&a, 30 + 10 * k, 6000 + 1000 * k, 1000, 0);
		add(&b, 35 + 10 * k, 6000 + 1000 * k, 1000, 0);
	}
	for (uint32_t k = 0; k < a.s.n; k++)
		a.rec[k].opts = 0;
	for (uint32_t k = 0; k < b.s.n; k++)
		b.rec[k].opts = 0;
	hop_init(&h, &a.s, &b.s, true);
	hop_match(&h);
	assert_int_equal(h.far_of[1], 10);
	assert_int_equal(h.near_is[0] & ~LINK_LATE, LINKED | LINK_RESEG);
	assert_int_equal(h.near_of[9], 0);
	hop_release(&h);
}

/* A queue runs full: of a burst what follows is lost, what is sent later passes,
 * and then all of the lost comes again.  No time stamps tell the copies. */
static void what_a_full_queue_dropped_is_not_what_was_sent_again(void **state)
{
	static struct side near, far;
	struct hop h;
	uint32_t seq = 1000, i;

	(void)state;
	near.s.n = far.s.n = 0;
	for (i = 0; i < 8; i++, seq += 100) {
		add(&near, 0, seq, 100, 0);
		add(&far, 20 + 6 * i, seq, 100, 0);
	}
	for (i = 0; i < 14; i++, seq += 100)
		add(&near, 0, seq, 100, 0); /* lost */
	for (i = 0; i < 60; i++, seq += 100) {
		add(&near, 20 + i / 2, seq, 100, 0);
		add(&far, 64 + i / 2, seq, 100, 0);
	}
	for (i = 0, seq = 1800; i < 14; i++, seq += 100) {
		add(&near, 70 + i, seq, 100, 0);
		add(&far, 100 + i, seq, 100, 0);
	}
	for (i = 0; i < near.s.n; i++)
		near.rec[i].opts = 0;
	for (i = 0; i < far.s.n; i++)
		far.rec[i].opts = 0;
	h = hop_over(&near, &far, 0);
	hop_match(&h);
	for (i = 0; i < 8; i++)
		assert_int_equal(h.far_of[i], i);
	for (; i < 22; i++)
		assert_int_equal(h.far_of[i], LINK_NONE);
	for (; i < near.s.n; i++)
		assert_int_equal(h.far_of[i], i - 14);
	hop_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_queue_that_drains_between_bursts_loses_nothing),
		cmocka_unit_test(a_merged_record_is_not_of_copies_sent_later),
		cmocka_unit_test(a_lost_ack_of_equal_id_does_not_move_numbers),
		cmocka_unit_test(stamps_at_the_ends_of_time_are_matched),
		cmocka_unit_test(links_in_order_over_a_wrap_of_numbers),
		cmocka_unit_test(a_super_segment_equals_its_pieces),
		cmocka_unit_test(a_lost_piece_leaves_the_rest_found),
		cmocka_unit_test(the_copy_of_equal_time_stamp_arrived),
		cmocka_unit_test(a_second_arrival_is_a_duplicate),
		cmocka_unit_test(the_overtaken_one_is_late),
		cmocka_unit_test(an_ack_before_the_next_copy_proves_arrival),
		cmocka_unit_test(sacks_beyond_show_a_hole),
		cmocka_unit_test(
			a_capture_hides_what_passed_while_it_did_not_run),
		cmocka_unit_test(absence_is_no_loss_where_the_capture_misses),
		cmocka_unit_test(
			ids_survive_though_copies_were_taken_for_pairs),
		cmocka_unit_test(an_id_of_zero_tells_no_copies),
		cmocka_unit_test(
			what_is_sent_again_in_smaller_pieces_is_another),
		cmocka_unit_test(learns_behind_a_run_of_equal_acks),
		cmocka_unit_test(later_copies_are_no_pieces_of_a_super_segment),
		cmocka_unit_test(pace_is_that_of_the_same_time),
		cmocka_unit_test(a_copy_of_a_piece_does_not_teach_the_pace),
		cmocka_unit_test(acks_of_parallel_links_are_not_each_other),
		cmocka_unit_test(
			what_a_full_queue_dropped_is_not_what_was_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
