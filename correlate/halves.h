/* Halves: two sessions that are one conversation, answered from another address
 * than was asked.
 *
 * reads:  struct pair_case     writes: struct halves, in memory
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct half { /* a session that has one direction, and who has the other */
	int64_t session, other;
	bool asks; /* session does, other answers */
};

struct halves VEC(struct half); /* rising by session; both ways round */

/* The half that @session is; NULL: none. */
const struct half *halves_of(const struct halves *h, int64_t session);

struct pair_case;
/* @session_of: by root, the number of its session. */
void halves_find(struct pair_case *c, const int64_t *session_of,
		 struct halves *out);
