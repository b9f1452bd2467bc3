/* Parts of one point into flows. */
#include "tests/correlate/pair_case.h"

#define WRAP (1ull << 32)

static struct part tcp_part(int64_t from, int64_t to, uint32_t seq,
			    uint32_t next)
{
	struct part p = { .proto = 6,
			  .first_ns = T0 + from,
			  .last_ns = T0 + to,
			  .first_frame = 1,
			  .last_frame = 2 };

	p.ends[0] = pc_end("10.0.0.1:4000");
	p.ends[1] = pc_end("10.0.0.2:80");
	for (int d = 0; d < 2; d++) {
		struct part_dir *x = &p.dir[d];

		x->packets = 10;
		x->bytes = 1000;
		x->first_ns = p.first_ns;
		x->last_ns = p.last_ns;
		x->seq_first = WRAP + seq + (unsigned)d * 5000000u;
		x->seq_next = x->seq_first + (next - seq);
	}
	p.dir[0].ack_max = p.dir[1].seq_next;
	p.dir[1].ack_max = p.dir[0].seq_next;
	return p;
}

static void with_syn(struct part *p)
{
	for (int d = 0; d < 2; d++) {
		p->dir[d].syn = true;
		p->dir[d].isn = (uint32_t)p->dir[d].seq_first;
		p->dir[d].syn_frame = 1 + (unsigned)d;
		p->dir[d].syn_ns = p->dir[d].first_ns;
		p->dir[d].syn_count = 1;
	}
}

static void exchange(struct part *p)
{
	struct part_dir d = p->dir[0];
	struct net_end e = p->ends[0];

	p->dir[0] = p->dir[1];
	p->dir[1] = d;
	p->ends[0] = p->ends[1];
	p->ends[1] = e;
}

static size_t stitched(struct pc *c, struct flow_row *first)
{
	int64_t n;

	pc_run(c, NULL);
	n = store_session_count(c->s);
	*first = pc_flow(c, 1);
	return (size_t)n;
}

static void carries_on_over_files_and_idleness(void **state)
{
	struct part a = tcp_part(0, SEC, 1000, 51000);
	struct part b = tcp_part(2 * SEC, 3 * SEC, 51000, 90000);
	struct part e = tcp_part(4000 * SEC, 4001 * SEC, 89999, 95000);
	struct flow_row f;
	struct pc c;

	(void)state;
	with_syn(&a);
	exchange(&b); /* its file began with the server's packet */
	pc_open(&c, 1);
	pc_put(&c, 0, &a);
	pc_put(&c, 0, &b);
	pc_put(&c, 0, &e);
	assert_int_equal(stitched(&c, &f), 1);
	assert_int_equal(f.n_parts, 3);
	assert_false(f.parts[0].swap);
	assert_true(f.parts[1].swap);
	assert_false(f.parts[2].swap);
	assert_int_equal(f.packets[0], 30);
	assert_int_equal(f.role, ROLE_SYN);
	assert_int_equal(f.client.port, 4000);
	flow_row_release(&f);
	pc_close(&c);
}

/* Only the server's reset, with the number behind @of's. */
static struct part late_reset(const struct part *of, int64_t at)
{
	struct part p = tcp_part(at, at, 0, 0);

	p.dir[0] = (struct part_dir){ 0 };
	p.dir[1].packets = 1;
	p.dir[1].bytes = 0;
	p.dir[1].rst = true;
	p.dir[1].ack_max = 0;
	p.dir[1].seq_first = p.dir[1].seq_next = of->dir[1].seq_next;
	return p;
}

/* It comes behind the SYN of the next connection from the same port, which the
 * server has not answered, or with a number a little behind the old one's. */
