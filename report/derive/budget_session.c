/* What a session as a whole adds to the causes (causes.c): its figures, and between which
 * points.
 *
 * A queue is where round trips grow: on one stretch, if nearly all that they exceed their
 * least by is there; else on the whole way.
 *
 * Cost: a look at each hop of the session, and at SPOKEN_LOOK records each way.
 */
#include "report/derive/budget_int.h"

#include <netinet/in.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/asked.h"

#define SPOKEN_LOOK 16 /* records among which a side begins to speak */
#define SLOWEST 0.95   /* of round trips: one in twenty is slower */

static void between_key(const struct making *m, size_t near, size_t far,
			char out[static 24])
{
	int a = m->x->row->flows[near].point_pos;
	int b = m->x->row->flows[far].point_pos;
	char *to = out;

	if (a == b)
		return;
	to = text_decimal((unsigned)(a < b ? a : b), to);
	*to++ = ' ';
	text_decimal((unsigned)(a < b ? b : a), to);
}

/* By how much nearly all round trips of a stretch exceed its least at most:
 * that needs no common clock. */
static int64_t growth(const struct making *m, const struct budget_hop *h)
{
	int a = m->x->row->flows[h->from].point_pos;
	int b = m->x->row->flows[h->to].point_pos;

	for (size_t k = 0; k < m->x->fig->n; k++) {
		const struct hop_figures *f = &m->x->fig->hop[k];

		if (f->from_pos == (a < b ? a : b) &&
		    f->to_pos == (a < b ? b : a) && f->rtt.n)
			return hist_quantile(&f->rtt, SLOWEST) - f->rtt.min;
	}
	return 0;
}

/* Where the queue is: the stretch whose round trips grow, if there is just one;
 * else the whole way. */
static void queue_key(struct making *m)
{
	int64_t most = 0, sum = 0;
	size_t at = 0;

	memcpy(m->queued, m->between, sizeof m->queued);
	if (!m->b.part[TIME_QUEUE])
		return;
	for (size_t i = 0; i + 1 < m->line.n_taps; i++) {
		int64_t ns = growth(m, &m->b.hop[i]);

		sum += ns;
		if (ns <= most)
			continue;
		most = ns;
		at = i;
	}
	if (most > 0 && most / 3 >= (sum - most))
		between_key(m, m->b.hop[at].from, m->b.hop[at].to, m->queued);
}

/* Did all of the session's packets get from point to point?  Not known for a
 * long session that is processed while its fates are still being found. */
static bool all_arrived(const struct making *m)
{
	const struct figures *fig = m->x->fig;
	uint64_t delivered = 0;

	for (size_t k = 0; k < fig->n; k++)
		for (int w = 0; w < 2; w++) {
			const struct counts *n = &fig->hop[k].way[w].tx;

			delivered += n->n[FATE_DELIVERED];
			if (counts_missing(n))
				return false;
		}
	return delivered > 0;
}

/* Has that side sent data, as the near point has it? */
static bool has_spoken(const struct making *m, int dir)
{
	struct strand *s = m->tap[0].strand[dir];

	for (uint32_t i = 0; i < s->n && i < SPOKEN_LOOK; i++)
		if (strand_at(s, i)->pay_len)
			return true;
	return false;
}

/* Routers' and switches' control sessions: once both have begun, either side sends
 * updates and keep-alives when it has them (BGP, MSDP, LDP: RFC 4271, 3618, 5036;
 * OpenFlow). */
static bool own_pace(const struct making *m)
{
	static const uint16_t ports[] = { 179, 639, 646, 6633, 6653 };
	uint16_t port = m->x->flow[m->b.near].server.port;
	bool peer = false;

	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		peer |= port == ports[i];
	return peer && m->x->row->proto == IPPROTO_TCP && has_spoken(m, 0) &&
	       has_spoken(m, 1);
}

/* What the opening waited for is in the session's parts: how much of which? */
static void add_opening(const struct making *m, struct cause_session *s)
{
	const struct opened *o = &m->line.opened;
	int64_t left = o->wait_ns, repair = m->b.part[TIME_RECOVERY];

	s->opened = o->how;
	s->opening_ns = o->wait_ns;
	s->opening_syns = o->syns;
	s->opening_refused = o->refused;
	s->opening_never = o->never;
	if (m->tap[0].lane[0].n_copies > o->copies)
		s->later_copies = m->tap[0].lane[0].n_copies - o->copies;
	if (o->how != OPENED_HOST)
		s->opening_repair_ns = left < repair ? left : repair;
	left -= s->opening_repair_ns;
	if (o->how != OPENED_LOST)
		s->opening_server_ns = left < m->b.part[TIME_SERVER]
					       ? left
					       : m->b.part[TIME_SERVER];
}

static bool some_spoilt(const struct making *m)
{
	for (size_t i = 0; i < m->line.n_taps; i++)
		if (m->tap[i].n_spoilt)
			return true;
	return false;
}

void budget_add_session(struct making *m)
{
	char outer[24] = "";
	struct cause_session s = {
		.id = m->x->row->id,
		.b = &m->b,
		.worst = &m->worst,
		.client = m->client,
		.server = m->server,
		.between = m->between,
		.queued = m->queued,
		.bytes = m->bytes,
		.window = m->line.window,
		.lost_ns = m->line.lost_ns,
		.feed_ns = m->line.feed_ns,
		.unasked_ns = m->line.unasked_ns,
		.only_replies = timeline_only_replies(&m->line),
		.mute_ns = m->line.mute_ns,
		.rest_ns = m->line.rest_ns,
		.queue_most_ns = m->line.queue_most_ns,
		.silent_ns = m->line.silence.ns,
		.silent = m->line.silence.packets,
		.gone_ns = m->line.gone.ns,
		.gone = m->line.gone.packets,
		.gone_data = m->line.gone.data,
		.gone_one = m->line.n_taps == 1,
		.unanswered_ns = m->line.unanswered.how
					 ? m->line.unanswered.wait_ns
					 : 0,
		.unanswered_server_ns = m->line.unanswered.server_ns,
		.unanswered = m->line.unanswered.requests,
		.stopped = m->line.unanswered.owed == OWED_REST,
		.cut_off = m->line.unanswered.how == ENDED_CAPTURE,
		.cut = m->line.cut,
		.alert = m->line.alert,
		.held_afar = m->line.held[0].nagles + m->line.held[1].nagles,
		.window_afar = m->line.full[0] + m->line.full[1],
		.client_went_on_ns = m->line.client_went_on_ns,
		.server_first = m->line.server_first,
		.ended = m->line.left || m->line.closing || m->line.reset,
		.own_pace = own_pace(m),
		.far_only = m->b.one_sided,
		.alone_ns = timeline_alone(&m->line),
		.datagrams_alone = m->x->row->n_flows == 1 &&
				   m->x->row->proto != IPPROTO_TCP,
		.named = asked_any(m->line.asked),
		.all_arrived = all_arrived(m),
		.spoilt = some_spoilt(m),
		.outer = outer,
	};

	between_key(m, m->b.near, m->b.far, m->between);
	add_opening(m, &s);
	between_key(m, 0, m->x->row->n_flows - 1, outer);
	queue_key(m);
	budget_sum_session(m);
	if (!m->apart)
		causes_add(m->bench->groups, &s);
}
