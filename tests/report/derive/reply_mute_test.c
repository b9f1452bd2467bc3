/* reply.cut of servers that close first, without a word. */
#include "tests/report/derive/desk.h"

#define ISN 1000 /* of both, as the desk's flows have it */

static const struct record syn = { .seq64 = ISN, .tcp_flags = REC_SYN };
static const struct record answer = { .seq64 = ISN,
				      .ack64 = ISN + 1,
				      .tcp_flags = REC_SYN | REC_ACK };

static struct record close_at(uint64_t seq, uint64_t ack)
{
	return (struct record){ .seq64 = seq,
				.ack64 = ack,
				.tcp_flags = REC_FIN | REC_ACK };
}

/* It opens within 10 ms; @len bytes are asked at 20 ms, none for 0; the server closes
 * at @fin ms. */
static struct tape closes(uint32_t len, int64_t fin)
{
	struct tape t = { 0 };

	tape_add(&t, 0, 0, syn);
	tape_add(&t, 1, 10, answer);
	if (len)
		tape_add(&t, 0, 20,
			 (struct record){ .seq64 = ISN + 1,
					  .ack64 = ISN + 1,
					  .pay_len = len,
					  .tcp_flags = REC_ACK });
	tape_add(&t, 1, fin, close_at(ISN + 1, ISN + 1 + len));
	return t;
}

static struct derive *with(const struct tape *t)
{
	struct derive *d = desk_new(2, &rules_reply);
	struct flow_view *f = &d->view.flow[1];

	desk_records(d, 1, t);
	f->dir[0].syn_ns = T0;
	f->dir[1].syn_ns = T0 + 10 * MS;
	f->dir[1].fin = true;
	return d;
}

static bool is_told(const struct tape *t)
{
	struct derive *d = with(t);
	bool told;

	desk_show(d);
	told = desk_finish(d, "reply.cut") != NULL;
	desk_free(d);
	return told;
}

static void a_close_before_anything_is_asked(void **state)
{
	struct tape t = closes(0, 15);
	struct derive *d = with(&t);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "reply.cut");
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f,
			       "10.0.0.9:443 accepts 1 connection and closes "
			       "it at once"));
	assert_int_equal(f->row.n_evidence, 1);
	assert_int_equal(f->row.evidence[0].frame, t.at[1][1].frame);
	desk_free(d);
}

static void a_close_instead_of_an_answer(void **state)
{
	struct tape t = closes(100, 25);
	struct derive *d = with(&t);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "reply.cut");
	assert_true(draft_says(f, "10.0.0.9:443 closes 1 connection without "
				  "answering what is asked"));
	assert_int_equal(f->row.n_evidence, 2);
	assert_int_equal(f->row.evidence[0].frame, t.at[0][1].frame);
	desk_free(d);
}

/* The request was under way: it refuses who comes, not what is asked. */
static void a_request_that_it_does_not_acknowledge_was_not_read(void **state)
{
	struct tape t = closes(100, 25);
	struct derive *d;

	(void)state;
	t.at[1][1].ack64 = ISN + 1;
	d = with(&t);
	assert_true(draft_says(desk_found(d, "reply.cut"), "before anything is "
							   "asked"));
	desk_free(d);
}

/* Within a second of the SYN,ACK, or of what is asked. */
static void a_later_close_ends_what_rests(void **state)
{
	(void)state;
	for (int64_t late = 0; late < 2; late++) {
		struct tape t = closes(0, 1009 + late);
		struct tape asked = closes(100, 1019 + late);

		assert_int_equal(is_told(&t), !late);
		assert_int_equal(is_told(&asked), !late);
	}
}

static void more_than_a_request_may_want_no_answer(void **state)
{
	(void)state;
	for (uint32_t more = 0; more < 2; more++) {
		struct tape t = closes(100, 25);
		struct derive *d = with(&t);

		d->view.flow[1].row.bytes[0] = 65536 + more;
		desk_show(d);
		assert_int_equal(desk_finish(d, "reply.cut") != NULL, !more);
		desk_free(d);
	}
}

