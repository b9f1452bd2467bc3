/* A thread that does work before it is asked for.
 *
 * ahead_start() hands a task over, ahead_wait() returns once it is done.  A
 * task that the thread has not begun by then is done by who waits, so a thread
 * that gets no processor holds nobody up.  Tasks are done in their order; one
 * user, who hands over and waits.
 */
#pragma once

enum ahead_state { AHEAD_IDLE, AHEAD_QUEUED, AHEAD_RUNS, AHEAD_DONE };

struct ahead_task { /* all zero but fn and ctx; not owned */
	void (*fn)(void *ctx);
	void *ctx;
	enum ahead_state state;  /* private */
	struct ahead_task *next; /* private */
};

struct ahead;

/* Return: NULL where there is no thread to be had. */
struct ahead *ahead_new(void);
void ahead_free(struct ahead *a); /* nothing may be started; NULL is fine */
/* @t is idle. */
void ahead_start(struct ahead *a, struct ahead_task *t);
/* Has fn called if it was not yet; @t is idle again. */
void ahead_wait(struct ahead *a, struct ahead_task *t);
/* The same without fn being called where it was not begun. */
void ahead_drop(struct ahead *a, struct ahead_task *t);
