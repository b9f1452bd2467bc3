/* What the hosts talk about: contents, and the datagram applications
 * (request and answer with retries, one-way streams, echo).
 */
#include "tests/sim/sim.h"

#include <netinet/in.h>
#include <string.h>

#define RETRY (1500 * MS)
#define TRIES 3

/* @style 0: random, as TLS; 1: HTTP text with a few random words; 2: the same
 * text always; 3: zeros. */
void app_fill(struct rng *r, uint8_t *out, uint32_t n, int style)
{
	static const char text[] =
		"GET /health HTTP/1.1\r\nHost: backend.example\r\n"
		"User-Agent: probe/2.1\r\nAccept: */*\r\n"
		"Connection: close\r\n\r\n";
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html"
				   "\r\nServer: example\r\nX-Request-Id: ";

	for (uint32_t i = 0; i < n; i++) {
		switch (style) {
		case 0:
			out[i] = (uint8_t)rng_next(r);
			break;
		case 1:
			out[i] = i % 509 < sizeof head - 1
					 ? (uint8_t)head[i % 509]
					 : (uint8_t)(i % 7 ? 'a' + rng_int(r, 0,
									   25)
							   : ' ');
			break;
		case 2:
			out[i] = (uint8_t)text[i % (sizeof text - 1)];
			break;
		default:
			out[i] = 0;
		}
	}
}

static void send_dgram(struct sim *s, struct session *e, int end,
		       const struct session *data, int row, int number)
{
	struct pkt *p = pkt_new(e, end);

	p->pay = data->dgram + (size_t)row * data->dgram_len;
	p->len = data->dgram_len;
	p->seq = (uint32_t)number;
	if (e->what == S_ECHO)
		p->icmp_type = e->v6 ? (uint8_t)(end ? 129 : 128)
				     : (uint8_t)(end ? 0 : 8);
	path_send(s, p);
}

/* @arg: number << 8 | tries so far. */
static void on_request(struct sim *s, void *ctx, uint64_t arg)
{
	struct session *e = ctx;
	int k = (int)(arg >> 8), tries = (int)(arg & 255);

	if (tries && e->done > k)
		return;
	send_dgram(s, e, 0, e, k, k + 1);
	if (e->what == S_DNS && tries + 1 < TRIES)
		sim_at(s, s->now + RETRY, on_request, e, arg + 1);
	if (!tries && k + 1 < e->count)
		sim_at(s, s->now + e->every, on_request, e,
		       (uint64_t)(k + 1) << 8);
}

static void on_answer(struct sim *s, void *ctx, uint64_t arg)
{
	struct session *e = ctx, *as = e->reply_as ? e->reply_as : e;
	int k = (int)arg;

	send_dgram(s, as, e->reply_as ? 0 : 1, e,
		   e->what == S_ECHO ? k : e->count + k, k + 1);
}

void dgram_input(struct sim *s, const struct pkt *p)
{
	struct session *e = p->s;
	int k = (int)p->seq - 1;

	if (session_from(e, p->way) == 1) {
		e->done = k + 1 > e->done ? k + 1 : e->done;
		return;
	}
	if (e->what == S_RTP || !rng_pct(&s->rng, e->answer_pct))
		return;
	sim_at(s, s->now + rng_exp(&s->rng, MS) + 50 * US, on_answer, e,
	       (uint64_t)k);
}

static void on_start(struct sim *s, void *ctx, uint64_t arg)
{
	struct session *e = ctx;

	(void)arg;
	if ((e->other && !e->script[0]) || web_is_back(e))
		return; /* the relay opens it */
	if (e->proto == IPPROTO_TCP)
		tcp_start(s, e);
	else if (e->count)
		on_request(s, e, 0);
}

void app_start(struct sim *s, struct session *e)
{
	sim_at(s, e->start, on_start, e, 0);
}
