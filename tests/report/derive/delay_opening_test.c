/* delay.server of connections that open late: causes and findings. */
#include "tests/report/derive/cause.h"

/* @n sessions of 3 s and @each exchanges, each of which waits 2 s to open; @later:
 * packets that are sent again afterwards; @none: the first has no exchange. */
struct late {
	unsigned n;
	uint64_t each, later;
	enum opened_how how;
	bool none;
};

static void add_late(struct grouping *g, void *ctx)
{
	const struct late *x = ctx;

	for (unsigned i = 0; i < x->n; i++) {
		enum time_part p = x->how == OPENED_HOST ? TIME_SERVER
							 : TIME_RECOVERY;
		struct made m;

		made(&m, x->none && !i ? 0 : x->each, p, 2 * SEC, 3 * SEC);
		m.s.id = 1 + i;
		m.s.opened = x->how;
		m.s.opening_ns = 2 * SEC;
		m.s.opening_syns = 1;
		m.s.later_copies = x->later;
		if (x->how == OPENED_HOST)
			m.s.opening_server_ns = 2 * SEC;
		else
			m.s.opening_repair_ns = 2 * SEC;
		causes_add(g, &m.s);
	}
}

static const struct draft *late(struct late x, const char *rule,
				struct derive **d)
{
	*d = desk_with(add_late, &x);
	return desk_finish(*d, rule);
}

static void what_arrived_and_was_left_lying_is_the_servers(void **state)
{
	struct late x = { .n = 4, .each = 3, .later = 0, .how = OPENED_HOST };
	const struct draft *f;
	struct derive *d;

	(void)state;
	f = late(x, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "10.0.0.9:443 open late: 4 of 4 sessions "
				  "wait 2 s"));
	assert_true(draft_says(f, "only new connections suffer"));
	assert_true(draft_says(f, "not loss on the path"));
	assert_int_equal(draft_number(f, "syns_in_vain"), 4);
	assert_int_equal(d->drafts.n, 1); /* it is no slow answer, too */
	desk_free(d);
}

static void one_capture_says_whether_only_openings_suffer(void **state)
{
	struct late x = { .n = 4, .each = 3, .later = 0, .how = OPENED_ONE };
	const struct draft *f;
	struct derive *d;

	(void)state;
	f = late(x, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "only new connections suffer"));
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
	/* what follows is lost, too */
	x.later = 1;
	f = late(x, "delay.recovery", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "one capture cannot tell"));
	assert_false(draft_says(f, "only new connections"));
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
	/* one may be chance */
	x = (struct late){ .n = 1, .each = 30, .later = 0, .how = OPENED_ONE };
	f = late(x, "delay.recovery", &d);
	assert_non_null(f);
	assert_true(draft_says(f, "1 of 1 session waits 2 s"));
	desk_free(d);
}

static void what_was_lost_on_the_way_is_recovered_from(void **state)
{
	struct late x = { .n = 4, .each = 3, .later = 0, .how = OPENED_LOST };
	const struct draft *f;
	struct derive *d;

	(void)state;
	f = late(x, "delay.recovery", &d);
	assert_non_null(f);
	assert_false(draft_says(f, "open late"));
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
}

static void what_opens_at_once_is_not_told(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 3, TIME_SERVER, 10 * MS, 3 * SEC);
	assert_null(finding(&m, "delay.server", &d));
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

/* Two sessions, or two exchanges that nothing stalls, do not clear the path: it would
 * be the server's that new connections wait. */
static void few_clean_exchanges_do_not_clear_the_path(void **state)
{
	static const struct {
		struct late x;
		bool clean;
	} is[] = {
		{ { .n = 3, .each = 1, .how = OPENED_ONE }, true },
		{ { .n = 3, .each = 1, .how = OPENED_ONE, .none = true },
		  false },
		{ { .n = 2, .each = 3, .how = OPENED_ONE }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
		struct derive *d;

		assert_int_equal(late(is[i].x, "delay.server", &d) != NULL,
				 is[i].clean);
		desk_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_arrived_and_was_left_lying_is_the_servers),
		cmocka_unit_test(one_capture_says_whether_only_openings_suffer),
		cmocka_unit_test(few_clean_exchanges_do_not_clear_the_path),
		cmocka_unit_test(what_opens_at_once_is_not_told),
		cmocka_unit_test(what_was_lost_on_the_way_is_recovered_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
