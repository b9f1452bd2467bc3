/* Scripts of datagrams, for the tests of parsers that read nothing else. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/capture/stage.h"

/* What must be heard of datagrams to and from the server's @port. */
static inline void datagrams_as_said(uint16_t port, const struct line *v,
				     size_t n, const char *want)
{
	struct stage s;

	stage_open(&s, port);
	s.udp = true;
	for (size_t i = 0; i < n; i++)
		stage_segment(&s, v[i].dir, i, v[i].bytes, v[i].n,
			      v[i].cap ? v[i].cap : v[i].n);
	assert_string_equal(stage_end(&s), want);
	stage_close(&s);
}

#define BYTES(s) (s), sizeof(s) - 1
#define DATAGRAMS(port, want, ...)                                             \
	do {                                                                   \
		const struct line v[] = { __VA_ARGS__ };                       \
                                                                               \
		datagrams_as_said(port, v, sizeof v / sizeof *v, want);        \
	} while (0)
