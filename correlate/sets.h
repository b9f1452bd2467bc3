/* Sessions under construction: flows of several points, joined pair by pair.
 *
 * reads:  struct link       writes: struct pair_case
 */
#pragma once

#include "correlate/pair.h"
#include "correlate/score.h"

/* Two flows found to be the same session. Flows are numbered over all points:
 * point.base + index. */
struct link {
	uint32_t a, b; /* a at the nearer point of the path */
	uint32_t delta[2], ts_delta[2];
	float bits, margin;    /* margin 1e9: no rival */
	int8_t part[EV_KINDS]; /* bits, rounded */
	bool relayed;
	int client_side; /* relayed: score.h */
	bool swap, isn_equal[2], delta_known[2], ts_known[2];
};

/* A flow that would fit as well, for one without a certain partner. */
struct rival {
	uint32_t flow, other;
	float bits, margin;
};

struct relations;

struct pair_case {
	struct store *store;
	struct point *point; /* path order; owned */
	size_t n;
	uint32_t n_flows;
	struct addr_table addrs;
	size_t n_maps;
	uint32_t (*maps)[2]; /* owned */
	/* Forest over flows: parent, whether directions are exchanged against
	 * it, and at roots the points that the session has. */
	uint32_t *parent;
	uint8_t *turned;
	uint64_t *points_of;
	uint32_t *next;  /* next flow of the same session, in a cycle */
	uint64_t *named; /* by flow, at roots: key_named_tuple() of what a
			  * member names, 0: nothing; NULL: no flow names
			  * anything */
	struct custom custom[PAIR_POINTS]; /* of points k and k + 1 */
	bool relays;     /* some pair of flows is two connections of a relay */
	int64_t *offset; /* coarse offset of each point's clock against the
			  * first's */
	size_t *same;    /* offsets of points that have the same here can be
			  * compared */
	struct VEC(struct link) link;
	struct VEC(struct rival) rival;
	struct relations *relations; /* correlate/relate.h; not owned */
	uint8_t *related;    /* by root: in one of them; owned, NULL: none is */
	struct htab changed; /* key_changed() of servers' ends between which a
			      * relay is known to change what it forwards */
};

void sets_init(struct pair_case *c);
/* Root of @flow; *turned: its directions against the root's. */
uint32_t sets_root(struct pair_case *c, uint32_t flow, bool *turned);
/* Joins the flows of @l, unless their sessions share a point. Return:
 * joined. */
bool sets_join(struct pair_case *c, const struct link *l);

/* What sure pairs have shown of all devices between points @i and @j, @i nearer. */
struct custom sets_custom(const struct pair_case *c, size_t i, size_t j);

/* Place of the first rival of @flow in c->rival, once that is sorted. */
size_t rivals_of(const struct pair_case *c, uint32_t flow);

const struct flow *case_flow(const struct pair_case *c, uint32_t flow,
			     size_t *point);

/* --- match.c: two points, i nearer than j --- */
enum match_pass {
	MATCH_SURE, /* both initial sequence numbers are the same */
	MATCH_KEPT, /* sequence numbers are the same */
	MATCH_ANY,
	MATCH_RELAYED, /* what is left: two connections of a relay */
};
void match_points(struct pair_case *c, size_t i, size_t j,
		  enum match_pass pass);

/* --- session.c: writing the result --- */
/* @halves: filled in, if not NULL. */
struct halves;
void sessions_write(struct pair_case *c, struct halves *halves);
struct groups { /* items by root, in order: item[start[g]..start[g+1]) */
	uint32_t *start, *item;
};
static inline size_t groups_count(const struct groups *g, uint32_t root)
{
	return g->start[root + 1] - g->start[root];
}
static inline uint32_t groups_item(const struct groups *g, uint32_t root,
				   size_t i)
{
	return g->item[g->start[root] + i];
}

/* --- expect.c: where a session should have been seen and was not --- */
struct expected {
	uint32_t root;    /* of the session */
	size_t point;     /* index of the point that lacks it */
	int client_end;   /* of the session, by its receiver's side */
	struct flow flow; /* as it would be there: no parts, no packets */
};
struct expected_list VEC(struct expected);
/* A session with packets one way only. */
struct one_way {
	uint32_t root;
	int way; /* the direction that has packets */
};
/* The only direction in which it has packets, if it is one that may be expected
 * elsewhere; else -1.  @members: flows by root. */
int expect_way(const struct pair_case *c, const struct groups *members,
	       uint32_t root);
/* By root.  @root: by flow; @end: client_end by root, -1 unknown; @way: all
 * one-way sessions, by root. */
void expect_flows(struct pair_case *c, const struct groups *members,
		  const uint32_t *root, const int8_t *end,
		  const struct one_way *way, size_t n_ways,
		  struct expected_list *out);

/* --- order.c: the path order against the TTLs --- */
struct order_tally {
	struct order_step {
		uint64_t with, against;
	} step[PAIR_POINTS];
	uint64_t ends[2];
};
/* A session; of @row, its client_end and flows, as many as members. */
void order_count(const struct pair_case *c, const struct groups *members,
		 uint32_t root, const struct session_row *row,
		 struct order_tally *tally);
void order_add(struct order_tally *to, const struct order_tally *from);
/* Reports what all sessions together show. */
void order_check(struct pair_case *c, const struct order_tally *tally);
