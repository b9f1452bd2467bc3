/* delay.*: what explains the time of sessions that are slow.
 *
 * Causes are collected by session while budgets are made (causes.c has the
 * thresholds); here each becomes a finding: how many sessions, which share of
 * their time, what would be gained without, and the frames of the worst
 * exchanges at the points nearest to both ends.
 *
 * Of findings that are equally severe the one that explains more time comes first,
 * whatever its share: shares are of different sessions.
 */
#include "report/derive/delay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/words.h"

#define MUCH_NS 60e9 /* half of the most that time weighs */

double delay_share(const struct group *g)
{
	int64_t total = group_total(g);

	return total > 0 ? 100.0 * (double)g->explained_ns / (double)total : 0;
}

enum severity delay_by_share(const struct group *g, double medium, double high)
{
	double share = delay_share(g);

	return share >= high     ? SEV_HIGH
	       : share >= medium ? SEV_MEDIUM
				 : SEV_LOW;
}

const char *delay_whose(const struct model *m, const struct group *g,
			char out[static TEXT_UNIT])
{
	char n[TEXT_UNIT];

	out[0] = '\0';
	if (g->sessions < (uint64_t)m->n_sessions)
		snprintf(out, TEXT_UNIT, " of %s session%s",
			 text_count(g->sessions, n), plural(g->sessions));
	return out;
}

bool delay_points(const struct model *m, const struct group *g,
		  const char **from, const char **to)
{
	int a, b;

	if (sscanf(g->key, "%d %d", &a, &b) != 2 || a < 1 || b < 1 ||
	    (size_t)a > m->n_points || (size_t)b > m->n_points)
		return false;
	*from = model_point_name(m, a);
	*to = model_point_name(m, b);
	return true;
}

void delay_hop(struct draft *f, const struct model *m, const struct group *g)
{
	const char *from, *to;
	int a, b;

	if (delay_points(m, g, &from, &to) &&
	    sscanf(g->key, "%d %d", &a, &b) == 2)
		draft_hop(f, m, a, b);
}

/* Requests that still wait when the capture ends add nothing to their session's
 * time, so a share of it would mean nothing. */
static bool cut_off(const struct group *g)
{
	return (g->kind == CAUSE_UNANSWERED ||
		g->kind == CAUSE_UNANSWERED_FAR || g->kind == CAUSE_STOPPED ||
		g->kind == CAUSE_STOPPED_FAR) &&
	       g->errors >= g->sessions;
}

double delay_weight(int64_t ns)
{
	return 40 + 10 * (double)ns / ((double)ns + MUCH_NS);
}

struct draft *delay_draft(struct derive *d, const char *rule,
			  enum severity severity, const struct group *g)
{
	double time = delay_weight(g->explained_ns);
	/* for information only: ranked below findings about the captures */
	struct draft *f = draft_new(d, rule, severity,
				    severity == SEV_INFO ? 2 + time / 100
							 : time);
	char n[TEXT_UNIT], a[TEXT_UNIT], b[TEXT_UNIT];

	if (!cut_off(g))
		draft_text(f, "That is %s of the %s of %s session%s (%.0f %%).",
			   text_duration(g->explained_ns, a),
			   text_duration(group_total(g), b),
			   text_count(g->sessions, n), plural(g->sessions),
			   delay_share(g));
	for (size_t i = 0; i < g->n_top; i++)
		draft_session(f, g->top[i].session);
	json_object_set_new(f->measure, "sessions",
			    json_integer((json_int_t)g->sessions));
	json_object_set_new(f->measure, "exchanges",
			    json_integer((json_int_t)g->exchanges));
	json_object_set_new(f->measure, "explained_ns",
			    json_integer(g->explained_ns));
	json_object_set_new(f->measure, "total_ns",
			    json_integer(group_total(g)));
	json_object_set_new(f->measure, "share_percent",
			    json_real(delay_share(g)));
	return f;
}

