/* The longest round trip of a session that no loss explains.
 *
 * A queue is known by what waits in it, and what a reader can look at is data whose
 * acknowledgement comes late.  It may come late for a loss, too, so (Karn and Partridge,
 * SIGCOMM 1987, and more) a piece of data counts only if
 *
 *  - it was not sent again before its acknowledgement, and
 *  - the receiver acknowledged nothing twice meanwhile, nor named later data (SACK): it
 *    missed nothing before it, and
 *  - its acknowledgement carries no data: such a one waited for what a program says.
 *
 * An acknowledgement covers several pieces: the newest of them tells how long it took.
 * Delayed acknowledgements are in it, up to half a second; the finding has already
 * decided that there is a queue.
 *
 * Cost: RECORDS of either direction, and what lies between two frames for each longest
 * yet: RECORDS of these in all, too, then none is taken for longer.
 */
#include "report/derive/delay_trip.h"

#include <netinet/in.h>
#include <stdio.h>

#include "report/derive/delay.h"
#include "store/recs.h"

#define RECORDS 65536

struct side {
	struct recs *recs;
	uint64_t n;
	uint64_t looked; /* records looked at once more */
};

static struct side side_open(const struct model *m, const struct flow_row *f,
			     int dir)
{
	struct side s = { .recs = recs_open(m->store, f, dir) };

	s.n = recs_count(s.recs);
	if (s.n > RECORDS)
		s.n = RECORDS;
	return s;
}

/* Is byte @from sent again after record @i, before @until_ns, or not to be known? */
static bool sent_again(struct side *data, uint64_t i, uint64_t from,
		       int64_t until_ns)
{
	for (uint64_t k = i + 1; k < data->n; k++) {
		const struct record *r;

		if (data->looked++ >= RECORDS)
			return true;
		r = recs_get(data->recs, k);
		if (r->time_ns >= until_ns)
			return false;
		if (r->pay_len && r->seq64 <= from &&
		    r->seq64 + r->pay_len > from)
			return true;
	}
	return false;
}

struct acks {
	struct side side;
	uint64_t at;       /* record that is looked at */
	uint64_t una;      /* highest acknowledged up to there */
	int64_t missed_ns; /* when the receiver last said that it lacks something */
};

static bool covers(const struct record *ack, int64_t sent_ns, uint64_t end)
{
	return ack->time_ns > sent_ns && ack->ack64 >= end;
}

/* Advances to the first acknowledgement after @sent_ns that covers @end.  Return:
 * false if there is none. */
static bool acknowledged(struct acks *a, int64_t sent_ns, uint64_t end)
{
	for (; a->at < a->side.n; a->at++) {
		const struct record *r = recs_get(a->side.recs, a->at);

		if (covers(r, sent_ns, end))
			return true;
		if (!rec_seq_len(r) && (r->n_sack || r->ack64 <= a->una))
			a->missed_ns = r->time_ns;
		if (r->ack64 > a->una)
			a->una = r->ack64;
	}
	return false;
}

/* Takes @t if it is longer, and neither loss nor a copy made it so. */
static void compare(struct round_trip *best, const struct round_trip *t,
		    const struct acks *a, struct side *data)
{
	struct record sent, back;

	if (t->ns <= best->ns)
		return;
	sent = *recs_get(data->recs, t->sent);
	back = *recs_get(a->side.recs, t->back);
	if (a->missed_ns <= sent.time_ns && !back.n_sack &&
	    !rec_seq_len(&back) &&
	    !sent_again(data, t->sent, sent.seq64, back.time_ns))
		*best = *t;
}

/* Of data of direction @dir. */
static void one_way(const struct model *m, const struct flow_row *f, int dir,
		    struct round_trip *best)
{
	struct side data = side_open(m, f, dir);
	struct acks a = { .side = side_open(m, f, !dir),
			  .missed_ns = INT64_MIN };
	struct round_trip newest = { .ns = 0 }; /* that this one covers */
	uint64_t end = 0;

	for (uint64_t i = 0; i < data.n; i++) {
		const struct record *r = recs_get(data.recs, i);
		int64_t sent_ns = r->time_ns;

		if (!r->pay_len || r->seq64 + r->pay_len <= end)
			continue;
		end = r->seq64 + r->pay_len;
		if (newest.ns &&
		    !covers(recs_get(a.side.recs, a.at), sent_ns, end))
			compare(best, &newest, &a, &data);
		newest.ns = 0;
		if (!acknowledged(&a, sent_ns, end))
			break;
		newest = (struct round_trip){
			dir, i, a.at,
			recs_get(a.side.recs, a.at)->time_ns - sent_ns
		};
	}
	if (newest.ns)
		compare(best, &newest, &a, &data);
	recs_close(data.recs);
	recs_close(a.side.recs);
}

struct round_trip delay_longest_trip(const struct model *m,
				     const struct session_view *v, size_t flow,
				     bool out_only)
{
	struct round_trip best = { .ns = 0 };
	const struct flow_view *w = &v->flow[flow];

	if (flow >= v->row.n_flows || w->row.proto != IPPROTO_TCP)
		return best;
	one_way(m, &w->row, 0, &best);
	if (!out_only)
		one_way(m, &w->row, 1, &best);
	return best;
}

void delay_trip_frames(struct draft *f, const struct model *m,
		       const struct group *g)
{
	char ns[TEXT_UNIT], line[TEXT_UNIT + 48];
	struct session_view v;
	struct round_trip t;
	size_t flow;

	if (!m->store || !g->n_top ||
	    !session_view_load(&v, m, g->top[0].session))
		return;
	flow = v.budget.near;
	/* what goes to the client does not cross a stretch behind this point */
	t = delay_longest_trip(m, &v, flow, *g->key);
	if (t.ns) {
		snprintf(line, sizeof line, "its acknowledgement, %s later",
			 text_duration(t.ns, ns));
		delay_frame(f, m, &v, flow, t.dir, t.sent,
			    t.dir ? "data of the server"
				  : "data of the client");
		delay_frame(f, m, &v, flow, !t.dir, t.back, line);
		json_object_set_new(f->measure, "longest_trip_ns",
				    json_integer(t.ns));
	}
	session_view_release(&v);
}
