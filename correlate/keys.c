/* Keys of flows, how common they are, and joining two points on them.
 *
 * What: flow_keys() gives a flow's values of one kind; point_count_keys()
 * counts in how many flows of its point each value is, in a table of saturating
 * bytes by hash (a counting sketch: collisions make a value look more common,
 * never less, so evidence is never overrated), and keeps what it says of each
 * flow with that flow, since a look at the table misses the cache; keys_join() sorts both points'
 * values and walks equal ones.
 *
 * Direction is part of no key, since without a SYN two points may disagree on
 * who is the client; score.c tries both ways round.
 *
 * Stop words: a value that more than COMMON flows have on a side says little
 * and would pair everything with everything.  Where the clock is known such a
 * value pairs each flow with the NEIGHBOURS nearest in time; else it is left
 * out, except that the differences of times themselves are weak votes for
 * the clock (at most WEAK_SQUARE of them for a value: some of its left flows
 * with all right ones).
 *
 * Cost: radix sort, O(n) a kind; the sketch is KEYS_ROOM bytes for each flow, and
 * KEYS_LEAST at least: among few flows a value that looks as if two had it loses
 * most of its weight.
 */
#include "correlate/keys.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/parallel.h"
#include "correlate/radix.h"

#define COMMON 32
#define NEIGHBOURS 8
#define KEYS_ROOM 32
#define KEYS_LEAST (1u << 18)
#define WEAK_SQUARE 250000
#define WEAK_MAX 2000000
#define STRONG_MAX 400000

static uint64_t key_of(enum key_kind kind, uint64_t a, uint64_t b)
{
	return key_mix(key_mix(0x70616972u + (unsigned)kind, a), b);
}

uint64_t key_isn(const struct flow_dir *d)
{
	return key_of(KEY_ISN, (uint32_t)d->seq_first, 0);
}

uint64_t key_head(const struct flow_dir *d)
{
	return key_of(KEY_HEAD, d->head, d->head_len);
}

uint64_t key_sample(const struct sample *s)
{
	return key_of(KEY_SAMPLE, s->digest, s->len);
}

uint64_t key_tsval(const struct flow_dir *d)
{
	return key_of(KEY_TSVAL, d->syn_tsval, 0);
}

uint64_t key_syn_print(const struct flow_dir *d, bool with_mss)
{
	uint64_t a = (uint64_t)d->window << 24 | (uint64_t)d->opts << 8 |
		     (uint8_t)d->wscale;
	uint64_t b = with_mss ? (uint64_t)d->order << 16 | d->mss : 0;

	return key_of(KEY_SYN_PRINT, a, b);
}

uint64_t key_ip_id(const struct flow_dir *d)
{
	return key_mix(0x69706964, d->ip_id);
}

uint64_t key_turns(const struct flow *f, int k)
{
	return key_of(KEY_TURNS, f->turn_hash[k], (uint64_t)k);
}

uint64_t key_twins(const struct flow *f)
{
	const struct flow_dir *x = &f->dir[0], *y = &f->dir[1];
	uint64_t heads = key_mix(x->head, y->head);
	int k = TURN_HASHES - 1;

	if (!x->head_len || !y->head_len)
		return 0;
	while (k >= 0 && !f->turn_hash[k])
		k--;
	if (k >= 0)
		return key_mix(heads, key_turns(f, k));
	if (!(x->flags & y->flags & DIR_FIN))
		return 0;
	return key_mix(heads, key_mix(x->seq_next - x->seq_first,
				      y->seq_next - y->seq_first));
}

uint64_t key_end(const struct flow *f, int e)
{
	return key_of(KEY_SERVER, (uint64_t)f->addr[e] << 16 | f->port[e],
		      f->proto);
}

uint64_t key_tuple(const struct flow *f)
{
	return key_mix(7, key_end(f, 0) + key_end(f, 1));
}

uint64_t key_addr(const struct flow *f, int e)
{
	return key_mix(0x61646472, f->addr[e]);
}

uint64_t key_port(const struct flow *f, int e)
{
	return key_mix(0x706f7274, (uint64_t)f->port[e] << 8 | f->proto);
}

uint64_t key_named_tuple(const struct flow_preface *x)
{
	struct flow f = { .addr = { x->addr[0], x->addr[1] },
			  .port = { x->port[0], x->port[1] },
			  .proto = x->proto };

	return key_tuple(&f);
}

static size_t add(struct key *out, size_t n, uint64_t hash, int64_t t, int dir)
{
	out[n] = (struct key){ hash, t, dir };
	return n + 1;
}

