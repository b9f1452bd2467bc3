/* Sessions that lose beside others that do not, and what only looks so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/derive/split.h"

#define MS 1000000LL
#define SESSIONS 12
#define ROUNDS 100

static struct net_end end_of(uint8_t net, uint8_t last, uint16_t port)
{
	uint8_t b[4] = { 10, 0, net, last };

	return (struct net_end){ net_addr_v4(b), port };
}

static void add_session(struct split *s, struct net_end client,
			struct net_end server)
{
	*VEC_PUSH(&s->of) = (struct split_session){ .session = 1 +
							       (int64_t)s->of.n,
						    .client = client,
						    .server = server,
						    .proto = 6 };
}

static void sent(struct split *s, uint32_t session, int64_t ms, uint32_t like,
		 bool lost)
{
	struct split_session *x = &s->of.at[session];

	if (!x->sent++)
		x->first_ns = ms * MS;
	x->last_ns = ms * MS;
	x->lost += lost;
	*VEC_PUSH(&s->tried) = (struct split_try){
		.t_ns = ms * MS, .session = session, .like = like, .lost = lost
	};
}

/* Sessions of two hosts, or of SESSIONS clients and a server. */
static struct split sessions(bool own_hosts)
{
	struct split s = { 0 };

	for (uint8_t i = 0; i < SESSIONS; i++)
		add_session(&s,
			    end_of(0, own_hosts ? i : 1, (uint16_t)(40000 + i)),
			    end_of(1, 1, 443));
	return s;
}

/* All send once in each 100 ms; a fifth of those of the first @lossy is lost. */
static void rounds(struct split *s, uint32_t lossy, uint32_t like)
{
	for (uint32_t n = 0; n < ROUNDS; n++)
		for (uint32_t i = 0; i < s->of.n; i++)
			sent(s, i, 100 * n + i, i < lossy ? like : 0,
			     i < lossy && (n + i) % 5 == 0);
}

static enum split_by judged(struct split *s)
{
	enum split_by by;

	split_judge(s);
	by = s->by;
	split_release(s);
	return by;
}

static void some_of_the_same_hosts_are_told_by_ports(void **state)
{
	struct split s = sessions(false);

	(void)state;
	rounds(&s, 4, 0);
	split_judge(&s);
	assert_int_equal(s.by, SPLIT_PORTS);
	assert_int_equal(s.n[SPLIT_LOSSY], 4);
	assert_int_equal(s.n[SPLIT_CLEAN], 8);
	assert_int_equal(s.lost[SPLIT_LOSSY], 80);
	assert_int_equal(s.sent[SPLIT_CLEAN], 800);
	assert_int_equal(s.n_shown, 3);
	for (size_t i = 0; i < s.n_shown; i++) {
		assert_true(s.tried.at[s.shown[i][0]].lost);
		assert_false(s.tried.at[s.shown[i][1]].lost);
	}
	split_release(&s);
}

/* One loss elsewhere is no reason to be silent. */
static void a_stray_loss_of_the_others_does_not_hide_it(void **state)
{
	struct split s = sessions(false);

	(void)state;
	rounds(&s, 4, 0);
	sent(&s, 9, 100 * ROUNDS, 0, true);
	split_judge(&s);
	assert_int_equal(s.by, SPLIT_PORTS);
	assert_int_equal(s.n[SPLIT_CLEAN], 8);
	assert_int_equal(s.lost[SPLIT_CLEAN], 1);
	split_release(&s);
}

static void fewer_than_three_are_not(void **state)
{
	struct split s = sessions(false);

	(void)state;
	rounds(&s, 2, 0);
	assert_int_equal(judged(&s), SPLIT_NONE);
	s = sessions(false);
	rounds(&s, SESSIONS - 2, 0);
	assert_int_equal(judged(&s), SPLIT_NONE);
}

/* All lose what they send in the bad time, and the others do not send then. */
static void losses_of_one_time_are_not(void **state)
{
	struct split s = sessions(false);

	(void)state;
	for (uint32_t n = 0; n < ROUNDS; n++)
		for (uint32_t i = 0; i < SESSIONS; i++)
			if (n % 10 < 3 ? i < 4 : i >= 4 || n % 10 > 6)
				sent(&s, i, 100 * n + i, 0,
				     n % 10 < 3 && n % 2);
	assert_int_equal(judged(&s), SPLIT_NONE);
}

static void other_sizes_or_classes_are_not(void **state)
{
	struct split s = sessions(false);

	(void)state;
	rounds(&s, 4, 7);
	assert_int_equal(judged(&s), SPLIT_NONE);
}

