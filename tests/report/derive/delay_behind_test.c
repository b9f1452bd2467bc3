/* report/derive/delay_behind.c: which of several servers behind an address is slow. */
#include "tests/report/derive/desk.h"

#include "report/derive/delay_behind.h"

#define VIP "10.9.9.1:80"

struct kind { /* of sessions, one after the other */
	unsigned n;
	uint8_t server; /* behind the address, 10.2.0.x; 0: not translated */
	uint64_t exchanges;
	int64_t ns; /* the server's, in all */
};

static struct net_end end_at(const char *text)
{
	struct net_end end;

	assert_int_equal(net_end_parse(text, &end), 0);
	return end;
}

static void put_session(struct store *s, int64_t id, const struct kind *k)
{
	struct session_flow place[2] = { 0 };
	char text[NET_END_TEXT], none[] = "";
	struct session_row row = { .id = id,
				   .proto = 6,
				   .evidence = none,
				   .n_flows = 2,
				   .flows = place };
	struct budget b = { .known = true,
			    .far = 1,
			    .exchanges = k->exchanges,
			    .part = { [TIME_SERVER] = k->ns } };
	struct buf packed = { 0 };

	snprintf(text, sizeof text, "10.2.0.%u:80", k->server);
	for (int i = 0; i < 2; i++) {
		struct flow_row f = { .id = id * 2 - 1 + i,
				      .point = i + 1,
				      .proto = 6,
				      .client = end_at("10.0.0.1:40000"),
				      .server = end_at(i && k->server ? text
								      : VIP) };

		place[i] = (struct session_flow){ .flow = f.id,
						  .point_pos = i + 1 };
		store_flow_put(s, &f);
	}
	store_session_put(s, &row);
	budget_pack(&b, &packed);
	store_exchange_put(s, id, 0, &packed);
	buf_release(&packed);
}

/* A case of @kinds, and a group without a key; its first session is the heaviest. */
static struct derive *case_of(const struct kind *kinds, size_t n,
			      struct group *g)
{
	struct derive *d = desk_new(2, &rules_delay);
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	int64_t id = 0;

	assert_non_null(s);
	store_begin(s);
	for (size_t k = 0; k < n; k++)
		for (unsigned i = 0; i < kinds[k].n; i++)
			put_session(s, ++id, &kinds[k]);
	assert_int_equal(store_commit(s, &err), 0);
	d->model.store = s;
	d->model.n_sessions = id;
	*g = (struct group){ .kind = CAUSE_SERVER,
			     .sessions = (uint64_t)id,
			     .n_top = 1,
			     .top = { { .session = 1 } } };
	return d;
}

static bool is_one(const struct kind *kinds, size_t n, struct behind *b)
{
	char key[] = VIP;
	struct group g;
	struct derive *d = case_of(kinds, n, &g);
	bool one;

	g.key = key;
	one = delay_behind(&d->model, &g, b);
	desk_free(d);
	return one;
}

#define IS_ONE(kinds, b) is_one(kinds, sizeof(kinds) / sizeof *(kinds), b)

static void a_slow_one_is_named(void **state)
{
	static const struct kind kinds[] = { { 4, 3, 1, SEC },
					     { 8, 2, 1, 10 * MS },
					     { 3, 4, 0, 0 } };
	char title[BEHIND_TEXT];
	struct behind b;

	(void)state;
	assert_true(IS_ONE(kinds, &b));
	assert_string_equal(b.server, "10.2.0.3:80");
	assert_int_equal(b.sessions, 4);
	assert_int_equal(b.of, 12); /* without requests they tell nothing */
	assert_int_equal(b.servers, 2);
	delay_behind_title(&b, title);
	assert_string_equal(title,
			    ": those of 10.2.0.3:80, one of 2 behind it");
}

/* More than half of the sessions, fewer than three slow ones, more requests instead of
 * slower ones, others that are slow as well, or no other server. */
static void none_is_named_where_that_shows_nothing(void **state)
{
	static const struct kind most[] = { { 7, 3, 1, SEC },
					    { 6, 2, 1, 10 * MS } };
	static const struct kind twice[] = { { 2, 3, 1, SEC },
					     { 8, 3, 1, MS },
					     { 20, 2, 1, MS } };
	static const struct kind busy[] = { { 4, 3, 50, SEC },
					    { 8, 2, 1, 20 * MS } };
	static const struct kind alike[] = { { 4, 3, 1, SEC },
					     { 4, 2, 1, 400 * MS } };
	static const struct kind alone[] = { { 9, 3, 1, SEC } };
	struct behind b;

	(void)state;
	assert_false(IS_ONE(most, &b));
	assert_false(IS_ONE(twice, &b));
	assert_false(IS_ONE(busy, &b));
	assert_false(IS_ONE(alike, &b));
	assert_false(IS_ONE(alone, &b));
}

/* Where the address is the server's own at the far point, too, nothing is behind it. */
static void what_is_not_translated_has_none_behind(void **state)
{
	static const struct kind own[] = { { 4, 0, 1, SEC },
					   { 8, 2, 1, 10 * MS } };
	static const struct kind some[] = { { 4, 3, 1, SEC },
					    { 8, 2, 1, 10 * MS },
					    { 9, 0, 1, SEC } };
	struct behind b;

	(void)state;
	assert_false(IS_ONE(own, &b));
	assert_true(IS_ONE(some, &b));
	assert_int_equal(b.of, 12);
}

static void what_it_is_is_said(void **state)
{
	struct derive *d = desk_new(2, &rules_delay);
	struct draft *f = draft_new(d, "delay.server", SEV_HIGH, 1);
	char key[] = VIP;
	const struct group g = { .key = key };
	const struct behind b = { "10.2.0.3:80", 4, 12, 3 };

	(void)state;
	delay_behind_say(f, &g, &b);
	assert_true(draft_says(f, "4 of 12 sessions with 10.9.9.1:80 are with "
				  "10.2.0.3:80"));
	assert_true(draft_says(f, "take 10.2.0.3:80 out of the balancer's"));
	assert_int_equal(draft_number(f, "servers_behind"), 3);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slow_one_is_named),
		cmocka_unit_test(none_is_named_where_that_shows_nothing),
		cmocka_unit_test(what_is_not_translated_has_none_behind),
		cmocka_unit_test(what_it_is_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
