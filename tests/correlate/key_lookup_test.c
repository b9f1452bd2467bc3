/* Looking flows up by their ends, by the ends that they name, by content. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "correlate/key_lookup.h"
#include "correlate/keys.h"

/* Two clients of one server, and a datagram between the same ends as the first
 * client's connection. */
static void open_point(struct point *p)
{
	static const uint8_t proto[] = { 6, 6, 17 };

	*p = (struct point){ .n = 3, .base = 100 };
	p->flow = mem_zalloc(p->n, sizeof *p->flow);
	for (uint32_t i = 0; i < p->n; i++)
		p->flow[i] = (struct flow){
			.proto = proto[i],
			.n_parts = 1,
			.addr = { i == 1 ? 3 : 1, 2 },
			.port = { (uint16_t)(i == 1 ? 41000 : 40000), 80 },
		};
}

static uint32_t by_content(const struct point *p, const struct flow *f)
{
	size_t pos = SIZE_MAX;

	return htab_find(&p->twins, key_twins(f), &pos);
}

static void another_flow_is_found_by_its_ends(void **state)
{
	struct point p;
	struct flow turned;

	(void)state;
	open_point(&p);
	point_index_tuples(&p);
	assert_true(point_has_other(&p, &p.flow[0], key_tuple(&p.flow[1])));
	/* which end is the client's does not matter */
	turned = p.flow[1];
	turned.addr[0] = p.flow[1].addr[1];
	turned.addr[1] = p.flow[1].addr[0];
	turned.port[0] = p.flow[1].port[1];
	turned.port[1] = p.flow[1].port[0];
	assert_true(point_has_other(&p, &p.flow[0], key_tuple(&turned)));
	point_release(&p);
}

static void no_other_is_found_that_is_not_there(void **state)
{
	struct point p;
	struct flow f;

	(void)state;
	open_point(&p);
	point_index_tuples(&p);
	assert_false(point_has_other(&p, &p.flow[0], 0));
	assert_false(point_has_other(&p, &p.flow[0], key_tuple(&p.flow[0])));
	f = p.flow[1];
	f.port[0]++; /* an end that nobody has */
	assert_false(point_has_other(&p, &p.flow[0], key_tuple(&f)));
	f = p.flow[1];
	f.proto = 17; /* the same ends over another protocol */
	assert_false(point_has_other(&p, &p.flow[0], key_tuple(&f)));
	point_release(&p);
}

static void what_a_header_names_is_noted_by_number(void **state)
{
	uint64_t named[103] = { 0 };
	struct point p;

	(void)state;
	open_point(&p);
	assert_false(point_names(&p));
	/* bytes before the stream that name nobody */
	*VEC_PUSH(&p.preface) = (struct flow_preface){ .len = { 20 } };
	p.flow[0].preface = 1;
	assert_false(point_names(&p));
	*VEC_PUSH(&p.preface) = (struct flow_preface){ .addr = { 3, 2 },
						       .port = { 41000, 80 },
						       .proto = 6,
						       .named = true };
	p.flow[2].preface = 2;
	assert_true(point_names(&p));
	point_note_names(&p, named);
	assert_true(named[100] == 0);
	assert_true(named[101] == 0);
	assert_true(named[102] == key_tuple(&p.flow[1]));
	/* so the flow is found that the header names */
	point_index_tuples(&p);
	assert_true(point_has_other(&p, &p.flow[2], named[102]));
	point_release(&p);
}

static void flows_of_the_same_content_are_twins(void **state)
{
	struct point p;
	struct flow f;

	(void)state;
	open_point(&p);
	for (size_t i = 0; i < p.n; i++)
		for (int d = 0; d < 2; d++) {
			struct flow_dir *x = &p.flow[i].dir[d];

			x->head = d ? 77123 + i : 500 + i;
			x->head_len = 30;
			x->flags = DIR_FIN;
			x->seq_first = 7000;
			x->seq_next = 9000 + (unsigned)d;
		}
	p.flow[1].dir[0].head_len = 0; /* too little is known of it */
	point_index_twins(&p);
	f = p.flow[0];
	assert_int_equal(by_content(&p, &f), 0);
	/* other numbers, as many bytes: a relay's other side */
	f.dir[0].seq_first += 123;
	f.dir[0].seq_next += 123;
	assert_int_equal(by_content(&p, &f), 0);
	f.dir[0].seq_next++; /* a byte more is another content */
	assert_int_equal(by_content(&p, &f), HTAB_NONE);
	/* datagrams have no twins, and nothing is kept without a key */
	assert_int_equal(by_content(&p, &p.flow[2]), HTAB_NONE);
	assert_true(key_twins(&p.flow[1]) == 0);
	assert_int_equal(by_content(&p, &p.flow[1]), HTAB_NONE);
	point_release(&p);
}

/* A million requests of the same lengths must not cost a million times a million. */
static void few_of_a_key_are_kept(void **state)
{
	struct point p = { .n = 1000 };

	(void)state;
	p.flow = mem_zalloc(p.n, sizeof *p.flow);
	for (size_t i = 0; i < p.n; i++) {
		p.flow[i].proto = 6;
		p.flow[i].turn_hash[0] = 77;
	}
	point_index_twins(&p);
	assert_int_equal(p.twins.n, KEY_BUCKET);
	point_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_flow_is_found_by_its_ends),
		cmocka_unit_test(no_other_is_found_that_is_not_there),
		cmocka_unit_test(what_a_header_names_is_noted_by_number),
		cmocka_unit_test(flows_of_the_same_content_are_twins),
		cmocka_unit_test(few_of_a_key_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
