/* What is said of an outage. */
#include "tests/report/derive/desk.h"

#include "report/derive/loss.h"

/* The client's way to the server: of @sent packets @lost are lost from 10 to 12 s, @all
 * in all; the last before it got through at 9.5 s, the first after it at 12.5 s. */
static struct lost_way out(uint64_t sent, uint64_t lost, uint64_t all)
{
	struct lost_way w = { .from_pos = 1, .to_pos = 2, .out = true };
	struct outage *o = &w.outage;

	w.by_kind[KIND_DATA][FATE_LOST] = all;
	for (uint64_t i = 0; i < sent; i++)
		*VEC_PUSH(&o->sent) = (struct outage_packet){ .session = 1 };
	o->first_ns = T0 + 10 * SEC;
	o->last_ns = T0 + 12 * SEC;
	o->lost = lost;
	o->sessions = 3;
	o->before = (struct outage_mark){
		.t_ns = T0 + 9500 * MS, .file = 256, .session = 4, .frame = 90
	};
	o->after = (struct outage_mark){
		.t_ns = T0 + 12500 * MS, .file = 256, .session = 5, .frame = 99
	};
	return w;
}

/* What is said of @w, which is released. */
static struct derive *say(struct lost_way *w, const struct draft **f)
{
	struct derive *d = desk_new(2, &rules_half);
	struct draft *x = draft_new(d, "loss.path", SEV_HIGH, 1);

	loss_outage_title(x, &d->model, w);
	loss_outage_text(x, &d->model, w);
	outage_release(&w->outage);
	*f = x;
	return d;
}

static void its_time_its_packets_and_its_borders_are_told(void **state)
{
	struct lost_way w = out(7, 7, 7);
	const struct draft *f;
	struct derive *d = say(&w, &f);

	(void)state;
	assert_string_equal(f->row.title,
			    "Nothing gets from client to server for 2 s: all 7 "
			    "lost packets are of that time");
	assert_true(draft_says(f, "7 of the 7 packets in that time are lost, "
				  "of 3 sessions"));
	assert_true(draft_says(f, "and the first one after it lie 3 s."));
	assert_string_equal(f->row.against, "");
	assert_int_equal(f->row.n_evidence, 2);
	assert_int_equal(f->row.evidence[0].frame, 90);
	assert_int_equal(f->row.evidence[1].frame, 99);
	assert_int_equal(f->row.evidence[1].point, 1);
	assert_int_equal(f->row.n_sessions, 2);
	assert_int_equal(draft_number(f, "outage_ns"), 2 * SEC);
	assert_int_equal(draft_number(f, "outage_most_ns"), 3 * SEC);
	assert_int_equal(draft_number(f, "outage_lost"), 7);
	desk_free(d);
}

static void losses_of_other_times_are_counted(void **state)
{
	struct lost_way w = out(7, 7, 12);
	const struct draft *f;
	struct derive *d = say(&w, &f);

	(void)state;
	assert_true(draft_says(f, "7 of 12 lost packets are of that time"));
	desk_free(d);
}

static void what_speaks_against_it_is_said(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct lost_way w = out(i == 0 ? 9 : i == 1 ? 8 : 7, 7, 7);
		const struct draft *f;
		struct derive *d;

		w.outage.absent = i == 2 ? 7 : 6;
		w.outage.sessions = i == 3 ? 1 : 2;
		d = say(&w, &f);
		assert_int_equal(draft_says(f, "of 2 more packets of that time "
					       "the captures cannot tell "
					       "whether they got"),
				 i == 0);
		assert_int_equal(draft_says(f, "of 1 more packet of that time "
					       "the captures cannot tell "
					       "whether it got"),
				 i == 1);
		assert_int_equal(draft_says(f, "a capture at server that "
					       "paused in that time"),
				 i == 2);
		assert_int_equal(draft_says(f, "one session alone"), i == 3);
		desk_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_time_its_packets_and_its_borders_are_told),
		cmocka_unit_test(losses_of_other_times_are_counted),
		cmocka_unit_test(what_speaks_against_it_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
