/* The rows of a session's ladder and plots: its fate entries, on one clock.
 *
 * reads:  match, block      writes: calls of a sink
 *
 * A row is an entry (a transmission on a hop) with what both ends recorded.
 * Times are on the first point's clock; a point whose clock cannot be compared
 * has its own, counted from its first packet.  Sequence numbers count from
 * each direction's initial one at the point itself, so that what the path
 * rewrote does not show.
 *
 * A session with more than HTML_ROWS entries is thinned: of every few plain
 * deliveries of a hop in a row, those with the least and the largest delay stay
 * and one more that counts for the rest (HTML_COUNT).  Lost, unseen, undecided
 * and injected ones and SYN, FIN and RST all stay, as far as they are not too
 * many themselves.
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
	/* near end; the far end's are differences to it, 0 as a rule */
	HTML_NEAR_NS, /* since base_ns */
	HTML_FAR_NS,  /* since base_ns, no difference */
	/* how much earlier, later it may have been; -1: not bounded */
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
	HTML_WIRE, /* bytes of the frame */
	HTML_COLUMNS
};

extern const char *const html_column_name[HTML_COLUMNS];

struct html_row {
	int64_t at[HTML_COLUMNS];
	uint8_t n_sack;
	int64_t sack[4][2]; /* as the near end (else the far one) has them */
};

struct html_sink {
	/* The rows of one hop and direction follow. */
	void (*group)(void *ctx, int dir, int from, int to);
	void (*row)(void *ctx, const struct html_row *r);
	void *ctx;
};

/* What the rows of a session count from. */
struct html_origin {
	int64_t base_ns;   /* first point's clock */
	bool *aligned;     /* by flow; owned */
	int64_t (*seq)[2]; /* seq64 that is 0, by flow and direction; owned */
};

void html_rows(const struct model *m, const struct session_view *v,
	       struct html_origin *o, const struct html_sink *sink);
void html_origin_release(struct html_origin *o);
