/* Two connections with something between that ends both. */
#include "tests/correlate/pair_case.h"

#define SESSIONS 10

/* What is behind a device that has numbers and time stamps of its own. */
static struct seen behind(struct seen at, int64_t opens)
{
	at.reseq[0] = 111111;
	at.reseq[1] = 222222;
	at.stamps = 333333;
	at.opens = opens;
	return at;
}

static void add_both(struct pc *c, unsigned i, const struct seen *far)
{
	char t[2][NET_END_TEXT];
	struct conv v = conv_number(i, t);

	v.tsval = 5000 * (i + 1);
	pc_add(c, 0, &v, &near_point);
	pc_add(c, 1, &v, far);
}

static void expect_kind(int64_t opens, enum pair_kind kind)
{
	struct seen far = behind(far_point, opens);
	struct pc c;

	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++)
		add_both(&c, i, &far);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), SESSIONS);
	expect_pairs(&c, SESSIONS);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.kind, kind);
		assert_int_equal(r.flows[1].relayed, kind == PAIR_RELAYED);
		assert_int_equal(r.client_end, 0);
		assert_int_equal(r.flows[1].seq_delta[0], 111111);
		session_row_release(&r);
	}
	pc_close(&c);
}

static void passed_on_at_once_it_is_one_connection(void **state)
{
	(void)state;
	expect_kind(0, PAIR_RESEQUENCED);
}

static void opened_after_the_clients_it_is_another(void **state)
{
	(void)state;
	expect_kind(40 * MS, PAIR_RELAYED);
}

/* The near capture began in the midst of one, and takes its client's port for a
 * service's; the SYN that the far one has says who the client is. */
static void expect_client_first(unsigned header)
{
	struct seen late = near_point, far = behind(far_point, 40 * MS);
	struct conv v;
	struct session_row r;
	char t[2][NET_END_TEXT];
	struct pc c;

	late.late = 1;
	late.client = "10.0.9.9:443";
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++)
		add_both(&c, i, &far);
	v = conv_number(SESSIONS, t);
	v.server = "192.168.0.9:5432";
	v.segments = 6;
	v.tsval = 777777;
	far.header = header;
	pc_add(&c, 0, &v, &late);
	pc_add(&c, 1, &v, &far);
	pc_run(&c, NULL);
	r = pc_session(&c, SESSIONS + 1);
	assert_int_equal(r.n_flows, 2);
	assert_int_equal(r.kind, PAIR_RELAYED);
	assert_int_equal(r.role, ROLE_SYN);
	assert_int_equal(r.client_end, 0);
	session_row_release(&r);
	pc_close(&c);
}

static void where_the_client_is_does_not_hang_on_a_wrong_guess(void **state)
{
	(void)state;
	expect_client_first(0);
}

static void nor_does_it_where_a_header_says_it(void **state)
{
	(void)state;
	expect_client_first(44);
}

/* An upload shows no content of the server, whose times would tell.  A device
 * that rewrites numbers and time stamps passes each packet on. */
static void expect_upload(unsigned acks, enum pair_kind kind)
{
	struct seen far = behind(far_point, 0);
	char t[2][NET_END_TEXT];
	struct pc c;

	far.acks = acks;
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		v.segments = 100;
		v.upload = true;
		pc_add_both(&c, &v, &far);
	}
	pc_run(&c, NULL);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.n_flows, 2);
		assert_int_equal(r.kind, kind);
		session_row_release(&r);
	}
	pc_close(&c);
}

static void as_many_packets_each_way_are_one_connection(void **state)
{
	(void)state;
	expect_upload(0, PAIR_RESEQUENCED);
}

static void acknowledged_at_its_own_pace_it_is_another(void **state)
{
	(void)state;
	expect_upload(30, PAIR_RELAYED);
}

/* The far capture has it from its midst, where only numbers and time stamps tell,
 * and fewer packets, as a host that merges segments has; all others there are
 * passed on by a device that rewrites both. */
