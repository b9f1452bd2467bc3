/* Random sessions: ends, zones, contents and scripts.
 *
 * place() computes what every zone sees of the two ends: walking from the
 * left, boxes that hide the left host rewrite `left`; walking from the right,
 * those that hide the right host rewrite `right`.  A client's port is kept or
 * drawn anew, a server's is mapped by a fixed rule.
 */
#include "tests/sim/sessions.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static struct session *blank(struct sim *s)
{
	struct session *e = mem_zalloc(1, sizeof *e);

	s->sess = mem_grow(s->sess, &s->cap_sess, s->n_sess + 1,
			   sizeof *s->sess);
	e->id = (uint32_t)s->n_sess;
	s->sess[s->n_sess++] = e;
	e->hole_at = e->rst_at = NEVER;
	e->box_seg = -1;
	return e;
}

static struct net_addr address(bool v6, int net, int host)
{
	uint8_t b[16] = { 0x20, 0x01, 0x0d, 0xb8 };

	if (!v6) {
		static const uint8_t nets[5][2] = { { 10, 1 },
						    { 192, 168 },
						    { 203, 0 },
						    { 198, 51 },
						    { 172, 16 } };
		uint8_t a[4] = { nets[net % 5][0], nets[net % 5][1],
				 (uint8_t)(net / 5 * 16 + host / 250),
				 (uint8_t)(1 + host % 250) };

		return net_addr_v4(a);
	}
	b[5] = (uint8_t)net;
	b[14] = (uint8_t)(host >> 8);
	b[15] = (uint8_t)(host + 1);
	return net_addr_v6(b);
}

static bool port_used(const struct sim *s, const struct session *e, int zone,
		      bool left, uint16_t port)
{
	for (size_t i = 0; i < s->n_sess; i++) {
		const struct session *o = s->sess[i];
		const struct net_end *x = left ? &o->left[zone]
					       : &o->right[zone];

		if (o != e && o->proto == e->proto && x->port == port)
			return true;
	}
	return false;
}

static struct net_end hidden(struct sim *s, struct rng *r, struct session *e,
			     int seg, int zone, bool left, struct net_end was)
{
	const struct box_cfg *b = &s->box[seg];
	bool client = left != e->client_right;
	struct net_end out = { address(e->v6, (left ? 2 : 3) + 5 * seg,
				       client ? 0 : was.addr.b[15]),
			       was.port };

	if (!client) {
		out.port = (uint16_t)(was.port + (b->keep_port ? 0 : 1000));
		return out;
	}
	if (b->keep_port && !port_used(s, e, zone, left, was.port))
		return out;
	do
		out.port = (uint16_t)rng_range(r, 1024, 65535);
	while (port_used(s, e, zone, left, out.port));
	return out;
}

/* Echo has one identifier for both ends: the client's. */
static void same_identifier(struct sim *s, struct session *e)
{
	for (int z = 0; z < s->n_points + 2; z++) {
		if (e->client_right)
			e->left[z].port = e->right[z].port;
		else
			e->right[z].port = e->left[z].port;
	}
}

static void place(struct sim *s, struct rng *r, struct session *e,
		  struct net_end left, struct net_end right)
{
	int last = s->n_points + 1;

	e->left[0] = left;
	for (int z = 1; z <= last; z++)
		e->left[z] = s->box[z - 1].snat_left
				     ? hidden(s, r, e, z - 1, z, true,
					      e->left[z - 1])
				     : e->left[z - 1];
	e->right[last] = right;
	for (int z = last - 1; z >= 0; z--)
		e->right[z] = s->box[z].snat_right
				      ? hidden(s, r, e, z, z, false,
					       e->right[z + 1])
				      : e->right[z + 1];
	if (e->what == S_ECHO)
		same_identifier(s, e);
	for (int i = 0; i < s->n_segs; i++)
		for (int w = 0; w < 2; w++) {
			e->dseq[i][w] = s->box[i].reseq[w] ? rng_u32(r) : 0;
			e->dts[i][w] = s->box[i].rewrite_ts ? rng_u32(r) : 0;
		}
}

static void choose_ends(struct sim *s, struct rng *r, struct session *e,
			const struct mix *m, uint16_t port)
{
	struct net_end client, server;
	int c = rng_int(r, 0, m->clients - 1),
	    v = rng_int(r, 0, m->servers - 1);

	client.addr = address(e->v6, e->client_right ? 1 : 0, c);
	server.addr = address(e->v6, e->client_right ? 0 : 1, 100 + v);
	server.port = port;
	do {
		client.port = (uint16_t)rng_range(r, 32768, 60999);
	} while (port_used(s, e, e->client_right ? s->n_points + 1 : 0,
			   !e->client_right, client.port));
	if (e->client_right)
		place(s, r, e, server, client);
	else
		place(s, r, e, client, server);
}

