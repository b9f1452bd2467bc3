/* Lanes and the timeline: whose the time between request and answer is, and what
 * losses cost. */
#include "tests/report/derive/wire.h"

static void a_turn_is_client_path_and_server(void **state)
{
	struct wire *w = wire(state);

	turns(w, 5, 0);
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_CLIENT], 15 * MS);
	assert_int_equal(w->b.part[TIME_SERVER], 35 * MS);
	assert_int_equal(w->b.part[TIME_PATH], 6 * 2 * WAY);
	assert_int_equal(w->b.exchanges, 5);
	assert_int_equal(w->n_x, 6);
	assert_true(w->x[0].opening);
	assert_int_equal(w->x[3].part[TIME_SERVER], 7 * MS);
	assert_int_equal(w->x[3].part[TIME_PATH], 2 * WAY);
	assert_int_equal(w->x[3].think_ns, 3 * MS);
	assert_int_equal(w->x[3].bytes[1], 200);
}

/* That it came the server says with its answer, not when. */
static void a_request_that_far_missed_leaves_the_server_its_time(void **state)
{
	struct wire *w = wire(state);
	struct record *r;

	turns(w, 5, 0);
	r = &w->rec[1][0][3];
	memmove(r, r + 1, (--w->n[1][0] - 3) * sizeof *r);
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_CLIENT], 15 * MS);
	assert_int_equal(w->b.part[TIME_SERVER], 35 * MS);
	assert_int_equal(w->b.part[TIME_PATH], 6 * 2 * WAY);
	assert_int_equal(w->x[3].far[0], EXCHANGE_NONE);
}

/* The path is its least round trip, the rest lies on the far side. */
static void one_point_knows_the_least_round_trip(void **state)
{
	struct wire *w = wire(state);

	turns(w, 5, 0);
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_CLIENT], 15 * MS);
	assert_int_equal(w->b.part[TIME_PATH], 6 * 2 * WAY);
	assert_int_equal(w->b.beyond_ns, 6 * 2 * WAY);
	assert_int_equal(w->b.part[TIME_SERVER], 35 * MS);
}

static void a_lost_request_costs_its_timeout(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, true, data(c, 100, s));
	t += 250 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	t += WAY + 7 * MS;
	packet(w, 1, t, 0, false, data(s, 200, c + 100));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 250 * MS);
	assert_int_equal(w->b.repairs[REPAIR_TIMEOUT], 1);
	assert_int_equal(w->b.repair_ns[REPAIR_TIMEOUT], 250 * MS);
	assert_int_equal(w->b.part[TIME_SERVER], 28 * MS);
	assert_int_equal(w->b.part[TIME_PATH], 5 * 2 * WAY);
}

static void a_lost_answer_costs_its_timeout(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	t += WAY + 7 * MS;
	packet(w, 1, t, 0, true, data(s, 200, c + 100));
	t += 300 * MS;
	packet(w, 1, t, 0, false, data(s, 200, c + 100));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 300 * MS);
	assert_int_equal(w->b.part[TIME_SERVER], 28 * MS);
}

/* A slow server whose request was sent again for nothing. */
static void a_needless_copy_is_not_recovery(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	packet(w, 0, t + 250 * MS, 0, false, data(c, 100, s));
	t += WAY + 600 * MS;
	packet(w, 1, t, 0, false, data(s, 200, c + 100));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
	assert_int_equal(w->b.part[TIME_SERVER], 21 * MS + 600 * MS);
}

static void a_late_answer_waited_in_a_queue(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	t += WAY + 7 * MS;
	packet(w, 1, t, 80 * MS, false, data(s, 200, c + 100));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_QUEUE], 80 * MS);
	assert_int_equal(w->b.hop[0].queue_ns, 80 * MS);
	assert_int_equal(w->b.part[TIME_SERVER], 28 * MS);
}

/* Case 9: the last piece leaves at once, and comes 400 ms later. */
static void a_last_piece_held_back_is_noted(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	t += WAY + 7 * MS;
	packet(w, 1, t, 0, false, data(s, 1460, c + 100));
	packet(w, 1, t + 1000, 0, false, data(s + 1460, 1460, c + 100));
	packet(w, 1, t + 2000, 400 * MS, false, data(s + 2920, 80, c + 100));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.holds, 1);
	assert_in_range(w->x[4].hold_ns, 399 * MS, 401 * MS);
	assert_in_range(w->b.part[TIME_QUEUE], 399 * MS, 401 * MS);
}

