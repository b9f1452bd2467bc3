/* Fates of a session, packed.
 *
 * What: a session has a stream of entries for each direction and hop.  Most
 * entries continue the one before: the next record here, the next record there,
 * the next transmission, the same fate.  Such a run is one operation whatever
 * its length; lengths and kinds, which do vary, are in it as groups of equal
 * ones.  Everything else is an entry of its own, as deviations.
 *
 * Format: operations of a varint head, whose low two bits say which:
 *	HOP    head>>2: 0 fresh, 1 continued; dir | from << 1, to;
 *	       continued: next near, far, tx
 *	MORE   head>>2: n; n entries by the pattern in force, then groups
 *	RUN    the same, after a new pattern: fate | basis << 4, reason,
 *	       marks | near, far there << 4 and << 5, change
 *	ENTRY  head>>2: HAS_ bits, then what these call for (put_entry);
 *	       its pattern, if any, is its own
 *	groups: until their counts sum up to n: count (left out where one is
 *	       left), len << 3 | kind
 * HOP sets the pattern to delivered, matched, both there.  A chunk begins with
 * HOP, so each can be read alone.
 *
 * Invariants: only match_state_after() changes predictions, in both directions.
 * Any sequence of entries is restored exactly; only its size depends on how
 * regular it is.
 *
 * Memory: what is packed of one session; chunks of about 60 KiB.
 */
#include "store/match.h"

#include <stdlib.h>

#include "store/match_int.h"

#define CHUNK_BYTES (60u << 10)
#define GROUP_BYTES (16u << 10)

/* --- what both ways share --- */

static const struct match_pattern pattern_first = {
	.fate = FATE_DELIVERED,
	.reason = WHY_MATCHED,
	.near = true,
	.far = true,
};

static bool pattern_same(const struct match_pattern *a,
			 const struct match_pattern *b)
{
	return a->fate == b->fate && a->basis == b->basis &&
	       a->reason == b->reason && a->marks == b->marks &&
	       a->change == b->change && a->near == b->near && a->far == b->far;
}

void match_state_hop(struct match_state *s)
{
	*s = (struct match_state){ .pattern = pattern_first };
}

void match_state_after(struct match_state *s, const struct fate_entry *e)
{
	if (e->near != FATE_NO_RECORD)
		s->near = e->near + 1;
	if (e->far != FATE_NO_RECORD)
		s->far = e->far + 1;
	s->tx = e->tx + 1;
	s->len = e->len;
	s->kind = e->kind;
}

/* --- writing --- */

struct stream { /* of one direction and hop */
	int dir, from, to;
	struct match_state state;
	struct buf *full; /* chunks that are; owned */
	size_t n_full, cap_full;
	struct buf now; /* the chunk being written */
	/* the run not yet written, of pattern state.pattern: */
	uint64_t run;   /* entries */
	bool run_new;   /* its pattern is not that of `before` */
	bool run_plain; /* its pattern is pattern_first */
	struct match_state before;
	struct fate_entry first;
	struct buf groups;
	uint64_t group; /* entries of the last group, not in groups */
	uint32_t group_len;
	uint8_t group_kind;
};

struct match_writer {
	struct stream **stream; /* in order of their first use, then what
				 * may be used again; owned */
	size_t n, made, cap;
	struct stream *at;
	struct buf joined; /* small streams, as they are handed out */
};

struct match_writer *match_writer_new(void)
{
	return mem_zalloc(1, sizeof(struct match_writer));
}

static void put_hop(struct stream *s, bool continued)
{
	buf_varint(&s->now, MATCH_HOP | (continued ? 4 : 0));
	buf_varint(&s->now, (uint64_t)(s->dir | s->from << 1));
	buf_varint(&s->now, (uint64_t)s->to);
	if (continued) {
		buf_varint(&s->now, s->state.near);
		buf_varint(&s->now, s->state.far);
		buf_varint(&s->now, s->state.tx);
	}
}

/* A session has few streams, so the next one's are those of the last. */
static void stream_open(struct stream *s, int dir, int from, int to)
{
	struct buf now = s->now, groups = s->groups;

	now.n = groups.n = 0;
	*s = (struct stream){ .now = now, .groups = groups };
	s->dir = dir;
	s->from = from;
	s->to = to;
	match_state_hop(&s->state);
	put_hop(s, false);
}

static void stream_empty(struct stream *s)
{
	for (size_t i = 0; i < s->n_full; i++)
		buf_release(&s->full[i]);
	free(s->full);
	s->full = NULL;
	s->n_full = s->cap_full = 0;
}

static void stream_free(struct stream *s)
{
	stream_empty(s);
	buf_release(&s->now);
	buf_release(&s->groups);
	free(s);
}

