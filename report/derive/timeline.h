/* A session's time: every moment is attributed to what it was spent on.
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
#include "report/derive/opening.h"
#include "report/derive/tap.h"

#define TIMELINE_HOPS 16        /* points beyond that are left out */
#define TIMELINE_REPLY_MOST 128 /* more than a client's reply to news has */

/* Called with exchanges in the order of their ends. */
typedef void exchange_fn(void *ctx, const struct exchange *x);

enum heard { HEARD_NOTHING, HEARD_ASK, HEARD_TELL };

enum ended {               /* how the wait for an answer ended without one */
	     ENDED_NOT,    /* there was no such wait */
	     ENDED_CLIENT, /* the client closed or reset the session */
	     ENDED_SERVER, /* the server did so instead of answering */
	     ENDED_CAPTURE /* the capture ended first */
};

enum cut {          /* the server ended the session within an answer, at once */
	   CUT_NOT, /* it did not */
	   CUT_CLOSED, /* by a FIN */
	   CUT_RESET
};

struct unanswered { /* the session's last request, if an answer was due */
	enum ended how;
	enum owed owed;    /* what was due, if not merely the last request's
			    * answer */
	uint64_t requests; /* requests that wait then */
	int64_t wait_ns;   /* from its last byte until it was given up */
	int64_t server_ns; /* the part of that in TIME_SERVER */
	bool late;         /* an answer came after the client's FIN */
};

struct bye { /* the piece before the client's FIN, and what it was spent on */
	bool said;
	bool in_turn;    /* the open turn began before it */
	int64_t from_ns; /* at near */
	int64_t client_ns, repair_ns[REPAIRS];
	uint64_t repairs[REPAIRS];
};

struct silence { /* from some moment until the session's end nothing comes from
		  * a host, or from between it and the point nearest to it */
	uint64_t packets; /* that came there and require an acknowledgement */
	bool data;        /* some of them are no copies */
	int64_t from_ns;  /* at near: the first of them was sent */
	int64_t ns;       /* from there to the end */
};

enum reader {                /* whose window keeps the other side waiting */
	      READER_EITHER, /* none has most of the time */
	      READER_CLIENT,
	      READER_SERVER
};

struct alert { /* that ended TLS's handshake */
	bool said;
	int dir;
	int64_t status;
};

struct kept {
	enum reader who;
	uint64_t times, zeros; /* stalls, and windows of zero: of that side */
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
	struct tap *tap; /* near first; if two or more, far last.  Not owned */
	struct stretch stretch[TIMELINE_HOPS]; /* from tap i to i + 1 */
	bool remote_client, remote_server; /* no point near that end sees its
					    * waits */
	bool vanishes;    /* with one tap: what the client sends is known to be
			* lost */
	bool unknown;     /* with one tap: a point that lacks the session is
			* farther out, and how far what the client sends came
			* is not known */
	bool inner;       /* a point beyond far saw the session, too */
	bool outer;       /* a point before near did */
	int64_t until_ns; /* when near's capture ended; 0: not known */
	int64_t before_ns, beyond_ns; /* round trips before near and beyond far
				       * at the opening; 0: negligible */
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
		sights;     /* pieces whose first byte far has not captured, and
			     * those where it has */
	int64_t sum[WAITS]; /* at far, at that time */
	int64_t transit_least_ns; /* far to near, by their stamps; INT64_MAX:
				   * none */
	bool open, answered;
	struct exchange x;                               /* the current one */
	int64_t mark[TIME_PARTS], last_mark[TIME_PARTS]; /* parts at its first
							  * and last record */
	int64_t think_mark; /* TIME_CLIENT when the previous one ended */
	int64_t asked_mark; /* the same at the newest answer, or the request
			     * behind it */
	int64_t rest_ns;    /* of TIME_CLIENT: since then, at the end */
	uint64_t out_of_turn;
	/* messages */
	struct asked *asked; /* not owned; NULL: turns only */
	bool datagrams;
	bool no_turns; /* of datagrams: what answers what is not known, so nobody
			* is known to wait */
	uint64_t matched; /* responses in this turn that messages covered */
	bool cover_known; /* the newest request is known to be complete at
			   * far */
	struct tap_cover cover;
	uint32_t told_rec;        /* at far: newest data of the server's */
	uint32_t dgram_far[2];    /* the newest datagram of each direction at
			        * far */
	int64_t hold_ns;          /* the newest piece's hold time */
	char name[64];            /* of x, if a protocol named it */
	uint64_t repaired_copies; /* retransmissions when recovery was last
				  * counted */
	int64_t lost_ns;          /* part of recovery: at the end, in vain */
	/* answers that are due (timeline_end.c) */
	bool took_turns; /* data was answered with data */
	bool requested;  /* the open turn is a request, according to its
			  * protocol */
	bool own_accord; /* a protocol with messages that need no answer */
	bool news;  /* the server's newest data came after a rest, unasked */
	bool begun; /* a turn has opened: the first is no reply if it is a SYN */
	bool perhaps_news; /* or was the answer, with tickets before it */
	struct {           /* the open turn's request may be a reply to such */
		uint32_t len; /* bytes then; 0: it is none */
		bool perhaps; /* it is not known whether there were any */
		bool echo;    /* as long as that */
		bool late;    /* and nothing came soon */
	} reply;
	struct {                      /* of one length, timeline_feed.c */
		uint32_t len;         /* bytes */
		uint32_t times, soon; /* how much shows and refutes it */
		uint64_t asks[TIMELINE_REPLY_MOST / 64]; /* lengths of requests,
							  * as bits */
	} replies;
	int64_t went_on_ns; /* longest wait after which an answer came, or the
			     * client went on by itself */
	int64_t client_went_on_ns; /* of these, after which the client did */
	uint64_t client_went_on;   /* how often it did after a pause */
	uint64_t shaken;   /* exchanges before the newest handshake message of
			  * the client's */
	uint32_t told_len; /* bytes in the server's newest data */
	bool greets;       /* it spoke first */
	uint64_t told;     /* end of what the server had sent by then */
	int64_t asked_ns;  /* when the newest request's last byte left */
	struct bye bye;
	int64_t owed_part
		[TIME_PARTS]; /* with owed: time spent when it was given up */
	int64_t paused_ns;    /* longest pause of the server within an answer */
	struct unanswered unanswered;
	struct silence silence; /* the server's: all of it is TIME_SERVER */
	struct silence gone;    /* the client's */
	struct opened opened;
	enum cut cut;
	struct alert alert;
	bool closing;      /* the server's FIN was seen */
	bool resting;      /* the piece at hand is a rest before it */
	bool server_first; /* its FIN or reset came before any of the client's */
	bool left;         /* the client's was */
	bool reset;        /* near saw a reset: */
	int reset_dir;
	int64_t reset_ns; /* the first */
	int64_t again_ns; /* near's newest retransmission */
	/* part of TIME_SERVER: between the pieces of an answer, without long
	 * stops, unless it stops all the time, or what comes then may be news */
	int64_t feed_ns;
	int64_t unasked_ns; /* the longest pause in it before what may be news */
	int64_t mute_ns;    /* part of it, too: for datagrams that nobody
			   * answered */
	int64_t stops_ns;   /* long stops within this answer, not in feed_ns */
	uint32_t stops;
	/* by sender, kept waiting by the other side's window: how long, and
	 * how often near's own host had closed that, or allowed too little to a
	 * far sender */
	int64_t kept_ns[2];
	uint64_t closed[2], full[2];
	struct kept window;
	/* pieces of a far sender's message: how often the next came just when
	 * Nagle's algorithm lets it, and how often it did not */
	struct {
		uint64_t fits, misses, nagles;
	} held[2];
	int64_t queue_most_ns; /* longest that anything waited in a queue */
};

