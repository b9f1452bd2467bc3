/* Look-ups of single records. */
#include "tests/report/derive/desk.h"

#include "report/derive/look.h"

static struct record piece(uint32_t len)
{
	return (struct record){ .seq64 = 1001,
				.pay_len = len,
				.tcp_flags = REC_ACK };
}

/* Data at 10, 20, 30 and 50 ms, and an ACK before the third. */
static struct derive *talk(void)
{
	static const uint32_t at[] = { 10, 20, 25, 30, 50 };
	struct derive *d = desk_new(1, &rules_half);
	struct tape t = { 0 };

	for (int i = 0; i < 5; i++)
		tape_add(&t, 0, at[i], piece(at[i] == 25 ? 0 : 100));
	desk_records(d, 0, &t);
	return d;
}

/* Return: its frame; 0: none. */
static uint64_t after(const struct derive *d, int64_t from_ms, int64_t until_ms)
{
	struct record r;
	int64_t file = 0;

	if (!look_after(d->model.store, &d->view.flow[0].row, 0,
			T0 + from_ms * MS, T0 + until_ms * MS, &r, &file))
		return 0;
	assert_int_equal(file, d->view.flow[0].first_file);
	return r.frame;
}

static void the_first_data_after_a_moment(void **state)
{
	struct derive *d = talk();

	(void)state;
	assert_int_equal(after(d, 0, 100), 1);
	assert_int_equal(after(d, 10, 100), 2); /* after it */
	assert_int_equal(after(d, 20, 30), 4);  /* not the ACK */
	assert_int_equal(after(d, 20, 29), 0);
	assert_int_equal(after(d, 50, 100), 0);
	desk_free(d);
}

static void the_last_data_and_its_file(void **state)
{
	struct derive *d = talk();
	struct record r;
	int64_t file = 0;

	(void)state;
	assert_true(look_last(d->model.store, &d->view.flow[0].row, 0, 0,
			      T0 + 29 * MS, &r, &file));
	assert_int_equal(r.frame, 2);
	assert_int_equal(file, d->view.flow[0].first_file);
	assert_true(look_last(d->model.store, &d->view.flow[0].row, 0, REC_ACK,
			      T0 + 29 * MS, &r, NULL));
	assert_int_equal(r.frame, 3);
	desk_free(d);
}

/* Who asks for the record alone gets it all the same. */
static void the_file_need_not_be_asked_for(void **state)
{
	struct derive *d = talk();
	const struct flow_row *f = &d->view.flow[0].row;
	struct store *s = d->model.store;
	struct record r;

	(void)state;
	assert_true(look_record(s, f, 0, 0, &r, NULL));
	assert_int_equal(r.frame, 1);
	assert_true(look_last(s, f, 0, 0, T0 + 100 * MS, &r, NULL));
	assert_int_equal(r.frame, 5);
	assert_true(look_after(s, f, 0, T0, T0 + 100 * MS, &r, NULL));
	assert_int_equal(r.frame, 1);
	desk_free(d);
}

static void the_first_with_a_flag(void **state)
{
	struct derive *d = desk_new(1, &rules_half);
	const struct flow_row *f = &d->view.flow[0].row;
	struct tape t = { 0 };
	struct record r, fin = piece(0);

	(void)state;
	fin.tcp_flags |= REC_FIN;
	tape_add(&t, 0, 10, piece(100));
	tape_add(&t, 1, 15, fin);
	tape_add(&t, 0, 20, fin);
	tape_add(&t, 0, 30, fin);
	desk_records(d, 0, &t);
	assert_true(look_record(d->model.store, f, 0, REC_FIN, &r, NULL));
	assert_int_equal(r.frame, 3);
	assert_true(
		look_record(d->model.store, f, 1, REC_FIN | REC_RST, &r, NULL));
	assert_int_equal(r.frame, 2);
	assert_false(look_record(d->model.store, f, 0, REC_RST, &r, NULL));
	desk_free(d);
}

/* What both captures have decides; what neither has is not the same. */
static void datagrams_are_the_same_by_their_contents(void **state)
{
	struct record a = { .pay_len = 9,
			    .marks = REC_FULL | REC_HEAD,
			    .full_digest = 7,
			    .head_digest = 8 };
	struct record b = a;

	(void)state;
	assert_true(look_same(&a, &b));
	b.pay_len = 10;
	assert_false(look_same(&a, &b));
	b = a;
	b.full_digest++;
	assert_false(look_same(&a, &b));
	b.marks = REC_HEAD; /* cut short there */
	assert_true(look_same(&a, &b));
	b.head_digest++;
	assert_false(look_same(&a, &b));
	b = a;
	b.marks = 0;
	assert_false(look_same(&a, &b));
	a.pay_len = b.pay_len = 0;
	b.marks = a.marks;
	b.full_digest = a.full_digest;
	assert_false(look_same(&a, &b));
}

/* @n datagrams of a client, one a second, of which the first and the last are the same,
 * if @again.  Return: do they ask for an answer, by nothing but that? */
static enum asks datagrams(uint32_t n, bool again, uint16_t port)
{
	struct derive *d = desk_new(1, &rules_stop);
	struct flow_row *f = &d->view.flow[0].row;
	struct tape t = { 0 };
	enum asks asks;

	for (uint32_t i = 0; i < n; i++) {
		struct record r = { .pay_len = 50, .marks = REC_FULL };

		r.full_digest = again && i == n - 1 ? 0 : i;
		tape_add(&t, 0, i * 1000, r);
	}
	desk_records(d, 0, &t);
	f->proto = 17;
	f->client.port = port;
	f->server.port = 9000;
	asks = look_asks(d->model.store, f);
	desk_free(d);
	return asks;
}

static void a_few_that_come_again_ask(void **state)
{
	(void)state;
	assert_int_equal(datagrams(2, true, 40000), ASKS_AGAIN);
	assert_int_equal(datagrams(10, true, 40000), ASKS_AGAIN);
	assert_int_equal(datagrams(11, true, 40000), ASKS_NOTHING);
	assert_int_equal(datagrams(3, false, 40000), ASKS_NOTHING);
	assert_int_equal(datagrams(3, true, 9000), ASKS_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_data_after_a_moment),
		cmocka_unit_test(the_last_data_and_its_file),
		cmocka_unit_test(the_file_need_not_be_asked_for),
		cmocka_unit_test(the_first_with_a_flag),
		cmocka_unit_test(datagrams_are_the_same_by_their_contents),
		cmocka_unit_test(a_few_that_come_again_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
