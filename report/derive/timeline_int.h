/* Shared by the files of the timeline: timeline.c walks, timeline_tell.c has
 * the server's side, timeline_path.c the stretches between the points.
 *
 * reads, writes: struct timeline
 */
#pragma once

#include <string.h>

#include "report/derive/timeline.h"

#define TIMELINE_QUEUE_LEAST 10000000
/* the least wait for an answer that stands out */
#define TIMELINE_DUE_NS 1000000000
/* bytes that ask for something, at least, where messages need no answer: a TLS
 * handshake's Finished has up to 80 */
#define TIMELINE_OWN_ACCORD 100

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
/* The part of a lane's gap after @from: recovery that ended at @repaired may
 * belong to what came before. */
static inline void gap_since(const int64_t gap[WAITS], int64_t repaired,
			     int64_t from, int64_t out[WAITS])
{
	memcpy(out, gap, WAITS * sizeof *out);
	out[WAIT_RECOVERY] = ns_min(gap[WAIT_RECOVERY],
				    ns_max(repaired - from, 0));
}

/* Attributes what held back the TCP of direction @dir's sender, from the lane's
 * gap; at most *@left. */
void timeline_limits(struct timeline *t, int dir, const int64_t gap[WAITS],
		     enum repair how, int64_t *left);

/* --- timeline_held.c --- */
/* Attributes *@left, before new data of direction @dir at near, if Nagle's
 * algorithm held that back at its far sender until the delayed acknowledgement
 * from near's side was there.  @trip_ns: least round trip from near to the
 * sender. */
void timeline_held(struct timeline *t, int dir, int64_t trip_ns, int64_t *left);
/* At the session's end: what may be chance is not counted. */
void timeline_held_end(struct timeline *t);

/* --- timeline_window.c --- */
/* Attributes @ns, at most *@left, to the window that kept the sender of direction
 * @dir waiting.  Return: how much that was. */
int64_t timeline_kept(struct timeline *t, int dir, int64_t ns, int64_t *left);

/* Attributes at most *@left, from @from on, to a window that the receiver of
 * near's lane @dir, next to near, kept closed.  @trip_ns: round trip to the
 * sender. */
void timeline_closed(struct timeline *t, int dir, int64_t from, int64_t trip_ns,
		     int64_t *left);

/* Attributes *@left, before new data of direction @dir at near, if its sender had
 * no window for that sooner, as near's host had not allowed it. */
void timeline_full(struct timeline *t, int dir, int64_t trip_ns, int64_t *left);

/* The same at the session's end: *@left, if a window is closed then. */
void timeline_kept_closed(struct timeline *t, int64_t *left);

/* Sums them up, at the end of the walk. */
void timeline_windows(struct timeline *t);

/* --- timeline.c --- */
/* Attributes the time since data of direction @dir came to near damaged: now
 * it comes again, in a record from @seq on. */
void timeline_spoilt(struct timeline *t, int dir, uint64_t seq, int64_t now,
		     int64_t *left);
/* Notes that something waited in a queue for @ns. */
static inline void timeline_queued(struct timeline *t, int64_t ns)
{
	if (ns > t->queue_most_ns)
		t->queue_most_ns = ns;
}

/* Whose time it is that the server's host takes before the piece at hand. */
static inline enum time_part timeline_host(const struct timeline *t)
{
	return t->resting ? TIME_CLIENT : TIME_SERVER;
}

/* --- timeline_path.c --- */
/* Least round trip before the near point and beyond the far one: the opening's,
 * or less if an acknowledgement came sooner. */
int64_t timeline_before(struct timeline *t);
int64_t timeline_beyond(struct timeline *t);

/* --- timeline_lack.c --- */
/* How long up to @now the client has lacked what the server had sent; of the piece
 * that ends then, at most. */
int64_t timeline_lacks(struct timeline *t, int64_t now);
/* @ns of *@left were so, at the session's end; before that a request went there. */
void timeline_lacked(struct timeline *t, int64_t ns, int64_t *left);

/* --- timeline_owed.c --- */
/* Has the server ended the session within an answer, without a pause that counts as
 * waiting?  To be called at the end. */
void timeline_cut_short(struct timeline *t);

/* --- timeline_end.c --- */
/* Has a point behind near data of the server's that near has not captured? */
bool timeline_said_elsewhere(struct timeline *t);
/* The client sends its FIN at @now, with no answer to what it sent before: had
 * it waited for one?  Then the wait is the server's, unless data follows. */
bool timeline_gives_up(struct timeline *t, int64_t now);
/* Notes what the piece before a FIN is spent on: call with @sign -1 before
 * that, 1 after. */
void timeline_bye(struct timeline *t, int sign);
struct tell;
/* The server's FIN comes without data: was an answer due? */
bool timeline_refuses(struct timeline *t, const struct tell *e);
/* It was, and its @wait has been attributed; TIME_SERVER was @server before. */
void timeline_refused(struct timeline *t, int64_t wait, int64_t server);
/* Attributes the time from the last event to the last record, which is of
 * direction @last. */
void timeline_end(struct timeline *t, int last);

/* Makes @ns of the piece before the client's FIN the server's. */
void timeline_give_back(struct timeline *t, enum time_part from, int64_t ns);

