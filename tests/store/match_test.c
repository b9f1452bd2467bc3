/* Matches: any sequence of entries comes back; regular ones cost little. */
#include "store/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/match_int.h"

struct chunks {
	struct buf *at;
	size_t n, cap;
	size_t bytes;
};

struct placed { /* an entry and its hop */
	struct fate_entry e;
	int dir, from, to;
};

static void keep(void *ctx, uint32_t number, const struct buf *data)
{
	struct chunks *c = ctx;

	assert_int_equal(number, c->n);
	assert_true(data->n <= 64u << 10);
	c->at = mem_grow(c->at, &c->cap, c->n + 1, sizeof *c->at);
	c->at[c->n] = (struct buf){ 0 };
	buf_bytes(&c->at[c->n++], data->at, data->n);
	c->bytes += data->n;
}

static void chunks_release(struct chunks *c)
{
	for (size_t i = 0; i < c->n; i++)
		buf_release(&c->at[i]);
	free(c->at);
}

static bool same(const struct fate_entry *a, const struct fate_entry *b)
{
	return a->near == b->near && a->far == b->far && a->tx == b->tx &&
	       a->off == b->off && a->len == b->len && a->copy == b->copy &&
	       a->fate == b->fate && a->basis == b->basis &&
	       a->reason == b->reason && a->marks == b->marks &&
	       a->change == b->change && a->kind == b->kind &&
	       a->proof_point == b->proof_point &&
	       (!a->proof_point ||
		(a->proof_dir == b->proof_dir && a->proof == b->proof));
}

/* What is between two that are alike is alike, too. */
static void assert_steps_over(const struct chunks *c, const struct placed *want,
			      size_t n)
{
	struct match_reader r;
	struct fate_entry e;
	size_t i = 0;

	for (size_t k = 0; k < c->n; k++) {
		match_reader_start(&r, c->at[k].at, c->at[k].n);
		while (match_reader_next(&r, &e)) {
			struct fate_entry first = e;
			uint64_t more = match_reader_alike(&r, &e);

			assert_true(i + more < n);
			for (uint64_t q = 0; q <= more; q++) {
				struct fate_entry one = first;

				one.near += one.near < FATE_NO_RECORD ? q : 0;
				one.far += one.far < FATE_NO_RECORD ? q : 0;
				one.tx += q;
				assert_true(same(&one, &want[i + q].e));
			}
			i += more;
			assert_true(same(&e, &want[i++].e));
		}
		assert_false(r.bad);
	}
	assert_int_equal(i, n);
}

static void assert_reads(const struct chunks *c, const struct placed *want,
			 size_t n)
{
	struct match_reader r;
	struct fate_entry e;
	size_t i = 0;

	for (size_t k = 0; k < c->n; k++) {
		match_reader_start(&r, c->at[k].at, c->at[k].n);
		while (match_reader_next(&r, &e)) {
			assert_true(i < n);
			assert_true(same(&e, &want[i].e));
			assert_int_equal(r.dir, want[i].dir);
			assert_int_equal(r.from, want[i].from);
			assert_int_equal(r.to, want[i].to);
			i++;
		}
		assert_false(r.bad);
	}
	assert_int_equal(i, n);
	assert_steps_over(c, want, n);
}

static struct fate_entry delivered(uint64_t i, uint32_t len)
{
	return (struct fate_entry){
		.near = i,
		.far = i,
		.tx = i,
		.len = len,
		.copy = 1,
		.fate = FATE_DELIVERED,
		.reason = WHY_MATCHED,
		.kind = len ? KIND_DATA : KIND_ACK,
	};
}

