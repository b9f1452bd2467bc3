/* Captures corrected for Wireshark: the packets of sessions, as they are, with
 * all clocks put on the first point's and a comment that says what became of
 * each.
 *
 * reads:  struct notes, the original captures    writes: pcapng files
 */
#pragma once

#include "report/notes.h"

struct export_options {
	const char *path;     /* of the file; with split: of its name's stem */
	const char *captures; /* folder that the captures are in now, or NULL:
			       * where they were when indexed */
	bool split;           /* a file a point: STEM-POINT.pcapng */
	void (*written)(void *ctx, const char *path, uint64_t packets);
	void *ctx;
};

/* Return: 0, or -1 with @err where a capture is gone, has changed since, or was
 * standard input; then no file is left. */
int export_write(const struct notes *n, const struct model *m,
		 const struct export_options *o, struct err *err);
