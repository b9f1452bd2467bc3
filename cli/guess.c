/* Words are short, so the table of an edit distance with exchanges of neighbours (optimal
 * string alignment) is on the stack: at[i][k] is what makes the first i letters of one
 * the first k of the other.
 */
#include "cli/guess.h"

#include <string.h>

#define LETTERS 32
#define BEGINS_LEAST 3 /* letters that may stand for the word that begins so */

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t typos(const char *a, size_t n, const char *b, size_t m)
{
	size_t at[LETTERS + 1][LETTERS + 1];

	for (size_t i = 0; i <= n; i++)
		for (size_t k = 0; k <= m; k++) {
			if (!i || !k) {
				at[i][k] = i + k;
				continue;
			}
			at[i][k] = least_of(
				least_of(at[i - 1][k], at[i][k - 1]) + 1,
				at[i - 1][k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1])
				at[i][k] = least_of(at[i][k],
						    at[i - 2][k - 2] + 1);
		}
	return at[n][m];
}

void guess_try(struct guess *g, const char *name)
{
	size_t n = strlen(g->word), m = strlen(name), wrong;

	if (n > LETTERS || m > LETTERS)
		return;
	wrong = n >= BEGINS_LEAST && strncmp(g->word, name, n) == 0
			? 1
			: typos(g->word, n, name, m);
	if (wrong > (m + 1) / 3 || (g->best && wrong >= g->typos))
		return;
	g->best = name;
	g->typos = wrong;
}
