/* Made-up losses on the hop between two points. */
#pragma once

#include "tests/report/derive/desk.h"

static inline void lose(struct derive *d, enum fate_kind kind, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		desk_fact(&d->facts.lost, 0, 1, kind, FATE_LOST)->e.basis =
			BASIS_PROOF;
	desk_count(d, 0, 0, kind, FATE_LOST, n);
}

/* What the losses of the way there rest on. */
static inline void rest_on(struct derive *d, unsigned proof, unsigned effect,
			   unsigned absence)
{
	struct hop_tail *t = desk_tail(d, 0, 0, 1);

	t->lost = proof + effect + absence;
	t->by_basis[BASIS_PROOF] = proof;
	t->by_basis[BASIS_EFFECT] = effect;
	t->by_basis[BASIS_ABSENCE] = absence;
}

/* So much data of a hop is lost, so much is delivered. */
static inline struct derive *lossy(unsigned lost, unsigned delivered)
{
	struct derive *d = desk_new(2, &rules_loss);

	lose(d, KIND_DATA, lost);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, delivered);
	return d;
}
