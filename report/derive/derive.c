/* From fates to findings: the driver of the rules.
 *
 * Steps
 *  1. derive_run() loads the model; show_sessions() chooses the sessions of
 *     interest by their figures and loads them, with the facts of a sweep where
 *     single packets matter (show.c).  Beyond a budget only their losses are
 *     counted, and no more frames are collected.
 *  2. Each rule group sees them all, then writes its findings.
 *  3. Findings are ordered (draft_order()) and stored.
 *
 * Cost: a walk over the figures of all sessions, 0.3 us each, some 10 us for
 * one that is loaded, plus the sweeps.
 */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/search.h"
#include "report/derive/look.h"
#include "report/derive/proxied.h"
#include "report/derive/quoted.h"
#include "report/derive/resolve.h"
#include "report/derive/show.h"
#include "report/derive/witness.h"
#include "report/rules.h"

static const struct rule_group *const groups[] = {
	/* rules that claim losses come before those that count them */
	&rules_missing, &rules_stop,    &rules_cut,    &rules_silent,
	&rules_relay,   &rules_related, &rules_change, &rules_damage,
	&rules_marks,   &rules_reroute, &rules_hole,   &rules_reset,
	&rules_reply,   &rules_half,    &rules_flood,  &rules_loss,
	&rules_delay,   &rules_app,     &rules_order,  &rules_capture,
	&rules_clock,   &rules_pairing, &rules_ping,   &rules_held,
	&rules_remap,   &rules_stall,
};
#define N_GROUPS (sizeof groups / sizeof *groups)

struct derive {
	struct model model;
	struct drafts drafts;
	int64_t *claimed; /* sessions, ascending */
	size_t n_claimed, cap_claimed;
	struct message_row *icmp;
	size_t n_icmp;
	struct quoted quoted;    /* icmp, by part */
	struct resolve resolve;  /* what ARP says */
	struct witness *witness; /* owned; NULL: not made yet */
	struct proxies *proxies; /* owned; NULL: not made yet */
	void *state[N_GROUPS];
};

const struct model *derive_model(const struct derive *d)
{
	return &d->model;
}

