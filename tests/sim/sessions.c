/* Random sessions: of TCP and of datagrams. */
#include "tests/sim/sessions_int.h"

#include <netinet/in.h>
#include <string.h>

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

struct session *session_tcp_blank(struct sim *s, struct rng *r,
				  const struct mix *m)
{
	struct session *e = session_blank(s);

	e->what = S_TCP;
	e->proto = IPPROTO_TCP;
	e->start = rng_range(r, 0, m->spread);
	e->v6 = rng_pct(r, m->v6_pct);
	e->client_right = rng_pct(r, m->right_pct);
	session_hosts(s, r, e, m);
	return e;
}

struct session *session_tcp(struct sim *s, struct rng *r, const struct mix *m)
{
	static const uint16_t port[] = { 443, 443, 80, 8080, 1433, 22, 5432 };
	struct session *e = session_tcp_blank(s, r, m);

	if (m->plain_turns)
		session_script_plain(r, e);
	else
		session_script(r, e, m);
	session_fill(r, e, m->style);
	session_ends(s, r, e, m, port[rng_int(r, 0, 6)]);
	choose_cut(s, r, e);
	return e;
}

struct session *session_again(struct sim *s, struct rng *r, const struct mix *m,
			      const struct session *old, int64_t start)
{
	struct session *e = session_tcp_blank(s, r, m);

	e->v6 = old->v6;
	e->client_right = old->client_right;
	session_hosts(s, r, e, m);
	e->start = start;
	session_script(r, e, m);
	session_fill(r, e, m->style);
	memcpy(e->left, old->left, sizeof e->left);
	memcpy(e->right, old->right, sizeof e->right);
	session_renumber(s, r, e);
	return e;
}

struct session *session_twin(struct sim *s, struct rng *r, const struct mix *m,
			     const struct session *old, int64_t start)
{
	struct session *e = session_tcp_blank(s, r, m);

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
		session_same_script(e, old, d);
	}
	session_same_content(e, old);
	e->fin_with_data = old->fin_with_data;
	session_ends(s, r, e, m,
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
	struct session *e = session_blank(s);
	uint32_t bytes;

	e->what = what;
	e->v6 = rng_pct(r, m->v6_pct);
	e->proto = what != S_ECHO ? IPPROTO_UDP
		   : e->v6        ? IPPROTO_ICMPV6
				  : IPPROTO_ICMP;
	e->start = rng_range(r, 0, m->spread);
	e->client_right = rng_pct(r, m->right_pct);
	session_hosts(s, r, e, m);
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
	session_ends(s, r, e, m, what == S_DNS ? 53 : 5004);
	return e;
}

struct session *session_reply_as(struct sim *s, struct rng *r,
				 struct session *e)
{
	struct session *as = session_blank(s);
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
	session_place(s, r, as, left, right);
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
