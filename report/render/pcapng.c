/* Writing annotated frames, merged by time.
 *
 * What: a case holds no bytes of packets; they are read again from the original
 * captures, each once and in its own order, and merged into one file whose
 * times never go back.
 *
 * Steps: open each capture that has notes; always read on in the one whose next
 * frame may be earliest (note.later_ns); keep what was read in a heap by time;
 * write its top once no unread frame can be earlier.  Finally read each capture
 * to its last byte, because only its digest proves that these are the bytes
 * that were indexed.
 *
 * Invariants: an interface of the output is a point and link type; the heap
 * holds as many packets as are out of order within the captures, plus one per
 * file.
 *
 * Reference: draft-ietf-opsawg-pcapng.
 */
#include "report/render/pcapng.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "capture/pcapng_writer.h"
#include "capture/reader.h"
#include "correlate/clock.h"

struct source {
	const struct noted_file *notes;
	const struct file_row *row;
	char *path; /* owned */
	struct reader *reader;
	size_t at; /* the next note */
};

struct packet { /* read, not written yet */
	int64_t time_ns;
	uint64_t order; /* order of reading: the second key */
	uint32_t iface, cap_len, wire_len;
	uint8_t *data;        /* owned */
	const struct note *k; /* of the notes */
};

struct merger {
	const struct model *m;
	const struct export_options *o;
	struct pcapng_writer *out;
	char *path; /* of the output; owned */
	struct VEC(struct source) src;
	struct VEC(struct packet) heap;
	struct VEC(struct iface {
		int64_t point;
		int linktype;
	}) iface;
	uint64_t order, written;
	struct session_view view; /* of the last comment */
	bool has_view;
};

/* ---- the captures ---- */

static char *source_path(const struct merger *w, const struct file_row *f)
{
	const char *slash = strrchr(f->path, '/');

	if (!w->o->captures)
		return mem_strdup(f->path);
	return mem_printf("%s/%s", w->o->captures, slash ? slash + 1 : f->path);
}

static int source_open(struct merger *w, const struct noted_file *n,
		       struct err *err)
{
	struct source *s = VEC_PUSH(&w->src);

	*s = (struct source){ .notes = n, .row = model_file(w->m, n->file) };
	if (!s->row)
		return err_set(err, ERR_CASE,
			       "the case names a capture that "
			       "it does not have; index again");
	if (!strcmp(s->row->path, "-"))
		return err_set(err, ERR_INPUT,
			       "point %s was read from standard input, which "
			       "cannot be read again; save it to a file and "
			       "index that",
			       model_point(w->m, n->point)->name);
	s->path = source_path(w, s->row);
	if (access(s->path, R_OK) != 0)
		return err_set(err, ERR_INPUT,
			       "%s: %s; an export reads the captures again: "
			       "say where they are now with --captures FOLDER",
			       s->path, strerror(errno));
	s->reader = reader_open(s->path, err);
	return s->reader ? 0 : -1;
}

static int has_changed(const struct source *s, struct err *err)
{
	return err_set(err, ERR_INPUT,
		       "%s: is not the capture that was indexed (its bytes "
		       "differ); find the original, or index this one anew",
		       s->path);
}

/* Reads up to the source's next annotated frame.  Return: 0 or -1. */
static int source_read(struct source *s, struct frame *f, struct err *err)
{
	uint64_t want = s->notes->note[s->at].frame;
	int got;

	while ((got = reader_next(s->reader, f, err)) == 1)
		if (f->number >= want)
			break;
	if (got < 0)
		return -1;
	return got == 1 && f->number == want ? 0 : has_changed(s, err);
}

static int source_finish(struct source *s, struct err *err)
{
	struct frame f;
	int got;

	while ((got = reader_next(s->reader, &f, err)) == 1)
		;
	if (got < 0)
		return -1;
	return strcmp(reader_digest(s->reader), s->row->digest) == 0
		       ? 0
		       : has_changed(s, err);
}

