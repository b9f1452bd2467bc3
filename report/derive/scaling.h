/* Where the path took the window scale out of a session's SYNs (RFC 7323, 2).
 *
 * reads:  struct session_view     writes: nothing
 */
#pragma once

#include "report/derive/timeline.h"
#include "report/model.h"

struct scale_cut {
	bool found;
	int dir;        /* of the SYN (0) or the SYN,ACK (1) */
	int from, to;   /* flows, in its direction of travel */
	int left, came; /* the shift there; -1: no such option */
};

/* Does a window of @who come out too small by a scale that was changed on the
 * way?  Return: the first place of that, or one that is not found. */
struct scale_cut scaling_cut(const struct session_view *v, enum reader who);
/* Does it leave windows without a scale for both sides, so that none is larger
 * than 16 bits allow?  Otherwise one side reads a fraction of what was meant. */
bool scaling_is_off(const struct scale_cut *c);
