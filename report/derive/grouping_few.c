/* Groups of few sessions.
 *
 * There may be as many clients as sessions, and each is a group until the end,
 * when all but the heaviest are added up to one.  A struct group is some 600
 * bytes on ten cache lines, most of them zeroes or places of the top list.  So
 * what a session adds to such a group is packed on a slip of some 150 bytes, and
 * the slips are a list: one more is written without a look at those before it.
 * Only a group of many sessions becomes a struct group.
 *
 * Form of a slip: a set of bits, which of the counts and parts are not 0, and
 * these as varints; each histogram: n, and if that is not 0 the bytes of it that
 * matter; the number of top places, and of each the value and the session, by
 * how much they differ from the place before, and the exchange.  It never
 * leaves the process.
 *
 * Invariant: a few's weight is at most TIME_PART_MAX, so that nothing in it is
 * saturated, and weights can be added.
 *
 * Cost: some 600 instructions to pack a slip, as many to add it to a group.
 */
#include "report/derive/grouping_int.h"

#include <stddef.h>
#include <string.h>

#define FEW_MOST 4 /* slips; half of what a struct group takes, or more */

enum {
	WORDS_COUNTED = 9 + REPAIRS,
	WORDS = WORDS_COUNTED + TIME_PARTS,
	HISTS = 3,
	SLIP_MOST = sizeof(uint32_t) + WORDS * VARINT_MOST +
		    HISTS * (1 + sizeof(struct hist)) + 1 +
		    GROUP_TOP * 3 * VARINT_MOST,
};
_Static_assert(WORDS <= 32, "a bit for each");

struct slip {
	struct slip *older;
	uint16_t n;
	uint8_t at[];
};

/* --- packing --- */
static uint8_t *pack_words(const struct group *g, uint8_t *p)
{
	uint64_t word[WORDS] = {
		g->sessions, g->exchanges,     g->errors,
		g->holds,    g->nagles,        g->windows,
		g->bytes,    g->in_flight_sum, (uint64_t)g->explained_ns
	};
	uint32_t set = 0;
	uint8_t *first = p;

	memcpy(&word[9], g->repairs, sizeof g->repairs);
	memcpy(&word[WORDS_COUNTED], g->part, sizeof g->part);
	p += sizeof set;
	for (unsigned i = 0; i < WORDS; i++) {
		if (!word[i])
			continue;
		set |= 1u << i;
		p = varint_put(p, word[i]);
	}
	memcpy(first, &set, sizeof set);
	return p;
}

static void unpack_words(struct cursor *in, struct group *g)
{
	uint64_t word[WORDS] = { 0 };
	uint32_t set;

	memcpy(&set, cursor_take(in, sizeof set), sizeof set);
	for (; set; set &= set - 1)
		word[__builtin_ctz(set)] = cursor_varint_here(in);
	g->sessions = word[0];
	g->exchanges = word[1];
	g->errors = word[2];
	g->holds = word[3];
	g->nagles = word[4];
	g->windows = word[5];
	g->bytes = word[6];
	g->in_flight_sum = word[7];
	g->explained_ns = (int64_t)word[8];
	memcpy(g->repairs, &word[9], sizeof g->repairs);
	memcpy(g->part, &word[WORDS_COUNTED], sizeof g->part);
}

static uint8_t *pack_hist(const struct hist *h, uint8_t *p)
{
	size_t size = hist_few_size(h);

	*p++ = (uint8_t)h->n;
	if (!h->n)
		return p;
	memcpy(p, h, size);
	return p + size;
}

static void unpack_hist(struct cursor *in, struct hist *h)
{
	size_t size;

	h->n = cursor_u8(in);
	if (!h->n)
		return;
	size = hist_few_size(h);
	memcpy(h, cursor_take(in, size), size);
}

static uint8_t *pack_tops(const struct group *g, uint8_t *p)
{
	struct group_top last = { 0 };

	*p++ = (uint8_t)g->n_top;
	for (size_t i = 0; i < g->n_top; i++) {
		const struct group_top *t = &g->top[i];

		p = varint_put(p, zigzag((uint64_t)last.value_ns -
					 (uint64_t)t->value_ns));
		p = varint_put(p, zigzag((uint64_t)t->session -
					 (uint64_t)last.session));
		p = varint_put(p, t->n);
		last = *t;
	}
	return p;
}

static void unpack_tops(struct cursor *in, struct group *g)
{
	struct group_top last = { 0 };

	g->n_top = cursor_u8(in);
	for (size_t i = 0; i < g->n_top; i++) {
		last.value_ns = (int64_t)((uint64_t)last.value_ns -
					  zagzig(cursor_varint_here(in)));
		last.session = (int64_t)((uint64_t)last.session +
					 zagzig(cursor_varint_here(in)));
		last.n = (uint32_t)cursor_varint_here(in);
		g->top[i] = last;
	}
}

static struct slip *slip_new(struct arena *a, const struct group *g)
{
	NOT_ZEROED uint8_t at[SLIP_MOST];
	uint8_t *p = pack_words(g, at);
	struct slip *s;
	size_t n;

	p = pack_hist(&g->total, p);
	p = pack_hist(&g->server, p);
	p = pack_hist(&g->hold, p);
	p = pack_tops(g, p);
	n = (size_t)(p - at);
	s = arena_alloc(a, offsetof(struct slip, at) + n);
	s->n = (uint16_t)n;
	memcpy(s->at, at, n);
	return s;
}

static void slip_add(const struct slip *s, struct group *into)
{
	struct group g = { 0 };
	struct cursor in = cursor_of(s->at, s->n);

	unpack_words(&in, &g);
	unpack_hist(&in, &g.total);
	unpack_hist(&in, &g.server);
	unpack_hist(&in, &g.hold);
	unpack_tops(&in, &g);
	group_merge(into, &g);
}

/* --- lists of them --- */
struct few *few_new(struct arena *a, enum group_kind kind, const char *key)
{
	size_t n = strnlen(key, KEY_MOST);
	struct few *f = arena_alloc(a, offsetof(struct few, key) + n + 1);

	f->kind = (uint8_t)kind;
	memcpy(f->key, key, n);
	return f;
}

static bool is_small(int64_t weight)
{
	return weight >= 0 && weight <= TIME_PART_MAX;
}

bool few_add(struct arena *a, struct few *f, const struct group *share)
{
	int64_t weight = group_weight((enum group_kind)f->kind, share);
	struct slip *s;

	if (f->n == FEW_MOST || !is_small(weight) ||
	    !is_small(f->weight + weight) || !hist_few_size(&share->total) ||
	    !hist_few_size(&share->server) || !hist_few_size(&share->hold))
		return false;
	s = slip_new(a, share);
	s->older = f->newest;
	f->newest = s;
	f->weight += weight;
	f->n++;
	return true;
}

bool few_join(struct few *into, struct few *from)
{
	struct slip **end = &from->newest;

	if (into->n + from->n > FEW_MOST ||
	    !is_small(into->weight + from->weight))
		return false;
	while (*end)
		end = &(*end)->older;
	*end = into->newest;
	into->newest = from->newest;
	into->weight += from->weight;
	into->n = (uint8_t)(into->n + from->n);
	return true;
}

void few_sum(const struct few *f, struct group *into)
{
	for (const struct slip *s = f->newest; s; s = s->older)
		slip_add(s, into);
}
