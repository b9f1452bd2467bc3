/* Sessions that a relay makes others of. */
#include "tests/correlate/pair_case.h"

#include "store/message_pack.h"

#define FRONTS 20
#define EACH 8 /* requests of a front session */

/* A relay: FRONTS sessions at one point, @backs at the other. */
struct world {
	unsigned backs;
	unsigned paths;   /* how many there are; 0: all different */
	unsigned header;  /* bytes that the relay adds to each request */
	bool apart;       /* what the other point sees is not of these */
	bool right;       /* clients are at the second point */
	bool twin_times;  /* all sessions ask at the same time */
	unsigned unseen;  /* one of so many is not at the back; 0: all are */
	unsigned servers; /* in front, one behind the other; 0: one */
	int64_t clock;    /* of the back point */
	const char *host; /* at the back */
};

struct request { /* truth */
	unsigned front, back;
	int64_t asked;
};

struct wire { /* messages of one point */
	struct VEC(struct message) m;
	struct VEC(char *) names;
};

static void say(struct wire *w, unsigned part, uint8_t dir, int64_t id,
		int64_t at, int64_t took, uint64_t len, const char *name)
{
	*VEC_PUSH(&w->m) = (struct message){
		.off = (1ull << 32) + w->m.n * 10000,
		.len = len,
		.first_frame = w->m.n * 2 + 10,
		.last_frame = w->m.n * 2 + 11,
		.first_ns = at,
		.last_ns = at + took,
		.msg_id = id,
		.status = dir ? 200 : 0,
		.name = name,
		.part = part,
		.dir = dir,
		.proto = MESSAGE_HTTP,
		.kind = dir ? MESSAGE_RESPONSE : MESSAGE_REQUEST,
	};
}

static int by_part(const void *a, const void *b)
{
	const struct message *x = a, *y = b;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	if (x->last_ns != y->last_ns)
		return x->last_ns < y->last_ns ? -1 : 1;
	return x->dir - y->dir;
}

static void wire_put(struct pc *c, int point, struct wire *w)
{
	qsort(w->m.at, w->m.n, sizeof *w->m.at, by_part);
	for (size_t i = 0; i < w->m.n; i += MESSAGE_BLOCK) {
		size_t n = w->m.n - i < MESSAGE_BLOCK ? w->m.n - i
						      : MESSAGE_BLOCK;
		struct message_block_row row = {
			.file = (int64_t)(point + 1) << 8,
			.part_min = w->m.at[i].part,
			.part_max = w->m.at[i + n - 1].part,
			.n = (uint32_t)n,
			.protos = 1u << MESSAGE_HTTP,
		};
		struct buf b = { 0 };

		messages_pack(&w->m.at[i], n, &b);
		store_messages_put(c->s, &row, &b);
		buf_release(&b);
	}
	for (size_t i = 0; i < w->names.n; i++)
		free(w->names.at[i]);
	VEC_FREE(&w->names);
	VEC_FREE(&w->m);
}

/* A connection of its own: its content is nobody else's. */
static void add_flow(struct pc *c, int point, unsigned i, unsigned side,
		     unsigned server)
{
	char t[2][NET_END_TEXT];
	struct conv v = conv_number(i + side * 500, t);
	struct seen at = { .delay = 1 * MS };

	if (side)
		snprintf(t[1], sizeof t[1], "10.8.0.1:8000");
	else
		snprintf(t[1], sizeof t[1], "10.9.0.%u:80", 9 + server);
	v.content = 1000 + i + side * 500;
	v.at = side ? 0 : i * 10 * MS;
	pc_add(c, point, &v, &at);
}

static int by_time(const void *a, const void *b)
{
	const struct request *x = a, *y = b;

	return x->asked < y->asked ? -1 : x->asked > y->asked;
}

/* When requests are sent, and over which connection each is forwarded: one that is
 * free then, or the front session's own, or one that several front sessions share,
 * as many as there are servers. */
