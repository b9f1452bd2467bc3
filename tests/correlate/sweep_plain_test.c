/* The short way of the sweep comes to the same as the general one, and leaves to
 * it what is not plain. */
#include "correlate/sweep_plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#define POINTS 2
#include "base/buf.h"
#include "tests/correlate/path.h"

#define ROUNDS 1000
#define DELAY (10 * MS)

struct result {
	struct buf match, figures;
	struct evidence say;
	struct guesses guesses;
};

/* --- sessions --- */

/* The server's clock is right within the delay. */
static struct clock_piece piece = { .from_ns = -1000 * MS,
				    .to_ns = 100000 * MS,
				    .offset_low_ns = -DELAY,
				    .offset_high_ns = DELAY };
static struct clock_row first = { .status = CLOCK_REFERENCE,
				  .resolution_ns = 1000 };
static struct clock_row second = { .status = CLOCK_FITTED,
				   .resolution_ns = 1000,
				   .low_known = true,
				   .high_known = true,
				   .n = 1,
				   .piece = &piece };

struct talk { /* how far it has come */
	uint64_t seq[2];
	int64_t at;
	uint16_t id;
};

static struct side *side_of(struct scene *t, uint32_t point, bool back)
{
	return back ? &t->acks[point] : &t->data[point];
}

/* One packet past both points. */
static void say(struct scene *t, struct talk *k, bool back, uint32_t len,
		uint16_t flags, int64_t late)
{
	bool tcp = t->row.proto == 6;

	for (uint32_t p = 0; p < POINTS; p++) {
		struct side *a = side_of(t, p, back);
		struct record *r = &a->rec[a->s.n++];
		bool far = (p == 1) != back;

		*r = (struct record){
			.time_ns = k->at + (far ? DELAY + late : 0),
			.frame = a->s.n,
			.seq64 = k->seq[back],
			.pay_len = len,
			.head_digest = (uint32_t)k->seq[back] * 2654435761u,
			.marks = REC_HEAD,
			.ip_id = k->id,
			.hdr_len = 52,
			.ttl = (uint8_t)(64 - far),
			.tcp_flags = tcp ? flags : 0
		};
		if (tcp && (flags & REC_ACK))
			r->ack64 = k->seq[!back];
		if (tcp) {
			r->opts = REC_OPT_TS;
			r->tsval = (uint32_t)(k->at / MS);
		}
	}
	k->id += 3;
	k->seq[back] += len + !!(flags & (REC_SYN | REC_FIN));
	k->at += DELAY + late + MS;
}

static struct talk talk_begin(void)
{
	return (struct talk){ .seq = { seq_first(1000), seq_first(5000) },
			      .at = 100 * MS,
			      .id = 7 };
}

/* Handshake, @turns of request and answer, close. */
static void open_tcp(struct scene *t, uint32_t turns, bool reset)
{
	struct talk k = talk_begin();

	say(t, &k, false, 0, REC_SYN, 0);
	say(t, &k, true, 0, REC_SYN | REC_ACK, 1000);
	say(t, &k, false, 0, REC_ACK, 0);
	for (uint32_t i = 0; i < turns; i++) {
		say(t, &k, false, 100 + i, REC_ACK, 2000);
		say(t, &k, true, 3000, REC_ACK, 0);
		say(t, &k, true, 700, REC_ACK | REC_PSH, 0);
		say(t, &k, false, 0, REC_ACK, 150000);
	}
	say(t, &k, false, 0, reset ? REC_RST | REC_ACK : REC_FIN | REC_ACK, 0);
	if (!reset)
		say(t, &k, true, 0, REC_FIN | REC_ACK, 0);
}

static void open_datagrams(struct scene *t, uint32_t n)
{
	struct talk k = talk_begin();

	for (uint32_t i = 0; i < n; i++) {
		say(t, &k, false, 40, 0, 0);
		say(t, &k, true, 200, 0, 500);
	}
}

static void open_empty(struct scene *t, uint8_t proto)
{
	static const uint8_t none[N];

	open_scene(t, none);
	for (uint32_t p = 0; p < POINTS; p++)
		t->data[p].s.n = 0;
	t->row.proto = proto;
	t->clock[0] = &first;
	t->clock[1] = &second;
}

