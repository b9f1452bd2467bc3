/* Where blocks of messages are, by part.
 *
 * What: in a window of messages (store/message_window.c) parts ascend from block to
 * block.  The rows of a file are read once, without their bytes; a part is found by
 * binary search in each window that may have it, which few windows do for a short flow.
 * Which do is remembered for the parts that have the same ones: sessions come in the
 * order of their parts, nearly.
 *
 * Memory: some 40 bytes a block of a file.
 */
#include "store/message_places.h"

#include <stdlib.h>

#include "base/search.h"
#include "store/store_int.h"

static void place_add(struct file_places *f, const struct block_place *p)
{
	struct places_window *w;

	/* in a window they rise */
	if (!f->place.n || p->part_min < f->place.at[f->place.n - 1].part_max)
		*VEC_PUSH(&f->window) = (struct places_window){ f->place.n,
								p->part_min,
								p->part_max };
	w = &f->window.at[f->window.n - 1];
	if (p->part_min < w->part_min)
		w->part_min = p->part_min;
	if (p->part_max > w->part_max)
		w->part_max = p->part_max;
	*VEC_PUSH(&f->place) = *p;
}

struct file_places *file_places_read(struct store *s, int64_t file)
{
	struct file_places *f = mem_zalloc(1, sizeof *f);
	struct query q;

	f->file = file;
	f->from = 1;
	q = query_get(s, SLOT_MESSAGES,
		      "SELECT id,part_min,part_max,protos,CASE typeof(data)"
		      " WHEN 'integer' THEN data ELSE -1 END FROM message_block"
		      " WHERE id BETWEEN ? AND ? AND EXISTS (SELECT 1 FROM"
		      " file f WHERE f.id=? AND complete) ORDER BY id");
	query_int(&q, FILE_FIRST(file));
	query_int(&q, FILE_LAST(file));
	query_int(&q, file);
	while (query_next(&q)) {
		struct block_place p = { .id = query_col(&q) };

		p.part_min = (uint32_t)query_col(&q);
		p.part_max = (uint32_t)query_col(&q);
		p.protos = (uint32_t)query_col(&q);
		p.kept = query_col(&q);
		place_add(f, &p);
	}
	return f;
}

void file_places_free(struct file_places *f)
{
	VEC_FREE(&f->place);
	VEC_FREE(&f->window);
	VEC_FREE(&f->hit);
	free(f);
}

static size_t window_end(const struct file_places *f, size_t window)
{
	return window + 1 < f->window.n ? f->window.at[window + 1].first
					: f->place.n;
}

/* Finds the windows that may have @part, and for which other parts they are the
 * same.  Sessions come in the order of their parts, nearly: mostly they are. */
static void hits_find(struct file_places *f, uint32_t part)
{
	if (f->from <= part && part <= f->to)
		return;
	f->hit.n = 0;
	f->from = 0;
	f->to = UINT32_MAX;
	for (size_t i = 0; i < f->window.n; i++) {
		const struct places_window *w = &f->window.at[i];
		uint32_t from = 0, to = UINT32_MAX;

		if (part < w->part_min) {
			to = w->part_min - 1;
		} else if (part > w->part_max) {
			from = w->part_max + 1;
		} else {
			from = w->part_min;
			to = w->part_max;
			*VEC_PUSH(&f->hit) = i;
		}
		f->from = from > f->from ? from : f->from;
		f->to = to < f->to ? to : f->to;
	}
}

/* The next window to be walked, or NULL. */
static const struct places_window *window_take(struct places_walk *w,
					       size_t *end)
{
	const struct file_places *f = w->of;
	size_t n = w->one_part ? f->hit.n : f->window.n, i;

	if (w->window >= n)
		return NULL;
	i = w->one_part ? f->hit.at[w->window] : w->window;
	w->window++;
	*end = window_end(f, i);
	return &f->window.at[i];
}

/* Enters the next window that has the part.  Return: false: there is none. */
static bool window_next(struct places_walk *w)
{
	const struct places_window *next;
	size_t end;

	while ((next = window_take(w, &end)) != NULL) {
		const struct block_place *p = &w->of->place.at[next->first];
		size_t n = end - next->first, at = 0;

		if (w->one_part)
			SEARCH(at, n, i, p[i].part_max < w->part);
		w->at = next->first + at;
		w->end = end;
		if (at < n && (!w->one_part || p[at].part_min <= w->part))
			return true;
	}
	return false;
}

void places_walk_part(struct places_walk *w, struct file_places *f,
		      uint32_t part)
{
	*w = (struct places_walk){
		.of = f, .one_part = true, .part = part, .protos = UINT32_MAX
	};
	hits_find(f, part);
}

void places_walk_all(struct places_walk *w, struct file_places *f,
		     uint32_t protos)
{
	*w = (struct places_walk){ .of = f, .protos = protos };
}

struct block_place *places_next(struct places_walk *w)
{
	for (;;) {
		struct block_place *p;

		if (w->at == w->end && !window_next(w))
			return NULL;
		p = &w->of->place.at[w->at++];
		if (w->one_part && p->part_min > w->part)
			w->at = w->end; /* nothing more in this window */
		else if (p->protos & w->protos)
			return p;
	}
}
