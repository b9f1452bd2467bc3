/* Work on all processors: workers take the next number from a shared counter.
 *
 * The caller is worker 0, so that one processor means no thread at all.  A
 * thread that cannot be started is only a slower run: the rest do its work.
 *
 * A worker may begin a run of its own, which makes it a worker of that, too: it
 * keeps one processor busy, not two, and none while it waits for the others.
 */
#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define WIDTH_MAX 16

struct job {
	size_t n;
	void (*fn)(void *ctx, unsigned worker, size_t i);
	void *ctx;
	atomic_size_t next;
};

struct worker {
	struct job *job;
	unsigned number;
};

/* Asked once: each time the system would open and read a file. */
static long processors(void)
{
	static atomic_long known;
	long n = atomic_load(&known);

	if (!n) {
		n = sysconf(_SC_NPROCESSORS_ONLN);
		n = n < 1 ? 1 : n;
		atomic_store(&known, n);
	}
	return n;
}

unsigned parallel_width(void)
{
	const char *forced = getenv("TRACEPAIR_THREADS");
	long n = forced ? strtol(forced, NULL, 10) : 0;

	if (n < 1)
		n = processors();
	return n > WIDTH_MAX ? WIDTH_MAX : (unsigned)n;
}

static atomic_uint busy;            /* threads at work */
static _Thread_local unsigned runs; /* that this thread is a worker of */

static void busy_begin(void)
{
	if (!runs++)
		atomic_fetch_add(&busy, 1);
}

static void busy_end(void)
{
	if (!--runs)
		atomic_fetch_sub(&busy, 1);
}

bool parallel_spare(void)
{
	unsigned n = atomic_load(&busy);

	return (n ? n : 1) < parallel_width();
}

static void *work(void *arg)
{
	struct worker *w = arg;
	size_t i;

	busy_begin();
	/* Compare first: a counter that only adds could wrap in theory. */
	i = atomic_load(&w->job->next);
	while (i < w->job->n) {
		if (!atomic_compare_exchange_weak(&w->job->next, &i, i + 1))
			continue;
		w->job->fn(w->job->ctx, w->number, i);
		i = atomic_load(&w->job->next);
	}
	busy_end();
	return NULL;
}

void parallel_run(size_t n, void (*fn)(void *ctx, unsigned worker, size_t i),
		  void *ctx)
{
	struct job job = { .n = n, .fn = fn, .ctx = ctx };
	struct worker worker[WIDTH_MAX];
	pthread_t thread[WIDTH_MAX];
	unsigned width = parallel_width(), started = 1;

	if (width > n)
		width = n ? (unsigned)n : 1;
	worker[0] = (struct worker){ &job, 0 };
	for (unsigned i = 1; i < width; i++)
		worker[i] = (struct worker){ &job, i };
	while (started < width &&
	       !pthread_create(&thread[started], NULL, work, &worker[started]))
		started++;
	work(&worker[0]);
	if (runs)
		atomic_fetch_sub(&busy, 1);
	for (unsigned i = 1; i < started; i++)
		pthread_join(thread[i], NULL);
	if (runs)
		atomic_fetch_add(&busy, 1);
}
