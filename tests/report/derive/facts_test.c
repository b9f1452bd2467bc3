/* Facts of the small sample case, whole and in brief; lists that are full. */
#include "report/derive/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/store/sample_case.h"

struct open_case {
	struct store *store;
	struct model model;
	struct session_view view;
};

static struct open_case *open_sample(void (*fill)(struct store *s))
{
	struct open_case *c = mem_zalloc(1, sizeof *c);
	struct err err = { 0 };

	c->store = store_open(NULL, STORE_CREATE, &err);
	assert_non_null(c->store);
	assert_int_equal(sample_fill(c->store, &err), 0);
	if (fill)
		fill(c->store);
	assert_int_equal(model_load(&c->model, c->store, &err), 0);
	assert_true(session_view_load(&c->view, &c->model, 1));
	return c;
}

static void close_sample(struct open_case *c)
{
	session_view_release(&c->view);
	model_release(&c->model);
	store_close(c->store);
	free(c);
}

static void same_fact(const struct fact *a, const struct fact *b)
{
	/* what is between the last two fields is nobody's */
	assert_memory_equal(&a->e, &b->e,
			    offsetof(struct fate_entry, proof_dir) + 1);
	assert_int_equal(a->e.proof, b->e.proof);
	assert_int_equal(a->dir, b->dir);
	assert_int_equal(a->from, b->from);
	assert_int_equal(a->to, b->to);
	assert_int_equal(a->has_near, b->has_near);
	assert_int_equal(a->has_far, b->has_far);
	assert_int_equal(a->near.frame, b->near.frame);
	assert_int_equal(a->far.frame, b->far.frame);
	assert_int_equal(a->near_file, b->near_file);
	assert_int_equal(a->far_file, b->far_file);
	assert_int_equal(a->proof.frame, b->proof.frame);
}

static void same_list(const struct facts *a, const struct facts *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		same_fact(&a->at[i], &b->at[i]);
}

static void same_tail(const struct hop_tail *a, const struct hop_tail *b)
{
	assert_int_equal(a->delivered, b->delivered);
	assert_int_equal(a->lost, b->lost);
	assert_int_equal(a->unseen, b->unseen);
	assert_int_equal(a->undecided, b->undecided);
	assert_int_equal(a->after, b->after);
	assert_memory_equal(a->by_basis, b->by_basis, sizeof a->by_basis);
	assert_int_equal(a->last_delivered_ns, b->last_delivered_ns);
	if (a->after)
		same_fact(&a->first_after, &b->first_after);
	same_list(&a->after_kept, &b->after_kept);
}

static void brief_facts_are_those_of_the_whole(const struct open_case *c)
{
	struct session_facts whole, brief;

	session_facts_load(&whole, &c->model, &c->view);
	session_facts_load_brief(&brief, &c->model, &c->view);
	assert_false(whole.brief);
	assert_true(brief.brief);
	same_list(&whole.lost, &brief.lost);
	same_list(&whole.injected, &brief.injected);
	same_list(&whole.changed, &brief.changed);
	same_list(&whole.duplicated, &brief.duplicated);
	same_list(&whole.resets, &brief.resets);
	same_list(&whole.syns, &brief.syns);
	assert_int_equal(whole.n_lost, brief.n_lost);
	for (int d = 0; d < 2; d++) {
		assert_int_equal(whole.data[d], brief.data[d]);
		assert_int_equal(whole.n_tails[d], brief.n_tails[d]);
		for (size_t i = 0; i < whole.n_tails[d]; i++)
			same_tail(&whole.tail[d][i], &brief.tail[d][i]);
	}
	session_facts_release(&whole);
	session_facts_release(&brief);
}

static void the_sample_in_brief(void **state)
{
	struct open_case *c = open_sample(NULL);

	(void)state;
	brief_facts_are_those_of_the_whole(c);
	close_sample(c);
}

