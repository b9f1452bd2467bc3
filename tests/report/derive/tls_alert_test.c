/* app.error of TLS: who ended a handshake, and what that means, in words. */
#include "tests/report/derive/cause.h"

struct refusals {
	const char *server;
	int dir;
	int64_t status;
	unsigned n, others; /* sessions of that server, and not of it */
};

static void add_refusals(struct grouping *g, void *ctx)
{
	const struct refusals *c = ctx;

	for (unsigned i = 0; i < c->n + c->others; i++) {
		struct made m;

		made(&m, 0, TIME_PATH, 40 * MS, 60 * MS);
		m.s.id = 7 + i;
		m.s.server = c->server;
		m.s.alert = (struct alert){ .said = i < c->n,
					    .dir = c->dir,
					    .status = c->status };
		grouping_of(g, GROUP_CASE, "")->sessions++;
		grouping_of(g, GROUP_SERVER, c->server)->sessions++;
		causes_add(g, &m.s);
	}
}

static const struct draft *refused(struct refusals c, struct derive **d)
{
	*d = desk_with(add_refusals, &c);
	return desk_finish(*d, "app.error");
}

static void the_client_does_not_trust_the_server(void **state)
{
	struct derive *d;
	const struct draft *f = refused(
		(struct refusals){ "10.0.0.9:443", 0, 2 << 8 | 48, 4, 1 }, &d);

	(void)state;
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "TLS with 10.0.0.9:443 is refused by the "
				  "client in 4 of 5 sessions: unknown_ca"));
	assert_true(draft_says(f, "does not accept the server's certificate"));
	assert_true(draft_says(f, "a device between them that opens TLS"));
	assert_true(draft_says(f, "other sessions of that server get further"));
	desk_free(d);
}

static void the_server_wants_a_certificate(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 0, TIME_PATH, 40 * MS, 60 * MS);
	m.s.server = "10.0.0.9:443";
	m.s.alert =
		(struct alert){ .said = true, .dir = 1, .status = 2 << 8 | 42 };
	f = finding(&m, "app.error", &d);
	assert_non_null(f);
	assert_true(draft_says(f, "TLS with 10.0.0.9:443 is refused by the "
				  "server: bad_certificate"));
	assert_true(draft_says(f, "does not accept the client's certificate"));
	assert_false(draft_says(f, "openssl"));
	desk_free(d);
}

static void they_have_no_version_in_common(void **state)
{
	struct derive *d;
	const struct draft *f = refused(
		(struct refusals){ "10.0.0.9:443", 1, 2 << 8 | 70, 3, 0 }, &d);

	(void)state;
	assert_non_null(f);
	assert_true(draft_says(f, "in 3 of 3 sessions: protocol_version"));
	assert_true(draft_says(f, "nothing in common"));
	desk_free(d);
}

static void an_alert_that_is_encrypted(void **state)
{
	struct derive *d;
	const struct draft *f = refused(
		(struct refusals){ "10.0.0.9:443", 0, -1, 3, 0 }, &d);

	(void)state;
	assert_non_null(f);
	assert_true(draft_says(f, "refused by the client in 3 of 3 sessions: "
				  "an encrypted alert"));
	assert_true(draft_says(f, "has an alert's length"));
	assert_true(draft_says(f, "nearly always the server's certificate"));
	assert_true(draft_says(f, "says goodbye in as many bytes"));
	assert_true(f->weight < 75);
	desk_free(d);
}

static void alerts_without_a_name(void **state)
{
	struct derive *d;
	const struct draft *f = refused(
		(struct refusals){ "", 0, 2 << 8 | 99, 3, 0 }, &d);

	(void)state;
	assert_non_null(f);
	assert_true(draft_says(f, "TLS with servers that are not listed is "
				  "refused by the client in 3 of 3 sessions: "
				  "alert 99"));
	desk_free(d);
}

/* Somebody always asks a server that is not meant for him. */
static void one_among_many_is_not_high(void **state)
{
	struct derive *d;
	const struct draft *f = refused(
		(struct refusals){ "10.0.0.9:443", 1, 2 << 8 | 40, 1, 40 }, &d);

	(void)state;
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_client_does_not_trust_the_server),
		cmocka_unit_test(the_server_wants_a_certificate),
		cmocka_unit_test(they_have_no_version_in_common),
		cmocka_unit_test(an_alert_that_is_encrypted),
		cmocka_unit_test(alerts_without_a_name),
		cmocka_unit_test(one_among_many_is_not_high),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
