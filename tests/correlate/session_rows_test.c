/* Rows of flows: what pairing keeps of them in memory is what their parts say. */
#include "tests/correlate/pair_case.h"

#include "store/flow_keep.h"
#include "store/store_int.h"
#include "tests/store/same_flow.h"

/* Sessions of either kind, caught in their midst, over IPv6, in a tunnel, begun
 * by the other end, and in two parts. */
static void add_all(struct pc *c)
{
	for (unsigned i = 0; i < 40; i++) {
		char t[2][NET_END_TEXT], nat[NET_END_TEXT];
		struct conv v = conv_number(i, t);
		struct seen far = seen_renumbered(i, nat);
		struct part p;

		v.proto = i % 5 == 1 ? 17 : 0;
		v.no_syn = i % 7 == 2;
		v.tsval = i % 2 ? v.tsval : 0;
		if (i == 11)
			far.client = "[2001:db8::7]:1234";
		pc_add(c, 1, &v, &far);
		p = pc_part(&v, &near_point);
		p.tunnel = i == 13;
		p.dir[0].syn_cut = i == 18;
		if (i == 14) {
			struct part_dir d = p.dir[0];
			struct net_end e = p.ends[0];

			p.dir[0] = p.dir[1];
			p.dir[1] = d;
			p.ends[0] = p.ends[1];
			p.ends[1] = e;
		}
		pc_put(c, 0, &p);
		if (i == 21) {
			p.first_ns += 10 * SEC;
			p.last_ns += 10 * SEC;
			for (int d = 0; d < 2; d++) {
				p.dir[d].first_ns += 10 * SEC;
				p.dir[d].last_ns += 10 * SEC;
			}
			pc_put(c, 0, &p);
		}
	}
}

static void flows_kept_are_as_their_rows(void **state)
{
	struct pc c;
	struct flow_row kept, row;
	size_t n = 0, as_part = 0;

	(void)state;
	pc_open(&c, 2);
	gate_keep(c.s->gate);
	add_all(&c);
	pc_run(&c, NULL);
	for (int64_t id = 1; store_flow_get(c.s, id, &kept); id++) {
		struct flow_row none = { .id = id };

		if (flow_keep_get(gate_flows(c.s->gate), id, &none)) {
			n++;
			flow_row_release(&none);
		}
		flow_keep_drop(gate_flows(c.s->gate), id);
		assert_true(store_flow_get(c.s, id, &row));
		assert_same(&kept, &row);
		as_part += row.as_part;
		flow_row_release(&kept);
		flow_row_release(&row);
	}
	assert_in_range(as_part, 60, 80);
	assert_in_range(n, 60, as_part - 2); /* not IPv6, nor the tunnel's */
	pc_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_kept_are_as_their_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
