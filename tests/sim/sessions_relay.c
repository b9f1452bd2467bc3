/* Sessions over a relay: two connections of one content, or shared ones. */
#include "tests/sim/sessions_int.h"

#include <stdio.h>
#include <string.h>

/* The relay's own end, where the host's would be. */
static void put_relay(struct sim *s, struct rng *r, struct session *e, int seg,
		      bool right)
{
	int end = e->script[0] ? 1 : 0, last = s->n_points + 1;
	struct net_end left = e->left[0], far = e->right[last];
	struct net_end *mine = right ? &left : &far;

	if (!e->spoofed)
		mine->addr = session_address(e->v6, 4, 200);
	if (end == 0 && !e->spoofed)
		mine->port = (uint16_t)rng_range(r, 1024, 65535);
	e->relay_seg = seg;
	e->relay_right = right;
	e->tso[end] = false;
	session_place(s, r, e, left, far);
}

/* A header of the PROXY protocol for the client's connection @e, as the relay
 * has it.  Return: its bytes. */
static uint32_t make_header(struct rng *r, const struct session *e,
			    uint8_t out[128])
{
	int zone = e->relay_right ? e->relay_seg + 1 : e->relay_seg;
	struct net_end end[2] = { e->left[zone], e->right[zone] };
	struct net_end from = end[e->client_right], to = end[!e->client_right];
	bool v4 = net_addr_is_v4(&from.addr);
	uint32_t at = 16, n = v4 ? 4 : 16;
	char a[NET_END_TEXT], b[NET_END_TEXT];

	if (rng_pct(r, 50))
		return (uint32_t)snprintf(
			(char *)out, 128, "PROXY TCP%d %s %s %u %u\r\n",
			v4 ? 4 : 6, net_addr_text(&from.addr, a),
			net_addr_text(&to.addr, b), from.port, to.port);
	memcpy(out, "\r\n\r\n\0\r\nQUIT\n\x21\0\0\0", 16);
	out[13] = v4 ? 0x11 : 0x21;
	memcpy(out + at, from.addr.b + 16 - n, n);
	memcpy(out + at + n, to.addr.b + 16 - n, n);
	at += 2 * n;
	out[at++] = (uint8_t)(from.port >> 8);
	out[at++] = (uint8_t)from.port;
	out[at++] = (uint8_t)(to.port >> 8);
	out[at++] = (uint8_t)to.port;
	if (rng_pct(r, 50)) { /* a value: none, of 5 bytes */
		memset(out + at, 0, 8);
		out[at] = 4;
		out[at + 2] = 5;
		at += 8;
	}
	out[15] = (uint8_t)(at - 16);
	return at;
}

/* Puts @n bytes before @e's content of direction @d. */
static void put_before(struct session *e, int d, const void *head, uint32_t n)
{
	e->header[d] = n;
	e->content[d] = mem_resize(e->content[d], e->total[d] + n + 1, 1);
	memmove(e->content[d] + n, e->content[d], e->total[d]);
	memcpy(e->content[d], head, n);
	e->total[d] += n;
}

static void add_header(struct rng *r, const struct session *e,
		       struct session *o)
{
	uint8_t head[128];

	put_before(o, 0, head, make_header(r, e, head));
	for (size_t i = 0; i < o->n_script[1]; i++)
		if (o->script[1][i].need)
			o->script[1][i].need += o->header[0];
}

/* The client @e asks for its connection, and does the rest once it has it. */
static void add_connect(struct rng *r, struct session *e)
{
	static const char answer[] = "HTTP/1.1 200 Connection established\r\n"
				     "Via: 1.1 made-up\r\n\r\n";
	int host = rng_int(r, 1, 999), agent = rng_int(r, 1, 150), n;
	char ask[256];

	n = snprintf(ask, sizeof ask,
		     "CONNECT host-%d.example:443 HTTP/1.1\r\n"
		     "User-Agent: %.*s\r\n\r\n",
		     host, agent,
		     "made-up/1.0 (a name that is as long as those of browsers "
		     "are, which name all others that they are not, in turn, "
		     "and then some that nobody has seen)");
	put_before(e, 0, ask, (uint32_t)n);
	if (rng_pct(r, 50))
		put_before(e, 1, answer, sizeof answer - 1);
	else
		put_before(e, 1, "HTTP/1.0 200 OK\r\n\r\n", 19);
	e->script[0] = mem_resize(e->script[0], e->n_script[0] + 1,
				  sizeof *e->script[0]);
	memmove(e->script[0] + 1, e->script[0],
		e->n_script[0]++ * sizeof *e->script[0]);
	e->script[0][0] = (struct app_item){ .what = APP_WRITE,
					     .bytes = (uint32_t)n };
	for (size_t i = 1; i < e->n_script[0]; i++)
		e->script[0][i].need += e->header[1];
}

/* As an accelerator does it: each side has the other host's ends. */
static void keep_ends(const struct sim *s, struct session *e, struct session *o)
{
	int last = s->n_points + 1;

	o->v6 = e->v6;
	o->left[0] = e->left[0];
	o->right[last] = e->right[last];
	e->spoofed = o->spoofed = true;
}

struct session *session_relayed(struct sim *s, struct rng *r,
				const struct mix *m, int seg)
{
	struct session *e = session_tcp(s, r, m),
		       *o = session_tcp_blank(s, r, m);

	o->start = e->start;
	o->client_right = e->client_right;
	o->v6 = rng_pct(r, 20) ? !e->v6 : e->v6;
	session_hosts(s, r, o, m);
	session_ends(s, r, o, m, 8000);
	o->script[1] = e->script[1];
	o->n_script[1] = e->n_script[1];
	e->script[1] = NULL;
	e->n_script[1] = 0;
	session_same_content(o, e);
	e->other = o;
	o->other = e;
	if (m->spoof)
		keep_ends(s, e, o);
	put_relay(s, r, e, seg, e->client_right);
	put_relay(s, r, o, seg, !e->client_right);
	if (rng_pct(r, m->header_pct))
		add_header(r, e, o);
	else if (m->connect_pct && rng_pct(r, m->connect_pct))
		add_connect(r, e);
	return e;
}

struct session *session_relayed_twin(struct sim *s, struct rng *r,
				     const struct mix *m,
				     const struct session *old, int64_t start)
{
	struct mix plain = *m;
	struct session *e;

	plain.header_pct = plain.connect_pct = 0;
	plain.right_pct = old->client_right ? 100 : 0;
	e = session_relayed(s, r, &plain, old->relay_seg);
	e->start = e->other->start = start;
	session_same_script(e, old, 0);
	session_same_script(e->other, old->other, 1);
	session_same_content(e, old);
	session_same_content(e->other, old->other);
	return e;
}

struct session *session_web_back(struct sim *s, struct rng *r,
				 const struct mix *m, int seg, struct web *w,
				 struct session *own)
{
	struct mix one = *m;
	struct session *o;

	one.servers = one.clients = 1;
	o = session_tcp_blank(s, r, &one);
	session_ends(s, r, o, &one, 8000);
	web_back(o, w, own);
	put_relay(s, r, o, seg, !o->client_right);
	return o;
}

struct session *session_web(struct sim *s, struct rng *r, const struct mix *m,
			    int seg, struct web *w)
{
	struct session *e = session_tcp_blank(s, r, m);

	web_script(r, e, w);
	session_ends(s, r, e, m, seal_is(&w->seal) ? 443 : 80);
	put_relay(s, r, e, seg, e->client_right);
	if (!w->shares)
		e->own = session_web_back(s, r, m, seg, w, e);
	return e;
}