static size_t sample_keys(const struct point *p, const struct flow *f,
			  struct key *out)
{
	const struct sample *s = p->sample.at + f->samples;
	size_t n = 0;

	for (int d = 0; d < 2; d++)
		for (unsigned i = 0; i < f->dir[d].n_samples; i++, s++)
			n = add(out, n, key_sample(s),
				s->at_us == NO_TIME
					? INT64_MIN
					: time_add(f->first_ns,
						   s->at_us * 1000ll),
				d);
	return n;
}

static bool has_syn(const struct flow *f, int d)
{
	return f->dir[d].flags & DIR_SYN;
}

static size_t dir_keys(const struct flow *f, enum key_kind kind, int d,
		       struct key *out, size_t n)
{
	const struct flow_dir *x = &f->dir[d];

	switch (kind) {
	case KEY_ISN:
		if (has_syn(f, d))
			return add(out, n, key_isn(x), x->first_ns, d);
		break;
	case KEY_HEAD:
		if (x->head_len >= 4)
			return add(out, n, key_head(x), INT64_MIN, d);
		break;
	case KEY_TSVAL:
		if (x->flags & DIR_SYN_TS)
			return add(out, n, key_tsval(x), x->first_ns, d);
		break;
	case KEY_SEQ_END:
		if (x->packets && flow_is_tcp(f))
			return add(out, n,
				   key_of(kind, (uint32_t)x->seq_next, 0),
				   INT64_MIN, d);
		break;
	default:
		break;
	}
	return n;
}

/* Was of its content too little captured to know it again? */
static bool is_cut(const struct flow *f)
{
	return !f->dir[0].head_len && !f->dir[1].head_len &&
	       !f->dir[0].n_samples && !f->dir[1].n_samples;
}

/* One request and its answer are too common to tell of clocks, and to be asked
 * for where content is known. */
static size_t turn_keys(const struct flow *f, struct key *out)
{
	size_t n = 0;

	if (!has_syn(f, 0))
		return 0;
	for (int k = 1; k < TURN_HASHES; k++)
		if (f->turn_hash[k])
			n = add(out, n, key_turns(f, k), f->first_ns, 0);
	if (!n && f->turn_hash[0] && is_cut(f))
		n = add(out, n, key_turns(f, 0), INT64_MIN, 0);
	return n;
}

size_t flow_keys(const struct point *p, const struct flow *f,
		 enum key_kind kind, struct key *out)
{
	size_t n = 0;

	switch (kind) {
	case KEY_ISN_PAIR:
		if (has_syn(f, 0) && has_syn(f, 1))
			n = add(out, n,
				key_of(kind, (uint32_t)f->dir[0].seq_first,
				       (uint32_t)f->dir[1].seq_first),
				f->dir[0].first_ns, 0);
		return n;
	case KEY_SAMPLE:
		return sample_keys(p, f, out);
	case KEY_TURNS:
		return turn_keys(f, out);
	case KEY_TUPLE:
		return add(out, n, key_tuple(f), f->first_ns, 0);
	case KEY_SYN_PRINT:
		if (has_syn(f, 0))
			n = add(out, n, key_syn_print(&f->dir[0], false),
				f->dir[0].first_ns, 0);
		return n;
	case KEY_SERVER:
		return add(out, n, key_end(f, 1), f->first_ns, 0);
	case KEY_CLIENT:
		return add(out, n, key_end(f, 0), f->first_ns, 0);
	default:
		for (int d = 0; d < 2; d++)
			n = dir_keys(f, kind, d, out, n);
		return n;
	}
}

/* --- how common --- */

/* Places in the table of many keys, so that their misses overlap. */
#define BATCH 128
struct counting {
	struct point *p;
	size_t n;
	uint64_t place[BATCH];
};

static uint64_t place_of(const struct point *p, uint64_t key)
{
	return key >> 7 & p->seen_mask;
}

static unsigned n_samples(const struct flow *f)
{
	return (unsigned)f->dir[0].n_samples + f->dir[1].n_samples;
}

static void count_batch(struct counting *c)
{
	uint8_t *seen = c->p->seen;

	for (size_t i = 0; i < c->n; i++)
		fetch_first(&seen[c->place[i]]);
	for (size_t i = 0; i < c->n; i++)
		if (seen[c->place[i]] < 255)
			seen[c->place[i]]++;
	c->n = 0;
}

