/* A sorted array: evidence is bounded (some dozens of frames a finding), and each leg
 * of a ladder is looked up, O(log n).
 */
#include "report/told.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/search.h"

static int compare(const void *x, const void *y)
{
	const struct told_frame *a = x, *b = y;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->frame != b->frame)
		return a->frame < b->frame ? -1 : 1;
	return a->finding->id < b->finding->id
		       ? -1
		       : a->finding->id > b->finding->id;
}

void told_make(struct told *t, const struct model *m)
{
	size_t all = 1;

	for (size_t i = 0; i < m->n_findings; i++)
		all += m->findings[i].n_evidence;
	*t = (struct told){ .at = mem_zalloc(all, sizeof *t->at) };
	for (size_t i = 0; i < m->n_findings; i++) {
		const struct finding_row *f = &m->findings[i];

		for (size_t k = 0; k < f->n_evidence; k++)
			t->at[t->n++] = (struct told_frame){
				.file = f->evidence[k].file,
				.frame = f->evidence[k].frame,
				.finding = f,
			};
	}
	qsort(t->at, t->n, sizeof *t->at, compare);
}

const struct finding_row *told_of(const struct told *t, int64_t file,
				  uint64_t frame)
{
	size_t at;

	if (!frame)
		return NULL;
	SEARCH(at, t->n, i,
	       t->at[i].file < file ||
		       (t->at[i].file == file && t->at[i].frame < frame));
	return at < t->n && t->at[at].file == file && t->at[at].frame == frame
		       ? t->at[at].finding
		       : NULL;
}

bool told_is_taken(const struct finding_row *f)
{
	return strcmp(f->rule, "reset.path") == 0;
}

void told_release(struct told *t)
{
	free(t->at);
	*t = (struct told){ 0 };
}
