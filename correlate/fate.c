/* Fates: the driver.
 *
 * What absence from a capture means (correlate/evidence.h) is known only once
 * every session has been swept.  Sweeping them all twice would take twice the
 * time, so each core guesses the answers from the evidence of its own sessions
 * so far, and guesses again each time that their number has doubled.  That
 * nothing else was absent at the time, and no capture deaf, is guessed as well,
 * as it is only known at the end.  The guesses that a session's fates depend on
 * are noted (correlate/guesses.h); at the end sessions with a wrong guess are
 * swept again and their rows replaced (fate_guess.c).  These are few; and the
 * result depends on the final answers alone, whatever was guessed.  So a session
 * whose losses the observer asks for is shown to it in the second pass, if they
 * were guessed in the first.
 *
 * Sessions are handed out to the cores up to BATCH at a time, long ones are
 * processed by several (correlate/fate_long.c); each core reads over a
 * connection of its own, and a batch's results go to the one writer under a
 * lock.  Rows may be written in any order; their contents do not depend on it.
 *
 * Memory: of each core, one session's links (correlate/hop.h) and a batch's
 * packed results; and what is noted of guesses.
 */
#include "correlate/fate.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "correlate/fate_int.h"
#include "correlate/sees.h"
#include "store/recs.h"

#define BATCH 1024             /* at most: neighbours share blocks, shelves */
#define BATCHES 32             /* at least, of each core */
#define ROWS 16                /* sessions opened at once */
#define FLOWS 2                /* of each, prefetched */
#define BATCH_BYTES (4u << 20) /* results held back before they are written */
#define TRANSIT 30000000000ll
#define SPARE_HOPS 8 /* of figures whose memory is kept */

/* --- one session --- */
static void keep_chunk(void *ctx, uint32_t number, const struct buf *data)
{
	struct worker *w = ctx;

	shelf_rows_add(w->rows, SHELF_MATCH, w->session, number, data);
}

void fate_count(struct figures *total, bool backwards, struct figures *fig)
{
	for (size_t k = 0; k < fig->n; k++) {
		struct hop_figures *f = &fig->hop[k];

		if (backwards) {
			struct hop_way t = f->way[0];

			f->way[0] = f->way[1];
			f->way[1] = t;
		}
		figures_merge(hopfig_of(total, f->from_pos, f->to_pos), f);
	}
}

/* @e: the guess it was swept with; NULL: the final answers. */
static void keep_session(struct worker *w, struct sweep_session *s,
			 struct epoch *e)
{
	bool backwards = s->row->client_end == 1, open;

	w->figures.n = 0;
	figures_pack(&s->fig, &w->figures);
	w->session = s->row->id;
	shelf_rows_add(w->rows, SHELF_STAT, w->session, 0, &w->figures);
	match_writer_take(w->match, keep_chunk, w);
	open = e && guesses_end(&e->guesses, w->session, backwards);
	fate_count(open ? &e->total : &w->total, backwards, &s->fig);
}

/* Is it observed in the second pass only?  Then it has to be in that. */
static bool is_late(struct job *j, struct worker *w,
		    const struct sweep_session *s, const struct flow_row *flow,
		    struct epoch *e)
{
	if (e && e->guesses.all.n == e->guesses.from)
		return false;
	if (!fate_observes_losses(j, w, s, flow))
		return false;
	return !e || guesses_refuse(&e->guesses);
}

/* For the next session's figures. */
static void keep_memory(struct worker *w, struct sweep_session *s)
{
	if (w->spare.hop || s->fig.n > SPARE_HOPS)
		return;
	figures_clear(&s->fig);
	w->spare = s->fig;
	s->fig = (struct figures){ 0 };
}

