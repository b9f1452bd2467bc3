/* The frames of lost packets, whose they are, and what proves them. */
#include "tests/report/derive/losses.h"

static void whose_frames_they_are_is_said_once(void **state)
{
	struct derive *d = lossy(2, 98);
	const struct draft *f;

	(void)state;
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

static const struct draft *found(struct derive *d)
{
	const struct draft *f;

	desk_show(d);
	f = desk_finish(d, "loss.path");
	if (!f)
		f = desk_finish(d, "loss.burst");
	assert_non_null(f);
	return f;
}

static void frames_that_are_left_out_are_counted(void **state)
{
	struct derive *d = lossy(DRAFT_EVIDENCE + 7, 5000);
	const struct draft *f;

	(void)state;
	f = found(d);
	assert_int_equal(f->row.n_evidence, DRAFT_EVIDENCE);
	assert_true(draft_says(f, "lists all 67; 60 of them are here"));
	assert_string_equal(f->row.filters[0].filter,
			    "frame.number in {10..69}");
	desk_free(d);
}

/* A session that was delivered so many segments; lost ones are added. */
static struct derive *delivered(uint64_t n)
{
	struct derive *d = desk_new(2, &rules_loss);

	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, n);
	return d;
}

/* A lost segment; shown by an ACK in @frame at the server, if not 0. */
static void shown(struct derive *d, enum fate_basis basis, uint64_t frame)
{
	struct fact *k = desk_fact(&d->facts.lost, 0, 1, KIND_DATA, FATE_LOST);

	k->e.basis = (uint8_t)basis;
	k->proof.frame = frame;
	k->proof.ack64 = 1101;
	k->proof.file = 2 * 256;
	k->proof.time_ns = T0 + SEC;
	k->proof.flow = 1;
	k->proof.sack = basis == BASIS_PROOF;
	desk_count(d, 0, 0, KIND_DATA, FATE_LOST, 1);
}

static void assert_frame(const struct draft *f, size_t i, int64_t point,
			 uint64_t frame, const char *says)
{
	assert_true(i < f->row.n_evidence);
	assert_int_equal(f->row.evidence[i].point, point);
	assert_int_equal(f->row.evidence[i].frame, frame);
	assert_non_null(strstr(f->row.evidence[i].note, says));
}

static void what_proves_a_loss_stands_behind_it(void **state)
{
	struct derive *d = delivered(98);
	const struct draft *f;

	(void)state;
	shown(d, BASIS_PROOF, 77);
	shown(d, BASIS_EFFECT, 78);
	f = found(d);
	assert_int_equal(f->row.n_evidence, 4);
	assert_frame(f, 0, 1, 10, "not at server");
	assert_frame(f, 1, 2, 77, "with SACK of later bytes shows the hole");
	assert_frame(f, 2, 1, 11, "not at server");
	assert_frame(f, 3, 2, 78, "long after, still without it");
	desk_free(d);
}

static void it_is_named_once(void **state)
{
	struct derive *d = delivered(98);
	const struct draft *f;

	(void)state;
	shown(d, BASIS_PROOF, 77);
	shown(d, BASIS_PROOF, 77);
	shown(d, BASIS_ABSENCE, 0);
	f = found(d);
	assert_int_equal(f->row.n_evidence, 4);
	assert_frame(f, 1, 2, 77, "ACK");
	assert_frame(f, 2, 1, 11, "data");
	assert_frame(f, 3, 1, 12, "data");
	desk_free(d);
}

/* Of several sessions. */
static void the_best_proven_come_first(void **state)
{
	struct derive *d = delivered(98);
	const struct draft *f;

	(void)state;
	shown(d, BASIS_ABSENCE, 0);
	shown(d, BASIS_EFFECT, 0);
	desk_show(d);
	desk_next(d);
	shown(d, BASIS_ABSENCE, 0);
	shown(d, BASIS_PROOF, 78);
	shown(d, BASIS_PROOF, 79);
	f = found(d);
	assert_int_equal(f->row.n_evidence, 7);
	assert_frame(f, 0, 1, 11, "data");
	assert_frame(f, 1, 2, 78, "ACK");
	assert_frame(f, 2, 1, 12, "data");
	assert_frame(f, 3, 2, 79, "ACK");
	assert_frame(f, 4, 1, 11, "data");
	assert_frame(f, 5, 1, 10, "data");
	assert_frame(f, 6, 1, 10, "data");
	desk_free(d);
}

static void a_proven_one_takes_the_place_of_another(void **state)
{
	struct derive *d = delivered(5000);
	const struct draft *f;

	(void)state;
	for (int i = 0; i < DRAFT_EVIDENCE; i++)
		shown(d, BASIS_ABSENCE, 0);
	desk_show(d);
	desk_next(d);
	shown(d, BASIS_PROOF, 77);
	f = found(d);
	assert_int_equal(f->row.n_evidence, DRAFT_EVIDENCE);
	assert_frame(f, 1, 2, 77, "ACK");
	assert_true(draft_says(f, "; 59 of them are here"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whose_frames_they_are_is_said_once),
		cmocka_unit_test(frames_that_are_left_out_are_counted),
		cmocka_unit_test(what_proves_a_loss_stands_behind_it),
		cmocka_unit_test(it_is_named_once),
		cmocka_unit_test(the_best_proven_come_first),
		cmocka_unit_test(a_proven_one_takes_the_place_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
