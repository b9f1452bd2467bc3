/* Numbers of copies on the hops of a path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "store/match_int.h"
#include "tests/correlate/path.h"

struct line {
	struct fate_entry e;
	int from;
};

struct lines {
	struct line at[256];
	size_t n;
};

static void take(void *ctx, uint32_t number, const struct buf *data)
{
	struct lines *l = ctx;
	struct match_reader r;

	(void)number;
	match_reader_start(&r, data->at, data->n);
	while (l->n < 256 && match_reader_next(&r, &l->at[l->n].e))
		l->at[l->n++].from = r.from;
}

static void sweep(struct scene *t, struct lines *l)
{
	l->n = 0;
	t->s.out = match_writer_new();
	sweep_session(&t->env, &t->s);
	match_writer_take(t->s.out, take, l);
	match_writer_free(t->s.out);
	figures_release(&t->s.fig);
}

/* Copy of the record that point @from has at @near, or the one behind it at
 * @far. */
static uint32_t copy_of(const struct lines *l, int from, uint64_t near,
			uint64_t far)
{
	for (size_t k = 0; k < l->n; k++)
		if (l->at[k].from == from && l->at[k].e.near == near &&
		    (near != FATE_NO_RECORD || l->at[k].e.far == far))
			return l->at[k].e.copy;
	fail();
	return 0;
}

/* Segment 4 is sent again at 300 ms; bit p of @first and @again: point p has
 * it. */
static void sent_again(struct scene *t, uint32_t first, uint32_t again)
{
	uint8_t reached[N];

	memset(reached, BOTH, sizeof reached);
	reached[4] = (uint8_t)(first >> 1);
	open_scene(t, reached);
	for (uint32_t p = 0; p < POINTS; p++) {
		if (p == 0 && !(first & 1)) {
			memmove(&t->data[0].rec[4], &t->data[0].rec[5],
				(N - 5) * sizeof(struct record));
			t->data[0].s.n--;
		}
		if (again >> p & 1)
			add(&t->data[p], 300 + p * 10, 1400, 100, 300);
		t->strand[p * 2].n = t->data[p].s.n;
	}
}

static void a_copy_has_its_number_on_all_hops(void **state)
{
	static struct scene t;
	static struct lines l;

	(void)state;
	sent_again(&t, 1, 7); /* the first one is lost before the middle */
	sweep(&t, &l);
	assert_int_equal(copy_of(&l, 0, 4, 0), 1);
	assert_int_equal(copy_of(&l, 0, N, 0), 2);
	assert_int_equal(copy_of(&l, 1, N - 1, 0), 2);
	close_scene(&t);
}

static void what_the_near_point_missed_is_counted(void **state)
{
	static struct scene t;
	static struct lines l;

	(void)state;
	sent_again(&t, 6, 7); /* the client's capture has the second only */
	sweep(&t, &l);
	assert_int_equal(copy_of(&l, 0, FATE_NO_RECORD, 4), 1);
	assert_int_equal(copy_of(&l, 0, N - 1, 0), 2);
	assert_int_equal(copy_of(&l, 1, N, 0), 2);
	close_scene(&t);
}

static void a_copy_that_the_near_point_missed_is_no_first_one(void **state)
{
	static struct scene t;
	static struct lines l;

	(void)state;
	sent_again(&t, 1, 6); /* it has the first only, and that is lost */
	sweep(&t, &l);
	assert_int_equal(copy_of(&l, 0, 4, 0), 1);
	assert_int_equal(copy_of(&l, 0, FATE_NO_RECORD, N - 1), 2);
	assert_int_equal(copy_of(&l, 1, N - 1, 0), 2);
	close_scene(&t);
}

/* An acknowledgement of @number, with one block, at all points; @ms at the last. */
static void acked(struct scene *t, int64_t ms, uint32_t number, uint32_t from,
		  uint32_t end)
{
	for (uint32_t p = 0; p < POINTS; p++) {
		struct record *r = add(&t->acks[p], ms + (2 - p) * 10, 1, 0, 1);

		r->ack64 = seq_first(number);
		r->n_sack = 1;
		r->sack[0][0] = from;
		r->sack[0][1] = end;
		t->strand[p * 2 + 1].n = t->acks[p].s.n;
		t->strand[p * 2 + 1].get = strand_of_array;
		t->strand[p * 2 + 1].ctx = t->acks[p].rec;
	}
}

/* The first copy is lost, and the network behind the middle doubles the second: that
 * the server had it twice does not show that the first one came, too. */
