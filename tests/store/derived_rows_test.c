/* Every row that pairing writes comes back as it was put. */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/shelf_rows.h"
#include "tests/store/rows.h"

static void flows_keep_parts_swaps_and_shifts(void **state)
{
	struct store *s = *state;
	struct flow_part part[3] = {
		{ .part = 256ll << 32 | 5, .shift = { 1ll << 32, -5 } },
		{ .part = 256ll << 32 | 4, .swap = true },
		{ .part = 7ll << 40, .shift = { 0, INT64_MIN } },
	};
	struct flow_row f = {
		.id = 3, .point = 2, .proto = 6, .tunnel = 0x81000001,
		.role = ROLE_PORT, .first_ns = -10, .last_ns = INT64_MAX,
		.packets = { 1, 2 }, .bytes = { 3, 1ull << 40 }, .n_parts = 3,
		.parts = part,
	}, g;
	uint8_t v6[16] = { 0x20, 1, 0x0d, 0xb8, 1 };

	f.client.addr = net_addr_v6(v6);
	f.client.port = 65535;
	f.server.addr = net_addr_v4(v6);
	f.server.port = 53;
	store_flow_put(s, &f);
	assert_true(store_flow_get(s, 3, &g));
	assert_int_equal(g.id, 3);
	assert_int_equal(g.point, 2);
	assert_int_equal(g.proto, 6);
	assert_int_equal(g.tunnel, 0x81000001);
	assert_int_equal(g.role, ROLE_PORT);
	assert_int_equal(net_end_cmp(&g.client, &f.client), 0);
	assert_int_equal(net_end_cmp(&g.server, &f.server), 0);
	assert_int_equal(g.first_ns, -10);
	assert_int_equal(g.last_ns, INT64_MAX);
	assert_int_equal(g.packets[1], 2);
	assert_int_equal(g.bytes[1], 1ull << 40);
	assert_int_equal(g.n_parts, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(g.parts[i].part, part[i].part);
		assert_int_equal(g.parts[i].swap, part[i].swap);
		assert_int_equal(g.parts[i].shift[0], part[i].shift[0]);
		assert_int_equal(g.parts[i].shift[1], part[i].shift[1]);
	}
	flow_row_release(&g);
	f.id = 4;
	f.n_parts = 1;
	f.parts = part + 1; /* one part, swapped */
	store_flow_put(s, &f);
	part[0].shift[0] = part[0].shift[1] = 0;
	f.id = 5;
	f.parts = part; /* one part as it stands */
	store_flow_put(s, &f);
	assert_true(store_flow_get(s, 4, &g));
	assert_true(g.parts->swap);
	flow_row_release(&g);
	assert_true(store_flow_get(s, 5, &g));
	assert_int_equal(g.n_parts, 1);
	assert_int_equal(g.parts->part, part->part);
	assert_false(g.parts->swap);
	flow_row_release(&g);
	assert_false(store_flow_get(s, 6, &g));
	flow_row_release(&g);
}

/* Its own values are not written. */
static void flow_may_be_its_part(void **state)
{
	struct store *s = *state;
	struct flow_part part = { .part = 256ll << 32 | 1 };
	struct flow_row f = { .id = 1,
			      .point = 2,
			      .role = ROLE_SYN,
			      .as_part = true,
			      .n_parts = 1,
			      .parts = &part },
			g;
	struct err err = { 0 };
	struct part p;

	put_file(s, 256, 1, true);
	put_part(s, 256, 1);
	assert_true(store_part_get(s, part.part, &p));
	store_flow_put(s, &f);
	assert_true(store_flow_get(s, 1, &g));
	assert_true(g.as_part);
	assert_int_equal(g.point, 2);
	assert_int_equal(g.role, ROLE_SYN);
	assert_int_equal(g.proto, p.proto);
	assert_int_equal(net_end_cmp(&g.client, &p.ends[0]), 0);
	assert_int_equal(net_end_cmp(&g.server, &p.ends[1]), 0);
	assert_int_equal(g.first_ns, p.first_ns);
	assert_int_equal(g.last_ns, p.last_ns);
	for (int d = 0; d < 2; d++) {
		assert_int_equal(g.packets[d], p.dir[d].packets);
		assert_int_equal(g.bytes[d], p.dir[d].bytes);
	}
	assert_int_equal(g.n_parts, 1);
	assert_int_equal(g.parts->part, part.part);
	flow_row_release(&g);
	f.id = 2;
	part.part++; /* there is none */
	store_flow_put(s, &f);
	assert_false(store_flow_get(s, 2, &g));
	assert_null(g.parts);
	assert_int_equal(store_commit(s, &err), -1);
	assert_non_null(strstr(err.text, "flow 2 is damaged"));
}

