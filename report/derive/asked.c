/* Asked: see the header.
 *
 * Only what is answered is believed: bytes that look like requests and never
 * get a response are treated as turns, like all bytes without messages.
 *
 * A request opens when it is complete; what it was spent on counts from when its first
 * byte left (asked_marks.c).  A response closes the request with its id, or the oldest if
 * the protocol has none.  A request that was refused before it was complete (in HTTP,
 * while waiting for "100 Continue") comes after its response: the newest response without
 * a request is kept for it (asked_early.c).
 *
 * Only requests in flight hold the client up: one that was answered `pending`,
 * or that ASKED_STALE later ones have overtaken (a directory watch, a long
 * poll), waits in the background.
 *
 * Memory: ASKED_MOST open requests; those beyond that, or whose mark is gone, are
 * treated as turns.  Wrong messages (of a damaged case) make wrong exchanges, never wrong
 * sums: each is a difference of what the timeline attributed.
 */
#include "report/derive/asked.h"

#include <stdlib.h>
#include <string.h>

#include "report/derive/asked_int.h"
#include "report/derive/timeline.h"

#define SEARCH 65536 /* records searched backwards for a message's first */

struct asked *asked_new(struct store *s)
{
	struct asked *a = mem_zalloc(1, sizeof *a);

	feed_open(&a->feed, s);
	return a;
}

void asked_free(struct asked *a)
{
	if (!a)
		return;
	feed_close(&a->feed);
	free(a);
}

bool asked_any(const struct asked *a)
{
	return a && a->feed.any;
}

unsigned asked_proto(const struct asked *a)
{
	return a->feed.has_next ? a->feed.next.proto : MESSAGE_PROTOS;
}

const struct message *asked_says(const struct asked *a, const struct record *r,
				 int d)
{
	const struct message *m = &a->feed.next;

	return a->feed.has_next && m->dir == d && m->first_frame == r->frame &&
			       feed_due(&a->feed, r->frame, r->time_ns)
		       ? m
		       : NULL;
}

void asked_begin(struct asked *a, const struct flow_row *near,
		 const struct timing *timing)
{
	a->n_open = 0;
	a->n_marks = 0;
	a->n_kept = 0;
	a->think_mark = 0;
	a->answers = a->has_early = false;
	a->told_cut = a->told_part = a->told_close = false;
	a->has_half = a->greeted = a->ended = false;
	feed_begin(&a->feed, near, timing);
}

bool asked_refused(const struct asked *a)
{
	return a && a->feed.refused;
}

unsigned asked_open(const struct asked *a)
{
	unsigned n = 0;

	/* without a next message, or before the first answer, nothing would
	 * show one */
	for (size_t i = 0; i < a->n_open && a->feed.has_next && a->answers; i++)
		n += asked_in_flight(&a->open[i]);
	return n;
}

bool asked_waits(const struct asked *a)
{
	for (size_t i = 0; i < a->n_open; i++)
		if (asked_in_flight(&a->open[i]))
			return true;
	return a->told_part || a->told_close;
}

bool asked_amid(const struct asked *a, int64_t now_ns)
{
	const struct message *m = &a->feed.next;

	return a->feed.has_next && m->dir == 1 && m->kind == MESSAGE_RESPONSE &&
	       m->first_ns < now_ns;
}

/* --- a message --- */
/* Number of the record of @s with @frame or just after, from @rec back. */
static uint32_t first_record(struct strand *s, uint32_t rec, uint64_t frame)
{
	for (uint32_t i = 0; i < SEARCH && rec > 0; i++, rec--)
		if (strand_at(s, rec - 1)->frame < frame)
			break;
	return rec;
}

static void done(struct asked *a, struct timeline *t, struct request *q)
{
	/* if no message was ever an answer there are only turns */
	if (a->answers && !timeline_has(t, &q->x))
		timeline_done(t, &q->x);
	free(q->x.name);
}

/* An answer that stopped halfway gets the time until it was given up, if it was
 * waited for. */
