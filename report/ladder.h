/* A session as a ladder: each transmission with its legs from point to point,
 * on one clock.
 *
 * reads:  match, block, clock (of one session), finding    writes: nothing
 */
#pragma once

#include "report/model.h"

#define LADDER_ROWS 100000 /* at most; those nearest to the anchor are kept */

/* A transmission on one hop. */
struct ladder_leg {
	bool there;
	struct fate_entry e;
	int from, to;                   /* indexes into row.flows, by travel */
	uint64_t near_frame, far_frame; /* 0: not seen there */
	int64_t near_ns, far_ns;        /* on the first point's clock; if not
					 * seen there: the other end's */
	uint64_t proof_frame;           /* that proves the fate; 0: none */
	int proof_at;                   /* index into row.flows */
	const struct finding_row *told; /* the gravest finding that names one of
					 * its frames; NULL: none */
	bool taken; /* not there, but by that finding not lost: something else
		     * got it */
};

/* A transmission; one that was split or merged on the way has a row per
 * piece. */
struct ladder_row {
	int64_t at_ns; /* its first sight, on the first point's clock */
	int dir;
	char *what;             /* "data 1..1461 (1460 bytes)"; owned */
	struct ladder_leg *leg; /* ladder.n_legs of them, in the direction of
				 * travel */
};

struct ladder {
	size_t n_legs; /* of a row: the session's points less one; with a single
		        * point 1, from it to itself, with the near end only */
	size_t n;
	struct ladder_row *row; /* by at_ns; owned */
	struct ladder_leg *legs;
	uint64_t left_out; /* legs outside the window, if there is one */
	int64_t first_ns;  /* the session's first sight */
	bool clocks;       /* all points have a common clock */
};

/* Loads all of @v's transmissions or, if there are more than LADDER_ROWS legs,
 * those around @anchor_ns (on the first point's clock; INT64_MIN: the session's
 * start).  Cost: a pass over the session, and one for each halving of the
 * window. */
void ladder_load(struct ladder *l, const struct model *m,
		 const struct session_view *v, int64_t anchor_ns);
void ladder_release(struct ladder *l);

/* When frame @frame of point @point passed, on the first point's clock.
 * Return: false if the session has no such frame there. */
bool ladder_find(const struct model *m, const struct session_view *v,
		 int64_t point, uint64_t frame, int64_t *at_ns);
