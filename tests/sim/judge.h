/* The judge: runs tracepair on a scenario's captures and compares what it says
 * with what truly happened.
 */
#pragma once

#include <jansson.h>

#include "tests/sim/sim.h"

/* --- what the tool said (answer.c) --- */

enum claim {
	C_DELIVERED,
	C_LOST,
	C_UNSEEN,
	C_OUTSIDE,
	C_UNDECIDED,
	C_INJECTED,
	CLAIMS
};

struct line {
	int64_t session;
	int way, from, to;         /* points, in travel direction */
	uint32_t frame, far_frame; /* 0: null */
	uint32_t len;
	bool rel_known;
	int64_t rel_seq;
	uint8_t claim, kind;
	bool duplicated;
	char reason[24];
};

struct got_flow {
	int point;
	struct net_end client, server;
};

struct got_time {
	int64_t client, path, server, recovery, nagle, unattributed, total;
};

struct got_stretch {  /* what the path's time has of it */
	int from, to; /* points, client's first */
	int64_t ns;
};

struct got_relay { /* another session over a relay */
	int64_t session;
	bool goes_on; /* as that one; else it carries that on */
	uint64_t exchanges;
};

struct got_session {
	int64_t id;
	struct got_time time;
	struct VEC(struct got_stretch) stretch;
	int proto;
	bool relayed;
	int verdict; /* 0 paired, 1 ambiguous, 2 alone */
	int first_point;
	int64_t first_ns;
	struct VEC(struct got_flow) flow;
	struct VEC(struct got_relay) relay;
};

struct got_clock {
	bool fitted;
	int64_t low, high;
	double drift_low, drift_high;
	int steps;
	int64_t step_by; /* of all of them */
};

struct got_hop {
	int from, to;
	int64_t rtt_min, rtt_max, n;
};

enum got_mark { M_DSCP, M_CE, M_ECN, MARKS };

struct got_change {        /* a finding that a hop changes something */
	bool route, split; /* split: some sessions lose, others not */
	int from, to;     /* points; of a route in path order, else in travel */
	int64_t n[MARKS]; /* packets; 0: the finding is of something else */
	int64_t by_ttl, by_floor, before, after;
	struct {
		int point;
		uint32_t frame;
	} at; /* its first evidence */
};

struct answer {
	struct VEC(struct got_change) change;
	struct VEC(struct line) line; /* sorted: from, frame, to */
	struct VEC(struct got_session) session;
	struct got_clock clock[SIM_POINTS];
	struct VEC(struct got_hop) hop;
};

/* --- figures over all seeds --- */

struct rate {
	uint64_t right, sure, wrong, missed; /* sure: right and decidable */
};

enum { R_LOST, R_UNSEEN, R_DUP, RATES };

struct tally {
	uint64_t runs, failed; /* tool did not end well */
	uint64_t packets, sessions, findings;
	uint64_t relay_wrong, relays,
		relays_apart;        /* both sides captured with content */
	uint64_t named, named_apart; /* those that a trailer names */
	uint64_t relay_data, relay_silent; /* packets in and out of one that was
					    * joined; without a fate */
	uint64_t web, web_said, web_wrong; /* requests that went over a relay;
					    * relations */
	uint64_t pairable, paired, wrong_pair, alone, ambiguous_fair,
		ambiguous_unfair;
	struct rate fate[RATES][KINDS_N];
	uint64_t decidable_data, undecided_data;
	uint64_t false_lost; /* `lost` in runs without loss */
	uint64_t matched, mismatched, no_line, wrong_way, false_injected,
		unmatched_far;
	uint64_t clocks, clock_out, drift_out, widths, wide, steps, step_missed,
		round_trips, trip_off;
	uint64_t marks, marks_more, marks_fewer, moves, moves_missed,
		moves_false;
	uint64_t splits, splits_false, bundles, bundles_said;
	uint64_t shares, shares_off, time_total, time_open;
	uint64_t stretches, blamed; /* wrongly */
	uint64_t shape;             /* JSON: keys, sums, validity */
	uint64_t bad_seeds;
	int64_t tool_ms;
};

/* --- one seed --- */

struct judge {
	struct sim *s;
	struct tally *t;
	struct answer a;
	int complaints;      /* of this seed */
	FILE *out;           /* where complaints go */
	int verbose;         /* complaints printed per seed */
	uint64_t mismatched; /* packets given a wrong counterpart */
	/* indexes over truth (index.c) */
	uint32_t *child, *sibling;      /* of each packet, UINT32_MAX none */
	struct VEC(uint32_t) * roots;   /* [session * 2 + way], by time sent */
	uint32_t *frame_at[SIM_POINTS]; /* frame to index in s->frames */
	uint32_t n_frames[SIM_POINTS];
	int64_t first_t[SIM_POINTS], last_t[SIM_POINTS]; /* true, captured */
	int64_t delay_min[SIM_POINTS][SIM_POINTS];
	int64_t delay_max[SIM_POINTS][SIM_POINTS];
	uint64_t clean[SIM_POINTS][SIM_POINTS];
	/* owned, filled by the judge: of each packet, that a fate was given to
	 * it over a relay; of each session, points (bit p * SIM_POINTS + q) that
	 * were joined over its relay, and that it is sure wherever it can be */
	bool *over_relay;
	uint64_t *joined;
	bool *sure;
	/* what the captures show of each other; by point, by hop */
	uint64_t proven[SIM_POINTS]; /* packets that something else proves to
				      * have passed it */
	struct {
		uint64_t sure, sure_lost; /* kinds that are acknowledged */
		uint64_t open, absent;    /* others; not in the far capture */
	} shown[SIM_POINTS][SIM_POINTS];
};

/* Prints a complaint (the first ones of a seed only) and counts it. */
void judge_complain(struct judge *j, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Runs the tool and reads its answers.  Return: 0, or -1 after a complaint. */
int answer_get(struct judge *j, const char *tool, const char *dir);
void answer_release(struct answer *a);
void shape_check(struct judge *j, const json_t *report); /* shape.c */

void index_build(struct judge *j);
void index_release(struct judge *j);
/* Packets of a frame.  Return: first of *n. */
const struct frame_pkt *index_frame(const struct judge *j, int point,
				    uint32_t frame, int *n);
/* Was @t captured going from @p to @q, and alone in its frame at both? */
bool index_clean(const struct judge *j, const struct truth_pkt *t, int p,
		 int q);

void judge_clocks(struct judge *j);
void judge_pairs(struct judge *j);
void judge_fates(struct judge *j);
/* Lines [l,l+n) about one frame, over a relay. */
void judge_relayed(struct judge *j, const struct line *l, size_t n);
/* Sides of a relay that could have been joined, and were not. */
void judge_relays(struct judge *j, uint32_t (*at)[SIM_POINTS]);
/* After all lines: what went into a relay and came out, and has no fate. */
void judge_relay_silence(struct judge *j);
/* @is: by the tool's session, the true one; UINT32_MAX: not known. */
void judge_web(struct judge *j, const uint32_t *is);
void judge_time(struct judge *j);
void judge_changes(struct judge *j); /* of routes and marks */

/* Return: 0 where nothing was wrong. */
int judge_run(struct sim *s, const char *tool, struct tally *t, FILE *out,
	      int verbose);
void tally_add(struct tally *into, const struct tally *from);
/* The table; @limit: percent that precision and recall must reach (99 for
 * acceptance).  Return: the number of violated limits. */
int tally_print(const struct tally *t, double limit, FILE *out);
