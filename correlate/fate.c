/* Fates: the driver.
 *
 * What absence from a capture means (correlate/evidence.h) is known only once
 * every session was swept.  Sweeping them all again would take twice the time,
 * so each core guesses the answers from the evidence of its own sessions so
 * far, again each time that these have doubled in number.  Sessions whose
 * fates follow from an answer are noted under the guess of their time; in the
 * end those of wrong guesses are swept again and their rows replaced, as are
 * those of which something was absent while a capture lacked others, if that
 * makes a difference: it is known in the end only.  The guess is right soon, so
 * these are few; and what is written follows from the
 * final answers alone, whatever was guessed.
 *
 * Sessions are handed out to the cores up to BATCH at a time; each core reads over a
 * connection of its own, and what a batch leaves goes to the one writer under
 * a lock.  Rows may come in any order; what they say does not depend on it.
 *
 * Where a point's clock was set, its records get the times that it would have
 * shown otherwise (correlate/steady.h) as they are read, so that no step is
 * left for what comes after; bounds and running times are moved with them.
 *
 * Memory: of each core, one session's links (correlate/hop.h) and a batch's
 * packed results; and eight bytes for each session that follows from a guess.
 */
#include "correlate/fate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "correlate/halves.h"
#include "correlate/place.h"
#include "correlate/sees.h"
#include "correlate/steady.h"
#include "correlate/sweep.h"
#include "store/exchange.h"
#include "store/recs.h"
#include "store/shelf_rows.h"

#define BATCH 1024             /* at most: neighbours share blocks, shelves */
#define BATCHES 32             /* at least, of each core */
#define BATCH_BYTES (4u << 20) /* results held back before they are written */
#define TRANSIT 30000000000ll
#define MSS_ROOM 1460
#define FLAT_RECORDS 8192 /* of a strand, held at once: 1 MB */

struct epoch {                    /* sessions swept by the same guess */
	uint8_t *loss;            /* evidence_answer(); owned */
	struct VEC(int64_t) open; /* those whose fates follow from it */
	struct figures total;     /* of those */
};

struct worker {
	struct store *s;            /* reader; owned */
	struct match_writer *match; /* owned */
	struct shelf_rows *rows;    /* not yet written; owned */
	struct evidence say;
	struct figures total; /* way[0] out, way[1] back; no guess in it */
	struct VEC(struct epoch) epoch;
	uint64_t swept, look; /* sessions; at how many to guess again */
	struct err err;
	int64_t session; /* being packed */
	struct buf figures;
};

struct timing { /* of a point */
	const struct job *job;
	struct steady steady;
	bool by_time; /* its files overlap: no places */
};

struct job {
	struct store *s;
	const struct fate_observer *observer; /* NULL: none */
	const struct halves *halves;          /* NULL: none */
	struct sweep_env env;
	struct watch *watch;
	const struct clock_row **clock;
	struct clock_row *clocks;
	size_t n_clocks;
	struct timing *timing; /* by point */
	struct file_row *file;
	uint64_t *rank; /* of each file */
	size_t n_files;
	uint8_t *sees, *apart; /* correlate/sees.h */
	uint8_t *loss;       /* the answers; NULL while evidence is collected */
	uint8_t *gaps;       /* evidence_answer() */
	struct evidence all; /* of all sessions */
	unsigned width;
	struct worker *worker;
	pthread_mutex_t lock;  /* of the writer */
	const int64_t *chosen; /* session ids; NULL: 1, 2, ... */
	size_t n_chosen, batch;
};

/* --- what is the same for all sessions --- */
static int pos_of(const struct point_row *p, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].id == id)
			return p[i].pos;
	return 0;
}

