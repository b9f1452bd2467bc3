/* The flow table: many flows, idle ones, and packets that are looked up. */
#include "tests/capture/flow_table.h"

static void wild_time_stamp_ends_nothing(void **state)
{
	struct table *x = table_new();
	struct packet p;

	(void)state;
	udp(x, 0, "one");
	p = blank(x, 0, IPPROTO_UDP);
	p.key.sport = 1;
	p.rec.time_ns += 10000000 * SECOND;
	flowtab_add(x->t, &p, 1);
	udp(x, 0, "two");
	assert_int_equal(x->last.rec.part, 1);
	assert_int_equal(x->parts.n, 0);
	table_free(x);
}

static void idle_parts_are_handed_out(void **state)
{
	struct table *x = table_new();
	struct packet p;

	(void)state;
	udp(x, 0, "one");
	x->now += 400 * SECOND;
	for (int i = 0; i < 3; i++) {
		p = blank(x, 0, IPPROTO_UDP);
		p.key.sport = 1;
		flowtab_add(x->t, &p, 1);
	}
	assert_int_equal(x->parts.n, 1);
	assert_int_equal(x->parts.at[0].number, 1);
	table_free(x);
}

static void many_flows_keep_their_parts(void **state)
{
	struct table *x = table_new();

	(void)state;
	for (uint32_t round = 0; round < 3; round++)
		for (uint32_t i = 0; i < 5000; i++) {
			struct packet p = blank(x, (int)round & 1, IPPROTO_UDP);

			x->now -= 999000;
			*(round & 1 ? &p.key.dport
				    : &p.key.sport) = (uint16_t)(1000 + i);
			p.rec.time_ns = x->now;
			flowtab_add(x->t, &p, 1);
			assert_int_equal(p.rec.part, i + 1);
			assert_int_equal(p.rec.dir, round & 1);
		}
	flowtab_finish(x->t);
	assert_int_equal(x->parts.n, 5000);
	table_free(x);
}

static void quoted_packet_is_found(void **state)
{
	struct table *x = table_new();
	struct icmp_quote q = { .seq = 105 };
	uint8_t dir;
	uint64_t seq;

	(void)state;
	handshake(x, 100, 200);
	q.key = x->last.key;
	assert_int_equal(flowtab_quoted(x->t, &q, &dir, &seq), 1);
	assert_int_equal(dir, 0);
	assert_int_equal(seq, EPOCH + 105);
	q.key.sport = 1;
	assert_int_equal(flowtab_quoted(x->t, &q, &dir, &seq), 0);
	table_free(x);
}

static void continuation_fragment_moves_nothing(void **state)
{
	struct table *x = table_new();
	struct packet p;

	(void)state;
	tcp(x, 0, A, 1000, 1, "abc");
	p = blank(x, 0, IPPROTO_TCP);
	p.rec.marks = REC_FRAG;
	p.rec.frag_off = 1480;
	p.rec.pay_len = 500;
	assert_int_equal(add(x, &p)->seq64, EPOCH + 1000);
	assert_int_equal(tcp(x, 0, A, 1003, 1, "d")->seq64, EPOCH + 1003);
	flowtab_finish(x->t);
	assert_int_equal(part(x, 1)->dir[0].packets, 3);
	assert_int_equal(part(x, 1)->dir[0].seq_next, EPOCH + 1004);
	table_free(x);
}

/* Ports repeat, so that parts end and begin within a batch too. */
static struct packet one_of_many(struct table *x, unsigned i)
{
	struct packet p = blank(x, (int)(i & 1), IPPROTO_TCP);
	uint16_t port = (uint16_t)(5000 + i * 7 % 11);

	*(i & 1 ? &p.key.dport : &p.key.sport) = port;
	p.rec.tcp_flags = i % 23 ? A : S;
	p.rec.seq64 = i * 100;
	p.rec.pay_len = i % 5 ? 90 : 0;
	p.rec.marks = REC_HEAD;
	p.rec.head_digest = i * 2654435761u;
	return p;
}

static void packets_together_give_the_same(void **state)
{
	struct table *a = table_new(), *b = table_new();
	struct packet batch[FLOW_AHEAD], p;

	(void)state;
	for (unsigned i = 0, n; i < 3000; i += n) {
		n = 1 + i % FLOW_AHEAD;
		for (unsigned k = 0; k < n; k++)
			batch[k] = one_of_many(a, i + k);
		flowtab_add(a->t, batch, n);
		for (unsigned k = 0; k < n; k++) {
			p = one_of_many(b, i + k);
			flowtab_add(b->t, &p, 1);
			assert_memory_equal(&batch[k].rec, &p.rec,
					    sizeof p.rec);
		}
	}
	flowtab_finish(a->t);
	flowtab_finish(b->t);
	assert_true(b->parts.n > 11);
	assert_int_equal(a->parts.n, b->parts.n);
	assert_memory_equal(a->parts.at, b->parts.at,
			    b->parts.n * sizeof *b->parts.at);
	table_free(a);
	table_free(b);
}

/* ---- more than can live ---- */

#define LIVE_MOST (256 * 1024)
#define BEYOND 20

struct ended {
	uint32_t number[BEYOND];
	size_t n;
};

static void note_ended(void *ctx, const struct part *p, uint32_t lane)
{
	struct ended *x = ctx;

	(void)lane;
	if (x->n < BEYOND)
		x->number[x->n] = p->number;
	x->n++;
}

/* One packet each, all at one time, TCP and UDP by turns. */
static void oldest_go_where_there_are_too_many(void **state)
{
	struct table *x = table_new();
	struct ended ended = { 0 };
	struct flowtab *t = flowtab_new(note_ended, &ended);

	(void)state;
	for (uint32_t i = 0; i < LIVE_MOST + BEYOND; i++) {
		struct packet p = blank(x, 0,
					i % 2 ? IPPROTO_TCP : IPPROTO_UDP);
		uint8_t from[4] = { 11, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
				    (uint8_t)i };

		p.rec.time_ns = 1700000000 * SECOND;
		p.key.src = net_addr_v4(from);
		flowtab_add(t, &p, 1);
		assert_int_equal(p.rec.part, i + 1);
		assert_int_equal(ended.n,
				 i < LIVE_MOST ? 0 : i + 1 - LIVE_MOST);
	}
	/* of equal age datagrams go first: they are allowed less */
	for (uint32_t i = 0; i < BEYOND; i++)
		assert_int_equal(ended.number[i], 2 * i + 1);
	flowtab_finish(t);
	assert_int_equal(ended.n, LIVE_MOST + BEYOND);
	flowtab_free(t);
	table_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wild_time_stamp_ends_nothing),
		cmocka_unit_test(idle_parts_are_handed_out),
		cmocka_unit_test(many_flows_keep_their_parts),
		cmocka_unit_test(quoted_packet_is_found),
		cmocka_unit_test(continuation_fragment_moves_nothing),
		cmocka_unit_test(packets_together_give_the_same),
		cmocka_unit_test(oldest_go_where_there_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
