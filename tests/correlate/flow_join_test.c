/* A later part of a connection joined into an earlier one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "correlate/stitch_int.h"

#define WRAP (1ull << 32)
#define SEC 1000000000ll

/* Flow @i, which is part 10 + @i: begins at second @i, each way with ten packets of
 * 100 bytes from @seq on; the other way 5000 further. */
static struct flow *flow_of(struct point *p, size_t i, uint8_t proto,
			    uint64_t seq)
{
	struct flow *f = &p->flow[i];

	*f = (struct flow){ .proto = proto,
			    .part = 10 + (int64_t)i,
			    .n_parts = 1,
			    .first_payload = 2,
			    .first_ns = (int64_t)i * SEC,
			    .last_ns = (int64_t)i * SEC + SEC / 2 };
	for (unsigned d = 0; d < 2; d++)
		f->dir[d] = (struct flow_dir){ .packets = 10,
					       .bytes = 1000,
					       .seq_first = seq + d * 5000,
					       .seq_next = seq + d * 5000 +
							   1000,
					       .first_ns = f->first_ns,
					       .ack_max = (uint32_t)seq,
					       .ttl = 60,
					       .ttl_low = 60 };
	return f;
}

static void open_point(struct point *p)
{
	*p = (struct point){ .n = 3 };
	p->flow = mem_zalloc(p->n, sizeof *p->flow);
}

static void numbers_of_tcp_go_on(void **state)
{
	struct point p;
	struct flow *a, *b;

	(void)state;
	open_point(&p);
	a = flow_of(&p, 0, 6, WRAP + 1000);
	b = flow_of(&p, 1, 6, WRAP + 2000);
	b->dir[0].ttl = 62;
	b->dir[0].ttl_low = 55;
	flow_join(&p, a, b, 0);
	assert_int_equal(a->n_parts, 2);
	assert_int_equal(b->n_parts, 0);
	assert_true(a->last_ns == b->last_ns);
	assert_true(a->dir[0].packets == 20 && a->dir[0].bytes == 2000);
	assert_true(a->dir[0].seq_first == WRAP + 1000);
	assert_true(a->dir[0].seq_next == WRAP + 3000);
	assert_int_equal(a->dir[0].ttl, 62);
	assert_int_equal(a->dir[0].ttl_low, 55);
	assert_int_equal(p.parts.at[a->part].part, 10);
	assert_int_equal(p.parts.at[a->part + 1].part, 11);
	assert_true(p.parts.at[a->part + 1].shift[0] == 0);
	point_release(&p);
}

/* Each part unwraps numbers on its own: the second begins anew at 2^32. */
static void a_part_after_a_wrap_is_shifted(void **state)
{
	struct point p;
	struct flow *a, *b;
	const struct flow_part *part;

	(void)state;
	open_point(&p);
	a = flow_of(&p, 0, 6, 2 * WRAP - 6000);
	b = flow_of(&p, 1, 6, WRAP + 4000);
	flow_join(&p, a, b, 0);
	part = &p.parts.at[a->part + 1];
	assert_true(part->shift[0] == (int64_t)WRAP);
	assert_true(part->shift[1] == (int64_t)WRAP);
	assert_true(a->dir[0].seq_next == 2 * WRAP + 5000);
	assert_true(a->dir[1].seq_next == 2 * WRAP + 10000);
	point_release(&p);
}

static void datagrams_are_numbered_on(void **state)
{
	struct point p;
	struct flow *a, *b;
	const struct flow_part *part;

	(void)state;
	open_point(&p);
	a = flow_of(&p, 0, 17, 0);
	b = flow_of(&p, 1, 17, 0);
	a->dir[1].packets = 7;
	flow_join(&p, a, b, 0);
	part = &p.parts.at[a->part + 1];
	assert_true(part->shift[0] == 10);
	assert_true(part->shift[1] == 7);
	assert_true(a->dir[1].packets == 17);
	point_release(&p);
}