/* A filtered file shows when it ran only by what was kept. */
static void watch_file(struct job *j, int pos, const struct file_row *f,
		       uint64_t rank)
{
	struct watch *w = &j->watch[pos - 1];
	const struct timing *t = &j->timing[pos - 1];
	int64_t from = f->first_ns, to = f->last_ns;

	w->packets += f->packets;
	w->dropped += f->dropped_known ? f->dropped : 0;
	if (f->filtered) {
		size_t n;
		struct block_row *b = store_blocks(j->s, f->id, &n);

		w->filtered = true;
		from = INT64_MAX;
		to = INT64_MIN;
		for (size_t i = 0; i < n; i++) {
			from = b[i].time_min < from ? b[i].time_min : from;
			to = b[i].time_max > to ? b[i].time_max : to;
		}
		free(b);
	}
	if (!f->packets || from > to)
		return;
	if (!t->by_time)
		steady_extent(&t->steady, place_of(rank, 1),
			      place_of(rank, UINT64_MAX), &from, &to);
	watch_add(w, from, to);
}

static void job_clocks(struct job *j, const struct point_row *p, size_t n)
{
	struct steady *steady = mem_zalloc(n + 1, sizeof *steady);

	j->timing = mem_zalloc(n + 1, sizeof *j->timing);
	j->clocks = store_clocks(j->s, &j->n_clocks);
	for (size_t i = 0; i < j->n_clocks; i++) {
		int pos = pos_of(p, n, j->clocks[i].point);

		if (pos >= 1 && (size_t)pos <= n)
			j->clock[pos - 1] = &j->clocks[i];
	}
	steady_build(j->clock, n, steady);
	for (size_t i = 0; i < n; i++) {
		struct timing *t = &j->timing[i];

		*t = (struct timing){ j, steady[i], false };
		if (t->steady.known)
			j->clock[i] = &t->steady.row;
	}
	for (size_t i = 0; i < n; i++) {
		int pos = p[i].pos;

		if (pos >= 1 && (size_t)pos <= n)
			j->timing[pos - 1].by_time = place_overlap(
				j->file, j->n_files, p[i].id);
	}
	free(steady);
}

static void job_points(struct job *j)
{
	size_t n;
	struct point_row *p = store_points(j->s, &n);

	j->file = store_files(j->s, &j->n_files);
	j->rank = mem_zalloc(j->n_files + 1, sizeof *j->rank);
	place_ranks(j->file, j->n_files, j->rank);
	j->env.n_points = n;
	j->watch = mem_zalloc(n + 1, sizeof *j->watch);
	j->clock = mem_zalloc(n + 1, sizeof *j->clock);
	j->sees = mem_zalloc(n + 1, 1);
	j->apart = mem_zalloc(n * n + 1, 1);
	job_clocks(j, p, n);
	for (size_t i = 0; i < j->n_files; i++) {
		int pos = pos_of(p, n, j->file[i].point);

		if (pos >= 1 && (size_t)pos <= n && j->file[i].complete)
			watch_file(j, pos, &j->file[i], j->rank[i]);
	}
	for (size_t i = 0; i < n; i++)
		watch_sort(&j->watch[i]);
	point_rows_free(p, n);
	j->env.watch = j->watch;
	j->env.clock = j->clock;
	j->env.sees = j->sees;
	j->env.apart = j->apart;
}

/* --- one session --- */
static const struct record *from_recs(void *ctx, uint32_t i)
{
	return recs_get(ctx, i);
}

static uint64_t rank_of(const struct job *j, int64_t file)
{
	size_t low = 0, high = j->n_files; /* files are in order of id */

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (j->file[mid].id < file)
			low = mid + 1;
		else
			high = mid;
	}
	return low < j->n_files ? j->rank[low] : 0;
}

/* Puts a record into steady time. */
static void make_steady(void *ctx, int64_t file, struct record *r)
{
	const struct timing *t = ctx;
	uint64_t place = t->by_time ? 0
				    : place_of(rank_of(t->job, file), r->frame);
	int64_t shift = steady_shift(&t->steady, place, r->time_ns);

	r->time_ns = time_add(r->time_ns, shift);
}

/* Largest payload of one segment by direction, from the SYNs. */
static void session_mss(struct worker *w, struct sweep_session *s,
			const struct flow_row *flow)
{
	struct flow_end end[2];

	if (!store_flow_ends(w->s, flow, end))
		return;
	for (int d = 0; d < 2; d++) {
		const struct flow_end *other = &end[1 - d];
		uint32_t mss = other->mss;

		if (!mss)
			continue;
		if (other->ts && mss > 52)
			mss -= 12; /* options count, RFC 6691 */
		if (!s->mss[d] || mss < s->mss[d])
			s->mss[d] = mss;
	}
}

