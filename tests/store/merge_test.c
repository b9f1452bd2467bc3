/* Merging: rows under new numbers, names, what is refused and left out. */
#include "store/merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "store/message_pack.h"
#include "tests/store/sample_case.h"

static char said[512];

static void keep_notice(void *ctx, const char *text)
{
	(void)ctx;
	snprintf(said, sizeof said, "%s", text);
}

static const struct merge_options apart = { .notice = keep_notice };
static const struct merge_options joined = { .join = true,
					     .notice = keep_notice };

/* A temporary case with the points of @names (NULL: end), file k of point k
 * with digest @digest and k, one part, one message, one line of quality. */
static struct store *case_of(const char *digest, const char *const *names)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	said[0] = '\0';
	store_begin(s);
	for (int k = 0; names[k]; k++) {
		char *sum = mem_printf("%s%d", digest, k);
		char name[16], path[] = "a.pcap", text[] = "cut";
		struct buf packed = { 0 };

		snprintf(name, sizeof name, "%s", names[k]);
		struct point_row p = { .name = name, .pos = k + 1 };
		struct file_row f = { .id = (int64_t)(k + 1) << 8,
				      .point = store_point_put(s, &p),
				      .path = path,
				      .digest = sum,
				      .packets = 1,
				      .complete = true };
		struct message m = { .part = 1,
				     .proto = MESSAGE_ICMP,
				     .first_frame = (uint64_t)k + 7 };
		struct message_block_row messages = {
			.file = f.id,
			.part_min = 1,
			.part_max = 1,
			.n = 1,
			.protos = 1u << MESSAGE_ICMP,
		};
		struct quality_row q = {
			.file = f.id, .what = text, .text = text, .count = 1
		};

		store_file_put(s, &f);
		sample_block_of(s, k % 2, f.id);
		messages_pack(&m, 1, &packed);
		store_messages_put(s, &messages, &packed);
		buf_release(&packed);
		store_quality_put(s, &q);
		free(sum);
	}
	assert_int_equal(store_commit(s, &err), 0);
	return s;
}

static void rows_move_to_new_files(void **state)
{
	struct store *a = case_of("a", (const char *[]){ "one", "two", NULL });
	struct store *b = case_of("b", (const char *[]){ "six", NULL });
	struct err err = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(store_merge(a, b, &apart, &err), 0);
	struct file_row *f = store_files(a, &n);

	assert_int_equal(n, 3);
	assert_int_equal(f[2].id, (2 + 1) << 8);
	assert_string_equal(f[2].digest, "b0");
	assert_true(f[2].complete);
	struct point_row *p = store_points(a, &n);

	assert_int_equal(n, 3);
	assert_string_equal(p[2].name, "six");
	assert_int_equal(p[2].pos, 3);
	assert_int_equal(f[2].point, p[2].id);
	struct block_row *block = store_blocks(a, f[2].id, &n);

	assert_int_equal(n, 1);
	struct buf was = { 0 }, is = { 0 };

	store_block_read(a, block[0].id, &is);
	store_block_read(b, (int64_t)1 << 40 | 1, &was);
	assert_int_equal(is.n, was.n);
	assert_memory_equal(is.at, was.at, is.n);
	struct message_row *m = store_icmp(a, &n);

	assert_int_equal(n, 3);
	assert_int_equal(m[2].file, f[2].id);
	assert_int_equal(m[2].m.first_frame, 7);
	struct quality_row *q = store_qualities(a, &n);

	assert_int_equal(n, 3);
	assert_int_equal(q[2].file, f[2].id);
	buf_release(&was);
	buf_release(&is);
	free(block);
	quality_rows_free(q, 3);
	message_rows_free(m, 3);
	point_rows_free(p, 3);
	file_rows_free(f, 3);
	store_close(a);
	store_close(b);
}

static void equal_names_stay_apart(void **state)
{
	struct store *a = case_of("a", (const char *[]){ "fw", NULL });
	struct store *b = case_of("b", (const char *[]){ "fw", "end", NULL });
	struct err err = { 0 };
	size_t n;
	struct point_row *p = store_points(b, &n);

	(void)state;
	free(p[1].clock);
	p[1].clock = mem_strdup("same:fw");
	store_begin(b);
	store_point_put(b, &p[1]);
	assert_int_equal(store_commit(b, &err), 0);
	point_rows_free(p, n);
	assert_int_equal(store_merge(a, b, &apart, &err), 0);
	p = store_points(a, &n);
	assert_int_equal(n, 3);
	assert_string_equal(p[0].name, "fw");
	assert_non_null(strstr(p[1].name, "-fw"));
	assert_non_null(strstr(said, p[1].name));
	/* what is said of the clock follows the name */
	assert_string_equal(p[2].clock + 5, p[1].name);
	point_rows_free(p, n);
	store_close(a);
	store_close(b);
}

