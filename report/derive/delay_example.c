/* delay.*: the frames that show a finding of delay: of the heaviest sessions' worst
 * exchanges the request, its copies, and the answer, at the points nearest to both
 * ends; of one without an answer, what ended the session.
 *
 * Exchanges name records by number (store/exchange.h).
 */
#include <netinet/in.h>
#include <stdio.h>

#include "base/text.h"
#include "capture/message.h"
#include "report/derive/delay.h"
#include "report/derive/delay_pause.h"
#include "report/derive/look.h"

#define EXAMPLES 3
/* records after a request or before a session's end among which its copies, or its
 * end, are looked for */
#define LOOK 64

static bool exchange_at(struct store *s, int64_t session, uint32_t n,
			struct exchange *out)
{
	struct exchange_cursor *c = store_exchanges(s, session);
	bool found = false;

	for (uint32_t i = 0; exchange_cursor_next(c, out); i++)
		if (i == n) {
			found = true;
			break;
		}
	exchange_cursor_free(c);
	out->name = NULL; /* went with the cursor */
	return found;
}

static bool is_shown(const struct draft *f, int64_t file, uint64_t frame)
{
	for (size_t i = 0; i < f->row.n_evidence; i++)
		if (f->row.evidence[i].file == file &&
		    f->row.evidence[i].frame == frame)
			return true;
	return false;
}

void delay_frame(struct draft *f, const struct model *m,
		 const struct session_view *v, size_t flow, int dir, uint64_t i,
		 const char *what)
{
	const struct flow_view *w = &v->flow[flow];
	struct recs *recs;

	if (i == EXCHANGE_NONE)
		return;
	recs = recs_open(m->store, &w->row, dir);
	if (i < recs_count(recs)) {
		const struct record *r = recs_get(recs, i);

		/* Wireshark knows the ports of the last fragment only */
		f->beside |= r->frag_id != 0;
		if (!is_shown(f, recs_file(recs, i), r->frame))
			draft_evidence(f, w->row.point, recs_file(recs, i),
				       r->frame, r->time_ns, "%s", what);
	}
	recs_close(recs);
}

struct end { /* what ends a session */
	bool found;
	int dir;
	struct record r;
	int64_t file;
};

/* Takes the first FIN or reset of @dir after @t_ns, if it is earlier than @e. */
static void look_for_end(struct end *e, const struct model *m,
			 const struct flow_view *w, int64_t t_ns, int dir)
{
	struct recs *recs = recs_open(m->store, &w->row, dir);
	uint64_t n = recs_count(recs), k = n > LOOK ? n - LOOK : 0;

	for (; k < n; k++) {
		const struct record *r = recs_get(recs, k);

		if (r->time_ns > t_ns && r->tcp_flags & (REC_FIN | REC_RST))
			break;
	}
	if (k < n && (!e->found || recs_get(recs, k)->time_ns < e->r.time_ns))
		*e = (struct end){ true, dir, *recs_get(recs, k),
				   recs_file(recs, k) };
	recs_close(recs);
}

/* Evidence of who ended the session: the first FIN or reset after the request's
 * last record @i. */
static void end_frame(struct draft *f, const struct model *m,
		      const struct flow_view *w, uint64_t i)
{
	struct recs *asked = recs_open(m->store, &w->row, 0);
	struct end e = { 0 };

	for (int dir = 0; dir < 2 && i < recs_count(asked); dir++)
		look_for_end(&e, m, w, recs_get(asked, i)->time_ns, dir);
	if (e.found)
		draft_evidence(f, w->row.point, e.file, e.r.frame, e.r.time_ns,
			       "the %s %s", e.dir ? "server" : "client",
			       e.r.tcp_flags & REC_RST ? "resets the session"
						       : "closes");
	recs_close(asked);
}

/* Are they the same bytes, sent again, as far as the capture has them? */
static bool is_copy(uint8_t proto, const struct record *a,
		    const struct record *b)
{
	if (proto == IPPROTO_TCP)
		return a->pay_len == b->pay_len && a->seq64 == b->seq64;
	/* `window`: a ping's number */
	return look_same(a, b) && a->window == b->window;
}