static void choose_hosts(struct sim *s, struct rng *r, struct session *e,
			 const struct mix *m)
{
	static const uint16_t mss[] = {
		1460, 1460, 1460, 1380, 1448, 1220, 536
	};
	bool ts = rng_pct(r, m->ts_pct);

	for (int k = 0; k < 2; k++) {
		const struct point_cfg *p =
			&s->point[session_way(e, k) ? s->n_points - 1 : 0];

		e->iss[k] = rng_u32(r);
		e->mss[k] = m->mss ? m->mss : mss[rng_int(r, 0, 6)];
		if (e->v6 && e->mss[k] > 1440)
			e->mss[k] = 1440;
		e->wscale[k] = rng_pct(r, 85) ? (int8_t)rng_int(r, 2, 9) : -1;
		e->sackok[k] = rng_pct(r, 85);
		e->ts[k] = ts;
		e->ts_base[k] = rng_u32(r);
		e->ts_tick[k] = rng_pct(r, 80) ? MS : 10 * MS;
		e->id_next[k] = (uint16_t)rng_u32(r);
		e->id_const[k] = (uint16_t)rng_u32(r);
		e->id_mode[k] = m->id_mode >= 0
					? (enum ipid_mode)m->id_mode
					: (enum ipid_mode)(
						  rng_pct(r, 60)
							  ? ID_COUNTER
							  : rng_int(r, 1, 3));
		e->ttl[k] = rng_pct(r, 60) ? 64 : 128;
		e->tso[k] = p->tso &&
			    p->on_host == (session_way(e, k) ? 1 : -1);
	}
	e->syn_tries = rng_int(r, 3, 5);
	e->fin_with_data = rng_pct(r, 30);
	e->ecn = rng_pct(r, m->ecn_pct);
}

static void item(struct session *e, int end, enum app_what what, uint32_t need,
		 int64_t think, uint32_t bytes)
{
	size_t n = e->n_script[end]++;

	e->script[end] = mem_resize(e->script[end], n + 1,
				    sizeof *e->script[end]);
	e->script[end][n] = (struct app_item){ what, need, think, bytes };
	if (what == APP_WRITE)
		e->total[end] += bytes;
}

static void script_turns(struct rng *r, struct session *e, int64_t idle)
{
	int turns = rng_int(r, 1, 6);

	for (int i = 0; i < turns; i++) {
		uint32_t ask = (uint32_t)rng_range(r, 60, 1600);
		uint32_t tell = (uint32_t)(rng_pct(r, 70)
						   ? rng_range(r, 100, 9000)
						   : rng_range(r, 9000, 60000));

		item(e, 0, APP_WRITE, e->total[1],
		     i ? rng_exp(r, 30 * MS) + idle : rng_exp(r, MS), ask);
		item(e, 1, APP_WRITE, e->total[0], rng_exp(r, 15 * MS), tell);
	}
}

static void script_close(struct rng *r, struct session *e, int rst_pct)
{
	int first = rng_pct(r, 70) ? 0 : 1;

	if (rng_pct(r, rst_pct)) {
		item(e, first, APP_RESET, e->total[!first],
		     first ? 500 * MS : 20 * MS, 0);
		return;
	}
	item(e, first, APP_CLOSE, e->total[!first], rng_exp(r, 5 * MS), 0);
	item(e, !first, APP_CLOSE, e->total[first] + 1, rng_exp(r, 3 * MS), 0);
}

/* All the time, every few milliseconds. */
static void script_steady(struct rng *r, struct session *e)
{
	int turns = rng_int(r, 150, 700);
	int64_t every = rng_range(r, 10, 60) * MS;

	for (int i = 0; i < turns; i++) {
		item(e, 0, APP_WRITE, e->total[1], rng_exp(r, every),
		     (uint32_t)rng_range(r, 60, 1600));
		item(e, 1, APP_WRITE, e->total[0], rng_exp(r, 5 * MS),
		     (uint32_t)rng_range(r, 100, 5000));
	}
	e->start = rng_range(r, 0, SEC);
}

/* Turns of which all is known: one round trip each, of the opening and the end
 * too. */