/* Two small writes; the first one's acknowledgement is held back. */
static void a_small_write_waits_for_a_delayed_acknowledgement(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	packet(w, 1, t + WAY + 40 * MS, 0, false, data(s, 0, c + 100));
	t += 2 * WAY + 40 * MS;
	packet(w, 0, t, 0, false, data(c + 100, 20, s));
	t += WAY + 7 * MS;
	packet(w, 1, t, 0, false, data(s, 200, c + 120));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.nagles, 1);
	assert_int_equal(w->b.part[TIME_NAGLE], 2 * WAY + 40 * MS);
	assert_int_equal(w->b.part[TIME_CLIENT], 12 * MS);
	assert_int_equal(w->b.exchanges, 4);
}

/* The server streams; what it sent before a request came is no answer. */
static void data_under_way_is_no_answer(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	for (int i = 0; i < 10; i++)
		packet(w, 1, t + i * MS, 0, false,
		       data(s + 100u * (unsigned)i, 100, c));
	packet(w, 0, t + WAY + 2 * MS, 0, false, data(c, 100, s));
	walk(w, 2);
	sums(w);
	/* it began by itself, a WAY after its last answer left */
	assert_int_equal(w->b.part[TIME_SERVER], 21 * MS + WAY);
}

static void syns(struct wire *w, bool lost)
{
	struct record syn = { .seq64 = 1000, .tcp_flags = REC_SYN };

	for (int i = 0; i < 4; i++)
		packet(w, 0, ((1 << i) - 1) * 1000 * MS, 0, lost, syn);
}

/* They arrive: nothing is recovered from. */
static void syns_that_nobody_answers_wait_for_the_server(void **state)
{
	struct wire *w = wire(state);

	syns(w, false);
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_SERVER], 7000 * MS);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
	assert_int_equal(w->line.lost_ns, 0);
}

static void syns_that_are_lost_are_time_of_recovery(void **state)
{
	struct wire *w = wire(state);

	syns(w, true);
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 7000 * MS);
	assert_int_equal(w->line.lost_ns, 7000 * MS);
}

/* From one side it is whoever lies there. */
static void syns_at_one_point_wait_for_the_far_side(void **state)
{
	struct wire *w = wire(state);

	syns(w, true);
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_SERVER], 7000 * MS);
}

/* What acknowledged before does so as long as it lives: the silence is loss. */
static void data_without_answer_at_one_point_is_loss(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);

	for (int i = 0; i < 4; i++)
		packet(w, 0, t + ((1 << i) - 1) * 300 * MS, 0, true,
		       data(1301, 100, 5601));
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 2100 * MS);
}

static struct record datagram(uint32_t digest)
{
	return (struct record){ .pay_len = 100, .head_digest = digest };
}

/* A beacon says the same again and again, and nobody has to answer. */
static void what_nobody_ever_answers_is_no_retry(void **state)
{
	struct wire *w = wire(state);

	w->datagrams = true;
	for (int i = 0; i < 4; i++)
		packet(w, 0, i * 30000 * MS, 0, true, datagram(7));
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
	assert_int_equal(w->b.part[TIME_CLIENT], 90000 * MS);
}

static void a_request_that_is_asked_again_is_recovery(void **state)
{
	struct wire *w = wire(state);

	w->datagrams = true;
	packet(w, 0, 0, 0, true, datagram(7));
	packet(w, 0, 5000 * MS, 0, false, datagram(7));
	packet(w, 1, 5011 * MS, 0, false, datagram(8));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 5000 * MS);
}

/* The end of an answer is no full segment that waits for room. */
static void a_fin_after_an_acknowledgement_is_the_servers_own(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	struct record fin = data(1401, 0, 6601), bye = data(6601, 0, 1402);

	fin.tcp_flags = bye.tcp_flags = REC_FIN;
	packet(w, 0, t, 0, false, data(1301, 100, 5601));
	packet(w, 1, t + WAY, 0, false, data(5601, 1000, 1401));
	packet(w, 0, t + 2 * WAY, 0, false, fin);
	packet(w, 1, t + 3 * WAY + MS, 0, false, bye);
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_CWND], 0);
	assert_int_equal(w->b.part[TIME_SERVER], 22 * MS);
}

/* A FIN is lost, or what acknowledges it, and sent again; its host acknowledges
 * that one after @held. */
static void close_badly(struct wire *w, bool fin_lost, int64_t held)
{
	int64_t t = turns(w, 3, 0) + 3 * MS;
	struct record fin = data(1301, 0, 5601), ack = data(5601, 0, 1302);

	fin.tcp_flags = REC_FIN;
	packet(w, 0, t, 0, fin_lost, fin);
	if (!fin_lost && !held)
		packet(w, 1, t + WAY, 0, true, ack);
	packet(w, 0, t + 240 * MS, 0, false, fin);
	packet(w, 1, t + 240 * MS + WAY + held, 0, false, ack);
	walk(w, 2);
	sums(w);
}

