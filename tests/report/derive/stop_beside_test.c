/* Who gets through where others' SYNs vanish. */
#include "report/derive/stop_int.h"

#include "base/mem.h"
#include "tests/report/derive/desk.h"

#define FLOWS 60

struct scene {
	struct derive *d;
	struct flow_row flows[FLOWS];
	size_t n;
	struct stop_group g;
};

static struct net_addr address(uint8_t last)
{
	uint8_t b[4] = { 10, 0, 0, last };

	return net_addr_v4(b);
}

static void begin(struct scene *s)
{
	*s = (struct scene){ .d = desk_new(2, &rules_stop) };
	s->g = (struct stop_group){
		.kind = { .place = STOP_PATH,
			  .severity = SEV_HIGH,
			  .from_pos = 1,
			  .to_pos = 2 },
		.server = { address(9), 443 },
		.ports = 1,
		.servers = 1,
		.draft = draft_new(s->d, "stop.path", SEV_HIGH, 90),
	};
}

/* A session of @source that begins at @at_s: @syns lost, or, if none, it opens and lasts
 * until @last_s. */
static void add(struct scene *s, uint8_t source, int at_s, unsigned syns,
		int last_s)
{
	struct flow_row *f = &s->flows[s->n++];

	*f = (struct flow_row){ .id = (int64_t)s->n,
				.point = 1,
				.proto = 6,
				.client = { address(source),
					    (uint16_t)(40000 + s->n) },
				.server = { address(9), 443 },
				.first_ns = T0 + at_s * SEC,
				.last_ns = T0 + last_s * SEC,
				.packets = { 9, syns ? 0 : 9 } };
	if (!syns)
		return;
	s->g.sessions++;
	s->g.opens += syns;
	*VEC_PUSH(&s->g.kept) = (struct unanswered){ f->id, f->client.addr,
						     f->first_ns };
}

/* What is still answered is so at @s seconds. */
static void goes_on_until(struct scene *s, int at_s)
{
	s->d->last[1][0] = (struct record){ .frame = 77,
					    .pay_len = 100,
					    .time_ns = T0 + at_s * SEC };
}

static const char *by(struct scene *s)
{
	s->d->flows = s->flows;
	s->d->n_flows = s->n;
	stop_beside(&s->g, s->d);
	return json_string_value(json_object_get(
		json_object_get(s->g.draft->measure, "beside"), "by"));
}

static void end(struct scene *s)
{
	VEC_FREE(&s->g.kept);
	desk_free(s->d);
}

/* Ten open, then twelve of thirteen do not. */
static void full_from(struct scene *s, int older_until)
{
	begin(s);
	for (int i = 0; i < 10; i++)
		add(s, (uint8_t)(20 + i % 3), i, 0, 60);
	for (int i = 10; i < 23; i++)
		add(s, (uint8_t)(20 + i % 3), i, i == 18 ? 0 : 4, 60);
	goes_on_until(s, older_until);
}

static void new_ones_that_vanish_while_older_go_on_are_told(void **state)
{
	struct scene s;

	(void)state;
	full_from(&s, 19);
	assert_string_equal(by(&s), "time");
	assert_true(draft_says(s.g.draft, "before, all 10 opened; since then 1 "
					  "of 13 do"));
	assert_true(draft_says(s.g.draft, "10 that were open before go on"));
	assert_true(draft_says(s.g.draft, "the table of sessions or ports"));
	assert_int_equal(s.g.draft->row.n_evidence, 3);
	end(&s);
}

/* A link that is down. */
static void older_ones_that_stand_still_speak_against_it(void **state)
{
	struct scene s;

	(void)state;
	full_from(&s, 9);
	assert_null(by(&s));
	assert_int_equal(s.g.draft->row.n_evidence, 0);
	end(&s);
}

static void few_before_may_be_chance(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (int i = 0; i < 3; i++)
		add(&s, 20, i, 0, 60);
	for (int i = 10; i < 15; i++)
		add(&s, 20, i, 1, 60);
	goes_on_until(&s, 50);
	assert_null(by(&s)); /* one of 56 orders is this one */
	end(&s);
}

/* That it was down is over: they are answered again when it is up. */
static void older_ones_that_go_on_later_tell_nothing(void **state)
{
	struct scene s;

	(void)state;
	full_from(&s, 50);
	assert_null(by(&s));
	end(&s);
}

/* The host's own link is down: it is others that go on. */
static void older_ones_of_other_sources_tell_nothing(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (int i = 0; i < 24; i++) {
		add(&s, 20, i, i < 12 ? 0 : 4, i < 12 ? 14 : 60);
		add(&s, 30, i, 0, 60);
	}
	goes_on_until(&s, 20);
	assert_null(by(&s));
	end(&s);
}

static void one_source_while_others_open_is_a_limit_of_it(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (int i = 0; i < 24; i++) {
		add(&s, 20, i, i < 12 ? 0 : 4, 60);
		add(&s, 30, i, 0, 60);
	}
	goes_on_until(&s, 20);
	assert_string_equal(by(&s), "source");
	assert_true(draft_says(s.g.draft, "all 12 of these clients opened; "
					  "since then 0 of 12 do"));
	assert_true(draft_says(s.g.draft, "limit on sessions for each source"));
	end(&s);
}

static void some_ports_that_fail_each_time_are_told(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (int i = 0; i < 24; i++)
		add(&s, 20, i, i % 4 == 1 ? 4 : 0, 60);
	assert_string_equal(by(&s), "ports");
	assert_true(draft_says(s.g.draft, "it is a matter of their ports"));
	end(&s);
}

/* Six SYNs of 24, one each: who does not ask again may be lost by chance. */
static void ports_that_ask_once_are_not(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (int i = 0; i < 24; i++)
		add(&s, 20, i, i % 4 == 1 ? 1 : 0, 60);
	assert_null(by(&s));
	end(&s);
}

/* Those that open are other hosts'. */
static void ports_of_others_tell_nothing(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (int i = 0; i < 24; i++)
		add(&s, i % 4 == 1 ? 20 : 30, i, i % 4 == 1 ? 4 : 0, 60);
	assert_null(by(&s));
	end(&s);
}

/* Of one host all fail; of another one does. */
static void ports_of_a_dead_host_tell_nothing(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (int i = 0; i < 24; i++) {
		add(&s, 20, i, 4, 60);
		add(&s, 30, i, i ? 0 : 4, 60);
	}
	assert_null(by(&s));
	end(&s);
}

/* The link is down twice; who asks then gives up before it is up. */
static void none_opens_while_those_ask_that_fail_in_outages(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	for (int i = 0; i < 40; i++) {
		bool down = i / 10 % 2;

		add(&s, 20, i, down ? 4 : 0, down ? i / 10 * 10 + 10 : 60);
	}
	assert_null(by(&s));
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			new_ones_that_vanish_while_older_go_on_are_told),
		cmocka_unit_test(older_ones_that_stand_still_speak_against_it),
		cmocka_unit_test(few_before_may_be_chance),
		cmocka_unit_test(one_source_while_others_open_is_a_limit_of_it),
		cmocka_unit_test(some_ports_that_fail_each_time_are_told),
		cmocka_unit_test(ports_that_ask_once_are_not),
		cmocka_unit_test(ports_of_others_tell_nothing),
		cmocka_unit_test(older_ones_that_go_on_later_tell_nothing),
		cmocka_unit_test(older_ones_of_other_sources_tell_nothing),
		cmocka_unit_test(ports_of_a_dead_host_tell_nothing),
		cmocka_unit_test(
			none_opens_while_those_ask_that_fail_in_outages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
