/* The longest pause within an answer.
 *
 * Pauses of many answers are a sum, and no frame shows a sum: the longest one of the
 * heaviest exchange is what a reader can look at.  And where it comes after a few
 * bytes, it may not lie within the answer at all, but before it: HTTP/2 begins with its
 * settings, TLS with tickets, and some protocols say at once that they have heard.
 * Nothing but what is encrypted would tell.
 *
 * Steps: the answer's new data at the point nearest to the server, in order of capture;
 * the largest distance in time between two such records.  Copies of older bytes
 * are left out.  With one capture holes that are filled late count as what was seen.
 *
 * Cost: RECORDS at most.
 */
#include "report/derive/delay_pause.h"

#include <netinet/in.h>
#include <stdio.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "store/recs.h"

#define RECORDS 65536
/* bytes: HTTP/2's settings and what acknowledges them, an early word of a line */
#define PREFACE 200

/* Does the record carry bytes of the stream that none before it had?  *@end gets
 * where they end. */
static bool is_new(const struct flow_view *w, const struct record *r,
		   uint64_t *end)
{
	if (!r->pay_len)
		return false;
	if (w->row.proto != IPPROTO_TCP) {
		*end += r->pay_len;
		return true;
	}
	if (r->seq64 + r->pay_len <= *end)
		return false;
	*end = r->seq64 + r->pay_len;
	return true;
}

struct answer_pause delay_pause(const struct model *m,
				const struct session_view *v,
				const struct exchange *x)
{
	bool far = v->budget.far != v->budget.near &&
		   x->far[1] != EXCHANGE_NONE;
	struct answer_pause p = { .flow = far ? v->budget.far : v->budget.near,
				  .bytes = x->bytes[1] };
	const struct flow_view *w = &v->flow[p.flow];
	struct recs *recs = recs_open(m->store, &w->row, 1);
	uint64_t first = far ? x->far[1] : x->near[2], n = recs_count(recs);
	uint64_t begin = 0, end = 0, last = first;
	int64_t last_ns = 0;

	for (uint64_t i = first; i < n && i - first < RECORDS; i++) {
		const struct record *r = recs_get(recs, i);

		if (i == first) {
			begin = w->row.proto == IPPROTO_TCP ? r->seq64 : 0;
			end = begin;
			last_ns = r->time_ns;
		}
		uint64_t told = end - begin;

		if (told >= p.bytes || !is_new(w, r, &end))
			continue;
		if (r->time_ns - last_ns > p.ns) {
			p.ns = r->time_ns - last_ns;
			p.before = last;
			p.after = i;
			p.told = told;
		}
		last = i;
		last_ns = r->time_ns;
	}
	recs_close(recs);
	return p;
}

void delay_pause_fit(struct answer_pause *p, int64_t most_ns)
{
	if (p->ns < most_ns / 2)
		p->ns = 0;
}

void delay_pause_say(struct draft *f, const struct answer_pause *p,
		     int64_t of_ns)
{
	char ns[TEXT_UNIT], told[TEXT_UNIT], bytes[TEXT_UNIT];

	if (p->ns <= 0)
		return;
	draft_text(f,
		   "The longest of these pauses is %s, after %s of %s bytes.",
		   text_duration(p->ns, ns), text_count(p->told, told),
		   text_count(p->bytes, bytes));
	json_object_set_new(f->measure, "longest_ns", json_integer(p->ns));
	json_object_set_new(f->measure, "longest_after_bytes",
			    json_integer((json_int_t)p->told));
	if (p->told <= PREFACE && p->ns >= of_ns / 4)
		draft_text(f,
			   "So few may be no part of the answer, but what the "
			   "protocol begins with (HTTP/2's settings, a "
			   "greeting, \"continue\"): then that is how long "
			   "the answer itself took to begin.");
}

void delay_pause_frames(struct draft *f, const struct model *m,
			const struct session_view *v,
			const struct answer_pause *p)
{
	char ns[TEXT_UNIT], line[TEXT_UNIT + 40];

	if (p->ns <= 0)
		return;
	delay_frame(f, m, v, p->flow, 1, p->before, "then it pauses");
	snprintf(line, sizeof line, "it goes on after %s",
		 text_duration(p->ns, ns));
	delay_frame(f, m, v, p->flow, 1, p->after, line);
}
