/* A part: what one file holds of a flow, and its signature for pairing.
 *
 * reads:  struct packet (capture/flow.c)    writes: struct part, record.part,
 *                                           record.dir, seq64, ack64
 *
 * dir 0 is from ends[0] to ends[1].  ends[0] is who sent the first packet in
 * this file, or who received it if that was a SYN,ACK or an ICMP echo reply.
 * Who is the client is decided later, over all files (correlate/).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/net.h"

#define PART_SAMPLES                                                           \
	16            /* bottom-k content samples, per kind and direction;
			 * fewer where SYNs both ways tell the flow */
#define PART_TURNS 24 /* turn totals kept */

/* A content sample: a data segment or datagram picked by its content, so that
 * another point, whatever it renumbers, picks the same. */
struct part_sample {
	uint32_t digest; /* record.head_digest */
	uint32_t len;    /* record.pay_len */
	uint64_t seq;    /* record.seq64 */
	int64_t time_ns;
};

struct part_samples {
	uint8_t n;
	struct part_sample at[PART_SAMPLES]; /* ascending by mixed digest */
};

struct part_dir {
	uint64_t packets, bytes; /* bytes: TCP or datagram payload, copies
				    * included */
	uint64_t data_packets;   /* with payload */
	uint64_t seq_first;      /* lowest seq64 seen (SYN's where seen) */
	uint64_t seq_next;       /* highest end of data (+1 for SYN, FIN) */
	uint64_t ack_max;        /* highest ack64 sent in this direction */
	int64_t first_ns, last_ns;
	/* of the first SYN (or SYN,ACK) sent this way, where seen: */
	bool syn;
	uint32_t isn, syn_tsval, syn_count;
	uint64_t syn_frame;
	int64_t syn_ns;
	uint16_t mss, syn_window, opt_order, syn_ip_id;
	int8_t wscale;
	uint8_t syn_opts;
	bool syn_cut; /* the capture cut options off: it may have had more */
	/* of all packets this way: */
	uint8_t ttl_min, ttl_max;
	bool fin, rst;
	uint32_t max_pay; /* largest payload of one packet */
	uint32_t csum_bad, csum_offload, csum_good;
	uint32_t big; /* segments larger than the MSS, or frames
				    * that no link carries: offload */
	bool ts;      /* time stamps: first and last */
	uint32_t tsval_first, tsval_last;
	int64_t tsval_first_ns, tsval_last_ns;
	bool ipid_zero, ipid_const; /* all packets' were */
	uint64_t head;              /* 40-bit digest of the first head_len bytes
				    * of the stream; head_len 0: not known
				    * (start not seen, cut, or a hole) */
	uint8_t head_len;           /* up to 64; closed at 64 bytes or at the
				    * first change of direction */
	struct part_samples any;    /* among all data segments */
	struct part_samples turn;   /* among first segments of turns: the same
				    * whatever offload does */
};

/* What preceded the streams (capture/preface.h): not part of their heads, turns
 * and samples.  Only for TCP whose beginning was seen. */
struct part_before {
	uint16_t len[2]; /* bytes, by direction */
	bool opening;    /* a client's request to a proxy, and its answer */
	bool named;      /* ends are those that a header names, or trailers */
	struct net_end ends[2];
};

struct part {
	int64_t id;      /* in the case; 0 before stored */
	int64_t file;    /* file row */
	uint32_t number; /* within the file, from 1, in order of first frame */
	uint8_t proto;
	uint32_t tunnel;
	uint32_t incarnation; /* 0, 1, ... of the same key in this file */
	struct net_end ends[2];
	int64_t first_ns, last_ns;
	uint64_t first_frame, last_frame;
	struct part_dir dir[2];
	uint8_t first_turn_dir;
	bool answers_first; /* the first turn begins with an answer of a protocol
			     * over datagrams */
	uint8_t turns;      /* kept, at most PART_TURNS */
	uint32_t turn_bytes[PART_TURNS]; /* new bytes of each turn, in turn */
	struct part_before before;
};

/* The case file's form of all but id, file and number.  Deltas and flags: a
 * flow of a few packets takes about 80 bytes. */
void part_pack(const struct part *p, struct buf *out);
/* Return: 0, or -1 on bad bytes. */
int part_unpack(struct part *p, struct cursor *in);
/* The same for what comes first: ends and times, and for both directions the
 * packets, bytes, numbers, times, SYN and time stamps.  Other fields must not
 * be read, and the bytes after these are not checked. */
int part_unpack_outline(struct part *p, struct cursor *in);
