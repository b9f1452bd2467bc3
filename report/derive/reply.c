/* reply.address: a request is answered from an address other than the one
 * asked.
 *
 * Seen as two one-way sessions at the server-most point: requests from C:p to
 * S:q that nothing answers, and datagrams from S':q to the same C:p, S' other
 * than S, that begin after the request.  If the replies are also lost on a hop,
 * a stateful firewall or NAT that expects S is the likely reason, and the
 * finding says so.  The two sides are joined by a hash of (point, C:p, q).
 *
 * Who asks a group (mDNS, DHCPv6, NetBIOS) is answered by hosts from their own
 * addresses, as it must be, and who asks 127.0.0.0/8 over a network pings a label
 * path, whose end answers from its own (RFC 8029, 2.1): no such request counts.
 *
 * TCP: reply_syn.c; and reply.cut, where nothing is answered: reply_mute.c.
 */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/htab.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/derive/reply_mute.h"
#include "report/derive/reply_syn.h"
#include "report/derive/words.h"

#define CROWD 64

struct one_way { /* a one-way flow at one point */
	int64_t session, point, file;
	struct net_end from, to;
	int64_t first_ns;
	uint64_t packets, lost, first_frame;
	int lost_from, lost_to; /* path positions of the hop that loses it */
};

struct reply {
	struct reply_syns syns;
	struct mutes mutes;
	struct VEC(struct one_way) flows;
	struct htab by_client;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct reply));
}

static uint64_t key_of(int64_t point, const struct net_end *host,
		       uint16_t service)
{
	struct {
		int64_t point;
		struct net_addr addr;
		uint16_t port, service;
		uint32_t zero;
	} k = { point, host->addr, host->port, service, 0 };

	return XXH3_64bits(&k, sizeof k);
}

/* Can a right answer to what is sent there come only from there? */
static bool answers_itself(const struct net_addr *asked)
{
	return !net_addr_may_be_group(asked) && !net_addr_is_loopback(asked);
}

/* A socket that asks so many addresses on the same port is scanning: each would
 * be compared with each, and no answer could be assigned. */
static bool crowded(const struct reply *s, uint64_t key)
{
	size_t pos = SIZE_MAX;
	int n = 0;

	while (n < CROWD && htab_find(&s->by_client, key, &pos) != HTAB_NONE)
		n++;
	return n == CROWD;
}

static uint64_t first_frame(const struct model *m, const struct flow_view *f)
{
	struct part p;

	if (f->row.n_parts &&
	    store_part_get(m->store, f->row.parts[0].part, &p))
		return p.first_frame;
	return 0;
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct reply *s = state;

	if (v->row.proto == 6) {
		reply_syn_add(&s->syns, d, v);
		reply_mute_add(&s->mutes, d, v);
	}
	if (v->row.proto != 17)
		return;
	for (size_t i = 0; i < v->row.n_flows; i++) {
		const struct flow_view *f = &v->flow[i];
		int dir = f->row.packets[0] ? 0 : 1;
		const struct net_end *from = dir ? &f->row.server
						 : &f->row.client;
		const struct net_end *to = dir ? &f->row.client
					       : &f->row.server;
		struct one_way *o;
		uint64_t key;

		if (f->row.packets[!dir] || !f->row.packets[dir])
			continue;
		key = key_of(f->row.point, from, to->port);
		o = VEC_PUSH(&s->flows);
		*o = (struct one_way){
			.session = v->row.id,
			.point = f->row.point,
			.file = f->first_file,
			.from = *from,
			.to = *to,
			.first_ns = f->row.first_ns,
			.packets = f->row.packets[dir],
			.first_frame = first_frame(derive_model(d), f),
		};
		for (size_t k = 0; facts && k < facts->n_tails[dir]; k++) {
			const struct hop_tail *t = &facts->tail[dir][k];

			if (t->lost && t->from == (int)i) {
				o->lost = t->lost;
				o->lost_from = v->row.flows[t->from].point_pos;
				o->lost_to = v->row.flows[t->to].point_pos;
			}
		}
		if (!crowded(s, key))
			htab_put(&s->by_client, key, (uint32_t)s->flows.n - 1);
	}
}

/* May @r answer @q: was @q sent by @r's receiver to @r's port at another address,
 * no later and at most a minute before? */
