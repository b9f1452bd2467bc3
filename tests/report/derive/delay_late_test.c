/* delay.server of single late answers, told whatever their share. */
#include "tests/report/derive/cause.h"

/* @n answers in a session of @total, @of of them after @each; the others take
 * @others in all. */
static void made_late(struct made *m, uint64_t n, uint32_t of, int64_t each,
		      int64_t others, int64_t total)
{
	made(m, n, TIME_SERVER, of * each + others, total);
	m->worst.late.ns = of * each;
	m->worst.late.most_ns = each;
	m->worst.late.of = of;
	m->worst.late.n = 3;
}

/* The client is idle for most of the time: that is no comfort to who waited. */
static void one_late_answer_is_told_whatever_its_share(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made_late(&m, 60, 1, 9 * SEC, 240 * MS, 41 * SEC);
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "takes 9 s to answer"));
	assert_true(draft_says(f, "1 request waits 9 s"));
	assert_true(draft_says(f, "would take 32 s, not 41 s"));
	desk_free(d);
	/* of an hour it is little */
	made_late(&m, 1, 1, 3 * SEC, 0, 3600 * SEC);
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	desk_free(d);
}

/* BGP: a peer speaks when it has news. */
static void peers_do_not_answer_late(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 2, TIME_SERVER, 10 * SEC, 11 * SEC);
	m.s.own_pace = true;
	assert_null(finding(&m, "delay.server", &d));
	desk_free(d);
}

static void late_among_answers_nearly_as_late_does_not_stand_out(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made_late(&m, 10, 1, 1100 * MS, 9 * 300 * MS, 40 * SEC);
	assert_null(finding(&m, "delay.server", &d));
	desk_free(d);
}

/* It sends something each few seconds, and the server speaks when it likes. */
static void who_goes_on_without_answers_waits_for_none(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made_late(&m, 40, 30, 3 * SEC, 3 * SEC, 3600 * SEC);
	m.s.client_went_on_ns = 5 * SEC;
	assert_null(finding(&m, "delay.server", &d));
	desk_free(d);
}

/* Both sides send a little each half a minute, and neither answers the other. */
static void heartbeats_are_no_late_answers(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made_late(&m, 14, 12, 10 * SEC, 20 * MS, 345 * SEC);
	m.worst.late.beats = 12;
	assert_null(finding(&m, "delay.server", &d));
	desk_free(d);
	/* what was asked in full, or only once, is no heartbeat */
	m.worst.late.beats = 5;
	assert_non_null(finding(&m, "delay.server", &d));
	desk_free(d);
	made_late(&m, 14, 1, 10 * SEC, 20 * MS, 345 * SEC);
	m.worst.late.beats = 1;
	assert_non_null(finding(&m, "delay.server", &d));
	desk_free(d);
}

/* An average over one that is late and others that are not describes neither. */
static void a_late_answer_is_told_apart_from_quick_ones(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made_late(&m, 5, 1, 2 * SEC, 10 * MS, 2500 * MS);
	f = finding(&m, "delay.server", &d);
	assert_true(draft_says(f, "takes 2 s to answer"));
	assert_true(draft_says(f, "1 request waits 2 s"));
	desk_free(d);
	/* the others take most of the time */
	made_late(&m, 101, 1, 2 * SEC, 10 * SEC, 12500 * MS);
	f = finding(&m, "delay.server", &d);
	assert_true(draft_says(f, "takes 119 ms to answer"));
	desk_free(d);
}

/* A server that speaks unasked does so after replies to that, too; what asks is late
 * all the same, however long the server was silent elsewhere. */
static void late_behind_replies_is_news(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made_late(&m, 2, 1, 2 * SEC, 10 * MS, 12 * SEC);
	m.worst.late.news = 1;
	m.worst.replies = m.worst.late;
	m.worst.late = (struct late_sum){ 0 };
	m.s.only_replies = true;
	m.s.unasked_ns = 5 * SEC;
	m.s.feed_ns = 8 * SEC;
	m.b.part[TIME_SERVER] += 8 * SEC;
	m.b.part[TIME_TRANSFER] -= 8 * SEC;
	f = finding(&m, "delay.server", &d);
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f,
			       "speaks again unasked, after up to 5 s: news, "
			       "or late rests of answers"));
	assert_true(draft_says(f, "silent for 10 s in all"));
	assert_true(draft_says(f, "Nothing shows that anybody waited"));
	desk_free(d);
	m.s.only_replies = false; /* they may be requests */
	f = finding(&m, "delay.server", &d);
	assert_int_equal(d->drafts.n, 2);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "takes 2 s to answer"));
	desk_free(d);
}

struct two {
	struct made *pace, *news;
};

static void add_two(struct grouping *g, void *ctx)
{
	struct two *two = ctx;

	for (int i = 0; i < 9; i++)
		causes_add(g, &two->pace->s);
	causes_add(g, &two->news->s);
}

/* One session with a long pause says nothing of the others' paces. */
static void a_pace_is_no_news_of_others(void **state)
{
	struct made pace, news;
	struct derive *d;

	(void)state;
	made(&pace, 5, TIME_SERVER, 4 * SEC, 5 * SEC);
	pace.s.feed_ns = 4 * SEC;
	made(&news, 5, TIME_SERVER, 4 * SEC, 5 * SEC);
	news.s.feed_ns = 4 * SEC;
	news.s.unasked_ns = 3 * SEC;
	d = desk_with(add_two, &(struct two){ &pace, &news });
	assert_non_null(desk_finish(d, "delay.server"));
	assert_int_equal(d->drafts.n, 2);
	assert_true(draft_says(d->drafts.at[0], "pauses of 36 s in all"));
	assert_true(draft_says(d->drafts.at[1],
			       "speaks again unasked, after up to 3 s"));
	desk_free(d);
}

static void what_is_told_whatever_its_share_may_be_news(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made_late(&m, 20, 1, 2 * SEC, 200 * MS, 22 * SEC);
	m.worst.late.news = 1;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_true(draft_says(f, "not answered before there is news"));
	desk_free(d);
	m.worst.late.news = 0; /* of a protocol that tells requests */
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_false(draft_says(f, "not answered before there is news"));
	desk_free(d);
}

static void a_request_ignored_with_the_opening_is_told_once(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made_late(&m, 1, 1, 3 * SEC, 0, 40 * SEC);
	m.s.opened = OPENED_HOST;
	m.s.opening_ns = m.s.opening_server_ns = 3 * SEC;
	finding(&m, "delay.server", &d);
	assert_int_equal(of_rule(d, "delay.server"), 1);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_late_answer_is_told_whatever_its_share),
		cmocka_unit_test(peers_do_not_answer_late),
		cmocka_unit_test(
			late_among_answers_nearly_as_late_does_not_stand_out),
		cmocka_unit_test(who_goes_on_without_answers_waits_for_none),
		cmocka_unit_test(heartbeats_are_no_late_answers),
		cmocka_unit_test(a_late_answer_is_told_apart_from_quick_ones),
		cmocka_unit_test(late_behind_replies_is_news),
		cmocka_unit_test(a_pace_is_no_news_of_others),
		cmocka_unit_test(what_is_told_whatever_its_share_may_be_news),
		cmocka_unit_test(
			a_request_ignored_with_the_opening_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
