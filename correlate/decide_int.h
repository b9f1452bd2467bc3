/* What the parts of deciding a fate share.  Inside correlate/ only. */
#pragma once

#include "base/time.h"
#include "correlate/chain.h"

#define DECIDE_GUARD 5000000ll      /* ns around the expected arrival */
#define DECIDE_FAR_AWAY 500000000ll /* ns in which an answer is back */
#define DECIDE_NO_RTT 10000000ll    /* ns of width where nothing tells delay */
#define DECIDE_COPIES 8             /* copies before and after, looked at */

struct arrival { /* expected, on the far point's clock */
	int64_t low, high, mid;
	int64_t soonest; /* as fast as any packet has been; at most low */
	bool known;
	bool loose; /* by the longest transits only */
};

static inline struct verdict verdict_of(enum fate f, enum fate_basis b,
					enum fate_reason why)
{
	return (struct verdict){ .fate = (uint8_t)f,
				 .basis = (uint8_t)b,
				 .reason = (uint8_t)why };
}

/* When near record @i of the hop comes to its far point. */
struct arrival decide_arrival(const struct hop *h, uint32_t i);

static inline bool decide_comes_about(const struct arrival *at, int64_t t_ns)
{
	return t_ns >= time_sub(at->low, DECIDE_FAR_AWAY) &&
	       t_ns <= time_add(at->high, DECIDE_FAR_AWAY);
}

/* Are @len bytes at @off of near record @i a trailer, or may the far point have
 * it, due @at, with one or without?  (decide_trailer.c) */
bool decide_trailer(const struct hop *h, uint32_t i, uint32_t off, uint32_t len,
		    const struct arrival *at);

/* What acknowledgements say of the bytes [s, e) (seq64 at the near end) of near
 * record @i, of which the far point, where they are due @at, has none.
 * FATE_UNDECIDED with WHY_CAPTURE_MAY_MISS: nothing.  (decide_acks.c) */
struct verdict decide_by_acks(struct chain *c, size_t k, uint32_t i, uint64_t s,
			      uint64_t e, const struct arrival *at);

/* When [s, e) of near record @i came to the far point, of whose pieces there far record
 * @j is the last; if none of these has any, when @j came. */
int64_t decide_came_at(const struct hop *h, uint32_t i, uint32_t j, uint64_t s,
		       uint64_t e);
/* Did a copy before near record @i bring all of [s, e) to the far point? */
bool decide_had_earlier(struct chain *c, size_t k, uint32_t i, uint64_t s,
			uint64_t e);
/* Has the far point, before @due, a copy of all of [s, e)?  Also one that the near
 * point missed. */
bool decide_had_unseen(struct chain *c, size_t k, uint64_t s, uint64_t e,
		       int64_t due);
/* When, from @after on, the far point shows any of [s, e) in records, or parts of
 * some, that the near point lacks: copies that it missed, or that came after its
 * end.  @shown: the first two; INT64_MAX: none.  (all: decide_copies.c) */
void decide_shown_at_far(struct chain *c, size_t k, uint64_t s, uint64_t e,
			 int64_t after, int64_t shown[2]);
/* Does a point behind the far one show a copy of any of [s, e) that the points before
 * it lack?  *@at: when the first of these would have passed the far point, had it gone
 * as fast as any packet; of those that passed later than @after, when the packet
 * itself would at the latest. */
bool decide_shown_beyond(struct chain *c, size_t k, uint64_t s, uint64_t e,
			 int64_t after, int64_t *at);

/* The same of bytes that a relay took in and that did not come out.
 * (decide_relay.c) */
struct verdict decide_over_relay(struct chain *c, size_t k, uint32_t i,
				 uint64_t s, uint64_t e);

/* @v of near record @i, of which the far point has nothing: what is proven to be
 * lost stays so where the far capture tells on which side of it.
 * (decide_place.c) */
struct verdict decide_place(const struct chain *c, size_t k, uint32_t i,
			    struct verdict v);

/* Does the far capture lack what was sent just before and after near record @i,
 * too, although it passed?  (decide_deaf.c) */
bool decide_deaf(struct chain *c, size_t k, uint32_t i);
/* Is it one of several in a row that the far point has not, and has that hardly
 * anything of the session, of either direction, when they were due, between those
 * before and behind them?  A capture that is deaf for so short a moment looks the
 * same, whatever it had of others around. */
bool decide_in_gap(const struct chain *c, size_t k, uint32_t i,
		   const struct arrival *at);

/* Has the far point nothing more of this direction behind near record @i? */
bool decide_at_end(const struct chain *c, size_t k, uint32_t i);

/* Near record @i, due @at, is of the last packets of its direction, of which the far
 * point has none.  Is one of them known to have arrived, as what they acknowledge is
 * not sent again?  (decide_tail.c) */
bool decide_tail_taken(const struct chain *c, size_t k, uint32_t i,
		       const struct arrival *at);

/* What ICMP errors say of @len bytes from @s (seq64 at the near end) on of near
 * record @i, which the far point, where they are due @at, does not have; @len 0: of a
 * SYN or FIN alone.  FATE_UNDECIDED: nothing.  (decide_quote.c) */
struct verdict decide_quoted(struct chain *c, size_t k, uint32_t i, uint64_t s,
			     uint32_t len, const struct arrival *at);

/* What a far record must look like to be taken for @x: a pure ACK with the number
 * @ack, or a datagram with @x's content.  Where the hop keeps IP IDs, another ID
 * shows that it is another packet.  So do other SACK edges, and a reset where @x
 * is none. */
struct like {
	const struct hop *h;
	const struct record *x;
	bool is_ack;
	uint32_t ack;
	bool use_id;
};

/* Does @far have a record about when one is due (@at), which is not linked to another
 * (@is), and of which @is_it is true?  @ctx is for that. */
bool decide_has_unlinked(struct strand *far, const uint8_t *is,
			 const struct arrival *at,
			 bool (*is_it)(const void *ctx, const struct record *y),
			 const void *ctx);
/* Such a record that is like @l. */
bool decide_has_one_like(struct strand *far, const uint8_t *is,
			 const struct like *l, const struct arrival *at);
/* May the far point have near record @i, or @len bytes of it from @off on, among what
 * is linked to nothing there? */
bool decide_has_like(const struct hop *h, uint32_t i, uint32_t off,
		     uint32_t len, const struct arrival *at);
/* Does it have anything of its IP ID among that?  (all: decide_like.c) */
bool decide_has_id(const struct hop *h, uint32_t i, const struct arrival *at);
