/* One direction of a TCP session at one point: what its sender was waiting for.
 *
 * reads:  struct record, in capture order     writes: struct lane, in memory
 *
 * Two lanes see every record of a point: the one that it belongs to and, by
 * the acknowledgement in it, the one of the other direction.  A lane knows what
 * was sent and how much of it without a hole, acknowledged, allowed by the
 * window; and, at a point near the sender, what filled each gap between two
 * sends of new data.
 *
 * Sequence numbers are record.seq64; SYN and FIN take one.
 */
#pragma once

#include <stdbool.h>

#include "base/mem.h"
#include "correlate/strand.h"
#include "store/exchange.h"

enum wait {                /* what fills a gap before new data is sent */
	    WAIT_PEER,     /* nothing to say until the other side said more */
	    WAIT_APP,      /* the program has not given more */
	    WAIT_TRANSFER, /* back to back */
	    WAIT_RECOVERY,
	    WAIT_WINDOW,
	    WAIT_NAGLE,
	    WAIT_CWND,
	    WAIT_QUEUE, /* as CWND, acknowledgements come late */
	    WAITS
};

#define LANE_ISLANDS 16
#define LANE_COPIES 64

struct lane_copy { /* something sent again */
	uint64_t from, end;
	int64_t t_ns;
	uint32_t tsval; /* with has_ts */
	uint16_t ip_id;
	bool has_ts;
	uint8_t how; /* enum repair */
};

struct lane {
	bool begun;
	uint64_t top;   /* end of what was sent */
	uint64_t cover; /* end of what was seen without a hole */
	unsigned n_islands;
	int64_t t_hole; /* what lies behind the newest hole came first then */
	/* acknowledged */
	bool acked;
	uint64_t una;
	int64_t t_una;      /* when it last rose */
	uint32_t una_tsecr; /* of what raised it, with a time stamp */
	unsigned dups;
	bool sacked; /* a hole was reported since una rose */
	/* window: edge is the first number not allowed */
	bool edge_known;
	uint8_t wscale; /* of who receives this lane */
	uint64_t edge, edge_before;
	int64_t t_edge; /* when it last rose; edge_before held until then */
	bool zero;
	int64_t t_zero;
	int64_t t_open;  /* when a window of nothing was last opened */
	bool probed;     /* what was sent meanwhile asked for it to open */
	int64_t t_probe; /* the newest such, be it after t_open */
	/* sending */
	uint32_t mss, last_len;
	bool sole;      /* with the last new data nothing else was under way */
	int64_t t_new;  /* last new data */
	int64_t t_peer; /* last new data of the other side, here */
	/* round trips as the sender's side has them, from one timed segment at
	 * a time; -1: none yet */
	bool timing;
	uint64_t timed;
	int64_t t_timed, rtt_ns, rtt_min_ns;
	/* recovery: from its first copy until una passes what was sent then */
	bool repairing;
	uint64_t repair_end;
	int64_t t_repair, t_repaired; /* the last one's begin and end */
	uint8_t repair_how;
	uint64_t n_copies;
	/* the gap before the newest data: its beginning and what filled it */
	int64_t gap_from;
	int64_t gap[WAITS];
	int64_t gap_repaired; /* when its WAIT_RECOVERY ended */
	int64_t sum[WAITS];   /* over all gaps */
	uint64_t nagles, windows, zeros;
	int64_t queue_most_ns; /* round trip over the least in a WAIT_QUEUE */
	/* last, as nothing is there that was not put: see lane_reset() */
	struct {
		uint64_t from, end;
	} island[LANE_ISLANDS];             /* beyond cover, rising */
	struct lane_copy copy[LANE_COPIES]; /* ring: n_copies % LANE_COPIES */
};

#define LANE_NEW 1    /* new data was sent */
#define LANE_COVERS 2 /* cover rose */
#define LANE_AGAIN 4  /* something was sent again */

void lane_reset(struct lane *l);
/* Record @r of direction lane @l at @t_ns, @back being the other direction at
 * that point; @slack_ns: how late a host may react, ticks included.
 * Return: LANE_ bits. */
unsigned lane_take(struct lane *l, struct lane *back, const struct record *r,
		   int64_t t_ns, int64_t slack_ns);

/* --- lane_window.c --- */
/* @r, of the other direction, tells what its host allows; @l->una is up to date. */
void lane_edge_moves(struct lane *l, const struct record *r, int64_t t_ns);
/* Notes @r if, with nothing new, it asks a receiver that had closed its window. */
void lane_take_probe(struct lane *l, const struct record *r, int64_t t_ns);
/* Does the receiver keep its window closed, and the sender ask for it? */
bool lane_kept_closed(const struct lane *l);
/* Until when, after @from_ns, the receiver's window was closed as far as the sender
 * of new data at @t_ns knew, and kept it; @trip_ns: how long it takes from here to
 * the sender and back, 0 beside it.  Return: @from_ns where it did not. */
int64_t lane_closed_until(const struct lane *l, int64_t from_ns, int64_t t_ns,
			  int64_t trip_ns, int64_t slack_ns);

/* The last copy of anything of [from, end) that was sent from @from_ns to
 * @to_ns.  Return: NULL where there is none. */
const struct lane_copy *lane_copy_of(const struct lane *l, uint64_t from,
				     uint64_t end, int64_t from_ns,
				     int64_t to_ns);
/* Is @got, as the other end has it, what was sent first, @sent, and not the copy
 * @c of it?  Said only where time stamps or IP IDs prove it. */
bool lane_first_came(const struct lane_copy *c, const struct record *sent,
		     const struct record *got);
