/* reset.path: refused connections of which the point nearer to the server has
 * nothing that answers. */
#include "base/mem.h"
#include "tests/report/derive/desk.h"

/* SYNs at both points; a reset comes to the client, and the server's point has nothing
 * that answers, though it has both directions of another session, if @others. */
static struct derive *refused(bool others)
{
	struct derive *d = desk_new(2, &rules_reset);
	const struct flow_row *f = &d->view.flow[0].row;

	for (int i = 0; i < 2; i++) {
		d->view.flow[i].dir[0].bytes = 0;
		d->view.flow[i].dir[1] = (struct part_dir){ .packets = 1,
							    .rst = 1 };
	}
	d->view.flow[1].row.packets[1] = 0;
	if (others)
		desk_witness(d, 3, f->client, f->server, T0 + SEC);
	return d;
}

static void a_refusal_that_the_servers_point_lacks_is_of_the_path(void **state)
{
	struct derive *d = refused(true);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "reset.path");
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "is reset at client, and nothing of that is "
				  "at server"));
	assert_int_equal(f->row.n_evidence, 2);
	assert_int_equal(f->row.hop_from, 1);
	assert_int_equal(f->row.hop_to, 2);
	assert_null(desk_finish(d, "reset.endpoint"));
	desk_free(d);
}

/* It may never have what the server sends; or not in sessions like that. */
static void where_its_answers_may_have_another_way_nothing_is_said(void **state)
{
	struct derive *d;

	(void)state;
	desk_silent(refused(false), "reset.path");
	for (int i = 0; i < 3; i++) {
		d = refused(true);
		if (i == 0)
			d->view.flow[0].dir[1].syn = true;
		else if (i == 1)
			d->view.flow[0].dir[1].bytes = 1;
		else
			d->view.flow[1].dir[0].syn = false;
		desk_silent(d, "reset.path");
	}
}

static void refusals_of_one_hop_are_one_finding(void **state)
{
	struct derive *d = refused(true);
	const struct draft *f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		desk_show(d);
		desk_next(d);
	}
	f = desk_finish(d, "reset.path");
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_true(draft_says(f, "3 sessions are reset at client, and "));
	desk_free(d);
}

/* The server's point has a second file, from @from_ns on; the first ends at @to_ns. */
static struct derive *with_gap(int64_t to_ns, int64_t from_ns)
{
	struct derive *d = refused(true);
	struct model *m = &d->model;
	struct file_row *f = mem_zalloc(3, sizeof *f);

	memcpy(f, m->files, 2 * sizeof *f);
	free(m->files);
	m->files = f;
	m->n_files = 3;
	f[2] = f[1];
	f[2].id = 3 * 256;
	f[2].path = mem_strdup("later.pcap");
	f[1].last_ns = to_ns;
	f[2].first_ns = from_ns;
	d->view.flow[0].row.first_ns = T0 + 20 * SEC; /* its reset */
	return d;
}

/* A ring of files, or a capture that was started again. */
static void between_two_files_of_a_point_nothing_is_known(void **state)
{
	struct derive *d;
	const struct draft *f;

	(void)state;
	for (int clocks = 0; clocks < 2; clocks++) {
		d = with_gap(T0 + SEC, T0 + 50 * SEC);
		if (clocks)
			desk_set_clocks(d);
		desk_show(d);
		f = desk_finish(d, "reset.endpoint");
		assert_null(desk_finish(d, "reset.path"));
		assert_non_null(f);
		assert_int_equal(f->row.severity, SEV_MEDIUM);
		assert_true(draft_says(f, "so who sent it, is not known"));
		desk_free(d);
	}
	d = with_gap(T0 + 40 * SEC, T0 + 50 * SEC);
	assert_non_null(desk_found(d, "reset.path"));
	desk_free(d);
}

/* The capture there misses @unseen packets of 1,000. */
static enum severity missing(uint64_t unseen)
{
	struct derive *d = refused(true);
	const struct draft *f;
	enum severity is;

	d->model.figures.hop[0].way[1].tx =
		(struct counts){ .n = { [FATE_DELIVERED] = 1000 - unseen,
					[FATE_UNSEEN] = unseen } };
	f = desk_found(d, "reset.path");
	is = f->row.severity;
	assert_int_equal(draft_says(f, "may have missed these resets"),
			 is == SEV_LOW);
	desk_free(d);
	return is;
}

static void a_capture_that_misses_packets_may_have_missed_it(void **state)
{
	(void)state;
	assert_int_equal(missing(0), SEV_MEDIUM);
	assert_int_equal(missing(1), SEV_MEDIUM);
	assert_int_equal(missing(50), SEV_LOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_refusal_that_the_servers_point_lacks_is_of_the_path),
		cmocka_unit_test(
			where_its_answers_may_have_another_way_nothing_is_said),
		cmocka_unit_test(between_two_files_of_a_point_nothing_is_known),
		cmocka_unit_test(
			a_capture_that_misses_packets_may_have_missed_it),
		cmocka_unit_test(refusals_of_one_hop_are_one_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
