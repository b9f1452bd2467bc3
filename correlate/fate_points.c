/* What is the same for all sessions of a sweep: points, clocks, running times.
 *
 * If a point's clock was stepped, its records get, as they are read, the times
 * that it would have shown otherwise (correlate/steady.h), so that later stages
 * see no step; bounds and running times are shifted with them.
 *
 * Cost: each file once; a binary search over files for each record of a point
 * whose clock was stepped.
 */
#include "correlate/fate_int.h"

#include <stdlib.h>

#include "base/time.h"
#include "correlate/place.h"

static int pos_of(const struct point_row *p, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].id == id)
			return p[i].pos;
	return 0;
}

/* A filtered file shows its running time only by what was kept. */
static void watch_file(struct job *j, int pos, const struct file_row *f,
		       uint64_t rank)
{
	struct watch *w = &j->watch[pos - 1];
	const struct timing *t = &j->timings.point[pos - 1];
	int64_t from = f->first_ns, to = f->last_ns;

	w->packets += f->packets;
	w->dropped += f->dropped_known ? f->dropped : 0;
	if (f->filtered) {
		size_t n;
		struct block_row *b = store_blocks(j->s, f->id, &n);

		w->filtered = true;
		from = INT64_MAX;
		to = INT64_MIN;
		for (size_t i = 0; i < n; i++) {
			from = b[i].time_min < from ? b[i].time_min : from;
			to = b[i].time_max > to ? b[i].time_max : to;
		}
		free(b);
	}
	if (!f->packets || from > to)
		return;
	if (!t->by_time)
		steady_extent(&t->steady, place_of(rank, 1),
			      place_of(rank, UINT64_MAX), &from, &to);
	watch_add(w, from, to);
}

static void job_clocks(struct job *j, const struct point_row *p, size_t n)
{
	j->clocks = store_clocks(j->s, &j->n_clocks);
	timings_build(&j->timings, p, n, j->file, j->n_files, j->clocks,
		      j->n_clocks);
	for (size_t i = 0; i < n; i++)
		if (j->timings.point[i].steady.known)
			j->clock[i] = &j->timings.point[i].steady.row;
}

void job_points(struct job *j)
{
	size_t n;
	struct point_row *p = store_points(j->s, &n);

	j->file = store_files(j->s, &j->n_files);
	j->env.n_points = n;
	j->watch = mem_zalloc(n + 1, sizeof *j->watch);
	j->clock = mem_zalloc(n + 1, sizeof *j->clock);
	j->sees = mem_zalloc(n + 1, 1);
	j->apart = mem_zalloc(n * n + 1, 1);
	job_clocks(j, p, n);
	quotes_read(j->s, &j->quotes);
	for (size_t i = 0; i < j->n_files; i++) {
		int pos = pos_of(p, n, j->file[i].point);

		if (pos >= 1 && (size_t)pos <= n && j->file[i].complete)
			watch_file(j, pos, &j->file[i], j->timings.rank[i]);
	}
	for (size_t i = 0; i < n; i++)
		watch_sort(&j->watch[i]);
	point_rows_free(p, n);
	j->env.watch = j->watch;
	j->env.clock = j->clock;
	j->env.timing = j->timings.point;
	j->env.sees = j->sees;
	j->env.apart = j->apart;
}

void job_points_close(struct job *j)
{
	VEC_FREE(&j->quotes);
	for (size_t p = 0; p < j->env.n_points; p++)
		watch_release(&j->watch[p]);
	timings_release(&j->timings);
	file_rows_free(j->file, j->n_files);
	free(j->watch);
	free(j->clock);
	free(j->sees);
	free(j->apart);
	clock_rows_free(j->clocks, j->n_clocks);
}

void job_make_steady(void *ctx, int64_t file, struct record *r)
{
	const struct timing *t = ctx;

	r->time_ns = timing_steady(t, file, r->frame, r->time_ns);
}
