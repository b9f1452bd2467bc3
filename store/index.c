/* Indexing: the driver, and the one writer.
 *
 * What: index_files() hands the inputs to workers (index_file.c), one file
 * each, as many at a time as there are processors, and writes what they put to
 * the queue, on the calling thread, into the case.
 *
 * Steps: drop what a killed run left behind (drop_incomplete); give each input
 * its place, that of its operand on the command line, whatever worker takes it;
 * write items, committing about every COMMIT_BYTES (write_items); then, in one
 * last transaction, judge the whole (refuse_copies), make points in path order
 * (make_points) and set the files' rows complete.  On an error everything that
 * this call wrote is removed again.
 *
 * Invariants: a file's row stands, incomplete, before its first block does;
 * only the last commit makes it complete, so that a case cut off anywhere has
 * nothing partial that looks complete.
 *
 * Memory: each worker's window and flow table, and QUEUE_ITEMS items of at
 * most BLOCK_RECORDS records.
 */
#include "store/index.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parallel.h"
#include "store/index_int.h"
#include "store/store_int.h"

#define QUEUE_ITEMS 128
#define COMMIT_BYTES (64u << 20)
/* Committing a temporary case costs nothing, and a small page cache stays in
 * the processor's cache. */
#define COMMIT_BYTES_TEMPORARY (2u << 20)

struct job {
	struct store *s;
	const struct index_input *in;
	size_t n;
	const struct index_options *o;
	int64_t first_place; /* of input 0 */
	struct queue *q;
	atomic_bool stop;
	struct indexed *result;   /* by input */
	bool (*begun)[LANES_MAX]; /* by input and lane: its row exists */
	uint64_t uncommitted;
};

static int64_t file_id(const struct job *j, size_t input, unsigned lane)
{
	return (j->first_place + (int64_t)input) << 8 | lane;
}

static void notice(const struct job *j, const char *text)
{
	if (j->o->notice)
		j->o->notice(j->o->notice_ctx, text);
}

/* ---- before ---- */

static void drop_incomplete(struct job *j)
{
	size_t n;
	struct file_row *f = store_files(j->s, &n);

	for (size_t i = 0; i < n; i++) {
		char *text;

		if (!f[i].complete) {
			text = mem_printf("%s: was left incomplete by an "
					  "earlier run and is dropped; index "
					  "it again",
					  f[i].path);
			notice(j, text);
			free(text);
			store_file_drop(j->s, f[i].id);
		} else if (f[i].id >> 8 >= j->first_place) {
			j->first_place = (f[i].id >> 8) + 1;
		}
	}
	file_rows_free(f, n);
}

/* ---- the writer ---- */

/* Inserts the file's row, incomplete. */
static void begin_file(struct job *j, size_t input, unsigned lane)
{
	struct file_row row = { .id = file_id(j, input, lane),
				.path = j->in[input].path };
	char none[] = "";

	if (j->begun[input][lane])
		return;
	row.digest = none;
	j->begun[input][lane] = true;
	store_file_put(j->s, &row);
}

static void write_item(struct job *j, struct item *item)
{
	int64_t file = file_id(j, item->input, item->lane);

	begin_file(j, item->input, item->lane);
	switch (item->kind) {
	case ITEM_BLOCK:
		item->row.file = file;
		if (item->kept)
			store_block_keep(j->s, &item->row, &item->data);
		else
			store_block_put(j->s, &item->row, &item->data);
		break;
	case ITEM_PARTS:
		if (item->kept)
			store_part_shelf_keep(j->s, file, item->first_part,
					      &item->data);
		else
			store_part_shelf_put(j->s, file, item->first_part,
					     &item->data);
		break;
	case ITEM_MESSAGES:
		item->messages.file = file;
		store_messages_put(j->s, &item->messages, &item->data);
		break;
	}
	j->uncommitted += item->data.n;
}

/* Takes items until the workers are done; after an error only frees them. */
static int write_items(struct job *j, struct err *err)
{
	struct item *item;
	uint64_t most = store_is_temporary(j->s) ? COMMIT_BYTES_TEMPORARY
						 : COMMIT_BYTES;
	int ret = 0;

	while ((item = queue_get(j->q))) {
		if (!ret)
			write_item(j, item);
		item_free(item);
		if (!ret && store_failed(j->s)) {
			ret = store_commit(j->s, err);
			atomic_store(&j->stop, true);
		} else if (!ret && j->uncommitted > most) {
			ret = store_commit(j->s, err);
			store_begin(j->s);
			j->uncommitted = 0;
		}
	}
	return ret;
}

