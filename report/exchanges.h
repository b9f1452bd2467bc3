/* Exchanges for display: their frames and wording.
 *
 * reads:  exchange, blocks     writes: nothing
 */
#pragma once

#include "report/model.h"

#define EXCHANGE_WORDS 512

/* "READ dir\file, STATUS_ACCESS_DENIED": what was asked, and how it failed if
 * it did; a turn: "request of 20 bytes, answer of 3,000".  Clean text. Return:
 * @out. */
char *exchange_words(const struct session_view *v, const struct exchange *x,
		     char out[static EXCHANGE_WORDS]);
/* Exchange @n of a session, from 0; the caller frees @out->name. Return: false
 * if there is none (then *out is empty). */
bool exchange_load(const struct model *m, int64_t session, uint32_t n,
		   struct exchange *out);
/* Is there only one capture, not known to be next to the server?  Then the time
 * of the server may be that of the path. */
bool session_far_only(const struct session_view *v);

/* A record named by an exchange. */
struct exchange_frame {
	bool known;
	uint64_t frame;
	int64_t time_ns;   /* the point's own clock */
	int64_t steady_ns; /* without steps of the clock: for differences */
	int64_t file;
};

/* The views behind a session's exchanges, opened once. */
struct exchange_views {
	const struct model *m;
	const struct session_view *v;
	struct recs *near[2], *far[2];
};
void exchange_views_open(struct exchange_views *w, const struct model *m,
			 const struct session_view *v);
/* The record near[i] of @x; with @far, far[i]. */
struct exchange_frame exchange_frame(struct exchange_views *w,
				     const struct exchange *x, bool far, int i);
/* The server's own time by the far point's stamps, corrected for steps of its
 * clock; -1: not known. */
int64_t exchange_server_ns(struct exchange_views *w, const struct exchange *x);
void exchange_views_close(struct exchange_views *w);
