/* Everything one host did around a given moment, at all points, on one clock.
 *
 * reads:  session exchange match block clock     writes: nothing
 */
#pragma once

#include "report/model.h"

struct around_line {
	int64_t at_ns;    /* on the first point's clock, middle of the bounds */
	int64_t asked_ns; /* around->at_ns */
	int64_t slack_ns; /* how far off it may be; INT64_MAX: no common
			   * clock */
	int64_t session;
	char *text; /* owned */
	bool bad;   /* an error, a loss, a reset */
	bool here;  /* belongs to the session of the frame */
};

struct around {
	struct net_addr host;
	int64_t session; /* of the frame asked for */
	int64_t at_ns;
	uint64_t sessions; /* of the host in the window */
	size_t n;
	struct around_line *line; /* by time; owned */
	bool more; /* lines farther from the frame were left out */
};

#define AROUND_LINES 2000

/* Frame @frame of point @point, of file @file (0: the first one that has it).
 * Return: 0, or -1 with @err if no session has it. */
int around_load(struct around *a, const struct model *m, int64_t point,
		int64_t file, uint64_t frame, int64_t window_ns,
		struct err *err);
void around_release(struct around *a);
