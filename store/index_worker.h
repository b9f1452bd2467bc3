/* Inside indexing one file: the worker that its files share.
 *
 *   index_file.c    the file from end to end
 *   index_frame.c   frames into records
 *   index_items.c   what goes to the writer meanwhile
 *   index_end.c     what is known only at the end
 */
#pragma once

#include "capture/flow.h"
#include "capture/neighbours.h"
#include "capture/reader.h"
#include "capture/talk.h"
#include "capture/twins.h"
#include "store/index_int.h"
#include "store/index_parts.h"
#include "store/message_window.h"
#include "store/window.h"

enum trouble {
	TROUBLE_CUT,
	TROUBLE_MALFORMED,
	TROUBLE_UNKNOWN,
	TROUBLE_PROTECTED,
	TROUBLE_TUNNEL_REST,
	TROUBLE_RETRY,
	TROUBLE_DOUBLED,
	TROUBLE_ROUTED,
	TROUBLE_LOOPED,
	TROUBLES
};

struct lane {
	uint32_t key, iface;
	bool wanted;
	uint64_t packets, kept, bytes, not_ip;
	int64_t first_ns, last_ns;
	bool timed;        /* first_ns, last_ns are set */
	uint64_t twice_ns; /* twins within this time are left out; 0: none */
	unsigned copies;   /* if so, how often a packet is there */
	bool copies_apart; /* ... by other link addresses */
	bool inner_twice;  /* packets inside tunnels are left out */
	bool watched;      /* twins are being looked for */
	struct ticks ticks;
	struct {
		uint64_t n, first_frame;
		int64_t first_ns;
	} trouble[TROUBLES];
};

struct worker {
	const struct index_input *in;
	const struct index_options *o;
	size_t number;
	struct queue *q;
	struct err *err;
	struct reader *reader;
	struct decoder *decoder;
	struct flowtab *flows;
	struct talks *talks;
	struct window *window;
	struct twins *twins; /* owned; NULL until one is looked for */
	struct doubled doubled[LANES_MAX];
	size_t n_doubled;
	struct sides *sides;     /* owned; NULL: the file is from one place */
	struct passage *passage; /* owned */
	struct message_window *messages;
	struct neighbours *neighbours; /* owned; NULL until one is seen */
	uint64_t neighbours_left;      /* messages too many */
	struct lane lane[LANES_MAX];
	unsigned n_lanes, last_lane;
	uint64_t beyond, beyond_first; /* packets of lanes over LANES_MAX */
	struct VEC(struct filter *) filter; /* by interface */
	struct net_addr host;
	struct part_rack *parts; /* those that have ended; owned */
	struct kept_place place; /* of a temporary case's blocks and shelves */
	/* packets waiting to be looked up together; one more is being decoded
	 * behind them */
	unsigned waiting;
	struct packet wait[FLOW_AHEAD];
	uint8_t wait_lane[FLOW_AHEAD];
	uint8_t *wait_bytes; /* payloads; owned */
	size_t wait_n, wait_cap;
};

/* --- index_items.c: the worker is @ctx --- */
void item_put_parts(void *ctx, uint8_t lane, uint32_t first, struct buf *shelf,
		    bool kept);
void item_put_block(void *ctx, uint8_t lane, const struct block_row *row,
		    struct buf *bytes, bool kept);
void item_put_messages(void *ctx, uint8_t lane,
		       const struct message_block_row *row, struct buf *bytes);

/* --- index_frame.c --- */
/* Return: 0, or -1 with w->err. */
int index_frame(struct worker *w, const struct frame *f);
/* Adds the packets that wait. */
void index_waiting(struct worker *w);

/* --- index_end.c --- */

/* Do the options want this lane of the file? */
bool lane_wanted(const struct worker *w, uint32_t key);
/* Return: the lane's index, or LANES_MAX if there is none. */
unsigned lane_search(const struct worker *w, uint32_t key);
/* The same, trying the last packet's first. */
static inline unsigned lane_find(const struct worker *w, uint32_t key)
{
	unsigned i = w->last_lane;

	if (i < w->n_lanes && w->lane[i].key == key)
		return i;
	return lane_search(w, key);
}
void add_quality(struct indexed *out, size_t lane, const char *what, char *text,
		 uint64_t n, uint64_t frame);
/* A file without packets is still a file of its point.  Return: 0, or -1 with
 * w->err if the requested interface does not exist. */
int lane_without_packets(struct worker *w);
/* Lanes and quality of the whole file, once it has been read. */
void out_all(const struct worker *w, struct indexed *out);
