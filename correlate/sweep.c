/* The sweep over one session.
 *
 * For each direction: chain_open() orders the points that can see it, in the
 * direction of travel; chain_match() links the records of each hop and finds
 * what intermediate points missed; then emit_hop() walks each hop once in near
 * order and gives every record, and every far record without a near one, its
 * fate, its number and its place in the figures.
 *
 * A direction's fates never depend on other fates: so a long session's two
 * directions are swept at the same time, each over strands of its own, since
 * these have a position.  Round trips need the links of both; work that depends
 * on them but on no fate is done in parallel with the fates (struct
 * sweep_aside), if it is certain to give the same result as afterwards.
 *
 * Cost: about 60 ns per hop for a packet that arrived in order; a few
 * microseconds for others.  Memory: about 10 bytes a record, 14 with more than
 * two points; strands may keep stamps besides (store/recs.h).
 */
#include "correlate/sweep.h"

#include "base/parallel.h"
#include "correlate/chain.h"
#include "correlate/sweep_plain.h"
#include "correlate/trips.h"

static void match_way(struct chain *c)
{
	chain_open(c);
	if (c->n >= 2)
		chain_match(c);
}

static void emit_way(struct chain *c)
{
	uint32_t next_tx = 0;

	if (c->n < 2)
		return;
	for (size_t k = 0; k < c->n_hops; k++)
		if (!chain_unused(c, k))
			emit_hop(c, k, &next_tx);
}

/* Takes the results of @back's direction into @s. */
static void join_back(struct sweep_session *s, struct sweep_session *back)
{
	for (size_t k = 0; k < back->fig.n; k++) {
		struct hop_figures *f = &back->fig.hop[k];

		hopfig_of(&s->fig, f->from_pos, f->to_pos)->way[1] = f->way[1];
		f->way[1] = (struct hop_way){ 0 };
	}
	figures_release(&back->fig);
	if (s->guesses)
		guesses_join(s->guesses, back->guesses);
	if (s->out)
		match_writer_join(s->out, back->out);
	if (s->say)
		evidence_add(s->say, back->say);
}

static void finish(struct chain c[2])
{
	hopfig_sort(&c[0].s->fig);
	chain_release(&c[0]);
	chain_release(&c[1]);
}

void sweep_session(const struct sweep_env *env, struct sweep_session *s)
{
	struct chain c[2] = { { .env = env, .s = s, .dir = 0 },
			      { .env = env, .s = s, .dir = 1 } };

	if (sweep_plain(env, s))
		return;
	for (int d = 0; d < 2; d++) {
		match_way(&c[d]);
		emit_way(&c[d]);
	}
	trips_find(c, &s->fig);
	finish(c);
}

/* --- a long one --- */

struct both {
	struct chain c[2];
	const struct sweep_aside *aside;
	struct figures trips;
};

static void match_one(void *ctx, unsigned worker, size_t dir)
{
	struct both *b = ctx;

	(void)worker;
	match_way(&b->c[dir]);
}

static uint64_t records_of(const struct chain *c)
{
	uint64_t n = 0;

	for (size_t k = 0; k < c->n; k++)
		n += c->strand[k]->n;
	return n;
}

/* The longest first, so that no processor waits long for another: the parallel
 * work covers both directions. */
static void emit_one(void *ctx, unsigned worker, size_t i)
{
	struct both *b = ctx;
	bool back_first = records_of(&b->c[1]) > records_of(&b->c[0]);

	(void)worker;
	if (i == 0 && b->aside)
		b->aside->fn(b->aside->ctx, &b->trips);
	else if (i > 0)
		emit_way(&b->c[(i == 1) == back_first]);
}

static void run(struct both *b, size_t n,
		void (*fn)(void *ctx, unsigned worker, size_t i))
{
	if (parallel_spare()) {
		parallel_run(n, fn, b);
		return;
	}
	for (size_t i = 0; i < n; i++)
		fn(b, 0, i);
}

bool sweep_both(const struct sweep_env *env, struct sweep_session way[2],
		const struct sweep_aside *aside)
{
	struct both b = { .c = { { .env = env, .s = &way[0], .dir = 0 },
				 { .env = env, .s = &way[1], .dir = 1 } } };
	bool early;

	run(&b, 2, match_one);
	early = aside && trips_find_early(b.c, &b.trips);
	b.aside = early ? aside : NULL;
	run(&b, 3, emit_one);
	join_back(&way[0], &way[1]);
	if (early)
		trips_put(&b.trips, &way[0].fig);
	else
		trips_find(b.c, &way[0].fig);
	figures_release(&b.trips);
	finish(b.c);
	return early;
}
