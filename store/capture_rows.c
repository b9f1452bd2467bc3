/* Rows of points, files and what was wrong with files.
 *
 * A few dozen rows of each: tables are read whole.  What indexing wrote for a
 * file is found by ranges of ids (store/schema.c), so that dropping a file
 * needs no index.
 *
 * Hostile bytes: file numbers are from 1 to FILE_MOST, so that ids made from
 * them fit; a row with another is refused.
 */
#include "store/store_int.h"

#include "store/block_cache.h"

#include <stdio.h>
#include <stdlib.h>

/* --- point --- */

static void point_update(struct store *s, const struct point_row *p)
{
	struct query q = query_put(
		s, SLOT_POINT_SET,
		"INSERT INTO point VALUES(?1,?2,?3,?4,?5) ON CONFLICT(id) DO"
		" UPDATE SET pos=?2, name=?3, on_host=?4, clock=?5");

	query_int(&q, p->id);
	query_int(&q, p->pos);
	query_text(&q, p->name);
	query_int(&q, p->on_host);
	query_text(&q, p->clock);
	query_run(&q);
}

int64_t store_point_put(struct store *s, const struct point_row *p)
{
	struct point_row new = *p;

	if (!p->id) {
		struct query q = query_put(
			s, SLOT_POINT_NEW,
			"SELECT coalesce(max(id),0)+1 FROM point");

		if (query_next(&q))
			new.id = query_col(&q);
		query_end(&q);
	}
	point_update(s, &new);
	return new.id;
}

struct point_row *store_points(struct store *s, size_t *n)
{
	struct VEC(struct point_row) v = { 0 };
	struct query q = query_get(s, SLOT_POINTS,
				   "SELECT id,pos,name,on_host,clock FROM"
				   " point ORDER BY pos, id");

	while (query_next(&q)) {
		struct point_row *p = VEC_PUSH(&v);

		p->id = query_col(&q);
		p->pos = (int)query_col(&q);
		p->name = query_col_words(&q);
		p->on_host = query_col(&q) != 0;
		p->clock = query_col_text(&q);
	}
	*n = v.n;
	return v.at;
}

void point_rows_free(struct point_row *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(p[i].name);
		free(p[i].clock);
	}
	free(p);
}

/* --- file --- */

bool store_file_number(struct store *s, int64_t file)
{
	if (file >= 1 && file <= FILE_MOST)
		return true;
	store_fail_damaged(s, "file", file);
	return false;
}

int store_file_room(const struct store *s, int64_t last, struct err *err)
{
	if (last <= FILE_MOST >> 8)
		return 0;
	return err_set(err, ERR_CASE,
		       "%s: has no numbers left for more captures; index into"
		       " a new case",
		       s->path);
}

void store_file_put(struct store *s, const struct file_row *f)
{
	struct query q = query_put(
		s, SLOT_FILE_PUT,
		"INSERT OR REPLACE INTO file"
		" VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");

	query_int(&q, f->id);
	query_int(&q, f->point);
	query_text(&q, f->path);
	query_text(&q, f->iface);
	query_text(&q, f->digest);
	query_u64(&q, f->size);
	query_u64(&q, f->packets);
	query_u64(&q, f->kept);
	query_u64(&q, f->bytes);
	query_u64(&q, f->not_ip);
	query_int(&q, f->first_ns);
	query_int(&q, f->last_ns);
	query_int(&q, f->snaplen);
	query_int(&q, f->linktype);
	query_int(&q, f->resolution_ns);
	if (f->dropped_known)
		query_u64(&q, f->dropped);
	else
		query_null(&q);
	query_int(&q, f->filtered);
	query_int(&q, f->complete);
	query_run(&q);
	block_cache_drop(s);
	part_shelves_forget(s);
}

static void file_read(struct query *q, struct file_row *f)
{
	f->point = query_col(q);
	f->path = query_col_words(q);
	f->iface = query_col_text(q);
	f->digest = query_col_words(q);
	f->size = query_col_u64(q);
	f->packets = query_col_u64(q);
	f->kept = query_col_u64(q);
	f->bytes = query_col_u64(q);
	f->not_ip = query_col_u64(q);
	f->first_ns = query_col(q);
	f->last_ns = query_col(q);
	f->snaplen = (uint32_t)query_col(q);
	f->linktype = (int)query_col(q);
	f->resolution_ns = query_col(q);
	f->dropped_known = !query_col_null(q);
	f->dropped = query_col_u64(q);
	f->filtered = query_col(q) != 0;
	f->complete = query_col(q) != 0;
}

struct file_row *store_files(struct store *s, size_t *n)
{
	struct VEC(struct file_row) v = { 0 };
	struct query q = query_get(s, SLOT_FILES,
				   "SELECT * FROM file ORDER BY id");

	while (query_next(&q)) {
		int64_t id = query_col(&q);
		struct file_row *f;

		if (!store_file_number(s, id))
			continue;
		f = VEC_PUSH(&v);
		f->id = id;
		file_read(&q, f);
	}
	*n = v.n;
	return v.at;
}

void file_rows_free(struct file_row *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(f[i].path);
		free(f[i].iface);
		free(f[i].digest);
	}
	free(f);
}

void store_file_drop(struct store *s, int64_t file)
{
	char sql[512];
	long long first = FILE_FIRST(file), last = FILE_LAST(file);

	if (s->err.code)
		return;
	snprintf(sql, sizeof sql,
		 "DELETE FROM part_shelf WHERE id BETWEEN %lld AND %lld;"
		 "DELETE FROM block WHERE id BETWEEN %lld AND %lld;"
		 "DELETE FROM message_block WHERE id BETWEEN %lld AND %lld;"
		 "DELETE FROM anchor WHERE part BETWEEN %lld AND %lld;"
		 "DELETE FROM quality WHERE file=%lld;"
		 "DELETE FROM file WHERE id=%lld",
		 first, last, first, last, first, last, first, last,
		 (long long)file, (long long)file);
	store_exec(s, sql);
	if (gate_kept(s->gate))
		kept_drop(gate_kept(s->gate), file);
	s->n_serial = 0;
	block_cache_drop(s);
	part_shelves_forget(s);
}

/* --- quality --- */

void store_quality_put(struct store *s, const struct quality_row *r)
{
	struct query q = query_put(s, SLOT_QUALITY_PUT,
				   "INSERT INTO quality"
				   " VALUES(NULL,?,?,?,?,?,?,?)");

	query_int(&q, r->file);
	query_text(&q, r->what);
	query_text(&q, r->text);
	query_u64(&q, r->count);
	query_u64(&q, r->first_frame);
	query_int(&q, r->from_ns);
	query_int(&q, r->to_ns);
	query_run(&q);
}

struct quality_row *store_qualities(struct store *s, size_t *n)
{
	struct VEC(struct quality_row) v = { 0 };
	struct query q = query_get(
		s, SLOT_QUALITIES,
		"SELECT file,what,text,count,first_frame,from_ns,"
		"to_ns FROM quality ORDER BY file, id");

	while (query_next(&q)) {
		struct quality_row *r = VEC_PUSH(&v);

		r->file = query_col(&q);
		r->what = query_col_words(&q);
		r->text = query_col_words(&q);
		r->count = query_col_u64(&q);
		r->first_frame = query_col_u64(&q);
		r->from_ns = query_col(&q);
		r->to_ns = query_col(&q);
	}
	*n = v.n;
	return v.at;
}

void quality_rows_free(struct quality_row *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(r[i].what);
		free(r[i].text);
	}
	free(r);
}
