/* Where the time went, against the simulated hosts' own scripts.
 *
 * Only where the truth is one number: TCP sessions of the family `time`, which
 * lose nothing and whose outer points are on the hosts or near them.  Then the
 * client's and the server's shares are what their scripts thought, and all else
 * is the way.  A share is wrong that is off by over 2 % of the session's time
 * and by over 1 ms.
 *
 * Clocks may be set in mid-exchange.  Not judged are sessions that go on over a step
 * of which two captures cannot tell whose clock it was (is_told()).
 *
 * In all families little time may be given to nothing, but where no point captured
 * both directions: then nobody can tell who waited for whom.  That is a figure of
 * many sessions, so none counts for more than LONG.
 *
 * Points between may lack packets.  So a stretch may be given less of the way than
 * it took (the rest is of a span, and parts are the whole: shape.c), but not more.
 */
#include "tests/sim/decide.h"

#include <string.h>

#define LONG 10e9 /* ns */

static void judge_share(struct judge *j, const struct got_session *g,
			const char *name, int64_t said, int64_t truth,
			int64_t total)
{
	int64_t off = said > truth ? said - truth : truth - said;

	j->t->shares++;
	if (off <= MS || off * 50 <= total)
		return;
	j->t->shares_off++;
	judge_complain(j, "session %lld: %s took %.3f ms of %.3f, said %.3f",
		       (long long)g->id, name, (double)truth / 1e6,
		       (double)total / 1e6, (double)said / 1e6);
}

/* With two points, can anybody tell whose clock was set when @p's was?  Only by
 * packets that were under way, both ways: those of one way are in the same order
 * at both points, so a step of the other clock beside them looks the same.  Pure
 * acknowledgements, SYNs and FINs may be copies of one another. */
static bool is_told(const struct judge *j, int p)
{
	int64_t at = j->s->point[p].clock.step_at;
	bool way[2] = { false, false };

	for (uint32_t i = 0; i < j->s->truth.n; i++) {
		const struct truth_pkt *k = &j->s->truth.at[i];

		if (k->at[0].frame && k->at[1].frame && k->kind == K_DATA &&
		    (k->at[0].t < at) != (k->at[1].t < at))
			way[k->way] = true;
	}
	return j->s->n_points > 2 || (way[0] && way[1]);
}

static bool lasts_over(const struct judge *j, const struct session *e,
		       int64_t at)
{
	bool before = false, after = false;

	for (uint32_t i = 0; i < j->s->truth.n; i++) {
		const struct truth_pkt *k = &j->s->truth.at[i];

		if (k->sess != e->id)
			continue;
		before |= k->sent < at;
		after |= k->at[0].t >= at || k->at[1].t >= at;
	}
	return before && after;
}

/* Does the session go on over a step of which nobody can tell whose it is? */
static bool is_open(const struct judge *j, const struct session *e)
{
	for (int p = 0; p < j->s->n_points; p++)
		if (j->s->point[p].clock.step_by && !is_told(j, p) &&
		    lasts_over(j, e, j->s->point[p].clock.step_at))
			return true;
	return false;
}

/* What all round trips took from point @a to point @b. */
static int64_t travelled(const struct sim *s, const struct session *e, int a,
			 int b)
{
	int64_t each = 0;

	for (int i = (a < b ? a : b) + 1; i <= (a < b ? b : a); i++)
		each += s->way[i][0].delay + s->way[i][1].delay;
	return e->trips * each;
}

static void judge_stretch(struct judge *j, const struct got_session *g,
			  const struct session *e, const struct got_stretch *h)
{
	int64_t truth = travelled(j->s, e, h->from, h->to);

	j->t->stretches++;
	if (h->ns <= truth + MS || (h->ns - truth) * 50 <= g->time.total)
		return;
	j->t->blamed++;
	judge_complain(j, "session %lld: from %d to %d took %.3f ms, said %.3f",
		       (long long)g->id, h->from, h->to, (double)truth / 1e6,
		       (double)h->ns / 1e6);
}

static void judge_session(struct judge *j, const struct got_session *g,
			  const struct session *e)
{
	judge_share(j, g, "client", g->time.client, e->thought[0],
		    g->time.total);
	judge_share(j, g, "server", g->time.server, e->thought[1],
		    g->time.total);
	judge_share(j, g, "recovery", g->time.recovery, 0, g->time.total);
	judge_share(j, g, "nagle", g->time.nagle, 0, g->time.total);
	judge_share(j, g, "path", g->time.path,
		    travelled(j->s, e, -1, j->s->n_points), g->time.total);
	for (size_t i = 0; i < g->stretch.n; i++)
		judge_stretch(j, g, e, &g->stretch.at[i]);
}

static const struct session *session_of(const struct judge *j,
					const struct got_session *g)
{
	const struct got_flow *f = g->flow.n ? &g->flow.at[0] : NULL;

	for (size_t i = 0; f && i < j->s->n_sess; i++) {
		const struct session *e = j->s->sess[i];
		const struct net_end *left = &e->left[f->point + 1];
		const struct net_end *right = &e->right[f->point + 1];
		const struct net_end *client = e->client_right ? right : left;
		const struct net_end *server = e->client_right ? left : right;

		if (e->what == S_TCP && !net_end_cmp(client, &f->client) &&
		    !net_end_cmp(server, &f->server))
			return e;
	}
	return NULL;
}

static bool has_way(const struct judge *j, const struct session *e, int way,
		    int p)
{
	const uint32_t *at = j->roots[e->id * 2 + (uint32_t)way].at;

	for (size_t i = 0; i < j->roots[e->id * 2 + (uint32_t)way].n; i++)
		if (unit_pkt(j, at[i])->at[p].frame)
			return true;
	return false;
}

/* At one of the points that the tool has joined: where a capture began late, what
 * others had before may stand apart. */
static bool seen_both_ways(const struct judge *j, const struct session *e,
			   const struct got_session *g)
{
	for (size_t i = 0; i < g->flow.n; i++)
		if (has_way(j, e, 0, g->flow.at[i].point) &&
		    has_way(j, e, 1, g->flow.at[i].point))
			return true;
	return false;
}

/* A session counts for LONG at most, with the same share: a host that goes on
 * asking for minutes, while the captures that could tell have ended, would
 * outweigh hundreds. */
static void judge_open(struct judge *j, const struct got_session *g)
{
	double total = (double)g->time.total, open;

	if (g->time.total <= 0)
		return;
	open = (double)g->time.unattributed / total;
	total = total < LONG ? total : LONG;
	j->t->time_total += (uint64_t)total;
	j->t->time_open += (uint64_t)(open * total);
}

void judge_time(struct judge *j)
{
	for (size_t i = 0; i < j->a.session.n; i++) {
		const struct got_session *g = &j->a.session.at[i];
		const struct session *e = session_of(j, g);

		if (!e || seen_both_ways(j, e, g))
			judge_open(j, g);
		if (e && strcmp(j->s->family, "time") == 0 && !is_open(j, e))
			judge_session(j, g, e);
	}
}
