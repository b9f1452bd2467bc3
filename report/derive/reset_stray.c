/* Resets by a host that gets the middle of a connection that it does not know.
 *
 * What opens no connection, and belongs to none that the host has, it resets with
 * the number that the packet acknowledges (RFC 9293, 3.10.7.1): it refuses nothing.
 * Such comes from a NAT or balancer that has forgotten an idle session and takes its
 * next packet for a new one, under another port or to another server.  The client
 * gets that very reset within its own session: with the same number, which ties the
 * two together where no device rewrites numbers, and both are there within NEAR_NS.
 *
 * What has neither SYN nor ACK is in no connection at all: a scan's probe, whose reset
 * has number 0 and acknowledges it.
 *
 * Cost: a record of each session that is reset, up to STRAYS_LOOKED of both kinds; and a
 * look-up.
 */
#include "report/derive/reset_stray.h"

#include <xxhash.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "correlate/clock.h"

#define NEAR_NS 2000000000LL
#define SAME                                                                   \
	16 /* of one number that are told apart; a scan's may all have the same */

static uint64_t key_of(uint32_t seq)
{
	return XXH3_64bits(&seq, sizeof seq);
}

/* Remembers that number @at of a list has @seq. */
static void put(struct htab *t, uint32_t seq, size_t at)
{
	size_t pos = SIZE_MAX;
	uint64_t key = key_of(seq);
	unsigned n = 0;

	while (n < SAME && htab_find(t, key, &pos) != HTAB_NONE)
		n++;
	if (n < SAME)
		htab_put(t, key, (uint32_t)at);
}

bool stray_is(const struct derive *d, const struct session_view *v,
	      const struct fact *k)
{
	const struct flow_view *f = &v->flow[k->from];
	struct record first;
	int64_t file;

	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->flow[i].dir[0].syn || v->flow[i].dir[1].syn)
			return false;
	return !f->dir[1].bytes && !(k->near.tcp_flags & REC_ACK) &&
	       derive_record(d, &f->row, 0, 0, &first, &file) &&
	       first.tcp_flags & REC_ACK && !(first.tcp_flags & REC_FIN) &&
	       (uint32_t)first.ack64 == (uint32_t)k->near.seq64;
}

bool stray_is_bare(const struct derive *d, const struct session_view *v,
		   const struct fact *k)
{
	const struct flow_view *f = &v->flow[k->from];
	struct record first;
	uint32_t end;
	int64_t file;

	if (f->dir[0].syn || f->dir[1].syn || f->dir[1].bytes ||
	    !(k->near.tcp_flags & REC_ACK) || (uint32_t)k->near.seq64 ||
	    !derive_record(d, &f->row, 0, 0, &first, &file) ||
	    first.tcp_flags & (REC_SYN | REC_ACK | REC_RST))
		return false;
	end = (uint32_t)first.seq64 + first.pay_len +
	      !!(first.tcp_flags & REC_FIN);
	return (uint32_t)k->near.ack64 == end;
}

static bool loses(const struct session_view *v)
{
	for (size_t i = 0; i < v->figures.n; i++)
		for (int dir = 0; dir < 2; dir++)
			if (v->figures.hop[i].way[dir].tx.n[FATE_LOST])
				return true;
	return false;
}

static struct stray stray_of(const struct session_view *v, size_t flow,
			     const struct record *rst, int64_t file)
{
	struct stray x = { .seq = (uint32_t)rst->seq64,
			   .session = v->row.id,
			   .point = v->flow[flow].row.point,
			   .file = file,
			   .time_ns = rst->time_ns,
			   .frame = rst->frame,
			   .pos = v->row.flows[flow].point_pos };

	x.server = v->flow[flow].row.server;
	words_session(v, flow, x.who);
	return x;
}

/* The first unknown one of @server; HTAB_NONE: there is none. */
static uint32_t first_of(const struct strays *s, const struct net_end *server,
			 uint64_t key)
{
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&s->of_server, key, &pos)) != HTAB_NONE &&
	       net_end_cmp(&s->unknown.at[i].server, server) != 0)
		;
	return i;
}

static uint64_t key_of_end(const struct net_end *e)
{
	return XXH3_64bits_withSeed(e->addr.b, sizeof e->addr.b, e->port);
}