/* What was made becomes strands. */
static void close_strands(struct scene *t)
{
	for (uint32_t p = 0; p < POINTS; p++)
		for (uint32_t d = 0; d < 2; d++) {
			struct side *a = side_of(t, p, d);
			struct strand *x = &t->strand[p * 2 + d];

			x->get = strand_of_array;
			x->ctx = a->rec;
			x->flat = a->rec;
			x->n = x->n_flat = a->s.n;
		}
}

/* --- both ways --- */

static void take(void *ctx, uint32_t number, const struct buf *data)
{
	struct result *r = ctx;

	buf_varint(&r->match, number);
	buf_bytes(&r->match, data->at, data->n);
}

static void keep(struct sweep_session *s, struct result *r)
{
	match_writer_take(s->out, take, r);
	figures_pack(&s->fig, &r->figures);
	match_writer_free(s->out);
	figures_release(&s->fig);
}

static bool in_short(struct scene *t, struct result *r)
{
	struct sweep_session s = t->s;
	bool plain;

	*r = (struct result){ 0 };
	evidence_init(&r->say, POINTS, t->watch);
	s.out = match_writer_new();
	s.say = &r->say;
	s.guesses = &r->guesses;
	plain = sweep_plain(&t->env, &s);
	if (!plain)
		assert_int_equal(s.fig.n, 0);
	keep(&s, r);
	return plain;
}

/* sweep_both() never goes the short way. */
static void in_general(struct scene *t, struct result *r)
{
	struct sweep_session way[2] = { t->s, t->s };
	struct evidence more = { 0 };
	struct guesses guesses = { 0 };
	struct strand strand[POINTS * 2];

	*r = (struct result){ 0 };
	evidence_init(&r->say, POINTS, t->watch);
	evidence_init(&more, POINTS, t->watch);
	memcpy(strand, t->strand, sizeof strand);
	way[1].strand = strand;
	way[0].say = &r->say;
	way[1].say = &more;
	way[0].guesses = &r->guesses;
	way[1].guesses = &guesses;
	way[0].out = match_writer_new();
	way[1].out = match_writer_new();
	sweep_both(&t->env, way, NULL);
	keep(&way[0], r);
	match_writer_free(way[1].out);
	evidence_release(&more);
	guesses_release(&guesses);
}

static void assert_buf(const struct buf *a, const struct buf *b)
{
	assert_true(a->n > 0);
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->at, b->at, a->n);
}

static void assert_result(const struct result *a, const struct result *b)
{
	assert_buf(&a->match, &b->match);
	assert_buf(&a->figures, &b->figures);
	assert_int_equal(a->guesses.all.n, 0);
	assert_int_equal(b->guesses.all.n, 0);
	assert_memory_equal(a->say.trust, b->say.trust,
			    POINTS * sizeof *a->say.trust);
	assert_memory_equal(a->say.absence, b->say.absence,
			    POINTS * POINTS * sizeof *a->say.absence);
	for (size_t p = 0; p < POINTS; p++)
		assert_memory_equal(a->say.bins[p].at, b->say.bins[p].at,
				    a->say.bins[p].n *
					    sizeof *a->say.bins[p].at);
}

static void release(struct result *r)
{
	buf_release(&r->match);
	buf_release(&r->figures);
	evidence_release(&r->say);
	guesses_release(&r->guesses);
}

/* Return: was it plain?  If so, both ways came to the same. */
static bool check(struct scene *t)
{
	struct result got, want;
	bool plain;

	close_strands(t);
	plain = in_short(t, &got);
	if (plain) {
		in_general(t, &want);
		assert_result(&got, &want);
		release(&want);
	}
	release(&got);
	close_scene(t);
	return plain;
}

/* --- what is plain --- */

static void plain_sessions_come_to_the_same(void **state)
{
	static struct scene t;

	(void)state;
	for (uint32_t turns = 0; turns < 9; turns++) {
		open_empty(&t, 6);
		open_tcp(&t, turns, turns & 1);
		/* without data too little tells the pace */
		assert_int_equal(check(&t), turns > 0);
	}
	for (uint32_t n = 1; n < 5; n++) {
		open_empty(&t, 17);
		open_datagrams(&t, n);
		assert_true(check(&t));
	}
}