/* --- timeline_silence.c --- */
/* Finds out whether a host falls silent, at the end of the walk. */
void timeline_silence(struct timeline *t);

/* --- timeline_owed.c --- */
/* Until @now, at near, the server stopped in the middle of what it owes: was
 * that waited for?  If so sets unanswered, except for server_ns. */
bool timeline_owes(struct timeline *t, int64_t now, enum ended how);
/* The same for a session that simply ends. */
bool timeline_owes_at_end(struct timeline *t);
/* Counts the time attributed up to now for the request that is owed. */
void timeline_owed_until_now(struct timeline *t);

/* --- timeline_tell.c --- */
struct tell {               /* an event: new data from the server */
	uint64_t from;      /* its first byte */
	int64_t now, piece; /* near's time; the piece before it */
	uint32_t rec;
	bool filled; /* later bytes were here already */
	bool has_send, has_cover;
	bool blind; /* far has captured later data only; `send` belongs to
		     * that */
	struct tap_send send;   /* at far; with has_send */
	struct tap_cover cover; /* the newest request at far; with has_cover */
};

/* New data from the server arrives with record @r. */
void timeline_tell(struct timeline *t, const struct record *r, struct tell *e);
/* The newest request was only acknowledged, and nothing followed: attributes of
 * *@left, less a round trip, the time its host took for that, and
 * retransmission because the path lost either. */
void timeline_acked(struct timeline *t, int64_t *left);

/* --- timeline_feed.c --- */
/* Attributes @ns of the server's between two pieces of an answer, at most
 * *@left. */
void timeline_feed(struct timeline *t, int64_t ns, int64_t *left);
/* @e goes on with an answer, or is news: notes which. */
void timeline_news(struct timeline *t, const struct tell *e);
/* A turn opens with @r: notes whether that may be a reply to news of the server's.
 * TIME_CLIENT was @client before it. */
void timeline_may_reply(struct timeline *t, const struct record *r,
			int64_t client);
/* @len bytes follow after @wait: notes what the turn's request was. */
void timeline_replied(struct timeline *t, int64_t wait, uint32_t len);
/* The session ends, and nothing followed. */
void timeline_unreplied(struct timeline *t);
/* Is the open turn's request such a reply, as far as the session shows? */
bool timeline_replying(const struct timeline *t);

/* --- timeline_rest.c --- */
/* Does @e, with @len bytes of data, end a session in which nobody waits for the
 * server?  To be called before its time is attributed. */
bool timeline_rests(struct timeline *t, const struct tell *e, uint32_t len);
/* Was the newest answer cut where more was to come?  A single segment may be as large
 * as any, and not full. */
bool timeline_cut_full(struct timeline *t);
/* May all that came since the newest request be tickets of TLS 1.3, and no answer? */
bool timeline_may_be_tickets(struct timeline *t);
/* The same, of what HTTP/2 begins with where nothing is encrypted. */
bool timeline_may_be_preface(struct timeline *t);

/* --- timeline_copies.c --- */
/* A request that came to the far point again, and whose copy is answered soon, was
 * lost behind it unless anything shows that it was not: attributes the time until the
 * copy, out of @here, the far host's. */
void timeline_lost_beyond(struct timeline *t, const struct tell *e,
			  int64_t *here);
/* How long the newest request was retransmitted at near after @from, within
 * @over_ns.  *@how: what triggered the last retransmission. */
int64_t timeline_copied_there(struct timeline *t, int64_t from, int64_t over_ns,
			      enum repair *how);
/* The same before @e, its answer, with what near knows alone; 0 if that shows that the
 * first had come. */
int64_t timeline_copied_alone(struct timeline *t, const struct tell *e,
			      int64_t over_ns, enum repair *how);
/* The same from its end on; 0 if far has the original. */
int64_t timeline_copied_out(struct timeline *t, const struct tell *e,
			    int64_t over_ns, enum repair *how);
/* The same for @e's first byte, at far. */
int64_t timeline_copied_back(struct timeline *t, const struct tell *e,
			     int64_t over_ns, enum repair *how);
/* The part of @left_ns, the excess over the gap between two sends, that passed
 * until a retransmission was sent. */
int64_t timeline_copied_more(struct timeline *t, const struct tell *e,
			     int64_t left_ns, enum repair *how);
/* The transit time of @e from far, if it is the original transmission.  Only
 * differences are meaningful. */
int64_t timeline_transit(struct timeline *t, const struct tell *e);
/* Its excess over the least; 0: not known. */
int64_t timeline_grown(struct timeline *t, const struct tell *e);

/* --- timeline_afar.c --- */
/* The time up to new data from the client, if the only point is near the
 * server. */
void timeline_ask_from_afar(struct timeline *t, int64_t *left);
/* @e fills a hole: since when later data waited for it, within the piece. */
int64_t timeline_hole(struct timeline *t, const struct tell *e);
/* Attributes the piece before @e if only the near point knows of it. */
void timeline_from_afar(struct timeline *t, const struct tell *e);
/* Has far captured so much less than near that what it lacks may still have
 * passed there? */
bool timeline_thin(const struct timeline *t);
/* Far's view of @e does not tell what its sender waited for:
 * timeline_in_doubt() attributes it. */
bool timeline_doubtful(const struct timeline *t, const struct tell *e);
void timeline_in_doubt(struct timeline *t, const struct tell *e);
