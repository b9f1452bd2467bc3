/* What in an exchange makes people wait, however small its share of a session:
 * answers that begin late, and what comes before the first request.
 *
 * Cost: a comparison or two for most exchanges.
 */
#include "report/derive/budget_int.h"

#include <string.h>

#include "base/time.h"
#include "capture/message.h"

#define ASKS_LEAST 100 /* bytes within TLS or SSH that ask for an answer */
#define BEAT_MOST 100  /* bytes of a heartbeat, at most */

/* A little each way, of a protocol that is not known: both sides may send that at a
 * pace of their own, and neither answers the other. */
static bool may_be_beat(const struct exchange *x)
{
	return !x->proto && x->bytes[0] < BEAT_MOST && x->bytes[1] < BEAT_MOST;
}

/* Is what ends the wait the server's close, and nothing before it? */
static bool is_mute(const struct exchange *x)
{
	return !x->opening && x->near[2] != EXCHANGE_NONE && !x->bytes[1];
}

/* How much of the wait of @ns for @x's answer is not that for another late answer, too:
 * where requests wait at the same time, perhaps for one another (HTTP/1.1 answers in
 * order), a second is one second. */
static int64_t not_yet_told(const struct making *m, struct late_sum *l,
			    const struct exchange *x, int64_t ns)
{
	int64_t end =
		strand_at(m->tap[0].strand[1], (uint32_t)x->near[2])->time_ns;
	int64_t apart = time_sub(end, l->until_ns);

	if (l->until_ns && apart < ns)
		ns = apart > 0 ? apart : 0;
	if (!l->until_ns || apart > 0)
		l->until_ns = end;
	return ns;
}

/* Who sends a little by itself within TLS waits for nothing. */
static void add_late(struct making *m, const struct exchange *x)
{
	struct late_sum *l = m->line.reply.late ? &m->worst.replies
						: &m->worst.late;
	bool quiet = m->line.own_accord && x->bytes[0] < ASKS_LEAST;
	int64_t ns, fresh;

	if (x->opening || x->near[2] == EXCHANGE_NONE ||
	    x->part[TIME_SERVER] < WORST_LATE_NS ||
	    (quiet && !m->line.reply.late))
		return;
	ns = budget_server_ns(m, x);
	if (ns < WORST_LATE_NS)
		return;
	if (ns > x->part[TIME_SERVER])
		ns = x->part[TIME_SERVER];
	fresh = not_yet_told(m, l, x, ns);
	time_part_add(&l->ns, fresh);
	if (fresh < WORST_LATE_NS) {
		l->behind++;
		return;
	}
	if (ns > l->most_ns) {
		l->most_ns = ns;
		l->n = m->count;
	}
	if (quiet)
		return; /* no late answer, if it is none to a reply */
	l->of++;
	l->beats += may_be_beat(x);
	l->mute += is_mute(x);
	l->news += !x->proto || m->line.own_accord;
}

/* Handshakes of TLS that the client waits for; the others go with a request. */
static bool is_handshake(const struct exchange *x)
{
	return x->proto == MESSAGE_TLS + 1 && x->name &&
	       (strncmp(x->name, "ClientHello", 11) == 0 ||
		strncmp(x->name, "ClientKeyExchange", 17) == 0);
}

/* How long the server, which speaks first, let the client wait until it had said that,
 * with one stop (again and again it has news); 0: it does not speak first.  Not if it acknowledges more than the SYN:
 * then the client had asked for what comes, and the capture lacks that. */
static int64_t greets_after(const struct making *m, const struct exchange *x)
{
	struct strand *ask = m->tap[0].strand[0], *told = m->tap[0].strand[1];
	struct record syn = *strand_at(ask, (uint32_t)x->near[0]);
	int64_t from = strand_at(told, (uint32_t)x->near[2])->time_ns;
	int64_t newest = from, first = -1, ns = 0;
	unsigned stops = 0;

	for (uint64_t i = x->near[2]; i <= x->near[3]; i++) {
		const struct record *r = strand_at(told, (uint32_t)i);

		if (r->ack64 > syn.seq64 + rec_seq_len(&syn))
			return 0;
		if (!r->pay_len)
			continue;
		if (first < 0)
			first = ns = time_sub(r->time_ns, from);
		else if (time_sub(r->time_ns, newest) >= WORST_LATE_NS) {
			ns = time_sub(r->time_ns, from);
			stops++;
		}
		newest = r->time_ns;
	}
	return stops > 1 ? first : ns;
}

static void add_set_up(struct making *m, const struct exchange *x)
{
	struct worst *w = &m->worst;
	int64_t ns;

	if (x->opening == SET_UP_CLOSING && !x->bytes[1])
		time_part_add(&w->closing_ns, x->part[TIME_SERVER]);
	if (x->near[2] == EXCHANGE_NONE || x->opening == SET_UP_CLOSING)
		return;
	if (x->opening != SET_UP_OPENING && !is_handshake(x)) {
		w->set_up.requests++;
		return;
	}
	if (x->opening)
		w->set_up.n = m->count;
	w->set_up.trips++;
	time_part_add(&w->set_up.ns, x->part[TIME_PATH]);
	if (!x->opening || x->part[TIME_SERVER] < WORST_LATE_NS)
		return;
	ns = greets_after(m, x);
	if (ns > x->part[TIME_SERVER])
		ns = x->part[TIME_SERVER];
	w->set_up.greeting_ns = ns < WORST_LATE_NS ? 0 : ns;
}

void budget_add_waits(struct making *m, const struct exchange *x)
{
	add_late(m, x);
	if (!m->line.datagrams)
		m->worst.mute += is_mute(x);
	if (!m->line.datagrams)
		add_set_up(m, x);
}