/* Something went before it, which the capture may lack; or it has data itself; or the
 * first that is there of the client is not the request. */
static void what_may_have_been_said_is_no_silence(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct tape t = closes(100, 25);

		if (i == 0)
			t.at[1][1].seq64++;
		else if (i == 1)
			t.at[1][1].pay_len = 1;
		else if (i == 2)
			t.at[0][1].seq64++;
		assert_int_equal(is_told(&t), i == 3);
	}
}

static void who_closes_first_is_told(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct tape t = closes(0, 15);
		struct record bye = close_at(ISN + 1, ISN + 1);

		if (i == 1)
			bye.tcp_flags = REC_RST;
		tape_add(&t, 0, i == 2 ? 16 : 15, bye);
		assert_int_equal(is_told(&t), i == 2);
	}
}

static void other_sessions_say_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		struct tape t = closes(0, 15);
		struct derive *d = with(&t);
		struct part_dir *dir = d->view.flow[1].dir;

		if (i == 0)
			dir[1].fin = false;
		else if (i == 1)
			dir[0].syn = false;
		else if (i == 2)
			dir[1].syn = false;
		else if (i == 3)
			dir[1].rst = true;
		else if (i == 4)
			d->view.flow[1].row.bytes[1] = 1;
		else
			d->view.row.verdict = PAIR_AMBIGUOUS;
		desk_silent(d, "reply.cut");
	}
}

/* Shows it @n times, of port @port. */
static void repeat(struct derive *d, int n, uint16_t port)
{
	d->view.flow[1].row.server.port = port;
	for (int i = 0; i < n; i++) {
		desk_show(d);
		desk_next(d);
	}
}

static void three_of_a_server_are_no_accident(void **state)
{
	(void)state;
	for (int n = 2; n <= 5; n++) {
		struct tape t = closes(0, 15);
		struct derive *d = with(&t);
		const struct draft *f;

		repeat(d, n, 443);
		f = desk_finish(d, "reply.cut");
		assert_non_null(f);
		assert_int_equal(f->row.severity,
				 n == 2 ? SEV_LOW : SEV_MEDIUM);
		assert_int_equal(draft_number(f, "sessions"), n);
		assert_int_equal(f->row.n_evidence, n == 5 ? 4 : n);
		desk_free(d);
	}
}

/* As FTP does with an empty list; but a port that has many is one of its own. */
static void three_ports_of_a_host_are_one_finding(void **state)
{
	(void)state;
	for (int many = 0; many < 2; many++) {
		struct tape t = closes(0, 15);
		struct derive *d = with(&t);
		const struct draft *f;

		repeat(d, 1, 5001);
		repeat(d, 2, 5002);
		repeat(d, many ? 3 : 1, 5003);
		f = desk_finish(d, "reply.cut");
		assert_non_null(f);
		assert_int_equal(f->row.severity, SEV_LOW);
		assert_int_equal(d->drafts.n, many ? 3 : 1);
		assert_int_equal(draft_says(f, "10.0.0.9 accepts 4 connections "
					       "to 3 ports and closes them"),
				 !many);
		assert_int_equal(f->row.n_sessions, many ? 1 : 4);
		desk_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_close_before_anything_is_asked),
		cmocka_unit_test(a_close_instead_of_an_answer),
		cmocka_unit_test(
			a_request_that_it_does_not_acknowledge_was_not_read),
		cmocka_unit_test(a_later_close_ends_what_rests),
		cmocka_unit_test(more_than_a_request_may_want_no_answer),
		cmocka_unit_test(what_may_have_been_said_is_no_silence),
		cmocka_unit_test(who_closes_first_is_told),
		cmocka_unit_test(other_sessions_say_nothing),
		cmocka_unit_test(three_of_a_server_are_no_accident),
		cmocka_unit_test(three_ports_of_a_host_are_one_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
