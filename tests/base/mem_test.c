#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"

/* Past the sizes from which, and below which, arrays grow by a copy. */
#define PUSHED (1 << 23)

static void vec_keeps_what_was_pushed(void **state)
{
	struct VEC(int) v = { 0 };

	(void)state;
	for (int i = 0; i < PUSHED; i++)
		*VEC_PUSH(&v) = i;
	assert_int_equal(v.n, PUSHED);
	for (int i = 0; i < PUSHED; i++)
		assert_int_equal(v.at[i], i);
	VEC_FREE(&v);
	assert_null(v.at);
	assert_int_equal(v.n + v.cap, 0);
}

static void grow_doubles_and_never_shrinks(void **state)
{
	size_t cap = 0;
	char *p = mem_grow(NULL, &cap, 1, 3);

	(void)state;
	assert_int_equal(cap, 8);
	p = mem_grow(p, &cap, 9, 3);
	assert_int_equal(cap, 16);
	assert_ptr_equal(mem_grow(p, &cap, 2, 3), p);
	assert_int_equal(cap, 16);
	free(p);
}

static void zalloc_is_zero_and_zero_is_fine(void **state)
{
	char *p = mem_zalloc(100, 7), *none = mem_zalloc(0, 4);

	(void)state;
	for (int i = 0; i < 700; i++)
		assert_int_equal(p[i], 0);
	assert_non_null(none);
	free(p);
	free(none);
	none = mem_resize(NULL, 0, 8);
	assert_non_null(none);
	free(none);
}

static void printf_allocates_what_it_needs(void **state)
{
	char *s = mem_printf("%0*d", 5000, 1), *d = mem_strdup(s);

	(void)state;
	assert_int_equal(s[4999], '1');
	assert_int_equal(s[5000], '\0');
	assert_string_equal(s, d);
	free(s);
	free(d);
}

/* How a child ends that asks for @n items of @size bytes. */
static int exit_of_resize(size_t n, size_t size)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		close(STDERR_FILENO);
		free(mem_resize(NULL, n, size));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void product_that_wraps_ends_the_process(void **state)
{
	(void)state;
	assert_int_equal(exit_of_resize(SIZE_MAX / 2, 4), ERR_CASE);
	assert_int_equal(exit_of_resize(4, 4), 0);
}

static void what_is_large_is_zeroed(void **state)
{
	const size_t size[] = { 0, 100, MEM_HUGE, 3 * MEM_HUGE + 5 };

	(void)state;
	for (size_t k = 0; k < 2 * sizeof size / sizeof *size; k++) {
		size_t n = size[k / 2];
		unsigned char *p = mem_zalloc_large(n), any = 0;

		for (size_t i = 0; i < n; i++)
			any |= p[i];
		assert_int_equal(any, 0);
		memset(p, 0xff, n);
		free(p);
	}
}

static void a_huge_block_passed_on_is_the_next_one(void **state)
{
	void *a = mem_alloc_huge(), *b = mem_alloc_huge(), *c;

	(void)state;
	mem_pass_huge(a);
	mem_pass_huge(b);
	c = mem_alloc_huge();
	assert_ptr_equal(c, b);
	memset(c, 1, MEM_HUGE);
	assert_ptr_equal(mem_alloc_huge(), a);
	mem_pass_huge(a);
	mem_free_passed();
	free(c);
	c = mem_alloc_huge();
	memset(c, 1, MEM_HUGE);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vec_keeps_what_was_pushed),
		cmocka_unit_test(grow_doubles_and_never_shrinks),
		cmocka_unit_test(zalloc_is_zero_and_zero_is_fine),
		cmocka_unit_test(printf_allocates_what_it_needs),
		cmocka_unit_test(product_that_wraps_ends_the_process),
		cmocka_unit_test(what_is_large_is_zeroed),
		cmocka_unit_test(a_huge_block_passed_on_is_the_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
