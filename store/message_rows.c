/* Blocks of messages in the case, and the cursor over their messages.
 *
 * What: a window of messages (store/message_window.c) becomes blocks whose
 * parts ascend from block to block, so that a given part is in at most a few
 * blocks of one window.  The rows of a file are read once, without their bytes
 * (of a temporary case, MESSAGES_KEPT are in memory: store/shelf_keep.c);
 * a part is found by binary search in each window that may have it, which few
 * windows do for a short flow.  Opened blocks stay in a small cache, as
 * neighbouring parts share them.
 *
 * Memory: some 40 bytes a block of a file, CACHE blocks, one run of messages.
 */
#include "store/store_int.h"
#include "store/zip.h"

#include <stdlib.h>
#include <string.h>

#include "base/search.h"
#include "store/message_pack.h"

#define CACHE 64 /* blocks */
/* Of a temporary case in memory; those of two captures of 100,000 sessions are
 * half of it.  Beyond that memory is better spent on flows and sessions. */
#define MESSAGES_KEPT ((size_t)16 << 20)

struct block_place {
	int64_t id;
	uint32_t part_min, part_max;
	uint32_t protos; /* bits */
	uint32_t cached; /* where it was in the cache */
	int64_t kept;    /* its number in memory; -1: none */
};

struct places_window {
	size_t first;                /* place where it begins */
	uint32_t part_min, part_max; /* of all of its blocks */
};

struct file_places {
	int64_t file;
	struct VEC(struct block_place) place;
	struct VEC(struct places_window) window;
	/* indexes of the windows that may have each of parts from..to, which
	 * were found last; from > to: none were */
	struct VEC(size_t) hit;
	uint32_t from, to;
};

struct cached {
	int64_t id;    /* 0: free */
	uint64_t used; /* when */
	struct buf bytes;
	struct message_block block;
};

struct messages {
	struct store *s;
	struct VEC(struct file_places *) files; /* read so far; owned */
	struct file_places *of;                 /* the one being walked */
	/* what is walked: places [at, ends), of one part or of all */
	size_t window; /* the next one; of one part: of the file's hits */
	size_t at, end;
	bool one_part;
	uint32_t part, protos;
	/* within the block */
	struct cached *in;
	uint64_t now;
	size_t run;                     /* next */
	const struct message_run *have; /* the one in @out */
	struct message *out;
	size_t n_out, at_out;
	struct cached cache[CACHE];
};

/* The store's own cursor knows where blocks are: there are more of them. */
static void said_drop(struct store *s)
{
	messages_close(s->said);
	s->said = NULL;
}

/* Return: the number of the block in memory; -1: it goes to the database. */
static int64_t block_keep(struct store *s, struct buf *data)
{
	struct shelf_keep *keep = gate_shelves(s->gate);
	size_t n = data->n;
	int64_t number;

	if (!keep || n > MESSAGES_KEPT - s->message_bytes)
		return -1;
	number = shelf_keep_put(keep, data);
	if (number >= 0)
		s->message_bytes += n;
	return number;
}

void store_messages_put(struct store *s, const struct message_block_row *b,
			struct buf *data)
{
	struct query q = query_put(s, SLOT_MESSAGE_PUT,
				   "INSERT INTO message_block"
				   " VALUES(?,?,?,?,?,?)");
	int64_t kept = block_keep(s, data);
	struct buf zipped = { 0 };

	said_drop(s);
	query_int(&q, store_message_id(s, b->file));
	query_int(&q, b->part_min);
	query_int(&q, b->part_max);
	query_int(&q, b->n);
	query_int(&q, b->protos);
	if (kept >= 0) {
		query_int(&q, kept);
	} else {
		zip_pack(store_zip(s), data->at, data->n, &zipped);
		query_blob(&q, zipped.at, zipped.n);
	}
	query_run(&q);
	buf_release(&zipped);
}

struct messages *messages_open(struct store *s)
{
	struct messages *m = mem_zalloc(1, sizeof *m);

	m->s = s;
	m->out = mem_zalloc(MESSAGE_BLOCK, sizeof *m->out);
	return m;
}

void messages_close(struct messages *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < CACHE; i++) {
		message_block_release(&m->cache[i].block);
		buf_release(&m->cache[i].bytes);
	}
	for (size_t i = 0; i < m->files.n; i++) {
		VEC_FREE(&m->files.at[i]->place);
		VEC_FREE(&m->files.at[i]->window);
		VEC_FREE(&m->files.at[i]->hit);
		free(m->files.at[i]);
	}
	VEC_FREE(&m->files);
	free(m->out);
	free(m);
}

struct messages *store_messages(struct store *s)
{
	if (!s->said) {
		s->said = messages_open(s);
		s->said_free = messages_close;
	}
	return s->said;
}

/* --- where blocks are --- */

