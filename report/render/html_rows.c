/* One pass over the session's fate cursor, or its records if one point alone has it;
 * memory is a few rows.
 */
#include "report/render/html_rows.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "correlate/clock.h"
#include "correlate/strand.h"
#include "report/render/html_thin.h"

const char *const html_column_name[HTML_COLUMNS] = {
	[HTML_TX] = "tx",
	[HTML_COUNT] = "count",
	[HTML_HAS] = "has",
	[HTML_FATE] = "fate",
	[HTML_BASIS] = "basis",
	[HTML_REASON] = "reason",
	[HTML_MARKS] = "marks",
	[HTML_CHANGE] = "change",
	[HTML_KIND] = "kind",
	[HTML_COPY] = "copy",
	[HTML_LEN] = "len",
	[HTML_NEAR_NS] = "near_ns",
	[HTML_FAR_NS] = "far_ns",
	[HTML_NEAR_EARLY] = "near_early",
	[HTML_NEAR_LATE] = "near_late",
	[HTML_FAR_EARLY] = "far_early",
	[HTML_FAR_LATE] = "far_late",
	[HTML_NEAR_FILE] = "near_file",
	[HTML_FAR_FILE] = "far_file",
	[HTML_NEAR_FRAME] = "near_frame",
	[HTML_FAR_FRAME] = "far_frame",
	[HTML_FLAGS] = "flags",
	[HTML_SEQ] = "seq",
	[HTML_FAR_SEQ] = "far_seq",
	[HTML_ACK] = "ack",
	[HTML_FAR_ACK] = "far_ack",
	[HTML_WINDOW] = "window",
	[HTML_FAR_WINDOW] = "far_window",
	[HTML_TTL] = "ttl",
	[HTML_FAR_TTL] = "far_ttl",
	[HTML_IP_ID] = "ip_id",
	[HTML_FAR_IP_ID] = "far_ip_id",
	[HTML_TOS] = "tos",
	[HTML_WIRE] = "wire",
};

struct reader {
	const struct model *m;
	const struct session_view *v;
	struct html_origin *o;
	const struct html_sink *sink;
	int64_t *own_zero; /* by flow: time of its first packet on its own
			    * clock */
	struct html_thin thin;
};

static int64_t minus(int64_t a, int64_t b)
{
	int64_t d;

	if (__builtin_sub_overflow(a, b, &d))
		return a < b ? INT64_MIN : INT64_MAX;
	return d;
}

static bool is_special(const struct fate_entry *e)
{
	return e->fate != FATE_DELIVERED || e->copy > 1 ||
	       (e->kind != KIND_DATA && e->kind != KIND_ACK &&
		e->kind != KIND_DATAGRAM);
}

/* How many rows there will be, by the figures, which may be wrong in a damaged case. */
static void count_rows(const struct session_view *v, uint64_t *all,
		       uint64_t *special)
{
	*all = *special = 0;
	if (v->row.n_flows == 1)
		*all = v->flow[0].row.packets[0] + v->flow[0].row.packets[1];
	for (size_t i = 0; i < v->figures.n; i++)
		for (int w = 0; w < 2; w++) {
			const struct counts *c = &v->figures.hop[i].way[w].tx;

			for (int f = 0; f < FATES; f++) {
				*all += c->n[f];
				*special += f == FATE_DELIVERED ? 0 : c->n[f];
			}
		}
}

/* --- what the rows are relative to --- */
static int64_t clock_mid(struct reader *rd, int flow, int64_t t)
{
	const struct clock_row *c = model_clock(rd->m,
						rd->v->flow[flow].row.point);
	int64_t mid, low, high;

	rd->o->aligned[flow] = c ? clock_to_first(c, t, &mid, &low, &high)
				 : flow == 0;
	return c && rd->o->aligned[flow] ? mid : t;
}

/* The sequence number of @flow that counts as 0, near the first record's. */
static bool own_origin(const struct reader *rd, struct fate_cursor *c, int flow,
		       int dir, int64_t *zero)
{
	struct recs *recs = fate_cursor_recs(c, flow, dir);
	const struct part_dir *d = &rd->v->flow[flow].dir[dir];
	uint64_t seq;

	if (!recs || recs_count(recs) == 0)
		return false;
	seq = recs_get(recs, 0)->seq64;
	*zero = (int64_t)seq;
	if (d->syn)
		*zero -= (int32_t)((uint32_t)seq - d->isn);
	return true;
}

/* Without a SYN, takes the origin of a point that saw one, shifted by what the
 * path adds; else that of the first point with packets. */