/* ---- the workers ---- */

static void work(void *ctx, unsigned worker, size_t i)
{
	struct job *j = ctx;

	(void)worker;
	if (atomic_load(&j->stop))
		return;
	index_file(&j->in[i], i, j->o, gate_kept(j->s->gate), j->q, &j->stop,
		   &j->result[i]);
	if (j->result[i].err.code)
		atomic_store(&j->stop, true);
}

static void *work_all(void *ctx)
{
	struct job *j = ctx;

	parallel_run(j->n, work, j);
	queue_close(j->q);
	return NULL;
}

static int run(struct job *j, struct err *err)
{
	pthread_t thread;
	int ret;

	if (pthread_create(&thread, NULL, work_all, j))
		return err_set(err, ERR_CASE,
			       "no thread can be started: the system's limit "
			       "is reached");
	ret = write_items(j, err);
	pthread_join(thread, NULL);
	for (size_t i = 0; !ret && i < j->n; i++)
		if (j->result[i].err.code)
			ret = err_set(err, j->result[i].err.code, "%s",
				      j->result[i].err.text);
	return ret;
}

/* ---- after ---- */

int index_refuse_copy(const struct file_row *a, const char *point_a,
		      const struct file_row *b, const char *point_b,
		      struct err *err)
{
	if (!strcmp(point_a, point_b))
		return err_set(err, ERR_INPUT,
			       "%s: is the same capture as %s, which point %s "
			       "has already; leave it out",
			       b->path, a->path, point_a);
	return err_set(err, ERR_INPUT,
		       "%s: is the same capture as %s: one capture cannot be "
		       "from both point %s and point %s; give each point its "
		       "own",
		       b->path, a->path, point_a, point_b);
}

/* A file that holds no packet is but its header, which any two captures may
 * share. */
bool index_same_capture(const struct file_row *a, const struct file_row *b)
{
	return a->packets && !strcmp(a->digest, b->digest) &&
	       (!a->iface || !b->iface || !strcmp(a->iface, b->iface));
}

struct named {
	const struct file_row *row;
	const char *point;
};

/* A file's names made up for being given twice would say nothing.  @old: the case
 * has @a already. */
static int refuse(const struct named *a, const struct named *b, bool old,
		  struct err *err)
{
	bool same = !strcmp(a->row->path, b->row->path);

	if (same && !old)
		return err_set(err, ERR_INPUT,
			       "%s: is given twice; leave one out",
			       b->row->path);
	return index_refuse_copy(a->row, a->point, b->row,
				 same ? a->point : b->point, err);
}

static const char *point_name(const struct point_row *p, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].id == id)
			return p[i].name;
	return "";
}

/* The point names of all lanes, by input. */
static char **lane_names(const struct job *j, char *const *names)
{
	struct VEC(char *) v = { 0 };

	for (size_t i = 0; i < j->n; i++)
		for (size_t k = 0; k < j->result[i].lanes.n; k++)
			*VEC_PUSH(
				&v) = j->result[i].lanes.n == 1
					      ? mem_strdup(names[i])
					      : mem_printf("%s#%s", names[i],
							   j->result[i]
								   .lanes.at[k]
								   .label);
	*VEC_PUSH(&v) = NULL;
	return v.at;
}

static void names_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static int refuse_copies(const struct job *j, char *const *lane_name,
			 const struct point_row *points, size_t n_points,
			 struct err *err)
{
	struct VEC(struct named) seen = { 0 };
	size_t n_old, n_new = 0, total;
	struct file_row *old = store_files(j->s, &n_old);
	int ret = 0;

	for (size_t i = 0; i < n_old; i++)
		if (old[i].complete)
			*VEC_PUSH(&seen) = (struct named){
				&old[i],
				point_name(points, n_points, old[i].point)
			};
	total = seen.n;
	for (size_t i = 0; i < j->n; i++)
		for (size_t k = 0; k < j->result[i].lanes.n; k++)
			*VEC_PUSH(&seen) =
				(struct named){ &j->result[i].lanes.at[k].row,
						lane_name[n_new++] };
	for (size_t b = total; !ret && b < seen.n; b++)
		for (size_t a = 0; !ret && a < b; a++)
			if (index_same_capture(seen.at[a].row, seen.at[b].row))
				ret = refuse(&seen.at[a], &seen.at[b],
					     a < total, err);
	VEC_FREE(&seen);
	file_rows_free(old, n_old);
	return ret;
}

