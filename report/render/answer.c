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

/* Without a session there is nothing that could be right or wrong. */
static char *nothing_to_judge(const struct model *m, uint64_t packets)
{
	bool filtered = false;
	const char *here = m->n_points == 1 ? "this capture" : "these captures";

	for (size_t i = 0; i < m->n_files; i++)
		filtered |= m->files[i].filtered;
	if (!packets)
		return mem_printf("There is no packet in %s, so nothing can be "
				  "said.  Was the capture filter right, and "
				  "the interface?",
				  here);
	return mem_printf(
		"There is no session in %s, so nothing can be said: %s.", here,
		filtered ? "--filter, --host, --from or --to leaves out what "
			   "could be"
			 : "no packet can be read as IP with its addresses and "
			   "ports");
}

static char *nothing_grave(const struct model *m, uint64_t packets)
{
	if (!m->n_sessions)
		return nothing_to_judge(m, packets);
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
		a->line[a->n++] = nothing_grave(m, a->packets);
}

void answer_release(struct answer *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->line[i]);
	*a = (struct answer){ 0 };
}