static void backwards_it_is_the_same(void **state)
{
	static struct scene t;

	(void)state;
	open_empty(&t, 17);
	t.row.client_end = 1;
	open_datagrams(&t, 2);
	for (uint32_t p = 0; p < POINTS; p++) { /* c2s comes to the first */
		struct side other = t.data[p];

		t.data[p] = t.acks[p];
		t.acks[p] = other;
	}
	assert_true(check(&t));
}

/* --- what is not --- */

typedef void spoil(struct scene *t);

static void drop(struct side *a, uint32_t i)
{
	memmove(&a->rec[i], &a->rec[i + 1], (--a->s.n - i) * sizeof *a->rec);
}

static void lost(struct scene *t)
{
	drop(&t->data[1], 3);
}

static void lost_and_another_missed(struct scene *t)
{
	drop(&t->data[1], 2);
	drop(&t->data[0], 4);
}

static void sent_again(struct scene *t)
{
	for (uint32_t p = 0; p < POINTS; p++) {
		struct side *a = &t->data[p];

		a->rec[a->s.n] = a->rec[2];
		a->rec[a->s.n].time_ns = a->rec[a->s.n - 1].time_ns + MS;
		a->s.n++;
	}
}

static void acknowledged_twice(struct scene *t)
{
	for (uint32_t p = 0; p < POINTS; p++) {
		struct side *a = &t->data[p];

		a->rec[3] = a->rec[1];
		a->rec[3].time_ns = a->rec[2].time_ns + MS;
	}
}

static void swapped(struct scene *t)
{
	struct side *a = &t->acks[0];
	struct record r = a->rec[1];
	int64_t at = r.time_ns;

	a->rec[1] = a->rec[2];
	a->rec[1].time_ns = at;
	r.time_ns = a->rec[2].time_ns;
	a->rec[2] = r;
}

static void rewritten(struct scene *t)
{
	t->acks[0].rec[1].head_digest++;
}

static void cut_up(struct scene *t)
{
	t->acks[0].rec[1].pay_len -= 1000;
}

static void another_window(struct scene *t)
{
	t->data[1].rec[2].window++;
}

static void another_class(struct scene *t)
{
	t->data[1].rec[2].tos = 4;
}

static void another_id(struct scene *t)
{
	t->data[1].rec[2].ip_id++;
}

static void other_numbers(struct scene *t)
{
	for (uint32_t i = 0; i < t->data[1].s.n; i++)
		t->data[1].rec[i].seq64 += 77;
}

static void another_stamp(struct scene *t)
{
	t->data[1].rec[2].tsval++;
}

static void selective(struct scene *t)
{
	t->data[0].rec[4].n_sack = t->data[1].rec[4].n_sack = 1;
}

static void held_up(struct scene *t)
{
	for (uint32_t i = 2; i < t->data[1].s.n; i++)
		t->data[1].rec[i].time_ns += 2 * MS;
}

static void stepped_back(struct scene *t)
{
	for (uint32_t p = 0; p < POINTS; p++)
		for (uint32_t i = 2; i < t->data[p].s.n; i++)
			t->data[p].rec[i].time_ns -= 1000 * MS;
}

static void out_of_bounds(struct scene *t)
{
	for (uint32_t i = 0; i < t->data[1].s.n; i++)
		t->data[1].rec[i].time_ns += 70 * MS;
}

static void no_clock(struct scene *t)
{
	static const struct clock_row none = { .status = CLOCK_NONE };

	t->clock[1] = &none;
}

static void clock_one_way(struct scene *t)
{
	static struct clock_row one;

	one = second;
	one.high_known = false;
	t->clock[1] = &one;
}

static void no_handshake(struct scene *t)
{
	for (uint32_t p = 0; p < POINTS; p++)
		drop(&t->data[p], 0);
}

static void one_direction(struct scene *t)
{
	t->acks[0].s.n = t->acks[1].s.n = 0;
}

