/* Shared by the parts of sweeping all sessions.  Inside correlate/ only. */
#pragma once

#include <pthread.h>

#include "correlate/fate.h"
#include "correlate/halves.h"
#include "correlate/quotes.h"
#include "correlate/timing.h"
#include "store/shelf_rows.h"

struct epoch {                  /* sessions swept with the same guess */
	uint8_t *loss;          /* evidence_answer(); owned */
	struct guesses guesses; /* of sessions whose fates depend on guesses */
	struct figures total;   /* of these sessions */
	bool right;             /* all of its guesses are right */
};

struct worker {
	struct store *s;            /* reader; owned */
	struct match_writer *match; /* owned */
	struct arena room[2];       /* sweep_session.room */
	struct shelf_rows *rows;    /* not yet written; owned */
	struct evidence say;
	struct figures total; /* way[0] out, way[1] back; no guess in it */
	struct VEC(struct epoch) epoch;
	uint64_t swept, look; /* sessions swept; the number at which to guess
			       * again */
	struct err err;
	int64_t session; /* the session being packed */
	/* for the directions of a long session; from its first on; owned */
	struct store *long_s[2];
	struct match_writer *long_match; /* of direction 1 */
	struct buf figures;
	struct figures spare; /* empty; memory for a session's */
};

struct job {
	struct store *s;
	const struct fate_observer *observer; /* NULL: none */
	const struct halves *halves;          /* NULL: none */
	struct sweep_env env;
	struct watch *watch;
	const struct clock_row **clock;
	struct clock_row *clocks;
	size_t n_clocks;
	struct timings timings;
	struct file_row *file;
	size_t n_files;
	uint8_t *sees, *apart; /* correlate/sees.h */
	struct quotes quotes;
	uint8_t *loss;       /* the answers; NULL while evidence is collected */
	uint8_t *gaps;       /* evidence_answer() */
	bool deaf;           /* was any capture ever deaf (bins_deaf()) */
	struct evidence all; /* of all sessions */
	unsigned width;
	struct worker *worker;
	pthread_mutex_t lock;  /* of the writer */
	const int64_t *chosen; /* session ids; NULL: 1, 2, ... */
	size_t n_chosen, batch;
};

/* Adds a session's figures to @total, with c2s and s2c turned into out and
 * back. (fate.c) */
void fate_count(struct figures *total, bool backwards, struct figures *fig);
/* Sets w->err: the case lacks what was written to it. */
void fate_unread(const struct job *j, struct worker *w);

/* The guess for the worker's next session, valid until its next call.
 * (fate_guess.c) */
struct epoch *fate_guess(struct job *j, struct worker *w);
/* Once all sessions are swept and written: finds the right answers, in @j, and
 * which epochs had them; adds the figures of sessions that are right all the
 * same to those of a worker.  Return: array of the ids, in order, of those to
 * sweep again; to be freed. */
int64_t *fate_guess_judge(struct job *j, size_t *n);
void fate_guesses_release(struct worker *w);

/* Clocks, running times and ranks of files: what is the same for all sessions.
 * job_points_close() frees it.  (fate_points.c) */
void job_points(struct job *j);
void job_points_close(struct job *j);
/* Converts a record of @file to steady time; @ctx: the point's struct timing.
 * Any thread may call it. */
void job_make_steady(void *ctx, int64_t file, struct record *r);

/* Opens all flows of s->row with reader @from into @flow [n_flows], zeroed.
 * Return: false if one cannot be opened.  Call fate_session_close() in any
 * case. (fate_session.c) */
bool fate_session_open(struct job *j, struct store *from,
		       struct sweep_session *s, struct flow_row *flow);
/* Has @s keep its records' time stamps, for a sweep. */
void fate_session_times(struct sweep_session *s);
/* Frees @flow, too. */
void fate_session_close(struct sweep_session *s, struct flow_row *flow);

/* --- fate_long.c --- */
/* Is it worth using several processors for @s, which is open? */
bool fate_is_long(const struct sweep_session *s);
/* sweep_session() for such a session and, as *@observed says, fate_observe().
 * Return: false if it cannot be read. */
bool fate_sweep_long(struct job *j, struct worker *w, struct sweep_session *s,
		     const struct flow_row *flow, bool *observed);
bool fate_long_failed(const struct worker *w);
void fate_long_close(struct worker *w);

/* --- fate_observe.c --- */
/* Shows @s, which has figures @fig, to the job's observer, if any. */
void fate_observe(struct job *j, struct worker *w,
		  const struct sweep_session *s, const struct figures *fig,
		  const struct flow_row *flow);
/* Does the observer need the losses of @s, which may be guessed? */
bool fate_observes_losses(struct job *j, struct worker *w,
			  const struct sweep_session *s,
			  const struct flow_row *flow);
/* May that be done while fates are found, with round trips only in @fig? */
bool fate_observes_early(struct job *j, struct worker *w,
			 const struct sweep_session *s,
			 const struct flow_row *flow);
