/* Lines of evidence are those that the whole text would have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "correlate/session_lines.h"
#include "store/shelf_rows.h"

#define FLOWS 3 /* one at each point */

struct scene {
	struct pair_case c;
	struct point point[FLOWS];
	struct flow flow[FLOWS];
	struct link link[2];
	uint32_t start[FLOWS + 2], item[2];
	struct groups links;
};

static void open_scene(struct scene *t, uint32_t n_links)
{
	struct err err = { 0 };

	*t = (struct scene){ .item = { 0, 1 } };
	t->c.store = store_open(NULL, STORE_CREATE, &err);
	assert_non_null(t->c.store);
	store_begin(t->c.store);
	for (uint32_t p = 0; p < FLOWS; p++) {
		t->point[p].pos = (int)p + 1;
		t->point[p].base = p;
		t->point[p].n = 1;
		t->point[p].flow = &t->flow[p];
	}
	t->c.point = t->point;
	t->c.n = t->c.n_flows = FLOWS;
	t->c.link.at = t->link;
	t->c.link.n = n_links;
	for (uint32_t i = 0; i < 2; i++)
		t->link[i] = (struct link){ .a = i, .b = i + 1 };
	t->start[1] = n_links; /* all are of root 0 */
	t->links = (struct groups){ t->start, t->item };
}

/* The evidence of the session of root 0, as the case has it. */
static void assert_evidence(struct scene *t, const char *text)
{
	struct radix order = { 0, 0 };
	struct shelf_rows *rows = shelf_rows_new();
	struct session_row r = { .id = 1 }, g;
	struct buf packed = { 0 };
	struct lines x = { 0 };

	lines_find(&x, &t->c, &t->links, &order, 1);
	lines_pack(&x, &t->c, &t->links, 0, &packed);
	store_session_pack(&r, &packed, shelf_rows_of(rows, SHELF_SESSION));
	shelf_rows_pack(rows);
	shelf_rows_put(rows, t->c.store);
	assert_true(store_session_get(t->c.store, 1, &g));
	assert_string_equal(g.evidence, text);
	session_row_release(&g);
	lines_release(&x);
	buf_release(&packed);
	shelf_rows_free(rows);
	store_close(t->c.store);
}

static void each_kind_has_a_line(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t, 1);
	t.link[0].part[EV_ISN] = 28;
	t.link[0].part[EV_TIME] = -3;
	t.link[0].part[EV_AGAINST] = -120;
	assert_evidence(&t, "same initial sequence number: 28 bits\n"
			    "time does not fit the clocks well: -3 bits\n"
			    "contradictions: -120 bits");
}

static void both_numbers_have_a_line_of_their_own(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t, 1);
	t.link[0].part[EV_ISN] = 56;
	t.link[0].isn_equal[0] = t.link[0].isn_equal[1] = true;
	assert_evidence(&t, "same initial sequence numbers both ways: 56 bits");
}

static void several_links_name_their_points(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t, 2);
	t.link[0].part[EV_TURNS] = t.link[1].part[EV_TURNS] = 20;
	assert_evidence(&t, "point 1 to point 2:\n"
			    "same lengths of requests and responses: 20 bits\n"
			    "point 2 to point 3:\n"
			    "same lengths of requests and responses: 20 bits");
}

static void a_link_without_evidence_leaves_a_line_empty(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t, 2);
	assert_evidence(&t, "point 1 to point 2:\n\npoint 2 to point 3:");
}

static void no_link_no_evidence(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t, 0);
	assert_evidence(&t, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_has_a_line),
		cmocka_unit_test(both_numbers_have_a_line_of_their_own),
		cmocka_unit_test(several_links_name_their_points),
		cmocka_unit_test(a_link_without_evidence_leaves_a_line_empty),
		cmocka_unit_test(no_link_no_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