static void count(struct counting *c, uint64_t key)
{
	c->place[c->n++] = place_of(c->p, key);
	if (c->n == BATCH)
		count_batch(c);
}

static void count_dir(struct counting *c, const struct flow *f, int d)
{
	const struct flow_dir *x = &f->dir[d];

	count(c, key_addr(f, d));
	count(c, key_port(f, d));
	count(c, key_end(f, d));
	if (x->flags & DIR_SYN) {
		count(c, key_isn(x));
		count(c, key_ip_id(x));
		count(c, key_syn_print(x, true));
		count(c, key_syn_print(x, false));
	}
	if (x->flags & DIR_SYN_TS)
		count(c, key_tsval(x));
	if (x->head_len)
		count(c, key_head(x));
}

static void count_flow(struct counting *c, const struct flow *f)
{
	const struct sample *s = c->p->sample.at + f->samples;
	unsigned n = n_samples(f);

	count(c, key_tuple(f));
	for (int d = 0; d < 2; d++)
		count_dir(c, f, d);
	for (unsigned i = 0; i < n; i++)
		count(c, key_sample(&s[i]));
	for (int k = 0; k < TURN_HASHES; k++)
		if (f->turn_hash[k])
			count(c, key_turns(f, k));
}

/* --- how common a flow's own are --- */

#define NOTED sizeof(struct flow_seen)
#define NOTES 4 /* flows at a time */
#define NOTE_DIR(d, what)                                                      \
	(offsetof(struct flow_seen, dir) +                                     \
	 (size_t)(d) * sizeof(struct seen_dir) +                               \
	 offsetof(struct seen_dir, what))

static void dir_places(const struct point *p, const struct flow *f, int d,
		       uint64_t place[static NOTED])
{
	const struct flow_dir *x = &f->dir[d];

	place[NOTE_DIR(d, addr)] = place_of(p, key_addr(f, d));
	place[NOTE_DIR(d, port)] = place_of(p, key_port(f, d));
	place[NOTE_DIR(d, end)] = place_of(p, key_end(f, d));
	if (x->flags & DIR_SYN) {
		place[NOTE_DIR(d, isn)] = place_of(p, key_isn(x));
		place[NOTE_DIR(d, ip_id)] = place_of(p, key_ip_id(x));
		for (int mss = 0; mss < 2; mss++)
			place[NOTE_DIR(d, print) + (size_t)mss] = place_of(
				p, key_syn_print(x, mss));
	}
	if (x->flags & DIR_SYN_TS)
		place[NOTE_DIR(d, tsval)] = place_of(p, key_tsval(x));
	if (x->head_len)
		place[NOTE_DIR(d, head)] = place_of(p, key_head(x));
}

/* What the flow has not is at place 0. */
static void flow_places(const struct point *p, const struct flow *f,
			uint64_t place[static NOTED])
{
	memset(place, 0, NOTED * sizeof *place);
	place[offsetof(struct flow_seen, tuple)] = place_of(p, key_tuple(f));
	for (int d = 0; d < 2; d++)
		dir_places(p, f, d, place);
	for (int k = 0; k < TURN_HASHES; k++)
		if (f->turn_hash[k])
			place[offsetof(struct flow_seen, turns) + (size_t)k] =
				place_of(p, key_turns(f, k));
}

static void note_seen(struct point *p, size_t from, size_t to)
{
	uint64_t place[NOTES][NOTED];
	uint8_t seen[NOTES][NOTED];

	for (size_t i = from; i < to; i++)
		flow_places(p, &p->flow[i], place[i - from]);
	for (size_t i = 0; i < to - from; i++)
		for (size_t k = 0; k < NOTED; k++)
			seen[i][k] = p->seen[place[i][k]];
	for (size_t i = from; i < to; i++)
		memcpy(&p->flow[i].seen, seen[i - from], NOTED);
}

#define FETCHED 4 /* samples of a flow */

void point_fetch_samples(const struct point *p, const struct flow *const *f,
			 size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (n_samples(f[i]))
			fetch_first(p->sample.at + f[i]->samples);
	for (size_t i = 0; i < n; i++)
		fetch_more(p->sample.at + f[i]->samples,
			   n_samples(f[i]) * sizeof(struct sample));
}

void point_fetch_weights(const struct point *p, const struct flow *const *f,
			 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned all = n_samples(f[i]);
		const struct sample *s = all ? p->sample.at + f[i]->samples
					     : NULL;

		for (unsigned k = 0; k < all && k < FETCHED; k++)
			fetch_first(&p->seen[place_of(p, key_sample(&s[k]))]);
	}
}

