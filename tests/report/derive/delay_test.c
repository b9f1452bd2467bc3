/* delay.*: from a session's budget to a cause, and from causes to findings; the
 * server's stand in delay_server_test.c. */
#include "tests/report/derive/cause.h"

#include "report/derive/delay.h"

static void a_long_way_paid_for_each_request_is_its_delay(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 10, TIME_PATH, 968 * MS, SEC);
	f = finding(&m, "delay.path", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "from client to server"));
	assert_int_equal(draft_number(f, "round_trip_ns"), 88 * MS);
	assert_int_equal(draft_number(f, "turns"), 10);
	assert_int_equal(f->row.sessions[0], 7);
	desk_free(d);
}

/* 30 ms are no long way, 400 times they are what everybody waits for. */
static void a_shorter_way_that_is_taken_again_and_again_is_told(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 400, TIME_PATH, 12 * SEC, 12300 * MS);
	m.b.base_ns = 30 * MS;
	f = finding(&m, "delay.path", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "Requests wait for one another: 400"));
	desk_free(d);
	made(&m, 40, TIME_PATH, 1200 * MS, 1300 * MS);
	m.b.base_ns = 30 * MS;
	f = finding(&m, "delay.path", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_INFO);
	desk_free(d);
}

/* Twenty turns and two seconds a session are what somebody waits for. */
static void how_often_a_shorter_way_is_taken_too_often(void **state)
{
	static const struct {
		uint64_t turns;
		int64_t ns;
		enum severity severity;
	} x[] = { { 19, 2500 * MS, SEV_INFO },
		  { 20, 1999 * MS, SEV_INFO },
		  { 20, 2000 * MS, SEV_MEDIUM } };

	(void)state;
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		const struct draft *f;
		struct derive *d;
		struct made m;

		made(&m, x[i].turns, TIME_PATH, x[i].ns, x[i].ns + 100 * MS);
		m.b.base_ns = 30 * MS;
		f = finding(&m, "delay.path", &d);
		assert_non_null(f);
		assert_int_equal(f->row.severity, x[i].severity);
		desk_free(d);
	}
}

static void a_short_way_few_turns_or_a_small_share_say_nothing(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 100, TIME_PATH, 500 * MS, SEC);
	m.b.base_ns = 5 * MS;
	assert_null(finding(&m, "delay.path", &d));
	desk_free(d);
	made(&m, 4, TIME_PATH, 400 * MS, 500 * MS);
	assert_null(finding(&m, "delay.path", &d));
	desk_free(d);
	made(&m, 10, TIME_PATH, 900 * MS, 60 * SEC);
	assert_null(finding(&m, "delay.path", &d));
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

static void recovery_says_what_would_be_gained(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 101, TIME_RECOVERY, 7 * SEC, 17 * SEC);
	m.b.repairs[REPAIR_TIMEOUT] = 38;
	f = finding(&m, "delay.recovery", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "Without the 38 retransmission timeouts the "
				  "session would take 10 s, not 17 s"));
	desk_free(d);
}

/* The loss is the answer, its price stands second. */
static void recovery_from_a_loss_that_was_found_is_no_answer(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 30, TIME_RECOVERY, 7 * SEC, 17 * SEC);
	m.b.repairs[REPAIR_TIMEOUT] = 38;
	d = desk_of(&m);
	draft_new(d, "loss.path", SEV_HIGH, 1);
	f = desk_finish(d, "delay.recovery");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	desk_free(d);
	d = desk_of(&m);
	draft_new(d, "loss.path", SEV_LOW, 1);
	assert_int_equal(desk_finish(d, "delay.recovery")->row.severity,
			 SEV_HIGH);
	desk_free(d);
}

/* A second of a session that has little more: one loss is an accident. */
static void recovery_from_one_loss_is_medium_at_most(void **state)
{
	static const struct {
		unsigned repairs;
		int64_t took_ns;
		enum severity severity;
	} of[] = { { 1, SEC, SEV_MEDIUM },
		   { 2, SEC, SEV_HIGH },
		   { 1, 4 * SEC, SEV_HIGH } };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct derive *d;
		struct made m;

		made(&m, 1, TIME_RECOVERY, of[i].took_ns,
		     of[i].took_ns + SEC / 10);
		m.b.repairs[REPAIR_TIMEOUT] = of[i].repairs;
		assert_int_equal(
			finding(&m, "delay.recovery", &d)->row.severity,
			of[i].severity);
		desk_free(d);
	}
}

