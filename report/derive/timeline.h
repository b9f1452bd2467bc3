/* A session's time, moment by moment, each given to what it was spent on.
 *
 * reads:  struct tap (one for each point), clocks     writes: struct budget,
 *                                                      exchanges
 *
 * Time is that of the point nearest to the client which sees both directions.
 * It is cut wherever new data leaves the client or arrives for it; what a piece
 * was spent on is known once it ends (timeline.c has the theory).
 */
#pragma once

#include "correlate/fate.h"
#include "correlate/stamps.h"
#include "report/derive/asked.h"
#include "report/derive/tap.h"

#define TIMELINE_HOPS 16 /* points more than that are left out */

/* Gets exchanges in the order of their ends. */
typedef void exchange_fn(void *ctx, const struct exchange *x);

enum heard { HEARD_NOTHING, HEARD_ASK, HEARD_TELL };

enum ended {               /* how the wait for an answer ended without one */
	     ENDED_NOT,    /* there was no such wait */
	     ENDED_CLIENT, /* the client closed or reset the session */
	     ENDED_SERVER, /* the server did, instead of answering */
	     ENDED_CAPTURE /* the capture ended first */
};

struct unanswered { /* the session's last request, where an answer was due */
	enum ended how;
	enum owed owed;    /* it is not merely the last one's answer */
	uint64_t requests; /* that wait then */
	int64_t wait_ns;   /* from its last byte until it was given up */
	int64_t server_ns; /* of that what TIME_SERVER has */
	bool late;         /* an answer came after the client's FIN */
};

struct bye { /* the piece before the client's FIN, and what it was spent on */
	bool said;
	bool in_turn;    /* the turn that is open began before it */
	int64_t from_ns; /* at near */
	int64_t client_ns, repair_ns[REPAIRS];
	uint64_t repairs[REPAIRS];
};

struct silence { /* at the end of the session the server's host, or what is
		  * between it and the far point, says nothing any more */
	uint64_t packets; /* that came to far and ask for an acknowledgement */
	int64_t from_ns;  /* at near: the first of them was sent */
	int64_t ns;       /* from there to the end, all of TIME_SERVER */
};

struct stretch {          /* between two taps, client's first */
	int64_t least_ns; /* least round trip on it; -1: none yet */
	struct stamps from, to;
	bool ways_known;
	int64_t slack_ns;
};

