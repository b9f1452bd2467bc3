/* Indexing: files and points, what is refused, and that threads change nothing. */
#include "tests/store/index_case.h"

static void two_files_are_two_points(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct file_row *f;
	struct err err;
	size_t n;

	(void)state;
	write_questions("near.pcapng", 3, "question");
	write_questions("far.pcapng", 2, "another");
	assert_int_equal(index_words(s, &o, &err,
				     WORDS("near.pcapng", "server=far.pcapng")),
			 0);
	expect_points(s, "near server");
	f = store_files(s, &n);
	assert_int_equal(n, 2);
	assert_int_equal(f[0].id, 1 << 8);
	assert_int_equal(f[0].packets, 6);
	assert_int_equal(f[0].kept, 6);
	assert_true(f[0].complete);
	assert_null(f[0].iface);
	assert_int_equal(f[0].resolution_ns, 1000);
	assert_int_equal(f[1].id, 2 << 8);
	assert_int_equal(f[1].packets, 4);
	file_rows_free(f, n);
	store_close(s);
}

static void files_of_one_point_are_joined_later_too(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct err err;

	(void)state;
	write_questions("r1.pcapng", 1, "one");
	write_questions("r2.pcapng", 1, "two");
	write_questions("r3.pcapng", 1, "three");
	assert_int_equal(index_words(s, &o, &err,
				     WORDS("p=r1.pcapng", "q=r3.pcapng")),
			 0);
	assert_int_equal(index_words(s, &o, &err, WORDS("p=r2.pcapng")), 0);
	expect_points(s, "p q");
	assert_int_equal(count_files(s), 3);
	store_close(s);
}

static void copies_are_refused(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct err err;

	(void)state;
	write_questions("copy.pcapng", 2, "the same");
	write_questions("copy2.pcapng", 2, "the same");
	assert_int_equal(index_words(s, &o, &err,
				     WORDS("p=copy.pcapng", "p=copy2.pcapng")),
			 -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.text, "has already"));
	assert_int_equal(index_words(s, &o, &err,
				     WORDS("copy.pcapng", "copy2.pcapng")),
			 -1);
	assert_non_null(strstr(err.text, "both point copy and point copy2"));
	/* one file given twice: no word of the name made up for it */
	assert_int_equal(index_words(s, &o, &err,
				     WORDS("p=copy.pcapng", "q=copy.pcapng")),
			 -1);
	assert_non_null(strstr(err.text, "given twice; leave one out"));
	assert_int_equal(count_files(s), 0);
	assert_int_equal(index_words(s, &o, &err, WORDS("copy.pcapng")), 0);
	assert_int_equal(index_words(s, &o, &err, WORDS("copy2.pcapng")), -1);
	assert_int_equal(index_words(s, &o, &err, WORDS("q=copy.pcapng")), -1);
	assert_non_null(strstr(err.text, "which point copy has already"));
	assert_int_equal(count_files(s), 1);
	store_close(s);
}

static void what_was_left_incomplete_is_dropped(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct file_row row = { .id = 9 << 8,
				.path = mem_strdup("gone.pcap"),
				.digest = mem_strdup("") };
	struct err err;

	(void)state;
	store_begin(s);
	store_file_put(s, &row);
	assert_int_equal(store_commit(s, &err), 0);
	write_questions("next.pcapng", 1, "q");
	assert_int_equal(index_words(s, &o, &err, WORDS("next.pcapng")), 0);
	assert_non_null(strstr(notices.at, "gone.pcap"));
	assert_int_equal(count_files(s), 1);
	free(row.path);
	free(row.digest);
	store_close(s);
}

