/* The flow table: parts, incarnations, sequence numbers. */
#include "tests/capture/flow_table.h"

static void conversation_is_one_part(void **state)
{
	struct table *x = table_new();
	const struct part *p;
	const struct record *r;

	(void)state;
	handshake(x, 100, 200);
	r = tcp(x, 0, A, 101, 201, "GET / HTTP/1.0\r\n\r\n");
	assert_int_equal(r->part, 1);
	assert_int_equal(r->dir, 0);
	assert_int_equal(r->seq64, EPOCH + 101);
	assert_int_equal(r->ack64, EPOCH + 201);
	r = tcp(x, 1, A | F, 201, 119, "HTTP/1.0 200 OK\r\n");
	assert_int_equal(r->dir, 1);
	flowtab_finish(x->t);
	assert_int_equal(x->parts.n, 1);
	p = part(x, 1);
	assert_int_equal(p->ends[0].port, 5000);
	assert_int_equal(p->ends[1].port, 80);
	assert_int_equal(p->first_frame, 1);
	assert_int_equal(p->last_frame, 5);
	assert_int_equal(p->dir[0].packets, 3);
	assert_int_equal(p->dir[0].bytes, 18);
	assert_true(p->dir[0].syn);
	assert_int_equal(p->dir[0].isn, 100);
	assert_int_equal(p->dir[0].seq_first, EPOCH + 100);
	assert_int_equal(p->dir[0].seq_next, EPOCH + 119);
	assert_int_equal(p->dir[0].ack_max, EPOCH + 201);
	assert_int_equal(p->dir[1].seq_next, EPOCH + 219);
	assert_true(p->dir[1].fin);
	assert_int_equal(p->turns, 2);
	assert_int_equal(p->first_turn_dir, 0);
	assert_int_equal(p->turn_bytes[0], 18);
	assert_int_equal(p->turn_bytes[1], 17);
	assert_int_equal(p->dir[0].head_len, 18);
	assert_int_equal(p->dir[1].head_len, 17);
	assert_int_equal(p->dir[0].any.n, 1);
	assert_int_equal(p->dir[0].turn.n, 1);
	assert_int_equal(p->dir[0].turn.at[0].seq, EPOCH + 101);
	table_free(x);
}

static void answer_seen_first_is_from_end_one(void **state)
{
	struct table *x = table_new();

	(void)state;
	tcp(x, 1, S | A, 200, 101, "");
	assert_int_equal(x->last.rec.dir, 1);
	/* the SYN comes after its answer: as taps with two cards do it */
	tcp(x, 0, S, 100, 0, "");
	assert_int_equal(x->last.rec.dir, 0);
	assert_int_equal(x->last.rec.part, 1);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->ends[0].port, 5000);
	table_free(x);
}

static void repeated_syn_is_the_same_part(void **state)
{
	struct table *x = table_new();

	(void)state;
	tcp(x, 0, S, 100, 0, "");
	x->now += 3 * SECOND;
	tcp(x, 0, S, 100, 0, "");
	tcp(x, 1, R | A, 0, 101, "");
	tcp(x, 0, S, 100, 0, ""); /* some try again after a refusal */
	tcp(x, 1, S | A, 200, 101, "");
	tcp(x, 1, S | A, 200, 101, "");
	flowtab_finish(x->t);
	assert_int_equal(x->parts.n, 1);
	assert_int_equal(part(x, 1)->dir[0].syn_count, 3);
	assert_int_equal(part(x, 1)->dir[1].syn_count, 2);
	table_free(x);
}

