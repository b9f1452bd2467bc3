/* Exchanges by the direction of data: see the header.
 *
 * What: new data from the client begins a request; what the server sends until
 * the client sends again is the answer.  Retransmissions, keep-alives and
 * window probes are not new data.  For TLS the handshake is left out, as its
 * messages tell where it ends (capture/proto_tls.c), and so is an alert after
 * all other data: it belongs to the encrypted side, the other has nothing like
 * it.
 *
 * Lengths are of places in the stream, so that losses do not change them.
 * Times are those of first sights: a request's are never too early, an answer's
 * last byte never later than it was sent, except for what the capture lacks.
 *
 * Limits: anything else that a client sends, such as HTTP/2's window updates
 * during a long answer (RFC 9113 6.9), begins a turn; then the answer is two,
 * neither of which matches.
 *
 * Cost: the records of the flows, at most FLOW_RECORDS of each way and
 * ALL_RECORDS of the point.
 */
#include "correlate/turns.h"

#include <stdlib.h>

#include "store/recs.h"

#define FLOW_RECORDS 20000
#define ALL_RECORDS 4000000
#define ALERT 60 /* bytes of a record with one, at most */

struct way {
	struct recs *v;
	uint64_t n, i;
	uint64_t start; /* of what counts; 0: everything */
	uint64_t next;  /* behind the highest byte that was seen */
	bool begun;
};

struct reading {
	struct pair_case *c;
	const struct point *p;
	struct messages *messages;
	struct asks *out;
	uint64_t left; /* records that may be read */
	/* of the flow */
	uint32_t flow;
	enum ask_form form;
	struct way way[2];
	struct ask now;
	bool open, answered;
	/* before the server's last segment */
	int64_t told_before;
	uint32_t len_before;
	uint32_t last_len; /* of that segment */
};

/* --- what is known of the flow --- */

static void take_message(struct reading *r, const struct message *m,
			 const struct flow_part *part)
{
	int d = m->dir ^ part->swap;
	uint64_t end = m->off + m->len + (uint64_t)part->shift[d];

	if (m->proto == MESSAGE_HTTP)
		r->form = ASK_HTTP;
	if (m->proto != MESSAGE_TLS)
		return;
	r->form = ASK_SEALED;
	if (m->kind == MESSAGE_HANDSHAKE && end > r->way[d].start)
		r->way[d].start = end;
}

static void read_messages(struct reading *r, const struct flow_row *f)
{
	struct message m;

	r->form = ASK_OTHER;
	for (size_t i = 0; i < f->n_parts; i++) {
		messages_part(r->messages, f->parts[i].part);
		while (messages_next(r->messages, &m))
			take_message(r, &m, &f->parts[i]);
	}
}

/* --- turns --- */

static void close_turn(struct reading *r)
{
	if (r->open && r->answered && r->out->n < TURNS_MAX)
		*VEC_PUSH(r->out) = r->now;
	r->open = r->answered = false;
}

/* The server's alert after all data is not part of the last answer; the client
 * may have sent its own after it. */
static void leave_out_alert(struct reading *r, size_t first)
{
	struct ask *a = &r->now;

	if (r->form != ASK_SEALED || r->last_len > ALERT || !r->len_before)
		return;
	if (r->open && !r->answered) {
		if (r->now.len[0] > ALERT || r->out->n == first)
			return;
		a = &r->out->at[r->out->n - 1];
	}
	a->told_last = r->told_before;
	a->len[1] = r->len_before;
}

static void ask(struct reading *r, const struct record *x, int64_t file,
		uint32_t fresh)
{
	struct ask *a = &r->now;

	if (r->answered || !r->open) {
		close_turn(r);
		*a = (struct ask){
			.asked = x->time_ns,
			.frame = { x->frame, 0 },
			.part = (int64_t)((uint64_t)file << 32 | x->part),
			.flow = r->flow,
			.mate = ASK_NONE,
			.form = (uint8_t)r->form,
		};
		r->open = true;
	}
	a->asked_last = x->time_ns;
	a->len[0] += fresh;
}

