/* What happened to a packet between two points, and whether its captures allow
 * to know: decide.c.
 */
#pragma once

#include "tests/sim/judge.h"

enum expect { E_DELIVERED, E_LOST, E_UNSEEN, E_OUTSIDE };

struct unit { /* a packet on the way from p to q */
	uint32_t id;
	int p, q;
	enum expect is;
	bool decidable, twin, edge;
	int seen;        /* copies captured at q */
	uint32_t far[8]; /* their frames, the first ones */
};

/* Fills is, seen and far from id, p and q. */
enum expect unit_outcome(const struct judge *j, struct unit *u);
/* Fills all of it. */
void unit_expect(const struct judge *j, struct unit *u);
/* Nothing kept tells packet @x from @y between points @p and @q. */
bool twin_of(const struct judge *j, uint32_t x, uint32_t y, int p, int q);

static inline const struct truth_pkt *unit_pkt(const struct judge *j,
					       uint32_t id)
{
	return &j->s->truth.at[id];
}
