/* Questions and claims of hardware addresses become few messages. */
#include "capture/neighbours.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SEC 1000000000LL

struct seen {
	char text[4096];
	size_t n, messages;
	uint64_t frame;
	const char *to; /* whom answers go to */
	struct neighbours *table;
};

static void out(void *ctx, const struct message *m, uint8_t lane)
{
	struct seen *s = ctx;
	const char *status = message_status_name(m->proto, m->status);

	assert_int_equal(m->part, 0);
	s->messages++;
	if (s->n < sizeof s->text - 300)
		s->n += (size_t)snprintf(s->text + s->n, sizeof s->text - s->n,
					 "%u %s x%u %u..%u %s\n", lane, m->name,
					 (unsigned)m->len,
					 (unsigned)m->first_frame,
					 (unsigned)m->last_frame,
					 status ? status : "-");
}

static void begin(struct seen *s)
{
	*s = (struct seen){ .table = neighbours_new(out, s), .to = "10.0.0.1" };
}

/* Card @mac of @from: asks for, or has, @about. */
static void see(struct seen *s, unsigned kind, const char *about,
		const char *from, uint8_t mac, double at)
{
	struct neighbour x = { .kind = (uint8_t)kind,
			       .has_mac = true,
			       .mac = { 2, 0, 0, 0, 0, mac } };

	assert_int_equal(net_addr_parse(about, &x.about), 0);
	assert_int_equal(net_addr_parse(from, &x.from), 0);
	if (kind == NEIGHBOUR_TELLS)
		assert_int_equal(net_addr_parse(s->to, &x.to), 0);
	neighbours_see(s->table, &x, 3, ++s->frame, (int64_t)(at * 1e9));
}

static void ask(struct seen *s, double at)
{
	see(s, NEIGHBOUR_ASKS, "10.0.0.5", "10.0.0.1", 1, at);
}

static void tell(struct seen *s, uint8_t mac, double at)
{
	see(s, NEIGHBOUR_TELLS, "10.0.0.5", "10.0.0.5", mac, at);
}

static void end(struct seen *s, const char *text)
{
	assert_int_equal(neighbours_finish(s->table), 0);
	neighbours_free(s->table);
	assert_string_equal(s->text, text);
}

static void questions_in_vain_are_one(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	ask(&s, 1);
	ask(&s, 1.01); /* the same again */
	ask(&s, 2);
	ask(&s, 3);
	end(&s, "3 is-at 10.0.0.1 02:00:00:00:00:01 x4 1..4 -\n"
		"3 who-has 10.0.0.5 10.0.0.1 02:00:00:00:00:01 x3 1..4 "
		"unanswered\n");
}

static void an_answer_ends_them(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	for (int i = 1; i < 5; i++)
		ask(&s, i);
	tell(&s, 5, 4.001);
	ask(&s, 5);
	tell(&s, 5, 5.001);
	ask(&s, 65);
	end(&s, "3 who-has 10.0.0.5 10.0.0.1 02:00:00:00:00:01 x4 1..4 "
		"answered late\n"
		"3 is-at 10.0.0.1 02:00:00:00:00:01 x6 1..8 -\n"
		"3 who-has 10.0.0.5 10.0.0.1 02:00:00:00:00:01 x1 6..6 -\n"
		"3 is-at 10.0.0.5 02:00:00:00:00:05 x2 5..7 -\n");
}

/* That it asks itself shows that it is there; not that answers would be seen. */
static void a_sign_of_life_is_no_answer(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	for (int i = 1; i < 8; i++) {
		ask(&s, i);
		see(&s, NEIGHBOUR_ASKS, "10.0.0.1", "10.0.0.5", 5, i + .5);
	}
	end(&s, "3 is-at 10.0.0.1 02:00:00:00:00:01 x7 1..13 -\n"
		"3 is-at 10.0.0.5 02:00:00:00:00:05 x7 2..14 -\n");
}