static void one_of_many_that_are_rewritten_is_so_too(void **state)
{
	struct seen far = behind(far_point, 0), late;
	struct session_row r;
	struct conv v;
	char t[2][NET_END_TEXT];
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++)
		add_both(&c, i, &far);
	late = far;
	late.late = 1;
	late.acks = 60;
	v = conv_number(SESSIONS, t);
	v.tsval = 777777;
	v.segments = 100;
	pc_add_both(&c, &v, &late);
	pc_run(&c, NULL);
	for (int64_t i = 1; i <= SESSIONS + 1; i++) {
		r = pc_session(&c, i);
		assert_int_equal(r.n_flows, 2);
		assert_int_equal(r.kind, PAIR_RESEQUENCED);
		session_row_release(&r);
	}
	pc_close(&c);
}

/* Points on both sides: a hop each, and the relay between. */
static void each_side_keeps_its_own_hops(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 4);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		for (int p = 0; p < 4; p++) {
			struct seen at = { .delay = (1 + 6 * p) * MS,
					   .clock = p * SEC,
					   .hops = (uint8_t)p };

			if (p >= 2)
				at = behind(at, 40 * MS);
			pc_add(&c, p, &v, &at);
		}
	}
	pc_run(&c, NULL);
	assert_int_equal(store_session_count(c.s), SESSIONS);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.n_flows, 4);
		assert_int_equal(r.kind, PAIR_RELAYED);
		for (int k = 0; k < 4; k++)
			assert_int_equal(r.flows[k].relayed, k == 2);
		assert_false(session_relayed(&r, 0, 1));
		assert_true(session_relayed(&r, 3, 0));
		session_row_release(&r);
	}
	pc_close(&c);
}

/* Uploads show no content of the server, and the clocks, as far as they are known
 * by then, are off by more than the relay waited. */
static void own_hops_tell_where_the_client_is(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 4);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		v.segments = 100;
		v.upload = true;
		for (int p = 0; p < 4; p++) {
			struct seen at = { .delay = (1 + 6 * p) * MS,
					   .clock = p * SEC,
					   .hops = (uint8_t)p };

			if (p >= 2) {
				at = behind(at, -2 * MS);
				at.acks = 30;
			}
			pc_add(&c, p, &v, &at);
		}
	}
	pc_run(&c, NULL);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.n_flows, 4);
		assert_int_equal(r.kind, PAIR_RELAYED);
		assert_int_equal(r.client_end, 0);
		session_row_release(&r);
	}
	pc_close(&c);
}

static void content_of_others_is_not_relayed(void **state)
{
	struct seen far = behind(far_point, 40 * MS);
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		pc_add(&c, 0, &v, &near_point);
		v.content += 500;
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 0);
	pc_close(&c);
}

/* All say the same at the same time: which is whose, nobody can tell. */
static void the_same_content_at_the_same_time_is_ambiguous(void **state)
{
	struct seen far = behind(far_point, 40 * MS);
	struct pc c;
	char t[2][NET_END_TEXT], proxy[NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 4; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		v.content = 77;
		v.at = 0;
		snprintf(proxy, sizeof proxy, "10.9.0.1:%u", 5000 + i * 7 % 4);
		far.client = proxy;
		pc_add_both(&c, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 0);
	pc_close(&c);
}

/* @v at the points of the set @points; behind the last hop, which the numbers
 * of both ways do not pass, it opens @opens later; @other: with other ends and
 * totals there. */
static void add_at(struct pc *c, const struct conv *v, unsigned points,
		   int64_t opens, bool other)
{
	for (int k = 0; k < c->n; k++) {
		struct seen at = { .delay = (1 + 6 * k) * MS,
				   .clock = k * SEC,
				   .hops = (uint8_t)k };
		struct part p;

		if (!(points >> k & 1))
			continue;
		if (k == c->n - 1)
			at = behind(at, opens);
		if (k == c->n - 1 && other) {
			at.client = "10.9.0.1:5000";
			at.server = "10.9.0.2:5001";
		}
		p = pc_part(v, &at);
		for (int d = 0; d < 2; d++) {
			p.dir[d].fin = true;
			p.dir[d].seq_next += k == c->n - 1 && other ? 1000 : 0;
		}
		pc_put(c, k, &p);
	}
}

/* Of two with the same contents one is cut alike at the client of the first and at
 * the server of the second: that says nothing of which is which. */
static void the_same_content_cut_alike_is_ambiguous(void **state)
{
	struct seen far = behind(far_point, 40 * MS);
	char t[2][NET_END_TEXT];
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		v.content = 77;
		v.at = 0;
		v.segments = 6;
		far.client = i ? "10.9.0.1:5001" : "10.9.0.1:5000";
		for (int k = 0; k < 2; k++) {
			struct part p = pc_part(&v, k ? &far : &near_point);

			for (int d = 0; d < 2; d++) {
				p.dir[d].any.n = i == (unsigned)k ? 4 : 1;
				p.dir[d].fin = true;
			}
			pc_put(&c, k, &p);
		}
	}
	for (unsigned i = 4; i < 14; i++)
		add_both(&c, i, &far);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 10);
	pc_close(&c);
}

