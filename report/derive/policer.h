/* Does a direction of a session lose like a token bucket, and did the delay
 * grow before its losses?
 *
 * reads:  struct fate_row, of one hop and direction    writes: struct policed
 */
#pragma once

#include "correlate/stamps.h"
#include "report/model.h"

struct policed { /* the result; all zero: nothing was examined */
	bool yes;
	int64_t rate_bps;  /* payload rate while packets were lost; with
			    * `yes` */
	int64_t burst;     /* bytes let through before that; with `yes` */
	uint64_t judged;   /* losses with a known delay shortly before */
	uint64_t inflated; /* of these, after the delay had grown */
};

struct passage {                  /* or a loss */
	int64_t t_ns, transit_ns; /* INT64_MIN: not known */
	uint32_t bytes;
	bool lost;
};

struct policer { /* while collecting */
	struct VEC(struct passage) at;
	struct stamps near, far;
	bool used; /* the stamps are set */
};

/* Adds a transmission of data that was delivered or lost, in order of time. */
void policer_add(struct policer *p, const struct model *m,
		 const struct session_view *v, const struct fate_row *r);
/* @rtt_ns: least round trip of the session, or of its hop; empties @p. */
void policer_end(struct policer *p, int64_t rtt_ns, struct policed *out);
void policer_release(struct policer *p);
