/* Every row comes back as it was put, in the order that store.h promises. */
#include "store/message_pack.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

/* One empty case for each test. */
static int setup(void **state)
{
	struct err err = { 0 };

	*state = store_open(NULL, STORE_CREATE, &err);
	if (*state)
		store_begin(*state);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct err err = { 0 };
	int ret = store_commit(*state, &err);

	store_close(*state);
	return ret;
}

static char *word(const char *s)
{
	static char buffers[32][64];
	static unsigned at;
	char *b = buffers[at++ % 32];

	strncpy(b, s, 63);
	return b;
}

static void put_file(struct store *s, int64_t id, int64_t point, bool complete)
{
	struct file_row f = { .id = id,
			      .point = point,
			      .path = word("p"),
			      .digest = word("d"),
			      .complete = complete };

	store_file_put(s, &f);
}

static void put_part(struct store *s, int64_t file, uint32_t number)
{
	struct part p = { .proto = 17,
			  .first_frame = number,
			  .last_frame = number };
	struct buf b = { 0 };

	p.dir[0].packets = 1;
	part_pack(&p, &b);
	store_part_put(s, file, number, &b);
	buf_release(&b);
}

/* --- indexing --- */

static void meta_keeps_the_last_value(void **state)
{
	struct store *s = *state;
	char *v = store_meta_get(s, "tool");

	assert_string_equal(v, "");
	free(v);
	store_meta_set(s, "tool", "1");
	store_meta_set(s, "tool", "2");
	v = store_meta_get(s, "tool");
	assert_string_equal(v, "2");
	free(v);
}

static void points_in_path_order(void **state)
{
	struct store *s = *state;
	struct point_row a = { .pos = 2, .name = word("server") };
	struct point_row b = { .pos = 1,
			       .name = word("client"),
			       .on_host = true,
			       .clock = word("same:x") };
	struct point_row *p;
	size_t n;

	a.id = store_point_put(s, &a);
	b.id = store_point_put(s, &b);
	assert_int_equal(a.id, 1);
	assert_int_equal(b.id, 2);
	p = store_points(s, &n);
	assert_int_equal(n, 2);
	assert_string_equal(p[0].name, "client");
	assert_true(p[0].on_host);
	assert_string_equal(p[0].clock, "same:x");
	assert_int_equal(p[1].id, 1);
	assert_null(p[1].clock);
	point_rows_free(p, n);
	a.name = word("other");
	a.pos = 0;
	assert_int_equal(store_point_put(s, &a), 1);
	p = store_points(s, &n);
	assert_int_equal(n, 2);
	assert_string_equal(p[0].name, "other");
	point_rows_free(p, n);
}

static void files_keep_all_fields(void **state)
{
	struct store *s = *state;
	struct file_row f = {
		.id = 257,
		.point = 3,
		.path = word("a.pcap"),
		.iface = word("eth0"),
		.digest = word("0123"),
		.size = 1ull << 40,
		.packets = 9,
		.kept = 8,
		.bytes = 7,
		.not_ip = 6,
		.first_ns = -5,
		.last_ns = INT64_MAX,
		.snaplen = UINT32_MAX,
		.linktype = 276,
		.resolution_ns = 15625000,
		.dropped = 4,
		.dropped_known = true,
		.filtered = true,
		.complete = false,
	};
	struct file_row *v;
	size_t n;

	store_file_put(s, &f);
	f.complete = true;
	store_file_put(s, &f);
	put_file(s, 2, 1, false);
	v = store_files(s, &n);
	assert_int_equal(n, 2);
	assert_int_equal(v[0].id, 2);
	assert_null(v[0].iface);
	assert_false(v[0].dropped_known);
	assert_false(v[0].complete);
	assert_string_equal(v[1].path, "a.pcap");
	assert_string_equal(v[1].iface, "eth0");
	assert_string_equal(v[1].digest, "0123");
	assert_int_equal(v[1].point, 3);
	assert_int_equal(v[1].size, 1ull << 40);
	assert_int_equal(v[1].packets, 9);
	assert_int_equal(v[1].kept, 8);
	assert_int_equal(v[1].bytes, 7);
	assert_int_equal(v[1].not_ip, 6);
	assert_int_equal(v[1].first_ns, -5);
	assert_int_equal(v[1].last_ns, INT64_MAX);
	assert_int_equal(v[1].snaplen, UINT32_MAX);
	assert_int_equal(v[1].linktype, 276);
	assert_int_equal(v[1].resolution_ns, 15625000);
	assert_int_equal(v[1].dropped, 4);
	assert_true(v[1].dropped_known);
	assert_true(v[1].filtered);
	assert_true(v[1].complete);
	file_rows_free(v, n);
}

