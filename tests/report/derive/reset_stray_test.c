/* Resets by a host that gets the middle of a connection that it does not know. */
#include "tests/report/derive/desk.h"

#define ISN (1ull << 32)
#define SEQ                                                                    \
	(ISN + 9001) /* what the stray packet acknowledges, and the reset has */

/* At the server: no SYN, a piece of data, and the reset that it gets. */
static struct tape stray(void)
{
	struct tape t = { 0 };

	tape_add(&t, 0, 5000,
		 (struct record){ .seq64 = ISN + 1,
				  .ack64 = SEQ,
				  .pay_len = 100,
				  .tcp_flags = REC_ACK });
	tape_add(&t, 1, 5001,
		 (struct record){ .seq64 = SEQ, .tcp_flags = REC_RST });
	return t;
}

/* At the client: a session that had answers, rests for 4 s, and gets that reset. */
static struct tape living(void)
{
	struct tape t = { 0 };

	tape_add(&t, 0, 1000,
		 (struct record){ .seq64 = ISN + 1,
				  .ack64 = ISN + 1,
				  .pay_len = 100,
				  .tcp_flags = REC_ACK });
	tape_add(&t, 1, 1001,
		 (struct record){ .seq64 = ISN + 1,
				  .ack64 = ISN + 101,
				  .pay_len = 9000,
				  .tcp_flags = REC_ACK });
	tape_add(&t, 0, 5000,
		 (struct record){ .seq64 = ISN + 101,
				  .ack64 = SEQ,
				  .pay_len = 100,
				  .tcp_flags = REC_ACK });
	tape_add(&t, 1, 5002,
		 (struct record){ .seq64 = SEQ, .tcp_flags = REC_RST });
	return t;
}

/* The session is at one of two points only: 0 the client's, 1 the server's. */
static void shows(struct derive *d, int at, const struct tape *t)
{
	static const uint16_t port[] = { 40000, 61000 };
	struct flow_view *f = &d->view.flow[0];

	d->view.row.n_flows = 1;
	d->view.row.verdict = PAIR_ALONE;
	d->view.row.flows[0].point_pos = at + 1;
	f->point = &d->model.points[at];
	f->row.point = at + 1;
	f->row.client.port = port[at];
	f->first_file = d->model.files[at].id;
	free(f->row.parts);
	desk_records(d, 0, t);
	for (int dir = 0; dir < 2; dir++)
		f->dir[dir].syn = false;
	f->dir[1].rst = true;
	/* it is beside the server */
	f->dir[0].last_ns = t->at[1][t->n[1] - 1].time_ns;
}

/* Does a finding say so?  One at most. */
static bool told(const struct derive *d, const char *words)
{
	int n = 0;

	for (size_t i = 0; i < d->drafts.n; i++)
		n += draft_says(d->drafts.at[i], words);
	assert_in_range(n, 0, 1);
	return n;
}

static struct derive *begin(void)
{
	return desk_new(2, &rules_reset);
}

static void one_whose_session_is_not_known_is_medium(void **state)
{
	struct derive *d = begin();
	struct tape t = stray();
	const struct draft *f;

	(void)state;
	shows(d, 1, &t);
	f = desk_found(d, "reset.endpoint");
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "10.0.0.9:443 does not know 1 connection: it "
				  "resets at the first packet at server"));
	desk_free(d);
}

/* The client gets that very reset: by its number. */
static void the_session_that_gets_it_is_named(void **state)
{
	(void)state;
	for (int other = 0; other < 2; other++) {
		struct derive *d = begin();
		struct tape t = stray(), l = living();

		l.at[1][1].seq64 += (uint64_t)other;
		shows(d, 0, &l);
		desk_show(d);
		desk_next(d);
		shows(d, 1, &t);
		desk_show(d);
		desk_finish(d, "");
		assert_int_equal(told(d, "Between client and server 1 open "
					 "session becomes a connection that "
					 "the server does not know"),
				 !other);
		assert_int_equal(told(d, "has arrived as the other"), !other);
		/* the client's own point tells that, too */
		for (size_t k = 0; k < d->drafts.n; k++)
			if (draft_says(d->drafts.at[k], "has arrived as"))
				assert_true(draft_says(d->drafts.at[k],
						       "nothing had been sent "
						       "for 4 s"));
		assert_int_equal(told(d, "opens none"), other);
		desk_free(d);
	}
}

/* It is an answer to what does open something, or not to that packet. */
static void other_resets_are_none(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		struct derive *d = begin();
		struct tape t = stray();

		if (i == 1)
			t.at[1][0].seq64++;
		else if (i == 2)
			t.at[1][0].tcp_flags |= REC_ACK;
		else if (i == 3)
			t.at[0][0].tcp_flags = 0;
		else if (i == 4)
			t.at[0][0].tcp_flags |= REC_FIN;
		shows(d, 1, &t);
		d->view.flow[0].dir[0].syn = i == 5;
		desk_show(d);
		desk_finish(d, "");
		assert_int_equal(d->drafts.n == 1 &&
					 draft_says(d->drafts.at[0],
						    "does not know"),
				 i == 0);
		desk_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_whose_session_is_not_known_is_medium),
		cmocka_unit_test(the_session_that_gets_it_is_named),
		cmocka_unit_test(other_resets_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
