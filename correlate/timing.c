/* Steady time, record by record: see the header.
 *
 * Cost: a binary search over files for each record of a point whose clock was
 * stepped.
 */
#include "correlate/timing.h"

#include <stdlib.h>

#include "base/search.h"
#include "base/time.h"
#include "correlate/place.h"

static int pos_of(const struct point_row *p, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].id == id)
			return p[i].pos;
	return 0;
}

static void build_points(struct timings *t, const struct point_row *p,
			 const struct clock_row *clock, size_t n_clocks)
{
	const struct clock_row **at = mem_zalloc(t->n + 1, sizeof(void *));
	struct steady *steady = mem_zalloc(t->n + 1, sizeof *steady);

	for (size_t i = 0; i < n_clocks; i++) {
		int pos = pos_of(p, t->n, clock[i].point);

		if (pos >= 1 && (size_t)pos <= t->n)
			at[pos - 1] = &clock[i];
	}
	steady_build(at, t->n, steady);
	for (size_t i = 0; i < t->n; i++)
		t->point[i] = (struct timing){ t, steady[i], false };
	free(steady);
	free(at);
}

void timings_build(struct timings *t, const struct point_row *p, size_t n,
		   const struct file_row *file, size_t n_files,
		   const struct clock_row *clock, size_t n_clocks)
{
	*t = (struct timings){ .n = n, .file = file, .n_files = n_files };
	t->point = mem_zalloc(n + 1, sizeof *t->point);
	t->rank = mem_zalloc(n_files + 1, sizeof *t->rank);
	place_ranks(file, n_files, t->rank);
	build_points(t, p, clock, n_clocks);
	for (size_t i = 0; i < n; i++) {
		int pos = p[i].pos;

		if (pos >= 1 && (size_t)pos <= n)
			t->point[pos - 1].by_time = place_overlap(file, n_files,
								  p[i].id);
	}
}

void timings_release(struct timings *t)
{
	for (size_t i = 0; i < t->n; i++)
		steady_release(&t->point[i].steady);
	free(t->point);
	free(t->rank);
	*t = (struct timings){ .n = 0 };
}

static uint64_t rank_of(const struct timings *t, int64_t file)
{
	size_t at; /* files are in order of id */

	SEARCH(at, t->n_files, i, t->file[i].id < file);
	return at < t->n_files ? t->rank[at] : 0;
}

int64_t timing_steady(const struct timing *t, int64_t file, uint64_t frame,
		      int64_t t_ns)
{
	uint64_t place;

	if (!t->steady.era.n)
		return t_ns;
	place = t->by_time ? 0 : place_of(rank_of(t->all, file), frame);
	return time_held(time_add(t_ns, steady_shift(&t->steady, place, t_ns)));
}