static void syn_of_another_number_begins_anew(void **state)
{
	struct table *x = table_new();

	(void)state;
	handshake(x, 100, 200);
	tcp(x, 0, S, 70000, 0, "");
	assert_int_equal(x->last.rec.part, 2);
	tcp(x, 1, S | A, 90000, 70001, "");
	assert_int_equal(x->last.rec.part, 2);
	tcp(x, 1, R, 90001, 0, "");
	tcp(x, 0, S, 80000, 0, "");
	assert_int_equal(x->last.rec.part, 3);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->incarnation, 0);
	assert_int_equal(part(x, 2)->incarnation, 1);
	assert_int_equal(part(x, 3)->incarnation, 2);
	table_free(x);
}

static void syn_ack_of_an_unseen_syn_begins_anew(void **state)
{
	struct table *x = table_new();

	(void)state;
	handshake(x, 100, 200);
	tcp(x, 1, A, 201, 101, "old bytes");
	tcp(x, 1, S | A, 5000000, 3000001, "");
	assert_int_equal(x->last.rec.part, 2);
	table_free(x);
}

/* A server's reset crosses the SYN of the next connection from the same port. */
static void a_late_reset_is_none_of_the_next_connection(void **state)
{
	struct table *x = table_new();

	(void)state;
	handshake(x, 100, 200);
	tcp(x, 1, A, 201, 101, "bytes");
	tcp(x, 0, S, 5000000, 0, "");
	assert_int_equal(x->last.rec.part, 2);
	tcp(x, 1, R | A, 206, 101, "");
	assert_int_equal(x->last.rec.part, 3);
	tcp(x, 1, S | A, 7000000, 5000001, "");
	assert_int_equal(x->last.rec.part, 2);
	tcp(x, 0, A, 5000001, 7000001, "");
	assert_int_equal(x->last.rec.part, 2);
	flowtab_finish(x->t);
	assert_int_equal(x->parts.n, 3);
	assert_int_equal(part(x, 3)->incarnation, 0);
	assert_int_equal(part(x, 3)->dir[1].seq_first, EPOCH + 206);
	assert_int_equal(part(x, 2)->incarnation, 1);
	assert_false(part(x, 2)->dir[1].rst);
	table_free(x);
}

/* One that refuses the SYN, or has other numbers, is the new one's. */
static void a_reset_of_the_next_connection_is_its_own(void **state)
{
	struct table *x = table_new();

	(void)state;
	handshake(x, 100, 200);
	tcp(x, 0, S, 5000000, 0, "");
	tcp(x, 1, R | A, 0, 5000001, "");
	assert_int_equal(x->last.rec.part, 2);
	tcp(x, 1, R | A, 201, 5000001, "");
	assert_int_equal(x->last.rec.part, 2);
	tcp(x, 1, R, 90000000, 0, "");
	assert_int_equal(x->last.rec.part, 2);
	tcp(x, 1, S | A, 150, 5000001, "");
	tcp(x, 1, R, 151, 0, "");
	assert_int_equal(x->last.rec.part, 2);
	table_free(x);
}

static void silence_alone_is_no_new_part(void **state)
{
	struct table *x = table_new();

	(void)state;
	handshake(x, 100, 200);
	x->now += 300 * SECOND;
	tcp(x, 0, A, 101, 201, "still here");
	assert_int_equal(x->last.rec.part, 1);
	x->now += 300 * SECOND;
	tcp(x, 0, A, 500000000, 201, "another one");
	assert_int_equal(x->last.rec.part, 2);
	x->now += 700 * SECOND;
	tcp(x, 0, A, 500000011, 201, "goes on");
	assert_int_equal(x->last.rec.part, 3);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 3)->incarnation, 2);
	table_free(x);
}

static void numbers_unwrap_past_four_gigabytes(void **state)
{
	struct table *x = table_new();
	uint64_t want = EPOCH + 0xffffff00u;
	const struct record *r;

	(void)state;
	for (int i = 0; i < 40; i++, want += 500000000) {
		r = tcp(x, 0, A, (uint32_t)want, 1, "x");
		assert_int_equal(r->seq64, want);
		r = tcp(x, 1, A, 1, (uint32_t)want + 1, "");
		assert_int_equal(r->ack64, want + 1);
	}
	table_free(x);
}

