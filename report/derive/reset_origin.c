/* What a reset's own packets tell of who made it, and why: see the header.
 *
 * Time to live: a host's packets come from one distance, whatever value each of
 * them began with (some systems begin resets at 255 and all else at 64).  So the
 * distance is compared, which is what is missing to the next of the usual values.
 * A device that answers SYNs itself is nearer than the server: where the SYN,ACK is all
 * there is to compare with, only a reset from nearer still is another's.
 *
 * Rest: what forgets idle sessions resets at the next data after a pause, which may
 * be sent again before; or at a keep-alive, which has the number of what was
 * acknowledged (RFC 9293 3.8.4).
 *
 * Cost: some 10 us a reset.
 */
#include "report/derive/reset_origin.h"

#include <stdio.h>

#include "base/seq.h"
#include "base/text.h"
#include "base/time.h"

#define COPIES 16
#define SOON_NS 1000000000

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