static void relayed(struct scene *t)
{
	t->flows[1].relayed = true;
}

static void other_proto(struct scene *t)
{
	t->row.proto = 1;
}

static void pairing_says_another_stamp(struct scene *t)
{
	t->flows[1].ts_delta[0] = 5;
}

static void single_off_pace(struct scene *t)
{
	piece.offset_high_ns = DELAY + 20 * MS;
	t->data[0].s.n = t->data[1].s.n = 1;
}

static void others_are_left(void **state)
{
	static spoil *const all[] = {
		lost,
		lost_and_another_missed,
		sent_again,
		acknowledged_twice,
		swapped,
		rewritten,
		cut_up,
		another_window,
		another_class,
		another_id,
		other_numbers,
		another_stamp,
		selective,
		held_up,
		stepped_back,
		out_of_bounds,
		no_clock,
		clock_one_way,
		no_handshake,
		one_direction,
		relayed,
		other_proto,
		single_off_pace,
		pairing_says_another_stamp,
	};
	static struct scene t;

	(void)state;
	for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
		open_empty(&t, 6);
		open_tcp(&t, 2, true);
		all[k](&t);
		if (check(&t))
			fail_msg("case %zu was taken", k);
		piece.offset_high_ns = DELAY;
	}
}

static void datagrams_alike_are_left(void **state)
{
	static struct scene t;

	(void)state;
	open_empty(&t, 17);
	open_datagrams(&t, 3);
	for (uint32_t p = 0; p < POINTS; p++)
		t.data[p].rec[2].head_digest = t.data[p].rec[0].head_digest;
	assert_false(check(&t));
}

/* --- at random --- */

/* A xorshift generator: the same sessions in every run. */
static uint32_t draw(uint64_t *s, uint32_t below)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return (uint32_t)((*s >> 32) % below);
}

static void spoil_any(struct scene *t, uint64_t *s)
{
	struct side *a = side_of(t, draw(s, 2), draw(s, 2));
	struct record *r = &a->rec[draw(s, a->s.n)];

	switch (draw(s, 8)) {
	case 0:
		r->time_ns += draw(s, 1500) * 1000;
		break;
	case 1:
		r->ttl -= (uint8_t)draw(s, 3);
		break;
	case 2:
		r->tcp_flags ^= REC_PSH;
		break;
	case 3:
		r->ack64 += 100;
		break;
	case 4:
		r->marks ^= REC_FULL;
		break;
	case 5:
		r->hdr_len += 4;
		break;
	default:
		break;
	}
}

/* Whatever it takes for plain comes to the same the general way. */
static void what_is_taken_comes_to_the_same(void **state)
{
	static struct scene t;
	uint32_t taken = 0;

	(void)state;
	for (uint64_t k = 1; k <= ROUNDS; k++) {
		uint64_t s = k * 0x9e3779b97f4a7c15;
		struct talk at = talk_begin();
		bool tcp = draw(&s, 4);

		open_empty(&t, tcp ? 6 : 17);
		if (tcp) {
			say(&t, &at, false, 0, REC_SYN, 0);
			say(&t, &at, true, 0, REC_SYN | REC_ACK, 0);
		}
		for (uint32_t n = 1 + draw(&s, tcp ? 60 : 8); n > 0; n--)
			say(&t, &at, draw(&s, 2),
			    draw(&s, 12) || !tcp ? 1 + draw(&s, 4000) : 0,
			    REC_ACK | (n == 1 ? REC_FIN : 0),
			    draw(&s, 990) * 1000);
		for (uint32_t n = draw(&s, 3);
		     n > 0 && t.data[0].s.n && t.acks[0].s.n; n--)
			spoil_any(&t, &s);
		taken += check(&t);
	}
	assert_in_range(taken, ROUNDS / 4, ROUNDS - ROUNDS / 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_sessions_come_to_the_same),
		cmocka_unit_test(backwards_it_is_the_same),
		cmocka_unit_test(others_are_left),
		cmocka_unit_test(datagrams_alike_are_left),
		cmocka_unit_test(what_is_taken_comes_to_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
