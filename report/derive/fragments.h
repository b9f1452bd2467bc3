/* Fragmented datagrams: each arrives as a whole or not at all.
 *
 * reads:  struct fate_row, of one hop and direction    writes: counts
 */
#pragma once

#include "report/model.h"

/* A datagram that lacks fragments beyond the hop. */
struct lost_datagram {
	uint32_t id;
	unsigned fragments, missing;
	/* its first missing fragment: number from 1 (0: not known), bytes of
	 * the datagram, and where it was last seen */
	unsigned number;
	uint32_t from, to;
	int64_t file, time_ns;
	uint64_t frame;
};

struct fragments {
	/* whole at the near point; of these, lacking some at the far one */
	uint64_t datagrams, lost;
	uint64_t pieces_lost; /* fragments, of incomplete datagrams, too */
	/* fragments, and datagrams: incomplete at the near point, and less than that at
	 * the far one */
	uint64_t rest_lost, rests;
	uint64_t overlapping; /* datagrams whose fragments overlap */
	struct VEC(struct lost_datagram) kept;
	struct open_datagram *open; /* owned; those not complete yet */
	unsigned n_open;
};

/* Adds a transmission if it is a fragment, in order of time. */
void fragments_add(struct fragments *f, const struct fate_row *r);
/* Closes open datagrams; after that the counts are final. */
void fragments_end(struct fragments *f);
void fragments_release(struct fragments *f);
