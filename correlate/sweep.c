/* The sweep over one session.
 *
 * For each direction: chain_open() orders the points that can have it along the
 * way of travel; chain_match() links the records of each hop and finds what
 * points in the middle missed; then emit_hop() walks each hop once in near order
 * and gives every record, and every far record that has no near one, its fate,
 * its number and its place in the figures.
 *
 * What a direction's fates follow from is never another fate: so a long
 * session's two directions are swept at the same time, each over strands of its
 * own, as those remember where they were.  Round trips need the links of both.
 *
 * Cost: for n packets that all arrived in order about 60 ns each and hop; what
 * did not costs a few microseconds.  Memory: about 10 bytes a record, 14 with
 * more than two points; strands may keep stamps besides (store/recs.h).
 */
#include "correlate/sweep.h"

#include "base/parallel.h"
#include "correlate/chain.h"

static void round_trips(struct chain *c)
{
	for (size_t k = 0; k < c[0].n_hops; k++)
		for (size_t q = 0; q < c[1].n_hops; q++) {
			struct hop *there = &c[0].hop[k];
			struct hop *back = &c[1].hop[q];
			int a = there->near->pos, b = there->far->pos;
			struct hop_figures *f;

			if (there->relay || back->near->pos != b ||
			    back->far->pos != a || chain_unused(&c[0], k) ||
			    chain_unused(&c[1], q))
				continue;
			f = hopfig_of(&c->s->fig, a < b ? a : b, a < b ? b : a);
			hopfig_rtt(&f->rtt, there, back,
				   &c[0].stamps[c[0].leg[k].a],
				   &c[0].stamps[c[0].leg[k].b]);
		}
}

static void sweep_way(struct chain *c)
{
	uint32_t next_tx = 0;

	chain_open(c);
	if (c->n < 2)
		return;
	chain_match(c);
	for (size_t k = 0; k < c->n_hops; k++)
		if (!chain_unused(c, k))
			emit_hop(c, k, &next_tx);
}

static void sweep_way_of(void *ctx, unsigned worker, size_t dir)
{
	struct chain *c = ctx;

	(void)worker;
	sweep_way(&c[dir]);
}

/* What @back shows of its direction becomes @s's. */
static void join_back(struct sweep_session *s, struct sweep_session *back)
{
	for (size_t k = 0; k < back->fig.n; k++) {
		struct hop_figures *f = &back->fig.hop[k];

		hopfig_of(&s->fig, f->from_pos, f->to_pos)->way[1] = f->way[1];
		f->way[1] = (struct hop_way){ 0 };
	}
	figures_release(&back->fig);
	s->open += back->open;
	s->silent += back->silent;
	if (s->out)
		match_writer_join(s->out, back->out);
	if (s->say)
		evidence_add(s->say, back->say);
}

static void finish(struct chain c[2])
{
	round_trips(c);
	hopfig_sort(&c[0].s->fig);
	chain_release(&c[0]);
	chain_release(&c[1]);
}

void sweep_session(const struct sweep_env *env, struct sweep_session *s)
{
	struct chain c[2] = { { .env = env, .s = s, .dir = 0 },
			      { .env = env, .s = s, .dir = 1 } };

	sweep_way(&c[0]);
	sweep_way(&c[1]);
	finish(c);
}

void sweep_both(const struct sweep_env *env, struct sweep_session *s,
		struct sweep_session *back)
{
	struct chain c[2] = { { .env = env, .s = s, .dir = 0 },
			      { .env = env, .s = back, .dir = 1 } };

	if (parallel_spare()) {
		parallel_run(2, sweep_way_of, c);
	} else {
		sweep_way(&c[0]);
		sweep_way(&c[1]);
	}
	join_back(s, back);
	finish(c);
}
