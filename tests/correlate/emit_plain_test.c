/* Whatever happened in a session: the results are the same without the short way for
 * plain records, and whether records are in an array or come one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

/* The walk as it is without emit_plain(). */
#define emit_hop general_hop
#define emit_plain never_plain
#define emit_plain_done nothing_done
#include "correlate/emit.c"
#undef emit_hop
#undef emit_plain
#undef emit_plain_done

#include "base/buf.h"
#include "tests/correlate/path.h"

#define ROUNDS 300

bool never_plain(struct emit *m, uint32_t i)
{
	(void)m;
	(void)i;
	return false;
}

void nothing_done(struct emit *m)
{
	(void)m;
}

void emit_hop(struct chain *c, size_t k, uint32_t *next_tx);

/* A xorshift generator: the same sessions in every run. */
static uint32_t draw(uint64_t *s, uint32_t below)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return (uint32_t)((*s >> 32) % below);
}

struct odds { /* one in so many; large: hardly ever */
	uint32_t lost, again, twice, changed, ids, jitter_us;
};

static struct odds odds_of(uint64_t *s)
{
	static const uint32_t rare[] = { 4, 12, 40, 1u << 30, 1u << 30 };

	return (struct odds){ rare[draw(s, 5)], rare[draw(s, 5)],
			      rare[draw(s, 5)], rare[draw(s, 5)],
			      1 + draw(s, 3),   draw(s, 3) ? 300 : 8000 };
}

/* @r on its way past all points, as @o lets it. */
static void pass(struct scene *t, const struct record *r, bool back,
		 const struct odds *o, uint64_t *s)
{
	int64_t at = r->time_ns;

	for (uint32_t p = 0; p < POINTS; p++) {
		uint32_t place = back ? POINTS - 1 - p : p;
		struct side *a = back ? &t->acks[place] : &t->data[place];
		uint32_t copies = 1 + !draw(s, o->twice);

		if (p && !draw(s, o->lost))
			return;
		for (; copies && a->s.n < 190; copies--) {
			struct record *y = &a->rec[a->s.n++];

			*y = *r;
			y->frame = a->s.n;
			y->time_ns = at;
			y->ttl = (uint8_t)(64 - p);
			if (!draw(s, o->changed))
				y->window++;
			if (!draw(s, o->changed))
				y->head_digest++;
			if (o->ids == 2 && p)
				y->ip_id = (uint16_t)draw(s, 65536);
		}
		at += 10 * MS + draw(s, o->jitter_us) * 1000ll;
	}
}

static struct record packet(int64_t at, uint64_t seq, uint32_t len,
			    uint64_t ack, uint16_t id)
{
	return (struct record){ .time_ns = at,
				.seq64 = seq,
				.pay_len = len,
				.ack64 = ack,
				.tsval = (uint32_t)(at / MS),
				.opts = REC_OPT_TS,
				.tcp_flags = REC_ACK,
				.marks = REC_HEAD,
				.head_digest = (uint32_t)seq,
				.hdr_len = 52,
				.ip_id = id };
}

static int by_time(const void *pa, const void *pb)
{
	const struct record *a = pa, *b = pb;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return (a->frame > b->frame) - (a->frame < b->frame);
}

static void in_order(struct side *a)
{
	if (a->s.n)
		qsort(a->rec, a->s.n, sizeof *a->rec, by_time);
	for (uint32_t i = 0; i < a->s.n; i++)
		a->rec[i].frame = i + 1;
}