static void qualities_come_by_file(void **state)
{
	struct store *s = *state;
	struct quality_row q = { .file = 9,
				 .what = word("cut-record"),
				 .text = word("cut"),
				 .count = 2,
				 .first_frame = 77,
				 .from_ns = 1,
				 .to_ns = 2 };
	struct quality_row *v;
	size_t n;

	store_quality_put(s, &q);
	q.file = 0;
	store_quality_put(s, &q);
	v = store_qualities(s, &n);
	assert_int_equal(n, 2);
	assert_int_equal(v[0].file, 0);
	assert_int_equal(v[1].file, 9);
	assert_string_equal(v[1].what, "cut-record");
	assert_string_equal(v[1].text, "cut");
	assert_int_equal(v[1].count, 2);
	assert_int_equal(v[1].first_frame, 77);
	assert_int_equal(v[1].from_ns, 1);
	assert_int_equal(v[1].to_ns, 2);
	quality_rows_free(v, n);
}

static void parts_of_complete_files_in_order(void **state)
{
	struct store *s = *state;
	struct part_cursor *c;
	struct part p;
	uint32_t want = 0;

	put_file(s, 256, 1, true);
	put_file(s, 512, 1, false);
	put_file(s, 768, 2, true);
	put_file(s, 1024, 1, true);
	put_file(s, 1280, 1, true);
	/* more than a batch, then one; another point's; an incomplete one */
	for (uint32_t i = 1; i <= 1300; i++)
		put_part(s, 256, i);
	put_part(s, 512, 1);
	put_part(s, 768, 1);
	put_part(s, 1280, 1);
	c = store_parts(s, 1);
	while (part_cursor_next(c, &p)) {
		want++;
		assert_int_equal(p.number, want <= 1300 ? want : 1);
		assert_int_equal(p.file, want <= 1300 ? 256 : 1280);
		assert_int_equal(p.id, p.file << 32 | p.number);
		assert_int_equal(p.first_frame, p.number);
		assert_int_equal(p.proto, 17);
	}
	assert_int_equal(want, 1301);
	part_cursor_free(c);
	assert_true(store_part_get(s, 768ll << 32 | 1, &p));
	assert_int_equal(p.file, 768);
	assert_false(store_part_get(s, 768ll << 32 | 2, &p));
}

static void part_cursor_lets_the_user_write(void **state)
{
	struct store *s = *state;
	struct part_cursor *c;
	struct part p;
	int n = 0;

	put_file(s, 256, 1, true);
	for (uint32_t i = 1; i <= 600; i++)
		put_part(s, 256, i);
	c = store_parts(s, 1);
	while (part_cursor_next(c, &p)) {
		store_meta_set(s, "k", "v");
		n++;
	}
	part_cursor_free(c);
	assert_int_equal(n, 600);
	assert_false(store_failed(s));
}

static void blocks_of_a_file_in_order_of_writing(void **state)
{
	struct store *s = *state;
	uint8_t bytes[] = { 1, 2, 3 };
	struct buf data = { bytes, 3, 3 }, got = { 0 };
	struct block_row b = { .file = 256,
			       .part_min = 3,
			       .part_max = 9,
			       .dir = 2,
			       .n = 4096,
			       .frame_min = 1ull << 33,
			       .frame_max = 1ull << 34,
			       .time_min = -1,
			       .time_max = 5,
			       .seq_min = 1,
			       .seq_max = 1ull << 63 };
	struct block_row *v;
	size_t n;

	put_file(s, 256, 1, true);
	put_file(s, 512, 1, false);
	for (uint32_t i = 0; i < 3; i++) {
		b.file = 256;
		b.part_min = i;
		store_block_put(s, &b, &data);
		b.file = 512;
		store_block_put(s, &b, &data);
	}
	v = store_blocks(s, 256, &n);
	assert_int_equal(n, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(v[i].part_min, i);
		assert_int_equal(v[i].file, 256);
	}
	assert_int_equal(v[2].part_max, 9);
	assert_int_equal(v[2].dir, 2);
	assert_int_equal(v[2].n, 4096);
	assert_int_equal(v[2].frame_min, 1ull << 33);
	assert_int_equal(v[2].frame_max, 1ull << 34);
	assert_int_equal(v[2].time_min, -1);
	assert_int_equal(v[2].time_max, 5);
	assert_int_equal(v[2].seq_min, 1);
	assert_int_equal(v[2].seq_max, 1ull << 63);
	assert_int_equal(store_block_read(s, v[2].id, &got), 0);
	assert_int_equal(got.n, 3);
	assert_memory_equal(got.at, bytes, 3);
	free(v);
	v = store_blocks(s, 512, &n); /* incomplete */
	assert_int_equal(n, 0);
	free(v);
	buf_release(&got);
}

