/* Bytes for rows of shelves. */
#pragma once

#include <string.h>

#include "base/buf.h"

static inline struct buf text_of(const char *text, size_t n)
{
	struct buf b = { 0 };

	while (b.n < n)
		buf_bytes(&b, text, strlen(text));
	b.n = n;
	return b;
}
