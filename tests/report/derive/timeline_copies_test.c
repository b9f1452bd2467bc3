/* The timeline and copies: which of the two came, and how long that is waited for. */
#include "tests/report/derive/wire.h"

/* Data with a time stamp and an IP ID. */
static struct record stamped(uint64_t seq, uint32_t len, uint64_t ack,
			     uint32_t tsval, uint16_t id)
{
	struct record r = data(seq, len, ack);

	if (tsval) {
		r.opts = REC_OPT_TS;
		r.tsval = tsval;
	}
	r.ip_id = id;
	return r;
}

/* The last four of a flight are lost, and sent again, one in each round trip: when the
 * last one's copy comes, its own gap is long over. */
static void holes_of_one_flight_are_no_queue(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	unsigned s = 5601;

	packet(w, 0, t, 0, false, data(1301, 100, s));
	t += WAY + 7 * MS;
	for (unsigned i = 0; i < 6; i++)
		packet(w, 1, t + i * 1000, 0, i >= 2,
		       data(s + i * 100, 100, 1401));
	t += 200 * MS;
	for (unsigned i = 2; i < 6; i++, t += 2 * WAY) {
		packet(w, 1, t, 0, false, data(s + i * 100, 100, 1401));
		packet(w, 0, t + WAY, 0, false,
		       data(1401, 0, s + i * 100 + 100));
	}
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_QUEUE], 0);
	assert_in_range(w->b.part[TIME_RECOVERY], 259 * MS, 261 * MS);
}

/* The copy of a hole waits on its way, too. */
static void a_copy_may_wait_in_a_queue(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);

	packet(w, 0, t, 0, false, data(1301, 100, 5601));
	t += WAY + 7 * MS;
	packet(w, 1, t, 0, false, data(5601, 100, 1401));
	packet(w, 1, t + 1000, 0, true, data(5701, 100, 1401));
	packet(w, 1, t + 220 * MS, 80 * MS, false, data(5701, 100, 1401));
	walk(w, 2);
	sums(w);
	assert_in_range(w->b.part[TIME_RECOVERY], 219 * MS, 221 * MS);
	assert_in_range(w->b.part[TIME_QUEUE], 79 * MS, 81 * MS);
}

/* An answer, a request and a piece of an answer that wait for half a second on the
 * way, and are sent again meanwhile.  @tsval, @id: what tells the first from the
 * copy; 0: nothing does. */
static void waits_thrice(struct wire *w, uint32_t tsval, uint16_t id)
{
	int64_t t = turns(w, 3, 0), late = 480 * MS;
	uint32_t again = tsval ? tsval + 200 : 0;
	uint16_t other = id ? (uint16_t)(id + 1) : 0;

	/* the answer */
	packet(w, 0, t, 0, false, data(1301, 100, 5601));
	t += WAY + 7 * MS;
	packet(w, 1, t, late, false, stamped(5601, 200, 1401, tsval, id));
	packet(w, 1, t + 200 * MS, late - 190 * MS, false,
	       stamped(5601, 200, 1401, again, other));
	t += WAY + late + 3 * MS;
	/* a request */
	packet(w, 0, t, late, false, stamped(1401, 100, 5801, tsval, id));
	packet(w, 0, t + 200 * MS, late - 190 * MS, false,
	       stamped(1401, 100, 5801, again, other));
	t += WAY + late + 7 * MS;
	packet(w, 1, t, 0, false, data(5801, 100, 1501));
	/* a piece of its answer */
	packet(w, 1, t + 1000, late, false,
	       stamped(5901, 100, 1501, tsval, id));
	packet(w, 1, t + 200 * MS, late - 190 * MS, false,
	       stamped(5901, 100, 1501, again, other));
	walk(w, 2);
	sums(w);
}

static void a_first_that_came_late_was_in_a_queue(void **state)
{
	struct wire *w = wire(state);

	waits_thrice(w, 7000, 0);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
	assert_in_range(w->b.part[TIME_QUEUE], 3 * 478 * MS, 3 * 482 * MS);
}

static void an_ip_id_tells_the_first_too(void **state)
{
	struct wire *w = wire(state);

	waits_thrice(w, 0, 99);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
	assert_in_range(w->b.part[TIME_QUEUE], 3 * 478 * MS, 3 * 482 * MS);
}