static void set_origin(struct reader *rd, struct fate_cursor *c, int dir)
{
	const struct session_view *v = rd->v;
	int anchor = -1;

	for (int any = 0; any < 2 && anchor < 0; any++)
		for (int i = 0; anchor < 0 && i < (int)v->row.n_flows; i++)
			if ((any || v->flow[i].dir[dir].syn) &&
			    own_origin(rd, c, i, dir, &rd->o->seq[i][dir]))
				anchor = i;
	for (int i = 0; anchor >= 0 && i < (int)v->row.n_flows; i++) {
		const struct session_flow *f = &v->row.flows[i];
		const struct session_flow *a = &v->row.flows[anchor];
		int64_t *zero = &rd->o->seq[i][dir];
		uint32_t want = (uint32_t)rd->o->seq[anchor][dir] -
				a->seq_delta[dir] + f->seq_delta[dir];

		if (i == anchor || !own_origin(rd, c, i, dir, zero))
			continue;
		if (!v->flow[i].dir[dir].syn && f->delta_known[dir] &&
		    a->delta_known[dir])
			*zero -= (int32_t)((uint32_t)*zero - want);
	}
}

static void set_origins(struct reader *rd, struct fate_cursor *c)
{
	const struct session_view *v = rd->v;
	size_t first = session_first_flow(v);

	rd->o->aligned = mem_zalloc(v->row.n_flows, sizeof *rd->o->aligned);
	rd->o->seq = mem_zalloc(v->row.n_flows, sizeof *rd->o->seq);
	rd->own_zero = mem_zalloc(v->row.n_flows, sizeof *rd->own_zero);
	for (int i = 0; i < (int)v->row.n_flows; i++) {
		rd->own_zero[i] = v->flow[i].row.first_ns;
		clock_mid(rd, i, rd->own_zero[i]);
	}
	rd->o->base_ns = clock_mid(rd, (int)first, rd->own_zero[first]);
	for (int dir = 0; v->row.proto == 6 && dir < 2; dir++)
		set_origin(rd, c, dir);
}

void html_origin_release(struct html_origin *o)
{
	free(o->aligned);
	free(o->seq);
	*o = (struct html_origin){ 0 };
}

/* --- one row --- */

/* Rounds up to eight significant bits, so that neighbours are mostly equal and
 * their differences small. */
static int64_t rounded_up(int64_t ns)
{
	uint64_t u = ns > 0 ? (uint64_t)ns : 0, low = 0;

	while (u >> 8 > low)
		low = low << 1 | 1;
	u = (u + low) & ~low;
	return u > INT64_MAX ? -1 : (int64_t)u;
}

static void set_time(struct reader *rd, int flow, const struct record *r,
		     int64_t *at, int64_t *early, int64_t *late)
{
	const struct clock_row *c = model_clock(rd->m,
						rd->v->flow[flow].row.point);
	int64_t mid, low, high;

	if (!rd->o->aligned[flow]) {
		*at = minus(r->time_ns, rd->own_zero[flow]);
		*early = *late = -1;
		return;
	}
	mid = low = high = r->time_ns;
	if (c)
		clock_to_first(c, r->time_ns, &mid, &low, &high);
	*at = minus(mid, rd->o->base_ns);
	*early = low == INT64_MIN ? -1 : rounded_up(minus(mid, low));
	*late = high == INT64_MAX ? -1 : rounded_up(minus(high, mid));
}

static int64_t file_index(const struct model *m, int64_t id)
{
	for (size_t i = 0; i < m->n_files; i++)
		if (m->files[i].id == id)
			return (int64_t)i;
	return 0;
}

/* What one end recorded, in the columns of the near end. */
static void set_end(struct reader *rd, struct html_row *row, int flow, int dir,
		    const struct record *r)
{
	const int64_t(*zero)[2] = (const int64_t(*)[2])rd->o->seq;
	bool acks = rd->v->row.proto == 6 && (r->tcp_flags & REC_ACK) != 0;

	row->at[HTML_SEQ] = minus((int64_t)r->seq64, zero[flow][dir]);
	row->at[HTML_ACK] = acks ? minus((int64_t)r->ack64, zero[flow][!dir])
				 : 0;
	row->at[HTML_WINDOW] = r->window;
	row->at[HTML_TTL] = r->ttl;
	row->at[HTML_IP_ID] = r->ip_id;
	row->at[HTML_FLAGS] = r->tcp_flags;
	row->at[HTML_TOS] = r->tos;
	row->at[HTML_WIRE] = r->wire_len;
	row->n_sack = acks && r->n_sack <= 4 ? r->n_sack : 0;
	for (int i = 0; i < row->n_sack; i++)
		for (int k = 0; k < 2; k++)
			row->sack[i][k] = row->at[HTML_ACK] +
					  (int32_t)(r->sack[i][k] -
						    (uint32_t)r->ack64);
}