void delay_gain(struct draft *f, const struct group *g, const char *without)
{
	char a[TEXT_UNIT], b[TEXT_UNIT];
	int64_t total = group_total(g);

	draft_text(f, "%s %s would take %s, not %s.", without,
		   g->sessions == 1 ? "the session" : "these sessions",
		   text_duration(total - g->explained_ns, a),
		   text_duration(total, b));
	json_object_set_new(f->measure, "without_ns",
			    json_integer(total - g->explained_ns));
}

const char *delay_span(const struct hist *h, char out[static TEXT_UNIT * 3])
{
	char a[TEXT_UNIT], b[TEXT_UNIT];

	text_duration(h->min, a);
	text_duration(h->max, b);
	if (strcmp(a, b) == 0)
		snprintf(out, TEXT_UNIT * 3, "%s", a);
	else
		snprintf(out, TEXT_UNIT * 3, "%s to %s", a, b);
	return out;
}

/* --- the group of rules --- */
static void *begin(struct derive *d)
{
	(void)d;
	return NULL;
}

static bool never(const struct derive *d, const struct group *g)
{
	(void)d;
	(void)g;
	return false;
}

static void finish(void *state, struct derive *d)
{
	static const struct {
		void (*each)(struct derive *, const struct group *);
		/* or, of servers and clients: */
		delay_rule *ends;
		delay_is_own *is_own;
	} rule[GROUP_KINDS] = {
		[CAUSE_CLIENT] = { NULL, delay_client, delay_client_is_own },
		[CAUSE_SERVER] = { NULL, delay_server, delay_server_is_own },
		[CAUSE_FAR] = { NULL, delay_far, delay_far_is_own },
		[CAUSE_FEED] = { NULL, delay_feed, never },
		[CAUSE_FEED_FAR] = { NULL, delay_feed_far, never },
		[CAUSE_NEWS] = { NULL, delay_feed, never },
		[CAUSE_NEWS_FAR] = { NULL, delay_feed_far, never },
		[CAUSE_PATH] = { .each = delay_path },
		[CAUSE_RECOVERY] = { .each = delay_recovery },
		[CAUSE_RESENT] = { .each = delay_resent },
		[CAUSE_WINDOW] = { .each = delay_window },
		[CAUSE_NAGLE] = { .each = delay_nagle },
		[CAUSE_QUEUE] = { .each = delay_queue },
		[CAUSE_SHAPING] = { .each = delay_shaping },
		[CAUSE_UNANSWERED] = { .each = delay_unanswered },
		[CAUSE_UNANSWERED_FAR] = { .each = delay_unanswered_far },
		[CAUSE_SILENT] = { .each = delay_silent },
		[CAUSE_STOPPED] = { .each = delay_stopped },
		[CAUSE_STOPPED_FAR] = { .each = delay_stopped_far },
		[CAUSE_GONE] = { .each = delay_gone },
		[CAUSE_GONE_ONE] = { .each = delay_gone_one },
		[CAUSE_CUT] = { .each = reply_cut },
		[CAUSE_CUT_FAR] = { .each = reply_cut },
		[CAUSE_OPENING] = { .each = delay_opening },
		[CAUSE_OPENING_ONE] = { .each = delay_opening_one },
		[CAUSE_CONNECT] = { .each = delay_connect },
		[CAUSE_GREETING] = { .each = delay_greeting },
		[CAUSE_GREETING_FAR] = { .each = delay_greeting_far },
		[CAUSE_ASKED_AGAIN] = { .each = delay_asked_again },
		[CAUSE_SAID_AGAIN] = { .each = delay_said_again },
		[CAUSE_ALERT] = { .each = tls_alert },
	};
	const struct model *m = derive_model(d);
	size_t i = 0;

	(void)state;
	while (i < m->n_groups) {
		const struct group *g = &m->groups[i];
		size_t n = 1;

		while (i + n < m->n_groups && g[n].kind == g->kind)
			n++;
		if (rule[g->kind].ends)
			delay_ends(d, g, n, rule[g->kind].ends,
				   rule[g->kind].is_own);
		for (size_t k = 0; rule[g->kind].each && k < n; k++)
			rule[g->kind].each(d, &g[k]);
		i += n;
	}
}

const struct rule_group rules_delay = { "delay", begin, NULL, finish };
