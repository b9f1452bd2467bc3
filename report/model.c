/* Loading the model: small tables whole, sessions one at a time.
 *
 * A case may have millions of sessions, so they are never all in memory;
 * session_view_load() is a handful of row look-ups, O(flows of the session).
 *
 * Hostile bytes: a session or figure with a path position that no point has
 * counts as damaged, so rules and renderers may use positions as indexes.
 */
#include "report/model.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/seq.h"
#include "report/path_order.h"

static bool is_place(const struct model *m, int pos)
{
	return pos >= 1 && (size_t)pos <= m->n_points;
}

static bool figures_read(struct figures *f, const struct model *m,
			 const struct buf *packed)
{
	struct cursor c = cursor_of(packed->at, packed->n);
	bool fit = true;

	if (figures_unpack(f, &c) != 0)
		return false;
	for (size_t i = 0; i < f->n; i++)
		fit &= is_place(m, f->hop[i].from_pos) &&
		       is_place(m, f->hop[i].to_pos);
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
	size_t low = 0, high = m->n_relays;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct relay_row *r = relay_at(m, back, mid);

		if ((back ? r->back : r->front) < session)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
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
	    !figures_read(&m->figures, m, &packed))
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

static void dir_syn_merge(struct part_dir *into, const struct part_dir *d)
{
	if (!d->syn || (into->syn && into->syn_ns <= d->syn_ns))
		return;
	into->syn = true;
	into->isn = d->isn;
	into->syn_tsval = d->syn_tsval;
	into->syn_count = d->syn_count;
	into->syn_frame = d->syn_frame;
	into->syn_ns = d->syn_ns;
	into->mss = d->mss;
	into->syn_window = d->syn_window;
	into->opt_order = d->opt_order;
	into->syn_ip_id = d->syn_ip_id;
	into->wscale = d->wscale;
	into->syn_opts = d->syn_opts;
	into->syn_cut = d->syn_cut;
}

static void dir_merge(struct part_dir *into, const struct part_dir *d)
{
	if (d->packets == 0)
		return;
	if (into->packets == 0) {
		*into = *d;
		return;
	}
	into->packets += d->packets;
	into->bytes += d->bytes;
	into->data_packets += d->data_packets;
	if (d->first_ns < into->first_ns)
		into->first_ns = d->first_ns;
	if (d->last_ns > into->last_ns)
		into->last_ns = d->last_ns;
	if (d->ttl_min < into->ttl_min)
		into->ttl_min = d->ttl_min;
	if (d->ttl_max > into->ttl_max)
		into->ttl_max = d->ttl_max;
	if (d->max_pay > into->max_pay)
		into->max_pay = d->max_pay;
	into->fin |= d->fin;
	into->rst |= d->rst;
	into->csum_bad += d->csum_bad;
	into->csum_offload += d->csum_offload;
	into->csum_good += d->csum_good;
	into->big += d->big;
	dir_syn_merge(into, d);
}

/* A part's numbers begin at the first it saw, which is near the SYN's. */
static uint64_t syn_seq(const struct part_dir *d, int64_t shift)
{
	return d->seq_first + (uint64_t)shift +
	       (uint64_t)(int64_t)seq_diff(d->isn, (uint32_t)d->seq_first);
}

static bool flow_view_load(struct flow_view *f, const struct model *m,
			   int64_t id)
{
	if (!store_flow_get(m->store, id, &f->row))
		return false;
	f->point = model_point(m, f->row.point);
	for (size_t i = 0; i < f->row.n_parts; i++) {
		const struct flow_part *fp = &f->row.parts[i];
		struct part p;

		if (!store_part_get(m->store, fp->part, &p))
			continue;
		if (f->first_file == 0)
			f->first_file = p.file;
		for (int d = 0; d < 2; d++) {
			const struct part_dir *way = &p.dir[d ^ fp->swap];

			dir_merge(&f->dir[d], way);
			if (way->syn && f->dir[d].syn_ns == way->syn_ns)
				f->syn_seq[d] = syn_seq(way, fp->shift[d]);
		}
	}
	return f->point != NULL;
}

static bool view_figures(struct session_view *v, const struct model *m)
{
	struct buf packed = { 0 };
	bool ok = true;

	if (store_stat_read(m->store, v->row.id, &packed))
		ok = figures_read(&v->figures, m, &packed);
	buf_release(&packed);
	return ok;
}

