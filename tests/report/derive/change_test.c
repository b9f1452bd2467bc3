/* change.payload, change.header, change.sequence: what was rewritten. */
#include "tests/report/derive/desk.h"

static struct fact *changed(struct derive *d, uint32_t near, uint32_t far)
{
	struct fact *k = desk_fact(&d->facts.changed, 0, 1, KIND_DATA,
				   FATE_DELIVERED);

	k->e.marks = MARK_CHANGED;
	k->e.change = far > near   ? CHANGE_PAYLOAD_GREW
		      : far < near ? CHANGE_PAYLOAD_SHRANK
				   : CHANGE_PAYLOAD_BYTES;
	k->near.pay_len = near;
	k->far.pay_len = far;
	return k;
}

static void a_payload_that_grew_is_named(void **state)
{
	struct derive *d = desk_new(2, &rules_change);
	const struct draft *f;

	(void)state;
	changed(d, 100, 110);
	f = desk_found(d, "change.payload");
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "100 bytes of payload at client, 110 at "
				  "server"));
	assert_int_equal(f->row.n_evidence, 2);
	assert_false(draft_says(f, "padding"));
	desk_free(d);
}

static void padding_that_was_counted_is_recognised(void **state)
{
	struct derive *d = desk_new(2, &rules_change);

	(void)state;
	changed(d, 0, 6); /* 14 + 40 bytes, padded to 60 */
	desk_show(d);
	assert_true(draft_says(desk_finish(d, "change.payload"), "adding"));
	desk_free(d);
}

static void changed_flags_are_no_changed_payload(void **state)
{
	struct derive *d = desk_new(2, &rules_change);

	(void)state;
	changed(d, 100, 100)->e.change = CHANGE_TOS;
	desk_silent(d, "change.payload");
}

static void a_rewritten_address_is_information(void **state)
{
	uint8_t b[4] = { 192, 0, 2, 1 };
	struct derive *d = desk_new(2, &rules_change);
	const struct draft *f;

	(void)state;
	d->view.flow[1].row.client.addr = net_addr_v4(b);
	f = desk_found(d, "change.header");
	assert_int_equal(f->row.severity, SEV_INFO);
	assert_true(draft_says(f, "client-address"));
	assert_true(draft_says(f, "10.0.0.1 -> 192.0.2.1"));
	/* a packet on both sides of it */
	assert_int_equal(f->row.n_evidence, 2);
	assert_int_equal(f->row.evidence[0].point, 1);
	assert_non_null(strstr(f->row.evidence[0].note, "SYN of 10.0.0.1:"));
	assert_non_null(strstr(f->row.evidence[1].note, "SYN of 192.0.2.1:"));
	assert_null(desk_finish(d, "change.sequence"));
	desk_free(d);
}

static void a_rewritten_sequence_is_information(void **state)
{
	struct derive *d = desk_new(2, &rules_change);
	struct session_flow *f = d->view.row.flows;

	(void)state;
	f[0].delta_known[0] = f[1].delta_known[0] = true;
	f[1].seq_delta[0] = 12345;
	desk_show(d);
	assert_non_null(desk_finish(d, "change.sequence"));
	assert_null(desk_finish(d, "change.header"));
	desk_free(d);
}

/* An arrow goes the packets' way: what the server's SYN left with first. */
static void changes_of_answers_are_told_in_their_direction(void **state)
{
	struct derive *d = desk_new(2, &rules_change);
	const struct draft *f;

	(void)state;
	for (int i = 0; i < 2; i++)
		for (int dir = 0; dir < 2; dir++) {
			struct part_dir *x = &d->view.flow[i].dir[dir];

			x->syn = true;
			x->syn_frame = 5 + (uint64_t)dir;
			x->mss = i == dir ? 1460 : 1380;
			x->syn_opts = REC_OPT_MSS | REC_OPT_TS;
		}
	d->view.flow[0].dir[1].syn_opts = REC_OPT_MSS;
	f = desk_found(d, "change.header");
	assert_int_equal(f->row.evidence[2].point, 2);
	assert_true(draft_says(f, "the SYN,ACK of"));
	assert_true(draft_says(f, "mss (client to server): 1460 -> 1380."));
	assert_true(draft_says(f, "mss (server to client): 1460 -> 1380."));
	assert_true(draft_says(
		f, "options (server to client): timestamps -> none."));
	desk_free(d);
}

/* The far point lacks the first SYN: what it has is a copy, which may be plainer,
 * unless the packet's own numbers tell that the capture counts it differently. */
static void a_plainer_copy_of_a_syn_is_no_change(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		struct derive *d = desk_new(2, &rules_change);

		for (int i = 0; i < 2; i++) {
			struct part_dir *x = &d->view.flow[i].dir[0];

			x->syn = true;
			x->syn_frame = 5;
			x->syn_count = i ? 1 : 2;
			x->syn_ip_id = (uint16_t)(i && !same ? 8 : 7);
			x->mss = i ? 1380 : 1460;
			x->syn_opts = REC_OPT_MSS;
		}
		if (same)
			assert_true(draft_says(
				desk_found(d, "change.header"),
				"mss (client to server): 1460 -> 1380."));
		else
			assert_null(desk_finish(d, "change.header"));
		desk_free(d);
	}
}

/* A client behind the last point: what it sends meets that first. */
static void changes_are_told_as_the_client_sends(void **state)
{
	struct derive *d = desk_new(2, &rules_change);
	const struct draft *f;

	(void)state;
	d->view.row.client_end = 1;
	d->view.flow[0].dir[0].mss = 1380;
	d->view.flow[1].dir[0].mss = 1460;
	d->view.flow[0].dir[1].mss = 1460;
	d->view.flow[1].dir[1].mss = 1300;
	f = desk_found(d, "change.header");
	assert_true(draft_says(f, "mss (client to server): 1460 -> 1380."));
	assert_true(draft_says(f, "mss (server to client): 1460 -> 1300."));
	desk_free(d);
}

/* Cut captures: of a host's own packets all have a checksum that its card is yet to
 * write, so that their sums are all others, and mean nothing; a few mean much. */
static void unfinished_checksums_are_no_changed_payload(void **state)
{
	(void)state;
	for (int few = 0; few < 2; few++) {
		struct derive *d = desk_new(2, &rules_change);
		struct hop_figures *h = &d->view.figures.hop[0];
		struct fact *k = changed(d, 100, 100);

		k->near.marks = k->far.marks = REC_SUM | REC_CUT;
		h->way[0].by_kind[KIND_DATA][FATE_DELIVERED] = few ? 50 : 1;
		h->way[0].changed[2] = 1;
		desk_show(d);
		assert_true(!desk_finish(d, "change.payload") == !few);
		desk_free(d);
	}
}

static void the_same_everywhere_says_nothing(void **state)
{
	struct derive *d = desk_new(3, &rules_change);

	(void)state;
	desk_show(d);
	desk_finish(d, "");
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unfinished_checksums_are_no_changed_payload),
		cmocka_unit_test(a_payload_that_grew_is_named),
		cmocka_unit_test(padding_that_was_counted_is_recognised),
		cmocka_unit_test(changed_flags_are_no_changed_payload),
		cmocka_unit_test(a_rewritten_address_is_information),
		cmocka_unit_test(a_rewritten_sequence_is_information),
		cmocka_unit_test(
			changes_of_answers_are_told_in_their_direction),
		cmocka_unit_test(a_plainer_copy_of_a_syn_is_no_change),
		cmocka_unit_test(changes_are_told_as_the_client_sends),
		cmocka_unit_test(the_same_everywhere_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
