/* Packets that two points share, as a cloud.
 *
 * Which sessions: clock_pick.c.  Which packets of them: clock_read.c, up to
 * RECORDS records of a pair of points; what short sessions leave is shared by
 * the long ones.  What counts as a match: clock_match.c.
 *
 * Pairing says which way a session's directions travel (client_end).  If it
 * does not know, a session with both directions shows it: out-going packets
 * have the greater difference of stamps (way_of()).
 *
 * What is fitted has POINTS points at most: of each few that follow one another
 * in one direction, the one with the tightest bound (thin()).  Lines excluded
 * by the others return only marginally, queues become shorter but stay
 * exponential, and fitting costs the same for any case.
 *
 * Sessions lie far apart in the case, so reading them is mostly unpacking the
 * directories of their blocks.  All cores do that, each over a connection of its
 * own; only what depends on sessions before it is read in turn.
 *
 * Cost: O(RECORDS log RECORDS) a pair of points; 30 us for a session read.
 */
#include "correlate/clock_sample.h"

#include <stdlib.h>

#include "base/parallel.h"
#include "base/search.h"
#include "correlate/place.h"

#define RECORDS 48000 /* read for a pair of points */
#define SHARE_MIN 128 /* of them at least for a session */
#define POINTS 6000
#define OVERRULE 4
#define TURN 8 /* sessions that a core takes at a time */

/* --- files --- */

static size_t file_of(const struct clock_sample *m, int64_t id)
{
	size_t at;

	SEARCH(at, m->n_files, i, m->file[i].id < id);
	return at < m->n_files && m->file[at].id == id ? at : m->n_files;
}

static void rank_files(struct clock_sample *m)
{
	place_ranks(m->file, m->n_files, m->file_rank);
	for (size_t p = 0; p < m->n_points; p++)
		m->by_time[p] = place_overlap(m->file, m->n_files,
					      m->point[p].id);
}

/* Capture order of a record at points[@p]. */
static uint64_t order_of(const struct clock_sample *m, size_t p, size_t file,
			 const struct match_rec *r)
{
	if (m->by_time[p] || file == m->n_files)
		return (uint64_t)r->time_ns + PLACE_TIME;
	return place_of(m->file_rank[file], r->frame);
}

struct clock_sample *
clock_sample_open(struct store *s, const struct point_row *points,
		  size_t n_points, const struct file_row *files, size_t n_files)
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
	clock_pick(m);
	return m;
}

void clock_sample_close(struct clock_sample *m)
{
	if (!m)
		return;
	clock_pick_release(m);
	free(m->file_rank);
	free(m->by_time);
	free(m);
}

/* --- into the cloud --- */

struct work {
	struct clock_sample *m;
	struct session_read read;
	uint32_t session; /* its index */
	size_t near, far; /* points */
	bool relayed;     /* no connection is at both: relayed data must do */
};

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
		.weak = p->weak,
		.near_tick = tick[0],
		.far_tick = tick[1],
	};
}

static int64_t extreme(const struct work *w, int dir, bool least)
{
	int64_t best = least ? INT64_MAX : INT64_MIN;

	for (size_t i = 0; i < w->read.pair[dir].n; i++) {
		const struct match_pair *p = &w->read.pair[dir].at[i];
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
	size_t n[2] = { w->read.pair[0].n, w->read.pair[1].n };
	int said = w->read.e->row.client_end;
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
		for (size_t i = 0; way >= 0 && i < w->read.pair[dir].n; i++)
			add_point(w, &w->read.pair[dir].at[i], dir != way, out);
		VEC_FREE(&w->read.pair[dir]);
	}
}

/* Of each @m points in a row of one direction keeps the tightest. */
static void thin(struct cloud *c, size_t m)
{
	size_t n = 0, in[2] = { 0, 0 }, best[2] = { 0, 0 };

	for (size_t i = 0; i < c->n; i++) {
		struct cloud_point p = c->at[i];
		bool b = p.back;

		if (in[b] == 0)
			best[b] = n++;
		if (in[b] == 0 ||
		    (b ? p.y > c->at[best[b]].y : p.y < c->at[best[b]].y))
			c->at[best[b]] = p;
		in[b] = (in[b] + 1) % m;
	}
	c->n = n;
}

/* --- a pair of points --- */

/* Sets w->read.flow.  Return: does the session have usable flows at both
 * points? */
