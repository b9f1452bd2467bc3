/* See the header.
 *
 * Two hosts with one address both answer each question, so their cards come in turn:
 * CLAIM_TURNS changes between the same two, as a failover and back again has two, and an
 * address that is given to one host after another has others.  Cards that protocols make
 * up for routers that stand in for each other (VRRP, HSRP, GLBP) and Windows' balancers
 * are no second host; a card that has claimed OTHERS addresses more is likely a router
 * that answers for others (proxy ARP).  That one host may answer from two cards is said
 * all the same.
 *
 * Cost: a pass over all claims for a finding that asks.
 */
#include "report/derive/resolve_claims.h"

#include <string.h>

#include "base/search.h"
#include "base/text.h"
#include "report/derive/words.h"

#define CLAIM_TURNS 3
#define OTHERS 4

/* Cards of no single host. */
static bool is_made_up(const struct lookup *q)
{
	static const char *const begin[] = {
		"00:00:5e:00:01:", "00:00:5e:00:02:", /* VRRP, CARP */
		"00:00:0c:07:ac:", "00:00:0c:9f:f",   /* HSRP */
		"00:05:73:a0:0",                      /* the same over IPv6 */
		"00:07:b4:00:",                       /* GLBP */
		"02:bf:",          "03:bf:",
		"01:00:5e:7f:", /* Windows' balancing */
	};

	for (size_t i = 0; i < sizeof begin / sizeof *begin; i++)
		if (strncmp(q->mac, begin[i], strlen(begin[i])) == 0)
			return true;
	return false;
}

static bool is_at(const struct model *m, const struct lookup *q, int pos)
{
	const struct file_row *f = model_file(m, q->file);

	return f && f->point == m->points[pos - 1].id;
}

/* The claim before the one at @i by another card: of the same file and VLAN. */
static const struct lookup *before(const struct resolve *r, size_t i)
{
	const struct lookup *q = &r->at.at[i];

	while (i-- > 0) {
		const struct lookup *x = &r->at.at[i];

		if (net_addr_cmp(&x->about, &q->about) != 0)
			return NULL;
		if (!x->claim || x->file != q->file || x->vlan != q->vlan)
			continue;
		return strcmp(x->mac, q->mac) ? x : NULL;
	}
	return NULL;
}

/* Has the card many other addresses? */
static bool has_others(const struct resolve *r, const struct lookup *q)
{
	const struct net_addr *last = &q->about;
	unsigned n = 0;

	for (size_t i = 0; i < r->at.n && n < OTHERS; i++) {
		const struct lookup *x = &r->at.at[i];

		if (!x->claim || x->file != q->file || strcmp(x->mac, q->mac) ||
		    !net_addr_cmp(&x->about, &q->about) ||
		    !net_addr_cmp(&x->about, last))
			continue;
		last = &x->about;
		n++;
	}
	return n == OTHERS;
}

/* Are these the two cards, in whatever order? */
static bool is_pair(const struct shared *s, const struct lookup *a,
		    const struct lookup *b)
{
	return (!strcmp(s->a->mac, a->mac) && !strcmp(s->b->mac, b->mac)) ||
	       (!strcmp(s->a->mac, b->mac) && !strcmp(s->b->mac, a->mac));
}

struct shared claims_shared(const struct resolve *r, const struct model *m,
			    int pos, const struct net_addr *about)
{
	struct shared out = { .turns = 0 };
	size_t n = r ? r->at.n : 0, at;

	SEARCH(at, n, i, net_addr_cmp(&r->at.at[i].about, about) < 0);
	for (; at < n && !net_addr_cmp(&r->at.at[at].about, about); at++) {
		const struct lookup *q = &r->at.at[at], *x;

		if (!q->claim || !is_at(m, q, pos))
			continue;
		if (is_made_up(q))
			return (struct shared){ .turns = 0 };
		x = before(r, at);
		if (!x)
			continue;
		if (out.turns && !is_pair(&out, x, q)) {
			if (out.turns >= CLAIM_TURNS)
				continue;
			out.turns = 0;
		}
		if (!out.turns++) {
			out.a = x;
			out.b = q;
		}
	}
	if (out.turns < CLAIM_TURNS)
		return (struct shared){ .turns = 0 };
	out.for_others = has_others(r, out.a) || has_others(r, out.b);
	return out;
}

