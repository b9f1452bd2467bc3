/* New connections that vanish while others do not, in words.
 */
#include "report/derive/stop_beside.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SHOWN 3 /* frames of others */

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

void stop_tell_begins(const struct beside *b, struct stop_group *g,
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
	draft_place_first(
		f,
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

void stop_tell_ports(const struct beside *b, struct stop_group *g,
		     struct derive *d, int64_t point)
{
	const struct model *m = derive_model(d);
	const char *from = model_point_name(m, g->kind.from_pos);
	const char *to = model_point_name(m, g->kind.to_pos);
	char n[TEXT_UNIT], fail[TEXT_UNIT], syns[TEXT_UNIT];
	char who[NET_END_TEXT];
	struct draft *f = g->draft;
	size_t n_before;

	draft_title(f,
		    "Connections to %s die between %s and %s by their ports: "
		    "%s SYNs, none arrives, and others of the same addresses "
		    "open",
		    net_end_text(&g->server, who), from, to,
		    text_count(g->opens, syns));
	draft_text(f,
		   "Meanwhile %s others of the same addresses to the same "
		   "service open, and the %s that fail do so each time they "
		   "ask (%s SYNs): it is a matter of their ports.  Bundles of "
		   "links, and equal paths, share packets out by a hash over "
		   "addresses and ports: one that is dead does so.",
		   text_count(b->amid[1], n), text_count(b->fail, fail),
		   text_count(g->opens, syns));
	draft_place_first(
		f,
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
