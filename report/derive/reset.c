/* reset.endpoint, reset.path: who sent the RST.
 *
 * A RST that the capture nearest to its sender has as well is the sender's own,
 * or came from beyond that point, as its time to live may show; one that appears
 * on a hop with evidence that it did not come from the near side (fate injected)
 * was made between (reset_made.c).
 * A reset is worth a finding where it ended something: the server's, before the
 * server answered; or one that answers data of a session that neither side has
 * closed with the number that the data acknowledges and no ACK of its own (RFC
 * 9293 3.10.7.1): its host does not know the session, as after a restart (half
 * open); or one that meets the middle of a connection that opened nowhere, as a
 * NAT makes it that forgot a session (reset_stray.c); or one that comes instead
 * of an answer to a request, within INSTEAD_NS of it or as the first packet that
 * acknowledges it; or behind an answer that left while the client was still
 * sending, as a close with data unread does (RFC 1122 4.2.2.13).  If the server
 * had closed the session by a FIN before the
 * request arrived, after a pause of IDLE_NS, the two crossed: a client that uses
 * an idle connection again always runs that risk, which is of low severity.  What
 * is shorter than LEAST is a farewell, and so is a short piece of TLS (an alert).
 * After FINs, or sent by a client that had its answer, it is how many programs
 * close.  So do servers that took a stream and never answer: after more than a
 * first request the reset is said, as something low.  Where nothing was asked, a
 * reset that answers the SYN refuses; one within INSTEAD_NS of the SYN,ACK ends what
 * was accepted before it could be of use; a later one has waited in vain (low).
 * What words these are told in: reset_tell.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/seq.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/reset_made.h"
#include "report/derive/reset_tell.h"
#include "report/derive/words.h"

#define REQUEST_MOST 65536 /* bytes: more is a stream */
#define LEAST 16           /* bytes of a request */
#define LEAST_TLS 64       /* an alert has less */
#define INSTEAD_NS 1000000000LL
#define IDLE_NS 1000000000LL
#define SEGMENTS 64 /* of REQUEST_MOST, looked at */

struct reset {
	struct reset_groups groups;
	struct made_resets made;
	struct strays strays;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct reset));
}

/* The first RST of the direction at the point nearest to its sender. */
static const struct fact *first_reset(const struct session_facts *facts,
				      const struct session_view *v, int dir)
{
	int near = session_near_flow(v, dir);

	for (size_t i = 0; i < facts->resets.n; i++) {
		const struct fact *k = &facts->resets.at[i];

		if (k->dir == dir && k->from == near && k->has_near &&
		    k->e.fate != FATE_INJECTED)
			return k;
	}
	return NULL;
}

/* That of a session that one point has alone: there is no hop to tell of it. */
static const struct fact *reset_alone(const struct derive *d,
				      const struct session_view *v,
				      struct fact *k)
{
	*k = (struct fact){ .dir = 1, .has_near = true };
	return v->flow[0].dir[1].rst &&
			       derive_record(d, &v->flow[0].row, 1, REC_RST,
					     &k->near, &k->near_file)
		       ? k
		       : NULL;
}

/* @k: the server's reset.  True if neither side had closed, and the server had
 * answered before, and did not acknowledge the client's last data. */
static bool is_forgotten(const struct flow_view *f, const struct fact *k)
{
	return f->dir[1].data_packets > 0 && !f->dir[1].fin &&
	       !(k->near.tcp_flags & REC_ACK) &&
	       seq_diff((uint32_t)f->dir[0].seq_next,
			(uint32_t)f->dir[1].ack_max) > 0 &&
	       (uint32_t)k->near.seq64 == (uint32_t)f->dir[0].ack_max;
}

/* Was the client still sending when the answer @told left?  Then what follows it is
 * no new request: it was not acknowledged there, or does not acknowledge it. */
static bool sends_on(const struct derive *d, const struct flow_view *f,
		     const struct record *told, const struct record *asked)
{
	uint32_t end = (uint32_t)told->seq64 + told->pay_len;
	struct record first = *asked, r;

	for (int n = 0; n < SEGMENTS; n++) {
		if (!derive_last(d, &f->row, 0, 0, first.time_ns - 1, &r) ||
		    r.time_ns <= told->time_ns)
			break;
		first = r;
	}
	if (seq_diff((uint32_t)first.ack64, end) < 0)
		return true;
	return derive_last(d, &f->row, 0, 0, told->time_ns, &r) &&
	       seq_diff((uint32_t)r.seq64 + r.pay_len, (uint32_t)told->ack64) >
		       0;
}

