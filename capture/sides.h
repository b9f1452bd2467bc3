/* Both sides of a router or a NAT in one capture: a mirror of two ports shows
 * each packet twice, with a lower TTL and perhaps other addresses, a moment
 * later.  A frame's hardware addresses tell which side it was on.
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

/* Learns from one of the file's first packets, in order. */
void sides_learn(struct sides *s, const struct frame *f, int linktype,
		 const struct packet *p);
/* After learning: does the capture show both sides of a router? */
bool sides_found(struct sides *s);
/* The side on which a frame was captured.  One that neither of the router's
 * ports sent or received goes to the side on which its hosts were seen, else to
 * SIDE_IN.  Only after sides_found(). */
enum side sides_of(struct sides *s, const struct frame *f);
