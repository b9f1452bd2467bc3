/* Work on all processors: workers take the next number from a shared counter,
 * or from their own stretch, whose remainder others may take.
 *
 * The caller is worker 0, so that one processor means no thread at all.  If a
 * thread cannot be started the run is only slower: the others do its work.
 *
 * A worker may start a run of its own and is then a worker of that run, too: it
 * counts as one busy processor, not two, and as none while it waits.
 */
#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define WIDTH_MAX 16

struct stretch { /* what remains of it */
	size_t from, to;
};

struct job {
	size_t n;
	void (*fn)(void *ctx, unsigned worker, size_t i);
	void *ctx;
	atomic_size_t next;
	/* for stretches only */
	pthread_mutex_t lock;
	struct stretch *stretch;
	unsigned n_stretches;
};

struct worker {
	struct job *job;
	unsigned number;
};

/* Asked once only: each call opens and reads a file. */
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
static _Thread_local unsigned runs; /* of which this thread is a worker */

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

/* Return: false if nothing is left. */
static bool take_next(struct job *j, size_t *i)
{
	/* Compare first: a counter that only adds could wrap in theory. */
	*i = atomic_load(&j->next);
	while (*i < j->n)
		if (atomic_compare_exchange_weak(&j->next, i, *i + 1))
			return true;
	return false;
}

static size_t left(const struct stretch *s)
{
	return s->to - s->from;
}

/* Takes the next item of worker @number's stretch; if it is used up, the last
 * one of the longest stretch, so that its worker still has a contiguous run. */
static bool take_apart(struct job *j, unsigned number, size_t *i)
{
	struct stretch *own = &j->stretch[number], *most = own;
	bool took = true;

	pthread_mutex_lock(&j->lock);
	for (unsigned k = 0; k < j->n_stretches; k++)
		if (left(&j->stretch[k]) > left(most))
			most = &j->stretch[k];
	if (left(own))
		*i = own->from++;
	else if (left(most))
		*i = --most->to;
	else
		took = false;
	pthread_mutex_unlock(&j->lock);
	return took;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct job *j = w->job;
	size_t i;

	busy_begin();
	while (j->stretch ? take_apart(j, w->number, &i) : take_next(j, &i))
		j->fn(j->ctx, w->number, i);
	busy_end();
	return NULL;
}

static unsigned width_for(size_t n)
{
	unsigned width = parallel_width();

	return width > n ? (n ? (unsigned)n : 1) : width;
}

static void run(struct job *job, unsigned width)
{
	struct worker worker[WIDTH_MAX];
	pthread_t thread[WIDTH_MAX];
	unsigned started = 1;

	worker[0] = (struct worker){ job, 0 };
	for (unsigned i = 1; i < width; i++)
		worker[i] = (struct worker){ job, i };
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

void parallel_run(size_t n, void (*fn)(void *ctx, unsigned worker, size_t i),
		  void *ctx)
{
	struct job job = { .n = n, .fn = fn, .ctx = ctx };

	run(&job, width_for(n));
}

void parallel_run_apart(size_t n,
			void (*fn)(void *ctx, unsigned worker, size_t i),
			void *ctx)
{
	struct stretch stretch[WIDTH_MAX];
	unsigned width = width_for(n);
	struct job job = { .n = n,
			   .fn = fn,
			   .ctx = ctx,
			   .stretch = stretch,
			   .n_stretches = width };

	for (unsigned i = 0; i < width; i++) {
		stretch[i].from = i ? stretch[i - 1].to : 0;
		stretch[i].to = i + 1 < width ? stretch[i].from + n / width : n;
	}
	pthread_mutex_init(&job.lock, NULL);
	run(&job, width);
	pthread_mutex_destroy(&job.lock);
}
