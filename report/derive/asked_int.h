/* Shared by the files of what is asked: asked.c follows requests, asked_marks.c knows what
 * they were spent on, asked_again.c which of datagrams are sent again, asked_early.c what
 * was answered before it was complete.
 *
 * reads, writes: struct asked
 */
#pragma once

#include "report/derive/asked.h"
#include "report/derive/feed.h"

#define ASKED_MOST 1024
#define ASKED_MARKS 128
#define ASKED_STALE 8
#define ASKED_KEPT 8

struct request {
	int64_t id;
	uint32_t head, full; /* digests of a datagram; full: 0, cut short */
	unsigned overtaken;  /* later requests that were answered */
	struct exchange x;
	int64_t mark[TIME_PARTS];
	int64_t behind_ns; /* of what is attributed after it: before it left */
	bool aside;
	bool in_vain; /* the client asks again: x.part is what it waited until
		       * then */
	struct in_vain
		waited; /* as the oldest of them; n: this one came again */
};

struct answer {
	unsigned proto;
	int64_t id, first_ns, status;
	uint64_t bytes, far;
	uint32_t first, last; /* records at near */
	int64_t hold_ns;
	int64_t part[TIME_PARTS]; /* time attributed by then */
};

struct mark {
	uint64_t frame;
	uint32_t rec;
	int64_t at_ns;
	int64_t part[TIME_PARTS];
	int64_t behind_ns; /* from there to its time: not attributed yet */
};

struct asked {
	struct feed feed;
	struct request open[ASKED_MOST];
	size_t n_open;
	struct mark mark[ASKED_MARKS];
	uint64_t n_marks;
	int64_t think_mark;
	bool has_early;
	struct answer early; /* a response whose request is not complete yet */
	struct exchange
		kept[ASKED_KEPT]; /* turns that such a request may have */
	size_t n_kept;
	bool ended;          /* no turn is kept any more */
	struct request half; /* with has_half: the request that told_cut
			      * answers */
	uint64_t told_end;   /* end of the newest response's bytes at near */
	bool answers;        /* some messages answer requests */
	bool told_cut;       /* the newest response lacks its end, and is not
			      * at rest between two parts */
	bool told_part;      /* it lacks its end */
	bool told_close;     /* its end is the close */
	bool has_half;
	bool greeted;        /* the server has sent of a handshake */
	uint32_t head, full; /* of the record that is taken, as in a request */
};

/* Does it hold the client up? */
static inline bool asked_in_flight(const struct request *q)
{
	return !q->aside && q->overtaken < ASKED_STALE;
}

/* The mark of the record with @frame, or of the first one after it; NULL: it is gone. */
const struct mark *asked_mark_of(const struct asked *a, uint64_t frame);
/* What @q's exchange was spent on, if the timeline had attributed @part when it ended. */
void asked_spent(struct request *q, const int64_t part[static TIME_PARTS]);
/* The oldest open request with @m's id, or of its protocol where that has none; NULL. */
struct request *asked_open_of(struct asked *a, const struct message *m);
/* Return: the request that the newest message is a copy of, or NULL.  Another one with
 * its id was given up: it is told at the end, as all that was not answered. */
struct request *asked_sent_again(struct asked *a);
/* @r answers @q. */
void asked_answered(struct asked *a, struct timeline *t, struct request *q,
		    const struct answer *r);

/* --- asked_early.c --- */
/* The newest request is complete: was it answered before? */
void asked_was_answered(struct asked *a, struct timeline *t);
/* @q is answered, so the turns that were kept and have its bytes are told with it, older
 * ones now. */
void asked_covers_kept(struct asked *a, struct timeline *t, struct request *q);
void asked_tell_kept(struct asked *a, struct timeline *t);