void point_index_tuples(struct point *p)
{
	for (size_t i = 0; i < p->n; i++)
		htab_put(&p->tuples, key_tuple(&p->flow[i]), (uint32_t)i);
}

bool point_has_other(const struct point *p, const struct flow *f, uint64_t name)
{
	size_t pos = SIZE_MAX;

	return name && name != key_tuple(f) &&
	       htab_find(&p->tuples, name, &pos) != HTAB_NONE;
}

void point_index_twins(struct point *p)
{
	for (size_t i = 0; i < p->n; i++) {
		uint64_t key = flow_is_tcp(&p->flow[i]) ? key_twins(&p->flow[i])
							: 0;

		if (key)
			htab_put(&p->twins, key, (uint32_t)i);
	}
}

void point_note_names(const struct point *p, uint64_t *named)
{
	for (size_t i = 0; i < p->n; i++) {
		uint32_t k = p->flow[i].preface;

		if (k && p->preface.at[k - 1].named)
			named[p->base + i] = key_named_tuple(
				&p->preface.at[k - 1]);
	}
}

bool point_names(const struct point *p)
{
	for (size_t i = 0; i < p->preface.n; i++)
		if (p->preface.at[i].named)
			return true;
	return false;
}

void point_count_keys(struct point *p)
{
	struct counting c = { .p = p };
	uint64_t room = KEYS_LEAST;

	while (room < (uint64_t)p->n * KEYS_ROOM + p->sample.n * 2)
		room *= 2;
	p->seen = mem_zalloc_large(room);
	p->seen_mask = room - 1;
	for (size_t i = 0; i < p->n; i++)
		count_flow(&c, &p->flow[i]);
	count_batch(&c);
	for (size_t i = 0; i < p->n; i += NOTES)
		note_seen(p, i, p->n - i < NOTES ? p->n : i + NOTES);
	for (unsigned n = 0; n < 256; n++)
		p->rarity[n] = log2((double)p->n / (n ? n : 1));
}

/* --- joining --- */

struct post {
	int64_t time_ns;
	uint32_t flow;
	uint8_t dir;
};

struct postings {
	struct radix *by_hash; /* value: index in post */
	struct post *post;
	size_t n, cap_hash, cap_post;
};

static void collect(struct postings *o, const struct side_set *s,
		    enum key_kind kind,
		    uint64_t (*map)(void *ctx, uint64_t key), void *ctx)
{
	struct key k[KEY_MAX];

	for (size_t i = 0; i < s->n; i++) {
		const struct flow *f = &s->p->flow[s->flow[i]];
		size_t n = flow_keys(s->p, f, kind, k);

		o->by_hash = mem_grow(o->by_hash, &o->cap_hash, o->n + n,
				      sizeof *o->by_hash);
		o->post = mem_grow(o->post, &o->cap_post, o->n + n,
				   sizeof *o->post);
		for (size_t j = 0; j < n; j++, o->n++) {
			o->by_hash[o->n] = (struct radix){
				map ? map(ctx, k[j].hash) : k[j].hash,
				(uint32_t)o->n
			};
			o->post[o->n] = (struct post){ k[j].time_ns, s->flow[i],
						       (uint8_t)k[j].dir };
		}
	}
	radix_sort(o->by_hash, o->n);
}

struct collecting {
	struct postings *out[2];
	const struct side_set *side[2];
	enum key_kind kind;
	uint64_t (*map)(void *ctx, uint64_t key); /* for the left side */
	void *map_ctx;
};

static void collect_side(void *ctx, unsigned worker, size_t i)
{
	struct collecting *x = ctx;

	(void)worker;
	collect(x->out[i], x->side[i], x->kind, i ? NULL : x->map, x->map_ctx);
}

/* Side by side where processors are spare. */
static void collect_both(struct collecting *x)
{
	if (parallel_spare()) {
		parallel_run(2, collect_side, x);
		return;
	}
	collect_side(x, 0, 0);
	collect_side(x, 0, 1);
}

static void postings_free(struct postings *o)
{
	free(o->by_hash);
	free(o->post);
}

struct join {
	const struct coarse *coarse;
	struct pair_list *out;
	struct vote_list *votes;
	struct VEC(struct post) l, r; /* of one value */
};

static void add_pair(struct join *j, uint32_t l, uint32_t r)
{
	*VEC_PUSH(&j->out->pair) = (uint64_t)l << 32 | r;
}