static void a_lost_farewell_costs_its_timeout(void **state)
{
	for (int fin_lost = 0; fin_lost < 2; fin_lost++) {
		struct wire *w = wire(state);

		close_badly(w, fin_lost, 0);
		assert_int_equal(w->b.part[TIME_RECOVERY], 240 * MS);
		assert_int_equal(w->line.lost_ns, 240 * MS);
		assert_int_equal(w->b.part[TIME_SERVER], 21 * MS);
		if (!fin_lost)
			done(state);
	}
}

static void who_acknowledges_late_took_that_long(void **state)
{
	struct wire *w = wire(state);

	close_badly(w, false, 50 * MS);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
	assert_int_equal(w->b.part[TIME_SERVER], 21 * MS + 290 * MS);
}

/* Both copies are in the capture beside the host, which answers the second at once:
 * it never got the first. */
static void who_answers_the_copy_at_once_had_not_got_the_first(void **state)
{
	struct wire *w = wire(state);

	close_badly(w, false, 1000);
	assert_int_equal(w->b.part[TIME_RECOVERY], 240 * MS);
	assert_int_equal(w->b.part[TIME_SERVER], 21 * MS + 1000);
}

/* Nor does it wait for a window that has no room for a segment. */
static void a_fin_needs_no_window_of_a_segment(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	struct record fin = data(1401, 0, 6601), bye = data(6601, 0, 1402);

	fin.tcp_flags = bye.tcp_flags = REC_FIN;
	packet(w, 0, t, 0, false, data(1301, 100, 5601));
	packet(w, 1, t + WAY, 0, false, data(5601, 1000, 1401));
	packet(w, 0, t + 2 * WAY, 0, false, fin);
	packet(w, 1, t + 3 * WAY + MS, 0, false, bye);
	for (uint32_t i = 0; i < w->n[1][0]; i++)
		w->rec[0][0][i].window = w->rec[1][0][i].window = 1100;
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 0);
	assert_int_equal(w->b.part[TIME_SERVER], 22 * MS);
}

/* A box on the way resets the client's side: the server, that knows nothing of
 * it, sends again what was not acknowledged, until it gives up. */
static void after_a_reset_the_other_end_recovers_in_vain(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0), sent = t - WAY;
	struct record rst = data(5601, 0, 1401);

	rst.tcp_flags = REC_RST;
	t += 3 * MS;
	packet(w, 0, t, 0, true, data(1301, 100, 5601));
	t += 15 * MS;
	rst.tcp_flags |= REC_ACK;
	seen(w, 0, 1, t, &rst);
	for (int i = 0; i < 4; i++)
		packet(w, 1, sent + (1 << i) * 300 * MS, 0, false,
		       data(5401, 200, 1301));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_UNATTRIBUTED], 0);
	assert_int_equal(w->b.part[TIME_CLIENT], 12 * MS);
	assert_int_equal(w->b.part[TIME_SERVER], 21 * MS);
	assert_int_equal(w->b.part[TIME_RECOVERY], 2400 * MS + sent + WAY - t);
	assert_int_equal(w->line.lost_ns, w->b.part[TIME_RECOVERY]);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, done)
	const struct CMUnitTest tests[] = {
		CASE(a_turn_is_client_path_and_server),
		CASE(a_request_that_far_missed_leaves_the_server_its_time),
		CASE(one_point_knows_the_least_round_trip),
		CASE(a_lost_request_costs_its_timeout),
		CASE(a_lost_answer_costs_its_timeout),
		CASE(a_needless_copy_is_not_recovery),
		CASE(a_late_answer_waited_in_a_queue),
		CASE(a_last_piece_held_back_is_noted),
		CASE(a_small_write_waits_for_a_delayed_acknowledgement),
		CASE(data_under_way_is_no_answer),
		CASE(syns_that_nobody_answers_wait_for_the_server),
		CASE(syns_that_are_lost_are_time_of_recovery),
		CASE(what_nobody_ever_answers_is_no_retry),
		CASE(a_request_that_is_asked_again_is_recovery),
		CASE(syns_at_one_point_wait_for_the_far_side),
		CASE(data_without_answer_at_one_point_is_loss),
		CASE(a_fin_after_an_acknowledgement_is_the_servers_own),
		CASE(a_lost_farewell_costs_its_timeout),
		CASE(who_acknowledges_late_took_that_long),
		CASE(who_answers_the_copy_at_once_had_not_got_the_first),
		CASE(a_fin_needs_no_window_of_a_segment),
		CASE(after_a_reset_the_other_end_recovers_in_vain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
