/* Pairs of captures for the benchmark: a client side and a server side with a
 * NAT, delay and loss between them.
 *
 *   generate PACKETS SESSIONS SNAP SEED NEAR.pcap FAR.pcap
 *
 * Sessions begin evenly spread; each is TLS (7 in 10), HTTP (2) or DNS (1) and
 * lives until its packet budget (exponential around PACKETS / SESSIONS) is
 * used.  A TCP session works in flights: a burst of segments one way, an ACK
 * for every second one that arrives, with SACK above a hole, and a copy of
 * each lost segment one round trip later.  Each session has its own loss rate
 * between 0.1 and 1 %.  Five packets a session or fewer: SYN, SYN+ACK, request,
 * answer, RST.
 *
 * Order: a heap of sessions by their next event gives departures in time
 * order; each packet enters the file of its sender's side at once and a heap
 * of that of the other side until time has come there.  Memory follows the
 * sessions alive and the packets under way, not the size of the set.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/bench/wire.h"

#define US 1000ll
#define MS 1000000ll
#define SEC 1000000000ll
#define MSS 1448
#define START (1714979289 * SEC)
#define FAR_OFFSET (3 * SEC + 700 * MS) /* of the far clock */
#define FAR_DRIFT_PPM 20

struct session {
	uint64_t key;
	int64_t delay; /* one way */
	double loss;
	int64_t budget; /* packets left */
	uint32_t client, server, nat;
	uint16_t cport, nport, sport;
	uint32_t isn[2];
	uint64_t sent[2];   /* stream bytes so far, by way */
	int64_t arrived[2]; /* time of the last arrival: paths keep order */
	uint32_t ts_base[2], ts_seen[2];
	uint16_t ip_id[2];
	uint8_t app;
	int turn_way;
	uint32_t turn_left, turn_len;
	enum { S_OPEN, S_RUN, S_CLOSE, S_DONE } state;
	int64_t now; /* when the next flight may begin */
	uint64_t rng;
	struct VEC(struct event) events; /* of the flight, in time order */
	size_t next;
};

struct event {
	int64_t at;   /* departure */
	uint64_t pos; /* stream offset; of the sender */
	uint64_t ack; /* stream offset acknowledged */
	uint64_t sack[2];
	uint32_t turn_off;
	uint16_t len;
	uint8_t way, flags;
	bool lost, decided;
};

struct pending {
	struct VEC(struct wire) heap; /* by time */
	struct pcap_out out;
	uint64_t lost; /* of what was sent from here */
};

static struct pending side[2]; /* near, far */
static bool bulk;              /* one session that only downloads */

static uint64_t draw(struct session *s)
{
	return mix(s->rng++);
}

static double draw_unit(struct session *s)
{
	return (double)(draw(s) >> 11) * 0x1p-53;
}

/* --- packets under way ----------------------------------------------------- */

static void pending_push(struct pending *p, const struct wire *w)
{
	size_t i = p->heap.n;

	*VEC_PUSH(&p->heap) = *w;
	for (; i && p->heap.at[(i - 1) / 2].time_ns > w->time_ns;
	     i = (i - 1) / 2)
		p->heap.at[i] = p->heap.at[(i - 1) / 2];
	p->heap.at[i] = *w;
}

static void pending_pop(struct pending *p)
{
	struct wire last = p->heap.at[--p->heap.n];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < p->heap.n) {
		if (child + 1 < p->heap.n &&
		    p->heap.at[child + 1].time_ns < p->heap.at[child].time_ns)
			child++;
		if (p->heap.at[child].time_ns >= last.time_ns)
			break;
		p->heap.at[i] = p->heap.at[child];
		i = child;
	}
	if (p->heap.n)
		p->heap.at[i] = last;
}

static void pending_flush(struct pending *p, int64_t until)
{
	while (p->heap.n && p->heap.at[0].time_ns <= until) {
		pcap_out_put(&p->out, &p->heap.at[0]);
		pending_pop(p);
	}
}

static int64_t far_clock(int64_t t)
{
	return t + FAR_OFFSET + (t - START) / 1000000 * FAR_DRIFT_PPM;
}

/* --- a session's packets --------------------------------------------------- */

static struct wire wire_of(struct session *s, const struct event *e)
{
	int w = e->way;
	bool syn = e->flags & W_SYN;