static void vote(struct join *j, const struct post *l, const struct post *r,
		 bool strong)
{
	struct vote v = { .at_ns = l->time_ns, .dir = l->dir };

	if (!j->votes || l->time_ns == INT64_MIN || r->time_ns == INT64_MIN)
		return;
	v.diff_ns = time_sub(r->time_ns, l->time_ns);
	if (strong && j->votes->strong.n < STRONG_MAX)
		*VEC_PUSH(&j->votes->strong) = v;
	if (!strong && j->votes->weak.n < WEAK_MAX)
		*VEC_PUSH(&j->votes->weak) = v;
}

static int by_time(const void *a, const void *b)
{
	const struct post *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->flow < y->flow ? -1 : x->flow > y->flow;
}

static size_t first_at(const struct post *p, size_t n, int64_t t)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p[mid].time_ns < t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* A common value: each left flow with its neighbours in time. */
static void join_near(struct join *j)
{
	if (j->r.n)
		qsort(j->r.at, j->r.n, sizeof *j->r.at, by_time);
	for (size_t i = 0; i < j->l.n; i++) {
		const struct post *l = &j->l.at[i];
		size_t at, from, to;

		if (l->time_ns == INT64_MIN)
			continue;
		at = first_at(
			j->r.at, j->r.n,
			time_add(l->time_ns,
				 coarse_diff(j->coarse, l->dir, l->time_ns)));
		from = at > NEIGHBOURS ? at - NEIGHBOURS : 0;
		to = j->r.n - at > NEIGHBOURS ? at + NEIGHBOURS : j->r.n;
		for (size_t k = from; k < to; k++)
			if (j->r.at[k].time_ns != INT64_MIN)
				add_pair(j, l->flow, j->r.at[k].flow);
	}
}

static void join_all(struct join *j)
{
	bool strong = j->l.n == 1 && j->r.n == 1;

	for (size_t i = 0; i < j->l.n; i++)
		for (size_t k = 0; k < j->r.n; k++) {
			add_pair(j, j->l.at[i].flow, j->r.at[k].flow);
			vote(j, &j->l.at[i], &j->r.at[k], strong);
		}
}

/* One value's flows on both sides. */
static void join_value(struct join *j)
{
	size_t step;

	if (j->l.n <= COMMON && j->r.n <= COMMON) {
		join_all(j);
		return;
	}
	if (j->coarse->known) {
		join_near(j);
		return;
	}
	if (!j->votes || j->r.n > WEAK_SQUARE)
		return;
	step = j->l.n * j->r.n / WEAK_SQUARE + 1;
	for (size_t i = 0; i < j->l.n; i += step)
		for (size_t k = 0; k < j->r.n; k++)
			vote(j, &j->l.at[i], &j->r.at[k], false);
}

static size_t run_end(const struct postings *o, size_t i)
{
	size_t e = i + 1;

	while (e < o->n && o->by_hash[e].hash == o->by_hash[i].hash)
		e++;
	return e;
}

#define TAKE(vec, o, from, to)                                                 \
	do {                                                                   \
		(vec).n = 0;                                                   \
		for (size_t i_ = (from); i_ < (to); i_++)                      \
			*VEC_PUSH(&(vec)) = (o).post[(o).by_hash[i_].value];   \
	} while (0)

void keys_join(const struct side_set *left, const struct side_set *right,
	       enum key_kind kind, const struct coarse *coarse,
	       uint64_t (*map)(void *ctx, uint64_t key), void *map_ctx,
	       struct pair_list *out, struct vote_list *votes)
{
	struct postings l = { 0 }, r = { 0 };
	struct join j = { .coarse = coarse, .out = out, .votes = votes };

	if (!left->n || !right->n)
		return;
	collect_both(&(struct collecting){
		{ &l, &r }, { left, right }, kind, map, map_ctx });
	for (size_t a = 0, b = 0; a < l.n && b < r.n;) {
		uint64_t x = l.by_hash[a].hash, y = r.by_hash[b].hash;

		if (x == y) {
			size_t ae = run_end(&l, a), be = run_end(&r, b);

			TAKE(j.l, l, a, ae);
			TAKE(j.r, r, b, be);
			join_value(&j);
			a = ae;
			b = be;
		} else if (x < y) {
			a++;
		} else {
			b++;
		}
	}
	VEC_FREE(&j.l);
	VEC_FREE(&j.r);
	postings_free(&l);
	postings_free(&r);
}
