/* See the header.
 *
 * A host asks once and has its answer within milliseconds, which is then good for a
 * while: LEAST questions within EACH_NS of each other say that it had none, even where
 * the capture cannot have the answer, since that goes to who asks alone.  It is certain
 * where the capture has other answers to the same host: of that address, or of two
 * cards, as a host that is captured itself has its own answers only.
 *
 * The address itself may say that it is there: in another file of that point, as a tap
 * writes one for each direction, or with another tag or none.  Then it was not asked in
 * vain.  At another point it says that its answers do not come to who asks.
 *
 * Times are compared on the first point's clock, where it is known; else as captured.
 *
 * Cost: for each query a binary search, and what is of that address; for what is asked
 * in vain up to CLAIMS_MOST claims of it.
 */
#include "report/derive/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/search.h"
#include "base/time.h"
#include "correlate/clock.h"

#define LEAST 3
#define EACH_NS 10000000000LL
#define BEFORE_NS 3000000000LL
#define AFTER_NS 3000000000LL
#define CLAIMS_MOST 1000
#define ANSWER_NS 1000000000LL /* an answer comes within this */

/* --- reading --- */

/* The word at *p, which goes behind it, into @out.  Return: false: there is none. */
static bool word(const char **p, char *out, size_t room)
{
	size_t n = 0;

	for (; **p && **p != ' '; (*p)++)
		if (n + 1 < room)
			out[n++] = **p;
	out[n] = '\0';
	if (**p)
		(*p)++;
	return n > 0;
}

void resolve_add(struct resolve *r, const struct message_row *m)
{
	struct lookup x = { .file = m->file,
			    .claim = m->m.kind == MESSAGE_RESPONSE,
			    .v6 = m->m.proto == MESSAGE_NDP,
			    .status = m->m.status,
			    .n = m->m.len,
			    .first_frame = m->m.first_frame,
			    .last_frame = m->m.last_frame,
			    .first_ns = m->m.first_ns,
			    .last_ns = m->m.last_ns,
			    .vlan = m->m.msg_id };
	const char *p = m->name ? m->name : "";
	char text[NET_END_TEXT];

	word(&p, text, sizeof text);
	if (!word(&p, text, sizeof text) || net_addr_parse(text, &x.about))
		return;
	if (!x.claim &&
	    (!word(&p, text, sizeof text) || net_addr_parse(text, &x.from)))
		return;
	word(&p, x.mac, sizeof x.mac);
	*VEC_PUSH(&r->at) = x;
}

static int by_about(const void *pa, const void *pb)
{
	const struct lookup *a = pa, *b = pb;
	int x = net_addr_cmp(&a->about, &b->about);

	if (x)
		return x;
	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return a->first_frame < b->first_frame
		       ? -1
		       : a->first_frame > b->first_frame;
}

static int by_from(const void *pa, const void *pb, void *ctx)
{
	const struct lookup *at = ctx;
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
	int x = net_addr_cmp(&at[a].from, &at[b].from);

	return x ? x : a < b ? -1 : a > b;
}

static uint64_t in_vain(const struct lookup *q)
{
	if (q->claim)
		return 0;
	if (q->status == MESSAGE_NEIGHBOUR_VAIN)
		return q->n;
	if (q->status == MESSAGE_NEIGHBOUR_LATE ||
	    q->status == MESSAGE_NEIGHBOUR_SHOWN)
		return q->n ? q->n - 1 : 0;
	return 0;
}

static bool is_vain(const struct lookup *q)
{
	uint64_t n = in_vain(q);

	return n >= LEAST &&
	       time_sub(q->last_ns, q->first_ns) / EACH_NS < (int64_t)n;
}

void resolve_sort(struct resolve *r)
{
	if (!r->at.n)
		return;
	qsort(r->at.at, r->at.n, sizeof *r->at.at, by_about);
	for (size_t i = 0; i < r->at.n; i++)
		if (!r->at.at[i].claim)
			*VEC_PUSH(&r->asked) = i;
	if (r->asked.n)
		qsort_r(r->asked.at, r->asked.n, sizeof *r->asked.at, by_from,
			r->at.at);
}

