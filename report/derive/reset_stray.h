/* Resets by a host that gets the middle of a connection that it does not know.
 *
 * reads:  sessions     writes: text and evidence of a draft
 */
#pragma once

#include "base/htab.h"
#include "report/derive/reset_origin.h"

#define STRAYS_LOOKED 65536 /* 15 MB of each kind */

struct stray { /* a reset without ACK, by its number */
	uint32_t seq;
	int64_t session, point, file, time_ns, idle_ns;
	uint64_t frame;
	int pos; /* on the path */
	struct net_end server;
	uint32_t next,
		last; /* of the same server, and of its first one the last */
	bool lost;    /* packets of its session count as lost */
	char who[WORDS];
};

struct strays {
	struct VEC(struct stray) unknown; /* where the server made them */
	struct VEC(struct stray) heard;   /* where living sessions get them */
	size_t looked;                    /* for these */
	struct htab of_unknown, of_heard; /* by number */
	struct htab of_server;            /* the first unknown one */
};

/* The server's reset @k, without an answer before: does it meet what opens no
 * connection here? */
bool stray_is(const struct derive *d, const struct session_view *v,
	      const struct fact *k);
/* The same: is that packet a probe with neither SYN nor ACK? */
bool stray_is_bare(const struct derive *d, const struct session_view *v,
		   const struct fact *k);
/* Remembers it. */
void stray_add(struct strays *s, const struct session_view *v,
	       const struct fact *k);
/* Remembers the first reset that the session's client gets, if it had answers. */
void stray_heard(struct strays *s, const struct derive *d,
		 const struct session_view *v);
/* Title and text of @f, which is of the @all strays of @server; @who resets them, if
 * that is all that is known. */
void stray_tell(const struct strays *s, const struct model *m, struct draft *f,
		const struct net_end *server, const char *who, uint64_t all);
/* Does another point have the session of any of @server's? */
bool stray_is_known(const struct strays *s, const struct model *m,
		    const struct net_end *server);
/* The same for those of @servers, or of several ports of one, at point @at, of none of
 * which another point has the session. */
void stray_tell_many(struct draft *f, const char *servers, bool several,
		     const char *at, uint64_t all);
/* Did a server make so the reset of number @seq that @point has at @time_ns? */
bool stray_made(const struct strays *s, const struct model *m, uint32_t seq,
		int64_t point, int64_t time_ns);
void stray_free(struct strays *s);
