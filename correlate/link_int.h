/* What the files of the lock step share.
 *
 * reads:  struct hop       writes: its links, pace, delta and edits
 */
#pragma once

#include "correlate/hop.h"

#define LINK_MS 1000000

struct walk {
	struct hop *h;
	uint32_t i, j;
	uint32_t far_from; /* resync_far() is worthwhile only from here on */
	uint32_t linked;   /* one to one */
};

/* --- link.c --- */
/* Takes F of what was linked into the running values. */
void link_pace_add(struct hop *h, int64_t f);
/* May a far stamp be so long after a near one?  @sure: the header distinguishes
 * copies. */
bool link_in_pace(const struct hop *h, int64_t f, bool sure);
/* Do the headers distinguish a packet from its copies? */
bool link_tells_copies(const struct hop *h, const struct record *x,
		       const struct record *y);
/* Are they the same packet, by fields and time? */
bool link_agree(const struct hop *h, const struct record *x,
		const struct record *y);

/* --- link_group.c --- */
/* May near record @i and far @j begin the same bytes, cut differently? */
bool link_group_begins(const struct hop *h, uint32_t i, uint32_t j);
/* Is there a record beside near @i that agrees with far @j, or the reverse? */
bool link_like_beside(const struct hop *h, uint32_t i, uint32_t j, bool by_id);
/* Links the same bytes in other records, and walks past them. */
bool link_group(struct walk *w);

/* --- link_edit.c --- */
/* Did the numbers move here?  Then links a record, and walks past it. */
bool link_edit(struct walk *w);
/* Did ack numbers move, since the other direction was edited?  Then the walk can
 * continue. */
bool link_ack_edit(struct walk *w);

/* --- link_resync.c --- */
/* Walks to where the strands agree again, or past one record of each. */
void link_resync(struct walk *w);
