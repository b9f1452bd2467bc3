/* Shared by the files of the clock stage's sampler.  Private to
 * correlate/clock*.
 */
#pragma once

#include "base/mem.h"
#include "correlate/clock_match.h"

struct loaded { /* a session of the sample */
	struct session_row row;
	struct flow_row *flow; /* of row.flows */
};

struct clock_sample {
	struct store *s;
	const struct point_row *point;
	size_t n_points;
	const struct file_row *file;
	size_t n_files;
	uint64_t *file_rank; /* [n_files]: order in time at its point */
	bool *by_time;       /* [n_points]: its files overlap in time */
	struct VEC(struct loaded) session; /* in order of time */
};

/* --- clock_pick.c: which sessions --- */
void clock_pick(struct clock_sample *m);
void clock_pick_release(struct clock_sample *m);
/* Index into row.flows of the session's flow at points[@p], or -1. */
int clock_flow_at(const struct clock_sample *m, const struct loaded *e,
		  size_t p);
/* Records of both directions. */
uint64_t clock_flow_records(const struct flow_row *f);

/* --- clock_read.c: one session between two points --- */
struct session_read {
	struct store *s;
	const struct loaded *e;
	int flow[2];     /* indexes into e->row.flows: near, far */
	uint64_t share;  /* records that it may read */
	bool whole;      /* private to clock_read.c */
	bool skew_known; /* far minus near clock, about, by the last */
	int64_t skew_ns; /* pair found; kept from session to session */
	struct VEC(struct match_pair) pair[2]; /* by session direction */
};
/* Fills pair[]; the caller frees them. */
void clock_read_session(struct session_read *w);
/* Is that the same whatever skew is known? */
bool clock_reads_apart(const struct session_read *w);