static void where_nothing_tells_the_copy_came(void **state)
{
	struct wire *w = wire(state);

	waits_thrice(w, 0, 0);
	assert_in_range(w->b.part[TIME_RECOVERY], 3 * 198 * MS, 3 * 202 * MS);
	assert_in_range(w->b.part[TIME_QUEUE], 3 * 278 * MS, 3 * 282 * MS);
}

/* After a timeout the server may send one segment at a time, and the client holds its
 * acknowledgement back by 100 ms: that is no queue. */
static void one_segment_at_a_time_is_no_queue(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	unsigned s = 5601;

	packet(w, 0, t, 0, false, data(1301, 100, s));
	t += WAY + 7 * MS;
	for (int i = 0; i < 5; i++, s += 1460) {
		packet(w, 1, t, 0, false, data(s, 1460, 1401));
		packet(w, 0, t + WAY + 100 * MS, 0, false,
		       data(1401, 0, s + 1460));
		t += 2 * WAY + 100 * MS;
	}
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_QUEUE], 0);
	assert_int_equal(w->b.part[TIME_CWND], 4 * 120 * MS);
}

/* --- one capture, the server's --- */
static void here(struct wire *w, int dir, int64_t t, struct record r)
{
	r.tcp_flags |= REC_ACK;
	r.window = 60000;
	seen(w, 0, dir, t, &r);
}

/* As stamped(), and an echo. */
static struct record echoing(struct record r, uint32_t tsecr)
{
	r.tsecr = tsecr;
	return r;
}

/* Two turns with a round trip of 20 ms.  The second answer is sent again after 300 ms,
 * and acknowledged after @ack_ns with an echo of @tsecr; the next request comes 30 ms
 * later. */
static void answer_again(struct wire *w, bool copy, int64_t ack_ns,
			 uint32_t tsecr)
{
	int64_t t = 0;

	w->afar = true;
	here(w, 0, t, stamped(1, 100, 1, 10, 0));
	here(w, 1, t + 5 * MS, stamped(1, 200, 101, 1005, 0));
	here(w, 0, t + 25 * MS, echoing(stamped(101, 0, 201, 30, 0), 1005));
	t = 50 * MS;
	here(w, 0, t, stamped(101, 100, 201, 50, 0));
	t += 5 * MS;
	here(w, 1, t, stamped(201, 200, 201, 1055, 0));
	if (copy)
		here(w, 1, t + 300 * MS, stamped(201, 200, 201, 1355, 0));
	here(w, 0, t + ack_ns, echoing(stamped(201, 0, 401, 99, 0), tsecr));
	t += ack_ns + 30 * MS;
	here(w, 0, t, stamped(201, 100, 401, 99, 0));
	here(w, 1, t + 5 * MS, stamped(401, 200, 301, 2000, 0));
	walk(w, 1);
	sums(w);
}

static void the_server_knows_what_the_client_had_not_got(void **state)
{
	struct wire *w = wire(state);

	answer_again(w, true, 320 * MS, 1355);
	assert_int_equal(w->b.part[TIME_RECOVERY], 300 * MS);
	assert_int_equal(w->b.part[TIME_QUEUE], 0);
	assert_int_equal(w->b.part[TIME_CLIENT], 25 * MS + 30 * MS);
}

static void what_echoes_the_first_had_got_that(void **state)
{
	struct wire *w = wire(state);

	answer_again(w, true, 320 * MS, 1055);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
}

/* So late no host acknowledges: it came late. */
static void a_late_acknowledgement_was_in_a_queue(void **state)
{
	struct wire *w = wire(state);

	answer_again(w, false, 900 * MS, 1055);
	assert_int_equal(w->b.part[TIME_QUEUE], 880 * MS);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
}

static void one_that_is_held_back_may_be_the_hosts(void **state)
{
	struct wire *w = wire(state);

	answer_again(w, false, 400 * MS, 1055);
	assert_int_equal(w->b.part[TIME_QUEUE], 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, done)
	const struct CMUnitTest tests[] = {
		CASE(holes_of_one_flight_are_no_queue),
		CASE(a_copy_may_wait_in_a_queue),
		CASE(a_first_that_came_late_was_in_a_queue),
		CASE(an_ip_id_tells_the_first_too),
		CASE(where_nothing_tells_the_copy_came),
		CASE(one_segment_at_a_time_is_no_queue),
		CASE(the_server_knows_what_the_client_had_not_got),
		CASE(what_echoes_the_first_had_got_that),
		CASE(a_late_acknowledgement_was_in_a_queue),
		CASE(one_that_is_held_back_may_be_the_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
