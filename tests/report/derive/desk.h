/* A desk for one rule group: a made-up model and session in memory, and the
 * drafts that the rules lay on it.  Stands in for derive.c, which drives the
 * rules over a case.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/derive/witness.h"
#include "report/rules.h"

#define DESK_POINTS 3
#define MS 1000000LL
#define SEC 1000000000LL
#define T0 (1700000000 * SEC)

#define DESK_TTL 60 /* of what is captured, if nothing else is said */

struct derive {
	struct model model; /* points "client", "middle", "server"; a file each,
			     * and hops between neighbours */
	struct session_view view;   /* over all points */
	struct session_facts facts; /* of it */
	const struct message_row
		*icmp;                /* what derive_icmp() finds; not owned */
	const struct flow_row *flows; /* what derive_flow() finds, ids from 1;
				       * not owned */
	size_t n_flows;
	const struct resolve *resolve; /* what derive_resolve() gives; not
					* owned */
	int icmp_flow;                 /* of which flow */
	struct witness *witness;       /* made by derive_witness() */
	struct proxies *proxies;       /* made by derive_proxies() */
	/* what derive_last() finds in flows without records of their own
	 * (desk_records()): by direction, with data or with flags */
	struct record last[2][2];
	int64_t last_file[2]; /* which of the point's, from 0; by direction */
	uint32_t speaks;      /* what derive_speaks() knows of */
	enum asks asks;       /* what derive_asks() says */
	/* of the records that derive_record() makes; NULL: 60 */
	uint8_t (*ttl_of)(const struct flow_row *f, int dir);
	int64_t claimed; /* session whose losses are explained */
	struct drafts drafts;
	const struct rule_group *group;
	void *state;
};

/* @points of DESK_POINTS; the session is TCP, paired, answered, with SYNs. */
struct derive *desk_new(int points, const struct rule_group *group);
void desk_free(struct derive *d);
/* Gives the model relays and begins anew. */
void desk_relate(struct derive *d, const struct relay_row *rows, size_t n);
/* Only @n SYNs, nothing from the server; for the rules of stop.c. */
struct derive *desk_silence(int points, unsigned n);
/* The same of 3 SYNs that the first of two points alone has. */
struct derive *desk_alone(void);
/* The points' clocks agree. */
void desk_set_clocks(struct derive *d);
/* Another session, TCP, that lived at the points that @at has a bit of. */
void desk_witness(struct derive *d, unsigned at, struct net_end client,
		  struct net_end server, int64_t at_ns);
/* Another that a relay carries on between the first point and the second. */
void desk_witness_relayed(struct derive *d, struct net_end client,
			  struct net_end server, int64_t at_ns);
/* Packets of one flow, by direction, for rules that read records. */
#define TAPE_MOST 600
struct tape {
	struct record at[2][TAPE_MOST];
	uint32_t n[2];
	uint64_t frame;
};
/* Appends @r, @ms after T0, with the next frame number. */
void tape_add(struct tape *t, int dir, int64_t ms, struct record r);
/* Stores @t as what flow @flow has, for good, and sets the flow's counts. */
void desk_records(struct derive *d, int flow, const struct tape *t);
/* Shows the session as it stands to the group, with its facts or without. */
void desk_show(struct derive *d);
void desk_show_unswept(struct derive *d);
/* Empties the facts and gives the session the next id. */
void desk_next(struct derive *d);
/* Lets the group write, then finds the finding of @rule, or NULL. */
const struct draft *desk_finish(struct derive *d, const char *rule);
/* Shows the session and lets the group write.  Return: the finding of @rule,
 * which must be there. */
const struct draft *desk_found(struct derive *d, const char *rule);
/* The same where there must be none of @rule; frees @d. */
void desk_silent(struct derive *d, const char *rule);

/* A fact of the session on the hop from flow @from to flow @to, appended to
 * @list: near frame 10 + its number there, far frame 100 more; TCP sequence
 * 1001 + 100 a fact.  Valid until the list grows. */
struct fact *desk_fact(struct facts *list, int from, int to,
		       enum fate_kind kind, enum fate fate);
/* A tail of a direction; valid until the next one. */
struct hop_tail *desk_tail(struct derive *d, int dir, int from, int to);
/* Counts into the case's figures and the session's: hop @hop (from 0), its way
 * out or back. */
void desk_count(struct derive *d, int hop, int back, enum fate_kind kind,
		enum fate fate, uint64_t n);

/* Does some text of the finding (title, text, against, a place, next, a note)
 * contain @words? */
bool draft_says(const struct draft *f, const char *words);
int64_t draft_number(const struct draft *f, const char *measure);
