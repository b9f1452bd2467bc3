/* What one file's hosts ask and say of each other's hardware addresses, as messages.
 *
 * reads:  struct neighbour     writes: struct message (arp, ndp), by neighbours_out
 *
 * Repeated frames become one message: questions of one host for one address without
 * any sign of life of that address between them; questions that were answered; claims
 * of an address by one hardware address until another claims it, too.
 */
#pragma once

#include "capture/decode.h"
#include "capture/message.h"

/* Messages of one file, at most; more are counted. */
#define NEIGHBOUR_MESSAGES 100000

typedef void neighbours_out(void *ctx, const struct message *m, uint8_t lane);

struct neighbours;
struct neighbours *neighbours_new(neighbours_out *out, void *ctx);
void neighbours_see(struct neighbours *n, const struct neighbour *x,
		    uint8_t lane, uint64_t frame, int64_t time_ns);
/* Tells what is still going on.  Return: how many messages there were too many. */
uint64_t neighbours_finish(struct neighbours *n);
void neighbours_free(struct neighbours *n); /* NULL is fine */
