/* Merges cases: each side indexes at home and sends its case, not packets.
 *
 * reads:  what indexing wrote to a case writes: the same into another
 */
#pragma once

#include "store/store.h"

struct merge_options {
	bool join; /* points with the same name become one */
	void (*notice)(void *ctx, const char *text); /* or NULL */
	void *notice_ctx;
};

/* Appends the points and complete files of @from, in path order, to what
 * @into holds; @from is only read.  Nothing derived is copied: pair @into
 * afterwards.  Refused: a capture that @into has already.
 * Return: 0, or -1 with @err; then what was copied so far stays incomplete (the
 * next indexing drops it). */
int store_merge(struct store *into, struct store *from,
		const struct merge_options *o, struct err *err);
