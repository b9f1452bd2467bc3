/* Findings stand in order of importance, so the answer is the titles of the
 * first grave ones; without any, a sentence says what that means.
 */
#include "report/render/answer.h"

#include <stdlib.h>

#include "base/mem.h"

const char answer_limits[] =
	"A packet in a sender's own capture may still never have reached the "
	"wire, one missing from a receiver's capture may have reached the "
	"machine, and one that was captured there may never have reached the "
	"program.";

static const char *nothing_found(const struct model *m)
{
	if (m->n_points == 1)
		return "Nothing wrong stands out in this one capture.  One "
		       "side cannot tell loss on the path from loss elsewhere; "
		       "a capture of the other side at the same time can.";
	return "Nothing wrong was found between these points.";
}

static char *nothing_grave(const struct model *m)
{
	if (m->n_points > 1 && m->n_findings &&
	    m->findings[0].severity == SEV_LOW)
		return mem_printf("Nothing grave was found between these "
				  "points; the most there is: %s.",
				  m->findings[0].title);
	return mem_strdup(nothing_found(m));
}

void answer_make(struct answer *a, const struct model *m)
{
	*a = (struct answer){ 0 };
	for (size_t i = 0; i < m->n_files; i++)
		a->packets += m->files[i].packets;
	for (size_t i = 0; i < m->n_findings && a->n < ANSWER_LINES; i++) {
		if (m->findings[i].severity < SEV_MEDIUM)
			break;
		a->line[a->n++] = mem_printf("%s.", m->findings[i].title);
	}
	a->grave = a->n > 0;
	if (!a->grave)
		a->line[a->n++] = nothing_grave(m);
}

void answer_release(struct answer *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->line[i]);
	*a = (struct answer){ 0 };
}