/* A sure pair, and at @points one that only custom would make relayed.
 * Return: the second's row. */
static struct session_row beside_one_pair(struct pc *c, int n, unsigned points,
					  bool other)
{
	char t[2][NET_END_TEXT];
	struct session_row r;
	struct conv v;

	pc_open(c, n);
	v = conv_number(0, t);
	v.tsval = 5000;
	add_at(c, &v, UINT32_MAX, 40 * MS, false);
	v = conv_number(1, t);
	v.tsval = 10000;
	v.segments = 100;
	v.upload = true;
	add_at(c, &v, points, 0, other);
	pc_run(c, NULL);
	r = pc_session(c, 1);
	assert_int_equal(r.n_flows, n);
	assert_int_equal(r.kind, PAIR_RELAYED);
	session_row_release(&r);
	return pc_session(c, 2);
}

/* Two hops meet it, the one from A to C and the one from B to C. */
static void one_pair_that_two_hops_meet_is_no_custom(void **state)
{
	struct session_row r;
	struct pc c;

	(void)state;
	r = beside_one_pair(&c, 3, 5, false);
	assert_int_equal(r.n_flows, 2);
	assert_int_equal(r.kind, PAIR_RESEQUENCED);
	session_row_release(&r);
	pc_close(&c);
}

/* As one connection it contradicts itself, so that the last pass, too, looks at
 * it, beside the pair that both passes meet. */
static void one_pair_that_two_passes_meet_is_no_custom(void **state)
{
	struct session_row r;
	struct pc c;

	(void)state;
	r = beside_one_pair(&c, 2, 3, true);
	assert_int_equal(r.n_flows, 1);
	session_row_release(&r);
	pc_close(&c);
}

/* A header before one side's stream is from something that ends connections,
 * however alike they are; places in the streams are apart by its length. */
static void a_header_before_the_stream_is_of_a_relay(void **state)
{
	struct seen far = behind(far_point, 0);
	struct pc c;

	(void)state;
	far.header = 44;
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++)
		add_both(&c, i, &far);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), SESSIONS);
	expect_pairs(&c, SESSIONS);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.kind, PAIR_RELAYED);
		assert_int_equal(r.client_end, 0);
		assert_int_equal(r.flows[1].seq_delta[0], 111111 + 44);
		assert_int_equal(r.flows[1].seq_delta[1], 222222);
		session_row_release(&r);
	}
	pc_close(&c);
}

/* Both behind it: a box that rewrites numbers, and the header passes through. */
static void a_header_on_both_sides_shifts_nothing(void **state)
{
	struct seen near = near_point, far = behind(far_point, 0);
	char t[2][NET_END_TEXT];
	struct pc c;

	(void)state;
	near.header = far.header = 44;
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		pc_add(&c, 0, &v, &near);
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.kind, PAIR_RESEQUENCED);
		assert_int_equal(r.flows[1].seq_delta[0], 111111);
		session_row_release(&r);
	}
	pc_close(&c);
}

/* All say the same at the same time; the header says whose it is.  Behind the
 * relay they come in another order. */
