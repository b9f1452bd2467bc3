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

/* @done is called once for each part when it has ended, with its lane; the
 * callee may read the part during the call only. */
struct flowtab *flowtab_new(void (*done)(void *ctx, const struct part *p,
					 uint32_t lane),
			    void *ctx);
/* Lets the payload be read by parsers (capture/talk.h); @talks must outlive the
 * table.  Without it payload is not parsed. */
void flowtab_listen(struct flowtab *t, struct talks *talks);
/* Completes the records of @n packets, FLOW_AHEAD at most: together, so that their
 * memory accesses overlap.  Results are those of one after the other.  Parts are
 * numbered from 1 over all lanes in order of first packet. */
#define FLOW_AHEAD 32
void flowtab_add(struct flowtab *t, struct packet *p, size_t n);
/* The most payload bytes of a packet that flowtab_add() reads if payload is not
 * parsed; else it reads all. */
#define FLOW_PAYLOAD 64
/* The part and direction that an ICMP error's quote names; 0: there is none. */
uint32_t flowtab_quoted(struct flowtab *t, const struct icmp_quote *q,
			uint8_t *dir, uint64_t *seq64);
/* Hands out all living parts; no packet may follow. */
void flowtab_finish(struct flowtab *t);
void flowtab_free(struct flowtab *t);
