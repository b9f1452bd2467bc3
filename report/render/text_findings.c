/* The findings of the text format: the claim, its frames and when they were,
 * what speaks against it, where it can lie, what to do next, and the filters
 * that show it in Wireshark.  What is of severity info is told in short.  The gravest
 * come first; past FINDINGS_SHOWN only titles are printed (those
 * that are high or medium have more room), and past FINDINGS_TITLED a
 * number: nobody reads them all, and the other formats have them.
 */
#include "report/render/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/words.h"

#define FINDINGS_SHOWN 8
#define FINDINGS_GRAVE 16 /* shown if high or medium */
#define FINDINGS_TITLED 30
#define EVIDENCE_SHOWN 12
#define EVIDENCE_INDENT 32 /* of what is said of a frame */
#define FILTERS_SHOWN 6

static const char *severity_word(enum severity s)
{
	static const char *const word[] = { "info", "low", "medium", "high" };

	return word[s];
}

static void put_evidence(const struct page *p, const struct model *m,
			 const struct finding_row *f)
{
	size_t more;

	for (size_t i = 0; i < f->n_evidence && i < EVIDENCE_SHOWN; i++) {
		const struct evidence_row *e = &f->evidence[i];
		const struct point_row *pt = model_point(m, e->point);
		const char *name = pt ? pt->name : "?";
		struct text head = { 0 };

		if (e->frame)
			text_add(&head, "      %s frame %llu", name,
				 (unsigned long long)e->frame);
		else
			text_add(&head, "      %s, missed", name);
		page_wrap(p, EVIDENCE_INDENT, head.at, e->note);
		text_release(&head);
	}
	if (f->n_evidence <= EVIDENCE_SHOWN)
		return;
	more = f->n_evidence - EVIDENCE_SHOWN;
	fprintf(p->out,
		"      and %zu more frame%s in the JSON and HTML "
		"reports\n",
		more, more == 1 ? "" : "s");
}

/* The names of the files that share one filter.  Return: whether this is the
 * first of them. */
static bool files_of_filter(const struct model *m, const struct finding_row *f,
			    size_t i, struct text *t)
{
	t->n = 0;
	for (size_t k = 0; k < f->n_filters; k++) {
		const struct file_row *file = model_file(m, f->filters[k].file);

		if (strcmp(f->filters[k].filter, f->filters[i].filter) != 0)
			continue;
		if (k < i)
			return false;
		text_add(t, "%s%s", t->n ? ", " : "", file ? file->path : "?");
	}
	return true;
}

/* When it was, by the clock of the point that the first frame is of: logs are
 * searched by time, not by frame. */
static void put_when(const struct page *p, const struct model *m,
		     const struct finding_row *f)
{
	int64_t first = INT64_MAX, last = INT64_MIN;
	const struct point_row *at = NULL;
	char from[TEXT_UNIT], to[TEXT_UNIT], *line;

	for (size_t i = 0; i < f->n_evidence; i++) {
		const struct evidence_row *e = &f->evidence[i];

		if (!e->frame || (at && e->point != at->id))
			continue;
		at = model_point(m, e->point);
		first = e->time_ns < first ? e->time_ns : first;
		last = e->time_ns > last ? e->time_ns : last;
	}
	if (!at)
		return;
	words_time(first, from);
	words_time(last, to);
	line = first == last
		       ? mem_printf("%s by the clock at %s", from, at->name)
		       : mem_printf("%s to %s by the clock at %s", from, to,
				    at->name);
	page_wrap(p, 15, "    when:", line);
	free(line);
}

static void put_filters(const struct page *p, const struct model *m,
			const struct finding_row *f)
{
	struct text files = { 0 };
	size_t shown = 0, more = 0;

	for (size_t i = 0; i < f->n_filters; i++) {
		char *one;

		if (!files_of_filter(m, f, i, &files))
			continue;
		if (shown == FILTERS_SHOWN) {
			more++;
			continue;
		}
		one = mem_printf("%s: %s", files.at, f->filters[i].filter);
		page_wrap(p, 15, shown++ ? "" : "    Wireshark:", one);
		free(one);
	}
	if (more)
		fprintf(p->out,
			"               and %zu more in the JSON and "
			"HTML reports\n",
			more);
	text_release(&files);
}

static void put_list(const struct page *p, const char *head, char *const *at,
		     size_t n)
{
	for (size_t i = 0; i < n; i++)
		page_wrap(p, 15, i ? "" : head, at[i]);
}

static void put_title(const struct page *p, const struct finding_row *f)
{
	char head[64], *line;

	snprintf(head, sizeof head, "%lld. ", (long long)f->id);
	line = mem_printf("%s  [%s, %s]", f->title, f->rule,
			  severity_word(f->severity));
	page_wrap(p, 4, head, line);
	free(line);
}

static void put_finding(const struct page *p, const struct model *m,
			const struct finding_row *f)
{
	fputc('\n', p->out);
	put_title(p, f);
	if (f->text && *f->text)
		page_wrap(p, 4, "", f->text);
	if (f->severity == SEV_INFO)
		return;
	put_evidence(p, m, f);
	put_when(p, m, f);
	if (f->against && *f->against)
		page_wrap(p, 15, "    against:", f->against);
	put_list(p, "    where:", f->places, f->n_places);
	put_list(p, "    next:", f->next, f->n_next);
	put_filters(p, m, f);
}

/* Does a step name the case that a command is to read? */
static bool names_case(const struct finding_row *f)
{
	for (size_t i = 0; i < f->n_next && f->severity != SEV_INFO; i++)
		if (strstr(f->next[i], " CASE "))
			return true;
	return false;
}

/* Return: how many are shown in full. */
static size_t in_full(const struct model *m)
{
	size_t n = 0;

	while (n < m->n_findings &&
	       (n < FINDINGS_SHOWN ||
		(n < FINDINGS_GRAVE && m->findings[n].severity >= SEV_MEDIUM)))
		n++;
	return n;
}

/* What is not shown in full: from @i on. */
static void put_titles(const struct page *p, const struct model *m, size_t i)
{
	if (i >= m->n_findings)
		return;
	fputs("\nThe others, in short\n\n", p->out);
	for (; i < m->n_findings && i < FINDINGS_TITLED; i++)
		put_title(p, &m->findings[i]);
	if (m->n_findings > FINDINGS_TITLED)
		fprintf(p->out, "and %zu more.  ",
			m->n_findings - FINDINGS_TITLED);
	fputs("The JSON and HTML reports have all of each.\n", p->out);
}

void text_findings(const struct page *p, const struct model *m)
{
	bool named = false;
	size_t n = in_full(m);

	if (m->n_findings == 0)
		return;
	page_head(p, "Findings");
	for (size_t i = 0; i < n; i++) {
		put_finding(p, m, &m->findings[i]);
		named |= names_case(&m->findings[i]);
	}
	if (named) {
		fputc('\n', p->out);
		page_wrap(p, 2, "",
			  "CASE is the file that 'tracepair FILE ... -o CASE' "
			  "keeps.");
	}
	put_titles(p, m, n);
}