static void tell(struct reading *r, const struct record *x, uint32_t fresh)
{
	struct ask *a = &r->now;

	if (!r->open)
		return;
	if (!r->answered) {
		r->answered = true;
		a->told = a->told_last = x->time_ns;
		a->frame[1] = x->frame;
	}
	r->told_before = a->told_last;
	r->len_before = a->len[1];
	r->last_len = fresh;
	a->told_last = x->time_ns;
	a->len[1] += fresh;
}

static void take_record(struct reading *r, int d, const struct record *x,
			int64_t file)
{
	struct way *w = &r->way[d];
	uint64_t begin = x->seq64 + (x->tcp_flags & REC_SYN ? 1 : 0);
	uint64_t end = begin + x->pay_len, from;

	if (!x->pay_len || x->tcp_flags & REC_RST)
		return;
	from = w->begun ? w->next : begin;
	if (from < w->start)
		from = w->start;
	w->begun = true;
	if (end > w->next)
		w->next = end;
	if (end <= from || end - from > UINT32_MAX / 2)
		return;
	if (d)
		tell(r, x, (uint32_t)(end - from));
	else
		ask(r, x, file, (uint32_t)(end - from));
}

/* Which way has the earlier record; 2: neither has any left. */
static int earlier(struct reading *r)
{
	struct way *w = r->way;
	const struct record *x[2];

	if (w[0].i == w[0].n)
		return w[1].i == w[1].n ? 2 : 1;
	if (w[1].i == w[1].n)
		return 0;
	for (int d = 0; d < 2; d++)
		x[d] = recs_get(w[d].v, w[d].i);
	if (recs_file(w[0].v, w[0].i) == recs_file(w[1].v, w[1].i))
		return x[1]->frame < x[0]->frame;
	return x[1]->time_ns < x[0]->time_ns;
}

static void read_flow(struct reading *r, const struct flow_row *f)
{
	size_t first = r->out->n;
	int d;

	for (d = 0; d < 2; d++)
		r->way[d] = (struct way){ .v = NULL };
	read_messages(r, f);
	for (d = 0; d < 2; d++) {
		struct way *w = &r->way[d];

		w->v = recs_open(r->c->store, f, d);
		w->n = recs_count(w->v);
		w->n = w->n < FLOW_RECORDS ? w->n : FLOW_RECORDS;
		r->left -= w->n < r->left ? w->n : r->left;
	}
	r->open = r->answered = false;
	r->len_before = r->last_len = 0;
	while ((d = earlier(r)) < 2) {
		struct way *w = &r->way[d];

		take_record(r, d, recs_get(w->v, w->i), recs_file(w->v, w->i));
		w->i++;
	}
	leave_out_alert(r, first);
	close_turn(r);
	for (d = 0; d < 2; d++)
		recs_close(r->way[d].v);
}

static int by_time(const void *a, const void *b)
{
	const struct ask *x = a, *y = b;

	if (x->asked != y->asked)
		return x->asked < y->asked ? -1 : 1;
	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	return x->frame[0] < y->frame[0] ? -1 : x->frame[0] > y->frame[0];
}

static void read_wanted(struct reading *r, uint32_t i)
{
	const struct point *p = r->p;
	const struct flow *f = &p->flow[i];
	struct flow_part one = { .part = f->part, .swap = f->swapped };
	struct flow_row row = {
		.point = p->id,
		.proto = f->proto,
		.n_parts = f->n_parts,
		.parts = f->n_parts > 1 ? p->parts.at + f->part : &one,
	};

	if (!flow_is_tcp(f) || !f->n_parts || !f->dir[0].bytes ||
	    !f->dir[1].bytes)
		return;
	r->flow = i;
	read_flow(r, &row);
}

void turns_read(struct pair_case *c, size_t point, const uint8_t *wants,
		struct asks *out)
{
	const struct point *p = &c->point[point];
	struct reading r = { .c = c,
			     .p = p,
			     .messages = messages_open(c->store),
			     .out = out,
			     .left = ALL_RECORDS };

	for (size_t i = 0; i < p->n && r.left && out->n < TURNS_MAX; i++) {
		/* most are not wanted, and stay out of the cache */
		if (wants[i])
			read_wanted(&r, (uint32_t)i);
	}
	if (out->n > 1)
		qsort(out->at, out->n, sizeof *out->at, by_time);
	messages_close(r.messages);
}
