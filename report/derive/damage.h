/* Packets that were damaged on the way.
 *
 * reads:  session facts     writes: drafts
 */
#pragma once

#include "report/derive/facts.h"

/* Does damage explain that @k's payload or checksum is another?  @n: how many
 * packets of that session and direction are damaged (damage_count()). */
bool damage_explains(const struct session_view *v, const struct fact *k,
		     uint64_t n);
/* By direction. */
void damage_count(const struct session_view *v,
		  const struct session_facts *facts, uint64_t n[2]);