static void bulk_run_costs_a_few_bytes(void **state)
{
	struct match_writer *w = match_writer_new();
	struct chunks c = { 0 };
	struct match_reader r;
	struct fate_entry e;
	uint64_t n = 0;

	(void)state;
	match_writer_hop(w, 0, 0, 1);
	for (uint64_t i = 0; i < 1000000; i++) {
		e = delivered(i, 1448);
		match_writer_add(w, &e);
	}
	match_writer_take(w, keep, &c);
	assert_true(c.bytes < 24);
	match_reader_start(&r, c.at[0].at, c.at[0].n);
	while (match_reader_next(&r, &e)) {
		assert_int_equal(e.near, n);
		assert_int_equal(e.len, 1448);
		n++;
	}
	assert_int_equal(n, 1000000);
	match_reader_start(&r, c.at[0].at, c.at[0].n);
	assert_true(match_reader_next(&r, &e));
	assert_int_equal(match_reader_alike(&r, &e), 999999);
	assert_int_equal(e.near, 999999);
	assert_false(match_reader_next(&r, &e));
	assert_false(r.bad);
	chunks_release(&c);
	match_writer_free(w);
}

static bool one_in(uint32_t n, uint64_t *s)
{
	*s = *s * 6364136223846793005 + 1442695040888963407;
	return (*s >> 33) % n == 0;
}

/* In whatever order they come with others. */
static void plain_entries_are_as_any(void **state)
{
	struct match_writer *w[2] = { match_writer_new(), match_writer_new() };

	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		struct chunks c[2] = { { 0 }, { 0 } };
		uint64_t far = 0, tx = 0, s = round;

		for (int k = 0; k < 2; k++)
			match_writer_hop(w[k], 0, 0, 1);
		for (uint64_t i = 0; i < 60; i++) {
			struct fate_entry e = delivered(i, one_in(3, &s) * 100);

			far += one_in(16, &s);
			tx += one_in(16, &s);
			e.far = far++;
			e.tx = tx++;
			if (one_in(8, &s))
				e.marks = MARK_REORDERED;
			match_writer_add(w[0], &e);
			if (e.marks)
				match_writer_add(w[1], &e);
			else
				match_writer_plain(w[1], e.near, e.far, e.tx,
						   e.len, e.kind);
		}
		for (int k = 0; k < 2; k++)
			match_writer_take(w[k], keep, &c[k]);
		assert_int_equal(c[0].n, 1);
		assert_int_equal(c[0].at[0].n, c[1].at[0].n);
		assert_memory_equal(c[0].at[0].at, c[1].at[0].at, c[0].at[0].n);
		chunks_release(&c[0]);
		chunks_release(&c[1]);
	}
	match_writer_free(w[0]);
	match_writer_free(w[1]);
}

static void five_packet_session_fits_in_forty_bytes(void **state)
{
	struct match_writer *w = match_writer_new();
	struct chunks c = { 0 };
	struct fate_entry e;

	(void)state;
	for (int dir = 0; dir < 2; dir++) {
		match_writer_hop(w, dir, dir, !dir);
		for (uint64_t i = 0; i < 3; i++) {
			e = delivered(i, i == 2 ? 300 : 0);
			e.kind = i == 0   ? KIND_SYN
				 : i == 1 ? KIND_ACK
					  : KIND_DATA;
			match_writer_add(w, &e);
		}
	}
	match_writer_take(w, keep, &c);
	assert_int_equal(c.n, 1);
	assert_true(c.bytes <= 40);
	chunks_release(&c);
	match_writer_free(w);
}

static void lost_among_delivered_keeps_its_fields(void **state)
{
	struct match_writer *w = match_writer_new();
	struct chunks c = { 0 };
	struct placed want[9];

	(void)state;
	match_writer_hop(w, 1, 2, 1);
	for (uint64_t i = 0; i < 9; i++) {
		struct fate_entry e = delivered(i, 100);

		if (i >= 4)
			e.far = i - 1;
		if (i == 4) {
			e.far = FATE_NO_RECORD;
			e.fate = FATE_LOST;
			e.basis = BASIS_PROOF;
			e.reason = WHY_HOLE;
			e.off = 10;
			e.len = 20;
			e.copy = 2;
			e.proof_point = 3;
			e.proof_dir = 1;
			e.proof = 77;
		}
		want[i] = (struct placed){ e, 1, 2, 1 };
		match_writer_add(w, &e);
	}
	match_writer_take(w, keep, &c);
	assert_reads(&c, want, 9);
	assert_true(c.bytes < 40);
	chunks_release(&c);
	match_writer_free(w);
}

