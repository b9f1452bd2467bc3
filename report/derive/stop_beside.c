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
 *  - Sessions of the same two addresses open all the while, and each that fails does so
 *    whenever it asks: it is a matter of its ports.  One of several links or paths
 *    is dead, to which a hash over addresses and ports sends it.
 *
 * Chance is excluded: that all that open before the first that fails come before it, if
 * failing were a matter of luck; that so many lose all SYNs, each being lost like any
 * other.  Sessions that began before the capture are older, but opened at no known time.
 *
 * Cost: AROUND rows before the first one and behind the last, ROWS_MOST in all; the
 * records of OLDER_LOOKED.
 */
#include "report/derive/stop_int.h"

#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define FEW 5
#define AROUND 10000
#define ROWS_MOST 40000
#define OLDER_LOOKED 32
#define OLDER_LEAST 2
#define BEFORE_LEAST 3
#define OF_NEW 4 /* that fail, for each new one that opens */
#define AMID_LEAST 3
#define BY_CHANCE 1e-5
#define SHOWN 3 /* frames of others */

struct opened { /* a session that the server answered */
	int64_t flow, part, first_ns, last_ns;
	struct net_addr source;
	bool syn;     /* its SYN was captured */
	bool again;   /* more than one */
	bool refused; /* its source has others that fail */
};

struct beside {
	struct VEC(struct opened) of;
	int64_t from_ns, until_ns; /* the first and the last that fail */
	int64_t middle_ns;
	uint64_t fail;
	/* those opened, [1] of sources that others fail of: */
	uint64_t before[2], after[2], amid[2];
	uint64_t again; /* of these sources, by more than one SYN */
	uint64_t older; /* of OLDER_LOOKED, that go on */
	struct {
		int64_t file, t_ns;
		uint64_t frame;
	} goes_on;
};

static bool is_refused(const struct stop_group *g, const struct net_addr *a)
{
	for (size_t i = 0; i < g->kept.n; i++)
		if (net_addr_cmp(&g->kept.at[i].source, a) == 0)
			return true;
	return false;
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
				 .refused = is_refused(g, &f->client.addr) };
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

/* How many of those begun before does the server still answer at the middle one of those
 * that fail, or later? */
