/* In which order do packets pass the interfaces of one capture?
 *
 * reads:  struct packet     writes: nothing
 */
#pragma once

#include "capture/decode.h"

struct passage;
struct passage *passage_new(void);
void passage_free(struct passage *g); /* NULL is fine */

/* Learns from one of the file's first packets, in order; its lane is the
 * interface.  To be called before the flow table unwraps its numbers. */
void passage_learn(struct passage *g, const struct packet *p);
/* Sorts the @n lanes at @lane, given in the file's order, into the order in
 * which packets from clients pass them; lanes whose order is not known keep
 * it. */
void passage_sort(const struct passage *g, uint32_t *lane, size_t n);
