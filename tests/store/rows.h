/* What the tests of rows share: an empty case for each test, and small rows. */
#pragma once

#include "store/store.h"

#include <stdlib.h>
#include <string.h>

/* One empty case for each test. */
static inline int setup(void **state)
{
	struct err err = { 0 };

	*state = store_open(NULL, STORE_CREATE, &err);
	if (*state)
		store_begin(*state);
	return *state ? 0 : -1;
}

static inline int teardown(void **state)
{
	struct err err = { 0 };
	int ret = store_commit(*state, &err);

	store_close(*state);
	return ret;
}

static inline char *word(const char *s)
{
	static char buffers[32][64];
	static unsigned at;
	char *b = buffers[at++ % 32];

	strncpy(b, s, 63);
	return b;
}

static inline void put_file(struct store *s, int64_t id, int64_t point,
			    bool complete)
{
	struct file_row f = { .id = id,
			      .point = point,
			      .path = word("p"),
			      .digest = word("d"),
			      .complete = complete };

	store_file_put(s, &f);
}

static inline void put_part(struct store *s, int64_t file, uint32_t number)
{
	struct part p = { .proto = 17,
			  .first_frame = number,
			  .last_frame = number };
	struct buf b = { 0 };

	p.dir[0].packets = 1;
	part_pack(&p, &b);
	store_part_put(s, file, number, &b);
	buf_release(&b);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