static void a_late_reset_joins_the_connection_it_ends(void **state)
{
	(void)state;
	for (int answered = 0; answered < 2; answered++) {
		struct part a = tcp_part(0, SEC, 1000, 51000);
		struct part b = tcp_part(2 * SEC, 3 * SEC, 9000000, 9000100);
		struct part r = late_reset(&a, 2 * SEC + SEC / 2);
		struct flow_row f;
		struct pc c;

		with_syn(&a);
		b.dir[1].seq_first = b.dir[1].isn =
			(uint32_t)a.dir[1].seq_next + 1000;
		b.dir[1].seq_next = b.dir[1].seq_first + 100;
		if (!answered) {
			b.dir[1] = (struct part_dir){ 0 };
			b.dir[0].ack_max = 0;
		}
		b.dir[0].syn = true;
		b.dir[0].isn = (uint32_t)b.dir[0].seq_first;
		b.dir[1].syn = answered;
		b.dir[0].syn_ns = b.dir[1].syn_ns = b.first_ns;
		pc_open(&c, 1);
		pc_put(&c, 0, &a);
		pc_put(&c, 0, &b);
		pc_put(&c, 0, &r);
		assert_int_equal(stitched(&c, &f), 2);
		assert_int_equal(f.n_parts, 2);
		assert_int_equal(f.packets[1], 11);
		flow_row_release(&f);
		pc_close(&c);
	}
}

static void numbers_go_on_above_a_wrap(void **state)
{
	struct part a = tcp_part(0, SEC, 0xffff0000u, 0xffffff00u);
	struct part b = tcp_part(2 * SEC, 3 * SEC, 0x100, 0x9000);
	struct flow_row f;
	struct pc c;

	(void)state;
	pc_open(&c, 1);
	pc_put(&c, 0, &a);
	pc_put(&c, 0, &b);
	assert_int_equal(stitched(&c, &f), 1);
	assert_int_equal(f.parts[0].shift[0], 0);
	assert_int_equal(f.parts[1].shift[0], (int64_t)WRAP);
	flow_row_release(&f);
	pc_close(&c);
}

static void another_initial_number_is_another_flow(void **state)
{
	struct part a = tcp_part(0, SEC, 1000, 51000);
	struct part b = tcp_part(2 * SEC, 3 * SEC, 52000, 90000);
	struct flow_row f;
	struct pc c;

	(void)state;
	with_syn(&a);
	with_syn(&b);
	pc_open(&c, 1);
	pc_put(&c, 0, &a);
	pc_put(&c, 0, &b);
	assert_int_equal(stitched(&c, &f), 2);
	flow_row_release(&f);
	pc_close(&c);
}

static void numbers_far_away_are_another_flow(void **state)
{
	struct part a = tcp_part(0, SEC, 1000, 51000);
	struct part b = tcp_part(200 * SEC, 300 * SEC, 0x70000000, 0x70010000);
	struct flow_row f;
	struct pc c;

	(void)state;
	pc_open(&c, 1);
	pc_put(&c, 0, &a);
	pc_put(&c, 0, &b);
	assert_int_equal(stitched(&c, &f), 2);
	flow_row_release(&f);
	pc_close(&c);
}

static void datagrams_join_unless_they_pause(void **state)
{
	struct part p[3];
	struct flow_row f;
	struct pc c;

	(void)state;
	pc_open(&c, 1);
	for (int i = 0; i < 3; i++) {
		p[i] = tcp_part(i == 2 ? 500 * SEC : i * 10 * SEC,
				i == 2 ? 501 * SEC : i * 10 * SEC + SEC, 0, 0);
		p[i].proto = 17;
		p[i].dir[0].ack_max = p[i].dir[1].ack_max = 0;
		pc_put(&c, 0, &p[i]);
	}
	assert_int_equal(stitched(&c, &f), 2);
	assert_int_equal(f.n_parts, 2);
	assert_int_equal(f.parts[1].shift[0], 10); /* packets before */
	flow_row_release(&f);
	pc_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carries_on_over_files_and_idleness),
		cmocka_unit_test(a_late_reset_joins_the_connection_it_ends),
		cmocka_unit_test(numbers_go_on_above_a_wrap),
		cmocka_unit_test(another_initial_number_is_another_flow),
		cmocka_unit_test(numbers_far_away_are_another_flow),
		cmocka_unit_test(datagrams_join_unless_they_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