static void finish_half(struct asked *a, struct timeline *t)
{
	if (!a->has_half)
		return;
	a->has_half = false;
	done(a, t, &a->half);
}

static void finish(struct asked *a, struct timeline *t, struct request *q)
{
	size_t i = (size_t)(q - a->open);

	/* with a half already, this belongs to another: an early answer */
	if (a->told_cut && !a->has_half && q->x.near[2] != EXCHANGE_NONE) {
		a->half = *q;
		a->has_half = true;
	} else {
		done(a, t, q);
	}
	memmove(q, q + 1, (a->n_open - i - 1) * sizeof *q);
	a->n_open--;
}

void asked_answered(struct asked *a, struct timeline *t, struct request *q,
		    const struct answer *r)
{
	asked_covers_kept(a, t, q);
	q->x.near[2] = r->first;
	q->x.near[3] = r->last;
	q->x.far[1] = r->far;
	q->x.bytes[1] = r->bytes;
	q->x.status = r->status;
	q->x.hold_ns = r->hold_ns;
	asked_spent(q, r->part);
	for (struct request *o = a->open; o < q; o++)
		o->overtaken++;
	a->think_mark = r->part[TIME_CLIENT];
	a->answers = true;
	t->matched++;
	finish(a, t, q);
}

static void response(struct asked *a, struct timeline *t, uint32_t rec)
{
	const struct message *m = &a->feed.next;
	struct request *q = asked_open_of(a, m);
	struct answer r = { .proto = m->proto,
			    .id = m->msg_id,
			    .first_ns = m->first_ns,
			    .status = m->status,
			    .bytes = m->len,
			    .far = timeline_told_at(t, m->off),
			    .first = first_record(t->tap[0].strand[1], rec,
						  m->first_frame),
			    .last = rec,
			    .hold_ns = t->hold_ns };

	memcpy(r.part, t->b->part, sizeof r.part);
	finish_half(a, t);
	a->told_end = m->off + m->len;
	a->told_part = q && (m->flags & (MESSAGE_CUT | MESSAGE_HOLE |
					 MESSAGE_BLIND)) == MESSAGE_CUT;
	a->told_cut = a->told_part && !(m->flags & MESSAGE_REST);
	a->told_close = q && m->flags & MESSAGE_CLOSE;
	if (q) {
		asked_answered(a, t, q, &r);
	} else {
		if (a->has_early)
			asked_tell_kept(a, t); /* nothing has claimed that */
		a->early = r;
		a->has_early = true;
	}
}

static void request(struct asked *a, struct timeline *t, uint32_t rec,
		    uint64_t end)
{
	const struct message *m = &a->feed.next;
	const struct mark *k = asked_mark_of(a, m->first_frame);
	struct request *q;

	timeline_name(t, m->proto, a->feed.name);
	timeline_requested(t);
	q = t->datagrams ? asked_sent_again(a) : NULL;
	if (q)
		q->waited.n = 1;
	if (q && q->x.far[0] == EXCHANGE_NONE)
		q->x.far[0] = timeline_asked_at(t, end);
	if (q || a->n_open == ASKED_MOST || !k)
		return;
	q = &a->open[a->n_open++];
	*q = (struct request){ .id = m->msg_id,
			       .head = a->head,
			       .full = a->full };
	q->x = (struct exchange){
		.near = { k->rec, rec, EXCHANGE_NONE, EXCHANGE_NONE },
		.far = { timeline_asked_at(t, end), EXCHANGE_NONE },
		.at_ns = k->at_ns,
		.bytes = { m->len, 0 },
		.proto = (uint8_t)(m->proto + 1),
		.name = mem_strdup(a->feed.name)
	};
	q->x.think_ns = k->part[TIME_CLIENT] - a->think_mark;
	if (q->x.think_ns < 0)
		q->x.think_ns = 0;
	q->x.in_flight = asked_open(a);
	q->x.in_flight += !q->x.in_flight;
	memcpy(q->mark, k->part, sizeof q->mark);
	q->behind_ns = k->behind_ns;
	asked_was_answered(a, t);
}