/* What other threads pack is as what the writer puts. */
static void packed_rows_come_back(void **state)
{
	struct store *s = *state;
	struct shelf_rows *rows = shelf_rows_new();
	struct flow_part part = { .part = 256ll << 32 | 5, .swap = true };
	struct flow_row f = { .id = 1,
			      .point = 2,
			      .proto = 6,
			      .n_parts = 1,
			      .parts = &part },
			back;
	struct session_flow flow = { .flow = 1, .point_pos = 1 };
	struct session_row r = { .id = 1,
				 .proto = 6,
				 .bits = 3,
				 .n_flows = 1,
				 .flows = &flow },
			   g;
	struct buf lines = { 0 };

	store_line_pack(s, "one", &lines);
	store_line_pack(s, "", &lines);
	store_line_pack(s, "three", &lines);
	store_flow_pack(s, &f, shelf_rows_of(rows, SHELF_FLOW));
	store_session_pack(&r, &lines, shelf_rows_of(rows, SHELF_SESSION));
	shelf_rows_pack(rows);
	shelf_rows_put(rows, s);
	assert_true(store_flow_get(s, 1, &back));
	assert_int_equal(back.proto, 6);
	assert_int_equal(back.parts[0].part, part.part);
	flow_row_release(&back);
	r.id = 2;
	r.evidence = word("one\n\nthree");
	store_session_put(s, &r);
	assert_int_equal(store_session_count(s), 2);
	for (int64_t id = 1; id <= 2; id++) {
		assert_true(store_session_get(s, id, &g));
		assert_true(g.bits == 3);
		assert_int_equal(g.flows[0].flow, 1);
		assert_string_equal(g.evidence, "one\n\nthree");
		session_row_release(&g);
	}
	buf_release(&lines);
	shelf_rows_free(rows);
}

static void sessions_keep_flows_and_rivals(void **state)
{
	struct store *s = *state;
	struct session_flow flow[3] = {
		{ .flow = 1, .point_pos = 1 },
		{ .flow = 9,
		  .point_pos = 3,
		  .seq_delta = { 0, UINT32_MAX },
		  .ts_delta = { 7, 8 },
		  .delta_known = { true, true },
		  .ts_known = { false, true } },
		{ .flow = 1ll << 33, .point_pos = 200 },
	};
	int64_t rivals[] = { 4, 1ll << 40 };
	struct session_row r = {
		.id = 1, .proto = 17, .verdict = PAIR_AMBIGUOUS,
		.kind = PAIR_RELAYED, .role = ROLE_FANIN, .client_end = -1,
		.bits = 12.25, .margin = 1e9, .evidence = word("a\nb"),
		.n_rivals = 2, .rivals = rivals, .n_flows = 3, .flows = flow,
	}, g;

	store_session_put(s, &r);
	r = (struct session_row){ .id = 2,
				  .verdict = PAIR_ALONE,
				  .client_end = 1,
				  .n_flows = 1,
				  .flows = flow };
	store_session_put(s, &r);
	assert_int_equal(store_session_count(s), 2);
	assert_true(store_session_get(s, 1, &g));
	assert_int_equal(g.proto, 17);
	assert_int_equal(g.verdict, PAIR_AMBIGUOUS);
	assert_int_equal(g.kind, PAIR_RELAYED);
	assert_int_equal(g.role, ROLE_FANIN);
	assert_int_equal(g.client_end, -1);
	assert_true(g.bits == 12.25);
	assert_true(g.margin == 1e9);
	assert_string_equal(g.evidence, "a\nb");
	assert_int_equal(g.n_rivals, 2);
	assert_int_equal(g.rivals[1], 1ll << 40);
	assert_int_equal(g.n_flows, 3);
	assert_int_equal(g.flows[1].flow, 9);
	assert_int_equal(g.flows[1].point_pos, 3);
	assert_true(g.flows[1].delta_known[1]);
	assert_int_equal(g.flows[1].seq_delta[1], UINT32_MAX);
	assert_false(g.flows[1].ts_known[0]);
	assert_true(g.flows[1].ts_known[1]);
	assert_int_equal(g.flows[1].ts_delta[1], 8);
	assert_false(g.flows[0].delta_known[0]);
	assert_int_equal(g.flows[2].flow, 1ll << 33);
	session_row_release(&g);
	assert_true(store_session_get(s, 2, &g));
	assert_int_equal(g.client_end, 1);
	assert_string_equal(g.evidence, "");
	assert_int_equal(g.n_rivals, 0);
	session_row_release(&g);
	assert_false(store_session_get(s, 3, &g));
	session_row_release(&g);
}