static void expect_twins_apart(unsigned header)
{
	struct seen far = behind(far_point, 40 * MS);
	char t[4][2][NET_END_TEXT], proxy[NET_END_TEXT];
	struct pc c;

	pc_open(&c, 2);
	for (unsigned i = 0; i < 4; i++) {
		struct conv v = conv_number(i, t[i]);

		v.content = 77;
		v.at = 0;
		v.tsval = 5000 * (i + 1);
		pc_add(&c, 0, &v, &near_point);
	}
	for (unsigned i = 0; i < 4; i++) {
		unsigned k = i ^ 2;
		struct conv v = conv_number(k, t[k]);

		v.content = 77;
		v.at = 0;
		v.tsval = 5000 * (k + 1);
		snprintf(proxy, sizeof proxy, "10.9.0.1:%u", 5000 + i * 7 % 4);
		far.client = proxy;
		far.server = "10.8.0.1:8000";
		far.header = header;
		far.named[0] = t[k][0];
		far.named[1] = t[k][1];
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 4);
	for (int64_t i = 1; i <= 4; i++) {
		struct session_row r = pc_session(&c, i);
		struct flow_row a = pc_flow(&c, r.flows[0].flow);
		struct flow_row b = pc_flow(&c, r.flows[1].flow);
		unsigned k = 0;

		while (k < 4 && strcmp(t[k][0], "") != 0) {
			struct net_end e = pc_end(t[k][0]);

			if (!net_end_cmp(&e, &a.client))
				break;
			k++;
		}
		assert_int_equal(b.client.port, 5000 + (k ^ 2) * 7 % 4);
		assert_non_null(strstr(r.evidence, "names the other"));
		flow_row_release(&a);
		flow_row_release(&b);
		session_row_release(&r);
	}
	pc_close(&c);
}

/* Each names another one than that whose content it has at the same time. */
static void what_names_another_is_not_joined(void **state)
{
	struct seen far = behind(far_point, 0);
	char t[2][2][NET_END_TEXT];
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct conv v = conv_number(i, t[i]);

		pc_add(&c, 0, &v, &near_point);
	}
	for (unsigned i = 0; i < 2; i++) {
		char text[2][NET_END_TEXT];
		struct conv v = conv_number(i, text);

		far.client = i ? "10.9.0.1:5001" : "10.9.0.1:5000";
		far.named[0] = t[!i][0];
		far.named[1] = t[!i][1];
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 0);
	pc_close(&c);
}

/* The capture that names is between two others. */
static void what_one_point_names_all_points_heed(void **state)
{
	static const char *const behind_it[] = { "10.9.0.1:5000",
						 "10.9.0.1:5001" };
	struct pc c;

	(void)state;
	pc_open(&c, 3);
	for (int p = 0; p < 3; p++)
		for (unsigned i = 0; i < 2; i++) {
			char t[2][NET_END_TEXT], u[2][NET_END_TEXT];
			struct conv v = conv_number(i, t);
			struct conv other = conv_number(!i, u);
			struct seen at = { .delay = (1 + 6 * p) * MS,
					   .clock = p * SEC,
					   .hops = (uint8_t)p };

			if (p == 1) {
				at.named[0] = behind_it[!i];
				at.named[1] = other.server;
			} else if (p == 2) {
				at = behind(at, 0);
				at.client = behind_it[i];
			}
			pc_add(&c, p, &v, &at);
		}
	pc_run(&c, NULL);
	for (int64_t s = 1; s <= store_session_count(c.s); s++) {
		struct session_row r = pc_session(&c, s);

		assert_in_range(r.n_flows, 1, 2);
		assert_int_equal(r.verdict == PAIR_PAIRED, r.n_flows == 2);
		assert_int_equal(r.flows[r.n_flows - 1].point_pos,
				 r.n_flows == 2 ? 2 : 3);
		session_row_release(&r);
	}
	pc_close(&c);
}

static void a_header_tells_twins_apart(void **state)
{
	(void)state;
	expect_twins_apart(44);
}

static void a_trailer_tells_twins_apart(void **state)
{
	(void)state;
	expect_twins_apart(0);
}

/* Its names alone join nothing: behind a relay that changes content, bytes have
 * no counterparts. */
static void a_header_without_common_content_joins_nothing(void **state)
{
	struct seen far = behind(far_point, 40 * MS);
	char t[2][NET_END_TEXT];
	struct pc c;

	(void)state;
	far.header = 44;
	far.client = "10.9.0.1:5000";
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		far.named[0] = t[0];
		far.named[1] = t[1];
		pc_add(&c, 0, &v, &near_point);
		v.content += 500;
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 0);
	pc_close(&c);
}