/* Nothing was lost: there is none to be found. */
static void what_had_arrived_recovers_nothing(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 30, TIME_RECOVERY, 7 * SEC, 17 * SEC);
	m.b.repairs[REPAIR_TIMEOUT] = 3;
	m.s.all_arrived = true;
	f = finding(&m, "delay.recovery", &d);
	assert_non_null(f);
	assert_true(draft_says(f, "What had arrived is sent again"));
	assert_true(draft_says(f, "lost between client and server"));
	assert_false(draft_says(f, "find the loss"));
	assert_int_equal(draft_number(f, "timeouts"), 3);
	desk_free(d);
}

/* Of requests at one point nothing tells what was lost; of what may be no request, not
 * even that anything was. */
static void datagrams_at_one_point_prove_no_loss(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 3, TIME_RECOVERY, 10 * SEC, 11 * SEC);
	m.b.repairs[REPAIR_TIMEOUT] = 2;
	m.s.datagrams_alone = m.s.named = true;
	f = finding(&m, "delay.recovery", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "Requests are sent again before they are "
				  "answered: that takes 10 s"));
	assert_true(draft_says(f, "2 times the same datagram"));
	assert_false(draft_says(f, "Recovering from loss"));
	desk_free(d);
	made(&m, 3, TIME_RECOVERY, 10 * SEC, 11 * SEC);
	m.s.datagrams_alone = true;
	f = finding(&m, "delay.recovery", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "may be a heartbeat"));
	desk_free(d);
}

static void recovery_in_vain_explains_nothing(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 3, TIME_RECOVERY, 130 * SEC, 131 * SEC);
	m.s.lost_ns = 130 * SEC;
	assert_null(finding(&m, "delay.recovery", &d));
	desk_free(d);
}

static void one_nagle_stall_may_be_chance(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 2, TIME_NAGLE, 200 * MS, 208 * MS);
	m.b.nagles = 1;
	assert_null(finding(&m, "delay.nagle", &d));
	desk_free(d);
	m.b.nagles = 2;
	assert_non_null(finding(&m, "delay.nagle", &d));
	desk_free(d);
}

static void a_person_who_thinks_is_no_slow_client(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 30, TIME_CLIENT, 300 * SEC, 301 * SEC);
	assert_null(finding(&m, "delay.client", &d));
	desk_free(d);
	made(&m, 1600, TIME_CLIENT, 60 * SEC, 70 * SEC);
	m.s.bytes = 100 << 20;
	assert_int_equal(finding(&m, "delay.client", &d)->row.severity,
			 SEV_MEDIUM);
	desk_free(d);
}

/* No request comes after its last answer. */
static void nor_is_one_that_rests_before_the_close(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 25, TIME_CLIENT, 5200 * MS, 5300 * MS);
	m.s.rest_ns = 5 * SEC;
	assert_null(finding(&m, "delay.client", &d));
	desk_free(d);
	made(&m, 25, TIME_CLIENT, 5200 * MS, 5300 * MS);
	m.s.rest_ns = 200 * MS;
	f = finding(&m, "delay.client", &d);
	assert_non_null(f);
	assert_true(draft_says(f, "200 ms before each request"));
	desk_free(d);
}

/* What closes such a session is part of the silence. */
static void a_silence_is_no_answer_once(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 6 * SEC, 7 * SEC);
	m.s.silent = 2;
	m.s.silent_ns = m.worst.closing_ns = 3 * SEC;
	assert_non_null(finding(&m, "delay.server", &d));
	desk_free(d);
}

static void pieces_held_back_alike_are_shaping(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 10, TIME_QUEUE, 4060 * MS, 5 * SEC);
	m.b.holds = 10;
	m.s.queue_most_ns = 410 * MS;
	m.worst.hold.min_ns = 400 * MS;
	m.worst.hold.max_ns = 410 * MS;
	f = finding(&m, "delay.shaping", &d);
	assert_non_null(f);
	assert_true(draft_says(f, "10 of 10 answers"));
	/* one cause, said once */
	assert_null(desk_finish(d, "delay.queue"));
	desk_free(d);
	m.worst.hold.min_ns = 60 * MS; /* a queue is not so regular */
	assert_null(finding(&m, "delay.shaping", &d));
	desk_free(d);
}

static void a_queue_longer_than_the_way_is_named(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 10, TIME_QUEUE, 4 * SEC, 5 * SEC);
	m.s.queue_most_ns = 400 * MS;
	assert_int_equal(finding(&m, "delay.queue", &d)->row.severity,
			 SEV_HIGH);
	desk_free(d);
}

/* Sessions in a queue, the first of which transfer much. */
struct queued {
	int n, bulk;
};

static void add_queued(struct grouping *g, void *ctx)
{
	const struct queued *q = ctx;

	for (int i = 0; i < q->n; i++) {
		struct made m;

		made(&m, 2, TIME_QUEUE, 4 * SEC, 10 * SEC);
		m.s.queue_most_ns = 400 * MS;
		m.s.bytes = i < q->bulk ? 3000000 : 2000;
		causes_add(g, &m.s);
	}
}