/* Appends the last unknown one to its server's. */
static void link_last(struct strays *s)
{
	uint32_t at = (uint32_t)s->unknown.n - 1;
	struct stray *x = &s->unknown.at[at], *head;
	uint64_t key = key_of_end(&x->server);
	uint32_t first = first_of(s, &x->server, key);

	x->next = HTAB_NONE;
	x->last = at;
	if (first == HTAB_NONE) {
		htab_put(&s->of_server, key, at);
		return;
	}
	head = &s->unknown.at[first];
	s->unknown.at[head->last].next = at;
	head->last = at;
}

void stray_add(struct strays *s, const struct session_view *v,
	       const struct fact *k)
{
	if (s->unknown.n == STRAYS_LOOKED)
		return;
	put(&s->of_unknown, (uint32_t)k->near.seq64, s->unknown.n);
	*VEC_PUSH(&s->unknown) = stray_of(v, (size_t)k->from, &k->near,
					  k->near_file);
	link_last(s);
}

void stray_heard(struct strays *s, const struct derive *d,
		 const struct session_view *v)
{
	size_t i = (size_t)session_near_flow(v, 0);
	const struct flow_view *f = &v->flow[i];
	struct record rst;
	int64_t file;
	struct stray *x;

	if (s->looked >= STRAYS_LOOKED || !f->dir[1].rst || !f->dir[1].bytes)
		return;
	s->looked++;
	if (!derive_record(d, &f->row, 1, REC_RST, &rst, &file) ||
	    rst.tcp_flags & REC_ACK)
		return;
	put(&s->of_heard, (uint32_t)rst.seq64, s->heard.n);
	x = VEC_PUSH(&s->heard);
	*x = stray_of(v, i, &rst, file);
	x->lost = loses(v);
	x->idle_ns = reset_rest(d, &f->row, rst.time_ns);
}

/* May both be of the same moment, as far as the clocks are known? */
static bool soon(const struct model *m, int64_t a_point, int64_t a_ns,
		 int64_t b_point, int64_t b_ns)
{
	const struct clock_row *a = model_clock(m, a_point);
	const struct clock_row *b = model_clock(m, b_point);
	int64_t mid, a_low, a_high, b_low, b_high;

	if (!a || !b || !clock_to_first(a, a_ns, &mid, &a_low, &a_high) ||
	    !clock_to_first(b, b_ns, &mid, &b_low, &b_high))
		return true;
	return time_add(a_high, NEAR_NS) >= b_low &&
	       time_add(b_high, NEAR_NS) >= a_low;
}

bool stray_made(const struct strays *s, const struct model *m, uint32_t seq,
		int64_t point, int64_t time_ns)
{
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&s->of_unknown, key_of(seq), &pos)) !=
	       HTAB_NONE) {
		const struct stray *u = &s->unknown.at[i];

		if (u->point != point &&
		    soon(m, point, time_ns, u->point, u->time_ns))
			return true;
	}
	return false;
}

/* Where another point has the reset @u in a living session. */
static const struct stray *
heard_as(const struct strays *s, const struct model *m, const struct stray *u)
{
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&s->of_heard, key_of(u->seq), &pos)) !=
	       HTAB_NONE) {
		const struct stray *h = &s->heard.at[i];

		if (h->session != u->session && h->pos != u->pos &&
		    soon(m, h->point, h->time_ns, u->point, u->time_ns))
			return h;
	}
	return NULL;
}

/* Sessions in which the client gets the resets. */
struct known {
	const struct stray *h, *u; /* the first, and what made its reset */
	uint64_t n, all;           /* how many, of how many that are reset */
	uint64_t lose;             /* that also count a loss */
	int64_t idle_ns;
};

