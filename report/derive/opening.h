/* How a TCP connection opens, as one point has it: what was sent again, and whether
 * that was in vain.
 *
 * reads:  struct record, in capture order     writes: struct opening, in memory
 */
#pragma once

#include "capture/record.h"

/* no host sends a SYN again sooner */
#define OPENING_AGAIN_NS 300000000

/* a round trip behind a host's own point takes less */
#define OPENING_HOST_NS 1000000

enum opening_saw {
	OPENING_NOTHING, /* nothing to speak of */
	OPENING_SYN,     /* the SYN, or a copy of it */
	OPENING_ANSWER,  /* the first SYN,ACK */
	OPENING_AGAIN,   /* one that is sent again although acknowledged here */
	OPENING_OPEN     /* the server goes on, or ends it */
};

struct opening {
	int64_t to_server, to_client; /* least round trips; -1: not seen */
	bool over;
	uint32_t syns;   /* the SYN and its copies */
	uint32_t vain;   /* of these: no answer until the next came */
	uint32_t copies; /* of anything of the client's, until it was open */
	uint32_t again;  /* SYN,ACKs: see OPENING_AGAIN */
	int64_t from_ns, answer_ns, until_ns;
	/* inside */
	bool answered;
	bool asked;   /* a SYN has come since the newest answer */
	bool open;    /* the server spoke beyond its SYN,ACK */
	bool cut;     /* the caller's: not all was looked at */
	bool has_ts;  /* of the newest SYN */
	bool acked;   /* the SYN,ACK was, here */
	bool heard;   /* the client's data came here */
	bool proves;  /* such data was there before a SYN,ACK was sent again */
	bool waiting; /* nothing of the client's since the newest answer */
	uint32_t tsval;
	uint64_t end; /* of the SYN,ACK's number */
	uint64_t top; /* of what the client sent */
	int64_t syn_ns, gap_ns, newest_ns, acked_ns;
};

void opening_begin(struct opening *o);
/* Takes a record of direction @dir until over. */
enum opening_saw opening_take(struct opening *o, int dir,
			      const struct record *r);
/* Of SYN,ACKs that were sent again in vain: those of which it is sure that the
 * server's host does not take what would open the connection. */
uint32_t opening_refused(const struct opening *o);
/* From the first SYN until the server answered what it had left lying; 0: it left
 * nothing. */
int64_t opening_wait(const struct opening *o);
/* Did the server never take what would open it, as far as was captured? */
bool opening_never(const struct opening *o);

/* --- of a session --- */
enum opened_how {                 /* what was in vain */
		  OPENED_AT_ONCE, /* nothing */
		  OPENED_HOST,    /* it had come to the far point */
		  OPENED_ONE,     /* there is one point, which does not tell */
		  OPENED_LOST     /* it did not come there */
};

struct opened {
	enum opened_how how;
	uint32_t syns, refused; /* in vain: SYNs; what answers a SYN,ACK */
	uint32_t copies; /* the near point has of the client's, until open */
	bool never;      /* it does not open */
	int64_t wait_ns;
};