/* Sessions with streams that both sides saw to their ends.  Of the client's, what
 * the relay sends on has @more bytes more in each segment from @from on, and as
 * many at its end. */
static void expect_changed(int more, unsigned from, int paired)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen far = behind(far_point, 40 * MS);
		struct conv v = conv_number(i, t);
		struct part a, b;

		v.tsval = 5000 * (i + 1);
		v.segments = 6;
		a = pc_part(&v, &near_point);
		b = pc_part(&v, &far);
		for (int d = 0; d < 2; d++)
			a.dir[d].fin = b.dir[d].fin = true;
		b.dir[0].wscale = 9; /* the relay's own SYN */
		b.dir[0].seq_next += (uint64_t)(int64_t)more;
		for (int k = (int)from; k < b.dir[0].any.n; k++) {
			b.dir[0].any.at[k].seq += (uint32_t)(more * (k + 1));
			b.dir[0].seq_next += (uint64_t)(int64_t)more;
		}
		b.dir[0].turn = b.dir[0].any;
		b.dir[0].turn.n = 1;
		pc_put(&c, 0, &a);
		pc_put(&c, 1, &b);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), paired);
	pc_close(&c);
}

static void the_same_bytes_are_relayed(void **state)
{
	(void)state;
	expect_changed(0, 0, SESSIONS);
}

/* The first segment is where it was. */
static void what_adds_bytes_does_not_pass_them_on(void **state)
{
	(void)state;
	expect_changed(40, 1, 0);
}

static void what_takes_bytes_from_the_head_shares_no_place(void **state)
{
	(void)state;
	expect_changed(-40, 0, 0);
}

/* Held back at the end: all else is where it was. */
static void what_is_shorter_at_its_end_is_relayed(void **state)
{
	(void)state;
	expect_changed(-40, 6, SESSIONS);
}

/* Caught in their midst at both points, with the server's bytes the same; the
 * client's are farther on by @more for each segment. */
static void expect_midst(int more, int paired)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen far = behind(far_point, 0);
		struct conv v = conv_number(i, t);
		struct part b;

		v.no_syn = true;
		v.segments = 6;
		b = pc_part(&v, &far);
		for (int k = 0; k < b.dir[0].any.n; k++)
			b.dir[0].any.at[k].seq += (uint32_t)(more * (k + 1));
		b.dir[0].turn.n = 0;
		pc_add(&c, 0, &v, &near_point);
		pc_put(&c, 1, &b);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), paired);
	pc_close(&c);
}

static void the_same_segments_at_places_that_shift_are_no_session(void **state)
{
	(void)state;
	expect_midst(0, SESSIONS);
	expect_midst(40, 0);
}

/* A proxy adds a line to the client's only request; the near capture has missed the
 * SYN, and the far one what came later: the server's bytes alone are the same. */
static void expect_one_way(bool both, int paired)
{
	struct pc c;
	char t[2][NET_END_TEXT], own[2][NET_END_TEXT];

	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen far = behind(far_point, 0);
		struct conv v = conv_number(i, t), w;
		struct part a, b;

		snprintf(own[0], NET_END_TEXT, "10.7.0.%u:%u", i + 1, 900 + i);
		snprintf(own[1], NET_END_TEXT, "10.8.0.%u:8080", i + 1);
		far.client = own[0];
		far.server = own[1];
		v.tsval = 0;
		v.segments = 6;
		w = v;
		w.content += both ? 0 : 7000;
		a = pc_part(&v, &near_point);
		b = pc_part(&v, &far);
		b.dir[0] = pc_part(&w, &far).dir[0];
		a.dir[0].syn = false;
		a.dir[0].head_len = 0;
		a.dir[0].turn.n = a.dir[1].turn.n = 0;
		pc_put(&c, 0, &a);
		pc_put(&c, 1, &b);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), paired);
	pc_close(&c);
}

static void what_agrees_one_way_only_is_no_session(void **state)
{
	(void)state;
	expect_one_way(true, SESSIONS);
	expect_one_way(false, 0);
}