bool rule_name_known(const char *name)
{
	static const char *const names[] = {
		"loss.path",      "loss.mtu",          "loss.policer",
		"loss.ack",       "loss.burst",        "stop.host",
		"stop.path",      "stop.middlebox",    "stop.silent",
		"reset.endpoint", "reset.path",        "change.payload",
		"change.header",  "change.route",      "change.sequence",
		"delay.path",     "delay.queue",       "delay.shaping",
		"delay.server",   "delay.client",      "delay.recovery",
		"delay.window",   "delay.nagle",       "reply.address",
		"reply.cut",      "app.error",         "dup.path",
		"reorder.path",   "capture.gap",       "capture.window",
		"capture.oneway", "capture.duplicate", "clock.step",
		"clock.unknown",  "pair.ambiguous",    "pair.none",
		"pair.relay",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

void derive_claim_losses(struct derive *d, int64_t session)
{
	if (derive_losses_claimed(d, session))
		return;
	d->claimed = mem_grow(d->claimed, &d->cap_claimed, d->n_claimed + 1,
			      sizeof *d->claimed);
	d->claimed[d->n_claimed++] = session; /* sessions come ascending */
}

bool derive_losses_claimed(const struct derive *d, int64_t session)
{
	size_t at;

	SEARCH(at, d->n_claimed, i, d->claimed[i] < session);
	return at < d->n_claimed && d->claimed[at] == session;
}

const struct message_row *derive_icmp(const struct derive *d,
				      const struct session_view *v,
				      int *flow_index)
{
	const struct message_row *first = NULL;

	for (size_t k = 0; k < v->row.n_flows; k++) {
		const struct message_row *m = quoted_first(
			&d->quoted, &v->flow[k].row, QUOTED_ANY, QUOTED_ANY);

		if (!m || (first && m >= first))
			continue;
		first = m;
		*flow_index = (int)k;
	}
	return first;
}

bool derive_flow(const struct derive *d, int64_t id, struct flow_row *out)
{
	return store_flow_get(d->model.store, id, out);
}

bool derive_part_syn(const struct derive *d, int64_t part, struct part_dir *out)
{
	struct part p;

	if (!store_part_get(d->model.store, part, &p))
		return false;
	bool second = p.dir[1].syn && (!p.dir[0].syn ||
				       p.dir[1].syn_frame < p.dir[0].syn_frame);

	*out = p.dir[second];
	return true;
}

const struct message_row *derive_icmp_at(const struct derive *d,
					 const struct session_view *v,
					 int flow_index, int64_t status,
					 int dir)
{
	return quoted_first(&d->quoted, &v->flow[flow_index].row, status, dir);
}

const struct resolve *derive_resolve(const struct derive *d)
{
	return &d->resolve;
}

struct proxies *derive_proxies(struct derive *d)
{
	if (!d->proxies)
		d->proxies = mem_zalloc(1, sizeof *d->proxies);
	return d->proxies;
}

struct witness *derive_witness(struct derive *d)
{
	if (!d->witness)
		d->witness = look_witness(&d->model);
	return d->witness;
}

bool derive_record(const struct derive *d, const struct flow_row *f, int dir,
		   unsigned flags, struct record *out, int64_t *file)
{
	return look_record(d->model.store, f, dir, flags, out, file);
}

bool derive_last(const struct derive *d, const struct flow_row *f, int dir,
		 unsigned flags, int64_t until_ns, struct record *out,
		 int64_t *file)
{
	return look_last(d->model.store, f, dir, flags, until_ns, out, file);
}

bool derive_after(const struct derive *d, const struct flow_row *f, int dir,
		  int64_t from_ns, int64_t until_ns, struct record *out,
		  int64_t *file)
{
	return look_after(d->model.store, f, dir, from_ns, until_ns, out, file);
}

bool derive_speaks(const struct derive *d, const struct flow_row *f,
		   uint32_t protos)
{
	return look_speaks(d->model.store, f, protos);
}

enum asks derive_asks(const struct derive *d, const struct flow_row *f)
{
	return look_asks(d->model.store, f);
}

bool derive_found_high(const struct derive *d, const char *prefix)
{
	return drafts_have_high(&d->drafts, prefix);
}

bool derive_found_damage(const struct derive *d, int64_t session)
{
	return drafts_have_damage(&d->drafts, session);
}

struct draft *draft_new(struct derive *d, const char *rule,
			enum severity severity, double weight)
{
	return drafts_add(&d->drafts, rule, severity, weight);
}

/* Some sessions are only for the one group that can use them. */
static void show_session(void *ctx, const struct session_view *v,
			 const struct session_facts *facts, enum shown_to to)
{
	static const struct rule_group *const only[] = {
		[SHOWN_LOSS] = &rules_loss, [SHOWN_MISSING] = &rules_missing
	};
	struct derive *d = ctx;

	for (size_t g = 0; g < N_GROUPS; g++)
		if (groups[g]->session &&
		    (to == SHOWN_ALL || groups[g] == only[to]))
			groups[g]->session(d->state[g], d, v, facts);
}

/* --- order and store --- */
static void draft_store(struct store *s, struct draft *f, int64_t id)
{
	char *measure = json_dumps(f->measure, JSON_COMPACT | JSON_SORT_KEYS |
						       JSON_REAL_PRECISION(6));

	f->row.id = id;
	draft_finish_filters(f);
	free(f->row.measure);
	f->row.measure = measure ? measure : mem_strdup("{}");
	store_finding_put(s, &f->row);
}

int derive_run(struct store *s, struct err *err)
{
	struct derive d = { 0 };
	int ret = model_load(&d.model, s, err);

	if (ret == 0) {
		/* Outside a transaction SQLite locks the file for every read,
		 * which with many small sessions takes most of the time. */
		store_begin(s);
		d.icmp = store_icmp(s, &d.n_icmp);
		quoted_open(&d.quoted, d.icmp, d.n_icmp);
		resolve_open(&d.resolve, s);
		for (size_t g = 0; g < N_GROUPS; g++)
			d.state[g] = groups[g]->begin(&d);
		ret = show_sessions(&d.model, show_session, &d, err);
		for (size_t g = 0; g < N_GROUPS; g++)
			groups[g]->finish(d.state[g], &d);
		drafts_sweep(&d.drafts);
		if (d.drafts.n)
			qsort_r(d.drafts.at, d.drafts.n, sizeof *d.drafts.at,
				draft_order, &d.model);
		for (size_t i = 0; i < d.drafts.n; i++)
			draft_store(s, d.drafts.at[i], (int64_t)i + 1);
		if (store_commit(s, err) != 0)
			ret = -1;
	}
	drafts_release(&d.drafts);
	free(d.claimed);
	message_rows_free(d.icmp, d.n_icmp);
	quoted_close(&d.quoted);
	resolve_close(&d.resolve);
	witness_free(d.witness);
	free(d.proxies);
	model_release(&d.model);
	return ret;
}
