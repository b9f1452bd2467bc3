/* Text of 100 columns: wrapping, widths, and what never reaches a terminal. */
#include "report/render/page.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORD "abcdefghi " /* ten columns */

static char *printed;
static size_t n_printed;

static struct page page_open(bool colour)
{
	free(printed);
	printed = NULL;
	return (struct page){ open_memstream(&printed, &n_printed), colour, 0 };
}

static const char *wrap(int indent, const char *first, const char *text)
{
	struct page p = page_open(false);

	page_wrap(&p, indent, first, text);
	fclose(p.out);
	return printed;
}

static size_t longest_line(const char *s)
{
	size_t most = 0;

	while (*s) {
		size_t n = strcspn(s, "\n");

		most = n > most ? n : most;
		s += n + (s[n] == '\n');
	}
	return most;
}

static void a_narrower_terminal_has_its_own_width(void **state)
{
	struct page p = page_open(false);

	(void)state;
	p.columns = 30;
	page_wrap(&p, 4, "", WORD WORD WORD WORD);
	fclose(p.out);
	assert_int_equal(longest_line(printed), 23);
}

/* A long name, as of a file, does not push what is said of it over the edge. */
static void what_is_wider_than_the_indent_has_its_own_line(void **state)
{
	(void)state;
	assert_string_equal(wrap(4, "name", "text"), "name\n    text\n");
	assert_string_equal(wrap(4, "names", "text"), "names\n    text\n");
	assert_string_equal(wrap(4, "nam", "text"), "nam text\n");
	assert_string_equal(wrap(4, "1.  ", "text"), "1.  text\n");
	assert_string_equal(wrap(0, "", "text"), "text\n");
}

static void short_text_stays_on_its_line(void **state)
{
	(void)state;
	assert_string_equal(wrap(4, "1.", "one two"), "1.  one two\n");
	assert_string_equal(wrap(0, "", ""), "\n");
}

static void long_text_is_wrapped_at_blanks_and_indented(void **state)
{
	const char *s;

	(void)state;
	s = wrap(4, "", WORD WORD WORD WORD WORD WORD WORD WORD WORD WORD WORD);
	assert_true(longest_line(s) <= PAGE_COLUMNS);
	assert_non_null(strstr(s, "\n    abcdefghi"));
}

static void a_line_may_be_full(void **state)
{
	char text[PAGE_COLUMNS + 1];

	(void)state;
	memset(text, 'a', PAGE_COLUMNS);
	text[PAGE_COLUMNS] = '\0';
	text[50] = ' ';
	assert_int_equal(longest_line(wrap(0, "", text)), PAGE_COLUMNS);
}

static void a_word_too_long_for_a_line_is_not_cut(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_int_equal(longest_line(wrap(2, "", text)), sizeof text + 1);
}

static void lines_of_the_text_begin_new_ones(void **state)
{
	(void)state;
	assert_string_equal(wrap(2, "", "one\ntwo"), "  one\n  two\n");
}

static void control_characters_steer_no_terminal(void **state)
{
	(void)state;
	assert_null(strchr(wrap(0, "", "evil \033[2J name\a"), '\033'));
	assert_null(strchr(printed, '\a'));
}

static void columns_are_counted_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(page_width("abc"), 3);
	assert_int_equal(page_width("\xc3\xa4\xc3\xb6"), 2);
	assert_int_equal(page_width("\xff"), 1);
}

static void names_are_padded_by_columns(void **state)
{
	struct page p = page_open(false);

	(void)state;
	page_pad(&p, "\xc3\xa4", 3);
	page_pad(&p, "too long", 3);
	fclose(p.out);
	assert_string_equal(printed, "\xc3\xa4  too long");
}

static void colour_is_only_where_it_is_wanted(void **state)
{
	struct page p = page_open(false);

	(void)state;
	page_head(&p, "Findings");
	fclose(p.out);
	assert_string_equal(printed, "\nFindings\n");
	p = page_open(true);
	page_head(&p, "Findings");
	fclose(p.out);
	assert_string_equal(printed, "\n\033[1mFindings\033[0m\n");
}

static int utf8(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") == NULL;
}

static int done(void **state)
{
	(void)state;
	free(printed);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_wider_than_the_indent_has_its_own_line),
		cmocka_unit_test(short_text_stays_on_its_line),
		cmocka_unit_test(a_narrower_terminal_has_its_own_width),
		cmocka_unit_test(long_text_is_wrapped_at_blanks_and_indented),
		cmocka_unit_test(a_line_may_be_full),
		cmocka_unit_test(a_word_too_long_for_a_line_is_not_cut),
		cmocka_unit_test(lines_of_the_text_begin_new_ones),
		cmocka_unit_test(control_characters_steer_no_terminal),
		cmocka_unit_test(columns_are_counted_not_bytes),
		cmocka_unit_test(names_are_padded_by_columns),
		cmocka_unit_test(colour_is_only_where_it_is_wanted),
	};

	return cmocka_run_group_tests(tests, utf8, done);
}
