/* Rows of findings, and of what belongs to them, in tables of their own:
 * sessions, lines (places, and what to do next), evidence and filters.
 */
#include "store/store_int.h"

#include <stdlib.h>

#define LINE_PLACE "place"
#define LINE_NEXT "next"

/* --- writing --- */

static void put_sessions(struct store *s, const struct finding_row *f)
{
	for (size_t i = 0; i < f->n_sessions; i++) {
		struct query q = query_put(s, SLOT_FINDING_SESSION_PUT,
					   "INSERT INTO finding_session"
					   " VALUES(?,?,?)");

		query_int(&q, f->id);
		query_u64(&q, i);
		query_int(&q, f->sessions[i]);
		query_run(&q);
	}
}

static void put_lines(struct store *s, int64_t finding, const char *what,
		      char *const *line, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct query q = query_put(s, SLOT_FINDING_LINE_PUT,
					   "INSERT INTO finding_line"
					   " VALUES(?,?,?,?)");

		query_int(&q, finding);
		query_text(&q, what);
		query_u64(&q, i);
		query_text(&q, line[i]);
		query_run(&q);
	}
}

static void put_evidence(struct store *s, const struct finding_row *f)
{
	for (size_t i = 0; i < f->n_evidence; i++) {
		const struct evidence_row *e = &f->evidence[i];
		struct query q = query_put(s, SLOT_EVIDENCE_PUT,
					   "INSERT INTO evidence"
					   " VALUES(?,?,?,?,?,?,?)");

		query_int(&q, f->id);
		query_u64(&q, i);
		query_int(&q, e->point);
		query_int(&q, e->file);
		query_u64(&q, e->frame);
		query_int(&q, e->time_ns);
		query_text(&q, e->note);
		query_run(&q);
	}
}

static void put_filters(struct store *s, const struct finding_row *f)
{
	for (size_t i = 0; i < f->n_filters; i++) {
		struct query q = query_put(s, SLOT_FILTER_PUT,
					   "INSERT INTO finding_filter"
					   " VALUES(?,?,?,?,?)");

		query_int(&q, f->id);
		query_u64(&q, i);
		query_int(&q, f->filters[i].point);
		query_int(&q, f->filters[i].file);
		query_text(&q, f->filters[i].filter);
		query_run(&q);
	}
}

void store_finding_put(struct store *s, const struct finding_row *f)
{
	struct query q = query_put(s, SLOT_FINDING_PUT,
				   "INSERT INTO finding"
				   " VALUES(?,?,?,?,?,?,?,?,?)");

	query_int(&q, f->id);
	query_text(&q, f->rule);
	query_int(&q, f->severity);
	query_text(&q, f->title);
	query_text(&q, f->text);
	query_int(&q, f->hop_from);
	query_int(&q, f->hop_to);
	query_text(&q, f->against);
	query_text(&q, f->measure);
	query_run(&q);
	put_sessions(s, f);
	put_lines(s, f->id, LINE_PLACE, f->places, f->n_places);
	put_lines(s, f->id, LINE_NEXT, f->next, f->n_next);
	put_evidence(s, f);
	put_filters(s, f);
}

/* --- reading --- */

static void get_sessions(struct store *s, struct finding_row *f)
{
	struct VEC(int64_t) v = { 0 };
	struct query q = query_get(s, SLOT_FINDING_SESSIONS,
				   "SELECT session FROM finding_session"
				   " WHERE finding=? ORDER BY n");

	query_int(&q, f->id);
	while (query_next(&q))
		*VEC_PUSH(&v) = query_col(&q);
	f->sessions = v.at;
	f->n_sessions = v.n;
}

static char **get_lines(struct store *s, int64_t finding, const char *what,
			size_t *n)
{
	struct VEC(char *) v = { 0 };
	struct query q = query_get(s, SLOT_FINDING_LINES,
				   "SELECT text FROM finding_line"
				   " WHERE finding=? AND what=? ORDER BY n");

	query_int(&q, finding);
	query_text(&q, what);
	while (query_next(&q))
		*VEC_PUSH(&v) = query_col_words(&q);
	*n = v.n;
	return v.at;
}

static void get_evidence(struct store *s, struct finding_row *f)
{
	struct VEC(struct evidence_row) v = { 0 };
	struct query q = query_get(s, SLOT_EVIDENCES,
				   "SELECT point,file,frame,time_ns,note"
				   " FROM evidence WHERE finding=?"
				   " ORDER BY n");

	query_int(&q, f->id);
	while (query_next(&q)) {
		struct evidence_row *e = VEC_PUSH(&v);

		e->point = query_col(&q);
		e->file = query_col(&q);
		e->frame = query_col_u64(&q);
		e->time_ns = query_col(&q);
		e->note = query_col_words(&q);
	}
	f->evidence = v.at;
	f->n_evidence = v.n;
}

static void get_filters(struct store *s, struct finding_row *f)
{
	struct VEC(struct filter_row) v = { 0 };
	struct query q = query_get(s, SLOT_FILTERS,
				   "SELECT point,file,filter FROM"
				   " finding_filter WHERE finding=?"
				   " ORDER BY n");

	query_int(&q, f->id);
	while (query_next(&q)) {
		struct filter_row *r = VEC_PUSH(&v);

		r->point = query_col(&q);
		r->file = query_col(&q);
		r->filter = query_col_words(&q);
	}
	f->filters = v.at;
	f->n_filters = v.n;
}

static void finding_read(struct query *q, struct finding_row *f)
{
	int64_t severity;

	*f = (struct finding_row){ .id = query_col(q) };
	f->rule = query_col_words(q);
	severity = query_col(q);
	f->severity = severity >= SEV_INFO && severity <= SEV_HIGH
			      ? (enum severity)severity
			      : SEV_INFO;
	f->title = query_col_words(q);
	f->text = query_col_words(q);
	f->hop_from = query_col(q);
	f->hop_to = query_col(q);
	f->against = query_col_words(q);
	f->measure = query_col_words(q);
}

struct finding_row *store_findings(struct store *s, size_t *n)
{
	struct VEC(struct finding_row) v = { 0 };
	struct query q = query_get(s, SLOT_FINDINGS,
				   "SELECT id,rule,severity_id,title,text,"
				   "hop_from,hop_to,against,measure"
				   " FROM finding ORDER BY id");

	while (query_next(&q))
		finding_read(&q, VEC_PUSH(&v));
	for (size_t i = 0; i < v.n; i++) {
		struct finding_row *f = &v.at[i];

		get_sessions(s, f);
		f->places = get_lines(s, f->id, LINE_PLACE, &f->n_places);
		f->next = get_lines(s, f->id, LINE_NEXT, &f->n_next);
		get_evidence(s, f);
		get_filters(s, f);
	}
	*n = v.n;
	return v.at;
}

static void words_free(char **w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(w[i]);
	free(w);
}

static void finding_release(struct finding_row *f)
{
	free(f->rule);
	free(f->title);
	free(f->text);
	free(f->against);
	free(f->measure);
	free(f->sessions);
	words_free(f->places, f->n_places);
	words_free(f->next, f->n_next);
	for (size_t i = 0; i < f->n_evidence; i++)
		free(f->evidence[i].note);
	free(f->evidence);
	for (size_t i = 0; i < f->n_filters; i++)
		free(f->filters[i].filter);
	free(f->filters);
}

void finding_rows_free(struct finding_row *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		finding_release(&f[i]);
	free(f);
}
