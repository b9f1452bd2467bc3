/* app.error: what services answer requests with, and whose that is. */
#include "tests/report/derive/desk.h"

#include "base/mem.h"
#include "capture/message.h"
#include "store/group.h"

static void an_error_of_the_service_is_named(void **state)
{
	struct derive *d = desk_new(2, &rules_app);
	const struct draft *f;

	(void)state;
	d->model.n_groups = 1;
	d->model.groups = mem_zalloc(1, sizeof *d->model.groups);
	d->model.groups[0] = (struct group){
		.kind = GROUP_STATUS,
		.key = mem_printf("%d %lld", MESSAGE_SMB2, 0xc0000022ll),
		.exchanges = 3,
		.errors = 3
	};
	hist_add(&d->model.groups[0].total, 3 * MS);
	f = desk_finish(d, "app.error");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "3 requests with STATUS_ACCESS_DENIED"));
	desk_free(d);
}

static void an_error_of_http_has_its_number(void **state)
{
	struct derive *d = desk_new(2, &rules_app);

	(void)state;
	d->model.n_groups = 1;
	d->model.groups = mem_zalloc(1, sizeof *d->model.groups);
	d->model.groups[0] = (struct group){ .kind = GROUP_STATUS,
					     .key = mem_printf("%d 503",
							       MESSAGE_HTTP),
					     .exchanges = 1,
					     .errors = 1 };
	hist_add(&d->model.groups[0].total, 3 * MS);
	assert_true(draft_says(desk_finish(d, "app.error"),
			       "1 request with 503 Service Unavailable"));
	desk_free(d);
}

static struct group status_of(const char *server, uint64_t n)
{
	struct group g = { .kind = *server ? GROUP_STATUS_OF : GROUP_STATUS,
			   .key = mem_printf("%d 503%s%s", MESSAGE_HTTP,
					     *server ? " " : "", server),
			   .exchanges = n,
			   .errors = n };

	hist_add(&g.total, 3 * MS);
	return g;
}

/* One server is named, if no other says so; nor is that known where some are not. */
static void an_error_says_whose_it_is(void **state)
{
	static const struct {
		uint64_t n[2]; /* errors of two servers, out of 3 */
		const char *says;
	} of[] = { { { 3, 0 }, "The server 10.0.0.9:80 answers 3 requests" },
		   { { 1, 2 }, "2 servers answer 3 requests" },
		   { { 1, 0 }, "Servers answer 3 requests" },
		   { { 0, 0 }, "The server answers 3 requests" } };

	(void)state;
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		struct derive *d = desk_new(2, &rules_app);
		struct group *g = mem_zalloc(3, sizeof *g);
		const struct draft *f;
		size_t n = 0;

		g[n++] = status_of("", 3);
		if (of[i].n[0])
			g[n++] = status_of("10.0.0.9:80", of[i].n[0]);
		if (of[i].n[1])
			g[n++] = status_of("10.0.0.8:80", of[i].n[1]);
		d->model.groups = g;
		d->model.n_groups = n;
		f = desk_finish(d, "app.error");
		assert_non_null(f);
		assert_true(draft_says(f, of[i].says));
		assert_int_equal(draft_says(f, "10.0.0.8:80 2, 10.0.0.9:80 1."),
				 i == 1);
		assert_int_equal(draft_says(f, "10.0.0.9:80 1, and others."),
				 i == 2);
		desk_free(d);
	}
}

/* Those that are not named may have as many. */
static void of_many_servers_some_are_named(void **state)
{
	struct derive *d = desk_new(2, &rules_app);
	struct group *g = mem_zalloc(7, sizeof *g);
	const struct draft *f;
	char server[] = "10.0.0.1:80";

	(void)state;
	g[0] = status_of("", 6);
	for (size_t i = 1; i < 7; i++, server[7]++)
		g[i] = status_of(server, 1);
	d->model.groups = g;
	d->model.n_groups = 7;
	f = desk_finish(d, "app.error");
	assert_non_null(f);
	assert_true(draft_says(f, "6 servers answer 6 requests"));
	assert_true(draft_says(f, "10.0.0.5:80 1, and no more of any other."));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_of_the_service_is_named),
		cmocka_unit_test(an_error_of_http_has_its_number),
		cmocka_unit_test(an_error_says_whose_it_is),
		cmocka_unit_test(of_many_servers_some_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