static bool may_answer(const struct one_way *r, const struct one_way *q)
{
	return q->point == r->point && net_end_cmp(&q->from, &r->to) == 0 &&
	       q->to.port == r->from.port &&
	       net_addr_cmp(&q->to.addr, &r->from.addr) != 0 &&
	       q->first_ns <= r->first_ns &&
	       r->first_ns - q->first_ns < 60000000000LL;
}

/* The request that @r answers from another address than was asked; none, if a group
 * was asked as well. */
static const struct one_way *request_of(const struct reply *s,
					const struct one_way *r)
{
	const struct one_way *found = NULL;
	size_t pos = SIZE_MAX;
	uint64_t key = key_of(r->point, &r->to, r->from.port);
	uint32_t i;

	while ((i = htab_find(&s->by_client, key, &pos)) != HTAB_NONE) {
		const struct one_way *q = &s->flows.at[i];

		if (!may_answer(r, q))
			continue;
		if (!answers_itself(&q->to.addr))
			return NULL;
		if (!found)
			found = q;
	}
	return found;
}

static void add_pair(struct draft *f, const struct one_way *q,
		     const struct one_way *r)
{
	char a[NET_END_TEXT], b[NET_END_TEXT];

	draft_session(f, q->session);
	draft_session(f, r->session);
	draft_evidence(f, q->point, q->file, q->first_frame, q->first_ns,
		       "request from %s to %s", net_end_text(&q->from, a),
		       net_end_text(&q->to, b));
	draft_evidence(f, r->point, r->file, r->first_frame, r->first_ns,
		       "answer comes from %s%s", net_end_text(&r->from, a),
		       r->lost ? ", and is lost on its way" : "");
}

static void write_finding(struct derive *d, const struct one_way *q,
			  const struct one_way *r, struct draft **f)
{
	const struct model *m = derive_model(d);
	char asked[NET_END_TEXT], by[NET_END_TEXT];

	if (!*f) {
		*f = draft_new(d, "reply.address", SEV_HIGH, 95);
		draft_title(*f, "%s is asked, but the answers come from %s",
			    net_end_text(&q->to, asked),
			    net_end_text(&r->from, by));
		draft_next(*f, "have the service answer from the address that "
			       "was asked (bind it, or fix the host's source "
			       "address selection)");
	}
	if (r->lost && (*f)->row.hop_from == 0) {
		draft_hop(*f, m, r->lost_from, r->lost_to);
		draft_place(*f,
			    "a stateful firewall or NAT between %s and %s, "
			    "which lets only the asked address answer",
			    model_point_name(m, r->lost_from),
			    model_point_name(m, r->lost_to));
	}
	add_pair(*f, q, r);
}

static void finish(void *state, struct derive *d)
{
	struct reply *s = state;
	struct draft *f = NULL;
	uint64_t answers = 0, packets = 0, lost = 0;
	int64_t point = 0;

	for (size_t i = 0; i < s->flows.n; i++) {
		const struct one_way *r = &s->flows.at[i];
		const struct one_way *q = request_of(s, r);

		/* reported at one point; the next would only repeat it */
		if (!q || (point && r->point != point))
			continue;
		point = r->point;
		write_finding(d, q, r, &f);
		answers++;
		packets += r->packets;
		lost += r->lost;
	}
	if (f) {
		char share[WORDS];

		draft_text(f,
			   "Answers of %llu session%s come from another "
			   "address than was asked.",
			   (unsigned long long)answers, plural(answers));
		if (lost)
			draft_text(
				f,
				"%s %s lost on the way back.  A firewall or NAT "
				"that keeps state waits for answers of the "
				"address that was asked, and drops others: "
				"that would do just this.",
				words_share(lost, packets, "packet", share),
				lost == 1 ? "is" : "are");
		if (!lost)
			f->row.severity = SEV_MEDIUM;
		draft_frame_filters(f);
		json_object_set_new(f->measure, "answers",
				    json_integer((json_int_t)answers));
		json_object_set_new(f->measure, "lost",
				    json_integer((json_int_t)lost));
	}
	reply_syn_tell(&s->syns);
	reply_mute_tell(&s->mutes);
	htab_release(&s->by_client);
	VEC_FREE(&s->flows);
	free(s);
}

const struct rule_group rules_reply = { "reply", begin, session, finish };
