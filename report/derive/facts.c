/* One sweep over a session's fates, keeping what rules look at.
 *
 * Steps: each entry is counted in the tail of its hop (tail_add) and listed by
 * what happened (lists_of); fragments become datagrams (fragments.c).  In
 * brief, records are fetched only for listed entries and, at the end, for the
 * tails; of identical delivered entries one is examined and the others are
 * counted at once.  O(entries); memory is bounded by FACTS_KEPT a list.
 */
#include "report/derive/facts.h"

#include <stdlib.h>

#include "base/mem.h"

struct fact fact_of(const struct fate_row *r)
{
	struct fact k = { .e = r->e,
			  .dir = r->dir,
			  .from = r->from,
			  .to = r->to,
			  .has_near = r->near != NULL,
			  .has_far = r->far != NULL,
			  .near_file = r->near_file,
			  .far_file = r->far_file };

	if (r->near)
		k.near = *r->near;
	if (r->far)
		k.far = *r->far;
	return k;
}

static struct hop_tail *tail_of(struct session_facts *f,
				const struct fate_row *r)
{
	int d = r->dir;

	for (size_t i = 0; i < f->n_tails[d]; i++)
		if (f->tail[d][i].from == r->from && f->tail[d][i].to == r->to)
			return &f->tail[d][i];
	f->tail[d] = mem_resize(f->tail[d], f->n_tails[d] + 1,
				sizeof *f->tail[d]);
	f->tail[d][f->n_tails[d]] = (struct hop_tail){
		.from = r->from, .to = r->to, .last_delivered_ns = INT64_MIN
	};
	return &f->tail[d][f->n_tails[d]++];
}

static struct route_watch *route_of(struct session_facts *f,
				    const struct session_view *v,
				    const struct fate_row *r)
{
	int a = r->from < r->to ? r->from : r->to;
	int b = r->from < r->to ? r->to : r->from;
	const struct flow_row *at = &v->flow[a].row;

	for (size_t i = 0; i < f->n_routes; i++)
		if (f->route[i].a == a && f->route[i].b == b)
			return &f->route[i];
	f->route = mem_resize(f->route, f->n_routes + 1, sizeof *f->route);
	route_init(&f->route[f->n_routes], a, b, at->first_ns, at->last_ns);
	return &f->route[f->n_routes++];
}

static bool is_data(const struct fate_entry *e)
{
	return e->kind == KIND_DATA || e->kind == KIND_DATAGRAM;
}

static void tail_add(struct hop_tail *t, const struct fate_row *r)
{
	switch ((enum fate)r->e.fate) {
	case FATE_DELIVERED:
	case FATE_UNSEEN:
		t->delivered += r->e.fate == FATE_DELIVERED;
		t->unseen += r->e.fate == FATE_UNSEEN;
		t->delivered_syn += r->e.kind == KIND_SYN;
		t->after = 0;
		t->after_kept.n = 0;
		t->open = false;
		t->last_delivered = r->e;
		if (r->near)
			t->last_delivered_ns = r->near->time_ns;
		break;
	case FATE_LOST:
		t->lost++;
		t->by_basis[r->e.basis & 3]++;
		t->quoted += r->e.basis == BASIS_EFFECT &&
			     r->e.reason == WHY_QUOTED;
		if (t->after++ == 0)
			t->first_after = fact_of(r);
		if (t->after_kept.n < FACTS_KEPT)
			*VEC_PUSH(&t->after_kept) = fact_of(r);
		if (r->e.reason == WHY_ENDED && r->e.copy == 1)
			t->ended += r->e.len;
		break;
	case FATE_UNDECIDED:
		t->undecided++;
		if (!is_data(&r->e))
			break;
		t->open = true;
		t->newest_open = fact_of(r);
		break;
	default:
		break;
	}
}

static struct hop_tail *count(struct session_facts *f, const struct fate_row *r)
{
	struct hop_tail *t = tail_of(f, r);

	tail_add(t, r);
	if (t == f->tail[r->dir] && is_data(&r->e))
		f->data[r->dir]++;
	return t;
}

#define SACK_REACH (1u << 26) /* bytes: as in correlate/proof.c */
#define LISTS 8