static bool open_flow(struct job *j, struct worker *w, struct sweep_session *s,
		      size_t k, struct flow_row *f)
{
	struct timing *timing = &j->timing[s->row->flows[k].point_pos - 1];

	if (!store_flow_get(w->s, s->row->flows[k].flow, f))
		return false;
	for (int d = 0; d < 2; d++) {
		struct strand *t = &s->strand[k * 2 + (size_t)d];
		uint64_t n = 0;

		if (f->packets[d]) {
			t->ctx = recs_open(w->s, f, d);
			n = recs_count(t->ctx);
			if (timing->steady.era.n)
				recs_change(t->ctx, make_steady, timing);
			t->flat = recs_all(t->ctx, FLAT_RECORDS);
			t->n_flat = t->flat ? (uint32_t)n : 0;
		}
		t->get = from_recs;
		t->n = n < LINK_NONE - 1 ? (uint32_t)n : LINK_NONE - 1;
		t->pos = s->row->flows[k].point_pos;
		t->flow = (int)k;
		t->dir = (uint8_t)d;
	}
	if (s->row->proto == 6 &&
	    (f->bytes[0] > MSS_ROOM || f->bytes[1] > MSS_ROOM))
		session_mss(w, s, f);
	return true;
}

static void keep_chunk(void *ctx, uint32_t number, const struct buf *data)
{
	struct worker *w = ctx;

	shelf_rows_add(w->rows, SHELF_MATCH, w->session, number, data);
}

static void keep_exchanges(void *ctx, uint32_t number, const struct buf *data)
{
	struct worker *w = ctx;

	shelf_rows_add(w->rows, SHELF_EXCHANGE, w->session, number, data);
}

/* Opens all flows of s->row.  Return: false where one cannot be. */
static bool open_session(struct job *j, struct worker *w,
			 struct sweep_session *s, struct flow_row *flow)
{
	const struct session_row *row = s->row;
	bool ok = true;

	s->strand = mem_zalloc(row->n_flows * 2 + 1, sizeof *s->strand);
	for (size_t k = 0; ok && k < row->n_flows; k++)
		ok = row->flows[k].point_pos >= 1 &&
		     (size_t)row->flows[k].point_pos <= j->env.n_points &&
		     open_flow(j, w, s, k, &flow[k]);
	return ok;
}

static void close_session(struct sweep_session *s, struct flow_row *flow)
{
	for (size_t k = 0; k < s->row->n_flows; k++)
		flow_row_release(&flow[k]);
	free(flow);
	for (size_t k = 0; k < s->row->n_flows * 2; k++)
		if (s->strand[k].ctx)
			recs_close(s->strand[k].ctx);
	figures_release(&s->fig);
	free(s->strand);
}

/* The direction that a session has alone; -1: both, or none. */
static int only_way(const struct sweep_session *s)
{
	bool has[2] = { false, false };

	for (size_t k = 0; k < s->row->n_flows * 2; k++)
		has[k & 1] |= s->strand[k].n > 0;
	return has[0] == has[1] ? -1 : has[1];
}

/* @own with the other half's strands as direction @d, point by point. */
static struct strand *join_strands(const struct sweep_session *own,
				   const struct sweep_session *other, int d)
{
	size_t way = (size_t)only_way(other);
	size_t n = own->row->n_flows;
	struct strand *both = mem_zalloc(n * 2 + 1, sizeof *both);

	memcpy(both, own->strand, n * 2 * sizeof *both);
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < other->row->n_flows; i++) {
			if (own->row->flows[k].point_pos !=
			    other->row->flows[i].point_pos)
				continue;
			both[k * 2 + (size_t)d] = other->strand[i * 2 + way];
			both[k * 2 + (size_t)d].flow = (int)k;
		}
	return both;
}

