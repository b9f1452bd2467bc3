/* A session's packets as a block of the page: packed columns.
 */
#pragma once

#include <stdio.h>

#include "report/model.h"
#include "report/render/html_frames.h"

/* Notes in @frames which of them belong to the session.  Writes nothing if it
 * has no hop.  Return: bytes added to the page. */
size_t html_packets(const struct model *m, const struct session_view *v,
		    struct html_frames *frames, FILE *out);