/* The lists that an entry belongs to.  Return: their number. */
static size_t lists_of(struct session_facts *f, const struct hop_tail *t,
		       const struct fate_entry *e, struct facts *of[LISTS])
{
	struct facts *const all[LISTS] = { &f->lost,    &f->injected,
					   &f->changed, &f->duplicated,
					   &f->resets,  &f->syns,
					   &f->astray,  &f->unseen };
	const bool is[LISTS] = {
		e->fate == FATE_LOST,
		e->fate == FATE_INJECTED,
		(e->marks & MARK_CHANGED) != 0,
		(e->marks & MARK_DUPLICATED) != 0,
		e->kind == KIND_RST,
		e->kind == KIND_SYN,
		e->reason == WHY_LOST_HERE_OR_BEHIND,
		e->fate == FATE_UNSEEN,
	};
	size_t n = 0;

	for (size_t i = 0; i < LISTS; i++) {
		/* losses of one way leave room for those of the others */
		uint64_t kept = i ? all[i]->n : t->lost - 1;

		if (is[i] && kept < FACTS_KEPT)
			of[n++] = all[i];
	}
	return n;
}

/* A block behind what is acknowledged: no DSACK, and in the same numbers. */
static bool sacks_later(const struct record *ack)
{
	for (unsigned i = 0; i < ack->n_sack && i < 4; i++) {
		uint32_t on = ack->sack[i][0] - (uint32_t)ack->ack64;

		if (on > 0 && on < SACK_REACH)
			return true;
	}
	return false;
}

static void set_proof(struct fact *k, const struct fate_row *r,
		      struct fate_cursor *c)
{
	struct fate_proof p;

	if ((r->e.fate != FATE_LOST && r->e.fate != FATE_UNSEEN) ||
	    !fate_cursor_proof(c, r, &p) || !p.ack)
		return;
	k->proof.frame = p.ack->frame;
	k->proof.ack64 = p.ack->ack64;
	k->proof.time_ns = p.ack->time_ns;
	k->proof.sack = sacks_later(p.ack);
	k->proof.rst = (p.ack->tcp_flags & REC_RST) != 0;
	k->proof.flow = p.flow;
	k->proof.file = p.file;
}

/* @r, a copy, shows that what it is a copy of was sent again, which matters for
 * what arrived damaged. */
static void note_again(struct session_facts *f, struct fate_row *r,
		       struct fate_cursor *c, bool bare)
{
	if (!f->spoilt[r->dir] || r->e.copy < 2 ||
	    (bare && !fate_cursor_records(c, r)) || !r->near)
		return;
	for (size_t i = f->changed.n; i-- > 0;) {
		struct fact *k = &f->changed.at[i];

		if (k->dir == r->dir && k->from == r->from && k->to == r->to &&
		    k->near.seq64 < r->near->seq64 + rec_seq_len(r->near) &&
		    r->near->seq64 < k->near.seq64 + rec_seq_len(&k->near))
			k->again = true;
	}
}

/* @c: the cursor that @r is from; @bare: @r's records are to be fetched. */
static void list_add(struct session_facts *f, const struct hop_tail *t,
		     struct fate_row *r, struct fate_cursor *c, bool bare)
{
	struct facts *of[LISTS];
	size_t n = lists_of(f, t, &r->e, of);
	struct fact k;

	f->n_lost += r->e.fate == FATE_LOST;
	f->n_reordered += (r->e.marks & MARK_REORDERED) != 0;
	note_again(f, r, c, bare);
	if (!n || (bare && !fate_cursor_records(c, r)))
		return;
	k = fact_of(r);
	set_proof(&k, r, c);
	f->spoilt[r->dir] |= fact_spoilt(&k);
	for (size_t i = 0; i < n; i++)
		*VEC_PUSH(of[i]) = k;
}

/* Counts the entries that are like @r, which is counted and has its tail in @t,
 * if there is nothing to list. */
static void count_alike(struct session_facts *f, struct hop_tail *t,
			struct fate_row *r, struct fate_cursor *c)
{
	const struct fate_entry *e = &r->e;
	uint64_t n;

