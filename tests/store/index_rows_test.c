/* Every row that indexing writes comes back as it was put, in the order that
 * store.h promises. */
#include "store/message_pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/store/rows.h"

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

/* Else ids that are made of them run over. */
static void numbers_of_files_have_room_above(void **state)
{
	static const int64_t bad[] = { 0, -1, 1ll << 31, INT64_MIN, INT64_MAX };
	struct store *s = *state;
	struct err err = { 0 };
	size_t n;

	put_file(s, INT32_MAX, 1, true);
	file_rows_free(store_files(s, &n), 1);
	assert_int_equal(n, 1);
	assert_false(store_failed(s));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		put_file(s, bad[i], 1, true);
		file_rows_free(store_files(s, &n), 1);
		assert_int_equal(n, 1);
		assert_int_equal(store_commit(s, &err), -1);
		assert_non_null(strstr(err.text, "is damaged"));
		err = (struct err){ 0 };
		store_begin(s);
		put_file(s, bad[i], 1, true);
		part_cursor_free(store_parts(s, 1));
		assert_int_equal(store_commit(s, &err), -1);
		assert_non_null(strstr(err.text, "is damaged"));
		err = (struct err){ 0 };
		store_begin(s);
		put_file(s, INT32_MAX, 1, true);
	}
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
	assert_in_range(part_cursor_most(c), 1301, 4096);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(meta_keeps_the_last_value),
		T(points_in_path_order),
		T(files_keep_all_fields),
		T(numbers_of_files_have_room_above),
		T(qualities_come_by_file),
		T(parts_of_complete_files_in_order),
		T(part_cursor_lets_the_user_write),
		T(blocks_of_a_file_in_order_of_writing),
		T(icmp_errors_of_complete_files),
		T(dropped_file_is_gone_with_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
