/* What a misspelt word may have meant.
 */
#pragma once

#include <stddef.h>

struct guess {
	const char *word; /* as typed */
	const char *best; /* NULL: nothing is like it */
	size_t typos;     /* of best */
};

/* Takes @name for the best so far if it is like the word: one letter in three, at
 * most, is wrong, left out, added or exchanged with the next; or it begins so. */
void guess_try(struct guess *g, const char *name);