/* The last copy of the request's first record that was sent before @until_ns.
 * Return: its number; EXCHANGE_NONE: none. */
static uint64_t last_copy(const struct model *m, const struct flow_view *w,
			  uint64_t first, int64_t until_ns)
{
	struct recs *recs = recs_open(m->store, &w->row, 0);
	uint64_t n = recs_count(recs), copy = EXCHANGE_NONE;
	struct record asked = { 0 };

	if (first < n)
		asked = *recs_get(recs, first);
	for (uint64_t k = first + 1; k < n && k - first <= LOOK; k++) {
		const struct record *r = recs_get(recs, k);

		if (r->time_ns >= until_ns)
			break;
		if (is_copy(w->row.proto, &asked, r))
			copy = k;
	}
	recs_close(recs);
	return copy;
}

static int64_t time_of(const struct model *m, const struct flow_view *w,
		       int dir, uint64_t i)
{
	struct recs *recs = recs_open(m->store, &w->row, dir);
	int64_t t_ns = i < recs_count(recs) ? recs_get(recs, i)->time_ns
					    : INT64_MAX;

	recs_close(recs);
	return t_ns;
}

/* The whole time counts from the request's first packet, the server's from its
 * last; and a copy tells why it took long. */
static void request_frames(struct draft *f, const struct model *m,
			   const struct session_view *v,
			   const struct exchange *x, const char *what)
{
	size_t near = v->budget.near;
	const struct flow_view *w = &v->flow[near];
	uint64_t copy = last_copy(m, w, x->near[0],
				  time_of(m, w, 1, x->near[2]));

	delay_frame(f, m, v, near, 0, x->near[0], what);
	if (copy != EXCHANGE_NONE)
		delay_frame(f, m, v, near, 0, copy, "it is sent again");
	if (x->near[1] != x->near[0] && x->near[1] != copy)
		delay_frame(f, m, v, near, 0, x->near[1], "its last packet");
}

static const char *what_asks(const struct exchange *x)
{
	static const char *const what[] = {
		[SET_UP_NONE] = "a request",
		[SET_UP_OPENING] = "an opening packet",
		[SET_UP_CLOSING] = "the client's FIN",
	};

	return what[x->opening <= SET_UP_CLOSING ? x->opening : SET_UP_NONE];
}

/* The frames of @x, of which @line tells the first: what @leaves the server, and
 * @arrives. */
static void answer_frames(struct draft *f, const struct model *m,
			  const struct session_view *v,
			  const struct exchange *x, const char *line,
			  const char *leaves, const char *arrives)
{
	const struct budget *b = &v->budget;

	request_frames(f, m, v, x, line);
	if (b->near != b->far) {
		delay_frame(f, m, v, b->far, 0, x->far[0], "it arrives");
		delay_frame(f, m, v, b->far, 1, x->far[1], leaves);
	}
	delay_frame(f, m, v, b->near, 1, x->near[2], arrives);
}

/* The server's close is all that came. */
static void mute_example(struct draft *f, const struct model *m,
			 const struct session_view *v, const struct exchange *x)
{
	bool two = v->budget.near != v->budget.far;
	char total[TEXT_UNIT], line[160];

	snprintf(line, sizeof line,
		 "%s%s that gets no answer; %s later the "
		 "server's FIN is there",
		 what_asks(x), two ? " leaves" : "",
		 text_duration(exchange_total(x), total));
	answer_frames(f, m, v, x, line, "the server closes",
		      two ? "the FIN arrives" : "the server closes");
}

/* Does a SYN,ACK answer the opening @x, or anything the client's FIN?  A server that
 * closes what it accepted answers neither. */
static bool is_set_up(const struct model *m, const struct flow_view *w,
		      const struct exchange *x)
{
	struct recs *recs;
	bool syn;

	if (x->opening != SET_UP_OPENING)
		return x->opening == SET_UP_CLOSING;
	recs = recs_open(m->store, &w->row, 1);
	syn = x->near[2] < recs_count(recs) &&
	      recs_get(recs, x->near[2])->tcp_flags & REC_SYN;
	recs_close(recs);
	return syn;
}