/* @far has seen more than there is: a stretch of a longer connection. */
static struct part longer(const struct conv *v, const struct seen *far,
			  uint64_t more)
{
	struct part b = pc_part(v, far);

	for (int d = 0; d < 2; d++)
		b.dir[d].seq_next += more;
	return b;
}

static struct part whole(const struct conv *v, const struct seen *near)
{
	struct part a = pc_part(v, near);

	for (int d = 0; d < 2; d++)
		a.dir[d].fin = true;
	return a;
}

static void expect_longer(uint64_t more, int paired)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen far = behind(far_point, 0);
		struct conv v = conv_number(i, t);
		struct part a, b;

		v.segments = 6;
		far.late = 2;
		a = whole(&v, &near_point);
		b = longer(&v, &far, more);
		pc_put(&c, 0, &a);
		pc_put(&c, 1, &b);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), paired);
	pc_close(&c);
}

static void what_goes_on_is_not_what_has_ended(void **state)
{
	(void)state;
	expect_longer(0, SESSIONS);
	expect_longer(5000, 0);
}

/* The second point has a stretch that says nothing against it, the third the whole
 * of that connection, which goes on. */
static void expect_third(uint64_t more, size_t flows)
{
	struct session_row r;
	struct pc c;
	char t[2][NET_END_TEXT];

	pc_open(&c, 3);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct seen mid = behind(far_point, 0), far = mid;
		struct conv v = conv_number(i, t);
		struct part a, b;

		v.segments = 6;
		mid.late = 2;
		far.delay += 5 * MS;
		a = whole(&v, &near_point);
		b = longer(&v, &far, more);
		pc_put(&c, 0, &a);
		pc_add(&c, 1, &v, &mid);
		pc_put(&c, 2, &b);
	}
	pc_run(&c, NULL);
	r = pc_session(&c, 1);
	assert_int_equal(r.n_flows, flows);
	session_row_release(&r);
	pc_close(&c);
}

static void what_a_third_point_contradicts_is_not_joined(void **state)
{
	(void)state;
	expect_third(0, 3);
	expect_third(5000, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passed_on_at_once_it_is_one_connection),
		cmocka_unit_test(
			where_the_client_is_does_not_hang_on_a_wrong_guess),
		cmocka_unit_test(nor_does_it_where_a_header_says_it),
		cmocka_unit_test(one_of_many_that_are_rewritten_is_so_too),
		cmocka_unit_test(the_same_content_cut_alike_is_ambiguous),
		cmocka_unit_test(what_names_another_is_not_joined),
		cmocka_unit_test(what_one_point_names_all_points_heed),
		cmocka_unit_test(own_hops_tell_where_the_client_is),
		cmocka_unit_test(opened_after_the_clients_it_is_another),
		cmocka_unit_test(as_many_packets_each_way_are_one_connection),
		cmocka_unit_test(acknowledged_at_its_own_pace_it_is_another),
		cmocka_unit_test(each_side_keeps_its_own_hops),
		cmocka_unit_test(content_of_others_is_not_relayed),
		cmocka_unit_test(
			the_same_content_at_the_same_time_is_ambiguous),
		cmocka_unit_test(one_pair_that_two_passes_meet_is_no_custom),
		cmocka_unit_test(one_pair_that_two_hops_meet_is_no_custom),
		cmocka_unit_test(a_header_before_the_stream_is_of_a_relay),
		cmocka_unit_test(a_header_on_both_sides_shifts_nothing),
		cmocka_unit_test(a_header_tells_twins_apart),
		cmocka_unit_test(a_trailer_tells_twins_apart),
		cmocka_unit_test(a_header_without_common_content_joins_nothing),
		cmocka_unit_test(the_same_bytes_are_relayed),
		cmocka_unit_test(what_adds_bytes_does_not_pass_them_on),
		cmocka_unit_test(
			what_takes_bytes_from_the_head_shares_no_place),
		cmocka_unit_test(what_is_shorter_at_its_end_is_relayed),
		cmocka_unit_test(
			the_same_segments_at_places_that_shift_are_no_session),
		cmocka_unit_test(what_agrees_one_way_only_is_no_session),
		cmocka_unit_test(what_goes_on_is_not_what_has_ended),
		cmocka_unit_test(what_a_third_point_contradicts_is_not_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