/* Lets the observer look at the conversation of which @s is @half. */
static void observe_joined(struct job *j, struct worker *w, struct fate_seen *x,
			   const struct sweep_session *s,
			   const struct half *half)
{
	struct session_row row;
	struct sweep_session other = { .row = &row };
	struct flow_row *flow;
	int borrowed = half->asks;

	if (!store_session_peek(w->s, half->other, &row))
		return;
	flow = mem_zalloc(row.n_flows + 1, sizeof *flow);
	/* the asking one has to be the client's */
	if (open_session(j, w, &other, flow) && only_way(s) == !borrowed &&
	    only_way(&other) >= 0 && (borrowed || !only_way(&other))) {
		x->strand = join_strands(s, &other, borrowed);
		x->joined = true;
		x->borrowed = borrowed;
	}
	j->observer->session(j->observer->ctx, x, keep_exchanges, w);
	if (x->joined)
		free(x->strand);
	close_session(&other, flow);
	session_row_release(&row);
}

static void observe(struct job *j, struct worker *w,
		    const struct sweep_session *s, const struct flow_row *flow)
{
	const struct half *half = halves_of(j->halves, s->row->id);
	struct fate_seen x = { .env = &j->env,
			       .reader = w->s,
			       .worker = (unsigned)(w - j->worker),
			       .row = s->row,
			       .flow = flow,
			       .strand = s->strand,
			       .fig = &s->fig };

	w->session = s->row->id;
	if (!j->observer)
		return;
	if (half)
		observe_joined(j, w, &x, s, half);
	else
		j->observer->session(j->observer->ctx, &x, keep_exchanges, w);
}

/* Figures of a session into @total: c2s and s2c become out and back. */
static void add_total(struct figures *total, const struct session_row *row,
		      struct figures *fig)
{
	for (size_t k = 0; k < fig->n; k++) {
		struct hop_figures *f = &fig->hop[k];

		if (row->client_end == 1) {
			struct hop_way t = f->way[0];

			f->way[0] = f->way[1];
			f->way[1] = t;
		}
		figures_merge(hopfig_of(total, f->from_pos, f->to_pos), f);
	}
}

static void keep_session(struct job *j, struct worker *w,
			 struct sweep_session *s)
{
	struct figures *total = &w->total;

	w->figures.n = 0;
	figures_pack(&s->fig, &w->figures);
	w->session = s->row->id;
	shelf_rows_add(w->rows, SHELF_STAT, w->session, 0, &w->figures);
	match_writer_take(w->match, keep_chunk, w);
	if (s->open && !j->loss) {
		struct epoch *e = &w->epoch.at[w->epoch.n - 1];

		*VEC_PUSH(&e->open) = s->row->id;
		total = &e->total;
	}
	add_total(total, s->row, &s->fig);
}

/* --- guesses --- */
static size_t answers(const struct job *j)
{
	return j->env.n_points * j->env.n_points;
}

static void epoch_begin(struct worker *w, uint8_t *loss)
{
	*VEC_PUSH(&w->epoch) = (struct epoch){ .loss = loss };
}

static void guess(struct job *j, struct worker *w)
{
	uint8_t *loss = mem_zalloc(answers(j) + 1, 1);
	uint8_t *gaps = mem_zalloc(answers(j) + 1, 1);
	struct evidence e;

	evidence_init(&e, j->env.n_points, j->watch);
	evidence_add(&e, &w->say);
	evidence_drops(&e, j->watch);
	evidence_answer(&e, loss, gaps);
	evidence_release(&e);
	free(gaps);
	if (w->epoch.n &&
	    !memcmp(loss, w->epoch.at[w->epoch.n - 1].loss, answers(j)))
		free(loss);
	else
		epoch_begin(w, loss);
	w->look = 2 * w->swept;
}

