/* In which order do packets pass the interfaces of one capture?
 *
 * reads:  struct packet     writes: nothing
 */
#pragma once

#include "capture/decode.h"

struct passage;
struct passage *passage_new(void);
void passage_free(struct passage *g); /* NULL is fine */

/* Learns from a packet of the file's beginning, in its order; its lane is the
 * interface's.  Before the flow table has made its numbers those of the flow. */
void passage_learn(struct passage *g, const struct packet *p);
/* Puts the @n lanes at @lane, which stand as the file has them, into the order in
 * which what clients send passes them; those of which that is not known keep
 * their places beside each other. */
void passage_sort(const struct passage *g, uint32_t *lane, size_t n);
