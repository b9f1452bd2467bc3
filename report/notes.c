/* Annotating each frame with what became of it.
 *
 * What: fates are kept per hop; a reader of a packet wants to know, at the
 * packet, where it came from and what became of it next.  Each record of a
 * session's flows gets a note; a sweep over the fates joins the two ends of
 * each hop.
 *
 * Times: each point's times are converted to the first point's clock, which is
 * possible within bounds only: a packet may seem to arrive before it was sent.
 * Two things are certain: it is later downstream than upstream, and a point's
 * frames are in the order of capture.  Times are raised until both hold
 * (settle); the real order satisfies both, so this terminates.
 *
 * Copies: the highest copy number of a range on a hop is the number of copies;
 * only ranges with more than one are remembered (struct copies).
 *
 * Cost: two sweeps of each session; memory as in notes.h.
 */
#include "report/notes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/search.h"
#include "base/text.h"
#include "correlate/clock.h"
#include "report/notes_int.h"

#define PIECES_MOST 64 /* the most segments that one is cut into */

static int64_t on_first(const struct model *m, int64_t point, int64_t t)
{
	const struct clock_row *clock = model_clock(m, point);
	int64_t mid = t, low, high;

	if (clock)
		clock_to_first(clock, t, &mid, &low, &high);
	return mid;
}

/* ---- a session's lanes ---- */

static void lane_open(struct noter *w, size_t i, int dir)
{
	const struct flow_row *flow = &w->v.flow[i].row;
	struct recs *r = recs_open(w->m->store, flow, dir);
	struct lane *l = &w->lane[i][dir];

	l->n = recs_count(r);
	l->note = mem_zalloc(l->n + 1, sizeof *l->note);
	l->file = mem_zalloc(l->n + 1, sizeof *l->file);
	l->own_ns = mem_zalloc(l->n + 1, sizeof *l->own_ns);
	l->upstream = mem_zalloc(l->n + 1, sizeof *l->upstream);
	for (uint64_t k = 0; k < l->n; k++) {
		const struct record *rec = recs_get(r, k);

		l->file[k] = recs_file(r, k);
		l->own_ns[k] = rec->time_ns;
		l->upstream[k] = FATE_NO_RECORD;
		l->note[k] = (struct note){
			.frame = rec->frame,
			.time_ns = on_first(w->m, flow->point, rec->time_ns),
			.session = (uint32_t)w->v.row.id,
			.copy = 1,
			.copies = 1,
			.in_fate = NOTE_NO_FATE,
			.out_fate = NOTE_NO_FATE,
			.dir = (uint8_t)dir,
			.at = (uint8_t)i,
		};
	}
	recs_close(r);
}

struct note *noter_at(struct noter *w, int flow, int dir, uint64_t i)
{
	struct lane *l = &w->lane[flow][dir];

	return i < l->n ? &l->note[i] : NULL;
}

/* ---- copies ---- */

static int by_seq(const void *a, const void *b)
{
	const struct range_copies *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x->copies > y->copies ? -1 : x->copies < y->copies;
}

static uint64_t range_of(const struct fate_row *r)
{
	/* The hop is part of it: ranges are counted per hop. */
	return (r->near->seq64 + r->e.off) << 6 ^ (uint64_t)r->from;
}

static void count_copies(struct noter *w)
{
	struct fate_cursor *c = fate_cursor_open(w->m->store, w->v.row.id);
	struct fate_row r;

	w->copies[0].range.n = w->copies[1].range.n = 0;
	while (fate_cursor_next(c, &r))
		if (r.near && r.e.copy > 1)
			*VEC_PUSH(&w->copies[r.dir].range) =
				(struct range_copies){ range_of(&r), r.e.copy };
	fate_cursor_close(c);
	for (int d = 0; d < 2; d++)
		if (w->copies[d].range.n)
			qsort(w->copies[d].range.at, w->copies[d].range.n,
			      sizeof *w->copies[d].range.at, by_seq);
}

static uint32_t copies_of(const struct noter *w, const struct fate_row *r)
{
	const struct copies *c = &w->copies[r->dir];
	uint64_t seq = range_of(r);
	size_t at;

	SEARCH(at, c->range.n, i, c->range.at[i].seq < seq);
	if (at < c->range.n && c->range.at[at].seq == seq &&
	    c->range.at[at].copies > r->e.copy)
		return c->range.at[at].copies;
	return r->e.copy;
}