static void fate_session(struct job *j, struct worker *w,
			 const struct session_row *row)
{
	struct sweep_session s = { .row = row, .out = w->match };
	struct flow_row *flow = mem_zalloc(row->n_flows + 1, sizeof *flow);
	bool ok;

	if (j->loss) {
		s.loss = j->loss;
	} else {
		if (!w->epoch.n || w->swept >= w->look)
			guess(j, w);
		s.loss = w->epoch.at[w->epoch.n - 1].loss;
		s.say = &w->say;
	}
	ok = open_session(j, w, &s, flow);
	if (ok && row->n_flows > 1) {
		sweep_session(&j->env, &s);
		keep_session(j, w, &s);
	}
	if (ok && !j->loss) /* what it makes does not rest on guesses */
		observe(j, w, &s, flow);
	close_session(&s, flow);
	w->swept++;
}

/* --- batches --- */
static void flush(struct job *j, struct worker *w)
{
	if (!j->loss)
		shelf_rows_pack(w->rows);
	pthread_mutex_lock(&j->lock);
	if (j->loss) /* those of a wrong guess */
		shelf_rows_replace(w->rows, j->s);
	else
		shelf_rows_put(w->rows, j->s);
	pthread_mutex_unlock(&j->lock);
}

static void run_batch(void *ctx, unsigned worker, size_t i)
{
	struct job *j = ctx;
	struct worker *w = &j->worker[worker];
	size_t from = i * j->batch, to = from + j->batch;

	if (w->err.code)
		return;
	if (!w->s)
		w->s = store_reader(j->s, &w->err);
	if (!w->s)
		return;
	for (size_t k = from; k < to && k < j->n_chosen; k++) {
		int64_t id = j->chosen ? j->chosen[k] : (int64_t)k + 1;
		struct session_row row;

		if (!store_session_peek(w->s, id, &row))
			continue;
		if (row.n_flows > 1 || j->observer)
			fate_session(j, w, &row);
		session_row_release(&row);
		if (shelf_rows_bytes(w->rows) > BATCH_BYTES)
			flush(j, w);
	}
	flush(j, w);
	if (store_failed(w->s))
		err_set(&w->err, ERR_CASE,
			"%s: sessions cannot be read back; run 'tracepair "
			"pair' on it again",
			store_path(j->s));
}

static void run_all(struct job *j, const int64_t *chosen, size_t n)
{
	j->chosen = chosen;
	j->n_chosen = n;
	j->batch = n / BATCHES / (j->width ? j->width : 1);
	j->batch = j->batch < 1 ? 1 : j->batch > BATCH ? BATCH : j->batch;
	parallel_run((n + j->batch - 1) / j->batch, run_batch, j);
}

