/* HTTP over a relay that adds a line to each request and may share connections.
 *
 * Clients' sessions ask one thing after another and end at the relay (end 1).  It
 * has connections of its own to one server (end 0): for each client one, or one
 * that is free, or another.  What they carry is known only then: requests and
 * answers are appended to their contents and to the server's script as they are
 * sent on.  The answers' bytes are the client's content from the beginning on,
 * so that its script knows how many it waits for.
 *
 * Contents have room for WEB_ROOM bytes from the beginning, since packets point
 * into them; a connection without room left is not used any more.
 */
#include "tests/sim/tcp_int.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define KEEPS (300 * US) /* mean */
#define SERVES (12 * MS) /* mean */

static bool is_front(const struct session *e)
{
	return e->web && !e->web_back;
}

bool web_is_back(const struct session *e)
{
	return e->web && e->web_back;
}

static void script_add(struct session *e, int end, struct app_item item)
{
	size_t n = e->n_script[end]++;

	e->script[end] = mem_resize(e->script[end], n + 1,
				    sizeof *e->script[end]);
	e->script[end][n] = item;
}

static void append(struct session *e, int d, const uint8_t *p, uint32_t n)
{
	memcpy(e->content[d] + e->total[d], p, n);
	e->total[d] += n;
}

static bool has_room(const struct session *o, const struct web_ask *a)
{
	return o->total[0] + a->n[0] + WEB_LINE <= WEB_ROOM &&
	       o->total[1] + a->n[1] <= WEB_ROOM;
}

static bool is_open(const struct session *o)
{
	return o->tcp[0] && o->tcp[0]->state == T_OPEN &&
	       o->tcp[1]->state != T_DEAD;
}

/* A connection to the server for what @e asks next. */
static struct session *choose_back(struct session *e, const struct web_ask *a)
{
	struct web *w = e->web;

	for (size_t i = 0; i < w->back.n; i++) {
		struct session *o = w->back.at[i];

		if (!w->shares && o->own != e)
			continue;
		if (o->serves || !has_room(o, a) || (o->tcp[0] && !is_open(o)))
			continue;
		return o;
	}
	return NULL;
}

static const uint8_t *plain_of(const struct session *e, int d)
{
	return e->plain[d] ? e->plain[d] : e->content[d];
}

/* Sends the request on, the line before its empty one; the server will answer. */
static void send_on(struct sim *s, struct session *o)
{
	struct session *e = o->serves;
	struct web_ask *a = &e->asks.at[e->n_asked - 1];
	const uint8_t *ask = plain_of(e, 0) + a->at[0];
	uint32_t head = a->head - 2;
	char line[WEB_LINE + 1];
	int n = snprintf(line, sizeof line, "X-Forwarded-For: 10.1.0.%u\r\n",
			 e->id % 250);

	append(o, 0, ask, head);
	if (!e->web->binary)
		append(o, 0, (const uint8_t *)line, (uint32_t)n);
	append(o, 0, ask + head, a->n[0] - head);
	append(o, 1, plain_of(e, 1) + a->at[1], a->n[1]);
	script_add(o, 1,
		   (struct app_item){ APP_WRITE, o->total[0],
				      rng_exp(&s->rng, SERVES), a->n[1] });
	a->over = o->id;
	o->tcp[0]->wrote = o->total[0];
	tcp_output(s, o->tcp[0]);
}

static void on_ask(struct sim *s, void *ctx, uint64_t arg)
{
	struct session *e = ctx, *o;

	o = choose_back(e, &e->asks.at[arg]);
	if (!o) { /* all are in use */
		sim_at(s, s->now + 5 * MS, on_ask, e, arg);
		return;
	}
	e->n_asked = arg + 1;
	o->serves = e;
	if (o->tcp[0])
		send_on(s, o);
	else
		tcp_start(s, o);
}

static void on_told(struct sim *s, void *ctx, uint64_t arg)
{
	struct session *o = ctx, *e = o->serves;
	struct tcp *c = e->tcp[1];

	(void)arg;
	o->serves = NULL;
	e->n_told++;
	if (c->state != T_OPEN)
		return;
	c->wrote = e->asks.at[e->n_asked - 1].tell_at +
		   e->asks.at[e->n_asked - 1].tells;
	tcp_output(s, c);
}

