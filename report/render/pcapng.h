/* Corrected captures for Wireshark: the packets of sessions, unchanged, with
 * all times on the first point's clock and a comment that says what became of
 * each.
 *
 * reads:  struct notes, the original captures    writes: pcapng files
 */
#pragma once

#include "report/notes.h"

struct export_options {
	const char *path;     /* of the file; with split: the stem of the
			       * names */
	const char *captures; /* folder of the captures now, or NULL: where they
			       * were when indexed */
	bool split;           /* a file per point: STEM-POINT.pcapng */
	void (*written)(void *ctx, const char *path, uint64_t packets);
	void *ctx;
};

/* Return: 0, or -1 with @err if a capture is gone, has changed since, or was
 * standard input; then no file is left behind. */
int export_write(const struct notes *n, const struct model *m,
		 const struct export_options *o, struct err *err);
