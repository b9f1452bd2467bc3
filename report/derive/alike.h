/* Sessions to which the same happened on one hop in one direction: one finding.
 *
 * reads:  sessions     writes: a draft for each hop and direction
 */
#pragma once

#include "report/derive/missed.h"
#include "report/derive/words.h"

struct alike {
	int from_pos, to_pos, dir; /* in the direction of travel */
	const char *from, *to;     /* the points' names, the model's */
	uint64_t sessions;
	int64_t first_ns, last_ns; /* when, by one point's clock */
	struct draft *draft;       /* NULL: the caller must create it */
	char who[WORDS];           /* the first session */
	json_t *servers;           /* address and port: sessions; owned */
	uint64_t packets, resets, opened, lost; /* the caller's counts */
	int clock_pos;        /* the caller's: whose clock first_ns is by */
	struct spread spread; /* the caller's */
	int64_t idle_ns;      /* the least of a span that the caller names */
	uint32_t fail_least, pass_most; /* the caller's: IP bytes; 0: none */
	uint64_t quoted; /* the caller's: of so many an ICMP error names the */
	char cause[WORDS]; /* cause, as of the first of them */
};

struct alikes VEC(struct alike);

/* The group for the hop from flow @from of @v to flow @to; a new one has no
 * draft.  Valid until the next call. */
struct alike *alike_of(struct alikes *all, const struct session_view *v,
		       int from, int to, int dir);
/* A finding of @g's hop, begun with its first session, @v. */
struct draft *alike_open(struct alike *g, struct derive *d,
			 const struct session_view *v, const char *rule,
			 enum severity severity, double weight);
/* Counts the span; call it before alike_add(). */
void alike_idle(struct alike *g, int64_t idle_ns);
/* Counts @v, to which it happened at @at_ns, as flow @flow has it. */
void alike_add(struct alike *g, const struct session_view *v, int flow,
	       int64_t at_ns);
/* "SESSION", if it is one, or "12 sessions". */
const char *alike_who(const struct alike *g, char out[static WORDS]);
/* The same for a session whose view is gone. */
void alike_count(struct alike *g, int64_t session, const char *who,
		 const struct net_end *server, int64_t at_ns);
/* Sets the measures.  For more than one session also says which is the first,
 * and how many there are and when, with @how ("are reset so"), by @clock's
 * clock. */
void alike_tell(struct alike *g, const char *how, const char *clock);
/* Tells each group with @tell, and frees what @all holds. */
void alikes_tell(struct alikes *all, const struct model *m,
		 void (*tell)(struct alike *, const struct model *));
/* The same, and frees @all, which the caller allocated. */
void alikes_finish(struct alikes *all, const struct model *m,
		   void (*tell)(struct alike *, const struct model *));
