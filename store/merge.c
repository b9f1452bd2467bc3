/* Merging cases: copying what indexing wrote, under new numbers.
 *
 * What: a file's rows hold its number only in ids (file << 32 | number), never
 * inside their blobs, since indexing is a pure function of one file.  So rows
 * are copied unchanged, with another file in their ids; no block is unpacked.
 *
 * Steps: refuse captures that exist already (by digest and interface, as
 * indexing does); give each point its name in the merged case; copy each
 * complete file's rows, committing about every COMMIT_BYTES; in the last commit
 * the files become complete, as when they were indexed.
 *
 * Invariants: ids of points and places of files follow the existing ones, in
 * the order of the cases: merging a and b gives the same numbers as indexing
 * a's files and then b's.
 *
 * Cost: one read and one write of each row; memory is a row.
 */
#include "store/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "store/block_cache.h"
#include "store/index_int.h"
#include "store/store_int.h"

#define COMMIT_BYTES (64u << 20)

/* The tables whose rows belong to a file.  The first column is an id that
 * contains the file's number, or the number itself. */
static const struct copied {
	const char *select, *insert;
	bool number; /* the first column is the file's number */
} copied[] = {
	{ "SELECT id,data FROM part_shelf WHERE id BETWEEN ?1 AND ?2",
	  "INSERT INTO part_shelf VALUES(?,?)", false },
	{ "SELECT id,part_min,part_max,dir,n,frame_min,frame_max,time_min,"
	  "time_max,seq_min,seq_max,data FROM block"
	  " WHERE id BETWEEN ?1 AND ?2",
	  "INSERT INTO block VALUES(?,?,?,?,?,?,?,?,?,?,?,?)", false },
	{ "SELECT id,part_min,part_max,n,protos,data FROM message_block"
	  " WHERE id BETWEEN ?1 AND ?2",
	  "INSERT INTO message_block VALUES(?,?,?,?,?,?)", false },
	{ "SELECT part,dir,off,hash FROM anchor WHERE part BETWEEN ?1 AND ?2",
	  "INSERT INTO anchor VALUES(?,?,?,?)", false },
	{ "SELECT file,what,text,count,first_frame,from_ns,to_ns FROM quality"
	  " WHERE file=?3 ORDER BY id",
	  "INSERT INTO quality(file,what,text,count,first_frame,from_ns,to_ns)"
	  " VALUES(?,?,?,?,?,?,?)",
	  true },
};

struct merge {
	struct store *into, *from;
	const struct merge_options *o;
	size_t n_points, n_files, n_old_points, n_old_files;
	struct point_row *points;     /* of @from; names as in @into */
	struct file_row *files;       /* of @from */
	struct point_row *old_points; /* of @into */
	struct file_row *old_files;
	int64_t first_place; /* of @from's files in @into */
	uint64_t bytes;      /* since the last commit */
};

static void notice(const struct merge *m, char *text)
{
	if (m->o->notice)
		m->o->notice(m->o->notice_ctx, text);
	free(text);
}

/* ---- points ---- */

static bool taken(const struct merge *m, const char *name, size_t self)
{
	for (size_t i = 0; i < m->n_old_points; i++)
		if (!strcmp(m->old_points[i].name, name))
			return true;
	for (size_t i = 0; i < m->n_points; i++)
		if (i != self && !strcmp(m->points[i].name, name))
			return true;
	return false;
}

/* "same:OLD" names a point of its own case. */
static void rename_clocks(struct merge *m, const char *old, const char *new)
{
	for (size_t i = 0; i < m->n_points; i++) {
		char *clock = m->points[i].clock;

		if (!clock || strncmp(clock, "same:", 5) != 0 ||
		    strcmp(clock + 5, old) != 0)
			continue;
		m->points[i].clock = mem_printf("same:%s", new);
		free(clock);
	}
}

/* The case's name, without folder and suffix, goes before the point's. */
static void rename_point(struct merge *m, size_t i)
{
	const char *path = store_path(m->from);
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');
	char *old = m->points[i].name;
	char *stem = mem_printf("%.*s-%s",
				dot && dot > base ? (int)(dot - base)
						  : (int)strlen(base),
				base, old);
	char *clean = text_clean(stem, strlen(stem));
	char *name = mem_strdup(clean);

	for (unsigned k = 2; taken(m, name, i); k++) {
		free(name);
		name = mem_printf("%s-%u", clean, k);
	}
	notice(m, mem_printf("%s: its point %s is called %s here, as the name "
			     "is another's (--join makes them one point)",
			     path, old, name));
	rename_clocks(m, old, name);
	m->points[i].name = name;
	free(old);
	free(stem);
	free(clean);
}

/* Gives @from's points their rows in @into, and the files their points. */
static void merge_points(struct merge *m)
{
	int pos = m->n_old_points ? m->old_points[m->n_old_points - 1].pos + 1
				  : 1;

	for (size_t i = 0; !m->o->join && i < m->n_points; i++)
		for (size_t k = 0; k < m->n_old_points; k++)
			if (!strcmp(m->points[i].name, m->old_points[k].name)) {
				rename_point(m, i);
				break;
			}
	for (size_t i = 0; i < m->n_points; i++) {
		struct point_row row = m->points[i];
		int64_t old = row.id;

		row.id = 0;
		for (size_t k = 0; k < m->n_old_points; k++)
			if (!strcmp(row.name, m->old_points[k].name))
				row.id = m->old_points[k].id;
		if (!row.id) {
			row.pos = pos++;
			row.id = store_point_put(m->into, &row);
		}
		for (size_t k = 0; k < m->n_files; k++)
			if (m->files[k].point == old)
				m->files[k].point = -row.id; /* new: below 0 */
	}
	for (size_t k = 0; k < m->n_files; k++)
		m->files[k].point = -m->files[k].point;
}

