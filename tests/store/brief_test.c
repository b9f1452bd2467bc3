/* A record in brief: all comes back, or it is said that it does not. */
#include "store/brief.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define FIRST 1000000

static uint64_t state = 11;

static uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* A cut TCP segment with time stamps. */
static struct record usual(void)
{
	return (struct record){ .time_ns = 1700000000000000000 + rnd(),
				.frame = FIRST + rnd() % 100000,
				.seq64 = (1ull << 32) + rnd(),
				.ack64 = (1ull << 33) + rnd(),
				.wire_len = 1514,
				.cap_len = 96,
				.pay_len = 1448,
				.tsval = rnd(),
				.tsecr = rnd(),
				.head_digest = rnd(),
				.hdr_len = 52,
				.marks = REC_DF | REC_HEAD | REC_CUT,
				.tcp_flags = REC_ACK | REC_PSH,
				.window = (uint16_t)rnd(),
				.ip_id = (uint16_t)rnd(),
				.pay_sum = (uint16_t)rnd(),
				.opts = REC_OPT_TS,
				.ttl = 57,
				.tos = 3,
				.csum = REC_CSUM_OFFLOAD };
}

static bool same(const struct record *a, const struct record *b)
{
	return a->time_ns == b->time_ns && a->frame == b->frame &&
	       a->seq64 == b->seq64 && a->ack64 == b->ack64 &&
	       a->wire_len == b->wire_len && a->cap_len == b->cap_len &&
	       a->pay_len == b->pay_len && a->tsval == b->tsval &&
	       a->tsecr == b->tsecr && a->head_digest == b->head_digest &&
	       a->full_digest == b->full_digest && a->frag_id == b->frag_id &&
	       !memcmp(a->sack, b->sack, sizeof a->sack) &&
	       a->hdr_len == b->hdr_len && a->marks == b->marks &&
	       a->tcp_flags == b->tcp_flags && a->window == b->window &&
	       a->ip_id == b->ip_id && a->frag_off == b->frag_off &&
	       a->pay_sum == b->pay_sum && a->opts == b->opts &&
	       a->n_sack == b->n_sack && a->ttl == b->ttl && a->tos == b->tos &&
	       a->csum == b->csum && a->icmp_type == b->icmp_type;
}

static bool held(const struct record *r)
{
	struct record back = { 0 };
	struct brief b;
	bool all = brief_of(&b, r, FIRST);

	brief_restore(&b, FIRST, &back);
	assert_true(!all || same(r, &back));
	return all;
}

static void usual_records_are_held(void **state_)
{
	struct record r = usual();

	(void)state_;
	assert_true(held(&r));
	r.cap_len = r.wire_len;
	r.marks = REC_DF | REC_HEAD | REC_FULL | REC_SUM;
	r.full_digest = rnd();
	assert_true(held(&r));
}

static void what_does_not_fit_is_said(void **state_)
{
	struct record r = usual();

	(void)state_;
	r.frame += 1ull << 32;
	assert_false(held(&r));
	r = usual();
	r.wire_len = 1514 + 256;
	assert_false(held(&r));
	r = usual();
	r.wire_len = 1499; /* shorter than its headers say */
	assert_false(held(&r));
	r = usual();
	r.tcp_flags = 0x110;
	assert_false(held(&r));
	r = usual();
	r.n_sack = 1;
	assert_false(held(&r));
	r = usual();
	r.icmp_type = 8;
	assert_false(held(&r));
	r = usual();
	r.frag_off = 1480;
	assert_false(held(&r));
	r = usual();
	r.full_digest = 5; /* without its mark */
	assert_false(held(&r));
}

/* Any bytes at all. */
static void random_records_come_back_or_are_refused(void **state_)
{
	unsigned n = 0;

	(void)state_;
	for (int i = 0; i < 200000; i++) {
		struct record r = usual();
		uint8_t *p = (uint8_t *)&r;

		p[rnd() % offsetof(struct record, sack)] = (uint8_t)rnd();
		p[offsetof(struct record, marks) +
		  rnd() % (sizeof r - offsetof(struct record, marks))] =
			(uint8_t)rnd();
		n += held(&r);
	}
	assert_in_range(n, 20000, 180000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual_records_are_held),
		cmocka_unit_test(what_does_not_fit_is_said),
		cmocka_unit_test(random_records_come_back_or_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