static void tell_known(struct draft *f, const struct model *m,
		       const struct known *x)
{
	const struct stray *h = x->h, *u = x->u;
	uint64_t n = x->n, all = x->all;
	int64_t idle_ns = x->idle_ns;

	const char *at = model_point_name(m, h->pos);
	const char *to = model_point_name(m, u->pos);
	char some[TEXT_UNIT], span[TEXT_UNIT];
	bool one = n == 1;

	draft_title(
		f,
		"Between %s and %s %s open session%s that the server does not "
		"know: it resets %s",
		at, to, text_count(n, some),
		one ? " becomes a connection" : "s become connections",
		one ? "it" : "them");
	draft_text(f,
		   "At %s that is %s, at %s %s: the reset has the same number, "
		   "so what the client sent in the one has arrived as the "
		   "other, which no SYN had opened.",
		   at, h->who, to, u->who);
	if (n < all)
		draft_text(f,
			   "%s connection%s in all are reset so; of the others "
			   "that session was not found.",
			   text_count(all, some), plural(all));
	if (idle_ns >= REST_NS)
		draft_text(f, "Just before, nothing had been sent for %s%s.",
			   text_duration(idle_ns, span),
			   one ? "" : " or more in each of them");
	if (x->lose && one)
		draft_text(f,
			   "Packets of it count as lost between %s and %s; "
			   "what the client sent last is no loss: it "
			   "arrived as the other connection.",
			   at, to);
	else if (x->lose)
		draft_text(f,
			   "In %s of them packets count as lost between %s and "
			   "%s; what the client sent last is no loss: it "
			   "arrived as the other connection.",
			   text_count(x->lose, some), at, to);
	draft_place(f,
		    "a NAT or balancer between %s and %s that forgot %s "
		    "and took the next packet for a new one",
		    at, to, one ? "this session" : "these sessions");
	draft_next(f,
		   "compare that pause with the idle timeouts of the NAT, "
		   "firewalls and balancers between %s and %s; keep-alives "
		   "more often than the shortest of them help",
		   at, to);
}

void stray_tell_many(struct draft *f, const char *servers, bool several,
		     const char *at, uint64_t all)
{
	char n[TEXT_UNIT];

	f->row.severity = SEV_MEDIUM; /* no session is known to suffer */
	draft_title(f,
		    "%s do%s not know %s connection%s: %s at the first "
		    "packet at %s, which opens none",
		    servers, several ? "" : "es", text_count(all, n),
		    plural(all), several ? "they reset" : "it resets", at);
	draft_text(f, "The reset has the number that this packet acknowledges, "
		      "which is from the middle of a connection: it is no "
		      "refusal.");
	draft_place(f,
		    "a NAT or balancer before %s that forgot an idle session, "
		    "and gave it another port or server",
		    at);
	draft_place(f, "the server host, if it was restarted or dropped its "
		       "sessions");
	draft_next(f, "look for sessions of the same time whose packets stop "
		      "arriving; compare their pause with the idle timeouts on "
		      "the way");
}

/* @u: the first of @all. */
static void tell_unknown(struct draft *f, const struct model *m,
			 const struct stray *u, const char *who, uint64_t all)
{
	stray_tell_many(f, who, false, model_point_name(m, u->pos), all);
}

bool stray_is_known(const struct strays *s, const struct model *m,
		    const struct net_end *server)
{
	for (uint32_t i = first_of(s, server, key_of_end(server));
	     i != HTAB_NONE; i = s->unknown.at[i].next)
		if (heard_as(s, m, &s->unknown.at[i]))
			return true;
	return false;
}

void stray_tell(const struct strays *s, const struct model *m, struct draft *f,
		const struct net_end *server, const char *who, uint64_t all)
{
	struct known x = { .all = all, .idle_ns = INT64_MAX };
	const struct stray *first = NULL;

	for (uint32_t i = first_of(s, server, key_of_end(server));
	     i != HTAB_NONE; i = s->unknown.at[i].next) {
		const struct stray *u = &s->unknown.at[i], *h;

		first = first ? first : u;
		h = heard_as(s, m, u);
		if (!h)
			continue;
		x.u = x.h ? x.u : u;
		x.h = x.h ? x.h : h;
		x.idle_ns = h->idle_ns < x.idle_ns ? h->idle_ns : x.idle_ns;
		x.lose += h->lost;
		x.n++;
		draft_session(f, h->session);
		draft_evidence(f, h->point, h->file, h->frame, h->time_ns,
			       "the reset, as it arrives there");
	}
	if (x.n)
		tell_known(f, m, &x);
	else if (first)
		tell_unknown(f, m, first, who, all);
	f->dropped = !first; /* beyond STRAYS_LOOKED */
}

void stray_free(struct strays *s)
{
	htab_release(&s->of_unknown);
	htab_release(&s->of_heard);
	htab_release(&s->of_server);
	VEC_FREE(&s->unknown);
	VEC_FREE(&s->heard);
}