void resolve_open(struct resolve *r, struct store *s)
{
	size_t n;
	struct message_row *m = store_neighbours(s, &n);

	*r = (struct resolve){ .at = { 0 } };
	for (size_t i = 0; i < n; i++)
		resolve_add(r, &m[i]);
	message_rows_free(m, n);
	resolve_sort(r);
}

void resolve_close(struct resolve *r)
{
	VEC_FREE(&r->at);
	VEC_FREE(&r->asked);
}

/* --- looking --- */

bool resolve_on_first(const struct model *m, int pos, int64_t *t)
{
	const struct clock_row *c = model_clock(m, m->points[pos - 1].id);
	int64_t low, high, mid = *t;

	if (!c || !clock_to_first(c, *t, &mid, &low, &high))
		return false;
	*t = mid;
	return true;
}

/* Is it of that while?  *clocks: it can be told for certain. */
static bool is_then(const struct model *m, const struct lookup *q, int pos,
		    const struct resolve_while *when, bool *clocks)
{
	int64_t first = q->first_ns, last = q->last_ns;
	int64_t from = when->from_ns, to = when->to_ns;

	*clocks = pos == when->pos;
	if (!*clocks && resolve_on_first(m, pos, &first) &&
	    resolve_on_first(m, pos, &last) &&
	    resolve_on_first(m, when->pos, &from) &&
	    resolve_on_first(m, when->pos, &to))
		*clocks = true;
	return last >= time_sub(from, BEFORE_NS) &&
	       first <= time_add(to, AFTER_NS);
}

bool resolve_begins(const struct model *m, const struct lookup *q, int pos,
		    const struct resolve_while *when)
{
	struct lookup begin = *q;
	bool clocks;

	begin.last_ns = q->first_ns;
	return is_then(m, &begin, pos, when, &clocks) && clocks;
}

static const struct lookup *of(const struct resolve *r, size_t i, bool by_from)
{
	return &r->at.at[by_from ? r->asked.at[i] : i];
}

/* The first one of that address. */
static size_t first_of(const struct resolve *r, const struct net_addr *a,
		       bool by_from)
{
	size_t n = by_from ? r->asked.n : r->at.n, at;

	SEARCH(at, n, i,
	       net_addr_cmp(by_from ? &of(r, i, true)->from
				    : &of(r, i, false)->about,
			    a) < 0);
	return at;
}

static bool is_beside(const struct lookup *a, const struct lookup *b)
{
	return a->file == b->file && a->vlan == b->vlan;
}

/* The card that has the address asked for in @q; or "". */
static const char *card_of(const struct resolve *r, const struct lookup *q)
{
	for (size_t i = first_of(r, &q->about, false); i < r->at.n; i++) {
		const struct lookup *x = of(r, i, false);

		if (net_addr_cmp(&x->about, &q->about) != 0)
			break;
		if (x->claim && is_beside(x, q))
			return x->mac;
	}
	return "";
}

/* Would the file have an answer to who asks in @q? */
static bool has_answers(const struct resolve *r, const struct lookup *q)
{
	const char *card = "";

	if (q->status == MESSAGE_NEIGHBOUR_LATE)
		return true;
	for (size_t i = first_of(r, &q->from, true); i < r->asked.n; i++) {
		const struct lookup *x = of(r, i, true);
		const char *other;

		if (net_addr_cmp(&x->from, &q->from) != 0)
			break;
		if (x->status || !is_beside(x, q))
			continue;
		other = card_of(r, x);
		if (!net_addr_cmp(&x->about, &q->about) ||
		    (*card && *other && strcmp(card, other) != 0))
			return true;
		if (*other)
			card = other;
	}
	return false;
}