static void numbers_of_files_end(void **state)
{
	struct err err = { 0 };
	struct store *s = case_new();
	char path[] = "gone.pcap";
	struct file_row f = { .id = INT32_MAX,
			      .point = 1,
			      .path = path,
			      .digest = path,
			      .complete = true };
	struct index_options o = options();

	(void)state;
	write_questions("q.pcapng", 1, "one");
	store_begin(s);
	store_file_put(s, &f);
	assert_int_equal(store_commit(s, &err), 0);
	assert_int_equal(index_words(s, &o, &err, WORDS("q.pcapng")), -1);
	assert_non_null(strstr(err.text, "no numbers left"));
	assert_int_equal(count_files(s), 1);
	store_close(s);
}

static void unreadable_file_fails_the_job(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct err err;
	FILE *f = fopen("text.txt", "w");

	(void)state;
	fputs("this is no capture at all\n", f);
	fclose(f);
	write_questions("good.pcapng", 1, "q");
	assert_int_equal(
		index_words(s, &o, &err, WORDS("good.pcapng", "text.txt")), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.text, "text.txt"));
	assert_int_equal(index_words(s, &o, &err, WORDS("no-such.pcap")), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(count_files(s), 0);
	store_close(s);
}

/* All that indexing wrote of the file with that path, as text. */
static char *describe(struct store *s, const char *path)
{
	size_t n, n_blocks;
	struct file_row *f = store_files(s, &n);
	struct text t = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct block_row *b;
		struct part p;

		if (strcmp(f[i].path, path))
			continue;
		text_add(&t, "file %d packets %lu kept %lu first %ld\n",
			 (int)(f[i].id & 0xff), f[i].packets, f[i].kept,
			 f[i].first_ns);
		b = store_blocks(s, f[i].id, &n_blocks);
		for (size_t k = 0; k < n_blocks; k++) {
			struct buf data = { 0 };
			uint32_t sum = 0;

			assert_int_equal(store_block_read(s, b[k].id, &data),
					 0);
			for (size_t j = 0; j < data.n; j++)
				sum = sum * 31 + data.at[j];
			text_add(&t, "block %u-%u n %u bytes %zu sum %x\n",
				 b[k].part_min, b[k].part_max, b[k].n, data.n,
				 sum);
			buf_release(&data);
		}
		free(b);
		for (int64_t k = 1; store_part_get(s, f[i].id << 32 | k, &p);
		     k++)
			text_add(&t, "part %ld packets %lu ports %u %u\n", k,
				 p.dir[0].packets + p.dir[1].packets,
				 p.ends[0].port, p.ends[1].port);
	}
	file_rows_free(f, n);
	return t.at;
}

static void result_depends_on_the_file_alone(void **state)
{
	static const char *const path[] = { "d1.pcapng", "d2.pcapng",
					    "d3.pcapng" };
	static const char *const threads[] = { "1", "4", "4" };
	struct index_options o = options();
	char *want[3] = { 0 };

	(void)state;
	write_questions(path[0], 2000, "number one");
	write_questions(path[1], 500, "number two");
	write_two_ifaces(path[2]);
	for (int run = 0; run < 3; run++) {
		struct store *s = case_new();
		const char *words[3];
		struct err err;

		for (int i = 0; i < 3; i++)
			words[i] = path[run == 2 ? 2 - i : i];
		setenv("TRACEPAIR_THREADS", threads[run], 1);
		assert_int_equal(index_words(s, &o, &err, 3, words), 0);
		for (int i = 0; i < 3; i++) {
			char *got = describe(s, path[i]);

			assert_non_null(got);
			if (want[i])
				assert_string_equal(got, want[i]);
			free(want[i]);
			want[i] = got;
		}
		store_close(s);
	}
	unsetenv("TRACEPAIR_THREADS");
	for (int i = 0; i < 3; i++)
		free(want[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_files_are_two_points),
		cmocka_unit_test(files_of_one_point_are_joined_later_too),
		cmocka_unit_test(copies_are_refused),
		cmocka_unit_test(what_was_left_incomplete_is_dropped),
		cmocka_unit_test(numbers_of_files_end),
		cmocka_unit_test(unreadable_file_fails_the_job),
		cmocka_unit_test(result_depends_on_the_file_alone),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
