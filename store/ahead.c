/* Rows read ahead of being asked for.
 *
 * What: a look-up of one row costs SQLite some 2 us, the next row of one that
 * is read anyway a quarter of that.  Sweeps ask for rows by id, for those of
 * several points in turn, each roughly in order.  So the ids are cut into pages
 * of ROWS, and a row in or beside the page of one that was asked for lately is
 * read with all of its page; any other is read alone.  Thus rows in order come
 * at little cost and rows in no order at no more than before.
 *
 * Invariants: a window holds every row with an id in [from, to).  A writer
 * would see its own changes late, so it keeps no window; a reader sees what was
 * there when the window was read, as it would within one transaction.
 *
 * Hostile bytes: a damaged row fails the store only once it is asked for; a
 * window ends where its rows are large.
 */
#include "store/ahead.h"

#include <stdlib.h>

#define WINDOWS 16
#define ROWS 64
#define NEAR 16           /* ids that may be left out between two rows */
#define BYTES (256 << 10) /* owned by a window's rows, at which it ends */

struct window {
	int64_t from, to; /* ids */
	uint64_t used;
	uint8_t *row; /* ROWS of them; owned */
	bool good[ROWS];
	size_t n;
};

struct ahead {
	const struct ahead_kind *kind;
	struct window window[WINDOWS];
	uint64_t clock;
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
	for (size_t i = 0; i < WINDOWS; i++) {
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

static int64_t page_of(int64_t id)
{
	return (int64_t)((uint64_t)id / ROWS);
}

/* Reads the window of row @id, which none holds yet. */
static struct window *window_take(struct store *s, struct ahead *a, int64_t id)
{
	struct window *old = a->window;
	int64_t page = page_of(id), from = id, to = id + 1;

	for (struct window *w = a->window; w < a->window + WINDOWS; w++) {
		int64_t far = page - page_of(w->from);

		/* what a page misses was cut off, for its rows are large */
		if (w->to && far >= -1 && far <= 1 && !s->writer &&
		    !(far == 0 && w->to - w->from > 1)) {
			from = page * ROWS;
			to = from + ROWS;
		}
		if (w->used < old->used)
			old = w;
	}
	window_forget(a, old);
	window_read(s, a, old, from, to);
	return old;
}

static const void *window_find(struct store *s, struct ahead *a,
			       struct window *w, int64_t id)
{
	size_t lo = 0, hi = w->n;

	w->used = ++a->clock;
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
	for (w = a->window; !s->writer && w < a->window + WINDOWS; w++)
		if (id >= w->from && id < w->to)
			return window_find(s, a, w, id);
	if (id < 0 || id > INT64_MAX - ROWS)
		return NULL;
	return window_find(s, a, window_take(s, a, id), id);
}
