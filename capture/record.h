/* The packet record: what tracepair keeps of one packet, of fixed size.
 *
 * reads:  nothing           writes: nothing       (shared by all stages)
 *
 * Everything that later stages may want of a packet is here, because payload
 * is gone once decode has run.  A record says nothing about other packets
 * except for seq64/ack64, part and dir, which the flow table adds.
 *
 * Invariants: (uint32_t)seq64 is the raw number.  head_digest is over exactly
 * min(REC_HEAD_BYTES, pay_len) bytes and is valid only with REC_HEAD;
 * full_digest is over all of the payload, valid with REC_FULL; pay_sum is the
 * ones' complement sum of the payload as 16-bit big-endian words, from its own
 * first byte, folded to [0,0xfffe] (0xffff is written 0), valid with REC_SUM;
 * it composes over re-segmentation (rec_sum_append).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* 32 would be lost with a 96-byte snap length: Ethernet + VLAN + IPv4 + TCP
 * with timestamps leaves 26. */
#define REC_HEAD_BYTES 24

enum rec_csum {
	REC_CSUM_UNKNOWN, /* snapped, fragment, or none carried (UDP 0) */
	REC_CSUM_GOOD,
	REC_CSUM_BAD,     /* captured whole, wrong, and not an offload
			   * pattern */
	REC_CSUM_OFFLOAD, /* pseudo-header sum only, or zero on TCP; cut
			   * packets too */
};

enum rec_tcp_flag {
	REC_FIN = 0x01,
	REC_SYN = 0x02,
	REC_RST = 0x04,
	REC_PSH = 0x08,
	REC_ACK = 0x10,
	REC_URG = 0x20,
	REC_ECE = 0x40,
	REC_CWR = 0x80,
};

/* TCP options present */
enum rec_opt {
	REC_OPT_MSS = 0x01,
	REC_OPT_WSCALE = 0x02,
	REC_OPT_SACKPERM = 0x04,
	REC_OPT_SACK = 0x08,
	REC_OPT_TS = 0x10,
	REC_OPT_TFO = 0x20,
	REC_OPT_MPTCP = 0x40,
	REC_OPT_OTHER = 0x80,
};

enum rec_mark {
	REC_HEAD = 0x0001,       /* head_digest is valid */
	REC_FULL = 0x0002,       /* full_digest is valid */
	REC_SUM = 0x0004,        /* pay_sum is valid */
	REC_CUT = 0x0008,        /* captured shorter than it was */
	REC_LEN0 = 0x0010,       /* IP total length was 0: from frame length */
	REC_FRAG = 0x0020,       /* an IP fragment; frag_* are valid */
	REC_MORE = 0x0040,       /* more fragments follow */
	REC_DF = 0x0080,         /* IPv4 don't fragment */
	REC_V6 = 0x0100,         /* IPv6 */
	REC_IPCSUM_BAD = 0x0200, /* IPv4 header checksum wrong and not 0 */
};

/* In an order that others use: what the window keeps of a record lies side by side
 * there, too (store/brief.h); records that are alike differ in what is before part
 * (store/unpack.c). */
struct record {
	int64_t time_ns; /* since 1970, the capture's own clock */
	uint64_t frame;  /* 1-based in the whole file, before any filter */
	/* TCP: unwrapped sequence number (base/seq.h); for datagrams a running
	 * number within part and dir */
	uint64_t seq64;
	/* TCP with ACK: unwrapped in the other direction's space; else 0 */
	uint64_t ack64;
	/* bytes of TCP or UDP payload, ICMP: after the 8-byte header, other: IP
	 * payload.  Padding never counts.  From IP lengths, not from cap_len */
	uint32_t pay_len;
	uint32_t tsval, tsecr; /* with REC_OPT_TS */
	uint32_t head_digest, full_digest;
	uint32_t wire_len; /* the frame's original length, with link layer */
	uint32_t cap_len;  /* bytes of it in the file */
	uint32_t frag_id;
	uint32_t sack[4][2]; /* raw left and right edges */
	uint32_t part;       /* number of the part within the file, from 1 */
	uint16_t marks;      /* enum rec_mark */
	uint16_t window;     /* unscaled; of an ICMP echo its number */
	uint16_t ip_id;      /* IPv4 identification; 0 for IPv6 */
	uint16_t pay_sum;
	/* IP and transport header bytes together: hdr_len + pay_len is the IP
	 * total length */
	uint16_t hdr_len;
	uint8_t opts;       /* enum rec_opt */
	uint8_t ttl;        /* or hop limit */
	uint8_t tos;        /* DSCP << 2 | ECN */
	uint8_t csum;       /* enum rec_csum, of the transport header */
	uint8_t n_sack;     /* 0 to 4 */
	uint8_t icmp_type;  /* ICMP and ICMPv6 only */
	uint16_t tcp_flags; /* enum rec_tcp_flag */
	uint16_t frag_off;  /* bytes */
	uint8_t dir;        /* 0 or 1 within the part */
};

/* Sequence space that a TCP record takes: payload, SYN and FIN. */
static inline uint32_t rec_seq_len(const struct record *r)
{
	return r->pay_len + (r->tcp_flags & REC_SYN ? 1 : 0) +
	       (r->tcp_flags & REC_FIN ? 1 : 0);
}

/* Must a receiver that has everything below @una acknowledge the TCP record?
 * True for data, FIN, and segments below @una: keep-alives, window probes. */
static inline bool rec_wants_ack(const struct record *r, uint64_t una)
{
	if (r->tcp_flags & (REC_RST | REC_SYN))
		return false;
	return rec_seq_len(r) || (int64_t)(r->seq64 - una) < 0;
}

/* Was @x damaged on its way to where it is @y?  A host throws @y away.  In a
 * sender's own capture (@x) the checksum may be one that its card has yet to
 * write: that counts as right. */
static inline bool rec_spoilt(const struct record *x, const struct record *y)
{
	return y->csum == REC_CSUM_BAD &&
	       (x->csum == REC_CSUM_GOOD || x->csum == REC_CSUM_OFFLOAD);
}

/* Payload sum of a||b from those of a (of @len_a bytes) and b. */
static inline uint16_t rec_sum_append(uint16_t a, uint64_t len_a, uint16_t b)
{
	uint32_t s = a +
		     (len_a & 1 ? (uint32_t)((b >> 8 | b << 8) & 0xffff) : b);

	return (uint16_t)(s % 0xffff);
}
