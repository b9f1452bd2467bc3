/* Tests that ask the sample case in SQL: the case, and an answer as text. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/text.h"
#include "tests/store/sample_case.h"

static inline int setup(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	*state = s;
	return s ? sample_fill(s, &err) : -1;
}

static inline int teardown(void **state)
{
	store_close(*state);
	return 0;
}

/* Rows as "a|b;", the header as "[a|b]". */
static inline void collect(void *ctx, bool is_header, int n,
			   const char *const *values)
{
	if (is_header)
		text_puts(ctx, "[");
	for (int i = 0; i < n; i++)
		text_add(ctx, "%s%s", i ? "|" : "",
			 values[i] ? values[i] : "NULL");
	text_puts(ctx, is_header ? "]" : ";");
}

/* @want is all of the answer if it begins with the header, else its rows. */
static inline void assert_gives(struct store *s, const char *sql,
				const char *want)
{
	struct text t = { 0 };
	struct err err = { 0 };
	int ret = store_sql(s, sql, collect, &t, &err);
	const char *got;

	if (ret)
		fail_msg("%s: %s", sql, err.text);
	got = *want == '[' ? t.at : strchr(t.at, ']') + 1;
	assert_string_equal(got, want);
	text_release(&t);
}
