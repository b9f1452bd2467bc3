/* Resets by a host that gets the middle of a connection that it does not know.
 *
 * reads:  sessions     writes: text and evidence of a draft
 */
#pragma once

#include "report/derive/reset_origin.h"

#define STRAYS_LOOKED                                                          \
	500 /* so few that no number of 32 bits is the same by chance */

struct stray { /* a reset without ACK, by its number */
	uint32_t seq;
	int64_t session, point, file, time_ns, idle_ns;
	uint64_t frame;
	int pos;   /* on the path */
	bool lost; /* packets of its session count as lost */
	char who[WORDS];
};

struct strays {
	struct VEC(struct stray) unknown; /* where the server made them */
	struct VEC(struct stray) heard;   /* where living sessions get them */
	size_t looked;                    /* for these */
};

/* The server's reset @k, without an answer before: does it meet what opens no
 * connection here? */
bool stray_is(const struct derive *d, const struct session_view *v,
	      const struct fact *k);
/* Remembers it. */
void stray_add(struct strays *s, const struct session_view *v,
	       const struct fact *k);
/* Remembers the first reset that the session's client gets, if it had answers. */
void stray_heard(struct strays *s, const struct derive *d,
		 const struct session_view *v);
/* Title and text of @f, which is of the strays of @server at point @at. */
void stray_tell(const struct strays *s, const struct model *m, struct draft *f,
		const char *server, const char *at);
/* Did a server make a reset of number @seq so? */
bool stray_made(const struct strays *s, uint32_t seq);
void stray_free(struct strays *s);
