/* Lanes and the timeline, by hand-made records of one session at two points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "report/derive/datagrams.h"
#include "report/derive/timeline.h"

#define MS 1000000ll
#define MOST 64

/* Two points, 10 ms apart each way; far's clock is 5 s ahead. */
#define WAY (10 * MS)
#define AHEAD (5000 * MS)

struct wire {
	struct record rec[2][2][MOST]; /* by point, direction */
	uint32_t n[2][2];
	uint64_t frame[2];
	struct strand strand[2][2];
	struct tap tap[2];
	struct budget b;
	struct budget_hop hop[1];
	struct timeline line;
	struct exchange x[MOST];
	size_t n_x;
	bool datagrams;
	bool beside; /* one point: it is the server's */
	bool afar;   /* the same, and the client is far away */
};

static void seen(struct wire *w, int point, int dir, int64_t t,
		 const struct record *like)
{
	struct record *r = &w->rec[point][dir][w->n[point][dir]++];

	*r = *like;
	r->dir = (uint8_t)dir;
	r->time_ns = t + (point ? AHEAD : 0);
	r->frame = ++w->frame[point];
}

/* A packet of @dir that leaves its host at @t and arrives a WAY and @late
 * after; @lost: it does not. */
static void packet(struct wire *w, int dir, int64_t t, int64_t late, bool lost,
		   struct record r)
{
	r.tcp_flags |= REC_ACK;
	r.window = 60000;
	seen(w, dir, dir, t, &r);
	if (!lost)
		seen(w, !dir, dir, t + WAY + late, &r);
}

static struct record data(uint64_t seq, uint32_t len, uint64_t ack)
{
	return (struct record){ .seq64 = seq, .pay_len = len, .ack64 = ack };
}

static void keep(void *ctx, const struct exchange *x)
{
	struct wire *w = ctx;

	w->x[w->n_x++] = *x;
}

static int by_frame(const void *pa, const void *pb)
{
	const struct record *a = pa, *b = pb;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->frame < b->frame ? -1 : a->frame > b->frame;
}

/* Walks it with @points of 2; the first record stands at near's start. */
static void walk(struct wire *w, size_t points)
{
	int64_t first = INT64_MAX;

	for (int p = 0; p < 2; p++)
		for (int d = 0; d < 2; d++) {
			struct record *at = w->rec[p][d];

			qsort(at, w->n[p][d], sizeof *at, by_frame);
			w->strand[p][d] =
				(struct strand){ .get = strand_of_array,
						 .ctx = at,
						 .n = w->n[p][d] };
			if (p == 0 && w->n[p][d] && at->time_ns < first)
				first = at->time_ns;
		}
	for (size_t p = 0; p < 2; p++) {
		tap_reset(&w->tap[p], (int)p);
		w->tap[p].slack_ns = 2 * MS;
		for (int d = 0; d < 2; d++)
			w->tap[p].strand[d] = &w->strand[p][d];
	}
	w->b = (struct budget){ .known = true,
				.start_ns = first,
				.base_ns = -1,
				.hop = w->hop,
				.n_hops = points - 1 };
	w->line = (struct timeline){ .b = &w->b,
				     .n_taps = points,
				     .tap = w->tap,
				     .remote_server = points == 1 &&
						      !w->beside && !w->afar,
				     .remote_client = w->afar,
				     .done = keep,
				     .ctx = w };
	w->line.stretch[0].least_ns = -1;
	if (w->datagrams)
		timeline_datagrams(&w->line);
	else
		timeline_tcp(&w->line);
	for (int p = 0; p < 2; p++)
		tap_release(&w->tap[p]);
}

static void sums(const struct wire *w)
{
	int64_t parts = 0, path = w->b.before_ns + w->b.beyond_ns;

	for (int p = 0; p < TIME_PARTS; p++) {
		assert_true(w->b.part[p] >= 0);
		parts += w->b.part[p];
	}
	for (size_t i = 0; i < w->b.n_hops; i++)
		path += w->b.hop[i].path_ns;
	assert_int_equal(path, w->b.part[TIME_PATH]);
	assert_int_equal(parts, w->tap[0].t_ns - w->b.start_ns);
}

static struct wire *wire(void **state)
{
	*state = calloc(1, sizeof(struct wire));
	assert_non_null(*state);
	return *state;
}

static int done(void **state)
{
	free(*state);
	return 0;
}

