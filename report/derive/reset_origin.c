/* What a reset's own packets tell of who made it, and why: see the header.
 *
 * Time to live: a host's packets come from one distance, whatever value each of
 * them began with (some systems begin resets at 255 and all else at 64).  So the
 * distance is compared, which is what is missing to the next of the usual values.
 * A device that answers SYNs itself is nearer than the server: where the SYN,ACK is all
 * there is to compare with, only a reset from nearer still is another's.
 *
 * Haste: no host answers sooner than a round trip.  A server that resets at the same
 * moment of itself does not acknowledge what was sent just then.  But only answers that
 * take about the same time tell what a round trip is: an opening waits for ARP, for a
 * host that sleeps or for a device's new entry, and what is asked for the application.
 *
 * Rest: what forgets idle sessions resets at the next data after a pause, which may
 * be sent again before; or at a keep-alive, which has the number of what was
 * acknowledged (RFC 9293 3.8.4).
 *
 * Cost: some 10 us a reset.
 */
#include "report/derive/reset_origin.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/seq.h"
#include "base/text.h"
#include "base/time.h"

#define COPIES 16
#define HASTE 4          /* times sooner, */
#define HASTE_NS 5000000 /* and by so much: no jitter */
#define SOON_NS 1000000000
#define ANSWERS 8 /* in that many packets: */
#define LOOKED 32
#define STEADY 3 /* answers, that differ by */
#define STEADY_PART 4

static int distance(uint8_t ttl)
{
	return (ttl > 128 ? 255 : ttl > 64 ? 128 : 64) - ttl;
}

bool reset_from_elsewhere(const struct derive *d, const struct flow_row *f,
			  const struct record *rst, char ttls[static WORDS])
{
	int near = distance(rst->ttl);
	struct record syn, data;
	int64_t file;
	bool has_syn = derive_record(d, f, 1, REC_SYN, &syn, &file);
	bool has_data = derive_last(d, f, 1, 0, rst->time_ns, &data, NULL);

	if ((has_syn && distance(syn.ttl) == near) ||
	    (has_data && distance(data.ttl) == near))
		return false;
	if (!has_data && !(has_syn && near < distance(syn.ttl)))
		return false;
	snprintf(ttls, WORDS, "%u, the server's other packets %u", rst->ttl,
		 (has_data ? &data : &syn)->ttl);
	return true;
}

bool reset_from_as_far(const struct derive *d, const struct flow_row *f,
		       const struct record *rst)
{
	struct record syn, data;
	int64_t file;

	return (derive_record(d, f, 1, REC_SYN, &syn, &file) &&
		syn.ttl == rst->ttl) ||
	       (derive_last(d, f, 1, 0, rst->time_ns, &data, NULL) &&
		data.ttl == rst->ttl);
}

static uint32_t end_of(const struct record *r)
{
	return (uint32_t)r->seq64 + r->pay_len;
}

static int by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Goes back from a client's data @asked to its first copy.  Return: false if they
 * are too many. */
static bool first_copy(const struct derive *d, const struct flow_row *f,
		       struct record *asked)
{
	uint64_t seq = asked->seq64;
	struct record r;

	for (int left = COPIES; left > 0; left--) {
		if (!derive_last(d, f, 0, 0, time_sub(asked->time_ns, 1), &r,
				 NULL) ||
		    (int64_t)(r.seq64 - seq) < 0)
			return true;
		*asked = r;
	}
	return false;
}

int64_t reset_took(const struct derive *d, const struct flow_row *f,
		   const struct record *rst)
{
	struct record asked;

	if (!derive_last(d, f, 0, 0, rst->time_ns, &asked, NULL) ||
	    (rst->tcp_flags & REC_ACK
		     ? seq_diff((uint32_t)rst->ack64, end_of(&asked)) < 0
		     : (uint32_t)rst->seq64 != (uint32_t)asked.ack64) ||
	    !first_copy(d, f, &asked))
		return -1;
	return time_sub(rst->time_ns, asked.time_ns);
}

/* How long answers of the server's took until @at_ns, the last ANSWERS and the
 * opening, least first.  Return: how many. */
static size_t answers_of(const struct derive *d, const struct flow_view *w,
			 int64_t at_ns, int64_t took[static ANSWERS + 1])
{
	struct record a, t = { .time_ns = at_ns };
	int64_t asked_ns = INT64_MAX;
	size_t n = 0;

	for (int left = LOOKED; left > 0 && n <= ANSWERS; left--) {
		if (!derive_last(d, &w->row, 1, REC_ACK, time_sub(t.time_ns, 1),
				 &t, NULL) ||
		    !derive_last(d, &w->row, 0, 0, t.time_ns, &a, NULL))
			break;
		if (seq_diff((uint32_t)t.ack64, end_of(&a)) < 0)
			continue;
		n += a.time_ns != asked_ns;
		if (n <= ANSWERS) /* the first packet of an answer counts */
			took[n - 1] = time_sub(t.time_ns, a.time_ns);
		asked_ns = a.time_ns;
	}
	n = n < ANSWERS ? n : ANSWERS;
	took[n++] = time_sub(w->dir[1].syn_ns, w->dir[0].syn_ns);
	qsort(took, n, sizeof *took, by_time);
	return n;
}

