/* delay.*: from a session's budget to a cause, and from causes to findings. */
#include "tests/report/derive/desk.h"

#include "base/mem.h"
#include "report/derive/grouping.h"

/* A session of @n exchanges with @part of @p in a total of @total. */
struct made {
	struct budget b;
	struct worst worst;
	struct cause_session s;
};

static void made(struct made *m, uint64_t n, enum time_part p, int64_t part,
		 int64_t total)
{
	*m = (struct made){ .b = { .known = true,
				   .far = 1,
				   .exchanges = n,
				   .in_flight_sum = n,
				   .base_ns = 88 * MS } };
	m->b.part[TIME_TRANSFER] = total - part;
	m->b.part[p] += part;
	for (int i = 0; i < TIME_PARTS; i++)
		m->worst.at[i].n = UINT32_MAX;
	m->s = (struct cause_session){ .id = 7,
				       .b = &m->b,
				       .worst = &m->worst,
				       .client = "10.0.0.1",
				       .server = "10.0.0.9:443",
				       .between = "1 2",
				       .outer = "1 2",
				       .queued = "1 2" };
}

/* The model's groups of what @add puts together. */
static struct derive *desk_with(void (*add)(struct grouping *g, void *ctx),
				void *ctx)
{
	struct derive *d = desk_new(2, &rules_delay);
	struct grouping *g = grouping_new();
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	add(g, ctx);
	store_begin(s);
	grouping_store(g, s);
	assert_int_equal(store_commit(s, &err), 0);
	d->model.groups = store_groups(s, &d->model.n_groups);
	grouping_free(g);
	store_close(s);
	return d;
}

static void add_one(struct grouping *g, void *ctx)
{
	struct made *m = ctx;

	causes_add(g, &m->s);
}

/* The groups of the one session. */
static struct derive *desk_of(struct made *m)
{
	return desk_with(add_one, m);
}

static const struct draft *finding(struct made *m, const char *rule,
				   struct derive **d)
{
	*d = desk_of(m);
	return desk_finish(*d, rule);
}

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

/* It never got on: that is for loss.path or stop.* to say. */
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

static void a_slow_server_is_named_by_its_share(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 6 * SEC, 7 * SEC);
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "10.0.0.9:443 takes 1.5 s"));
	desk_free(d);
}

/* So many servers, each slow in one session: @slow of them by a second a
 * request, the others by 80 ms. */
struct fleet {
	unsigned n, slow;
	bool far_only;
};

static void add_fleet(struct grouping *g, void *ctx)
{
	const struct fleet *x = ctx;

	for (unsigned i = 0; i < x->n; i++) {
		int64_t each = i < x->slow ? SEC : 80 * MS;
		char server[32];
		struct made m;

		made(&m, 2, TIME_SERVER, 2 * each, 2 * each + 10 * MS);
		snprintf(server, sizeof server, "10.0.1.%u:443", i);
		m.s.id = 1 + i;
		m.s.server = server;
		m.s.far_only = x->far_only;
		causes_add(g, &m.s);
	}
}

static unsigned of_rule(const struct derive *d, const char *rule)
{
	unsigned n = 0;

	for (size_t i = 0; i < d->drafts.n; i++)
		n += strcmp(d->drafts.at[i]->row.rule, rule) == 0;
	return n;
}

static void many_servers_that_matter_little_are_one_finding(void **state)
{
	struct fleet x = { .n = 20, .slow = 2 };
	struct derive *d = desk_with(add_fleet, &x);
	const struct draft *f;
	json_t *of;

	(void)state;
	assert_non_null(desk_finish(d, "delay.server"));
	assert_int_equal(of_rule(d, "delay.server"), 3);
	assert_true(draft_says(d->drafts.at[0], "The server 10.0.1.0:443"));
	assert_true(draft_says(d->drafts.at[1], "The server 10.0.1.1:443"));
	f = d->drafts.at[2];
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "18 servers take 80 ms to answer"));
	assert_true(draft_says(f, "15 more"));
	assert_int_equal(draft_number(f, "sessions"), 18);
	assert_int_equal(draft_number(f, "exchanges"), 36);
	of = json_object_get(f->measure, "of");
	assert_int_equal(json_array_size(of), 18);
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(of, 17), "each_ns")),
			 80 * MS);
	desk_free(d);
}

static void a_few_servers_are_told_one_by_one(void **state)
{
	struct fleet x = { .n = 3, .far_only = true };
	struct derive *d = desk_with(add_fleet, &x);

	(void)state;
	desk_finish(d, "delay.server");
	assert_int_equal(of_rule(d, "delay.server"), 3);
	desk_free(d);
	x.n = 4;
	d = desk_with(add_fleet, &x);
	assert_true(draft_says(desk_finish(d, "delay.server"),
			       "towards 4 servers"));
	assert_int_equal(of_rule(d, "delay.server"), 1);
	desk_free(d);
}

