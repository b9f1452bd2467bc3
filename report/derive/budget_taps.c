/* Chooses the points for a budget, and what is known of the path between them.
 *
 * Near is the flow nearest to the client that has both directions, far the one
 * nearest to the server; those between see the path in stretches.  A flow whose
 * sequence numbers cannot be mapped to near's is left out; so is one with later
 * fragments only (of a tunnel whose packets are sessions of their own), which
 * are neither requests nor answers.
 *
 * With one usable point the opening tells which host it is next to: SYN to
 * SYN,ACK is the round trip towards the server, SYN,ACK to ACK the one towards
 * the client.
 */
#include "report/derive/budget_int.h"
#include "report/derive/opening.h"

#define HOST_NS 2000000    /* the longest a host may take to react */
#define BESIDE_NS 1000000  /* a round trip up to this is a LAN's */
#define LEFT_OUT_NS 200000 /* shorter ones are a host's own time */
#define TICK_COARSE_NS 1000000
#define OPENING 128  /* records examined, of both directions */
#define SCALED 65536 /* bytes from which windows matter */

static bool both_ways(const struct fate_seen *x, size_t flow)
{
	return x->strand[flow * 2].n && x->strand[flow * 2 + 1].n;
}

/* The @k-th flow from the client's end. */
static size_t flow_at(const struct session_row *row, size_t k)
{
	return row->client_end == 1 ? row->n_flows - 1 - k : k;
}

/* How to map sequence numbers of direction @d at flow @f to those at @near. */
static bool shift_of(const struct fate_seen *x, size_t near, size_t f, int d,
		     uint64_t *shift)
{
	const struct session_flow *a = &x->row->flows[near];
	const struct session_flow *b = &x->row->flows[f];
	uint64_t p, q;
	uint32_t delta;

	*shift = 0;
	if (!x->strand[near * 2 + (size_t)d].n ||
	    !x->strand[f * 2 + (size_t)d].n)
		return true; /* it is never needed */
	p = strand_at(&x->strand[near * 2 + (size_t)d], 0)->seq64;
	q = strand_at(&x->strand[f * 2 + (size_t)d], 0)->seq64;
	delta = b->seq_delta[d] - a->seq_delta[d];
	if (!a->delta_known[d] || !b->delta_known[d])
		return false;
	/* q - shift is as close to p as 32 bits allow */
	*shift = q - p -
		 (uint64_t)(int64_t)(int32_t)((uint32_t)(q - p) - delta);
	return true;
}

static int64_t tick_of(const struct fate_seen *x, int pos)
{
	const struct clock_row *c = x->env->clock[pos - 1];

	return c ? c->resolution_ns : 1;
}

static void tap_open(struct making *m, struct tap *t, size_t f)
{
	const struct fate_seen *x = m->x;

	tap_reset(t, (int)f);
	for (int d = 0; d < 2; d++)
		t->strand[d] = &x->strand[f * 2 + (size_t)d];
	t->slack_ns = HOST_NS + tick_of(x, x->row->flows[f].point_pos);
}

/* Only one direction was ever seen: a SYN that nobody answered, or datagrams
 * that want no answer or get none. */
static bool one_way_will_do(const struct fate_seen *x, size_t flow)
{
	struct strand *s = &x->strand[flow * 2];

	for (size_t i = 0; i < x->row->n_flows; i++)
		if (x->strand[i * 2 + 1].n)
			return false;
	for (uint32_t i = 0; i < s->n && x->row->proto == 6; i++)
		if (!(strand_at(s, i)->tcp_flags & REC_SYN))
			return false;
	return s->n > 0;
}

static bool only_later_fragments(const struct fate_seen *x, size_t flow)
{
	for (int d = 0; d < 2; d++) {
		struct strand *s = &x->strand[flow * 2 + (size_t)d];

		for (uint32_t i = 0; i < s->n; i++)
			if (!strand_at(s, i)->frag_off)
				return false;
	}
	return true;
}

void budget_taps(struct making *m)
{
	const struct session_row *row = m->x->row;
	size_t near = row->n_flows;

	for (size_t k = 0; k < row->n_flows && m->line.n_taps < TIMELINE_HOPS;
	     k++) {
		size_t f = flow_at(row, k);
		struct tap *t = &m->tap[m->line.n_taps];
		bool first = near == row->n_flows;
		bool ok = both_ways(m->x, f) || ((first || row->proto == 6) &&
						 one_way_will_do(m->x, f));

		if (row->proto != 6 && only_later_fragments(m->x, f))
			ok = false;
		m->line.outer |= first && !ok;
		m->line.inner |= !ok; /* until one farther out is usable */
		if (!ok)
			continue;
		tap_open(m, t, f);
		if (first)
			near = f;
		else if (row->proto == 6)
			ok = !session_relayed(row, (int)near, (int)f) &&
			     shift_of(m->x, near, f, 0, &t->shift[0]) &&
			     shift_of(m->x, near, f, 1, &t->shift[1]);
		m->line.n_taps += ok;
		m->line.inner = !ok;
	}
}