/* The number of their bytes takes one byte, or two: about the 128th, too. */
static void sessions_keep_any_number_of_flows(void **state)
{
	struct store *s = *state;
	struct session_flow flow[40];
	struct session_row g;

	for (unsigned i = 0; i < 40; i++)
		flow[i] = (struct session_flow){
			.flow = 1 + i,
			.point_pos = 1 + (int)i,
			.seq_delta = { i % 3 ? i : 0, 0 },
			.delta_known = { i % 2, false },
		};
	for (size_t n = 1; n <= 40; n++)
		store_session_put(s, &(struct session_row){ .id = (int64_t)n,
							    .n_flows = n,
							    .flows = flow });
	for (size_t n = 1; n <= 40; n++) {
		assert_true(store_session_get(s, (int64_t)n, &g));
		assert_int_equal(g.n_flows, n);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(g.flows[i].flow, 1 + i);
			assert_int_equal(g.flows[i].point_pos, 1 + i);
			assert_int_equal(g.flows[i].delta_known[0], i % 2);
			assert_int_equal(g.flows[i].seq_delta[0],
					 i % 2 && i % 3 ? i : 0);
		}
		session_row_release(&g);
	}
}

static void evidence_is_kept_whatever_its_lines(void **state)
{
	struct store *s = *state;
	struct session_row r = { 0 }, g;
	struct err err = { 0 };
	char text[64];

	/* more different lines than there are phrases, most of them twice */
	for (int i = 0; i < 9000; i++) {
		snprintf(text, sizeof text, "same\nline %d\n\nlast", i / 2);
		r.id = i + 1;
		r.evidence = text;
		store_session_put(s, &r);
		if (i == 4000) {
			assert_int_equal(store_commit(s, &err), 0);
			store_begin(s);
		}
	}
	for (int i = 0; i < 9000; i += 7) {
		snprintf(text, sizeof text, "same\nline %d\n\nlast", i / 2);
		assert_true(store_session_get(s, i + 1, &g));
		assert_string_equal(g.evidence, text);
		session_row_release(&g);
	}
	store_derived_clear(s);
	r.id = 1;
	store_session_put(s, &r);
	assert_true(store_session_get(s, 1, &g));
	assert_string_equal(g.evidence, r.evidence);
	session_row_release(&g);
}

static void phrases_of_a_rolled_back_transaction_are_forgotten(void **state)
{
	struct store *s = *state;
	struct err err = { 0 };
	char old[] = "old", new[] = "new";
	struct session_row r = { .id = 1, .evidence = old }, g;
	struct buf none = { 0 };

	store_session_put(s, &r);
	store_match_put(s, 1, UINT32_MAX, &none); /* no such chunk */
	assert_int_equal(store_commit(s, &err), -1);
	store_begin(s);
	r.evidence = new;
	store_session_put(s, &r);
	err = (struct err){ 0 };
	assert_int_equal(store_commit(s, &err), 0);

	struct store *reader = store_reader(s, &err);

	assert_true(store_session_get(reader, 1, &g));
	assert_string_equal(g.evidence, "new");
	session_row_release(&g);
	store_close(reader);
}