static int64_t keeps(struct sim *s)
{
	return s->now + 20 * US + rng_exp(&s->rng, KEEPS);
}

static void on_flight(struct sim *s, void *ctx, uint64_t arg)
{
	struct tcp *c = ((struct session *)ctx)->tcp[1];

	if (c->state != T_OPEN || c->wrote >= arg)
		return;
	c->wrote = (uint32_t)arg;
	tcp_output(s, c);
}

/* Answers the client's flights. */
static void shake_hands(struct sim *s, struct session *e, uint32_t got)
{
	const uint32_t *n = e->hello;

	if (got >= n[0] && n[1])
		sim_at(s, keeps(s), on_flight, e, n[1]);
	if (got >= n[0] + n[2] && n[3])
		sim_at(s, keeps(s) + US, on_flight, e, n[1] + n[3]);
}

static void front_pass(struct sim *s, struct tcp *c)
{
	struct session *e = c->s;
	uint32_t got = c->rcv_nxt - 1 - c->fin_rcvd;

	if (c->wrote < e->hello[1] + e->hello[3])
		shake_hands(s, e, got);
	if (c->fin_rcvd && !c->want_fin) {
		c->want_fin = true;
		tcp_output(s, c);
	}
	if (e->n_asked != e->n_told || e->n_due != e->n_asked ||
	    e->n_asked == e->asks.n ||
	    got < e->asks.at[e->n_asked].ask_at + e->asks.at[e->n_asked].asks)
		return;
	e->n_due++;
	sim_at(s, keeps(s), on_ask, e, e->n_asked);
}

static void back_pass(struct sim *s, struct tcp *c)
{
	struct session *o = c->s;

	if (!o->serves || !o->total[1] || c->rcv_nxt - 1 < o->total[1] ||
	    o->told == o->total[1])
		return;
	o->told = o->total[1];
	sim_at(s, keeps(s), on_told, o, 0);
}

void web_pass(struct sim *s, struct tcp *c)
{
	if (is_front(c->s) && c->end == 1)
		front_pass(s, c);
	else if (web_is_back(c->s) && c->end == 0)
		back_pass(s, c);
}

void web_opened(struct sim *s, struct tcp *c)
{
	if (web_is_back(c->s) && c->end == 0 && c->s->serves)
		send_on(s, c->s);
}

/* --- what is asked --- */

static uint32_t put_request(struct rng *r, uint8_t *out, uint32_t path,
			    uint32_t *head)
{
	uint32_t body = rng_pct(r, 20) ? (uint32_t)rng_range(r, 1, 4000) : 0;

	*head = (uint32_t)snprintf(
		(char *)out, WEB_HEAD,
		"%s /item/%u HTTP/1.1\r\nHost: www.example\r\n"
		"User-Agent: sim/%d\r\nContent-Length: %u\r\n\r\n",
		body ? "POST" : "GET", path, rng_int(r, 1, 9), body);
	app_fill(r, out + *head, body, 0);
	return *head + body;
}

/* The same path has an answer of the same length. */
static uint32_t put_answer(struct rng *r, uint8_t *out, uint32_t path,
			   uint32_t *head)
{
	uint32_t body = 100 + path * 2654435761u % 6000;

	*head = (uint32_t)snprintf((char *)out, WEB_HEAD,
				   "HTTP/1.1 200 OK\r\nServer: sim\r\n"
				   "Content-Length: %u\r\n\r\n",
				   body);
	app_fill(r, out + *head, body, 0);
	return *head + body;
}

static void client_writes(struct session *e, uint32_t need, int64_t think,
			  uint32_t bytes)
{
	if (!bytes)
		return;
	script_add(e, 0, (struct app_item){ APP_WRITE, need, think, bytes });
	e->total[0] += bytes;
}

static uint8_t *end_of(struct session *e, int d)
{
	return e->content[d] + e->total[d];
}