static void script_plain(struct rng *r, struct session *e)
{
	int turns = rng_int(r, 1, 12);

	for (int i = 0; i < turns; i++) {
		item(e, 0, APP_WRITE, e->total[1], rng_exp(r, 20 * MS),
		     (uint32_t)rng_range(r, 20, 1000));
		item(e, 1, APP_WRITE, e->total[0], rng_exp(r, 20 * MS),
		     (uint32_t)rng_range(r, 20, 4000));
	}
	item(e, 0, APP_CLOSE, e->total[1], rng_exp(r, 5 * MS), 0);
	item(e, 1, APP_CLOSE, e->total[0] + 1, rng_exp(r, 3 * MS), 0);
	e->trips = turns + 2;
}

static void script(struct rng *r, struct session *e, const struct mix *m)
{
	uint32_t bulk = (uint32_t)rng_range(r, m->max_bytes / 8, m->max_bytes);

	if (rng_pct(r, m->steady_pct)) {
		script_steady(r, e);
	} else if (rng_pct(r, m->both_pct)) {
		item(e, 0, APP_WRITE, 0, 0, bulk / 2);
		item(e, 1, APP_WRITE, 0, 2 * MS, bulk / 2);
	} else if (rng_pct(r, m->bulk_pct)) {
		int from = rng_pct(r, 65);

		item(e, 0, APP_WRITE, 0, 0, 200);
		item(e, from, APP_WRITE, from ? 200 : 0, 5 * MS, bulk);
	} else if (rng_pct(r, m->idle_pct)) {
		e->keepalive = rng_range(r, 300, 900) * MS;
		script_turns(r, e, 2 * SEC);
	} else {
		script_turns(r, e, 0);
	}
	if (rng_pct(r, m->zero_window_pct)) {
		e->pause_at = e->total[1] / 3;
		e->pause_len = rng_range(r, 200, 2500) * MS;
	}
	script_close(r, e, m->rst_end_pct);
}

static void fill(struct rng *r, struct session *e, int style)
{
	for (int d = 0; d < 2; d++) {
		int how = style >= 0       ? style
			  : rng_pct(r, 60) ? 0
					   : rng_int(r, 1, 3);

		e->content[d] = mem_alloc(e->total[d] + 1);
		app_fill(r, e->content[d], e->total[d], how);
	}
}

/* Boxes that cut sessions choose theirs. */
static void choose_cut(struct sim *s, struct rng *r, struct session *e)
{
	for (int i = 0; i < s->n_segs; i++) {
		int64_t at = e->start + rng_range(r, 30, 800) * MS;

		if (rng_pct(r, s->box[i].rst_pct)) {
			e->rst_at = at;
			e->box_seg = i;
		} else if (rng_pct(r, s->box[i].hole_pct)) {
			e->hole_at = at;
			e->box_seg = i;
		}
	}
}

static struct session *tcp_blank(struct sim *s, struct rng *r,
				 const struct mix *m)
{
	struct session *e = blank(s);

	e->what = S_TCP;
	e->proto = IPPROTO_TCP;
	e->start = rng_range(r, 0, m->spread);
	e->v6 = rng_pct(r, m->v6_pct);
	e->client_right = rng_pct(r, m->right_pct);
	choose_hosts(s, r, e, m);
	return e;
}

struct session *session_tcp(struct sim *s, struct rng *r, const struct mix *m)
{
	static const uint16_t port[] = { 443, 443, 80, 8080, 1433, 22, 5432 };
	struct session *e = tcp_blank(s, r, m);

	if (m->plain_turns)
		script_plain(r, e);
	else
		script(r, e, m);
	fill(r, e, m->style);
	choose_ends(s, r, e, m, port[rng_int(r, 0, 6)]);
	choose_cut(s, r, e);
	return e;
}