/* @clock_of: the point whose clock it shares; NULL: its own. */
static int64_t point_of(struct store *s, char *name, const char *clock_of)
{
	size_t n;
	struct point_row *p = store_points(s, &n);
	struct point_row new = { .name = name, .pos = 1 };
	int64_t id = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i].pos >= new.pos)
			new.pos = p[i].pos + 1;
		if (!strcmp(p[i].name, name))
			id = p[i].id;
	}
	if (!id && clock_of)
		new.clock = mem_printf("same:%s", clock_of);
	if (!id)
		id = store_point_put(s, &new);
	free(new.clock);
	point_rows_free(p, n);
	return id;
}

static void notice_interfaces(const struct job *j, size_t input,
			      char *const *lane_name)
{
	const struct indexed *x = &j->result[input];
	char *list = mem_strdup(lane_name[0]), *text;

	for (size_t k = 1; k < x->lanes.n; k++) {
		char *longer = mem_printf("%s, %s", list, lane_name[k]);

		free(list);
		list = longer;
	}
	if (x->sides)
		text = mem_printf("%s: shows both sides of a router, which "
				  "become points of their own: %s (--one-point "
				  "takes the first sight of each packet)",
				  j->in[input].path, list);
	else
		text = mem_printf("%s: has packets of %zu interfaces, which "
				  "become points of their own: %s (--one-point "
				  "keeps them together)",
				  j->in[input].path, x->lanes.n, list);
	notice(j, text);
	free(text);
	free(list);
}

static void make_points(struct job *j, char **lane_name)
{
	for (size_t i = 0; i < j->n; i++) {
		struct indexed *x = &j->result[i];

		for (size_t k = 0; k < x->lanes.n; k++) {
			struct indexed_lane *l = &x->lanes.at[k];

			l->row.id = file_id(j, i, l->place);
			l->row.point = point_of(j->s, lane_name[k],
						x->sides && k ? lane_name[0]
							      : NULL);
			l->row.complete = true;
			store_file_put(j->s, &l->row);
		}
		if (x->lanes.n > 1)
			notice_interfaces(j, i, lane_name);
		lane_name += x->lanes.n;
	}
}

static void write_quality(struct job *j)
{
	for (size_t i = 0; i < j->n; i++) {
		const struct indexed *x = &j->result[i];

		for (size_t k = 0; k < x->quality.n; k++) {
			struct quality_row q = x->quality.at[k];
			const struct indexed_lane *l =
				&x->lanes.at[(size_t)q.file];

			q.file = file_id(j, i, l->place);
			store_quality_put(j->s, &q);
		}
	}
}

static int finish(struct job *j, struct err *err)
{
	size_t n_points, n_lanes = 0;
	struct point_row *points = store_points(j->s, &n_points);
	char **names = input_names(j->in, j->n, points, n_points);
	char **lane_name = lane_names(j, names);
	int ret = refuse_copies(j, lane_name, points, n_points, err);

	if (!ret) {
		make_points(j, lane_name);
		write_quality(j);
	}
	while (lane_name[n_lanes])
		n_lanes++;
	names_free(lane_name, n_lanes);
	names_free(names, j->n);
	point_rows_free(points, n_points);
	return ret;
}

/* Removes what this call wrote. */
static void undo(struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		for (unsigned k = 0; k < LANES_MAX; k++)
			if (j->begun[i][k])
				store_file_drop(j->s, file_id(j, i, k));
}

int index_files(struct store *s, const struct index_input *in, size_t n,
		const struct index_options *o, struct err *err)
{
	struct job j = { .s = s, .in = in, .n = n, .o = o, .first_place = 1 };
	int ret;

	j.q = queue_new(QUEUE_ITEMS);
	j.result = mem_zalloc(n + 1, sizeof *j.result);
	j.begun = mem_zalloc(n + 1, sizeof *j.begun);
	if (store_is_temporary(s)) /* never merged: blocks are read only here */
		gate_keep(s->gate);
	store_begin(s);
	drop_incomplete(&j);
	ret = store_file_room(s, j.first_place + (int64_t)n - 1, err);
	if (!ret)
		ret = run(&j, err);
	if (!ret)
		ret = finish(&j, err);
	if (ret)
		undo(&j);
	if (store_commit(s, err))
		ret = -1;
	for (size_t i = 0; i < n; i++)
		indexed_release(&j.result[i]);
	free(j.result);
	free(j.begun);
	queue_free(j.q);
	mem_free_passed();
	return ret;
}
