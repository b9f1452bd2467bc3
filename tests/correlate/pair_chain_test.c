/* Three points, and a device between the first two that moves all numbers: flows of the
 * first and the third point, which are compared too, have less in common. */
#include "tests/correlate/pair_case.h"

#define OTHERS 12

/* @i as point @p sees it: the device is before the second. */
static struct seen seen_at(int p, unsigned i, char nat[NET_END_TEXT])
{
	struct seen at = p ? seen_renumbered(i, nat) : near_point;

	at.delay = (1 + 5 * p) * MS;
	at.clock = p * 7 * SEC;
	at.hops = (uint8_t)p;
	return at;
}

static void add_others(struct pc *c, bool stamps)
{
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];

	for (unsigned i = 0; i < OTHERS; i++)
		for (int p = 0; p < 3; p++) {
			struct conv v = conv_number(i, t);
			struct seen at = seen_at(p, i, nat);

			at.stamps = p && stamps ? pc_mix(i + 77) : 0;
			pc_add(c, p, &v, &at);
		}
}

static void expect_all_joined(struct pc *c)
{
	pc_run(c, NULL);
	assert_int_equal(pc_count(c, PAIR_PAIRED), OTHERS + 1);
	for (int64_t id = 1; id <= OTHERS + 1; id++) {
		struct session_row r = pc_session(c, id);

		assert_int_equal(r.kind, PAIR_RESEQUENCED);
		session_row_release(&r);
	}
	pc_close(c);
}

/* Time stamps of its own and fewer packets would be signs of a relay; but other
 * sessions have shown what the device is. */
static void a_device_known_from_others_is_no_relay_between(void **state)
{
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];
	struct conv v = conv_number(100, t);
	struct pc c;

	(void)state;
	pc_open(&c, 3);
	add_others(&c, true);
	for (int p = 0; p < 3; p++) {
		struct seen at = seen_at(p, 100, nat);

		v.segments = 8;
		at.stamps = p ? 4242 : 0;
		if (!p) { /* began to look in mid-session */
			at.late = 4;
			at.acks = 5;
		}
		pc_add(&c, p, &v, &at);
	}
	expect_all_joined(&c);
}

/* Content that comes again every four segments: who misses the first of them takes the
 * second for it, and finds that the stream ends too early. */
static void repeat(struct part_dir *d)
{
	for (int i = 0; i < d->any.n; i++) {
		d->any.at[i].digest = 4711 + d->any.at[i].len % 4;
		d->any.at[i].len = 100;
	}
	d->any.n = 4;
	d->turn = d->any;
	d->head = 12345;
	d->fin = true;
	d->seq_next++;
}

static void repeated_content_parts_no_session(void **state)
{
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];
	struct conv v = conv_number(100, t);
	struct pc c;

	(void)state;
	pc_open(&c, 3);
	add_others(&c, false);
	for (int p = 0; p < 3; p++) {
		struct seen at = seen_at(p, 100, nat);
		struct part part;

		at.client = "10.9.9.9:4000"; /* kept */
		at.late = p == 2 ? 4 : 0;
		v.segments = 8;
		part = pc_part(&v, &at);
		for (int d = 0; d < 2; d++)
			repeat(&part.dir[d]);
		pc_put(&c, p, &part);
	}
	expect_all_joined(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_device_known_from_others_is_no_relay_between),
		cmocka_unit_test(repeated_content_parts_no_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