static void acks_alone_carry_the_other_place_on(void **state)
{
	struct table *x = table_new();
	uint64_t want = EPOCH + 17;

	(void)state;
	for (int i = 0; i < 40; i++, want += 500000000)
		assert_int_equal(tcp(x, 1, A, 1, (uint32_t)want, "")->ack64,
				 want);
	want -= 500000000;
	assert_int_equal(tcp(x, 0, A, (uint32_t)want, 1, "x")->seq64, want);
	table_free(x);
}

static void reset_and_far_jump_do_not_move(void **state)
{
	struct table *x = table_new();

	(void)state;
	tcp(x, 0, A, 1000, 1, "abc");
	tcp(x, 0, R, 3000000000u, 0, "");
	tcp(x, 0, A, 2000001000u, 1, "abc");
	assert_int_equal(x->last.rec.seq64, EPOCH + 2000001000u);
	tcp(x, 0, A, 1003, 1, "abc");
	assert_int_equal(x->last.rec.seq64, EPOCH + 1003);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->dir[0].seq_next, EPOCH + 1006);
	table_free(x);
}

static void resets_alone_have_a_number(void **state)
{
	struct table *x = table_new();

	(void)state;
	tcp(x, 1, R | A, 700, 300, "");
	flowtab_finish(x->t);
	for (int d = 0; d < 2; d++)
		if (part(x, 1)->dir[d].packets) {
			assert_int_equal(part(x, 1)->dir[d].seq_first,
					 EPOCH + 700);
			assert_int_equal(part(x, 1)->dir[d].seq_next,
					 EPOCH + 700);
		}
	table_free(x);
	x = table_new();
	tcp(x, 0, R, 50, 0, ""); /* of an earlier connection */
	tcp(x, 0, A, 900, 300, "data");
	tcp(x, 0, R, 5000, 0, "");
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->dir[0].seq_first, EPOCH + 900);
	assert_int_equal(part(x, 1)->dir[0].seq_next, EPOCH + 904);
	table_free(x);
	x = table_new();
	tcp(x, 0, S, 100, 0, "");
	tcp(x, 1, R | A, 0, 101, ""); /* refused */
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->dir[1].seq_first, 0);
	table_free(x);
}

static void datagrams_are_numbered(void **state)
{
	struct table *x = table_new();

	(void)state;
	assert_int_equal(udp(x, 0, "query")->seq64, 1);
	assert_int_equal(udp(x, 1, "answer")->seq64, 1);
	assert_int_equal(udp(x, 0, "another")->seq64, 2);
	x->now += 121 * SECOND;
	assert_int_equal(udp(x, 0, "query 3")->seq64, 1);
	assert_int_equal(x->last.rec.part, 2);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->turns, 3);
	assert_int_equal(part(x, 1)->dir[0].head_len, 5);
	assert_int_equal(part(x, 1)->dir[0].any.n, 2);
	assert_int_equal(part(x, 2)->incarnation, 1);
	table_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversation_is_one_part),
		cmocka_unit_test(answer_seen_first_is_from_end_one),
		cmocka_unit_test(resets_alone_have_a_number),
		cmocka_unit_test(repeated_syn_is_the_same_part),
		cmocka_unit_test(syn_of_another_number_begins_anew),
		cmocka_unit_test(syn_ack_of_an_unseen_syn_begins_anew),
		cmocka_unit_test(a_late_reset_is_none_of_the_next_connection),
		cmocka_unit_test(a_reset_of_the_next_connection_is_its_own),
		cmocka_unit_test(silence_alone_is_no_new_part),
		cmocka_unit_test(numbers_unwrap_past_four_gigabytes),
		cmocka_unit_test(acks_alone_carry_the_other_place_on),
		cmocka_unit_test(reset_and_far_jump_do_not_move),
		cmocka_unit_test(datagrams_are_numbered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
