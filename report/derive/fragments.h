/* Datagrams that travel in fragments, as the units that arrive or do not.
 *
 * reads:  struct fate_row, of one hop and direction    writes: counts
 */
#pragma once

#include "report/model.h"

/* One that lacks fragments beyond the hop. */
struct lost_datagram {
	uint32_t id;
	unsigned fragments, missing;
	/* of its first missing fragment: its number from 1 (0: not known), bytes
	 * of the datagram, and where it was seen last */
	unsigned number;
	uint32_t from, to;
	int64_t file, time_ns;
	uint64_t frame;
};

struct fragments {
	/* whole at the near point; of these, lacking some at the far one */
	uint64_t datagrams, lost;
	uint64_t pieces_lost; /* fragments, of incomplete ones too */
	uint64_t overlapping; /* datagrams whose fragments overlap */
	struct VEC(struct lost_datagram) kept;
	struct open_datagram *open; /* owned; those still coming in */
	unsigned n_open;
};

/* Adds a transmission if it is a fragment, in order of time. */
void fragments_add(struct fragments *f, const struct fate_row *r);
/* Closes what is open.  Then the counts are final. */
void fragments_end(struct fragments *f);
void fragments_release(struct fragments *f);