/* --- any entries --- */

static uint32_t seed;

static uint32_t rnd(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

/* Mostly regular, sometimes not, now and then extreme. */
static struct fate_entry any_entry(const struct fate_entry *last)
{
	struct fate_entry e = *last;

	e.near = last->near + 1;
	e.far = last->far + 1;
	e.tx = last->tx + 1;
	if (e.near == 0 || !rnd(9))
		e.near = rnd(3) ? rnd(100000) : FATE_NO_RECORD;
	if (e.far == 0 || !rnd(9))
		e.far = rnd(3) ? rnd(100000) : FATE_NO_RECORD;
	if (!rnd(20))
		e.tx = rnd(2) ? rnd(1000) : UINT64_MAX - rnd(3);
	if (!rnd(8)) {
		e.fate = (uint8_t)rnd(FATES);
		e.basis = (uint8_t)rnd(BASIS_ABSENCE + 1);
		e.reason = (uint8_t)rnd(WHYS);
		e.marks = (uint8_t)rnd(16);
		e.change = (uint8_t)rnd(256);
	}
	if (!rnd(3)) {
		e.len = rnd(5) ? rnd(1500) : UINT32_MAX - rnd(2);
		e.kind = (uint8_t)rnd(KINDS);
	}
	e.off = rnd(15) ? 0 : rnd(5000);
	e.copy = rnd(15) ? 1 : rnd(4);
	e.proof_point = rnd(15) ? 0 : (uint8_t)rnd(256);
	e.proof_dir = (uint8_t)rnd(2);
	e.proof = rnd(2) ? rnd(1000) : UINT64_MAX;
	return e;
}

static size_t any_hops(struct match_writer *w, struct placed **all)
{
	size_t n = 0, cap = 0;

	*all = NULL;
	for (int hop = 0; hop < 4; hop++) {
		struct placed p = { .dir = hop / 2,
				    .from = hop,
				    .to = hop ? hop - 1 : 300 };
		uint32_t m = rnd(4) ? rnd(30) : rnd(30000);

		p.e = delivered(0, 0);
		match_writer_hop(w, p.dir, p.from, p.to);
		for (uint32_t i = 0; i < m; i++) {
			p.e = any_entry(&p.e);
			match_writer_add(w, &p.e);
			*all = mem_grow(*all, &cap, n + 1, sizeof **all);
			(*all)[n++] = p;
		}
	}
	return n;
}

static void any_entries_come_back(void **state)
{
	const char *given = getenv("SEED");
	uint32_t first = given ? (uint32_t)strtoul(given, NULL, 10) : 1;
	struct match_writer *w = match_writer_new();

	(void)state;
	for (uint32_t i = first; i < first + (given ? 1 : 150); i++) {
		struct chunks c = { 0 };
		struct placed *all;
		size_t n;

		seed = i * 2654435761u | 1;
		n = any_hops(w, &all);
		match_writer_take(w, keep, &c);
		assert_reads(&c, all, n);
		chunks_release(&c);
		free(all);
	}
	match_writer_free(w);
}

static void hops_may_be_written_in_turns(void **state)
{
	struct match_writer *w = match_writer_new();
	struct chunks c = { 0 };
	struct placed want[20];

	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		for (int dir = 0; dir < 2; dir++) {
			struct fate_entry e = delivered(i, 7);

			match_writer_hop(w, dir, dir, !dir);
			match_writer_add(w, &e);
			want[(size_t)dir * 10 + i] =
				(struct placed){ e, dir, dir, !dir };
		}
	match_writer_take(w, keep, &c);
	assert_reads(&c, want, 20);
	chunks_release(&c);
	match_writer_free(w);
}

/* --- bytes that nobody wrote --- */

/* Entries of one direction on two hops. */
static void write_way(struct match_writer *w, int dir)
{
	for (int hop = 0; hop < 2; hop++) {
		match_writer_hop(w, dir, hop, hop + 1);
		for (uint64_t i = 0; i < 30000; i++) {
			struct fate_entry e = delivered(i, (uint32_t)(i % 7));

			match_writer_add(w, &e);
		}
	}
}

/* Twice, so that streams are used again. */
static void writers_joined_are_one(void **state)
{
	struct match_writer *a = match_writer_new(), *b = match_writer_new();
	struct match_writer *one = match_writer_new();

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct chunks want = { 0 }, got = { 0 };

		write_way(one, 0);
		write_way(one, 1);
		match_writer_take(one, keep, &want);
		write_way(b, 1);
		write_way(a, 0);
		match_writer_join(a, b);
		match_writer_take(a, keep, &got);
		assert_true(want.n > 1);
		assert_int_equal(got.n, want.n);
		for (size_t k = 0; k < want.n; k++) {
			assert_int_equal(got.at[k].n, want.at[k].n);
			assert_memory_equal(got.at[k].at, want.at[k].at,
					    want.at[k].n);
		}
		chunks_release(&want);
		chunks_release(&got);
		got = (struct chunks){ 0 };
		match_writer_take(b, keep, &got);
		assert_int_equal(got.n, 0); /* nothing is left */
	}
	match_writer_free(a);
	match_writer_free(b);
	match_writer_free(one);
}