	if (e->fate != FATE_DELIVERED || e->marks || e->kind == KIND_RST ||
	    e->kind == KIND_SYN)
		return;
	n = fate_cursor_alike(c, r);
	t->delivered += n;
	t->last_delivered = *e;
	if (t == f->tail[r->dir] && is_data(e))
		f->data[r->dir] += n;
}

static bool loses(const struct session_view *v, int dir)
{
	for (size_t i = 0; i < v->figures.n; i++)
		if (v->figures.hop[i].way[dir].tx.n[FATE_LOST])
			return true;
	return false;
}

/* The session's least round trip; -1: not known. */
static int64_t round_trip(const struct session_view *v)
{
	int64_t ns = v->budget.known ? v->budget.base_ns : -1;

	for (size_t i = 0; ns < 0 && i < v->figures.n; i++)
		if (v->figures.hop[i].rtt.n)
			ns = v->figures.hop[i].rtt.min;
	return ns;
}

void session_facts_load(struct session_facts *f, const struct model *m,
			const struct session_view *v)
{
	struct fate_cursor *c = fate_cursor_open(m->store, v->row.id);
	struct fate_row r;
	bool lossy[2] = { loses(v, 0), loses(v, 1) };

	*f = (struct session_facts){ 0 };
	while (fate_cursor_next(c, &r)) {
		struct hop_tail *t = count(f, &r);

		fragments_add(&t->fragments, &r);
		headers_add(&t->headers, &r);
		route_add(route_of(f, v, &r), &r);
		if (lossy[r.dir])
			policer_add(&t->policer, m, v, &r);
		list_add(f, t, &r, c, false);
	}
	for (int d = 0; d < 2; d++)
		for (size_t i = 0; i < f->n_tails[d]; i++) {
			struct hop_tail *t = &f->tail[d][i];

			fragments_end(&t->fragments);
			policer_end(&t->policer, round_trip(v), &t->policed);
		}
	fate_cursor_close(c);
}

/* Fetches the records for a fact of an entry that was counted without them. */
static void fact_fill(struct fact *k, struct fate_cursor *c)
{
	struct fate_row r = {
		.e = k->e, .dir = k->dir, .from = k->from, .to = k->to
	};

	if (fate_cursor_records(c, &r))
		*k = fact_of(&r);
}

static void tail_fill(struct hop_tail *t, int dir, struct fate_cursor *c)
{
	struct fact last = {
		.e = t->last_delivered, .dir = dir, .from = t->from, .to = t->to
	};

	if (t->delivered + t->unseen) {
		fact_fill(&last, c);
		if (last.has_near)
			t->last_delivered_ns = last.near.time_ns;
	}
	if (t->after)
		fact_fill(&t->first_after, c);
	if (t->open)
		fact_fill(&t->newest_open, c);
	for (size_t i = 0; i < t->after_kept.n; i++)
		fact_fill(&t->after_kept.at[i], c);
}

void session_facts_load_brief(struct session_facts *f, const struct model *m,
			      const struct session_view *v)
{
	struct fate_cursor *c = fate_cursor_open(m->store, v->row.id);
	struct fate_row r;

	*f = (struct session_facts){ .brief = true };
	while (fate_cursor_step(c, &r)) {
		struct hop_tail *t = count(f, &r);

		list_add(f, t, &r, c, true);
		count_alike(f, t, &r, c);
	}
	for (int d = 0; d < 2; d++)
		for (size_t i = 0; i < f->n_tails[d]; i++)
			tail_fill(&f->tail[d][i], d, c);
	fate_cursor_close(c);
}

void session_facts_release(struct session_facts *f)
{
	VEC_FREE(&f->lost);
	VEC_FREE(&f->injected);
	VEC_FREE(&f->changed);
	VEC_FREE(&f->duplicated);
	VEC_FREE(&f->resets);
	VEC_FREE(&f->syns);
	VEC_FREE(&f->astray);
	VEC_FREE(&f->unseen);
	free(f->route);
	for (int d = 0; d < 2; d++) {
		for (size_t i = 0; i < f->n_tails[d]; i++) {
			VEC_FREE(&f->tail[d][i].after_kept);
			fragments_release(&f->tail[d][i].fragments);
			policer_release(&f->tail[d][i].policer);
		}
		free(f->tail[d]);
	}
	*f = (struct session_facts){ 0 };
}
