/* The ends of a session, and what every zone sees of them.
 *
 * session_place() walks from the left, where boxes that hide the left host
 * rewrite `left`, and from the right, where those that hide the right host rewrite
 * `right`.  A client's port is kept or drawn anew, a server's is mapped by a fixed
 * rule.
 */
#include "tests/sim/sessions_int.h"

#include <stdlib.h>
#include <string.h>

struct session *session_blank(struct sim *s)
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

struct net_addr session_address(bool v6, int net, int host)
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
	struct net_end out = { session_address(e->v6, (left ? 2 : 3) + 5 * seg,
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

void session_renumber(struct sim *s, struct rng *r, struct session *e)
{
	for (int i = 0; i < s->n_segs; i++)
		for (int w = 0; w < 2; w++) {
			e->dseq[i][w] = s->box[i].reseq[w] ? rng_u32(r) : 0;
			e->dts[i][w] = s->box[i].rewrite_ts ? rng_u32(r) : 0;
		}
}

void session_place(struct sim *s, struct rng *r, struct session *e,
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
	session_renumber(s, r, e);
}

void session_ends(struct sim *s, struct rng *r, struct session *e,
		  const struct mix *m, uint16_t port)
{
	struct net_end client, server;
	int c = rng_int(r, 0, m->clients - 1),
	    v = rng_int(r, 0, m->servers - 1);

	client.addr = session_address(e->v6, e->client_right ? 1 : 0, c);
	server.addr = session_address(e->v6, e->client_right ? 0 : 1, 100 + v);
	server.port = port;
	do {
		client.port = (uint16_t)rng_range(r, 32768, 60999);
	} while (port_used(s, e, e->client_right ? s->n_points + 1 : 0,
			   !e->client_right, client.port));
	if (e->client_right)
		session_place(s, r, e, server, client);
	else
		session_place(s, r, e, client, server);
}

void session_hosts(struct sim *s, struct rng *r, struct session *e,
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