/* Past a hundred of a kind they are joined under no name. */
static void servers_without_a_name_are_among_the_others(void **state)
{
	struct fleet x = { .n = 200, .slow = 200 };
	struct derive *d = desk_with(add_fleet, &x);
	const struct draft *f;

	(void)state;
	desk_finish(d, "delay.server");
	f = d->drafts.at[d->drafts.n - 1];
	assert_int_equal(of_rule(d, "delay.server"), 9);
	assert_int_equal(draft_number(f, "sessions"), 192);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "More than 92 servers take"));
	desk_free(d);
}

/* It is not said of all of a server's sessions. */
static void how_many_of_its_sessions_are_slow_is_said(void **state)
{
	struct derive *d;
	struct made m;
	struct group *g;

	(void)state;
	made(&m, 4, TIME_SERVER, 6 * SEC, 7 * SEC);
	d = desk_of(&m);
	g = mem_zalloc(d->model.n_groups + 1, sizeof *g);
	g[0] = (struct group){ .kind = GROUP_SERVER,
			       .key = mem_strdup("10.0.0.9:443"),
			       .sessions = 512 };
	for (size_t i = 0; i < d->model.n_groups; i++)
		g[i + 1] = d->model.groups[i];
	free(d->model.groups);
	d->model.groups = g;
	d->model.n_groups++;
	assert_true(draft_says(desk_finish(d, "delay.server"),
			       "takes 1.5 s to answer in 1 of 512 sessions"));
	desk_free(d);
}

static void from_one_side_the_server_is_not_accused(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 6 * SEC, 7 * SEC);
	m.s.far_only = true;
	m.s.between = "";
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "one capture cannot tell"));
	assert_true(draft_says(f, "capture at the server"));
	desk_free(d);
}

static void relate_one(struct model *m, const struct relay_row *row)
{
	free(m->relays);
	free(m->relays_by_back);
	m->relays = mem_resize(NULL, 1, sizeof *row);
	m->relays[0] = *row;
	m->n_relays = 1;
	model_sort_relays(m);
}

/* There is a capture behind the relay already. */
static void what_goes_on_over_a_relay_needs_no_other_capture(void **state)
{
	struct relay_row row = {
		.front = 7,
		.back = 8,
		.exchanges = 4,
		.end = { { .point_pos = 1 }, { .point_pos = 2 } },
	};
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 6 * SEC, 7 * SEC);
	m.s.far_only = true;
	d = desk_of(&m);
	relate_one(&d->model, &row);
	f = desk_finish(d, "delay.server");
	assert_non_null(f);
	assert_true(draft_says(f, "a relay and the server behind it"));
	assert_true(draft_says(f, "and server saw them"));
	assert_false(draft_says(f, "capture at the server"));
	desk_free(d);
	row.end[1].point_pos = 9; /* a case is not trusted */
	d = desk_of(&m);
	relate_one(&d->model, &row);
	f = desk_finish(d, "delay.server");
	assert_true(draft_says(f, "one capture cannot tell"));
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

static void a_server_that_keeps_to_a_pace_is_not_slow(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 1, TIME_SERVER, 1300 * MS, 1800 * MS);
	m.s.feed_ns = 1300 * MS;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "at its own pace"));
	assert_int_equal(d->drafts.n, 1);
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

/* What was never answered is no part of how long answers take. */
static void unanswered_requests_are_told_apart(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 2, TIME_SERVER, 13800 * MS + 4 * MS, 14 * SEC);
	m.s.unanswered_ns = m.s.unanswered_server_ns = 13800 * MS;
	m.s.unanswered = 1;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "The server 10.0.0.9:443 never answered 1 of "
				  "2 requests: waited for 13.8 s"));
	assert_true(draft_says(f, "long poll"));
	assert_int_equal(draft_number(f, "unanswered"), 1);
	assert_int_equal(draft_number(f, "waited_max_ns"), 13800 * MS);
	desk_free(d);
}

/* Both are so: two findings, and an average of those that were answered. */
static void slow_answers_are_averaged_without_them(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;
	bool slow = false;

	(void)state;
	made(&m, 5, TIME_SERVER, 10 * SEC + 8 * SEC, 20 * SEC);
	m.s.unanswered_ns = m.s.unanswered_server_ns = 10 * SEC;
	m.s.unanswered = 1;
	d = desk_of(&m);
	f = desk_finish(d, "delay.server");
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 2);
	for (size_t i = 0; i < d->drafts.n; i++)
		slow |= draft_says(d->drafts.at[i], "takes 2 s to answer") &&
			draft_says(d->drafts.at[i], "4 requests, each");
	assert_true(slow);
	desk_free(d);
}

