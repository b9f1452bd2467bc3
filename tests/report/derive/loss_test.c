/* loss.path, loss.mtu, loss.policer, loss.burst, loss.ack: on a hop of made-up losses. */
#include "tests/report/derive/desk.h"

#include "base/mem.h"

static void lose(struct derive *d, enum fate_kind kind, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		desk_fact(&d->facts.lost, 0, 1, kind, FATE_LOST)->e.basis =
			BASIS_PROOF;
	desk_count(d, 0, 0, kind, FATE_LOST, n);
}

/* What the losses of the way there rest on. */
static void rest_on(struct derive *d, unsigned proof, unsigned effect,
		    unsigned absence)
{
	struct hop_tail *t = desk_tail(d, 0, 0, 1);

	t->lost = proof + effect + absence;
	t->by_basis[BASIS_PROOF] = proof;
	t->by_basis[BASIS_EFFECT] = effect;
	t->by_basis[BASIS_ABSENCE] = absence;
}

static void sizes(struct derive *d, uint32_t delivered, uint32_t lost)
{
	struct hop_way *w = &d->view.figures.hop[0].way[0];

	w->max_delivered = delivered;
	w->min_lost = lost;
	w->max_lost = lost;
}

static void lost_data_is_a_loss_on_the_path(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_DATA, 2);
	rest_on(d, 2, 0, 0);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 98);
	f = desk_found(d, "loss.path");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "2 of 100 (2 %)"));
	assert_true(draft_says(f, "between client and server"));
	assert_true(draft_says(f, "All of them are proven"));
	assert_int_equal(f->row.n_evidence, 2);
	assert_int_equal(f->row.evidence[0].frame, 10);
	assert_int_equal(f->row.evidence[1].frame, 11);
	assert_string_equal(f->row.filters[0].filter,
			    "frame.number in {10, 11}");
	assert_int_equal(f->row.hop_from, 1);
	assert_int_equal(f->row.hop_to, 2);
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
}

/* Proof is one thing, what the hosts did another. */
static void how_each_loss_is_known_is_said_apart(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_DATA, 4);
	rest_on(d, 1, 2, 1);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 98);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_true(draft_says(f, "1 of them is proven"));
	assert_true(draft_says(f, "2 of them are shown by what followed"));
	assert_true(draft_says(f, "1 rests on absence alone"));
	assert_false(draft_says(f, "looked at"));
	desk_free(d);
}

/* Sessions that nobody looked into have figures only. */
static void what_was_not_looked_at_is_not_said_to_rest_on_anything(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_DATA, 2);
	rest_on(d, 1, 0, 1);
	desk_show(d);
	desk_next(d);
	desk_count(d, 0, 0, KIND_DATA, FATE_LOST, 3);
	desk_show_unswept(d);
	f = desk_finish(d, "loss.path");
	assert_true(draft_says(f, "2 of them were looked at one by one"));
	assert_true(draft_says(f, "1 of them is proven"));
	assert_true(draft_says(f, "Of those looked at, 1 rests on absence"));
	desk_free(d);
}

static void stray(struct derive *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		desk_fact(&d->facts.astray, 0, 1, KIND_DATA, FATE_UNDECIDED)
			->e.reason = WHY_LOST_HERE_OR_BEHIND;
	desk_count(d, 0, 0, KIND_DATA, FATE_UNDECIDED, n);
	d->view.figures.hop[0].way[0].astray = n;
}

static void what_may_be_lost_behind_the_hop_is_a_sentence(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_DATA, 4);
	stray(d, 2);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_true(draft_says(f, "4 of 6"));
	assert_true(draft_says(f, "2 more never arrived, and are not at "
				  "server either"));
	assert_int_equal(f->row.n_evidence, 4);
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
}

static void alone_it_is_a_loss_of_no_high_severity(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	stray(d, 2);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "between client and server, or behind "
				  "server"));
	assert_int_equal(f->row.n_evidence, 2);
	assert_string_equal(f->row.filters[0].filter,
			    "frame.number in {10, 11}");
	assert_int_equal(f->row.hop_to, 2);
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
}