/* ---- files ---- */

static int64_t place_in_merged(const struct merge *m, const struct file_row *f)
{
	return m->first_place + (f->id >> 8);
}

static int refuse_many(const struct merge *m, struct err *err)
{
	for (size_t i = 0; i < m->n_files; i++)
		if (store_file_room(m->into, place_in_merged(m, &m->files[i]),
				    err))
			return -1;
	return 0;
}

static const char *name_of(const struct point_row *p, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].id == id)
			return p[i].name;
	return "";
}

/* To be called before any change: ids of points are still those of their own
 * case. */
static int refuse_known(const struct merge *m, struct err *err)
{
	for (size_t i = 0; i < m->n_files; i++)
		for (size_t k = 0; k < m->n_old_files; k++)
			if (m->files[i].complete && m->old_files[k].complete &&
			    index_same_capture(&m->old_files[k], &m->files[i]))
				return index_refuse_copy(
					&m->old_files[k],
					name_of(m->old_points, m->n_old_points,
						m->old_files[k].point),
					&m->files[i],
					name_of(m->points, m->n_points,
						m->files[i].point),
					err);
	return 0;
}

static void commit_some(struct merge *m, struct err *err)
{
	if (m->bytes < COMMIT_BYTES)
		return;
	m->bytes = 0;
	if (store_commit(m->into, err) == 0)
		store_begin(m->into);
}

/* Binds a row of @in, with @first in its first column, and inserts it. */
static void put_row(struct merge *m, sqlite3_stmt *in, sqlite3_stmt *out,
		    int64_t first)
{
	int n = sqlite3_column_count(in);

	sqlite3_bind_int64(out, 1, first);
	for (int i = 1; i < n; i++) {
		sqlite3_bind_value(out, i + 1, sqlite3_column_value(in, i));
		m->bytes += (uint64_t)sqlite3_column_bytes(in, i);
	}
	if (sqlite3_step(out) != SQLITE_DONE)
		store_fail(m->into, "write");
	sqlite3_reset(out);
}

static int copy_table(struct merge *m, const struct copied *t, int64_t old,
		      int64_t new, struct err *err)
{
	sqlite3_stmt *in = NULL, *out = NULL;
	int rc = SQLITE_DONE;

	if (sqlite3_prepare_v2(m->from->db, t->select, -1, &in, NULL))
		store_fail(m->from, "read");
	else if (sqlite3_prepare_v2(m->into->db, t->insert, -1, &out, NULL))
		store_fail(m->into, "write");
	if (in && out) {
		for (int i = 1; i <= sqlite3_bind_parameter_count(in); i++)
			sqlite3_bind_int64(in, i,
					   i == 3   ? old
					   : i == 2 ? FILE_LAST(old)
						    : FILE_FIRST(old));
		while (!m->into->err.code && !err->code &&
		       (rc = sqlite3_step(in)) == SQLITE_ROW) {
			int64_t id = sqlite3_column_int64(in, 0);

			put_row(m, in, out,
				t->number ? new
					  : FILE_FIRST(new) | (uint32_t)id);
			commit_some(m, err);
		}
		if (rc != SQLITE_ROW && rc != SQLITE_DONE)
			store_fail(m->from, "read");
	}
	sqlite3_finalize(in);
	sqlite3_finalize(out);
	return m->into->err.code || m->from->err.code || err->code ? -1 : 0;
}

static int copy_file(struct merge *m, struct file_row *f, struct err *err)
{
	int64_t old = f->id;

	f->id = place_in_merged(m, f) << 8 | (old & 0xff);
	f->complete = false;
	store_file_put(m->into, f);
	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
		if (copy_table(m, &copied[i], old, f->id, err))
			return -1;
	f->complete = true;
	return 0;
}

static int copy_files(struct merge *m, struct err *err)
{
	for (size_t i = 0; i < m->n_files; i++) {
		struct file_row *f = &m->files[i];

		if (!f->complete)
			notice(m, mem_printf("%s: %s is incomplete in it and "
					     "is left out; index it again",
					     store_path(m->from), f->path));
		else if (copy_file(m, f, err))
			return -1;
	}
	for (size_t i = 0; i < m->n_files; i++)
		if (m->files[i].complete)
			store_file_put(m->into, &m->files[i]);
	return 0;
}

/* ---- all of it ---- */

static void load(struct merge *m)
{
	m->points = store_points(m->from, &m->n_points);
	m->files = store_files(m->from, &m->n_files);
	m->old_points = store_points(m->into, &m->n_old_points);
	m->old_files = store_files(m->into, &m->n_old_files);
	for (size_t i = 0; i < m->n_old_files; i++)
		if (m->old_files[i].id >> 8 > m->first_place)
			m->first_place = m->old_files[i].id >> 8;
}

static void release(struct merge *m)
{
	point_rows_free(m->points, m->n_points);
	point_rows_free(m->old_points, m->n_old_points);
	file_rows_free(m->files, m->n_files);
	file_rows_free(m->old_files, m->n_old_files);
}

int store_merge(struct store *into, struct store *from,
		const struct merge_options *o, struct err *err)
{
	struct merge m = { .into = into, .from = from, .o = o };
	int ret;

	load(&m);
	ret = store_failed(from) || store_failed(into) ||
			      refuse_known(&m, err) || refuse_many(&m, err)
		      ? -1
		      : 0;
	store_begin(into);
	if (!ret) {
		merge_points(&m);
		ret = copy_files(&m, err);
	}
	if (store_commit(into, err))
		ret = -1;
	if (from->err.code)
		ret = store_commit(from, err);
	release(&m);
	return ret;
}
