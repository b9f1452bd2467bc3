/* What was asked for is what Linux tells of the mapping, "hg" in the line
 * VmFlags of /proc/self/smaps.  Where it tells nothing the tests are skipped. */
#include "base/huge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum asked { UNKNOWN, NOT_ASKED, ASKED };

/* Was the kernel asked for huge pages where @p is? */
static enum asked asked_at(const void *p)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	enum asked a = UNKNOWN;
	bool inside = false;
	char line[512];

	while (f && fgets(line, sizeof line, f)) {
		char *dash, *rest;
		unsigned long long from = strtoull(line, &dash, 16), to;

		if (*dash == '-') {
			to = strtoull(dash + 1, &rest, 16);
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		} else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
			a = strstr(line, " hg") ? ASKED : NOT_ASKED;
		}
	}
	if (f)
		fclose(f);
	return a;
}

static bool is_told(void)
{
	void *p = aligned_alloc(MEM_HUGE, 4 * MEM_HUGE);
	enum asked before = asked_at(p), after;

	huge_block(p, 4 * MEM_HUGE);
	after = asked_at(p);
	free(p);
	return before != UNKNOWN && after == ASKED;
}

static void a_large_block_is_asked_for_from_its_first_byte(void **state)
{
	const size_t size = 5 * MEM_HUGE + 12345;
	char *p;

	(void)state;
	if (!is_told())
		skip();
	p = mem_alloc(size);
	assert_int_equal(asked_at(p), ASKED);
	assert_int_equal(asked_at(p + size - 1), ASKED);
	free(p);
}

static void a_heap_is_asked_for_with_its_first_block(void **state)
{
	char *p;

	(void)state;
	if (!is_told())
		skip();
	p = mem_alloc(100);
	assert_int_equal(asked_at(p), ASKED);
	free(p);
}

static void an_array_that_grows_is_asked_for(void **state)
{
	struct VEC(int) v = { 0 };

	(void)state;
	if (!is_told())
		skip();
	for (size_t n = 0; n < 8 * MEM_HUGE / sizeof(int); n++)
		*VEC_PUSH(&v) = 1;
	assert_int_equal(asked_at(v.at), ASKED);
	assert_int_equal(asked_at(v.at + v.n - 1), ASKED);
	VEC_FREE(&v);
}

/* Two stretches that share a place in the table take turns there. */
static void a_stretch_may_displace_another(void **state)
{
	uintptr_t a = HUGE_STRETCHES * (uintptr_t)3 + 7;
	uintptr_t b = a + HUGE_STRETCHES;

	(void)state;
	huge_near((void *)(a * MEM_HUGE)); /* no memory is there: no harm */
	assert_int_equal(huge_stretches[7], a);
	huge_near((void *)(b * MEM_HUGE + 5));
	assert_int_equal(huge_stretches[7], b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_large_block_is_asked_for_from_its_first_byte),
		cmocka_unit_test(a_heap_is_asked_for_with_its_first_block),
		cmocka_unit_test(an_array_that_grows_is_asked_for),
		cmocka_unit_test(a_stretch_may_displace_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
