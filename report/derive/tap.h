/* One point's records of a TCP session, read only as far as needed.
 *
 * reads:  struct strand     writes: struct lane, two short queues
 *
 * Both directions are merged in the order of capture.  What the server sent,
 * and when the client's bytes had arrived without a hole, wait in queues until
 * the walk at the near point asks for them; it reaches each byte later than
 * this point did, so the queues hold about what is in flight.
 */
#pragma once

#include "base/mem.h"
#include "report/derive/lane.h"

#define RECORD_NONE UINT32_MAX

struct tap_send { /* new data of the server, leaving or passing */
	uint64_t end;
	int64_t t_ns;
	uint32_t rec;
	int64_t gap[WAITS]; /* the gap before it */
	int64_t repaired;   /* when its recovery ended */
	int64_t sum[WAITS]; /* all gaps up to it */
};

struct tap_cover { /* all that the client sent up to `end` is there */
	uint64_t end;
	int64_t t_ns;
	uint32_t rec; /* RECORD_NONE: only its acknowledgement was seen */
};

struct tap {
	struct strand *strand[2]; /* by direction; not owned */
	uint32_t i[2];
	int64_t t_ns; /* of the newest record; never decreases */
	/* the newest record that arrived damaged: its number and when it came;
	 * INT64_MIN: none */
	uint64_t spoilt[2];
	int64_t spoilt_ns[2];
	uint32_t looks;    /* records looked at for that */
	uint64_t n_spoilt; /* records that arrived damaged; the first: */
	int first_dir;
	uint32_t first_spoilt;
	int64_t slack_ns;
	int flow;
	bool ended;
	uint64_t shift[2]; /* number here minus the near point's */
	uint64_t want;     /* covers below it are of no use; set by the user */
	struct lane lane[2];
	/* last, as their memory survives tap_reset() */
	struct {
		struct VEC(struct tap_send) at;
		size_t head;
	} sends;
	struct {
		struct VEC(struct tap_cover) at;
		size_t head;
	} covers;
};

#define TAP_QUEUE 65536 /* if more is in flight the numbers are wrong */

#define TAP_SAME_NS 1000000
#define TAP_SAME_FRAMES 16384 /* more than pass in TAP_SAME_NS */

/* Was @a captured before @b, both of this point?  Stamps of one capture may be
 * out of order by a little; frames are not, but the next file of a ring counts
 * from 1 again.  Which direction is next cannot be predicted, so there is no
 * branch. */
static inline bool tap_before(const struct record *a, const struct record *b)
{
	uint64_t d = (uint64_t)a->time_ns - (uint64_t)b->time_ns;
	bool close = (d + (TAP_SAME_NS - 1) < 2u * TAP_SAME_NS - 1) &
		     (a->frame - b->frame + TAP_SAME_FRAMES <
		      2u * TAP_SAME_FRAMES);

	return (close & (a->frame < b->frame)) |
	       (!close & (a->time_ns < b->time_ns));
}

/* The next record in order.  @dir gets its direction, @index its number.  TCP's
 * that arrived damaged are left out: for the hosts they never came.
 * Return: NULL at the end. */
const struct record *tap_next(struct tap *t, int *dir, uint32_t *index);

/* Did record @i of direction @dir, whose checksum is wrong, arrive damaged?  Of
 * those that tap_next() has not passed. */
bool tap_came_again(struct tap *t, int dir, uint32_t i);

/* The same of any record. */
static inline bool tap_is_spoilt(struct tap *t, int dir, uint32_t i)
{
	return strand_at(t->strand[dir], i)->csum == REC_CSUM_BAD &&
	       tap_came_again(t, dir, i);
}

/* The sequence numbers below are the near point's, and what is returned is valid until
 * the next look-up of either kind.  The first send by the server that reaches beyond
 * @seq; NULL: none. */
const struct tap_send *tap_send_of(struct tap *t, uint64_t seq);
/* When all of the client's bytes up to @end were there; NULL: never seen.  Sets
 * `want`. */
const struct tap_cover *tap_cover_of(struct tap *t, uint64_t end);
/* Reads on up to @t_ns by this point's clock. */
void tap_until(struct tap *t, int64_t t_ns);
/* Empties it but keeps its memory. */
void tap_reset(struct tap *t, int flow);
void tap_release(struct tap *t);
