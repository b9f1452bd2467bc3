/* report/derive/reply_syn.c: SYNs that are answered from another address. */
#include "tests/report/derive/desk.h"

#include "report/derive/reply_syn.h"

/* What answers the SYNs of desk_silence() at the first point, from 10.0.0.49. */
struct other {
	uint32_t ack;    /* what it acknowledges: 1001 are the desk's SYNs */
	bool own_syn;    /* it has a SYN of its own there */
	bool reset;      /* the client resets it */
	uint16_t client; /* port of the client's that it goes to */
};

static struct flow_row flow_of(const struct derive *d, const struct other *o)
{
	struct flow_row f = { .id = 1,
			      .point = 1,
			      .proto = 6,
			      .client = d->view.flow[0].row.client,
			      .first_ns = T0,
			      .last_ns = T0 + SEC,
			      .packets = { o->own_syn + o->reset, 1 } };

	f.client.port = o->client;
	assert_int_equal(net_end_parse("10.0.0.49:443", &f.server), 0);
	return f;
}

/* Its records are stored as flow 1 has them, which derive_flow() finds, too. */
static struct derive *asked(const struct other *o, struct flow_row *by)
{
	struct derive *d = desk_silence(2, 3);
	struct tape t = { 0 };
	const struct flow_row *list[] = { by };
	struct session_flow place = { .flow = 1, .point_pos = 1 };
	struct session_row row = { .id = 12,
				   .proto = 6,
				   .verdict = PAIR_ALONE,
				   .client_end = -1,
				   .n_flows = 1,
				   .flows = &place };
	struct flow_row own = d->view.flow[0].row;
	struct part_dir syns = d->view.flow[0].dir[0];

	if (o->own_syn)
		tape_add(&t, 0, 0, (struct record){ .tcp_flags = REC_SYN });
	tape_add(&t, 1, 2,
		 (struct record){ .tcp_flags = REC_SYN | REC_ACK,
				  .ack64 = o->ack });
	if (o->reset)
		tape_add(&t, 0, 3, (struct record){ .tcp_flags = REC_RST });
	desk_records(d, 0, &t);
	free(d->view.flow[0].row.parts);
	d->view.flow[0].row = own;
	d->view.flow[0].dir[0] = syns;
	d->view.flow[0].dir[1] = (struct part_dir){ 0 };
	for (size_t i = 0; i < d->view.row.n_flows; i++)
		d->view.flow[i].row.bytes[0] = 0;
	*by = flow_of(d, o);
	d->flows = by;
	d->n_flows = 1;
	witness_add(derive_witness(d), &row, list);
	return d;
}

static void who_acknowledges_the_very_syn_answers_it(void **state)
{
	struct flow_row by;
	struct derive *d = asked(
		&(struct other){ .ack = 1001, .reset = true, .client = 40000 },
		&by);
	struct reply_syn x;

	(void)state;
	assert_true(reply_syn_find(d, &d->view, &x));
	assert_int_equal(x.flow, 0);
	assert_int_equal(x.session, 12);
	assert_int_equal(net_end_cmp(&x.by, &by.server), 0);
	assert_true(x.reset);
	assert_int_equal((uint32_t)x.answer.ack64, 1001);
	desk_free(d);
}

/* Another number, a SYN of its own, another port of the client's: three sessions that have
 * nothing to do with it. */
static void other_sessions_answer_nothing(void **state)
{
	static const struct other of[] = {
		{ .ack = 1002, .client = 40000 },
		{ .ack = 1001, .own_syn = true, .client = 40000 },
		{ .ack = 1001, .client = 40001 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		struct flow_row by;
		struct derive *d = asked(&of[i], &by);
		struct reply_syn x;

		assert_false(reply_syn_find(d, &d->view, &x));
		desk_free(d);
	}
}

static void what_has_answers_is_not_looked_up(void **state)
{
	struct flow_row by;
	struct derive *d = asked(
		&(struct other){ .ack = 1001, .client = 40000 }, &by);
	struct reply_syn x;

	(void)state;
	d->view.flow[1].row.packets[1] = 1;
	assert_false(reply_syn_find(d, &d->view, &x));
	d->view.flow[1].row.packets[1] = 0;
	d->view.row.proto = 17;
	assert_false(reply_syn_find(d, &d->view, &x));
	desk_free(d);
}

/* One finding for each two addresses, however many sessions. */
static void one_device_is_one_finding(void **state)
{
	struct flow_row by;
	struct derive *d = asked(
		&(struct other){ .ack = 1001, .reset = true, .client = 40000 },
		&by);
	struct reply_syns all = { 0 };
	const struct draft *f;

	(void)state;
	reply_syn_add(&all, d, &d->view);
	d->view.row.id++;
	reply_syn_add(&all, d, &d->view);
	d->view.row.verdict = PAIR_AMBIGUOUS; /* nobody knows whose SYNs */
	reply_syn_add(&all, d, &d->view);
	reply_syn_tell(&all);
	assert_int_equal(d->drafts.n, 1);
	f = d->drafts.at[0];
	assert_string_equal(f->row.rule, "reply.address");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "10.0.0.9:443 is asked, but its SYNs are "
				  "answered by 10.0.0.49:443"));
	assert_true(draft_says(f, "2 connections fail so"));
	assert_true(draft_says(f, "knows no such connection and resets it"));
	assert_int_equal(draft_number(f, "packets"), 6);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_acknowledges_the_very_syn_answers_it),
		cmocka_unit_test(other_sessions_answer_nothing),
		cmocka_unit_test(what_has_answers_is_not_looked_up),
		cmocka_unit_test(one_device_is_one_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
