/* Chooses the sessions that the rules see, and loads them.
 *
 * Steps: the figures of all sessions are walked in order; they tell which are
 * of interest (interest_of) and, within the budgets, whether their fates are
 * swept for frames, fully or in brief; beyond the budgets only their losses are
 * used. The chosen sessions are loaded and then passed to the rules, one after
 * another, in order.
 *
 * That goes on BATCH sessions at a time: while one batch is shown, the next is
 * loaded and the one after that chosen, on all cores, each with a connection of
 * its own.  Choosing depends on figures alone and showing is one task, so the
 * findings do not depend on the number of cores.
 *
 * Memory: the facts of two batches, which end early where sessions are long.
 */
#include "report/derive/show.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/parallel.h"
#include "report/derive/interest.h"

/* Transmissions swept for frames, over all sessions; beyond that only sessions
 * with particular trouble (nothing answered, resets, SYNs lost) are still
 * swept.  Of sessions that figures tell of, SWEEP_SESSIONS are. */
#define SWEEP_ENTRIES 150000
#define SWEEP_SESSIONS 2000
#define SWEEP_SPECIAL 4000000
/* The same for the others, swept in brief. */
#define BRIEF_ENTRIES 100000000
#define BRIEF_FACTS 3000 /* kept of each, at most approximately */
/* The most ordinary sessions that an outer point lacks; all may be, by
 * design. */
#define PARTIAL_MOST 20000
/* Ordinary sessions swept for what a capture missed of them: for capture.gap to
 * show some, without taking the room of lossy ones. */
#define GAPS_MOST 32

#define BATCH 1024
#define BATCH_ENTRIES 200000
/* Neighbours that go to one core: chosen sessions share blocks, although they may
 * be a hundred apart. */
#define SHARE 64

/* COUNT: losses are added up, and only figures are loaded; PARTIAL: a view for
 * the rules on what an outer point lacks. */
enum load { COUNT, PARTIAL, VIEW, BRIEF, FACTS };

struct chosen {
	int64_t id;
	enum load load;
	bool loaded;
	struct session_view view;
	struct session_facts facts; /* of BRIEF and FACTS */
};

struct batch {
	struct VEC(struct chosen) of;
	uint64_t entries;
};

struct loader {             /* of a core */
	struct model model; /* with a store of its own */
	struct err err;
};

struct walk { /* over the figures of all sessions */
	struct store *s;
	struct stat_cursor *figures;
	struct stat_item next; /* not yet examined, if held */
	bool held;
	int64_t id; /* the last session examined */
	uint64_t swept, brief, swept_sessions, partial, gaps;
	size_t relay;       /* next of the model's relays */
	struct figures fig; /* empty: its memory serves for all */
};

struct show {
	const struct model *model;
	show_fn *fn;
	void *ctx;
	struct walk walk;
	struct batch batch[3];
	struct batch *chosen, *loaded, *shown; /* the batch in each stage */
	struct loader *loader;
	unsigned width;
};

/* --- loading --- */
static void load(const struct model *m, struct chosen *c)
{
	if (c->load == COUNT) {
		c->loaded = session_view_load_counts(&c->view, m, c->id);
		return;
	}
	c->loaded = session_view_load(&c->view, m, c->id);
	if (c->loaded && c->load == FACTS)
		session_facts_load(&c->facts, m, &c->view);
	else if (c->loaded && c->load == BRIEF)
		session_facts_load_brief(&c->facts, m, &c->view);
}

static void load_share(struct show *w, unsigned worker, size_t i)
{
	struct loader *l = &w->loader[worker];
	struct batch *b = w->loaded;
	size_t from = i * SHARE;
	size_t to = b->of.n - from < SHARE ? b->of.n : from + SHARE;

	if (l->err.code)
		return;
	if (!l->model.store) {
		l->model = *w->model;
		l->model.store = store_reader(w->model->store, &l->err);
	}
	for (size_t k = from; l->model.store && k < to; k++)
		load(&l->model, &b->of.at[k]);
}

/* --- showing --- */
static void batch_show(struct show *w)
{
	struct batch *b = w->shown;

	for (size_t k = 0; k < b->of.n; k++) {
		struct chosen *c = &b->of.at[k];

		if (!c->loaded)
			continue;
		w->fn(w->ctx, &c->view, c->load >= BRIEF ? &c->facts : NULL,
		      c->load == COUNT     ? SHOWN_LOSS
		      : c->load == PARTIAL ? SHOWN_MISSING
					   : SHOWN_ALL);
		if (c->load >= BRIEF)
			session_facts_release(&c->facts);
		session_view_release(&c->view);
	}
	b->of.n = 0;
	b->entries = 0;
}

/* --- choosing --- */
/* Fully while within the budget, else in brief. */
static enum load load_of(struct walk *k, enum interest interest,
			 uint64_t entries)
{
	uint64_t budget = interest == SPECIAL ? SWEEP_SPECIAL : SWEEP_ENTRIES;

	if (interest == PART)
		return PARTIAL;
	if (interest < SWEEP)
		return VIEW;
	if (interest == SWEEP && k->swept_sessions >= SWEEP_SESSIONS)
		return COUNT;
	if (k->swept + entries <= budget) {
		k->swept += entries;
		return FACTS;
	}
	if (k->brief + entries <= BRIEF_ENTRIES) {
		k->brief += entries;
		return BRIEF;
	}
	return interest > SWEEP ? VIEW : COUNT;
}

