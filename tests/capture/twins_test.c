/* capture/twins.c: what is the same packet again, and what is not. */
#include "capture/twins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define US 1000ll
#define MS 1000000ll

static struct packet segment(uint32_t seq, int64_t time_ns)
{
	struct packet p = { 0 };

	p.key.proto = 6;
	p.key.sport = 40000;
	p.key.dport = 443;
	p.key.src.b[15] = 1;
	p.key.dst.b[15] = 2;
	p.rec.seq64 = seq;
	p.rec.pay_len = 100;
	p.rec.head_digest = 0x12345678;
	p.rec.ip_id = 77;
	p.rec.ttl = 64;
	p.rec.time_ns = time_ns;
	return p;
}

static enum twin see(struct twins *t, const struct packet *p)
{
	struct twins_rule rule = { .within_ns = TWINS_NEAR_NS };
	struct twins_sight sight;

	return twins_see(t, p, 0, &rule, &sight);
}

static void the_same_within_a_millisecond_is_a_twin(void **state)
{
	struct twins *t = twins_new(8192);
	struct packet p = segment(1, 0);

	(void)state;
	assert_int_equal(see(t, &p), TWIN_NONE);
	p.rec.time_ns = 900 * US;
	assert_int_equal(see(t, &p), TWIN_SAME);
	p.rec.time_ns = 3 * MS;
	assert_int_equal(see(t, &p), TWIN_NONE);
	/* captured with several queues: a little back */
	p.rec.time_ns = 3 * MS - 50 * US;
	assert_int_equal(see(t, &p), TWIN_SAME);
	twins_free(t);
}

/* However many packets lie between, within reason. */
static void others_between_do_not_matter(void **state)
{
	struct twins *t = twins_new(8192);
	int found = 0;

	(void)state;
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 500; i++) {
			struct packet p = segment(i, round * 500 * US);

			p.rec.ip_id = (uint16_t)i;
			found += see(t, &p) == TWIN_SAME;
		}
	assert_int_equal(found, 500);
	twins_free(t);
}

/* What lies farther apart is one where the caller says so, and only then. */
static void how_far_twins_are_apart_is_told(void **state)
{
	struct twins *t = twins_new(8192);
	struct packet p = segment(1, 0);
	struct twins_rule far = { .within_ns = TWINS_FAR_NS };
	struct twins_sight sight;

	(void)state;
	assert_int_equal(twins_see(t, &p, 0, &far, &sight), TWIN_NONE);
	p.rec.time_ns = 40 * MS;
	assert_int_equal(twins_see(t, &p, 0, &far, &sight), TWIN_SAME);
	assert_int_equal(sight.gap_ns, 40 * MS);
	p.rec.time_ns = 141 * MS;
	assert_int_equal(twins_see(t, &p, 0, &far, &sight), TWIN_NONE);
	twins_free(t);
}

/* Of a packet that is sent again and again each has its copies. */
static void sights_are_counted(void **state)
{
	static const enum twin want[] = { TWIN_NONE, TWIN_SAME, TWIN_SAME };
	struct twins_rule thrice = { .within_ns = TWINS_NEAR_NS, .copies = 3 };
	struct twins_rule any = { .within_ns = TWINS_NEAR_NS };
	struct twins *t = twins_new(8192);
	struct packet p = segment(1, 0), q = segment(2, 0);
	struct twins_sight sight;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		p.rec.time_ns = q.rec.time_ns = i * 10 * US;
		assert_int_equal(twins_see(t, &p, 0, &thrice, &sight),
				 want[i % 3]);
		assert_int_equal(sight.nth, i % 3 + 1);
		assert_int_equal(twins_see(t, &q, 0, &any, &sight),
				 i ? TWIN_SAME : TWIN_NONE);
		assert_int_equal(sight.nth, i < 255 ? i + 1 : 255);
	}
	twins_free(t);
}

/* Only what no sender repeats so soon. */
static void without_identification_it_takes_content(void **state)
{
	struct packet p = segment(1, 0);

	(void)state;
	p.rec.pay_len = 0;
	assert_true(twins_sure_far(&p));
	p.rec.ip_id = 0;
	assert_false(twins_sure_far(&p));
	p.rec.pay_len = 1;
	assert_true(twins_sure_far(&p));
	p.key.proto = 17;
	assert_false(twins_sure_far(&p));
}

/* Each field alone makes another packet. */
static void another_packet_is_no_twin(void **state)
{
	(void)state;
	for (int i = 0; i < 14; i++) {
		struct twins *t = twins_new(8192);
		struct packet p = segment(1, 0), q = p;

		assert_int_equal(see(t, &p), TWIN_NONE);
		switch (i) {
		case 0:
			q.rec.ip_id++;
			break;
		case 1:
			q.rec.seq64++;
			break;
		case 2:
			q.rec.ack64++;
			break;
		case 3:
			q.rec.tcp_flags++;
			break;
		case 4:
			q.rec.pay_len++;
			break;
		case 5:
			q.rec.head_digest++;
			break;
		case 6:
			q.rec.tsval++;
			break;
		case 7:
			q.rec.sack[0][1]++;
			break;
		case 8:
			q.rec.window++;
			break;
		case 9:
			q.key.src.b[15]++;
			break;
		case 10:
			q.key.dport++;
			break;
		case 11:
			q.key.tunnel++;
			break;
		case 12:
			q.rec.frag_off += 8;
			break;
		case 13:
			q.rec.ttl++;
			break;
		}
		assert_int_equal(see(t, &q), TWIN_NONE);
		twins_free(t);
	}
}

static void a_lower_ttl_is_a_router_then_a_loop(void **state)
{
	static const enum twin want[] = { TWIN_NONE, TWIN_ROUTED, TWIN_ROUTED,
					  TWIN_LOOPED, TWIN_LOOPED };
	struct twins *t = twins_new(8192);

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct packet p = segment(1, i * 20 * MS);

		p.rec.ttl = (uint8_t)(64 - 2 * i);
		assert_int_equal(see(t, &p), want[i]);
	}
	twins_free(t);
}

/* Without identification or payload acknowledgements look alike. */
static void acknowledgements_may_look_alike(void **state)
{
	struct twins *t = twins_new(8192);
	struct packet p = segment(1, 0);

	(void)state;
	p.rec.ip_id = 0;
	p.rec.pay_len = 0;
	assert_false(twins_sure(&p));
	assert_int_equal(see(t, &p), TWIN_NONE);
	p.rec.ttl = 63;
	assert_int_equal(see(t, &p), TWIN_NONE);
	p.rec.pay_len = 1;
	assert_true(twins_sure(&p));
	twins_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_within_a_millisecond_is_a_twin),
		cmocka_unit_test(others_between_do_not_matter),
		cmocka_unit_test(how_far_twins_are_apart_is_told),
		cmocka_unit_test(sights_are_counted),
		cmocka_unit_test(without_identification_it_takes_content),
		cmocka_unit_test(another_packet_is_no_twin),
		cmocka_unit_test(a_lower_ttl_is_a_router_then_a_loop),
		cmocka_unit_test(acknowledgements_may_look_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