/* A stream behind those in use, which is made if there is none to use again. */
static struct stream **stream_next(struct match_writer *w)
{
	w->stream = mem_grow(w->stream, &w->cap, w->n + 1, sizeof *w->stream);
	if (w->n == w->made)
		w->stream[w->made++] = mem_zalloc(1, sizeof **w->stream);
	return &w->stream[w->n++];
}

void match_writer_hop(struct match_writer *w, int dir, int from, int to)
{
	for (size_t i = w->n; i-- > 0;) {
		struct stream *s = w->stream[i];

		if (s->dir == dir && s->from == from && s->to == to) {
			w->at = s;
			return;
		}
	}
	w->at = *stream_next(w);
	stream_open(w->at, dir, from, to);
}

void match_writer_join(struct match_writer *w, struct match_writer *from)
{
	for (size_t i = 0; i < from->n; i++) {
		struct stream **to = stream_next(w), *spare = *to;

		*to = from->stream[i];
		from->stream[i] = spare;
	}
	from->n = 0;
	from->at = NULL;
}

static struct match_pattern pattern_of(const struct fate_entry *e)
{
	return (struct match_pattern){
		.fate = e->fate,
		.basis = e->basis,
		.reason = e->reason,
		.marks = e->marks,
		.change = e->change,
		.near = e->near != FATE_NO_RECORD,
		.far = e->far != FATE_NO_RECORD,
	};
}

static void put_pattern(struct buf *b, const struct match_pattern *p)
{
	buf_u8(b, (uint8_t)(p->fate | p->basis << 4));
	buf_u8(b, p->reason);
	buf_u8(b, (uint8_t)((p->marks & 15) | p->near << 4 | p->far << 5));
	buf_u8(b, p->change);
}

static void put_numbers(struct buf *b, const struct match_state *s,
			const struct fate_entry *e, unsigned has)
{
	if (has & HAS_NEAR)
		buf_zigzag(b, (int64_t)(e->near - s->near));
	if (has & HAS_FAR)
		buf_zigzag(b, (int64_t)(e->far - s->far));
	if (has & HAS_TX)
		buf_zigzag(b, (int64_t)(e->tx - s->tx));
	if (has & HAS_LEN)
		buf_varint(b, (uint64_t)e->len << 3 | e->kind);
	if (has & HAS_OFF)
		buf_varint(b, e->off);
	if (has & HAS_COPY)
		buf_varint(b, e->copy);
	if (has & HAS_PROOF) {
		buf_varint(b,
			   (uint64_t)e->proof_point << 1 | (e->proof_dir & 1));
		buf_varint(b, e->proof);
	}
}

/* Writes @e as an entry of its own, predicted from @s. */
static void put_entry(struct buf *b, const struct match_state *s,
		      const struct fate_entry *e)
{
	struct match_pattern p = pattern_of(e);
	unsigned has = 0;

	if (!pattern_same(&p, &s->pattern))
		has |= HAS_PATTERN;
	if (p.near && e->near != s->near)
		has |= HAS_NEAR;
	if (p.far && e->far != s->far)
		has |= HAS_FAR;
	if (e->tx != s->tx)
		has |= HAS_TX;
	if (e->len != s->len || e->kind != s->kind)
		has |= HAS_LEN;
	if (e->off)
		has |= HAS_OFF;
	if (e->copy != 1)
		has |= HAS_COPY;
	if (e->proof_point)
		has |= HAS_PROOF;
	buf_varint(b, has << 2 | MATCH_ENTRY);
	if (has & HAS_PATTERN)
		put_pattern(b, &p);
	put_numbers(b, s, e, has);
}

/* Begins another chunk once this one is full; no run may be open. */
static void chunk_turn(struct stream *s)
{
	if (s->now.n < CHUNK_BYTES)
		return;
	s->full = mem_grow(s->full, &s->cap_full, s->n_full + 1,
			   sizeof *s->full);
	s->full[s->n_full++] = s->now;
	s->now = (struct buf){ 0 };
	put_hop(s, true);
	s->state.pattern = pattern_first;
	s->state.len = 0;
	s->state.kind = 0;
}

/* @last: of its run, where a count of one is known to the reader. */
static void group_close(struct stream *s, bool last)
{
	if (!last || s->group > 1)
		buf_varint(&s->groups, s->group);
	buf_varint(&s->groups, (uint64_t)s->group_len << 3 | s->group_kind);
	s->group = 0;
}

/* Writes the run.  A single entry between two runs of another pattern is
 * cheaper as an entry, since the other pattern then stays in force. */
