/* reply.address: answered from another address than was asked. */
#include "tests/report/derive/desk.h"

/* A one-way UDP session at all points, from the client to @server or back. */
static void one_way_of(struct derive *d, bool answer, const char *server,
		       int64_t after)
{
	struct net_end end;

	assert_int_equal(net_end_parse(server, &end), 0);
	d->view.row.proto = 17;
	for (size_t i = 0; i < d->view.row.n_flows; i++) {
		struct flow_row *f = &d->view.flow[i].row;

		f->proto = 17;
		f->server = end;
		f->packets[0] = !answer;
		f->packets[1] = answer;
		f->first_ns = T0 + after;
	}
	desk_show(d);
	desk_next(d);
}

/* The same with port 1434 of 10.0.0.@server. */
static void one_way(struct derive *d, bool answer, uint8_t server,
		    int64_t after)
{
	char text[NET_END_TEXT];

	snprintf(text, sizeof text, "10.0.0.%u:1434", server);
	one_way_of(d, answer, text, after);
}

static void another_address_answers(void **state)
{
	struct derive *d = desk_new(2, &rules_reply);
	const struct draft *f;

	(void)state;
	one_way(d, false, 47, 0);
	one_way(d, true, 49, 2 * MS);
	f = desk_finish(d, "reply.address");
	assert_non_null(f);
	assert_true(draft_says(f, "10.0.0.47:1434 is asked"));
	assert_true(draft_says(f, "come from 10.0.0.49:1434"));
	assert_true(draft_says(f, "Answers of 1 session come from another "
				  "address than was asked."));
	assert_int_equal(draft_number(f, "answers"), 1);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	desk_free(d);
}

static void lost_answers_make_it_grave(void **state)
{
	struct derive *d = desk_new(2, &rules_reply);
	struct hop_tail *t;
	const struct draft *f;

	(void)state;
	one_way(d, false, 47, 0);
	t = desk_tail(d, 1, 1, 0);
	t->from = 1;
	t->lost = 1;
	d->view.flow[0].row.point = 2; /* the answer is at the server only */
	d->view.flow[0].row.server = d->view.flow[1].row.client;
	one_way(d, true, 49, 2 * MS);
	f = desk_finish(d, "reply.address");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_int_equal(draft_number(f, "lost"), 1);
	assert_true(draft_says(f, "1 of 2 packets (50 %) is lost on the way "
				  "back."));
	assert_true(draft_says(f, "NAT between server and client"));
	desk_free(d);
}

static void the_asked_address_answers(void **state)
{
	struct derive *d = desk_new(2, &rules_reply);

	(void)state;
	one_way(d, false, 47, 0);
	one_way(d, true, 47, 2 * MS);
	assert_null(desk_finish(d, "reply.address"));
	desk_free(d);
}

static void what_came_before_the_question_is_no_answer(void **state)
{
	struct derive *d = desk_new(2, &rules_reply);

	(void)state;
	one_way(d, true, 49, 0);
	one_way(d, false, 47, 2 * MS);
	assert_null(desk_finish(d, "reply.address"));
	desk_free(d);
}

static void what_comes_minutes_later_is_no_answer(void **state)
{
	struct derive *d = desk_new(2, &rules_reply);

	(void)state;
	one_way(d, false, 47, 0);
	one_way(d, true, 49, 120 * SEC);
	assert_null(desk_finish(d, "reply.address"));
	desk_free(d);
}

static void members_answer_a_group_from_their_own_addresses(void **state)
{
	static const char *const asked[] = {
		"224.0.0.251:5353", "[ff02::1:2]:547", "255.255.255.255:68",
		"10.0.5.255:137",   "127.0.0.1:3503",  "[::1]:3503",
	};

	(void)state;
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		struct derive *d = desk_new(2, &rules_reply);
		struct net_end to;
		char by[NET_END_TEXT];

		assert_int_equal(net_end_parse(asked[i], &to), 0);
		snprintf(by, sizeof by, "10.0.0.49:%u", to.port);
		one_way_of(d, false, asked[i], 0);
		one_way_of(d, true, by, 2 * MS);
		assert_null(desk_finish(d, "reply.address"));
		desk_free(d);
	}
}

/* NetBIOS: names are asked of all, and each host answers from the port of
 * questions. */
static void an_answer_to_a_group_is_none_to_others(void **state)
{
	struct derive *d = desk_new(2, &rules_reply);

	(void)state;
	one_way_of(d, false, "10.0.0.47:137", 0);
	one_way_of(d, false, "10.0.0.255:137", 1 * MS);
	one_way_of(d, true, "10.0.0.49:137", 2 * MS);
	assert_null(desk_finish(d, "reply.address"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_address_answers),
		cmocka_unit_test(lost_answers_make_it_grave),
		cmocka_unit_test(the_asked_address_answers),
		cmocka_unit_test(what_came_before_the_question_is_no_answer),
		cmocka_unit_test(what_comes_minutes_later_is_no_answer),
		cmocka_unit_test(
			members_answer_a_group_from_their_own_addresses),
		cmocka_unit_test(an_answer_to_a_group_is_none_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
