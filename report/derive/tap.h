/* One point's records of a TCP session, read along as far as they are asked
 * for.
 *
 * reads:  struct strand     writes: struct lane, two short queues
 *
 * Both directions come merged in the order of capture.  What was sent by the
 * server, and when what the client sent was there without a hole, wait in
 * queues until the walk at the near point asks for them; it comes to each byte
 * later than this point did, so the queues hold about what is under way.
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

struct tap_cover { /* all that the client sent is there up to `end` */
	uint64_t end;
	int64_t t_ns;
	uint32_t rec; /* RECORD_NONE: only its acknowledgement was seen */
};

struct tap {
	struct strand *strand[2]; /* by direction; not owned */
	uint32_t i[2];
	int64_t t_ns; /* of the newest record; never falls */
	int64_t slack_ns;
	int flow;
	bool ended;
	uint64_t shift[2]; /* number here minus the near point's */
	uint64_t want;     /* covers below it are of no use; set by the user */
	struct lane lane[2];
	/* last, as their room outlives tap_reset() */
	struct {
		struct VEC(struct tap_send) at;
		size_t head;
	} sends;
	struct {
		struct VEC(struct tap_cover) at;
		size_t head;
	} covers;
};

#define TAP_QUEUE 65536 /* more than that under way: the numbers are wrong */

#define TAP_SAME_NS 1000000

/* Was @a captured before @b, both of this point?  Stamps of one capture may be out
 * of order by a little; frames are not.  Which direction is next nothing tells
 * ahead: so there is no branch. */
static inline bool tap_before(const struct record *a, const struct record *b)
{
	uint64_t d = (uint64_t)a->time_ns - (uint64_t)b->time_ns;
	bool close = d + (TAP_SAME_NS - 1) < 2u * TAP_SAME_NS - 1;

	return (close & (a->frame < b->frame)) |
	       (!close & (a->time_ns < b->time_ns));
}

/* The next record in order.  @dir gets its direction, @index its number.
 * Return: NULL at the end. */
const struct record *tap_next(struct tap *t, int *dir, uint32_t *index);

/* Bytes below are in the near point's numbers.
 * The first send by the server that reaches beyond @seq; NULL: none. */
const struct tap_send *tap_send_of(struct tap *t, uint64_t seq);
/* When all of the client's bytes up to @end were there; NULL: never seen.  Sets
 * want. */
const struct tap_cover *tap_cover_of(struct tap *t, uint64_t end);
/* Reads on until @t_ns of this point. */
void tap_until(struct tap *t, int64_t t_ns);
/* Empties it but for its room. */
void tap_reset(struct tap *t, int flow);
void tap_release(struct tap *t);
