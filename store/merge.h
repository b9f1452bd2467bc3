/* Cases into one: each side indexes at home and sends its case, no packets.
 *
 * reads:  what indexing wrote of a case     writes: the same into another
 */
#pragma once

#include "store/store.h"

struct merge_options {
	bool join; /* points of one name are one point */
	void (*notice)(void *ctx, const char *text); /* or NULL */
	void *notice_ctx;
};

/* Appends the points and complete files of @from, in path order, to what
 * @into holds; @from is only read.  Nothing derived is copied: pair @into
 * afterwards.  Refused: a capture that @into has already.
 * Return: 0, or -1 with @err; what was copied before is left incomplete then
 * (the next indexing drops it). */
int store_merge(struct store *into, struct store *from,
		const struct merge_options *o, struct err *err);