const struct lookup *claims_moved(const struct resolve *r,
				  const struct model *m, int pos,
				  const struct resolve_while *when,
				  const struct lookup **had)
{
	const struct lookup *looked = NULL; /* that is no move: one address */

	for (size_t i = 0; r && i < r->at.n; i++) {
		const struct lookup *q = &r->at.at[i];

		if (looked && !net_addr_cmp(&looked->about, &q->about))
			continue;
		if (!q->claim || q->status != MESSAGE_NEIGHBOUR_UNASKED ||
		    !is_at(m, q, pos) || !resolve_begins(m, q, pos, when))
			continue;
		*had = before(r, i);
		if (!*had)
			continue;
		if (claims_shared(r, m, pos, &q->about).turns < CLAIM_TURNS)
			return q;
		looked = q;
	}
	return NULL;
}

static void show(struct draft *f, const struct model *m, int pos,
		 const struct lookup *q, const char *what)
{
	char about[NET_END_TEXT];

	draft_evidence(f, m->points[pos - 1].id, q->file, q->first_frame,
		       q->first_ns, "%s %s %s", q->mac, what,
		       net_addr_text(&q->about, about));
}

static void filter(struct draft *f, const struct model *m, int pos,
		   const struct lookup *q)
{
	char about[NET_END_TEXT];

	draft_filter(f, m->points[pos - 1].id, q->file,
		     q->v6 ? "icmpv6.nd.na.target_address == %s"
			   : "arp.src.proto_ipv4 == %s",
		     net_addr_text(&q->about, about));
}

void claims_say_shared(struct draft *f, const struct derive *d,
		       const struct net_addr *server)
{
	const struct model *m = derive_model(d);
	char about[NET_END_TEXT], n[TEXT_UNIT];

	net_addr_text(server, about);
	for (int pos = 1; pos <= (int)m->n_points; pos++) {
		struct shared x = claims_shared(derive_resolve(d), m, pos,
						server);

		if (!x.a)
			continue;
		draft_text(f,
			   "At %s, %s is claimed by %s (frame %llu) and by %s "
			   "(frame %llu) in turn: the card changes %s times.  "
			   "Two hosts have that address, %sor one answers from "
			   "two cards (a bond, teaming), or it moves between "
			   "them again and again (a cluster).",
			   model_point_name(m, pos), about, x.a->mac,
			   (unsigned long long)x.a->first_frame, x.b->mac,
			   (unsigned long long)x.b->first_frame,
			   text_count(x.turns, n),
			   x.for_others ? "or a router answers for it, as one "
					  "of the two does for others (proxy "
					  "ARP), "
					: "");
		show(f, m, pos, x.a, "claims");
		show(f, m, pos, x.b, "claims, too,");
		filter(f, m, pos, x.a);
		draft_place(f, "two hosts with the address %s at %s", about,
			    model_point_name(m, pos));
		return;
	}
}

void claims_say_moved(struct draft *f, const struct derive *d, int from_pos,
		      int to_pos, const struct resolve_while *when)
{
	const struct model *m = derive_model(d);
	const int at[] = { to_pos, from_pos };
	char about[NET_END_TEXT];

	for (int i = 0; i < 2; i++) {
		const struct lookup *had,
			*q = claims_moved(derive_resolve(d), m, at[i], when,
					  &had);

		if (!q)
			continue;
		draft_text(f,
			   "At that time, at %s, %s announces %s (frame %llu), "
			   "which %s had until then: that address moved to "
			   "another card, as in a failover.",
			   model_point_name(m, at[i]), q->mac,
			   net_addr_text(&q->about, about),
			   (unsigned long long)q->first_frame, had->mac);
		show(f, m, at[i], q, "announces");
		draft_place(
			f,
			"what took over %s then, at %s, if these packets go "
			"to or over it: it may lack the "
			"sessions that the other had, or its neighbours "
			"sent to the old card for a while",
			about, model_point_name(m, at[i]));
		filter(f, m, at[i], q);
		return;
	}
}