static void put_message(struct store *s, int64_t file, const struct message *m)
{
	struct message_block_row row = { .file = file,
					 .part_min = m->part,
					 .part_max = m->part,
					 .n = 1,
					 .protos = 1u << m->proto };
	struct buf b = { 0 };

	messages_pack(m, 1, &b);
	store_messages_put(s, &row, &b);
	buf_release(&b);
}

static void icmp_errors_of_complete_files(void **state)
{
	struct store *s = *state;
	struct message m = {
		.part = 7,
		.dir = 1,
		.off = 1ull << 32,
		.len = 9,
		.first_frame = 20,
		.last_frame = 21,
		.first_ns = 3,
		.last_ns = 4,
		.proto = MESSAGE_ICMP,
		.kind = MESSAGE_NOTICE,
		.msg_id = 1400,
		.status = MESSAGE_ICMP_STATUS(3, 4),
		.name = "10.0.0.1",
	};
	struct message_row *v;
	size_t n;

	put_file(s, 256, 1, true);
	put_file(s, 512, 2, true);
	put_file(s, 768, 2, false);
	put_message(s, 256, &m);
	m.name = NULL;
	put_message(s, 512, &m);
	put_message(s, 768, &m);
	m.proto = MESSAGE_DNS;
	put_message(s, 256, &m);
	v = store_icmp(s, &n);
	assert_int_equal(n, 2); /* the incomplete file's is not there */
	assert_int_equal(v[0].file, 256);
	assert_int_equal(v[0].m.part, 7);
	assert_int_equal(v[0].m.dir, 1);
	assert_int_equal(v[0].m.off, 1ull << 32);
	assert_int_equal(v[0].m.len, 9);
	assert_int_equal(v[0].m.first_frame, 20);
	assert_int_equal(v[0].m.last_frame, 21);
	assert_int_equal(v[0].m.first_ns, 3);
	assert_int_equal(v[0].m.last_ns, 4);
	assert_int_equal(v[0].m.msg_id, 1400);
	assert_int_equal(MESSAGE_ICMP_CODE(v[0].m.status), 4);
	assert_string_equal(v[0].name, "10.0.0.1");
	assert_int_equal(v[1].file, 512);
	assert_null(v[1].name);
	message_rows_free(v, n);
}

static void dropped_file_is_gone_with_all_of_it(void **state)
{
	struct store *s = *state;
	struct buf data = { 0 };
	struct block_row b = { .file = 256 };
	struct quality_row q = { .file = 256,
				 .what = word("a"),
				 .text = word("b") };
	struct quality_row *quality;
	struct block_row *block;
	struct part p;
	size_t n;

	put_file(s, 256, 1, true);
	put_file(s, 257, 1, true);
	put_part(s, 256, 1);
	put_part(s, 257, 1);
	store_block_put(s, &b, &data);
	b.file = 257;
	store_block_put(s, &b, &data);
	store_quality_put(s, &q);
	store_file_drop(s, 256);
	file_rows_free(store_files(s, &n), 1);
	assert_int_equal(n, 1);
	assert_false(store_part_get(s, 256ll << 32 | 1, &p));
	assert_true(store_part_get(s, 257ll << 32 | 1, &p));
	quality = store_qualities(s, &n);
	assert_int_equal(n, 0);
	quality_rows_free(quality, n);
	block = store_blocks(s, 257, &n);
	assert_int_equal(n, 1);
	free(block);
	put_file(s, 256, 1, true);
	block = store_blocks(s, 256, &n);
	assert_int_equal(n, 0);
	free(block);
}

/* --- derivation --- */

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

	store_session_put(s, &r);
	store_session_put(s, &r); /* there already */
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
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(meta_keeps_the_last_value),
		T(points_in_path_order),
		T(files_keep_all_fields),
		T(qualities_come_by_file),
		T(parts_of_complete_files_in_order),
		T(part_cursor_lets_the_user_write),
		T(blocks_of_a_file_in_order_of_writing),
		T(icmp_errors_of_complete_files),
		T(dropped_file_is_gone_with_all_of_it),
		T(flows_keep_parts_swaps_and_shifts),
		T(flow_may_be_its_part),
		T(sessions_keep_flows_and_rivals),
		T(evidence_is_kept_whatever_its_lines),
		T(phrases_of_a_rolled_back_transaction_are_forgotten),
		T(clocks_in_path_order_with_their_pieces),
		T(matches_and_figures_by_session),
		T(findings_keep_what_hangs_on_them),
		T(clearing_leaves_what_indexing_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
