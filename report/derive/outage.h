/* Did nothing at all get through a hop for a while?
 *
 * reads:  struct fact, session flow block match     writes: struct outage
 */
#pragma once

#include "report/derive/facts.h"

struct outage_loss { /* at its near point */
	int64_t session, t_ns;
};

struct outage_seen { /* losses of a hop and way while collecting */
	struct VEC(struct outage_loss) at;
};

struct outage_mark { /* a packet that got through */
	bool known, has_far;
	int64_t t_ns, far_ns; /* each by its point's clock */
	int64_t file, session;
	uint64_t frame;
};

struct outage_packet { /* one that is not known to have got through */
	int64_t session, t_ns;
	uint64_t near; /* its record at the near point */
	enum fate fate;
	enum fate_basis basis;
};

/* What is known of the time around a loss. */
struct outage {
	struct outage_mark before, after;
	struct VEC(struct outage_packet) sent; /* owned; outage_settle() leaves
						* those between the two */
	struct VEC(int64_t) strays; /* owned; far times of packets that the far
				     * point alone has */
	/* by outage_settle(): */
	int64_t first_ns, last_ns; /* of those lost between */
	uint64_t lost, absent;     /* so many; of them by absence alone */
	uint64_t outside, sessions;
};

/* Adds one loss. */
void outage_add(struct outage_seen *s, int64_t session, const struct fact *k);
/* A packet got through; @at_ns: the loss that all is about. */
void outage_passed(struct outage *o, int64_t at_ns,
		   const struct outage_mark *x);
/* Counts what was sent between the two marks. */
void outage_settle(struct outage *o);
/* After outage_settle(): is it an outage?  @lost of @entered packets of the way
 * are lost. */
bool outage_holds(const struct outage *o, uint64_t lost, uint64_t entered);
/* Looks at all sessions of the way from the point at @from to that at @to (path
 * positions).  @o is to be released in any case.  Return: false if there is no
 * outage, or it can't be shown. */
bool outage_find(struct outage *o, struct outage_seen *s, const struct model *m,
		 int from, int to, uint64_t lost, uint64_t entered);
void outage_release(struct outage *o);
