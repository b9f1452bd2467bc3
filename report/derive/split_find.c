/* Collects what split.c judges.
 *
 * Steps: of the sessions that lose on the way, at least LOSSES_LEAST packets each, those
 * LOSSY_MOST are taken that began around the one in the middle.  Sessions are numbered by
 * when they began, so that of those around them, AROUND each way, some lived
 * meanwhile: up to SAME_MOST of the same two hosts as one of these, and OTHERS_MOST of
 * other hosts, are taken that lost nothing.  Of all these the fates on the way are read,
 * with the near records.
 *
 * A point with a stepped clock gives no times that compare; sessions of which it is
 * ambiguous what belongs together are left out.
 *
 * Cost: 2 AROUND + LOSSY_MOST rows of sessions and flows, 20 us each; STEPS_MOST fates and
 * records, 0.1 us each.  Nothing if less than SESSIONS_LEAST sessions lose so much.
 */
#include "report/derive/split.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "base/search.h"
#include "base/time.h"
#include "store/recs.h"

#define LOSSES_LEAST 2
#define SESSIONS_LEAST 3
#define LOSSY_MOST 96
#define SAME_MOST 128
#define OTHERS_MOST 64
#define AROUND 2000
#define STEPS_MOST 2000000
#define STEPS_EACH 50000
#define CLOSE_NS 2000000ll /* a packet so soon after another of its session */

struct finder {
	struct split *s;
	const struct model *m;
	int from, to; /* path positions */
	const struct split_lossy *lossy;
	size_t n;
	size_t same, others;       /* clean ones taken */
	int64_t first_ns, last_ns; /* the lossy ones' flows at the near point */
	uint64_t steps;
};

struct ends {         /* a session on the way */
	int from, to; /* indexes into its flows */
	struct flow_row near;
	struct net_addr far[2]; /* client, server */
};

/* Is @session in the case's way?  @out->near is to be released then. */
static bool ends_of(const struct finder *f, int64_t session, struct ends *out)
{
	struct session_row row = { 0 };
	struct flow_row far;
	bool yes = false;

	*out = (struct ends){ .from = -1, .to = -1 };
	if (!store_session_peek(f->m->store, session, &row))
		return false;
	for (int i = 0; i < (int)row.n_flows; i++) {
		if (row.flows[i].point_pos == f->from)
			out->from = i;
		else if (row.flows[i].point_pos == f->to)
			out->to = i;
	}
	if (row.verdict != PAIR_AMBIGUOUS && out->from >= 0 && out->to >= 0 &&
	    store_flow_get(f->m->store, row.flows[out->to].flow, &far)) {
		out->far[0] = far.client.addr;
		out->far[1] = far.server.addr;
		flow_row_release(&far);
		yes = store_flow_get(f->m->store, row.flows[out->from].flow,
				     &out->near);
	}
	session_row_release(&row);
	return yes;
}

/* Packets of about one size, of one class of service, protocol and kind. */
static uint32_t like_of(const struct record *r, uint8_t proto)
{
	uint32_t len = r->hdr_len + r->pay_len, size = 0;
	uint32_t syn = (r->tcp_flags & REC_SYN) != 0;

	while (len >= 128 && size < 15) {
		len >>= 1;
		size++;
	}
	return (uint32_t)r->tos << 24 | (uint32_t)proto << 16 | syn << 8 | size;
}

static void take(struct finder *f, struct split_session *x, struct recs *near,
		 const struct fate_entry *e, int64_t *last_ns)
{
	const struct record *r = recs_get(near, e->near);
	bool close = *last_ns != INT64_MIN &&
		     time_sub(r->time_ns, *last_ns) < CLOSE_NS;

	*last_ns = r->time_ns;
	if (e->fate == FATE_UNDECIDED) {
		x->open++;
		return;
	}
	if (e->fate != FATE_LOST && e->fate != FATE_DELIVERED &&
	    e->fate != FATE_UNSEEN)
		return;
	if (!x->sent++)
		x->first_ns = r->time_ns;
	x->last_ns = r->time_ns;
	x->bytes += r->hdr_len + r->pay_len;
	x->lost += e->fate == FATE_LOST;
	if (close)
		return;
	*VEC_PUSH(&f->s->tried) = (struct split_try){
		.t_ns = r->time_ns,
		.session = (uint32_t)(f->s->of.n - 1),
		.like = like_of(r, x->proto),
		.lost = e->fate == FATE_LOST,
		.file = recs_file(near, e->near),
		.frame = r->frame,
	};
}