/* The answer may come right behind the capture's end. */
static void what_waits_at_the_end_of_the_capture_is_merely_said(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 2, TIME_SERVER, 40 * MS, SEC);
	m.s.unanswered_ns = 29 * SEC;
	m.s.unanswered = 1;
	m.s.cut_off = true;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "has not answered 1 of 2 requests: the "
				  "capture ends after 29 s"));
	assert_false(draft_says(f, "0 ns"));
	desk_free(d);
}

static void from_one_side_it_is_the_far_side_that_never_answered(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 2, TIME_SERVER, 10 * SEC, 11 * SEC);
	m.s.unanswered_ns = m.s.unanswered_server_ns = 10 * SEC;
	m.s.unanswered = 1;
	m.s.far_only = true;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "What lies towards 10.0.0.9:443 never "
				  "answered 1 of 2 requests"));
	assert_true(draft_says(f, "one capture cannot tell"));
	desk_free(d);
}

static void each_request_that_waits_is_counted(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 10 * SEC, 11 * SEC);
	m.s.unanswered_ns = m.s.unanswered_server_ns = 10 * SEC;
	m.s.unanswered = 2;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_true(draft_says(f, "never answered 2 of 4 requests"));
	assert_int_equal(draft_number(f, "unanswered"), 2);
	desk_free(d);
}

/* @far: from the client's side only. */
static void stops_halfway(bool far, const char *says)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	made(&m, 1, TIME_SERVER, 10 * SEC, 11 * SEC);
	m.s.unanswered_ns = m.s.unanswered_server_ns = 10 * SEC;
	m.s.unanswered = 1;
	m.s.stopped = true;
	m.s.far_only = far;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(f->row.severity, far ? SEV_MEDIUM : SEV_HIGH);
	assert_true(draft_says(f, says));
	assert_true(draft_says(f, "a server that announces more"));
	assert_int_equal(draft_number(f, "stopped"), 1);
	desk_free(d);
}

static void an_answer_that_stops_halfway_is_no_slow_one(void **state)
{
	(void)state;
	stops_halfway(false, "The server 10.0.0.9:443 stops in the middle of 1 "
			     "answer: waited for the rest for 10 s");
	stops_halfway(true, "What lies towards 10.0.0.9:443 stops in the "
			    "middle of 1 answer");
}

/* Its program may be fast or slow: nobody acknowledges. */
static void a_host_that_falls_silent_is_no_slow_server(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 2, TIME_SERVER, 13804 * MS, 15 * SEC);
	m.s.silent = 6;
	m.s.silent_ns = 13800 * MS;
	f = finding(&m, "stop.host", &d);
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "10.0.0.9:443 falls silent: 6 packets"));
	assert_int_equal(draft_number(f, "packets"), 6);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_way_paid_for_each_request_is_its_delay),
		cmocka_unit_test(
			a_shorter_way_that_is_taken_again_and_again_is_told),
		cmocka_unit_test(
			a_short_way_few_turns_or_a_small_share_say_nothing),
		cmocka_unit_test(recovery_says_what_would_be_gained),
		cmocka_unit_test(
			recovery_from_a_loss_that_was_found_is_no_answer),
		cmocka_unit_test(what_had_arrived_recovers_nothing),
		cmocka_unit_test(recovery_in_vain_explains_nothing),
		cmocka_unit_test(one_nagle_stall_may_be_chance),
		cmocka_unit_test(a_slow_server_is_named_by_its_share),
		cmocka_unit_test(
			many_servers_that_matter_little_are_one_finding),
		cmocka_unit_test(a_few_servers_are_told_one_by_one),
		cmocka_unit_test(servers_without_a_name_are_among_the_others),
		cmocka_unit_test(how_many_of_its_sessions_are_slow_is_said),
		cmocka_unit_test(from_one_side_the_server_is_not_accused),
		cmocka_unit_test(
			what_goes_on_over_a_relay_needs_no_other_capture),
		cmocka_unit_test(a_person_who_thinks_is_no_slow_client),
		cmocka_unit_test(pieces_held_back_alike_are_shaping),
		cmocka_unit_test(a_queue_longer_than_the_way_is_named),
		cmocka_unit_test(a_queue_of_a_round_trip_is_none),
		cmocka_unit_test(a_server_that_keeps_to_a_pace_is_not_slow),
		cmocka_unit_test(a_client_that_transfers_little_is_merely_so),
		cmocka_unit_test(unanswered_requests_are_told_apart),
		cmocka_unit_test(slow_answers_are_averaged_without_them),
		cmocka_unit_test(
			what_waits_at_the_end_of_the_capture_is_merely_said),
		cmocka_unit_test(
			from_one_side_it_is_the_far_side_that_never_answered),
		cmocka_unit_test(each_request_that_waits_is_counted),
		cmocka_unit_test(an_answer_that_stops_halfway_is_no_slow_one),
		cmocka_unit_test(a_host_that_falls_silent_is_no_slow_server),
		cmocka_unit_test(an_error_of_the_service_is_named),
		cmocka_unit_test(an_error_of_http_has_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
