/* Look-ups for rules that concern few sessions: see the header.
 *
 * look_asks(): datagrams of one side only ask for an answer if a known protocol
 * says that one is a request, or that all do what a client does before it has had an
 * answer (the rest of a handshake shows that there was one, which the capture lacks,
 * or that it is the server's half); or if they are few and one is repeated with
 * identical content: a program without an answer asks again.  Streams (voice,
 * logs, flow records) do neither; nor does what a known protocol sends for its own sake
 * (traps, peers of NTP).  A constant heartbeat does in a short
 * capture: so the second sign is a guess, and equal ports at both ends, typical
 * of heartbeats, are excluded.
 *
 * look_witness(): in large cases every nth session is counted, SESSIONS at
 * most.
 *
 * Cost: some 10 us per session counted, once; AGAIN records of a flow.
 */
#include "report/derive/look.h"

#include <stdlib.h>

#include "report/derive/witness.h"
#include "store/recs.h"

#define SESSIONS 40000
#define RECORDS 4096 /* records searched for one with flags */
/* datagrams: one that repeats more often is not waiting for an answer */
#define AGAIN 10

bool look_record(struct store *s, const struct flow_row *f, int dir,
		 unsigned flags, struct record *out, int64_t *file)
{
	struct recs *recs = recs_open(s, f, dir);
	uint64_t n = recs_count(recs), i = 0;

	n = n < RECORDS ? n : RECORDS;
	while (i < n && flags && !(recs_get(recs, i)->tcp_flags & flags))
		i++;
	if (i < n) {
		*out = *recs_get(recs, i);
		if (file)
			*file = recs_file(recs, i);
	}
	recs_close(recs);
	return i < n;
}

bool look_last(struct store *s, const struct flow_row *f, int dir,
	       unsigned flags, int64_t until_ns, struct record *out,
	       int64_t *file)
{
	struct recs *recs = recs_open(s, f, dir);
	uint64_t n = recs_count(recs), least = n > RECORDS ? n - RECORDS : 0;
	bool found = false;

	for (uint64_t i = n; !found && i-- > least;) {
		const struct record *r = recs_get(recs, i);

		found = r->time_ns <= until_ns &&
			(flags ? (r->tcp_flags & flags) != 0 : r->pay_len > 0);
		if (!found)
			continue;
		*out = *r;
		if (file)
			*file = recs_file(recs, i);
	}
	recs_close(recs);
	return found;
}

bool look_after(struct store *s, const struct flow_row *f, int dir,
		int64_t from_ns, int64_t until_ns, struct record *out,
		int64_t *file)
{
	struct recs *recs = recs_open(s, f, dir);
	uint64_t n = recs_count(recs), least = n > RECORDS ? n - RECORDS : 0;
	uint64_t i = n;
	bool found;

	while (i > least && recs_get(recs, i - 1)->time_ns > from_ns)
		i--;
	while (i < n && !recs_get(recs, i)->pay_len)
		i++;
	found = i < n && recs_get(recs, i)->time_ns <= until_ns;
	if (found) {
		*out = *recs_get(recs, i);
		if (file)
			*file = recs_file(recs, i);
	}
	recs_close(recs);
	return found;
}

bool look_message(struct store *s, const struct flow_row *f,
		  bool (*is_it)(const void *ctx, const struct message *m),
		  const void *ctx)
{
	struct messages *all = store_messages(s);
	bool found = false;
	struct message m;

	for (size_t i = 0; i < f->n_parts && !found; i++) {
		messages_part(all, f->parts[i].part);
		while (!found && messages_next(all, &m))
			found = is_it(ctx, &m);
	}
	return found;
}

static bool is_of(const void *ctx, const struct message *m)
{
	const uint32_t *protos = ctx;

	return *protos >> m->proto & 1;
}

bool look_speaks(struct store *s, const struct flow_row *f, uint32_t protos)
{
	return look_message(s, f, is_of, &protos);
}

struct said { /* messages */
	bool requests;
	bool notices;    /* that are to be answered by nobody */
	uint64_t shakes; /* that set up the session */
	uint64_t opens;  /* of these, such as need no answer before */
};

static struct said what_is_said(struct store *s, const struct flow_row *f)
{
	struct messages *all = store_messages(s);
	struct said x = { 0 };
	struct message m;

	for (size_t i = 0; i < f->n_parts && !x.requests; i++) {
		messages_part(all, f->parts[i].part);
		while (!x.requests && messages_next(all, &m)) {
			x.requests = m.kind == MESSAGE_REQUEST;
			x.notices |= m.kind == MESSAGE_NOTICE &&
				     m.proto != MESSAGE_ICMP &&
				     m.proto != MESSAGE_ICMPV6;
			x.shakes += m.kind == MESSAGE_HANDSHAKE;
			x.opens += (m.flags & MESSAGE_OPENS) != 0;
		}
	}
	return x;
}

bool look_same(const struct record *a, const struct record *b)
{
	if (a->pay_len != b->pay_len || !a->pay_len)
		return false;
	if (a->marks & b->marks & REC_FULL)
		return a->full_digest == b->full_digest;
	return a->marks & b->marks & REC_HEAD &&
	       a->head_digest == b->head_digest;
}

static bool comes_again(struct store *s, const struct flow_row *f)
{
	struct record first[AGAIN];
	struct recs *recs = recs_open(s, f, 0);
	uint64_t n = recs_count(recs);
	bool again = false;

	for (uint64_t i = 0; n <= AGAIN && i < n; i++) {
		first[i] = *recs_get(recs, i);
		for (uint64_t k = 0; k < i; k++)
			again |= look_same(&first[k], &first[i]);
	}
	recs_close(recs);
	return again;
}

enum asks look_asks(struct store *s, const struct flow_row *f)
{
	struct said x = what_is_said(s, f);

	if (x.requests || (x.opens && x.opens == f->packets[0]))
		return ASKS_REQUEST;
	if (!x.shakes && !x.notices && f->client.port != f->server.port &&
	    comes_again(s, f))
		return ASKS_AGAIN;
	return ASKS_NOTHING;
}

static void add_session(struct witness *w, const struct model *m, int64_t id)
{
	struct session_row row = { 0 };
	struct flow_row *flow;
	const struct flow_row **at;
	size_t n = 0;

	if (!store_session_peek(m->store, id, &row))
		return;
	flow = mem_zalloc(row.n_flows + 1, sizeof *flow);
	at = mem_zalloc(row.n_flows + 1, sizeof *at);
	while (n < row.n_flows && row.flows[n].point_pos >= 1 &&
	       row.flows[n].point_pos <= (int)m->n_points &&
	       store_flow_get(m->store, row.flows[n].flow, &flow[n])) {
		at[n] = &flow[n];
		n++;
	}
	if (n == row.n_flows)
		witness_add(w, &row, at);
	for (size_t i = 0; i < n; i++)
		flow_row_release(&flow[i]);
	free(flow);
	free(at);
	session_row_release(&row);
}

struct witness *look_witness(const struct model *m)
{
	struct witness *w = witness_new(m);
	int64_t step = m->n_sessions / SESSIONS + 1;

	for (int64_t id = 1; id <= m->n_sessions; id += step)
		add_session(w, m, id);
	return w;
}