/* Who fills a link is no faster without its queue. */
static void a_transfer_is_promised_nothing(void **state)
{
	static const struct {
		struct queued q;
		const char *says;
	} is[] = {
		{ { 1, 0 }, "Without the queue the session would take" },
		{ { 1, 1 },
		  "The session carries much data and may fill the queue by "
		  "itself: without the queue it would be no faster, as the "
		  "slowest link sets its rate.  What else uses the link waits "
		  "in the queue." },
		{ { 3, 1 },
		  "1 of the sessions carries much data and may fill the queue "
		  "by itself: without the queue it would be no faster, as the "
		  "slowest link sets its rate." },
		{ { 3, 2 },
		  "2 of the sessions carry much data and may fill the queue by "
		  "themselves: without the queue they would be no faster, as "
		  "the slowest link sets their rate." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
		struct queued q = is[i].q;
		struct derive *d = desk_with(add_queued, &q);
		const struct draft *f = desk_finish(d, "delay.queue");

		assert_true(draft_says(f, is[i].says));
		assert_int_equal(draft_says(f, "would take"), !q.bulk);
		desk_free(d);
	}
}

/* Whose window it is, and whether a larger one would help.  Where it is no side's,
 * no host is named. */
static void a_closed_window_is_its_readers(void **state)
{
	static const char *const keeps[] = {
		[READER_EITHER] = "A receiver's window keeps the sender",
		[READER_CLIENT] = "The client's window keeps the server",
		[READER_SERVER] = "The server's window keeps the client",
	};
	static const char *const closed[] = {
		[READER_EITHER] = "A receiver's window keeps the sender",
		[READER_CLIENT] = "The client reads too slowly: its closed "
				  "window keeps the server",
		[READER_SERVER] = "The server reads too slowly: its closed "
				  "window keeps the client",
	};
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	for (int i = 0; i < 6; i++) {
		int who = i / 2, zero = i % 2;

		made(&m, 1, TIME_WINDOW, 15 * SEC, 16 * SEC);
		m.b.windows = 9;
		m.b.zero_windows = 4; /* of whichever side */
		m.s.window = (struct kept){ .who = (enum reader)who,
					    .times = 5,
					    .zeros = zero ? 4 : 0 };
		f = finding(&m, "delay.window", &d);
		assert_int_equal(f->row.severity, SEV_HIGH);
		assert_true(draft_says(f, zero ? closed[who] : keeps[who]));
		assert_true(draft_says(f, "5 times the sender stopped"));
		assert_int_equal(draft_says(f, "that is large enough"), !zero);
		assert_int_equal(draft_says(f, "the program on the"),
				 who != READER_EITHER && zero);
		assert_int_equal(draft_says(f, "neither the client's"),
				 who == READER_EITHER);
		assert_int_equal(f->row.n_places, who != READER_EITHER);
		assert_int_equal(draft_number(f, "sessions_zero_window"), zero);
		desk_free(d);
	}
}

/* Five seconds, and 60 % of the time. */
static void how_much_of_the_time_a_window_is_bad(void **state)
{
	static const struct {
		int64_t ns, total_ns;
		enum severity severity;
	} x[] = { { 4999 * MS, 6 * SEC, SEV_MEDIUM },
		  { 5 * SEC, 8400 * MS, SEV_MEDIUM },
		  { 5 * SEC, 8300 * MS, SEV_HIGH } };

	(void)state;
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		const struct draft *f;
		struct derive *d;
		struct made m;

		made(&m, 1, TIME_WINDOW, x[i].ns, x[i].total_ns);
		m.b.windows = 9;
		m.s.window = (struct kept){ .times = 9 };
		f = finding(&m, "delay.window", &d);
		assert_non_null(f);
		assert_int_equal(f->row.severity, x[i].severity);
		desk_free(d);
	}
}

static void add_two(struct grouping *g, void *ctx)
{
	struct made *m = ctx;

	for (int i = 0; i < 2; i++) {
		m->s.window.who = i ? READER_CLIENT : READER_SERVER;
		m->s.window.zeros = i ? 2 : 0;
		causes_add(g, &m->s);
	}
}

/* Sessions of both kinds are two findings: each names its own host. */
static void windows_of_both_sides_are_told_apart(void **state)
{
	struct derive *d;
	struct made m;
	bool client = false, server = false;

	(void)state;
	made(&m, 1, TIME_WINDOW, 15 * SEC, 16 * SEC);
	m.b.windows = m.s.window.times = 5;
	d = desk_with(add_two, &m);
	assert_non_null(desk_finish(d, "delay.window"));
	assert_int_equal(d->drafts.n, 2);
	for (size_t i = 0; i < 2; i++) {
		client |= draft_says(d->drafts.at[i], "The client reads");
		server |= draft_says(d->drafts.at[i], "The server's window");
	}
	assert_true(client && server);
	desk_free(d);
}

