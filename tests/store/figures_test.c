/* Figures: packing is lossless, empty ones are small, merging adds. */
#include "store/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct hop_figures some_hop(void)
{
	struct hop_figures h = { .from_pos = 1, .to_pos = 3, .span = true };
	struct hop_way *w = &h.way[1];

	hist_add(&h.rtt, 1000000);
	hist_add(&h.rtt, 3000000);
	w->able = true;
	w->tx.n[FATE_DELIVERED] = 10;
	w->tx.n[FATE_LOST] = 2;
	w->bytes.n[FATE_DELIVERED] = 14480;
	w->tx.reordered = 1;
	w->by_kind[KIND_SYN][FATE_LOST] = 2;
	w->changed[7] = 5;
	w->max_delivered = 1500;
	w->min_lost = 1400;
	w->max_lost = 1500;
	w->astray = 300;
	w->delay_slack_ns = 77;
	w->ttl_known = true;
	w->ttl_drop_min = 0;
	w->ttl_drop_max = 1;
	hist_add(&w->delay, -5000);
	return h;
}

static void all_fields_come_back(void **state)
{
	struct hop_figures h = some_hop();
	struct figures f = { 1, &h, 1 }, g;
	struct buf b = { 0 };
	struct cursor in;
	const struct hop_way *w;

	(void)state;
	figures_pack(&f, &b);
	in = cursor_of(b.at, b.n);
	assert_int_equal(figures_unpack(&g, &in), 0);
	assert_int_equal(cursor_left(&in), 0);
	assert_int_equal(g.n, 1);
	assert_int_equal(g.hop->from_pos, 1);
	assert_int_equal(g.hop->to_pos, 3);
	assert_true(g.hop->span);
	assert_int_equal(g.hop->rtt.n, 2);
	assert_int_equal(g.hop->rtt.max, 3000000);
	assert_false(g.hop->way[0].able);
	w = &g.hop->way[1];
	assert_true(w->able);
	assert_memory_equal(&w->tx, &h.way[1].tx, sizeof w->tx);
	assert_memory_equal(&w->bytes, &h.way[1].bytes, sizeof w->bytes);
	assert_memory_equal(w->by_kind, h.way[1].by_kind, sizeof w->by_kind);
	assert_memory_equal(w->changed, h.way[1].changed, sizeof w->changed);
	assert_int_equal(w->max_delivered, 1500);
	assert_int_equal(w->min_lost, 1400);
	assert_int_equal(w->max_lost, 1500);
	assert_int_equal(w->astray, 300);
	assert_int_equal(w->delay_slack_ns, 77);
	assert_true(w->ttl_known);
	assert_false(g.hop[0].way[0].ttl_known);
	assert_int_equal(w->ttl_drop_max, 1);
	assert_int_equal(w->delay.min, -5000);
	figures_release(&g);
	hist_release(&h.rtt);
	hist_release(&h.way[1].delay);
	buf_release(&b);
}

static void quiet_hop_takes_few_bytes(void **state)
{
	struct hop_figures h = { .from_pos = 1, .to_pos = 2 };
	struct figures f = { 1, &h, 1 };
	struct buf b = { 0 };

	(void)state;
	h.way[0].able = true;
	h.way[0].tx.n[FATE_DELIVERED] = 3;
	h.way[0].segments.n[FATE_DELIVERED] = 3;
	h.way[0].by_kind[KIND_DATAGRAM][FATE_DELIVERED] = 3;
	figures_pack(&f, &b);
	assert_true(b.n <= 8);
	buf_release(&b);
}

