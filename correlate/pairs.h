/* Candidates in order, without repeats.
 *
 * reads:  struct pair_list      writes: struct pair_list
 */
#pragma once

#include <stddef.h>

#include "correlate/keys_join.h"

/* @n_left: left flows of pairs are below it.  Ascending by left flow, then
 * right. */
void pairs_unique(struct pair_list *list, size_t n_left);