static void run_close(struct stream *s)
{
	if (!s->run)
		return;
	group_close(s, true);
	if (s->run == 1 && s->run_new) {
		put_entry(&s->now, &s->before, &s->first);
		s->state.pattern = s->before.pattern;
	} else {
		buf_varint(&s->now,
			   s->run << 2 | (s->run_new ? MATCH_RUN : MATCH_MORE));
		if (s->run_new)
			put_pattern(&s->now, &s->state.pattern);
		buf_bytes(&s->now, s->groups.at, s->groups.n);
	}
	s->groups.n = 0;
	s->run = 0;
	chunk_turn(s);
}

/* Whether nothing but pattern, length and kind need to be said of @e. */
static bool goes_on(const struct match_state *s, const struct fate_entry *e)
{
	return (e->near == s->near || e->near == FATE_NO_RECORD) &&
	       (e->far == s->far || e->far == FATE_NO_RECORD) &&
	       e->tx == s->tx && !e->off && e->copy == 1 && !e->proof_point;
}

static void run_open(struct stream *s, const struct fate_entry *e)
{
	struct match_pattern p = pattern_of(e);

	s->before = s->state;
	s->first = *e;
	s->run_new = !pattern_same(&p, &s->state.pattern);
	s->run_plain = pattern_same(&p, &pattern_first);
	s->state.pattern = p;
}

/* Whether @e, of pattern @p, can't be in the run that is open. */
static bool run_ends(const struct stream *s, const struct match_pattern *p)
{
	return !pattern_same(p, &s->state.pattern) ||
	       s->groups.n > GROUP_BYTES ||
	       (!p->near && !p->far && s->run == MATCH_BARE_RUN);
}

static void run_add(struct stream *s, const struct fate_entry *e)
{
	struct match_pattern p = pattern_of(e);

	if (s->run && run_ends(s, &p))
		run_close(s);
	if (!s->run)
		run_open(s, e);
	if (s->group && (s->group_len != e->len || s->group_kind != e->kind))
		group_close(s, false);
	s->group_len = e->len;
	s->group_kind = e->kind;
	s->group++;
	s->run++;
}

void match_writer_add(struct match_writer *w, const struct fate_entry *e)
{
	struct stream *s = w->at;
	bool alone = !goes_on(&s->state, e);

	if (alone) {
		run_close(s);
		put_entry(&s->now, &s->state, e);
	} else {
		run_add(s, e);
	}
	match_state_after(&s->state, e);
	if (alone)
		chunk_turn(s);
}

void match_writer_plain(struct match_writer *w, uint64_t near, uint64_t far,
			uint64_t tx, uint32_t len, uint8_t kind)
{
	struct stream *s = w->at;
	struct match_state *n = &s->state;

	if (!s->run || !s->run_plain || s->groups.n > GROUP_BYTES ||
	    n->near != near || n->far != far || n->tx != tx) {
		match_writer_add(w,
				 &(struct fate_entry){ .near = near,
						       .far = far,
						       .tx = tx,
						       .len = len,
						       .copy = 1,
						       .fate = FATE_DELIVERED,
						       .reason = WHY_MATCHED,
						       .kind = kind });
		return;
	}
	if (s->group_len != len || s->group_kind != kind)
		group_close(s, false);
	s->group_len = n->len = len;
	s->group_kind = n->kind = kind;
	s->group++;
	s->run++;
	n->near++;
	n->far++;
	n->tx++;
}

/* --- handing out --- */

struct taking {
	void (*chunk)(void *ctx, uint32_t number, const struct buf *data);
	void *ctx;
	uint32_t number;
	struct buf now; /* small streams, joined */
};

static void taking_flush(struct taking *t)
{
	if (t->now.n)
		t->chunk(t->ctx, t->number++, &t->now);
	t->now.n = 0;
}

static void take_bytes(struct taking *t, const struct buf *b)
{
	if (t->now.n + b->n > CHUNK_BYTES)
		taking_flush(t);
	buf_bytes(&t->now, b->at, b->n);
}

static void take_stream(struct taking *t, struct stream *s)
{
	run_close(s);
	for (size_t i = 0; i < s->n_full; i++)
		take_bytes(t, &s->full[i]);
	take_bytes(t, &s->now);
}

void match_writer_take(struct match_writer *w,
		       void (*chunk)(void *ctx, uint32_t number,
				     const struct buf *data),
		       void *ctx)
{
	struct taking t = { .chunk = chunk, .ctx = ctx, .now = w->joined };

	for (int dir = 0; dir < 2; dir++)
		for (size_t i = 0; i < w->n; i++)
			if (w->stream[i]->dir == dir)
				take_stream(&t, w->stream[i]);
	taking_flush(&t);
	w->joined = t.now;
	for (size_t i = 0; i < w->n; i++)
		stream_empty(w->stream[i]);
	w->n = 0;
	w->at = NULL;
}

void match_writer_free(struct match_writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->made; i++)
		stream_free(w->stream[i]);
	free(w->stream);
	buf_release(&w->joined);
	free(w);
}
