/* Relays: a device in a segment that ends the connection and carries it on by
 * one of its own.
 *
 * Each side is a session: the client's ends at the relay (end 1), the other one
 * begins there (end 0).  What one has received in order the other writes, a
 * moment later; so do ends of streams and resets.  The relay opens its own
 * connection when the client's is open (web.c has one that shares connections).
 * Both sessions have the same contents, but for a header (PROXY protocol) that it
 * may send first, or for what the client asks it for (CONNECT), before it opens its
 * own, and its answer, once that is open.
 */
#include "tests/sim/tcp_int.h"

#define KEEPS (400 * US)   /* mean */
#define LOOKS_UP (20 * MS) /* mean */

static bool at_relay(const struct tcp *c)
{
	return c->s->other && c->end == (c->s->script[0] ? 1 : 0);
}

static struct tcp *across(const struct tcp *c)
{
	return c->s->other->tcp[!c->end];
}

static bool has_relay(const struct session *e)
{
	return e->other || e->web;
}

bool relay_ends(const struct session *e, int way, int seg)
{
	return has_relay(e) && seg == e->relay_seg && way == e->relay_right;
}

int relay_begins(const struct session *e, int way)
{
	return has_relay(e) && way != e->relay_right ? e->relay_seg : -1;
}

bool relay_between(const struct session *e, int p, int q)
{
	return has_relay(e) && (p < e->relay_seg) != (q < e->relay_seg);
}

bool relay_peer(const struct session *e, struct net_end peer[2])
{
	const struct session *o = e->other;
	int zone;

	if (!o || !(o->tcp[0] || o->tcp[1]))
		return false;
	zone = o->relay_right ? o->relay_seg + 1 : o->relay_seg;
	peer[0] = o->relay_right ? o->right[zone] : o->left[zone];
	peer[1] = o->relay_right ? o->left[zone] : o->right[zone];
	return true;
}

static void on_start(struct sim *s, void *ctx, uint64_t arg)
{
	(void)arg;
	tcp_start(s, ctx);
}

/* The client has asked for the connection: its server's name is looked up first. */
static void on_asked(struct sim *s, struct session *o)
{
	if (o->asked)
		return;
	o->asked = true;
	sim_at(s, s->now + rng_exp(&s->rng, LOOKS_UP), on_start, o, 0);
}

static void on_pass(struct sim *s, void *ctx, uint64_t arg)
{
	struct tcp *c = ctx, *to = across(c);
	uint32_t got = c->rcv_nxt - 1 - c->fin_rcvd;
	int way = !c->end;

	(void)arg;
	if (!c->rcv_nxt || got < c->s->header[way])
		return;
	if (!to && c->end == 1)
		on_asked(s, c->s->other);
	if (!to || to->state != T_OPEN)
		return;
	got += to->s->header[way] - c->s->header[way];
	if (got > to->wrote)
		to->wrote = got;
	if (c->fin_rcvd)
		to->want_fin = true;
	tcp_output(s, to);
}

void relay_pass(struct sim *s, struct tcp *c)
{
	web_pass(s, c);
	if (at_relay(c))
		sim_at(s, s->now + 20 * US + rng_exp(&s->rng, KEEPS), on_pass,
		       c, 0);
}

void relay_opened(struct sim *s, struct tcp *c)
{
	web_opened(s, c);
	if (!at_relay(c))
		return;
	if (c->end == 0) {
		relay_pass(s, across(c));
		relay_pass(s, c); /* that it is open, if it was asked for */
	} else if (!c->s->header[0]) {
		tcp_start(s, c->s->other);
	}
}

void relay_reset(struct sim *s, struct tcp *c)
{
	struct tcp *to = at_relay(c) ? across(c) : NULL;

	if (!to || to->state != T_OPEN)
		return;
	tcp_send_rst(s, to);
	tcp_die(to);
}
