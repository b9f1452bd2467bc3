/* loss.mtu: limits on packet size. */
#include "tests/report/derive/losses.h"

static void sizes(struct derive *d, uint32_t delivered, uint32_t lost)
{
	struct hop_way *w = &d->view.figures.hop[0].way[0];

	w->max_delivered = delivered;
	w->min_lost = lost;
	w->max_lost = lost;
}

static void larger_packets_of_others_that_passed_are_no_mtu(void **state)
{
	struct derive *d = lossy(6, 98);

	(void)state;
	sizes(d, 1400, 1450);
	d->model.figures.hop[0].way[0].max_delivered = 1500;
	desk_silent(d, "loss.mtu");
}

/* Three lost, and five others that passed. */
static void few_packets_show_no_size_limit(void **state)
{
	static const struct {
		unsigned lost, delivered;
		bool is;
	} x[] = { { 2, 20, false }, { 3, 4, false }, { 3, 5, true } };

	(void)state;
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		struct derive *d = lossy(x[i].lost, x[i].delivered);

		sizes(d, 1400, 1500);
		desk_show(d);
		assert_int_equal(desk_finish(d, "loss.mtu") != NULL, x[i].is);
		desk_free(d);
	}
}

static void a_size_limit_is_named(void **state)
{
	struct derive *d = lossy(4, 20);
	const struct draft *f;

	(void)state;
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
	struct derive *d = lossy(4, 20);

	(void)state;
	sizes(d, 1500, 1500);
	desk_show(d);
	assert_null(desk_finish(d, "loss.mtu"));
	assert_false(draft_says(desk_finish(d, "loss.path"), "MTU"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			larger_packets_of_others_that_passed_are_no_mtu),
		cmocka_unit_test(a_size_limit_is_named),
		cmocka_unit_test(a_router_that_told_is_named),
		cmocka_unit_test(one_segment_does_not_prove_a_size_limit),
		cmocka_unit_test(a_large_arrival_rules_a_size_limit_out),
		cmocka_unit_test(few_packets_show_no_size_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