static void whose_frames_they_are_is_said_once(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_DATA, 2);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 98);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_non_null(strstr(f->row.text, "They are all of 10.0.0.1:40000"));
	assert_null(strstr(f->row.evidence[0].note, "10.0.0.1"));
	assert_non_null(strstr(f->row.evidence[0].note, "not at server"));
	desk_free(d);
	d = desk_new(2, &rules_loss); /* of two sessions each says its own */
	lose(d, KIND_DATA, 1);
	desk_show(d);
	desk_next(d);
	lose(d, KIND_DATA, 1);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_null(strstr(f->row.text, "They are all of"));
	assert_non_null(strstr(f->row.evidence[1].note, "of 10.0.0.1:40000"));
	desk_free(d);
}

static void frames_that_are_left_out_are_counted(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_DATA, DRAFT_EVIDENCE + 7);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 5000);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	if (!f)
		f = desk_finish(d, "loss.burst");
	assert_non_null(f);
	assert_int_equal(f->row.n_evidence, DRAFT_EVIDENCE);
	assert_true(draft_says(f, "lists all 67; 60 of them are here"));
	assert_string_equal(f->row.filters[0].filter,
			    "frame.number in {10..69}");
	desk_free(d);
}

static void nothing_lost_says_nothing(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 98);
	desk_count(d, 0, 0, KIND_DATA, FATE_UNSEEN, 5);
	desk_count(d, 0, 0, KIND_DATA, FATE_UNDECIDED, 5);
	desk_show(d);
	assert_null(desk_finish(d, "loss.path"));
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

static void larger_packets_of_others_that_passed_are_no_mtu(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	lose(d, KIND_DATA, 6);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 98);
	sizes(d, 1400, 1450);
	d->model.figures.hop[0].way[0].max_delivered = 1500;
	desk_silent(d, "loss.mtu");
}

static void a_small_share_is_of_low_severity(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	lose(d, KIND_DATA, 1);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 99999);
	desk_show(d);
	assert_int_equal(desk_finish(d, "loss.path")->row.severity, SEV_LOW);
	desk_free(d);
}

/* What takes a third of the sessions' time is no small matter. */
static void a_share_that_slows_sessions_is_of_high_severity(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	lose(d, KIND_DATA, 5);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 995);
	d->model.n_groups = 1;
	d->model.groups = mem_zalloc(1, sizeof *d->model.groups);
	d->model.groups[0].kind = CAUSE_RECOVERY;
	d->model.groups[0].key = mem_strdup("1 2");
	d->model.groups[0].part[TIME_RECOVERY] = SEC;
	d->model.groups[0].part[TIME_TRANSFER] = 2 * SEC;
	d->model.groups[0].explained_ns = SEC;
	desk_show(d);
	assert_int_equal(desk_finish(d, "loss.path")->row.severity, SEV_HIGH);
	desk_free(d);
}

static void losses_by_absence_say_what_speaks_against(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	lose(d, KIND_DATA, 1);
	rest_on(d, 0, 0, 1);
	desk_show(d);
	assert_non_null(
		strstr(desk_finish(d, "loss.path")->row.against, "absence"));
	desk_free(d);
}

static void explained_losses_are_left_out(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	lose(d, KIND_DATA, 3);
	derive_claim_losses(d, d->view.row.id);
	desk_silent(d, "loss.path");
}

static void ambiguous_sessions_prove_no_loss(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	lose(d, KIND_DATA, 3);
	d->view.row.verdict = PAIR_AMBIGUOUS;
	desk_silent(d, "loss.path");
}

static void only_acks_are_loss_of_acks(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	lose(d, KIND_ACK, 3);
	desk_show(d);
	assert_null(desk_finish(d, "loss.path"));
	assert_int_equal(desk_finish(d, "loss.ack")->row.severity, SEV_LOW);
	desk_free(d);
}

static void a_size_limit_is_named(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_DATA, 4);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 20);
	sizes(d, 1400, 1500);
	f = desk_found(d, "loss.mtu");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "Packets of 1500 bytes never"));
	assert_true(draft_says(f, "up to 1400 bytes do"));
	assert_true(draft_says(f, "no ICMP error that says so was seen"));
	assert_null(desk_finish(d, "loss.path"));
	desk_free(d);
}

