/* Packets that two points share, matched beyond doubt.
 *
 * Which sessions: paired, the same connection (not relayed), in steps over the
 * session numbers, which are in order of time, so that the sample spreads over
 * the whole capture: LOADS of them, more if few of these can be used.
 *
 * How much: RECORDS records of a pair of points.  Short sessions are read
 * whole.  Of a long one, stretches spread over its length are read at the near
 * point (plan_stretches()), and at the far one what has the same place in the
 * sequence space (find_stretch()).  Datagrams have no such place: of a long
 * flow the first part is read.
 *
 * What is a match (clock_match.c): unique at both points, the same bytes.
 *
 * Which way a session's directions travel is the pairing's to say
 * (client_end).  Where it does not know, a session with both directions shows
 * it: out-going packets have the greater difference of stamps (way_of()).
 *
 * Cost: O(RECORDS log RECORDS) a pair of points; 10 us for a session loaded.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "correlate/clock_match.h"
#include "store/recs.h"

#define LOADS 4096          /* sessions looked at */
#define LOADS_MORE 32768    /* at most, if fewer than USABLE are of use */
#define USABLE 1024
#define RECORDS 160000      /* read for a pair of points */
#define SHARE_MIN 128       /* of them at least for a session */
#define STRETCH 256         /* records of a stretch at the near point */
#define STRETCHES_MIN 4
#define WARM_UP 32          /* records before which nothing is first */
#define DATAGRAMS 1000
#define OVERRULE 4
#define PROTO_TCP 6

struct loaded {
	struct session_row row;
	struct flow_row *flow; /* of row.flows */
};

struct clock_sample {
	struct store *s;
	const struct point_row *point;
	size_t n_points;
	const struct file_row *file;
	size_t n_files;
	uint64_t *file_rank;   /* [n_files]: order in time at its point */
	bool *by_time;         /* [n_points]: its files overlap in time */
	struct VEC(struct loaded) session;
};

/* --- files --- */