/* May it answer what had gone before?  All that the client sent since it had this much
 * has the same number. */
static bool may_be_older(const struct derive *d, const struct flow_row *f,
			 const struct record *rst, int64_t least_ns)
{
	struct record r = *rst;
	int64_t ago;

	for (int left = COPIES; left > 0; left--) {
		if (!derive_last(d, f, 0, REC_ACK, time_sub(r.time_ns, 1), &r,
				 NULL))
			return false;
		ago = time_sub(rst->time_ns, r.time_ns);
		if ((uint32_t)r.ack64 != (uint32_t)rst->seq64 ||
		    ago > least_ns * HASTE)
			return false;
		if (ago >= least_ns / HASTE)
			return true;
	}
	return true;
}

static bool is_hasty(int64_t after_ns, int64_t least_ns)
{
	return after_ns >= 0 && time_sub(least_ns, after_ns) >= HASTE_NS &&
	       after_ns < least_ns / HASTE;
}

bool reset_too_soon(const struct derive *d, const struct flow_view *w,
		    const struct record *rst, struct reset_haste *x)
{
	const struct part_dir *asked = &w->dir[0], *told = &w->dir[1];
	int64_t took[ANSWERS + 1];
	size_t n;

	if (!asked->syn || !told->syn || asked->syn_count != 1 ||
	    told->syn_count != 1)
		return false;
	x->after_ns = reset_took(d, &w->row, rst);
	if (!is_hasty(x->after_ns, time_sub(told->syn_ns, asked->syn_ns)))
		return false;
	n = answers_of(d, w, rst->time_ns, took);
	x->least_ns = took[0];
	x->acks = rst->tcp_flags & REC_ACK;
	x->steady = n >= STEADY &&
		    took[STEADY - 1] <= took[0] + took[0] / STEADY_PART;
	return is_hasty(x->after_ns, x->least_ns) &&
	       (x->acks || !may_be_older(d, &w->row, rst, x->least_ns));
}

int64_t rest_before(const struct derive *d, const struct flow_row *f,
		    int64_t at_ns)
{
	struct record before;
	int64_t rest = INT64_MAX;

	for (int dir = 0; dir < 2; dir++) {
		if (derive_last(d, f, dir, REC_ACK, time_sub(at_ns, 1), &before,
				NULL) &&
		    time_sub(at_ns, before.time_ns) < rest)
			rest = time_sub(at_ns, before.time_ns);
	}
	return rest == INT64_MAX ? 0 : rest;
}

int64_t reset_rest(const struct derive *d, const struct flow_row *f,
		   int64_t at_ns)
{
	struct record asked, last;

	if (!derive_last(d, f, 0, 0, at_ns, &asked, NULL))
		return 0;
	if (derive_last(d, f, 0, REC_ACK, at_ns, &last, NULL) &&
	    last.time_ns > asked.time_ns && !last.pay_len &&
	    seq_diff((uint32_t)last.seq64,
		     (uint32_t)asked.seq64 + asked.pay_len) < 0)
		return rest_before(d, f, last.time_ns);
	if (!first_copy(d, f, &asked))
		return 0;
	return rest_before(d, f, asked.time_ns);
}

void reset_tell_rest(struct draft *f, int64_t rest_ns, uint64_t sessions)
{
	char span[TEXT_UNIT];

	json_object_set_new(f->measure, "idle_min_ns", json_integer(rest_ns));
	if (rest_ns < REST_NS)
		return;
	draft_text(f,
		   "Just before, nothing had been sent for %s%s: what forgets "
		   "idle sessions sooner than that fits.",
		   text_duration(rest_ns, span),
		   sessions == 1 ? "" : " or more in each of them");
	draft_next(f, "compare that pause with the idle timeouts of firewalls, "
		      "NAT and balancers on the way; keep-alives more often "
		      "than the shortest of them help");
}

void reset_show_asked(struct draft *f, const struct derive *d,
		      const struct flow_view *w, int64_t at_ns)
{
	char ago[TEXT_UNIT];
	struct record asked;
	int64_t file;

	if (!derive_last(d, &w->row, 0, 0, at_ns, &asked, &file) ||
	    time_sub(at_ns, asked.time_ns) > SOON_NS)
		return;
	draft_evidence(f, w->row.point, file, asked.frame, asked.time_ns,
		       "what the client sent last, %s before the RST",
		       text_duration(time_sub(at_ns, asked.time_ns), ago));
}