static bool client_loses(const struct making *m)
{
	for (size_t i = 0; i < m->x->fig->n; i++)
		if (m->x->fig->hop[i].way[0].tx.n[FATE_LOST])
			return true;
	return false;
}

/* --- the opening --- */
/* What arrived damaged opens nothing, and nobody let it lie. */
static void opening_of(struct tap *t, struct opening *o)
{
	const struct strand *s[2] = { t->strand[0], t->strand[1] };
	uint32_t i[2] = { t->i[0], t->i[1] };

	opening_begin(o);
	while (!o->over && i[0] + i[1] < OPENING) {
		const struct record *r[2];
		int d;

		for (d = 0; d < 2; d++)
			r[d] = i[d] < s[d]->n ? strand_at(s[d], i[d]) : NULL;
		if (!r[0] && !r[1])
			break;
		d = !r[0] || (r[1] && tap_before(r[1], r[0]));
		if (!tap_is_spoilt(t, d, i[d]))
			opening_take(o, d, strand_at(s[d], i[d]));
		i[d]++;
	}
	o->cut = !o->over && i[0] + i[1] >= OPENING;
}

/* Which SYN opens, if the client reset what the first was answered with: an older
 * connection of the same ports (RFC 9293 3.10.7.4).  Return: its number; 0: the first. */
static uint32_t opens_at(const struct strand *s, const struct record *answer)
{
	uint32_t at = 0;
	bool reset = false;

	for (uint32_t i = 0; i < s->n && i < OPENING; i++) {
		const struct record *r = strand_at(s, i);

		if (!tap_before(r, answer))
			break;
		reset |= (r->tcp_flags & REC_RST) != 0;
		if (r->tcp_flags & REC_RST)
			at = 0;
		else if (reset && !at && r->tcp_flags & REC_SYN)
			at = i;
	}
	return at;
}

/* What was before that is no part of the opening. */
static void skip_older(struct tap *t)
{
	struct strand *s = t->strand[1];
	struct record answer = { 0 };
	uint32_t at = 0;

	while (at < s->n && at < OPENING &&
	       !(strand_at(s, at)->tcp_flags & (REC_SYN | REC_RST)))
		at++;
	if (!at || at >= s->n || at >= OPENING)
		return;
	answer = *strand_at(s, at);
	t->i[0] = opens_at(t->strand[0], &answer);
	t->i[1] = t->i[0] ? at : 0;
}

/* Was something of the opening in vain, and whose doing was that?  @near, @far: as
 * the outer taps have it. */
static void opened(struct making *m, const struct opening *near,
		   const struct opening *far)
{
	struct opened *o = &m->line.opened;
	bool one = m->line.n_taps == 1;

	o->wait_ns = opening_wait(far);
	o->syns = far->vain;
	o->refused = opening_refused(far);
	o->copies = near->copies;
	o->never = opening_never(far);
	/* points beyond that have it one way only do not tell of it */
	if (o->wait_ns && (!m->line.inner || (one && o->never)) &&
	    !(one && m->line.vanishes))
		o->how = one ? OPENED_ONE : OPENED_HOST;
	else if (one)
		o->wait_ns = 0; /* a loss, or another point's to tell */
	if (o->how || one)
		return;
	o->wait_ns = opening_wait(near);
	o->how = o->wait_ns ? OPENED_LOST : OPENED_AT_ONCE;
}

static int64_t outer_ns(const struct making *m, const struct tap *t, int64_t ns)
{
	int pos = m->x->row->flows[t->flow].point_pos;

	return ns < LEFT_OUT_NS || tick_of(m->x, pos) >= TICK_COARSE_NS ||
			       m->all->on_host[pos - 1]
		       ? 0
		       : ns;
}

/* Is the one tap the point nearest to the server, of all that were captured at? */
static bool is_outermost(const struct making *m)
{
	int pos = m->x->row->flows[m->tap[0].flow].point_pos;

	return pos == (m->x->row->client_end == 1 ? 1 : (int)m->all->n_points);
}

