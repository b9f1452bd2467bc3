/* Inside the pairing rules: what each point sees, and how it is reported.
 *
 * reads:  sessions     writes: drafts of pair.none and pair.ambiguous
 */
#pragma once

#include "report/derive/words.h"

#define PAIRING_EXAMPLES 5

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
};

struct pairing {
	struct point_sight *at; /* by pos - 1 */
	uint64_t sessions;
	uint64_t refused; /* of them, those that an ICMP error ended at once */
	uint64_t ambiguous;
	struct draft *ambiguity; /* NULL: none yet */
};

/* Do sessions of one point continue as sessions of the other, over a relay?  @form:
 * judged by the form of conversations alone. */
bool pairing_is_related(const struct model *m, int a, int b, bool form);
/* Writes pair.none for two neighbouring points. */
void pairing_tell_none(const struct pairing *s, struct derive *d, int from,
		       int to);