static void clocks_in_path_order_with_their_pieces(void **state)
{
	struct store *s = *state;
	struct point_row p[2] = { { .pos = 2, .name = word("b") },
				  { .pos = 1, .name = word("a") } };
	struct clock_piece piece[2] = {
		{ .from_ns = 1,
		  .to_ns = 2,
		  .at_ns = 3,
		  .offset_ns = -4,
		  .offset_low_ns = INT64_MIN,
		  .offset_high_ns = INT64_MAX,
		  .drift_ppm = 0.5,
		  .drift_low_ppm = -1.25,
		  .drift_high_ppm = 1e6,
		  .n_knots = CLOCK_KNOTS,
		  .place = { 1, 1ull << 62 },
		  .first_place = { 7, 8 } },
		{ .from_ns = 5,
		  .to_ns = 6,
		  .at_ns = 7,
		  .offset_ns = 8,
		  .offset_low_ns = 9,
		  .offset_high_ns = 10,
		  .joined = true },
	};
	struct clock_row c = { .status = CLOCK_FITTED,
			       .resolution_ns = 15625000,
			       .slack_ns = 3,
			       .low_known = true,
			       .n = 2,
			       .piece = piece };
	struct clock_row *v;
	size_t n;

	for (int i = 0; i < CLOCK_KNOTS; i++) {
		piece[0].knot_low_ns[i] = i ? -i : INT64_MIN;
		piece[0].knot_high_ns[i] = i ? i : INT64_MAX;
	}
	c.point = store_point_put(s, &p[0]);
	store_clock_put(s, &c);
	store_clock_put(s, &c); /* again: replaces */
	c = (struct clock_row){ .status = CLOCK_NONE };
	c.point = store_point_put(s, &p[1]);
	store_clock_put(s, &c);
	v = store_clocks(s, &n);
	assert_int_equal(n, 2);
	assert_int_equal(v[0].point, 2);
	assert_int_equal(v[0].status, CLOCK_NONE);
	assert_int_equal(v[0].n, 0);
	assert_int_equal(v[1].status, CLOCK_FITTED);
	assert_int_equal(v[1].resolution_ns, 15625000);
	assert_int_equal(v[1].slack_ns, 3);
	assert_true(v[1].low_known);
	assert_false(v[1].high_known);
	assert_int_equal(v[1].n, 2);
	assert_memory_equal(v[1].piece, piece, sizeof piece);
	clock_rows_free(v, n);
}

static void matches_and_figures_by_session(void **state)
{
	struct store *s = *state;
	uint8_t bytes[] = { 9, 8 };
	struct buf b = { bytes, 2, 2 }, got = { 0 };

	store_match_put(s, 5, 0, &b);
	b.n = 1;
	store_match_put(s, 5, 1, &b);
	store_match_put(s, 6, 0, &b);
	assert_true(store_match_read(s, 5, 0, &got));
	assert_int_equal(got.n, 2);
	assert_memory_equal(got.at, bytes, 2);
	assert_true(store_match_read(s, 5, 1, &got));
	assert_int_equal(got.n, 1);
	assert_false(store_match_read(s, 5, 2, &got));
	assert_false(store_match_read(s, 5, UINT32_MAX, &got));
	assert_false(store_match_read(s, 4, 0, &got));
	assert_false(store_stat_read(s, 0, &got));
	store_stat_put(s, 0, &b);
	b.n = 2;
	store_stat_put(s, 0, &b);
	assert_true(store_stat_read(s, 0, &got));
	assert_int_equal(got.n, 2);
	buf_release(&got);
}

static void put_finding(struct store *s, int64_t id)
{
	int64_t sessions[] = { 3, 1, 2 };
	char *places[] = { word("the hop"), word("the firewall") };
	char *next[] = { word("ask") };
	struct evidence_row e[] = {
		{ .point = 1,
		  .file = 256,
		  .frame = 17,
		  .time_ns = -1,
		  .note = word("SYN") },
		{ .point = 2, .file = 512, .note = word("file") },
	};
	struct filter_row f[] = { { 1, 256, word("tcp.port==80") } };
	struct finding_row r = {
		.id = id,
		.rule = word("loss.path"),
		.severity = SEV_HIGH,
		.title = word("t"),
		.text = word("x"),
		.hop_from = 1,
		.hop_to = 2,
		.against = word(""),
		.measure = word("{}"),
		.n_sessions = 3,
		.sessions = sessions,
		.n_places = 2,
		.places = places,
		.n_next = 1,
		.next = next,
		.n_evidence = 2,
		.evidence = e,
		.n_filters = 1,
		.filters = f,
	};

	store_finding_put(s, &r);
}