static void choose(struct show *w, int64_t id, enum interest interest,
		   uint64_t entries, bool lossy, bool relayed)
{
	enum load load = load_of(&w->walk, interest, entries);
	struct chosen *c;

	if (load == COUNT && relayed) /* which is told of all */
		load = VIEW;

	w->walk.swept_sessions += interest == SWEEP && load >= BRIEF;
	if (load == FACTS)
		w->chosen->entries += entries;
	else if (load == BRIEF)
		w->chosen->entries += entries < BRIEF_FACTS ? entries
							    : BRIEF_FACTS;
	if (load == COUNT && !lossy)
		return;
	c = VEC_PUSH(&w->chosen->of);
	*c = (struct chosen){ .id = id, .load = load };
}

/* Sessions are checked in order, and relays are sorted. */
static bool is_relayed(struct show *w, int64_t session)
{
	const struct model *m = w->model;
	size_t *at = &w->walk.relay;

	while (*at < m->n_relays && m->relays[*at].front < session)
		++*at;
	for (size_t i = *at; i < m->n_relays; i++) {
		if (m->relays[i].front != session)
			break;
		if (m->relays[i].back == session)
			return true;
	}
	return false;
}

static void choose_by_figures(struct show *w, const struct stat_item *x)
{
	struct figures *f = &w->walk.fig;
	struct cursor c = cursor_of(x->data, x->n);
	enum interest interest = LOOK;
	uint64_t entries = 0;
	bool lossy = false, unseen = false;
	bool relayed = is_relayed(w, x->session);

	if (figures_unpack_counts(f, &c) == 0) {
		interest = interest_of(f, w->model->n_points, &entries);
		lossy = figures_lose(f);
		unseen = figures_unseen(f);
	}
	if (interest == PART && ++w->walk.partial > PARTIAL_MOST)
		interest = ORDINARY;
	figures_clear(f);
	if (interest < SWEEP &&
	    (relayed || (unseen && w->walk.gaps++ < GAPS_MOST)))
		interest = SWEEP;
	if (interest != ORDINARY)
		choose(w, x->session, interest, entries, lossy, relayed);
}

static bool batch_full(const struct batch *b)
{
	return b->of.n >= BATCH || b->entries > BATCH_ENTRIES;
}

/* Continues until the batch is full.  Sessions of a single point have no
 * figures. */
static void batch_choose(struct show *w)
{
	struct walk *k = &w->walk;
	int64_t n = w->model->n_sessions;

	while (k->id < n && !batch_full(w->chosen)) {
		if (!k->held)
			k->held = stat_cursor_next(k->figures, &k->next);
		if (k->held && k->next.session <= k->id + 1) {
			k->id++;
			k->held = false;
			choose_by_figures(w, &k->next);
		} else {
			choose(w, ++k->id, LOOK, 0, false, false);
		}
	}
}

/* --- all at once --- */
static void task(void *ctx, unsigned worker, size_t i)
{
	struct show *w = ctx;

	if (i == 0)
		batch_show(w);
	else if (i == 1)
		batch_choose(w);
	else
		load_share(w, worker, i - 2);
}

static void run(struct show *w)
{
	w->chosen = &w->batch[0];
	w->loaded = &w->batch[1];
	w->shown = &w->batch[2];
	batch_choose(w);
	while (w->chosen->of.n || w->loaded->of.n) {
		struct batch *empty = w->shown;

		w->shown = w->loaded;
		w->loaded = w->chosen;
		w->chosen = empty;
		parallel_run(2 + (w->loaded->of.n + SHARE - 1) / SHARE, task,
			     w);
	}
}

static void close_reader(const struct show *w, struct store *s, struct err *err)
{
	if (s && store_failed(s))
		err_set(err, ERR_CASE,
			"%s: sessions cannot be read back; run "
			"'tracepair pair' on it again",
			store_path(w->model->store));
	store_close(s);
}

int show_sessions(const struct model *m, show_fn *fn, void *ctx,
		  struct err *err)
{
	struct show w = { .model = m, .fn = fn, .ctx = ctx };

	w.width = parallel_width();
	w.loader = mem_zalloc(w.width, sizeof *w.loader);
	w.walk.s = store_reader(m->store, err);
	if (w.walk.s) {
		w.walk.figures = store_stats(w.walk.s);
		run(&w);
		stat_cursor_free(w.walk.figures);
		figures_release(&w.walk.fig);
	}
	close_reader(&w, w.walk.s, err);
	for (unsigned k = 0; k < w.width; k++) {
		struct loader *l = &w.loader[k];

		close_reader(&w, l->model.store, &l->err);
		if (l->err.code)
			err_set(err, l->err.code, "%s", l->err.text);
	}
	free(w.loader);
	for (size_t k = 0; k < 3; k++)
		VEC_FREE(&w.batch[k].of);
	return err->code ? -1 : 0;
}