struct timeline {
	struct budget *b;
	size_t n_taps;
	struct tap *tap; /* near first; two or more: far last.  Not owned */
	struct stretch stretch[TIMELINE_HOPS]; /* from tap i to i + 1 */
	bool remote_client, remote_server; /* that end's waits are not seen by
					    * any point near it */
	bool vanishes; /* one tap: what the client sends is known to be lost */
	bool inner;    /* a point beyond far has the session, too */
	int64_t until_ns; /* when near's capture ended; 0: not known */
	int64_t before_ns, beyond_ns; /* round trips before near and beyond far
				       * at the opening; 0: too short */
	exchange_fn *done;
	void *ctx;
	/* the walk */
	int64_t t_ns; /* attributed up to here */
	enum heard heard;
	uint64_t ask_from, ask_end; /* newest request's bytes */
	uint64_t tell_end;          /* newest data of the server's */
	int64_t sent_ns; /* at far: when the server sent its newest data */
	bool sent_known;
	uint64_t blinds,
		sights;     /* pieces whose first byte far has not captured,
				  * and has */
	int64_t sum[WAITS]; /* at far, then */
	int64_t transit_least_ns; /* far to near, in stamps; INT64_MAX: none */
	bool open, answered;
	struct exchange x;                               /* being made */
	int64_t mark[TIME_PARTS], last_mark[TIME_PARTS]; /* parts at its first
							  * record, its last */
	int64_t think_mark; /* TIME_CLIENT when the one before ended */
	uint64_t out_of_turn;
	/* messages */
	struct asked *asked; /* not owned; NULL: turns only */
	bool datagrams;
	uint64_t matched; /* responses that messages told of, in this turn */
	bool cover_known; /* of the newest request, at far */
	struct tap_cover cover;
	uint32_t told_rec;     /* at far: newest data of the server's */
	uint32_t dgram_far[2]; /* the newest of each direction there */
	int64_t hold_ns;       /* of the newest piece */
	char name[64];         /* of x, where a protocol named it */
	uint64_t
		repaired_copies; /* sent again when recovery was last counted */
	int64_t lost_ns;         /* of recovery: at the end, for nothing */
	/* answers that are due: timeline_end.c */
	bool took_turns; /* data was answered with data */
	bool requested;  /* what is open is a request: its protocol says so */
	bool own_accord; /* a protocol that says things nobody has to answer */
	int64_t went_on_ns; /* longest wait after which an answer came, or the
			     * client went on of itself */
	uint64_t told;      /* then: end of what the server had said */
	int64_t asked_ns;   /* when the newest request's last byte left */
	struct bye bye;
	int64_t owed_part
		[TIME_PARTS]; /* with owed: spent when it was given up */
	int64_t paused_ns; /* longest pause of the server's within an answer */
	struct unanswered unanswered;
	struct silence silence;
	bool closing; /* the server's FIN was seen */
	bool reset;   /* near saw a reset: */
	int reset_dir;
	int64_t reset_ns; /* the first */
	int64_t again_ns; /* near's newest copy of anything */
	/* of TIME_SERVER: between the pieces of an answer, where it did not
	 * stop for long, or did so all the time (messages that are pushed) */
	int64_t feed_ns;
	int64_t mute_ns;  /* of it, too: for datagrams that nobody answered */
	int64_t stops_ns; /* long stops within this answer, not in feed_ns */
	uint32_t stops;
	uint64_t closed; /* times that near's own host had closed its window */
	int64_t queue_most_ns; /* longest that anything waited in a queue */
};

/* Walks all of a TCP session.  @t: taps and stretches set, the rest zero. */
void timeline_tcp(struct timeline *t);

/* --- shared with datagrams.c and asked.c --- */
/* An exchange is complete. */
void timeline_done(struct timeline *t, const struct exchange *x);
/* Far's record that made the client's bytes up to @end complete there, or the
 * first of the server's from @off on; EXCHANGE_NONE. */
uint64_t timeline_asked_at(struct timeline *t, uint64_t end);
uint64_t timeline_told_at(struct timeline *t, uint64_t off);
/* A message says that what is open is a request. */
void timeline_requested(struct timeline *t);
/* Is @x, which nobody answered, the turn that is open? */
bool timeline_has(const struct timeline *t, const struct exchange *x);
/* What the turn that is open is of. */
void timeline_name(struct timeline *t, unsigned proto, const char *name);
/* Gives at most *@left to @part.  Return: what it got. */
int64_t timeline_spend(struct timeline *t, enum time_part part, int64_t ns,
		       int64_t *left);
void timeline_open(struct timeline *t, uint64_t rec, int64_t at_ns);
void timeline_close(struct timeline *t);
void timeline_answer(struct timeline *t, uint64_t rec);

/* --- timeline_path.c; shared with datagrams.c --- */
/* A round trip as its taps saw it, near to far, the first and the last always. */
#define TRIP_UNKNOWN INT64_MIN /* this one did not */

/* Of what a tap has not captured it may have something else in its place.  Between
 * the outer taps a round trip is no longer than at the first and no shorter than
 * at the last: others are made TRIP_UNKNOWN. */
void timeline_doubt(const struct timeline *t, int64_t *trip);
/* *@left is path: before, between, beyond.  @trip: what the round trip took from
 * each tap on; NULL: nothing is known of it. */
void timeline_path(struct timeline *t, const int64_t *trip, int64_t *left);
/* @ns of it, spent already, were waited in a queue: notes where. */
void timeline_queue(struct timeline *t, const int64_t *trip, int64_t ns);
/* Notes the least of each stretch. */
void timeline_learn(struct timeline *t, const int64_t *trip);
/* The way out of it, by the clocks.  @asked: when the request was at each tap. */
void timeline_ways(struct timeline *t, const int64_t *trip,
		   const int64_t *asked);
