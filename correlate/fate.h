/* Presence and fate of every transmission on every hop.
 *
 * reads:  session flow clock block file quality     writes: match hop_stat
 */
#pragma once

#include "store/store.h"

struct fate_options {
	int64_t max_transit_ns; /* 0: default 30 s */
};

/* Sweeps every session, on all cores.  Also writes the case's figures
 * (store_stat_put session 0).  Return: 0 or -1. */
int fate_run(struct store *s, const struct fate_options *o, struct err *err);
