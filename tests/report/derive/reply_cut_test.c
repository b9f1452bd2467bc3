/* reply.cut: answers cut short by the server's own close or reset, in words. */
#include "tests/report/derive/cause.h"

struct cuts {
	const char *server;
	unsigned n, resets;
	bool far_only;
};

/* Sessions of four requests each. */
static void add_cuts(struct grouping *g, void *ctx)
{
	const struct cuts *c = ctx;

	for (unsigned i = 0; i < c->n; i++) {
		struct made m;

		made(&m, 4, TIME_SERVER, 40 * MS, SEC);
		m.s.id = 7 + i;
		m.s.server = c->server;
		m.s.cut = i < c->resets ? CUT_RESET : CUT_CLOSED;
		m.s.far_only = c->far_only;
		causes_add(g, &m.s);
	}
}

static const struct draft *cut(struct cuts c, struct derive **d)
{
	*d = desk_with(add_cuts, &c);
	return desk_finish(*d, "reply.cut");
}

static void the_server_cuts(void **state)
{
	struct derive *d;
	const struct draft *f = cut((struct cuts){ "10.0.0.9:80", 3, 1, false },
				    &d);

	(void)state;
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "The server 10.0.0.9:80 cuts 3 of 12 answers "
				  "short: it closes or resets the connection "
				  "in the middle"));
	assert_true(draft_says(f, "the server ended the connection, and the "
				  "client had not"));
	assert_true(draft_says(f, "1 of them ended by a reset"));
	assert_true(draft_says(f, "had not passed to the program yet"));
	desk_free(d);
}

static void one_capture_does_not_tell_who(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 40 * MS, SEC);
	m.s.server = "10.0.0.9:80";
	m.s.cut = CUT_RESET;
	m.s.far_only = true;
	f = finding(&m, "reply.cut", &d);
	assert_non_null(f);
	assert_true(draft_says(f, "1 of 4 answers of 10.0.0.9:80 is cut short: "
				  "the connection is reset in the middle"));
	assert_true(draft_says(f, "Right after it a FIN or a reset came from "
				  "the server's side, and the client had sent "
				  "none."));
	assert_false(draft_says(f, "the server ended"));
	assert_true(draft_says(f, "It ended by a reset"));
	desk_free(d);
}

static void all_of_several_are_reset(void **state)
{
	struct derive *d;
	const struct draft *f = cut((struct cuts){ "10.0.0.9:80", 2, 2, true },
				    &d);

	(void)state;
	assert_non_null(f);
	assert_true(draft_says(f, "All ended by a reset"));
	desk_free(d);
}

/* Past 65,536 servers there is no name. */
static void servers_that_are_not_listed_cut(void **state)
{
	struct derive *d;
	const struct draft *f = cut((struct cuts){ "", 2, 0, false }, &d);

	(void)state;
	assert_non_null(f);
	assert_true(draft_says(f, "Servers that are not listed cut 2 of 8 "
				  "answers short: they close the connection in "
				  "the middle"));
	desk_free(d);
	f = cut((struct cuts){ "", 2, 0, true }, &d);
	assert_non_null(f);
	assert_true(draft_says(f, "2 of 8 answers of servers that are not "
				  "listed are cut short: the connection is "
				  "closed in the middle"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_server_cuts),
		cmocka_unit_test(one_capture_does_not_tell_who),
		cmocka_unit_test(all_of_several_are_reset),
		cmocka_unit_test(servers_that_are_not_listed_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
