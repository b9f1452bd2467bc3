/* Unanswered sessions beside answered ones.
 *
 * What: a gateway that silently refuses sessions once a source address has too
 * many looks, session by session, like a server that is down.  What else
 * happened tells the two apart: sessions of the same source that were answered,
 * and how many of them were open when one was not.  Behind a source NAT all
 * clients share one address, which is how such a limit is reached.
 *
 * Steps: read the point's flows around the first unanswered one, FLOWS_AROUND
 * each way (a point's flows have ids in order of time); keep those that the
 * same server answered; for each source, largest first, say how many were and
 * were not answered, when, and how many were open at each.
 *
 * "A limit for each source address fits" is said only if every unanswered
 * session met at least as many open ones as any answered one of that source
 * did, and one at least.  It remains a guess: sessions of other sources may be
 * beyond FLOWS_AROUND, and other causes also begin at some time.
 *
 * Cost: 2 FLOWS_AROUND rows; TRIES_MOST x answered for what was open.
 */
#include "report/derive/sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/words.h"

#define FLOWS_AROUND 20000
#define SOURCES_MOST 3 /* mentioned in the text */
/* attempts of a source for which open sessions are counted */
#define TRIES_MOST 64

struct served { /* a session that the server answered */
	int64_t part;
	struct net_addr source;
	int64_t first_ns, last_ns;
};

struct serveds VEC(struct served);

struct source { /* all attempts from one address */
	struct net_addr addr;
	size_t n; /* unanswered */
	int64_t first_ns, last_ns;
};

static bool same_addr(const struct net_addr *a, const struct net_addr *b)
{
	struct net_end x = { *a, 0 }, y = { *b, 0 };

	return net_end_cmp(&x, &y) == 0;
}

/* Takes the flow if the server answered it.  Return: does it belong to
 * @point? */
static bool take(struct derive *d, int64_t id, int64_t point,
		 const struct net_end *server, uint8_t proto,
		 struct serveds *out)
{
	struct flow_row f;
	bool here;

	if (!derive_flow(d, id, &f))
		return false;
	here = f.point == point;
	if (here && f.n_parts && f.packets[1] > 0 && f.proto == proto &&
	    net_end_cmp(&f.server, server) == 0)
		*VEC_PUSH(out) = (struct served){ f.parts[0].part,
						  f.client.addr, f.first_ns,
						  f.last_ns };
	flow_row_release(&f);
	return here;
}

static void around(struct derive *d, int64_t id, int64_t point,
		   const struct net_end *server, struct serveds *out)
{
	struct flow_row f;
	uint8_t proto;

	if (!derive_flow(d, id, &f))
		return;
	proto = f.proto; /* DNS is asked by UDP and by TCP */
	flow_row_release(&f);
	for (int64_t k = id; k > 0 && id - k < FLOWS_AROUND; k--)
		if (!take(d, k, point, server, proto, out))
			break;
	for (int64_t k = id + 1; k - id < FLOWS_AROUND; k++)
		if (!take(d, k, point, server, proto, out))
			break;
}

static int by_count(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return x->first_ns < y->first_ns ? -1 : x->first_ns > y->first_ns;
}

/* Groups the unanswered by source, most first.  Return: their number; the
 * caller frees the array. */
static size_t group(const struct unanswered *u, size_t n, struct source **out)
{
	struct VEC(struct source) v = { 0 };

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < v.n && !same_addr(&v.at[k].addr, &u[i].source))
			k++;
		if (k == v.n)
			*VEC_PUSH(&v) = (struct source){ u[i].source, 0,
							 u[i].at_ns,
							 u[i].at_ns };
		v.at[k].n++;
		if (u[i].at_ns < v.at[k].first_ns)
			v.at[k].first_ns = u[i].at_ns;
		if (u[i].at_ns > v.at[k].last_ns)
			v.at[k].last_ns = u[i].at_ns;
	}
	if (v.n)
		qsort(v.at, v.n, sizeof *v.at, by_count);
	*out = v.at;
	return v.n;
}

/* Answered sessions of @source that were open at @t, except one that began just
 * then. */
static size_t open_at(const struct serveds *all, const struct net_addr *source,
		      int64_t t)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->at[i].first_ns < t && all->at[i].last_ns >= t &&
		     same_addr(&all->at[i].source, source);
	return n;
}

struct open_range {
	size_t least, most;
};

static void range_add(struct open_range *r, size_t n)
{
	if (n < r->least)
		r->least = n;
	if (n > r->most)
		r->most = n;
}

static struct open_range open_when_refused(const struct serveds *all,
					   const struct source *s,
					   const struct unanswered *u, size_t n)
{
	struct open_range r = { SIZE_MAX, 0 };
	size_t tried = 0;

	for (size_t i = 0; i < n && tried < TRIES_MOST; i++)
		if (same_addr(&u[i].source, &s->addr)) {
			range_add(&r, open_at(all, &s->addr, u[i].at_ns));
			tried++;
		}
	return r;
}

static struct open_range open_when_served(const struct serveds *all,
					  const struct source *s)
{
	struct open_range r = { SIZE_MAX, 0 };
	size_t tried = 0;

	for (size_t i = all->n; i-- > 0 && tried < TRIES_MOST;)
		if (same_addr(&all->at[i].source, &s->addr)) {
			range_add(&r,
				  open_at(all, &s->addr, all->at[i].first_ns));
			tried++;
		}
	return r;
}

