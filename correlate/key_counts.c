/* How common values are at a point.
 *
 * point_count_keys() counts in how many flows each value is, in a table of
 * saturating bytes by hash.  This is a counting sketch: collisions make a value
 * look more common, never less, so evidence is never overrated.
 *
 * A look at the table misses the cache.  So what the table says of a flow's own
 * values is stored with the flow (struct flow_seen), and keys are counted and
 * looked up in batches, whose misses overlap.
 *
 * Memory: KEYS_ROOM bytes for each flow, and KEYS_LEAST at least.  Among few
 * flows a collision costs most: a value of one flow that seems to have two
 * loses most of its weight.
 */
#include "correlate/key_counts.h"

#include <math.h>
#include <string.h>

#include "base/fetch.h"
#include "correlate/keys.h"

#define KEYS_ROOM 32
#define KEYS_LEAST (1u << 18)

/* ---- the table ---- */

#define BATCH 128
struct counting { /* a batch of places to count up */
	struct point *p;
	size_t n;
	uint64_t place[BATCH];
};

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
	c->place[c->n++] = point_place(c->p, key);
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

/* ---- what it says of each flow ---- */

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

	place[NOTE_DIR(d, addr)] = point_place(p, key_addr(f, d));
	place[NOTE_DIR(d, port)] = point_place(p, key_port(f, d));
	place[NOTE_DIR(d, end)] = point_place(p, key_end(f, d));
	if (x->flags & DIR_SYN) {
		place[NOTE_DIR(d, isn)] = point_place(p, key_isn(x));
		place[NOTE_DIR(d, ip_id)] = point_place(p, key_ip_id(x));
		for (int mss = 0; mss < 2; mss++)
			place[NOTE_DIR(d, print) + (size_t)mss] = point_place(
				p, key_syn_print(x, mss));
	}
	if (x->flags & DIR_SYN_TS)
		place[NOTE_DIR(d, tsval)] = point_place(p, key_tsval(x));
	if (x->head_len)
		place[NOTE_DIR(d, head)] = point_place(p, key_head(x));
}

/* A value that the flow does not have gets place 0: its count is never used. */
static void flow_places(const struct point *p, const struct flow *f,
			uint64_t place[static NOTED])
{
	memset(place, 0, NOTED * sizeof *place);
	place[offsetof(struct flow_seen, tuple)] = point_place(p, key_tuple(f));
	for (int d = 0; d < 2; d++)
		dir_places(p, f, d, place);
	for (int k = 0; k < TURN_HASHES; k++)
		if (f->turn_hash[k])
			place[offsetof(struct flow_seen, turns) + (size_t)k] =
				point_place(p, key_turns(f, k));
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

/* ---- into the cache, before flows are weighed ---- */

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
			fetch_first(
				&p->seen[point_place(p, key_sample(&s[k]))]);
	}
}