/* What comes before all requests. */
static void put_flights(struct rng *r, struct session *e)
{
	const struct seal *s = &e->web->seal;
	uint32_t *n = e->hello;

	n[0] = seal_flight(s, r, 0, end_of(e, 0));
	client_writes(e, 0, 0, n[0]);
	n[1] = seal_flight(s, r, 1, end_of(e, 1));
	e->total[1] += n[1];
	n[2] = seal_flight(s, r, 2, end_of(e, 0));
	client_writes(e, n[1], rng_exp(r, MS), n[2]);
	n[3] = seal_flight(s, r, 3, end_of(e, 1));
	e->total[1] += n[3];
	if (!s->frames)
		return;
	client_writes(e, n[1], 0, seal_settings(s, r, true, end_of(e, 0)));
	n[2] = e->total[0] - n[0];
	n[3] += seal_settings(s, r, false, end_of(e, 1));
	e->total[1] = n[1] + n[3];
	if (!s->eager)
		client_writes(e, n[1] + n[3], 0, seal_ack(s, r, end_of(e, 0)));
}

/* What is asked and told, sealed if it is to be. */
static struct web_ask put_ask(struct rng *r, struct session *e, uint32_t at[2],
			      uint32_t path)
{
	const struct seal *s = &e->web->seal;
	struct web_ask a = { .ask_at = e->total[0],
			     .tell_at = e->total[1],
			     .at = { at[0], at[1] },
			     .over = UINT32_MAX };
	uint8_t *to[2];
	uint32_t head;

	for (int d = 0; d < 2; d++)
		to[d] = e->plain[d] ? e->plain[d] + at[d] : end_of(e, d);
	a.n[0] = put_request(r, to[0], path, &a.head);
	a.n[1] = put_answer(r, to[1], path, &head);
	at[0] += a.n[0];
	at[1] += a.n[1];
	a.asks = a.n[0];
	a.tells = a.n[1];
	if (!seal_is(s))
		return a;
	if (e->web->binary)
		for (int d = 0; d < 2; d++)
			app_fill(r, to[d], a.n[d], 0);
	a.asks = seal_put(s, r, a.head, a.n[0] - a.head, !e->asks.n,
			  end_of(e, 0));
	a.tells = seal_put(s, r, head, a.n[1] - head, !e->asks.n, end_of(e, 1));
	return a;
}

void web_script(struct rng *r, struct session *e, struct web *w)
{
	int n = rng_int(r, 1, w->most_asks);
	uint32_t at[2] = { 0 };

	e->web = w;
	for (int d = 0; d < 2; d++) {
		e->content[d] = mem_zalloc(WEB_ROOM, 1);
		if (seal_is(&w->seal))
			e->plain[d] = mem_zalloc(WEB_ROOM, 1);
	}
	if (seal_is(&w->seal))
		put_flights(r, e);
	for (int i = 0; i < n; i++) {
		uint32_t path = (uint32_t)rng_int(r, 0, w->paths - 1), need;
		struct web_ask a;

		if (e->total[0] + 6000 > WEB_ROOM ||
		    e->total[1] + 8000 > WEB_ROOM)
			break;
		need = !i && w->seal.new ? e->hello[1] : e->total[1];
		if (!i && w->seal.frames && !w->seal.eager)
			need = e->total[1];
		if (!i && w->seal.frames && w->seal.eager)
			need = 0;
		a = put_ask(r, e, at, path);
		client_writes(e, need,
			      i || !seal_is(&w->seal) || rng_pct(r, 20)
				      ? rng_exp(r, 30 * MS)
				      : 0,
			      a.asks);
		e->total[1] += a.tells;
		*VEC_PUSH(&e->asks) = a;
		if (!i && w->seal.frames && w->seal.eager)
			client_writes(e, e->hello[1] + e->hello[3], 0,
				      seal_ack(&w->seal, r, end_of(e, 0)));
	}
	if (seal_is(&w->seal)) {
		uint32_t last = seal_close(&w->seal, r, end_of(e, 0));

		client_writes(e, e->total[1], rng_exp(r, 10 * MS), last);
	}
	script_add(e, 0,
		   (struct app_item){ APP_CLOSE, e->total[1],
				      rng_exp(r, 20 * MS), 0 });
}

void web_back(struct session *o, struct web *w, struct session *own)
{
	o->web = w;
	o->web_back = true;
	o->own = own;
	for (int d = 0; d < 2; d++)
		o->content[d] = mem_zalloc(WEB_ROOM, 1);
	*VEC_PUSH(&w->back) = o;
}
