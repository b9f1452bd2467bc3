/* The frames that findings name, and the session of each.
 */
#pragma once

#include "report/model.h"

struct html_frames {
	struct html_frame {
		int64_t file; /* id */
		uint64_t frame;
		int64_t session; /* 0: not found yet */
	} * at;                  /* by file, then frame; owned */
	size_t n;
};

void html_frames_make(struct html_frames *f, const struct model *m);
/* Notes that a frame belongs to @session. */
void html_frames_note(struct html_frames *f, int64_t file, uint64_t frame,
		      int64_t session);
/* Return: 0 if it is not known. */
int64_t html_frames_session(const struct html_frames *f, int64_t file,
			    uint64_t frame);
void html_frames_release(struct html_frames *f);