/* ---- the two ends of a hop ---- */

static void note_far(struct noter *w, const struct fate_row *r,
		     const struct note *near, uint64_t far)
{
	struct lane *l = &w->lane[r->to][r->dir];
	struct note *k = &l->note[far];

	k->in_fate = r->e.fate;
	k->in_from = (uint8_t)r->from;
	k->in_marks |= r->e.marks;
	if (!near || k->in_frame)
		return;
	k->in_frame = near->frame;
	l->upstream[far] = r->e.near;
}

/* Pieces before the one that completes a segment have no fate of their own:
 * those right before it that nothing else claims belong to the same segment. */
static void note_pieces(struct noter *w, const struct fate_row *r,
			const struct note *near)
{
	for (uint64_t i = r->e.far, n = 0; i-- > 0 && n < PIECES_MOST; n++) {
		if (w->lane[r->to][r->dir].note[i].in_fate != NOTE_NO_FATE)
			return;
		note_far(w, r, near, i);
	}
}

static void note_near(const struct noter *w, const struct fate_row *r,
		      struct note *near, const struct note *far)
{
	/* If the bytes of a segment fared differently the loss counts. */
	if (near->out_fate == FATE_LOST && r->e.fate != FATE_LOST)
		return;
	near->out_fate = r->e.fate;
	near->out_basis = r->e.basis;
	near->out_reason = r->e.reason;
	near->out_to = (uint8_t)r->to;
	near->out_marks |= r->e.marks;
	near->out_frame = far ? far->frame : 0;
	near->copy = r->e.copy;
	near->copies = copies_of(w, r);
}

static void join_ends(struct noter *w)
{
	struct fate_cursor *c = fate_cursor_open(w->m->store, w->v.row.id);
	struct fate_row r;

	while (fate_cursor_next(c, &r)) {
		struct note *near =
			r.near ? noter_at(w, r.from, r.dir, r.e.near) : NULL;
		struct note *far = r.far ? noter_at(w, r.to, r.dir, r.e.far)
					 : NULL;

		if (near)
			note_near(w, &r, near, far);
		if (far)
			note_far(w, &r, near, r.e.far);
		if (near && far && r.e.marks & MARK_RESEGMENTED)
			note_pieces(w, &r, near);
	}
	fate_cursor_close(c);
}

/* ---- collecting ---- */

static struct noted_file *file_of(struct noter *w, int64_t id)
{
	const struct file_row *row;
	struct noted_file *f;

	for (size_t i = 0; i < w->out->n; i++)
		if (w->out->file[i].file == id)
			return &w->out->file[i];
	row = model_file(w->m, id);
	w->out->file = mem_resize(w->out->file, w->out->n + 1,
				  sizeof *w->out->file);
	f = &w->out->file[w->out->n++];
	*f = (struct noted_file){ .file = id, .point = row ? row->point : 0 };
	return f;
}

static void file_add(struct noted_file *f, const struct note *k)
{
	f->note = mem_grow(f->note, &f->cap, f->n + 1, sizeof *f->note);
	f->note[f->n++] = *k;
}

static void collect(struct noter *w)
{
	for (size_t i = 0; i < w->v.row.n_flows; i++)
		for (int d = 0; d < 2; d++) {
			struct lane *l = &w->lane[i][d];
			struct noted_file *f = NULL;

			for (uint64_t k = 0; k < l->n; k++) {
				if (!f || f->file != l->file[k])
					f = file_of(w, l->file[k]);
				file_add(f, &l->note[k]);
			}
			free(l->note);
			free(l->file);
			free(l->own_ns);
			free(l->upstream);
		}
}

static void remember_parts(struct noter *w)
{
	for (size_t i = 0; i < w->v.row.n_flows; i++) {
		const struct flow_row *f = &w->v.flow[i].row;

		for (size_t k = 0; k < f->n_parts; k++) {
			struct quoted_part *p = VEC_PUSH(&w->parts);

			p->part = f->parts[k].part;
			p->session = (uint32_t)w->v.row.id;
			p->at = (uint8_t)i;
		}
	}
}

