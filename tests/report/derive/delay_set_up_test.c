/* delay.path of connections that are opened for each request. */
#include "tests/report/derive/cause.h"

struct habit {
	struct made m;
	int clients, sessions; /* of each */
};

static void add(struct grouping *g, void *ctx)
{
	struct habit *h = ctx;
	char name[32];

	h->m.s.b = &h->m.b; /* it was copied */
	h->m.s.worst = &h->m.worst;
	for (int c = 0; c < h->clients; c++)
		for (int i = 0; i < h->sessions; i++) {
			snprintf(name, sizeof name, "10.0.0.%d", c + 1);
			h->m.s.client = name;
			h->m.s.id = c * 100 + i;
			causes_add(g, &h->m.s);
		}
}

/* Sessions of one request, 100 ms away, with a handshake of @trips. */
static struct habit habit(int clients, int sessions, uint64_t trips)
{
	struct habit h = { .clients = clients, .sessions = sessions };
	int64_t path = ((int64_t)trips + 1) * 100 * MS;

	made(&h.m, 1, TIME_PATH, path, path + 10 * MS);
	h.m.b.base_ns = h.m.s.trip_ns = 100 * MS;
	h.m.s.set_up_trips = trips;
	h.m.s.asks = 1;
	return h;
}

static const struct draft *tells(struct habit *h, struct derive **d)
{
	*d = desk_with(add, h);
	return desk_finish(*d, "delay.path");
}

static void handshakes_of_one_client_add_up(void **state)
{
	struct habit h = habit(1, 10, 2);
	const struct draft *f;
	struct derive *d;

	(void)state;
	f = tells(&h, &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_string_equal(f->row.title,
			    "The client 10.0.0.1 opens a connection for every "
			    "request or two: handshakes take 2 s of 3.1 s");
	assert_int_equal(draft_number(f, "handshake_round_trips"), 20);
	desk_free(d);
}

static void nine_are_no_habit(void **state)
{
	struct habit h = habit(3, 9, 2);
	struct derive *d;

	(void)state;
	assert_null(tells(&h, &d));
	desk_free(d);
}

/* Nor is a connection that many requests share, or one that opens at once. */
static void what_is_cheap_or_shared_is_none(void **state)
{
	struct habit h = habit(1, 20, 2);
	struct derive *d;

	(void)state;
	h.m.s.asks = 4;
	assert_null(tells(&h, &d));
	desk_free(d);
	h.m.s.asks = 1;
	h.m.s.trip_ns = 19 * MS;
	assert_null(tells(&h, &d));
	desk_free(d);
}

static void many_clients_are_one_finding(void **state)
{
	struct habit h = habit(5, 12, 1);
	const struct draft *f;
	struct derive *d;

	(void)state;
	f = tells(&h, &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_string_equal(f->row.title,
			    "5 clients open a connection for every request or "
			    "two: handshakes take 6 s of 12.6 s");
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshakes_of_one_client_add_up),
		cmocka_unit_test(nine_are_no_habit),
		cmocka_unit_test(what_is_cheap_or_shared_is_none),
		cmocka_unit_test(many_clients_are_one_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
