/* Evidence in bits: addresses and ports.
 *
 * Ends count that are the same, that sure pairs had before (habits.c), or that
 * --map joins.  They never count against a pair: translation is there to change
 * addresses.
 */
#include "correlate/score_int.h"

#include "correlate/keys.h"

static bool mapped(const struct score_model *m, uint32_t a, uint32_t b)
{
	for (size_t i = 0; i < m->n_maps; i++)
		if ((m->maps[i][0] == a && m->maps[i][1] == b) ||
		    (m->maps[i][0] == b && m->maps[i][1] == a))
			return true;
	return false;
}

#define END_BITS 10.0 /* of the server, of the client, or of its port */

static double best_of(double a, double b)
{
	return a > b ? a : b;
}

/* Do numbers or content show that more than the ends is the same? */
static bool connected(const struct pairing *p)
{
	const struct score *s = p->s;

	return s->part[EV_ISN] + s->part[EV_SEQ] + s->part[EV_SAMPLE] +
		       s->part[EV_CONTENT] >
	       0;
}

static bool numbers_speak(const struct pairing *p)
{
	return flow_is_tcp(p->l) &&
	       ((left(p, 0)->packets && right(p, 0)->packets) ||
		(left(p, 1)->packets && right(p, 1)->packets));
}

/* Both ends equal: nothing was translated. */
static void score_same_ends(struct pairing *p)
{
	/* With other numbers or other content this may as well be another use
	 * of the port. */
	bool other = p->differs || (numbers_speak(p) && !connected(p));
	double cap = other ? 12 : ENDS_CAP;

	score_add_weighed(p, EV_ENDS, p->l->seen.tuple, p->r->seen.tuple, cap);
}

double score_ends_most(const struct pairing *p)
{
	const struct flow *l = p->l, *r = p->r;
	int c = 0 ^ p->swap, v = 1 ^ p->swap;
	bool cport = l->port[0] == r->port[c];
	double most = p->m->n_maps ? 2 * MAP_BITS : 0;

	if (cport && l->port[1] == r->port[v] && l->addr[0] == r->addr[c] &&
	    l->addr[1] == r->addr[v])
		return most + ENDS_CAP;
	most += best_of(2, score_weigh(p, left_seen(p, 1)->end,
				       right_seen(p, 1)->end, END_BITS));
	most += score_weigh(p, left_seen(p, 0)->addr, right_seen(p, 0)->addr,
			    END_BITS);
	return cport && l->port[0] ? most + END_BITS : most;
}

/* Did sure pairs have the two values?  Marks the score as resting on the answer. */
static bool is_habit(const struct pairing *p, uint64_t left, uint64_t right)
{
	p->s->rests |= RESTS_HABITS;
	return habits_has(&p->m->habits, left, right);
}

static void score_server(struct pairing *p, bool server, bool sport)
{
	int v = 1 ^ p->swap;
	double same = best_of(2, score_weigh(p, left_seen(p, 1)->end,
					     right_seen(p, 1)->end, END_BITS));
	double x = server && sport ? same : sport ? 2 : 0;

	if (x < same && is_habit(p, key_end(p->l, 1), key_end(p->r, v)))
		x = same;
	if (x > 0)
		score_add(p, EV_SERVER, x, x);
}

static void score_client(struct pairing *p, bool client)
{
	int c = 0 ^ p->swap;
	unsigned lc = left_seen(p, 0)->addr, rc = right_seen(p, 0)->addr;
	double learnt = score_weigh(p, lc, rc, 8);
	double x = client ? score_weigh(p, lc, rc, END_BITS) : 0;

	if (x < learnt && is_habit(p, key_addr(p->l, 0), key_addr(p->r, c)))
		x = learnt;
	if (x > 0)
		score_add(p, EV_CLIENT, x, x);
}

/* Habits are asked only where they would add something: the tables of clients
 * are large. */
static void score_unmapped(struct pairing *p)
{
	const struct flow *l = p->l, *r = p->r;
	int c = 0 ^ p->swap, v = 1 ^ p->swap;
	bool client = l->addr[0] == r->addr[c],
	     server = l->addr[1] == r->addr[v];
	bool cport = l->port[0] == r->port[c], sport = l->port[1] == r->port[v];

	if (client && server && cport && sport) {
		score_same_ends(p);
		return;
	}
	score_server(p, server, sport);
	score_client(p, client);
	if (cport && l->port[0]) /* chance, where ports are not kept */
		score_add_weighed(p, EV_PORT, left_seen(p, 0)->port,
				  right_seen(p, 0)->port,
				  score_rests(p, RESTS_PORTS).change_ports
					  ? 2
					  : END_BITS);
}

void score_ends(struct pairing *p)
{
	double before;

	for (int e = 0; e < 2; e++)
		if (mapped(p->m, p->l->addr[e], p->r->addr[e ^ p->swap]))
			score_add(p, EV_MAP, MAP_BITS, MAP_BITS);
	before = p->s->possible;
	score_unmapped(p);
	p->ends = p->s->possible - before;
}
