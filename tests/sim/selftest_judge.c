/* The judge judged: an answer made from the truth itself must pass without a
 * complaint, and each kind of lie must be noticed.
 */
#include "tests/sim/decide.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/selftest.h"

static struct line line_of(struct judge *j, uint32_t id, int p, int q)
{
	static const uint8_t claim[] = { C_DELIVERED, C_LOST, C_UNSEEN,
					 C_OUTSIDE };
	struct unit u = { .id = id, .p = p, .q = q };
	const struct truth_pkt *t = unit_pkt(j, id);
	const struct session *e = j->s->sess[t->sess];

	unit_expect(j, &u);
	return (struct line){
		.session = (int64_t)t->sess + 1,
		.way = t->way,
		.from = p,
		.to = q,
		.frame = t->at[p].frame,
		.far_frame = u.seen ? u.far[0] : 0,
		.len = t->len,
		.rel_known = t->proto == 6,
		.rel_seq = t->seq - e->iss[session_from(e, t->way)],
		.claim = claim[u.is],
		.kind = t->kind,
		.duplicated = u.seen > 1,
	};
}

/* Is anything of this session and way captured at @p? */
static bool able(const struct sim *s, uint32_t sess, int way, int p)
{
	for (size_t i = 0; i < s->frames[p].n; i++) {
		const struct truth_pkt *t =
			&s->truth.at[s->frames[p].at[i].pkt];

		if (t->sess == sess && t->way == way)
			return true;
	}
	return false;
}

static void perfect_session(struct judge *j, uint32_t x,
			    bool see[2][SIM_POINTS])
{
	struct got_session *g = VEC_PUSH(&j->a.session);

	*g = (struct got_session){ .id = x + 1, .proto = j->s->sess[x]->proto };
	for (int p = 0; p < j->s->n_points; p++) {
		see[0][p] = able(j->s, x, 0, p);
		see[1][p] = able(j->s, x, 1, p);
		if (see[0][p] || see[1][p])
			*VEC_PUSH(&g->flow) = (struct got_flow){
				p, j->s->sess[x]->left[p + 1],
				j->s->sess[x]->right[p + 1]
			};
	}
}

static void perfect(struct judge *j)
{
	bool(*see)[2][SIM_POINTS] = mem_zalloc(j->s->n_sess + 1, sizeof *see);
	int n = j->s->n_points;

	for (uint32_t x = 0; x < j->s->n_sess; x++)
		perfect_session(j, x, see[x]);
	for (int p = 0; p < n; p++)
		for (size_t i = 0; i < j->s->frames[p].n; i++) {
			uint32_t id = j->s->frames[p].at[i].pkt;
			const struct truth_pkt *t = unit_pkt(j, id);
			int step = t->way ? -1 : 1, q = p + step;

			while (q >= 0 && q < n && !see[t->sess][t->way][q])
				q += step;
			if (q >= 0 && q < n)
				*VEC_PUSH(&j->a.line) = line_of(j, id, p, q);
		}
	for (int p = 1; p < n; p++)
		j->a.clock[p].fitted = false;
	free(see);
}

static int by_frame(const void *x, const void *y)
{
	const struct line *a = x, *b = y;

	if (a->from != b->from)
		return a->from - b->from;
	if (a->frame != b->frame)
		return a->frame < b->frame ? -1 : 1;
	return a->rel_seq < b->rel_seq ? -1 : a->rel_seq > b->rel_seq;
}

static int judged(struct judge *j, struct tally *t)
{
	memset(t, 0, sizeof *t);
	j->t = t;
	j->complaints = 0;
	judge_pairs(j);
	judge_fates(j);
	return j->complaints;
}

/* Says that the first fit delivered packet was lost, and the like. */
static void lies(struct judge *j)
{
	struct tally t;
	size_t i = 0;

	for (; i < j->a.line.n; i++) {
		struct line *l = &j->a.line.at[i];
		int m;
		const struct frame_pkt *f = index_frame(j, l->from, l->frame,
							&m);
		struct unit u = { .id = f->pkt, .p = l->from, .q = l->to };

		unit_expect(j, &u);
		if (m == 1 && l->claim == C_DELIVERED && !u.twin)
			break;
	}
	if (i == j->a.line.n)
		return;
	struct line was = j->a.line.at[i], *l = &j->a.line.at[i];

	l->claim = C_LOST;
	selftest_check(judged(j, &t) == 1, "a false loss passes", j->s->seed);
	selftest_check(t.false_lost == !j->s->lossy, "false_lost", j->s->seed);
	l->claim = C_UNSEEN;
	selftest_check(judged(j, &t) == 1, "a false miss passes", j->s->seed);
	*l = was;
	l->duplicated = !was.duplicated;
	selftest_check(judged(j, &t) == 1, "a false copy passes", j->s->seed);
	*l = was;
	for (size_t k = 0; k < j->a.line.n; k++)
		if (j->a.line.at[k].from == l->from &&
		    j->a.line.at[k].session != was.session)
			l->session = j->a.line.at[k].session;
	if (l->session != was.session)
		selftest_check(judged(j, &t) > 0, "a wrong session passes",
			       j->s->seed);
	*l = was;
	selftest_check(judged(j, &t) == 0, "the truth fails again", j->s->seed);
}

/* Over relays that were joined, to say nothing is noticed, and a word for each
 * is enough. */
void selftest_silence(struct sim *s)
{
	struct judge j = { .s = s, .out = stdout };
	struct tally t = { 0 };
	uint64_t data;

	index_build(&j);
	j.t = &t;
	for (uint32_t x = 0; x < s->n_sess; x++)
		j.joined[x] = s->sess[x]->other ? UINT64_MAX : 0;
	judge_relay_silence(&j);
	data = t.relay_data;
	selftest_check(data > 100, "nothing goes through relays", s->seed);
	selftest_check(t.relay_silent == data, "silence passes", s->seed);
	selftest_check((uint64_t)j.complaints == data, "silence, unmentioned",
		       s->seed);
	memset(j.over_relay, true, s->truth.n);
	memset(&t, 0, sizeof t);
	judge_relay_silence(&j);
	selftest_check(t.relay_data == data && !t.relay_silent,
		       "no word is enough", s->seed);
	index_release(&j);
}

void selftest_judge(struct sim *s)
{
	struct tally t;
	struct judge j = { .s = s, .out = stdout, .verbose = 3, .t = &t };

	index_build(&j);
	perfect(&j);
	if (j.a.line.n)
		qsort(j.a.line.at, j.a.line.n, sizeof *j.a.line.at, by_frame);
	selftest_check(judged(&j, &t) == 0, "the truth itself is refused",
		       s->seed);
	j.verbose = 0;
	lies(&j);
	index_release(&j);
	answer_release(&j.a);
}
