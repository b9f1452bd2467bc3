/* Loading the model: small tables whole.
 *
 * A case may have millions of sessions, so they are never all in memory
 * (report/session_view.c).
 *
 * Hostile bytes: a session or figure with a path position that no point has
 * counts as damaged, so rules and renderers may use positions as indexes.
 */
#include "report/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/search.h"
#include "report/model_int.h"
#include "report/path_order.h"

bool model_has_place(const struct model *m, int pos)
{
	return pos >= 1 && (size_t)pos <= m->n_points;
}

bool model_figures_read(struct figures *f, const struct model *m,
			const struct buf *packed)
{
	struct cursor c = cursor_of(packed->at, packed->n);
	bool fit = true;

	if (figures_unpack(f, &c) != 0)
		return false;
	for (size_t i = 0; i < f->n; i++)
		fit &= model_has_place(m, f->hop[i].from_pos) &&
		       model_has_place(m, f->hop[i].to_pos);
	if (!fit)
		figures_release(f);
	return fit;
}

static int by_back(const void *a, const void *b, void *ctx)
{
	const struct relay_row *r = ctx;
	const struct relay_row *x = &r[*(const size_t *)a];
	const struct relay_row *y = &r[*(const size_t *)b];

	if (x->back != y->back)
		return x->back < y->back ? -1 : 1;
	return x->front < y->front ? -1 : x->front > y->front;
}

void model_sort_relays(struct model *m)
{
	m->relays_by_back = mem_resize(NULL, m->n_relays + 1,
				       sizeof *m->relays_by_back);
	for (size_t i = 0; i < m->n_relays; i++)
		m->relays_by_back[i] = i;
	qsort_r(m->relays_by_back, m->n_relays, sizeof *m->relays_by_back,
		by_back, m->relays);
}

/* The @i-th relay, by front or by back. */
static const struct relay_row *relay_at(const struct model *m, bool back,
					size_t i)
{
	return &m->relays[back ? m->relays_by_back[i] : i];
}

/* The first relay whose front, or back, is @session or more. */
static size_t relays_from(const struct model *m, bool back, int64_t session)
{
	size_t at;

	SEARCH(at, m->n_relays, i,
	       (back ? relay_at(m, back, i)->back
		     : relay_at(m, back, i)->front) < session);
	return at;
}

const struct relay_row *model_relation(const struct model *m, int64_t session,
				       size_t k)
{
	for (int back = 0; back < 2; back++)
		for (size_t i = relays_from(m, back, session); i < m->n_relays;
		     i++) {
			const struct relay_row *r = relay_at(m, back, i);

			if ((back ? r->back : r->front) != session)
				break;
			if (r->front != r->back && !k--)
				return r;
		}
	return NULL;
}

/* Adds what the figures say against the order of the points to the
 * qualities. */
static void note_order(struct model *m)
{
	char *text = path_order_doubt(m);

	if (!text)
		return;
	m->qualities = mem_resize(m->qualities, m->n_qualities + 1,
				  sizeof *m->qualities);
	m->qualities[m->n_qualities++] = (struct quality_row){
		.what = mem_strdup(QUALITY_PATH_ORDER),
		.text = text,
	};
}

int model_load(struct model *m, struct store *s, struct err *err)
{
	struct buf packed = { 0 };

	*m = (struct model){ .store = s };
	m->points = store_points(s, &m->n_points);
	m->files = store_files(s, &m->n_files);
	m->qualities = store_qualities(s, &m->n_qualities);
	m->clocks = store_clocks(s, &m->n_clocks);
	m->timings = mem_zalloc(1, sizeof *m->timings);
	timings_build(m->timings, m->points, m->n_points, m->files, m->n_files,
		      m->clocks, m->n_clocks);
	m->findings = store_findings(s, &m->n_findings);
	m->relays = store_relays(s, &m->n_relays);
	model_sort_relays(m);
	m->n_sessions = store_session_count(s);
	m->groups = store_groups(s, &m->n_groups);
	if (store_stat_read(s, 0, &packed) &&
	    !model_figures_read(&m->figures, m, &packed))
		err_set(err, ERR_CASE,
			"%s: the case's figures are damaged; run "
			"'tracepair pair' on it again",
			store_path(s));
	buf_release(&packed);
	note_order(m);
	if (m->n_points == 0)
		err_set(err, ERR_CASE,
			"%s: the case holds no capture; add some with "
			"'tracepair index'",
			store_path(s));
	return err->code ? -1 : 0;
}

void model_release(struct model *m)
{
	if (m->timings)
		timings_release(m->timings);
	free(m->timings);
	point_rows_free(m->points, m->n_points);
	file_rows_free(m->files, m->n_files);
	quality_rows_free(m->qualities, m->n_qualities);
	clock_rows_free(m->clocks, m->n_clocks);
	finding_rows_free(m->findings, m->n_findings);
	figures_release(&m->figures);
	groups_free(m->groups, m->n_groups);
	free(m->relays);
	free(m->relays_by_back);
	*m = (struct model){ 0 };
}

const struct group *model_groups(const struct model *m, enum group_kind kind,
				 size_t *n)
{
	size_t i = 0;

	*n = 0;
	while (i < m->n_groups && m->groups[i].kind < kind)
		i++;
	while (i + *n < m->n_groups && m->groups[i + *n].kind == kind)
		++*n;
	return m->groups ? m->groups + i : NULL;
}

const struct point_row *model_point(const struct model *m, int64_t id)
{
	for (size_t i = 0; i < m->n_points; i++)
		if (m->points[i].id == id)
			return &m->points[i];
	return NULL;
}

const struct file_row *model_file(const struct model *m, int64_t id)
{
	for (size_t i = 0; i < m->n_files; i++)
		if (m->files[i].id == id)
			return &m->files[i];
	return NULL;
}

const struct clock_row *model_clock(const struct model *m, int64_t point)
{
	for (size_t i = 0; i < m->n_clocks; i++)
		if (m->clocks[i].point == point)
			return &m->clocks[i];
	return NULL;
}

int64_t model_steady_ns(const struct model *m, int pos, int64_t file,
			uint64_t frame, int64_t t_ns)
{
	if (!m->timings || pos < 1 || (size_t)pos > m->timings->n)
		return t_ns;
	return timing_steady(&m->timings->point[pos - 1], file, frame, t_ns);
}

const char *model_point_name(const struct model *m, int pos)
{
	if (pos < 1 || (size_t)pos > m->n_points)
		return "?";
	return m->points[pos - 1].name;
}

char *proto_name(uint8_t proto, char out[static 16])
{
	static const struct {
		uint8_t proto;
		char name[8];
	} known[] = {
		{ 1, "icmp" },  { 2, "igmp" },   { 6, "tcp" }, { 17, "udp" },
		{ 47, "gre" },  { 50, "esp" },   { 51, "ah" }, { 58, "icmpv6" },
		{ 89, "ospf" }, { 132, "sctp" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].proto == proto) /* for each session: no printf */
			return memcpy(out, known[i].name, sizeof known->name);
	snprintf(out, 16, "ip-%u", proto);
	return out;
}
