/* pair.relay, stop.middlebox: connections that something on the path ends and
 * opens anew.
 *
 * pair.relay: which sessions, between which points, and what that means for
 * everything else reported about them.  It explains nothing by itself, but the
 * reader has to know it first: hence low, not info, and a large weight.
 *
 * If the client asked for the connection (CONNECT, SOCKS), how long it waited for
 * it, and how long the relay's SYN did for its answer: durations, each by one clock.
 *
 * stop.middlebox: bytes that went into the relay and did not come out, as the
 * end of its own stream proves (WHY_ENDED).  Bytes still in flight when a
 * capture ended, or unseen, are undecided and no finding.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "capture/message.h"
#include "report/exchanges.h"
#include "report/derive/proxied.h"
#include "report/derive/words.h"

#define EXAMPLES 3
#define OPENING 8 /* exchanges in which a client is granted a connection */

struct relay_hop { /* by the points on both sides */
	int from_pos, to_pos;
	uint64_t sessions;
	int64_t first;              /* the first of them with no other relay */
	int client_pos, server_pos; /* its sides */
	int64_t granted_ns; /* the far SYN's answer came so late; below 0: not
			     * known */
	struct draft *draft;
};

struct relays {
	struct VEC(struct relay_hop) hop;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct relays));
}

static struct relay_hop *hop_of(struct relays *r, struct derive *d, int from,
				int to)
{
	struct relay_hop *h;

	for (size_t i = 0; i < r->hop.n; i++)
		if (r->hop.at[i].from_pos == from && r->hop.at[i].to_pos == to)
			return &r->hop.at[i];
	h = VEC_PUSH(&r->hop);
	*h = (struct relay_hop){
		.from_pos = from,
		.to_pos = to,
		.draft = draft_new(d, "pair.relay", SEV_LOW, 60),
	};
	draft_hop(h->draft, derive_model(d), from, to);
	return h;
}

/* The opening of the connection at flow @i. */
static void opening(struct draft *f, const struct session_view *v, int i,
		    bool client)
{
	const struct flow_view *x = &v->flow[i];
	char who[WORDS];

	draft_evidence(f, x->row.point, x->first_file, x->dir[0].syn_frame,
		       x->dir[0].syn_ns, "%s %s",
		       client ? "the client's connection opens:"
			      : "the one that carries it on:",
		       words_session(v, (size_t)i, who));
}

/* From the SYN to its answer; below 0: one was not captured. */
static int64_t granted_ns(const struct flow_view *x)
{
	if (!x->dir[0].syn_frame || !x->dir[1].syn_frame)
		return -1;
	return x->dir[1].syn_ns - x->dir[0].syn_ns;
}

static size_t n_relays(const struct session_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->row.n_flows; i++)
		n += v->row.flows[i].relayed;
	return n;
}

static void add(struct relays *r, struct derive *d,
		const struct session_view *v, int i)
{
	int near = v->row.client_end == 1 ? i : i - 1;
	int far = v->row.client_end == 1 ? i - 1 : i;
	struct relay_hop *h = hop_of(r, d, v->row.flows[i - 1].point_pos,
				     v->row.flows[i].point_pos);

	draft_session(h->draft, v->row.id);
	if (!h->first && n_relays(v) == 1) {
		h->first = v->row.id;
		h->client_pos = v->row.flows[near].point_pos;
		h->server_pos = v->row.flows[far].point_pos;
		h->granted_ns = granted_ns(&v->flow[far]);
	}
	if (h->sessions++ >= EXAMPLES)
		return;
	opening(h->draft, v, near, true);
	opening(h->draft, v, far, false);
	if (h->sessions == 1)
		draft_session_filters(h->draft, v);
}

/* The bytes that the relay kept are the stream's end, so nothing was delivered
 * after them. */
