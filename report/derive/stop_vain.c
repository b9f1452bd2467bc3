/* Silence: see the header.
 *
 * Required: a silence as vain.c counts it, after the other side's last packet, which
 * was no FIN.
 * A reset that comes RESET_NS or more after the last of them, and acknowledges none,
 * is no answer: that host gave up, or a device did in its name.  (One that comes
 * sooner answers a request: reset.c.)
 *
 * Cost: the records after that last packet, at most BACK.
 */
#include "report/derive/stop_vain.h"

#include "base/seq.h"
#include "base/time.h"

#define BACK 4096
#define RESET_NS 1000000000ll

static uint32_t ip_bytes(const struct record *r)
{
	return r->hdr_len + r->pay_len;
}

/* Goes through what was sent after the other side's last packet, until either
 * resets the session.  Return: false if that may have sent something since. */
static bool look_behind(struct vain *x, struct recs *recs)
{
	uint64_t n = recs_count(recs), i = n;
	int64_t before = x->last.time_ns;

	while (i > 0 && n - i < BACK &&
	       recs_get(recs, i - 1)->time_ns > x->last.time_ns)
		i--;
	x->first = i;
	vain_begin(&x->in, &x->last);
	for (; i < n; i++) {
		const struct record *r = recs_get(recs, i);

		if (r->tcp_flags & REC_RST || r->time_ns >= x->reset.time_ns)
			break; /* one of them gives up */
		if (!vain_take(&x->in, r))
			return false;
		if (!x->in.n)
			before = r->time_ns;
	}
	x->idle_ns = x->in.from_ns - before;
	return true;
}

/* Finds the other side's last packet, and the first of the resets behind it.
 * Return: false if there is none, or it says more than silence. */
static bool find_last(struct vain *x, struct recs *back)
{
	uint64_t n = recs_count(back);

	x->reset.time_ns = INT64_MAX;
	while (n > 1 && recs_count(back) - n < BACK &&
	       recs_get(back, n - 1)->tcp_flags & REC_RST) {
		x->reset_at = --n;
		x->reset = *recs_get(back, n);
	}
	if (!n)
		return false;
	x->last_at = n - 1;
	x->last = *recs_get(back, n - 1);
	x->opened = x->last.tcp_flags & REC_SYN;
	/* a SYN,ACK that comes again is told with the opening */
	return x->last.tcp_flags & REC_ACK && !(x->opened && n > 1) &&
	       !(x->last.tcp_flags & (REC_RST | REC_FIN)) &&
	       !(x->reset.tcp_flags & REC_ACK &&
		 x->reset.ack64 != x->last.ack64);
}

bool vain_find(struct vain *x, int dir, struct recs *recs, struct recs *back)
{
	*x = (struct vain){ .dir = dir };
	return recs_count(recs) && find_last(x, back) && look_behind(x, recs) &&
	       vain_is(&x->in) &&
	       time_sub(x->reset.time_ns, x->in.to_ns) >= RESET_NS;
}

/* Did the other side get all of it, perhaps after a hole? */
static bool is_acked(const struct record *r, const struct record *last)
{
	uint64_t end = r->seq64 + r->pay_len;
	bool got = (int64_t)(end - last->ack64) <= 0;

	for (int i = 0; i < last->n_sack && !got; i++)
		got = seq_diff((uint32_t)r->seq64, last->sack[i][0]) >= 0 &&
		      seq_diff((uint32_t)end, last->sack[i][1]) <= 0;
	return got;
}

uint32_t vain_passed(const struct vain *x, struct recs *recs)
{
	uint64_t from = x->first > BACK ? x->first - BACK : 0;
	uint32_t most = 0;

	for (uint64_t i = from; i < x->first; i++) {
		const struct record *r = recs_get(recs, i);

		if (r->pay_len && ip_bytes(r) > most && is_acked(r, &x->last))
			most = ip_bytes(r);
	}
	return most;
}