static void merging_adds_and_keeps_extremes(void **state)
{
	struct hop_figures a = { 0 }, b = some_hop();

	(void)state;
	figures_merge(&a, &b);
	b.way[1].min_lost = 1300;
	b.way[1].ttl_drop_min = b.way[1].ttl_drop_max = 4;
	figures_merge(&a, &b);
	b.way[1].ttl_known = false; /* of a device that writes its own */
	b.way[1].ttl_drop_max = 9;
	b.way[1].tx.n[FATE_DELIVERED] = 0;
	assert_int_equal(a.from_pos, 1);
	assert_int_equal(a.to_pos, 3);
	assert_true(a.span);
	assert_int_equal(a.rtt.n, 4);
	assert_int_equal(a.way[1].tx.n[FATE_DELIVERED], 20);
	assert_int_equal(a.way[1].by_kind[KIND_SYN][FATE_LOST], 4);
	assert_int_equal(a.way[1].min_lost, 1300);
	assert_int_equal(a.way[1].ttl_drop_min, 0);
	assert_int_equal(a.way[1].ttl_drop_max, 4);
	assert_int_equal(a.way[1].delay.n, 2);
	for (int i = 0; i < 2; i++) {
		struct hop_figures *h = i ? &a : &b;

		hist_release(&h->rtt);
		hist_release(&h->way[1].delay);
	}
}

static void nothing_lost_has_no_least_lost(void **state)
{
	struct hop_figures a = { 0 }, b = { .from_pos = 1, .to_pos = 2 };

	(void)state;
	a.way[0].min_lost = 900;
	figures_merge(&a, &b);
	assert_int_equal(a.way[0].min_lost, 900);
}

/* Whatever bytes it is given, with few delays or many. */
static void without_delays_it_is_the_same(void **state)
{
	struct hop_figures h[2] = { some_hop(), some_hop() };
	struct figures f = { 2, h, 2 };
	struct buf b = { 0 };
	struct figures y = { 0 }; /* its memory serves again and again */
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 30; i++)
		hist_add(&h[0].way[1].delay, i * 1000000);
	figures_pack(&f, &b);
	for (int i = 0; i < 5000; i++) {
		size_t at = (seed = seed * 1103515245 + 12345) % b.n;
		uint8_t was = b.at[at];
		struct cursor all = cursor_of(b.at, b.n), counts = all;
		struct figures x;
		int ret;

		if (i)
			b.at[at] = (uint8_t)(seed >> 16);
		ret = figures_unpack(&x, &all);
		assert_int_equal(figures_unpack_counts(&y, &counts), ret);
		b.at[at] = was;
		if (ret)
			continue;
		assert_ptr_equal(all.at, counts.at);
		assert_int_equal(x.n, y.n);
		for (size_t k = 0; k < x.n; k++)
			for (int d = 0; d < 2; d++) {
				hist_release(&x.hop[k].way[d].delay);
				assert_int_equal(y.hop[k].way[d].delay.n, 0);
				assert_memory_equal(&x.hop[k].way[d],
						    &y.hop[k].way[d],
						    sizeof x.hop[k].way[d]);
			}
		figures_release(&x);
		figures_clear(&y);
	}
	figures_release(&y);
	for (int i = 0; i < 2; i++) {
		hist_release(&h[i].rtt);
		hist_release(&h[i].way[1].delay);
	}
	buf_release(&b);
}

static void damaged_bytes_are_refused_or_possible(void **state)
{
	struct hop_figures h[2] = { some_hop(), some_hop() };
	struct figures f = { 2, h, 2 }, g;
	struct buf b = { 0 };
	uint32_t seed = 1;

	(void)state;
	figures_pack(&f, &b);
	for (size_t n = 0; n < b.n; n++) {
		struct cursor in = cursor_of(b.at, n);

		assert_int_equal(figures_unpack(&g, &in), -1);
	}
	for (int i = 0; i < 5000; i++) {
		size_t at = (seed = seed * 1103515245 + 12345) % b.n;
		uint8_t was = b.at[at];
		struct cursor in = cursor_of(b.at, b.n);

		b.at[at] = (uint8_t)(seed >> 16);
		if (!figures_unpack(&g, &in))
			figures_release(&g);
		b.at[at] = was;
	}
	for (int i = 0; i < 2; i++) {
		hist_release(&h[i].rtt);
		hist_release(&h[i].way[1].delay);
	}
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_fields_come_back),
		cmocka_unit_test(quiet_hop_takes_few_bytes),
		cmocka_unit_test(merging_adds_and_keeps_extremes),
		cmocka_unit_test(nothing_lost_has_no_least_lost),
		cmocka_unit_test(without_delays_it_is_the_same),
		cmocka_unit_test(damaged_bytes_are_refused_or_possible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