static void a_copy_doubled_further_on_proves_no_other(void **state)
{
	static struct scene t;
	static struct lines l;

	(void)state;
	sent_again(&t, 1, 7);
	add(&t.data[2], 321, 1400, 100, 300);
	t.strand[4].n = t.data[2].s.n;
	acked(&t, 120, 1400, 1500, 3400);
	acked(&t, 321, 3400, 1500, 3400);
	acked(&t, 322, 3400, 1400, 1500);
	sweep(&t, &l);
	for (size_t k = 0; k < l.n; k++)
		if (l.at[k].from == 0 && l.at[k].e.near == 4)
			assert_int_equal(l.at[k].e.fate, FATE_LOST);
	close_scene(&t);
}

/* A large packet was cut into four.  The middle missed all of them, and the
 * second was lost. */
static void of_a_large_packet_each_piece_has_its_fate(void **state)
{
	static struct scene t;
	static struct lines l;
	uint8_t reached[N];
	struct fate_entry got[8];
	size_t n = 0;

	(void)state;
	memset(reached, BOTH, sizeof reached);
	reached[4] = reached[6] = reached[7] = END;
	reached[5] = 0;
	open_scene(&t, reached);
	t.data[0].rec[4].pay_len = 400;
	memmove(&t.data[0].rec[5], &t.data[0].rec[8],
		(N - 8) * sizeof(struct record));
	t.data[0].s.n = t.strand[0].n = N - 3;
	for (uint32_t k = 4; k < 7; k++) {
		t.data[2].rec[k].tsval = t.data[2].rec[4].tsval;
		t.data[2].rec[k].time_ns = t.data[2].rec[4].time_ns;
	}
	sweep(&t, &l);
	for (size_t k = 0; k < l.n && n < 8; k++)
		if (l.at[k].from == 0 && l.at[k].e.near == 4)
			got[n++] = l.at[k].e;
	assert_int_equal(n, 3);
	assert_int_equal(got[0].off, 0);
	assert_int_equal(got[0].len, 100);
	assert_int_equal(got[0].fate, FATE_UNSEEN);
	assert_int_equal(got[1].off, 100);
	assert_int_equal(got[1].len, 100);
	assert_int_not_equal(got[1].fate, FATE_UNSEEN);
	assert_int_equal(got[2].off, 200);
	assert_int_equal(got[2].len, 200);
	assert_int_equal(got[2].fate, FATE_UNSEEN);
	close_scene(&t);
}

/* The server's capture and the middle's became deaf: only the client's has the
 * answer to what the middle had last. */
static void an_answer_that_only_a_point_before_has_proves_arrival(void **state)
{
	static struct scene t;
	static struct lines l;
	uint8_t reached[N];
	size_t n = 0;

	(void)state;
	memset(reached, BOTH, sizeof reached);
	reached[N - 1] = MIDDLE;
	open_scene(&t, reached);
	add(&t.acks[0], (N - 1) * 4 + 45, 1, 0, 1)->ack64 = seq_first(1000 +
								      N * 100);
	t.strand[1].n = t.acks[0].s.n;
	t.strand[1].get = strand_of_array;
	t.strand[1].ctx = t.acks[0].rec;
	sweep(&t, &l);
	for (size_t k = 0; k < l.n; k++)
		if (l.at[k].from == 1 && l.at[k].e.near == N - 1) {
			assert_int_equal(l.at[k].e.fate, FATE_UNSEEN);
			assert_int_equal(l.at[k].e.basis, BASIS_PROOF);
			n++;
		}
	assert_int_equal(n, 1);
	close_scene(&t);
}

/* All go by the middle, but some of other sessions do not; one is lost behind it:
 * its way is that of the others, and so it has a fate there. */
static void what_went_the_way_of_others_has_its_fate_there(void **state)
{
	static struct scene t;
	static struct lines l;
	uint8_t reached[N];
	size_t lost = 0;

	(void)state;
	memset(reached, BOTH, sizeof reached);
	reached[12] = 0;
	open_scene(&t, reached);
	t.sees[1] = 1 | 2 | 4 | 8;
	memset(t.loss, 0xff, sizeof t.loss);
	sweep(&t, &l);
	for (size_t k = 0; k < l.n; k++) {
		assert_int_not_equal(l.at[k].e.reason, WHY_COPY_UNKNOWN);
		lost += l.at[k].e.near == 12 && l.at[k].from == 0 &&
			l.at[k].e.fate != FATE_DELIVERED;
	}
	assert_int_equal(lost, 1);
	close_scene(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_large_packet_each_piece_has_its_fate),
		cmocka_unit_test(
			an_answer_that_only_a_point_before_has_proves_arrival),
		cmocka_unit_test(a_copy_has_its_number_on_all_hops),
		cmocka_unit_test(a_copy_doubled_further_on_proves_no_other),
		cmocka_unit_test(what_the_near_point_missed_is_counted),
		cmocka_unit_test(
			a_copy_that_the_near_point_missed_is_no_first_one),
		cmocka_unit_test(
			what_went_the_way_of_others_has_its_fate_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
