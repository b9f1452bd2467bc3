/* What became of each frame: the annotations of an export.
 *
 * reads:  session flow block match clock message    writes: nothing
 */
#pragma once

#include "report/model.h"

#define NOTE_NO_FATE FATES

struct note { /* a frame of a chosen session, at one point */
	uint64_t frame;
	int64_t time_ns;  /* on the first point's clock; later than the same
			   * packet upstream */
	int64_t later_ns; /* the least time_ns from this frame on, in its file */
	uint64_t in_frame,
		out_frame; /* the same packet up- and downstream; 0: none */
	uint32_t session;
	uint32_t copy, copies;
	/* How it got here (NOTE_NO_FATE: not known) and what became of it on
	 * the next hop; the other ends, and its own point (at), are indexes
	 * into row.flows. */
	uint8_t at, in_fate, in_from, out_fate, out_to, out_basis, out_reason;
	uint8_t in_marks, out_marks;
	uint8_t dir;
	bool quotes; /* not a frame of the session: an ICMP error that quotes
		      * it */
};

struct noted_file {
	int64_t file, point; /* ids */
	size_t n, cap;
	struct note *note; /* by frame; owned */
};

struct notes {
	size_t n;
	struct noted_file *file; /* in path order; owned */
};

/* Annotates the frames of @sessions (n 0: of all).  Takes about 80 bytes per
 * frame, and as much again while a session is processed.  Return: 0, or -1 with
 * @err if the case cannot be read or a session does not exist. */
int notes_load(struct notes *out, const struct model *m,
	       const int64_t *sessions, size_t n, struct err *err);
void notes_release(struct notes *n);

/* A sentence for the packet's comment.  @v: the note's session.  Return: text
 * to be freed by the caller. */
char *note_text(const struct note *k, const struct session_view *v);