/* Who is captured itself sees the answers to it, not those to others. */
static void an_answer_to_another_is_a_sign_of_life(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	s.to = "10.0.0.8";
	for (int i = 1; i < 5; i++)
		ask(&s, i);
	tell(&s, 5, 4.001);
	ask(&s, 5);
	tell(&s, 5, 5.001);
	end(&s, "3 who-has 10.0.0.5 10.0.0.1 02:00:00:00:00:01 x4 1..4 "
		"unanswered until it is seen\n"
		"3 is-at 10.0.0.1 02:00:00:00:00:01 x5 1..6 -\n"
		"3 is-at 10.0.0.5 02:00:00:00:00:05 x2 5..7 -\n");
}

static void few_or_rare_questions_are_none(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	ask(&s, 1);
	ask(&s, 2);
	ask(&s, 63);
	ask(&s, 64);
	ask(&s, 130);
	end(&s, "3 is-at 10.0.0.1 02:00:00:00:00:01 x5 1..5 -\n");
}

static void two_cards_claim_in_turn(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	tell(&s, 5, 1);
	tell(&s, 5, 2);
	see(&s, NEIGHBOUR_ANNOUNCES, "10.0.0.5", "10.0.0.5", 6, 3);
	tell(&s, 5, 4);
	end(&s, "3 is-at 10.0.0.5 02:00:00:00:00:05 x2 1..2 -\n"
		"3 is-at 10.0.0.5 02:00:00:00:00:06 x1 3..3 announced\n"
		"3 is-at 10.0.0.5 02:00:00:00:00:05 x1 4..4 -\n");
}

/* Memory is bounded, and so is what is told. */
static void a_storm_is_counted(void **state)
{
	struct seen s;
	char about[32];

	(void)state;
	begin(&s);
	for (unsigned i = 0; i < 200000; i++) {
		snprintf(about, sizeof about, "10.%u.%u.%u", i >> 16,
			 i >> 8 & 255, i & 255);
		see(&s, NEIGHBOUR_TELLS, about, about, 1, i * 1e-5);
	}
	assert_int_equal(neighbours_finish(s.table),
			 200000 - NEIGHBOUR_MESSAGES);
	assert_int_equal(s.messages, NEIGHBOUR_MESSAGES);
	neighbours_free(s.table);
}

/* Of made-up addresses that ask but once nothing is told. */
static void a_storm_of_questions_is_nothing(void **state)
{
	struct seen s;
	char from[32];

	(void)state;
	begin(&s);
	for (unsigned i = 0; i < 65536; i++) {
		snprintf(from, sizeof from, "10.1.%u.%u", i >> 8 & 255,
			 i & 255);
		see(&s, NEIGHBOUR_ASKS, "10.0.0.5", from, 1, i * .2);
	}
	assert_int_equal(neighbours_finish(s.table), 0);
	assert_int_equal(s.messages, 0);
	neighbours_free(s.table);
}

/* A scan, that asks for each twice, is but one claim for each full table. */
static void a_scan_is_hardly_anything(void **state)
{
	struct seen s;
	char about[32];

	(void)state;
	begin(&s);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(about, sizeof about, "10.1.%u.%u", i >> 9 & 255,
			 i >> 1 & 255);
		see(&s, NEIGHBOUR_ASKS, about, "10.0.0.1", 1, i * .2);
	}
	assert_int_equal(neighbours_finish(s.table), 0);
	assert_true(s.messages < 20);
	neighbours_free(s.table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_in_vain_are_one),
		cmocka_unit_test(an_answer_ends_them),
		cmocka_unit_test(a_sign_of_life_is_no_answer),
		cmocka_unit_test(an_answer_to_another_is_a_sign_of_life),
		cmocka_unit_test(few_or_rare_questions_are_none),
		cmocka_unit_test(two_cards_claim_in_turn),
		cmocka_unit_test(a_storm_is_counted),
		cmocka_unit_test(a_storm_of_questions_is_nothing),
		cmocka_unit_test(a_scan_is_hardly_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
