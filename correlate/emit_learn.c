/* What the walk over a hop adds to the evidence of all sessions: how much is absent
 * or lost, and which verdicts were guesses (correlate/evidence.h,
 * correlate/guesses.h).  What arrived is counted in emit_int.h, inline.
 */
#include "correlate/emit_int.h"

static void note_guess(const struct emit *m, const struct verdict *v,
		       enum fate_kind kind)
{
	const struct sweep_session *s = m->c->s;
	size_t n = m->c->env->n_points;
	size_t from = (size_t)m->h->near->pos - 1;
	size_t to = (size_t)m->h->far->pos - 1;
	const struct bins *b;
	size_t bin;

	if (!s->guesses)
		return;
	if (!v->proven && !v->open && !v->bins)
		return;
	b = &s->say->bins[to];
	bin = b->n ? bin_at(b, v->t_ns) : 0;
	if (v->proven)
		guesses_note(s->guesses, (uint32_t)(from * n + to), bin,
			     kind == KIND_SYN ? GUESS_PLACE_SYN : GUESS_PLACE);
	if (!v->open && !v->bins)
		return;
	guesses_note(s->guesses, (uint32_t)(from * n + to), bin,
		     v->bins        ? GUESS_SILENT
		     : v->gap       ? GUESS_GAP
		     : v->confirmed ? GUESS_CONFIRMED
				    : GUESS_ABSENT);
}

static unsigned how_absent(const struct verdict *v)
{
	return (v->confirmed ? ABSENT_CONFIRMED : 0u) |
	       (v->gap ? ABSENT_IN_GAP : 0u) | (v->at_end ? ABSENT_AT_END : 0u);
}

/* Is it lost whatever captures missed: by proof, or as its sender sends such again? */
static bool is_lost(const struct verdict *v, enum fate_kind kind)
{
	if (!v->open)
		return v->fate == FATE_LOST || v->proven;
	return kind == KIND_DATA || kind == KIND_SYN || kind == KIND_FIN;
}

void emit_learn_absent(struct emit *m, const struct verdict *v,
		       enum fate_kind kind)
{
	note_guess(m, v, kind);
	if (m->absence && is_lost(v, kind))
		bins_lose(m->far_bins, v->t_ns);
	if (v->open) {
		if (m->absence) {
			m->absence->open++;
			evidence_absent(m->say, (size_t)m->h->near->pos - 1,
					(size_t)m->h->far->pos - 1, v->t_ns,
					how_absent(v));
		}
		return;
	}
	if (!m->absence)
		return;
	if (v->fate == FATE_LOST || v->proven) {
		m->absence->decided++;
		m->absence->lost++;
		m->absence->lost_syn += kind == KIND_SYN;
	} else if (v->fate == FATE_UNSEEN) {
		m->absence->decided++;
		emit_passed(m->far_trust, m->far_bins, v->t_ns, true);
	}
}

void emit_learn_beyond(struct emit *m, uint32_t j, enum fate_kind kind)
{
	const struct chain *c = m->c;
	bool out = m->h->near->pos < m->h->far->pos;
	struct beyond *b;

	if (!m->absence || c->leg[m->k].b + 1 < c->n ||
	    !decide_lost_beyond(m->c, j))
		return;
	b = &m->say->beyond[(size_t)(m->h->far->pos - 1) * 2 + !out];
	b->lost++;
	b->lost_syn += kind == KIND_SYN;
}
