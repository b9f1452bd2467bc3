/* Relations over a relay that changes what it passes on, or shares connections.
 *
 * Whatever is said to continue as another session must have: so many requests, at
 * least, that the relay truly sent on over that one, or all, where it is the
 * other side of a relay that changes nothing.  What it says nothing of is counted,
 * where both sides of the relay were captured with the beginning of the request
 * and of the answer.
 */
#include "tests/sim/judge.h"

/* The client's side of a relay is the one on which its client has a script. */
static uint64_t truly(const struct judge *j, uint32_t front, uint32_t back)
{
	const struct session *f = j->s->sess[front];
	uint64_t n = 0;

	if (f->other && f->other == j->s->sess[back])
		return f->script[0] ? UINT64_MAX : 0;
	for (size_t i = 0; i < f->asks.n; i++)
		n += f->asks.at[i].over == back;
	return n;
}

/* The true session of what the tool has as @id. */
static uint32_t true_of(const struct judge *j, const uint32_t *is, int64_t id)
{
	for (size_t i = 0; i < j->a.session.n; i++)
		if (j->a.session.at[i].id == id)
			return is[i];
	return UINT32_MAX;
}

static void judge_one(struct judge *j, const uint32_t *is, size_t i,
		      const struct got_relay *r)
{
	uint32_t f = is[i], b = true_of(j, is, r->session);
	uint64_t n = f != UINT32_MAX && b != UINT32_MAX ? truly(j, f, b) : 0;

	j->t->web_said += r->exchanges;
	if (r->exchanges > 0 && r->exchanges <= n)
		return;
	j->t->web_wrong++;
	judge_complain(j,
		       "wrong relation: session %lld (true %u) with %lld (true "
		       "%u): %llu requests, truly %llu",
		       (long long)j->a.session.at[i].id, f,
		       (long long)r->session, b,
		       (unsigned long long)r->exchanges, (unsigned long long)n);
}

/* Has some point on @e's side of the relay its opening and its data? */
static bool is_seen(const struct judge *j, const struct session *e)
{
	for (int p = 0; p < j->s->n_points; p++) {
		bool syn = false, data = false;
		const uint32_t *at = j->roots[e->id * 2].at;

		for (size_t i = 0; i < j->roots[e->id * 2].n; i++) {
			const struct truth_pkt *t = &j->s->truth.at[at[i]];

			syn |= t->at[p].frame && t->kind == K_SYN;
			data |= t->at[p].frame && t->len > 0;
		}
		if (syn && data)
			return true;
	}
	return false;
}

void judge_web(struct judge *j, const uint32_t *is)
{
	for (size_t i = 0; i < j->a.session.n; i++) {
		const struct got_session *g = &j->a.session.at[i];

		for (size_t k = 0; k < g->relay.n; k++)
			if (g->relay.at[k].goes_on)
				judge_one(j, is, i, &g->relay.at[k]);
	}
	for (size_t x = 0; x < j->s->n_sess; x++) {
		const struct session *e = j->s->sess[x];

		for (size_t k = 0; k < e->asks.n; k++)
			j->t->web += e->asks.at[k].over != UINT32_MAX &&
				     is_seen(j, e) &&
				     is_seen(j, j->s->sess[e->asks.at[k].over]);
	}
}
