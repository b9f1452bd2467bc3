/* Passage: the order of one capture's interfaces.
 *
 * A capture on all interfaces of a router, or of a host with containers, has
 * each packet once for each interface that it passes.  The interfaces become
 * points, and the file lists them in the system's order, which says nothing
 * about the path: a loss within the host would be put on the network beside it.
 *
 * Two sights of one packet (sides_print()) on different interfaces are a vote:
 * a router takes one off the TTL, so the one with the higher TTL was first,
 * whatever the time stamps; where a bridge kept the TTL, the earlier one was.
 * For packets to the client it is the other way round.  A SYN tells who the
 * client is, else the ports, else who spoke first.  An interface goes before
 * another if the votes for that exceed those against by SURE at least.
 *
 * Where clients are on several sides (containers that ask others and are asked)
 * such votes contradict one another.  What stays true is between which two
 * interfaces a third is: a packet seen on three has the middle one there,
 * whoever asked.  So an interface is moved as long as that makes fewer packets
 * go to and fro.  A star of interfaces is no line; then its branches follow each
 * other behind the middle.
 *
 * Limits: segments joined by offload on one interface find no match; only the
 * first LANES interfaces of the file are looked at.
 *
 * Cost: a table of PLACES sights and one of FLOWS while learning; O(1) a
 * packet.  A move is chosen in O(n^5) of at most LANES interfaces, some
 * milliseconds, and each saves packets.
 */
#include "capture/passage.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"
#include "capture/sides.h"
#include "capture/twins.h"

#define PLACES 8192u
#define FLOWS 4096u
#define LANES 16
#define STAGES 4              /* interfaces that a packet is remembered on */
#define FORWARD_NS 100000000u /* the longest that forwarding takes */
#define SURE 3                /* votes */
#define EPHEMERAL 32768u      /* Linux gives clients ports from here on */

struct stage {
	uint8_t lane, ttl;
	int64_t time_ns;
};

struct sight {
	uint32_t print;
	uint8_t n;
	bool to_client;
	int64_t time_ns; /* of the first */
	struct stage at[STAGES];
};

struct opener { /* of a flow: which of its ends asks */
	uint32_t print;
	bool known, high; /* the higher one does */
};

struct passage {
	struct sight sight[PLACES];
	struct opener flow[FLOWS];
	uint32_t lane[LANES];
	size_t n;
	uint32_t ahead[LANES][LANES]; /* votes that one is before another */
	/* packets seen on three: on the second one between the others */
	uint32_t between[LANES][LANES][LANES];
};

struct passage *passage_new(void)
{
	return mem_zalloc(1, sizeof(struct passage));
}

void passage_free(struct passage *g)
{
	free(g);
}

static size_t lane_known(const struct passage *g, uint32_t lane)
{
	size_t i = 0;

	while (i < g->n && g->lane[i] != lane)
		i++;
	return i;
}

static size_t lane_place(struct passage *g, uint32_t lane)
{
	size_t i = lane_known(g, lane);

	if (i == g->n && g->n < LANES)
		g->lane[g->n++] = lane;
	return i;
}

static uint64_t end_print(const struct net_addr *a, uint16_t port)
{
	uint64_t h = port + 1u;

	for (size_t i = 0; i < sizeof a->b; i++)
		h = (h ^ a->b[i]) * 0x100000001b3u;
	return h * 0x9e3779b97f4a7c15u;
}

static bool asks_by_port(const struct packet *p, bool otherwise)
{
	bool from = p->key.sport >= EPHEMERAL, to = p->key.dport >= EPHEMERAL;

	return from != to ? from : otherwise;
}

/* Does @p go to the client?  A flow of which nothing else is known begins with
 * a packet of the client's. */
static bool is_to_client(struct passage *g, const struct packet *p)
{
	uint64_t a = end_print(&p->key.src, p->key.sport);
	uint64_t b = end_print(&p->key.dst, p->key.dport);
	uint64_t h = (a ^ b) + p->key.proto;
	struct opener *o = &g->flow[(h >> 16) % FLOWS];
	bool high = a > b, syn = p->rec.tcp_flags & REC_SYN;

	if (p->key.proto != 6)
		syn = false;
	if (!o->known || o->print != h >> 32 || syn) {
		bool asks = syn ? !(p->rec.tcp_flags & REC_ACK)
				: asks_by_port(p, true);

		*o = (struct opener){ (uint32_t)(h >> 32), true, high == asks };
	}
	return o->high != high;
}

/* Did the packet pass @a before @b?  Files of several interfaces need not be in
 * the order of time. */