/* The connection is opened, or closed. */
static void set_up_example(struct draft *f, const struct model *m,
			   const struct session_view *v,
			   const struct exchange *x)
{
	bool two = v->budget.near != v->budget.far;
	char total[TEXT_UNIT], line[160];

	snprintf(line, sizeof line, "%s%s; its answer is there after %s",
		 x->opening == SET_UP_OPENING ? "a SYN" : what_asks(x),
		 two ? " leaves" : "", text_duration(exchange_total(x), total));
	answer_frames(f, m, v, x, line, "the answer leaves",
		      two ? "the answer arrives" : "the answer");
}

static void unanswered_example(struct draft *f, const struct model *m,
			       const struct session_view *v,
			       const struct exchange *x)
{
	const struct budget *b = &v->budget;
	char line[160];

	snprintf(line, sizeof line, "%s%s that is never answered", what_asks(x),
		 b->near != b->far ? " leaves" : "");
	request_frames(f, m, v, x, line);
	if (b->near != b->far)
		delay_frame(f, m, v, b->far, 0, x->far[0], "it arrives");
	end_frame(f, m, &v->flow[b->near], x->near[1]);
}

static void example(struct draft *f, const struct model *m,
		    const struct session_view *v, const struct exchange *x,
		    const struct answer_pause *pause)
{
	const struct budget *b = &v->budget;
	char server[TEXT_UNIT], total[TEXT_UNIT], line[160];

	if (b->near >= v->row.n_flows || b->far >= v->row.n_flows)
		return;
	if (x->near[2] == EXCHANGE_NONE) {
		unanswered_example(f, m, v, x);
		return;
	}
	if (!x->bytes[1] && v->row.proto == IPPROTO_TCP) {
		if (is_set_up(m, &v->flow[b->near], x))
			set_up_example(f, m, v, x);
		else
			mute_example(f, m, v, x);
		return;
	}
	/* of one capture it may not be known at which end it was taken */
	snprintf(line, sizeof line, "%s%s; all of its answer is there after %s",
		 what_asks(x), b->near != b->far ? " leaves" : "",
		 text_duration(exchange_total(x), total));
	request_frames(f, m, v, x, line);
	if (b->near != b->far) {
		delay_frame(f, m, v, b->far, 0, x->far[0], "it arrives");
		snprintf(line, sizeof line,
			 "the answer leaves; the server's share is %s",
			 text_duration(x->part[TIME_SERVER], server));
		delay_frame(f, m, v, b->far, 1, x->far[1], line);
	}
	delay_frame(f, m, v, b->near, 1, x->near[2],
		    b->near != b->far ? "the answer arrives"
				      : "the answer begins");
	delay_pause_frames(f, m, v, pause);
	if (x->near[3] != x->near[2])
		delay_frame(f, m, v, b->near, 1, x->near[3],
			    b->near != b->far ? "its last piece arrives"
					      : "its last piece");
}

/* @pauses: the finding is of pauses within answers, of which the first example shows
 * the longest. */
static void examples(struct draft *f, const struct model *m,
		     const struct group *g, bool pauses)
{
	bool quic = false;

	for (size_t i = 0; m->store && i < g->n_top && i < EXAMPLES; i++) {
		struct session_view v;
		struct exchange x;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		if (i == 0 && !f->session_filters)
			draft_session_filters(f, &v);
		if (g->top[i].n != UINT32_MAX &&
		    exchange_at(m->store, v.row.id, g->top[i].n, &x)) {
			struct answer_pause p = { 0 };

			quic |= x.proto == MESSAGE_QUIC + 1;
			if (pauses && i == 0)
				p = delay_pause(m, &v, &x);
			delay_pause_fit(&p, g->hold.max);
			delay_pause_say(f, &p, g->explained_ns);
			example(f, m, &v, &x, &p);
		}
		session_view_release(&v);
	}
	if (quic)
		draft_against(f, "QUIC hides what asks and what answers: here "
				 "they are told from acknowledgements by their "
				 "size and time, so what either side sends of "
				 "its own accord looks like one of them");
}

void delay_evidence(struct draft *f, const struct model *m,
		    const struct group *g)
{
	examples(f, m, g, false);
}

void delay_pause_evidence(struct draft *f, const struct model *m,
			  const struct group *g)
{
	examples(f, m, g, true);
}
