/* Writing findings: the list of drafts, and helpers that append to a
 * finding_row.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/rules.h"

__attribute__((format(printf, 1, 0))) static char *vprint(const char *fmt,
							  va_list ap)
{
	va_list again;
	int n;
	char *s;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	s = mem_alloc((size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

#define VPRINT(out, fmt)                                                       \
	do {                                                                   \
		va_list ap;                                                    \
		va_start(ap, fmt);                                             \
		out = vprint(fmt, ap);                                         \
		va_end(ap);                                                    \
	} while (0)

static void paragraph_add(char **to, char *more)
{
	char *old = *to;

	if (!old || !*old) {
		free(old);
		*to = more;
		return;
	}
	*to = mem_printf("%s\n%s", old, more);
	free(old);
	free(more);
}

static void line_add(char ***list, size_t *n, char *line)
{
	*list = mem_resize(*list, *n + 1, sizeof **list);
	(*list)[(*n)++] = line;
}

struct draft *drafts_add(struct drafts *l, const char *rule,
			 enum severity severity, double weight)
{
	struct draft *f = mem_zalloc(1, sizeof *f);

	f->row.rule = mem_strdup(rule);
	f->row.severity = severity;
	f->row.title = mem_strdup("");
	f->row.text = mem_strdup("");
	f->row.against = mem_strdup("");
	f->measure = json_object();
	f->weight = weight;
	*VEC_PUSH(l) = f;
	return f;
}

bool drafts_have_high(const struct drafts *l, const char *prefix)
{
	for (size_t i = 0; i < l->n; i++)
		if (!l->at[i]->dropped && l->at[i]->row.severity == SEV_HIGH &&
		    strncmp(l->at[i]->row.rule, prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

bool drafts_have_damage(const struct drafts *l, int64_t session)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct finding_row *f = &l->at[i]->row;

		if (l->at[i]->dropped || !l->at[i]->damage)
			continue;
		if (f->n_sessions >= DRAFT_SESSIONS)
			return true;
		for (size_t k = 0; k < f->n_sessions; k++)
			if (f->sessions[k] == session)
				return true;
	}
	return false;
}

static void draft_free(struct draft *f)
{
	struct finding_row *row = mem_zalloc(1, sizeof *row);

	*row = f->row;
	finding_rows_free(row, 1);
	json_decref(f->measure);
	free(f);
}

void drafts_sweep(struct drafts *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->at[i]->dropped)
			draft_free(l->at[i]);
		else
			l->at[n++] = l->at[i];
	l->n = n;
}

/* Where on the path a finding's hop begins; those without a hop come last. */
static size_t place_of(const struct draft *f, const struct model *m)
{
	size_t i = 0;

	while (i < m->n_points && m->points[i].id != f->row.hop_from)
		i++;
	return i;
}

int draft_order(const void *pa, const void *pb, void *model)
{
	const struct draft *a = *(struct draft *const *)pa;
	const struct draft *b = *(struct draft *const *)pb;
	size_t p, q;

	if (a->row.severity != b->row.severity)
		return a->row.severity > b->row.severity ? -1 : 1;
	if (a->weight > b->weight || a->weight < b->weight)
		return a->weight > b->weight ? -1 : 1;
	p = place_of(a, model);
	q = place_of(b, model);
	if (p != q)
		return p < q ? -1 : 1;
	if (a->row.n_sessions != b->row.n_sessions)
		return a->row.n_sessions > b->row.n_sessions ? -1 : 1;
	return strcmp(a->row.title, b->row.title);
}

void drafts_release(struct drafts *l)
{
	for (size_t i = 0; i < l->n; i++)
		draft_free(l->at[i]);
	VEC_FREE(l);
}

void draft_title(struct draft *f, const char *fmt, ...)
{
	free(f->row.title);
	VPRINT(f->row.title, fmt);
}

void draft_text(struct draft *f, const char *fmt, ...)
{
	char *s;

	VPRINT(s, fmt);
	paragraph_add(&f->row.text, s);
}

void draft_against(struct draft *f, const char *fmt, ...)
{
	char *s;

	VPRINT(s, fmt);
	paragraph_add(&f->row.against, s);
}

void draft_place(struct draft *f, const char *fmt, ...)
{
	char *s;

	VPRINT(s, fmt);
	line_add(&f->row.places, &f->row.n_places, s);
}

void draft_place_first(struct draft *f, const char *fmt, ...)
{
	char *s;

	VPRINT(s, fmt);
	line_add(&f->row.places, &f->row.n_places, s);
	memmove(&f->row.places[1], f->row.places,
		(f->row.n_places - 1) * sizeof *f->row.places);
	f->row.places[0] = s;
}

void draft_next(struct draft *f, const char *fmt, ...)
{
	char *s;

	VPRINT(s, fmt);
	line_add(&f->row.next, &f->row.n_next, s);
}

void draft_session(struct draft *f, int64_t session)
{
	size_t n = f->row.n_sessions;

	if (n >= DRAFT_SESSIONS || (n && f->row.sessions[n - 1] == session))
		return;
	f->row.sessions = mem_resize(f->row.sessions, n + 1,
				     sizeof *f->row.sessions);
	f->row.sessions[f->row.n_sessions++] = session;
}

void draft_hop(struct draft *f, const struct model *m, int pos_a, int pos_b)
{
	int first = pos_a < pos_b ? pos_a : pos_b;
	int last = pos_a < pos_b ? pos_b : pos_a;

	f->row.hop_from = m->points[first - 1].id;
	f->row.hop_to = m->points[last - 1].id;
}

void draft_evidence(struct draft *f, int64_t point, int64_t file,
		    uint64_t frame, int64_t time_ns, const char *fmt, ...)
{
	struct evidence_row *e;

	if (f->row.n_evidence >= DRAFT_EVIDENCE)
		return;
	f->row.evidence = mem_resize(f->row.evidence, f->row.n_evidence + 1,
				     sizeof *f->row.evidence);
	e = &f->row.evidence[f->row.n_evidence++];
	*e = (struct evidence_row){ point, file, frame, time_ns, NULL };
	VPRINT(e->note, fmt);
}

void draft_filter(struct draft *f, int64_t point, int64_t file, const char *fmt,
		  ...)
{
	struct filter_row *row;

	f->row.filters = mem_resize(f->row.filters, f->row.n_filters + 1,
				    sizeof *f->row.filters);
	row = &f->row.filters[f->row.n_filters++];
	*row = (struct filter_row){ point, file, NULL };
	VPRINT(row->filter, fmt);
}

void draft_join(struct draft *to, struct draft *from)
{
	for (size_t i = 0; i < from->row.n_sessions; i++)
		draft_session(to, from->row.sessions[i]);
	for (size_t i = 0; i < from->row.n_evidence; i++) {
		const struct evidence_row *e = &from->row.evidence[i];

		draft_evidence(to, e->point, e->file, e->frame, e->time_ns,
			       "%s", e->note);
	}
	to->beside |= from->beside;
	from->dropped = true;
}

void draft_between(struct draft *f, const struct model *m, int from_pos,
		   int to_pos)
{
	const char *from = model_point_name(m, from_pos);
	const char *to = model_point_name(m, to_pos);

	draft_place(f,
		    "at %s, below its capture: the driver, card or switch port "
		    "may drop what the capture shows as sent",
		    from);
	draft_place(f, "the network and devices between %s and %s", from, to);
	draft_place(
		f,
		"at %s, below its capture: the driver or card may drop what "
		"arrived",
		to);
}
