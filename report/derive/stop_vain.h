/* What one side sends after the other's last packet, and gets nothing back for.
 *
 * reads:  records of one flow     writes: nothing
 */
#pragma once

#include "report/derive/vain.h"
#include "store/recs.h"

struct vain {
	int dir;              /* of what is sent */
	struct vain_count in; /* what was in vain */
	uint64_t first;       /* record after the other side's last */
	int64_t idle_ns;
	struct record last;  /* of the other side's, but for a reset */
	bool opened;         /* that is the SYN,ACK: nothing else came */
	uint64_t last_at;    /* which record that is */
	struct record reset; /* the first behind it; time_ns INT64_MAX: none */
	uint64_t reset_at;   /* which record that is */
};

/* Is there silence after the last record of @back?  Sets *@x; @recs are of direction
 * @dir, @back of the other. */
bool vain_find(struct vain *x, int dir, struct recs *recs, struct recs *back);
/* The largest packet that was acknowledged before, in IP bytes; 0: none. */
uint32_t vain_passed(const struct vain *x, struct recs *recs);