static size_t file_of(const struct clock_sample *m, int64_t id)
{
	size_t low = 0, high = m->n_files;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (m->file[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < m->n_files && m->file[low].id == id ? low : m->n_files;
}

static void rank_files(struct clock_sample *m)
{
	for (size_t i = 0; i < m->n_files; i++) {
		const struct file_row *f = &m->file[i];

		for (size_t k = 0; k < m->n_files; k++) {
			const struct file_row *g = &m->file[k];

			if (k == i || g->point != f->point)
				continue;
			m->file_rank[i] += g->first_ns < f->first_ns ||
					   (g->first_ns == f->first_ns &&
					    k < i);
			for (size_t p = 0; p < m->n_points; p++)
				if (m->point[p].id == f->point &&
				    g->first_ns < f->last_ns &&
				    f->first_ns < g->last_ns)
					m->by_time[p] = true;
		}
	}
}

/* Capture order of a record at points[@p]. */
static uint64_t order_of(const struct clock_sample *m, size_t p, size_t file,
			 const struct match_rec *r)
{
	if (m->by_time[p] || file == m->n_files)
		return (uint64_t)r->time_ns + (1ull << 63);
	return m->file_rank[file] << 40 | (r->frame & ((1ull << 40) - 1));
}

/* --- sessions --- */

static bool is_usable(const struct session_row *r)
{
	return r->verdict == PAIR_PAIRED && r->kind != PAIR_RELAYED &&
	       r->n_flows >= 2;
}

static void load_session(struct clock_sample *m, int64_t id)
{
	struct loaded e = { .flow = NULL };
	bool ok;

	if (!store_session_get(m->s, id, &e.row))
		return;
	ok = is_usable(&e.row);
	if (ok)
		e.flow = mem_zalloc(e.row.n_flows, sizeof *e.flow);
	for (size_t i = 0; ok && i < e.row.n_flows; i++)
		ok = store_flow_get(m->s, e.row.flows[i].flow, &e.flow[i]);
	if (ok) {
		*VEC_PUSH(&m->session) = e;
		return;
	}
	for (size_t i = 0; e.flow && i < e.row.n_flows; i++)
		flow_row_release(&e.flow[i]);
	free(e.flow);
	session_row_release(&e.row);
}

/* Sessions spread over all: every gap-th, then those in between. */
static void load_sessions(struct clock_sample *m)
{
	int64_t n = store_session_count(m->s);
	int64_t gap = n / LOADS + 1, loads = 0;

	for (int64_t start = 0; start < gap; start++) {
		for (int64_t i = start; i < n; i += gap, loads++)
			load_session(m, i + 1);
		if (m->session.n >= USABLE || loads >= LOADS_MORE)
			break;
	}
}

struct clock_sample *clock_sample_open(struct store *s,
				       const struct point_row *points,
				       size_t n_points,
				       const struct file_row *files,
				       size_t n_files)
{
	struct clock_sample *m = mem_zalloc(1, sizeof *m);

	m->s = s;
	m->point = points;
	m->n_points = n_points;
	m->file = files;
	m->n_files = n_files;
	m->file_rank = mem_zalloc(n_files + 1, sizeof *m->file_rank);
	m->by_time = mem_zalloc(n_points + 1, sizeof *m->by_time);
	rank_files(m);
	load_sessions(m);
	return m;
}

void clock_sample_close(struct clock_sample *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->session.n; i++) {
		struct loaded *e = &m->session.at[i];

		for (size_t k = 0; k < e->row.n_flows; k++)
			flow_row_release(&e->flow[k]);
		free(e->flow);
		session_row_release(&e->row);
	}
	VEC_FREE(&m->session);
	free(m->file_rank);
	free(m->by_time);
	free(m);
}

/* --- records of one session and direction --- */

struct side {
	struct recs *v;
	uint64_t n;
	uint64_t seq0, ack0;   /* taken off, so that both sides agree */
	struct match_list list;
};

static bool has_ack(const struct record *r)
{
	return r->tcp_flags & REC_ACK && !(r->tcp_flags & REC_RST);
}

/* Reads records [from, to); the first @warm of them are no firsts. */
static void read_stretch(struct side *d, uint64_t from, uint64_t to,
			 unsigned warm, bool tcp)
{
	match_begin(&d->list, warm);
	for (uint64_t i = from; i < to && i < d->n; i++) {
		const struct record *r = recs_get(d->v, i);

		match_add(&d->list, r, recs_file(d->v, i), tcp,
			  (uint32_t)(r->seq64 - d->seq0),
			  (uint32_t)(r->ack64 - d->ack0));
	}
}

/* Progress of both directions at record @i: never falls, retransmissions and
 * reordering apart, and the same at both points. */
static int64_t progress(struct side *d, uint64_t i)
{
	const struct record *r = recs_get(d->v, i);
	int64_t p = (int64_t)(r->seq64 - d->seq0);

	return has_ack(r) ? p + (int64_t)(r->ack64 - d->ack0) : p;
}

/* First record with at least that progress, about. */
static uint64_t find_progress(struct side *d, int64_t p)
{
	uint64_t low = 0, high = d->n;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (progress(d, mid) < p)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The far records that have the near stretch's place. */
static void find_stretch(struct side *far, int64_t from, int64_t to)
{
	uint64_t a = find_progress(far, from), b = find_progress(far, to);
	uint64_t before = a > WARM_UP * 2 ? a - WARM_UP * 2 : 0;

	if (b > a + 4 * STRETCH)
		b = a + 4 * STRETCH;
	read_stretch(far, before, b + WARM_UP * 2, before ? WARM_UP : 1, true);
}

/* --- a session between two points --- */

struct work {
	struct clock_sample *m;
	const struct loaded *e;
	uint32_t session;      /* its index */
	size_t near, far;      /* points */
	size_t f[2];           /* their flows in e->row.flows */
	uint64_t share;        /* records that it may read */
	struct VEC(struct match_pair) pair[2]; /* by session direction */
};

struct keep {
	struct work *w;
	int dir;
};

static void keep_pair(void *ctx, const struct match_pair *p)
{
	const struct keep *k = ctx;

	*VEC_PUSH(&k->w->pair[k->dir]) = *p;
}

static void match_dir(struct work *w, struct side d[2], int dir)
{
	const struct session_flow *a = &w->e->row.flows[w->f[0]];
	const struct session_flow *b = &w->e->row.flows[w->f[1]];
	struct keep ctx = { w, dir };
	uint32_t ts = b->ts_delta[dir] - a->ts_delta[dir];

	match_lists(&d[0].list, &d[1].list,
		    a->ts_known[dir] && b->ts_known[dir] ? &ts : NULL,
		    keep_pair, &ctx);
}

static void match_long(struct work *w, struct side d[2], int dir)
{
	uint64_t n = w->share / 4 / STRETCH, step;

	n = n < STRETCHES_MIN ? STRETCHES_MIN : n;
	step = d[0].n / n;
	for (uint64_t i = 0; i < n; i++) {
		/* the last one ends with the flow */
		uint64_t from = i + 1 < n ? i * step : d[0].n - STRETCH;
		uint64_t to = from + STRETCH - 1;

		read_stretch(&d[0], from, to + 1, from ? WARM_UP : 1, true);
		find_stretch(&d[1], progress(&d[0], from),
			     progress(&d[0], to));
		match_dir(w, d, dir);
	}
}

static void match_whole(struct work *w, struct side d[2], int dir, bool tcp)
{
	uint64_t datagrams = w->share / 4 > DATAGRAMS ? w->share / 4
						      : DATAGRAMS;

	for (int k = 0; k < 2; k++)
		read_stretch(&d[k], 0, tcp ? d[k].n : datagrams, 1, tcp);
	match_dir(w, d, dir);
}

/* What to take off the far point's numbers of @dir so that they are the near
 * one's: the delta is known modulo 2^32; the rest so that the ranges of
 * numbers seen overlap most. */
static uint64_t far_base(struct work *w, struct side d[2], int dir)
{
	const struct session_flow *a = &w->e->row.flows[w->f[0]];
	const struct session_flow *b = &w->e->row.flows[w->f[1]];
	int64_t delta = (int64_t)(uint32_t)(b->seq_delta[dir] -
					    a->seq_delta[dir]);
	int64_t s[2][2], best = 0, most = INT64_MIN;

	if (!d[0].n || !d[1].n)
		return (uint64_t)delta;
	for (int k = 0; k < 2; k++) {
		s[k][0] = (int64_t)recs_get(d[k].v, 0)->seq64;
		s[k][1] = (int64_t)recs_get(d[k].v, d[k].n - 1)->seq64;
	}
	for (int64_t turn = -3; turn <= 2; turn++) {
		int64_t shift = delta + turn * (1ll << 32);
		int64_t from = s[1][0] - shift, to = s[1][1] - shift, both;

		from = from > s[0][0] ? from : s[0][0];
		to = to < s[0][1] ? to : s[0][1];
		both = to - from;
		if (both > most) {
			most = both;
			best = shift;
		}
	}
	return (uint64_t)best;
}

static void sample_session(struct work *w)
{
	const struct loaded *e = w->e;
	bool tcp = e->row.proto == PROTO_TCP;
	struct side d[2][2] = { 0 }; /* [dir][near, far] */

	for (int dir = 0; dir < 2; dir++)
		for (int k = 0; k < 2; k++) {
			struct side *p = &d[dir][k];

			p->v = recs_open(w->m->s, &e->flow[w->f[k]], dir);
			p->n = recs_count(p->v);
		}
	for (int dir = 0; dir < 2 && tcp; dir++)
		d[dir][1].seq0 = d[!dir][1].ack0 = far_base(w, d[dir], dir);
	for (int dir = 0; dir < 2; dir++) {
		const struct session_flow *a = &e->row.flows[w->f[0]];
		const struct session_flow *b = &e->row.flows[w->f[1]];
		struct side *p = d[dir];

		if (!p[0].n || !p[1].n ||
		    (tcp && !(a->delta_known[dir] && b->delta_known[dir])))
			continue;
		if (tcp && p[0].n + p[1].n > w->share / 2 &&
		    p[0].n > STRETCH * STRETCHES_MIN)
			match_long(w, p, dir);
		else
			match_whole(w, p, dir, tcp);
	}
	for (int i = 0; i < 4; i++) {
		recs_close(d[i / 2][i % 2].v);
		match_release(&d[i / 2][i % 2].list);
	}
}

/* --- into the cloud --- */

static int64_t tick_of(const struct clock_sample *m, size_t file)
{
	int64_t t = file < m->n_files ? m->file[file].resolution_ns : 1;

	return t > 0 ? t : 1;
}

static void add_point(const struct work *w, const struct match_pair *p,
		      bool back, struct cloud *out)
{
	const struct clock_sample *m = w->m;
	size_t f[2] = { file_of(m, p->near.file), file_of(m, p->far.file) };
	double tick[2] = { (double)tick_of(m, f[0]), (double)tick_of(m, f[1]) };
	int64_t y = clock_sub(p->far.time_ns, p->near.time_ns);

	if (!out->n) {
		out->x0 = p->far.time_ns;
		out->y0 = y;
	}
	out->at = mem_grow(out->at, &out->cap, out->n + 1, sizeof *out->at);
	out->at[out->n++] = (struct cloud_point){
		.x = (double)clock_sub(p->far.time_ns, out->x0),
		.y = (double)clock_sub(y, out->y0),
		.near_order = order_of(m, w->near, f[0], &p->near),
		.far_order = order_of(m, w->far, f[1], &p->far),
		.session = w->session,
		.back = back,
		.near_tick = tick[0],
		.far_tick = tick[1],
	};
}

static int64_t extreme(const struct work *w, int dir, bool least)
{
	int64_t best = least ? INT64_MAX : INT64_MIN;

	for (size_t i = 0; i < w->pair[dir].n; i++) {
		const struct match_pair *p = &w->pair[dir].at[i];
		int64_t y = clock_sub(p->far.time_ns, p->near.time_ns);

		if (least ? y < best : y > best)
			best = y;
	}
	return best;
}

/* Do packets of @dir travel from near to far, by their time stamps?  All of
 * them then have a greater difference of stamps than all of the other way. */
static bool goes_out(const struct work *w, int dir)
{
	return extreme(w, dir, true) > extreme(w, !dir, false);
}

/* Which session direction goes out: 0, 1, or -1 where nothing tells.  Enough
 * packets both ways overrule what the pairing took for the client's end; a few
 * that contradict it are not used. */
static int way_of(const struct work *w)
{
	size_t n[2] = { w->pair[0].n, w->pair[1].n };
	int said = w->e->row.client_end;
	bool enough = n[0] >= OVERRULE && n[1] >= OVERRULE;

	if (said >= 0 && (!n[0] || !n[1] || !goes_out(w, !said)))
		return said;
	if (!n[0] || !n[1] || (said >= 0 && !enough))
		return -1;
	return goes_out(w, 0) ? 0 : goes_out(w, 1) ? 1 : -1;
}

static void add_session(struct work *w, struct cloud *out)
{
	int way = way_of(w);

	for (int dir = 0; dir < 2; dir++) {
		for (size_t i = 0; way >= 0 && i < w->pair[dir].n; i++)
			add_point(w, &w->pair[dir].at[i], dir != way, out);
		VEC_FREE(&w->pair[dir]);
	}
}

/* --- a pair of points --- */

static uint64_t records_of(const struct flow_row *f)
{
	return f->packets[0] + f->packets[1];
}

/* Sets w->f.  Return: does the session have flows at both points? */
static bool find_flows(struct work *w)
{
	const struct session_row *r = &w->e->row;
	int found = 0;

	for (size_t i = 0; i < r->n_flows; i++)
		for (int k = 0; k < 2; k++)
			if (r->flows[i].point_pos ==
			    w->m->point[k ? w->far : w->near].pos) {
				w->f[k] = i;
				found |= 1 << k;
			}
	return found == 3;
}

void clock_sample_cloud(struct clock_sample *m, size_t near, size_t far,
			struct cloud *out)
{
	struct work w = { .m = m, .near = near, .far = far };
	uint64_t n = 0, short_ones = 0, share = RECORDS, left;

	/* what short sessions leave is shared by the long ones */
	for (int round = 0; round < 2; round++) {
		uint64_t many = 0;

		short_ones = 0;
		for (size_t i = 0; i < m->session.n; i++) {
			uint64_t k;

			w.e = &m->session.at[i];
			if (!find_flows(&w))
				continue;
			n += round == 0;
			k = records_of(&w.e->flow[w.f[0]]) +
			    records_of(&w.e->flow[w.f[1]]);
			if (k <= share)
				short_ones += k;
			else
				many++;
		}
		left = RECORDS > short_ones ? RECORDS - short_ones : 0;
		share = round == 0 ? RECORDS / (n ? n : 1)
				   : left / (many ? many : 1);
		share = share > SHARE_MIN ? share : SHARE_MIN;
	}
	w.share = share;
	for (size_t i = 0; i < m->session.n; i++) {
		w.e = &m->session.at[i];
		w.session = (uint32_t)i;
		if (!find_flows(&w))
			continue;
		sample_session(&w);
		add_session(&w, out);
	}
	cloud_turn(out);
	cloud_loosen(out);
}