/* Captured, but did the sender get it? */
static void a_router_that_told_is_named(void **state)
{
	char name[] = "10.0.0.254";
	struct message_row icmp = {
		.name = name,
		.file = 256,
		.m = { .status = MESSAGE_ICMP_STATUS(3, 4),
		       .msg_id = 1400,
		       .first_frame = 7 },
	};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct derive *d = desk_new(2, &rules_loss);
		bool at = i == 1, heeded = i == 2;
		struct hop_tail *t;
		const struct draft *f;

		lose(d, KIND_DATA, 4);
		desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 20);
		sizes(d, 1400, 1500);
		t = desk_tail(d, 0, 0, 1);
		t->lost = 4;
		t->after = heeded ? 0 : 4;
		t->first_after.e.kind = KIND_DATA;
		d->icmp = &icmp;
		d->icmp_flow = at;
		f = desk_found(d, "loss.mtu");
		assert_true(draft_says(f, "10.0.0.254 said so: fragmentation "
					  "needed, MTU 1400"));
		assert_true(draft_says(
			f, heeded ? "sent the same again in smaller packets"
			   : at   ? "something on the way back drops"
				  : "does not heed it"));
		assert_int_equal(f->row.severity, heeded ? SEV_LOW : SEV_HIGH);
		assert_false(draft_says(f, "no ICMP error"));
		desk_free(d);
	}
}

static void one_segment_does_not_prove_a_size_limit(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_DATA, 4);
	for (uint32_t i = 0; i < 4; i++) {
		d->facts.lost.at[i].near.seq64 = 1001;
		d->facts.lost.at[i].e.copy = i + 1;
	}
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 20);
	sizes(d, 1400, 1500);
	desk_show(d);
	assert_null(desk_finish(d, "loss.mtu"));
	f = desk_finish(d, "loss.path");
	assert_true(draft_says(f, "all 4 copies vanish"));
	assert_true(draft_says(f, "one segment does not prove it"));
	desk_free(d);
}

static void a_large_arrival_rules_a_size_limit_out(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	lose(d, KIND_DATA, 4);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 20);
	sizes(d, 1500, 1500);
	desk_show(d);
	assert_null(desk_finish(d, "loss.mtu"));
	assert_false(draft_says(desk_finish(d, "loss.path"), "MTU"));
	desk_free(d);
}

static void each_way_of_a_hop_has_its_own(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	desk_fact(&d->facts.lost, 1, 0, KIND_DATA, FATE_LOST);
	desk_count(d, 0, 1, KIND_DATA, FATE_LOST, 1);
	desk_show(d);
	assert_true(draft_says(desk_finish(d, "loss.path"),
			       "between server and client"));
	desk_free(d);
}

static void policed(struct derive *d, uint64_t losses)
{
	struct hop_tail *t = desk_tail(d, 0, 0, 1);

	t->lost = losses;
	t->policed = (struct policed){ .yes = true,
				       .rate_bps = 4000000,
				       .burst = 20000,
				       .judged = losses,
				       .inflated = 1 };
}

static void a_policer_takes_the_place_of_loss(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_DATA, 30);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 300);
	policed(d, 30);
	f = desk_found(d, "loss.policer");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "faster than about 4 Mbit/s"));
	assert_true(draft_says(f, "20000 bytes"));
	assert_int_equal(draft_number(f, "rate_bps"), 4000000);
	assert_int_equal(f->row.n_evidence, 30);
	assert_null(desk_finish(d, "loss.path"));
	desk_free(d);
}

/* Without clocks that can be compared nobody saw the delay. */
static void a_policer_is_not_argued_from_delays_unseen(void **state)
{
	(void)state;
	for (uint64_t judged = 0; judged <= 20; judged += 20) {
		struct derive *d = desk_new(2, &rules_loss);
		const struct draft *f;

		lose(d, KIND_DATA, 30);
		policed(d, 30);
		d->facts.tail[0][0].policed.judged = judged;
		f = desk_found(d, "loss.policer");
		assert_int_equal(draft_says(f, "of 20 losses"), judged > 0);
		assert_false(draft_says(f, "of 0 losses"));
		desk_free(d);
	}
}

/* One session that looks like it among many that lose otherwise. */
static void a_policer_for_a_few_of_the_losses_is_none(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	lose(d, KIND_DATA, 30);
	policed(d, 30);
	desk_show(d);
	desk_next(d);
	lose(d, KIND_DATA, 50);
	desk_tail(d, 0, 0, 1)->lost = 50;
	desk_silent(d, "loss.policer");
}