	return (struct wire){
		.key = s->key,
		.pos = e->pos,
		.src = w ? s->server : s->client,
		.dst = w ? s->client : s->server,
		.sport = w ? s->sport : s->cport,
		.dport = w ? s->cport : s->sport,
		.seq = s->isn[w] + (uint32_t)e->pos + !syn,
		.ack = s->isn[!w] + (uint32_t)e->ack + 1,
		.sack_from = s->isn[!w] + (uint32_t)e->sack[0] + 1,
		.sack_to = s->isn[!w] + (uint32_t)e->sack[1] + 1,
		.tsval = s->ts_base[w] + (uint32_t)((e->at - START) / MS),
		.tsecr = s->ts_seen[!w],
		.turn_off = e->turn_off,
		.turn_len = s->turn_len,
		.len = e->len,
		.ip_id = w ? 0 : s->ip_id[w]++,
		.window = syn ? 64240 : 501,
		.ttl = 64,
		.flags = e->flags,
		.app = s->app,
		.way = (uint8_t)w,
		.udp = s->app == APP_DNS,
	};
}

static void translate(const struct session *s, struct wire *w)
{
	if (w->way) {
		w->dst = s->nat;
		w->dport = s->nport;
	} else {
		w->src = s->nat;
		w->sport = s->nport;
	}
}

static void emit(struct session *s, const struct event *e)
{
	struct wire near = wire_of(s, e), far = near;
	int64_t there = e->at + s->delay + (int64_t)(draw(s) % (200 * US));

	if (there <= s->arrived[e->way])
		there = s->arrived[e->way] + US;
	translate(s, &far);
	near.time_ns = e->way ? there : e->at;
	far.time_ns = far_clock(e->way ? e->at : there);
	*(e->way ? &near.ttl : &far.ttl) = 60;
	s->budget--;
	side[e->way].lost += e->lost;
	if (!e->lost) {
		s->arrived[e->way] = there;
		s->ts_seen[e->way] = near.tsval;
	}
	if (!e->way || !e->lost)
		pending_push(&side[0], &near);
	if (e->way || !e->lost)
		pending_push(&side[1], &far);
}

static struct event *add(struct session *s, int64_t at, int way, uint8_t flags)
{
	struct event *e = VEC_PUSH(&s->events);

	*e = (struct event){ .at = at,
			     .way = (uint8_t)way,
			     .flags = flags,
			     .pos = s->sent[way],
			     .ack = s->sent[!way],
			     .lost = draw_unit(s) < s->loss };
	return e;
}