static void place_add(struct file_places *f, const struct block_place *p)
{
	struct places_window *w;

	/* in a window they rise */
	if (!f->place.n || p->part_min < f->place.at[f->place.n - 1].part_max)
		*VEC_PUSH(&f->window) = (struct places_window){ f->place.n,
								p->part_min,
								p->part_max };
	w = &f->window.at[f->window.n - 1];
	if (p->part_min < w->part_min)
		w->part_min = p->part_min;
	if (p->part_max > w->part_max)
		w->part_max = p->part_max;
	*VEC_PUSH(&f->place) = *p;
}

static struct file_places *places_read(struct messages *m, int64_t file)
{
	struct file_places *f = mem_zalloc(1, sizeof *f);
	struct query q;

	f->file = file;
	f->from = 1;
	q = query_get(m->s, SLOT_MESSAGES,
		      "SELECT id,part_min,part_max,protos,CASE typeof(data)"
		      " WHEN 'integer' THEN data ELSE -1 END FROM message_block"
		      " WHERE id BETWEEN ? AND ? AND EXISTS (SELECT 1 FROM"
		      " file f WHERE f.id=? AND complete) ORDER BY id");
	query_int(&q, FILE_FIRST(file));
	query_int(&q, FILE_LAST(file));
	query_int(&q, file);
	while (query_next(&q)) {
		struct block_place p = { .id = query_col(&q) };

		p.part_min = (uint32_t)query_col(&q);
		p.part_max = (uint32_t)query_col(&q);
		p.protos = (uint32_t)query_col(&q);
		p.kept = query_col(&q);
		place_add(f, &p);
	}
	return f;
}

static struct file_places *places_of(struct messages *m, int64_t file)
{
	for (size_t i = 0; i < m->files.n; i++)
		if (m->files.at[i]->file == file)
			return m->files.at[i];
	return *VEC_PUSH(&m->files) = places_read(m, file);
}

static size_t window_end(const struct file_places *f, size_t window)
{
	return window + 1 < f->window.n ? f->window.at[window + 1].first
					: f->place.n;
}

/* Finds the windows that may have @part, and for which other parts they are the
 * same.  Sessions come in the order of their parts, nearly: mostly they are. */
static void hits_find(struct file_places *f, uint32_t part)
{
	if (f->from <= part && part <= f->to)
		return;
	f->hit.n = 0;
	f->from = 0;
	f->to = UINT32_MAX;
	for (size_t i = 0; i < f->window.n; i++) {
		const struct places_window *w = &f->window.at[i];
		uint32_t from = 0, to = UINT32_MAX;

		if (part < w->part_min) {
			to = w->part_min - 1;
		} else if (part > w->part_max) {
			from = w->part_max + 1;
		} else {
			from = w->part_min;
			to = w->part_max;
			*VEC_PUSH(&f->hit) = i;
		}
		f->from = from > f->from ? from : f->from;
		f->to = to < f->to ? to : f->to;
	}
}

/* The next window to be walked, or NULL. */
static const struct places_window *window_take(struct messages *m, size_t *end)
{
	const struct file_places *f = m->of;
	size_t n = m->one_part ? f->hit.n : f->window.n, i;

	if (m->window >= n)
		return NULL;
	i = m->one_part ? f->hit.at[m->window] : m->window;
	m->window++;
	*end = window_end(f, i);
	return &f->window.at[i];
}

/* Enters the next window that has the part.  Return: false: there is none. */
static bool window_next(struct messages *m)
{
	const struct file_places *f = m->of;
	const struct places_window *w;
	size_t end;

	while ((w = window_take(m, &end)) != NULL) {
		const struct block_place *p = &f->place.at[w->first];
		size_t n = end - w->first, at = 0;

		if (m->one_part)
			SEARCH(at, n, i, p[i].part_max < m->part);
		m->at = w->first + at;
		m->end = end;
		if (at < n && (!m->one_part || p[at].part_min <= m->part))
			return true;
	}
	return false;
}

/* The next block that may hold something, or NULL. */
static struct block_place *place_next(struct messages *m)
{
	for (;;) {
		struct block_place *p;

		if (m->at == m->end && !window_next(m))
			return NULL;
		p = &m->of->place.at[m->at++];
		if (m->one_part && p->part_min > m->part)
			m->at = m->end; /* nothing more in this window */
		else if (p->protos & m->protos)
			return p;
	}
}

/* --- what is in them --- */

/* Where block @id is cached, or the least recently used one: a part's messages
 * may be in several windows, which its neighbours share. */
static size_t cache_place(const struct messages *m, int64_t id)
{
	size_t old = 0;

	for (size_t i = 0; i < CACHE; i++) {
		if (m->cache[i].id == id)
			return i;
		if (m->cache[i].used < m->cache[old].used)
			old = i;
	}
	return old;
}

