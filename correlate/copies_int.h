/* What the parts of telling copies share.  Inside correlate/ only. */
#pragma once

#include "correlate/hop.h"
#include "correlate/trailer.h"

#define TRAILERS 3 /* of one length, to be known for trailers */

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
	bool heads; /* all have digests of their first bytes */
	uint8_t trailers[TRAILER_MOST + 1]; /* by length, TRAILERS at most */
	struct VEC(struct item) item;
};

struct cluster; /* room to assign */

struct cluster *cluster_new(void);
/* Links the @m near and @n far items, all of one key, in order of their records,
 * where they are one packet as far as anything tells; ties are marked. */
void group_assign(struct group *g, struct cluster *c, const struct item *near,
		  uint32_t m, const struct item *far, uint32_t n);
