/* One direction of a TCP session at one point: what its sender was waiting for.
 *
 * reads:  struct record, in capture order     writes: struct lane, in memory
 *
 * Two lanes see every record of a point: the one that it belongs to and, by the
 * acknowledgement in it, the one of the other direction.  A lane tracks what
 * was sent, and how much of it was seen without a hole, acknowledged, and
 * allowed by the window; and, at a point near the sender, what filled each gap
 * between two sends of new data.
 *
 * Sequence numbers are record.seq64; SYN and FIN take one.
 */
#pragma once

#include <stdbool.h>

#include "base/mem.h"
#include "correlate/strand.h"
#include "report/derive/ahead.h"
#include "store/exchange.h"

enum wait {                /* what fills a gap before new data is sent */
	    WAIT_PEER,     /* for more data from the other side */
	    WAIT_APP,      /* for more data from the program */
	    WAIT_TRANSFER, /* back to back */
	    WAIT_RECOVERY,
	    WAIT_WINDOW,
	    WAIT_NAGLE,
	    WAIT_CWND,
	    WAIT_QUEUE, /* like CWND, but acknowledgements are late */
	    WAITS
};

#define LANE_ISLANDS 16
#define LANE_COPIES 64
#define LANE_EDGES 128
#define LANE_MSS_LEAST 500 /* bytes: the least that counts as a full segment */

struct lane_copy { /* a retransmission */
	uint64_t from, end;
	int64_t t_ns;
	uint32_t tsval; /* with has_ts */
	uint16_t ip_id;
	bool has_ts;
	uint8_t how; /* enum repair */
};

struct lane_edge { /* how much was allowed from then on */
	uint64_t edge;
	int64_t t_ns;
};

struct lane {
	bool begun;
	uint64_t top;   /* end of what was sent */
	uint64_t cover; /* end of what was seen without a hole */
	unsigned n_islands;
	int64_t t_hole; /* when the first data after the newest hole came */
	/* acknowledged */
	bool acked;
	uint64_t una;
	int64_t t_una;      /* when it last rose */
	uint32_t una_tsecr; /* of the segment that raised it, if it has a time
			     * stamp */
	unsigned dups;
	bool sacked; /* a hole was reported since una last rose */
	/* window: edge is the first number not allowed */
	bool edge_known;
	uint8_t wscale;   /* of this lane's receiver */
	bool scale_known; /* else edges may be further on than these */
	uint64_t edge, edge_before;
	int64_t t_edge; /* when it last rose; edge_before was valid until
			 * then */
	bool zero;
	int64_t t_zero;
	int64_t t_open;  /* when a zero window last opened */
	bool probed;     /* the sender probed the zero window */
	int64_t t_probe; /* the newest probe, even if after t_open */
	/* edges that rose, for who is next to the receiver: how many there
	 * were, and the number of the last that was asked about */
	uint64_t n_edges, edge_asked;
	bool edge_lacks; /* more was sent than was allowed: the capture lacks
			  * acknowledgements, so edges are further on */
	/* sending */
	uint32_t mss, last_len;
	bool sole;      /* nothing else was in flight with the last new data */
	int64_t t_new;  /* last new data */
	int64_t t_peer; /* last new data of the other side, at this point */
	/* round trips as measured by the sender, from one timed segment at a
	 * time; -1: none yet */
	bool timing;
	uint64_t timed;
	int64_t t_timed, rtt_ns, rtt_min_ns;
	/* recovery: from its first retransmission until una passes all that had
	 * been sent by then */
	bool repairing;
	uint64_t repair_end;
	int64_t t_repair, t_repaired; /* start and end of the last one */
	uint8_t repair_how;
	uint64_t n_copies;
	/* the gap before the newest data: its start and what filled it */
	int64_t gap_from;
	int64_t gap[WAITS];
	int64_t gap_repaired; /* when its WAIT_RECOVERY ended */
	bool gap_small;       /* between two small segments, without data of the
			 * other side's */
	bool gap_acked;       /* the first was acknowledged by then, at t_una */
	int64_t sum[WAITS];   /* over all gaps */
	uint64_t nagles, windows, zeros;
	struct ahead ahead;    /* is it stamped later than the other one? */
	int64_t queue_most_ns; /* largest excess over the least round trip in a
			        * WAIT_QUEUE */
	/* last, as only entries in use are initialised: see lane_reset() */
	struct {
		uint64_t from, end;
	} island[LANE_ISLANDS];             /* beyond cover, ascending */
	struct lane_copy copy[LANE_COPIES]; /* ring: n_copies % LANE_COPIES */
	struct lane_edge rose[LANE_EDGES];  /* ring, too */
};

#define LANE_NEW 1    /* new data was sent */
#define LANE_COVERS 2 /* cover rose */
#define LANE_AGAIN 4  /* data was retransmitted */

/* an acknowledgement that is held back takes so long (RFC 9293 3.8.6.3) */
#define LANE_HELD_LEAST 30000000
#define LANE_HELD_MOST 500000000

void lane_reset(struct lane *l);
/* Record @r of direction lane @l at @t_ns, @back being the other direction at
 * that point; @slack_ns: how late a host may react, ticks included.
 * Return: LANE_ bits. */
unsigned lane_take(struct lane *l, struct lane *back, const struct record *r,
		   int64_t t_ns, int64_t slack_ns);

/* --- lane_gap.c --- */
/* The gap before new data of @len bytes ends at @t_ns: sets l->gap*, adds to
 * l->sum. */
void lane_gap_end(struct lane *l, uint32_t len, int64_t t_ns, int64_t slack_ns);

/* --- lane_window.c --- */
/* Was all up to @end already allowed at @t_ns?  Times of later calls are later.
 * Return: true, too, where that is not known. */
bool lane_allowed(struct lane *l, uint64_t end, int64_t t_ns);
/* Notes @r if it is a probe of a closed window. */
void lane_take_probe(struct lane *l, const struct record *r, int64_t t_ns);
/* Does the receiver keep its window closed while the sender probes it? */
bool lane_kept_closed(const struct lane *l);
/* Until when, after @from_ns, a closed window held back the sender of new data
 * at @t_ns, as far as it knew; @trip_ns: the round trip from here to the
 * sender, 0 next to it.  Return: @from_ns if it did not. */
int64_t lane_closed_until(const struct lane *l, int64_t from_ns, int64_t t_ns,
			  int64_t trip_ns, int64_t slack_ns);

/* The last retransmission of any of [from, end) that was sent from @from_ns to
 * @to_ns.  Return: NULL if there is none. */
const struct lane_copy *lane_copy_of(const struct lane *l, uint64_t from,
				     uint64_t end, int64_t from_ns,
				     int64_t to_ns);
/* Is @got, as the other end saw it, the original transmission @sent, not its
 * retransmission @c?  True only if time stamps or IP IDs prove it. */
bool lane_first_came(const struct lane_copy *c, const struct record *sent,
		     const struct record *got);