static bool find_flows(struct work *w, const struct loaded *e)
{
	w->read.e = e;
	w->read.flow[0] = clock_flow_at(w->m, e, w->near);
	w->read.flow[1] = clock_flow_at(w->m, e, w->far);
	return w->read.flow[0] >= 0 && w->read.flow[1] >= 0 &&
	       session_relayed(&e->row, w->read.flow[0], w->read.flow[1]) ==
		       w->relayed;
}

static bool any_flows(struct work *w)
{
	for (size_t i = 0; i < w->m->session.n; i++)
		if (find_flows(w, &w->m->session.at[i]))
			return true;
	return false;
}

/* Records that a session may read: what short ones leave is shared by the
 * long ones. */
static uint64_t share_of(struct work *w)
{
	const struct clock_sample *m = w->m;
	uint64_t share = 0, left = RECORDS, rest = 0;

	for (int round = 0; round < 2; round++) {
		rest = 0;
		left = RECORDS;
		for (size_t i = 0; i < m->session.n; i++) {
			const struct loaded *e = &m->session.at[i];
			uint64_t k = 0;

			if (!find_flows(w, e))
				continue;
			for (int p = 0; p < 2; p++)
				k += clock_flow_records(
					&e->flow[w->read.flow[p]]);
			if (k > share)
				rest++;
			else
				left -= k < left ? k : left;
		}
		share = left / (rest ? rest : 1);
		share = share > SHARE_MIN ? share : SHARE_MIN;
	}
	return share;
}

/* --- reading on all cores --- */

struct taken { /* a session read ahead */
	struct session_read read;
	bool good;
};

struct gather {
	const struct work *w; /* for all sessions */
	struct taken *taken;  /* by session */
	struct store **s;     /* by worker; NULL: not open */
};

static struct store *reader_of(struct gather *g, unsigned worker)
{
	struct err err = { 0 };

	if (!g->s[worker])
		g->s[worker] = store_reader(g->w->m->s, &err);
	return g->s[worker];
}

static void take_session(const struct gather *g, struct store *s, size_t i)
{
	struct taken *t = &g->taken[i];
	struct work w = *g->w;

	if (!find_flows(&w, &w.m->session.at[i]) || !clock_reads_apart(&w.read))
		return;
	w.read.s = s;
	clock_read_session(&w.read);
	t->read = w.read;
	t->good = !store_failed(s);
}

static void take_some(void *ctx, unsigned worker, size_t turn)
{
	struct gather *g = ctx;
	struct store *s = reader_of(g, worker);
	size_t n = g->w->m->session.n, from = turn * TURN;
	size_t to = n - from < TURN ? n : from + TURN;

	for (size_t i = from; s && i < to; i++)
		take_session(g, s, i);
}

static void gather_all(struct gather *g)
{
	unsigned width = parallel_width();

	g->taken = mem_zalloc(g->w->m->session.n + 1, sizeof *g->taken);
	g->s = mem_zalloc(width, sizeof *g->s);
	parallel_run_apart((g->w->m->session.n + TURN - 1) / TURN, take_some,
			   g);
	for (unsigned k = 0; k < width; k++)
		store_close(g->s[k]);
	free(g->s);
}

/* Reads session w->session into w->read, unless that was done.  What a reader
 * failed at is tried again here, so that the case's own connection tells. */
static void read_session(struct work *w, struct taken *t)
{
	struct session_read *r = &w->read;

	for (int dir = 0; dir < 2; dir++) {
		if (!t->good)
			VEC_FREE(&t->read.pair[dir]);
		r->pair[dir].at = t->read.pair[dir].at;
		r->pair[dir].n = t->read.pair[dir].n;
		r->pair[dir].cap = t->read.pair[dir].cap;
	}
	if (!t->good) {
		clock_read_session(r);
	} else if (t->read.skew_known) {
		r->skew_known = true;
		r->skew_ns = t->read.skew_ns;
	}
}

void clock_sample_cloud(struct clock_sample *m, size_t near, size_t far,
			struct cloud *out)
{
	struct work w = { .m = m, .near = near, .far = far };
	struct gather g = { .w = &w };

	w.read.s = m->s;
	w.relayed = !any_flows(&w);
	w.read.share = share_of(&w);
	gather_all(&g);
	for (size_t i = 0; i < m->session.n; i++) {
		w.session = (uint32_t)i;
		if (!find_flows(&w, &m->session.at[i]))
			continue;
		read_session(&w, &g.taken[i]);
		add_session(&w, out);
	}
	free(g.taken);
	cloud_turn(out);
	cloud_trim(out);
	if (out->n > POINTS)
		thin(out, (out->n + POINTS - 1) / POINTS);
	cloud_loosen(out);
}