static void plan(const struct world *w, struct request *r)
{
	int64_t busy[FRONTS] = { 0 };

	for (unsigned i = 0; i < FRONTS * EACH; i++) {
		unsigned k = w->twin_times ? i % EACH : i;

		r[i].front = i / EACH;
		r[i].asked = T0 + (i % EACH) * SEC +
			     pc_mix(k + 1) % (700 * 1000) * 1000ll;
	}
	qsort(r, FRONTS * EACH, sizeof *r, by_time);
	for (unsigned i = 0; i < FRONTS * EACH; i++) {
		unsigned b = w->backs == FRONTS ? r[i].front : 0;

		while (w->backs < FRONTS && b + 1 < w->backs &&
		       busy[b] > r[i].asked)
			b++;
		if (w->servers)
			b = r[i].front / w->servers;
		r[i].back = b;
		busy[b] = r[i].asked + 60 * MS;
	}
}

static char *name_of(struct wire *w, const char *host, unsigned path)
{
	char *name = mem_printf("GET %s/item/%u", host, path);

	*VEC_PUSH(&w->names) = name;
	return name;
}

static void world_run(struct pc *c, const struct world *w, struct request *r)
{
	struct wire front = { .m = { 0 } }, back = { .m = { 0 } };
	int f = w->right, b = !w->right;
	int64_t ids[2][FRONTS] = { { 0 } };

	pc_open(c, 2);
	for (unsigned i = 0; i < FRONTS; i++)
		add_flow(c, f, i, 0, w->servers ? i % w->servers : 0);
	for (unsigned i = 0; i < w->backs; i++)
		add_flow(c, b, i, 1, 0);
	plan(w, r);
	for (unsigned i = 0; i < FRONTS * EACH; i++) {
		unsigned path = w->paths ? pc_mix(i) % w->paths : i;
		unsigned other = w->apart ? i + 7 : i;
		int64_t at = r[i].asked, served = 5 * MS + pc_mix(i) % 30000000;
		int64_t there = at + 400000 + w->clock +
				pc_mix(other + 9) % 300000;
		uint64_t len = 300 + path * 13;

		if (w->apart)
			there = T0 + w->clock +
				pc_mix(i + 3000) % 8000000 * 1000ll;
		say(&front, r[i].front + 1, 0, ids[0][r[i].front], at, 50000,
		    120, name_of(&front, "www.example.com", path));
		say(&front, r[i].front + 1, 1, ids[0][r[i].front]++,
		    at + served + 1 * MS, 70000, len, NULL);
		if (w->unseen && i % w->unseen == 0) {
			r[i].back = UINT32_MAX;
			continue;
		}
		say(&back, r[i].back + 1, 0, ids[1][r[i].back], there, 50000,
		    120 + w->header, name_of(&back, w->host, path));
		say(&back, r[i].back + 1, 1, ids[1][r[i].back]++,
		    there + served, 60000, len, NULL);
	}
	wire_put(c, f, &front);
	wire_put(c, b, &back);
	pc_run(c, NULL);
}

/* Number of a session's flow within its point, from 0. */
static unsigned number_of(struct pc *c, int64_t session, int point)
{
	struct session_row s = pc_session(c, session);
	struct flow_row f = pc_flow(c, s.flows[0].flow);
	unsigned n = (unsigned)(f.parts[0].part & 0xffffffff) - 1;

	assert_int_equal(s.n_flows, 1);
	assert_int_equal(f.point, c->point[point]);
	flow_row_release(&f);
	session_row_release(&s);
	return n;
}

static unsigned truly(const struct request *r, unsigned f, unsigned b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FRONTS * EACH; i++)
		n += r[i].front == f && r[i].back == b;
	return n;
}

struct answer {
	size_t relations, sure;
	uint64_t exchanges;
};

/* All that is said must be true. */
static struct answer judge(struct pc *c, const struct world *w,
			   const struct request *r)
{
	struct answer a = { 0 };
	struct relay_row *rows = store_relays(c->s, &a.relations);

	for (size_t i = 0; i < a.relations; i++) {
		unsigned f = number_of(c, rows[i].front, w->right);
		unsigned b = number_of(c, rows[i].back, !w->right);

		assert_true(rows[i].exchanges > 0);
		assert_false(w->apart);
		assert_true(rows[i].exchanges <= truly(r, f, b));
		assert_int_equal(rows[i].end[0].exchanges, EACH);
		assert_in_range(rows[i].added_min, 1 * MS, 1 * MS);
		assert_true(rows[i].added_median >= rows[i].added_min);
		assert_true(rows[i].added_max >= rows[i].added_p95);
		a.exchanges += rows[i].exchanges;
		a.sure += rows[i].sure;
	}
	free(rows);
	return a;
}

