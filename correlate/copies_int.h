/* What the parts of telling copies share.  Inside correlate/ only. */
#pragma once

#include "correlate/hop.h"
#include "correlate/recopy.h"
#include "correlate/trailer.h"

#define TRAILERS 3 /* of one length, to be known for trailers */
/* ns that a datagram may be later than others: sooner than programs ask again
 * (RFC 6298, 2.1; RFC 8085, 3.1.1) */
#define HELD_MOST 1000000000ll
#define AGAIN_LEAST 100000000ll /* ns: timers of TCP run longer */

enum sort_of_key { KEY_SAME, KEY_RESIZED };

struct item {
	uint64_t key;
	uint64_t resized; /* the key that it has next, if it is left over */
	uint32_t idx;
	uint16_t trailer; /* trailer_of(); with resized, for TCP */
	bool far;
};

struct group {
	struct hop *h;
	enum sort_of_key sort;
	bool heads;        /* all have digests of their first bytes */
	uint32_t from, to; /* far records while both captures ran */
	double skip_far;   /* nats: of leaving out a far record */
	uint8_t trailers[TRAILER_MOST + 1]; /* by length, TRAILERS at most */
	struct VEC(struct item) item;
	struct recopy copies; /* of the near strand, once it is asked for;
			       * owned */
};

#define TWINS 160 /* records on each side of a left-over one */

/* What all copies of @r have in common; @far: it is one of the far strand.
 * (copies.c) */
uint64_t copies_key(const struct group *g, const struct record *r, bool far);
/* Unlinks the run of records beside the left-over @at that are like it.
 * (copies_reopen.c) */
void reopen_twins(struct group *g, uint32_t at, bool far);
/* The first near record from @from on that has any bytes of far @j; LINK_NONE: none, or
 * no bytes.  (copies_reopen.c) */
uint32_t copies_of_bytes(struct group *g, uint32_t j, uint32_t from);
/* Unlinks the copy before the left-over near record @i, if it is linked.  Return: it,
 * or LINK_NONE. */
uint32_t reopen_previous(struct group *g, uint32_t i);

#define CLUSTER 192
#define SKIP_NEAR 7.0  /* nats: lost */
#define SKIP_FAR 9.0   /* nats: the near point missed it; at most */
#define SKIP_TWICE 3.0 /* nats: the network doubled it */
#define NEVER 1e9      /* nats: it cannot be */

struct cluster { /* copies that are assigned together */
	struct group *g;
	const struct item *near, *far;
	uint32_t m, n;
	struct item left[2][CLUSTER];  /* near, far: that nothing of their own
				       * told */
	struct record rec[2][CLUSTER]; /* near, far */
	/* of leaving out far item [k]: the group's, or nothing where the near
	 * capture had ended before */
	double skip_far[CLUSTER];
	/* [i][k] is at i * (n + 1) + k */
	double cost[(CLUSTER + 1) * (CLUSTER + 1)];
	double ahead[(CLUSTER + 1) * (CLUSTER + 1)];  /* best of first i, k */
	double behind[(CLUSTER + 1) * (CLUSTER + 1)]; /* of those from i, k */
};

static inline uint32_t cluster_at(const struct cluster *c, uint32_t i,
				  uint32_t k)
{
	return i * (c->n + 1) + k;
}

/* Fills cost[]: nats, of linking each near item to each far one, or NEVER.
 * (copies_cost.c) */
void cluster_costs(struct cluster *c);
/* Links what has something of its own, and leaves the rest in the cluster, with
 * its costs.  (copies_own.c) */
void cluster_own(struct cluster *c);

/* What it costs to say that the near point missed a far record: @missed are those of
 * which it has none that could be it. */
void group_skips(struct group *g, uint32_t missed);
struct cluster *cluster_new(void);
/* Links the @m near and @n far items, all of one key, in order of their records,
 * where they are one packet as far as anything tells; ties are marked. */
void group_assign(struct group *g, struct cluster *c, const struct item *near,
		  uint32_t m, const struct item *far, uint32_t n);