static void relays_by_front_then_back(void **state)
{
	struct store *s = *state;
	const struct relay_row r = {
		.front = 7,
		.back = 3,
		.exchanges = 1ull << 40,
		.bits = 12.5,
		.sure = true,
		.form = true,
		.added_min = 1,
		.added_median = 2,
		.added_p95 = 3,
		.added_max = INT64_MAX,
		.end = { { 1, 4, 256ll << 32 | 5, 6, -7 },
			 { 2, 8, 9, 10, INT64_MIN } },
	};
	struct relay_row *out;
	size_t n;

	store_relay_put(s, &r);
	store_relay_put(s, &(struct relay_row){ .front = 7, .back = 2 });
	store_relay_put(s, &(struct relay_row){ .front = 5, .back = 5 });
	out = store_relays(s, &n);
	assert_int_equal(n, 3);
	assert_int_equal(out[0].front, 5);
	assert_int_equal(out[1].back, 2);
	assert_int_equal(out[2].exchanges, r.exchanges);
	assert_true(out[2].bits == 12.5 && out[2].sure && !out[1].sure);
	assert_true(out[2].form && !out[1].form);
	assert_int_equal(out[2].added_min, 1);
	assert_int_equal(out[2].added_median, 2);
	assert_int_equal(out[2].added_p95, 3);
	assert_int_equal(out[2].added_max, INT64_MAX);
	for (int k = 0; k < 2; k++) {
		assert_int_equal(out[2].end[k].point_pos, r.end[k].point_pos);
		assert_int_equal(out[2].end[k].exchanges, r.end[k].exchanges);
		assert_int_equal(out[2].end[k].part, r.end[k].part);
		assert_int_equal(out[2].end[k].frame, r.end[k].frame);
		assert_int_equal(out[2].end[k].time_ns, r.end[k].time_ns);
	}
	free(out);
}

static void findings_keep_what_hangs_on_them(void **state)
{
	struct store *s = *state;
	struct finding_row *v;
	size_t n;

	put_finding(s, 2);
	put_finding(s, 1);
	v = store_findings(s, &n);
	assert_int_equal(n, 2);
	assert_int_equal(v[0].id, 1);
	assert_string_equal(v[1].rule, "loss.path");
	assert_int_equal(v[1].severity, SEV_HIGH);
	assert_string_equal(v[1].title, "t");
	assert_string_equal(v[1].text, "x");
	assert_int_equal(v[1].hop_from, 1);
	assert_int_equal(v[1].hop_to, 2);
	assert_string_equal(v[1].against, "");
	assert_string_equal(v[1].measure, "{}");
	assert_int_equal(v[1].n_sessions, 3);
	assert_int_equal(v[1].sessions[0], 3);
	assert_int_equal(v[1].n_places, 2);
	assert_string_equal(v[1].places[1], "the firewall");
	assert_int_equal(v[1].n_next, 1);
	assert_string_equal(v[1].next[0], "ask");
	assert_int_equal(v[1].n_evidence, 2);
	assert_int_equal(v[1].evidence[0].frame, 17);
	assert_int_equal(v[1].evidence[0].time_ns, -1);
	assert_string_equal(v[1].evidence[1].note, "file");
	assert_int_equal(v[1].n_filters, 1);
	assert_string_equal(v[1].filters[0].filter, "tcp.port==80");
	finding_rows_free(v, n);
}

static void clearing_leaves_what_indexing_wrote(void **state)
{
	struct store *s = *state;
	struct flow_part part = { .part = 1 };
	struct flow_row f = { .id = 1, .n_parts = 1, .parts = &part }, g;
	struct session_row r = { .id = 1 };
	struct clock_row c = { .point = 1 };
	struct buf b = { 0 };
	size_t n;

	put_file(s, 256, 1, true);
	put_part(s, 256, 1);
	store_flow_put(s, &f);
	store_session_put(s, &r);
	store_clock_put(s, &c);
	store_match_put(s, 1, 0, &b);
	store_stat_put(s, 1, &b);
	put_finding(s, 1);
	store_derived_clear(s);
	assert_false(store_flow_get(s, 1, &g));
	assert_int_equal(store_session_count(s), 0);
	assert_false(store_match_read(s, 1, 0, &b));
	assert_false(store_stat_read(s, 1, &b));
	finding_rows_free(store_findings(s, &n), 0);
	assert_int_equal(n, 0);
	file_rows_free(store_files(s, &n), 1);
	assert_int_equal(n, 1);
	store_flow_put(s, &f);
	put_finding(s, 1);
	assert_false(store_failed(s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(flows_keep_parts_swaps_and_shifts),
		T(flow_may_be_its_part),
		T(packed_rows_come_back),
		T(sessions_keep_flows_and_rivals),
		T(sessions_keep_any_number_of_flows),
		T(evidence_is_kept_whatever_its_lines),
		T(phrases_of_a_rolled_back_transaction_are_forgotten),
		T(clocks_in_path_order_with_their_pieces),
		T(matches_and_figures_by_session),
		T(relays_by_front_then_back),
		T(findings_keep_what_hangs_on_them),
		T(clearing_leaves_what_indexing_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
