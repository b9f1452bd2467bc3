/* A session swept at once, and its directions apart. */
#include "correlate/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/buf.h"
#include "tests/correlate/path.h"

struct result {
	struct buf match, figures;
	uint64_t open;
	struct evidence say;
};

/* Data with losses on both hops and copies, acknowledged on the way back. */
static void open_lossy(struct scene *t)
{
	uint8_t reached[N];

	memset(reached, BOTH, sizeof reached);
	reached[4] = 0;
	reached[9] = MIDDLE;
	reached[15] = END;
	reached[N - 1] = 0;
	open_scene(t, reached);
	for (uint32_t p = 0; p < POINTS; p++) {
		add(&t->data[p], 300 + p * 10, 1400, 100, 300);
		add(&t->data[p], 310 + p * 10, 1900, 100, 301);
		for (uint32_t k = 0; k < 12; k++)
			if (p > 0 || k != 5) {
				uint32_t after = (POINTS - 1 - p) * 10;
				struct record *r = add(&t->acks[p],
						       25 + k * 8 + after, 1, 0,
						       50 + k);

				r->ack64 = seq_first(1000 + k * 30);
			}
		t->strand[p * 2].n = t->data[p].s.n;
		t->strand[p * 2 + 1] = t->acks[p].s;
		t->strand[p * 2 + 1].pos = (int)p + 1;
		t->strand[p * 2 + 1].flow = (int)p;
		t->strand[p * 2 + 1].dir = 1;
	}
}

static void take(void *ctx, uint32_t number, const struct buf *data)
{
	struct result *r = ctx;

	buf_varint(&r->match, number);
	buf_bytes(&r->match, data->at, data->n);
}

static void sweep(struct scene *t, bool apart, struct result *r)
{
	struct strand strand[POINTS * 2];
	struct sweep_session back = t->s;
	struct evidence say = { 0 };

	*r = (struct result){ 0 };
	evidence_init(&r->say, POINTS, t->watch);
	evidence_init(&say, POINTS, t->watch);
	memcpy(strand, t->strand, sizeof strand);
	back.strand = strand;
	back.out = match_writer_new();
	back.say = &say;
	t->s.out = match_writer_new();
	t->s.say = &r->say;
	if (apart)
		sweep_both(&t->env, &t->s, &back);
	else
		sweep_session(&t->env, &t->s);
	match_writer_take(t->s.out, take, r);
	figures_pack(&t->s.fig, &r->figures);
	r->open = t->s.open;
	match_writer_free(t->s.out);
	match_writer_free(back.out);
	figures_release(&t->s.fig);
	evidence_release(&say);
	close_scene(t);
}

static void release(struct result *r)
{
	buf_release(&r->match);
	buf_release(&r->figures);
	evidence_release(&r->say);
}

static void assert_same(const struct buf *a, const struct buf *b)
{
	assert_true(a->n > 0);
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->at, b->at, a->n);
}

/* On one processor, and on two. */
static void directions_apart_come_to_the_same(void **state)
{
	static const char *const width[] = { "1", "2" };
	static struct scene t;
	struct result once, apart;

	(void)state;
	open_lossy(&t);
	sweep(&t, false, &once);
	assert_true(once.open > 0);
	for (size_t k = 0; k < 2; k++) {
		setenv("TRACEPAIR_THREADS", width[k], 1);
		open_lossy(&t);
		sweep(&t, true, &apart);
		assert_same(&once.match, &apart.match);
		assert_same(&once.figures, &apart.figures);
		assert_int_equal(once.open, apart.open);
		assert_memory_equal(once.say.trust, apart.say.trust,
				    POINTS * sizeof *once.say.trust);
		assert_memory_equal(once.say.absence, apart.say.absence,
				    POINTS * POINTS * sizeof *once.say.absence);
		release(&apart);
	}
	unsetenv("TRACEPAIR_THREADS");
	release(&once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directions_apart_come_to_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