static void note_session(struct noter *w)
{
	size_t n = w->v.row.n_flows;

	w->lane = mem_zalloc(n + 1, sizeof *w->lane);
	for (size_t i = 0; i < n; i++)
		for (int d = 0; d < 2; d++)
			lane_open(w, i, d);
	count_copies(w);
	join_ends(w);
	noter_settle(w);
	collect(w);
	remember_parts(w);
	free(w->lane);
}

/* ---- ICMP errors ---- */

static int by_part(const void *a, const void *b)
{
	const struct quoted_part *x = a, *y = b;

	return x->part < y->part ? -1 : x->part > y->part;
}

static void note_errors(struct noter *w)
{
	size_t n;
	struct message_row *msg = store_icmp(w->m->store, &n);

	for (size_t i = 0; i < n; i++) {
		const struct message *q = &msg[i].m;
		struct quoted_part key = { msg[i].file << 32 | q->part, 0, 0 };
		const struct quoted_part *p =
			w->parts.n ? bsearch(&key, w->parts.at, w->parts.n,
					     sizeof key, by_part)
				   : NULL;
		struct noted_file *f;
		struct note k = { .frame = q->first_frame,
				  .copy = 1,
				  .copies = 1,
				  .in_fate = NOTE_NO_FATE,
				  .out_fate = NOTE_NO_FATE,
				  .dir = q->dir,
				  .quotes = true };

		if (!p || !q->first_frame)
			continue;
		f = file_of(w, msg[i].file);
		k.session = p->session;
		k.at = p->at;
		k.time_ns = on_first(w->m, f->point, q->first_ns);
		file_add(f, &k);
	}
	message_rows_free(msg, n);
}

/* ---- in order ---- */

static int by_frame(const void *a, const void *b)
{
	const struct note *x = a, *y = b;

	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	return (int)x->quotes -
	       (int)y->quotes; /* a frame's own note before one for what it
			        * quotes */
}

/* A frame is written once, even if it quotes another. */
static void sort_file(struct noted_file *f)
{
	size_t n = 0;

	if (f->n)
		qsort(f->note, f->n, sizeof *f->note, by_frame);
	for (size_t i = 0; i < f->n; i++)
		if (!n || f->note[n - 1].frame != f->note[i].frame)
			f->note[n++] = f->note[i];
	f->n = n;
	for (size_t i = n; i-- > 0;) {
		struct note *k = &f->note[i];

		k->later_ns = k->time_ns;
		if (i + 1 < n && f->note[i + 1].later_ns < k->later_ns)
			k->later_ns = f->note[i + 1].later_ns;
	}
}

static int by_path(const void *a, const void *b)
{
	const struct noted_file *x = a, *y = b;

	if (x->point != y->point)
		return x->point < y->point ? -1 : 1;
	return x->file < y->file ? -1 : x->file > y->file;
}

int notes_load(struct notes *out, const struct model *m,
	       const int64_t *sessions, size_t n, struct err *err)
{
	struct noter w = { .out = out, .m = m };
	size_t all = n ? n : (size_t)m->n_sessions;
	int ret = 0;

	*out = (struct notes){ 0 };
	for (size_t i = 0; !ret && i < all; i++) {
		int64_t id = n ? sessions[i] : (int64_t)i + 1;

		if (session_view_load(&w.v, m, id)) {
			note_session(&w);
			session_view_release(&w.v);
		} else if (n) {
			ret = err_set(err, ERR_USAGE,
				      "no session %lld; 'tracepair sessions "
				      "CASE' lists them",
				      (long long)id);
		}
		if (store_failed(m->store))
			ret = store_commit(m->store, err);
	}
	if (w.parts.n)
		qsort(w.parts.at, w.parts.n, sizeof *w.parts.at, by_part);
	note_errors(&w);
	for (size_t i = 0; i < out->n; i++)
		sort_file(&out->file[i]);
	if (out->n)
		qsort(out->file, out->n, sizeof *out->file, by_path);
	VEC_FREE(&w.parts);
	VEC_FREE(&w.copies[0].range);
	VEC_FREE(&w.copies[1].range);
	return ret;
}

void notes_release(struct notes *n)
{
	for (size_t i = 0; i < n->n; i++)
		free(n->file[i].note);
	free(n->file);
	*n = (struct notes){ 0 };
}