/* @n turns: 3 ms of the client, 7 of the server; opened by SYNs. */
static int64_t turns(struct wire *w, int n, int64_t t)
{
	uint64_t c = 1000, s = 5000;
	struct record syn = { .seq64 = c, .tcp_flags = REC_SYN };

	packet(w, 0, t, 0, false, syn);
	syn = (struct record){ .seq64 = s,
			       .ack64 = c + 1,
			       .tcp_flags = REC_SYN };
	t += WAY;
	packet(w, 1, t, 0, false, syn);
	t += WAY;
	c++;
	s++;
	for (int i = 0; i < n; i++) {
		t += 3 * MS;
		packet(w, 0, t, 0, false, data(c, 100, s));
		c += 100;
		t += WAY + 7 * MS;
		packet(w, 1, t, 0, false, data(s, 200, c));
		s += 200;
		t += WAY;
	}
	return t;
}

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

/* An answer in pieces, as a program sends it that keeps to a rate. */
static void a_pace_within_an_answer_is_no_thinking(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);

	packet(w, 0, t, 0, false, data(1301, 100, 5601));
	for (int i = 0; i < 10; i++)
		packet(w, 1, t + WAY + i * 60 * MS, 0, false,
		       data(5601 + 100u * (unsigned)i, 100, 1401));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->line.feed_ns, 540 * MS);
	/* the three turns' */
	assert_int_equal(w->b.part[TIME_SERVER] - w->line.feed_ns, 21 * MS);
}

static void a_stop_within_an_answer_is_waited_for(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);

	packet(w, 0, t, 0, false, data(1301, 100, 5601));
	packet(w, 1, t + WAY, 0, false, data(5601, 100, 1401));
	packet(w, 1, t + WAY + 1500 * MS, 0, false, data(5701, 100, 1401));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->line.feed_ns, 0);
	assert_true(w->b.part[TIME_SERVER] >= 1500 * MS);
}

static void here(struct wire *w, int dir, int64_t t, struct record r)
{
	r.tcp_flags |= REC_ACK;
	r.window = 60000;
	seen(w, 0, dir, t, &r);
}

/* One capture, beside the server: a segment was lost before it. */
static void a_request_with_a_hole_is_not_complete(void **state)
{
	struct wire *w = wire(state);

	w->beside = true;
	here(w, 0, 0, data(1, 100, 1));
	here(w, 1, 7 * MS, data(1, 100, 101));
	here(w, 0, 40 * MS, data(101, 100, 101));
	here(w, 0, 41 * MS, data(301, 100, 101)); /* 201..301 is not there */
	here(w, 0, 3000 * MS, data(201, 100, 101));
	here(w, 1, 3010 * MS, data(101, 100, 401));
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 2959 * MS);
	assert_true(w->b.part[TIME_SERVER] <= 17 * MS);
	assert_int_equal(w->x[1].bytes[0], 300);
}

/* Messages that a server pushes, one every other second: nobody waits for them. */
static void stops_again_and_again_are_a_pace(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);

	packet(w, 0, t, 0, false, data(1301, 100, 5601));
	for (int i = 0; i < 6; i++)
		packet(w, 1, t + WAY + i * 2000 * MS, 0, false,
		       data(5601 + 100u * (unsigned)i, 100, 1401));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->line.feed_ns, 10000 * MS);
	assert_int_equal(w->b.part[TIME_SERVER] - w->line.feed_ns, 21 * MS);
}

/* The client thinks after an answer that took a timeout: that is not the
 * timeout's, and neither is what the server does after one of its own. */
static void thinking_after_a_recovery_is_thinking(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, true, data(c, 100, s));
	t += 250 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	t += WAY + 7 * MS;
	packet(w, 1, t, 0, true, data(s, 200, c + 100));
	t += 300 * MS;
	packet(w, 1, t, 0, false, data(s, 200, c + 100));
	t += WAY;
	packet(w, 0, t, 0, false, data(c + 100, 0, s + 200));
	t += 35 * MS;
	packet(w, 0, t, 0, false, data(c + 100, 100, s + 200));
	t += WAY + 25 * MS;
	packet(w, 1, t, 0, false, data(s + 200, 200, c + 200));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 550 * MS);
	assert_int_equal(w->b.part[TIME_CLIENT], 12 * MS + 35 * MS);
	assert_int_equal(w->b.part[TIME_SERVER], 28 * MS + 25 * MS);
}

/* A SYN,ACK without a window (of a proxy that opens the other side first):
 * the client has to wait for the update, whatever its program has. */
