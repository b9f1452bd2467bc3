/* Lines of the window are packed to the very bytes of their records. */
#include "store/pack_brief.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define N 700
#define FIRST_FRAME 1000

static uint64_t state = 3;

static uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* A segment under way: most of it is as before. */
static void segment(struct record *r, size_t i)
{
	bool data = rnd() % 3;

	*r = (struct record){
		.time_ns = 1700000000000000000 + (int64_t)i * 130000,
		.frame = FIRST_FRAME + i * 3 + rnd() % 2,
		.seq64 = (1ull << 32) + 77 + i * 1448 + rnd() % 2,
		.ack64 = (1ull << 32) + 900 + i / 100 * 70000,
		.pay_len = data ? 1448 - rnd() % 2 * (rnd() % 1448) : 0,
		.hdr_len = 52,
		.tcp_flags = REC_ACK | (rnd() % 10 ? 0 : REC_PSH),
		.marks = REC_DF,
		.opts = REC_OPT_TS,
		.tsval = 1000 + (uint32_t)i / 8,
		.tsecr = rnd() % 20 ? 2000 + (uint32_t)i / 9 : 0,
		.ttl = 57,
		.window = (uint16_t)(500 + rnd() % 2),
		.ip_id = (uint16_t)(i / 200 % 2 ? 0 : 500 + i),
		.part = 7,
	};
	r->wire_len = 14u + r->hdr_len + r->pay_len;
	r->cap_len = r->wire_len < 400 ? r->wire_len : 400;
	r->csum = r->cap_len < r->wire_len ? REC_CSUM_UNKNOWN : REC_CSUM_GOOD;
	if (r->pay_len) {
		r->marks |= REC_HEAD;
		r->head_digest = rnd();
	}
	if (r->cap_len < r->wire_len)
		r->marks |= REC_CUT;
	else if (r->pay_len)
		r->marks |= REC_FULL | REC_SUM;
	if (r->marks & REC_FULL) {
		r->full_digest = rnd();
		r->pay_sum = (uint16_t)rnd();
	}
}

/* Any one field is another. */
static void disturb(struct record *r)
{
	switch (rnd() % 17) {
	case 0:
		r->tcp_flags |= REC_SYN;
		break;
	case 1:
		r->tcp_flags = rnd() % 2 ? REC_RST : 0;
		break;
	case 2:
		r->tcp_flags |= REC_FIN;
		break;
	case 3:
		r->opts |= REC_OPT_SACK;
		r->n_sack = rnd() % 2;
		r->sack[0][1] = r->n_sack * rnd();
		break;
	case 4:
		r->opts = 0;
		break;
	case 5:
		r->marks |= REC_FRAG;
		r->frag_off = (uint16_t)(rnd() % 2 * rnd());
		break;
	case 6:
		r->ttl++;
		break;
	case 7:
		r->tos = 4;
		break;
	case 8:
		r->csum = (uint8_t)(rnd() % 2 ? REC_CSUM_BAD : 0xff);
		break;
	case 9:
		r->cap_len -= rnd() % 60;
		break;
	case 10:
		r->wire_len += rnd() % 300;
		break;
	case 11:
		r->seq64 -= (uint64_t)rnd() << 8;
		break;
	case 12:
		r->time_ns += (int64_t)rnd() << 12;
		break;
	case 13:
		r->icmp_type = 3;
		break;
	case 14:
		r->hdr_len += 12;
		break;
	case 15:
		r->marks ^= REC_DF;
		break;
	default:
		r->window = (uint16_t)rnd();
	}
}

/* As the window does it.  Return: how many lines were plain. */
static size_t pack_lines(const struct pack_base *base, const struct record *r,
			 size_t n, struct buf *out)
{
	static struct brief line[N];
	const struct brief *at[N];
	struct packing *p = packing_new();
	size_t plain = 0;

	for (size_t i = 0; i < n; i++) {
		if (!brief_of(&line[i], &r[i], FIRST_FRAME))
			line[i].csum = BRIEF_ELSEWHERE;
		at[i] = &line[i];
	}
	pack_begin(p, base, pack_unit(r, n, PACK_UNIT_MOST), out);
	assert_false(pack_more_briefs(p, at, 1, FIRST_FRAME));
	pack_more(p, r, 1);
	for (size_t i = 1, step; i < n; i += step) {
		step = n - i < PACK_STEP ? n - i : PACK_STEP;
		if (pack_more_briefs(p, at + i, step, FIRST_FRAME))
			plain += step;
		else
			pack_more(p, r + i, step);
	}
	packing_free(p);
	return plain;
}

/* Runs of all lengths, one of @odd records disturbed.  Return: plain ones of a
 * thousand. */
static size_t compare(unsigned odd)
{
	static struct record r[N];
	struct buf want = { 0 }, got = { 0 };
	size_t plain = 0, all = 0;

	for (unsigned round = 0; round < 400; round++) {
		size_t n = 1 + rnd() % (round % 2 ? N : 20);
		struct pack_base base;

		for (size_t i = 0; i < n; i++) {
			segment(&r[i], i);
			if (rnd() % odd == 0)
				disturb(&r[i]);
		}
		base = pack_base_of(r, n);
		want.n = got.n = 0;
		pack_run_from(&base, r, n, &want);
		plain += pack_lines(&base, r, n, &got);
		all += n;
		assert_int_equal(got.n, want.n);
		assert_memory_equal(got.at, want.at, want.n);
	}
	buf_release(&want);
	buf_release(&got);
	return plain * 1000 / all;
}

static void segments_under_way_are_plain(void **state_)
{
	(void)state_;
	assert_in_range(compare(1u << 31), 700, 1000);
}

static void all_chunks_are_packed_as_their_records(void **state_)
{
	(void)state_;
	assert_in_range(compare(300), 200, 990);
	assert_in_range(compare(40), 1, 800);
	compare(3);
}

/* Of a run that has time stamps up to @with, then none. */
static void time_stamps_that_end_are_not_echoed(void **state_)
{
	static struct record r[N];
	const size_t with = 1 + CHUNK;
	struct buf want = { 0 }, got = { 0 };
	struct pack_base base;

	(void)state_;
	for (size_t i = 0; i < N; i++) {
		segment(&r[i], i);
		r[i].tsecr = 2000 + (uint32_t)i;
		if (i < with)
			continue;
		r[i].opts = 0;
		r[i].tsval = r[i].tsecr = 0;
		r[i].hdr_len = 40;
		r[i].wire_len -= 12;
		if (r[i].cap_len < 400)
			r[i].cap_len -= 12;
	}
	base = pack_base_of(r, N);
	pack_run_from(&base, r, N, &want);
	assert_in_range(pack_lines(&base, r, N, &got), 1, N);
	assert_int_equal(got.n, want.n);
	assert_memory_equal(got.at, want.at, want.n);
	buf_release(&want);
	buf_release(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_under_way_are_plain),
		cmocka_unit_test(all_chunks_are_packed_as_their_records),
		cmocka_unit_test(time_stamps_that_end_are_not_echoed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
