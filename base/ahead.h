/* A helper thread that does work before its result is needed.
 *
 * ahead_start() hands a task over, ahead_wait() returns once it is done.  A
 * task that the thread has not begun by then is done by the caller of
 * ahead_wait(), so a thread that gets no processor delays nobody.  Tasks are
 * done in order.  There is one user, who hands over and waits.
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

/* Return: NULL if no thread can be started. */
struct ahead *ahead_new(void);
void ahead_free(struct ahead *a); /* no task may be pending; NULL is fine */
/* Queues @t, which must be idle. */
void ahead_start(struct ahead *a, struct ahead_task *t);
/* Returns once fn has been called; @t is idle again. */
void ahead_wait(struct ahead *a, struct ahead_task *t);
/* The same, but fn is not called if it has not begun. */
void ahead_drop(struct ahead *a, struct ahead_task *t);