static struct answer world_answer(const struct world *w)
{
	struct request r[FRONTS * EACH];
	struct answer a;
	struct pc c;

	world_run(&c, w, r);
	a = judge(&c, w, r);
	pc_close(&c);
	return a;
}

static void added_headers_leave_sessions_related(void **state)
{
	const struct world w = { .backs = FRONTS,
				 .header = 31,
				 .clock = -3600 * SEC,
				 .host = "10.8.0.1" };
	struct answer a = world_answer(&w);

	(void)state;
	assert_int_equal(a.relations, FRONTS);
	assert_int_equal(a.sure, FRONTS);
	assert_int_equal(a.exchanges, FRONTS * EACH);
}

static void shared_connections_are_related_to_several(void **state)
{
	const struct world w = { .backs = 6, .clock = 5 * SEC, .host = "" };
	struct answer a = world_answer(&w);

	(void)state;
	assert_true(a.relations > FRONTS);
	assert_true(a.exchanges > FRONTS * EACH * 9 / 10);
}

static void clients_may_be_at_the_last_point(void **state)
{
	const struct world w = { .backs = 6,
				 .header = 20,
				 .right = true,
				 .clock = 5 * SEC,
				 .host = "x" };
	struct answer a = world_answer(&w);

	(void)state;
	assert_true(a.exchanges > FRONTS * EACH * 9 / 10);
}

/* All ask for one thing: only connections that stay together tell. */
static void requests_that_are_all_alike_are_told_by_their_times(void **state)
{
	struct world w = {
		.backs = FRONTS, .paths = 1, .header = 20, .host = "x"
	};
	struct answer a = world_answer(&w);

	(void)state;
	assert_true(a.relations > FRONTS / 2);
	w.backs = 6;
	world_answer(&w);
	w.paths = 3;
	world_answer(&w);
}

/* What each session asked is asked by all at once: nobody can tell whose is
 * whose, and nothing is said. */
static void the_same_at_the_same_time_is_not_related(void **state)
{
	const struct world w = { .backs = FRONTS,
				 .paths = 1,
				 .header = 20,
				 .twin_times = true,
				 .host = "x" };
	struct answer a = world_answer(&w);

	(void)state;
	assert_int_equal(a.relations, 0);
}

static void the_same_paths_at_other_times_are_not_related(void **state)
{
	struct world w = { .header = 20, .apart = true, .host = "x" };

	(void)state;
	for (w.backs = 2; w.backs <= FRONTS; w.backs += 6)
		for (w.paths = 1; w.paths < 400; w.paths *= 7)
			assert_int_equal(world_answer(&w).relations, 0);
}

/* They could be the same connections, with other numbers. */
static void without_proof_of_a_relay_nothing_is_related(void **state)
{
	const struct world w = { .backs = FRONTS, .host = "x" };
	struct answer a = world_answer(&w);

	(void)state;
	assert_int_equal(a.relations, 0);
}

/* One session of each server shares a connection with one of the other's: that
 * is proof for both. */
static void a_connection_may_be_shared_by_servers(void **state)
{
	const struct world w = { .backs = FRONTS / 2,
				 .servers = 2,
				 .host = "" };
	struct answer a = world_answer(&w);

	(void)state;
	assert_int_equal(a.relations, FRONTS);
	assert_int_equal(a.exchanges, FRONTS * EACH);
}

/* What the back point does not have is not taken for another one. */
static void what_was_not_captured_is_left_out(void **state)
{
	struct world w = {
		.backs = 6, .paths = 20, .header = 31, .unseen = 3, .host = "x"
	};
	struct answer a = world_answer(&w);

	(void)state;
	assert_true(a.relations > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(added_headers_leave_sessions_related),
		cmocka_unit_test(shared_connections_are_related_to_several),
		cmocka_unit_test(clients_may_be_at_the_last_point),
		cmocka_unit_test(
			requests_that_are_all_alike_are_told_by_their_times),
		cmocka_unit_test(the_same_at_the_same_time_is_not_related),
		cmocka_unit_test(the_same_paths_at_other_times_are_not_related),
		cmocka_unit_test(without_proof_of_a_relay_nothing_is_related),
		cmocka_unit_test(a_connection_may_be_shared_by_servers),
		cmocka_unit_test(what_was_not_captured_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
