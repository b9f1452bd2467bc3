/* Flows of all points into sessions.
 *
 * reads:  point file part       writes: flow session session_flow
 *
 * Stitches parts into flows (role, incarnations across files, 64-bit bases),
 * then joins flows of different points by evidence in bits, with an exact
 * assignment inside each conflict group and the margin over the best rival.
 */
#pragma once

#include "store/store.h"

struct pair_map {
	struct net_addr near, far;
};

struct halves;

struct pair_options {
	size_t n_maps; /* --map: overrides, extra evidence */
	const struct pair_map *maps;
	struct halves *halves; /* gets them (correlate/halves.h); NULL: no */
};

/* Deletes derived rows and writes anew.  Return: 0 or -1. */
int pair_run(struct store *s, const struct pair_options *o, struct err *err);
