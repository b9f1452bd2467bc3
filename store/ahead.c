/* Rows read ahead of being asked for.
 *
 * What: a look-up of one row costs SQLite some 2 us, the next row of one that
 * is read anyway a quarter of that.  Sweeps ask for rows by id, for those of
 * several points in turn, each roughly in order: in a busy capture within some
 * thousands.  So the ids are cut into pages of ROWS.  The first row that is
 * asked for of a page is read alone, unless the page before it was read whole;
 * at the second the page is read.  PAGES of them are kept, enough that a page
 * stays until all of its rows were asked for.  Thus rows in order come at
 * little cost and rows in no order at no more than before.
 *
 * Invariants: a window holds every row with an id in [from, to).  A writer
 * would see its own changes late, so it keeps no window; a reader sees what was
 * there when the window was read, as it would within one transaction.
 *
 * Memory: up to PAGES * ROWS rows and what they own, some MB.
 *
 * Hostile bytes: a damaged row fails the store only once it is asked for; a
 * window ends where its rows are large.
 */
#include "store/ahead.h"

#include <stdlib.h>

#define PAGES 512
#define ROWS 64
#define NEAR 16           /* ids that may be left out between two rows */
#define BYTES (256 << 10) /* owned by a window's rows, at which it ends */

struct window {
	int64_t from, to; /* ids */
	uint8_t *row;     /* ROWS of them; owned */
	bool good[ROWS];
	size_t n;
};

struct ahead {
	const struct ahead_kind *kind;
	struct window window[PAGES];
};

static void *row_at(const struct ahead *a, const struct window *w, size_t i)
{
	return w->row + i * a->kind->size;
}

static int64_t id_at(const struct ahead *a, const struct window *w, size_t i)
{
	int64_t id;

	memcpy(&id, row_at(a, w, i), sizeof id);
	return id;
}

static void window_forget(struct ahead *a, struct window *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->good[i])
			a->kind->release(row_at(a, w, i));
	w->n = 0;
	w->from = w->to = 0;
}

void ahead_free(struct ahead *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < PAGES; i++) {
		window_forget(a, &a->window[i]);
		free(a->window[i].row);
	}
	free(a);
}

/* Reads the rows of ids from @id on, to before @to. */
static void window_read(struct store *s, struct ahead *a, struct window *w,
			int64_t id, int64_t to)
{
	struct query q = query_get(s, a->kind->slot, a->kind->sql);
	int64_t bytes = 0;

	if (!w->row)
		w->row = mem_zalloc(ROWS, a->kind->size);
	w->from = id;
	w->to = to;
	query_int(&q, id);
	query_int(&q, to - 1);
	while (query_next(&q)) {
		int64_t found = query_col(&q), owned;
		void *row = row_at(a, w, w->n);

		if (w->n == ROWS || bytes > BYTES) {
			w->to = found;
			break;
		}
		memset(row, 0, a->kind->size);
		memcpy(row, &found, sizeof found);
		owned = a->kind->read(&q, row);
		w->good[w->n++] = owned >= 0;
		bytes += owned > 0 ? owned : 0;
	}
	query_end(&q);
}

/* The place of the page of @id; files are told apart by ids' high halves. */
static struct window *place_of_page(struct ahead *a, int64_t id)
{
	uint64_t high = (uint64_t)id >> 32;
	uint64_t k = (uint64_t)id / ROWS + (high * 0x9e3779b97f4a7c15 >> 32);

	return &a->window[k % PAGES];
}

static bool holds(const struct window *w, int64_t id)
{
	return id >= w->from && id < w->to;
}

/* Reads row @id into its place @w, alone or with its page. */
static void window_fill(struct store *s, struct ahead *a, struct window *w,
			int64_t id)
{
	int64_t page = id - id % ROWS, from = id, to = id + 1;
	bool again = w->to > w->from && w->from - w->from % ROWS == page;
	bool whole = page >= ROWS &&
		     holds(place_of_page(a, page - ROWS), page - ROWS) &&
		     holds(place_of_page(a, page - ROWS), page - 1);

	/* what a whole page lacks was cut off, for its rows are large */
	if (!s->writer && (whole || again) &&
	    !(again && w->from == page && w->to - w->from > 1)) {
		from = page;
		to = page + ROWS;
	}
	window_forget(a, w);
	window_read(s, a, w, from, to);
}

static const void *window_find(struct store *s, struct ahead *a,
			       struct window *w, int64_t id)
{
	size_t lo = 0, hi = w->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (id_at(a, w, mid) < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == w->n || id_at(a, w, lo) != id)
		return NULL;
	if (w->good[lo])
		return row_at(a, w, lo);
	store_fail_damaged(s, a->kind->what, id);
	return NULL;
}

const void *ahead_get(struct store *s, struct ahead **at,
		      const struct ahead_kind *kind, int64_t id)
{
	struct ahead *a = *at;
	struct window *w;

	if (!a) {
		a = *at = mem_zalloc(1, sizeof *a);
		a->kind = kind;
	}
	if (id < 0 || id > INT64_MAX - ROWS)
		return NULL;
	w = place_of_page(a, id);
	if (s->writer || !holds(w, id))
		window_fill(s, a, w, id);
	return window_find(s, a, w, id);
}
