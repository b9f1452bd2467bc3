/* What tests of resets share. */
#pragma once

#include "tests/report/derive/desk.h"

/* The server's RST at the point nearest to it, which is beside it, before it said
 * anything. */
static inline struct derive *reset_by_server(uint64_t asked)
{
	struct derive *d = desk_new(2, &rules_reset);

	for (int i = 0; i < 2; i++) {
		d->view.flow[i].dir[0].bytes = asked;
		d->view.flow[i].dir[1].bytes = 0;
		d->view.flow[i].dir[1].syn_ns = d->view.flow[i].dir[0].syn_ns;
	}
	desk_fact(&d->facts.resets, 1, 0, KIND_RST, FATE_DELIVERED);
	return d;
}
