/* What is said of QUIC that nobody answers: which session of TCP shows that the client
 * goes on without it. */
#include <netinet/in.h>

#include "capture/message.h"
#include "report/derive/stop_int.h"
#include "tests/report/derive/desk.h"

static struct net_end end(unsigned host, unsigned port)
{
	uint8_t b[4] = { 10, 0, 0, (uint8_t)host };

	return (struct net_end){ net_addr_v4(b), (uint16_t)port };
}

/* Flow @id at point 1, which begins @ms after T0 and lasts a second. */
static struct flow_row flow(int64_t id, uint8_t proto, int64_t ms)
{
	return (struct flow_row){
		.id = id,
		.point = 1,
		.proto = proto,
		.client = end(1, 50000),
		.server = end(2, 443),
		.packets = { 4, proto == IPPROTO_TCP ? 4 : 0 },
		.bytes = { 1000, proto == IPPROTO_TCP ? 1000 : 0 },
		.first_ns = T0 + ms * MS,
		.last_ns = T0 + ms * MS + SEC,
	};
}

#define AT 20000 /* ms: when the session of QUIC begins */

/* Return: does the client of the last of @f, a session of QUIC, go on? */
static bool goes_on(const struct flow_row *f, size_t n)
{
	struct derive *d = desk_silence(1, 3);
	struct stop s = { 0 };
	struct stop_group g = {
		.sessions = 1, .draft = draft_new(d, "stop.host", SEV_HIGH, 85)
	};
	bool found;

	d->flows = f;
	d->n_flows = n;
	d->speaks = 1U << MESSAGE_QUIC;
	stop_quic(&s, &g, d, &f[n - 1]);
	assert_int_equal(g.quic_looked, 1);
	stop_quic_say(&g);
	found = g.over_tcp;
	assert_int_equal(draft_number(g.draft, "quic"), 1);
	assert_int_equal(draft_number(g.draft, "over_tcp"), found);
	assert_int_equal(draft_says(g.draft, "goes on without QUIC"), found);
	assert_int_equal(draft_says(g.draft, "No connection of TCP"), !found);
	desk_free(d);
	return found;
}

/* Beside a session of QUIC. */
static bool beside(struct flow_row other)
{
	struct flow_row f[] = { other, flow(2, IPPROTO_UDP, AT) };

	return goes_on(f, 2);
}

static void the_client_goes_on_over_tcp(void **state)
{
	(void)state;
	assert_true(beside(flow(1, IPPROTO_TCP, AT + 200)));
}

/* From one that lives when QUIC begins to one that begins 10 s later. */
static void not_long_before_or_after(void **state)
{
	struct flow_row f = flow(1, IPPROTO_TCP, AT - 1000);

	(void)state;
	assert_true(beside(f));
	f.last_ns--;
	assert_false(beside(f));
	f = flow(1, IPPROTO_TCP, AT + 10000);
	assert_true(beside(f));
	f.first_ns++;
	assert_false(beside(f));
}

static void of_others_nothing_follows(void **state)
{
	struct flow_row f = flow(1, IPPROTO_TCP, AT);

	(void)state;
	f.bytes[1] = 0; /* refused */
	assert_false(beside(f));
	f = flow(1, IPPROTO_UDP, AT);
	f.bytes[1] = 1000;
	assert_false(beside(f));
	f = flow(1, IPPROTO_TCP, AT);
	f.server = end(2, 80);
	assert_false(beside(f));
	f = flow(1, IPPROTO_TCP, AT);
	f.server = end(3, 443);
	assert_false(beside(f));
	f = flow(1, IPPROTO_TCP, AT);
	f.client = end(4, 50000);
	assert_false(beside(f));
	f = flow(1, IPPROTO_TCP, AT);
	f.client = end(1, 50001); /* ports differ, as they do */
	assert_true(beside(f));
	f.point = 2;
	assert_false(beside(f));
}

/* @between flows of others. */
static bool across(size_t between)
{
	struct flow_row *f = calloc(between + 2, sizeof *f);
	bool found;

	assert_non_null(f);
	f[0] = flow(1, IPPROTO_TCP, AT);
	for (size_t i = 1; i <= between; i++) {
		f[i] = flow((int64_t)i + 1, IPPROTO_TCP, AT);
		f[i].client = end(9, 50000);
	}
	f[between + 1] = flow((int64_t)between + 2, IPPROTO_UDP, AT);
	found = goes_on(f, between + 2);
	free(f);
	return found;
}

static void it_is_looked_for_999_flows_away(void **state)
{
	(void)state;
	assert_true(across(998));
	assert_false(across(999));
}

static void sixty_four_sessions_are_looked_at(void **state)
{
	struct derive *d = desk_silence(1, 3);
	struct flow_row f[] = { flow(1, IPPROTO_TCP, AT),
				flow(2, IPPROTO_UDP, AT) };
	struct stop s = { 0 };
	struct stop_group g = { .sessions = 100,
				.draft = draft_new(d, "stop.host", SEV_HIGH,
						   85) };

	(void)state;
	d->flows = f;
	d->n_flows = 2;
	d->speaks = 1U << MESSAGE_QUIC;
	for (int i = 0; i < 100; i++)
		stop_quic(&s, &g, d, &f[1]);
	assert_int_equal(g.quic_looked, 64);
	stop_quic(&s, &(struct stop_group){ .draft = g.draft }, d, &f[1]);
	assert_int_equal(s.quic_looked, 64); /* of all groups */
	assert_int_equal(g.over_tcp, 64);
	stop_quic_say(&g);
	assert_true(draft_says(g.draft, "64 of them, at least, try QUIC"));
	desk_free(d);
}

static void other_protocols_are_not_looked_at(void **state)
{
	struct derive *d = desk_silence(1, 3);
	struct flow_row f[] = { flow(1, IPPROTO_TCP, AT),
				flow(2, IPPROTO_UDP, AT) };
	struct stop s = { 0 };
	struct stop_group g = {
		.sessions = 1, .draft = draft_new(d, "stop.host", SEV_HIGH, 85)
	};

	(void)state;
	d->flows = f;
	d->n_flows = 2;
	d->speaks = 1U << MESSAGE_DTLS;
	stop_quic(&s, &g, d, &f[1]);
	d->speaks = 1U << MESSAGE_QUIC;
	stop_quic(&s, &g, d, &f[0]);
	assert_int_equal(g.quic_looked, 0);
	stop_quic_say(&g);
	assert_false(draft_says(g.draft, "QUIC"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_client_goes_on_over_tcp),
		cmocka_unit_test(not_long_before_or_after),
		cmocka_unit_test(of_others_nothing_follows),
		cmocka_unit_test(it_is_looked_for_999_flows_away),
		cmocka_unit_test(sixty_four_sessions_are_looked_at),
		cmocka_unit_test(other_protocols_are_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
