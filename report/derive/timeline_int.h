/* What the files of the timeline share: timeline.c walks, timeline_tell.c has
 * the server's side of it, timeline_path.c the stretches between the points.
 *
 * reads, writes: struct timeline
 */
#pragma once

#include <string.h>

#include "report/derive/timeline.h"

#define TIMELINE_QUEUE_LEAST 10000000

static inline int64_t ns_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t ns_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static inline struct tap *near_tap(struct timeline *t)
{
	return &t->tap[0];
}

static inline struct tap *far_tap(struct timeline *t)
{
	return &t->tap[t->n_taps - 1];
}

static inline int64_t queue_least(const struct timeline *t)
{
	return ns_max(TIMELINE_QUEUE_LEAST, t->b->base_ns / 4);
}

static inline bool one_tap(const struct timeline *t)
{
	return t->n_taps == 1;
}

void timeline_repair(struct timeline *t, enum repair how, int64_t ns,
		     int64_t *left);
/* Of a lane's gap what lies behind @from: recovery that ended at @repaired may
 * have been of what came before. */
static inline void gap_since(const int64_t gap[WAITS], int64_t repaired,
			     int64_t from, int64_t out[WAITS])
{
	memcpy(out, gap, WAITS * sizeof *out);
	out[WAIT_RECOVERY] = ns_min(gap[WAIT_RECOVERY],
				    ns_max(repaired - from, 0));
}

/* What kept a sender's TCP, from the lane's gap; at most *@left. */
void timeline_limits(struct timeline *t, const int64_t gap[WAITS],
		     enum repair how, int64_t *left);

/* At most *@left, from @from on, was spent on a window that the lane's receiver,
 * beside near, held closed.  The sender is @trip_ns away, there and back. */
void timeline_closed(struct timeline *t, const struct lane *l, int64_t from,
		     int64_t trip_ns, int64_t *left);

/* The same to the session's end: *@left, if a window is closed there. */
void timeline_kept_closed(struct timeline *t, int64_t *left);

/* @ns of the server's between two pieces of an answer, at most *@left. */
void timeline_feed(struct timeline *t, int64_t ns, int64_t *left);
/* Something waited in a queue for @ns. */
static inline void timeline_queued(struct timeline *t, int64_t ns)
{
	if (ns > t->queue_most_ns)
		t->queue_most_ns = ns;
}

/* --- timeline_path.c --- */
/* Least round trip before the near point and beyond the far one: the opening's,
 * or less where an acknowledgement came sooner. */
int64_t timeline_before(struct timeline *t);
int64_t timeline_beyond(struct timeline *t);

/* --- timeline_lack.c --- */
/* How long up to @now the client has lacked what the server had sent; of the piece
 * that ends then, at most. */
int64_t timeline_lacks(struct timeline *t, int64_t now);
/* @ns of *@left were so, at the session's end; before that a request went there. */
void timeline_lacked(struct timeline *t, int64_t ns, int64_t *left);

/* --- timeline_end.c --- */
/* The client sends its FIN at @now, with no answer to what it sent before: had it
 * waited for one?  Then the wait is the server's, unless data follows. */
bool timeline_gives_up(struct timeline *t, int64_t now);
/* Notes what the piece before a FIN is spent on: @sign is -1 before that, 1 after. */
void timeline_bye(struct timeline *t, int sign);
struct tell;
/* The server's FIN comes with no data: was an answer due? */
bool timeline_refuses(struct timeline *t, const struct tell *e);
/* It was, and its @wait was counted; TIME_SERVER was @server before. */
void timeline_refused(struct timeline *t, int64_t wait, int64_t server);
/* From the last event to the last record, which is of direction @last. */
void timeline_end(struct timeline *t, int last);

/* --- timeline_owed.c --- */
/* Until @now, at near, the server's last word was in the midst of what it owes: was
 * that waited for?  Then unanswered is set, but for server_ns. */
bool timeline_owes(struct timeline *t, int64_t now, enum ended how);
/* The same, where the session ends with nothing else. */
bool timeline_owes_at_end(struct timeline *t);
/* What was spent up to now is of the request that is owed. */
void timeline_owed_until_now(struct timeline *t);

/* --- timeline_tell.c --- */
struct tell {               /* an event: new data of the server */
	uint64_t from;      /* its first byte */
	int64_t now, piece; /* near's time; the piece before it */
	uint32_t rec;
	bool filled; /* bytes beyond it were here before */
	bool has_send, has_cover;
	bool blind; /* far has captured later data only; `send` is of that */
	struct tap_send send; /* at far; with has_send */
	struct tap_cover
		cover; /* there, of the newest request; with has_cover */
};

/* New data of the server arrives: record @r of it. */
void timeline_tell(struct timeline *t, const struct record *r, struct tell *e);
/* The newest request was only acknowledged, and that was the end: of *@left after
 * it, less a round trip, what its host took for that, and what was sent again
 * because the way lost either. */
void timeline_acked(struct timeline *t, int64_t *left);

/* --- timeline_copies.c --- */
/* How long copies of the newest request went on at near after @from, within
 * @over_ns.  *@how: what brought the last. */
int64_t timeline_copied_there(struct timeline *t, int64_t from, int64_t over_ns,
			      enum repair *how);
/* The same from its end on; nothing where far has the first. */
int64_t timeline_copied_out(struct timeline *t, const struct tell *e,
			    int64_t over_ns, enum repair *how);
/* The same of @e's first byte, at far. */
int64_t timeline_copied_back(struct timeline *t, const struct tell *e,
			     int64_t over_ns, enum repair *how);
/* What of @left_ns, which is over the gap between two sends, went on until a copy
 * was sent. */
int64_t timeline_copied_more(struct timeline *t, const struct tell *e,
			     int64_t left_ns, enum repair *how);
/* What @e was on its way from far, if it is what was sent first.  Only differences
 * mean anything. */
int64_t timeline_transit(struct timeline *t, const struct tell *e);
/* How much of it is over the least; 0: not known. */
int64_t timeline_grown(struct timeline *t, const struct tell *e);

/* --- timeline_afar.c --- */
/* Up to the client's new data, only the server's side being near. */
void timeline_ask_from_afar(struct timeline *t, int64_t *left);
/* @e fills a hole: since when others waited behind it, within the piece. */
int64_t timeline_hole(struct timeline *t, const struct tell *e);
/* Only the near point knows of @e. */
void timeline_from_afar(struct timeline *t, const struct tell *e);
/* Has far's capture so much less than near's that what it lacks may have been
 * there? */
bool timeline_thin(const struct timeline *t);
/* What far has of @e does not tell what its sender waited for: it is spent by
 * timeline_in_doubt(). */
bool timeline_doubtful(const struct timeline *t, const struct tell *e);
void timeline_in_doubt(struct timeline *t, const struct tell *e);