static void older(struct beside *b, struct derive *d)
{
	unsigned looked = 0;

	for (size_t i = b->of.n; i-- > 0 && looked < OLDER_LOOKED;) {
		const struct opened *x = &b->of.at[i];
		struct flow_row f;
		struct record r;
		int64_t file;

		if (x->first_ns >= b->from_ns || x->last_ns <= b->middle_ns ||
		    !derive_flow(d, x->flow, &f))
			continue;
		looked++;
		if (derive_last(d, &f, 1, 0, INT64_MAX, &r, &file) &&
		    r.time_ns > b->middle_ns) {
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

/* Makes what was added behind the first @n the first; they are many. */
static void put_first(struct draft *f, size_t n)
{
	struct evidence_row *at = f->row.evidence;

	for (; n < f->row.n_evidence; n++) {
		struct evidence_row x = at[n];

		memmove(&at[1], at, n * sizeof *at);
		at[0] = x;
	}
}

static size_t make_room(struct draft *f)
{
	while (f->row.n_evidence > DRAFT_EVIDENCE - SHOWN)
		free(f->row.evidence[--f->row.n_evidence].note);
	return f->row.n_evidence;
}

/* The last that opened before, and the first since, or one amid. */
static void show(const struct beside *b, struct draft *f, struct derive *d,
		 int64_t point, bool before)
{
	const struct opened *best = NULL;
	struct part_dir syn;

	for (size_t i = 0; i < b->of.n; i++) {
		const struct opened *x = &b->of.at[i];

		if (x->syn && (x->first_ns < b->from_ns) == before &&
		    (!best || (before ? x->first_ns > best->first_ns
				      : x->first_ns < best->first_ns)))
			best = x;
	}
	if (best && derive_part_syn(d, best->part, &syn))
		draft_evidence(f, point, best->part >> 32, syn.syn_frame,
			       syn.syn_ns, "SYN of a session that opens, %s",
			       before ? "the last before" : "meanwhile");
}

static void put(struct draft *f, const struct beside *b, const char *by,
		uint64_t before, uint64_t after)
{
	json_object_set_new(f->measure, "beside",
			    json_pack("{s:s, s:I, s:I, s:I, s:I}", "by", by,
				      "from_ns", (json_int_t)b->from_ns,
				      "opened_before", (json_int_t)before,
				      "opened_since", (json_int_t)after,
				      "older", (json_int_t)b->older));
}

/* @some: of some source addresses only. */
static void tell_begins(struct beside *b, struct stop_group *g,
			struct derive *d, int64_t point, bool some)
{
	const struct model *m = derive_model(d);
	const char *from = model_point_name(m, g->kind.from_pos);
	const char *to = model_point_name(m, g->kind.to_pos);
	uint64_t before = b->before[1] + (some ? 0 : b->before[0]);
	uint64_t after = b->after[1] + (some ? 0 : b->after[0]);
	char t[TEXT_UNIT], n[TEXT_UNIT], k[TEXT_UNIT], fail[TEXT_UNIT];
	char who[NET_END_TEXT];
	struct draft *f = g->draft;
	size_t n_before;

	draft_title(f,
		    "New connections to %s vanish between %s and %s from some "
		    "moment on, while %s go on%s",
		    net_end_text(&g->server, who), from, to,
		    b->older == OLDER_LOOKED ? "older ones"
					     : "those that are open",
		    some ? " and other clients' open" : "");
	draft_text(f,
		   "From %s (clock of %s) on new connections vanish: before, "
		   "all %s%s opened; since then %s of %s do.  %s%llu that were "
		   "open before go on meanwhile.",
		   words_time(b->from_ns, t), from, text_count(before, n),
		   some ? " of these clients" : "", text_count(after, k),
		   text_count(after + b->fail, fail),
		   b->older == OLDER_LOOKED ? "At least " : "",
		   (unsigned long long)b->older);
	if (some)
		draft_text(f, "%s new ones of other addresses open meanwhile.",
			   text_count(b->amid[0], n));
	draft_place(f,
		    some ? "a limit on sessions for each source address, of a "
			   "NAT or firewall between %s and %s, or a rule "
			   "about these addresses"
			 : "the table of sessions or ports of a NAT or "
			   "firewall between %s and %s: full, or a rule that "
			   "was changed then%s",
		    from, to,
		    after ? " (new ones that open speak against it)" : "");
	draft_next(f,
		   "look at that device's count of sessions, and of ports for "
		   "each address, against its limits%s, and at its log of that "
		   "time",
		   some ? " for each source" : "");
	n_before = make_room(f);
	draft_evidence(f, point, b->goes_on.file, b->goes_on.frame,
		       b->goes_on.t_ns,
		       "of a session that was open before: it goes on");
	show(b, f, d, point, true);
	show(b, f, d, point, false);
	put_first(f, n_before);
	put(f, b, some ? "source" : "time", before, after);
}

static void tell_ports(struct beside *b, struct stop_group *g, struct derive *d,
		       int64_t point)
{
	const struct model *m = derive_model(d);
	const char *from = model_point_name(m, g->kind.from_pos);
	const char *to = model_point_name(m, g->kind.to_pos);
	char n[TEXT_UNIT], fail[TEXT_UNIT], syns[TEXT_UNIT];
	struct draft *f = g->draft;
	size_t n_before;

	draft_text(f,
		   "Meanwhile %s others of the same addresses to the same "
		   "service open, and the %s that fail do so each time they "
		   "ask (%s SYNs): it is a matter of their ports.  Bundles of "
		   "links, and equal paths, share packets out by a hash over "
		   "addresses and ports: one that is dead does so.",
		   text_count(b->amid[1], n), text_count(b->fail, fail),
		   text_count(g->opens, syns));
	draft_place(f,
		    "one dead member of a bundle of links, or one dead path of "
		    "several, between %s and %s; or a rule about source ports",
		    from, to);
	draft_next(f,
		   "ask the devices between %s and %s which link their hash "
		   "gives these addresses and ports, and look at that one; a "
		   "source port that fails keeps failing, others do not",
		   from, to);
	n_before = make_room(f);
	show(b, f, d, point, false);
	put_first(f, n_before);
	put(f, b, "ports", b->before[1], b->after[1]);
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
	collect(&b, g, d, point);
	count(&b, g);
	older(&b, d);
	if (b.older >= OLDER_LEAST &&
	    begins(b.before[0] + b.before[1], b.after[0] + b.after[1], b.fail))
		tell_begins(&b, g, d, point, false);
	else if (b.older >= OLDER_LEAST && b.amid[0] >= AMID_LEAST &&
		 begins(b.before[1], b.after[1], b.fail))
		tell_begins(&b, g, d, point, true);
	else if (by_ports(&b, g))
		tell_ports(&b, g, d, point);
	VEC_FREE(&b.of);
}
