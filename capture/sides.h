/* Both sides of a router or a NAT in one capture: a mirror of two ports shows
 * each packet twice, with a lower TTL and perhaps other addresses, a moment
 * later.  Which side a frame was on, its hardware addresses tell.
 *
 * reads:  struct frame, struct packet     writes: nothing
 */
#pragma once

#include "capture/decode.h"
#include "capture/reader.h"

enum side { /* the client's, and the other one */
	    SIDE_NONE,
	    SIDE_IN,
	    SIDE_OUT,
};

/* A fingerprint of what stays when a packet is forwarded, translated or not. */
uint64_t sides_print(const struct packet *p);

struct sides;
struct sides *sides_new(void);
void sides_free(struct sides *s); /* NULL is fine */

/* Learns from a packet of the file's beginning, in its order. */
void sides_learn(struct sides *s, const struct frame *f, int linktype,
		 const struct packet *p);
/* Of what was learned: does the capture show both sides of a router? */
bool sides_found(struct sides *s);
/* Where a frame was captured; what neither of the router's ports has sent or
 * got is put to hosts that were seen on a side, else to SIDE_IN.  Only after
 * sides_found(). */
enum side sides_of(struct sides *s, const struct frame *f);