static void set_far_differences(struct html_row *row,
				const struct html_row *far)
{
	static const enum html_column pair[][2] = {
		{ HTML_SEQ, HTML_FAR_SEQ },       { HTML_ACK, HTML_FAR_ACK },
		{ HTML_WINDOW, HTML_FAR_WINDOW }, { HTML_TTL, HTML_FAR_TTL },
		{ HTML_IP_ID, HTML_FAR_IP_ID },
	};

	for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
		row->at[pair[i][1]] = minus(far->at[pair[i][0]],
					    row->at[pair[i][0]]);
}

static void set_row(struct reader *rd, struct html_row *row,
		    const struct fate_row *r)
{
	const struct fate_entry *e = &r->e;
	struct html_row far = { 0 };

	memset(row, 0, sizeof *row);
	row->at[HTML_TX] = (int64_t)e->tx;
	row->at[HTML_COUNT] = 1;
	row->at[HTML_HAS] = (r->near ? 1 : 0) | (r->far ? 2 : 0);
	row->at[HTML_FATE] = e->fate;
	row->at[HTML_BASIS] = e->basis;
	row->at[HTML_REASON] = e->reason;
	row->at[HTML_MARKS] = e->marks;
	row->at[HTML_CHANGE] = e->change;
	row->at[HTML_KIND] = e->kind;
	row->at[HTML_COPY] = e->copy;
	row->at[HTML_LEN] = e->len;
	if (r->far) {
		set_end(rd, &far, r->to, r->dir, r->far);
		set_time(rd, r->to, r->far, &row->at[HTML_FAR_NS],
			 &row->at[HTML_FAR_EARLY], &row->at[HTML_FAR_LATE]);
		row->at[HTML_FAR_FILE] = file_index(rd->m, r->far_file);
		row->at[HTML_FAR_FRAME] = (int64_t)r->far->frame;
	}
	if (r->near) {
		set_end(rd, row, r->from, r->dir, r->near);
		set_time(rd, r->from, r->near, &row->at[HTML_NEAR_NS],
			 &row->at[HTML_NEAR_EARLY], &row->at[HTML_NEAR_LATE]);
		row->at[HTML_NEAR_FILE] = file_index(rd->m, r->near_file);
		row->at[HTML_NEAR_FRAME] = (int64_t)r->near->frame;
	} else if (r->far) {
		set_end(rd, row, r->to, r->dir, r->far);
	}
	if (r->near && r->far)
		set_far_differences(row, &far);
	if (rd->v->row.proto == 6)
		row->at[HTML_SEQ] += e->off;
}

/* A session that one point alone saw has no hops, so no fates: its packets. */
static void rows_alone(struct reader *rd)
{
	const struct flow_row *f = &rd->v->flow[0].row;
	struct fate_row r = { .e = { .far = FATE_NO_RECORD, .copy = 1 } };

	for (r.dir = 0; r.dir < 2; r.dir++) {
		struct recs *recs = recs_open(rd->m->store, f, r.dir);
		uint64_t n = recs_count(recs);

		if (n)
			rd->sink->group(rd->sink->ctx, r.dir, 0, 0);
		for (uint64_t i = 0; i < n; i++) {
			struct html_row row;

			r.near_file = recs_file(recs, i);
			r.near = recs_get(recs, i);
			r.e.tx = r.e.near = i;
			r.e.len = r.near->pay_len;
			r.e.kind = (uint8_t)record_kind(
				r.near, rd->v->row.proto == IPPROTO_TCP);
			set_row(rd, &row, &r);
			html_thin_add(&rd->thin, &row, is_special(&r.e));
		}
		html_thin_flush(&rd->thin);
		recs_close(recs);
	}
}

void html_rows(const struct model *m, const struct session_view *v,
	       struct html_origin *o, const struct html_sink *sink)
{
	struct reader rd = { .m = m, .v = v, .o = o, .sink = sink };
	struct fate_cursor *c = fate_cursor_open(m->store, v->row.id);
	int dir = -1, from = -1;
	uint64_t all, special;
	struct fate_row r;

	set_origins(&rd, c);
	count_rows(v, &all, &special);
	html_thin_begin(&rd.thin, sink, all, special);
	while (fate_cursor_next(c, &r)) {
		struct html_row row;

		if (r.dir != dir || r.from != from) {
			html_thin_flush(&rd.thin);
			dir = r.dir;
			from = r.from;
			sink->group(sink->ctx, dir, from, r.to);
		}
		set_row(&rd, &row, &r);
		html_thin_add(&rd.thin, &row, is_special(&r.e));
	}
	html_thin_flush(&rd.thin);
	fate_cursor_close(c);
	if (v->row.n_flows == 1)
		rows_alone(&rd);
	free(rd.own_zero);
}