static void add_held_back(struct derive *d, const struct session_view *v,
			  const struct hop_tail *t, int dir)
{
	int from = t->from, to = t->to;
	const char *a = v->flow[from].point->name;
	const char *b = v->flow[to].point->name;
	char bytes[TEXT_UNIT], who[WORDS];
	struct draft *f;

	f = draft_new(d, "stop.middlebox", SEV_HIGH, 70);
	text_count(t->ended, bytes);
	draft_title(f,
		    "The relay between %s and %s does not pass on %s bytes of "
		    "%s, from %s",
		    a, b, bytes, words_session(v, (size_t)from, who),
		    words_dir(dir));
	draft_text(f,
		   "They went in at %s's side and were not sent on: the "
		   "connection at %s ends (FIN) %s bytes short of what the one "
		   "at %s brought.",
		   a, b, bytes, a);
	draft_against(
		f,
		"a relay may remove bytes, or change their number, on purpose");
	draft_hop(f, derive_model(d), v->row.flows[from].point_pos,
		  v->row.flows[to].point_pos);
	draft_session(f, v->row.id);
	for (size_t i = 0; i < t->after_kept.n; i++) {
		const struct fact *k = &t->after_kept.at[i];

		if (k->e.reason == WHY_ENDED && k->e.copy == 1)
			draft_evidence(
				f, v->flow[from].row.point, k->near_file,
				k->near.frame, k->near.time_ns,
				"%u of this packet's %u bytes, from byte %u on, "
				"do not come out at %s",
				k->e.len, k->near.pay_len, k->e.off + 1, b);
	}
	draft_place(f, "the device between %s and %s that ends the connection",
		    a, b);
	draft_next(f,
		   "look at the log of the proxy, translator or firewall "
		   "between %s and %s at that time: why did it close the "
		   "session, and does it inspect this protocol",
		   a, b);
	draft_session_filters(f, v);
	json_object_set_new(f->measure, "bytes",
			    json_integer((json_int_t)t->ended));
	derive_claim_losses(d, v->row.id);
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	if (v->row.kind != PAIR_RELAYED || v->row.verdict != PAIR_PAIRED)
		return;
	for (int i = 1; i < (int)v->row.n_flows; i++)
		if (v->row.flows[i].relayed)
			add(state, d, v, i);
	for (int dir = 0; facts && dir < 2; dir++)
		for (size_t i = 0; i < facts->n_tails[dir]; i++) {
			const struct hop_tail *t = &facts->tail[dir][i];

			if (t->ended &&
			    session_relayed(&v->row, t->from, t->to))
				add_held_back(d, v, t, dir);
		}
}

/* If the client asked for the connection: how long the proxy took to say that it is
 * open, most of which is neither the client's nor the path's to it. */
static void say_opening(const struct relay_hop *h, const struct model *m)
{
	char took[TEXT_UNIT], answer[TEXT_UNIT];
	struct exchange x = { 0 };
	uint32_t n = 0;

	if (!m->store || !h->first || h->granted_ns < 0)
		return;
	while (n < OPENING && exchange_load(m, h->first, n, &x) &&
	       !proxied_is_granted(&x)) {
		free(x.name);
		x = (struct exchange){ 0 };
		n++;
	}
	if (proxied_is_granted(&x))
		draft_text(
			h->draft,
			"The client asks the proxy for the connection "
			"(CONNECT).  In session %lld that took %s at %s, of "
			"which the SYN and its answer took %s at %s: the rest "
			"is the proxy's (its look-up of the name, its own "
			"time), and the paths' on both sides of it.",
			(long long)h->first,
			text_duration(exchange_total(&x), took),
			model_point_name(m, h->client_pos),
			text_duration(h->granted_ns, answer),
			model_point_name(m, h->server_pos));
	free(x.name);
}

static void finish(void *state, struct derive *d)
{
	struct relays *r = state;
	const struct model *m = derive_model(d);
	char n[TEXT_UNIT];

	for (size_t i = 0; i < r->hop.n; i++) {
		const struct relay_hop *h = &r->hop.at[i];
		const char *a = model_point_name(m, h->from_pos);
		const char *b = model_point_name(m, h->to_pos);

		draft_title(
			h->draft,
			"%s session%s terminated and re-opened between %s and "
			"%s: a proxy, balancer or translator",
			text_count(h->sessions, n),
			h->sessions == 1 ? " is" : "s are", a, b);
		draft_text(
			h->draft,
			"The connections on its two sides carry the same "
			"bytes, in packets, numbers and acknowledgements of "
			"their own.  So between %s and %s only bytes are "
			"compared; a lost packet shows only between points on "
			"the same side.",
			a, b);
		say_opening(h, m);
		draft_next(
			h->draft,
			"none is needed if a proxy is meant to be there; if "
			"not, the hardware address and TTL of the SYN,ACK at "
			"%s tell who answers in the server's name",
			a);
		json_object_set_new(h->draft->measure, "sessions",
				    json_integer((json_int_t)h->sessions));
	}
	VEC_FREE(&r->hop);
	free(r);
}

const struct rule_group rules_relay = { "relay", begin, session, finish };
