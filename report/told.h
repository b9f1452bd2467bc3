/* Which finding names a frame: the evidence of all findings, by file and frame.
 *
 * reads:  finding    writes: nothing
 */
#pragma once

#include "report/model.h"

struct told_frame {
	int64_t file;
	uint64_t frame;
	const struct finding_row *finding; /* of the model */
};

struct told {
	size_t n;
	struct told_frame *at; /* by file, frame and finding; owned */
};

void told_make(struct told *t, const struct model *m);
void told_release(struct told *t);
/* The gravest finding that names this frame.  Return: NULL if none does, or @frame
 * is 0. */
const struct finding_row *told_of(const struct told *t, int64_t file,
				  uint64_t frame);
/* Does it say that what it names was not lost, as something else on the way got it? */
bool told_is_taken(const struct finding_row *f);
