/* Single records that a view keeps.
 *
 * A few records are needed repeatedly, by one step after another, and would
 * each time unpack the thousands around them: recs_keep() keeps copies, in
 * ascending order of their numbers, found by binary search.  NOTES_MOST bounds
 * their memory.
 */
#include <stdlib.h>

#include "base/search.h"
#include "store/recs_int.h"

#define NOTES_MOST 65536

void recs_keep(struct recs *v, uint64_t i)
{
	struct notes *k = &v->notes;
	size_t n = k->number.n;

	if (i >= v->count || n == NOTES_MOST || (n && k->number.at[n - 1] >= i))
		return;
	if (n % NOTES_BLOCK == 0)
		*VEC_PUSH(&k->block) = mem_resize(NULL, NOTES_BLOCK,
						  sizeof **k->block.at);
	k->block.at[n / NOTES_BLOCK][n % NOTES_BLOCK] = *recs_get(v, i);
	*VEC_PUSH(&k->number) = i;
}

const struct record *recs_kept(const struct notes *k, uint64_t i)
{
	size_t at;

	SEARCH(at, k->number.n, n, k->number.at[n] < i);
	return at < k->number.n && k->number.at[at] == i
		       ? &k->block.at[at / NOTES_BLOCK][at % NOTES_BLOCK]
		       : NULL;
}

void recs_forget(struct notes *k)
{
	for (size_t i = 0; i < k->block.n; i++)
		free(k->block.at[i]);
	VEC_FREE(&k->block);
	VEC_FREE(&k->number);
}
