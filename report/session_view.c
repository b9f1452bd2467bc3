/* One session as rules and renderers see it.
 *
 * session_view_load() is a handful of row look-ups, O(flows of the session): a
 * flow's directions are summed over its parts.
 */
#include "report/model.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/seq.h"
#include "report/model_int.h"

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
		ok = model_figures_read(&v->figures, m, &packed);
	buf_release(&packed);
	return ok;
}

static bool view_places(const struct session_view *v, const struct model *m)
{
	bool fit = true;

	for (size_t i = 0; i < v->row.n_flows; i++)
		fit &= model_has_place(m, v->row.flows[i].point_pos);
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

/* Which of the ends a point is on that is on one of them is known by what comes from
 * afar, or by which point is nearest to it. */
static bool is_other_end(const struct session_view *v, int i, int end)
{
	const struct flow_view *f = &v->flow[i];
	const struct part_dir *own = &f->dir[end > 0], *other = &f->dir[!end];

	return end >= 0 &&
	       ((sent_afar(own) && !sent_afar(other)) ||
		sent_here(other, own) || session_near_flow(v, end) != i);
}

const char *session_on_host(const struct session_view *v, int i, int end)
{
	const struct flow_view *f = &v->flow[i];

	if (f->point->on_host && !is_other_end(v, i, end))
		return "yes";
	for (int d = 0; d < 2; d++)
		if ((end < 0 || end == d) && sent_here(&f->dir[d], &f->dir[!d]))
			return "yes";
	if (end >= 0)
		return sent_afar(&f->dir[end]) ? "no" : "unknown";
	return sent_afar(&f->dir[0]) && sent_afar(&f->dir[1]) ? "no"
							      : "unknown";
}