/* A packet that must arrive: copies of it follow until one does. */
static int64_t add_surely(struct session *s, int64_t at, int way, uint8_t flags,
			  uint16_t len)
{
	struct event *e;

	for (int64_t wait = SEC;; at += wait, wait *= 2) {
		e = add(s, at, way, flags);
		e->len = len;
		if (!e->lost)
			return at + s->delay + 300 * US;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static void flight_open(struct session *s)
{
	int64_t t = add_surely(s, s->now, 0, W_SYN, 0);

	t = add_surely(s, t, 1, W_SYN | W_ACK, 0);
	if (s->budget > 5)
		add(s, t, 0, W_ACK);
	s->now = t + 100 * US;
	s->state = S_RUN;
}

static void flight_close(struct session *s)
{
	int64_t t;

	if (s->budget <= 2) {
		add(s, s->now, 0, W_RST | W_ACK);
	} else {
		t = add_surely(s, s->now, 0, W_FIN | W_ACK, 0);
		s->sent[0]++;
		t = add_surely(s, t, 1, W_FIN | W_ACK, 0);
		s->sent[1]++;
		add(s, t, 0, W_ACK);
	}
	s->state = S_DONE;
}

/* Segments of one burst, their copies, and what the receiver answers. */
static void flight_data(struct session *s, int way, uint32_t bytes)
{
	uint64_t begin = s->sent[way], hole = UINT64_MAX, top = begin;
	uint64_t hole_end = 0;
	int64_t t = s->now, copy_at = t + 2 * s->delay + MS, end = 0;
	unsigned unacked = 0;

	while (bytes) {
		uint16_t len = (uint16_t)(bytes < MSS ? bytes : MSS);
		struct event seg, *e = add(s, t, way, W_ACK);

		e->len = len;
		e->pos = top;
		e->turn_off = s->turn_len - s->turn_left +
			      (uint32_t)(top - begin);
		if (len == bytes)
			e->flags |= W_PSH;
		if (e->lost && hole != UINT64_MAX)
			e->lost = false; /* one hole a flight is enough */
		seg = *e;
		top += len;
		bytes -= len;
		end = t + s->delay + 400 * US;
		if (seg.lost) {
			hole = seg.pos;
			hole_end = top;
			seg.at = copy_at;
			seg.lost = false;
			*VEC_PUSH(&s->events) = seg;
		} else if (++unacked == 2 || !bytes || hole != UINT64_MAX) {
			struct event *a = add(s, end, !way, W_ACK);

			a->ack = hole == UINT64_MAX ? top : hole;
			a->sack[0] = hole_end;
			a->sack[1] = hole == UINT64_MAX ? hole_end : top;
			unacked = 0;
		}
		t += 12 * US;
	}
	if (hole != UINT64_MAX) {
		end = copy_at + s->delay + 400 * US;
		add(s, end, !way, W_ACK)->ack = top;
	}
	s->sent[way] = top;
	s->now = end + s->delay + MS;
}

static void next_turn(struct session *s, bool small)
{
	double u = draw_unit(s);

	s->turn_way = s->turn_len ? !s->turn_way : 0;
	if (s->turn_way == 0)
		s->turn_len = 80 + (uint32_t)(draw(s) % 900);
	else if (small)
		s->turn_len = 200 + (uint32_t)(draw(s) % 1200);
	else /* a heavy tail, 1 kB to 3 MB */
		s->turn_len = (uint32_t)fmin(1000 / pow(1 - u, 0.9), 3e6);
	s->turn_left = s->turn_len;
}

static void flight_run(struct session *s)
{
	uint32_t room = (bulk ? 200 : 10) * MSS, n;

	if (!s->turn_left) {
		if (s->budget <= 4 && s->turn_way == 1) {
			s->state = S_CLOSE;
			flight_close(s);
			return;
		}
		next_turn(s, s->budget < 20);
		if (bulk && s->turn_way)
			s->turn_len = s->turn_left = 1u << 30;
	}
	n = s->turn_left < room ? s->turn_left : room;
	if (s->budget < 4 && s->turn_len < MSS) { /* the five-packet kind */
		s->now = add_surely(s, s->now, s->turn_way, W_ACK | W_PSH,
				    (uint16_t)n) +
			 200 * US;
		s->sent[s->turn_way] += n;
	} else {
		flight_data(s, s->turn_way, n);
	}
	s->turn_left -= n;
	if (s->budget <= 0)
		s->turn_left = 0;
}

static void flight_dns(struct session *s)
{
	struct event *q = add(s, s->now, 0, 0), *a;

	q->len = 33;
	q->turn_off = (uint32_t)s->budget;
	if (!q->lost) {
		a = add(s, s->now + s->delay + 500 * US, 1, 0);
		a->len = 49;
		a->turn_off = (uint32_t)s->budget;
	}
	s->now += 2 * s->delay + 2 * SEC * (s->budget > 2);
	if (s->budget <= 2)
		s->state = S_DONE;
}

/* Return: false where the session is over. */
static bool next_flight(struct session *s)
{
	s->events.n = s->next = 0;
	if (s->state == S_DONE)
		return false;
	if (s->app == APP_DNS)
		flight_dns(s);
	else if (s->state == S_OPEN)
		flight_open(s);
	else
		flight_run(s);
	qsort(s->events.at, s->events.n, sizeof *s->events.at, by_time);
	return true;
}

static int64_t budget(struct session *s, double mean)
{
	if (bulk || mean <= 5)
		return (int64_t)mean;
	if (s->app == APP_DNS)
		return 2;
	/* A TCP session closes some packets after its budget is used, and DNS
	 * leaves more to the others. */
	return 8 + (int64_t)(-(mean - 8) * log(1 - draw_unit(s)) * 10 / 9);
}

static void session_init(struct session *s, uint64_t seed, uint64_t number,
			 double mean, int64_t at)
{
	uint64_t kind;

	s->rng = mix(seed ^ mix(number));
	s->key = draw(s);
	kind = bulk ? 0 : draw(s) % 10;
	s->app = kind < 7 ? APP_TLS : kind < 9 ? APP_HTTP : APP_DNS;
	s->loss = 0.001 + 0.009 * draw_unit(s);
	s->delay = 5 * MS + (int64_t)(draw(s) % (uint64_t)(35 * MS));
	s->budget = budget(s, mean);
	s->client = 0x0a000000 + (uint32_t)(number % 50000) + 2;
	s->cport = (uint16_t)(32768 + number / 50000 * 7 + draw(s) % 7);
	s->nat = 0xcb007100 + (uint32_t)(number / 60000 % 250);
	s->nport = (uint16_t)(1024 + number % 60000);
	s->server = 0xc6336400 + (uint32_t)(draw(s) % 20);
	s->sport = s->app == APP_TLS ? 443 : s->app == APP_HTTP ? 80 : 53;
	for (int w = 0; w < 2; w++) {
		s->isn[w] = (uint32_t)draw(s);
		s->ts_base[w] = (uint32_t)draw(s);
		s->ip_id[w] = (uint16_t)draw(s);
	}
	s->now = at;
}

/* --- all sessions in time order -------------------------------------------- */

static struct VEC(struct session *) live; /* heap by the next event */

static int64_t when(const struct session *s)
{
	return s->events.at[s->next].at;
}

static void live_sift(size_t i)
{
	struct session *s = live.at[i];
	size_t child;

	for (; (child = 2 * i + 1) < live.n; i = child) {
		if (child + 1 < live.n &&
		    when(live.at[child + 1]) < when(live.at[child]))
			child++;
		if (when(live.at[child]) >= when(s))
			break;
		live.at[i] = live.at[child];
	}
	live.at[i] = s;
}

static void live_push(struct session *s)
{
	size_t i = live.n;

	*VEC_PUSH(&live) = s;
	for (; i && when(live.at[(i - 1) / 2]) > when(s); i = (i - 1) / 2)
		live.at[i] = live.at[(i - 1) / 2];
	live.at[i] = s;
}

static void live_drop(void)
{
	VEC_FREE(&live.at[0]->events);
	free(live.at[0]);
	live.at[0] = live.at[--live.n];
	if (live.n)
		live_sift(0);
}

/* Plays the earliest event.  Return: its time. */
static int64_t live_step(void)
{
	struct session *s = live.at[0];
	int64_t at = when(s);

	emit(s, &s->events.at[s->next++]);
	if (s->next == s->events.n && !next_flight(s))
		live_drop();
	else
		live_sift(0);
	return at;
}

static void play(uint64_t packets, uint64_t sessions, uint64_t seed)
{
	double mean = (double)packets / (double)sessions;
	int64_t gap = 4 * US * (int64_t)mean, begin = START;
	uint64_t started = 0;

	while (started < sessions || live.n) {
		int64_t at;

		if (started < sessions &&
		    (!live.n || when(live.at[0]) >= begin)) {
			struct session *s = mem_zalloc(1, sizeof *s);

			session_init(s, seed, started++, mean, begin);
			next_flight(s);
			live_push(s);
			begin += gap;
			continue;
		}
		at = live_step();
		pending_flush(&side[0], at);
		pending_flush(&side[1], far_clock(at));
	}
	pending_flush(&side[0], INT64_MAX);
	pending_flush(&side[1], INT64_MAX);
}

int main(int argc, char **argv)
{
	uint64_t packets, sessions;
	uint32_t snap;

	if (argc != 7) {
		fprintf(stderr, "usage: generate PACKETS SESSIONS SNAP SEED "
				"NEAR.pcap FAR.pcap\n");
		return 2;
	}
	packets = strtoull(argv[1], NULL, 10);
	sessions = strtoull(argv[2], NULL, 10);
	snap = (uint32_t)strtoul(argv[3], NULL, 10);
	if (!packets || !sessions || !snap)
		return 2;
	bulk = sessions == 1;
	for (int i = 0; i < 2; i++)
		if (!pcap_out_open(&side[i].out, argv[5 + i], snap)) {
			perror(argv[5 + i]);
			return 1;
		}
	play(packets, sessions, strtoull(argv[4], NULL, 10));
	for (int i = 0; i < 2; i++) {
		printf("%s: %llu packets, %llu bytes, %llu lost on the way\n",
		       argv[5 + i], (unsigned long long)side[i].out.packets,
		       (unsigned long long)side[i].out.bytes,
		       (unsigned long long)side[i].lost);
		if (!pcap_out_close(&side[i].out)) {
			perror(argv[5 + i]);
			return 1;
		}
		VEC_FREE(&side[i].heap);
	}
	VEC_FREE(&live);
	return 0;
}