/* Which sides have no point next to their host. */
static void one_sided(struct making *m, const struct opening *o)
{
	int pos = m->x->row->flows[m->tap[0].flow].point_pos;
	bool server_end = (m->x->row->client_end == 1) == (pos == 1) &&
			  m->all->n_points > 1;

	if (o->to_server >= 0 && o->to_client >= 0) {
		m->line.remote_client = o->to_client >= BESIDE_NS &&
					o->to_client > o->to_server / 4;
		m->line.remote_server = o->to_server >= BESIDE_NS &&
					o->to_server > o->to_client / 4;
		if (tick_of(m->x, pos) < TICK_COARSE_NS)
			return;
	}
	m->line.remote_client = server_end;
	m->line.remote_server = !server_end;
}

void budget_opening(struct making *m)
{
	struct tap *near = &m->tap[0], *far = &m->tap[m->line.n_taps - 1];
	struct opening a, b;

	skip_older(near);
	if (far != near)
		skip_older(far);
	if (near->i[0]) /* until then the client's own timer ran */
		m->b.part[TIME_CLIENT] += time_sub(strand_time(near->strand[0],
							       near->i[0]),
						   m->b.start_ns);
	opening_of(near, &a);
	b = a;
	if (m->line.n_taps > 1)
		opening_of(far, &b);
	m->line.before_ns = outer_ns(m, near, a.to_client);
	m->line.beyond_ns = outer_ns(m, far, b.to_server);
	if (m->line.n_taps == 1) {
		one_sided(m, &a);
		m->line.vanishes = client_loses(m);
		m->line.unknown = !m->line.vanishes && !is_outermost(m);
	}
	opened(m, &a, &b);
}

/* --- what is known of the session --- */
/* The session's figures between taps @i and @i + 1; NULL: none. */
static const struct hop_figures *figures_of(const struct making *m, size_t i)
{
	int a = m->x->row->flows[m->tap[i].flow].point_pos;
	int b = m->x->row->flows[m->tap[i + 1].flow].point_pos;

	for (size_t k = 0; k < m->x->fig->n; k++) {
		const struct hop_figures *h = &m->x->fig->hop[k];

		if (h->from_pos == (a < b ? a : b) &&
		    h->to_pos == (a < b ? b : a))
			return h;
	}
	return NULL;
}

void budget_least_trip(struct making *m)
{
	bool known = m->line.n_taps > 1;
	int64_t sum = 0;

	for (size_t i = 0; i + 1 < m->line.n_taps; i++) {
		const struct hop_figures *h = figures_of(m, i);
		struct stretch *s = &m->line.stretch[i];

		s->least_ns = -1;
		if (h && h->rtt.n) {
			s->least_ns = h->rtt.min < 0 ? 0 : h->rtt.min;
			sum += s->least_ns;
		} else {
			known = false;
		}
	}
	m->b.base_ns = known ? sum : -1;
}

void budget_stretches(struct making *m)
{
	for (size_t i = 0; i + 1 < m->line.n_taps; i++) {
		struct stretch *s = &m->line.stretch[i];
		struct budget_hop *h = &m->b.hop[i];
		int a = m->x->row->flows[m->tap[i].flow].point_pos;
		int b = m->x->row->flows[m->tap[i + 1].flow].point_pos;
		const struct clock_row *p = m->x->env->clock[a - 1];
		const struct clock_row *q = m->x->env->clock[b - 1];
		int64_t low, high;

		h->from = (uint8_t)m->tap[i].flow;
		h->to = (uint8_t)m->tap[i + 1].flow;
		stamps_init(&s->from, p);
		stamps_init(&s->to, q);
		stamps_bounds(p, q, m->b.start_ns, &low, &high);
		s->ways_known = s->from.known && s->to.known &&
				low != INT64_MIN && high != INT64_MAX;
		s->slack_ns = s->ways_known ? (high - low) / 2 : 0;
		h->ways_known = s->ways_known;
	}
}

/* Window scales, from the SYNs: where they are at hand, or so much was sent that a
 * window may have been the limit.  They hold if both sides offered them. */
void budget_windows(struct making *m, struct tap *t)
{
	const struct flow_row *f = &m->x->flow[t->flow];
	bool few = f->bytes[0] <= SCALED && f->bytes[1] <= SCALED;
	struct flow_end end[2];
	bool known, scaled;

	if ((few && !f->as_part) || !store_flow_ends(m->x->reader, f, end))
		return;
	known = end[0].syn && end[1].syn;
	scaled = known && end[0].wscale >= 0 && end[1].wscale >= 0;
	/* a lane's sender is limited by the other side's windows */
	for (int d = 0; d < 2; d++) {
		t->lane[d].scale_known = known;
		if (scaled)
			t->lane[d].wscale = (uint8_t)(end[1 - d].wscale & 15);
	}
}
