/* Who gets through where others' SYNs vanish: sessions of the same service, at the point
 * that saw these.
 *
 * What, for TCP and FEW unanswered sessions of one service or more:
 *
 *  - From some moment on nearly all new sessions vanish, before that none did, and older
 *    ones go on: the table of sessions or ports of a NAT or firewall is full, or a rule
 *    was changed.  Where a link is down the older ones stand still, too; where a server's
 *    queue is full the SYNs arrive at its point (stop.host).
 *  - The same of some source addresses, while new sessions of others open: a limit for
 *    each address, or a rule.
 *  - Sessions of the same two addresses open while nearly each that fails asks, which does
 *    so in vain each time: it is a matter of its ports.  One of several links or paths is
 *    dead, to which a hash over addresses and ports sends it.
 *
 * Chance is excluded: that all that open before the first that fails come before it, if
 * failing were a matter of luck; that so many lose all SYNs, each being lost like any
 * other.  Sessions that began before the capture are older, but opened at no known time.
 *
 * Cost: AROUND rows before the first one and behind the last, ROWS_MOST in all; the
 * records of OLDER_LOOKED; for the last, a row for each that fails.
 */
#include "report/derive/stop_beside.h"

#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/search.h"

#define FEW 5
#define AROUND 10000
#define ROWS_MOST 40000
#define OLDER_LEAST 2
#define BEFORE_LEAST 3
#define OF_NEW 4 /* that fail, for each new one that opens */
#define AMID_LEAST 3
#define BY_CHANCE 1e-5

static int by_address(const void *pa, const void *pb)
{
	return net_addr_cmp(pa, pb);
}

static void sources(struct beside *b, const struct stop_group *g)
{
	for (size_t i = 0; i < g->kept.n; i++)
		*VEC_PUSH(&b->refused) = g->kept.at[i].source;
	qsort(b->refused.at, b->refused.n, sizeof *b->refused.at, by_address);
}

static bool is_refused(const struct beside *b, const struct net_addr *a)
{
	return bsearch(a, b->refused.at, b->refused.n, sizeof *b->refused.at,
		       by_address) != NULL;
}

static bool few_sources(const struct beside *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->refused.n; i++)
		n += !i || net_addr_cmp(&b->refused.at[i - 1],
					&b->refused.at[i]) != 0;
	return n < FEW;
}

static void take(struct beside *b, const struct stop_group *g, struct derive *d,
		 int64_t point, const struct flow_row *f)
{
	struct part_dir syn = { 0 };

	if (f->point != point || f->proto != IPPROTO_TCP || !f->packets[1] ||
	    !f->n_parts || net_end_cmp(&f->server, &g->server) != 0)
		return;
	syn.syn = derive_part_syn(d, f->parts[0].part, &syn) && syn.syn;
	*VEC_PUSH(&b->of) =
		(struct opened){ .flow = f->id,
				 .part = f->parts[0].part,
				 .first_ns = f->first_ns,
				 .last_ns = f->last_ns,
				 .source = f->client.addr,
				 .syn = syn.syn,
				 .again = syn.syn && syn.syn_count > 1,
				 .refused = is_refused(b, &f->client.addr) };
}

static void collect(struct beside *b, const struct stop_group *g,
		    struct derive *d, int64_t point)
{
	int64_t from = g->kept.at[0].flow, to = from;
	struct flow_row f;

	for (size_t i = 1; i < g->kept.n; i++) {
		int64_t id = g->kept.at[i].flow;

		from = id < from ? id : from;
		to = id > to ? id : to;
	}
	from = from > AROUND ? from - AROUND : 1;
	to = to - from > ROWS_MOST - AROUND ? from + ROWS_MOST : to + AROUND;
	for (int64_t id = from; id <= to && derive_flow(d, id, &f); id++) {
		take(b, g, d, point, &f);
		flow_row_release(&f);
	}
}