static bool passed_before(const struct stage *a, const struct stage *b)
{
	return a->ttl != b->ttl ? a->ttl > b->ttl : a->time_ns <= b->time_ns;
}

static void count_between(struct passage *g, const struct stage *a,
			  const struct stage *b, const struct stage *c)
{
	const struct stage *middle = a;

	if (passed_before(a, b) == passed_before(b, c))
		middle = b;
	else if (passed_before(a, c) == passed_before(c, b))
		middle = c;
	if (middle == a)
		a = b;
	else if (middle == c)
		c = b;
	g->between[a->lane][middle->lane][c->lane]++;
	g->between[c->lane][middle->lane][a->lane]++;
}

static void vote(struct passage *g, const struct sight *s,
		 const struct stage *now)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct stage *was = &s->at[i];

		if (passed_before(was, now) != s->to_client)
			g->ahead[was->lane][now->lane]++;
		else
			g->ahead[now->lane][was->lane]++;
		for (size_t k = i + 1; k < s->n; k++)
			count_between(g, was, &s->at[k], now);
	}
}

static bool has_lane(const struct sight *s, size_t lane)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].lane == lane)
			return true;
	return false;
}

void passage_learn(struct passage *g, const struct packet *p)
{
	size_t lane = lane_place(g, p->key.lane);
	uint64_t h = sides_print(p);
	struct sight *s = &g->sight[h % PLACES];
	bool to_client = is_to_client(g, p);
	struct stage now = { (uint8_t)lane, p->rec.ttl, p->rec.time_ns };

	if (lane == LANES || !twins_sure(p))
		return;
	if (!s->n || s->print != h >> 32 ||
	    time_apart(p->rec.time_ns, s->time_ns) > FORWARD_NS ||
	    has_lane(s, lane)) {
		*s = (struct sight){ .print = (uint32_t)(h >> 32),
				     .to_client = to_client,
				     .time_ns = p->rec.time_ns };
	} else {
		vote(g, s, &now);
	}
	if (s->n < STAGES)
		s->at[s->n++] = now;
}

static bool is_before(const struct passage *g, uint32_t a, uint32_t b)
{
	size_t x = lane_known(g, a), y = lane_known(g, b);

	return x < g->n && y < g->n && g->ahead[x][y] >= SURE &&
	       g->ahead[x][y] > g->ahead[y][x];
}

/* One that no other goes before; if they form a cycle, the first. */
static size_t foremost(const struct passage *g, const uint32_t *lane, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < n && !is_before(g, lane[k], lane[i]))
			k++;
		if (k == n)
			return i;
	}
	return 0;
}

/* How many packets go to and fro, where lanes are in the order @at. */
static uint64_t to_and_fro(const struct passage *g, const size_t *at, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			for (size_t m = k + 1; m < n; m++)
				sum += g->between[at[k]][at[i]][at[m]] +
				       g->between[at[i]][at[m]][at[k]];
	return sum;
}

static void move(size_t *at, size_t from, size_t to)
{
	size_t x = at[from];

	for (; from > to; from--)
		at[from] = at[from - 1];
	for (; from < to; from++)
		at[from] = at[from + 1];
	at[to] = x;
}

/* Makes the one move that helps most.  Return: whether there is one. */
static bool straighten(const struct passage *g, size_t *at, size_t n)
{
	uint64_t best = to_and_fro(g, at, n);
	size_t from = 0, to = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			uint64_t sum;

			move(at, i, k);
			sum = to_and_fro(g, at, n);
			move(at, k, i);
			if (sum >= best)
				continue;
			best = sum;
			from = i;
			to = k;
		}
	if (from == to)
		return false;
	move(at, from, to);
	return true;
}

/* Lanes of which packets were seen on three, in their places among the rest. */
static void sort_between(const struct passage *g, uint32_t *lane, size_t n)
{
	size_t at[LANES], place[LANES], known = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = lane_known(g, lane[i]);

		if (k == g->n)
			continue;
		at[known] = k;
		place[known++] = i;
	}
	while (straighten(g, at, known))
		;
	for (size_t i = 0; i < known; i++)
		lane[place[i]] = g->lane[at[i]];
}

void passage_sort(const struct passage *g, uint32_t *lane, size_t n)
{
	for (size_t done = 0; done < n; done++) {
		size_t i = done + foremost(g, lane + done, n - done);
		uint32_t first = lane[i];

		for (; i > done; i--)
			lane[i] = lane[i - 1];
		lane[done] = first;
	}
	sort_between(g, lane, n);
}