static bool view_places(const struct session_view *v, const struct model *m)
{
	bool fit = true;

	for (size_t i = 0; i < v->row.n_flows; i++)
		fit &= is_place(m, v->row.flows[i].point_pos);
	return fit;
}

/* Completes the view of the row just read. */
static bool view_complete(struct session_view *v, const struct model *m)
{
	if (v->row.n_flows > 0 && view_places(v, m) && view_figures(v, m))
		return true;
	store_session_damaged(m->store, v->row.id);
	session_view_release(v);
	return false;
}

bool session_view_load_counts(struct session_view *v, const struct model *m,
			      int64_t id)
{
	*v = (struct session_view){ 0 };
	return store_session_peek(m->store, id, &v->row) && view_complete(v, m);
}

bool session_view_load_figures(struct session_view *v, const struct model *m,
			       int64_t id)
{
	*v = (struct session_view){ 0 };
	if (!store_session_get(m->store, id, &v->row))
		return false;
	store_budget_get(m->store, id, v->row.n_flows, &v->budget);
	return view_complete(v, m);
}

bool session_view_load(struct session_view *v, const struct model *m,
		       int64_t id)
{
	bool ok = session_view_load_figures(v, m, id);

	if (!ok)
		return false;
	v->flow = mem_zalloc(v->row.n_flows, sizeof *v->flow);
	for (size_t i = 0; ok && i < v->row.n_flows; i++)
		ok = flow_view_load(&v->flow[i], m, v->row.flows[i].flow);
	if (!ok)
		session_view_release(v);
	return ok;
}

void session_view_release(struct session_view *v)
{
	for (size_t i = 0; v->flow && i < v->row.n_flows; i++)
		flow_row_release(&v->flow[i].row);
	free(v->flow);
	figures_release(&v->figures);
	budget_release(&v->budget);
	session_row_release(&v->row);
	*v = (struct session_view){ 0 };
}

bool hop_delay_known(const struct hop_way *w)
{
	return w->delay.n > 0 && w->delay_slack_ns < INT64_MAX;
}

int session_near_flow(const struct session_view *v, int dir)
{
	bool client_last = v->row.client_end == 1;

	return (dir == 0) == client_last ? (int)v->row.n_flows - 1 : 0;
}

bool session_has_packets(const struct session_view *v, size_t i)
{
	const struct flow_row *f = &v->flow[i].row;

	return f->packets[0] || f->packets[1];
}

bool session_one_way(const struct session_view *v)
{
	uint64_t back = 0;

	for (size_t i = 0; i < v->row.n_flows; i++)
		back += v->flow[i].row.packets[1];
	return !back && v->row.proto != IPPROTO_TCP &&
	       v->budget.part[TIME_CLIENT] == budget_total(&v->budget);
}

size_t session_first_flow(const struct session_view *v)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		if (session_has_packets(v, i))
			return i;
	return 0;
}

bool session_unanswered(const struct session_view *v)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->flow[i].row.packets[1] > 0 ||
		    v->flow[i].dir[0].ack_max > 0)
			return false; /* or what it acknowledges was missed */
	return v->row.proto == 6 && v->flow[session_first_flow(v)].dir[0].syn;
}

/* Does this direction, as the point saw it, show that its sender is right
 * there?  Offload leaves checksums unfinished and segments uncut, but only on
 * the sending host. */
static bool sent_here(const struct part_dir *d, const struct part_dir *other)
{
	if (d->csum_offload > 0 && d->csum_offload >= d->packets / 2 &&
	    other->csum_offload == 0)
		return true;
	return d->csum_bad > 0 && d->csum_bad == d->packets &&
	       other->csum_bad == 0 && other->csum_good > 0;
}

/* TTLs below the usual initial values: there are routers between. */
static bool sent_afar(const struct part_dir *d)
{
	return d->packets > 0 && d->ttl_max != 64 && d->ttl_max != 128 &&
	       d->ttl_max != 255 && d->ttl_max != 32;
}

const char *session_on_host(const struct session_view *v, int i, int end)
{
	const struct flow_view *f = &v->flow[i];

	if (f->point->on_host)
		return "yes";
	for (int d = 0; d < 2; d++)
		if ((end < 0 || end == d) && sent_here(&f->dir[d], &f->dir[!d]))
			return "yes";
	if (end >= 0)
		return sent_afar(&f->dir[end]) ? "no" : "unknown";
	return sent_afar(&f->dir[0]) && sent_afar(&f->dir[1]) ? "no"
							      : "unknown";
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