/* Return: a block's bytes, in memory or in @c. */
static struct cursor block_read(struct messages *m,
				const struct block_place *at, struct cached *c)
{
	struct shelf_keep *keep = gate_shelves(m->s->gate);
	struct query q;

	if (keep && at->kept >= 0) {
		size_t n;
		const uint8_t *p = shelf_keep_get(keep, at->kept, &n);

		return cursor_of(p, n);
	}
	q = query_get(m->s, SLOT_MESSAGE_READ,
		      "SELECT data FROM message_block WHERE id=?");
	query_int(&q, at->id);
	if (query_next(&q)) {
		size_t n;
		const uint8_t *p = query_col_blob(&q, &n);
		struct cursor in = zip_unpack(store_zip(m->s), p, n);

		if (cursor_left(&in))
			buf_bytes(&c->bytes, in.at, cursor_left(&in));
	}
	query_end(&q);
	return cursor_of(c->bytes.at, c->bytes.n);
}

static struct cached *block_get(struct messages *m, struct block_place *at)
{
	struct cached *c = &m->cache[at->cached];
	int64_t id = at->id;
	struct cursor in;

	if (c->id != id) {
		at->cached = (uint32_t)cache_place(m, id);
		c = &m->cache[at->cached];
	}
	c->used = ++m->now;
	if (c->id == id)
		return c;
	message_block_release(&c->block);
	c->bytes.n = 0;
	c->id = 0;
	in = block_read(m, at, c);
	if (message_block_open(&c->block, in.at, cursor_left(&in))) {
		buf_release(&c->bytes); /* they may be many */
		store_fail_damaged(m->s, "block of messages", id);
		return NULL;
	}
	c->id = id;
	return c;
}

/* Unpacks the next run.  Return: false if there is none. */
static bool run_next(struct messages *m)
{
	for (;;) {
		const struct message_run *run = NULL;

		if (m->in && !m->one_part && m->run < m->in->block.n_runs)
			run = &m->in->block.runs[m->run++];
		if (!run) {
			struct block_place *p = place_next(m);

			m->in = p ? block_get(m, p) : NULL;
			m->run = 0;
			if (!m->in)
				return false;
			if (m->one_part)
				run = message_block_find(&m->in->block,
							 m->part);
		}
		if (!run)
			continue;
		if (message_block_run(&m->in->block, run, m->out)) {
			store_fail_damaged(m->s, "block of messages",
					   m->in->id);
			return false;
		}
		m->have = run;
		m->n_out = run->n;
		m->at_out = 0;
		return true;
	}
}

static void walk_begin(struct messages *m, int64_t file)
{
	m->of = places_of(m, file);
	m->window = m->at = m->end = 0;
	m->in = NULL;
	m->n_out = m->at_out = 0;
}

void messages_part(struct messages *m, int64_t part)
{
	walk_begin(m, part >> 32);
	m->one_part = true;
	m->part = (uint32_t)part;
	m->protos = UINT32_MAX;
	hits_find(m->of, m->part);
}

void messages_file(struct messages *m, int64_t file, uint32_t protos)
{
	walk_begin(m, file);
	m->one_part = false;
	m->protos = protos;
}

bool messages_next(struct messages *m, struct message *out)
{
	do {
		if (m->at_out == m->n_out && !run_next(m)) {
			m->at_out = m->n_out = 0;
			return false;
		}
		*out = m->out[m->at_out++];
	} while (!(m->protos >> out->proto & 1));
	return true;
}

int64_t messages_place(const struct messages *m, uint32_t *number)
{
	*number = (uint32_t)m->at_out - 1;
	for (const struct message_run *r = m->in->block.runs; r != m->have; r++)
		*number += r->n;
	return m->in->id;
}

static struct message_row *rows_of(struct store *s, uint32_t protos, size_t *n)
{
	struct VEC(struct message_row) v = { 0 };
	struct messages *in = messages_open(s);
	size_t n_files;
	struct file_row *f = store_files(s, &n_files);
	struct message m;

	for (size_t i = 0; i < n_files; i++) {
		messages_file(in, f[i].id, protos);
		while (messages_next(in, &m)) {
			struct message_row *row = VEC_PUSH(&v);

			row->file = f[i].id;
			row->m = m;
			row->name = m.name ? mem_strdup(m.name) : NULL;
			row->m.name = row->name;
		}
	}
	file_rows_free(f, n_files);
	messages_close(in);
	*n = v.n;
	return v.at;
}

struct message_row *store_icmp(struct store *s, size_t *n)
{
	return rows_of(s, 1u << MESSAGE_ICMP | 1u << MESSAGE_ICMPV6, n);
}

struct message_row *store_neighbours(struct store *s, size_t *n)
{
	return rows_of(s, 1u << MESSAGE_ARP | 1u << MESSAGE_NDP, n);
}

void message_rows_free(struct message_row *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(m[i].name);
	free(m);
}
