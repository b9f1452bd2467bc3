/* Places: the files of a point in order of time.  See the header.
 *
 * Cost: O(files^2), once.
 */
#include "correlate/place.h"

void place_ranks(const struct file_row *f, size_t n, uint64_t *rank)
{
	for (size_t i = 0; i < n; i++) {
		rank[i] = 0;
		for (size_t k = 0; k < n; k++) {
			if (k == i || f[k].point != f[i].point)
				continue;
			rank[i] += f[k].first_ns < f[i].first_ns ||
				   (k < i && f[k].first_ns == f[i].first_ns);
		}
	}
}

bool place_overlap(const struct file_row *f, size_t n, int64_t point)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (f[i].point == point && f[k].point == point &&
			    f[i].first_ns < f[k].last_ns &&
			    f[k].first_ns < f[i].last_ns)
				return true;
	return false;
}
