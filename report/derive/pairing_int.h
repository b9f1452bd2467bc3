/* Inside the pairing rules: what each point sees, and how it is reported.
 *
 * reads:  sessions     writes: drafts of pair.none and pair.ambiguous
 */
#pragma once

#include "report/derive/words.h"

#define PAIRING_EXAMPLES 5

struct named_ends {   /* a connection that one point has alone */
	uint64_t key; /* of both ends */
	int64_t point, file, at_ns;
	uint64_t frame;
};

struct point_sight {     /* what a point sees in sessions of its own */
	uint64_t alone;  /* that no other point has */
	uint64_t unsure; /* sessions that are ambiguous */
	uint64_t joined; /* sessions that the next point has, too */
	struct busy {
		uint64_t packets;
		char who[WORDS];
	} top[PAIRING_EXAMPLES];
	uint64_t opaque; /* packets of encrypted tunnels */
	uint64_t opaque_most;
	char tunnel[WORDS]; /* the busiest: its kind and hosts */
	struct VEC(struct named_ends) ends;
};

struct pairing {
	struct point_sight *at; /* by pos - 1 */
	uint64_t sessions;
	uint64_t refused; /* of them, those that an ICMP error ended at once */
	uint64_t
		unresolved; /* of the others, those whose host nobody could find
			      * (ARP) */
	uint64_t ambiguous;
	struct draft *ambiguity; /* NULL: none yet */
};

/* Do sessions of one point continue as sessions of the other, over a relay?  @form:
 * judged by the form of conversations alone. */
bool pairing_is_related(const struct model *m, int a, int b, bool form);
/* Counts a session that one point has alone. */
void pairing_ends_add(struct point_sight *p, const struct session_view *v);
/* Of these, connections that have the same ends at both points.  @f: gets frames of
 * some; may be NULL. */
uint64_t pairing_ends_same(const struct model *m, struct point_sight *a,
			   struct point_sight *b, struct draft *f);
/* Says that they are ended between the points. */
void pairing_tell_same(struct draft *f, const struct model *m, int from, int to,
		       struct point_sight *at);
/* Writes what is asked in vain for at a point that has nothing else. */
void pairing_tell_asked(struct derive *d, int pos);
/* Writes pair.none for two neighbouring points. */
void pairing_tell_none(const struct pairing *s, struct derive *d, int from,
		       int to);
