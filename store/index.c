/* Indexing: the driver, and the one writer.
 *
 * What: index_files() hands the inputs to workers (index_file.c), one file
 * each, as many at a time as there are processors, and writes what they put to
 * the queue, on the calling thread, into the case.
 *
 * Steps: drop what a killed run left behind (drop_incomplete); give each input
 * its place, that of its operand on the command line, whatever worker takes it;
 * write items, committing about every COMMIT_BYTES (write_items); then, in one
 * last transaction, make points and set the files' rows complete
 * (store/index_points.c).  On an error everything that this call wrote is removed
 * again.
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

int64_t index_file_id(const struct index_job *j, size_t input, unsigned lane)
{
	return (j->first_place + (int64_t)input) << 8 | lane;
}

void index_notice(const struct index_job *j, const char *text)
{
	if (j->o->notice)
		j->o->notice(j->o->notice_ctx, text);
}

/* ---- before ---- */

static void drop_incomplete(struct index_job *j)
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
			index_notice(j, text);
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
static void begin_file(struct index_job *j, size_t input, unsigned lane)
{
	struct file_row row = { .id = index_file_id(j, input, lane),
				.path = j->in[input].path };
	char none[] = "";

	if (j->begun[input][lane])
		return;
	row.digest = none;
	j->begun[input][lane] = true;
	store_file_put(j->s, &row);
}

static void write_item(struct index_job *j, struct item *item)
{
	int64_t file = index_file_id(j, item->input, item->lane);

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
static int write_items(struct index_job *j, struct err *err)
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
	struct index_job *j = ctx;

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
	struct index_job *j = ctx;

	parallel_run(j->n, work, j);
	queue_close(j->q);
	return NULL;
}

static int run(struct index_job *j, struct err *err)
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

/* Removes what this call wrote. */
static void undo(struct index_job *j)
{
	for (size_t i = 0; i < j->n; i++)
		for (unsigned k = 0; k < LANES_MAX; k++)
			if (j->begun[i][k])
				store_file_drop(j->s, index_file_id(j, i, k));
}

int index_files(struct store *s, const struct index_input *in, size_t n,
		const struct index_options *o, struct err *err)
{
	struct index_job j = {
		.s = s, .in = in, .n = n, .o = o, .first_place = 1
	};
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
		ret = index_finish(&j, err);
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
