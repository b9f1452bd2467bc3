/* What was guessed of absences, session by session.
 *
 * reads:  nothing      writes: nothing      (the sweeps; correlate/fate_guess.c)
 *
 * While sessions are swept for the first time it is not known yet what an
 * absence means (correlate/evidence.h).  What each session assumed is noted
 * here, so that in the end those with wrong fates can be told.
 */
#pragma once

#include "correlate/evidence.h"

enum guess_of {
	GUESS_ABSENT,      /* that absence is loss, or not, as guessed */
	GUESS_CONFIRMED,   /* the same, if a third point confirms it */
	GUESS_GAP,         /* ... where it had hardly anything of the session */
	GUESS_SILENT,      /* that the capture was not deaf then */
	GUESS_PLACE,       /* that what is proven to be lost was lost there, and
			    * that the capture was not mute then */
	GUESS_PLACE_SYN,   /* the same of a SYN */
	GUESS_MANY,        /* all of them but SILENT, anywhere at any time */
	GUESS_MANY_SILENT, /* SILENT, the same */
	GUESS_NEVER,       /* right by no answer: guesses_refuse() */
};

struct guessed {
	int64_t session;
	uint32_t hop;   /* from * n_points + to, both from 0 */
	uint16_t bin;   /* of the capture at `to` */
	uint8_t of;     /* enum guess_of */
	bool backwards; /* the session's c2s is the way back */
};

struct guesses {
	struct VEC(struct guessed) all; /* a session's are adjacent */
	size_t from; /* the first of the session being swept */
};

/* Notes a guess of the session being swept.  Consecutive equal ones are noted
 * once; too many in a session as GUESS_MANY. */
void guesses_note(struct guesses *g, uint32_t hop, size_t bin,
		  enum guess_of of);
/* Moves the session's other guesses from @more. */
void guesses_join(struct guesses *g, struct guesses *more);
/* Is the session being swept to be swept again whatever the answers are?  Only
 * if it has any guesses.  Return: whether it has. */
bool guesses_refuse(struct guesses *g);
/* Ends @session.  Return: does it have any guesses? */
bool guesses_end(struct guesses *g, int64_t session, bool backwards);
/* Drops the session's guesses: it was not swept after all. */
void guesses_drop(struct guesses *g);
void guesses_release(struct guesses *g);

/* @loss: the answers guessed; @e, @is: what is known now, and the answers that
 * follow.  @all: whether all guesses of a kind are right, for GUESS_MANY and
 * GUESS_MANY_SILENT. */
struct guess_known {
	const struct evidence *e;
	const uint8_t *is;
	const uint8_t *loss;
	bool all, all_silent;
};
/* Return: is the guess right? */
bool guess_right(const struct guess_known *k, const struct guessed *x);