static void show_served(struct derive *d, struct draft *f, int64_t point,
			const struct served *s, const char *what)
{
	struct part_dir dir;

	if (!derive_part_syn(d, s->part, &dir) || !dir.syn)
		return;
	draft_evidence(f, point, s->part >> 32, dir.syn_frame, dir.syn_ns,
		       "SYN of a session of the same source that was "
		       "answered, %s",
		       what);
	f->beside = true;
}

/* The last answered one before the first unanswered, and the first answered one
 * after it. */
static void evidence(struct derive *d, struct draft *f, int64_t point,
		     const struct serveds *all, const struct source *s)
{
	const struct served *before = NULL, *after = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct served *k = &all->at[i];

		if (!same_addr(&k->source, &s->addr))
			continue;
		if (k->first_ns <= s->first_ns &&
		    (!before || k->first_ns > before->first_ns))
			before = k;
		if (k->first_ns > s->first_ns &&
		    (!after || k->first_ns < after->first_ns))
			after = k;
	}
	if (before)
		show_served(d, f, point, before, "the last before");
	if (after)
		show_served(d, f, point, after, "the first after");
}

static void say_open(struct draft *f, const struct serveds *all,
		     const struct source *s, const struct unanswered *u,
		     size_t n)
{
	struct open_range no = open_when_refused(all, s, u, n);
	struct open_range yes = open_when_served(all, s);

	if (no.least == 0 || no.least < yes.most)
		return;
	draft_text(f,
		   "When those were not answered, at least %zu answered "
		   "session%s of that address %s open; of those that were "
		   "answered, none met more than %zu: a limit on sessions for "
		   "each source address fits, but is not proven.",
		   no.least, no.least == 1 ? "" : "s",
		   no.least == 1 ? "was" : "were", yes.most);
	draft_place(f, "a limit on sessions for each source address, at the "
		       "server or a gateway before it");
	json_object_set_new(f->measure, "open_when_unanswered",
			    json_integer((json_int_t)no.least));
}

/* What is counted is of the sessions that were kept. */
static const char *least(bool cut)
{
	return cut ? "at least " : "";
}

/* A server that answers others of the same address is not silent; whether it is the
 * server that chooses, one capture does not know. */
static void title(struct draft *f, const struct net_end *server,
		  const struct source *s, size_t served, size_t n, bool cut,
		  bool alone)
{
	char where[NET_END_TEXT], who[NET_END_TEXT];

	net_end_text(server, where);
	net_addr_text(&s->addr, who);
	if (alone)
		draft_title(f,
			    "Some sessions of %s to %s get an answer and "
			    "others do not: %s%zu of %zu get%s nothing back",
			    who, where, least(cut), s->n, s->n + served,
			    s->n == 1 ? "s" : "");
	else
		draft_title(f,
			    "%s answers some sessions of %s and not others: "
			    "%s%zu of %zu get%s nothing back",
			    where, who, least(cut), s->n, s->n + served,
			    s->n == 1 ? "s" : "");
	if (n > 1)
		draft_text(f, "%s%zu source addresses are concerned.",
			   cut ? "At least " : "", n);
}

/* Return: how many of the source's sessions were answered. */
static size_t say_source(struct derive *d, struct draft *f, int64_t point,
			 const struct serveds *all, const struct source *s,
			 const struct unanswered *u, size_t n, bool cut)
{
	char who[NET_END_TEXT], from[TEXT_UNIT], to[TEXT_UNIT], a[TEXT_UNIT],
		b[TEXT_UNIT];
	size_t served = 0;

	for (size_t i = 0; i < all->n; i++)
		served += same_addr(&all->at[i].source, &s->addr);
	net_addr_text(&s->addr, who);
	words_time(s->first_ns, from);
	words_time(s->last_ns, to);
	draft_text(f,
		   "From %s: %s%s session%s unanswered, %s %s%s%s by the "
		   "clock at %s; %s of the same address to the same server "
		   "%s answered.",
		   who, least(cut), text_count(s->n, a), s->n == 1 ? "" : "s",
		   s->first_ns == s->last_ns ? "begun at" : "from", from,
		   s->first_ns == s->last_ns ? "" : " to ",
		   s->first_ns == s->last_ns ? "" : to,
		   model_point(derive_model(d), point)->name,
		   served ? text_count(served, b) : "none",
		   served > 1 ? "were" : "was");
	if (served) {
		say_open(f, all, s, u, n);
		evidence(d, f, point, all, s);
	}
	return served;
}

void sources_compare(struct derive *d, struct draft *f, int64_t point,
		     const struct net_end *server, const struct unanswered *u,
		     size_t n, uint64_t of, bool alone)
{
	struct serveds all = { 0 };
	struct source *s;
	size_t n_sources = group(u, n, &s), told = 0, served = 0;
	char some[TEXT_UNIT];
	bool cut = n < of;

	if (cut)
		draft_text(f,
			   "By source address the first %s of these "
			   "sessions are told apart:",
			   text_count(n, some));

	around(d, u[0].flow, point, server, &all);
	for (; told < n_sources && told < SOURCES_MOST; told++) {
		size_t k = say_source(d, f, point, &all, &s[told], u, n, cut);

		if (told == 0 && k)
			title(f, server, &s[0], k, n_sources, cut, alone);
		served += k;
	}
	if (told < n_sources)
		draft_text(f, "%s%s more source addresses were not answered.",
			   cut ? "At least " : "",
			   text_count(n_sources - told, some));
	if (all.n > served)
		draft_text(f,
			   "The server did answer %zu session%s of other "
			   "addresses around then.",
			   all.n - served, all.n - served == 1 ? "" : "s");
	json_object_set_new(f->measure, "answered_beside",
			    json_integer((json_int_t)all.n));
	free(s);
	VEC_FREE(&all);
}