static void damaged_bytes_end_the_reading(void **state)
{
	struct match_writer *w = match_writer_new();
	struct chunks c = { 0 };
	struct placed *all;

	(void)state;
	seed = 7;
	any_hops(w, &all);
	match_writer_take(w, keep, &c);
	for (int round = 0; round < 3000; round++) {
		struct buf *b = &c.at[rnd((uint32_t)c.n)];
		size_t at = rnd((uint32_t)b->n), n = 0;
		uint8_t was = b->at[at];
		struct match_reader r;
		struct fate_entry e;

		b->at[at] = (uint8_t)rnd(256);
		match_reader_start(&r, b->at, rnd(2) ? b->n : at);
		while (n < 100000 && match_reader_next(&r, &e)) {
			assert_true(e.fate < FATES && e.kind < KINDS &&
				    e.reason < WHYS &&
				    e.basis <= BASIS_ABSENCE);
			n++;
		}
		b->at[at] = was;
	}
	chunks_release(&c);
	free(all);
	match_writer_free(w);
}

static void chunk_without_hop_is_bad(void **state)
{
	static const uint8_t more[] = { 2 << 2 | MATCH_MORE, 2, 8 };
	struct match_reader r;
	struct fate_entry e;

	(void)state;
	match_reader_start(&r, more, sizeof more);
	assert_false(match_reader_next(&r, &e));
	assert_true(r.bad);
}

static void words_are_those_of_the_report(void **state)
{
	(void)state;
	assert_string_equal(fate_name(FATE_UNSEEN), "unseen");
	assert_null(fate_basis_name(BASIS_NONE));
	assert_string_equal(fate_basis_name(BASIS_ABSENCE), "absence");
	assert_null(fate_reason_name(WHY_NONE));
	assert_string_equal(fate_reason_name(WHY_RELAY), "relay");
	assert_string_equal(fate_kind_name(KIND_DATAGRAM), "datagram");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bulk_run_costs_a_few_bytes),
		cmocka_unit_test(five_packet_session_fits_in_forty_bytes),
		cmocka_unit_test(lost_among_delivered_keeps_its_fields),
		cmocka_unit_test(any_entries_come_back),
		cmocka_unit_test(hops_may_be_written_in_turns),
		cmocka_unit_test(writers_joined_are_one),
		cmocka_unit_test(damaged_bytes_end_the_reading),
		cmocka_unit_test(chunk_without_hop_is_bad),
		cmocka_unit_test(plain_entries_are_as_any),
		cmocka_unit_test(words_are_those_of_the_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