static void fate_session(struct job *j, struct worker *w,
			 const struct session_row *row)
{
	struct sweep_session s = { .row = row,
				   .room = w->room,
				   .out = w->match };
	struct flow_row *flow = mem_zalloc(row->n_flows + 1, sizeof *flow);
	struct epoch *e = j->loss ? NULL : fate_guess(j, w);
	bool ok, observed = false, late = false;

	s.loss = e ? e->loss : j->loss;
	if (e) {
		s.say = &w->say;
		s.guesses = &e->guesses;
	}
	ok = fate_session_open(j, w->s, &s, flow);
	if (ok && row->n_flows > 1) {
		if (fate_is_long(&s)) {
			ok = fate_sweep_long(j, w, &s, flow, &observed);
		} else {
			fate_session_times(&s);
			s.fig = w->spare;
			w->spare = (struct figures){ 0 };
			sweep_session(&j->env, &s);
		}
		late = is_late(j, w, &s, flow, e);
		if (ok)
			keep_session(w, &s, e);
		else if (e)
			guesses_drop(&e->guesses);
	}
	/* once: now, or when no loss is guessed any more */
	if (ok && !observed && late == !e)
		fate_observe(j, w, &s, &s.fig, flow);
	keep_memory(w, &s);
	fate_session_close(&s, flow);
	w->swept++;
}

/* --- batches --- */
static void flush(struct job *j, struct worker *w)
{
	if (!j->loss)
		shelf_rows_pack(w->rows);
	pthread_mutex_lock(&j->lock);
	if (j->loss) /* rows of a wrong guess are replaced */
		shelf_rows_replace(w->rows, j->s);
	else
		shelf_rows_put(w->rows, j->s);
	pthread_mutex_unlock(&j->lock);
}

void fate_unread(const struct job *j, struct worker *w)
{
	err_set(&w->err, ERR_CASE,
		"%s: sessions cannot be read back; run 'tracepair pair' on it "
		"again",
		store_path(j->s));
}

/* Sessions [@from, @to) of those chosen, ROWS at most.  Their flows are far apart
 * in memory, so all are fetched at once. */
static void run_rows(struct job *j, struct worker *w, size_t from, size_t to)
{
	struct session_row row[ROWS];
	int64_t flow[ROWS * FLOWS] = { 0 };
	size_t n = 0, n_flows = 0;

	for (size_t k = from; k < to; k++) {
		int64_t id = j->chosen ? j->chosen[k] : (int64_t)k + 1;

		if (store_session_peek(w->s, id, &row[n]))
			n++;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < row[i].n_flows && k < FLOWS; k++)
			flow[n_flows++] = row[i].flows[k].flow;
	recs_fetch(w->s, flow, n_flows);
	for (size_t i = 0; i < n; i++) {
		if (row[i].n_flows > 1 || j->observer)
			fate_session(j, w, &row[i]);
		session_row_release(&row[i]);
		if (shelf_rows_bytes(w->rows) > BATCH_BYTES)
			flush(j, w);
	}
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
	to = to < j->n_chosen ? to : j->n_chosen;
	for (size_t k = from; k < to; k += ROWS)
		run_rows(j, w, k, to - k < ROWS ? to : k + ROWS);
	flush(j, w);
	if (store_failed(w->s) || fate_long_failed(w))
		fate_unread(j, w);
}

static void run_all(struct job *j, const int64_t *chosen, size_t n)
{
	j->chosen = chosen;
	j->n_chosen = n;
	j->batch = n / BATCHES / (j->width ? j->width : 1);
	j->batch = j->batch < 1 ? 1 : j->batch > BATCH ? BATCH : j->batch;
	/* neighbours share blocks and shelves, which a worker keeps */
	parallel_run_apart((n + j->batch - 1) / j->batch, run_batch, j);
}

/* --- passes --- */

/* Sweeps sessions with a wrong guess again. */
static void second_pass(struct job *j)
{
	size_t n;
	int64_t *again = fate_guess_judge(j, &n);

	run_all(j, again, n);
	free(again);
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
			if (w->epoch.at[i].right)
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
		fate_long_close(w);
		if (w->err.code)
			err_set(err, w->err.code, "%s", w->err.text);
	}
}

static void job_close(struct job *j)
{
	for (unsigned k = 0; k < j->width; k++) {
		struct worker *w = &j->worker[k];

		match_writer_free(w->match);
		match_writer_free(w->long_match);
		evidence_release(&w->say);
		figures_release(&w->total);
		figures_release(&w->spare);
		shelf_rows_free(w->rows);
		buf_release(&w->figures);
		arena_release(&w->room[0]);
		arena_release(&w->room[1]);
		fate_guesses_release(w);
	}
	free(j->worker);
	job_points_close(j);
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

	/* Outside a transaction SQLite locks the file for every read. */
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
