/* Packets in vain: what one side sends after the other's last packet, counted until
 * that is a silence.
 *
 * reads:  struct record, in order     writes: struct vain_count
 */
#pragma once

#include "capture/record.h"

#define VAIN_LEAST 3         /* packets that want an acknowledgement */
#define VAIN_AGAIN 2         /* of them not for the first time */
#define VAIN_NS 1000000000ll /* from the first to the last of them */

struct vain_count {
	uint64_t n, again;
	int64_t from_ns, to_ns; /* of those in vain */
	int64_t gap_ns;         /* between the last two of them */
	uint32_t least;         /* IP bytes of what is sent again; 0: none */
	bool data;              /* some of it is new */
	/* inside */
	uint64_t una, heard, top;
};

/* @last: the other side's last packet, with an acknowledgement. */
void vain_begin(struct vain_count *x, const struct record *last);
/* Takes a record that is no reset.  Return: false if it acknowledges more than @last
 * has: the other side does send, over a way that is not seen. */
bool vain_take(struct vain_count *x, const struct record *r);
/* Is that a silence? */
bool vain_is(const struct vain_count *x);
