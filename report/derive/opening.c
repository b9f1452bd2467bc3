/* Openings: see the header.
 *
 * A SYN of which a copy comes before any answer was in vain; sooner than OPENING_AGAIN_NS
 * it is a double, and none of its sender's.  If the answer comes so late that it
 * may be the earlier one's (it echoes that one's time stamp, or took long beside
 * the time between the two), nothing was in vain: the way is long.
 *
 * A SYN,ACK that is sent again, by itself and not as a SYN came again, although
 * its acknowledgement was here: the host did not take that.  Linux does so with a
 * connection for which the listen queue has no room.  One that waits for
 * the client's data before it calls its program (TCP_DEFER_ACCEPT) does so, too,
 * until there is data: it counts only where data had come, or where the server was
 * the first to speak.
 *
 * Cost: a few comparisons for each of a session's first records.
 */
#include "report/derive/opening.h"

#include "base/time.h"

#define TOOK 4             /* an answer: this part of the time between SYNs */
#define CROSSED_NS 2000000 /* an ACK and a copy that pass each other */

static int64_t least(int64_t a, int64_t b)
{
	return a < 0 || b < a ? b : a;
}

void opening_begin(struct opening *o)
{
	*o = (struct opening){ .to_server = -1, .to_client = -1 };
}

static enum opening_saw take_syn(struct opening *o, const struct record *r)
{
	int64_t since = time_sub(r->time_ns, o->syn_ns);

	if (o->syns && since < OPENING_AGAIN_NS)
		return OPENING_NOTHING;
	if (!o->syns++)
		o->from_ns = r->time_ns;
	else
		o->gap_ns = since;
	if (!o->answered)
		o->vain = o->syns - 1;
	o->syn_ns = r->time_ns;
	o->has_ts = (r->opts & REC_OPT_TS) != 0;
	o->tsval = r->tsval;
	o->asked = true;
	return OPENING_SYN;
}

/* May the answer @r, which came @took after the newest SYN, be an earlier one's? */
static bool is_earlier(const struct opening *o, const struct record *r,
		       int64_t took)
{
	if (o->has_ts && r->opts & REC_OPT_TS && r->tsecr != o->tsval)
		return true;
	return took > o->gap_ns / TOOK;
}

static enum opening_saw take_answer(struct opening *o, const struct record *r)
{
	int64_t took = time_sub(r->time_ns, o->syn_ns);
	enum opening_saw saw = OPENING_NOTHING;

	if (!o->answered) {
		o->answered = true;
		o->answer_ns = r->time_ns;
		o->end = r->seq64 + 1;
		if (o->vain && is_earlier(o, r, took))
			o->vain = 0;
		saw = OPENING_ANSWER;
	} else if (!o->asked && o->acked &&
		   time_sub(r->time_ns, o->acked_ns) > CROSSED_NS &&
		   time_sub(r->time_ns, o->newest_ns) >= OPENING_AGAIN_NS) {
		o->again++;
		o->proves |= o->heard;
		saw = OPENING_AGAIN;
	}
	if (o->asked)
		o->to_server = least(o->to_server, took);
	o->asked = false;
	o->waiting = true;
	o->newest_ns = r->time_ns;
	return saw;
}

static void take_client(struct opening *o, const struct record *r)
{
	if (r->tcp_flags & REC_RST) {
		o->over = true;
		return;
	}
	if (!o->answered)
		return;
	if (o->waiting)
		o->to_client = least(o->to_client,
				     time_sub(r->time_ns, o->newest_ns));
	o->waiting = false;
	o->heard |= r->pay_len > 0;
	if (!o->acked && r->tcp_flags & REC_ACK && r->ack64 == o->end) {
		o->acked = true;
		o->acked_ns = r->time_ns;
	}
}

static enum opening_saw take_server(struct opening *o, const struct record *r)
{
	o->over = true;
	if (!o->answered)
		return OPENING_NOTHING;
	o->until_ns = r->time_ns;
	o->open = !(r->tcp_flags & REC_RST);
	o->proves |= o->open && r->pay_len && !o->heard;
	return OPENING_OPEN;
}

static void count_copies(struct opening *o, const struct record *r)
{
	uint64_t end = r->seq64 + rec_seq_len(r);

	if (!rec_seq_len(r))
		return;
	if (!o->syns || (int64_t)(end - o->top) > 0)
		o->top = end;
	else if (r->pay_len > 1 || r->tcp_flags & REC_SYN)
		o->copies++; /* else it may be a keep-alive */
}

enum opening_saw opening_take(struct opening *o, int dir,
			      const struct record *r)
{
	if (dir == 0)
		count_copies(o, r);
	if (dir == 0 && r->tcp_flags & REC_SYN)
		return take_syn(o, r);
	if (dir == 1 && r->tcp_flags & REC_SYN)
		return r->tcp_flags & REC_ACK ? take_answer(o, r)
					      : OPENING_NOTHING;
	if (dir == 1)
		return take_server(o, r);
	take_client(o, r);
	return OPENING_NOTHING;
}

uint32_t opening_refused(const struct opening *o)
{
	return o->proves ? o->again : 0;
}

bool opening_never(const struct opening *o)
{
	return opening_refused(o) && !o->open && !o->cut;
}

int64_t opening_wait(const struct opening *o)
{
	if (opening_refused(o))
		return time_sub(o->open ? o->until_ns : o->newest_ns,
				o->from_ns);
	return o->answered && o->vain ? time_sub(o->answer_ns, o->from_ns) : 0;
}
