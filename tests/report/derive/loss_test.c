/* loss.path and loss.ack, on a hop of made-up losses. */
#include "tests/report/derive/losses.h"

#include "base/mem.h"
#include "report/derive/delay.h"

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
	assert_true(draft_says(f, "2 of 100 data segments (2 %)"));
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

static void a_small_share_is_of_low_severity(void **state)
{
	struct derive *d = lossy(1, 99999);

	(void)state;
	desk_show(d);
	assert_int_equal(desk_finish(d, "loss.path")->row.severity, SEV_LOW);
	desk_free(d);
}

/* One of forty may be one of a thousand. */
static void a_single_loss_is_no_share(void **state)
{
	enum fate_kind kinds[3] = { KIND_DATA, KIND_DATAGRAM, KIND_SYN };

	(void)state;
	for (int i = 0; i < 3; i++)
		for (unsigned n = 1; n <= 2; n++) {
			struct derive *d = desk_new(2, &rules_loss);

			lose(d, kinds[i], n);
			desk_count(d, 0, 0, kinds[i], FATE_DELIVERED, 39);
			assert_int_equal(
				desk_found(d, "loss.path")->row.severity,
				n == 1 ? SEV_MEDIUM : SEV_HIGH);
			desk_free(d);
		}
}

/* What takes a third of the sessions' time is no small matter. */
static void a_share_that_slows_sessions_is_of_high_severity(void **state)
{
	struct derive *d = lossy(5, 995);

	(void)state;
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

/* The weight of losses whose recovery took @recovery_ns on the stretch @key, of which
 * among them @datagrams. */
static double weight_of(const char *key, int64_t recovery_ns,
			unsigned datagrams)
{
	struct derive *d = lossy(5, 995);
	double w;

	d->model.n_groups = 1;
	d->model.groups = mem_zalloc(1, sizeof *d->model.groups);
	d->model.groups[0].kind = CAUSE_RECOVERY;
	d->model.groups[0].key = mem_strdup(key);
	d->model.groups[0].explained_ns = recovery_ns;
	for (unsigned i = 0; i < datagrams; i++)
		lose(d, KIND_DATAGRAM, 1);
	desk_show(d);
	w = desk_finish(d, "loss.path")->weight;
	desk_free(d);
	return w;
}

/* Of equally severe findings the one that explains more time comes first. */
static void losses_weigh_what_their_recovery_took(void **state)
{
	(void)state;
	assert_true(weight_of("1 2", 10 * SEC, 0) > weight_of("1 2", SEC, 0));
	assert_true(weight_of("1 2", 10 * SEC, 0) == delay_weight(10 * SEC));
	/* that of another stretch is not theirs */
	assert_true(weight_of("2 3", 10 * SEC, 0) == delay_weight(0));
	/* nobody recovers from those */
	assert_true(weight_of("1 2", 10 * SEC, 1) > delay_weight(1000 * SEC));
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
	/* one in ten of SYNs, and few others */
	d = desk_new(2, &rules_loss);
	lose(d, KIND_SYN, 5);
	desk_count(d, 0, 0, KIND_SYN, FATE_DELIVERED, 45);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 90);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_false(draft_says(f, "Only SYNs"));
	desk_free(d);
}

/* Those that ask for ECN, @lost of them, and @passed; others pass in between, or
 * after all @at_once. */
static const struct draft *ecn(struct derive **d, unsigned lost,
			       unsigned passed, bool at_once)
{
	struct fact *k;

	*d = desk_new(2, &rules_loss);
	lose(*d, KIND_SYN, lost);
	desk_count(*d, 0, 0, KIND_SYN, FATE_DELIVERED, 4 + passed);
	desk_count(*d, 0, 0, KIND_DATA, FATE_DELIVERED, 40);
	for (unsigned i = 0; i < lost + passed + 4; i++) {
		k = desk_fact(&(*d)->facts.syns, 0, 1, KIND_SYN,
			      i < lost ? FATE_LOST : FATE_DELIVERED);
		k->near.tcp_flags = i < lost + passed
					    ? REC_SYN | REC_ECE | REC_CWR
					    : REC_SYN;
		k->near.time_ns = at_once    ? i
				  : i < lost ? 2 * i
					     : 2 * (i - lost) + 1;
	}
	desk_show(*d);
	return desk_finish(*d, "loss.path");
}

static void syns_that_ask_for_ecn_may_be_dropped_for_it(void **state)
{
	struct derive *d;
	const struct draft *f = ecn(&d, 6, 0, false);

	(void)state;
	assert_true(draft_says(f, "All 6 lost SYNs ask for ECN"));
	assert_false(draft_says(f, "Only SYNs"));
	assert_int_equal(draft_number(f, "syns_with_ecn"), 6);
	desk_free(d);
	f = ecn(&d, 6, 1, false);
	assert_false(draft_says(f, "ECN"));
	desk_free(d);
	f = ecn(&d, 2, 0, false);
	assert_false(draft_says(f, "ECN"));
	desk_free(d);
	/* an outage takes what is sent meanwhile */
	f = ecn(&d, 6, 0, true);
	assert_false(draft_says(f, "ECN"));
	desk_free(d);
}

/* They may be an accident: that a limit takes new connections would be a guess. */
static void four_lost_syns_are_no_limit_on_connections(void **state)
{
	(void)state;
	for (unsigned n = 4; n <= 5; n++) {
		struct derive *d = desk_new(2, &rules_loss);

		lose(d, KIND_SYN, n);
		rest_on(d, 0, n, 0);
		desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 40);
		assert_int_equal(draft_says(desk_found(d, "loss.path"),
					    "Only SYNs are lost"),
				 n == 5);
		desk_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_syns_that_are_lost_are_said_to_be),
		cmocka_unit_test(syns_that_ask_for_ecn_may_be_dropped_for_it),
		cmocka_unit_test(four_lost_syns_are_no_limit_on_connections),
		cmocka_unit_test(lost_data_is_a_loss_on_the_path),
		cmocka_unit_test(a_single_loss_is_no_share),
		cmocka_unit_test(how_each_loss_is_known_is_said_apart),
		cmocka_unit_test(
			what_was_not_looked_at_is_not_said_to_rest_on_anything),
		cmocka_unit_test(nothing_lost_says_nothing),
		cmocka_unit_test(a_small_share_is_of_low_severity),
		cmocka_unit_test(
			a_share_that_slows_sessions_is_of_high_severity),
		cmocka_unit_test(losses_weigh_what_their_recovery_took),
		cmocka_unit_test(losses_by_absence_say_what_speaks_against),
		cmocka_unit_test(explained_losses_are_left_out),
		cmocka_unit_test(ambiguous_sessions_prove_no_loss),
		cmocka_unit_test(only_acks_are_loss_of_acks),
		cmocka_unit_test(each_way_of_a_hop_has_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
