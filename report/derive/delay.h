/* What the delay.* rules share: a cause's figures in words, and the frames of
 * its worst exchanges at both ends.
 *
 * reads:  struct group, exchange     writes: struct draft
 */
#pragma once

#include "base/text.h"
#include "report/rules.h"
#include "store/group.h"

/* A finding on @g: sessions, share of time, measure.  @part: what it is. */
struct draft *delay_draft(struct derive *d, const char *rule,
			  enum severity severity, const struct group *g,
			  enum time_part part);
/* "without it 10 s, not 17 s" as a paragraph that begins with @without. */
void delay_gain(struct draft *f, const struct group *g, const char *without);
/* The frames of the worst sessions' worst exchanges, and their filters. */
void delay_evidence(struct draft *f, const struct model *m,
		    const struct group *g);
/* Names of the outer points of "a b"; false where the key is none. */
bool delay_points(const struct model *m, const struct group *g,
		  const char **from, const char **to);
/* Sets the hop of the finding from the key. */
void delay_hop(struct draft *f, const struct model *m, const struct group *g);
#define RECOVERY_HIGH 25 /* percent of the time of the sessions concerned */
double delay_share(const struct group *g);
/* " of 3 sessions"; nothing where these are all.  Return: @out. */
const char *delay_whose(const struct model *m, const struct group *g,
			char out[static TEXT_UNIT]);

/* By group of causes: */
void delay_client(struct derive *d, const struct group *g);
void delay_server(struct derive *d, const struct group *g);
void delay_feed(struct derive *d, const struct group *g);
void delay_far(struct derive *d, const struct group *g);
void delay_path(struct derive *d, const struct group *g);
void delay_recovery(struct derive *d, const struct group *g);
void delay_window(struct derive *d, const struct group *g);
void delay_nagle(struct derive *d, const struct group *g);
void delay_queue(struct derive *d, const struct group *g);
void delay_shaping(struct derive *d, const struct group *g);
