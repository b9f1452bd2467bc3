/* Halves of conversations that are answered from another address. */
#include "correlate/halves.h"
#include "tests/correlate/pair_case.h"

static const struct conv ask = { .client = "10.1.0.2:40000",
				 .server = "10.2.0.2:7001",
				 .proto = 17,
				 .content = 1,
				 .no_s2c = true };
static const struct conv tell = { .client = "10.1.0.2:40000",
				  .server = "10.2.0.3:7001",
				  .at = 40 * MS,
				  .proto = 17,
				  .content = 2,
				  .no_c2s = true };

/* Others who ask and are answered so: both addresses are servers'. */
static const struct conv others[] = {
	{ .client = "10.1.0.3:40000",
	  .server = "10.2.0.2:7001",
	  .at = 200 * SEC,
	  .proto = 17,
	  .content = 4,
	  .no_s2c = true },
	{ .client = "10.1.0.4:40000",
	  .server = "10.2.0.2:7001",
	  .at = 201 * SEC,
	  .proto = 17,
	  .content = 5,
	  .no_s2c = true },
	{ .client = "10.1.0.5:40000",
	  .server = "10.2.0.3:7001",
	  .at = 202 * SEC,
	  .proto = 17,
	  .content = 6,
	  .no_c2s = true },
	{ .client = "10.1.0.6:40000",
	  .server = "10.2.0.3:7001",
	  .at = 203 * SEC,
	  .proto = 17,
	  .content = 7,
	  .no_c2s = true },
};

static struct halves pair_them(struct pc *c, const struct conv *v, size_t n)
{
	struct halves h = { 0 };
	const struct pair_options o = { .halves = &h };

	pc_open(c, 2);
	for (size_t i = 0; i < n; i++)
		pc_add_both(c, &v[i], &near_point);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		pc_add_both(c, &others[i], &near_point);
	pc_run(c, &o);
	return h;
}

static void an_answer_from_elsewhere_is_the_other_half(void **state)
{
	struct pc c;
	const struct conv v[] = { ask, tell };
	struct halves h = pair_them(&c, v, 2);
	const struct half *a = halves_of(&h, 1), *b = halves_of(&h, 2);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(a->other, 2);
	assert_int_equal(b->other, 1);
	assert_true(a->asks);
	assert_false(b->asks);
	assert_null(halves_of(&h, 3));
	VEC_FREE(&h);
	pc_close(&c);
}

/* Another socket, another service, an answer before the question. */
static void near_misses_are_none(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct pc c;
		struct conv v[] = { ask, tell };
		struct halves h;

		if (i == 0)
			v[1].client = "10.1.0.2:40001";
		else if (i == 1)
			v[1].server = "10.2.0.3:7002";
		else if (i == 2)
			v[0].at = 80 * SEC;
		else
			v[1].at = 90 * SEC;
		h = pair_them(&c, v, 2);
		assert_null(halves_of(&h, 1));
		assert_null(halves_of(&h, 2));
		VEC_FREE(&h);
		pc_close(&c);
	}
}

/* Two addresses answer: no half is the other one. */
static void of_two_that_answer_none_is_chosen(void **state)
{
	struct pc c;
	struct conv v[] = { ask, tell, tell };
	struct halves h;

	(void)state;
	v[2].server = "10.2.0.4:7001";
	v[2].content = 3;
	h = pair_them(&c, v, 3);
	for (int64_t s = 1; s <= 3; s++)
		assert_null(halves_of(&h, s));
	VEC_FREE(&h);
	pc_close(&c);
}

/* One socket asks seven or more servers, of which each has more clients than that, as
 * else the socket would pass for a server.  Return: what belongs to the first, of
 * which alone the answer can be. */
static const struct half *half_of_many(struct pc *c, struct halves *h,
				       unsigned asked)
{
	enum { MOST = 16, CLIENTS = 20 };
	static struct conv v[MOST * (CLIENTS + 1) + 1];
	static char end[2][MOST * (CLIENTS + 1)][NET_END_TEXT];
	size_t n = 0;

	v[n++] = ask;
	v[n++] = tell;
	for (unsigned i = 0; i < asked; i++)
		for (unsigned k = i ? 0 : 1; k <= CLIENTS; k++, n++) {
			v[n] = ask;
			v[n].at = (k ? 300 + k : 70 + i) * SEC;
			v[n].content = (uint32_t)(100 + n);
			if (i) {
				snprintf(end[0][n], NET_END_TEXT,
					 "10.9.0.%u:7001", i);
				v[n].server = end[0][n];
			}
			if (k) {
				snprintf(end[1][n], NET_END_TEXT,
					 "10.8.%u.%u:40000", i, k);
				v[n].client = end[1][n];
			}
		}
	*h = pair_them(c, v, n);
	return halves_of(h, 1);
}

/* Some others that the socket asks later are no scan. */
static void one_of_a_few_that_are_asked_has_its_answer(void **state)
{
	(void)state;
	for (int many = 0; many < 2; many++) {
		struct pc c;
		struct halves h;
		const struct half *a = half_of_many(&c, &h, many ? 12 : 7);

		if (many)
			assert_null(a);
		else
			assert_non_null(a);
		assert_true(many || a->other == 2);
		VEC_FREE(&h);
		pc_close(&c);
	}
}

/* One socket asks a whole network, as a scan does: no look at each for each. */
static void of_a_scan_nothing_is_said(void **state)
{
	struct conv v[24];
	char to[24][NET_END_TEXT];
	struct halves h;
	struct pc c;

	(void)state;
	for (unsigned i = 0; i < 24; i++) {
		v[i] = i < 12 ? ask : tell;
		snprintf(to[i], sizeof to[i], "10.9.%u.%u:7001", i / 12, i);
		v[i].server = to[i];
		v[i].content = 100 + i;
	}
	h = pair_them(&c, v, 24);
	for (int64_t s = 1; s <= 24; s++)
		assert_null(halves_of(&h, s));
	assert_int_equal(h.n, 0);
	VEC_FREE(&h);
	pc_close(&c);
}

/* Answered from where it was asked: nothing is half. */
static void a_whole_session_is_no_half(void **state)
{
	struct pc c;
	struct conv v[] = { ask, tell };
	struct halves h;

	(void)state;
	v[0].no_s2c = false;
	h = pair_them(&c, v, 2);
	assert_null(halves_of(&h, 1));
	assert_null(halves_of(&h, 2));
	VEC_FREE(&h);
	pc_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_from_elsewhere_is_the_other_half),
		cmocka_unit_test(near_misses_are_none),
		cmocka_unit_test(of_two_that_answer_none_is_chosen),
		cmocka_unit_test(one_of_a_few_that_are_asked_has_its_answer),
		cmocka_unit_test(of_a_scan_nothing_is_said),
		cmocka_unit_test(a_whole_session_is_no_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