static void a_swapped_part_gives_each_direction_its_own(void **state)
{
	struct point p;
	struct flow *a, *b;

	(void)state;
	open_point(&p);
	a = flow_of(&p, 0, 6, WRAP + 1000);
	b = flow_of(&p, 1, 6, WRAP + 20000);
	b->dir[1] = a->dir[0];
	b->dir[1].packets = 3;
	b->dir[1].seq_next += 500;
	b->dir[0] = a->dir[1];
	b->dir[0].packets = 4;
	b->first_payload = 1;
	*VEC_PUSH(&p.preface) = (struct flow_preface){ .len = { 0, 8 } };
	b->preface = 1;
	flow_join(&p, a, b, 1);
	assert_true(a->dir[0].packets == 13);
	assert_true(a->dir[1].packets == 14);
	assert_true(a->dir[0].seq_next == WRAP + 2500);
	assert_int_equal(a->first_payload, 0);
	assert_true(p.parts.at[a->part + 1].swap);
	/* what precedes its stream is in the other direction now, too */
	assert_int_equal(flow_preface_len(&p, a, 0), 8);
	assert_int_equal(flow_preface_len(&p, a, 1), 0);
	point_release(&p);
}

static void the_syn_says_where_numbers_begin(void **state)
{
	struct point p;
	struct flow *a, *b, *c;

	(void)state;
	open_point(&p);
	a = flow_of(&p, 0, 6, WRAP + 1000);
	b = flow_of(&p, 1, 6, WRAP + 900);
	c = flow_of(&p, 2, 6, WRAP + 800);
	b->dir[0].flags = DIR_SYN;
	b->dir[0].syn_count = 250;
	b->dir[0].mss = 1460;
	flow_join(&p, a, b, 0);
	assert_true(a->dir[0].seq_first == WRAP + 900);
	assert_int_equal(a->dir[0].mss, 1460);
	assert_true(a->dir[0].flags & DIR_SYN);
	/* a reset in a device's name may have any number */
	c->dir[0].flags = DIR_SYN | DIR_RST;
	c->dir[0].syn_count = 9;
	c->dir[0].mss = 536;
	flow_join(&p, a, c, 0);
	assert_true(a->dir[0].seq_first == WRAP + 900);
	assert_int_equal(a->dir[0].mss, 1460);
	assert_int_equal(a->dir[0].syn_count, 255); /* it does not wrap */
	assert_true(a->dir[0].flags & DIR_RST);
	point_release(&p);
}

/* Parts of a flow lie side by side, whatever was joined in between. */
static void parts_of_a_flow_stay_together(void **state)
{
	struct point p = { .n = 5 };
	struct flow *f;

	(void)state;
	p.flow = mem_zalloc(p.n, sizeof *p.flow);
	for (size_t i = 0; i < p.n; i++)
		flow_of(&p, i, 6, WRAP + 1000 + i * 1000);
	f = p.flow;
	flow_join(&p, &f[0], &f[1], 0);
	flow_join(&p, &f[2], &f[3], 0);
	flow_join(&p, &f[0], &f[4], 0);
	assert_int_equal(f[0].n_parts, 3);
	assert_int_equal(p.parts.at[f[0].part].part, 10);
	assert_int_equal(p.parts.at[f[0].part + 1].part, 11);
	assert_int_equal(p.parts.at[f[0].part + 2].part, 14);
	assert_int_equal(f[2].n_parts, 2);
	assert_int_equal(p.parts.at[f[2].part].part, 12);
	assert_int_equal(p.parts.at[f[2].part + 1].part, 13);
	point_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_tcp_go_on),
		cmocka_unit_test(a_part_after_a_wrap_is_shifted),
		cmocka_unit_test(datagrams_are_numbered_on),
		cmocka_unit_test(a_swapped_part_gives_each_direction_its_own),
		cmocka_unit_test(the_syn_says_where_numbers_begin),
		cmocka_unit_test(parts_of_a_flow_stay_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
