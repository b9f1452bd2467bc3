/* Presence and fate of every transmission on every hop.
 *
 * reads:  session flow clock block file quality writes: match hop_stat,
 * exchange (by an observer)
 */
#pragma once

#include "correlate/sweep.h"

struct halves;

/* What is available once a session's fates are final. */
struct fate_seen {
	const struct sweep_env *env;
	struct store *reader;          /* of this thread */
	unsigned worker;               /* below parallel_width() */
	const struct session_row *row; /* without evidence and rivals */
	const struct flow_row *flow;   /* [row->n_flows] */
	struct strand *strand; /* [row->n_flows][2]: by flow, direction; in
				* steady time (correlate/steady.h) */
	/* The strands of one direction belong to another session, as the
	 * answers came from another address (correlate/halves.h): records of
	 * that direction are not this session's. */
	bool joined;
	int borrowed;              /* that direction */
	const struct figures *fig; /* way[0] c2s, way[1] s2c; none if the
				    * session has a single flow */
};

/* Takes a row for the case's table exchange. */
typedef void fate_keep(void *ctx, uint32_t chunk, const struct buf *data);

/* Sees each session while its records are at hand, so that nothing has to be
 * unpacked again.  Called once per session, by any worker.  What it is shown of
 * losses is final, of other absences not. */
struct fate_observer {
	void *ctx;
	void (*session)(void *ctx, const struct fate_seen *x, fate_keep *keep,
			void *keep_ctx);
	/* Does it need nothing but round trips of @x's figures, which are not
	 * complete yet?  Then it may see the session before its losses are
	 * known, a long one while its fates are still being found, with round
	 * trips only in @x->fig.  NULL: never. */
	bool (*wants_trips)(void *ctx, const struct fate_seen *x);
};

struct fate_options {
	int64_t max_transit_ns;               /* 0: default 30 s */
	const struct fate_observer *observer; /* NULL: none */
	const struct halves *halves;          /* NULL: none */
};

/* Sweeps every session, on all cores.  Also writes the case's figures
 * (store_stat_put session 0).  Return: 0 or -1. */
int fate_run(struct store *s, const struct fate_options *o, struct err *err);