/* Were the client's messages that timeline.reply tells of replies for which nobody waits?
 * Known at the end. */
bool timeline_only_replies(const struct timeline *t);

/* Walks a whole TCP session.  @t: taps and stretches are set, the rest is
 * zero. */
void timeline_tcp(struct timeline *t);

/* --- shared with datagrams.c and asked.c --- */
/* To be called when an exchange is complete. */
void timeline_done(struct timeline *t, const struct exchange *x);
/* Far's record that completed the client's bytes up to @end there, or the first
 * of the server's from @off on; or EXCHANGE_NONE. */
uint64_t timeline_asked_at(struct timeline *t, uint64_t end);
uint64_t timeline_told_at(struct timeline *t, uint64_t off);
/* Called when a message shows that the open turn is a request. */
void timeline_requested(struct timeline *t);
/* Is @x, which nobody answered, the open turn? */
bool timeline_has(const struct timeline *t, const struct exchange *x);
/* Called when a message of the client's sets up the channel itself. */
void timeline_shakes(struct timeline *t);
/* Names the open turn. */
void timeline_name(struct timeline *t, unsigned proto, const char *name);
/* Attributes @ns, at most *@left, to @part.  Return: how much that was. */
int64_t timeline_spend(struct timeline *t, enum time_part part, int64_t ns,
		       int64_t *left);
void timeline_open(struct timeline *t, uint64_t rec, int64_t at_ns);
void timeline_close(struct timeline *t);
void timeline_answer(struct timeline *t, uint64_t rec);

/* --- timeline_path.c; shared with datagrams.c --- */
/* A round trip as the taps saw it, from near to far; the first and the last are
 * always known. */
#define TRIP_UNKNOWN INT64_MIN /* this tap did not see it */

/* A tap that has not captured a packet may have taken another for it.  A round
 * trip at an inner tap is no longer than at the first and no shorter than at
 * the last: others become TRIP_UNKNOWN. */
void timeline_doubt(const struct timeline *t, int64_t *trip);
/* Attributes *@left to the path: before, between and beyond the taps.  @trip:
 * the round trip from each tap on; NULL: not known. */
void timeline_path(struct timeline *t, const int64_t *trip, int64_t *left);
/* Return: the least round trip to both ends of the session, of which one point
 * alone knows; -1: there are several. */
int64_t timeline_alone(struct timeline *t);
/* @ns of it, attributed already, were spent in a queue: notes where. */
void timeline_queue(struct timeline *t, const int64_t *trip, int64_t ns);
/* Notes the least round trip of each stretch. */
void timeline_learn(struct timeline *t, const int64_t *trip);
/* The outbound part of it, by the clocks.  @asked: when the request was at each
 * tap. */
void timeline_ways(struct timeline *t, const int64_t *trip,
		   const int64_t *asked);
