/* The rows of a session's ladder and plots: its fate entries, on one clock.
 *
 * reads:  match, block      writes: calls of a sink
 *
 * A row is an entry (a transmission on a hop) with what both ends recorded.
 * Times are on the first point's clock; a point whose clock cannot be compared
 * has its own, counted from its first packet.  Sequence numbers are relative to
 * each direction's initial one at the same point, so that rewriting by the path
 * does not show.
 *
 * A session with more than HTML_ROWS entries is thinned: of every few
 * consecutive plain deliveries on a hop, those with the least and the largest
 * delay are kept, and one more that stands for the rest (HTML_COUNT).  Lost,
 * unseen, undecided and injected ones and SYN, FIN and RST are all kept, unless
 * they are too many themselves.
 */
#pragma once

#include "report/model.h"

#define HTML_ROWS 120000 /* of a session, about */

enum html_column {
	HTML_TX,    /* transmission */
	HTML_COUNT, /* entries that the row stands for */
	HTML_HAS,   /* 1: near record, 2: far record */
	HTML_FATE,
	HTML_BASIS,
	HTML_REASON,
	HTML_MARKS,
	HTML_CHANGE,
	HTML_KIND,
	HTML_COPY,
	HTML_LEN,
	/* near end; the far end's are differences from it, mostly 0 */
	HTML_NEAR_NS, /* since base_ns */
	HTML_FAR_NS,  /* since base_ns, not a difference */
	/* how much earlier or later it may have been; -1: not bounded */
	HTML_NEAR_EARLY,
	HTML_NEAR_LATE,
	HTML_FAR_EARLY,
	HTML_FAR_LATE,
	HTML_NEAR_FILE, /* index into model.files */
	HTML_FAR_FILE,
	HTML_NEAR_FRAME,
	HTML_FAR_FRAME,
	HTML_FLAGS, /* TCP */
	HTML_SEQ,   /* first byte concerned */
	HTML_FAR_SEQ,
	HTML_ACK, /* with REC_ACK */
	HTML_FAR_ACK,
	HTML_WINDOW, /* unscaled */
	HTML_FAR_WINDOW,
	HTML_TTL,
	HTML_FAR_TTL,
	HTML_IP_ID,
	HTML_FAR_IP_ID,
	HTML_TOS,
	HTML_WIRE, /* the frame's bytes on the wire */
	HTML_COLUMNS
};

extern const char *const html_column_name[HTML_COLUMNS];

struct html_row {
	int64_t at[HTML_COLUMNS];
	uint8_t n_sack;
	int64_t sack[4][2]; /* as seen at the near end (else at the far one) */
};

struct html_sink {
	/* The rows of one hop and direction follow. */
	void (*group)(void *ctx, int dir, int from, int to);
	void (*row)(void *ctx, const struct html_row *r);
	void *ctx;
};

/* What the rows of a session are relative to. */
struct html_origin {
	int64_t base_ns;   /* first point's clock */
	bool *aligned;     /* by flow; owned */
	int64_t (*seq)[2]; /* seq64 that is 0, by flow and direction; owned */
};

void html_rows(const struct model *m, const struct session_view *v,
	       struct html_origin *o, const struct html_sink *sink);
void html_origin_release(struct html_origin *o);
