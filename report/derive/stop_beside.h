/* Inside: who gets through where others' SYNs vanish.
 *
 * reads:  struct stop_group     writes: its draft
 */
#pragma once

#include "report/derive/stop_int.h"

#define OLDER_LOOKED 32

struct opened { /* a session that the server answered */
	int64_t flow, part, first_ns, last_ns;
	struct net_addr source;
	bool syn;     /* its SYN was captured */
	bool again;   /* more than one */
	bool refused; /* its source has others that fail */
};

struct beside {
	struct VEC(struct opened) of;
	struct VEC(struct net_addr) refused; /* of each that fails; ascending */
	int64_t from_ns, until_ns;  /* the first and the last that fail */
	int64_t middle_ns, late_ns; /* half of them before; nearly all */
	uint64_t fail;
	/* those opened, [1] of sources that others fail of: */
	uint64_t before[2], after[2], amid[2];
	uint64_t again; /* of these sources, by more than one SYN */
	uint64_t older; /* of OLDER_LOOKED, that go on */
	struct {
		int64_t file, t_ns;
		uint64_t frame;
	} goes_on;
};

/* @some: of some source addresses only. */
void stop_tell_begins(const struct beside *b, struct stop_group *g,
		      struct derive *d, int64_t point, bool some);
void stop_tell_ports(const struct beside *b, struct stop_group *g,
		     struct derive *d, int64_t point);