/* Is the reset the first to acknowledge what came after @told, the packet before it?
 * Then it is the answer to that, however late. */
static bool has_read(const struct fact *k, const struct record *told)
{
	uint32_t end = (uint32_t)(told->seq64 + rec_seq_len(told));

	return k->near.tcp_flags & REC_ACK && (uint32_t)k->near.seq64 == end &&
	       seq_diff((uint32_t)k->near.ack64, (uint32_t)told->ack64) > 0;
}

/* What the server's reset @k, after earlier answers, did to the client's last
 * data. */
static enum reset_how killed(const struct derive *d, const struct flow_view *f,
			     const struct fact *k)
{
	int64_t at = k->near.time_ns;
	struct record asked, told, fin;
	int64_t bytes;

	if (!derive_last(d, &f->row, 0, 0, at, &asked) ||
	    !derive_last(d, &f->row, 1, 0, at, &told) ||
	    asked.time_ns <= told.time_ns ||
	    (time_sub(at, asked.time_ns) > INSTEAD_NS && !has_read(k, &told)))
		return RESET_NOT;
	/* what had not arrived when the server last answered */
	bytes = seq_diff((uint32_t)(asked.seq64 + asked.pay_len),
			 (uint32_t)told.ack64);
	if (bytes < LEAST || bytes > REQUEST_MOST)
		return RESET_NOT;
	if (bytes < LEAST_TLS && derive_speaks(d, &f->row, 1U << MESSAGE_TLS))
		return RESET_NOT;
	if (!derive_last(d, &f->row, 1, REC_FIN, at, &fin))
		return sends_on(d, f, &told, &asked) ? RESET_UNREAD
						     : RESET_INSTEAD;
	return fin.time_ns - told.time_ns >= IDLE_NS &&
			       fin.time_ns < asked.time_ns
		       ? RESET_CROSSED
		       : RESET_NOT;
}

/* The server's reset @k of a session in which nobody has said anything.  One whose
 * opening no capture has is the end of something that nobody saw. */
static enum reset_how unasked(const struct flow_view *f, const struct fact *k)
{
	if (!f->dir[0].syn)
		return RESET_NOT;
	if (!f->dir[1].syn)
		return RESET_REFUSED;
	return time_sub(k->near.time_ns, f->dir[1].syn_ns) < INSTEAD_NS
		       ? RESET_OPENED
		       : RESET_UNUSED;
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	enum reset_how how = RESET_NOT;
	struct reset *s = state;
	const struct flow_view *f;
	const struct fact *k;
	struct fact alone;

	if (v->row.proto != 6 || v->row.verdict == PAIR_AMBIGUOUS ||
	    (!facts && v->row.n_flows > 1))
		return;
	for (size_t i = 0; facts && i < facts->injected.n; i++) {
		if (facts->injected.at[i].e.kind == KIND_RST) {
			made_between(&s->made, d, v, &facts->injected.at[i]);
			/* what either end still sends is refused, too */
			derive_claim_losses(d, v->row.id);
			return;
		}
	}
	stray_heard(&s->strays, d, v);
	k = facts && v->row.n_flows > 1 ? first_reset(facts, v, 1)
					: reset_alone(d, v, &alone);
	/* a lossy session that was given up is another matter: the reset is not
	 * the cause */
	if (!k || (facts && facts->n_lost > 0) || v->flow[k->from].dir[0].fin ||
	    derive_losses_claimed(d, v->row.id))
		return;
	f = &v->flow[k->from];
	if (is_forgotten(f, k))
		how = RESET_FORGOTTEN;
	else if (f->dir[1].bytes > 0)
		how = killed(d, f, k);
	else if (stray_is(d, v, k))
		how = RESET_STRAY;
	else if (f->dir[0].bytes)
		how = f->dir[0].bytes >= REQUEST_MOST ? RESET_TAKEN
						      : RESET_REQUEST;
	else
		how = unasked(f, k);
	if (made_beyond(&s->made, d, v, k, how == RESET_NOT))
		return;
	if (how == RESET_STRAY)
		stray_add(&s->strays, v, k);
	if (how != RESET_NOT)
		reset_add(&s->groups, d, v, k, how);
}

static void finish(void *state, struct derive *d)
{
	struct reset *s = state;

	reset_tell(&s->groups, d, &s->strays);
	stray_free(&s->strays);
	made_finish(&s->made, derive_model(d));
	free(s);
}

const struct rule_group rules_reset = { "reset", begin, session, finish };
