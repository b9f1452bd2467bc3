/* stop.host of a server that takes SYNs for packets of an older connection.
 *
 * Who has a connection of the same addresses and ports answers a SYN with the
 * acknowledgement of that one (RFC 9293, 3.10.7.4; RFC 5961, 4): a server whose
 * client was restarted, or sits behind a NAT that gave its port away again.  The
 * client's reset should end the old one.  Where a filter drops the answer or the
 * reset, the connection never opens, although each SYN is answered.
 *
 * A session counts if SYNS_LEAST SYNs arrive at the point nearest to the server, as
 * many answers leave it, no point has a SYN,ACK, a reset of the server's or any data,
 * and the first answer acknowledges something other than the SYN.  One answer may be
 * just before all gets well, where the capture ends; of sessions that get well, and of
 * single SYNs, reset_older.c tells.  A capture that began after the
 * handshake has no SYNs; one that missed the SYN,ACK has an acknowledgement of the
 * SYN.
 *
 * Cost: a look at each session's rows; one record of those that fit.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "report/derive/reset_older.h"

#define SYNS_LEAST 2 /* the client does not take it for an answer */
#define EXAMPLES 8

/* what becomes of the answers */
enum after {
	AFTER_UNHEARD,   /* the client's point lacks them */
	AFTER_LOST,      /* the client's resets are not at the server's point */
	AFTER_VAIN,      /* the resets arrive, or there is only one point */
	AFTER_NO_RESETS, /* the client's point has none */
	AFTERS
};

struct held {
	struct older older;
	struct draft *draft;         /* NULL: none yet */
	json_t *servers;             /* owned */
	uint64_t sessions, answered; /* SYNs that were */
	uint64_t after[AFTERS];      /* sessions */
	const char *near, *far;      /* points of the first session */
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct held));
}

static bool never_opens(const struct session_view *v)
{
	for (size_t i = 0; i < v->row.n_flows; i++) {
		const struct flow_view *f = &v->flow[i];

		if (!session_has_packets(v, i))
			continue;
		if (!f->dir[0].syn || f->dir[1].syn || f->dir[1].rst ||
		    f->dir[1].fin || f->row.bytes[0] || f->row.bytes[1])
			return false;
	}
	return true;
}

static void open_draft(struct held *h, struct derive *d,
		       const struct session_view *v, int near, int last)
{
	const struct model *m = derive_model(d);
	int pos = v->row.flows[last].point_pos;

	h->draft = draft_new(d, "stop.host", SEV_HIGH, 85);
	draft_hop(h->draft, m, pos, pos);
	draft_session_filters(h->draft, v);
	h->servers = json_object();
	h->near = model_point_name(m, v->row.flows[near].point_pos);
	h->far = model_point_name(m, pos);
}

static enum after after_of(const struct flow_view *near,
			   const struct flow_view *last)
{
	if (!near->row.packets[1])
		return AFTER_UNHEARD;
	if (!near->dir[0].rst)
		return AFTER_NO_RESETS;
	return last->dir[0].rst ? AFTER_VAIN : AFTER_LOST;
}

static void add(struct held *h, struct derive *d, const struct session_view *v,
		int near, int last, const struct record *answer, int64_t file)
{
	const struct flow_view *f = &v->flow[last], *n = &v->flow[near];
	char who[WORDS];

	if (!h->draft)
		open_draft(h, d, v, near, last);
	h->sessions++;
	h->answered += f->row.packets[1] < f->dir[0].syn_count
			       ? f->row.packets[1]
			       : f->dir[0].syn_count;
	h->after[after_of(n, f)]++;
	words_count_end(h->servers, &f->row.server);
	draft_session(h->draft, v->row.id);
	if (h->sessions > EXAMPLES)
		return;
	draft_evidence(h->draft, f->row.point, f->first_file,
		       f->dir[0].syn_frame, f->dir[0].syn_ns,
		       "first SYN of %u of %s", f->dir[0].syn_count,
		       words_session(v, (size_t)last, who));
	draft_evidence(h->draft, f->row.point, file, answer->frame,
		       answer->time_ns,
		       "its answer acknowledges %u, not the SYN's %u",
		       (uint32_t)answer->ack64, f->dir[0].isn + 1);
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	int near = session_near_flow(v, 0), last = session_near_flow(v, 1);
	const struct flow_view *f = &v->flow[last];
	struct record r;
	int64_t file;

	(void)facts;
	older_add(&((struct held *)state)->older, d, v);
	if (v->row.proto != IPPROTO_TCP || v->row.verdict == PAIR_AMBIGUOUS ||
	    f->row.packets[1] < SYNS_LEAST ||
	    f->dir[0].syn_count < SYNS_LEAST || !never_opens(v) ||
	    !older_answers(d, f, &r, &file))
		return;
	add(state, d, v, near, last, &r, file);
}