static void a_window_that_opens_after_the_opening(void **state)
{
	struct wire *w = wire(state);
	struct record syn = { .seq64 = 1000, .tcp_flags = REC_SYN };

	packet(w, 0, 0, 0, false, syn);
	syn = (struct record){ .seq64 = 5000,
			       .ack64 = 1001,
			       .tcp_flags = REC_SYN };
	packet(w, 1, WAY, 0, false, syn);
	w->rec[0][1][0].window = w->rec[1][1][0].window = 0;
	packet(w, 0, 2 * WAY, 0, false, data(1001, 0, 5001));
	packet(w, 1, 5 * WAY, 0, false, data(5001, 0, 1001));
	packet(w, 0, 6 * WAY + MS, 0, false, data(1001, 100, 5001));
	packet(w, 1, 7 * WAY + 5 * MS, 0, false, data(5001, 100, 1101));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 4 * WAY + MS);
	assert_int_equal(w->b.part[TIME_CLIENT], 0);
}

/* A packet whose sender is ready to take @window. */
static void allows(struct wire *w, int dir, int64_t t, uint16_t window,
		   struct record r)
{
	packet(w, dir, t, 0, false, r);
	for (int p = 0; p < 2; p++)
		w->rec[p][dir][w->n[p][dir] - 1].window = window;
}

/* The client reads its answer slowly: five times its window is closed for a
 * second, in which the server asks for it if @probes.  Its data follows the update by
 * @late.  Return: for how long the server was kept, at it. */
static int64_t slow_reader(struct wire *w, bool probes, int64_t late)
{
	int64_t t = turns(w, 3, 0), closed = 0;
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	c += 100;
	t += WAY + 7 * MS;
	for (int i = 0; i < 3; i++) {
		packet(w, 1, t, 0, false, data(s, 1400, c));
		s += 1400;
		allows(w, 0, t + WAY, 0, data(c, 0, s));
		for (int k = 0; probes && k < 2; k++) {
			packet(w, 1, t + (300 + k * 300) * MS, 0, false,
			       data(s - 1, 0, c));
			allows(w, 0, t + WAY + (300 + k * 300) * MS, 0,
			       data(c, 0, s));
		}
		allows(w, 0, t + 1000 * MS, 60000, data(c, 0, s));
		closed += 1000 * MS + WAY;
		t += 1000 * MS + WAY + late;
	}
	packet(w, 1, t, 0, false, data(s, 200, c));
	return closed;
}

/* The receiver's own point has its word for it: what follows a round trip after
 * the update had waited for it. */
static void a_receivers_own_window_is_its_own(void **state)
{
	struct wire *w = wire(state);

	slow_reader(w, false, 0);
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 3 * (1000 * MS - WAY));
	assert_int_equal(w->b.part[TIME_SERVER], 28 * MS);
	assert_int_equal(w->b.windows, 3);
}

/* No probe, and nothing follows it soon: perhaps there was nothing to send. */
static void a_window_that_nobody_asked_for_kept_nobody(void **state)
{
	struct wire *w = wire(state);

	slow_reader(w, false, 300 * MS);
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 0);
	free(w);
	w = wire(state);
	slow_reader(w, false, 300 * MS);
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 0);
}

/* Probes say that the sender wanted to go on, however late it does then. */
static void who_probes_waits_for_the_window(void **state)
{
	struct wire *w = wire(state);
	int64_t closed = slow_reader(w, true, 50 * MS);

	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], closed);
	assert_int_equal(w->b.windows, 3);
	free(w);
	w = wire(state);
	slow_reader(w, true, 50 * MS);
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 3 * (1000 * MS - WAY));
	assert_int_equal(w->b.windows, 3);
}

/* The update is lost: at the server's own point, a probe long after it tells. */
static void a_probe_after_the_update_has_not_got_it(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 1400, s));
	c += 1400;
	allows(w, 1, t + WAY, 0, data(s, 0, c));
	packet(w, 1, t + 500 * MS, 0, true, data(s, 0, c));
	packet(w, 0, t + 4800 * MS, 0, false, data(c - 1, 0, s));
	packet(w, 1, t + 4800 * MS + WAY, 0, false, data(s, 0, c));
	packet(w, 0, t + 4800 * MS + 2 * WAY, 0, false, data(c, 100, s));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 4800 * MS + 2 * WAY);
	/* the server's point alone */
	memcpy(w->rec[0], w->rec[1], sizeof w->rec[0]);
	memcpy(w->n[0], w->n[1], sizeof w->n[0]);
	w->afar = true;
	walk(w, 1);
	assert_int_equal(w->b.part[TIME_WINDOW], 4800 * MS);
	assert_int_equal(w->b.windows, 1);
}

/* It never opens. */
static void a_window_that_stays_closed_is_the_rest(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	packet(w, 0, t, 0, false, data(c, 1400, s));
	c += 1400;
	allows(w, 1, t + WAY, 0, data(s, 0, c));
	for (int i = 1; i < 5; i++) {
		packet(w, 0, t + i * 1000 * MS, 0, false, data(c - 1, 0, s));
		allows(w, 1, t + i * 1000 * MS + WAY, 0, data(s, 0, c));
	}
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 4000 * MS + 2 * WAY);
	assert_int_equal(w->b.part[TIME_SERVER], 21 * MS);
	assert_false(w->line.unanswered.how);
}

