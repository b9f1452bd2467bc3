/* What was guessed of absences, session by session.
 *
 * reads:  nothing      writes: nothing       (the sweeps; correlate/fate_guess.c)
 *
 * While sessions are swept for the first time, nobody knows yet what an absence
 * means (correlate/evidence.h).  What each one of them took for known is noted
 * here, so that in the end those can be told whose fates are other ones.
 */
#pragma once

#include "correlate/evidence.h"

enum guess_of {
	GUESS_ABSENT,      /* that absence is loss or not, as the answer was */
	GUESS_CONFIRMED,   /* the same, where a third point confirms it */
	GUESS_SILENT,      /* that the capture was not deaf then */
	GUESS_PLACE,       /* that what is proven to be lost was lost there */
	GUESS_PLACE_SYN,   /* the same of a SYN */
	GUESS_MANY,        /* all of them but SILENT, anywhere at any time */
	GUESS_MANY_SILENT, /* SILENT, the same */
};

struct guessed {
	int64_t session;
	uint32_t hop;   /* from * n_points + to, both from 0 */
	uint16_t bin;   /* of the capture at `to` */
	uint8_t of;     /* enum guess_of */
	bool backwards; /* the session's c2s is the way back */
};

struct guesses {
	struct VEC(struct guessed) all; /* of a session one after another */
	size_t from; /* those of the one that is being swept */
};

/* The session being swept has one.  Equal ones are noted once where they come
 * after one another; too many of a session as GUESS_MANY. */
void guesses_note(struct guesses *g, uint32_t hop, size_t bin,
		  enum guess_of of);
/* Its others, noted in @more, which has none then. */
void guesses_join(struct guesses *g, struct guesses *more);
/* That was all of @session.  Return: does it have any? */
bool guesses_end(struct guesses *g, int64_t session, bool backwards);
/* It was not swept after all. */
void guesses_drop(struct guesses *g);
void guesses_release(struct guesses *g);

/* @loss: the answers that were guessed; @e, @is: what is known, and the answers
 * that follow.  @all: whether all guesses of a kind are right, for GUESS_MANY and
 * GUESS_MANY_SILENT. */
struct guess_known {
	const struct evidence *e;
	const uint8_t *is;
	const uint8_t *loss;
	bool all, all_silent;
};
/* Return: is its session as it would be had it been known? */
bool guess_right(const struct guess_known *k, const struct guessed *x);
