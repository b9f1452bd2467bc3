/* The short way of the sweep, for short sessions that arrived as they were sent.
 *
 * reads:  strands, clocks     writes: match_writer, figures, evidence
 */
#pragma once

#include "correlate/sweep.h"

/* Does what sweep_session() does, if the session is plain.  Return: is it?  If
 * not, nothing was done. */
bool sweep_plain(const struct sweep_env *env, struct sweep_session *s);