/* Adds the session, of which nothing is released. */
static void add(struct finder *f, int64_t session, const struct ends *at)
{
	struct fate_cursor *c = fate_cursor_open(f->m->store, session);
	struct split_session *x = VEC_PUSH(&f->s->of);
	int64_t last_ns = INT64_MIN;
	struct recs *near = NULL;
	struct fate_row r;

	*x = (struct split_session){ .session = session,
				     .client = at->near.client,
				     .server = at->near.server,
				     .far = { at->far[0], at->far[1] },
				     .proto = at->near.proto };
	for (uint64_t n = 0; n < STEPS_EACH && f->steps < STEPS_MOST; n++) {
		if (!fate_cursor_step(c, &r))
			break;
		f->steps++;
		if (r.from != at->from || r.to != at->to)
			continue;
		if (!near)
			near = fate_cursor_recs(c, r.from, r.dir);
		if (r.e.near < recs_count(near) && r.e.off == 0)
			take(f, x, near, &r.e, &last_ns);
	}
	fate_cursor_close(c);
}

static void add_lossy(struct finder *f, size_t first, size_t end)
{
	f->first_ns = INT64_MAX;
	f->last_ns = INT64_MIN;
	for (size_t i = first; i < end && f->s->of.n < LOSSY_MOST; i++) {
		struct ends at;

		if (f->lossy[i].lost < LOSSES_LEAST ||
		    !ends_of(f, f->lossy[i].session, &at))
			continue;
		add(f, f->lossy[i].session, &at);
		if (at.near.first_ns < f->first_ns)
			f->first_ns = at.near.first_ns;
		if (at.near.last_ns > f->last_ns)
			f->last_ns = at.near.last_ns;
		flow_row_release(&at.near);
	}
}

/* Is the flow of the same two hosts as a lossy session? */
static bool is_beside(const struct finder *f, const struct flow_row *flow,
		      size_t lossy)
{
	for (size_t i = 0; i < lossy; i++) {
		const struct split_session *x = &f->s->of.at[i];

		if (net_addr_cmp(&x->client.addr, &flow->client.addr) == 0 &&
		    net_addr_cmp(&x->server.addr, &flow->server.addr) == 0)
			return true;
	}
	return false;
}

static bool loses(const struct finder *f, int64_t session)
{
	size_t at;

	SEARCH(at, f->n, i, f->lossy[i].session < session);
	return at < f->n && f->lossy[at].session == session;
}

static void add_clean(struct finder *f, int64_t session, size_t lossy)
{
	struct ends at;
	bool beside;

	if (!ends_of(f, session, &at))
		return;
	beside = is_beside(f, &at.near, lossy);
	if (at.near.last_ns > f->first_ns && at.near.first_ns < f->last_ns &&
	    (beside ? f->same < SAME_MOST : f->others < OTHERS_MOST)) {
		size_t tried = f->s->tried.n;

		add(f, session, &at);
		if (f->s->of.at[f->s->of.n - 1]
			    .lost) { /* explained elsewhere */
			f->s->of.n--;
			f->s->tried.n = tried;
		} else {
			f->same += beside;
			f->others += !beside;
		}
	}
	flow_row_release(&at.near);
}

static void find(struct finder *f)
{
	size_t half = LOSSY_MOST / 2, mid = f->n / 2, lossy;
	size_t first = mid > half ? mid - half : 0;
	size_t end = f->n - first > LOSSY_MOST ? first + LOSSY_MOST : f->n;
	int64_t from = f->lossy[first].session - AROUND;
	int64_t to = f->lossy[end - 1].session + AROUND;

	add_lossy(f, first, end);
	lossy = f->s->of.n;
	if (lossy < SESSIONS_LEAST)
		return;
	if (to - from > 4 * AROUND) { /* they began far apart */
		from = f->lossy[mid].session - 2 * AROUND;
		to = f->lossy[mid].session + 2 * AROUND;
	}
	for (int64_t id = from < 1 ? 1 : from;
	     id <= to && id <= f->m->n_sessions; id++)
		if (!loses(f, id))
			add_clean(f, id, lossy);
	if (f->same + f->others)
		split_judge(f->s);
}

static bool stepped(const struct model *m, int pos)
{
	return m->timings && (size_t)pos <= m->timings->n &&
	       m->timings->point[pos - 1].steady.era.n > 0;
}

void split_find(struct split *s, const struct model *m, int from, int to,
		const struct split_lossy *lossy, size_t n)
{
	struct finder f = {
		.s = s, .m = m, .from = from, .to = to, .lossy = lossy, .n = n
	};
	size_t heavy = 0;

	*s = (struct split){ 0 };
	for (size_t i = 0; i < n && heavy < SESSIONS_LEAST; i++)
		heavy += lossy[i].lost >= LOSSES_LEAST;
	if (m->store && heavy >= SESSIONS_LEAST && !stepped(m, from))
		find(&f);
}
