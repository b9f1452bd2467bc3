/* Evidence: sums by point and by hop.  See the header.
 */
#include "correlate/evidence.h"

#include <stdlib.h>

void evidence_init(struct evidence *e, size_t n_points)
{
	e->n_points = n_points;
	e->trust = mem_zalloc(n_points + 1, sizeof *e->trust);
	e->absence = mem_zalloc(n_points * n_points + 1, sizeof *e->absence);
}

void evidence_add(struct evidence *into, const struct evidence *from)
{
	for (size_t p = 0; p < from->n_points; p++) {
		into->trust[p].passed += from->trust[p].passed;
		into->trust[p].missed += from->trust[p].missed;
	}
	for (size_t h = 0; h < from->n_points * from->n_points; h++) {
		struct absences *a = &into->absence[h];
		const struct absences *b = &from->absence[h];

		a->decided += b->decided;
		a->lost += b->lost;
		a->open += b->open;
		a->absent += b->absent;
	}
}

void evidence_drops(struct evidence *e, const struct watch *w)
{
	for (size_t p = 0; p < e->n_points; p++) {
		if (!w[p].dropped)
			continue;
		e->trust[p].missed += w[p].dropped;
		e->trust[p].passed += w[p].packets;
	}
}

void evidence_release(struct evidence *e)
{
	free(e->trust);
	free(e->absence);
	*e = (struct evidence){ 0 };
}

void evidence_answer(const struct evidence *e, uint8_t *loss)
{
	for (size_t from = 0; from < e->n_points; from++)
		for (size_t to = 0; to < e->n_points; to++) {
			size_t h = from * e->n_points + to;

			loss[h] = !e->absence[h].absent ||
				  absence_is_loss(&e->trust[to],
						  &e->absence[h]);
		}
}
