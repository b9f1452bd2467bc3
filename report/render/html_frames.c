/* A sorted array: evidence is bounded (some dozens of frames a finding), and
 * every row of every session is looked up, O(log n).
 */
#include "report/render/html_frames.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/search.h"

static int compare(const void *x, const void *y)
{
	const struct html_frame *a = x, *b = y;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return a->frame < b->frame ? -1 : a->frame > b->frame;
}

void html_frames_make(struct html_frames *f, const struct model *m)
{
	size_t all = 1;

	for (size_t i = 0; i < m->n_findings; i++)
		all += m->findings[i].n_evidence;
	*f = (struct html_frames){ .at = mem_zalloc(all, sizeof *f->at) };
	for (size_t i = 0; i < m->n_findings; i++) {
		const struct finding_row *row = &m->findings[i];

		for (size_t k = 0; k < row->n_evidence; k++)
			f->at[f->n++] = (struct html_frame){
				.file = row->evidence[k].file,
				.frame = row->evidence[k].frame,
			};
	}
	qsort(f->at, f->n, sizeof *f->at, compare);
}

/* The first of equal ones: lookups always find that one. */
static struct html_frame *find(const struct html_frames *f, int64_t file,
			       uint64_t frame)
{
	struct html_frame want = { .file = file, .frame = frame };
	size_t at;

	SEARCH(at, f->n, i, compare(&f->at[i], &want) < 0);
	return at < f->n && compare(&f->at[at], &want) == 0 ? &f->at[at] : NULL;
}

void html_frames_note(struct html_frames *f, int64_t file, uint64_t frame,
		      int64_t session)
{
	struct html_frame *at = find(f, file, frame);

	if (at && !at->session)
		at->session = session;
}

int64_t html_frames_session(const struct html_frames *f, int64_t file,
			    uint64_t frame)
{
	const struct html_frame *at = frame ? find(f, file, frame) : NULL;

	return at ? at->session : 0;
}

void html_frames_release(struct html_frames *f)
{
	free(f->at);
	*f = (struct html_frames){ 0 };
}
