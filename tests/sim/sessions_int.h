/* What the files share that make random sessions.  What draws from @r does so in a
 * fixed order: a seed makes the same sessions for ever.
 */
#pragma once

#include "tests/sim/sessions.h"

/* --- sessions_ends.c --- */
struct session *session_blank(struct sim *s);
struct net_addr session_address(bool v6, int net, int host);
/* @left, @right: the ends as they are at the hosts. */
void session_place(struct sim *s, struct rng *r, struct session *e,
		   struct net_end left, struct net_end right);
/* Chooses two hosts, the server at @port, and places them. */
void session_ends(struct sim *s, struct rng *r, struct session *e,
		  const struct mix *m, uint16_t port);
/* What the hosts' stacks are like. */
void session_hosts(struct sim *s, struct rng *r, struct session *e,
		   const struct mix *m);
/* What each box adds to this session's numbers and time stamps. */
void session_renumber(struct sim *s, struct rng *r, struct session *e);

/* --- sessions_script.c --- */
void session_script(struct rng *r, struct session *e, const struct mix *m);
/* Turns of which all is known: one round trip each, and one each for the opening
 * and the end. */
void session_script_plain(struct rng *r, struct session *e);
void session_fill(struct rng *r, struct session *e, int style);
/* Replaces what end @end of @e does by what that of @old does. */
void session_same_script(struct session *e, const struct session *old, int end);
/* The same of the bytes both ways. */
void session_same_content(struct session *e, const struct session *old);

/* --- sessions.c --- */
struct session *session_tcp_blank(struct sim *s, struct rng *r,
				  const struct mix *m);