/* A fifth is lost of all; of those who send little, by chance, nothing. */
static void who_sends_little_tells_nothing(void **state)
{
	struct split s = sessions(false);

	(void)state;
	for (uint32_t n = 0; n < ROUNDS; n++)
		for (uint32_t i = 0; i < SESSIONS; i++)
			if (i < 4 || n % 9 == i % 9)
				sent(&s, i, 100 * n + i, 0,
				     i < 4 && (n + i) % 5 == 0);
	assert_int_equal(judged(&s), SPLIT_NONE);
}

/* Four at ten times the pace of the rest, which send enough to lose some. */
static void fair_queues_spare_the_slow(void **state)
{
	struct split s = sessions(false);

	(void)state;
	for (uint32_t n = 0; n < 10 * ROUNDS; n++)
		for (uint32_t i = 0; i < SESSIONS; i++)
			if (i < 4 || n % 10 == 0)
				sent(&s, i, 100 * n + i, 0,
				     i < 4 && (n + i) % 5 == 0);
	assert_int_equal(judged(&s), SPLIT_NONE);
}

static void one_service_of_two_is_not(void **state)
{
	struct split s = sessions(false);

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		s.of.at[i].server.port = 80;
	rounds(&s, 4, 0);
	assert_int_equal(judged(&s), SPLIT_NONE);
}

/* Calls have ports of their own at either end. */
static void services_of_one_session_each_are_compared(void **state)
{
	struct split s = sessions(false);

	(void)state;
	for (uint32_t i = 0; i < SESSIONS; i++)
		s.of.at[i].server.port = (uint16_t)(20000 + i);
	rounds(&s, 4, 0);
	assert_int_equal(judged(&s), SPLIT_PORTS);
}

static void a_host_all_of_whose_sessions_lose_is_named(void **state)
{
	struct split s = sessions(true);

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		s.of.at[i].client = end_of(0, 77, (uint16_t)(50000 + i));
	rounds(&s, 4, 0);
	split_judge(&s);
	assert_int_equal(s.by, SPLIT_HOST);
	assert_int_equal(net_addr_cmp(&s.host, &s.of.at[0].client.addr), 0);
	split_release(&s);
}

/* A load balancer's address: behind it, all that lose are of one server. */
static void a_host_that_the_far_point_alone_tells_is_named(void **state)
{
	struct split s = sessions(false);

	(void)state;
	for (uint32_t i = 0; i < SESSIONS; i++)
		s.of.at[i].far[1] = end_of(2, (uint8_t)(i / 4), 0).addr;
	rounds(&s, 4, 0);
	split_judge(&s);
	assert_int_equal(s.by, SPLIT_HOST);
	assert_int_equal(net_addr_cmp(&s.host, &s.of.at[0].far[1]), 0);
	split_release(&s);
}

/* Sessions of clients 0 to 3 with servers 0 to 2. */
static void pairs_of_addresses_are_told_where_no_host_explains_it(void **state)
{
	struct split s = { 0 };

	(void)state;
	for (uint8_t i = 0; i < 12; i++)
		add_session(&s, end_of(0, i % 4, (uint16_t)(40000 + i)),
			    end_of(1, (uint8_t)((i < 4 ? i : i + 1) % 3), 443));
	for (uint32_t n = 0; n < ROUNDS; n++)
		for (uint32_t i = 0; i < 12; i++) {
			bool bad = (s.of.at[i].client.addr.b[15] +
				    s.of.at[i].server.addr.b[15]) %
					   3 ==
				   0;

			sent(&s, i, 100 * n + i, 0, bad && (n + i) % 5 == 0);
		}
	assert_int_equal(judged(&s), SPLIT_ADDRESSES);
}

/* Each of three clients has one session, all of which lose: nothing tells them from
 * others but that they are these. */
static void hosts_without_other_sessions_are_not(void **state)
{
	struct split s = sessions(true);

	(void)state;
	rounds(&s, 4, 0);
	assert_int_equal(judged(&s), SPLIT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(some_of_the_same_hosts_are_told_by_ports),
		cmocka_unit_test(a_stray_loss_of_the_others_does_not_hide_it),
		cmocka_unit_test(fewer_than_three_are_not),
		cmocka_unit_test(losses_of_one_time_are_not),
		cmocka_unit_test(other_sizes_or_classes_are_not),
		cmocka_unit_test(who_sends_little_tells_nothing),
		cmocka_unit_test(fair_queues_spare_the_slow),
		cmocka_unit_test(one_service_of_two_is_not),
		cmocka_unit_test(services_of_one_session_each_are_compared),
		cmocka_unit_test(a_host_all_of_whose_sessions_lose_is_named),
		cmocka_unit_test(
			a_host_that_the_far_point_alone_tells_is_named),
		cmocka_unit_test(
			pairs_of_addresses_are_told_where_no_host_explains_it),
		cmocka_unit_test(hosts_without_other_sessions_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
