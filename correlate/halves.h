/* Halves: two sessions that are one conversation, answered from an address
 * other than the one asked.
 *
 * reads:  struct pair_case     writes: struct halves, in memory
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct half { /* a session with one direction, and the one with the other */
	int64_t session, other;
	bool asks; /* `session` asks, `other` answers */
};

struct halves VEC(struct half); /* ascending by session; each pair both ways */

/* The entry of @session; NULL: none. */
const struct half *halves_of(const struct halves *h, int64_t session);

struct pair_case;
/* @root: of each flow; @session_of: the session's number, by root. */
void halves_find(const struct pair_case *c, const uint32_t *root,
		 const int64_t *session_of, struct halves *out);