static void equal_names_join_where_asked(void **state)
{
	struct store *a = case_of("a", (const char *[]){ "fw", NULL });
	struct store *b = case_of("b", (const char *[]){ "fw", "end", NULL });
	struct err err = { 0 };
	size_t n_points, n_files;

	(void)state;
	assert_int_equal(store_merge(a, b, &joined, &err), 0);
	struct point_row *p = store_points(a, &n_points);
	struct file_row *f = store_files(a, &n_files);

	assert_int_equal(n_points, 2);
	assert_int_equal(n_files, 3);
	assert_int_equal(f[0].point, f[1].point);
	assert_int_equal(f[2].point, p[1].id);
	assert_string_equal(said, "");
	point_rows_free(p, n_points);
	file_rows_free(f, n_files);
	store_close(a);
	store_close(b);
}

static void the_same_capture_is_refused(void **state)
{
	struct store *a = case_of("x", (const char *[]){ "fw", NULL });
	struct store *b = case_of("x", (const char *[]){ "end", NULL });
	struct err err = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(store_merge(a, b, &apart, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.text, "both point fw and point end"));
	struct file_row *f = store_files(a, &n);

	assert_int_equal(n, 1);
	file_rows_free(f, n);
	store_close(a);
	store_close(b);
}

static void the_incomplete_is_left_out_and_named(void **state)
{
	struct store *a = case_of("a", (const char *[]){ "fw", NULL });
	struct store *b = case_of("b", (const char *[]){ "end", NULL });
	struct err err = { 0 };
	size_t n;
	struct file_row *f = store_files(b, &n);

	(void)state;
	f[0].complete = false;
	store_begin(b);
	store_file_put(b, &f[0]);
	assert_int_equal(store_commit(b, &err), 0);
	file_rows_free(f, n);
	assert_int_equal(store_merge(a, b, &apart, &err), 0);
	f = store_files(a, &n);
	assert_int_equal(n, 1);
	assert_non_null(strstr(said, "a.pcap is incomplete"));
	file_rows_free(f, n);
	store_close(a);
	store_close(b);
}

static void put_file_number(struct store *s, int64_t id)
{
	struct err err = { 0 };
	size_t n;
	struct file_row *f = store_files(s, &n);

	f[0].id = id;
	snprintf(f[0].digest, strlen(f[0].digest) + 1, "%s", "?");
	store_begin(s);
	store_file_put(s, &f[0]);
	assert_int_equal(store_commit(s, &err), 0);
	file_rows_free(f, n);
}

static void numbers_of_files_end(void **state)
{
	struct store *a = case_of("a", (const char *[]){ "fw", NULL });
	struct store *b = case_of("b", (const char *[]){ "end", NULL });
	struct err err = { 0 };
	size_t n;

	(void)state;
	put_file_number(a, INT32_MAX);
	assert_int_equal(store_merge(a, b, &apart, &err), -1);
	assert_non_null(strstr(err.text, "no numbers left"));
	err = (struct err){ 0 };
	put_file_number(b, 1ll << 40);
	assert_int_equal(store_merge(b, a, &apart, &err), -1);
	assert_non_null(strstr(err.text, "file 1099511627776 is damaged"));
	err = (struct err){ 0 };
	assert_int_equal(store_merge(a, b, &apart, &err), -1);
	assert_non_null(strstr(err.text, "file 1099511627776 is damaged"));
	point_rows_free(store_points(a, &n), 1);
	assert_int_equal(n, 1);
	file_rows_free(store_files(a, &n), 2);
	assert_int_equal(n, 2);
	store_close(a);
	store_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_move_to_new_files),
		cmocka_unit_test(equal_names_stay_apart),
		cmocka_unit_test(equal_names_join_where_asked),
		cmocka_unit_test(the_same_capture_is_refused),
		cmocka_unit_test(the_incomplete_is_left_out_and_named),
		cmocka_unit_test(numbers_of_files_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