static void bursts(struct derive *d, uint64_t inflated)
{
	struct hop_tail *t;

	lose(d, KIND_DATA, 30); /* frames 10 to 39 */
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 970);
	t = desk_tail(d, 0, 0, 1);
	t->lost = 30;
	t->delivered = 970;
	t->policed.judged = 30;
	t->policed.inflated = inflated;
	desk_show(d);
}

static void losses_in_runs_are_bursts(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	bursts(d, 0);
	f = desk_finish(d, "loss.burst");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "30 of 30 are in 1 run of"));
	assert_true(draft_says(f, "fails for moments"));
	assert_null(desk_finish(d, "loss.path"));
	desk_free(d);
}

static void bursts_after_a_growing_delay_are_a_queue(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);

	(void)state;
	bursts(d, 28);
	assert_true(draft_says(desk_finish(d, "loss.burst"),
			       "a queue that overflows"));
	desk_free(d);
}

/* A limit on new sessions: chance would take something else, too. */
static void only_syns_that_are_lost_are_said_to_be(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_SYN, 6);
	rest_on(d, 0, 6, 0);
	desk_count(d, 0, 0, KIND_SYN, FATE_DELIVERED, 4);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 40);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_true(draft_says(f, "Only SYNs are lost, and 40 other packets"));
	desk_free(d);
	/* few others, or not they alone: that tells nothing */
	d = desk_new(2, &rules_loss);
	lose(d, KIND_SYN, 6);
	desk_count(d, 0, 0, KIND_SYN, FATE_DELIVERED, 4);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 10);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_false(draft_says(f, "Only SYNs"));
	desk_free(d);
	d = desk_new(2, &rules_loss);
	lose(d, KIND_SYN, 6);
	lose(d, KIND_DATA, 1);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 40);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_false(draft_says(f, "Only SYNs"));
	desk_free(d);
	d = desk_new(2, &rules_loss); /* one in ten of SYNs, and few others */
	lose(d, KIND_SYN, 5);
	desk_count(d, 0, 0, KIND_SYN, FATE_DELIVERED, 45);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 90);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_false(draft_says(f, "Only SYNs"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_syns_that_are_lost_are_said_to_be),
		cmocka_unit_test(lost_data_is_a_loss_on_the_path),
		cmocka_unit_test(how_each_loss_is_known_is_said_apart),
		cmocka_unit_test(
			what_was_not_looked_at_is_not_said_to_rest_on_anything),
		cmocka_unit_test(what_may_be_lost_behind_the_hop_is_a_sentence),
		cmocka_unit_test(alone_it_is_a_loss_of_no_high_severity),
		cmocka_unit_test(whose_frames_they_are_is_said_once),
		cmocka_unit_test(frames_that_are_left_out_are_counted),
		cmocka_unit_test(nothing_lost_says_nothing),
		cmocka_unit_test(
			larger_packets_of_others_that_passed_are_no_mtu),
		cmocka_unit_test(a_small_share_is_of_low_severity),
		cmocka_unit_test(
			a_share_that_slows_sessions_is_of_high_severity),
		cmocka_unit_test(losses_by_absence_say_what_speaks_against),
		cmocka_unit_test(explained_losses_are_left_out),
		cmocka_unit_test(ambiguous_sessions_prove_no_loss),
		cmocka_unit_test(only_acks_are_loss_of_acks),
		cmocka_unit_test(a_size_limit_is_named),
		cmocka_unit_test(a_router_that_told_is_named),
		cmocka_unit_test(one_segment_does_not_prove_a_size_limit),
		cmocka_unit_test(a_large_arrival_rules_a_size_limit_out),
		cmocka_unit_test(each_way_of_a_hop_has_its_own),
		cmocka_unit_test(a_policer_takes_the_place_of_loss),
		cmocka_unit_test(a_policer_is_not_argued_from_delays_unseen),
		cmocka_unit_test(a_policer_for_a_few_of_the_losses_is_none),
		cmocka_unit_test(losses_in_runs_are_bursts),
		cmocka_unit_test(bursts_after_a_growing_delay_are_a_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
