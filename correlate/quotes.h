/* ICMP errors, by the packets that they quote.
 *
 * reads:  messages (ICMP, ICMPv6)     writes: struct quotes
 */
#pragma once

#include "base/mem.h"
#include "correlate/strand.h"
#include "store/store.h"

struct quote {           /* a TCP packet quoted by an error */
	int64_t part;    /* id; its direction there: */
	int64_t time_ns; /* of the error, by the capture's own clock */
	uint64_t frame;  /* of the error, in the file of the part */
	uint32_t seq;
	uint16_t len; /* IP length, bytes */
	uint8_t dir;
};

struct quotes VEC(struct quote); /* by part, then time */

/* All of the case, QUOTES_MAX at most.  Free with VEC_FREE(). */
#define QUOTES_MAX (1u << 20)
void quotes_read(struct store *s, struct quotes *out);

/* Those of direction @dir of flow @f, by time.  Return: how many are in *out,
 * which the caller frees. */
uint32_t quotes_of(const struct quotes *q, const struct flow_row *f, int dir,
		   struct quote **out);

/* Do errors that the strand's point saw from @from_ns until @until_ns quote all
 * @len bytes from number @seq on, in packets with @hdr bytes of headers?  @len
 * 0: a packet without payload. */
bool quotes_cover(const struct strand *s, uint32_t seq, uint32_t len,
		  uint32_t hdr, int64_t from_ns, int64_t until_ns);

/* Does any error that the strand's point ever saw quote some of these bytes? */
bool quotes_touch(const struct strand *s, uint32_t seq, uint32_t len);
