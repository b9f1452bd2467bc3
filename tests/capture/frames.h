/* Frames for tests, built by hand: layers are appended, then closed, which
 * fills in lengths and checksums with code of its own (RFC 1071, plainly).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "capture/decode.h"

#define FRAMES_MAX 70000

struct frames_buf {
	uint8_t at[FRAMES_MAX];
	size_t n;
	size_t ip, l4; /* where the innermost of each begins; 0: none */
	int proto;     /* of l4 */
};

/* Appends bytes written as hexadecimal, blanks between as you like. */
void frames_hex(struct frames_buf *b, const char *hex);
/* Appends @n bytes that differ (and for another @seed others). */
void frames_fill(struct frames_buf *b, size_t n, uint8_t seed);
void frames_be16(struct frames_buf *b, unsigned v);
void frames_be32(struct frames_buf *b, uint32_t v);

void frames_eth(struct frames_buf *b, unsigned type);
void frames_ip4(struct frames_buf *b, int proto, const char *src,
		const char *dst);
void frames_ip6(struct frames_buf *b, int next, const char *src,
		const char *dst);
void frames_tcp(struct frames_buf *b, unsigned sport, unsigned dport,
		uint32_t seq, uint32_t ack, unsigned flags);
/* TCP options right after frames_tcp(); a multiple of 4 bytes. */
void frames_options(struct frames_buf *b, const char *hex);
void frames_udp(struct frames_buf *b, unsigned sport, unsigned dport);
/* An ICMP header; its protocol is that of the IP header. */
void frames_icmp(struct frames_buf *b, unsigned type, unsigned code,
		 unsigned id, unsigned seq);
/* Lengths and checksums of the innermost IP packet, up to the buffer's end. */
void frames_close(struct frames_buf *b);
/* Only those of its IP header. */
void frames_close_ip(struct frames_buf *b);

/* Decodes @b as captured up to @cap of its bytes, from an allocation that ends
 * there. */
enum decode_result frames_decode_cut(struct decoder *d,
				     const struct frames_buf *b, int linktype,
				     size_t cap, struct packet *out);
/* The same whole, with a decoder of its own. */
enum decode_result frames_decode(const struct frames_buf *b, int linktype,
				 struct packet *out);

uint16_t frames_sum(const uint8_t *p, size_t n, uint32_t start);