/* ---- the heap ---- */

static bool earlier(const struct packet *a, const struct packet *b)
{
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	return a->order < b->order;
}

static void swap(struct packet *a, struct packet *b)
{
	struct packet t = *a;

	*a = *b;
	*b = t;
}

static void heap_push(struct merger *w, const struct packet *p)
{
	size_t i = w->heap.n;

	*VEC_PUSH(&w->heap) = *p;
	while (i && earlier(&w->heap.at[i], &w->heap.at[(i - 1) / 2])) {
		swap(&w->heap.at[i], &w->heap.at[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static struct packet heap_pop(struct merger *w)
{
	struct packet top = w->heap.at[0];
	size_t i = 0;

	w->heap.at[0] = w->heap.at[--w->heap.n];
	for (;;) {
		size_t least = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2; k++)
			if (k < w->heap.n &&
			    earlier(&w->heap.at[k], &w->heap.at[least]))
				least = k;
		if (least == i)
			return top;
		swap(&w->heap.at[i], &w->heap.at[least]);
		i = least;
	}
}

/* ---- the output ---- */

/* "offset ... corrected" for the interface's comment. */
static char *clock_words(const struct merger *w, const struct source *s)
{
	const struct clock_row *c = model_clock(w->m, s->row->point);
	int64_t mid, low, high;

	if (!c || !clock_to_first(c, s->row->first_ns, &mid, &low, &high))
		return mem_strdup("times are this capture's own: its clock "
				  "could not be compared");
	if (c->status == CLOCK_REFERENCE)
		return mem_strdup("times are this capture's own; the others' "
				  "were put on this clock");
	if (low == INT64_MIN || high == INT64_MAX)
		return mem_printf("times put on %s's clock (%+.9f s at the "
				  "begin, bounded on one side only)",
				  w->m->points[0].name,
				  (double)(mid - s->row->first_ns) / 1e9);
	return mem_printf("times put on %s's clock (%+.9f s at the begin, +- "
			  "%.9f s)",
			  w->m->points[0].name,
			  (double)(mid - s->row->first_ns) / 1e9,
			  (double)(high - low) / 2e9);
}

static uint32_t iface_of(struct merger *w, const struct source *s,
			 const struct reader_iface *i)
{
	const struct point_row *p = model_point(w->m, s->row->point);
	char *words;

	for (size_t k = 0; k < w->iface.n; k++)
		if (w->iface.at[k].point == p->id &&
		    w->iface.at[k].linktype == i->linktype)
			return (uint32_t)k;
	*VEC_PUSH(&w->iface) = (struct iface){ p->id, i->linktype };
	words = clock_words(w, s);
	pcapng_writer_iface_comment(w->out, words);
	free(words);
	return pcapng_writer_iface(w->out, i->linktype, 0, 9, p->name);
}

static const struct session_view *view_of(struct merger *w, uint32_t session)
{
	if (w->has_view && w->view.row.id == session)
		return &w->view;
	if (w->has_view)
		session_view_release(&w->view);
	w->has_view = session_view_load(&w->view, w->m, session);
	return w->has_view ? &w->view : NULL;
}

static void packet_write(struct merger *w, struct packet *p)
{
	const struct session_view *v = view_of(w, p->k->session);
	char *words = v ? note_text(p->k, v) : NULL;

	pcapng_writer_packet(w->out, p->iface, p->time_ns, p->data, p->cap_len,
			     p->wire_len, words);
	w->written++;
	free(words);
	free(p->data);
}

/* ---- merging ---- */

static int take_one(struct merger *w, struct source *s, struct err *err)
{
	struct packet p = { .k = &s->notes->note[s->at], .order = w->order++ };
	struct frame f;

	if (source_read(s, &f, err))
		return -1;
	p.time_ns = p.k->time_ns;
	p.iface = iface_of(w, s, reader_iface(s->reader, f.iface));
	p.cap_len = f.cap_len;
	p.wire_len = f.wire_len;
	p.data = mem_alloc(f.cap_len ? f.cap_len : 1);
	if (f.cap_len)
		memcpy(p.data, f.data, f.cap_len);
	heap_push(w, &p);
	s->at++;
	return 0;
}

/* The source whose next frame may be earliest; NULL: all are read. */
static struct source *next_source(struct merger *w)
{
	struct source *best = NULL;

	for (size_t i = 0; i < w->src.n; i++) {
		struct source *s = &w->src.at[i];

		if (s->at < s->notes->n &&
		    (!best || s->notes->note[s->at].later_ns <
				      best->notes->note[best->at].later_ns))
			best = s;
	}
	return best;
}

static int merge(struct merger *w, struct err *err)
{
	struct source *s;

	while ((s = next_source(w))) {
		while (w->heap.n &&
		       w->heap.at[0].time_ns < s->notes->note[s->at].later_ns) {
			struct packet p = heap_pop(w);

			packet_write(w, &p);
		}
		if (take_one(w, s, err))
			return -1;
	}
	while (w->heap.n) {
		struct packet p = heap_pop(w);

		packet_write(w, &p);
	}
	for (size_t i = 0; i < w->src.n; i++)
		if (source_finish(&w->src.at[i], err))
			return -1;
	return 0;
}

static void release(struct merger *w)
{
	for (size_t i = 0; i < w->src.n; i++) {
		reader_close(w->src.at[i].reader);
		free(w->src.at[i].path);
	}
	for (size_t i = 0; i < w->heap.n; i++)
		free(w->heap.at[i].data);
	if (w->has_view)
		session_view_release(&w->view);
	VEC_FREE(&w->src);
	VEC_FREE(&w->heap);
	VEC_FREE(&w->iface);
	free(w->path);
}

/* "merged.pcapng" and point "fw in" to "merged-fw_in.pcapng". */
static char *split_path(const char *path, const char *point)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');
	size_t stem = dot && dot != path ? (size_t)(dot - path) : strlen(path);
	char *name = mem_strdup(point), *out;

	for (char *c = name; *c; c++)
		if (*c == '/' || (unsigned char)*c < 0x21)
			*c = '_';
	out = mem_printf("%.*s-%s%s", (int)stem, path, name,
			 dot ? dot : ".pcapng");
	free(name);
	return out;
}

/* Writes one file, from the captures of @point or (0) all of them. */
static int write_file(const struct notes *n, const struct model *m,
		      const struct export_options *o, char *path, int64_t point,
		      struct err *err)
{
	struct merger w = { .m = m, .o = o, .path = path };
	int ret = 0;

	if (access(path, F_OK) == 0) {
		err_set(err, ERR_USAGE,
			"%s: exists; remove it, or choose another name", path);
		release(&w);
		return -1;
	}
	for (size_t i = 0; !ret && i < n->n; i++)
		if (!point || n->file[i].point == point)
			ret = source_open(&w, &n->file[i], err);
	if (!ret)
		w.out = pcapng_writer_open(path, err);
	if (w.out) {
		ret = merge(&w, err);
		if (pcapng_writer_close(w.out, err))
			ret = -1;
		if (ret)
			unlink(path);
		else if (o->written)
			o->written(o->ctx, path, w.written);
	} else {
		ret = -1;
	}
	release(&w);
	return ret;
}

int export_write(const struct notes *n, const struct model *m,
		 const struct export_options *o, struct err *err)
{
	int ret = 0;

	if (!o->split)
		return write_file(n, m, o, mem_strdup(o->path), 0, err);
	for (size_t i = 0; !ret && i < m->n_points; i++)
		ret = write_file(n, m, o,
				 split_path(o->path, m->points[i].name),
				 m->points[i].id, err);
	return ret;
}