static void tell_after(const struct held *h, enum after after, const char *of)
{
	struct draft *f = h->draft;

	if (after == AFTER_UNHEARD) {
		draft_text(f,
			   "%she answers are at %s and not at %s: what lies "
			   "between drops them, as a firewall does with what "
			   "fits no connection that it knows.",
			   of, h->far, h->near);
		draft_place(f, "what drops the answers between %s and %s",
			    h->far, h->near);
	} else if (after == AFTER_LOST) {
		draft_text(f,
			   "%she client's resets are at %s and not at %s: "
			   "what lies between drops them.",
			   of, h->near, h->far);
		draft_place(f,
			    "what drops the client's resets between %s and %s",
			    h->near, h->far);
	} else if (after == AFTER_VAIN) {
		draft_text(f,
			   "%she client's resets follow, and the server does "
			   "not take them: something changes their numbers, "
			   "or they are lost further on.",
			   of);
	} else {
		draft_text(f,
			   "%she client's resets, which should follow, are "
			   "not at %s: something before %s, or a filter on the "
			   "client itself, drops the answers or the resets.",
			   of, h->near, h->near);
		draft_place(f,
			    "a filter on the client, or between it and %s, "
			    "that drops what fits no connection that it knows",
			    h->near);
	}
}

/* What becomes of the answers, and of the resets that should follow. */
static void tell_why(const struct held *h)
{
	char n[TEXT_UNIT], all[TEXT_UNIT], of[WORDS] = "T";

	text_count(h->sessions, all);
	for (int i = 0; i < AFTERS; i++) {
		if (!h->after[i])
			continue;
		if (h->after[i] < h->sessions)
			snprintf(of, sizeof of, "In %s of %s t",
				 text_count(h->after[i], n), all);
		tell_after(h, (enum after)i, of);
	}
}

static void tell(struct held *h)
{
	char n[TEXT_UNIT], syns[TEXT_UNIT], whom[WORDS];
	bool one = h->sessions == 1;

	text_count(h->sessions, n);
	text_count(h->answered, syns);
	draft_title(h->draft,
		    "%s connection%s %s never opened: the server answers %s "
		    "SYNs as part of an older connection",
		    n, plural(h->sessions), one ? "is" : "are", syns);
	if (one)
		snprintf(whom, sizeof whom, "with %s",
			 json_object_iter_key(json_object_iter(h->servers)));
	else
		words_servers(h->servers, whom);
	draft_text(
		h->draft,
		"%s %s.  The SYNs are answered with acknowledgements of "
		"another number, never with a SYN,ACK: the server still "
		"has a connection of the same addresses and ports.  A client "
		"that gets such an answer resets the old connection, and "
		"its next SYN opens a new one.",
		one ? "It is" : "They are", whom);
	tell_why(h);
	draft_place(h->draft,
		    "the client, or a NAT before the server, which uses a port "
		    "again whose old connection it gave up without a word (a "
		    "restart, a time limit)");
	draft_next(
		h->draft,
		"on the server: ss -tno shows the old connection and its "
		"state; what ends idle ones sooner (keep-alives, time limits) "
		"helps");
	draft_next(h->draft,
		   "let firewalls pass the acknowledgement that answers a SYN, "
		   "and the reset that follows; on a NAT, let a port rest "
		   "before it is used again");
	json_object_set_new(h->draft->measure, "sessions",
			    json_integer((json_int_t)h->sessions));
	json_object_set_new(h->draft->measure, "packets",
			    json_integer((json_int_t)h->answered));
	json_object_set_new(h->draft->measure, "answers_unheard",
			    json_integer((json_int_t)h->after[AFTER_UNHEARD]));
	json_object_set_new(h->draft->measure, "resets_lost",
			    json_integer((json_int_t)h->after[AFTER_LOST]));
}

static void finish(void *state, struct derive *d)
{
	struct held *h = state;

	(void)d;
	if (h->draft)
		tell(h);
	older_tell(&h->older);
	json_decref(h->servers);
	free(h);
}

const struct rule_group rules_held = { "held", begin, session, finish };
