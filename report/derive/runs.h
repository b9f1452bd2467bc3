/* Do losses of a hop and way come in runs?
 *
 * reads:  struct fact     writes: struct run_facts
 */
#pragma once

#include "report/derive/facts.h"

struct run_loss { /* where it was seen last */
	int64_t file, session, t_ns;
	uint64_t frame;
	uint32_t ip_len; /* of data, else 0 */
};

struct runs { /* losses being collected */
	struct VEC(struct run_loss) at;
	/* transmissions of the sessions they are of, and how many were lost */
	uint64_t tried, lost;
};

struct run_facts {
	bool yes;
	uint64_t losses, runs; /* of two and more: losses in them, how many */
	uint64_t longest;      /* losses in one */
	int64_t longest_ns;    /* from its first to its last */
	uint64_t shared;       /* runs that hit more than one session */
	double by_chance;      /* share of neighbours if losses had none */
	double neighbours;     /* the share that is so */
};

/* One of the losses looked at. */
void runs_add(struct runs *r, int64_t session, const struct fact *k);
/* Once for each session: all of its transmissions, and all that were lost. */
void runs_tried(struct runs *r, uint64_t n, uint64_t lost);
/* Sorts what was collected.  @most: what is larger never arrived, so that it is
 * no matter of chance; 0: not known. */
void runs_judge(struct runs *r, uint32_t most, struct run_facts *out);
void runs_release(struct runs *r);