/* --- passes --- */
static int id_cmp(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

/* Were all of the answers guessed right?  The guess took every absence for one
 * while the capture had all others. */
static bool epoch_right(const struct job *j, const struct epoch *e)
{
	for (size_t h = 0; h < answers(j); h++) {
		unsigned guess = e->loss[h], is = j->loss[h];

		if ((guess ^ is) & (ANSWER_HEARD | ANSWER_HEARD_CONFIRMED))
			return false;
		if (j->gaps[h] && is / ANSWER_HEARD != is % ANSWER_HEARD)
			return false;
	}
	return true;
}

static void find_answers(struct job *j)
{
	struct evidence *e = &j->all;

	evidence_init(e, j->env.n_points, j->watch);
	for (unsigned k = 0; k < j->width; k++)
		evidence_add(e, &j->worker[k].say);
	evidence_drops(e, j->watch);
	j->loss = mem_zalloc(answers(j) + 1, 1);
	j->gaps = mem_zalloc(answers(j) + 1, 1);
	evidence_answer(e, j->loss, j->gaps);
	j->env.bins = e->bins;
}

/* Sweeps those again that followed from a wrong guess. */
static void second_pass(struct job *j)
{
	struct VEC(int64_t) again = { 0 };

	find_answers(j);
	for (unsigned k = 0; k < j->width; k++) {
		struct worker *w = &j->worker[k];

		for (size_t i = 0; i < w->epoch.n; i++) {
			struct epoch *e = &w->epoch.at[i];
			bool right = epoch_right(j, e);

			for (size_t q = 0; q < e->open.n && !right; q++)
				*VEC_PUSH(&again) = e->open.at[q];
		}
	}
	if (again.n)
		qsort(again.at, again.n, sizeof *again.at, id_cmp);
	run_all(j, again.at, again.n);
	VEC_FREE(&again);
}

static void merge_total(struct figures *total, const struct figures *from)
{
	for (size_t h = 0; h < from->n; h++) {
		const struct hop_figures *f = &from->hop[h];

		figures_merge(hopfig_of(total, f->from_pos, f->to_pos), f);
	}
}

static void put_total(struct job *j)
{
	struct figures total = { 0 };
	struct buf packed = { 0 };

	for (unsigned k = 0; k < j->width; k++) {
		const struct worker *w = &j->worker[k];

		merge_total(&total, &w->total);
		for (size_t i = 0; i < w->epoch.n; i++)
			if (epoch_right(j, &w->epoch.at[i]))
				merge_total(&total, &w->epoch.at[i].total);
	}
	hopfig_sort(&total);
	figures_pack(&total, &packed);
	store_stat_put(j->s, 0, &packed);
	buf_release(&packed);
	figures_release(&total);
}

static void job_open(struct job *j, struct store *s,
		     const struct fate_options *o)
{
	j->s = s;
	j->observer = o ? o->observer : NULL;
	j->halves = o ? o->halves : NULL;
	j->env.max_transit_ns = o && o->max_transit_ns ? o->max_transit_ns
						       : TRANSIT;
	job_points(j);
	sees_learn(s, j->watch, j->env.n_points, j->sees, j->apart);
	pthread_mutex_init(&j->lock, NULL);
	j->width = parallel_width();
	j->worker = mem_zalloc(j->width, sizeof *j->worker);
	for (unsigned k = 0; k < j->width; k++) {
		j->worker[k].match = match_writer_new();
		evidence_init(&j->worker[k].say, j->env.n_points, j->watch);
		j->worker[k].rows = shelf_rows_new();
		if (store_is_temporary(s))
			shelf_rows_plain(j->worker[k].rows);
	}
}

static void job_close_readers(struct job *j, struct err *err)
{
	for (unsigned k = 0; k < j->width; k++) {
		struct worker *w = &j->worker[k];

		store_close(w->s);
		w->s = NULL;
		if (w->err.code)
			err_set(err, w->err.code, "%s", w->err.text);
	}
}

static void job_close(struct job *j)
{
	for (unsigned k = 0; k < j->width; k++) {
		struct worker *w = &j->worker[k];

		match_writer_free(w->match);
		evidence_release(&w->say);
		figures_release(&w->total);
		shelf_rows_free(w->rows);
		buf_release(&w->figures);
		for (size_t i = 0; i < w->epoch.n; i++) {
			free(w->epoch.at[i].loss);
			VEC_FREE(&w->epoch.at[i].open);
			figures_release(&w->epoch.at[i].total);
		}
		VEC_FREE(&w->epoch);
	}
	free(j->worker);
	for (size_t p = 0; p < j->env.n_points; p++)
		watch_release(&j->watch[p]);
	for (size_t p = 0; p < j->env.n_points; p++)
		steady_release(&j->timing[p].steady);
	free(j->timing);
	file_rows_free(j->file, j->n_files);
	free(j->rank);
	free(j->watch);
	free(j->clock);
	free(j->sees);
	free(j->apart);
	clock_rows_free(j->clocks, j->n_clocks);
	free(j->loss);
	free(j->gaps);
	if (j->all.bins)
		evidence_release(&j->all);
	pthread_mutex_destroy(&j->lock);
}

int fate_run(struct store *s, const struct fate_options *o, struct err *err)
{
	struct job j = { 0 };
	int64_t n;

	/* Outside of a transaction SQLite locks the file at every read. */
	store_begin(s);
	job_open(&j, s, o);
	n = store_session_count(s);
	run_all(&j, NULL, n > 0 ? (size_t)n : 0);
	second_pass(&j);
	put_total(&j);
	job_close_readers(&j, err);
	store_commit(s, err);
	job_close(&j);
	return err->code ? -1 : 0;
}