/* A case file of an older version does not say whose they are. */
static void windows_of_old_cases_are_no_ones(void **state)
{
	struct derive *d = desk_new(2, &rules_delay);
	const struct draft *f;

	(void)state;
	d->model.n_groups = 1;
	d->model.groups = mem_zalloc(1, sizeof *d->model.groups);
	d->model.groups[0] = (struct group){ .kind = CAUSE_WINDOW,
					     .key = mem_strdup(""),
					     .sessions = 1,
					     .windows = 5,
					     .explained_ns = SEC };
	d->model.groups[0].part[TIME_WINDOW] = SEC;
	f = desk_finish(d, "delay.window");
	assert_non_null(f);
	assert_true(draft_says(f, "A receiver's window keeps the sender"));
	assert_false(draft_says(f, "80 %"));
	desk_free(d);
}

/* So much TCP puts into any path's buffer. */
static void a_queue_of_a_round_trip_is_none(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 10, TIME_QUEUE, 4 * SEC, 5 * SEC);
	m.s.queue_most_ns = 80 * MS;
	assert_null(finding(&m, "delay.queue", &d));
	desk_free(d);
	m.b.base_ns = 5 * MS;
	m.s.queue_most_ns = 20 * MS;
	assert_null(finding(&m, "delay.queue", &d));
	desk_free(d);
}

static void a_client_that_transfers_little_is_merely_so(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 1000, TIME_CLIENT, 60 * SEC, 70 * SEC);
	m.s.bytes = 2 << 20;
	assert_int_equal(finding(&m, "delay.client", &d)->row.severity,
			 SEV_INFO);
	desk_free(d);
}

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

/* Whatever their shares. */
static void what_explains_more_time_weighs_more(void **state)
{
	int64_t ns = 1;

	(void)state;
	for (int i = 0; i < 17; i++, ns *= 10)
		assert_true(delay_weight(ns) < delay_weight(2 * ns));
	assert_true(delay_weight(0) >= 40);
	assert_true(delay_weight(INT64_MAX) <= 50);
	for (int i = 0; i < 2; i++) {
		const struct draft *f;
		struct derive *d;
		struct made m;

		made(&m, 4, TIME_SERVER, 4 * SEC, i ? 5 * SEC : 9 * SEC);
		m.worst.at[TIME_SERVER].n = 0;
		f = finding(&m, "delay.server", &d);
		assert_non_null(f);
		assert_true(f->weight == delay_weight(4 * SEC));
		desk_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_explains_more_time_weighs_more),
		cmocka_unit_test(a_long_way_paid_for_each_request_is_its_delay),
		cmocka_unit_test(
			a_shorter_way_that_is_taken_again_and_again_is_told),
		cmocka_unit_test(
			a_short_way_few_turns_or_a_small_share_say_nothing),
		cmocka_unit_test(recovery_says_what_would_be_gained),
		cmocka_unit_test(
			recovery_from_a_loss_that_was_found_is_no_answer),
		cmocka_unit_test(recovery_from_one_loss_is_medium_at_most),
		cmocka_unit_test(what_had_arrived_recovers_nothing),
		cmocka_unit_test(datagrams_at_one_point_prove_no_loss),
		cmocka_unit_test(recovery_in_vain_explains_nothing),
		cmocka_unit_test(one_nagle_stall_may_be_chance),
		cmocka_unit_test(a_person_who_thinks_is_no_slow_client),
		cmocka_unit_test(nor_is_one_that_rests_before_the_close),
		cmocka_unit_test(a_silence_is_no_answer_once),
		cmocka_unit_test(pieces_held_back_alike_are_shaping),
		cmocka_unit_test(a_queue_longer_than_the_way_is_named),
		cmocka_unit_test(a_queue_of_a_round_trip_is_none),
		cmocka_unit_test(a_transfer_is_promised_nothing),
		cmocka_unit_test(a_closed_window_is_its_readers),
		cmocka_unit_test(windows_of_both_sides_are_told_apart),
		cmocka_unit_test(windows_of_old_cases_are_no_ones),
		cmocka_unit_test(a_client_that_transfers_little_is_merely_so),
		cmocka_unit_test(an_error_of_the_service_is_named),
		cmocka_unit_test(an_error_of_http_has_its_number),
		cmocka_unit_test(an_error_says_whose_it_is),
		cmocka_unit_test(of_many_servers_some_are_named),
		cmocka_unit_test(how_often_a_shorter_way_is_taken_too_often),
		cmocka_unit_test(how_much_of_the_time_a_window_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
