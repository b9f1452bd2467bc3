/* Do losses of a hop and way come in runs?
 *
 * reads:  struct fact     writes: struct run_facts
 */
#pragma once

#include "report/derive/facts.h"

struct run_loss { /* seen last at its near point */
	int64_t file, session, t_ns;
	uint64_t frame;
	uint32_t ip_len; /* of data, else 0 */
};

struct runs { /* losses while collecting */
	struct VEC(struct run_loss) at;
	/* transmissions of the sessions concerned, and how many were lost */
	uint64_t tried, lost;
};

struct run_facts {
	bool yes;
	uint64_t losses, runs; /* runs of two or more: losses in them, number of
			        * runs */
	uint64_t longest;      /* losses in the longest */
	int64_t longest_ns;    /* from its first to its last */
	uint64_t shared;       /* runs that hit more than one session */
	double by_chance;      /* share with a neighbour expected by chance */
	double neighbours;     /* share of losses that have a neighbour */
};

/* Adds one loss. */
void runs_add(struct runs *r, int64_t session, const struct fact *k);
/* To be called once per session: its transmissions, and how many were lost. */
void runs_tried(struct runs *r, uint64_t n, uint64_t lost);
/* Sorts what was collected.  @most: larger packets never arrived, so their loss
 * is no matter of chance; 0: not known. */
void runs_judge(struct runs *r, uint32_t most, struct run_facts *out);
void runs_release(struct runs *r);