/* The client's first flight (ClientHello) wants an answer; what it sends once the
 * server has spoken need not (Finished). */
static void hand_shaken(struct asked *a, struct timeline *t, int d)
{
	a->greeted |= d == 1;
	if (d == 1)
		return;
	timeline_name(t, a->feed.next.proto, a->feed.name);
	timeline_shakes(t);
	if (!a->greeted &&
	    (!a->feed.name[0] || !strncmp(a->feed.name, "ClientHello", 11)))
		timeline_requested(t);
}

/* An alert that can be read, or was known by its length, is one of the handshake.
 * Warnings do not end it, and a goodbye is no refusal. */
static void alerted(const struct asked *a, struct timeline *t)
{
	const struct message *m = &a->feed.next;

	if (!t->alert.said &&
	    ((m->status >> 8 == 2 &&
	      message_status_is_error(MESSAGE_TLS, m->status)) ||
	     !strcmp(a->feed.name, MESSAGE_NO_FINISHED)))
		t->alert = (struct alert){ .said = true,
					   .dir = m->dir,
					   .status = m->status };
}

static void take(struct asked *a, struct timeline *t, uint32_t rec)
{
	const struct message *m = &a->feed.next;
	int d = m->dir;
	struct request *q;

	switch ((enum message_kind)m->kind) {
	case MESSAGE_REQUEST:
		if (d == 0)
			request(a, t, rec,
				m->off + (t->datagrams ? 1 : m->len));
		break;
	case MESSAGE_RESPONSE:
		if (d == 1)
			response(a, t, rec);
		break;
	case MESSAGE_INTERIM:
		q = d == 1 && m->msg_id != -1 ? asked_open_of(a, m) : NULL;
		if (q)
			q->aside = m->proto == MESSAGE_SMB2;
		t->matched += d == 1; /* the request is a message */
		break;
	case MESSAGE_HANDSHAKE:
		hand_shaken(a, t, d);
		break;
	case MESSAGE_NOTICE:
		if (m->proto == MESSAGE_TLS)
			alerted(a, t);
		break;
	case MESSAGE_DATA:
		if (d == 0)
			timeline_name(t, m->proto, a->feed.name);
		break;
	default:
		break;
	}
}

void asked_take(struct asked *a, struct timeline *t, const struct record *r,
		int d, uint32_t rec)
{
	/* kept, as the search for a long answer's start may reuse @r */
	uint64_t frame = r->frame;
	int64_t t_ns = r->time_ns;

	(void)d;
	a->head = r->head_digest;
	a->full = r->marks & REC_FULL ? r->full_digest : 0;
	while (a->feed.has_next && feed_due(&a->feed, frame, t_ns)) {
		take(a, t, rec);
		feed_step(&a->feed);
	}
}

enum owed asked_owes(const struct asked *a, uint64_t told, uint64_t *requests)
{
	unsigned n = 0;

	*requests = 0;
	if (a->feed.has_next || !a->answers || a->told_end != told)
		return OWED_NOTHING;
	for (size_t i = 0; i < a->n_open; i++)
		n += asked_in_flight(&a->open[i]);
	*requests = n + a->told_cut;
	return a->told_cut ? OWED_REST : n ? OWED_ANSWERS : OWED_NOTHING;
}

bool asked_cut(const struct asked *a, uint64_t told)
{
	return !a->feed.has_next && a->told_part && a->told_end == told;
}

/* The request waited until it was given up. */
static void waited(const struct timeline *t, struct request *q)
{
	if (t->unanswered.owed)
		asked_spent(q, t->owed_part);
}

void asked_end(struct asked *a, struct timeline *t)
{
	asked_tell_kept(a, t);
	a->ended = true;
	if (a->has_half)
		waited(t, &a->half);
	finish_half(a, t);
	while (a->n_open) {
		waited(t, &a->open[0]);
		finish(a, t, &a->open[0]);
	}
}
