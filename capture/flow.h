/* The flow table of one file: which part a packet belongs to.
 *
 * reads:  struct packet     writes: record.part/dir/seq64/ack64, struct part
 *
 * A part ends when its key comes again as another incarnation: a SYN of
 * another initial number, a SYN after FIN or RST, or silence (over
 * FLOW_IDLE_NS) followed by a sequence jump; datagram flows after
 * FLOW_IDLE_NS of silence.  Idle parts are handed out and forgotten, by
 * capture time only, so that the result is a pure function of the file.
 * Live state is small: a table of 64-bit hashes and about 300 bytes a flow.
 */
#pragma once

#include "capture/decode.h"
#include "capture/part.h"

struct flowtab;
struct talks;

/* @done is called once for each part, when it ended, with its lane; the part
 * is the callee's to read only during the call. */
struct flowtab *flowtab_new(void (*done)(void *ctx, const struct part *p,
					 uint32_t lane),
			    void *ctx);
/* Lets the payload be read by parsers (capture/talk.h); @talks must outlive
 * the table.  Without it nobody listens. */
void flowtab_listen(struct flowtab *t, struct talks *talks);
/* Completes p->rec.  Parts are numbered from 1 over all lanes in order of
 * first packet. */
void flowtab_add(struct flowtab *t, struct packet *p);
/* Tells which @n packets, FLOW_AHEAD at most, flowtab_add() will get next, in
 * this order and nothing between, so that what they need is fetched from memory
 * side by side.  Changes times only, never results. */
#define FLOW_AHEAD 32
void flowtab_expect(struct flowtab *t, const struct packet *p, size_t n);
/* Payload bytes of one packet that flowtab_add() looks at, at most, where
 * nobody listens; else all. */
#define FLOW_PAYLOAD 64
/* The part and direction that an ICMP error's quote names; 0: none alive. */
uint32_t flowtab_quoted(struct flowtab *t, const struct icmp_quote *q,
			uint8_t *dir, uint64_t *seq64);
/* Hands out all that is alive; no packet may follow. */
void flowtab_finish(struct flowtab *t);
void flowtab_free(struct flowtab *t);