static int by_time(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

static void count(struct beside *b, const struct stop_group *g)
{
	int64_t *at = mem_zalloc(g->kept.n, sizeof *at);

	for (size_t i = 0; i < g->kept.n; i++)
		at[i] = g->kept.at[i].at_ns;
	qsort(at, g->kept.n, sizeof *at, by_time);
	b->fail = g->kept.n;
	b->from_ns = at[0];
	b->middle_ns = at[g->kept.n / 2];
	b->late_ns = at[g->kept.n - 1 - g->kept.n / 10];
	b->until_ns = at[g->kept.n - 1];
	free(at);
	for (size_t i = 0; i < b->of.n; i++) {
		const struct opened *x = &b->of.at[i];

		if (!x->syn)
			continue;
		if (x->first_ns < b->from_ns)
			b->before[x->refused]++;
		else
			b->after[x->refused]++;
		b->again += x->refused && x->again;
		b->amid[x->refused] += x->first_ns >= b->from_ns &&
				       x->first_ns <= b->until_ns;
	}
}

/* Is there, of sources that others fail of, one begun before that was alive then? */
static bool any_own(const struct beside *b)
{
	for (size_t i = 0; i < b->of.n; i++)
		if (b->of.at[i].refused && b->of.at[i].first_ns < b->from_ns &&
		    b->of.at[i].last_ns > b->from_ns)
			return true;
	return false;
}

/* How many of those begun before does the server still answer while others fail?  Later
 * is too late: the link may have been down and up again.  A host's own link may be dead,
 * so it is those of the same sources, or, if they have none, of others, if the sources
 * are many. */
static void older(struct beside *b, struct derive *d)
{
	bool own = any_own(b);
	unsigned looked = 0;

	if (!own && few_sources(b))
		return;
	for (size_t i = b->of.n; i-- > 0 && looked < OLDER_LOOKED;) {
		const struct opened *x = &b->of.at[i];
		struct flow_row f;
		struct record r;
		int64_t file;

		if (x->first_ns >= b->from_ns || x->last_ns <= b->middle_ns ||
		    (own && !x->refused) || !derive_flow(d, x->flow, &f))
			continue;
		looked++;
		if (derive_after(d, &f, 1, b->middle_ns, b->late_ns, &r,
				 &file)) {
			b->older++;
			b->goes_on.file = file;
			b->goes_on.t_ns = r.time_ns;
			b->goes_on.frame = r.frame;
		}
		flow_row_release(&f);
	}
}

static double log_ways(double n, double k)
{
	return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* Did all open before, and do nearly all fail since? */
static bool begins(uint64_t before, uint64_t after, uint64_t fail)
{
	double all = (double)(before + after + fail);

	return before >= BEFORE_LEAST && after * OF_NEW <= fail &&
	       log_ways(all - (double)before, (double)fail) -
			       log_ways(all, (double)fail) <=
		       log(BY_CHANCE);
}

/* Are the ports to blame for those that fail?  By chance some whose first SYN is lost
 * would open by the next. */
static bool by_ports(const struct beside *b, const struct stop_group *g)
{
	double fail = (double)b->fail, again = (double)b->again;
	double open = (double)(b->before[1] + b->after[1]);
	double lost = (fail + again) / (fail + open); /* of first SYNs */
	double syns = (double)g->opens * fail / (double)g->sessions;

	return b->amid[1] >= AMID_LEAST && b->amid[1] * OF_NEW >= b->fail &&
	       log_ways(fail + again, fail) + (syns - fail) * log(lost) <=
		       log(BY_CHANCE);
}

static int by_source(const void *pa, const void *pb)
{
	const struct opened *a = pa, *b = pb;
	int order = net_addr_cmp(&a->source, &b->source);

	return order ? order : by_time(&a->first_ns, &b->first_ns);
}

/* Does, for nearly all that fail, another of the same source open while they ask?  Else
 * it is a matter of the source, or of time. */
static bool open_meanwhile(struct beside *b, const struct stop_group *g,
			   struct derive *d)
{
	uint64_t n = 0;

	qsort(b->of.at, b->of.n, sizeof *b->of.at, by_source);
	for (size_t i = 0; i < g->kept.n; i++) {
		struct opened from = { .source = g->kept.at[i].source,
				       .first_ns = g->kept.at[i].at_ns };
		struct flow_row f;
		size_t at;

		if (!derive_flow(d, g->kept.at[i].flow, &f))
			continue;
		SEARCH(at, b->of.n, k, by_source(&b->of.at[k], &from) < 0);
		while (at < b->of.n && !b->of.at[at].syn)
			at++;
		n += at < b->of.n && b->of.at[at].first_ns < f.last_ns &&
		     net_addr_cmp(&b->of.at[at].source, &from.source) == 0;
		flow_row_release(&f);
	}
	return n * 4 >= g->kept.n * 3;
}

void stop_beside(struct stop_group *g, struct derive *d)
{
	struct beside b = { 0 };
	int64_t point = derive_model(d)->points[g->kind.from_pos - 1].id;

	if ((g->kind.place != STOP_PATH && g->kind.place != STOP_MISSING) ||
	    g->kind.datagrams || g->ports != 1 || g->servers != 1 ||
	    g->overflow || g->missed || g->before || g->error ||
	    g->kept.n < FEW)
		return;
	sources(&b, g);
	collect(&b, g, d, point);
	count(&b, g);
	older(&b, d);
	if (b.older >= OLDER_LEAST &&
	    begins(b.before[0] + b.before[1], b.after[0] + b.after[1], b.fail))
		stop_tell_begins(&b, g, d, point, false);
	else if (b.older >= OLDER_LEAST && b.amid[0] >= AMID_LEAST &&
		 begins(b.before[1], b.after[1], b.fail))
		stop_tell_begins(&b, g, d, point, true);
	else if (by_ports(&b, g) && open_meanwhile(&b, g, d))
		stop_tell_ports(&b, g, d, point);
	VEC_FREE(&b.of);
	VEC_FREE(&b.refused);
}