/* A packet of the server's that far's capture does not have. */
static void unseen(struct wire *w, int64_t t, struct record r)
{
	r.tcp_flags |= REC_ACK;
	r.window = 60000;
	seen(w, 0, 1, t + WAY, &r);
}

/* An answer of five segments, the second of which is lost and sent again 150 ms
 * later; far has captured the first only if @first, and then the small last one.
 * Return: when that leaves. */
static int64_t half_seen(struct wire *w, bool first)
{
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	c += 100;
	t += WAY + 7 * MS;
	if (first)
		packet(w, 1, t, 0, false, data(s, 1460, c));
	else
		unseen(w, t, data(s, 1460, c));
	for (int i = 2; i < 4; i++) {
		unseen(w, t + i * 1000, data(s + 1460u * (unsigned)i, 1460, c));
		packet(w, 0, t + WAY + i * 1000, 0, false,
		       data(c, 0, s + 1460));
	}
	unseen(w, t + 150 * MS, data(s + 1460, 1460, c));
	packet(w, 0, t + 150 * MS + WAY, 0, false, data(c, 0, s + 5840));
	t += 150 * MS + 2 * WAY;
	packet(w, 1, t, 0, false, data(s + 5840, 100, c));
	return t;
}

/* What the receiver's capture shows of a loss is no queue because the sender's
 * capture lacks it. */
static void a_hole_where_far_is_blind_is_recovery(void **state)
{
	struct wire *w = wire(state);

	half_seen(w, true);
	walk(w, 2);
	sums(w);
	assert_in_range(w->b.part[TIME_RECOVERY], 149 * MS, 151 * MS);
	assert_int_equal(w->b.part[TIME_QUEUE], 0);
	assert_in_range(w->b.part[TIME_SERVER], 28 * MS, 28 * MS + 2 * WAY);
	free(w);
	w = wire(state);
	half_seen(w, false);
	walk(w, 2);
	sums(w);
	assert_in_range(w->b.part[TIME_RECOVERY], 149 * MS, 151 * MS);
	assert_int_equal(w->b.part[TIME_QUEUE], 0);
	assert_in_range(w->b.part[TIME_SERVER], 28 * MS, 28 * MS + 2 * WAY);
	assert_int_equal(w->x[4].far[1], EXCHANGE_NONE);
}

/* Why far sent so late what it has not captured is not known. */
static void a_gap_where_far_is_blind_is_nobodys(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	c += 100;
	t += WAY + 7 * MS;
	packet(w, 1, t, 0, false, data(s, 1460, c));
	unseen(w, t + 100 * MS, data(s + 1460, 1460, c));
	packet(w, 1, t + 100 * MS + 1000, 0, false, data(s + 2920, 100, c));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_UNATTRIBUTED], 100 * MS);
	assert_int_equal(w->b.part[TIME_QUEUE], 0);
}

/* But one that waited on the way, and was captured at both, did. */
static void a_queue_is_seen_where_far_is_blind_else(void **state)
{
	struct wire *w = wire(state);
	int64_t t = half_seen(w, true);

	packet(w, 1, t + 1000, 80 * MS, false, data(11541, 100, 1401));
	walk(w, 2);
	sums(w);
	assert_in_range(w->b.part[TIME_QUEUE], 79 * MS, 81 * MS);
	assert_in_range(w->b.part[TIME_RECOVERY], 149 * MS, 151 * MS);
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
		CASE(a_request_with_a_hole_is_not_complete),
		CASE(stops_again_and_again_are_a_pace),
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
		CASE(a_pace_within_an_answer_is_no_thinking),
		CASE(a_stop_within_an_answer_is_waited_for),
		CASE(thinking_after_a_recovery_is_thinking),
		CASE(a_window_that_opens_after_the_opening),
		CASE(a_receivers_own_window_is_its_own),
		CASE(a_window_that_nobody_asked_for_kept_nobody),
		CASE(who_probes_waits_for_the_window),
		CASE(a_probe_after_the_update_has_not_got_it),
		CASE(a_window_that_stays_closed_is_the_rest),
		CASE(a_hole_where_far_is_blind_is_recovery),
		CASE(a_gap_where_far_is_blind_is_nobodys),
		CASE(a_queue_is_seen_where_far_is_blind_else),
		CASE(after_a_reset_the_other_end_recovers_in_vain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