static bool is_meanwhile(const struct model *m, const struct lookup *q, int pos,
			 const struct lookup *claim, int claim_pos)
{
	int64_t from = q->first_ns, to = q->last_ns;
	int64_t first = claim->first_ns, last = claim->last_ns;

	if (pos != claim_pos && resolve_on_first(m, pos, &from) &&
	    resolve_on_first(m, claim_pos, &first)) {
		resolve_on_first(m, pos, &to);
		resolve_on_first(m, claim_pos, &last);
	} else {
		from = q->first_ns;
		first = claim->first_ns;
	}
	return last >= from && first <= time_add(to, ANSWER_NS);
}

static bool is_same_capture(const struct file_row *a, const struct file_row *b)
{
	return a->point == b->point || !strcmp(a->path, b->path);
}

/* Is what @q of @file at @pos asks for claimed meanwhile where it is not asked?  @out:
 * at another point, if anywhere.  Return: in the same capture. */
static bool is_claimed(const struct resolve *r, const struct model *m,
		       const struct lookup *q, int pos, struct unresolved *out)
{
	const struct file_row *at = model_file(m, q->file), *file;
	size_t i = first_of(r, &q->about, false);
	unsigned looked = 0;

	out->claim = NULL;
	for (; i < r->at.n && looked < CLAIMS_MOST; i++) {
		const struct lookup *x = of(r, i, false);
		int its;

		if (net_addr_cmp(&x->about, &q->about) != 0)
			break;
		if (!x->claim || is_beside(x, q) ||
		    !(file = model_file(m, x->file)))
			continue;
		looked++;
		its = model_point(m, file->point)->pos;
		if (!is_meanwhile(m, q, pos, x, its))
			continue;
		if (is_same_capture(at, file))
			return true;
		if (!out->claim) {
			out->claim = x;
			out->claim_pos = its;
		}
	}
	return false;
}

/* Takes @q at @pos if it is worse than what there is. */
static void take_worse(const struct resolve *r, const struct model *m,
		       const struct lookup *q, bool clocks,
		       struct unresolved *out)
{
	struct unresolved x = {
		.q = q, .pos = out->pos, .n = in_vain(q), .clocks = clocks
	};

	if (x.n > out->n && !is_claimed(r, m, q, out->pos, &x))
		*out = x;
}

struct unresolved resolve_find(const struct resolve *r, const struct model *m,
			       int pos, const struct net_addr *about,
			       const struct net_addr *from,
			       const struct resolve_while *when)
{
	const struct net_addr *key = about ? about : from;
	struct unresolved out = { .pos = pos };
	size_t n = !r ? 0 : about ? r->at.n : r->asked.n;

	for (size_t i = n ? first_of(r, key, !about) : 0; i < n; i++) {
		const struct lookup *q = of(r, i, !about);
		const struct file_row *file = model_file(m, q->file);
		bool clocks;

		if (net_addr_cmp(about ? &q->about : &q->from, key) != 0)
			break;
		if (!is_vain(q) || !file ||
		    file->point != m->points[pos - 1].id ||
		    (from && net_addr_cmp(&q->from, from) != 0) ||
		    !is_then(m, q, pos, when, &clocks))
			continue;
		take_worse(r, m, q, clocks, &out);
	}
	out.answered = out.q && has_answers(r, out.q);
	return out;
}

struct unresolved resolve_most(const struct resolve *r, const struct model *m,
			       int pos)
{
	struct unresolved out = { .pos = pos };

	for (size_t i = 0; r && i < r->asked.n; i++) {
		const struct lookup *q = of(r, i, true);
		const struct file_row *file = model_file(m, q->file);

		if (is_vain(q) && file && file->point == m->points[pos - 1].id)
			take_worse(r, m, q, true, &out);
	}
	out.answered = out.q && has_answers(r, out.q);
	return out;
}

bool resolve_is_sure(const struct unresolved *x)
{
	return x->q && x->answered && x->clocks && !x->claim;
}

const char *resolve_means(const struct lookup *q)
{
	return q->v6 ? "neighbour discovery" : "ARP";
}