static void put_match(void *ctx, uint32_t number, const struct buf *data)
{
	store_match_put(ctx, 1, number + 1, data); /* after the sample's */
}

/* 600 ACKs of one way are lost, each before another that is not but the last,
 * then data of the other way. */
static void lose_much(struct store *s)
{
	struct match_writer *w = match_writer_new();
	struct fate_entry e = { .far = FATE_NO_RECORD,
				.fate = FATE_LOST,
				.basis = BASIS_ABSENCE,
				.reason = WHY_NOT_THERE,
				.kind = KIND_ACK,
				.copy = 1 };

	match_writer_hop(w, 0, 0, 1);
	for (uint32_t i = 0; i < 600; i++) {
		struct fate_entry got = { .fate = FATE_DELIVERED,
					  .reason = WHY_MATCHED,
					  .kind = KIND_ACK,
					  .copy = 1 };

		e.tx = 2 * i;
		match_writer_add(w, &e);
		got.tx = 2 * i + 1;
		if (i < 599)
			match_writer_add(w, &got);
	}
	match_writer_hop(w, 1, 1, 0);
	e.kind = KIND_DATA;
	e.basis = BASIS_PROOF;
	e.len = 1;
	match_writer_add(w, &e);
	match_writer_take(w, put_match, s);
	match_writer_free(w);
}

/* Many that are alike in a row: ACKs, then data of two lengths. */
static void deliver_much(struct store *s)
{
	struct match_writer *w = match_writer_new();
	struct fate_entry e = { .near = FATE_NO_RECORD,
				.far = FATE_NO_RECORD,
				.fate = FATE_DELIVERED,
				.reason = WHY_MATCHED,
				.kind = KIND_ACK,
				.copy = 1 };

	match_writer_hop(w, 0, 0, 1);
	for (e.tx = 0; e.tx < 60; e.tx++) {
		e.kind = e.tx < 20 ? KIND_ACK : KIND_DATA;
		e.len = e.tx < 20 ? 0 : e.tx < 50 ? 100 : 200;
		match_writer_add(w, &e);
	}
	e.near = e.far = 0;
	match_writer_add(w, &e);
	match_writer_take(w, put_match, s);
	match_writer_free(w);
}

static void what_is_alike_is_counted_all_the_same(void **state)
{
	struct open_case *plain = open_sample(NULL);
	struct open_case *c = open_sample(deliver_much);
	struct session_facts before, f;

	(void)state;
	session_facts_load_brief(&before, &plain->model, &plain->view);
	session_facts_load_brief(&f, &c->model, &c->view);
	assert_int_equal(f.tail[0][0].delivered,
			 before.tail[0][0].delivered + 61);
	assert_int_equal(f.data[0], before.data[0] + 41);
	assert_int_equal(f.tail[0][0].last_delivered.tx, 60);
	session_facts_release(&before);
	session_facts_release(&f);
	brief_facts_are_those_of_the_whole(c);
	close_sample(plain);
	close_sample(c);
}

static void losses_of_one_way_leave_room_for_the_other(void **state)
{
	struct open_case *c = open_sample(lose_much);
	struct session_facts f;

	(void)state;
	session_facts_load_brief(&f, &c->model, &c->view);
	assert_int_equal(f.n_lost, 602);
	assert_int_equal(f.lost.n, FACTS_KEPT + 1);
	assert_int_equal(f.lost.at[FACTS_KEPT].dir, 1);
	assert_int_equal(f.tail[0][0].lost, 601);
	assert_int_equal(f.tail[0][0].by_basis[BASIS_ABSENCE], 600);
	assert_int_equal(f.tail[0][0].after, 1);
	assert_int_equal(f.tail[1][0].by_basis[BASIS_PROOF], 1);
	session_facts_release(&f);
	brief_facts_are_those_of_the_whole(c);
	close_sample(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_in_brief),
		cmocka_unit_test(what_is_alike_is_counted_all_the_same),
		cmocka_unit_test(losses_of_one_way_leave_room_for_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
