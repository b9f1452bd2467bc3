/* Words of the command line, and names of points. */
#include "store/index_int.h"

#include "tests/store/index_case.h"

static void words_name_point_file_and_interface(void **state)
{
	static const struct {
		const char *word, *point, *path, *iface;
	} cases[] = {
		{ "a.pcap", NULL, "a.pcap", NULL },
		{ "client=a.pcap", "client", "a.pcap", NULL },
		{ "a.pcap#eth0", NULL, "a.pcap", "eth0" },
		{ "c=x/a.pcap#2", "c", "x/a.pcap", "2" },
		{ "dir/a=b.pcap", NULL, "dir/a=b.pcap", NULL },
		{ "=a.pcap", NULL, "=a.pcap", NULL },
		{ "odd=name.pcap", NULL, "odd=name.pcap", NULL },
		{ "odd#name.pcap", NULL, "odd#name.pcap", NULL },
		{ "p=odd#name.pcap", "p", "odd#name.pcap", NULL },
		{ "p=odd#name.pcap#1", "p", "odd#name.pcap", "1" },
		{ "p=-", "p", "-", NULL },
	};

	(void)state;
	write_questions("odd=name.pcap", 1, "q");
	write_questions("odd#name.pcap", 1, "q");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct index_input in;
		struct err err = { 0 };

		assert_int_equal(index_input_parse(cases[i].word, &in, &err),
				 0);
		assert_string_equal(in.path, cases[i].path);
		assert_int_equal(!in.point, !cases[i].point);
		if (in.point)
			assert_string_equal(in.point, cases[i].point);
		assert_int_equal(!in.iface, !cases[i].iface);
		if (in.iface)
			assert_string_equal(in.iface, cases[i].iface);
		index_input_release(&in);
	}
}

static void words_without_file_are_refused(void **state)
{
	static const char *const words[] = { "", "client=", "a.pcap#" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct index_input in;
		struct err err = { 0 };

		assert_int_equal(index_input_parse(words[i], &in, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
		index_input_release(&in);
	}
}

static void equal_names_get_their_folder(void **state)
{
	struct point_row old = { .name = mem_strdup("case.old") };
	struct index_input in[] = {
		{ .path = mem_strdup("one/cap.pcap.gz") },
		{ .path = mem_strdup("two/cap.pcapng") },
		{ .path = mem_strdup("ring_00001_2024.pcap") },
		{ .path = mem_strdup("old.cap"), .point = mem_strdup("x y") },
		{ .path = mem_strdup("-") },
		{ .path = mem_strdup("what ever.pcap") },
		{ .path = mem_strdup("/dev/fd/63") },
	};
	static const char *const want[] = {
		"one-cap",   "two-cap", "ring_00001_2024", "x y", "stdin",
		"what_ever", "pipe7"
	};
	char **names;

	(void)state;
	write_questions("one/cap.pcap.gz", 1, "q");
	write_questions("two/cap.pcapng", 1, "q");
	names = input_names(in, 7, &old, 1);
	for (size_t i = 0; i < 7; i++) {
		assert_string_equal(names[i], want[i]);
		free(names[i]);
		index_input_release(&in[i]);
	}
	free(names);
	free(old.name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_name_point_file_and_interface),
		cmocka_unit_test(words_without_file_are_refused),
		cmocka_unit_test(equal_names_get_their_folder),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
