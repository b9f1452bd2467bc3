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
	struct guesses guesses;
	struct evidence say;
	bool early; /* something was done aside */
	struct buf trips;
};

/* Data with losses on both hops and copies, acknowledged on the way back; and some
 * @more_ms later. */
static void open_lossy(struct scene *t, int64_t more_ms)
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
		add(&t->data[p], 310 + p * 10 + more_ms, 5000, 100, 302);
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

/* Round trips, packed. */
static void pack_trips(const struct figures *f, struct buf *out)
{
	out->n = 0;
	for (size_t k = 0; k < f->n; k++) {
		buf_varint(out, (uint64_t)f->hop[k].from_pos);
		hist_pack(&f->hop[k].rtt, out);
	}
}

static void look(void *ctx, const struct figures *trips)
{
	struct result *r = ctx;

	assert_false(r->early);
	r->early = true;
	pack_trips(trips, &r->trips);
}

static void sweep(struct scene *t, bool apart, struct result *r)
{
	struct strand strand[POINTS * 2];
	struct sweep_session way[2];
	struct evidence say = { 0 };
	struct guesses guesses = { 0 };
	struct sweep_aside aside = { look, r };

	*r = (struct result){ 0 };
	evidence_init(&r->say, POINTS, t->watch);
	evidence_init(&say, POINTS, t->watch);
	way[0] = way[1] = t->s;
	memcpy(strand, t->strand, sizeof strand);
	way[1].strand = strand;
	way[1].out = match_writer_new();
	way[1].say = &say;
	way[1].guesses = &guesses;
	way[0].out = match_writer_new();
	way[0].say = &r->say;
	way[0].guesses = &r->guesses;
	if (apart) {
		bool called = sweep_both(&t->env, way, &aside);

		assert_int_equal(called, r->early);
	} else {
		sweep_session(&t->env, &way[0]);
	}
	match_writer_take(way[0].out, take, r);
	figures_pack(&way[0].fig, &r->figures);
	if (!r->early)
		pack_trips(&way[0].fig, &r->trips);
	match_writer_free(way[0].out);
	match_writer_free(way[1].out);
	figures_release(&way[0].fig);
	evidence_release(&say);
	guesses_release(&guesses);
	close_scene(t);
}

static void release(struct result *r)
{
	buf_release(&r->match);
	buf_release(&r->figures);
	buf_release(&r->trips);
	evidence_release(&r->say);
	guesses_release(&r->guesses);
}

static void assert_same(const struct buf *a, const struct buf *b)
{
	assert_true(a->n > 0);
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->at, b->at, a->n);
}

/* On one processor, and on two.  @early: round trips are sure before fates are. */
static void check_apart(int64_t more_ms, bool early)
{
	static const char *const width[] = { "1", "2" };
	static struct scene t;
	struct result once, apart;

	open_lossy(&t, more_ms);
	sweep(&t, false, &once);
	assert_true(once.guesses.all.n > 0);
	for (size_t k = 0; k < 2; k++) {
		setenv("TRACEPAIR_THREADS", width[k], 1);
		open_lossy(&t, more_ms);
		sweep(&t, true, &apart);
		assert_int_equal(apart.early, early);
		assert_same(&once.trips, &apart.trips);
		assert_same(&once.match, &apart.match);
		assert_same(&once.figures, &apart.figures);
		assert_int_equal(once.guesses.all.n, apart.guesses.all.n);
		assert_memory_equal(once.guesses.all.at, apart.guesses.all.at,
				    once.guesses.all.n *
					    sizeof *once.guesses.all.at);
		assert_memory_equal(once.say.trust, apart.say.trust,
				    POINTS * sizeof *once.say.trust);
		assert_memory_equal(once.say.absence, apart.say.absence,
				    POINTS * POINTS * sizeof *once.say.absence);
		release(&apart);
	}
	unsetenv("TRACEPAIR_THREADS");
	release(&once);
}

static void directions_apart_come_to_the_same(void **state)
{
	(void)state;
	check_apart(10000, true);
}

/* All stamps are within the reach of one line. */
static void short_time_lets_nothing_be_done_aside(void **state)
{
	(void)state;
	check_apart(10, false);
}

static void stamps_that_fall_let_nothing_be_done_aside(void **state)
{
	static struct scene t;
	struct result r;

	(void)state;
	open_lossy(&t, 10000);
	for (uint32_t p = 1; p < POINTS; p++)
		t.data[p].rec[3].time_ns += 50 * MS;
	sweep(&t, true, &r);
	assert_false(r.early);
	release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directions_apart_come_to_the_same),
		cmocka_unit_test(short_time_lets_nothing_be_done_aside),
		cmocka_unit_test(stamps_that_fall_let_nothing_be_done_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
