/* Facts of one session: what a sweep over its fates shows.  A long session is
 * swept in brief: without packets that were merely delivered, so that the
 * frames of all others can be shown at a fiftieth of the cost.
 *
 * reads:  struct fate_row    writes: struct session_facts
 */
#pragma once

#include "report/derive/fragments.h"
#include "report/derive/headers.h"
#include "report/derive/route.h"
#include "report/derive/policer.h"
#include "report/model.h"

/* A fate worth keeping with its packets. */
struct fact {
	struct fate_entry e;
	int dir, from, to; /* indexes into row.flows, by travel */
	bool has_near, has_far;
	struct record near, far; /* copies */
	bool again;              /* of TCP: was sent once more later */
	int64_t near_file, far_file;
	/* of what is lost or unseen: the acknowledgement that shows it;
	 * frame 0: none */
	struct {
		uint64_t frame, ack64;
		int64_t file, time_ns;
		int flow; /* index into row.flows */
		bool sack, rst;
	} proof;
};

struct facts VEC(struct fact);

/* @r with copies of its records, so that it outlives the cursor's next step. */
struct fact fact_of(const struct fate_row *r);

/* Did it arrive damaged? */
static inline bool fact_spoilt(const struct fact *k)
{
	return k->has_near && k->has_far && rec_spoilt(&k->near, &k->far);
}

/* Facts kept per list and session, and per tail of losses; counts go beyond. */
#define FACTS_KEPT 512

/* One direction of one hop over the session's life. */
struct hop_tail {
	int from, to;
	uint64_t delivered, lost, unseen, undecided;
	uint64_t by_basis[4], quoted; /* of those lost; by ICMP errors */
	uint64_t delivered_syn;
	uint64_t after;            /* lost since the last one delivered */
	int64_t last_delivered_ns; /* near clock; INT64_MIN: none */
	struct fate_entry
		last_delivered;  /* valid with delivered + unseen > 0 */
	struct fact first_after; /* valid with after > 0 */
	struct facts after_kept; /* the first FACTS_KEPT of them */
	bool open; /* data that is undecided, since the last one delivered */
	struct fact newest_open; /* valid with open */
	uint64_t
		ended; /* bytes of first copies that a relay kept (WHY_ENDED) */
	struct fragments fragments;
	struct headers headers;
	struct policer policer; /* while the session is swept */
	struct policed policed;
};

struct session_facts {
	bool brief;     /* no fragments, headers, policers and routes */
	bool spoilt[2]; /* by dir: some of `changed` arrived damaged */
	struct facts lost, injected, changed, duplicated, resets, syns;
	struct facts astray; /* undecided: lost on the hop or behind it */
	struct facts unseen;
	uint64_t n_lost, n_reordered;
	size_t n_tails[2];
	struct hop_tail *tail[2]; /* by dir, in the direction of travel */
	size_t n_routes;
	struct route_watch *route; /* for each two flows that form a hop;
				    * owned */
	/* at the sender-nearest point of each direction: */
	uint64_t data[2]; /* data transmissions and datagrams */
};

/* Sweeps the session.  Release with session_facts_release(). */
void session_facts_load(struct session_facts *f, const struct model *m,
			const struct session_view *v);
void session_facts_load_brief(struct session_facts *f, const struct model *m,
			      const struct session_view *v);
void session_facts_release(struct session_facts *f);