/* Data both ways with what @s lets happen to it; @flat: in arrays. */
static void open_any(struct scene *t, uint64_t s, bool flat)
{
	static const uint8_t none[N];
	struct odds o;
	uint64_t seq[2] = { 1000 + (1ull << 32), 5000 + (1ull << 32) };
	int64_t at = 100 * MS;
	uint32_t n;

	open_scene(t, none);
	for (uint32_t p = 0; p < POINTS; p++)
		t->data[p].s.n = 0;
	o = odds_of(&s);
	n = 3 + draw(&s, 60);
	for (uint32_t k = 0; k < n; k++) {
		bool back = draw(&s, 3) == 0;
		uint32_t len = draw(&s, 3) ? 100 + draw(&s, 3) * 700 : 0;
		uint16_t id = (uint16_t)(o.ids == 1 ? 0 : 7 * k);
		struct record r = packet(at, seq[back], len, seq[!back], id);

		if (k + 1 == n)
			r.tcp_flags |= REC_FIN;
		pass(t, &r, back, &o, &s);
		if (!draw(&s, o.again)) {
			r.time_ns += 60 * MS;
			r.tsval += 60;
			r.ip_id++;
			pass(t, &r, back, &o, &s);
		}
		seq[back] += len;
		at += draw(&s, 2) ? 200000 : 30 * MS;
	}
	for (uint32_t p = 0; p < POINTS; p++)
		for (uint32_t d = 0; d < 2; d++) {
			struct side *a = d ? &t->acks[p] : &t->data[p];
			struct strand *x = &t->strand[p * 2 + d];

			in_order(a);
			x->get = strand_of_array;
			x->ctx = a->rec;
			x->n = a->s.n;
			x->flat = flat ? a->rec : NULL;
			x->n_flat = flat ? x->n : 0;
		}
}

struct result {
	struct buf match, figures;
	struct evidence say;
	struct guesses guesses;
};

static void take(void *ctx, uint32_t number, const struct buf *data)
{
	struct result *r = ctx;

	buf_varint(&r->match, number);
	buf_bytes(&r->match, data->at, data->n);
}

static void sweep(struct scene *t, bool general, struct result *r)
{
	*r = (struct result){ 0 };
	evidence_init(&r->say, POINTS, t->watch);
	t->s.out = match_writer_new();
	t->s.say = &r->say;
	t->s.guesses = &r->guesses;
	for (int d = 0; d < 2; d++) {
		struct chain c = { .env = &t->env, .s = &t->s, .dir = d };
		uint32_t tx = 0;

		chain_open(&c);
		if (c.n > 1)
			chain_match(&c);
		for (size_t k = 0; c.n > 1 && k < c.n_hops; k++) {
			if (general)
				general_hop(&c, k, &tx);
			else
				emit_hop(&c, k, &tx);
		}
		chain_release(&c);
	}
	match_writer_take(t->s.out, take, r);
	hopfig_sort(&t->s.fig);
	figures_pack(&t->s.fig, &r->figures);
	match_writer_free(t->s.out);
	figures_release(&t->s.fig);
	close_scene(t);
}

static void assert_same(const struct result *a, const struct result *b)
{
	assert_true(a->match.n > 0);
	assert_int_equal(a->match.n, b->match.n);
	assert_memory_equal(a->match.at, b->match.at, a->match.n);
	assert_int_equal(a->figures.n, b->figures.n);
	assert_memory_equal(a->figures.at, b->figures.at, a->figures.n);
	assert_int_equal(a->guesses.all.n, b->guesses.all.n);
	if (a->guesses.all.n)
		assert_memory_equal(a->guesses.all.at, b->guesses.all.at,
				    a->guesses.all.n *
					    sizeof *a->guesses.all.at);
	assert_memory_equal(a->say.trust, b->say.trust,
			    POINTS * sizeof *a->say.trust);
	assert_memory_equal(a->say.absence, b->say.absence,
			    POINTS * POINTS * sizeof *a->say.absence);
	for (size_t p = 0; p < POINTS; p++) {
		assert_int_equal(a->say.bins[p].n, b->say.bins[p].n);
		assert_memory_equal(a->say.bins[p].at, b->say.bins[p].at,
				    a->say.bins[p].n *
					    sizeof *a->say.bins[p].at);
	}
}

static void release(struct result *r)
{
	buf_release(&r->match);
	buf_release(&r->figures);
	evidence_release(&r->say);
	guesses_release(&r->guesses);
}

static void short_ways_come_to_the_same(void **state)
{
	static struct scene t;

	(void)state;
	for (uint64_t k = 1; k <= ROUNDS; k++) {
		uint64_t seed = k * 0x9e3779b97f4a7c15;
		struct result want, got;

		open_any(&t, seed, false);
		sweep(&t, true, &want);
		for (int flat = 0; flat < 2; flat++) {
			open_any(&t, seed, flat);
			sweep(&t, false, &got);
			assert_same(&want, &got);
			release(&got);
		}
		release(&want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_ways_come_to_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