/* The relay's own end, where the host's would be. */
static void put_relay(struct sim *s, struct rng *r, struct session *e, int seg,
		      bool right)
{
	int end = e->script[0] ? 1 : 0, last = s->n_points + 1;
	struct net_end left = e->left[0], far = e->right[last];
	struct net_end *mine = right ? &left : &far;

	mine->addr = address(e->v6, 4, 200);
	if (end == 0)
		mine->port = (uint16_t)rng_range(r, 1024, 65535);
	e->relay_seg = seg;
	e->relay_right = right;
	e->tso[end] = false;
	place(s, r, e, left, far);
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

static void add_header(struct rng *r, const struct session *e,
		       struct session *o)
{
	uint8_t head[128];

	o->header = make_header(r, e, head);
	o->content[0] = mem_resize(o->content[0], o->total[0] + o->header + 1,
				   1);
	memmove(o->content[0] + o->header, o->content[0], o->total[0]);
	memcpy(o->content[0], head, o->header);
	o->total[0] += o->header;
	for (size_t i = 0; i < o->n_script[1]; i++)
		if (o->script[1][i].need)
			o->script[1][i].need += o->header;
}

struct session *session_relayed(struct sim *s, struct rng *r,
				const struct mix *m, int seg)
{
	struct session *e = session_tcp(s, r, m), *o = tcp_blank(s, r, m);

	o->start = e->start;
	o->client_right = e->client_right;
	o->v6 = rng_pct(r, 20) ? !e->v6 : e->v6;
	choose_hosts(s, r, o, m);
	choose_ends(s, r, o, m, 8000);
	o->script[1] = e->script[1];
	o->n_script[1] = e->n_script[1];
	e->script[1] = NULL;
	e->n_script[1] = 0;
	for (int d = 0; d < 2; d++) {
		o->total[d] = e->total[d];
		o->content[d] = mem_alloc(e->total[d] + 1);
		memcpy(o->content[d], e->content[d], e->total[d]);
	}
	e->other = o;
	o->other = e;
	put_relay(s, r, e, seg, e->client_right);
	put_relay(s, r, o, seg, !e->client_right);
	if (rng_pct(r, m->header_pct))
		add_header(r, e, o);
	return e;
}

/* Replaces what end @end of @e does by what that of @old does. */
static void same_script(struct session *e, const struct session *old, int end)
{
	size_t bytes = old->n_script[end] * sizeof *old->script[end];

	free(e->script[end]);
	e->n_script[end] = old->n_script[end];
	e->script[end] = mem_alloc(bytes);
	memcpy(e->script[end], old->script[end], bytes);
}

static void same_content(struct session *e, const struct session *old)
{
	for (int d = 0; d < 2; d++) {
		free(e->content[d]);
		e->total[d] = old->total[d];
		e->content[d] = mem_alloc(e->total[d] + 1);
		memcpy(e->content[d], old->content[d], e->total[d]);
	}
}

struct session *session_relayed_twin(struct sim *s, struct rng *r,
				     const struct mix *m,
				     const struct session *old, int64_t start)
{
	struct mix plain = *m;
	struct session *e;

	plain.header_pct = 0;
	plain.right_pct = old->client_right ? 100 : 0;
	e = session_relayed(s, r, &plain, old->relay_seg);
	e->start = e->other->start = start;
	same_script(e, old, 0);
	same_script(e->other, old->other, 1);
	same_content(e, old);
	same_content(e->other, old->other);
	return e;
}

struct session *session_web_back(struct sim *s, struct rng *r,
				 const struct mix *m, int seg, struct web *w,
				 struct session *own)
{
	struct mix one = *m;
	struct session *o;

	one.servers = one.clients = 1;
	o = tcp_blank(s, r, &one);
	choose_ends(s, r, o, &one, 8000);
	web_back(o, w, own);
	put_relay(s, r, o, seg, !o->client_right);
	return o;
}

struct session *session_web(struct sim *s, struct rng *r, const struct mix *m,
			    int seg, struct web *w)
{
	struct session *e = tcp_blank(s, r, m);

	web_script(r, e, w);
	choose_ends(s, r, e, m, seal_is(&w->seal) ? 443 : 80);
	put_relay(s, r, e, seg, e->client_right);
	if (!w->shares)
		e->own = session_web_back(s, r, m, seg, w, e);
	return e;
}

struct session *session_again(struct sim *s, struct rng *r, const struct mix *m,
			      const struct session *old, int64_t start)
{
	struct session *e = tcp_blank(s, r, m);

	e->v6 = old->v6;
	e->client_right = old->client_right;
	choose_hosts(s, r, e, m);
	e->start = start;
	script(r, e, m);
	fill(r, e, m->style);
	memcpy(e->left, old->left, sizeof e->left);
	memcpy(e->right, old->right, sizeof e->right);
	for (int i = 0; i < s->n_segs; i++)
		for (int w = 0; w < 2; w++) {
			e->dseq[i][w] = s->box[i].reseq[w] ? rng_u32(r) : 0;
			e->dts[i][w] = s->box[i].rewrite_ts ? rng_u32(r) : 0;
		}
	return e;
}

struct session *session_twin(struct sim *s, struct rng *r, const struct mix *m,
			     const struct session *old, int64_t start)
{
	struct session *e = tcp_blank(s, r, m);

	e->v6 = old->v6;
	e->client_right = old->client_right;
	e->start = start;
	e->twin = old->twin;
	for (int d = 0; d < 2; d++) {
		e->mss[d] = old->mss[d];
		e->wscale[d] = old->wscale[d];
		e->ts[d] = old->ts[d];
		e->sackok[d] = old->sackok[d];
		e->ttl[d] = old->ttl[d];
		e->total[d] = old->total[d];
		e->n_script[d] = old->n_script[d];
		e->script[d] = mem_alloc(e->n_script[d] * sizeof *e->script[d]);
		memcpy(e->script[d], old->script[d],
		       e->n_script[d] * sizeof *e->script[d]);
		e->content[d] = mem_alloc(e->total[d] + 1);
		memcpy(e->content[d], old->content[d], e->total[d]);
	}
	e->fin_with_data = old->fin_with_data;
	choose_ends(s, r, e, m,
		    old->client_right ? old->left[0].port
				      : old->right[s->n_points + 1].port);
	return e;
}

/* Turns random payloads into DNS questions for one name of one label, and
 * answers that carry the same (and no record). */
static void make_dns(struct session *e)
{
	static const uint8_t middle[10] = { 1, 0, 0, 1 },
			     end[5] = { 0, 0, 1, 0, 1 };
	uint32_t label = e->dgram_len - 18;

	for (int k = 0; k < 2 * e->count; k++) {
		uint8_t *p = e->dgram + (uint32_t)k * e->dgram_len;

		if (k >= e->count) {
			memcpy(p, p - (uint32_t)e->count * e->dgram_len,
			       e->dgram_len);
			p[2] = 0x81;
			p[3] = 0x80;
			continue;
		}
		memcpy(p + 2, middle, sizeof middle);
		p[12] = (uint8_t)label;
		for (uint32_t i = 0; i < label; i++)
			p[13 + i] = (uint8_t)('a' + p[13 + i] % 26);
		memcpy(p + 13 + label, end, sizeof end);
	}
}

struct session *session_dgram(struct sim *s, struct rng *r, const struct mix *m,
			      enum session_what what)
{
	struct session *e = blank(s);
	uint32_t bytes;

	e->what = what;
	e->v6 = rng_pct(r, m->v6_pct);
	e->proto = what != S_ECHO ? IPPROTO_UDP
		   : e->v6        ? IPPROTO_ICMPV6
				  : IPPROTO_ICMP;
	e->start = rng_range(r, 0, m->spread);
	e->client_right = rng_pct(r, m->right_pct);
	choose_hosts(s, r, e, m);
	e->count = what == S_RTP   ? rng_int(r, 100, 800)
		   : what == S_DNS ? rng_int(r, 1, 3)
				   : rng_int(r, 3, 60);
	e->every = what == S_RTP   ? 20 * MS
		   : what == S_DNS ? rng_range(r, 5, 400) * MS
				   : rng_range(r, 20, 1000) * MS;
	e->answer_pct = what == S_RTP ? 0 : rng_pct(r, 85) ? 100 : 0;
	e->dgram_len = what == S_ECHO  ? 56
		       : what == S_RTP ? 172
				       : (uint32_t)rng_int(r, 26, 80);
	bytes = (uint32_t)e->count * 2 * e->dgram_len;
	e->dgram = mem_alloc(bytes);
	app_fill(r, e->dgram, bytes,
		 m->style >= 0 && m->style < 3 ? m->style : 0);
	if (what == S_DNS)
		make_dns(e);
	choose_ends(s, r, e, m, what == S_DNS ? 53 : 5004);
	return e;
}

struct session *session_reply_as(struct sim *s, struct rng *r,
				 struct session *e)
{
	struct session *as = blank(s);
	struct net_end left = e->left[0], right = e->right[s->n_points + 1];

	as->what = S_RTP;
	as->proto = e->proto;
	as->v6 = e->v6;
	as->start = e->start;
	as->client_right = !e->client_right;
	for (int k = 0; k < 2; k++) {
		as->id_mode[k] = e->id_mode[!k];
		as->ttl[k] = e->ttl[!k];
	}
	(e->client_right ? &left : &right)->addr.b[15] ^= 0x40;
	place(s, r, as, left, right);
	/* the box knows the client by the request's mapping */
	if (e->client_right)
		memcpy(as->right, e->right, sizeof as->right);
	else
		memcpy(as->left, e->left, sizeof as->left);
	e->reply_as = as;
	return as;
}

int session_weight(const struct session *e)
{
	if (e->what == S_TCP)
		return 10 + (int)(e->total[0] / 900 + e->total[1] / 900);
	return e->count * (e->answer_pct ? 2 : 1);
}
